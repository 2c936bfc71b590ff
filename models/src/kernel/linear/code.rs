//! The product with weights that are codes: sums of products of integers, times their scales.
#![expect(
    clippy::needless_range_loop,
    reason = "blocks of registers are indexed by row and tile"
)]

use super::super::format::{BLOCK, Codes};
use super::super::lanes::{Lanes, Work};
use super::super::quantise::Quantised;
use super::{AHEAD, FEW, NEAR, Product};

pub(super) struct CodeTiles<'a, C> {
    pub(super) product: &'a Product<'a>,
    pub(super) x: &'a Quantised,
    pub(super) tiles: std::ops::Range<usize>,
    pub(super) codes: std::marker::PhantomData<C>,
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
