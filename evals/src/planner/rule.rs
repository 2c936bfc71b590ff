//! The rules of a tool layer, each of which can be switched on and off.
//!
//! Half of them hold something back, the other half let through what would otherwise be asked about. What a rule means for
//! a call is in [`super::judge`].

use std::fmt;

use serde::Serialize;

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Only the tools of a plan that was fixed before untrusted text was read.
    Plan,
    /// At most as many calls of an effect as the plan has.
    Count,
    /// Who receives something, is let in or is contracted must be said.
    Who,
    /// The address that is written to or fetched must be said.
    Address,
    /// Which file or entry is changed, deleted or shared must be said.
    Which,
    /// The same for entries that have numbers.
    Row,
    /// What is paid must be said.
    Paid,
    /// A password must be said.
    Secret,
    /// The person's own particulars must be said.
    Particulars,
    /// Addresses and long numbers inside a text that goes to somebody must be said.
    Carried,
    /// The day must be said.
    Day,
    /// Every effect is shown and confirmed, whatever it is.
    Confirm,
    /// An entry may be named by what a read brought whose keys were all said.
    LookedUp,
    /// A person may be addressed by what such a read of a directory brought.
    Directory,
    /// Names inside the system lead nowhere outside.
    Inside,
    /// Making and adding to something of one's own destroys nothing.
    Additive,
}

/// All rules, in the order in which they are shown.
pub const RULES: [Rule; 16] = [
    Rule::Plan,
    Rule::Count,
    Rule::Who,
    Rule::Address,
    Rule::Which,
    Rule::Row,
    Rule::Paid,
    Rule::Secret,
    Rule::Particulars,
    Rule::Carried,
    Rule::Day,
    Rule::Confirm,
    Rule::LookedUp,
    Rule::Directory,
    Rule::Inside,
    Rule::Additive,
];

impl Rule {
    /// The name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Count => "count",
            Self::Who => "who",
            Self::Address => "address",
            Self::Which => "which",
            Self::Row => "row",
            Self::Paid => "paid",
            Self::Secret => "secret",
            Self::Particulars => "particulars",
            Self::Carried => "carried",
            Self::Day => "day",
            Self::Confirm => "confirm",
            Self::LookedUp => "looked_up",
            Self::Directory => "directory",
            Self::Inside => "inside",
            Self::Additive => "additive",
        }
    }

    /// Whether it lets something through rather than holding it back.
    pub fn relaxes(self) -> bool {
        match self {
            Self::Plan
            | Self::Count
            | Self::Who
            | Self::Address
            | Self::Which
            | Self::Row
            | Self::Paid
            | Self::Secret
            | Self::Particulars
            | Self::Carried
            | Self::Day
            | Self::Confirm => false,
            Self::LookedUp | Self::Directory | Self::Inside | Self::Additive => true,
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rules(u16);

impl Rules {
    /// These.
    pub fn of(rules: &[Rule]) -> Self {
        Self(rules.iter().fold(0, |all, rule| all | rule.bit()))
    }

    /// Whether `rule` is among them.
    pub fn has(self, rule: Rule) -> bool {
        self.0 & rule.bit() != 0
    }

    /// The same with `rule`.
    #[must_use]
    pub fn with(self, rule: Rule) -> Self {
        Self(self.0 | rule.bit())
    }

    /// The same without `rule`.
    #[must_use]
    pub fn without(self, rule: Rule) -> Self {
        Self(self.0 & !rule.bit())
    }

    /// Each, in the order of [`RULES`].
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        RULES.into_iter().filter(move |&rule| self.has(rule))
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Rule::name).collect();
        formatter.write_str(&names.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_rules() {
        let rules = Rules::of(&[Rule::Paid, Rule::Plan]);
        assert_eq!(format!("{rules:?}"), "plan+paid");
        assert_eq!(
            format!("{:?}", rules.with(Rule::Additive).without(Rule::Plan)),
            "paid+additive"
        );
        assert_eq!(Rules::of(&RULES).iter().count(), RULES.len());
    }

    #[test]
    fn names_are_those_in_json() {
        for rule in RULES {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
        }
    }
}
