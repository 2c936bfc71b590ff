//! A folder as PyPI `transformers` saves it: `config.json`, `*.safetensors`, `tokenizer.json` and their companions.
//!
//! Headers are read here and not by the `safetensors` crate, so that a person learns what is missing, and where.

mod config;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::quantized::GgmlDType;
use serde_json::Value;

use super::tokenizer::Tokenizer;
use super::weights::{Info, Weights, architecture, check_numbers, map};
use super::{Parts, Template};
use crate::error::Error;

/// The largest header that is read; those of 405B models have some 100 KB.
const HEADER: u64 = 16 << 20;
/// The largest JSON file that is read; tokenizers have up to 20 MB.
const JSON: u64 = 64 << 20;

/// Files that are read where they are there. Shards of weights have any name.
const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const GENERATION: &str = "generation_config.json";
const TOKENS: &str = "tokenizer_config.json";
const TEMPLATE: &str = "chat_template.jinja";
const WHOLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Whether a file of this name in a folder of a model may be read when it is opened. Some file systems take names that
/// differ in case for one.
pub(crate) fn reads(name: &str) -> bool {
    let name = name.to_lowercase();
    [CONFIG, TOKENIZER, GENERATION, TOKENS, TEMPLATE, INDEX].contains(&name.as_str())
        || name.ends_with(".safetensors")
}

/// Opens a folder.
pub(super) fn open(folder: &Path) -> Result<Parts, Error> {
    let config = json(&folder.join(CONFIG))?;
    let in_config = |reason| refuse(&folder.join(CONFIG), reason);
    let name = config["model_type"].as_str().unwrap_or("unnamed");
    let architecture = architecture(name).map_err(in_config)?;
    let mut weights = weights(folder)?;
    if config["tie_word_embeddings"].as_bool() == Some(true) {
        // Some files hold the table twice; the model has it once.
        weights.infos.remove("output.weight");
    }
    let shape = config::shape(&config, architecture, &weights).map_err(in_config)?;
    check_numbers(&shape).map_err(in_config)?;
    let generation = optional_json(&folder.join(GENERATION))?;
    let tokens = optional_json(&folder.join(TOKENS))?;
    let settings = config::settings(&config, &generation, &tokens);
    let file = folder.join(TOKENIZER);
    let tokenizer =
        Tokenizer::from_json(&text(&file)?, &settings).map_err(|reason| refuse(&file, reason))?;
    let mut notes = Vec::new();
    let beside = folder.join(TEMPLATE);
    let source = if beside.exists() {
        text(&beside)?
    } else if let Some(source) = config::template(&tokens) {
        source
    } else {
        notes.push(format!(
            "the folder has no chat template; the usual one of {name} is used"
        ));
        Template::usual(architecture).to_owned()
    };
    let (bos, eos) = (tokenizer.bos_text(), tokenizer.eos_text());
    let template = Template::new(folder, source, bos, eos, architecture)
        .map_err(|reason| refuse(folder, reason))?;
    Ok(Parts {
        shape,
        weights,
        tokenizer: Arc::new(tokenizer),
        template: Arc::new(template),
        interleaved: false,
        notes,
    })
}

fn refuse(file: &Path, reason: String) -> Error {
    Error::File {
        file: file.to_path_buf(),
        reason,
    }
}

fn text(file: &Path) -> Result<String, Error> {
    let failed = |error: std::io::Error| refuse(file, format!("cannot be read: {error}"));
    let length = std::fs::metadata(file).map_err(failed)?.len();
    if length > JSON {
        return Err(refuse(
            file,
            format!("{length} bytes are more than such a file has"),
        ));
    }
    std::fs::read_to_string(file).map_err(failed)
}

fn json(file: &Path) -> Result<Value, Error> {
    serde_json::from_str(&text(file)?)
        .map_err(|error| refuse(file, format!("is no JSON: {error}; fetch it again")))
}

fn optional_json(file: &Path) -> Result<Value, Error> {
    if file.exists() {
        return json(file);
    }
    Ok(Value::Null)
}

fn weights(folder: &Path) -> Result<Weights, Error> {
    let mut weights = Weights::default();
    let whole = folder.join(WHOLE);
    let index = folder.join(INDEX);
    let files = if whole.exists() || !index.exists() {
        vec![whole]
    } else {
        shards(folder, &index)?
    };
    for file in files {
        add(&file, &mut weights).map_err(|reason| refuse(&file, reason))?;
    }
    Ok(weights)
}

