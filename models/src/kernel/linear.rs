//! The product of a packed matrix with rows of activations.
//!
//! Every output is one chain of additions over the columns, in their order, so that a row's bits do not depend on how
//! rows and outputs are grouped into blocks.
#![expect(
    clippy::needless_range_loop,
    reason = "blocks of registers are indexed by row and tile"
)]

use std::cell::RefCell;

use super::format::{BF16, BLOCK, Codes, F16, F32, Number, Q4, Q4K, Q6K, Q8, ROWS};
use super::lanes::{Lanes, Level, Work};
use super::pack::{Format, PackedMatrix};
use super::quantise::Quantised;
use super::team::Team;

thread_local! {
    static ACTIVATIONS: RefCell<Quantised> = RefCell::default();
}

/// `out[m, rows] = x[m, columns] * weights^T`.
///
/// With a quantised format the activations are rounded to 8 bits, one scale for 32 columns; sums of products are exact
/// within 32 columns (16 for Q6_K) and `f32` beyond.
///
/// # Panics
/// When the lengths of `x` or `out` do not fit.
pub(crate) fn linear(team: &Team, weights: &PackedMatrix, x: &[f32], m: usize, out: &mut [f32]) {
    linear_at(Level::detect(), team, weights, x, m, out);
}

/// [`linear`] with chosen instructions.
pub(super) fn linear_at(
    level: Level,
    team: &Team,
    weights: &PackedMatrix,
    x: &[f32],
    m: usize,
    out: &mut [f32],
) {
    assert_eq!(x.len(), m * weights.columns(), "activations of a product");
    assert_eq!(out.len(), m * weights.rows(), "outputs of a product");
    if m == 0 {
        return;
    }
    let product = Product {
        weights,
        m,
        out: Out(out.as_mut_ptr()),
    };
    match weights.format() {
        Format::F16 => product.numbers::<F16>(level, team, x),
        Format::BF16 => product.numbers::<BF16>(level, team, x),
        Format::F32 => product.numbers::<F32>(level, team, x),
        Format::Q4 => product.codes::<Q4>(level, team, x),
        Format::Q4K => product.codes::<Q4K>(level, team, x),
        Format::Q6K => product.codes::<Q6K>(level, team, x),
        Format::Q8 => product.codes::<Q8>(level, team, x),
    }
}

struct Out(*mut f32);

// SAFETY: the items of one call write outputs of their own.
unsafe impl Sync for Out {}

struct Product<'a> {
    weights: &'a PackedMatrix,
    m: usize,
    out: Out,
}

impl Product<'_> {
    /// Tiles that are one item: enough weights to be worth a turn, few enough for all threads to have work until the
    /// end. An even number, as tiles go in pairs.
    fn share(&self, team: &Team) -> usize {
        const TURNS: usize = 8;
        const WEIGHTS: usize = 1 << 15;
        let tiles = self.weights.rows().div_ceil(ROWS);
        let least = WEIGHTS.div_ceil(self.weights.columns() * ROWS * self.m.min(16));
        let most = tiles.div_ceil(TURNS * team.threads());
        least.max(most.min(32)).next_multiple_of(4)
    }

    fn codes<C: Codes>(&self, level: Level, team: &Team, x: &[f32]) {
        ACTIVATIONS.with_borrow_mut(|activations| {
            activations.fill(team, level, x, self.weights.columns());
            let activations = &*activations;
            self.run(team, &|tiles| {
                level.run(CodeTiles::<C> {
                    product: self,
                    x: activations,
                    tiles,
                    codes: std::marker::PhantomData,
                });
            });
        });
    }

    fn numbers<N: Number>(&self, level: Level, team: &Team, x: &[f32]) {
        self.run(team, &|tiles| {
            level.run(NumberTiles::<N> {
                product: self,
                x,
                tiles,
                numbers: std::marker::PhantomData,
            });
        });
    }

    fn run(&self, team: &Team, work: &(dyn Fn(std::ops::Range<usize>) + Sync)) {
        let tiles = self.weights.rows().div_ceil(ROWS);
        let share = self.share(team);
        team.run(tiles.div_ceil(share), &|item| {
            work(item * share..tiles.min((item + 1) * share));
        });
    }

    /// Writes the sixteen outputs of a tile for one row; the last tile may have fewer.
    ///
    /// # Safety
    /// `row` and `tile` exist, and no other thread writes their outputs.
    #[inline(always)]
    unsafe fn put<L: Lanes>(&self, lanes: L, row: usize, tile: usize, values: L::Floats) {
        let rows = self.weights.rows();
        let left = rows - tile * ROWS;
        // SAFETY: row and tile exist, so that the first output of the tile does, and `left` of them.
        unsafe {
            let to = self.out.0.add(row * rows + tile * ROWS);
            if left >= ROWS {
                lanes.store(to, values);
            } else {
                let mut all = [0.0; ROWS];
                lanes.store(all.as_mut_ptr(), values);
                std::ptr::copy_nonoverlapping(all.as_ptr(), to, left);
            }
        }
    }
}

