//! The distributions that the other files ask for: quantiles and tails. Not a library: `statrs` computes them, and one
//! of its functions is made exact here.

use statrs::distribution::{Binomial, Continuous, ContinuousCDF, DiscreteCDF, Normal, StudentsT};

/// Above this many degrees of freedom the quantile is expanded around the normal one.
const MANY: u64 = 1_000;

/// P(Z <= z), Z standard normal.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// P(Z > z), Z standard normal.
pub(crate) fn normal_tail(z: f64) -> f64 {
    Normal::standard().sf(z)
}

/// The z with P(Z <= z) = `p`; `p` is above 0 and below 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// P(T > t), T of Student's distribution with at least one degree of freedom. Good to nine figures up to 100,000
/// degrees, to seven at ten million.
pub(crate) fn student_tail(t: f64, degrees: u64) -> f64 {
    student(degrees).sf(t)
}

/// The t with P(T <= t) = `p`; `p` is above 0 and below 1.
///
/// The inverse of statrs 0.19.1 loses figures as the degrees grow (nine are left at 1,000, six at 100,000, one at ten
/// million), so up to 1,000 degrees its result gets one step of Newton, and above the expansion of Abramowitz and Stegun
/// (1964, 26.7.5) around the normal quantile is taken; what it leaves out there is below 1e-9 for any usual `p`.
pub(crate) fn student_quantile(p: f64, degrees: u64) -> f64 {
    if p < 0.5 {
        return -student_quantile(1.0 - p, degrees);
    }
    if degrees > MANY {
        return expanded(normal_quantile(p), degrees as f64);
    }
    let student = student(degrees);
    let t = student.inverse_cdf(p);
    t + (student.sf(t) - (1.0 - p)) / student.pdf(t)
}

/// P(X >= `heads`) among `tosses` of a fair coin.
pub(crate) fn coin_tail(heads: u64, tosses: u64) -> f64 {
    let coin = Binomial::new(0.5, tosses).expect("one half is a probability");
    heads.checked_sub(1).map_or(1.0, |below| coin.sf(below))
}

fn student(degrees: u64) -> StudentsT {
    StudentsT::new(0.0, 1.0, degrees.max(1) as f64).expect("the degrees are positive")
}

fn expanded(z: f64, degrees: f64) -> f64 {
    let square = z * z;
    // Each term is z times a polynomial of its square, the highest power first.
    let term = |coefficients: &[f64], divisor: f64| {
        let polynomial = coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * square + coefficient);
        z * polynomial / divisor
    };
    let terms = [
        term(&[1.0, 1.0], 4.0),
        term(&[5.0, 16.0, 3.0], 96.0),
        term(&[3.0, 19.0, 17.0, -15.0], 384.0),
    ];
    let shift = |sum: f64, term: &f64| (sum + term) / degrees;
    z + terms.iter().rev().fold(0.0, shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, number};

    #[test]
    fn quantiles_and_tails_agree_with_scipy() {
        for case in cases("student") {
            let (degrees, p) = (integer(&case, "degrees"), number(&case, "p"));
            let quantile = student_quantile(p, degrees);
            close(quantile, number(&case, "quantile"), &case);
            if let Some(tail) = case["tail"].as_f64() {
                close(student_tail(quantile, degrees), tail, &case);
            }
        }
        for case in cases("normal") {
            let p = number(&case, "p");
            close(normal_quantile(p), number(&case, "quantile"), &case);
            close(normal_cdf(normal_quantile(p)), p, &case);
            close(normal_tail(normal_quantile(p)), 1.0 - p, &case);
        }
    }

    #[test]
    fn a_fair_coin() {
        assert_eq!(coin_tail(0, 0), 1.0);
        assert_eq!(coin_tail(0, 3), 1.0);
        assert!((coin_tail(3, 3) - 0.125).abs() < 1e-12);
        assert!((coin_tail(2, 3) - 0.5).abs() < 1e-12);
    }
}
