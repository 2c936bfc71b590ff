//! What a decoder is composed of, as operations on candle tensors, in two ways.
//!
//! On the CPU they are candle custom operations over `kernel`: a row's bits do not depend on the rows beside it. On any
//! other device, and as the reference in tests, they are composed of candle's own operations.

mod composed;
mod kernel;

use std::sync::Arc;

use candle_core::quantized::{QMatMul, QStorage, QTensor};
use candle_core::{Device, Module, Result, Tensor};

use super::cache::LayerCache;
use super::rope::Frequencies;
use crate::file::RawTensor;
use crate::kernel::{Angles, PackedMatrix, Span, Team};

/// Which way.
#[derive(Clone)]
pub(crate) enum Ops {
    /// Kernels of our own on these threads.
    Kernel(Arc<Team>),
    /// Candle's operations on this device.
    Composed(Device),
}

/// Weights of one or more linear layers that read the same input.
pub(super) enum Matrix {
    /// For the kernels.
    Packed(PackedMatrix),
    /// For candle.
    Composed(QMatMul),
}

/// Linear layers that read the same input, as few matrices as their formats allow.
pub(super) struct Projection {
    /// Each with the widths of the layers stacked in it.
    parts: Vec<(Matrix, Vec<usize>)>,
}

/// What attention needs besides queries, keys and values.
pub(super) struct Attention<'a> {
    pub(super) heads: usize,
    pub(super) kv_heads: usize,
    pub(super) head_dim: usize,
    pub(super) epsilon: f32,
    /// Added to queries, keys and values.
    pub(super) biases: Option<&'a [Tensor; 3]>,
    /// Weights of the norm of each head of queries and keys.
    pub(super) norms: Option<&'a [Tensor; 2]>,
    pub(super) turns: &'a Turns,
    pub(super) spans: &'a [Span<'a>],
}

/// The angles by which the heads of each row are turned.
pub(super) enum Turns {
    /// For the kernels.
    Kernel(Angles),
    /// Cosines and sines, `[rows, head_dim / 2]`.
    Composed(Tensor, Tensor),
}

impl Ops {
    /// Where tensors live.
    pub(super) fn device(&self) -> Device {
        match self {
            Self::Kernel(_) => Device::Cpu,
            Self::Composed(device) => device.clone(),
        }
    }

    /// The angles of rows at these positions.
    pub(super) fn turns(
        &self,
        frequencies: &Frequencies,
        positions: impl Iterator<Item = usize>,
    ) -> Result<Turns> {
        match self {
            Self::Kernel(_) => Ok(Turns::Kernel(Angles::new(frequencies.values(), positions))),
            Self::Composed(device) => {
                let (cos, sin) = frequencies.turns(positions);
                let pairs = frequencies.values().len();
                let dims = (cos.len() / pairs, pairs);
                let cos = Tensor::from_vec(cos, dims, device)?;
                Ok(Turns::Composed(cos, Tensor::from_vec(sin, dims, device)?))
            }
        }
    }

    /// A weight matrix of `rows` outputs, in the form this way computes with.
    pub(super) fn matrix(&self, raw: &RawTensor<'_>) -> std::result::Result<Matrix, String> {
        let [rows, columns] = raw.shape[..] else {
            return Err(format!("{:?} is not the shape of a matrix", raw.shape));
        };
        match self {
            Self::Kernel(_) => {
                PackedMatrix::pack(raw.dtype, raw.bytes, rows, columns).map(Matrix::Packed)
            }
            Self::Composed(device) => composed_matrix(raw, (rows, columns), device)
                .map(Matrix::Composed)
                .map_err(|error| error.to_string()),
        }
    }

    /// `x` times the transposed matrix: `[rows, inputs]` to `[rows, outputs]`.
    pub(super) fn linear(&self, matrix: &Matrix, x: &Tensor) -> Result<Tensor> {
        match (self, matrix) {
            (Self::Kernel(team), Matrix::Packed(weights)) => {
                x.apply_op1_no_bwd(&kernel::Linear { team, weights })
            }
            (_, Matrix::Composed(weights)) => weights.forward(x),
            (Self::Composed(_), Matrix::Packed(_)) => {
                candle_core::bail!("a packed matrix belongs to the kernels")
            }
        }
    }

    /// Each layer's output, `[rows, width]` each; they may be views.
    pub(super) fn project(&self, projection: &Projection, x: &Tensor) -> Result<Vec<Tensor>> {
        let mut outputs = Vec::new();
        for (matrix, widths) in &projection.parts {
            let stacked = self.linear(matrix, x)?;
            let mut start = 0;
            for &width in widths {
                outputs.push(stacked.narrow(1, start, width)?);
                start += width;
            }
        }
        Ok(outputs)
    }

