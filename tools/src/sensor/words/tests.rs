use std::sync::LazyLock;

use proptest::prelude::*;
use serde::Deserialize;

use super::super::holiday::tests::HOLIDAYS;
use super::super::kind::tests::KINDS;
use super::super::query::Compare;
use super::*;
use crate::place::locate::tests::PLACES;

/// Place, district, longitude, latitude, and the kinds that are measured there.
const THINGS: [(&str, &str, f64, f64, &[&str]); 14] = [
    (
        "古城步行街",
        "临江区",
        120.100,
        30.100,
        &["people_flow", "noise"],
    ),
    (
        "文庙广场",
        "临江区",
        120.110,
        30.105,
        &["people_flow", "pm25", "pm10", "temperature"],
    ),
    (
        "滨江路",
        "临江区",
        120.120,
        30.090,
        &["flood_depth", "rain"],
    ),
    ("澜江大桥", "临江区", 120.125, 30.085, &["water_level"]),
    ("石桥路", "临江区", 120.130, 30.110, &["h2s", "ch4", "tilt"]),
    (
        "和澜站",
        "临江区",
        120.140,
        30.120,
        &["parking_free", "people_flow"],
    ),
    ("东门里小区", "临江区", 120.135, 30.112, &["pressure"]),
    (
        "云台广场",
        "云台区",
        120.200,
        30.150,
        &["people_flow", "pm25"],
    ),
    (
        "锦湖公园",
        "云台区",
        120.210,
        30.160,
        &["parking_free", "o3"],
    ),
    (
        "科苑大道",
        "云台区",
        120.220,
        30.155,
        &["flood_depth", "co"],
    ),
    (
        "白沙湾海水浴场",
        "望海区",
        120.400,
        30.000,
        &["people_flow", "rain", "temperature"],
    ),
    (
        "龙潭水库",
        "松溪县",
        120.000,
        30.400,
        &["water_level", "rain", "displacement"],
    ),
    (
        "云岭森林公园",
        "松溪县",
        119.950,
        30.450,
        &["displacement", "no2"],
    ),
    ("云岭森林公园", "松溪县", 119.951, 30.451, &["displacement"]),
];

static DEVICES: LazyLock<(Vec<Thing>, Vec<Datastream>)> = LazyLock::new(|| {
    let (mut things, mut datastreams) = (Vec::new(), Vec::new());
    for (at, (place, district, longitude, latitude, kinds)) in (1..).zip(THINGS) {
        let thing = format!("TH-{at:04}");
        for kind in kinds {
            datastreams.push(Datastream {
                id: format!("DS-{:04}", datastreams.len() + 1),
                thing: thing.clone(),
                kind: (*kind).to_owned(),
                unit: KINDS.get(kind).expect("a kind").unit,
                interval_s: 600,
            });
        }
        things.push(Thing {
            id: thing,
            name: format!("{place}{at}号监测杆"),
            place: place.to_owned(),
            district: district.to_owned(),
            longitude,
            latitude,
        });
    }
    (things, datastreams)
});

fn known() -> Known<'static> {
    Known {
        kinds: &KINDS,
        places: &PLACES,
        things: &DEVICES.0,
        datastreams: &DEVICES.1,
        holidays: &HOLIDAYS,
    }
}

/// A line of `cases.jsonl`. `expected` is the description of a query; for what is asked or unknown, its code, its words and
/// the options behind `|`; `-` for no question of sensors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    message: String,
    now: String,
    expected: String,
}

fn shown(interpreted: &Interpreted) -> String {
    let code = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    match interpreted {
        Interpreted::Query(query) => query.describe(KINDS.get(&query.kind).expect("a kind")),
        Interpreted::Ask(ask) => {
            let what = code(serde_json::to_value(ask.what).unwrap());
            format!("ask {what}: {} | {}", ask.question, ask.options.join(" "))
        }
        Interpreted::Unknown(unknown) => {
            let what = code(serde_json::to_value(unknown.what).unwrap());
            let options = unknown.options.join(" ");
            format!("unknown {what}: {} | {options}", unknown.sentence)
        }
        Interpreted::NotAQuestionOfSensors => "-".to_owned(),
    }
}

/// Local time to a moment.
fn at(local: &str) -> Timestamp {
    format!("{local}+08:00").parse().expect("a time")
}

