//! Keys and values of all layers, in pages that sequences share.
//!
//! A page holds the same [`PAGE`] tokens in every layer. Which sequence reads which pages, and which pages are free, is
//! the matter of `pages`; here is only their memory.

use candle_core::{DType, Device, Result, Tensor};

use super::op::Ops;
use super::shape::Shape;
use crate::hub::CacheFormat;
use crate::kernel::{self, KeyValue};

/// Tokens of one page.
pub(crate) const PAGE: usize = kernel::PAGE;

/// The memory of all pages.
pub(crate) struct Cache {
    pub(super) layers: Vec<LayerCache>,
    pages: usize,
}

/// The memory of all pages of one layer.
pub(super) enum LayerCache {
    /// In the order that the kernels read.
    Kernel(KeyValue),
    /// On any device.
    Composed(Slots),
}

/// Keys and values as two tensors of `[pages * PAGE, kv_heads, head_dim]`.
pub(super) struct Slots {
    pub(super) keys: Tensor,
    pub(super) values: Tensor,
}

impl Cache {
    /// So many empty pages.
    pub(super) fn new(
        ops: &Ops,
        shape: &Shape,
        cache_type: CacheFormat,
        pages: usize,
    ) -> Result<Self> {
        let layers = (0..shape.layers).map(|_| LayerCache::new(ops, shape, cache_type, pages));
        Ok(Self {
            layers: layers.collect::<Result<_>>()?,
            pages,
        })
    }

    /// How many there are.
    pub(crate) fn pages(&self) -> usize {
        self.pages
    }
}

impl LayerCache {
    fn new(ops: &Ops, shape: &Shape, cache_type: CacheFormat, pages: usize) -> Result<Self> {
        match ops {
            Ops::Kernel(_) => {
                let storage = match cache_type {
                    CacheFormat::F16 => kernel::Storage::F16,
                    CacheFormat::F32 => kernel::Storage::F32,
                };
                let layer = KeyValue::new(storage, pages, shape.kv_heads, shape.head_dim);
                Ok(Self::Kernel(layer))
            }
            Ops::Composed(device) => {
                let dtype = match cache_type {
                    CacheFormat::F16 => DType::F16,
                    CacheFormat::F32 => DType::F32,
                };
                Slots::new(pages * PAGE, shape, dtype, device).map(Self::Composed)
            }
        }
    }
}

impl Slots {
    fn new(slots: usize, shape: &Shape, dtype: DType, device: &Device) -> Result<Self> {
        let dims = (slots, shape.kv_heads, shape.head_dim);
        Ok(Self {
            keys: Tensor::zeros(dims, dtype, device)?,
            values: Tensor::zeros(dims, dtype, device)?,
        })
    }
}
