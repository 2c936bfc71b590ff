//! What the record of an order says, as it may be told to the one who asked: number, day, grade, unit, and what was done.
//! Who asked is not in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::digest;

use super::template::{Template, filled};
use super::view::{SentenceView, Source};
use crate::answer::{Citation, CitationKind};
use crate::guard::mask::mask_own;
use crate::guard::text::plain;

/// An order as a draft needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    tool: String,
    /// Number.
    pub(super) order: String,
    /// The person's words.
    pub(super) text: String,
    /// Names of its items.
    pub(super) items: Vec<String>,
    /// Where it is.
    pub(super) address: String,
    /// Who leads.
    pub(super) department: String,
    grade: String,
    state: String,
    registered: String,
    /// Day and what was done.
    steps: Vec<(String, String)>,
}

/// Steps that a draft tells at most: the last ones.
const STEPS: usize = 8;

impl Record {
    /// Reads what the tool brought; none where it is no order.
    pub(super) fn read(tool: &str, value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let lines = |key: &str| value[key].as_array().cloned().unwrap_or_default();
        let told = lines("told");
        let step = |line: &Value| {
            let done = line["text"].as_str()?.trim_end_matches('。');
            Some((day(&line["at"])?, plain(&mask_own(done))))
        };
        let mut steps: Vec<(String, String)> = told.iter().filter_map(step).collect();
        let registered = steps
            .first()
            .map(|(day, _)| day.clone())
            .unwrap_or_default();
        steps.drain(..steps.len().saturating_sub(STEPS));
        let names = lines("items");
        Some(Self {
            tool: tool.to_owned(),
            order: value["id"].as_str()?.to_owned(),
            text: text("text"),
            items: names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            address: text("address"),
            department: text("lead"),
            grade: text("grade"),
            state: text("state_name"),
            registered,
            steps,
        })
    }

    /// Id of its citation.
    pub(super) fn id(&self) -> String {
        format!("{}:{}", self.tool, self.order)
    }

    /// Its sentences, in the words of the template. One of which something is not known is left out.
    pub(super) fn sentences(&self, template: &Template) -> Vec<SentenceView> {
        let items = self.items.join("、");
        let fields = [
            ("{order}", self.order.as_str()),
            ("{registered}", &self.registered),
            ("{department}", &self.department),
            ("{grade}", &self.grade),
            ("{items}", &items),
            ("{state}", &self.state),
        ];
        let known = |line: &&String| {
            let lacks = |(name, value): &(&str, &str)| value.is_empty() && line.contains(name);
            !fields.iter().any(lacks)
        };
        let facts = template
            .record
            .iter()
            .filter(known)
            .map(|line| filled(line, &fields));
        let steps = self
            .steps
            .iter()
            .map(|(date, done)| filled(&template.step, &[("{date}", date), ("{done}", done)]));
        let sentence = |text: String| SentenceView {
            text,
            source: Source::Record,
            citations: vec![self.id()],
            mark: None,
            worded_by: None,
        };
        facts.chain(steps).map(sentence).collect()
    }

    /// What sentences are held against.
    pub(super) fn evidence(&self, template: &Template) -> String {
        let sentences = self.sentences(template);
        let mut text = format!("工单{}\n", self.order);
        for sentence in sentences {
            text.push_str(&sentence.text);
            text.push('\n');
        }
        text
    }

    /// The citation of the record.
    pub(super) fn citation(&self, template: &Template) -> Citation {
        let text = self.evidence(template);
        Citation {
            id: self.id(),
            kind: CitationKind::Result,
            corpus: String::new(),
            document: self.tool.clone(),
            title: format!("工单 {}", self.order),
            path: "登记和办理记录".to_owned(),
            revision: digest::of_text(&text).chars().take(12).collect(),
            text,
            effective_from: None,
            effective_to: None,
        }
    }
}

/// The day of a moment in the city, in Chinese.
fn day(at: &Value) -> Option<String> {
    let at: Timestamp = at.as_str()?.parse().ok()?;
    let date = at.to_zoned(tools::zone()).date();
    Some(date_text(date))
}

/// `2026年11月21日`.
pub(super) fn date_text(date: jiff::civil::Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}
