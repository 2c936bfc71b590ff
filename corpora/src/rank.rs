//! Given texts in the order in which a search would find them, without an index: as if they were a corpus of their own.

use std::collections::BTreeMap;

use crate::chunk::ChunkKind;
use crate::fold::{fold, terms};
use crate::index::{Hit, LEAST, rounded};
use crate::lexicon::Lexicon;
use crate::passage::Passage;
use crate::retrieve::{Found, rare, rarity, weigh};

/// Parameters of BM25, those of the engine.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// What a search for `question` would find in a corpus that holds `texts` and nothing else. Each text is a document of
/// one passage, undated, without a title; its number, from 0, is the passage's `ordinal`. A question cannot name them.
///
/// Weights, statistics and order are those of an index; of long passages the engine stores the length in fewer bits, so
/// that the last digits of scores may differ. Nothing is found that has no term of the question.
pub fn rank(texts: &[&str], question: &str, lexicon: &Lexicon) -> Found {
    let folded = fold(question);
    let expansions = lexicon.expand(&folded);
    let weighted = weigh(&folded, &expansions, &[]);
    let texts: Vec<String> = texts.iter().map(|text| paragraphs(text)).collect();
    let counted: Vec<BTreeMap<String, f32>> = texts.iter().map(|text| counts(text)).collect();
    let holding = |term: &str| {
        counted
            .iter()
            .filter(|counts| counts.contains_key(term))
            .count()
    };
    let total = texts.len().max(LEAST as usize);
    let length = |counts: &BTreeMap<String, f32>| counts.values().sum::<f32>();
    let mean = counted.iter().map(length).sum::<f32>() / texts.len().max(1) as f32;
    let mut hits = Vec::new();
    for (number, counts) in counted.iter().enumerate() {
        let norm = K1 * (1.0 - B + B * length(counts) / mean.max(1.0));
        let score: f32 = weighted
            .iter()
            .filter_map(|weighted| {
                let count = counts.get(&weighted.term)?;
                let rare = inverse(holding(&weighted.term), total);
                Some(weighted.weight * rare * (1.0 + K1) * count / (count + norm))
            })
            .sum();
        if score > 0.0 {
            hits.push(Hit {
                score: rounded(score),
                passage: passage(number as u32, texts[number].clone()),
            });
        }
    }
    hits.sort_by(|left, right| right.score.total_cmp(&left.score));
    let rarity = rare(&folded, &[])
        .map(|term| {
            let rarity = rarity(holding(&term) as u64, total as u64);
            (term, rarity)
        })
        .collect();
    Found {
        hits,
        rarity,
        expansions,
        searched: vec![CORPUS.to_owned()],
        ..Found::default()
    }
}

/// The passages stand in no corpus; this is what stands for its name.
const CORPUS: &str = "given";

/// Lines of a text that hold something, without the blanks around them.
fn paragraphs(text: &str) -> String {
    let lines = text.split(['\n', '\r']).map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn counts(text: &str) -> BTreeMap<String, f32> {
    let mut counts = BTreeMap::new();
    for term in terms(&fold(text)) {
        *counts.entry(term).or_default() += 1.0;
    }
    counts
}

/// Inverse document frequency, as BM25 has it.
fn inverse(holding: usize, total: usize) -> f32 {
    (1.0 + ((total - holding) as f32 + 0.5) / (holding as f32 + 0.5)).ln()
}

fn passage(number: u32, text: String) -> Passage {
    Passage {
        id: format!("{CORPUS}:{number}@{number}:0"),
        corpus: CORPUS.to_owned(),
        document: number.to_string(),
        title: String::new(),
        kind: ChunkKind::Section,
        path: Vec::new(),
        start: 0,
        end: text.chars().count(),
        text,
        year: None,
        parts: Vec::new(),
        links: Vec::new(),
        issuing_body: None,
        document_type: None,
        jurisdiction: None,
        document_number: None,
        version_date: None,
        effective_from: None,
        effective_to: None,
        repealed: false,
        revision: number.to_string(),
        ordinal: number,
        order: 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;
    use crate::rows::{Row, store};
    use crate::{Index, Query, Retriever};

    #[test]
    fn it_finds_what_an_index_finds() {
        let mut lexicon = Lexicon::default();
        lexicon
            .add("test.tsv", "扣着钱不退\t押金 返还\t1.0\n")
            .unwrap();
        let texts = [
            "押金应当在七日内返还。",
            "  押金，押金！\r\n\n\t退租以后返还 ",
            "与此无关的文字。",
            "退钱的人",
            "",
        ];
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open_or_create(folder.path(), "rows").unwrap();
        let row = |text: &&str| Row {
            path: Vec::new(),
            text: (*text).to_owned(),
        };
        store(
            &index,
            &texts.iter().map(row).collect::<Vec<_>>(),
            &mut |_| true,
        )
        .unwrap();
        let retriever = Retriever::new(vec![Arc::new(index)], Arc::new(lexicon.clone()));
        for question in ["房东扣着钱不退怎么办？", "押金几天返还", "什么", "火车"]
        {
            let query = Query {
                text: question.to_owned(),
                more: Vec::new(),
                as_of: date(2026, 11, 21),
                today: date(2026, 11, 21),
                places: None,
                corpora: None,
                limit: 10,
            };
            let (expected, found) = (
                retriever.retrieve(&query).unwrap(),
                rank(&texts, question, &lexicon),
            );
            assert_eq!(found.rarity, expected.rarity);
            assert_eq!(found.expansions, expected.expansions);
            let shown = |found: &Found| -> Vec<(u32, String)> {
                let hit = |hit: &Hit| format!("{:.2}", hit.score);
                found
                    .hits
                    .iter()
                    .map(|one| (one.passage.ordinal + one.passage.order, hit(one)))
                    .collect()
            };
            assert_eq!(shown(&found), shown(&expected), "{question}");
        }
        let found = rank(&texts, "押金几天返还", &lexicon);
        let first: Vec<&str> = found
            .hits
            .iter()
            .take(2)
            .map(|hit| hit.passage.text.as_str())
            .collect();
        assert!(first.contains(&"押金应当在七日内返还。"), "{first:?}");
        let trimmed = "押金，押金！\n退租以后返还";
        assert!(found.hits.iter().any(|hit| hit.passage.text == trimmed));
    }
}
