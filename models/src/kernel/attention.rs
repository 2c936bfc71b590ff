//! Causal attention over keys and values in pages.
//!
//! One arithmetic for one token and for many: blocks of 128 keys at absolute positions, each with the maximum so far
//! (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018). A tile of rows shares the loads of keys
//! and values: the heads that share a head of keys, and with many tokens several tokens. What a row must not see
//! counts as zero, which leaves its sums as they are; so its bits do not depend on its tile.

mod tile;

use super::format::{F16, F32, Number};
use super::key_value::{Cells, KeyValue, PAGE};
use super::lanes::Level;
use super::team::Team;
use tile::{SCRATCH, Tile};

/// Most numbers of a head.
pub(super) const DIM: usize = 256;

/// Rows of one sequence that follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span<'a> {
    /// The first of them.
    pub(crate) first_row: usize,
    /// How many.
    pub(crate) rows: usize,
    /// Position of the first in its sequence.
    pub(crate) position: usize,
    /// Pages of the sequence from position 0 on; more than needed is fine.
    pub(crate) pages: &'a [u32],
}

impl Span<'_> {
    /// # Panics
    /// When the table is too short or names a page that does not exist.
    pub(super) fn check(&self, pages: usize) {
        let needed = (self.position + self.rows).div_ceil(PAGE);
        assert!(needed <= self.pages.len(), "a table of {needed} pages");
        let known = self.pages[..needed]
            .iter()
            .all(|page| (*page as usize) < pages);
        assert!(known, "a page below {pages}");
    }
}

/// `out[row] = softmax(q[row] * keys / sqrt(dim)) * values` over the keys up to the row's own position, which are
/// written already. `q` and `out` are `[rows, heads, dim]`; rows in no span are left alone.
///
/// # Panics
/// When lengths do not fit, spans overlap or are not in order, or a page does not exist.
pub(crate) fn attend(
    team: &Team,
    layer: &KeyValue,
    q: &[f32],
    spans: &[Span<'_>],
    out: &mut [f32],
) {
    attend_at(Level::detect(), team, layer, q, spans, out);
}

/// [`attend`] with chosen instructions.
pub(super) fn attend_at(
    level: Level,
    team: &Team,
    layer: &KeyValue,
    q: &[f32],
    spans: &[Span<'_>],
    out: &mut [f32],
) {
    let mut rows = 0;
    for span in spans {
        span.check(layer.pages());
        assert!(span.first_row >= rows, "spans in order");
        rows = span.first_row + span.rows;
    }
    if rows == 0 {
        return;
    }
    assert_eq!(q.len(), out.len(), "queries and outputs");
    let heads = q.len() / (rows * layer.dim());
    assert!(
        heads > 0 && heads * rows * layer.dim() == q.len() && heads.is_multiple_of(layer.heads()),
        "{} queries for {rows} rows",
        q.len()
    );
    let job = Job {
        layer,
        q,
        out: Out(out.as_mut_ptr()),
        heads,
        group: heads / layer.heads(),
    };
    match layer.cells() {
        Cells::Half(keys, values) => job.run::<F16>(level, team, spans, (keys, values)),
        Cells::Single(keys, values) => job.run::<F32>(level, team, spans, (keys, values)),
    }
}

struct Out(*mut f32);

// SAFETY: the items of one call write rows and heads of their own.
unsafe impl Sync for Out {}

struct Job<'a> {
    layer: &'a KeyValue,
    q: &'a [f32],
    out: Out,
    heads: usize,
    /// Heads that share a head of keys.
    group: usize,
}

impl Job<'_> {
    fn run<N: Number>(
        &self,
        level: Level,
        team: &Team,
        spans: &[Span<'_>],
        (keys, values): (&[N::Bits], &[N::Bits]),
    ) where
        N::Bits: Sync,
    {
        // An item is up to twelve rows of one head of keys.
        let tiles = |span: &Span<'_>| (span.rows * self.group).div_ceil(ITEM);
        let mut ends = Vec::with_capacity(spans.len());
        let mut items = 0;
        for span in spans {
            items += tiles(span) * self.layer.heads();
            ends.push(items);
        }
        team.run(items, &|item| {
            let index = ends.partition_point(|end| *end <= item);
            let span = &spans[index];
            let begin = if index == 0 { 0 } else { ends[index - 1] };
            let (head, tile) = ((item - begin) / tiles(span), (item - begin) % tiles(span));
            let first = tile * ITEM;
            SCRATCH.with_borrow_mut(|scratch| {
                level.run(Tile::<N> {
                    job: self,
                    keys,
                    values,
                    span,
                    head,
                    first,
                    last: (first + ITEM).min(span.rows * self.group),
                    scratch,
                });
            });
        });
    }
}

/// Rows of an item.
const ITEM: usize = 12;
