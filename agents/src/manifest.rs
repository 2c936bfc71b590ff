//! `agent.toml`: what a folder under `agents/` says of its agent. Data; the workflows are Rust, in `kind/`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::kind::draft::DraftPart;
use crate::kind::digest::DigestPart;
use crate::kind::form::FormPart;
use crate::kind::queue::QueueTexts;
use crate::kind::react::ReactPart;
use crate::kind::watch::WatchPart;
use crate::model::Tasks;

/// `agent.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Title to show.
    pub title: String,
    /// What it does.
    pub description: String,
    /// Its workflow.
    pub kind: Kind,
    /// Corpora it may read; none means all.
    #[serde(default)]
    pub corpora: Option<Vec<String>>,
    /// Roles that may use it.
    pub roles: Vec<String>,
    /// Questions to show on an empty page.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Passages to look at in each turn.
    #[serde(default = "passages")]
    pub passages: usize,
    /// What models do for it; nothing, where none is configured.
    #[serde(default)]
    pub models: Tasks,
    /// Tools that it may have called; none absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Fixed texts of kind `answer`, by name; see `agents/README.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<Box<Texts>>,
    /// Tool, number of clauses, template and fixed texts of kind `draft`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<DraftPart>>,
    /// Forms, and fixed texts of kind `form`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Box<FormPart>>,
    /// Fixed texts of kind `queue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Box<QueueTexts>>,
    /// Templates and fixed texts of kind `digest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Box<DigestPart>>,
    /// Tools, steps and fixed texts of kind `react`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub react: Option<Box<ReactPart>>,
    /// Tools, words and fixed texts of kind `watch`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Box<WatchPart>>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong, with key and line: also when the table of its kind is missing, or another's is there.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let parts = [
            ("texts", manifest.texts.is_some(), Kind::Answer),
            ("draft", manifest.draft.is_some(), Kind::Draft),
            ("form", manifest.form.is_some(), Kind::Form),
            ("queue", manifest.queue.is_some(), Kind::Queue),
            ("digest", manifest.digest.is_some(), Kind::Digest),
            ("react", manifest.react.is_some(), Kind::React),
            ("watch", manifest.watch.is_some(), Kind::Watch),
        ];
        for (part, there, kind) in parts {
            if there != (kind == manifest.kind) {
                let what = if there {
                    "belongs to another kind"
                } else {
                    "is missing"
                };
                return Err(format!("table `[{part}]` {what}"));
            }
        }
        if let Some(digest) = &manifest.digest {
            digest.check(&manifest.tools)?;
        }
        if let Some(react) = &manifest.react {
            react.check(&manifest.tools)?;
        }
        if (manifest.kind == Kind::React) != manifest.models.act.is_some() {
            return Err("key `models.act`: kind `react` needs it, and no other kind".to_owned());
        }
        Ok(manifest)
    }

    /// The fixed texts of kind `answer`.
    pub fn texts(&self) -> &Texts {
        static NONE: LazyLock<Texts> = LazyLock::new(Texts::default);
        self.texts.as_deref().unwrap_or(&NONE)
    }
}

fn passages() -> usize {
    10
}

/// Workflows. Each is one file in `kind/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Questions answered from passages.
    Answer,
    /// A reply drafted for an officer, point by point.
    Draft,
    /// One order in its parts, or what the orders of some days come to.
    Digest,
    /// A form filled in from a person's words, shown, confirmed and handed in.
    Form,
    /// An order looked over for the one who dispatches.
    Queue,
    /// Tools that a model chooses from and a person confirms.
    React,
    /// What sensors measured, and what was raised because of it.
    Watch,
}

/// Fixed texts of an agent. `{…}` are filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Above quoted sentences.
    pub lead_quoted: String,
    /// Above quoted sentences of rules that applied on another day: `{as_of}`.
    pub lead_past: String,
    /// Above quoted sentences of reports and articles.
    pub lead_report: String,
    /// Above sentences worded by a model.
    pub lead_worded: String,
    /// Likewise, from rules that applied on another day: `{as_of}`.
    pub lead_worded_past: String,
    /// Likewise, from reports and articles.
    pub lead_worded_report: String,
    /// Between an answer that was shown and the one that takes its place, where nothing can be taken back.
    pub supersedes: String,
    /// The answer is quoted because the model could not be used.
    pub degraded_unavailable: String,
    /// Likewise, because too many wait for it.
    pub degraded_busy: String,
    /// Likewise, because it took too long.
    pub degraded_late: String,
    /// Likewise, because the passages do not fit into its context.
    pub degraded_long: String,
    /// Likewise, because what it said could not be used.
    pub degraded_unfit: String,
    /// No other words were found for a question that needs them, because the model could not be used.
    pub degraded_rewrite: String,
    /// The visible label.
    pub label: String,
    /// No basis: `{searched}`, `{as_of}`, `{jurisdiction}`.
    pub refused: String,
    /// Nothing in any corpus.
    pub refused_empty: String,
    /// A named clause does not exist: `{clause}`.
    pub no_such_clause: String,
    /// A request that no office answers, whatever the rules say.
    pub declined: String,
    /// Only rules that are not in force match: `{title}`, `{validity}`.
    pub out_of_force: String,
    /// The place decides.
    pub clarify_place: String,
    /// Part of the question has no basis: `{part}`.
    pub missing: String,
    /// It is doubtful that the passages answer the question.
    pub weak: String,
    /// A sentence did not stand up to the check.
    pub removed: String,
    /// A cited rule is 废止, when is unknown: `{title}`.
    pub repealed: String,
    /// Undated sources: `{date}` says which date was used.
    pub undated: String,
}
