//! GGUF: one file with the configuration, the tokenizer, the template and the weights.
//!
//! The header is walked once by [`scan`] with bounds on every count and length, because a parser that trusts them can
//! be made to allocate without end. What passed is read by candle. The format: `ggml/docs/gguf.md` of ggml-org/ggml.

mod scan;

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, Value};

use super::tokenizer::{Tokenizer, Vocabulary};
use super::weights::{Info, Weights, architecture, check_numbers, map};
use super::{Parts, Template};
use crate::local::shape::{Architecture, RopeScaling, Shape};

/// Opens a file.
pub(super) fn open(path: &Path) -> Result<Parts, String> {
    let file = map(path)?;
    let header = scan::scan(&file)?;
    let content = Content::read(&mut Cursor::new(&file[..])).map_err(|error| error.to_string())?;
    let keys = Keys(&content);
    let architecture = architecture(keys.text("general.architecture")?)?;
    if keys.number("split.count")?.unwrap_or(1) > 1 {
        return Err(
            "the model is split into several files; join them with `llama-gguf-split --merge`"
                .into(),
        );
    }
    let mut weights = Weights::default();
    for tensor in &header.tensors {
        let info = place(tensor, &content, &header, file.len())?;
        weights.infos.insert(tensor.name.clone(), info);
    }
    header.check_overlap(&weights)?;
    weights.files.push(Arc::new(file));
    let shape = shape(&keys, architecture, &weights)?;
    check_numbers(&shape)?;
    let tokenizer = Tokenizer::from_vocabulary(vocabulary(&keys)?)?;
    let mut notes = Vec::new();
    let source = match keys.optional_text("tokenizer.chat_template")? {
        Some(source) => source.to_owned(),
        None => {
            notes.push(format!(
                "the file has no chat template; the usual one of {} is used",
                architecture.name()
            ));
            Template::usual(architecture).to_owned()
        }
    };
    let template = Template::new(
        path,
        source,
        tokenizer.bos_text(),
        tokenizer.eos_text(),
        architecture,
    )?;
    Ok(Parts {
        interleaved: architecture == Architecture::Llama,
        shape,
        weights,
        tokenizer: Arc::new(tokenizer),
        template: Arc::new(template),
        notes,
    })
}

/// The tokenizer alone, for files that have nothing else.
#[cfg(test)]
pub(super) fn tokenizer(path: &Path) -> Result<Tokenizer, String> {
    let file = map(path)?;
    scan::scan(&file)?;
    let content = Content::read(&mut Cursor::new(&file[..])).map_err(|error| error.to_string())?;
    Tokenizer::from_vocabulary(vocabulary(&Keys(&content))?)
}

/// Where the bytes of a tensor lie.
fn place(
    tensor: &scan::Tensor,
    content: &Content,
    header: &scan::Header,
    length: usize,
) -> Result<Info, String> {
    let name = &tensor.name;
    let parsed = content
        .tensor_infos
        .get(name)
        .ok_or_else(|| format!("the tensor `{name}` cannot be read"))?;
    let dtype = parsed.ggml_dtype;
    if matches!(dtype, GgmlDType::Q8_1 | GgmlDType::Q8K) {
        return Err(format!(
            "the tensor `{name}` has a type for activations, not for weights"
        ));
    }
    let columns = tensor.dimensions.first().copied().unwrap_or(1);
    if !columns.is_multiple_of(dtype.block_size() as u64) {
        return Err(format!(
            "the tensor `{name}` has rows of {columns} numbers, which are no whole blocks of its type"
        ));
    }
    let bytes = (tensor.elements / dtype.block_size() as u64)
        .checked_mul(dtype.type_size() as u64)
        .ok_or_else(|| format!("the tensor `{name}` is larger than any file"))?;
    let start = header
        .data_start
        .checked_add(tensor.offset)
        .filter(|_| tensor.offset.is_multiple_of(header.alignment))
        .ok_or_else(|| format!("the tensor `{name}` begins at no possible place"))?;
    let end = start
        .checked_add(bytes)
        .ok_or_else(|| format!("the tensor `{name}` is larger than any file"))?;
    if end > length as u64 {
        return Err(format!(
            "the file is cut off: {} bytes are missing, from the tensor `{name}` on; fetch it again",
            end - length as u64
        ));
    }
    Ok(Info {
        dtype,
        shape: tensor
            .dimensions
            .iter()
            .rev()
            .map(|&n| n as usize)
            .collect(),
        file: 0,
        start: start as usize,
        length: bytes as usize,
    })
}

/// The sizes, from the keys of an architecture.
fn shape(keys: &Keys<'_>, architecture: Architecture, weights: &Weights) -> Result<Shape, String> {
    let name = architecture.name();
    let key = |key: &str| format!("{name}.{key}");
    let size = |suffix: &str| -> Result<usize, String> {
        let key = key(suffix);
        let number = keys.number(&key)?;
        number.ok_or_else(|| missing(&key)).map(|n| n as usize)
    };
    let optional = |suffix: &str| keys.number(&key(suffix)).map(|n| n.map(|n| n as usize));
    let (hidden, heads) = (size("embedding_length")?, size("attention.head_count")?);
    let head_dim = match optional("attention.key_length")? {
        Some(head_dim) => head_dim,
        None => hidden
            .checked_div(heads)
            .ok_or("the number of heads is 0, which is no possible size")?,
    };
    for suffix in ["attention.value_length", "rope.dimension_count"] {
        if let Some(other) = optional(suffix)?.filter(|&other| other != head_dim) {
            return Err(format!(
                "`{}` is {other}, but heads are {head_dim} wide; such models are not supported",
                key(suffix)
            ));
        }
    }
    let table = weights.infos.get("token_embd.weight");
    let table = table.ok_or("the tensor `token_embd.weight` is missing; fetch the file again")?;
    let epsilon = key("attention.layer_norm_rms_epsilon");
    Ok(Shape {
        architecture,
        hidden,
        layers: size("block_count")?,
        heads,
        kv_heads: optional("attention.head_count_kv")?.unwrap_or(heads),
        head_dim,
        ffn: size("feed_forward_length")?,
        vocab: table.shape.first().copied().unwrap_or(0),
        rope_theta: keys.real(&key("rope.freq_base"))?.unwrap_or(10_000.0),
        rope_scaling: rope_scaling(keys, name, head_dim, weights)?,
        rms_eps: keys.real(&epsilon)?.ok_or_else(|| missing(&epsilon))? as f32,
        qkv_bias: weights.infos.contains_key("blk.0.attn_q.bias"),
        qk_norm: weights.infos.contains_key("blk.0.attn_q_norm.weight"),
        tied: !weights.infos.contains_key("output.weight"),
        context: size("context_length")?,
    })
}