/// Bytes of activations that are walked for each group of tiles: they stay in the second-level cache.
const NEAR: usize = 384 << 10;

/// Rows up to which a product waits for memory more than it computes.
const FEW: usize = 4;
/// How many blocks of columns ahead its weights are then asked for; beyond the end of a tile, in the next group.
const AHEAD: usize = 16;

struct CodeTiles<'a, C> {
    product: &'a Product<'a>,
    x: &'a Quantised,
    tiles: std::ops::Range<usize>,
    codes: std::marker::PhantomData<C>,
}

impl<C: Codes> Work for CodeTiles<'_, C> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let m = self.product.m;
        let near = (NEAR / self.x.columns).next_multiple_of(6);
        let mut from = 0;
        while from < m {
            let rows = from..m.min(from + near);
            let mut tile = self.tiles.start;
            while tile < self.tiles.end {
                if L::WIDE && tile + 2 <= self.tiles.end {
                    self.rows::<L, 2>(lanes, tile, rows.clone());
                    tile += 2;
                } else {
                    self.rows::<L, 1>(lanes, tile, rows.clone());
                    tile += 1;
                }
            }
            from = rows.end;
        }
    }
}

impl<C: Codes> CodeTiles<'_, C> {
    #[inline(always)]
    fn rows<L: Lanes, const T: usize>(&self, lanes: L, tile: usize, rows: std::ops::Range<usize>) {
        let mut row = rows.start;
        let most = if L::WIDE { 6 } else { 3 };
        while row < rows.end {
            let count = most.min(rows.end - row);
            // SAFETY: the rows and the `T` tiles from `tile` exist.
            unsafe {
                match count {
                    1 => self.block::<L, 1, T>(lanes, tile, row),
                    2 => self.block::<L, 2, T>(lanes, tile, row),
                    3 => self.block::<L, 3, T>(lanes, tile, row),
                    4 => self.block::<L, 4, T>(lanes, tile, row),
                    5 => self.block::<L, 5, T>(lanes, tile, row),
                    _ => self.block::<L, 6, T>(lanes, tile, row),
                }
            }
            row += count;
        }
    }

    /// `M` rows of activations times `T` tiles.
    #[inline(always)]
    unsafe fn block<L: Lanes, const M: usize, const T: usize>(
        &self,
        lanes: L,
        tile: usize,
        row: usize,
    ) {
        let columns = self.x.columns;
        let blocks = columns / BLOCK;
        let per_span = C::SPAN / BLOCK;
        let vectors = 8 / C::PARTS;
        let mut codes = [std::ptr::null(); T];
        let mut scales = [std::ptr::null(); T];
        for t in 0..T {
            codes[t] = self.product.weights.codes(tile + t).as_ptr();
            scales[t] = self.product.weights.scales(tile + t).as_ptr();
        }
        let mut sums = [[lanes.splat(0.0); T]; M];
        // SAFETY: `M` rows from `row` have `columns` codes and `blocks` scales, sums and totals each; `T` tiles have
        // as many blocks of codes, and a record of scales for each span.
        unsafe {
            let x = self.x.codes.as_ptr().add(row * columns);
            let x_scales = self.x.scales.as_ptr().add(row * blocks);
            let x_sums = self.x.sums.as_ptr().add(row * blocks);
            let x_totals = self.x.totals.as_ptr().add(row * blocks);
            for block in 0..blocks {
                let within = block % per_span;
                // Few rows wait for memory, and the processor fetches ahead only within a page of it.
                if M <= FEW {
                    let past = if block + AHEAD < blocks { 0 } else { T - 1 };
                    for t in 0..T {
                        let from = codes[t].wrapping_add((AHEAD + past * blocks) * C::CODES);
                        for line in 0..C::CODES / 64 {
                            lanes.prefetch(from.wrapping_add(64 * line));
                        }
                        if within == 0 {
                            let spans = (AHEAD + past * blocks) / per_span;
                            let from = scales[t].wrapping_add(spans * C::SCALES);
                            for line in 0..C::SCALES.div_ceil(64) {
                                lanes.prefetch(from.wrapping_add(64 * line));
                            }
                        }
                    }
                }
                for part in 0..C::PARTS {
                    let mut dots = [[lanes.splat_integer(0); T]; M];
                    for r in 0..M {
                        let [low, high] = *x_sums.add(r * blocks + block);
                        let sum = if C::PARTS == 1 {
                            low + high
                        } else if part == 0 {
                            low
                        } else {
                            high
                        };
                        let begin = lanes.splat_integer(-C::bias::<L>() * sum);
                        for t in 0..T {
                            dots[r][t] = begin;
                        }
                    }
                    for g in part * vectors..(part + 1) * vectors {
                        for t in 0..T {
                            let vector = C::vector(lanes, codes[t], g);
                            for r in 0..M {
                                let four = x.add(r * columns + block * BLOCK + 4 * g);
                                let four = four.cast::<i32>().read_unaligned();
                                dots[r][t] = C::dot(lanes, dots[r][t], vector, four);
                            }
                        }
                    }
                    for t in 0..T {
                        let scale = C::scale(lanes, scales[t], within, part);
                        for r in 0..M {
                            let own = lanes.splat(*x_scales.add(r * blocks + block));
                            let own = lanes.mul(scale, own);
                            sums[r][t] = lanes.fma(lanes.to_floats(dots[r][t]), own, sums[r][t]);
                        }
                    }
                }
                for t in 0..T {
                    if C::MINIMUM {
                        let minimum = C::minimum(lanes, scales[t], within);
                        for r in 0..M {
                            let total = lanes.splat(-*x_totals.add(r * blocks + block));
                            sums[r][t] = lanes.fma(minimum, total, sums[r][t]);
                        }
                    }
                    codes[t] = codes[t].add(C::CODES);
                    if within + 1 == per_span {
                        scales[t] = scales[t].add(C::SCALES);
                    }
                }
            }
            for r in 0..M {
                for t in 0..T {
                    self.product.put(lanes, row + r, tile + t, sums[r][t]);
                }
            }
        }
    }
}

