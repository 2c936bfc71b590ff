//! A line between one label and the rest: an L2-regularised support vector machine with squared hinge loss, found by dual
//! coordinate descent with shrinking (Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM", 2008).
//!
//! Terms are first stretched by how differently they occur inside and outside the label (after Wang and Manning,
//! "Baselines and Bigrams", 2012, with absolute values, and mixed with no stretching at all).

use super::fold::Random;
use super::weighing::Vector;

/// Vectors of all records, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Rows {
    starts: Vec<usize>,
    terms: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    pub(super) fn new(vectors: impl Iterator<Item = Vector>) -> Self {
        let mut rows = Self {
            starts: vec![0],
            ..Self::default()
        };
        for vector in vectors {
            rows.terms.extend(vector.iter().map(|(term, _)| term));
            rows.values.extend(vector.iter().map(|(_, value)| value));
            rows.starts.push(rows.terms.len());
        }
        rows
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Terms and, from `values`, which are as long as those of the rows, their values.
    fn row<'a>(
        &'a self,
        index: usize,
        values: &'a [f32],
    ) -> impl Iterator<Item = (usize, f32)> + 'a {
        let range = self.starts[index]..self.starts[index + 1];
        let terms = self.terms[range.clone()].iter().map(|term| *term as usize);
        terms.zip(values[range].iter().copied())
    }
}

/// How a line is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// Weight of the loss against the length of the weights; C in the paper.
    pub(super) cost: f64,
    /// How much terms are stretched, from 0 to 1.
    pub(super) stretch: f32,
    /// Decides the order of steps.
    pub(super) seed: u64,
}

/// Weights by term. The score of a vector is its product with them plus the bias.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) weights: Vec<f32>,
    pub(super) bias: f32,
}

impl Line {
    pub(super) fn score(&self, vector: &Vector) -> f32 {
        let product = |(term, value): &(u32, f32)| self.weights[*term as usize] * value;
        self.bias + vector.iter().map(product).sum::<f32>()
    }
}

/// The steps end when the largest violation is below this, or after [`ROUNDS`] over all records.
const PRECISION: f64 = 0.02;
const ROUNDS: usize = 300;

/// Finds the line that parts rows whose `inside` is true from the rest, with weights for `terms` terms.
pub(super) fn part(rows: &Rows, inside: &[bool], terms: usize, search: Search) -> Line {
    let stretch = stretch(rows, inside, terms, search.stretch);
    let stretched = |(value, term): (&f32, &u32)| value * stretch[*term as usize];
    let values: Vec<f32> = rows.values.iter().zip(&rows.terms).map(stretched).collect();
    let mut line = descend(rows, &values, inside, terms, search);
    line.weights
        .iter_mut()
        .zip(&stretch)
        .for_each(|(weight, stretch)| *weight *= stretch);
    line
}

/// |ln(share of the term inside / share outside)|, scaled to a mean square of one over terms that occur.
fn stretch(rows: &Rows, inside: &[bool], terms: usize, mix: f32) -> Vec<f32> {
    // Keeps what never occurs on one side finite; about a single occurrence in one record.
    const PRIOR: f32 = 0.05;
    let mut sums = [vec![PRIOR; terms], vec![PRIOR; terms]];
    for (index, inside) in inside.iter().enumerate() {
        for (term, value) in rows.row(index, &rows.values) {
            sums[usize::from(*inside)][term] += value;
        }
    }
    let totals =
        [0, 1].map(|side: usize| sums[side].iter().map(|sum| f64::from(*sum)).sum::<f64>() as f32);
    let occurs = |term: usize| sums[0][term] + sums[1][term] > 2.0 * PRIOR;
    let ratio = |term: usize| {
        ((sums[1][term] / totals[1]) / (sums[0][term] / totals[0]))
            .ln()
            .abs()
    };
    let ratios: Vec<f32> = (0..terms)
        .map(|term| if occurs(term) { ratio(term) } else { 0.0 })
        .collect();
    let (mut square, mut count) = (0.0f64, 0.0f64);
    for term in (0..terms).filter(|term| occurs(*term)) {
        square += f64::from(ratios[term]).powi(2);
        count += 1.0;
    }
    let length = (square / count).sqrt() as f32;
    let mixed = |ratio: f32| {
        if length > 0.0 {
            1.0 - mix + mix * ratio / length
        } else {
            1.0
        }
    };
    ratios.into_iter().map(mixed).collect()
}

