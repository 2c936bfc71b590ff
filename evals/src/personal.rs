//! Finders of personal data, scored on texts whose spans are known.
//!
//! A span is right when its type and both ends are. Precision and recall are rates by Wilson, for each type and together;
//! what would divide by nothing is absent. `recall_overlap` also counts a span of the right type that only overlaps: it
//! tells a finder that cuts badly from one that sees nothing. The finder is given; none is known here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::line::{self, BadLine};
use crate::metric::of_rate;
use crate::record::Metric;

/// A text with the personal data in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The text.
    pub text: String,
    /// What is personal in it.
    pub spans: Vec<Span>,
}

/// A piece of personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// For example `id` or `addr`.
    pub kind: String,
    /// Its first character, from 0.
    pub start: usize,
    /// The character behind its last.
    pub end: usize,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    spans: Vec<Marked>,
}

#[derive(Deserialize)]
struct Marked {
    #[serde(rename = "type")]
    kind: String,
    start: usize,
    end: usize,
    text: Option<String>,
}

/// The items of a file of one JSON object a line, and the lines that are none. Other keys are passed over.
pub fn read(text: &str) -> (Vec<Item>, Vec<BadLine>) {
    line::items(text, |_, line| item(line))
}

fn item(line: &str) -> Result<Item, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let characters: Vec<char> = line.text.chars().collect();
    let span = |marked: Marked| {
        let Marked {
            kind,
            start,
            end,
            text,
        } = marked;
        let inside = characters
            .get(start..end)
            .filter(|inside| !inside.is_empty());
        let Some(inside) = inside.map(|inside| inside.iter().collect::<String>()) else {
            let length = characters.len();
            return Err(format!(
                "the span {start}..{end} is none of a text of {length} characters"
            ));
        };
        match text {
            Some(text) if text != inside => Err(format!(
                "the span {start}..{end} holds `{inside}` and not `{text}`; count characters, not bytes"
            )),
            _ => Ok(Span { kind, start, end }),
        }
    };
    let spans = line.spans.into_iter().map(span).collect::<Result<_, _>>()?;
    Ok(Item {
        text: line.text,
        spans,
    })
}

#[derive(Default)]
struct Count {
    /// Spans that are there.
    known: usize,
    /// Spans that were found.
    found: usize,
    /// Found as they are there.
    right: usize,
    /// There, and touched by a found one of the type.
    touched: usize,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.known += other.known;
        self.found += other.found;
        self.right += other.right;
        self.touched += other.touched;
    }
}

