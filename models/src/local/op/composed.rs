//! Operations composed of candle's own: for any device, and the reference for the kernels.

use candle_core::quantized::QMatMul;
use candle_core::{D, DType, Device, Result, Tensor};

use super::Attention;
use crate::kernel::Span;
use crate::local::cache::{PAGE, Slots};

/// Root-mean-square norm over the last dimension.
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, epsilon: f32) -> Result<Tensor> {
    let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
    let root = (mean + f64::from(epsilon))?.sqrt()?;
    x.broadcast_div(&root)?.broadcast_mul(weight)
}

/// Outputs of a matrix.
pub(super) fn outputs(matrix: &QMatMul) -> Result<usize> {
    match matrix {
        QMatMul::QTensor(weights) => Ok(weights.shape().dims2()?.0),
        QMatMul::Tensor(weights) | QMatMul::TensorF16(weights) => weights.dim(0),
    }
}

/// See [`super::Ops::attend`].
pub(super) fn attend(
    slots: &Slots,
    attention: &Attention<'_>,
    turns: [&Tensor; 2],
    qkv: [&Tensor; 3],
) -> Result<Tensor> {
    let heads = [attention.heads, attention.kv_heads, attention.kv_heads];
    let mut ready = Vec::with_capacity(3);
    for (index, (x, heads)) in qkv.into_iter().zip(heads).enumerate() {
        let mut x = match attention.biases {
            Some(biases) => x.broadcast_add(&biases[index])?,
            None => x.contiguous()?,
        };
        x = x.reshape((x.dim(0)?, heads, attention.head_dim))?;
        if let Some(norm) = attention.norms.and_then(|norms| norms.get(index)) {
            x = rms_norm(&x, norm, attention.epsilon)?;
        }
        if index < 2 {
            x = rotate(&x, turns)?;
        }
        ready.push(x);
    }
    let (q, k, v) = (&ready[0], &ready[1], &ready[2]);
    store(&slots.keys, attention.spans, k)?;
    store(&slots.values, attention.spans, v)?;
    let sequences = attention.spans.iter();
    let outputs = sequences.map(|span| attend_sequence(slots, attention, span, q));
    Tensor::cat(&outputs.collect::<Result<Vec<_>>>()?, 0)
}

/// Turns each pair of numbers half a head apart.
fn rotate(x: &Tensor, [cos, sin]: [&Tensor; 2]) -> Result<Tensor> {
    let half = x.dim(2)? / 2;
    let (first, second) = (x.narrow(2, 0, half)?, x.narrow(2, half, half)?);
    let (cos, sin) = (cos.unsqueeze(1)?, sin.unsqueeze(1)?);
    let left = (first.broadcast_mul(&cos)? - second.broadcast_mul(&sin)?)?;
    let right = (second.broadcast_mul(&cos)? + first.broadcast_mul(&sin)?)?;
    Tensor::cat(&[left, right], 2)
}

/// Writes rows to the pages of their sequences.
fn store(slots: &Tensor, all: &[Span<'_>], x: &Tensor) -> Result<()> {
    let x = x.to_dtype(slots.dtype())?;
    for span in all {
        let mut done = 0;
        while done < span.rows {
            let position = span.position + done;
            let (page, slot) = (span.pages[position / PAGE] as usize, position % PAGE);
            let count = (PAGE - slot).min(span.rows - done);
            let piece = x.narrow(0, span.first_row + done, count)?.contiguous()?;
            slots.slice_set(&piece, 0, page * PAGE + slot)?;
            done += count;
        }
    }
    Ok(())
}

fn attend_sequence(
    slots: &Slots,
    attention: &Attention<'_>,
    span: &Span<'_>,
    q: &Tensor,
) -> Result<Tensor> {
    let (heads, kv_heads, head_dim) = (attention.heads, attention.kv_heads, attention.head_dim);
    let group = heads / kv_heads;
    let length = span.position + span.rows;
    let device = q.device();
    let indexes: Vec<u32> = (0..length)
        .map(|position| span.pages[position / PAGE] * PAGE as u32 + (position % PAGE) as u32)
        .collect();
    let indexes = Tensor::from_vec(indexes, length, device)?;
    // [length, kv_heads, head_dim] to [kv_heads, length, head_dim]
    let gather = |from: &Tensor| -> Result<Tensor> {
        let found = from.index_select(&indexes, 0)?.to_dtype(DType::F32)?;
        found.transpose(0, 1)?.contiguous()
    };
    let (keys, values) = (gather(&slots.keys)?, gather(&slots.values)?);
    // Query heads of one key head become rows: [kv_heads, group * count, head_dim].
    let q = q
        .narrow(0, span.first_row, span.rows)?
        .reshape((span.rows, kv_heads, group, head_dim))?
        .permute((1, 2, 0, 3))?
        .reshape((kv_heads, group * span.rows, head_dim))?;
    let scores = q.matmul(&keys.transpose(1, 2)?.contiguous()?)?;
    let scores = (scores / (head_dim as f64).sqrt())?
        .reshape((kv_heads * group, span.rows, length))?
        .broadcast_add(&mask(span, device)?)?;
    let shifted = scores
        .broadcast_sub(&scores.max_keepdim(D::Minus1)?)?
        .exp()?;
    let shares = shifted.broadcast_div(&shifted.sum_keepdim(D::Minus1)?)?;
    shares
        .reshape((kv_heads, group * span.rows, length))?
        .matmul(&values)?
        .reshape((heads, span.rows, head_dim))?
        .transpose(0, 1)?
        .reshape((span.rows, heads * head_dim))
}

/// 0 where a row may look, minus infinity where it may not: `[count, length]`.
fn mask(span: &Span<'_>, device: &Device) -> Result<Tensor> {
    let length = span.position + span.rows;
    let mask: Vec<f32> = (0..span.rows)
        .flat_map(|row| {
            (0..length).map(move |key| {
                if key > span.position + row {
                    f32::NEG_INFINITY
                } else {
                    0.0
                }
            })
        })
        .collect();
    Tensor::from_vec(mask, (span.rows, length), device)
}
