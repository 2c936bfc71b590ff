//! Candle custom operations over the kernels. Inputs are f32; only attention takes views.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use std::cell::RefCell;

use super::Attention;
use crate::kernel::{self, Angles, Heads, KeyValue, PackedMatrix, Team};

/// A linear layer.
pub(super) struct Linear<'a> {
    pub(super) team: &'a Team,
    pub(super) weights: &'a PackedMatrix,
}

impl CustomOp1 for Linear<'_> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = contiguous(storage, layout)?;
        let (rows, columns) = layout.shape().dims2()?;
        if columns != self.weights.columns() {
            candle_core::bail!("{columns} inputs for {}", self.weights.columns());
        }
        let mut out = vec![0.0; rows * self.weights.rows()];
        kernel::linear(self.team, self.weights, x, rows, &mut out);
        Ok((
            CpuStorage::F32(out),
            Shape::from((rows, self.weights.rows())),
        ))
    }
}

/// Root-mean-square norm of each row.
pub(super) struct RmsNorm<'a> {
    pub(super) team: &'a Team,
    pub(super) epsilon: f32,
}

impl CustomOp2 for RmsNorm<'_> {
    fn name(&self) -> &'static str {
        "rms_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (contiguous(x, x_layout)?, contiguous(weight, weight_layout)?);
        let mut out = vec![0.0; x.len()];
        kernel::rms_norm(self.team, x, weight, self.epsilon, &mut out);
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }
}

/// `silu(gate) * up` of rows that hold both.
pub(super) struct SiluMul<'a> {
    pub(super) team: &'a Team,
}

impl CustomOp1 for SiluMul<'_> {
    fn name(&self) -> &'static str {
        "silu_mul"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let gate_up = contiguous(storage, layout)?;
        let (rows, both) = layout.shape().dims2()?;
        let mut out = vec![0.0; rows * both / 2];
        kernel::silu_mul(self.team, gate_up, both / 2, &mut out);
        Ok((CpuStorage::F32(out), Shape::from((rows, both / 2))))
    }
}

/// See [`super::Ops::attend`].
pub(super) fn attend(
    team: &Team,
    layer: &mut KeyValue,
    (attention, angles): (&Attention<'_>, &Angles),
    qkv: [&Tensor; 3],
) -> Result<Tensor> {
    let operation = Attend {
        team,
        layer: RefCell::new(layer),
        attention,
        angles,
    };
    match attention.biases {
        None => qkv[0].apply_op3_no_bwd(qkv[1], qkv[2], &operation),
        Some([q, k, v]) => qkv[0].broadcast_add(q)?.apply_op3_no_bwd(
            &qkv[1].broadcast_add(k)?,
            &qkv[2].broadcast_add(v)?,
            &operation,
        ),
    }
}

struct Attend<'a> {
    team: &'a Team,
    /// Candle gives operations to no more than a shared borrow; this one writes keys and values.
    layer: RefCell<&'a mut KeyValue>,
    attention: &'a Attention<'a>,
    angles: &'a Angles,
}

impl CustomOp3 for Attend<'_> {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let attention = self.attention;
        let rows = q_layout.shape().dims2()?.0;
        let heads = |storage, layout, count| heads(storage, layout, count, attention.head_dim);
        let q = heads(q, q_layout, attention.heads)?;
        let k = heads(k, k_layout, attention.kv_heads)?;
        let v = heads(v, v_layout, attention.kv_heads)?;
        let turned = |from: &Heads<'_>, norm: usize| -> Result<Vec<f32>> {
            let mut out = vec![0.0; rows * from.count * from.dim];
            let mut turn = |norm| kernel::rotate(self.team, self.angles, from, norm, &mut out);
            match attention.norms {
                None => turn(None),
                Some(norms) => {
                    let (storage, layout) = norms[norm].storage_and_layout();
                    let candle_core::Storage::Cpu(storage) = &*storage else {
                        candle_core::bail!("the norm of a head is not in memory");
                    };
                    turn(Some((contiguous(storage, layout)?, attention.epsilon)));
                }
            }
            Ok(out)
        };
        let keys = turned(&k, 1)?;
        let keys = Heads {
            data: &keys,
            stride: k.count * k.dim,
            offset: 0,
            ..k
        };
        let mut layer = self.layer.borrow_mut();
        layer.write_spans(self.team, attention.spans, &keys, &v);
        let q = turned(&q, 0)?;
        let mut out = vec![0.0; q.len()];
        kernel::attend(self.team, &layer, &q, attention.spans, &mut out);
        let width = attention.heads * attention.head_dim;
        Ok((CpuStorage::F32(out), Shape::from((rows, width))))
    }
}

/// The numbers of a tensor without gaps.
fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("{layout:?} has gaps"),
    }
}

/// Heads in rows that may be part of wider ones.
fn heads<'a>(
    storage: &'a CpuStorage,
    layout: &Layout,
    count: usize,
    dim: usize,
) -> Result<Heads<'a>> {
    let (stride, step) = match layout.stride() {
        &[stride, step] => (stride, step),
        _ => candle_core::bail!("{layout:?} is not rows"),
    };
    if step != 1 || layout.shape().dims2()?.1 != count * dim {
        candle_core::bail!("{layout:?} is not rows of {count} heads");
    }
    Ok(Heads {
        data: storage.as_slice::<f32>()?,
        stride,
        offset: layout.start_offset(),
        count,
        dim,
    })
}