/// All cases at once, so that a change shows all that it does.
#[test]
fn messages_are_understood_as_the_cases_say() {
    let cases: Vec<Case> = include_str!("cases.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    assert!(cases.len() >= 100);
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| {
            (
                case,
                shown(&interpret(&case.message, at(&case.now), &known())),
            )
        })
        .filter(|(case, shown)| *shown != case.expected)
        .map(|(case, shown)| {
            format!(
                "{} @{}\n  {shown}\n  not {}",
                case.message, case.now, case.expected
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_interpreted_survives_json() {
    for message in ["古城步行街昨晚最多多少人", "人多吗", "宽窄巷人多吗", "你好"]
    {
        let interpreted = interpret(message, at("2026-11-21T10:00"), &known());
        let json = serde_json::to_string(&interpreted).unwrap();
        assert_eq!(
            serde_json::from_str::<Interpreted>(&json).unwrap(),
            interpreted
        );
    }
}

#[test]
fn offered_periods_are_understood() {
    let now = at("2026-11-20T10:00");
    let mut offered = 0;
    for line in include_str!("cases.jsonl").lines() {
        let case: Case = serde_json::from_str(line).expect(line);
        let Interpreted::Ask(ask) = interpret(&case.message, at(&case.now), &known()) else {
            continue;
        };
        for option in ask.options.iter().filter(|_| ask.what == What::Period) {
            let again = interpret(&format!("古城步行街{option}最大客流"), now, &known());
            assert!(
                matches!(again, Interpreted::Query(_)),
                "{option}: {again:?}"
            );
            offered += 1;
        }
    }
    assert!(offered > 10);
}

#[test]
fn two_places_of_one_name_are_asked_apart() {
    let list = "全国\t\tcountry\n甲省\t全国\tprovince\n乙市\t甲省\tcity\n东城区\t乙市\tdistrict\n西城区\t乙市\tdistrict\n新华路\t东城区\tplace\n新华路\t西城区\tplace";
    let places = Places::parse("places.tsv", list).unwrap();
    let thing = |id: &str, district: &str| Thing {
        id: id.into(),
        name: format!("{id}号杆"),
        place: "新华路".into(),
        district: district.into(),
        longitude: 0.0,
        latitude: 0.0,
    };
    let things = [thing("TH-0001", "东城区"), thing("TH-0002", "西城区")];
    let datastream = |id: &str, thing: &str| Datastream {
        id: id.into(),
        thing: thing.into(),
        kind: "people_flow".into(),
        unit: crate::sensor::unit::Unit::Person,
        interval_s: 600,
    };
    let datastreams = [
        datastream("DS-0001", "TH-0001"),
        datastream("DS-0002", "TH-0002"),
    ];
    let known = Known {
        places: &places,
        things: &things,
        datastreams: &datastreams,
        ..known()
    };
    let read = |message: &str| interpret(message, at("2026-11-20T10:00"), &known);
    assert_eq!(
        shown(&read("新华路人多吗")),
        "ask place: 一次只能查一个地方，要查哪一个？东城区新华路、西城区新华路 | 东城区新华路 西城区新华路"
    );
    let Interpreted::Query(query) = read("西城区新华路人多吗") else {
        panic!("is clear");
    };
    assert_eq!(query.place, place("新华路", "西城区"));
}

#[test]
fn long_texts_are_somebody_elses() {
    for text in [
        "古城步行街人多吗".repeat(2000),
        "昨".repeat(10_000),
        "1点".repeat(140),
    ] {
        let interpreted = interpret(&text, at("2026-11-21T10:00"), &known());
        assert!(
            !matches!(interpreted, Interpreted::Query(_)),
            "{interpreted:?}"
        );
    }
}

/// Pieces of which questions are made, in any order.
const PIECES: [&str; 66] = [
    "古城步行街",
    "文庙广场",
    "滨江路",
    "宽窄巷",
    "临江区",
    "上海",
    "石桥路",
    "DS-0001",
    "TH-0003",
    "客流",
    "人多吗",
    "水位",
    "pm2.5",
    "空气",
    "雨量",
    "噪声",
    "湿度",
    "昨天",
    "今天",
    "昨晚",
    "今晚",
    "前天",
    "上周三",
    "上周末",
    "这周",
    "上个月",
    "本月",
    "去年",
    "今年",
    "2月30日",
    "11月20日",
    "12月25号",
    "20号",
    "2026-11-20",
    "国庆",
    "春节",
    "期间",
    "近24小时",
    "过去三天",
    "最近一周",
    "一个半小时内",
    "9999999天内",
    "下午",
    "晚上",
    "凌晨",
    "3点",
    "15:30",
    "25点",
    "十二点",
    "到",
    "至",
    "比",
    "跟",
    "同比",
    "环比",
    "以前",
    "以后",
    "至今",
    "最高",
    "平均",
    "一共",
    "超过100",
    "多少次",
    "低于0.1MPa",
    "吗",
    "的",
];

fn sane(message: &str, now: Timestamp) -> Result<(), TestCaseError> {
    let Interpreted::Query(query) = interpret(message, now, &known()) else {
        return Ok(());
    };
    prop_assert!(query.period.to <= now, "{message}: {query:?}");
    prop_assert!(query.period.from < query.period.to, "{message}: {query:?}");
    if let Some(Compare::Period(period)) = &query.compare {
        prop_assert!(
            period.to <= now && period.from < period.to,
            "{message}: {query:?}"
        );
        prop_assert!(period.from < query.period.from, "{message}: {query:?}");
    }
    prop_assert!(KINDS.get(&query.kind).is_some());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_without_panic(message in "\\PC{0,60}", now in 0..4_000_000_000i64) {
        sane(&message, Timestamp::from_second(now).unwrap())?;
    }

    #[test]
    fn periods_of_any_question_end_now_at_the_latest(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..8),
        now in 1_700_000_000..1_900_000_000i64,
    ) {
        let now = Timestamp::from_second(now).unwrap();
        sane(&pieces.concat(), now)?;
        sane(&format!("古城步行街{}客流多少", pieces.concat()), now)?;
    }
}
