//! Several tests at once: Holm's step-down correction. Not needed where every gate must pass for a release: then the error
//! of the whole is at most that of one gate. It is for claims about single gates ("this suite got worse").

use super::interval::is_level;

/// Holm's adjusted p values, in the order given (Holm, Scandinavian Journal of Statistics 6, 1979): the i-th smallest of
/// m is multiplied by m − i + 1, raised to the one before it, and cut at 1. The chance of even one wrong rejection among
/// them is at most the level, whatever their dependence.
///
/// Empty for no p values. `None` when one is not between 0 and 1.
pub fn adjust(p_values: &[f64]) -> Option<Vec<f64>> {
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let mut order = Vec::from_iter(0..p_values.len());
    order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        largest = largest.max(p_values[index] * factor).min(1.0);
        adjusted[index] = largest;
    }
    Some(adjusted)
}

/// Which hypotheses are rejected at level `alpha`, in the order given: those whose adjusted p value is at most `alpha`.
/// `None` when `alpha` is not between 0 and 1, or as for [`adjust`].
pub fn reject(p_values: &[f64], alpha: f64) -> Option<Vec<bool>> {
    let adjusted = adjust(p_values).filter(|_| is_level(alpha))?;
    Some(adjusted.into_iter().map(|p| p <= alpha).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, number, numbers};
    use proptest::prelude::*;

    #[test]
    fn adjusted_values_agree_with_statsmodels() {
        for case in cases("holm") {
            let p_values = numbers(&case, "p_values");
            let expected = numbers(&case, "adjusted");
            let got = adjust(&p_values).unwrap();
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.into_iter().zip(expected) {
                close(got, expected, &case);
            }
            let alpha = number(&case, "alpha");
            let rejected = serde_json::json!(reject(&p_values, alpha).unwrap());
            assert_eq!(rejected, case["rejected"], "{case}");
        }
    }

    #[test]
    fn what_is_no_p_value_is_none() {
        assert_eq!(adjust(&[]), Some(vec![]));
        for wrong in [-0.1, 1.1, f64::NAN] {
            assert_eq!(adjust(&[0.5, wrong]), None);
        }
        assert_eq!(reject(&[0.5], 0.0), None);
        assert_eq!(reject(&[0.5], 1.0), None);
        assert_eq!(reject(&[0.5], f64::NAN), None);
    }

    proptest! {
        #[test]
        fn monotone_and_free_of_order(p_values in prop::collection::vec(0.0..=1.0f64, 0..20)) {
            let adjusted = adjust(&p_values).unwrap();
            for (p, adjusted_p) in p_values.iter().zip(&adjusted) {
                prop_assert!(p <= adjusted_p && *adjusted_p <= 1.0);
                for (other, adjusted_other) in p_values.iter().zip(&adjusted) {
                    prop_assert!(p > other || adjusted_p <= adjusted_other);
                }
            }
            let turned: Vec<f64> = p_values.iter().rev().copied().collect();
            let mut again = adjust(&turned).unwrap();
            again.reverse();
            prop_assert_eq!(again, adjusted);
        }
    }
}
