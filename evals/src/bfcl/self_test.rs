//! The checker tried on a file: the oracle of each item must be accepted, each mutant rejected.

use std::collections::BTreeMap;

use serde::Serialize;

use super::check::verdict;
use super::item::{Category, Item};
use super::mutant::{Mutation, mutants};
use super::oracle::oracle;
use super::summary::Count;

/// How often the checker was right.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SelfTest {
    /// By category.
    pub categories: BTreeMap<Category, Tried>,
    /// Where it was wrong; must be empty.
    pub disagreements: Vec<Disagreement>,
}

/// How often it was right in a category.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Oracles that were accepted.
    pub oracles: Count,
    /// Mutants that were rejected, by kind.
    pub mutants: BTreeMap<Mutation, Count>,
}

/// A verdict that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// Of the item.
    pub id: String,
    /// The mutant that was accepted; `None` for an oracle that was not.
    pub mutation: Option<Mutation>,
}

impl SelfTest {
    /// Over all categories.
    pub fn total(&self) -> Tried {
        let mut total = Tried::default();
        for tried in self.categories.values() {
            total.oracles += tried.oracles;
            for (mutation, count) in &tried.mutants {
                *total.mutants.entry(*mutation).or_default() += *count;
            }
        }
        total
    }
}

/// Tries the checker on items.
pub fn self_test(items: &[Item]) -> SelfTest {
    let mut result = SelfTest::default();
    for item in items {
        let tried = result.categories.entry(item.category).or_default();
        let mut disagree = |right: bool, mutation| {
            if !right {
                let id = item.id.clone();
                result.disagreements.push(Disagreement { id, mutation });
            }
        };
        let accepted = verdict(item, &oracle(item)).is_accepted();
        tried.oracles.add(accepted);
        disagree(accepted, None);
        for mutant in mutants(item) {
            let rejected = !verdict(item, &mutant.calls).is_accepted();
            let count = tried.mutants.entry(mutant.mutation).or_default();
            count.add(rejected);
            disagree(rejected, Some(mutant.mutation));
        }
    }
    result
}
