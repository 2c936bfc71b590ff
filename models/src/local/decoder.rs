//! A decoder-only transformer: Qwen2, Qwen3 and Llama 3 are one, told apart by [`Shape`] alone.
//!
//! Papers: Vaswani et al. 2017; Touvron et al. 2023 (arXiv:2302.13971); Yang et al. 2025 (arXiv:2505.09388). All tokens
//! of a step, whichever sequences they belong to, are rows of one matrix; only attention looks at sequences. Sampling,
//! scheduling and the choice of pages are not here.

use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::{QStorage, QTensor};
use candle_core::{Device, Tensor};

use super::cache::{Cache, LayerCache, PAGE};
use super::embedding::Embedding;
use super::op::{Attention, Matrix, Ops, Projection, Turns};
use super::rope::Frequencies;
use super::shape::Shape;
use crate::error::Error;
use crate::file::{ModelFile, RawTensor};
use crate::hub::CacheFormat;
use crate::kernel::{Span, Team};

/// How a decoder computes.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// How keys and values are stored.
    pub(crate) cache: CacheFormat,
    /// Threads on the CPU.
    pub(crate) threads: usize,
    /// Where it computes: on the CPU with our kernels, elsewhere with candle's.
    pub(crate) device: Device,
}

/// Some consecutive tokens of one sequence.
pub(crate) struct Chunk<'a> {
    /// At least one.
    pub(crate) tokens: &'a [u32],
    /// Place of the first token in its sequence; the tokens before it have been computed.
    pub(crate) position: usize,
    /// Pages of the sequence, for the tokens of this chunk as well.
    pub(crate) pages: &'a [u32],
    /// Whether the logits of the last token are wanted.
    pub(crate) logits: bool,
}

/// Weights, ready to compute with.
pub(crate) struct Decoder {
    name: String,
    shape: Shape,
    ops: Ops,
    cache_type: CacheFormat,
    frequencies: Frequencies,
    embedding: Embedding,
    layers: Vec<Layer>,
    norm: Tensor,
    output: Matrix,
}

struct Layer {
    attention_norm: Tensor,
    qkv: Projection,
    biases: Option<[Tensor; 3]>,
    head_norms: Option<[Tensor; 2]>,
    attention_output: Matrix,
    ffn_norm: Tensor,
    gate_up: Projection,
    ffn_output: Matrix,
}

impl Decoder {
    /// Reads the weights, one tensor at a time.
    ///
    /// # Errors
    /// [`Error::File`] if a tensor cannot be used.
    pub(crate) fn load(file: &ModelFile, options: &Options) -> Result<Self, Error> {
        let ops = match &options.device {
            Device::Cpu => Ops::Kernel(Arc::new(Team::new(options.threads))),
            other => Ops::Composed(other.clone()),
        };
        Self::with_ops(file, ops, options.cache)
    }

    /// As [`Decoder::load`], with operations of the caller's choice.
    pub(super) fn with_ops(
        file: &ModelFile,
        ops: Ops,
        cache_type: CacheFormat,
    ) -> Result<Self, Error> {
        let shape = file.shape().clone();
        let source = Source { file, ops: &ops };
        let table = "token_embd.weight";
        let output = if shape.tied { table } else { "output.weight" };
        let layers = (0..shape.layers).map(|index| source.layer(&shape, index));
        Ok(Self {
            name: name(file.path()),
            cache_type,
            frequencies: Frequencies::new(&shape),
            embedding: Embedding::new(file.mapped(table)?, shape.vocab, shape.hidden),
            layers: layers.collect::<Result<_, _>>()?,
            norm: source.vector("output_norm.weight")?,
            output: source.matrix(output)?,
            shape,
            ops,
        })
    }

    /// Its sizes.
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Memory for the keys and values of so many pages.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the device has none.
    pub(crate) fn cache(&self, pages: usize) -> Result<Cache, Error> {
        Cache::new(&self.ops, &self.shape, self.cache_type, pages)
            .map_err(|error| self.failed(&error))
    }

