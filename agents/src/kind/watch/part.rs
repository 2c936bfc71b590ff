//! `[watch]` of `agent.toml`: the tools of this kind, the words by which messages are told apart, the fixed texts.

use serde::{Deserialize, Serialize};

/// Tools, words and fixed texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchPart {
    /// Tool that answers a question of readings in words.
    pub ask: String,
    /// Tool that lists alerts.
    pub alerts: String,
    /// Words by which alerts are asked for.
    pub alert_words: Vec<String>,
    /// Words that say that only alerts which are not over are meant.
    pub open_words: Vec<String>,
    /// Words by which something is to be switched or decided at once.
    pub act_words: Vec<String>,
    /// Words that make a question of such words: 开了没.
    pub question_words: Vec<String>,
    /// Fixed texts.
    pub texts: WatchTexts,
}

/// Fixed texts. `{…}` are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchTexts {
    /// The visible label.
    pub label: String,
    /// Above readings: `{described}` is how the question was understood.
    pub lead: String,
    /// Above alerts: `{total}`, `{shown}`.
    pub lead_alerts: String,
    /// One alert of a list: `{id}`, `{text}`, `{state}`.
    pub alert: String,
    /// State of an alert that is not over.
    pub state_open: String,
    /// State of one that is: `{cleared}`.
    pub state_cleared: String,
    /// What happened to an alert that was asked for by its number: `{at}`, `{text}`.
    pub note: String,
    /// What may be done: `{title}`, `{approver}`, `{lines}`.
    pub action: String,
    /// The order that may be entered: `{grade}`, `{text}`.
    pub order: String,
    /// The same, once it was entered: `{number}`.
    pub ordered: String,
    /// There are no alerts of what was asked.
    pub no_alerts: String,
    /// No reading was found for a question that was understood: `{sentence}`.
    pub no_readings: String,
    /// It is no question of readings or alerts.
    pub other: String,
    /// Alerts are not shown to this caller.
    pub not_shown: String,
    /// Something is to be switched or decided at once, which this agent does not do.
    pub not_done: String,
    /// The tool brought nothing: `{reason}`.
    pub failed: String,
    /// After the number of an emergency.
    pub emergency: String,
}
