//! The embedding table: rows are read from the mapped file and dequantised when a token needs them.
//!
//! The table is never copied. Of a large vocabulary few rows are in use, and the system keeps just those in memory.

use candle_core::quantized::{QStorage, QTensor};
use candle_core::{Device, Result, Tensor};

use crate::file::MappedTensor;

/// Rows of numbers, one for each token.
pub(super) struct Embedding {
    tensor: MappedTensor,
    rows: usize,
    columns: usize,
}

impl Embedding {
    /// The table in this tensor, which has two dimensions.
    pub(super) fn new(tensor: MappedTensor, rows: usize, columns: usize) -> Self {
        Self {
            tensor,
            rows,
            columns,
        }
    }

    /// `[tokens, columns]` on this device.
    pub(super) fn rows(&self, tokens: &[u32], device: &Device) -> Result<Tensor> {
        let bytes = self.tensor.bytes();
        let row = bytes.len() / self.rows;
        let mut wanted = Vec::with_capacity(tokens.len() * row);
        for &token in tokens {
            let start = token as usize * row;
            match bytes.get(start..start + row) {
                Some(found) => wanted.extend_from_slice(found),
                None => candle_core::bail!("token {token} has no row in the table"),
            }
        }
        let storage = QStorage::from_data(wanted.into(), &Device::Cpu, self.tensor.dtype())?;
        QTensor::new(storage, (tokens.len(), self.columns))?.dequantize(device)
    }
}
