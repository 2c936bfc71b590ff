//! RGB (Chen et al., arXiv 2309.01431): answers from five documents, some of which do not answer, and refusals where none
//! does.
//!
//! [`read`] makes [`Item`]s of a file; [`Item::documents`] picks five documents for a share of noise and
//! [`Item::is_right`] looks for the answer, both by the rules of the benchmark; [`figures`] sums up. What answers is not
//! known here. The benchmark draws and shuffles documents; here the first ones are taken, and they are ordered by their
//! text, so that their place tells nothing and a run can be repeated.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::line::{self, BadLine, Ids};
use crate::metric::of_mean;
use crate::record::Metric;

/// Documents of a question.
const DOCUMENTS: usize = 5;

/// How many of the documents of a question do not answer it, as a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noise {
    /// 0
    None,
    /// 0.2
    Fifth,
    /// 0.4
    TwoFifths,
    /// 0.6
    ThreeFifths,
    /// 0.8
    FourFifths,
    /// 1: the right thing is to refuse.
    All,
}

impl Noise {
    /// All of them.
    pub const EVERY: [Self; 6] = [
        Self::None,
        Self::Fifth,
        Self::TwoFifths,
        Self::ThreeFifths,
        Self::FourFifths,
        Self::All,
    ];

    /// The share as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Fifth => "0.2",
            Self::TwoFifths => "0.4",
            Self::ThreeFifths => "0.6",
            Self::FourFifths => "0.8",
            Self::All => "1",
        }
    }

    /// Documents that do not answer.
    fn negatives(self) -> usize {
        match self {
            Self::None => 0,
            Self::Fifth => 1,
            Self::TwoFifths => 2,
            Self::ThreeFifths => 3,
            Self::FourFifths => 4,
            Self::All => DOCUMENTS,
        }
    }
}

/// A question with documents that answer it and others that do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its identifier.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// What an answer has to hold: of each list one.
    answers: Vec<Vec<String>>,
    positive: Positive,
    negative: Vec<String>,
}

/// Documents that answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Positive {
    /// Each the whole question.
    Whole(Vec<String>),
    /// Each list a part of it ("int" of the benchmark).
    Parts(Vec<Vec<String>>),
    /// Each with a false value in the place of the right one ("fact" of the benchmark).
    False(Vec<String>),
}

impl Item {
    /// The documents for a share of noise, five where there are so many.
    pub fn documents(&self, noise: Noise) -> Vec<&str> {
        let negatives = noise.negatives();
        let mut documents: Vec<&str> = match (&self.positive, noise) {
            (_, Noise::All) => Vec::new(),
            (Positive::Whole(whole), _) => {
                // Where there are too few that do not answer, others take their place.
                let positives = DOCUMENTS - negatives.min(self.negative.len());
                whole.iter().take(positives).map(String::as_str).collect()
            }
            (Positive::Parts(parts), _) => in_turn(parts, DOCUMENTS - negatives),
            (Positive::False(wrong), _) => {
                let positives = DOCUMENTS - negatives;
                wrong.iter().take(positives).map(String::as_str).collect()
            }
        };
        let negatives = match &self.positive {
            Positive::Whole(_) | Positive::Parts(_) => DOCUMENTS.saturating_sub(documents.len()),
            Positive::False(_) => negatives,
        };
        documents.extend(self.negative.iter().take(negatives).map(String::as_str));
        documents.sort_unstable();
        documents
    }

    /// Whether `answer` holds all that was asked for, as an exact substring; case does not count.
    pub fn is_right(&self, answer: &str) -> bool {
        let answer = answer.to_lowercase();
        let holds = |one: &String| answer.contains(&one.to_lowercase());
        self.answers.iter().all(|any| any.iter().any(holds))
    }
}

/// One of each list, even if that is more than `most`; then the second of each, up to `most`.
fn in_turn(lists: &[Vec<String>], most: usize) -> Vec<&str> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let turn = |turn: usize| lists.iter().filter_map(move |list| list.get(turn));
    let first = turn(0).count();
    let all = (0..longest).flat_map(turn).map(String::as_str);
    all.take(first.max(most)).collect()
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Identifier of the item.
    pub item: String,
    /// Noise of its documents.
    pub noise: Noise,
    /// Whether there was no answer.
    pub refused: bool,
    /// Whether the answer is right.
    pub right: bool,
}

