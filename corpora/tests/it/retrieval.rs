//! Retrieval: filters before ranking, a total order, named clauses first.

use std::fs;
use std::sync::Arc;

use corpora::{Found, Index, Lexicon, Query, Retriever};
use jiff::civil::{Date, date};
use tempfile::{TempDir, tempdir};

use crate::{ingest_folder, rule};

fn corpus(files: &[(&str, String)]) -> (TempDir, Retriever) {
    let (folder, data) = (tempdir().unwrap(), tempdir().unwrap());
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    ingest_folder(data.path(), folder.path()).unwrap();
    let index = Arc::new(Index::open(&data.path().join("test"), "test").unwrap());
    let mut lexicon = Lexicon::default();
    lexicon
        .add("test.tsv", "扣着钱不退\t押金 返还\t1.0\n")
        .unwrap();
    (data, Retriever::new(vec![index], Arc::new(lexicon)))
}

fn query(text: &str, as_of: Date, places: Option<&[&str]>) -> Query {
    let places = places.map(|places| places.iter().map(|place| (*place).to_owned()).collect());
    Query {
        text: text.into(),
        more: Vec::new(),
        as_of,
        today: date(2026, 11, 21),
        places,
        corpora: None,
        limit: 3,
    }
}

fn documents(found: &Found) -> Vec<String> {
    found
        .hits
        .iter()
        .map(|hit| hit.passage.document.clone())
        .collect()
}

#[test]
fn the_day_picks_the_revision_before_ranking() {
    let (_data, retriever) = corpus(&[
        (
            "old.md",
            rule(
                "押金办法",
                "2016-01-01",
                "superseded_on: 2024-05-01\n",
                &["押金应当在三十日内返还。押金押金押金。"],
            ),
        ),
        (
            "new.md",
            rule("押金办法", "2024-05-01", "", &["押金应当在七日内返还。"]),
        ),
    ]);
    for (day, expected) in [
        (date(2015, 1, 1), vec![]),
        (date(2020, 1, 1), vec!["old.md"]),
        (date(2024, 5, 1), vec!["new.md"]),
        (date(2026, 11, 21), vec!["new.md"]),
    ] {
        assert_eq!(
            documents(
                &retriever
                    .retrieve(&query("押金几天返还", day, None))
                    .unwrap()
            ),
            expected,
            "{day}"
        );
    }
}

#[test]
fn repealed_without_a_date_is_for_the_past_only() {
    let (_data, retriever) = corpus(&[(
        "a.md",
        rule(
            "押金办法",
            "2016-01-01",
            "status: repealed\n",
            &["押金应当返还。"],
        ),
    )]);
    assert!(
        retriever
            .retrieve(&query("押金", date(2026, 11, 21), None))
            .unwrap()
            .hits
            .is_empty()
    );
    let past = retriever
        .retrieve(&query("押金", date(2020, 1, 1), None))
        .unwrap();
    assert!(past.hits[0].passage.repealed);
    assert_eq!(
        documents(
            &retriever
                .retrieve_out_of_force(&query("押金", date(2026, 11, 21), None))
                .unwrap()
        ),
        ["a.md"]
    );
}

#[test]
fn rules_of_other_places_take_no_rank() {
    let other =
        rule("押金办法", "2016-01-01", "", &["押金押金押金应当返还。"]).replace("和澜市", "远山市");
    let mut files: Vec<(String, String)> = (0..5)
        .map(|number| {
            (
                format!("other{number}.md"),
                other.replace("押金办法", &format!("押金办法{number}")),
            )
        })
        .collect();
    files.push((
        "here.md".into(),
        rule(
            "押金规定",
            "2016-01-01",
            "",
            &["押金返还的期限由双方约定，没有约定的为七日。"],
        ),
    ));
    let files: Vec<(&str, String)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    let (_data, retriever) = corpus(&files);
    let found = retriever
        .retrieve(&query(
            "押金返还",
            date(2026, 11, 21),
            Some(&["全国", "和澜市"]),
        ))
        .unwrap();
    assert_eq!(documents(&found), ["here.md"]);
}

#[test]
fn a_named_clause_comes_first() {
    let (_data, retriever) = corpus(&[
        (
            "a.md",
            rule(
                "和澜市押金管理办法",
                "2016-01-01",
                "",
                &["总则。", "押金应当返还。", "罚款五百元。"],
            ),
        ),
        (
            "b.md",
            rule(
                "和澜市租赁办法",
                "2016-01-01",
                "",
                &["押金押金管理办法第三条。", "乙。", "丙。"],
            ),
        ),
    ]);
    for text in [
        "和澜市押金管理办法第三条",
        "《押金管理办法》第3条怎么说",
        "押金管理办法第３条",
        "押金管理辦法第三條",
    ] {
        let found = retriever
            .retrieve(&query(text, date(2026, 11, 21), None))
            .unwrap();
        assert_eq!(found.named, 1, "{text}");
        assert_eq!(found.hits[0].passage.clause(), Some("第三条"), "{text}");
        assert_eq!(found.hits[0].passage.document, "a.md", "{text}");
    }
    let short = retriever
        .retrieve(&query("押管办法第三条", date(2026, 11, 21), None))
        .unwrap();
    assert_eq!(
        short.hits[0].passage.document, "a.md",
        "a title may be shortened"
    );
    let unknown = retriever
        .retrieve(&query("宪法第三十三条", date(2026, 11, 21), None))
        .unwrap();
    assert_eq!(unknown.unknown_title.as_deref(), Some("《宪法》第三十三条"));
    let missing = retriever
        .retrieve(&query("押金管理办法第九十条", date(2026, 11, 21), None))
        .unwrap();
    assert_eq!(
        missing.no_such_clause.as_deref(),
        Some("《和澜市押金管理办法》第九十条")
    );
}

#[test]
fn the_lexicon_bridges_everyday_words() {
    let (_data, retriever) = corpus(&[
        (
            "a.md",
            rule(
                "租赁办法",
                "2016-01-01",
                "",
                &["出租人应当在七日内返还押金。"],
            ),
        ),
        (
            "b.md",
            rule("绿化办法", "2016-01-01", "", &["绿化补助按面积发放。"]),
        ),
    ]);
    let found = retriever
        .retrieve(&query("房东扣着钱不退", date(2026, 11, 21), None))
        .unwrap();
    assert_eq!(found.expansions[0].expression, "扣着钱不退");
    assert_eq!(found.hits[0].passage.document, "a.md");
}

#[test]
fn equal_scores_keep_the_order_of_the_documents() {
    let files: Vec<(String, String)> = (0..9)
        .map(|number| {
            (
                format!("{number}.md"),
                rule(
                    &format!("办法{number}"),
                    "2016-01-01",
                    "",
                    &["押金应当返还。"],
                ),
            )
        })
        .collect();
    let files: Vec<(&str, String)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    let (_data, retriever) = corpus(&files);
    let found = retriever
        .retrieve(&query("押金返还", date(2026, 11, 21), None))
        .unwrap();
    assert_eq!(documents(&found), ["0.md", "1.md", "2.md"]);
    assert_eq!(
        found,
        retriever
            .retrieve(&query("押金返还", date(2026, 11, 21), None))
            .unwrap()
    );
}
