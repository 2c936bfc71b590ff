//! Activations as signed bytes: symmetric, one scale for 32 columns, the same for a row whatever its neighbours.

use super::format::BLOCK;
use super::lanes::{Lanes, Level, Work};
use super::team::Team;

/// Rows of activations as bytes. Reused from call to call.
#[derive(Debug, Default)]
pub(super) struct Quantised {
    /// Columns of a row.
    pub(super) columns: usize,
    /// `[rows, columns]`, each from -127 to 127.
    pub(super) codes: Vec<i8>,
    /// `[rows, columns / 32]`: what a code is worth.
    pub(super) scales: Vec<f32>,
    /// `[rows, columns / 32, 2]`: sums of 16 codes.
    pub(super) sums: Vec<[i32; 2]>,
    /// `[rows, columns / 32]`: the sum of 32 codes times their scale.
    pub(super) totals: Vec<f32>,
}

/// Rows for which it is worth to ask the team.
const SHARE: usize = 8;

impl Quantised {
    /// Quantises `x`, `[rows, columns]`; `columns` is a multiple of 32.
    pub(super) fn fill(&mut self, team: &Team, level: Level, x: &[f32], columns: usize) {
        let blocks = x.len() / BLOCK;
        self.columns = columns;
        self.codes.resize(x.len(), 0);
        self.scales.resize(blocks, 0.0);
        self.sums.resize(blocks, [0; 2]);
        self.totals.resize(blocks, 0.0);
        let out = Out {
            codes: self.codes.as_mut_ptr(),
            scales: self.scales.as_mut_ptr(),
            sums: self.sums.as_mut_ptr(),
            totals: self.totals.as_mut_ptr(),
        };
        let out = &out;
        let rows = x.len() / columns;
        let part = SHARE * columns / BLOCK;
        team.run(rows.div_ceil(SHARE), &|item| {
            let first = item * part;
            level.run(Blocks {
                x,
                out,
                first,
                last: blocks.min(first + part),
            });
        });
    }
}

struct Out {
    codes: *mut i8,
    scales: *mut f32,
    sums: *mut [i32; 2],
    totals: *mut f32,
}

// SAFETY: the items of one call write blocks of their own.
unsafe impl Sync for Out {}

struct Blocks<'a> {
    x: &'a [f32],
    out: &'a Out,
    first: usize,
    last: usize,
}

impl Work for Blocks<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for block in self.first..self.last {
            let x = &self.x[block * BLOCK..(block + 1) * BLOCK];
            // SAFETY: 32 numbers are in the slice; the areas of `out` hold all blocks of `x`, this one is this
            // item's alone.
            unsafe {
                let (low, high) = (lanes.load(x.as_ptr()), lanes.load(x.as_ptr().add(16)));
                let largest = lanes.reduce_max(lanes.max(lanes.abs(low), lanes.abs(high)));
                let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
                let scale = largest / 127.0;
                let inverse = lanes.splat(inverse);
                // Below the smallest normal numbers the quotient may be too large, or infinite.
                let (most, least) = (lanes.splat(127.0), lanes.splat(-127.0));
                let low = lanes.max(lanes.min(lanes.round(lanes.mul(low, inverse)), most), least);
                let high = lanes.max(
                    lanes.min(lanes.round(lanes.mul(high, inverse)), most),
                    least,
                );
                let to = self.out.codes.add(block * BLOCK);
                lanes.store_i8(to, low);
                lanes.store_i8(to.add(16), high);
                // Whole numbers below 2^24: exact.
                let sums = [lanes.reduce_add(low), lanes.reduce_add(high)];
                *self.out.scales.add(block) = scale;
                *self.out.sums.add(block) = [sums[0] as i32, sums[1] as i32];
                *self.out.totals.add(block) = scale * (sums[0] + sums[1]);
            }
        }
    }
}
