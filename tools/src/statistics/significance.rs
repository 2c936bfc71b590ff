//! Whether a rate has risen: the exact test of two Poisson rates, and the correction for making many tests.
//!
//! Given how many came in both spans together, the number in the later one is binomial if the rates are equal (the
//! conditional test of Przyborowski and Wilenski). Many tests at once are judged by Benjamini and Hochberg's step-up
//! rule. Nothing is approximated, for small numbers are the usual ones here.

/// How likely `after` or more are in one span if the rate is that of the `spans` spans before, with `before` in all of
/// them.
///
/// One-sided: a fall is never significant. Without a span before, nothing can be said, and it is 1.
pub fn rise(after: u64, before: u64, spans: u64) -> f64 {
    if after == 0 || spans == 0 {
        return 1.0;
    }
    upper_tail(
        after,
        after.saturating_add(before),
        1.0 / (spans as f64 + 1.0),
    )
}

/// The value up to which tests are significant so that at most the share `false_share` of them is false; `None` if none
/// is.
pub fn cutoff(values: &[f64], false_share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let tests = sorted.len() as f64;
    let ranked = sorted.iter().zip(1_u32..);
    let passing = ranked.filter(|(value, rank)| **value <= false_share * f64::from(*rank) / tests);
    passing.map(|(value, _)| *value).last()
}

/// P(X ≥ `least`) of a binomial number of `trials` with a chance strictly between 0 and 1.
fn upper_tail(least: u64, trials: u64, chance: f64) -> f64 {
    let odds = chance / (1.0 - chance);
    let mean = trials as f64 * chance;
    let mut term = log_term(least, trials, chance).exp();
    if (least as f64) < mean {
        // The lower tail is the shorter sum.
        return (1.0 - lower_sum(least, trials, odds, term)).clamp(0.0, 1.0);
    }
    let mut sum = 0.0;
    let mut at = least;
    while term > sum * 1e-17 {
        sum += term;
        if at == trials {
            break;
        }
        term *= (trials - at) as f64 / (at + 1) as f64 * odds;
        at += 1;
    }
    sum.min(1.0)
}

/// The terms below `least`, whose own term is given.
fn lower_sum(least: u64, trials: u64, odds: f64, mut term: f64) -> f64 {
    let mut sum = 0.0;
    for at in (1..=least).rev() {
        term *= at as f64 / ((trials - at + 1) as f64 * odds);
        sum += term;
        if term <= sum * 1e-17 {
            break;
        }
    }
    sum
}

fn log_term(at: u64, trials: u64, chance: f64) -> f64 {
    let choices = log_factorial(trials) - log_factorial(at) - log_factorial(trials - at);
    choices + at as f64 * chance.ln() + (trials - at) as f64 * (-chance).ln_1p()
}

/// Stirling's series; below 20 the product itself, where the series is too coarse.
fn log_factorial(number: u64) -> f64 {
    if number < 20 {
        return (2..=number)
            .map(|factor| factor as f64)
            .product::<f64>()
            .ln();
    }
    let n = number as f64;
    let half_log_two_pi = 0.918_938_533_204_672_7;
    (n + 0.5) * n.ln() - n + half_log_two_pi + 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3))
        + 1.0 / (1260.0 * n.powi(5))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Expected values are those of `scipy.stats.binom.sf(after - 1, after + before, 1 / (1 + spans))`, scipy 1.x.
    #[test]
    fn a_rise_is_as_likely_as_reference_says() {
        let check = |after, before, spans, expected: f64| {
            let found = rise(after, before, spans);
            let off = (found - expected).abs() / expected;
            assert!(
                off < 1e-10,
                "{after} after {before} in {spans}: {found}, not {expected}"
            );
        };
        check(5, 0, 4, 0.000_320_000_000_000_000_1);
        check(5, 1, 4, 0.001_600_000_000_000_001);
        check(10, 10, 4, 0.002_594_827_400_672_74);
        check(3, 12, 4, 0.601_976_790_745_087_7);
        check(24, 20, 8, 2.323_832_775_607_405_6e-12);
        check(1, 0, 1, 0.5);
        check(0, 5, 3, 1.0);
        check(100, 300, 4, 0.008_595_072_543_182_388);
        check(200, 400, 4, 1.370_286_946_877_223e-14);
        check(7, 9, 12, 9.767_821_245_163_476e-5);
        check(1000, 4000, 4, 0.505_641_740_641_465_8);
        check(26, 0, 12, 1.090_116_316_384_839_3e-29);
        // Closed forms: all of n in one of two spans, and all but one.
        check(20, 0, 1, 0.5_f64.powi(20));
        check(19, 1, 1, 21.0 * 0.5_f64.powi(20));
        check(3, 5, 0, 1.0);
        check(0, 0, 0, 1.0);
    }

    /// Adjusted values by `scipy.stats.false_discovery_control`: .01 .04 .084 .084 .084 .1 .106 .216 .216 .216.
    #[test]
    fn many_tests_are_judged_together() {
        let values = [
            0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216,
        ];
        let check = |share, expected| assert_eq!(cutoff(&values, share), expected, "{share}");
        check(0.005, None);
        check(0.011, Some(0.001));
        check(0.05, Some(0.008));
        check(0.085, Some(0.042));
        check(0.101, Some(0.06));
        check(0.106, Some(0.074));
        check(0.3, Some(0.216));
        assert_eq!(cutoff(&[], 0.05), None);
        assert_eq!(cutoff(&[f64::NAN], 0.05), None);
    }

    proptest! {
        #[test]
        fn tails_are_probabilities(after in 0_u64..3000, before in 0_u64..30_000, spans in 0_u64..60) {
            let found = rise(after, before, spans);
            prop_assert!((0.0..=1.0).contains(&found));
            prop_assert!(rise(after + 1, before, spans) <= found + 1e-9);
            prop_assert!(rise(after, before + 1, spans) >= found - 1e-9);
        }
    }
}