    /// Computes all chunks in one step. Returns the logits over the vocabulary for each chunk that wants them, in order.
    /// What a chunk gets does not depend on the others, nor on how a sequence is cut into chunks.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if a chunk does not fit its pages or the vocabulary, or the device fails.
    pub(crate) fn forward(
        &self,
        cache: &mut Cache,
        chunks: &[Chunk<'_>],
    ) -> Result<Vec<Vec<f32>>, Error> {
        for chunk in chunks {
            self.check(cache, chunk)
                .map_err(|reason| self.unavailable(reason))?;
        }
        if chunks.is_empty() {
            return Ok(Vec::new());
        }
        self.step(cache, chunks)
            .map_err(|error| self.failed(&error))
    }

    fn check(&self, cache: &Cache, chunk: &Chunk<'_>) -> Result<(), String> {
        let end = chunk.position.saturating_add(chunk.tokens.len());
        if chunk.tokens.is_empty() {
            return Err("a chunk has no tokens".into());
        }
        if let Some(token) = chunk
            .tokens
            .iter()
            .find(|&&token| token as usize >= self.shape.vocab)
        {
            return Err(format!("there is no token {token} in this vocabulary"));
        }
        if end > chunk.pages.len() * PAGE {
            return Err(format!(
                "{end} tokens do not fit in {} pages",
                chunk.pages.len()
            ));
        }
        match chunk
            .pages
            .iter()
            .find(|&&page| page as usize >= cache.pages())
        {
            Some(page) => Err(format!("there is no page {page} in this cache")),
            None => Ok(()),
        }
    }

    fn step(&self, cache: &mut Cache, chunks: &[Chunk<'_>]) -> candle_core::Result<Vec<Vec<f32>>> {
        let device = self.ops.device();
        let tokens: Vec<u32> = chunks
            .iter()
            .flat_map(|chunk| chunk.tokens)
            .copied()
            .collect();
        let (spans, wanted) = spans(chunks);
        let positions = spans
            .iter()
            .flat_map(|span| span.position..span.position + span.rows);
        let step = Step {
            decoder: self,
            turns: self.ops.turns(&self.frequencies, positions)?,
            spans,
        };
        let mut x = self.embedding.rows(&tokens, &device)?;
        let last = self.layers.len() - 1;
        for (index, (layer, cache)) in self.layers.iter().zip(&mut cache.layers).enumerate() {
            let mut attended = step.attend(layer, cache, &x)?;
            if index == last {
                // From here on rows are alone, and only those whose logits are wanted matter.
                if wanted.is_empty() {
                    return Ok(Vec::new());
                }
                let wanted = Tensor::new(&wanted[..], &device)?;
                x = x.index_select(&wanted, 0)?;
                attended = attended.index_select(&wanted, 0)?;
            }
            x = step.finish(layer, &x, &attended)?;
        }
        let x = self.ops.rms_norm(&x, &self.norm, self.shape.rms_eps)?;
        self.ops.linear(&self.output, &x)?.to_vec2()
    }

    fn failed(&self, error: &candle_core::Error) -> Error {
        self.unavailable(error.to_string())
    }

    fn unavailable(&self, reason: String) -> Error {
        Error::Unavailable {
            model: self.name.clone(),
            reason,
        }
    }
}

/// One call of [`Decoder::forward`].
struct Step<'a> {
    decoder: &'a Decoder,
    turns: Turns,
    spans: Vec<Span<'a>>,
}

impl Step<'_> {
    /// What each row gathers from its sequence.
    fn attend(
        &self,
        layer: &Layer,
        cache: &mut LayerCache,
        x: &Tensor,
    ) -> candle_core::Result<Tensor> {
        let (ops, shape) = (&self.decoder.ops, &self.decoder.shape);
        let normed = ops.rms_norm(x, &layer.attention_norm, shape.rms_eps)?;
        let attention = Attention {
            heads: shape.heads,
            kv_heads: shape.kv_heads,
            head_dim: shape.head_dim,
            epsilon: shape.rms_eps,
            biases: layer.biases.as_ref(),
            norms: layer.head_norms.as_ref(),
            turns: &self.turns,
            spans: &self.spans,
        };
        ops.attend(cache, &attention, &ops.project(&layer.qkv, &normed)?)
    }

    /// The rest of a layer, in which rows are alone.
    fn finish(&self, layer: &Layer, x: &Tensor, attended: &Tensor) -> candle_core::Result<Tensor> {
        let (ops, shape) = (&self.decoder.ops, &self.decoder.shape);
        let x = (x + ops.linear(&layer.attention_output, attended)?)?;
        let normed = ops.rms_norm(&x, &layer.ffn_norm, shape.rms_eps)?;
        let gated = ops.gated(&layer.gate_up, &normed)?;
        &x + ops.linear(&layer.ffn_output, &gated)?
    }
}

/// Where each chunk's rows are, and which rows' logits are wanted.
fn spans<'a>(chunks: &[Chunk<'a>]) -> (Vec<Span<'a>>, Vec<u32>) {
    let mut wanted = Vec::new();
    let mut rows = 0;
    let spans = chunks.iter().map(|chunk| {
        let span = Span {
            first_row: rows,
            rows: chunk.tokens.len(),
            position: chunk.position,
            pages: chunk.pages,
        };
        rows += span.rows;
        if chunk.logits {
            wanted.push(rows as u32 - 1);
        }
        span
    });
    (spans.collect(), wanted)
}

