//! The product of a packed matrix with rows of activations.
//!
//! Every output is one chain of additions over the columns, in their order, so that a row's bits do not depend on how
//! rows and outputs are grouped into blocks.

mod code;
mod number;

use std::cell::RefCell;

use super::format::{BF16, Codes, F16, F32, Number, Q4, Q4K, Q6K, Q8, ROWS};
use super::lanes::{Lanes, Level};
use super::pack::{Format, PackedMatrix};
use super::quantise::Quantised;
use super::team::Team;
use code::CodeTiles;
use number::NumberTiles;

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
