//! Attention of one tile of rows: scores of a block of keys, their weights, and the weighted values.
#![expect(
    clippy::needless_range_loop,
    reason = "blocks of registers are indexed by row and tile"
)]

use std::cell::RefCell;

use super::super::format::Number;
use super::super::key_value::PAGE;
use super::super::lanes::{Lanes, Work, exp};
use super::{DIM, ITEM, Job, Span};

/// Keys of a block.
const KEYS: usize = 4 * PAGE;
/// Less than every score.
const NEVER: f32 = -1e30;

/// Rows of a tile at most: tokens times heads that share keys.
const fn most<L: Lanes>() -> usize {
    if L::WIDE { 12 } else { 2 }
}

pub(super) struct Tile<'a, N: Number> {
    pub(super) job: &'a Job<'a>,
    pub(super) keys: &'a [N::Bits],
    pub(super) values: &'a [N::Bits],
    pub(super) span: &'a Span<'a>,
    /// Head of keys.
    pub(super) head: usize,
    /// Rows: number of the token times heads that share keys, plus number of the head among them.
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) scratch: &'a mut Scratch,
}

impl<N: Number> Work for Tile<'_, N> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let mut first = self.first;
        while first < self.last {
            let count = (self.last - first).min(most::<L>());
            // The more rows, the fewer pages at once: the registers are as full as they can be.
            if L::WIDE {
                match count {
                    1 => self.rows::<L, 1, 4>(lanes, first, count),
                    2 => self.rows::<L, 2, 4>(lanes, first, count),
                    3 | 4 => self.rows::<L, 4, 2>(lanes, first, count),
                    5 | 6 => self.rows::<L, 6, 2>(lanes, first, count),
                    7 | 8 => self.rows::<L, 8, 1>(lanes, first, count),
                    _ => self.rows::<L, 12, 1>(lanes, first, count),
                }
            } else if count == 1 {
                self.rows::<L, 1, 2>(lanes, first, count);
            } else {
                self.rows::<L, 2, 1>(lanes, first, count);
            }
            first += count;
        }
    }
}

/// Memory of a tile; each thread keeps its own.
pub(super) struct Scratch {
    /// Queries, scaled: `[dim][M]`.
    q: [f32; DIM * ITEM],
    /// Scores of a block, then their weights: `[M][KEYS]`.
    scores: [f32; KEYS * ITEM],
    /// Weighted sums of values: `[M][DIM]`.
    out: [f32; DIM * ITEM],
}

thread_local! {
    pub(super) static SCRATCH: RefCell<Box<Scratch>> = RefCell::new(Box::new(Scratch {
        q: [0.0; DIM * ITEM],
        scores: [0.0; KEYS * ITEM],
        out: [0.0; DIM * ITEM],
    }));
}

/// What is known of `M` rows after some blocks of keys.
struct State<L: Lanes, const M: usize> {
    /// Keys that a row may see.
    limits: [usize; M],
    /// The largest score.
    best: [f32; M],
    /// What the sums so far are multiplied by, as the largest score has changed.
    correction: [f32; M],
    /// Sums of weights.
    sums: [L::Floats; M],
}