/// The model's name in messages: that of its file.
fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}

/// A file, and the form in which its tensors are wanted.
struct Source<'a> {
    file: &'a ModelFile,
    ops: &'a Ops,
}

impl Source<'_> {
    fn layer(&self, shape: &Shape, index: usize) -> Result<Layer, Error> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let heads = [shape.heads, shape.kv_heads];
        let [q, k] = ["attn_q.weight", "attn_k.weight"].map(&name);
        let (q, k) = (self.turned(&q, heads[0])?, self.turned(&k, heads[1])?);
        let qkv = vec![q, k, self.matrix(&name("attn_v.weight"))?];
        let gate_up = vec![
            self.matrix(&name("ffn_gate.weight"))?,
            self.matrix(&name("ffn_up.weight"))?,
        ];
        let biases = shape.qkv_bias.then(|| -> Result<_, Error> {
            let [q, k] = ["attn_q.bias", "attn_k.bias"].map(&name);
            let (q, k) = (
                self.turned_vector(&q, heads[0])?,
                self.turned_vector(&k, heads[1])?,
            );
            Ok([q, k, self.vector(&name("attn_v.bias"))?])
        });
        let head_norms = shape.qk_norm.then(|| -> Result<_, Error> {
            let q = self.vector(&name("attn_q_norm.weight"))?;
            Ok([q, self.vector(&name("attn_k_norm.weight"))?])
        });
        Ok(Layer {
            attention_norm: self.vector(&name("attn_norm.weight"))?,
            qkv: Projection::new(qkv).map_err(|reason| self.refuse(&name("attn_*"), &reason))?,
            biases: biases.transpose()?,
            head_norms: head_norms.transpose()?,
            attention_output: self.matrix(&name("attn_output.weight"))?,
            ffn_norm: self.vector(&name("ffn_norm.weight"))?,
            gate_up: Projection::new(gate_up)
                .map_err(|reason| self.refuse(&name("ffn_*"), &reason))?,
            ffn_output: self.matrix(&name("ffn_down.weight"))?,
        })
    }

    fn matrix(&self, name: &str) -> Result<Matrix, Error> {
        let matrix = self.ops.matrix(&self.file.tensor(name)?);
        self.file.forget();
        matrix.map_err(|reason| self.refuse(name, &reason))
    }

    /// Queries or keys. Where neighbours are turned together, rows change places so that those half a head apart are.
    fn turned(&self, name: &str, heads: usize) -> Result<Matrix, Error> {
        if !self.file.interleaved() {
            return self.matrix(name);
        }
        let raw = self.file.tensor(name)?;
        let bytes = half_split(&raw, heads);
        let matrix = self.ops.matrix(&RawTensor {
            bytes: &bytes,
            ..raw
        });
        self.file.forget();
        matrix.map_err(|reason| self.refuse(name, &reason))
    }

    fn vector(&self, name: &str) -> Result<Tensor, Error> {
        let raw = self.file.tensor(name)?;
        self.tensor(&raw, raw.bytes.to_vec())
            .map_err(|error| self.refuse(name, &error.to_string()))
    }

    fn turned_vector(&self, name: &str, heads: usize) -> Result<Tensor, Error> {
        if !self.file.interleaved() {
            return self.vector(name);
        }
        let raw = self.file.tensor(name)?;
        self.tensor(&raw, half_split(&raw, heads))
            .map_err(|error| self.refuse(name, &error.to_string()))
    }

    fn tensor(&self, raw: &RawTensor<'_>, bytes: Vec<u8>) -> candle_core::Result<Tensor> {
        let storage = QStorage::from_data(bytes.into(), &Device::Cpu, raw.dtype)?;
        QTensor::new(storage, raw.shape.clone())?.dequantize(&self.ops.device())
    }

    fn refuse(&self, name: &str, reason: &str) -> Error {
        Error::File {
            file: self.file.path().to_path_buf(),
            reason: format!("the tensor `{name}` cannot be used: {reason}"),
        }
    }
}

/// The rows of a tensor, moved from interleaved pairs (0 with 1) to pairs half a head apart.
fn half_split(raw: &RawTensor<'_>, heads: usize) -> Vec<u8> {
    let rows = raw.shape[0];
    let (row, head_dim) = (raw.bytes.len() / rows, rows / heads);
    let half = head_dim / 2;
    let mut bytes = Vec::with_capacity(raw.bytes.len());
    for target in 0..rows {
        let (head, place) = (target / head_dim, target % head_dim);
        let source = head * head_dim + 2 * (place % half) + place / half;
        bytes.extend_from_slice(&raw.bytes[source * row..(source + 1) * row]);
    }
    bytes
}

#[cfg(test)]
mod tests;
