//! Folders with safetensors that are made here, and broken here.

use std::path::Path;

use candle_core::quantized::GgmlDType;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{refusal, survives};
use crate::file::ModelFile;
use crate::local::shape::{Architecture, RopeScaling};

const HIDDEN: usize = 32;
const FFN: usize = 16;
const VOCABULARY: usize = 768;

/// A folder before it is written.
struct Folder {
    config: Value,
    tokenizer: Value,
    tokenizer_config: Value,
    generation_config: Option<Value>,
    /// Name, type and shape.
    tensors: Vec<(String, &'static str, Vec<usize>)>,
}

impl Folder {
    /// One layer of Qwen2 that is whole, in BF16.
    fn whole() -> Self {
        let config = json!({
            "model_type": "qwen2", "hidden_size": HIDDEN, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 1, "intermediate_size": FFN, "vocab_size": VOCABULARY, "rms_norm_eps": 1e-6,
            "max_position_embeddings": 64, "rope_theta": 10000.0, "hidden_act": "silu", "eos_token_id": 763,
            "tie_word_embeddings": false,
        });
        let mut tensors: Vec<(String, &str, Vec<usize>)> = vec![
            (
                "model.embed_tokens.weight".into(),
                "BF16",
                vec![VOCABULARY, HIDDEN],
            ),
            ("lm_head.weight".into(), "BF16", vec![VOCABULARY, HIDDEN]),
            ("model.norm.weight".into(), "BF16", vec![HIDDEN]),
        ];
        let layer = [
            ("input_layernorm.weight", vec![HIDDEN]),
            ("post_attention_layernorm.weight", vec![HIDDEN]),
            ("self_attn.q_proj.weight", vec![HIDDEN, HIDDEN]),
            ("self_attn.q_proj.bias", vec![HIDDEN]),
            ("self_attn.k_proj.weight", vec![16, HIDDEN]),
            ("self_attn.k_proj.bias", vec![16]),
            ("self_attn.v_proj.weight", vec![16, HIDDEN]),
            ("self_attn.v_proj.bias", vec![16]),
            ("self_attn.o_proj.weight", vec![HIDDEN, HIDDEN]),
            ("mlp.gate_proj.weight", vec![FFN, HIDDEN]),
            ("mlp.up_proj.weight", vec![FFN, HIDDEN]),
            ("mlp.down_proj.weight", vec![HIDDEN, FFN]),
        ];
        for (name, shape) in layer {
            tensors.push((format!("model.layers.0.{name}"), "BF16", shape));
        }
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny");
        let read = |name: &str| {
            serde_json::from_str(&std::fs::read_to_string(data.join(name)).unwrap()).unwrap()
        };
        Self {
            config,
            tokenizer: read("tokenizer.json"),
            tokenizer_config: read("tokenizer_config.json"),
            generation_config: None,
            tensors,
        }
    }

    fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, value: &Value| {
            std::fs::write(folder.path().join(name), value.to_string()).unwrap();
        };
        write("config.json", &self.config);
        write("tokenizer.json", &self.tokenizer);
        write("tokenizer_config.json", &self.tokenizer_config);
        if let Some(config) = &self.generation_config {
            write("generation_config.json", config);
        }
        let whole = folder.path().join("model.safetensors");
        std::fs::write(whole, file(&self.tensors)).unwrap();
        folder
    }

    fn tensor(&mut self, name: &str) -> &mut (String, &'static str, Vec<usize>) {
        let found = self.tensors.iter_mut().find(|tensor| tensor.0 == name);
        found.unwrap()
    }
}