impl<N: Number> Tile<'_, N> {
    /// Where a row's numbers begin in `q` and `out`.
    #[inline(always)]
    fn row(&self, row: usize) -> usize {
        let group = self.job.group;
        let token = self.span.first_row + row / group;
        (token * self.job.heads + self.head * group + row % group) * self.job.layer.dim()
    }

    /// Where the keys, or values, of a page begin.
    #[inline(always)]
    fn page(&self, index: usize) -> usize {
        let layer = self.job.layer;
        (self.span.pages[index] as usize * layer.heads() + self.head) * layer.dim() * PAGE
    }

    /// Up to `M` rows, `P` pages at once.
    #[inline(always)]
    fn rows<L: Lanes, const M: usize, const P: usize>(
        &mut self,
        lanes: L,
        first: usize,
        count: usize,
    ) {
        let dim = self.job.layer.dim();
        let scale = 1.0 / (dim as f32).sqrt();
        let mut state = State::<L, M> {
            limits: [0; M],
            best: [NEVER; M],
            correction: [0.0; M],
            sums: [lanes.splat(0.0); M],
        };
        for r in 0..M {
            // Rows that are missing repeat the last one.
            let row = first + r.min(count - 1);
            let q = &self.job.q[self.row(row)..][..dim];
            for (to, from) in self.scratch.q.as_chunks_mut::<M>().0.iter_mut().zip(q) {
                to[r] = from * scale;
            }
            self.scratch.out[r * DIM..][..dim].fill(0.0);
            state.limits[r] = self.span.position + row / self.job.group + 1;
        }
        let end = state.limits[M - 1];
        let mut block = 0;
        while block < end {
            let keys = KEYS.min(end - block);
            let pages = keys.div_ceil(PAGE);
            let mut page = 0;
            while page + P <= pages {
                self.scores::<L, M, P>(lanes, block / PAGE, page);
                page += P;
            }
            while page < pages {
                self.scores::<L, M, 1>(lanes, block / PAGE, page);
                page += 1;
            }
            self.weigh(lanes, &mut state, block, pages * PAGE);
            let mut at = 0;
            while L::WIDE && M <= 2 && at + 128 <= dim {
                self.values::<L, M, 8>(lanes, &state, (block, keys), at);
                at += 128;
            }
            while L::WIDE && M <= 6 && at + 64 <= dim {
                self.values::<L, M, 4>(lanes, &state, (block, keys), at);
                at += 64;
            }
            while at + 32 <= dim {
                self.values::<L, M, 2>(lanes, &state, (block, keys), at);
                at += 32;
            }
            while at < dim {
                self.values::<L, M, 1>(lanes, &state, (block, keys), at);
                at += 16;
            }
            block += KEYS;
        }
        for r in 0..count {
            let inverse = lanes.splat(1.0 / lanes.reduce_add(state.sums[r]));
            let to = self.row(first + r);
            for at in (0..dim).step_by(16) {
                let from = self.scratch.out[r * DIM + at..][..16].as_ptr();
                // SAFETY: the row has `dim` numbers, here and there, and is this item's alone.
                unsafe {
                    let value = lanes.mul(lanes.load(from), inverse);
                    lanes.store(self.job.out.0.add(to + at), value);
                }
            }
        }
    }

    /// Scores of the keys of `P` pages from `page` of a block.
    #[inline(always)]
    fn scores<L: Lanes, const M: usize, const P: usize>(
        &mut self,
        lanes: L,
        block: usize,
        page: usize,
    ) {
        let dim = self.job.layer.dim();
        let mut keys = [std::ptr::null::<N::Bits>(); P];
        for (p, keys) in keys.iter_mut().enumerate() {
            *keys = self.keys[self.page(block + page + p)..][..dim * PAGE].as_ptr();
        }
        let mut dots = [[[lanes.splat(0.0); 2]; P]; M];
        // With few rows memory is what takes time: the values of these keys are needed next.
        let mut values = [std::ptr::null::<N::Bits>(); P];
        for (p, values) in values.iter_mut().enumerate() {
            *values = self.values[self.page(block + page + p)..].as_ptr();
        }
        let q = &self.scratch.q.as_chunks::<M>().0[..dim];
        for (d, q) in q.iter().enumerate() {
            for p in 0..P {
                // SAFETY: a page has `dim` times 32 numbers, as the slice above has shown.
                let (low, high) = unsafe {
                    let from = keys[p].add(d * PAGE);
                    (N::load(lanes, from), N::load(lanes, from.add(16)))
                };
                if M <= 2 {
                    lanes.prefetch(values[p].wrapping_add(d * PAGE));
                    if size_of::<N::Bits>() == 4 {
                        lanes.prefetch(values[p].wrapping_add(d * PAGE + 16));
                    }
                }
                for r in 0..M {
                    let q = lanes.splat(q[r]);
                    dots[r][p][0] = lanes.fma(q, low, dots[r][p][0]);
                    dots[r][p][1] = lanes.fma(q, high, dots[r][p][1]);
                }
            }
        }
        for r in 0..M {
            for p in 0..P {
                let to = &mut self.scratch.scores[r * KEYS + (page + p) * PAGE..][..PAGE];
                // SAFETY: 32 numbers, as the slice has shown.
                unsafe {
                    lanes.store(to.as_mut_ptr(), dots[r][p][0]);
                    lanes.store(to.as_mut_ptr().add(16), dots[r][p][1]);
                }
            }
        }
    }

    /// Turns the scores of a block into weights.
    #[inline(always)]
    fn weigh<L: Lanes, const M: usize>(
        &mut self,
        lanes: L,
        state: &mut State<L, M>,
        block: usize,
        keys: usize,
    ) {
        let never = lanes.splat(NEVER);
        for r in 0..M {
            let visible = state.limits[r] as i32 - block as i32;
            let scores = self.scratch.scores[r * KEYS..][..keys].as_mut_ptr();
            let mut best = never;
            for at in (0..keys).step_by(16) {
                // SAFETY: `keys` is a multiple of sixteen, and so many scores are there.
                let score = unsafe { lanes.load(scores.add(at)) };
                best = lanes.max(best, lanes.first(visible - at as i32, score, never));
            }
            let old = state.best[r];
            let new = lanes.reduce_max(lanes.max(best, lanes.splat(old)));
            // The same number in all lanes.
            let correction = exp(lanes, lanes.splat(old - new));
            let mut sum = lanes.mul(state.sums[r], correction);
            let new_lanes = lanes.splat(new);
            for at in (0..keys).step_by(16) {
                // SAFETY: as above.
                unsafe {
                    let weight = exp(lanes, lanes.sub(lanes.load(scores.add(at)), new_lanes));
                    let weight = lanes.first(visible - at as i32, weight, lanes.splat(0.0));
                    sum = lanes.add(sum, weight);
                    lanes.store(scores.add(at), weight);
                }
            }
            state.best[r] = new;
            state.correction[r] = lanes.reduce_max(correction);
            state.sums[r] = sum;
        }
    }

    /// Adds the weighted values of a block to `V` times sixteen components from `at`.
    #[inline(always)]
    fn values<L: Lanes, const M: usize, const V: usize>(
        &mut self,
        lanes: L,
        state: &State<L, M>,
        (block, keys): (usize, usize),
        at: usize,
    ) {
        let dim = self.job.layer.dim();
        let mut sums = [[lanes.splat(0.0); V]; M];
        for r in 0..M {
            let correction = lanes.splat(state.correction[r]);
            let from = self.scratch.out[r * DIM + at..][..16 * V].as_ptr();
            for v in 0..V {
                // SAFETY: `V` times sixteen numbers, as the slice has shown.
                sums[r][v] = lanes.mul(unsafe { lanes.load(from.add(16 * v)) }, correction);
            }
        }
        let weights = self.scratch.scores[..M * KEYS].as_ptr();
        let mut key = 0;
        while key < keys {
            let page = self.page((block + key) / PAGE);
            let values = self.values[page..][..dim * PAGE].as_ptr();
            let count = PAGE.min(keys - key);
            // The keys of the next block come after these values.
            let next = (block + key + KEYS) / PAGE;
            let ahead = M <= 2 && at == 0 && next < self.span.pages.len();
            let next = self.keys[if ahead { self.page(next) } else { page }..].as_ptr();
            for slot in 0..count {
                if ahead {
                    for line in 0..dim * size_of::<N::Bits>() / 64 * (PAGE / 32) {
                        let line = slot * dim + line * (64 / size_of::<N::Bits>());
                        lanes.prefetch(next.wrapping_add(line));
                    }
                }
                let mut vectors = [lanes.splat(0.0); V];
                for v in 0..V {
                    // SAFETY: `slot` is below 32 and `at + 16 v + 16` at most `dim`: within the page.
                    vectors[v] = unsafe { N::load(lanes, values.add(slot * dim + at + 16 * v)) };
                }
                for r in 0..M {
                    // SAFETY: `r` is below `M` and `key + slot` below `keys`, which is at most `KEYS`.
                    let weight = lanes.splat(unsafe { *weights.add(r * KEYS + key + slot) });
                    for v in 0..V {
                        sums[r][v] = lanes.fma(weight, vectors[v], sums[r][v]);
                    }
                }
            }
            key += PAGE;
        }
        for r in 0..M {
            let to = self.scratch.out[r * DIM + at..][..16 * V].as_mut_ptr();
            for v in 0..V {
                // SAFETY: as above.
                unsafe { lanes.store(to.add(16 * v), sums[r][v]) };
            }
        }
    }
}
