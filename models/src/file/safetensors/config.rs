//! What `config.json` and its companions say, in our words.

use serde_json::Value;

use crate::file::tokenizer::Settings;
use crate::file::weights::Weights;
use crate::local::shape::{Architecture, RopeScaling, Shape};

/// The sizes.
pub(super) fn shape(
    config: &Value,
    architecture: Architecture,
    weights: &Weights,
) -> Result<Shape, String> {
    for (key, what) in [
        ("use_sliding_window", "attends to a window only"),
        ("mlp_bias", "has biases in its feed-forward part"),
    ] {
        if config[key].as_bool() == Some(true) {
            return Err(format!(
                "the model {what} (`{key}`), which is not supported"
            ));
        }
    }
    let activation = config["hidden_act"].as_str().unwrap_or("silu");
    if activation != "silu" {
        return Err(format!(
            "the activation `{activation}` is not supported; supported is silu"
        ));
    }
    let (hidden, heads) = (
        size(config, "hidden_size")?,
        size(config, "num_attention_heads")?,
    );
    let head_dim = match optional_size(config, "head_dim")? {
        Some(head_dim) => head_dim,
        None => hidden
            .checked_div(heads)
            .ok_or("the number of heads is 0, which is no possible size")?,
    };
    Ok(Shape {
        architecture,
        hidden,
        layers: size(config, "num_hidden_layers")?,
        heads,
        kv_heads: optional_size(config, "num_key_value_heads")?.unwrap_or(heads),
        head_dim,
        ffn: size(config, "intermediate_size")?,
        vocab: size(config, "vocab_size")?,
        rope_theta: rope(config)
            .and_then(|rope| rope["rope_theta"].as_f64())
            .or_else(|| config["rope_theta"].as_f64())
            .unwrap_or(10_000.0),
        rope_scaling: scaling(config)?,
        rms_eps: config["rms_norm_eps"]
            .as_f64()
            .ok_or_else(|| missing("rms_norm_eps"))? as f32,
        qkv_bias: weights.infos.contains_key("blk.0.attn_q.bias"),
        qk_norm: weights.infos.contains_key("blk.0.attn_q_norm.weight"),
        // Where nothing is said, the file shows it; where it is denied, the matrix must be there.
        tied: !weights.infos.contains_key("output.weight")
            && config["tie_word_embeddings"].as_bool() != Some(false),
        context: size(config, "max_position_embeddings")?,
    })
}

fn missing(key: &str) -> String {
    format!("the key `{key}` is missing")
}

fn size(config: &Value, key: &str) -> Result<usize, String> {
    optional_size(config, key)?.ok_or_else(|| missing(key))
}

fn optional_size(config: &Value, key: &str) -> Result<Option<usize>, String> {
    match &config[key] {
        Value::Null => Ok(None),
        value => value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .map(Some)
            .ok_or_else(|| format!("the key `{key}` is no number")),
    }
}

/// `rope_parameters` since version 5 of `transformers`, `rope_scaling` before.
fn rope(config: &Value) -> Option<&Value> {
    ["rope_parameters", "rope_scaling"]
        .into_iter()
        .map(|key| &config[key])
        .find(|value| value.is_object())
}

fn scaling(config: &Value) -> Result<RopeScaling, String> {
    let Some(rope) = rope(config) else {
        return Ok(RopeScaling::None);
    };
    let number = |key: &str| {
        rope[key]
            .as_f64()
            .filter(|number| number.is_finite() && *number > 0.0)
            .ok_or_else(|| format!("the key `{key}` of the rotary angles is missing or no number"))
    };
    let kind = rope["rope_type"].as_str().or(rope["type"].as_str());
    match kind.unwrap_or("default") {
        "default" => Ok(RopeScaling::None),
        "linear" => Ok(RopeScaling::Linear(number("factor")?)),
        "llama3" => Ok(RopeScaling::Llama3 {
            factor: number("factor")?,
            low: number("low_freq_factor")?,
            high: number("high_freq_factor")?,
            original_context: number("original_max_position_embeddings")?,
        }),
        other => Err(format!(
            "the context is stretched by `{other}`, which is not supported"
        )),
    }
}

/// Which tokens begin and end, by all files that may say so.
pub(super) fn settings(config: &Value, generation: &Value, tokens: &Value) -> Settings {
    let ids = |value: &Value| -> Vec<u32> {
        let one = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
        match value {
            Value::Array(values) => values.iter().filter_map(one).collect(),
            value => one(value).into_iter().collect(),
        }
    };
    // A token is written as its text or as an object that has it.
    let text = |value: &Value| {
        let text = value.as_str().or(value["content"].as_str());
        text.map(str::to_owned)
    };
    let stated = ids(&generation["eos_token_id"]);
    Settings {
        bos: text(&tokens["bos_token"]),
        add_bos: tokens["add_bos_token"].as_bool().unwrap_or(false),
        end_texts: text(&tokens["eos_token"]).into_iter().collect(),
        ends: if stated.is_empty() {
            ids(&config["eos_token_id"])
        } else {
            stated
        },
    }
}

/// The template in `tokenizer_config.json`: one, or several with names.
pub(super) fn template(tokens: &Value) -> Option<String> {
    match &tokens["chat_template"] {
        Value::String(template) => Some(template.clone()),
        Value::Array(named) => {
            let template = |name: &str| {
                let found = named.iter().find(|entry| entry["name"] == name)?;
                found["template"].as_str().map(str::to_owned)
            };
            template("tool_use").or_else(|| template("default"))
        }
        _ => None,
    }
}