/// `accuracy` and `over_refusal` of the outcomes with less noise than [`Noise::All`], also by noise, and `rejection` of
/// the others. Outcomes of one item are a cluster.
pub fn figures(outcomes: &[Outcome]) -> BTreeMap<String, Metric> {
    let mut values = BTreeMap::<String, Vec<(f64, &str)>>::new();
    for outcome in outcomes {
        let mut add = |name: String, holds: bool| {
            let value = (f64::from(u8::from(holds)), outcome.item.as_str());
            values.entry(name).or_default().push(value);
        };
        if outcome.noise == Noise::All {
            add("rejection".to_owned(), outcome.refused);
            continue;
        }
        let right = outcome.right && !outcome.refused;
        for (name, holds) in [("accuracy", right), ("over_refusal", outcome.refused)] {
            add(name.to_owned(), holds);
            add(format!("{name}.{}", outcome.noise.name()), holds);
        }
    }
    let mean = |(name, values): (String, Vec<(f64, &str)>)| {
        let (values, items): (Vec<f64>, Vec<&str>) = values.into_iter().unzip();
        Some((name, of_mean(&values, &items)?))
    };
    values.into_iter().filter_map(mean).collect()
}

/// The items of a file, and the lines that are none. Empty lines do not count.
pub fn read(text: &str) -> (Vec<Item>, Vec<BadLine>) {
    let mut ids = Ids::default();
    line::items(text, |line, text| {
        let item = item(text)?;
        ids.take(&item.id, line)?;
        Ok(Item { line, ..item })
    })
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    query: String,
    answer: Value,
    positive: Documents,
    positive_wrong: Option<Vec<String>>,
    negative: Vec<String>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "`positive` is neither a list of texts nor a list of such lists"
)]
enum Documents {
    Whole(Vec<String>),
    Parts(Vec<Vec<String>>),
}

fn item(text: &str) -> Result<Item, String> {
    // The line is numbered by the caller; to the reader of JSON it is always the first.
    let reason = |error: serde_json::Error| error.to_string().replace("line 1 column", "column");
    let line: Line = serde_json::from_str(text).map_err(reason)?;
    let id = match line.id {
        Value::String(text) if !text.trim().is_empty() => text,
        Value::Number(number) => number.to_string(),
        _ => return Err("its `id` is neither a text nor a number".to_owned()),
    };
    let positive = match (line.positive_wrong, line.positive) {
        (Some(wrong), _) => Positive::False(wrong),
        (None, Documents::Whole(whole)) => Positive::Whole(whole),
        (None, Documents::Parts(parts)) => Positive::Parts(parts),
    };
    Ok(Item {
        id,
        question: line.query,
        line: 0,
        answers: answers(&line.answer)?,
        positive,
        negative: line.negative,
    })
}

