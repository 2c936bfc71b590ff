//! Rotary position embedding (Su et al. 2021) in the layout of Hugging Face's Qwen and Llama: component `i` of a head
//! turns with component `i + dim / 2`. Before it, for Qwen3, each head is normalised.

use super::lanes::{Lanes, Level, Work};
use super::norm::inverse_norm;
use super::team::Team;

/// Cosines and sines for the rows of one step. Angles are computed in `f64`: at position 20,000 an `f32` angle would
/// be wrong in the third digit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Angles {
    half: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Angles {
    /// Angles of each of `positions`, for heads of twice as many numbers as there are `frequencies`.
    pub(crate) fn new(frequencies: &[f64], positions: impl IntoIterator<Item = usize>) -> Self {
        let mut angles = Self {
            half: frequencies.len(),
            ..Self::default()
        };
        for position in positions {
            for frequency in frequencies {
                let (sine, cosine) = (position as f64 * frequency).sin_cos();
                angles.cosines.push(cosine as f32);
                angles.sines.push(sine as f32);
            }
        }
        angles
    }
}

/// Heads of each row, which may lie among other things.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads<'a> {
    /// All rows.
    pub(crate) data: &'a [f32],
    /// Numbers of a row.
    pub(crate) stride: usize,
    /// Where in a row the first head begins.
    pub(crate) offset: usize,
    /// Heads of a row.
    pub(crate) count: usize,
    /// Numbers of a head.
    pub(crate) dim: usize,
}

impl<'a> Heads<'a> {
    /// One head of one row.
    ///
    /// # Panics
    /// When there is none.
    #[inline(always)]
    pub(super) fn head(&self, row: usize, head: usize) -> &'a [f32] {
        &self.data[row * self.stride + self.offset + head * self.dim..][..self.dim]
    }
}

/// Rotates each head of `from` by the angles of its row, after `norm` (weight and epsilon of a head's norm) where there
/// is one. `out` is `[rows, count, dim]`.
///
/// # Panics
/// When lengths do not fit.
pub(crate) fn rotate(
    team: &Team,
    angles: &Angles,
    from: &Heads<'_>,
    norm: Option<(&[f32], f32)>,
    out: &mut [f32],
) {
    rotate_at(Level::detect(), team, angles, (from, norm), out);
}

/// [`rotate`] with chosen instructions.
pub(super) fn rotate_at(
    level: Level,
    team: &Team,
    angles: &Angles,
    (from, norm): (&Heads<'_>, Option<(&[f32], f32)>),
    out: &mut [f32],
) {
    struct Out(*mut f32);
    // SAFETY: each item writes rows of its own.
    unsafe impl Sync for Out {}

    let (half, row) = (angles.half, from.count * from.dim);
    assert!(half > 0 && from.dim == 2 * half && row > 0, "heads");
    let rows = angles.cosines.len() / half;
    assert_eq!(out.len(), rows * row, "outputs");
    assert!(
        norm.is_none_or(|(weight, _)| weight.len() == from.dim),
        "weights of a head's norm"
    );
    let share = (1usize << 12).div_ceil(row);
    let out = Out(out.as_mut_ptr());
    let out = &out;
    team.run(rows.div_ceil(share), &|item| {
        for index in item * share..rows.min((item + 1) * share) {
            // SAFETY: the row is within `out` and this item's alone.
            let out = unsafe { std::slice::from_raw_parts_mut(out.0.add(index * row), row) };
            level.run(Row {
                cosines: &angles.cosines[index * half..][..half],
                sines: &angles.sines[index * half..][..half],
                from,
                index,
                norm,
                out,
            });
        }
    });
}

struct Row<'a> {
    cosines: &'a [f32],
    sines: &'a [f32],
    from: &'a Heads<'a>,
    index: usize,
    norm: Option<(&'a [f32], f32)>,
    out: &'a mut [f32],
}

impl Work for Row<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let half = self.cosines.len();
        for (head, out) in self.out.chunks_exact_mut(2 * half).enumerate() {
            let from = self.from.head(self.index, head);
            let mut normed = [0.0; super::attention::DIM];
            let from = match self.norm {
                Some((weight, epsilon)) => {
                    let inverse = inverse_norm(lanes, from, epsilon);
                    let normed = &mut normed[..2 * half];
                    for ((to, x), weight) in normed.iter_mut().zip(from).zip(weight) {
                        *to = x * inverse * weight;
                    }
                    &*normed
                }
                None => from,
            };
            let (low, high) = from.split_at(half);
            let (out_low, out_high) = out.split_at_mut(half);
            for i in 0..half {
                let (cosine, sine) = (self.cosines[i], self.sines[i]);
                out_low[i] = low[i] * cosine - high[i] * sine;
                out_high[i] = high[i] * cosine + low[i] * sine;
            }
        }
    }
}
