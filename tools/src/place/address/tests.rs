use proptest::prelude::*;

use super::*;

/// Shows the segments as `name=text`, and proves that each span cuts the words out of the message.
fn shown(message: &str) -> String {
    let address = Address::parse(message);
    let extras = [
        ("cross", &address.cross),
        ("landmark", &address.landmark),
        ("near", &address.near),
    ];
    let segments = address
        .segments
        .iter()
        .map(|(part, segment)| (part.name(), segment));
    let extras = extras
        .iter()
        .filter_map(|(name, segment)| Some((*name, segment.as_ref()?)));
    segments
        .chain(extras)
        .map(|(name, segment)| {
            let span = segment.span.expect("nothing is filled in");
            assert_eq!(crate::place::fold::folded(&span.cut(message)), segment.text);
            format!("{name}={}", segment.text)
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// All cases at once, so that a change shows all that it does.
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(message, expected)| (message, shown(message), expected))
        .filter(|(_, shown, expected)| shown != *expected)
        .map(|(message, shown, expected)| format!("{message}: {shown}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn segments_are_read_by_their_endings() {
    check(&[
        (
            "临江区石桥路12号3栋2单元501",
            "区=临江区 路=石桥路 号=12号 楼=3栋2单元 室=501",
        ),
        (
            "澜江省和澜市临江区青莲街道",
            "省=澜江省 市=和澜市 区=临江区 街道=青莲街道",
        ),
        ("我们小区南浦新村8幢", "社区=南浦新村 楼=8幢"),
        ("石桥路和江滨路路口", "路=石桥路 cross=江滨路 near=路口"),
        (
            "石桥路、江滨路交叉口积水",
            "路=石桥路 cross=江滨路 near=交叉口",
        ),
        ("菜场对面", "landmark=菜场 near=对面"),
        ("就在菜市场的旁边", "landmark=菜市场 near=旁边"),
        ("幸福花园5号楼楼道", "社区=幸福花园 楼=5号楼 near=楼道"),
        ("石桥路１２号", "路=石桥路 号=12号"),
        ("石橋路12號", "路=石桥路 号=12号"),
        ("石桥路 12 号", "路=石桥路 号=12号"),
        ("石桥路88号门口有个窨井", "路=石桥路 号=88号 near=门口"),
        ("石桥路88号门", "路=石桥路"),
        ("石桥路十二号", "路=石桥路 号=十二号"),
        ("石桥路甲12号", "路=石桥路 号=甲12号"),
        ("石桥路12-3号", "路=石桥路 号=12-3号"),
        ("石桥路12号院", "路=石桥路 号=12号院"),
        ("石桥路88弄5号301室", "路=石桥路 号=88弄5号 室=301室"),
        (
            "松溪县竹溪镇东山村3组",
            "区=松溪县 街道=竹溪镇 社区=东山村 网格=3组",
        ),
        ("东山村三组", "社区=东山村 网格=三组"),
        ("青莲社区第5网格", "社区=青莲社区 网格=第5网格"),
        ("南浦新村5-2-301", "社区=南浦新村 楼=5-2 室=301"),
        ("锦绣公寓A座1203室", "社区=锦绣公寓 楼=a座 室=1203室"),
        ("锦绣公寓三栋二单元", "社区=锦绣公寓 楼=三栋二单元"),
        ("南浦新村8幢6楼", "社区=南浦新村 楼=8幢 室=6楼"),
        ("2单元302漏水", "楼=2单元 室=302"),
        ("科苑大道88号对面", "路=科苑大道 号=88号 near=对面"),
        ("我住在建设路18号", "路=建设路 号=18号"),
        ("昨天路过建设路发现的", "路=建设路"),
        ("红星小学门口", "landmark=红星小学 near=门口"),
        ("青莲巷的路灯", "路=青莲巷"),
    ]);
}

#[test]
fn words_that_only_end_like_places_are_none() {
    let none = [
        "我们小区太吵",
        "马路上积水",
        "十字路口的红绿灯",
        "这条路坑坑洼洼",
        "路灯不亮",
        "线路老化，电路烧了",
        "超市缺斤短两",
        "社区不管",
        "街道办推来推去",
        "农村自来水",
        "我省去年",
        "城市管理",
        "打了12345三次",
        "坐1号线",
        "11月8号停的水",
        "三栋楼都停水",
        "我们一栋楼从昨天起没水",
        "有200多户",
        "学校里",
        "",
        "？！",
    ];
    check(&none.map(|message| (message, "")));
}

#[test]
fn a_long_number_is_no_room() {
    check(&[
        ("3栋13800000000", "楼=3栋"),
        ("南浦新村8幢200多户停水", "社区=南浦新村 楼=8幢"),
    ]);
}

#[test]
fn an_address_is_findable_or_not() {
    let findable = |message: &str| Address::parse(message).is_findable();
    assert!(findable("建设路18号"));
    assert!(findable("南浦新村"));
    assert!(findable("石桥路和江滨路路口"));
    assert!(!findable("建设路"));
    assert!(!findable("临江区"));
    assert_eq!(
        Address::parse("石桥路和江滨路路口").line(),
        "石桥路与江滨路路口"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_said_the_spans_lie_in_it(message in "(\\PC|[路街区市号栋幢单元村组0-9在和临江石桥]){0,60}") {
        let length = message.chars().count();
        let address = Address::parse(&message);
        let extras = [address.cross, address.landmark, address.near].into_iter().flatten();
        for segment in address.segments.into_values().chain(extras) {
            let span = segment.span.expect("nothing is filled in");
            prop_assert!(span.start < span.end && span.end <= length);
            prop_assert_eq!(crate::place::fold::folded(&span.cut(&message)), segment.text);
        }
    }
}