/// A text, or a list of what must be there, each a text or a list of texts one of which is enough.
fn answers(answer: &Value) -> Result<Vec<Vec<String>>, String> {
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let any = |value: &Value| match value {
        Value::Array(any) => any.iter().map(text).collect::<Option<Vec<_>>>(),
        other => text(other).map(|text| vec![text]),
    };
    let all = match answer {
        Value::Array(all) => all.iter().map(any).collect::<Option<Vec<_>>>(),
        other => any(other).map(|any| vec![any]),
    };
    all.filter(|all| !all.is_empty() && all.iter().all(|any| !any.is_empty()))
        .ok_or_else(|| "its `answer` is no text, nor a list of texts".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = r#"
{"id": 0, "query": "甲?", "answer": ["12人"], "positive": ["p1", "p2", "p3"], "negative": ["n1", "n2", "n3", "n4", "n5", "n6"]}
{"id": "1", "query": "乙?", "answer": [["a", "B"], "c"], "positive": [["x1", "x2"], ["y1"], ["z1", "z2", "z3"]], "negative": ["n1", "n2", "n3"]}
{"id": 2, "query": "丙?", "answer": "2.3%", "fakeanswer": "9%", "positive": ["r1", "r2", "r3"], "positive_wrong": ["w1", "w2", "w3"], "negative": ["n1", "n2", "n3", "n4", "n5"]}
{"id": 3, "query": "丁?", "answer": "x", "positive": ["p1", "p2", "p3", "p4", "p5"], "negative": ["n1"]}
"#;

    fn items() -> Vec<Item> {
        let (items, bad) = read(ITEMS);
        assert_eq!(bad, []);
        items
    }

    #[test]
    fn documents_follow_the_noise() {
        let show = |item: &Item| {
            let lines = Noise::EVERY
                .map(|noise| format!("{}: {}", noise.name(), item.documents(noise).join(" ")));
            lines.join("\n")
        };
        let items = items();
        insta::assert_snapshot!(show(&items[0]), @r"
        0: n1 n2 p1 p2 p3
        0.2: n1 n2 p1 p2 p3
        0.4: n1 n2 p1 p2 p3
        0.6: n1 n2 n3 p1 p2
        0.8: n1 n2 n3 n4 p1
        1: n1 n2 n3 n4 n5
        ");
        insta::assert_snapshot!(show(&items[1]), @r"
        0: x1 x2 y1 z1 z2
        0.2: n1 x1 x2 y1 z1
        0.4: n1 n2 x1 y1 z1
        0.6: n1 n2 x1 y1 z1
        0.8: n1 n2 x1 y1 z1
        1: n1 n2 n3
        ");
        insta::assert_snapshot!(show(&items[2]), @r"
        0: w1 w2 w3
        0.2: n1 w1 w2 w3
        0.4: n1 n2 w1 w2 w3
        0.6: n1 n2 n3 w1 w2
        0.8: n1 n2 n3 n4 w1
        1: n1 n2 n3 n4 n5
        ");
        insta::assert_snapshot!(show(&items[3]), @r"
        0: p1 p2 p3 p4 p5
        0.2: n1 p1 p2 p3 p4
        0.4: n1 p1 p2 p3 p4
        0.6: n1 p1 p2 p3 p4
        0.8: n1 p1 p2 p3 p4
        1: n1
        ");
    }

    #[test]
    fn an_answer_holds_all_parts() {
        let items = items();
        for (item, answer, right) in [
            (0, "共12人死亡", true),
            (0, "共 12 人", false),
            (1, "b and C", true),
            (1, "a and b", false),
            (2, "2.3%", true),
        ] {
            assert_eq!(items[item].is_right(answer), right, "{answer}");
        }
    }

    #[test]
    fn refusals_count_where_there_is_an_answer_and_where_there_is_none() {
        let outcome = |item: &str, noise, refused, right| Outcome {
            item: item.into(),
            noise,
            refused,
            right,
        };
        let figures = figures(&[
            outcome("a", Noise::None, false, true),
            outcome("b", Noise::None, true, true),
            outcome("a", Noise::FourFifths, false, false),
            outcome("b", Noise::FourFifths, true, false),
            outcome("a", Noise::All, true, false),
            outcome("b", Noise::All, false, true),
        ]);
        let lines: Vec<String> = figures
            .iter()
            .map(|(name, metric)| format!("{name} {:.2} of {}", metric.value, metric.n))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        accuracy 0.25 of 4
        accuracy.0 0.50 of 2
        accuracy.0.8 0.00 of 2
        over_refusal 0.50 of 4
        over_refusal.0 0.50 of 2
        over_refusal.0.8 0.50 of 2
        rejection 0.50 of 2
        ");
    }

    #[test]
    fn bad_lines_are_named() {
        let (items, bad) = read(
            r#"{"id": 1, "query": "?", "answer": "x", "positive": [], "negative": []}
{"id": 1, "query": "?", "answer": "x", "positive": [], "negative": []}
{"id": 2, "query": "?", "answer": [], "positive": [], "negative": []}
{"id": 3, "query": "?", "answer": [1], "positive": [], "negative": []}
{"id": null, "query": "?", "answer": "x", "positive": [], "negative": []}
{"id": 4, "query": "?", "answer": "x", "positive": [1], "negative": []}
{"id": 5"#,
        );
        assert_eq!(items.len(), 1);
        let lines: Vec<String> = bad.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        line 2: the id `1` is already on line 1
        line 3: its `answer` is no text, nor a list of texts
        line 4: its `answer` is no text, nor a list of texts
        line 5: its `id` is neither a text nor a number
        line 6: `positive` is neither a list of texts nor a list of such lists at column 54
        line 7: EOF while parsing an object at column 8
        ");
    }
}