fn file(tensors: &[(String, &'static str, Vec<usize>)]) -> Vec<u8> {
    let (mut header, mut at) = (json!({ "__metadata__": { "format": "pt" } }), 0);
    for (name, dtype, shape) in tensors {
        let width = if *dtype == "F32" { 4 } else { 2 };
        let end = at + shape.iter().product::<usize>() * width;
        header[name] = json!({ "dtype": dtype, "shape": shape, "data_offsets": [at, end] });
        at = end;
    }
    raw(&header.to_string(), at)
}

fn raw(header: &str, data: usize) -> Vec<u8> {
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header.as_bytes());
    out.resize(out.len() + data, 1);
    out
}

#[test]
fn a_whole_folder_is_opened() {
    let folder = Folder::whole().write();
    let file = ModelFile::open_within(folder.path(), Some(1 << 20)).unwrap();
    let shape = file.shape();
    assert_eq!(file.architecture(), Architecture::Qwen2);
    assert_eq!((shape.heads, shape.kv_heads, shape.head_dim), (2, 1, 16));
    assert!(!shape.tied && shape.qkv_bias && !shape.qk_norm && !file.interleaved());
    let tensor = file.tensor("blk.0.ffn_down.weight").unwrap();
    assert_eq!(
        (tensor.dtype, tensor.shape.as_slice()),
        (GgmlDType::BF16, [HIDDEN, FFN].as_slice())
    );
    assert_eq!(tensor.bytes.len(), HIDDEN * FFN * 2);
    assert!(file.notes().is_empty(), "{:?}", file.notes());
    let tokenizer = file.tokenizer();
    let end = tokenizer.token("<|im_end|>").unwrap();
    assert!(tokenizer.ends().contains(&end) && tokenizer.is_control(end));
    let call = tokenizer.token("<tool_call>").unwrap();
    assert!(!tokenizer.is_control(call));
    assert_eq!(tokenizer.bytes(call), b"<tool_call>");
    assert!(file.needed_bytes(7) > 7);
}

#[test]
fn shards_are_joined() {
    let mut whole = Folder::whole();
    let second = whole.tensors.split_off(5);
    let folder = whole.write();
    let path = |name: &str| folder.path().join(name);
    std::fs::rename(path("model.safetensors"), path("a.safetensors")).unwrap();
    std::fs::write(path("b.safetensors"), file(&second)).unwrap();
    let map: serde_json::Map<_, _> = whole
        .tensors
        .iter()
        .map(|tensor| (tensor.0.clone(), json!("a.safetensors")))
        .chain(
            second
                .iter()
                .map(|tensor| (tensor.0.clone(), json!("b.safetensors"))),
        )
        .collect();
    let index = path("model.safetensors.index.json");
    std::fs::write(&index, json!({ "weight_map": map }).to_string()).unwrap();
    assert!(ModelFile::open_within(folder.path(), None).is_ok());

    std::fs::remove_file(path("b.safetensors")).unwrap();
    assert!(refusal(folder.path()).contains("cannot be opened"));
    let outside = json!({ "weight_map": { "x": "../a.safetensors" } });
    std::fs::write(&index, outside.to_string()).unwrap();
    assert!(refusal(folder.path()).contains("is no name of a file"));
}

#[test]
fn old_and_new_ways_to_write_the_angles_are_read() {
    let llama3 = json!({
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192, "rope_theta": 500000.0,
    });
    let mut folder = Folder::whole();
    folder.config["rope_parameters"] = llama3.clone();
    let opened = ModelFile::open_within(folder.write().path(), None).unwrap();
    assert_eq!(opened.shape().rope_theta, 500_000.0);
    let expected = RopeScaling::Llama3 {
        factor: 8.0,
        low: 1.0,
        high: 4.0,
        original_context: 8192.0,
    };
    assert_eq!(opened.shape().rope_scaling, expected);
    let mut folder = Folder::whole();
    folder.config["rope_scaling"] = llama3;
    folder.config["rope_scaling"]["rope_theta"] = Value::Null;
    let opened = ModelFile::open_within(folder.write().path(), None).unwrap();
    assert_eq!(opened.shape().rope_theta, 10_000.0);
    assert_eq!(opened.shape().rope_scaling, expected);
}

#[test]
fn the_output_matrix_is_the_table_only_where_it_is_said_or_shown() {
    let tied = |stated: Value, matrix: bool| {
        let mut folder = Folder::whole();
        folder.config["tie_word_embeddings"] = stated;
        if !matrix {
            folder.tensors.retain(|tensor| tensor.0 != "lm_head.weight");
        }
        ModelFile::open_within(folder.write().path(), None).map(|file| file.shape().tied)
    };
    assert_eq!(tied(json!(true), true), Ok(true));
    assert_eq!(tied(json!(true), false), Ok(true));
    assert_eq!(tied(json!(false), true), Ok(false));
    assert_eq!(tied(Value::Null, false), Ok(true));
    assert_eq!(tied(Value::Null, true), Ok(false));
    let reason = tied(json!(false), false).unwrap_err().to_string();
    assert!(reason.contains("`output.weight` is missing"), "{reason}");
}

#[rstest]
#[case::architecture("`mamba` is not supported; supported are", |f: &mut Folder| f.config["model_type"] = json!("mamba"))]
#[case::missing_key("the key `hidden_size` is missing", |f: &mut Folder| f.config["hidden_size"] = Value::Null)]
#[case::wrong_key("the key `hidden_size` is no number", |f: &mut Folder| f.config["hidden_size"] = json!("8"))]
#[case::window("attends to a window only", |f: &mut Folder| f.config["use_sliding_window"] = json!(true))]
#[case::activation("the activation `gelu` is not supported", |f: &mut Folder| f.config["hidden_act"] = json!("gelu"))]
#[case::yarn("stretched by `yarn`", |f: &mut Folder| f.config["rope_scaling"] = json!({ "rope_type": "yarn", "factor": 4.0 }))]
#[case::dtype("type F8_E4M3, which is not supported", |f: &mut Folder| f.tensor("model.norm.weight").1 = "F8_E4M3")]
#[case::other_size("is [16, 32], but by its configuration the model needs [32, 16]", |f: &mut Folder| f.tensor("model.layers.0.mlp.down_proj.weight").2 = vec![16, 32])]
#[case::narrow_heads("heads of 8 numbers are not supported; supported are multiples of 16 up to 256", |f: &mut Folder| f.config["head_dim"] = json!(8))]
#[case::wide_heads("heads of 272 numbers are not supported", |f: &mut Folder| f.config["head_dim"] = json!(272))]
#[case::missing_bias("the tensor `blk.0.attn_k.bias` is missing", |f: &mut Folder| f.tensors.retain(|t| !t.0.ends_with("k_proj.bias")))]
#[case::no_biases("a qwen2 model needs biases", |f: &mut Folder| f.tensors.retain(|t| !t.0.ends_with(".bias")))]
#[case::adapter("`model.layers.0.lora` belongs to no qwen2 model", |f: &mut Folder| f.tensors.push(("model.layers.0.lora".into(), "BF16", vec![1])))]
#[case::few_rows("768 tokens, but the model only 760 rows", |f: &mut Folder| { f.config["vocab_size"] = json!(760); f.tensor("lm_head.weight").2 = vec![760, 32]; f.tensor("model.embed_tokens.weight").2 = vec![760, 32]; })]
#[case::other_tokenizer("the tokenizer is WordPiece", |f: &mut Folder| f.tokenizer["model"]["type"] = json!("WordPiece"))]
#[case::unknown_merge("is made of no known tokens", |f: &mut Folder| f.tokenizer["model"]["merges"] = json!([["a", "zzzzzz"]]))]
#[case::overlong_merge("is made of no known tokens", |f: &mut Folder| f.tokenizer["model"]["merges"] = json!(["<|im_end|> <|im_end|>"]))]
#[case::odd_merge("is no pair", |f: &mut Folder| f.tokenizer["model"]["merges"] = json!([7]))]
#[case::prefix("marks parts of words", |f: &mut Folder| f.tokenizer["model"]["continuing_subword_prefix"] = json!("##"))]
#[case::dropout("drops merges at random", |f: &mut Folder| f.tokenizer["model"]["dropout"] = json!(0.5))]
#[case::no_bytes("does not work on bytes", |f: &mut Folder| f.tokenizer["decoder"] = json!({ "type": "Metaspace", "replacement": "_", "prepend_scheme": "always", "split": true }))]
#[case::huge_token("too many", |f: &mut Folder| f.tokenizer["model"]["vocab"]["far"] = json!(4_000_000_000_u32))]
#[case::broken_tokenizer("cannot be read", |f: &mut Folder| f.tokenizer["pre_tokenizer"] = json!({ "type": "Nothing" }))]
#[case::broken_template("the chat template cannot be read", |f: &mut Folder| f.tokenizer_config["chat_template"] = json!("{% if %}"))]
fn what_does_not_fit_is_refused_with_the_reason(
    #[case] expected: &str,
    #[case] change: fn(&mut Folder),
) {
    let mut folder = Folder::whole();
    change(&mut folder);
    let reason = refusal(folder.write().path());
    assert!(reason.contains(expected), "{reason}");
}

#[rstest]
#[case::empty("the file is empty", vec![])]
#[case::short("cut off in its first 8 bytes", vec![1, 2, 3])]
#[case::endless("this is no safetensors file", u64::MAX.to_le_bytes().to_vec())]
#[case::cut_header("cut off in its header", 1000_u64.to_le_bytes().to_vec())]
#[case::no_json("the header is damaged", raw("{\"a\": ", 0))]
#[case::no_tensor("says nothing of use", raw(r#"{"a": 7}"#, 0))]
#[case::no_offsets(
    "says nothing of use",
    raw(r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}"#, 4)
)]
#[case::backwards(
    "lies from 4 to 0",
    raw(r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}"#, 4)
)]
#[case::negative(
    "says nothing of use",
    raw(r#"{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}"#, 4)
)]
#[case::endless_shape(
    "no possible size",
    raw(
        r#"{"a": {"dtype": "F32", "shape": [18446744073709551615, 9], "data_offsets": [0, 4]}}"#,
        4
    )
)]
#[case::far("begins at no possible place", raw(r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [18446744073709551611, 18446744073709551615]}}"#, 4))]
#[case::overlap("`a` and `b` lie over one another", raw(r#"{"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}, "b": {"dtype": "F16", "shape": [2], "data_offsets": [2, 6]}}"#, 8))]
#[case::cut_data(
    "3 bytes are missing, from the tensor `a` on",
    raw(r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#, 1)
)]
#[case::twice("is there twice", raw(r#"{"lm_head.weight": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}, "output.weight": {"dtype": "F16", "shape": [1], "data_offsets": [2, 4]}}"#, 4))]
fn hostile_headers_are_refused(#[case] expected: &str, #[case] bytes: Vec<u8>) {
    let folder = Folder::whole().write();
    std::fs::write(folder.path().join("model.safetensors"), bytes).unwrap();
    let reason = refusal(folder.path());
    assert!(reason.contains(expected), "{reason}");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let whole = Folder::whole();
    let bytes = file(&whole.tensors);
    let folder = whole.write();
    for end in (1..bytes.len()).step_by(61) {
        std::fs::write(folder.path().join("model.safetensors"), &bytes[..end]).unwrap();
        let reason = refusal(folder.path());
        assert!(reason.contains("cut off"), "{end}: {reason}");
    }
}

#[rstest]
#[case("config.json")]
#[case("tokenizer.json")]
#[case("model.safetensors")]
fn a_missing_file_is_named(#[case] name: &str) {
    let folder = Folder::whole().write();
    std::fs::remove_file(folder.path().join(name)).unwrap();
    let error = ModelFile::open_within(folder.path(), None).unwrap_err();
    assert!(error.to_string().contains(name), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_damage_makes_it_panic(
        name in prop::sample::select(vec!["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let folder = Folder::whole().write();
        let path = folder.path().join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        for (index, value) in flips {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        std::fs::write(&path, bytes).unwrap();
        prop_assert!(survives(folder.path()));
    }
}
