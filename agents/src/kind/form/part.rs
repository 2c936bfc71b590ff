//! `[form]` of `agent.toml`: which forms, which tools beside them, and the fixed texts. No logic is in it.

use serde::{Deserialize, Serialize};

/// `[form]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormPart {
    /// Tools whose arguments are asked for. With one alone there is nothing to choose.
    pub tools: Vec<String>,
    /// Tool that looks the first words over: what they are about, and what is missing.
    #[serde(default)]
    pub assess: Option<String>,
    /// Tool that knows what offices know of the person already.
    #[serde(default)]
    pub register: Option<String>,
    /// Agent that answers questions in between.
    #[serde(default)]
    pub digress: Option<String>,
    /// Fixed texts.
    pub texts: FormTexts,
}

/// Fixed texts of a form agent. `{…}` are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormTexts {
    /// The visible label.
    pub label: String,
    /// Several forms fit, or the person asks which there are.
    pub choose: String,
    /// No form fits.
    pub none: String,
    /// A form begins: `{title}`.
    pub begin: String,
    /// Above what the guide says.
    pub lead: String,
    /// Something of the register was filled in: `{fields}`.
    pub prefilled: String,
    /// A value was taken over: `{title}`, `{value}`.
    pub replaced: String,
    /// What was said is no value: `{title}`, `{reason}`.
    pub invalid: String,
    /// It is not clear which is meant: `{title}`, `{values}`.
    pub ambiguous: String,
    /// A field cannot be left open: `{title}`.
    pub needed: String,
    /// A field is left open because the person does not know: `{title}`.
    pub unknown: String,
    /// The person left the form.
    pub cancelled: String,
    /// All is asked; what will happen follows.
    pub review: String,
    /// How to confirm.
    pub confirm: String,
    /// Something is still wrong: `{problems}`.
    pub problems: String,
    /// A condition does not seem to be met: `{condition}`.
    pub not_met: String,
    /// A document need not be handed in: `{name}`, `{licence}`.
    pub waived: String,
    /// It was handed in: `{number}`, `{title}`.
    pub submitted: String,
    /// A confirmation that is no longer good.
    pub expired: String,
    /// A tool failed without an effect: `{reason}`.
    pub failed: String,
    /// It is not known whether it was done.
    pub unclear: String,
    /// A question was answered in between; the form goes on.
    pub resumed: String,
    /// It is not for this office: `{name}`, `{channel}`.
    #[serde(default)]
    pub outside: String,
    /// An order that is being worked on is about the same: `{order}`.
    #[serde(default)]
    pub near: String,
    /// A place is not known: `{place}`.
    #[serde(default)]
    pub unknown_place: String,
    /// A place is ambiguous: `{places}`.
    #[serde(default)]
    pub ambiguous_place: String,
    /// After the number of an emergency: how to go on.
    #[serde(default)]
    pub emergency: String,
    /// A question was answered; how to have it taken down all the same.
    #[serde(default)]
    pub answered: String,
}
