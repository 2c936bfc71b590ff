use super::super::record::Input;
use super::*;

fn record(label: &str, text: &str) -> Record {
    Record {
        id: None,
        input: Input::Text(text.into()),
        label: label.into(),
    }
}

fn records() -> Vec<Record> {
    (0..10)
        .flat_map(|number| {
            [
                record("城建", &format!("第{number}号路灯坏了")),
                record("环保", &format!("第{number}号工地噪音")),
                record("水务", &format!("第{number}号楼停水")),
            ]
        })
        .collect()
}

/// Records of two labels: the right one, the probability of `a`.
fn of_two(rows: &[(&'static str, f64)]) -> Figures {
    let ranked: Vec<Ranked<'_>> = rows
        .iter()
        .map(|(gold, a)| {
            let mut guesses = vec![("a", *a), ("b", 1.0 - a)];
            guesses.sort_by(|one, other| other.1.total_cmp(&one.1));
            (*gold, guesses)
        })
        .collect();
    figures(&ranked)
}

#[test]
fn the_calibration_error_is_that_of_a_hand() {
    // Bins are a fifteenth wide. (.70, right), (.72, wrong) share one: 1.42 promised, 1 kept. (.99, right) is alone.
    let sure = [(0.70, true), (0.72, false), (0.99, true)];
    assert!((calibration_error(&sure) - (0.42 + 0.01) / 3.0).abs() < 1e-12);
    // An upper edge belongs to the bin below it: .6 and .61 lie apart, .59 and .6 together.
    let apart = [(0.6, false), (0.61, true)];
    assert!((calibration_error(&apart) - (0.6 + 0.39) / 2.0).abs() < 1e-12);
    let together = [(0.59, false), (0.6, true)];
    assert!((calibration_error(&together) - 0.19 / 2.0).abs() < 1e-12);
    assert_eq!(calibration_error(&[(1.0, true), (0.0, false)]), 0.0);
    assert_eq!(calibration_error(&[]), 0.0);
}

#[test]
fn figures_are_those_of_a_hand() {
    let figures = of_two(&[("a", 0.9), ("a", 0.8), ("a", 0.3), ("b", 0.6), ("b", 0.1)]);
    assert_eq!((figures.n, figures.accuracy, figures.top2), (5, 0.6, 1.0));
    assert_eq!(figures.confusion, [[2, 1], [1, 1]]);
    // F1 of a: 4 / (3 + 3), of b: 2 / (2 + 2).
    assert!((figures.macro_f1 - (2.0 / 3.0 + 0.5) / 2.0).abs() < 1e-12);
}

#[test]
fn the_curve_begins_with_the_surest() {
    let rows: Vec<(&str, f64)> = (0..40)
        .map(|index| {
            (
                if index < 30 { "a" } else { "b" },
                0.99 - f64::from(index) / 100.0,
            )
        })
        .collect();
    let figures = of_two(&rows);
    assert_eq!(figures.curve.len(), 20);
    assert_eq!(figures.curve[0], [0.05, 1.0]);
    assert_eq!(figures.curve[14], [0.75, 1.0]);
    assert_eq!(figures.curve[19], [1.0, 0.75]);
}

#[test]
fn few_records_have_a_curve_as_well() {
    let figures = of_two(&[("a", 0.9), ("b", 0.6)]);
    assert_eq!(
        (figures.curve[0], figures.curve[9]),
        ([0.5, 1.0], [0.5, 1.0])
    );
    assert_eq!(
        (figures.curve[10], figures.curve[19]),
        ([1.0, 0.5], [1.0, 0.5])
    );
}

#[test]
fn no_records_have_no_figures() {
    let figures = figures(&[]);
    assert_eq!(
        (figures.n, figures.accuracy, figures.macro_f1, figures.ece),
        (0, 0.0, 0.0, 0.0)
    );
    assert!(figures.curve.is_empty() && figures.confusion.is_empty());
}

#[test]
fn a_cross_validation_tests_every_record_once() {
    let (records, options) = (records(), Options::default());
    let mut last = None;
    let found =
        cross_validate(&records, 5, &options, &mut |progress| last = Some(progress)).unwrap();
    assert_eq!(
        last,
        Some(Progress {
            done: 90,
            total: 90
        })
    );
    assert_eq!(found.figures.n, 30);
    assert_eq!(found.figures.accuracy, 1.0);
    assert!(found.folds.iter().all(|fold| fold.n == 6));
    assert_eq!(found.assignment, stratified(&records, 5, options.seed));
    let right = |(record, said): (&Record, &Said)| said[0].0 == record.label;
    assert!(records.iter().zip(&found.said).all(right));
    let again = cross_validate(
        &records,
        5,
        &Options {
            threads: 1,
            ..options
        },
        &mut |_| {},
    )
    .unwrap();
    assert_eq!(found, again);
}

#[test]
fn a_label_of_two_records_is_learnt_in_some_folds_only() {
    let mut records = records();
    records.push(record("气象", "大风预警"));
    records.push(record("气象", "大雾预警"));
    let found = cross_validate(&records, 5, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(found.figures.n, 32);
    assert!(found.figures.accuracy >= 30.0 / 32.0);
}

#[test]
fn what_is_tested_was_not_learnt() {
    // Labels at random: whoever peeps is right more often than one time in two.
    let records: Vec<Record> = (0..60u32)
        .map(|index| {
            let sign = |by: u32| char::from_u32(0x4e00 + (index * by) % 997).unwrap();
            let text: String = [sign(3), sign(101), sign(577)].iter().collect();
            record(if (index * 7919) % 13 < 6 { "a" } else { "b" }, &text)
        })
        .collect();
    let found = cross_validate(&records, 4, &Options::default(), &mut |_| {}).unwrap();
    assert!(found.figures.accuracy < 0.75, "{}", found.figures.accuracy);
}

#[test]
fn a_label_that_was_not_learnt_is_wrong() {
    let test = [record("城建", "路灯不亮"), record("信访", "来信")];
    let figures = train_and_test(&records(), &test, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!((figures.n, figures.accuracy), (2, 0.5));
    assert!(figures.labels.contains(&"信访".to_owned()));
}

#[test]
fn folds_have_a_range() {
    for folds in [0, 1, 31] {
        let error =
            cross_validate(&records(), folds, &Options::default(), &mut |_| {}).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(&format!("option `folds` is {folds}: use 2 or more"))
        );
    }
}
