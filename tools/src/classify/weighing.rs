//! From counts to a vector of length one: 1 + ln(count) times inverse document frequency, each block normalised, blocks
//! weighed against each other.

use super::term::{BLOCKS, Block, Counts};

/// Terms with a weight, in no order that means anything; of length one, or empty.
pub(super) type Vector = Vec<(u32, f32)>;

/// Weights of terms, by number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weighing {
    /// ln((1 + records) / (1 + records with the term)) + 1; zero for terms that do not count.
    pub(super) rarity: Vec<f32>,
}

/// What a block counts beside the others. The figures cross-validated best among .5, .7 and 1.
fn share(block: Block) -> f32 {
    match block {
        Block::Body => 1.0,
        Block::Head | Block::Words => 0.7,
    }
}

impl Weighing {
    /// Learns how rare each of `terms` terms is; those in less than `least` records do not count.
    pub(super) fn learn<'a>(
        counts: impl ExactSizeIterator<Item = &'a Counts>,
        terms: usize,
        least: u32,
    ) -> Self {
        let records = counts.len() as f32;
        let mut seen = vec![0u32; terms];
        for (term, _) in counts.flatten().flatten() {
            seen[*term as usize] += 1;
        }
        let rarity = |seen: u32| {
            if seen < least {
                return 0.0;
            }
            ((1.0 + records) / (1.0 + seen as f32)).ln() + 1.0
        };
        Self {
            rarity: seen.into_iter().map(rarity).collect(),
        }
    }

    /// The vector of a record.
    pub(super) fn vector(&self, counts: &Counts) -> Vector {
        let (mut vector, mut total) = (Vector::new(), 0.0);
        for block in BLOCKS {
            let start = vector.len();
            for (term, count) in &counts[block as usize] {
                let rarity = self.rarity[*term as usize];
                if rarity > 0.0 {
                    vector.push((*term, (1.0 + (*count as f32).ln()) * rarity));
                }
            }
            if vector.len() > start {
                scale(&mut vector[start..], share(block));
                total += share(block).powi(2);
            }
        }
        // A record without words is not to be less sure for it.
        if total > 0.0 {
            let length = total.sqrt();
            vector.iter_mut().for_each(|(_, value)| *value /= length);
        }
        vector
    }
}

/// Scales values to a length.
fn scale(values: &mut [(u32, f32)], length: f32) {
    let norm = values
        .iter()
        .map(|(_, value)| value * value)
        .sum::<f32>()
        .sqrt();
    values
        .iter_mut()
        .for_each(|(_, value)| *value *= length / norm);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_terms_weigh_more_and_single_ones_nothing() {
        let records: Vec<Counts> = [
            vec![(0, 1), (1, 1)],
            vec![(0, 1), (1, 1)],
            vec![(0, 1), (2, 5)],
        ]
        .map(|body| [body, Vec::new(), Vec::new()])
        .into();
        let weighing = Weighing::learn(records.iter(), 3, 2);
        assert_eq!(weighing.rarity, [1.0, (4.0f32 / 3.0).ln() + 1.0, 0.0]);
        let vector = weighing.vector(&records[2]);
        assert_eq!(vector, [(0, 1.0)]);
    }

    #[test]
    fn vectors_have_length_one_whatever_blocks_there_are() {
        let weighing = Weighing {
            rarity: vec![1.0, 2.0, 3.0, 1.5],
        };
        let body = vec![(0, 3), (1, 1)];
        for counts in [
            [body.clone(), vec![(2, 1)], vec![(3, 2)]],
            [body.clone(), Vec::new(), vec![(3, 2)]],
            [body.clone(), Vec::new(), Vec::new()],
        ] {
            let length: f32 = weighing
                .vector(&counts)
                .iter()
                .map(|(_, value)| value * value)
                .sum();
            assert!((length - 1.0).abs() < 1e-6, "{length}");
        }
        assert!(weighing.vector(&Counts::default()).is_empty());
    }

    #[test]
    fn a_repeated_term_counts_by_its_logarithm() {
        let weighing = Weighing {
            rarity: vec![1.0, 1.0],
        };
        let vector = weighing.vector(&[vec![(0, 1), (1, 20)], Vec::new(), Vec::new()]);
        assert!((vector[1].1 / vector[0].1 - (1.0 + 20f32.ln())).abs() < 1e-5);
    }
}
