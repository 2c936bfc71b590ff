use jiff::ToSpan;
use proptest::prelude::*;

use super::super::kind::tests::KINDS;
use super::super::query::Where;
use super::super::series::tests::{begin, datastream, period, reading};
use super::*;

fn query(kind: &str, aggregate: Aggregate, seconds: i64) -> Query {
    Query {
        kind: kind.into(),
        place: Where::Place {
            name: "古城步行街".into(),
            district: "临江区".into(),
        },
        period: period(seconds),
        aggregate,
        compare: None,
    }
}

fn answered(query: &Query, ids: &[&str], readings: &[Reading]) -> Answered {
    let kind = KINDS.get(&query.kind).unwrap();
    let datastreams: Vec<_> = ids
        .iter()
        .map(|id| datastream(id, &query.kind, 600))
        .collect();
    let sample = Sample {
        datastreams: &datastreams,
        readings,
    };
    answer(query, kind, sample, query.compare.as_ref().map(|_| sample))
}

fn check(query: &Query, ids: &[&str], readings: &[Reading], expected: &str) {
    let kind = KINDS.get(&query.kind).unwrap();
    let answered = answered(query, ids, readings);
    assert_eq!(answered.sentence(query, kind), expected);
}

/// One reading in ten minutes, but for the ones that are missing.
fn hour(values: &[Option<f64>]) -> Vec<Reading> {
    let readings = values.iter().zip(0..);
    readings
        .filter_map(|(value, at)| Some(reading("A", at * 600, (*value)?)))
        .collect()
}

const PERIOD: &str = "2026-11-20 00:00 至 2026-11-20 01:00（今天）";

#[test]
fn sentences_hold_number_unit_time_and_basis() {
    let full = hour(&[10.0, 30.0, 20.0, 40.0, 40.0, 10.0].map(Some));
    let flow = |aggregate| query("people_flow", aggregate, 3600);
    let max =
        format!("古城步行街{PERIOD}的客流最大值为40人，出现在2026-11-20 00:30；依据6条读数。");
    check(&flow(Aggregate::Max), &["A"], &full, &max);
    let min =
        format!("古城步行街{PERIOD}的客流最小值为10人，出现在2026-11-20 00:00；依据6条读数。");
    check(&flow(Aggregate::Min), &["A"], &full, &min);
    let mean = format!("古城步行街{PERIOD}的客流平均值为25人；依据6条读数。");
    check(&flow(Aggregate::Mean), &["A"], &full, &mean);
    let count = format!("古城步行街{PERIOD}的客流共有6条读数；依据6条读数。");
    check(&flow(Aggregate::Count), &["A"], &full, &count);
    check(
        &flow(Aggregate::Latest),
        &["A"],
        &full,
        "古城步行街的客流为10人（2026-11-20 00:50测得）；依据1条读数。",
    );
    let above = format!(
        "古城步行街{PERIOD}有3条超过25人的客流读数，分2次（连续的算一次），第一次在2026-11-20 00:10；依据6条读数。"
    );
    check(&flow(Aggregate::Above(25.0)), &["A"], &full, &above);
    let none = format!("古城步行街{PERIOD}没有低于5人的客流读数；依据6条读数。");
    check(&flow(Aggregate::Below(5.0)), &["A"], &full, &none);
    let rain = format!("古城步行街{PERIOD}的雨量累计为150.0mm；依据6条读数。");
    check(&query("rain", Aggregate::Sum, 3600), &["A"], &full, &rain);
    let noise = format!(
        "古城步行街{PERIOD}的噪声平均值为25.0dB(A)；依据6条读数；这是读数的算术平均，不是等效声级。"
    );
    check(
        &query("noise", Aggregate::Mean, 3600),
        &["A"],
        &full,
        &noise,
    );
}

