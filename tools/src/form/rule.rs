//! Rules between two fields, as `x-rules` at the top of a schema declares them. There are no others.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::validate::identity;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// The day in `field` is the day in `other` or later.
    NotBefore,
    /// The day in `field` is the date of birth in the identity number in `other`.
    EqualsBirth,
}

/// A rule between two fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What must hold.
    pub rule: RuleKind,
    /// A field of kind `date`.
    pub field: String,
    /// The field compared with: a date, or an identity number.
    pub other: String,
}

impl Rule {
    /// Whether two values agree; `None` where one of them is of the wrong form, which is another problem.
    pub(super) fn holds(&self, value: &Json, other: &Json) -> Option<bool> {
        let date: Date = value.as_str()?.parse().ok()?;
        match self.rule {
            RuleKind::NotBefore => Some(date >= other.as_str()?.parse().ok()?),
            RuleKind::EqualsBirth => {
                let identity = identity(other.as_str()?, Date::MAX).ok()?;
                Some(date == identity.birth)
            }
        }
    }
}
