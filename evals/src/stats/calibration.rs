//! Whether the probabilities of a classifier can be believed: the expected calibration error, and what is left when only the
//! sure answers are taken. Nothing is calibrated here.

use serde::Serialize;

use super::bootstrap::Bootstrap;
use super::classify::Prediction;
use super::interval::Interval;
use super::rate;

/// The number of bins that is usual in the literature.
pub const BINS: usize = 15;

/// The expected calibration error of the first guesses (Guo et al., ICML 2017): the cases are put into `bins` bins of equal
/// width by probability, 0 with the first and each upper edge with its bin, and the distances between the share that is right
/// and the mean probability are averaged over the bins, weighted by their cases. A share of one; 0 is perfect.
///
/// Few cases in many bins have an error above 0 even if the probabilities are true, and resamples of them a larger one still,
/// which the BCa interval takes back only in part: compare runs of equal size and with equal bins. Cases without a guess are
/// left out. `None` when none has one, for no bins, for a probability outside 0..=1, and as for [`Bootstrap::statistic`].
pub fn expected_calibration_error(
    predictions: &[Prediction],
    bins: usize,
    bootstrap: &Bootstrap,
) -> Option<Interval> {
    let sure = sure(predictions)?;
    let answered: Vec<(f64, bool)> = sure.into_iter().flatten().collect();
    if bins == 0 {
        return None;
    }
    // The bin of each case, and by how much its probability is too low.
    let gaps: Vec<(usize, f64)> = answered
        .iter()
        .map(|&(probability, right)| {
            (
                bin(probability, bins),
                f64::from(u8::from(right)) - probability,
            )
        })
        .collect();
    bootstrap.statistic(gaps.len(), |cases| {
        let mut sums = vec![0.0; bins];
        for case in cases {
            let (bin, gap) = gaps[*case];
            sums[bin] += gap;
        }
        sums.iter().map(|sum: &f64| sum.abs()).sum::<f64>() / cases.len() as f64
    })
}

/// What is answered when guesses below a probability are held back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// The share of all cases that is answered, with Wilson's interval.
    pub covered: Interval,
    /// The share of the answered that is right, with Wilson's interval. `None` when nothing is answered.
    pub accuracy: Option<Interval>,
}

/// Coverage and accuracy when only first guesses with at least the probability `threshold` are given; a case without a guess is
/// not covered. `None` for no cases, for a probability outside 0..=1, for a threshold that is not a number, and when
/// `confidence` is not between 0 and 1.
pub fn coverage(predictions: &[Prediction], threshold: f64, confidence: f64) -> Option<Coverage> {
    if threshold.is_nan() {
        return None;
    }
    let sure = sure(predictions)?;
    let answers = sure
        .iter()
        .flatten()
        .filter(|(probability, _)| *probability >= threshold);
    let (mut answered, mut correct) = (0, 0);
    for (_, right) in answers {
        answered += 1;
        correct += u64::from(*right);
    }
    Some(Coverage {
        covered: rate::interval(answered, predictions.len() as u64, confidence)?,
        accuracy: rate::interval(correct, answered, confidence),
    })
}

/// Of each case the probability of the first guess, and whether it is right. `None` when one is no probability.
fn sure(predictions: &[Prediction]) -> Option<Vec<Option<(f64, bool)>>> {
    predictions
        .iter()
        .map(|prediction| match prediction.ranked.first() {
            None => Some(None),
            Some(guess) if (0.0..=1.0).contains(&guess.probability) => {
                Some(Some((guess.probability, prediction.is_within(1))))
            }
            Some(_) => None,
        })
        .collect()
}

