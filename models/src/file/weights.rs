//! Tensors of a model under the names that llama.cpp gives them, whichever format they lie in.
//!
//! Files are mapped into memory, never read as a whole. Nothing here computes with them.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::GgmlDType;
use memmap2::Mmap;

use crate::kernel::{KeyValue, has_kernel, packed_bytes};
use crate::local::shape::{Architecture, Shape};

/// One tensor as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct RawTensor<'a> {
    /// How its numbers are stored.
    pub(crate) dtype: GgmlDType,
    /// Rows, then columns; a vector has one number only.
    pub(crate) shape: Vec<usize>,
    /// All of its bytes, row by row.
    pub(crate) bytes: &'a [u8],
}

/// One tensor as it is stored, which keeps its file mapped. Only what is read of it takes memory.
#[derive(Debug)]
pub(crate) struct MappedTensor {
    file: Arc<Mmap>,
    info: Info,
}

impl MappedTensor {
    /// How its numbers are stored.
    pub(crate) fn dtype(&self) -> GgmlDType {
        self.info.dtype
    }

    /// All of its bytes, row by row.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.file[self.info.start..][..self.info.length]
    }
}

/// Where a tensor lies. The bytes were checked to be inside of the file.
#[derive(Debug, Clone)]
pub(super) struct Info {
    pub(super) dtype: GgmlDType,
    pub(super) shape: Vec<usize>,
    pub(super) file: usize,
    pub(super) start: usize,
    pub(super) length: usize,
}

/// All tensors of a model.
#[derive(Debug, Default)]
pub(super) struct Weights {
    pub(super) files: Vec<Arc<Mmap>>,
    pub(super) infos: HashMap<String, Info>,
}

impl Weights {
    /// The tensor of this name.
    pub(super) fn get(&self, name: &str) -> Option<RawTensor<'_>> {
        let info = self.infos.get(name)?;
        let bytes = self.files.get(info.file)?;
        Some(RawTensor {
            dtype: info.dtype,
            shape: info.shape.clone(),
            bytes: bytes.get(info.start..info.start + info.length)?,
        })
    }

    /// The tensor of this name, to keep.
    pub(super) fn mapped(&self, name: &str) -> Option<MappedTensor> {
        let info = self.infos.get(name)?.clone();
        let file = Arc::clone(self.files.get(info.file)?);
        file.get(info.start..info.start + info.length)?;
        Some(MappedTensor { file, info })
    }

    /// Gives back the memory that holds what was read so far; reading it again reads the files again.
    #[cfg(unix)]
    pub(super) fn forget(&self) {
        for file in &self.files {
            // SAFETY: the map is private, read-only and never written to, so dropped pages come back as they were.
            #[expect(unsafe_code, reason = "memory-mapped weights")]
            let given = unsafe { file.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
            if let Err(error) = given {
                tracing::debug!(%error, "mapped memory could not be given back");
            }
        }
    }

    /// Elsewhere the system does so by itself.
    #[cfg(not(unix))]
    pub(super) fn forget(&self) {}

    /// Memory of all tensors once they are loaded, and of the largest one that lies there twice while layers that read
    /// the same input are stacked.
    pub(super) fn loaded_bytes(&self, shape: &Shape) -> u64 {
        let (mut all, mut twice) = (0_u64, 0);
        for (name, info) in &self.infos {
            let bytes = match info.shape[..] {
                // Rows of this table are read from the file; at most all of it stays in memory.
                _ if name == "token_embd.weight" && !shape.tied => info.length as u64,
                [rows, columns] => packed_bytes(info.dtype, rows, columns),
                _ => info.shape.iter().map(|&n| n as u64).product::<u64>() * 4,
            };
            all = all.saturating_add(bytes);
            if name.starts_with("blk.") {
                twice = bytes.max(twice);
            }
        }
        all.saturating_add(twice)
    }

    /// Whether every tensor that a model of this shape needs is there in its size, and no other.
    pub(super) fn check(&self, shape: &Shape) -> Result<(), String> {
        let expected = expected(shape);
        for (name, dims) in &expected {
            let info = self
                .infos
                .get(name)
                .ok_or_else(|| format!("the tensor `{name}` is missing; fetch the file again"))?;
            if &info.shape != dims {
                return Err(format!(
                    "the tensor `{name}` is {:?}, but by its configuration the model needs {dims:?}",
                    info.shape
                ));
            }
            let vector = dims.len() == 1;
            if vector
                && !matches!(
                    info.dtype,
                    GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16
                )
            {
                return Err(format!(
                    "the tensor `{name}` is {}, but norms and biases must be F32, F16 or BF16",
                    type_name(info.dtype)
                ));
            }
        }
        let mut unknown: Vec<_> = self
            .infos
            .keys()
            .filter(|name| !expected.contains_key(*name) && *name != "rope_freqs.weight")
            .collect();
        unknown.sort();
        match unknown.first() {
            None => Ok(()),
            Some(name) => Err(format!(
                "the tensor `{name}` belongs to no {} model that this decoder knows; it would compute something else",
                shape.architecture.name()
            )),
        }
    }

    /// What a person should know about types that load but are slow.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut slow = std::collections::BTreeMap::<&str, (u64, u64)>::new();
        for info in self.infos.values().filter(|info| !has_kernel(info.dtype)) {
            let (stored, held) = slow.entry(type_name(info.dtype)).or_default();
            *stored += info.length as u64;
            if let [rows, columns] = info.shape[..] {
                *held += packed_bytes(info.dtype, rows, columns);
            }
        }
        slow.into_iter()
            .map(|(name, (stored, held))| {
                format!(
                    "{} MB of weights are {name}, which is slow here and takes {} MB of memory; Q4_K_M, Q6_K and Q8_0 files are fast",
                    stored.div_ceil(1_000_000),
                    held.div_ceil(1_000_000)
                )
            })
            .collect()
    }
}