#[test]
fn gaps_and_old_values_are_said() {
    let broken = hour(&[Some(10.0), None, None, Some(20.0), Some(5.0)]);
    let max = format!(
        "古城步行街{PERIOD}的客流最大值为20人，出现在2026-11-20 00:30；依据3条读数（应有6条）；缺测2段：2026-11-20 00:10 至 2026-11-20 00:30、2026-11-20 00:50 至 2026-11-20 01:00。"
    );
    check(
        &query("people_flow", Aggregate::Max, 3600),
        &["A"],
        &broken,
        &max,
    );
    let old = "古城步行街没有新的客流数据，最后一次是2026-11-20 00:40的5人，距2026-11-20 12:00已过11小时，不能代表当时情况；依据1条读数。";
    let late = query("people_flow", Aggregate::Latest, 43200);
    check(&late, &["A"], &broken, old);
    assert!(answered(&late, &["A"], &broken).stale);
    let fresh = query("people_flow", Aggregate::Latest, 2400 + 1800);
    assert!(!answered(&fresh, &["A"], &broken).stale);
    let stale = query("people_flow", Aggregate::Latest, 2400 + 1801);
    assert!(answered(&stale, &["A"], &broken).stale);
}

#[test]
fn without_readings_there_is_no_number() {
    let flow = |aggregate| query("people_flow", aggregate, 3600);
    let nothing = format!("古城步行街{PERIOD}没有客流数据，无法回答。");
    for aggregate in [
        Aggregate::Latest,
        Aggregate::Mean,
        Aggregate::Max,
        Aggregate::Min,
        Aggregate::Sum,
        Aggregate::Count,
        Aggregate::Above(0.0),
        Aggregate::Below(0.0),
    ] {
        check(&flow(aggregate), &["A"], &[], &nothing);
        check(&flow(aggregate), &["A", "B"], &[], &nothing);
        check(
            &flow(aggregate),
            &[],
            &[],
            "古城步行街没有客流传感器，无法回答。",
        );
    }
    // A part of a sum is no sum.
    let full = hour(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(Some));
    let part = format!("古城步行街{PERIOD}的客流要由2个传感器相加得出，其中B没有数据，无法回答。");
    check(&flow(Aggregate::Max), &["A", "B"], &full, &part);
    check(&flow(Aggregate::Latest), &["A", "B"], &full, &part);
}

#[test]
fn several_sensors_are_said() {
    let mut readings = hour(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(Some));
    readings.push(reading("B", 2400, 50.0));
    let flow = |aggregate| query("people_flow", aggregate, 3600);
    let gaps =
        "缺测2段：B在2026-11-20 00:00 至 2026-11-20 00:40、B在2026-11-20 00:50 至 2026-11-20 01:00";
    let max = format!(
        "古城步行街{PERIOD}的客流最大值为55人，出现在2026-11-20 00:40；依据7条读数（应有12条），2个传感器相加；{gaps}。"
    );
    check(&flow(Aggregate::Max), &["A", "B"], &readings, &max);
    check(
        &flow(Aggregate::Latest),
        &["A", "B"],
        &readings,
        "古城步行街的客流为56人（2026-11-20 00:50测得）；依据2条读数，2个传感器相加。",
    );
    check(
        &query("temperature", Aggregate::Latest, 3600),
        &["A", "C"],
        &readings,
        "古城步行街的气温为6.0℃（2026-11-20 00:50测得）；依据1条读数（应有2条），2个传感器取平均；C没有数据。",
    );
}

