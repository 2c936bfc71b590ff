use super::*;

fn record(label: &str, text: &str) -> Record {
    Record {
        id: None,
        input: Input::Text(text.into()),
        label: label.into(),
    }
}

/// Two labels that share the rest of their words.
fn two() -> Vec<Record> {
    let places = ["临江区", "云台区", "望海区", "松溪县", "小区", "学校"];
    places
        .iter()
        .flat_map(|place| {
            [
                record("城建", &format!("{place}门口的路灯坏了，请派人来看")),
                record("环保", &format!("{place}门口的工地噪音大，请派人来看")),
            ]
        })
        .collect()
}

fn train(records: &[Record]) -> Classifier {
    Classifier::train(records, &Options::default(), &mut |_| {}).unwrap()
}

fn refused(records: &[Record], options: &Options) -> String {
    Classifier::train(records, options, &mut |_| {})
        .unwrap_err()
        .to_string()
}

#[test]
fn two_labels_that_can_be_parted_are_parted() {
    let classifier = train(&two());
    for (label, text) in [
        ("城建", "河边路灯不亮"),
        ("环保", "楼下噪音"),
        ("城建", "路灯路灯"),
    ] {
        let ranked = classifier.predict(&Input::Text(text.into()));
        assert_eq!(ranked[0].0, label, "{text}");
        assert!(ranked[0].1 > 0.6, "{ranked:?}");
        assert!((ranked[0].1 + ranked[1].1 - 1.0).abs() < 1e-12);
    }
    for record in two() {
        assert_eq!(classifier.predict(&record.input)[0].0, record.label);
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let bytes = |options: &Options| {
        Classifier::train(&two(), options, &mut |_| {})
            .unwrap()
            .to_bytes()
    };
    let options = Options::default();
    assert_eq!(bytes(&options), bytes(&options));
    assert_eq!(
        bytes(&options),
        bytes(&Options {
            threads: 1,
            ..options
        })
    );
    assert_eq!(
        bytes(&options),
        bytes(&Options {
            threads: 9,
            ..options
        })
    );
    assert_ne!(bytes(&options), bytes(&Options { seed: 2, ..options }));
}

#[test]
fn what_tells_nothing_gets_every_label_at_about_its_share() {
    let mut records = two();
    records.extend(two().into_iter().filter(|record| record.label == "环保"));
    let classifier = train(&records);
    for empty in ["", "\0", "，，，", "xyz"] {
        let ranked = classifier.predict(&Input::Text(empty.into()));
        assert_eq!(ranked.len(), 2);
        assert!((0.5..0.95).contains(&ranked[0].1), "{ranked:?}");
    }
}

#[test]
fn equal_labels_are_sorted_by_name() {
    let records: Vec<Record> = ["b", "a"]
        .iter()
        .flat_map(|label| vec![record(label, "路灯"); 4])
        .collect();
    let mut classifier = train(&records);
    classifier.bias.fill(0.0);
    classifier.calibration = Calibration {
        stretch: vec![1.0; 2],
        shift: vec![0.0; 2],
    };
    assert_eq!(
        classifier.predict(&Input::Text("噪音".into())),
        [("a", 0.5), ("b", 0.5)]
    );
}

#[test]
fn odd_and_long_texts_are_read() {
    let mut records = two();
    records.push(record("城建", "\0\u{202e}🚧🚧 𠮷野家 e\u{301}\u{fffd}"));
    records.push(record("城建", "\0\u{202e}🚧🚧 𠮷野家 e\u{301}\u{fffd}"));
    let classifier = train(&records);
    assert_eq!(
        classifier.predict(&Input::Text("𠮷野家".into()))[0].0,
        "城建"
    );
    let long = "工地噪音".repeat((1 << 20) / 12);
    assert_eq!(classifier.predict(&Input::Text(long.clone()))[0].0, "环保");
    assert_eq!(classifier.predict(&Input::Tokens(long))[0].0, "环保");
}

#[test]
fn words_help_where_they_are_given() {
    // The characters are the same; only where words end differs.
    let token = |label: &str, tokens: &str| Record {
        id: None,
        input: Input::Tokens(tokens.into()),
        label: label.into(),
    };
    let records: Vec<Record> = (0..4)
        .flat_map(|_| [token("a", "研究 生命 起源"), token("b", "研究生 命 起源")])
        .collect();
    let classifier = train(&records);
    assert_eq!(
        classifier.predict(&Input::Tokens("研究 生命".into()))[0].0,
        "a"
    );
    assert_eq!(
        classifier.predict(&Input::Tokens("研究生 命".into()))[0].0,
        "b"
    );
}

#[test]
fn what_weighs_is_shown() {
    let classifier = train(&two());
    let grams = |shown: Vec<(String, f32)>| {
        assert!(shown.is_sorted_by(|one, other| one.1 >= other.1));
        shown.into_iter().map(|(gram, _)| gram).collect::<Vec<_>>()
    };
    let lamps = grams(classifier.explain("城建", 5).unwrap());
    assert_eq!(lamps.len(), 5);
    assert!(
        lamps
            .iter()
            .all(|gram| gram.contains(['路', '灯', '坏', '了'])),
        "{lamps:?}"
    );
    let input = Input::Text("河边路灯有噪音".into());
    let noise = grams(classifier.explain_input(&input, "环保", 50).unwrap());
    assert!(noise.contains(&"噪音".to_owned()), "{noise:?}");
    assert!(!noise.contains(&"工地".to_owned()) && !noise.contains(&"路灯".to_owned()));
    let error = classifier.explain("水务", 5).unwrap_err().to_string();
    assert_eq!(error, "there is no label `水务`; there are 城建, 环保");
}

#[test]
fn no_number_and_nothing_of_one_record_is_kept() {
    let mut records = two();
    for _ in 0..3 {
        records.push(record(
            "城建",
            "请回电１３８ 0013 8000，证号44010419900307123Ｘ",
        ));
    }
    records.push(record("城建", "欧阳某某住在这里"));
    let bytes = train(&records).to_bytes();
    let content = String::from_utf8_lossy(&bytes);
    let terms: Vec<&str> = content.lines().skip(2).collect();
    assert!(terms.contains(&"电#") && terms.contains(&"#x"));
    assert!(!terms.contains(&"38") && !terms.contains(&"138") && !terms.contains(&"欧阳"));
}

#[test]
fn too_little_is_said_to_be_too_little() {
    let options = Options::default();
    let lone = [two(), vec![record("水务", "停水")]].concat();
    insta::assert_snapshot!(refused(&[], &options), @"cannot train: 0 records have 0 label(s); give records of at least two labels");
    insta::assert_snapshot!(refused(&two()[..1], &options), @"cannot train: 1 records have 1 label(s); give records of at least two labels");
    insta::assert_snapshot!(refused(&lone, &options), @"cannot train: label `水务` has 1 record(s), and a label is learnt from 2 or more; add records or leave it out");
}

#[test]
fn options_have_ranges() {
    let options = Options::default();
    insta::assert_snapshot!(refused(&two(), &Options { cost: 0.0, ..options }), @"option `cost` is 0: use a number above 0");
    insta::assert_snapshot!(refused(&two(), &Options { cost: f64::NAN, ..options }), @"option `cost` is NaN: use a number above 0");
    insta::assert_snapshot!(refused(&two(), &Options { stretch: 1.1, ..options }), @"option `stretch` is 1.1: use 0 to 1");
    insta::assert_snapshot!(refused(&two(), &Options { records: 1, ..options }), @"option `records` is 1: use 2 or more");
    insta::assert_snapshot!(refused(&two(), &Options { folds: 1, ..options }), @"option `folds` is 1: use 2 to 20");
    insta::assert_snapshot!(refused(&two(), &Options { threads: 0, ..options }), @"option `threads` is 0: use 1 or more");
}

#[test]
fn progress_is_told_line_by_line() {
    let mut told = Vec::new();
    Classifier::train(&two(), &Options::default(), &mut |progress| {
        told.push(progress);
    })
    .unwrap();
    // Two labels, five folds and the whole.
    let expected: Vec<Progress> = (0..=12).map(|done| Progress { done, total: 12 }).collect();
    assert_eq!(told, expected);
}
