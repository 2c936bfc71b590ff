use jiff::ToSpan;
use proptest::prelude::*;

use super::super::kind::tests::KINDS;
use super::*;

pub(in crate::sensor) fn datastream(id: &str, kind: &str, interval_s: u32) -> Datastream {
    Datastream {
        id: id.into(),
        thing: "TH-0001".into(),
        kind: kind.into(),
        unit: KINDS.get(kind).expect("a kind").unit,
        interval_s,
    }
}

pub(in crate::sensor) fn begin() -> Timestamp {
    "2026-11-20T00:00:00+08:00".parse().unwrap()
}

/// The first seconds of the day.
pub(in crate::sensor) fn period(seconds: i64) -> Period {
    Period {
        from: begin(),
        to: begin() + seconds.seconds(),
        words: "今天".into(),
    }
}

pub(in crate::sensor) fn reading(datastream: &str, seconds: i64, value: f64) -> Reading {
    Reading {
        datastream: datastream.into(),
        at: begin() + seconds.seconds(),
        value,
        unit: None,
    }
}

/// Points as `seconds=value`.
fn check(kind: &str, readings: &[Reading], expected: &str) {
    let datastreams = [datastream("A", kind, 600), datastream("B", kind, 600)];
    let kind = KINDS.get(kind).unwrap();
    let shown: Vec<String> = points(kind, &datastreams, readings, &period(3600))
        .iter()
        .map(|it| format!("{}={}", it.at.duration_since(begin()).as_secs(), it.value))
        .collect();
    assert_eq!(shown.join(" "), expected);
}

#[test]
fn sensors_of_a_place_are_joined() {
    let readings = [
        reading("A", 0, 10.0),
        reading("B", 3, 20.0),
        reading("A", 602, 11.0),
        reading("C", 602, 500.0),
        // A little early for its slot.
        reading("B", 1199, 22.0),
        reading("A", 1201, 12.0),
        reading("A", 3600, 99.0),
    ];
    // The sum has no value for the moment at which B is silent.
    check("people_flow", &readings, "3=30 1201=34");
    check("temperature", &readings, "3=15 602=11 1201=17");
    check("flood_depth", &readings, "3=20 602=11 1199=22");
    check("pressure", &readings, "0=10 602=11 1201=12");
    check("pressure", &[], "");
}

#[test]
fn a_latest_sum_needs_all_its_parts() {
    let datastreams = ["A", "B"].map(|id| datastream(id, "people_flow", 600));
    let kind = KINDS.get("people_flow").unwrap();
    let readings = [reading("A", 0, 10.0), reading("B", 1800, 20.0)];
    let period = period(3600);
    let latest_of = |readings| latest(kind, &datastreams, readings, &period);
    assert_eq!(latest_of(&readings).unwrap().0.value, 30.0);
    let readings = [reading("A", 0, 10.0), reading("B", 1801, 20.0)];
    assert_eq!(latest_of(&readings), None);
    assert_eq!(latest_of(&[]), None);
    // The end itself counts for the latest.
    let readings = [reading("A", 3600, 1.0), reading("B", 3600, 2.0)];
    assert_eq!(latest_of(&readings).unwrap().0.value, 3.0);
}

#[test]
fn gaps_begin_where_a_reading_was_due() {
    let shown = |times: &[i64]| {
        let times: Vec<Timestamp> = times.iter().map(|it| begin() + it.seconds()).collect();
        let gaps = gaps(&datastream("A", "h2s", 600), &times, &period(3600));
        let seconds = |at: Timestamp| at.duration_since(begin()).as_secs();
        let gaps = gaps
            .iter()
            .map(|it| format!("{}-{}", seconds(it.from), seconds(it.to)));
        gaps.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown(&[0, 600, 1200, 1800, 2400, 3000]), "");
    assert_eq!(shown(&[5, 590, 1300, 1800, 2400, 2990]), "");
    assert_eq!(shown(&[0, 600, 1800, 2400, 3000]), "1200-1800");
    assert_eq!(shown(&[1200, 1800]), "0-1200 2400-3600");
    assert_eq!(shown(&[]), "0-3600");
}

#[test]
fn an_empty_period_has_no_buckets() {
    let point = Point {
        at: begin(),
        value: 1.0,
    };
    assert_eq!(series(&[point], &period(0), 5), []);
    assert_eq!(series(&[point], &period(60), 0), []);
    assert_eq!(series(&[point], &period(60), usize::MAX).len(), 1);
}

fn times() -> impl Strategy<Value = Vec<i64>> {
    proptest::collection::btree_set(0..7200i64, 0..40).prop_map(|it| it.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn gaps_and_points_cover_the_period(times in times(), interval in 1..2000u32) {
        let period = period(7200);
        let at: Vec<Timestamp> = times.iter().map(|it| begin() + it.seconds()).collect();
        let gaps = gaps(&datastream("A", "h2s", interval), &at, &period);
        let near = SignedDuration::from_millis(i64::from(interval) * 1500);
        for second in 0..7200 {
            let now = begin() + second.seconds();
            let within = gaps.iter().filter(|gap| gap.from <= now && now < gap.to).count();
            prop_assert!(within <= 1);
            let begins = at.iter().copied().chain([period.from]);
            let covered = begins.filter(|at| *at <= now).any(|at| now.duration_since(at) <= near);
            prop_assert!(within == 1 || covered, "nothing covers {second}");
            prop_assert!(within == 0 || !at.contains(&now), "a reading lies in a gap");
        }
        prop_assert!(gaps.iter().all(|gap| period.from <= gap.from && gap.from < gap.to && gap.to <= period.to));
    }

    #[test]
    fn buckets_hold_every_point_once(times in times(), buckets in 1..50usize) {
        let period = period(7200);
        let points: Vec<Point> = times.iter().map(|it| Point { at: begin() + it.seconds(), value: *it as f64 }).collect();
        let series = series(&points, &period, buckets);
        prop_assert!(series.len() <= buckets);
        prop_assert_eq!(series.iter().map(|it| it.count).sum::<usize>(), points.len());
        let sum: f64 = series.iter().map(|it| it.mean * it.count as f64).sum();
        prop_assert!((sum - points.iter().map(|it| it.value).sum::<f64>()).abs() < 1e-6);
        for bucket in &series {
            prop_assert!(bucket.min <= bucket.mean + 1e-9 && bucket.mean <= bucket.max + 1e-9);
            prop_assert!(period.holds(bucket.at));
        }
    }
}