/// Files that the index names, each once.
fn shards(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, Error> {
    let value = json(index)?;
    let files = value["weight_map"]
        .as_object()
        .ok_or_else(|| refuse(index, "the key `weight_map` is missing".into()))?;
    let mut names = std::collections::BTreeSet::new();
    for name in files.values() {
        let name = name.as_str().unwrap_or_default();
        // Only files of this folder: an index must not reach for others.
        if Path::new(name).file_name().is_none_or(|file| file != name) {
            return Err(refuse(index, format!("`{name}` is no name of a file")));
        }
        names.insert(folder.join(name));
    }
    Ok(names.into_iter().collect())
}

/// Adds the tensors of one file.
fn add(path: &Path, weights: &mut Weights) -> Result<(), String> {
    let file = map(path)?;
    let length: [u8; 8] = file
        .get(..8)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or("the file is cut off in its first 8 bytes; fetch it again")?;
    let length = u64::from_le_bytes(length);
    if length > HEADER {
        return Err(format!(
            "the header claims {length} bytes; this is no safetensors file"
        ));
    }
    let start = 8 + length as usize;
    let header = file
        .get(8..start)
        .ok_or("the file is cut off in its header; fetch it again")?;
    let header: BTreeMap<String, Value> = serde_json::from_slice(header)
        .map_err(|error| format!("the header is damaged: {error}"))?;
    let mut infos = Vec::new();
    for (name, tensor) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        let mut info = info(name, tensor)?;
        info.file = weights.files.len();
        info.start = info
            .start
            .checked_add(start)
            .ok_or_else(|| format!("the tensor `{name}` begins at no possible place"))?;
        infos.push((name, info));
    }
    infos.sort_by_key(|(_, info)| info.start);
    let mut before: Option<(&String, usize)> = None;
    for (name, info) in infos {
        let end = info
            .start
            .checked_add(info.length)
            .ok_or_else(|| format!("the tensor `{name}` is larger than any file"))?;
        if end > file.len() {
            return Err(format!(
                "the file is cut off: {} bytes are missing, from the tensor `{name}` on; fetch it again",
                end - file.len()
            ));
        }
        if let Some((other, _)) = before.filter(|(_, end)| *end > info.start) {
            return Err(format!(
                "the tensors `{other}` and `{name}` lie over one another"
            ));
        }
        before = Some((name, end));
        // Tables of angles that old files carry; they follow from the configuration.
        if name.ends_with("rotary_emb.inv_freq") {
            continue;
        }
        if weights.infos.insert(canonical(name), info).is_some() {
            return Err(format!("the tensor `{name}` is there twice"));
        }
    }
    weights.files.push(Arc::new(file));
    Ok(())
}

/// Type, shape and place of a tensor, counted from the end of the header.
fn info(name: &str, tensor: &Value) -> Result<Info, String> {
    let damaged = || format!("the header says nothing of use on the tensor `{name}`");
    let (dtype, width) = match tensor["dtype"].as_str().ok_or_else(damaged)? {
        "F32" => (GgmlDType::F32, 4),
        "F16" => (GgmlDType::F16, 2),
        "BF16" => (GgmlDType::BF16, 2),
        other => {
            return Err(format!(
                "the tensor `{name}` has the type {other}, which is not supported; supported are F32, F16 and BF16"
            ));
        }
    };
    let numbers = |value: &Value| -> Option<Vec<usize>> {
        let array = value.as_array()?;
        array
            .iter()
            .map(|n| n.as_u64().and_then(|n| usize::try_from(n).ok()))
            .collect()
    };
    let shape = numbers(&tensor["shape"]).ok_or_else(damaged)?;
    let offsets = numbers(&tensor["data_offsets"]).ok_or_else(damaged)?;
    let &[start, end] = offsets.as_slice() else {
        return Err(damaged());
    };
    let bytes = shape
        .iter()
        .try_fold(width, |product: usize, &n| product.checked_mul(n))
        .filter(|&bytes| bytes > 0)
        .ok_or_else(|| format!("the tensor `{name}` has no possible size"))?;
    if end.checked_sub(start) != Some(bytes) {
        return Err(format!(
            "the tensor `{name}` is {bytes} bytes by its shape, but lies from {start} to {end}"
        ));
    }
    Ok(Info {
        dtype,
        shape,
        file: 0,
        start,
        length: bytes,
    })
}

/// The name that llama.cpp gives to a tensor. Unknown ones keep theirs and are refused later.
fn canonical(name: &str) -> String {
    let plain = match name {
        "model.embed_tokens.weight" => "token_embd.weight",
        "model.norm.weight" => "output_norm.weight",
        "lm_head.weight" => "output.weight",
        _ => "",
    };
    if !plain.is_empty() {
        return plain.into();
    }
    let Some((layer, part)) = name
        .strip_prefix("model.layers.")
        .and_then(|rest| rest.split_once('.'))
    else {
        return name.into();
    };
    let Some((part, kind)) = part.rsplit_once('.') else {
        return name.into();
    };
    let part = match part {
        "input_layernorm" => "attn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "self_attn.q_norm" => "attn_q_norm",
        "self_attn.k_norm" => "attn_k_norm",
        "post_attention_layernorm" => "ffn_norm",
        "mlp.gate_proj" => "ffn_gate",
        "mlp.up_proj" => "ffn_up",
        "mlp.down_proj" => "ffn_down",
        _ => return name.into(),
    };
    format!("blk.{layer}.{part}.{kind}")
}
