//! What the folder of an agent of kind `digest` says: tools, templates of claims, fixed texts; and what is shown.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tools::Count;
use tools::place::Span;
use tools::statistics::claim::ClaimKind;

/// `[digest]` of `agent.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DigestPart {
    /// Tool that counts the orders of some days.
    pub statistics: String,
    /// Tool that shows an order.
    pub status: String,
    /// Tool that looks words over.
    pub assess: String,
    /// The visible label.
    pub label: String,
    /// Above the claims: `{from}`, `{to}`, `{weeks}`.
    pub lead: String,
    /// Above the summary of an order: `{order}`, `{state}`.
    pub lead_order: String,
    /// Neither days nor an order were named.
    pub ask: String,
    /// Answers to that.
    pub choices: Vec<String>,
    /// The tool brought nothing: `{reason}`.
    pub failed: String,
    /// A part that the order does not say.
    pub none: String,
    /// The place of an issue whose orders name several, or none.
    pub nowhere: String,
    /// The model's words could not be used.
    pub degraded: String,
    /// What is said in a claim, with its values in `{…}`.
    pub claims: BTreeMap<ClaimKind, String>,
    /// Claims that belong together.
    #[serde(rename = "section")]
    pub sections: Vec<Section>,
    /// What the parts of a summary are called.
    pub parts: BTreeMap<PartKind, String>,
    /// What is written around claims in an export.
    pub export: Export,
}

/// Claims that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// The claims in it.
    pub kinds: Vec<ClaimKind>,
}

/// Texts of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Of some days: `{from}`, `{to}`.
    pub title: String,
    /// Of an order: `{order}`.
    pub title_order: String,
    /// Orders by category: title, what the names are.
    pub categories: [String; 2],
    /// Orders by day: likewise.
    pub days: [String; 2],
    /// What is counted.
    pub unit: String,
    /// Above the orders behind each claim.
    pub basis: String,
    /// The columns of that: number, claim, orders.
    pub columns: [String; 3],
    /// Behind ids that are not all: `{count}`.
    pub more: String,
    /// A claim without orders.
    pub no_orders: String,
    /// How the numbers came about.
    pub note: String,
}

/// Parts of the summary of an order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Who it is about.
    Who,
    /// The matter.
    What,
    /// What the person wants.
    Wants,
    /// Where.
    Where,
    /// Since when, or when.
    Since,
    /// What was done.
    Done,
    /// What is missing.
    Missing,
}

impl PartKind {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Who,
        Self::What,
        Self::Wants,
        Self::Where,
        Self::Since,
        Self::Done,
        Self::Missing,
    ];
}

impl DigestPart {
    /// Whether every claim can be worded and has its section, and every part has a name.
    ///
    /// # Errors
    /// The key that is wrong.
    pub(crate) fn check(&self, tools: &[String]) -> Result<(), String> {
        for (key, tool) in [
            ("statistics", &self.statistics),
            ("status", &self.status),
            ("assess", &self.assess),
        ] {
            if !tools.contains(tool) {
                return Err(format!("key `digest.{key}`: `{tool}` is not among `tools`"));
            }
        }
        for kind in ClaimKind::ALL {
            if !self.claims.contains_key(&kind) {
                return Err(format!("key `digest.claims`: {} is missing", name(kind)));
            }
            let holding = |section: &&Section| section.kinds.contains(&kind);
            if self.sections.iter().filter(holding).count() != 1 {
                return Err(format!(
                    "key `digest.section`: {} must stand in one section",
                    name(kind)
                ));
            }
        }
        match PartKind::ALL
            .iter()
            .find(|kind| !self.parts.contains_key(kind))
        {
            None => Ok(()),
            Some(kind) => Err(format!("key `digest.parts`: {} is missing", name(*kind))),
        }
    }
}

fn name(kind: impl Serialize) -> String {
    serde_json::to_string(&kind).unwrap_or_default()
}

/// What an agent of this kind shows: claims of some days, or the parts of an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DigestView {
    /// Of some days.
    #[serde(default)]
    pub days: Option<DaysView>,
    /// Of an order.
    #[serde(default)]
    pub order: Option<OrderSummary>,
}

/// What the orders of some days come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DaysView {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Weeks before, with which the days are compared.
    pub weeks: u32,
    /// Claims, under their headings.
    pub sections: Vec<SectionView>,
    /// Orders by category, the most first.
    pub categories: Vec<Count>,
    /// Orders by day, in the order of days.
    pub days: Vec<Count>,
}

/// Claims under a heading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SectionView {
    /// The heading.
    pub title: String,
    /// The claims.
    pub claims: Vec<ClaimView>,
}

/// A claim, which opens to the orders behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClaimView {
    /// What it says.
    pub kind: ClaimKind,
    /// The sentence.
    pub text: String,
    /// What it says it with: numbers, names and words of people.
    pub values: BTreeMap<String, serde_json::Value>,
    /// Numbers of the orders behind it, the first 200.
    pub ids: Vec<String>,
    /// How many orders are behind it.
    pub count: u64,
    /// Name of the model that worded it; none for a template.
    pub worded_by: Option<String>,
}

/// The parts of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OrderSummary {
    /// Its number.
    pub order: String,
    /// Where it stands.
    pub state: String,
    /// The person's words, of which spans are pieces.
    pub text: String,
    /// All parts, in order.
    pub parts: Vec<PartView>,
}

/// A part of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PartView {
    /// Which.
    pub kind: PartKind,
    /// What it is called.
    pub title: String,
    /// What was found of it; nothing where the order does not say it.
    pub found: Vec<FoundView>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FoundView {
    /// The words, as they stand where they were found.
    pub text: String,
    /// Where they stand in the person's words, in characters.
    pub span: Option<SpanView>,
    /// The entry of the order in which they stand.
    pub entry: Option<u64>,
}

/// A stretch of a text, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SpanView {
    /// The first.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

impl From<Span> for SpanView {
    fn from(span: Span) -> Self {
        Self {
            start: span.start,
            end: span.end,
        }
    }
}
