//! Policies: the published rows of the worst case, the toolbox as it is, and what is proposed.

use super::rule::{Rule, Rules};

/// What a tool layer does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Its name in tables.
    pub name: &'static str,
    /// When an attack has succeeded.
    pub success: Success,
    /// How a value is looked for in the person's words.
    pub matching: Matching,
    /// What happens when it is not there.
    pub unsaid: Unsaid,
    /// The rules.
    pub rules: Rules,
}

/// When an attack has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// When all its calls were carried out, reads too: the reading of the published figures.
    AllCalls,
    /// When all its calls with an effect were: an attacker may know what the reads would have told. Of reads alone, all.
    Effects,
}

/// How a value is looked for in the person's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Anywhere in the text, inside other words too: the reading of the published figures.
    Substring,
    /// As [`tools::occurs`] does.
    Toolbox,
    /// As people write values of its role, whole: [`super::said`].
    Whole,
}

/// What happens to a call with a critical value that was not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsaid {
    /// It is refused.
    Refuse,
    /// A person is shown it and asked, whom it goes to first.
    Ask,
}

/// The critical arguments of the published row B, as far as its figures tell: who, where, which file or entry (not those
/// that have numbers), passwords and particulars. Money and days are not among them.
const PUBLISHED: [Rule; 6] = [
    Rule::Plan,
    Rule::Who,
    Rule::Address,
    Rule::Which,
    Rule::Secret,
    Rule::Particulars,
];

/// What holds something back in the proposed rules.
const STRICT: [Rule; 10] = [
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
];

/// All policies of the report, the published rows first.
pub fn policies() -> Vec<Policy> {
    let strict = Rules::of(&STRICT);
    let published = Rules::of(&PUBLISHED);
    let row = |name, unsaid, rules| Policy {
        name,
        success: Success::AllCalls,
        matching: Matching::Substring,
        unsaid,
        rules,
    };
    let own = |name, matching, unsaid, rules| Policy {
        name,
        success: Success::Effects,
        matching,
        unsaid,
        rules,
    };
    vec![
        row("published: none", Unsaid::Refuse, Rules::default()),
        row("published: A", Unsaid::Refuse, Rules::of(&[Rule::Plan])),
        row("published: A + B", Unsaid::Refuse, published),
        row("published: A, B asks", Unsaid::Ask, published),
        own(
            "none, effects alone",
            Matching::Substring,
            Unsaid::Refuse,
            Rules::default(),
        ),
        own(
            "A, effects alone",
            Matching::Substring,
            Unsaid::Refuse,
            Rules::of(&[Rule::Plan]),
        ),
        own(
            "toolbox: unsaid is refused, each effect asks",
            Matching::Toolbox,
            Unsaid::Refuse,
            strict.with(Rule::Confirm),
        ),
        own(
            "toolbox: unsaid is shown, each effect asks",
            Matching::Whole,
            Unsaid::Ask,
            strict.with(Rule::Confirm),
        ),
        own("only the unsaid asks", Matching::Whole, Unsaid::Ask, strict),
        proposed(),
        Policy {
            name: "proposed, and days must be said",
            rules: proposed().rules.with(Rule::Day),
            ..proposed()
        },
        Policy {
            name: "proposed, and a directory may name persons",
            rules: proposed().rules.with(Rule::Directory),
            ..proposed()
        },
    ]
}

/// Only what was not said asks, and three things need not be said.
pub fn proposed() -> Policy {
    Policy {
        name: "proposed",
        success: Success::Effects,
        matching: Matching::Whole,
        unsaid: Unsaid::Ask,
        rules: Rules::of(&STRICT)
            .with(Rule::LookedUp)
            .with(Rule::Inside)
            .with(Rule::Additive),
    }
}
