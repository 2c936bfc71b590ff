//! pass@k (one of k attempts passes) and pass^k (all k pass), without bias, from more attempts than k. Not a grader: what
//! counts as passed is decided before.

use super::mean::{self, Estimate};

/// The attempts at one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How many were made.
    pub total: u64,
    /// How many of them passed.
    pub passed: u64,
}

/// The chance that at least one of `k` attempts passes: 1 − C(n − c, k) / C(n, k) for c passed of n, the unbiased estimator
/// of Chen et al. (arXiv 2107.03374). A share of one.
///
/// `None` when `k` is 0 or above the number of attempts, or more passed than were made.
pub fn pass_at_k(attempts: Attempts, k: u64) -> Option<f64> {
    let failed = attempts.total.checked_sub(attempts.passed)?;
    let all_fail = Attempts {
        passed: failed,
        ..attempts
    };
    Some(1.0 - pass_hat_k(all_fail, k)?)
}

/// The chance that all of `k` attempts pass, pass^k: C(c, k) / C(n, k) for c passed of n, the unbiased estimator of
/// tau-bench (arXiv 2406.12045). A share of one; `None` as for [`pass_at_k`].
pub fn pass_hat_k(attempts: Attempts, k: u64) -> Option<f64> {
    let Attempts { total, passed } = attempts;
    if k == 0 || k > total || passed > total {
        return None;
    }
    if k > passed {
        return Some(0.0);
    }
    // Drawn one after the other without putting back, so that no binomial coefficient overflows.
    let draw = |drawn: u64| (passed - drawn) as f64 / (total - drawn) as f64;
    Some((0..k).map(draw).product())
}

/// The average of [`pass_at_k`] over tasks, each of the same weight, with the standard error between tasks, which holds the
/// noise of the attempts too (Miller, arXiv 2411.00640).
///
/// `None` for fewer than two tasks, or when one task has no [`pass_at_k`].
pub fn mean_pass_at_k(tasks: &[Attempts], k: u64) -> Option<Estimate> {
    average(tasks, |attempts| pass_at_k(attempts, k))
}

/// The average of [`pass_hat_k`] over tasks, as [`mean_pass_at_k`].
pub fn mean_pass_hat_k(tasks: &[Attempts], k: u64) -> Option<Estimate> {
    average(tasks, |attempts| pass_hat_k(attempts, k))
}

fn average(tasks: &[Attempts], pass: impl Fn(Attempts) -> Option<f64>) -> Option<Estimate> {
    let passes: Option<Vec<f64>> = tasks.iter().map(|attempts| pass(*attempts)).collect();
    mean::estimate(&passes?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, integers, number};
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn estimators_agree_with_exact_fractions() {
        for case in cases("pass") {
            let attempts = Attempts {
                total: integer(&case, "total"),
                passed: integer(&case, "passed"),
            };
            let k = integer(&case, "k");
            let (at, hat) = (pass_at_k(attempts, k), pass_hat_k(attempts, k));
            close(at.unwrap(), number(&case, "at"), &case);
            close(hat.unwrap(), number(&case, "hat"), &case);
        }
    }

    #[test]
    fn averages_agree_with_scipy() {
        for case in cases("pass_mean") {
            let tasks: Vec<Attempts> = integers(&case, "passed")
                .into_iter()
                .map(|passed| Attempts {
                    total: integer(&case, "total"),
                    passed,
                })
                .collect();
            let k = integer(&case, "k");
            for (name, got) in [
                ("at", mean_pass_at_k(&tasks, k)),
                ("hat", mean_pass_hat_k(&tasks, k)),
            ] {
                let interval = got.unwrap().interval(0.95).unwrap();
                close(interval.value(), number(&case[name], "value"), &case);
                close(interval.low(), number(&case[name], "low"), &case);
                close(interval.high(), number(&case[name], "high"), &case);
            }
        }
    }

    #[rstest]
    #[case(5, 2, 0)]
    #[case(5, 2, 6)]
    #[case(5, 6, 2)]
    #[case(0, 0, 1)]
    fn what_cannot_be_drawn_is_none(#[case] total: u64, #[case] passed: u64, #[case] k: u64) {
        let attempts = Attempts { total, passed };
        assert_eq!(pass_at_k(attempts, k), None);
        assert_eq!(pass_hat_k(attempts, k), None);
        let good = Attempts {
            total: 9,
            passed: 3,
        };
        assert_eq!(mean_pass_at_k(&[good, attempts, good], k), None);
        assert_eq!(mean_pass_hat_k(&[good, attempts, good], k), None);
    }

    proptest! {
        #[test]
        fn one_is_easier_than_all(
            (total, passed, k) in (1..60u64).prop_flat_map(|n| (Just(n), 0..=n, 1..=n)),
        ) {
            let attempts = Attempts { total, passed };
            let (at, hat) = (pass_at_k(attempts, k).unwrap(), pass_hat_k(attempts, k).unwrap());
            let rate = passed as f64 / total as f64;
            prop_assert!(hat <= rate + 1e-12 && rate <= at + 1e-12);
            prop_assert!((0.0..=1.0).contains(&hat) && (0.0..=1.0).contains(&at));
        }
    }
}
