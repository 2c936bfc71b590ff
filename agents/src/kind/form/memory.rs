//! What is kept of a form from one turn to the next, and what a page shows of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::form::{Filled, Said};

/// What is kept of a form. Everything in it was said by the person or brought by a tool; it can be computed again from
/// these.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Names the request, from its first turn on.
    pub key: String,
    /// How often the form was proposed and changed again; part of the key.
    #[serde(default)]
    pub attempt: u32,
    /// The form.
    pub tool: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// Values with their sources.
    pub filled: Filled,
    /// What the person said.
    pub said: Vec<Said>,
    /// The field that was asked for.
    pub asked: Option<String>,
    /// How often a place was said that cannot be found.
    #[serde(default)]
    pub tries: usize,
    /// Fields that must be asked for beside those that the schema requires.
    pub wanted: Vec<String>,
    /// What waits for the person's word.
    pub proposal: Option<tools::Proposal>,
    /// One that was shown before something changed: void as soon as another one is shown.
    #[serde(default)]
    pub replaced: Option<String>,
    /// What came of it.
    pub receipt: Option<Value>,
    /// Identifiers of what the register brought.
    pub evidence: Vec<String>,
    /// Names of licences that the register holds.
    pub licences: Vec<String>,
}

/// Where a form stands.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Which form is not known.
    #[default]
    Choosing,
    /// Something is missing.
    Asking,
    /// It waits for the person's word.
    Confirm,
    /// It was handed in.
    Submitted,
    /// The person left it.
    Cancelled,
    /// It is not done here.
    Refused,
}

impl Stage {
    /// Whether the next message begins anew.
    pub fn is_over(self) -> bool {
        match self {
            Self::Submitted | Self::Cancelled | Self::Refused => true,
            Self::Choosing | Self::Asking | Self::Confirm => false,
        }
    }
}

/// A form as a page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FormView {
    /// Name of the form.
    pub tool: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// The field that is asked for.
    pub asked: Option<String>,
    /// Its fields, as far as they apply.
    pub fields: Vec<FieldView>,
    /// What must be brought along.
    pub materials: Vec<MaterialView>,
    /// Conditions that the values do not seem to meet, quoted. An office decides.
    pub unmet: Vec<String>,
    /// What waits for the person's word.
    pub proposal: Option<ProposalView>,
    /// What came of it: `{"submission": number}` or `{"order": number, "view": …}`.
    pub receipt: Option<Value>,
    /// What the next turn needs.
    #[schemars(with = "Value")]
    pub memory: Memory,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FieldView {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What kind of value it takes.
    pub kind: String,
    /// The question.
    pub ask: String,
    /// Why it is asked.
    pub why: String,
    /// Whether it must be filled.
    pub required: bool,
    /// What can be chosen, where that is fixed.
    pub choices: Vec<String>,
    /// The value; none where there is none.
    pub shown: Option<String>,
    /// Where it came from, in words.
    pub source: String,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// Something to bring along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MaterialView {
    /// Its name.
    pub name: String,
    /// The original is needed.
    pub original: bool,
    /// How many copies.
    pub copies: u32,
    /// Why it need not be handed in; none where it must.
    pub waived: Option<String>,
    /// Where it stands: id of a citation of the answer.
    pub citation: String,
}

/// What waits for the person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ProposalView {
    /// Its number.
    pub id: String,
    /// What will happen.
    pub lines: Vec<String>,
    /// From when on it can no longer be confirmed (RFC 3339).
    pub expires: String,
}
