//! Accuracy by category, as counts: intervals and tests are made of them elsewhere.

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::Category;
use super::verdict::Verdict;

/// `passed` out of `total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// How many passed.
    pub passed: usize,
    /// How many there were.
    pub total: usize,
}

impl Count {
    /// Counts one more.
    pub fn add(&mut self, passed: bool) {
        self.passed += usize::from(passed);
        self.total += 1;
    }

    /// Whether nothing failed.
    pub fn is_full(self) -> bool {
        self.passed == self.total
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.total += other.total;
    }
}

/// The accepted among the graded, by category. They are not averaged over categories here.
pub fn accuracy<'a>(
    graded: impl IntoIterator<Item = (Category, &'a Verdict)>,
) -> BTreeMap<Category, Count> {
    let mut counts = BTreeMap::<_, Count>::new();
    for (category, verdict) in graded {
        counts
            .entry(category)
            .or_default()
            .add(verdict.is_accepted());
    }
    counts
}
