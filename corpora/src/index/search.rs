//! BM25 over one corpus. Filters act before ranking; the order of results is total.

use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, Occur, Query, TermQuery, Weight,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader, Term};

use super::{Index, Snapshot};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::passage::Passage;

/// A search term with its weight in the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Folded unigram or bigram.
    pub term: String,
    /// Factor of its BM25 score.
    pub weight: f32,
}

/// A passage and how well it matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// BM25, with k1 = 1.2 and b = 0.75.
    pub score: f32,
    /// What was found.
    pub passage: Passage,
}

impl Index {
    /// The `limit` best passages among the revisions for which `allowed` (by ordinal) is true.
    ///
    /// Equal scores are ordered by revision and place in the document.
    ///
    /// # Errors
    /// When the engine cannot read its files.
    pub(crate) fn search(
        &self,
        snapshot: &Snapshot,
        terms: &[Weighted],
        allowed: &[bool],
        limit: usize,
        statistics: &Statistics,
    ) -> Result<Vec<Hit>, Error> {
        if terms.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let clauses = terms.iter().map(|Weighted { term, weight }| {
            let term = Term::from_field_text(self.fields.body, term);
            let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
            (
                Occur::Should,
                Box::new(BoostQuery::new(Box::new(query), *weight)) as Box<dyn Query>,
            )
        });
        let query = BooleanQuery::new(clauses.collect());
        let best = Best {
            allowed: allowed.to_vec(),
            limit,
        };
        let found = snapshot
            .searcher
            .search_with_statistics_provider(&query, &best, statistics)
            .map_err(Error::index(&self.folder))?;
        found
            .into_iter()
            .map(
                |Ranked {
                     score,
                     ordinal,
                     order,
                     address,
                 }| {
                    let stored = self.stored(snapshot, address)?;
                    let revision = &snapshot.state.revisions[ordinal as usize];
                    Ok(Hit {
                        score,
                        passage: self.complete(
                            revision,
                            snapshot.validities[ordinal as usize],
                            stored,
                            order,
                        ),
                    })
                },
            )
            .collect()
    }
}

/// How often terms occur in several corpora together: passages of a small corpus are weighed like those of a large one
/// beside it.
pub(crate) struct Statistics(pub(crate) Vec<Arc<Snapshot>>);

/// Passages that a set of corpora is taken to have at least. In a handful of passages every word would seem common.
pub(crate) const LEAST: u64 = 1_000;

impl Statistics {
    /// Number of passages with `term`, and of passages in all.
    ///
    /// # Errors
    /// When the engine cannot read its files.
    pub(crate) fn frequency(&self, index: &Index, term: &str) -> Result<(u64, u64), Error> {
        let term = Term::from_field_text(index.fields.body, term);
        let count = self
            .doc_freq(&term)
            .and_then(|count| Ok((count, self.total_num_docs()?)));
        count.map_err(Error::index(&index.folder))
    }

    fn passages(&self) -> u64 {
        self.0
            .iter()
            .map(|snapshot| snapshot.searcher.num_docs())
            .sum()
    }
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let mut tokens = 0;
        for snapshot in &self.0 {
            tokens += snapshot.searcher.total_num_tokens(field)?;
        }
        let passages = self.passages().max(1);
        Ok(tokens * passages.max(LEAST) / passages)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.passages().max(LEAST))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.0
            .iter()
            .map(|snapshot| snapshot.searcher.doc_freq(term))
            .sum()
    }
}

/// Scores are rounded to this step: the engine adds floats in an order that depends on the segments, and the last bits
/// must not decide a rank.
const STEP: Score = 1e-3;

/// `score` as it ranks.
pub(crate) fn rounded(score: Score) -> Score {
    (score / STEP).round() * STEP
}

#[derive(Clone, Copy)]
struct Ranked {
    score: Score,
    ordinal: u32,
    order: u32,
    address: DocAddress,
}

impl Ranked {
    fn rank(&self) -> (std::cmp::Reverse<ordered::Total>, u32, u32) {
        (
            std::cmp::Reverse(ordered::Total(self.score)),
            self.ordinal,
            self.order,
        )
    }
}

mod ordered {
    /// `f32` in its total order.
    #[derive(Clone, Copy, PartialEq)]
    pub(super) struct Total(pub(super) f32);
    impl Eq for Total {}
    impl Ord for Total {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.total_cmp(&other.0)
        }
    }
    impl PartialOrd for Total {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
}

/// Keeps the best documents of allowed revisions. Passages that are not allowed never take a place.
struct Best {
    allowed: Vec<bool>,
    limit: usize,
}

impl Collector for Best {
    type Fruit = Vec<Ranked>;
    type Child = Never;

    fn for_segment(&self, _: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<Never> {
        Ok(Never)
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<Vec<Ranked>> {
        let ordinals = reader.fast_fields().u64("ordinal")?.first_or_default_col(0);
        let orders = reader.fast_fields().u64("order")?.first_or_default_col(0);
        let mut kept: Vec<Ranked> = Vec::with_capacity(self.limit * 2);
        let mut threshold = Score::MIN;
        // Questions have a hundred terms and more, for which adding up all postings is four times faster than the
        // engine's pruning.
        weight.for_each(reader, &mut |document: DocId, score: Score| {
            let score = rounded(score);
            if score < threshold {
                return;
            }
            let ordinal = ordinals.get_val(document) as u32;
            if !self.allowed.get(ordinal as usize).copied().unwrap_or(false) {
                return;
            }
            kept.push(Ranked {
                score,
                ordinal,
                order: orders.get_val(document) as u32,
                address: DocAddress::new(segment, document),
            });
            if kept.len() >= self.limit * 2 {
                cut(&mut kept, self.limit);
                threshold = kept.last().map_or(Score::MIN, |last| last.score);
            }
        })?;
        cut(&mut kept, self.limit);
        Ok(kept)
    }

    fn merge_fruits(&self, fruits: Vec<Vec<Ranked>>) -> tantivy::Result<Vec<Ranked>> {
        let mut all: Vec<Ranked> = fruits.into_iter().flatten().collect();
        cut(&mut all, self.limit);
        Ok(all)
    }
}

fn cut(ranked: &mut Vec<Ranked>, limit: usize) {
    ranked.sort_unstable_by_key(Ranked::rank);
    ranked.truncate(limit);
}

/// Documents are collected in [`Best::collect_segment`]; the engine's one-by-one path is not used.
struct Never;

impl SegmentCollector for Never {
    type Fruit = Vec<Ranked>;

    fn collect(&mut self, _: DocId, _: Score) {}

    fn harvest(self) -> Vec<Ranked> {
        Vec::new()
    }
}