struct NumberTiles<'a, N> {
    product: &'a Product<'a>,
    x: &'a [f32],
    tiles: std::ops::Range<usize>,
    numbers: std::marker::PhantomData<N>,
}

impl<N: Number> Work for NumberTiles<'_, N> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let m = self.product.m;
        let near = (NEAR / (4 * self.x.len() / m)).next_multiple_of(12);
        let mut from = 0;
        while from < m {
            let rows = from..m.min(from + near);
            // With few rows, several tiles at once keep the adders busy; with many, rows do.
            if !L::WIDE {
                self.tiles::<L, 4, 1>(lanes, rows.clone());
            } else if rows.len() <= 4 {
                self.tiles::<L, 4, 4>(lanes, rows.clone());
            } else {
                self.tiles::<L, 12, 2>(lanes, rows.clone());
            }
            from = rows.end;
        }
    }
}

impl<N: Number> NumberTiles<'_, N> {
    #[inline(always)]
    fn tiles<L: Lanes, const M: usize, const T: usize>(
        &self,
        lanes: L,
        rows: std::ops::Range<usize>,
    ) {
        let mut tile = self.tiles.start;
        while tile < self.tiles.end {
            if tile + T <= self.tiles.end {
                self.rows::<L, M, T>(lanes, tile, rows.clone());
                tile += T;
            } else {
                self.rows::<L, M, 1>(lanes, tile, rows.clone());
                tile += 1;
            }
        }
    }

    #[inline(always)]
    fn rows<L: Lanes, const M: usize, const T: usize>(
        &self,
        lanes: L,
        tile: usize,
        rows: std::ops::Range<usize>,
    ) {
        let mut row = rows.start;
        // SAFETY: the rows and the `T` tiles from `tile` exist.
        unsafe {
            while row + M <= rows.end {
                self.block::<L, M, T>(lanes, tile, row);
                row += M;
            }
            while row + 4 <= rows.end {
                self.block::<L, 4, T>(lanes, tile, row);
                row += 4;
            }
            while row < rows.end {
                self.block::<L, 1, T>(lanes, tile, row);
                row += 1;
            }
        }
    }

    /// `M` rows of activations times `T` tiles.
    #[inline(always)]
    unsafe fn block<L: Lanes, const M: usize, const T: usize>(
        &self,
        lanes: L,
        tile: usize,
        row: usize,
    ) {
        let columns = self.product.weights.columns();
        let mut weights = [std::ptr::null::<N::Bits>(); T];
        for t in 0..T {
            weights[t] = self.product.weights.codes(tile + t).as_ptr().cast();
        }
        let mut sums = [[lanes.splat(0.0); T]; M];
        // SAFETY: `M` rows from `row` and `T` tiles have `columns` columns each.
        unsafe {
            let x = self.x.as_ptr().add(row * columns);
            for column in 0..columns {
                let mut vectors = [lanes.splat(0.0); T];
                if M <= FEW {
                    let past = if column + 4 * AHEAD < columns {
                        0
                    } else {
                        T - 1
                    };
                    for weights in weights {
                        let ahead = column + 4 * AHEAD + past * columns;
                        lanes.prefetch(weights.wrapping_add(ahead * ROWS));
                    }
                }
                for t in 0..T {
                    vectors[t] = N::load(lanes, weights[t].add(column * ROWS));
                }
                for r in 0..M {
                    let own = lanes.splat(*x.add(r * columns + column));
                    for t in 0..T {
                        sums[r][t] = lanes.fma(own, vectors[t], sums[r][t]);
                    }
                }
            }
            for r in 0..M {
                for t in 0..T {
                    self.product.put(lanes, row + r, tile + t, sums[r][t]);
                }
            }
        }
    }
}