fn rope_scaling(
    keys: &Keys<'_>,
    name: &str,
    head_dim: usize,
    weights: &Weights,
) -> Result<RopeScaling, String> {
    if let Some(factors) = weights.get("rope_freqs.weight") {
        if factors.dtype != GgmlDType::F32 || factors.shape != [head_dim / 2] {
            return Err(format!(
                "the tensor `rope_freqs.weight` must be {} numbers of F32",
                head_dim / 2
            ));
        }
        let numbers: Vec<f32> = factors
            .bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        if !numbers
            .iter()
            .all(|number| number.is_finite() && *number > 0.0)
        {
            return Err(
                "the tensor `rope_freqs.weight` holds numbers that are not positive".into(),
            );
        }
        return Ok(RopeScaling::Factors(numbers));
    }
    let factor = keys.real(&format!("{name}.rope.scaling.factor"))?;
    match keys.optional_text(&format!("{name}.rope.scaling.type"))? {
        None | Some("none") => Ok(RopeScaling::None),
        Some("linear") => match factor.filter(|factor| factor.is_finite() && *factor > 0.0) {
            Some(factor) => Ok(RopeScaling::Linear(factor)),
            None => Err(missing(&format!("{name}.rope.scaling.factor"))),
        },
        Some(other) => Err(format!(
            "the context is stretched by `{other}`, which is not supported; take a file without it"
        )),
    }
}

fn vocabulary(keys: &Keys<'_>) -> Result<Vocabulary, String> {
    let model = keys.text("tokenizer.ggml.model")?;
    if model != "gpt2" {
        return Err(format!(
            "the tokenizer `{model}` is not supported; supported is `gpt2` (byte-level BPE)"
        ));
    }
    let id = |name: &str| -> Result<Option<u32>, String> {
        let number = keys.number(&format!("tokenizer.ggml.{name}_token_id"))?;
        number
            .map(|number| u32::try_from(number).map_err(|_| format!("`{name}` is no token")))
            .transpose()
    };
    Ok(Vocabulary {
        split: keys
            .optional_text("tokenizer.ggml.pre")?
            .unwrap_or("default")
            .to_owned(),
        tokens: keys.texts("tokenizer.ggml.tokens")?,
        kinds: keys.numbers("tokenizer.ggml.token_type")?,
        merges: keys.texts("tokenizer.ggml.merges")?,
        bos: id("bos")?,
        add_bos: keys.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(false),
        ends: [id("eos")?, id("eot")?, id("eom")?]
            .into_iter()
            .flatten()
            .collect(),
    })
}

fn missing(key: &str) -> String {
    format!("the key `{key}` is missing; the file is no whole model")
}

/// Metadata with errors that name the key.
struct Keys<'a>(&'a Content);

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.metadata.get(key)
    }

    fn text(&self, key: &str) -> Result<&str, String> {
        self.optional_text(key)?.ok_or_else(|| missing(key))
    }

    fn optional_text(&self, key: &str) -> Result<Option<&str>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("the key `{key}` is no text")),
        }
    }

    fn number(&self, key: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let number = unsigned(value).ok_or_else(|| format!("the key `{key}` is no number"))?;
        Ok(Some(number))
    }

    fn real(&self, key: &str) -> Result<Option<f64>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(number)) => Ok(Some(f64::from(*number))),
            Some(Value::F64(number)) => Ok(Some(*number)),
            Some(_) => Err(format!("the key `{key}` is no fraction")),
        }
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(format!("the key `{key}` is neither true nor false")),
        }
    }

    fn array(&self, key: &str) -> Result<&[Value], String> {
        match self.get(key) {
            None => Err(missing(key)),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(format!("the key `{key}` is no list")),
        }
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, String> {
        self.array(key)?
            .iter()
            .map(|value| match value {
                Value::String(text) => Ok(text.clone()),
                _ => Err(format!("the key `{key}` is no list of texts")),
            })
            .collect()
    }

    fn numbers(&self, key: &str) -> Result<Vec<u64>, String> {
        self.array(key)?
            .iter()
            .map(|value| {
                unsigned(value).ok_or_else(|| format!("the key `{key}` is no list of numbers"))
            })
            .collect()
    }
}

fn unsigned(value: &Value) -> Option<u64> {
    match *value {
        Value::U8(number) => Some(number.into()),
        Value::U16(number) => Some(number.into()),
        Value::U32(number) => Some(number.into()),
        Value::U64(number) => Some(number),
        Value::I8(number) => number.try_into().ok(),
        Value::I16(number) => number.try_into().ok(),
        Value::I32(number) => number.try_into().ok(),
        Value::I64(number) => number.try_into().ok(),
        Value::F32(_) | Value::F64(_) | Value::Bool(_) | Value::String(_) | Value::Array(_) => None,
    }
}