/// The bin whose lower edge is below the probability and whose upper edge is not.
fn bin(probability: f64, bins: usize) -> usize {
    let upper = (probability * bins as f64).ceil() as usize;
    upper.clamp(1, bins) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::classify::Guess;
    use crate::stats::reference::{cases, close, integer, number, predictions, within};
    use proptest::prelude::*;

    #[test]
    fn errors_agree_with_numpy_and_intervals_with_scipy() {
        for case in cases("calibration") {
            let bins = integer(&case, "bins") as usize;
            let predictions = predictions(&case);
            let got =
                expected_calibration_error(&predictions, bins, &Bootstrap::default()).unwrap();
            let error = number(&case, "standard_error");
            close(got.value(), number(&case, "value"), &case);
            within(got.low(), number(&case, "low"), 0.18 * error, &case);
            within(got.high(), number(&case, "high"), 0.18 * error, &case);
        }
    }

    #[test]
    fn coverage_agrees_with_numpy() {
        for case in cases("coverage") {
            let got = coverage(&predictions(&case), number(&case, "threshold"), 0.95).unwrap();
            close(got.covered.value(), number(&case, "covered"), &case);
            let accuracy = got.accuracy.map(|accuracy| accuracy.value());
            match case["accuracy"].as_f64() {
                Some(expected) => close(accuracy.unwrap(), expected, &case),
                None => assert_eq!(accuracy, None),
            }
        }
    }

    fn guess(probability: f64, right: bool) -> Prediction {
        let label = if right { "a" } else { "b" }.to_owned();
        Prediction {
            truth: "a".to_owned(),
            ranked: vec![Guess { label, probability }],
        }
    }

    #[test]
    fn edges_belong_to_the_bin_below() {
        let bins: Vec<usize> = [0.0, 1e-300, 0.2, 0.2000001, 0.4, 0.999, 1.0]
            .map(|probability| bin(probability, 5))
            .to_vec();
        assert_eq!(bins, [0, 0, 0, 1, 1, 4, 4]);
        // By hand: one bin has 1 of 2 right at 0.9, the other 1 of 1 at 0.1.
        let predictions = [guess(0.9, true), guess(0.9, false), guess(0.1, true)];
        let got = expected_calibration_error(&predictions, 2, &Bootstrap::default()).unwrap();
        close(got.value(), (2.0 * 0.4 + 0.9) / 3.0, &"by hand");
        let one = expected_calibration_error(&predictions, 1, &Bootstrap::default()).unwrap();
        close(one.value(), 0.1 / 3.0, &"by hand");
    }

    #[test]
    fn silence_is_not_covered() {
        let silent = Prediction {
            truth: "a".to_owned(),
            ranked: vec![],
        };
        let bootstrap = Bootstrap::default();
        assert_eq!(
            expected_calibration_error(std::slice::from_ref(&silent), BINS, &bootstrap),
            None
        );
        let got = coverage(&[silent.clone(), guess(0.0, true)], 0.0, 0.95).unwrap();
        assert_eq!(got.covered.value(), 0.5);
        assert_eq!(got.accuracy.unwrap().value(), 1.0);
        assert_eq!(coverage(&[silent], 0.5, 0.95).unwrap().accuracy, None);
    }

    #[test]
    fn what_is_no_probability_is_none() {
        let bootstrap = Bootstrap::default();
        for probability in [-0.1, 1.1, f64::NAN] {
            let predictions = [guess(0.5, true), guess(probability, true)];
            assert_eq!(
                expected_calibration_error(&predictions, BINS, &bootstrap),
                None
            );
            assert_eq!(coverage(&predictions, 0.5, 0.95), None);
        }
        assert_eq!(
            expected_calibration_error(&[guess(0.5, true)], 0, &bootstrap),
            None
        );
        assert_eq!(expected_calibration_error(&[], BINS, &bootstrap), None);
        assert_eq!(coverage(&[guess(0.5, true)], f64::NAN, 0.95), None);
        assert_eq!(coverage(&[guess(0.5, true)], 0.5, 1.0), None);
        assert_eq!(coverage(&[], 0.5, 0.95), None);
    }

    proptest! {
        #[test]
        fn a_higher_threshold_covers_less(
            rows in prop::collection::vec((0.0..=1.0f64, any::<bool>()), 1..40),
            (low, high) in (0.0..0.5f64, 0.5..1.0f64),
            bins in 1..20usize,
        ) {
            let predictions: Vec<Prediction> =
                rows.iter().map(|&(probability, right)| guess(probability, right)).collect();
            let covered = |threshold| coverage(&predictions, threshold, 0.95).unwrap().covered.value();
            prop_assert!(covered(high) <= covered(low));
            let bootstrap = Bootstrap { resamples: 50, ..Bootstrap::default() };
            let error = |bins| expected_calibration_error(&predictions, bins, &bootstrap).unwrap();
            prop_assert!((0.0..=1.0).contains(&error(bins).value()));
            prop_assert!(error(1).value() <= error(bins).value() + 1e-12);
        }
    }
}