    /// Root-mean-square norm of each row.
    pub(super) fn rms_norm(&self, x: &Tensor, weight: &Tensor, epsilon: f32) -> Result<Tensor> {
        match self {
            Self::Kernel(team) => x.apply_op2_no_bwd(weight, &kernel::RmsNorm { team, epsilon }),
            Self::Composed(_) => composed::rms_norm(x, weight, epsilon),
        }
    }

    /// `silu(gate) * up`, from the outputs of the one projection that makes both.
    pub(super) fn gated(&self, projection: &Projection, x: &Tensor) -> Result<Tensor> {
        match (self, &projection.parts[..]) {
            (Self::Kernel(team), [(stacked, _)]) => self
                .linear(stacked, x)?
                .apply_op1_no_bwd(&kernel::SiluMul { team }),
            (Self::Kernel(team), _) => Tensor::cat(&self.project(projection, x)?, 1)?
                .apply_op1_no_bwd(&kernel::SiluMul { team }),
            (Self::Composed(_), _) => match &self.project(projection, x)?[..] {
                [gate, up] => gate.silu()? * up,
                other => candle_core::bail!("{} outputs are not a gate and its input", other.len()),
            },
        }
    }

    /// Turns queries and keys, stores keys and values, and lets every row attend to its sequence up to itself.
    pub(super) fn attend(
        &self,
        cache: &mut LayerCache,
        attention: &Attention<'_>,
        qkv: &[Tensor],
    ) -> Result<Tensor> {
        let [q, k, v] = qkv else {
            candle_core::bail!("{} outputs are not queries, keys and values", qkv.len())
        };
        match (self, cache, attention.turns) {
            (Self::Kernel(team), LayerCache::Kernel(layer), Turns::Kernel(angles)) => {
                kernel::attend(team, layer, (attention, angles), [q, k, v])
            }
            (Self::Composed(_), LayerCache::Composed(slots), Turns::Composed(cos, sin)) => {
                composed::attend(slots, attention, [cos, sin], [q, k, v])
            }
            _ => candle_core::bail!("this cache belongs to another decoder"),
        }
    }
}

impl Projection {
    /// Stacks neighbours of the same format.
    pub(super) fn new(matrices: Vec<Matrix>) -> std::result::Result<Self, String> {
        let mut groups: Vec<Vec<Matrix>> = Vec::new();
        for matrix in matrices {
            match groups.last_mut() {
                Some(group) if group.iter().all(|above| above.carries(&matrix)) => {
                    group.push(matrix);
                }
                _ => groups.push(vec![matrix]),
            }
        }
        let parts = groups.into_iter().map(Matrix::stack);
        Ok(Self {
            parts: parts.collect::<std::result::Result<_, _>>()?,
        })
    }
}

impl Matrix {
    /// Whether the other can be stacked below this one.
    fn carries(&self, below: &Self) -> bool {
        match (self, below) {
            (Self::Packed(above), Self::Packed(below)) => {
                above.format() == below.format() && above.rows().is_multiple_of(16)
            }
            _ => false,
        }
    }

    fn stack(group: Vec<Self>) -> std::result::Result<(Self, Vec<usize>), String> {
        let mut packed = Vec::new();
        for matrix in group {
            match matrix {
                Self::Packed(matrix) => packed.push(matrix),
                Self::Composed(matrix) => {
                    let width = composed::outputs(&matrix).map_err(|error| error.to_string())?;
                    return Ok((Self::Composed(matrix), vec![width]));
                }
            }
        }
        let widths = packed.iter().map(PackedMatrix::rows).collect();
        Ok((Self::Packed(PackedMatrix::stack(packed)?), widths))
    }
}

fn composed_matrix(raw: &RawTensor<'_>, dims: (usize, usize), device: &Device) -> Result<QMatMul> {
    // Owned bytes are aligned for every type; bytes of a file need not be.
    let bytes = raw.bytes.to_vec();
    let storage = QStorage::from_data(bytes.into(), device, raw.dtype)?;
    let weights = QTensor::new(storage, dims)?;
    if device.is_cpu() {
        // Here this is the reference: candle's quantised product would round activations to 8 bits.
        return Ok(QMatMul::Tensor(weights.dequantize(device)?));
    }
    QMatMul::from_qtensor(weights)
}