fn descend(rows: &Rows, values: &[f32], inside: &[bool], terms: usize, search: Search) -> Line {
    let diagonal = 0.5 / search.cost;
    let lengths: Vec<f64> = (0..rows.len())
        .map(|index| {
            let square = |(_, value): (usize, f32)| f64::from(value).powi(2);
            // The bias is the weight of a term that each row has once.
            diagonal + 1.0 + rows.row(index, values).map(square).sum::<f64>()
        })
        .collect();
    let (mut weights, mut bias) = (vec![0f32; terms], 0f32);
    let mut alphas = vec![0f64; rows.len()];
    let mut active: Vec<usize> = (0..rows.len()).collect();
    let (mut random, mut limit) = (Random::new(search.seed), f64::INFINITY);
    for _ in 0..ROUNDS {
        random.shuffle(&mut active);
        let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
        active.retain(|&index| {
            let sign = if inside[index] { 1.0 } else { -1.0 };
            let product: f32 = rows
                .row(index, values)
                .map(|(term, value)| weights[term] * value)
                .sum();
            let gradient = sign * f64::from(product + bias) - 1.0 + diagonal * alphas[index];
            let projected = if alphas[index] == 0.0 {
                gradient.min(0.0)
            } else {
                gradient
            };
            if alphas[index] == 0.0 && gradient > limit {
                return false;
            }
            (highest, lowest) = (highest.max(projected), lowest.min(projected));
            if projected.abs() > 1e-12 {
                let alpha = (alphas[index] - gradient / lengths[index]).max(0.0);
                let step = (sign * (alpha - alphas[index])) as f32;
                alphas[index] = alpha;
                bias += step;
                rows.row(index, values)
                    .for_each(|(term, value)| weights[term] += step * value);
            }
            true
        });
        if highest - lowest > PRECISION {
            limit = if highest > 0.0 {
                highest
            } else {
                f64::INFINITY
            };
            continue;
        }
        if active.len() == rows.len() {
            break;
        }
        // The rows that were set aside may have become wrong meanwhile.
        active = (0..rows.len()).collect();
        limit = f64::INFINITY;
    }
    Line { weights, bias }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(vectors: &[&[(u32, f32)]]) -> Rows {
        Rows::new(vectors.iter().map(|vector| vector.to_vec()))
    }

    const SEARCH: Search = Search {
        cost: 1.0,
        stretch: 0.0,
        seed: 1,
    };

    #[test]
    fn one_row_on_either_side_is_solved_by_hand() {
        // Rows (1, 0) and (0, 1), bias as a third: both alphas are a, w = (a, -a), bias 0, and a + a / 2 = 1.
        let line = part(
            &rows(&[&[(0, 1.0)], &[(1, 1.0)]]),
            &[true, false],
            2,
            SEARCH,
        );
        let expected = [2.0 / 3.0, -2.0 / 3.0];
        for (weight, expected) in line.weights.iter().zip(expected) {
            assert!((weight - expected).abs() < 0.02, "{line:?}");
        }
        assert!(line.bias.abs() < 0.02);
    }

    #[test]
    fn the_solution_is_a_minimum() {
        let vectors: Vec<Vector> = (0..60u32)
            .map(|index| vec![(index % 7, 0.8), (7 + index % 5, 0.6)])
            .collect();
        let rows = Rows::new(vectors.iter().cloned());
        let inside: Vec<bool> = (0..60)
            .map(|index| index % 7 < 3 || index % 11 == 0)
            .collect();
        let line = part(&rows, &inside, 12, SEARCH);
        let objective = |line: &Line| {
            let loss = |(vector, inside): (&Vector, &bool)| {
                let sign = if *inside { 1.0 } else { -1.0 };
                (1.0 - sign * line.score(vector)).max(0.0).powi(2)
            };
            let square: f32 = line.weights.iter().map(|weight| weight * weight).sum();
            (square + line.bias * line.bias) / 2.0
                + vectors.iter().zip(&inside).map(loss).sum::<f32>()
        };
        let least = objective(&line);
        for term in 0..12 {
            for step in [-0.05, 0.05] {
                let mut other = line.clone();
                other.weights[term] += step;
                assert!(objective(&other) > least, "term {term}");
            }
        }
    }

    #[test]
    fn stretching_prefers_what_tells_sides_apart() {
        let rows = rows(&[&[(0, 0.7), (1, 0.7)], &[(0, 0.7), (2, 0.7)]]);
        let stretch = stretch(&rows, &[true, false], 3, 0.5);
        assert!((stretch[0] - 0.5).abs() < 1e-6 && stretch[1] > 1.0 && stretch[1] == stretch[2]);
    }

    #[test]
    fn a_side_without_rows_and_rows_without_terms_are_no_trouble() {
        let line = part(
            &rows(&[&[(0, 1.0)], &[]]),
            &[false, false],
            1,
            Search {
                stretch: 0.6,
                ..SEARCH
            },
        );
        assert!(line.weights[0].is_finite() && line.score(&vec![(0, 1.0)]) < -0.5);
        assert!(
            part(&Rows::new(std::iter::empty()), &[], 0, SEARCH)
                .weights
                .is_empty()
        );
    }
}