/// The file as bytes. An empty file cannot be mapped and is refused.
pub(super) fn map(path: &Path) -> Result<Mmap, String> {
    let file = File::open(path).map_err(|error| format!("cannot be opened: {error}"))?;
    let length = file
        .metadata()
        .map_err(|error| format!("cannot be read: {error}"))?;
    if !length.is_file() {
        return Err("is not a file".into());
    }
    if length.len() == 0 {
        return Err("the file is empty; fetch it again".into());
    }
    // SAFETY: the map is private and read-only, and lives as long as its `Mmap`. As with every mapped file, nobody may
    // shorten it meanwhile; `pull` never writes to a file in place, it renames whole ones.
    #[expect(unsafe_code, reason = "memory-mapped weights")]
    unsafe { Mmap::map(&file) }.map_err(|error| format!("cannot be mapped into memory: {error}"))
}

/// Name of a type as people write it.
pub(super) fn type_name(dtype: GgmlDType) -> &'static str {
    match dtype {
        GgmlDType::F32 => "F32",
        GgmlDType::F16 => "F16",
        GgmlDType::BF16 => "BF16",
        GgmlDType::Q4_0 => "Q4_0",
        GgmlDType::Q4_1 => "Q4_1",
        GgmlDType::Q5_0 => "Q5_0",
        GgmlDType::Q5_1 => "Q5_1",
        GgmlDType::Q8_0 => "Q8_0",
        GgmlDType::Q8_1 => "Q8_1",
        GgmlDType::Q2K => "Q2_K",
        GgmlDType::Q3K => "Q3_K",
        GgmlDType::Q4K => "Q4_K",
        GgmlDType::Q5K => "Q5_K",
        GgmlDType::Q6K => "Q6_K",
        GgmlDType::Q8K => "Q8_K",
    }
}

