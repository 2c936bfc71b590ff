//! Root-mean-square norm, and the gate of the feed-forward layer.

use super::lanes::{Lanes, Level, Work, exp};
use super::team::Team;

/// Numbers that are worth an item of their own.
const SHARE: usize = 1 << 13;

/// `out = x / sqrt(mean(x^2) + epsilon) * weight` for each row of `x`; a row is as long as `weight`.
///
/// # Panics
/// When lengths do not fit.
pub(crate) fn rms_norm(team: &Team, x: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    rms_norm_at(Level::detect(), team, x, weight, epsilon, out);
}

/// [`rms_norm`] with chosen instructions.
pub(super) fn rms_norm_at(
    level: Level,
    team: &Team,
    x: &[f32],
    weight: &[f32],
    epsilon: f32,
    out: &mut [f32],
) {
    let columns = weight.len();
    assert!(columns > 0 && x.len().is_multiple_of(columns), "rows");
    each_row(team, columns, x, out, &|x, out| {
        level.run(Norm {
            x,
            weight,
            epsilon,
            out,
        });
    });
}

/// `out = silu(gate) * up`; a row of `gate_up` is `n` numbers of the gate, then `n` of the other.
///
/// # Panics
/// When lengths do not fit.
pub(crate) fn silu_mul(team: &Team, gate_up: &[f32], n: usize, out: &mut [f32]) {
    silu_mul_at(Level::detect(), team, gate_up, n, out);
}

/// [`silu_mul`] with chosen instructions.
pub(super) fn silu_mul_at(level: Level, team: &Team, gate_up: &[f32], n: usize, out: &mut [f32]) {
    assert!(
        n > 0 && gate_up.len() == 2 * out.len() && out.len().is_multiple_of(n),
        "rows"
    );
    each_row(team, n, gate_up, out, &|gate_up, out| {
        let (gate, up) = gate_up.split_at(n);
        level.run(Gate { gate, up, out });
    });
}

/// Calls `work` with each row of `x` and of `out`, which has `columns` in a row.
fn each_row(
    team: &Team,
    columns: usize,
    x: &[f32],
    out: &mut [f32],
    work: &(dyn Fn(&[f32], &mut [f32]) + Sync),
) {
    struct Out(*mut f32);
    // SAFETY: each item writes rows of its own.
    unsafe impl Sync for Out {}

    let rows = out.len() / columns;
    if rows == 0 {
        return;
    }
    let from = x.len() / rows;
    assert_eq!(rows * columns, out.len(), "rows");
    assert_eq!(rows * from, x.len(), "rows");
    let share = SHARE.div_ceil(columns);
    let out = Out(out.as_mut_ptr());
    let out = &out;
    team.run(rows.div_ceil(share), &|item| {
        for row in item * share..rows.min((item + 1) * share) {
            // SAFETY: the row is within `out` and this item's alone.
            let out = unsafe { std::slice::from_raw_parts_mut(out.0.add(row * columns), columns) };
            work(&x[row * from..(row + 1) * from], out);
        }
    });
}

/// The sum of the squares, in a fixed order.
#[inline(always)]
pub(super) fn sum_of_squares<L: Lanes>(lanes: L, x: &[f32]) -> f32 {
    let mut sums = [lanes.splat(0.0); 4];
    let (chunks, rest) = x.as_chunks::<64>();
    for chunk in chunks {
        for (at, sum) in sums.iter_mut().enumerate() {
            // SAFETY: four times sixteen numbers.
            let x = unsafe { lanes.load(chunk.as_ptr().add(16 * at)) };
            *sum = lanes.fma(x, x, *sum);
        }
    }
    for part in rest.chunks(16) {
        let x = padded(lanes, part);
        sums[0] = lanes.fma(x, x, sums[0]);
    }
    lanes.reduce_add(lanes.add(lanes.add(sums[0], sums[1]), lanes.add(sums[2], sums[3])))
}

/// Up to sixteen numbers, filled up with zeros.
#[inline(always)]
fn padded<L: Lanes>(lanes: L, x: &[f32]) -> L::Floats {
    if let Ok(x) = <&[f32; 16]>::try_from(x) {
        // SAFETY: sixteen numbers.
        return unsafe { lanes.load(x.as_ptr()) };
    }
    let mut all = [0.0; 16];
    all[..x.len()].copy_from_slice(x);
    // SAFETY: sixteen numbers.
    unsafe { lanes.load(all.as_ptr()) }
}

/// `1 / sqrt(mean(x^2) + epsilon)`.
#[inline(always)]
pub(super) fn inverse_norm<L: Lanes>(lanes: L, x: &[f32], epsilon: f32) -> f32 {
    1.0 / (sum_of_squares(lanes, x) / x.len() as f32 + epsilon).sqrt()
}

struct Norm<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    epsilon: f32,
    out: &'a mut [f32],
}

impl Work for Norm<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let inverse = inverse_norm(lanes, self.x, self.epsilon);
        for ((out, x), weight) in self.out.iter_mut().zip(self.x).zip(self.weight) {
            *out = x * inverse * weight;
        }
    }
}

struct Gate<'a> {
    gate: &'a [f32],
    up: &'a [f32],
    out: &'a mut [f32],
}

impl Work for Gate<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let one = lanes.splat(1.0);
        let zero = lanes.splat(0.0);
        let parts = self.gate.chunks(16).zip(self.up.chunks(16));
        for (out, (gate, up)) in self.out.chunks_mut(16).zip(parts) {
            let x = padded(lanes, gate);
            let below = lanes.add(one, exp(lanes, lanes.sub(zero, x)));
            let value = lanes.mul(lanes.div(x, below), padded(lanes, up));
            let mut all = [0.0; 16];
            if let Ok(out) = <&mut [f32; 16]>::try_from(&mut *out) {
                // SAFETY: sixteen numbers.
                unsafe { lanes.store(out.as_mut_ptr(), value) };
            } else {
                // SAFETY: sixteen numbers.
                unsafe { lanes.store(all.as_mut_ptr(), value) };
                out.copy_from_slice(&all[..out.len()]);
            }
        }
    }
}
