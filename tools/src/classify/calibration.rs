//! From scores to probabilities that mean what they say: of the orders given .8, eight in ten are right.
//!
//! A softmax over scores, of which each label's is stretched and shifted (vector scaling, Guo et al., "On Calibration of
//! Modern Neural Networks", 2017), the stretches held near one another. It is fitted on scores of records that were not
//! trained on: on those that were, every score is large.

use serde::{Deserialize, Serialize};

/// Stretch and shift of each label's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Calibration {
    pub(super) stretch: Vec<f64>,
    pub(super) shift: Vec<f64>,
}

/// Where the common stretch is without evidence.
const STRETCH: f64 = 2.0;

/// No label's score is turned round or ignored, whatever little data say.
const LEAST: f64 = 0.1;

const ROUNDS: usize = 400;

impl Calibration {
    /// Fits to scores of records, one per label each, and the right labels.
    pub(super) fn fit(scores: &[Vec<f32>], gold: &[usize], labels: usize) -> Self {
        let mut point = Point::start(labels);
        if scores.is_empty() {
            return point.calibration();
        }
        let (mut loss, mut slope) = point.loss(scores, gold);
        let mut step = 1.0;
        for _ in 0..ROUNDS {
            let next = point.moved(&slope, step);
            let (next_loss, next_slope) = next.loss(scores, gold);
            if next_loss >= loss {
                step /= 3.0;
                if step < 1e-9 {
                    break;
                }
                continue;
            }
            let gained = loss - next_loss;
            (point, loss, slope) = (next, next_loss, next_slope);
            step *= 1.5;
            if gained < 1e-10 {
                break;
            }
        }
        point.calibration()
    }

    /// Probabilities of all labels; they add up to one.
    pub(super) fn probabilities(&self, scores: &[f32]) -> Vec<f64> {
        let values = scores.iter().zip(&self.stretch).zip(&self.shift);
        softmax(
            values
                .map(|((score, stretch), shift)| stretch * f64::from(*score) + shift)
                .collect(),
        )
    }
}

fn softmax(mut values: Vec<f64>) -> Vec<f64> {
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values
        .iter_mut()
        .for_each(|value| *value = (*value - highest).exp());
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
    values
}

/// Parameters, or a direction to move them in.
struct Point {
    common: f64,
    /// Beyond the common stretch.
    stretch: Vec<f64>,
    shift: Vec<f64>,
}

impl Point {
    fn start(labels: usize) -> Self {
        Self {
            common: STRETCH,
            stretch: vec![0.0; labels],
            shift: vec![0.0; labels],
        }
    }

    fn moved(&self, slope: &Self, step: f64) -> Self {
        let move_all = |from: &[f64], slope: &[f64]| {
            from.iter()
                .zip(slope)
                .map(|(from, slope)| from - step * slope)
                .collect()
        };
        Self {
            common: self.common - step * slope.common,
            stretch: move_all(&self.stretch, &slope.stretch),
            shift: move_all(&self.shift, &slope.shift),
        }
    }

    fn calibration(&self) -> Calibration {
        let stretch = |beyond: &f64| (self.common + beyond).max(LEAST);
        Calibration {
            stretch: self.stretch.iter().map(stretch).collect(),
            shift: self.shift.clone(),
        }
    }

    /// Mean negative log-likelihood and its slope. Being away from the start costs about what one record does, so that
    /// few records and perfect scores lead to no certainty.
    fn loss(&self, scores: &[Vec<f32>], gold: &[usize]) -> (f64, Self) {
        let share = 1.0 / scores.len() as f64;
        let square = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
        let away = self.common - STRETCH;
        let mut loss =
            share * (0.1 * away * away + square(&self.stretch) + square(&self.shift)) / 2.0;
        let scaled = |values: &[f64]| values.iter().map(|value| share * value).collect();
        let mut slope = Self {
            common: share * 0.1 * away,
            stretch: scaled(&self.stretch),
            shift: scaled(&self.shift),
        };
        for (scores, gold) in scores.iter().zip(gold) {
            let value = |(label, score): (usize, &f32)| {
                (self.common + self.stretch[label]) * f64::from(*score) + self.shift[label]
            };
            let chances = softmax(scores.iter().enumerate().map(value).collect());
            loss -= share * chances[*gold].max(f64::MIN_POSITIVE).ln();
            for (label, chance) in chances.iter().enumerate() {
                let error = share * (chance - f64::from(u8::from(label == *gold)));
                let change = error * f64::from(scores[label]);
                slope.common += change;
                slope.stretch[label] += change;
                slope.shift[label] += error;
            }
        }
        (loss, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_meet_how_often_a_score_is_right() {
        // At a score of 1 against 0, label 0 is right in 80 of 100.
        let scores = vec![vec![1.0, 0.0]; 100];
        let gold: Vec<usize> = (0..100).map(|index| usize::from(index % 5 == 0)).collect();
        let chances = Calibration::fit(&scores, &gold, 2).probabilities(&[1.0, 0.0]);
        assert!((chances[0] - 0.8).abs() < 0.01, "{chances:?}");
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let scores = vec![
            vec![0.3, -1.0, 0.2],
            vec![-0.5, 0.9, 0.1],
            vec![0.4, 0.0, -2.0],
        ];
        let gold = [0, 1, 2];
        let point = Point {
            common: 1.3,
            stretch: vec![0.1, -0.2, 0.3],
            shift: vec![0.5, 0.0, -0.4],
        };
        let (loss, slope) = point.loss(&scores, &gold);
        let mut unit = Point {
            common: 0.0,
            stretch: vec![0.0; 3],
            shift: vec![0.0; 3],
        };
        let along = |unit: &Point| (point.moved(unit, -1e-6).loss(&scores, &gold).0 - loss) / 1e-6;
        for label in 0..3 {
            unit.stretch[label] = 1.0;
            assert!((along(&unit) - slope.stretch[label]).abs() < 1e-5);
            unit.stretch[label] = 0.0;
            unit.shift[label] = 1.0;
            assert!((along(&unit) - slope.shift[label]).abs() < 1e-5);
            unit.shift[label] = 0.0;
        }
        unit.common = 1.0;
        assert!((along(&unit) - slope.common).abs() < 1e-5);
    }

    #[test]
    fn few_perfect_scores_are_no_certainty_and_wrong_ones_are_not_turned_round() {
        let scores = vec![vec![1.0, -1.0], vec![-1.0, 1.0]];
        let chance =
            |gold: [usize; 2]| Calibration::fit(&scores, &gold, 2).probabilities(&[1.0, -1.0])[0];
        assert!((0.9..0.999).contains(&chance([0, 1])), "{}", chance([0, 1]));
        assert!((0.5..0.7).contains(&chance([1, 0])), "{}", chance([1, 0]));
        assert_eq!(
            Calibration::fit(&[], &[], 2).probabilities(&[1.0, 1.0]),
            [0.5, 0.5]
        );
    }

    #[test]
    fn scores_beyond_measure_are_no_trouble() {
        let chances = Calibration::fit(&[], &[], 3).probabilities(&[1e30, -1e30, 0.0]);
        assert_eq!(chances, [1.0, 0.0, 0.0]);
    }
}