/// `precision`, `recall` and `recall_overlap`, together and by type, of what `find` finds in each text.
pub fn score(items: &[Item], find: impl Fn(&str) -> Vec<Span>) -> BTreeMap<String, Metric> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for item in items {
        let known: BTreeSet<Span> = item.spans.iter().cloned().collect();
        let found: BTreeSet<Span> = find(&item.text).into_iter().collect();
        for span in &known {
            let count = counts.entry(span.kind.clone()).or_default();
            let touches = |other: &Span| {
                other.kind == span.kind && other.start < span.end && span.start < other.end
            };
            count.known += 1;
            count.right += usize::from(found.contains(span));
            count.touched += usize::from(found.iter().any(touches));
        }
        for span in &found {
            counts.entry(span.kind.clone()).or_default().found += 1;
        }
    }
    let mut all = Count::default();
    counts.values().for_each(|count| all.add(count));
    let mut metrics = BTreeMap::new();
    let mut add = |suffix: &str, count: &Count| {
        let rates = [
            ("precision", count.right, count.found),
            ("recall", count.right, count.known),
            ("recall_overlap", count.touched, count.known),
        ];
        for (name, passed, n) in rates {
            metrics.extend(of_rate(passed, n).map(|metric| (format!("{name}{suffix}"), metric)));
        }
    };
    add("", &all);
    for (kind, count) in &counts {
        add(&format!(".{kind}"), count);
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\u{feff}{\"id\":\"a\",\"text\":\"电话138，住甲路\",\"spans\":[{\"type\":\"mobile\",\"start\":2,\"end\":5,\"text\":\"138\"},{\"type\":\"addr\",\"start\":7,\"end\":9}]}\n\
        \n\
        {\"text\":\"无\",\"spans\":[]}\n";

    fn span(kind: &str, start: usize, end: usize) -> Span {
        Span {
            kind: kind.to_owned(),
            start,
            end,
        }
    }

    fn check(items: &[Item], find: impl Fn(&str) -> Vec<Span>) -> String {
        let line = |(name, metric): (String, Metric)| {
            format!("{name} {:.2} of {}", metric.value, metric.n)
        };
        score(items, find)
            .into_iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn ends_and_types_must_be_right() {
        let (items, bad) = read(FILE);
        assert_eq!((items.len(), bad.len()), (2, 0));
        let exact = |text: &str| match text {
            "无" => Vec::new(),
            _ => vec![span("mobile", 2, 5), span("addr", 7, 9)],
        };
        insta::assert_snapshot!(check(&items, exact), @r"
        precision 1.00 of 2
        precision.addr 1.00 of 1
        precision.mobile 1.00 of 1
        recall 1.00 of 2
        recall.addr 1.00 of 1
        recall.mobile 1.00 of 1
        recall_overlap 1.00 of 2
        recall_overlap.addr 1.00 of 1
        recall_overlap.mobile 1.00 of 1
        ");
        // One cut short, one of another type, and one where nothing is.
        let loose = |text: &str| match text {
            "无" => vec![span("name", 0, 1)],
            _ => vec![span("addr", 8, 9), span("bank", 2, 5)],
        };
        insta::assert_snapshot!(check(&items, loose), @r"
        precision 0.00 of 3
        precision.addr 0.00 of 1
        precision.bank 0.00 of 1
        precision.name 0.00 of 1
        recall 0.00 of 2
        recall.addr 0.00 of 1
        recall.mobile 0.00 of 1
        recall_overlap 0.50 of 2
        recall_overlap.addr 1.00 of 1
        recall_overlap.mobile 0.00 of 1
        ");
        insta::assert_snapshot!(check(&items, |_| Vec::new()), @r"
        recall 0.00 of 2
        recall.addr 0.00 of 1
        recall.mobile 0.00 of 1
        recall_overlap 0.00 of 2
        recall_overlap.addr 0.00 of 1
        recall_overlap.mobile 0.00 of 1
        ");
        insta::assert_snapshot!(check(&[], |_| Vec::new()), @"");
    }

    #[test]
    fn bad_lines_are_named_and_the_rest_stays() {
        let (items, bad) = read(
            "{\"text\":\"甲乙\",\"spans\":[{\"type\":\"id\",\"start\":1,\"end\":9}]}\n\
             {\"text\":\"甲乙\",\"spans\":[{\"type\":\"id\",\"start\":1,\"end\":1}]}\n\
             {\"text\":\"甲乙\",\"spans\":[{\"type\":\"id\",\"start\":2,\"end\":1}]}\n\
             {\"text\":\"甲乙\",\"spans\":[{\"type\":\"id\",\"start\":0,\"end\":1,\"text\":\"乙\"}]}\n\
             {\"text\":\"甲乙\",\"spans\":[{\"type\":\"id\",\"start\":-1,\"end\":1}]}\n\
             {\"text\":\"甲乙\"}\n\
             garbage\n\
             {\"text\":\"甲乙\",\"spans\":[]}\n",
        );
        assert_eq!(items.len(), 1);
        let bad: Vec<String> = bad.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(bad.join("\n"), @r"
        line 1: the span 1..9 is none of a text of 2 characters
        line 2: the span 1..1 is none of a text of 2 characters
        line 3: the span 2..1 is none of a text of 2 characters
        line 4: the span 0..1 holds `甲` and not `乙`; count characters, not bytes
        line 5: invalid value: integer `-1`, expected usize at line 1 column 49
        line 6: missing field `spans` at line 1 column 17
        line 7: expected value at line 1 column 1
        ");
    }
}
