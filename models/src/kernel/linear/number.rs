//! The product with weights that are numbers, of half or single precision.
#![expect(
    clippy::needless_range_loop,
    reason = "blocks of registers are indexed by row and tile"
)]

use super::super::format::{Number, ROWS};
use super::super::lanes::{Lanes, Work};
use super::{AHEAD, FEW, NEAR, Product};

pub(super) struct NumberTiles<'a, N> {
    pub(super) product: &'a Product<'a>,
    pub(super) x: &'a [f32],
    pub(super) tiles: std::ops::Range<usize>,
    pub(super) numbers: std::marker::PhantomData<N>,
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
