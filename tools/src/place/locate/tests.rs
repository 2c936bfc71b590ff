use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// A part of the demo city, kept here so that its growth does not change the cases.
pub(crate) static PLACES: LazyLock<Places> = LazyLock::new(|| {
    Places::parse("places.tsv", include_str!("places.tsv")).expect("the gazetteer is right")
});

#[test]
fn the_city_has_a_gazetteer_that_is_read() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/gazetteer.tsv");
    let text = std::fs::read_to_string(file).expect("the gazetteer is there");
    let places = Places::parse("gazetteer.tsv", &text).expect("the gazetteer is right");
    assert_eq!(
        places.locate("石桥路12号").district.as_deref(),
        Some("临江区")
    );
}

/// `place @ district | segments, + where filled in | ?candidates | !unknown`
fn shown(places: &Places, message: &str) -> String {
    let located = places.locate(message);
    let mut shown = located.place.map_or("-".to_owned(), |place| place.name);
    shown.push_str(" @ ");
    shown.push_str(located.district.as_deref().unwrap_or("-"));
    let above = [Part::Province, Part::City, Part::District];
    for (part, segment) in &located.address.segments {
        let filled = segment.span.is_none();
        // Those above the district are always filled in.
        if !filled || !above.contains(part) {
            shown.push_str(&format!(
                " {}{}",
                if filled { "+" } else { "" },
                segment.text
            ));
        }
    }
    let address = &located.address;
    for extra in [&address.cross, &address.landmark, &address.near]
        .into_iter()
        .flatten()
    {
        shown.push_str(&format!(" /{}", extra.text));
    }
    for candidate in &located.candidates {
        shown.push_str(&format!(" ?{}", candidate.name));
    }
    for unknown in &located.unknown {
        shown.push_str(&format!(" !{unknown}"));
    }
    shown
}