#[test]
fn comparisons_say_difference_and_percent() {
    let mut readings = hour(&[10.0, 30.0, 20.0, 40.0, 40.0, 10.0].map(Some));
    readings.insert(0, reading("A", -86400, 20.0));
    let yesterday = Period {
        from: begin() - 24.hours(),
        to: begin() - 23.hours(),
        words: "昨天同一时段".into(),
    };
    let with = |kind: &str, aggregate, compare| Query {
        compare: Some(compare),
        ..query(kind, aggregate, 3600)
    };
    let before = "2026-11-19 00:00 至 2026-11-19 01:00（昨天同一时段）";
    let clause = |query: &Query| {
        let kind = KINDS.get(&query.kind).unwrap();
        let sentence = answered(query, &["A"], &readings).sentence(query, kind);
        sentence.split('；').next_back().unwrap().to_owned()
    };
    let compare = Compare::Period(yesterday.clone());
    assert_eq!(
        clause(&with("people_flow", Aggregate::Mean, compare.clone())),
        format!("对比{before}的20人（1条读数），高出5人（25.0%）。")
    );
    assert_eq!(
        clause(&with("temperature", Aggregate::Min, compare)),
        format!("对比{before}的20.0℃（1条读数），低10.0℃。")
    );
    let empty = Period {
        from: begin() - 48.hours(),
        to: begin() - 47.hours(),
        words: "前天同一时段".into(),
    };
    assert_eq!(
        clause(&with(
            "people_flow",
            Aggregate::Mean,
            Compare::Period(empty)
        )),
        "2026-11-18 00:00 至 2026-11-18 01:00（前天同一时段）没有数据，不能比较。"
    );
    let place = Compare::Place(Where::Datastream("DS-0009".into()));
    assert_eq!(
        clause(&with("people_flow", Aggregate::Mean, place)),
        "对比DS-0009的25人（6条读数），与之相同。"
    );
}

#[test]
fn evidence_is_capped_and_counted() {
    let readings: Vec<Reading> = (0..2500).map(|at| reading("A", at, 1.0)).collect();
    let answered = answered(
        &query("people_flow", Aggregate::Max, 3600),
        &["A"],
        &readings,
    );
    assert_eq!(answered.evidence.readings.len(), MOST_EVIDENCE);
    assert_eq!(answered.evidence.total, 2500);
    assert_eq!(
        answered.evidence.readings[0],
        "reading:A@2026-11-19T16:00:00Z"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn aggregates_equal_brute_force(
        values in proptest::collection::btree_map(-600..8000i64, -1000..1000i32, 0..60),
        limit in -1000..1000i32,
    ) {
        let readings: Vec<Reading> = values.iter().map(|(at, value)| reading("A", *at, f64::from(*value))).collect();
        let within: Vec<f64> = values.iter().filter(|(at, _)| (0..7200).contains(*at)).map(|(_, value)| f64::from(*value)).collect();
        let value = |aggregate| answered(&query("displacement", aggregate, 7200), &["A"], &readings).value;
        let limit = f64::from(limit);
        if within.is_empty() {
            for aggregate in [Aggregate::Mean, Aggregate::Max, Aggregate::Sum, Aggregate::Count, Aggregate::Above(limit)] {
                prop_assert_eq!(value(aggregate), None);
            }
            return Ok(());
        }
        let mut sorted = within.clone();
        sorted.sort_by(f64::total_cmp);
        let sum: f64 = within.iter().sum();
        let count = |across: &dyn Fn(f64) -> bool| within.iter().filter(|it| across(**it)).count() as f64;
        prop_assert_eq!(value(Aggregate::Max), sorted.last().copied());
        prop_assert_eq!(value(Aggregate::Min), sorted.first().copied());
        prop_assert_eq!(value(Aggregate::Sum), Some(sum));
        prop_assert_eq!(value(Aggregate::Mean), Some(sum / within.len() as f64));
        prop_assert_eq!(value(Aggregate::Count), Some(within.len() as f64));
        prop_assert_eq!(value(Aggregate::Above(limit)), Some(count(&|it| it > limit)));
        prop_assert_eq!(value(Aggregate::Below(limit)), Some(count(&|it| it < limit)));
        // The latest may lie on the end itself.
        let latest = values.iter().rfind(|(at, _)| (0..=7200).contains(*at)).map(|(_, value)| f64::from(*value));
        prop_assert_eq!(value(Aggregate::Latest), latest);
    }

    #[test]
    fn no_sentence_holds_a_number_without_readings(ids in 0..3usize, at in 7201..9000i64) {
        let ids = &["A", "B", "C"][..ids];
        let query = query("h2s", Aggregate::Max, 7200);
        let answered = answered(&query, ids, &[reading("A", at, 777.0)]);
        prop_assert_eq!(answered.value, None);
        prop_assert_eq!(answered.points, 0);
        prop_assert!(answered.sentence(&query, KINDS.get("h2s").unwrap()).ends_with("无法回答。"));
    }
}
