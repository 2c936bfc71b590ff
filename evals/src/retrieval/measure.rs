//! Recall, MRR and nDCG of a run. The conventions are those of trec_eval, see the head of the module.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Qrels, Ranked, Run};
use crate::metric::of_mean;
use crate::record::Metric;

/// Ranks up to which documents are looked for, for recall.
const RECALL: [usize; 6] = [1, 5, 10, 20, 50, 100];

/// Likewise for MRR and nDCG.
const TOP: usize = 10;

/// What each query of `qrels` scores, in the order of the queries, by name: `recall@1` to `recall@100`, `mrr@10`,
/// `ndcg@10`.
pub fn scores(qrels: &Qrels, run: &Run) -> BTreeMap<String, Vec<f64>> {
    let mut scores = BTreeMap::<String, Vec<f64>>::new();
    for (query, grades) in qrels {
        let found = run.get(query).map(Vec::as_slice).unwrap_or_default();
        let gains = gains(grades, found);
        let relevant = grades.values().filter(|grade| **grade > 0).count();
        for rank in RECALL {
            let seen = gains.iter().take(rank).filter(|gain| **gain > 0).count();
            // Without a relevant document nothing was seen, and the score is 0.
            let recall = seen as f64 / relevant.max(1) as f64;
            scores
                .entry(format!("recall@{rank}"))
                .or_default()
                .push(recall);
        }
        let mrr = scores.entry(format!("mrr@{TOP}")).or_default();
        mrr.push(reciprocal(&gains));
        let ndcg = scores.entry(format!("ndcg@{TOP}")).or_default();
        ndcg.push(normalised(grades, &gains));
    }
    scores
}

/// Means over the queries with their bounds, for [`scores`].
///
/// Bounds are made as those of all other figures, see [`of_mean`].
pub fn figures(scores: &BTreeMap<String, Vec<f64>>) -> BTreeMap<String, Metric> {
    let mean = |(name, values): (&String, &Vec<f64>)| {
        let metric = of_mean(values, &Vec::from_iter(0..values.len()))?;
        Some((name.clone(), metric))
    };
    scores.iter().filter_map(mean).collect()
}

/// The value below which a `share` of `values` lies, with 95 % bounds: the values that stand so far from it in their
/// order that the share falls between them (a normal approximation of the binomial distribution). None of no values.
pub fn percentile(values: &[f64], share: f64) -> Option<Metric> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    // The nearest rank, from 0.
    let n = sorted.len() as f64;
    let center = (n * share).ceil() - 1.0;
    let reach = 1.96 * (n * share * (1.0 - share)).sqrt();
    // Casts end at 0.
    let at = |position: f64| sorted[(position as usize).min(last)];
    Some(Metric {
        value: at(center),
        low: at((center - reach).floor()),
        high: at((center + reach).ceil()),
        n: sorted.len(),
    })
}

/// The grades of the documents found, best score first; 0 for documents without one.
fn gains(grades: &BTreeMap<String, i64>, found: &[Ranked]) -> Vec<i64> {
    let mut order: Vec<&Ranked> = found.iter().collect();
    order.sort_by(|left, right| {
        let by_score = right.score.total_cmp(&left.score);
        by_score.then_with(|| right.document.cmp(&left.document))
    });
    let grade = |ranked: &Ranked| grades.get(&ranked.document).copied().unwrap_or(0).max(0);
    order.into_iter().map(grade).collect()
}

fn reciprocal(gains: &[i64]) -> f64 {
    let first = gains.iter().take(TOP).position(|gain| *gain > 0);
    first.map_or(0.0, |rank| 1.0 / (rank + 1) as f64)
}

/// nDCG: the gain as a share of the best possible one.
fn normalised(grades: &BTreeMap<String, i64>, gains: &[i64]) -> f64 {
    let mut ideal: Vec<i64> = grades.values().map(|grade| (*grade).max(0)).collect();
    ideal.sort_by_key(|grade| Reverse(*grade));
    let best = discounted(&ideal);
    if best > 0.0 {
        discounted(gains) / best
    } else {
        0.0
    }
}

fn discounted(gains: &[i64]) -> f64 {
    let gain = |(rank, gain): (usize, &i64)| *gain as f64 / ((rank + 2) as f64).log2();
    gains.iter().take(TOP).enumerate().map(gain).sum()
}