/// All cases at once, so that a change shows all that it does.
fn check(places: &Places, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(message, expected)| (message, shown(places, message), expected))
        .filter(|(_, shown, expected)| shown != *expected)
        .map(|(message, shown, expected)| format!("{message}: {shown}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn known_places_bring_their_district() {
    check(
        &PLACES,
        &[
            (
                "东门里小区5号楼楼道",
                "东门里小区 @ 临江区 东门里小区 5号楼 /楼道",
            ),
            ("东门里5号楼", "东门里小区 @ 临江区 东门里小区 5号楼"),
            (
                "临江区石桥路12号3栋2单元501",
                "石桥路 @ 临江区 临江区 石桥路 12号 3栋2单元 501",
            ),
            ("石桥路12号", "石桥路 @ 临江区 石桥路 12号"),
            ("我们小区南浦新村8幢", "南浦新村 @ 临江区 南浦新村 8幢"),
            ("石桥路和滨江路路口", "石桥路 @ 临江区 石桥路 /滨江路 /路口"),
            ("锦湖公园旁边", "锦湖公园 @ 云台区 /锦湖公园 /旁边"),
            (
                "市一院门口堵车",
                "和澜市第一人民医院 @ 临江区 /市一院 /门口",
            ),
            ("和澜高铁站出租车", "和澜东站 @ 云台区 /和澜高铁站"),
            ("云台高新区上班", "云台高新园区 @ 云台区 /云台高新区"),
            ("锦湖一号夜里施工", "锦湖一号小区 @ 云台区 锦湖一号小区"),
            ("梧桐苑3幢", "梧桐苑 @ 云台区 梧桐苑 3幢"),
            ("星河湾小区门口", "星河湾小区 @ 云台区 星河湾小区 /门口"),
            (
                "望海码头站电梯坏了",
                "地铁2号线望海码头站 @ 望海区 /望海码头站 /电梯",
            ),
            (
                "地铁1号线文庙站",
                "地铁1号线文庙站 @ 临江区 /地铁1号线文庙站",
            ),
            ("望海区海堤路", "海堤路 @ 望海区 望海区 海堤路"),
            ("石桥街道不管", "石桥街道 @ 临江区 石桥街道"),
            ("望海的渔灯小区", "渔灯小区 @ 望海区 望海区 渔灯小区"),
            ("松溪县停电", "松溪县 @ 松溪县 松溪县"),
            ("竹溪古镇停车难", "竹溪古镇 @ 松溪县 /竹溪古镇"),
            ("竹溪那边停水", "竹溪镇 @ 松溪县 竹溪镇"),
            ("和澜市停水", "和澜市 @ - 和澜市"),
            ("和澜的公交", "和澜市 @ - 和澜市"),
            ("臨江區石橋路１２號", "石桥路 @ 临江区 临江区 石桥路 12号"),
            (
                "锦湖公园对面的锦湖一号小区",
                "锦湖一号小区 @ 云台区 锦湖一号小区 /锦湖公园 /对面",
            ),
            ("石桥路东门里小区", "东门里小区 @ 临江区 东门里小区 石桥路"),
            ("双溪大桥上", "双溪大桥 @ 松溪县 /双溪大桥"),
            ("云台区政府附近", "云台区 @ 云台区 云台区"),
            (
                "我从北京来，在石桥路12号摔了",
                "石桥路 @ 临江区 石桥路 12号",
            ),
        ],
    );
}

#[test]
fn nothing_is_guessed() {
    check(
        &PLACES,
        &[
            // Unknown names are said to be so.
            ("建设路12号", "- @ - 建设路 12号 !建设路"),
            ("石侨路12号", "- @ - 石侨路 12号 !石侨路"),
            (
                "临江区红梅小区3栋",
                "临江区 @ 临江区 临江区 红梅小区 3栋 !红梅小区",
            ),
            (
                "石桥路和江滨路路口",
                "石桥路 @ 临江区 石桥路 /江滨路 /路口 !江滨路",
            ),
            ("北京路5号", "- @ - 北京路 5号 !北京路"),
            ("云台大道积水", "- @ - 云台大道 !云台大道"),
            ("红星小学门口", "- @ - /红星小学 /门口 !红星小学"),
            (
                "松溪县东山村3组",
                "松溪县 @ 松溪县 松溪县 东山村 3组 !东山村",
            ),
            ("西湖区停水", "- @ - 西湖区 !西湖区"),
            // Two places are two candidates.
            (
                "东门里小区和南浦新村都停水",
                "- @ 临江区 东门里小区 ?东门里小区 ?南浦新村",
            ),
            ("临江区到云台区的公交", "- @ - 临江区 ?临江区 ?云台区"),
            // The gazetteer's road lies elsewhere.
            (
                "望海区石桥路12号",
                "- @ - 望海区 石桥路 12号 ?望海区 ?石桥路",
            ),
            // Nothing at all.
            ("楼道堆满杂物", "- @ -"),
            ("菜场对面", "- @ - /菜场 /对面"),
            ("全国都在搞", "- @ -"),
            ("我们小区停水", "- @ -"),
            ("", "- @ -"),
        ],
    );
}

const TWINS: &str = "全国\t\tcountry
甲省\t全国\tprovince
乙市\t甲省\tcity
东区\t乙市\tdistrict\t城东区
西区\t乙市\tdistrict\t城西区
人民路\t东区\tplace
人民路\t西区\tplace
实验小学东校\t东区\tplace\t实验小学
实验小学西校\t西区\tplace\t实验小学
";

#[test]
fn one_name_of_two_places_is_settled_only_by_the_district() {
    let places = Places::parse("twins.tsv", TWINS).expect("is right");
    check(
        &places,
        &[
            ("人民路5号", "- @ - 人民路 5号 ?人民路 ?人民路"),
            ("城东区人民路5号", "人民路 @ 东区 东区 人民路 5号"),
            ("城西区人民路5号", "人民路 @ 西区 西区 人民路 5号"),
            (
                "实验小学门口",
                "- @ - /实验小学 /门口 ?实验小学东校 ?实验小学西校",
            ),
            (
                "西区实验小学门口",
                "实验小学西校 @ 西区 西区 /实验小学 /门口",
            ),
        ],
    );
}

#[test]
fn what_is_findable() {
    let findable = |message: &str| PLACES.locate(message).is_findable();
    assert!(findable("东门里小区"));
    assert!(findable("石桥路12号"));
    assert!(findable("文庙广场"));
    assert!(!findable("石桥路"));
    assert!(!findable("临江区"));
    assert!(!findable("东门里小区还是南浦新村"));
    assert!(!findable("我们小区"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_said_only_listed_places_come_back(message in "(\\PC|[路街区市号临江石桥云台望海小区村]|石桥路|临江区|望海|东门里){0,30}") {
        let located = PLACES.locate(&message);
        let length = message.chars().count();
        for segment in located.address.segments.values() {
            prop_assert!(segment.span.is_none_or(|span| span.end <= length));
        }
        for name in &located.unknown {
            prop_assert!(PLACES.get(name).is_none());
        }
        prop_assert!(located.place.is_none() || located.candidates.is_empty());
    }
}
