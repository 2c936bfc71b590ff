//! The smallest difference that a comparison of this size can be expected to see. A plan, made before the run; not a test,
//! and not to be fed with the difference that a run has shown.

use super::distribution::normal_quantile;
use super::interval::is_level;

/// What is asked of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// Chance of seeing a difference where there is none, both sides together; 0.05 by default. For a one-sided test this is
    /// twice its level.
    pub alpha: f64,
    /// Chance of seeing the difference where it is real; 0.8 by default.
    pub power: f64,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
        }
    }
}

impl Design {
    /// The minimum detectable difference of two runs on different cases, `n` each, whose scores have the standard deviation
    /// `sd`: (z_{1−α/2} + z_power) · √(2 sd² / n), in the unit of the scores (Miller, arXiv 2411.00640).
    ///
    /// At 85 % (`rate_sd(0.85)`) and 400 cases it is 7.1 points. `None` without cases, when `sd` is negative or not finite,
    /// when a level is not between 0 and 1, or when the power asked for is had without any difference.
    pub fn unpaired(&self, sd: f64, n: u64) -> Option<f64> {
        self.detectable(2.0 * sd * sd, n).filter(|_| sd >= 0.0)
    }

    /// The same of two runs on the same `n` cases, whose scores correlate: (z_{1−α/2} + z_power) · √(2 sd² (1 − r) / n).
    ///
    /// At 85 %, 400 cases and r = 0 it is [`Design::unpaired`]; at r = 0.61 it is 4.4 points. `None` as there, and when
    /// `correlation` is not within −1..=1.
    pub fn paired(&self, sd: f64, correlation: f64, n: u64) -> Option<f64> {
        let known = sd >= 0.0 && (-1.0..=1.0).contains(&correlation);
        let variance = 2.0 * sd * sd * (1.0 - correlation);
        self.detectable(variance, n).filter(|_| known)
    }

    /// The same of rates on the same `n` cases, of which a share `discordant` passes in one run only:
    /// (z_{1−α/2} + z_power) · √(discordant / n), the variance of the differences where the runs are equally good.
    ///
    /// With one case in ten discordant and 400 cases it is 4.4 points. At 85 % that is the correlation
    /// 1 − 0.1 / (2 · 0.85 · 0.15) = 0.61. `None` as for [`Design::unpaired`], and when the share is not within 0..=1.
    pub fn paired_rate(&self, discordant: f64, n: u64) -> Option<f64> {
        let known = (0.0..=1.0).contains(&discordant);
        self.detectable(discordant, n).filter(|_| known)
    }

    fn detectable(&self, variance: f64, n: u64) -> Option<f64> {
        if n == 0 || !is_level(self.alpha) || !is_level(self.power) {
            return None;
        }
        let errors = normal_quantile(1.0 - self.alpha / 2.0) + normal_quantile(self.power);
        let effect = errors * (variance / n as f64).sqrt();
        (errors > 0.0 && effect.is_finite()).then_some(effect)
    }
}

/// The standard deviation of a score that is 1 with this rate and 0 otherwise: √(p (1 − p)). `None` when `rate` is not
/// within 0..=1. Divided by √n it is the standard error: 1.8 points at 85 % and 400 cases.
pub fn rate_sd(rate: f64) -> Option<f64> {
    (0.0..=1.0)
        .contains(&rate)
        .then(|| (rate * (1.0 - rate)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::reference::{cases, close, integer, number};
    use rstest::rstest;

    #[test]
    fn effects_agree_with_statsmodels() {
        for case in cases("effect") {
            let (sd, n) = (number(&case, "sd"), integer(&case, "n"));
            let design = Design {
                alpha: number(&case, "alpha"),
                power: number(&case, "power"),
            };
            let correlation = number(&case, "correlation");
            let paired = design.paired(sd, correlation, n).unwrap();
            close(
                design.unpaired(sd, n).unwrap(),
                number(&case, "unpaired"),
                &case,
            );
            close(paired, number(&case, "paired"), &case);
            let discordant = 2.0 * sd * sd * (1.0 - correlation);
            let as_rate = design.paired_rate(discordant, n);
            assert_eq!(as_rate.is_some(), discordant <= 1.0);
            close(as_rate.unwrap_or(paired), paired, &case);
        }
    }

    #[test]
    fn four_hundred_cases_at_85_percent() {
        let (sd, design) = (rate_sd(0.85).unwrap(), Design::default());
        let points = |share: f64| format!("{:.1}", share * 100.0);
        insta::assert_snapshot!(points(sd / 400_f64.sqrt()), @"1.8");
        insta::assert_snapshot!(points(design.unpaired(sd, 400).unwrap()), @"7.1");
        insta::assert_snapshot!(points(design.paired_rate(0.1, 400).unwrap()), @"4.4");
        insta::assert_snapshot!(points(design.paired(sd, 0.61, 400).unwrap()), @"4.4");
    }

    #[rstest]
    #[case(0.05, 0.8, 0.3, 0.5, 0)]
    #[case(0.05, 0.8, -0.3, 0.5, 10)]
    #[case(0.05, 0.8, f64::NAN, 0.5, 10)]
    #[case(0.05, 0.8, f64::INFINITY, 0.5, 10)]
    #[case(0.0, 0.8, 0.3, 0.5, 10)]
    #[case(0.05, 1.0, 0.3, 0.5, 10)]
    #[case(0.5, 0.1, 0.3, 0.5, 10)]
    fn what_cannot_be_planned_is_none(
        #[case] alpha: f64,
        #[case] power: f64,
        #[case] sd: f64,
        #[case] correlation: f64,
        #[case] n: u64,
    ) {
        let design = Design { alpha, power };
        assert_eq!(design.unpaired(sd, n), None);
        assert_eq!(design.paired(sd, correlation, n), None);
    }

    #[test]
    fn shares_and_correlations_have_ends() {
        let design = Design::default();
        assert_eq!(design.paired(0.3, 1.1, 10), None);
        assert_eq!(design.paired(0.3, 1.0, 10), Some(0.0));
        assert_eq!(design.paired_rate(1.1, 10), None);
        assert_eq!(design.paired_rate(-0.1, 10), None);
        assert_eq!(rate_sd(1.1), None);
        assert_eq!(rate_sd(1.0), Some(0.0));
    }
}
