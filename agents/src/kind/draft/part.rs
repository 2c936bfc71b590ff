//! `[draft]` of `agent.toml`: which tool shows an order, how many clauses a point has, and fixed texts for the officer. What
//! stands in a draft itself comes from its template.

use serde::{Deserialize, Serialize};

/// `[draft]` of `agent.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftPart {
    /// Tool that shows an order.
    pub status: String,
    /// Clauses that a point cites at most.
    pub clauses: usize,
    /// Name of the template, where none is asked for.
    pub template: String,
    /// Fixed texts.
    pub texts: DraftTexts,
}

/// Fixed texts of kind `draft`. `{…}` are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftTexts {
    /// The visible label.
    pub label: String,
    /// Above the draft.
    pub lead: String,
    /// What it came to: `{points}`, `{supported}`, `{open}`, `{blocked}`.
    pub found: String,
    /// No point has a basis.
    pub none: String,
    /// A point has no basis: `{searched}`, `{as_of}`.
    pub uncovered: String,
    /// It is doubtful that what is cited answers.
    pub weak: String,
    /// The rules differ by place, and the place is not known.
    pub place: String,
    /// A point that no office answers.
    pub declined: String,
    /// Only rules that are not in force match: `{title}`, `{validity}`, `{as_of}`.
    pub out_of_force: String,
    /// A named clause does not exist: `{clause}`.
    pub no_such_clause: String,
    /// A named rule is not in force, and what is stands beside it: `{clause}`, `{validity}`.
    pub blocked: String,
    /// The same where nothing in force was found.
    pub blocked_alone: String,
    /// The request says something else than what is cited: `{said}`.
    pub premise: String,
    /// Something in the request is written for a model.
    pub set_aside: String,
    /// The request tells of an emergency: `{name}`, `{number}`.
    pub emergency: String,
    /// More points than are drafted: `{points}`.
    pub omitted: String,
    /// The order was not found: `{reason}`.
    pub failed: String,
    /// In the place of a unit that is not known.
    pub no_unit: String,
    /// Why that is marked.
    pub unit_unknown: String,
    /// There is no such template: `{template}`, `{title}` of the one that is used.
    pub no_template: String,
    /// A sentence of an edited draft has no basis: `{reason}`.
    pub unsupported: String,
    /// Likewise, and nothing comes near.
    pub unfound: String,
    /// Only a past reply says so: `{number}`.
    pub example_only: String,
    /// An edited draft passes over a point: `{number}`.
    pub unanswered: String,
    /// A sentence of an edited draft is written for a model.
    pub ordered: String,
    /// The draft is quoted because the model could not be used.
    pub degraded_unavailable: String,
    /// Likewise, because too many wait for it.
    pub degraded_busy: String,
    /// Likewise, because it took too long.
    pub degraded_late: String,
    /// Likewise, because the passages do not fit into its context.
    pub degraded_long: String,
    /// Likewise, because what it said could not be used.
    pub degraded_unfit: String,
}

impl DraftTexts {
    /// Why a rule that is not in force cannot be used; whether something is `offered` in its place.
    pub(super) fn blocked(&self, offered: bool) -> &str {
        if offered {
            &self.blocked
        } else {
            &self.blocked_alone
        }
    }
}
