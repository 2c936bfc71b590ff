//! Parts of a set that each have their share of every label. The same records and seed give the same parts anywhere.

use std::collections::BTreeMap;

use super::record::Record;

/// The fold of each record, from 0; within a label folds differ by one record at most, and so they do over all.
pub fn stratified(records: &[Record], folds: usize, seed: u64) -> Vec<usize> {
    let labels: Vec<&str> = records.iter().map(|record| record.label.as_str()).collect();
    deal(&labels, folds, seed)
}

/// As [`stratified`], for whatever stands for labels.
pub(super) fn deal<L: Ord>(labels: &[L], folds: usize, seed: u64) -> Vec<usize> {
    let mut members: BTreeMap<&L, Vec<usize>> = BTreeMap::new();
    for (index, label) in labels.iter().enumerate() {
        members.entry(label).or_default().push(index);
    }
    let (mut random, mut fold, mut next) = (Random::new(seed), vec![0; labels.len()], 0);
    for mut indices in members.into_values() {
        random.shuffle(&mut indices);
        for index in indices {
            // The next label goes on where this one ended, or the first folds would have the rest of every label.
            fold[index] = next % folds.max(1);
            next += 1;
        }
    }
    fold
}

/// Numbers that look random and follow from a seed (SplitMix64, Steele et al. 2014).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Puts items in an order that every order is about as likely as.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            // The high half of a product maps a number to a range without division.
            let other = (u128::from(self.next()) * (last as u128 + 1)) >> 64;
            items.swap(last, other as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn folds_share_every_label(labels in proptest::collection::vec(0..5u8, 0..60), folds in 1..7usize, seed: u64) {
            let fold = deal(&labels, folds, seed);
            prop_assert_eq!(&fold, &deal(&labels, folds, seed));
            let spread = |wanted: &dyn Fn(u8) -> bool| {
                let mut counts = vec![0usize; folds];
                for (label, fold) in labels.iter().zip(&fold) {
                    counts[*fold] += usize::from(wanted(*label));
                }
                counts.iter().max().unwrap() - counts.iter().min().unwrap()
            };
            prop_assert!(spread(&|_| true) <= 1);
            for label in 0..5 {
                prop_assert!(spread(&|other| other == label) <= 1);
            }
        }
    }

    #[test]
    fn seeds_and_records_decide() {
        let labels: Vec<u8> = (0..40).map(|index| index % 3).collect();
        assert_ne!(deal(&labels, 5, 1), deal(&labels, 5, 2));
        // What a peer that reads the folds must find again on any machine.
        assert_eq!(
            deal(&["a", "a", "b", "a", "b", "b"], 2, 7),
            [1, 0, 1, 0, 0, 1]
        );
    }

    #[test]
    fn orders_are_about_equally_likely() {
        let mut random = Random::new(3);
        let mut counts = [0u32; 6];
        for _ in 0..6_000 {
            let mut items = [0, 1, 2];
            random.shuffle(&mut items);
            counts[items[0] * 2 + usize::from(items[1] > items[2])] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1_150).contains(count)),
            "{counts:?}"
        );
    }
}