/// Name and size of every tensor of such a model.
fn expected(shape: &Shape) -> HashMap<String, Vec<usize>> {
    let queries = shape.heads * shape.head_dim;
    let keys = shape.kv_heads * shape.head_dim;
    let mut layer = vec![
        ("attn_norm.weight", vec![shape.hidden]),
        ("attn_q.weight", vec![queries, shape.hidden]),
        ("attn_k.weight", vec![keys, shape.hidden]),
        ("attn_v.weight", vec![keys, shape.hidden]),
        ("attn_output.weight", vec![shape.hidden, queries]),
        ("ffn_norm.weight", vec![shape.hidden]),
        ("ffn_gate.weight", vec![shape.ffn, shape.hidden]),
        ("ffn_up.weight", vec![shape.ffn, shape.hidden]),
        ("ffn_down.weight", vec![shape.hidden, shape.ffn]),
    ];
    if shape.qkv_bias {
        layer.push(("attn_q.bias", vec![queries]));
        layer.push(("attn_k.bias", vec![keys]));
        layer.push(("attn_v.bias", vec![keys]));
    }
    if shape.qk_norm {
        layer.push(("attn_q_norm.weight", vec![shape.head_dim]));
        layer.push(("attn_k_norm.weight", vec![shape.head_dim]));
    }
    let mut all: HashMap<_, _> = (0..shape.layers)
        .flat_map(|index| {
            layer
                .iter()
                .map(move |(name, dims)| (format!("blk.{index}.{name}"), dims.clone()))
        })
        .collect();
    all.insert("token_embd.weight".into(), vec![shape.vocab, shape.hidden]);
    all.insert("output_norm.weight".into(), vec![shape.hidden]);
    if !shape.tied {
        all.insert("output.weight".into(), vec![shape.vocab, shape.hidden]);
    }
    all
}

/// Whether the numbers of a shape can be those of a model at all; then its products cannot overflow.
pub(super) fn check_numbers(shape: &Shape) -> Result<(), String> {
    let sizes = [
        ("width", shape.hidden, 1 << 16),
        ("number of layers", shape.layers, 1 << 10),
        ("number of heads", shape.heads, 1 << 12),
        ("number of key heads", shape.kv_heads, 1 << 12),
        ("width of a head", shape.head_dim, 1 << 10),
        ("inner width", shape.ffn, 1 << 20),
        ("vocabulary", shape.vocab, 1 << 22),
        ("context", shape.context, 1 << 26),
    ];
    for (what, size, most) in sizes {
        if size == 0 || size > most {
            return Err(format!("the {what} is {size}, which is no possible size"));
        }
    }
    if !shape.heads.is_multiple_of(shape.kv_heads) {
        return Err(format!(
            "{} heads cannot share {} key heads",
            shape.heads, shape.kv_heads
        ));
    }
    if !KeyValue::fits(shape.head_dim) {
        return Err(format!(
            "heads of {} numbers are not supported; supported are multiples of 16 up to 256",
            shape.head_dim
        ));
    }
    let positive = |value: f64| value.is_finite() && value > 0.0;
    if !positive(shape.rope_theta) || !positive(f64::from(shape.rms_eps)) {
        return Err("the base of the rotary angles or the norm's epsilon is not positive".into());
    }
    if shape.architecture == Architecture::Qwen2 && !shape.qkv_bias {
        return Err("a qwen2 model needs biases of queries, keys and values".into());
    }
    if shape.architecture == Architecture::Qwen3 && !shape.qk_norm {
        return Err("a qwen3 model needs norms of queries and keys".into());
    }
    Ok(())
}

/// The family of this name.
pub(super) fn architecture(name: &str) -> Result<Architecture, String> {
    Architecture::ALL
        .into_iter()
        .find(|architecture| architecture.name() == name)
        .ok_or_else(|| {
            let known: Vec<_> = Architecture::ALL.map(Architecture::name).into();
            format!(
                "the architecture `{name}` is not supported; supported are {}",
                known.join(", ")
            )
        })
}
