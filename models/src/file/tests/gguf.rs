//! GGUF files that are made here, and broken here.

use std::path::PathBuf;

use candle_core::quantized::GgmlDType;
use proptest::prelude::*;
use rstest::rstest;
use tempfile::TempDir;

use super::{refusal, survives};
use crate::chat::Message;
use crate::error::Error;
use crate::file::ModelFile;
use crate::local::shape::{Architecture, RopeScaling};

const HIDDEN: u64 = 32;
const FFN: u64 = 64;

#[derive(Clone)]
enum Value {
    U32(u32),
    F32(f32),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    I32s(Vec<i32>),
}

/// A file before it is written.
#[derive(Clone)]
struct Gguf {
    keys: Vec<(String, Value)>,
    /// Name, dimensions with columns first, type, bytes.
    tensors: Vec<(String, Vec<u64>, u32, usize)>,
    alignment: usize,
}

impl Gguf {
    /// One layer of Qwen3 that is whole: norms in F32, matrices in Q8_0.
    fn whole() -> Self {
        let mut tokens: Vec<String> = letters();
        tokens.extend(["ab".into(), "<|im_end|>".into(), "unused".into()]);
        let mut kinds = vec![1; 257];
        kinds.extend([3, 5]);
        let text = |text: &str| Value::Text(text.into());
        let keys = [
            ("general.architecture", text("qwen3")),
            ("qwen3.context_length", Value::U32(128)),
            ("qwen3.embedding_length", Value::U32(HIDDEN as u32)),
            ("qwen3.block_count", Value::U32(1)),
            ("qwen3.feed_forward_length", Value::U32(FFN as u32)),
            ("qwen3.attention.head_count", Value::U32(4)),
            ("qwen3.attention.head_count_kv", Value::U32(2)),
            ("qwen3.attention.key_length", Value::U32(16)),
            ("qwen3.rope.freq_base", Value::F32(1e6)),
            ("qwen3.attention.layer_norm_rms_epsilon", Value::F32(1e-6)),
            ("tokenizer.ggml.model", text("gpt2")),
            ("tokenizer.ggml.pre", text("qwen2")),
            ("tokenizer.ggml.tokens", Value::Texts(tokens)),
            ("tokenizer.ggml.token_type", Value::I32s(kinds)),
            (
                "tokenizer.ggml.merges",
                Value::Texts(vec!["a b".to_owned()]),
            ),
            ("tokenizer.ggml.eos_token_id", Value::U32(257)),
            ("tokenizer.ggml.add_bos_token", Value::Bool(false)),
            (
                "tokenizer.chat_template",
                text("{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"),
            ),
        ];
        let mut gguf = Self {
            keys: keys.map(|(key, value)| (key.to_owned(), value)).into(),
            tensors: Vec::new(),
            alignment: 32,
        };
        gguf.matrix("token_embd.weight", 259, HIDDEN);
        gguf.vector("output_norm.weight", HIDDEN);
        gguf.vector("blk.0.attn_norm.weight", HIDDEN);
        gguf.matrix("blk.0.attn_q.weight", 64, HIDDEN);
        gguf.matrix("blk.0.attn_k.weight", 32, HIDDEN);
        gguf.matrix("blk.0.attn_v.weight", 32, HIDDEN);
        gguf.vector("blk.0.attn_q_norm.weight", 16);
        gguf.vector("blk.0.attn_k_norm.weight", 16);
        gguf.matrix("blk.0.attn_output.weight", HIDDEN, 64);
        gguf.vector("blk.0.ffn_norm.weight", HIDDEN);
        gguf.matrix("blk.0.ffn_gate.weight", FFN, HIDDEN);
        gguf.matrix("blk.0.ffn_up.weight", FFN, HIDDEN);
        gguf.matrix("blk.0.ffn_down.weight", HIDDEN, FFN);
        gguf
    }

    fn matrix(&mut self, name: &str, rows: u64, columns: u64) {
        let bytes = (rows * columns / 32 * 34) as usize;
        self.tensors
            .push((name.into(), vec![columns, rows], 8, bytes));
    }

    fn vector(&mut self, name: &str, length: u64) {
        self.tensors
            .push((name.into(), vec![length], 0, length as usize * 4));
    }

    /// The matrix in Q4_1, for which there is no kernel.
    fn slow(&mut self, name: &str) {
        let tensor = self.tensor(name);
        let numbers: u64 = tensor.1.iter().product();
        (tensor.2, tensor.3) = (3, (numbers / 32 * 20) as usize);
    }

    /// As [`Gguf::whole`], with matrices in Q4_1 that begin at odd places.
    fn odd() -> Self {
        let mut gguf = Self::whole();
        let names = gguf.tensors.iter().filter(|tensor| tensor.2 == 8);
        let names: Vec<String> = names.map(|tensor| tensor.0.clone()).collect();
        names.iter().for_each(|name| gguf.slow(name));
        gguf.alignment = 1;
        gguf.set("general.alignment", Value::U32(1));
        if gguf.bytes().1.is_multiple_of(2) {
            // 17 bytes.
            gguf.set("even", Value::Bool(true));
        }
        gguf
    }

    fn set(&mut self, key: &str, value: Value) {
        self.remove(key);
        self.keys.push((key.into(), value));
    }

    fn remove(&mut self, key: &str) {
        self.keys.retain(|(other, _)| other != key);
    }

    fn tensor(&mut self, name: &str) -> &mut (String, Vec<u64>, u32, usize) {
        let found = self.tensors.iter_mut().find(|tensor| tensor.0 == name);
        found.unwrap()
    }

    /// All bytes, and where the header ends.
    fn bytes(&self) -> (Vec<u8>, usize) {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.keys.len() as u64).to_le_bytes());
        for (key, value) in &self.keys {
            push(&mut out, key);
            value.write(&mut out);
        }
        let mut offset = 0_u64;
        for (name, dimensions, kind, bytes) in &self.tensors {
            push(&mut out, name);
            out.extend((dimensions.len() as u32).to_le_bytes());
            dimensions.iter().for_each(|n| out.extend(n.to_le_bytes()));
            out.extend(kind.to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset += bytes.next_multiple_of(self.alignment) as u64;
        }
        let header = out.len();
        for (.., bytes) in &self.tensors {
            out.resize(out.len().next_multiple_of(self.alignment) + bytes, 1);
        }
        (out, header)
    }

    fn write(&self) -> Written {
        Written::new(&self.bytes().0)
    }
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        let kind: u32 = match self {
            Self::U32(_) => 4,
            Self::F32(_) => 6,
            Self::Bool(_) => 7,
            Self::Text(_) => 8,
            Self::Texts(_) | Self::I32s(_) => 9,
        };
        out.extend(kind.to_le_bytes());
        match self {
            Self::U32(number) => out.extend(number.to_le_bytes()),
            Self::F32(number) => out.extend(number.to_le_bytes()),
            Self::Bool(flag) => out.push(u8::from(*flag)),
            Self::Text(text) => push(out, text),
            Self::Texts(texts) => {
                out.extend(8_u32.to_le_bytes());
                out.extend((texts.len() as u64).to_le_bytes());
                texts.iter().for_each(|text| push(out, text));
            }
            Self::I32s(numbers) => {
                out.extend(5_u32.to_le_bytes());
                out.extend((numbers.len() as u64).to_le_bytes());
                numbers
                    .iter()
                    .for_each(|number| out.extend(number.to_le_bytes()));
            }
        }
    }
}

fn push(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

/// The letters of byte-level BPE in the order of their bytes.
fn letters() -> Vec<String> {
    let mut spare = 256;
    (0..=255_u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte).to_string(),
            _ => {
                spare += 1;
                char::from_u32(spare - 1).unwrap().to_string()
            }
        })
        .collect()
}

struct Written {
    _folder: TempDir,
    path: PathBuf,
}

impl Written {
    fn new(bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.gguf");
        std::fs::write(&path, bytes).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }
}

#[test]
fn a_whole_file_is_opened() {
    let written = Gguf::whole().write();
    let file = ModelFile::open_within(&written.path, Some(1 << 20)).unwrap();
    let shape = file.shape();
    assert_eq!(file.architecture(), Architecture::Qwen3);
    assert_eq!((shape.hidden, shape.layers, shape.ffn), (32, 1, 64));
    assert_eq!((shape.heads, shape.kv_heads, shape.head_dim), (4, 2, 16));
    assert_eq!((shape.vocab, shape.context), (259, 128));
    assert_eq!(shape.rope_scaling, RopeScaling::None);
    assert!(shape.tied && shape.qk_norm && !shape.qkv_bias && !file.interleaved());
    assert!(file.notes().is_empty(), "{:?}", file.notes());
    let tensor = file.tensor("blk.0.attn_output.weight").unwrap();
    assert_eq!(
        (tensor.dtype, tensor.shape),
        (GgmlDType::Q8_0, vec![32, 64])
    );
    assert_eq!(tensor.bytes, vec![1; 32 * 64 / 32 * 34]);
    assert!(file.tensor("output.weight").is_err());
    let tokenizer = file.tokenizer();
    let prompt = file.template().render(
        &[Message::user("cab")],
        &[],
        false,
        true,
        jiff::civil::date(2026, 1, 1),
    );
    assert_eq!(tokenizer.encode_prompt(&prompt.unwrap()), [99, 256, 257]);
    assert_eq!(tokenizer.ends(), [257]);
    assert_eq!(tokenizer.bytes(258), b"", "an unused token says nothing");
}

#[rstest]
#[case::architecture("`phi3` is not supported; supported are qwen2, qwen3, llama", |g: &mut Gguf| g.set("general.architecture", Value::Text("phi3".into())))]
#[case::missing_key("the key `qwen3.block_count` is missing", |g: &mut Gguf| g.remove("qwen3.block_count"))]
#[case::wrong_key("the key `qwen3.block_count` is no number", |g: &mut Gguf| g.set("qwen3.block_count", Value::Text("1".into())))]
#[case::no_heads("the number of heads is 0", |g: &mut Gguf| { g.set("qwen3.attention.head_count", Value::U32(0)); g.remove("qwen3.attention.key_length"); })]
#[case::uneven_heads("4 heads cannot share 3 key heads", |g: &mut Gguf| g.set("qwen3.attention.head_count_kv", Value::U32(3)))]
#[case::huge_width("4294967295, which is no possible size", |g: &mut Gguf| g.set("qwen3.embedding_length", Value::U32(u32::MAX)))]
#[case::more_layers("the tensor `blk.1.", |g: &mut Gguf| g.set("qwen3.block_count", Value::U32(2)))]
#[case::other_size("the tensor `blk.0.ffn_gate.weight` is [64, 32], but by its configuration the model needs [96, 32]", |g: &mut Gguf| { g.set("qwen3.feed_forward_length", Value::U32(96)); *g.tensor("blk.0.ffn_up.weight") = ("blk.0.ffn_up.weight".into(), vec![32, 96], 8, 3264); *g.tensor("blk.0.ffn_down.weight") = ("blk.0.ffn_down.weight".into(), vec![96, 32], 8, 3264); })]
#[case::partly_rotated("heads are 16 wide", |g: &mut Gguf| g.set("qwen3.rope.dimension_count", Value::U32(8)))]
#[case::yarn("stretched by `yarn`", |g: &mut Gguf| g.set("qwen3.rope.scaling.type", Value::Text("yarn".into())))]
#[case::experts("`blk.0.ffn_gate_exps.weight` belongs to no qwen3 model", |g: &mut Gguf| g.matrix("blk.0.ffn_gate_exps.weight", 32, 32))]
#[case::missing_tensor("the tensor `blk.0.ffn_up.weight` is missing", |g: &mut Gguf| g.tensors.retain(|t| t.0 != "blk.0.ffn_up.weight"))]
#[case::missing_table("the tensor `token_embd.weight` is missing", |g: &mut Gguf| g.tensors.retain(|t| t.0 != "token_embd.weight"))]
#[case::missing_norms("a qwen3 model needs norms of queries and keys", |g: &mut Gguf| g.tensors.retain(|t| t.0 != "blk.0.attn_q_norm.weight"))]
#[case::twice("the tensor `output_norm.weight` is there twice", |g: &mut Gguf| g.vector("output_norm.weight", 32))]
#[case::key_twice("the key `a` is there twice", |g: &mut Gguf| g.keys.extend([("a".into(), Value::U32(1)), ("a".into(), Value::U32(1))]))]
#[case::unsupported_type("type IQ4_XS (23), which is not supported", |g: &mut Gguf| g.tensor("blk.0.ffn_up.weight").2 = 23)]
#[case::unknown_type("type unknown (4000)", |g: &mut Gguf| g.tensor("blk.0.ffn_up.weight").2 = 4000)]
#[case::activation_type("a type for activations", |g: &mut Gguf| g.tensor("blk.0.ffn_up.weight").2 = 9)]
#[case::partial_blocks("rows of 16 numbers, which are no whole blocks", |g: &mut Gguf| *g.tensor("blk.0.ffn_up.weight") = ("blk.0.ffn_up.weight".into(), vec![16, 64], 8, 1088))]
#[case::quantised_norm("is Q8_0, but norms and biases must be", |g: &mut Gguf| g.tensor("output_norm.weight").2 = 8)]
#[case::no_dimensions("has 0 dimensions", |g: &mut Gguf| g.tensor("output_norm.weight").1 = vec![])]
#[case::many_dimensions("has 5 dimensions", |g: &mut Gguf| g.tensor("output_norm.weight").1 = vec![1; 5])]
#[case::empty_tensor("no possible size", |g: &mut Gguf| g.tensor("output_norm.weight").1 = vec![0])]
#[case::endless_tensor("no possible size", |g: &mut Gguf| g.tensor("output_norm.weight").1 = vec![u64::MAX, u64::MAX])]
#[case::large_tensor("bytes are missing, from the tensor `output_norm.weight` on", |g: &mut Gguf| g.tensor("output_norm.weight").1 = vec![1 << 40])]
#[case::split_file("split into several files", |g: &mut Gguf| g.set("split.count", Value::U32(3)))]
#[case::sentencepiece("the tokenizer `llama` is not supported", |g: &mut Gguf| g.set("tokenizer.ggml.model", Value::Text("llama".into())))]
#[case::no_split("splits words by `default`", |g: &mut Gguf| g.remove("tokenizer.ggml.pre"))]
#[case::unknown_merge("the merge `a zz` of the tokenizer is made of no known tokens", |g: &mut Gguf| g.set("tokenizer.ggml.merges", Value::Texts(vec!["a zz".into()])))]
#[case::overlong_merge("is made of no known tokens", |g: &mut Gguf| g.set("tokenizer.ggml.merges", Value::Texts(vec!["<|im_end|> <|im_end|>".into()])))]
#[case::one_sided_merge("has no two sides", |g: &mut Gguf| g.set("tokenizer.ggml.merges", Value::Texts(vec!["ab".into()])))]
#[case::few_kinds("259 tokens, but kinds of 2 tokens", |g: &mut Gguf| g.set("tokenizer.ggml.token_type", Value::I32s(vec![1, 1])))]
#[case::negative_kind("no list of numbers", |g: &mut Gguf| g.set("tokenizer.ggml.token_type", Value::I32s(vec![-1; 259])))]
#[case::few_bytes("no token for the byte", |g: &mut Gguf| { g.set("tokenizer.ggml.tokens", Value::Texts(vec!["a".into(), "<|im_end|>".into()])); g.set("tokenizer.ggml.token_type", Value::I32s(vec![1, 3])); g.set("tokenizer.ggml.merges", Value::Texts(vec![])); })]
#[case::no_end("no token that ends an answer", |g: &mut Gguf| { g.remove("tokenizer.ggml.eos_token_id"); g.set("tokenizer.ggml.token_type", Value::I32s(vec![1; 259])); })]
#[case::few_rows("has 259 tokens, but the model only 258 rows", |g: &mut Gguf| *g.tensor("token_embd.weight") = ("token_embd.weight".into(), vec![32, 258], 8, 258 * 34))]
#[case::broken_template("the chat template cannot be read", |g: &mut Gguf| g.set("tokenizer.chat_template", Value::Text("{% for".into())))]
#[case::alignment("no power of two", |g: &mut Gguf| g.set("general.alignment", Value::U32(0)))]
#[case::uneven_alignment("no power of two", |g: &mut Gguf| g.set("general.alignment", Value::U32(48)))]
#[case::other_alignment("begins at no possible place", |g: &mut Gguf| g.set("general.alignment", Value::U32(4096)))]
fn what_does_not_fit_is_refused_with_the_reason(
    #[case] expected: &str,
    #[case] change: fn(&mut Gguf),
) {
    let mut gguf = Gguf::whole();
    change(&mut gguf);
    let reason = refusal(&gguf.write().path);
    assert!(reason.contains(expected), "{reason}");
}

#[rstest]
#[case::other_format("this is no GGUF file", b"PK\x03\x04 a zip".to_vec())]
#[case::empty("the file is empty", vec![])]
#[case::first_bytes("the file is cut off", b"GG".to_vec())]
#[case::old("version 1 is too old", [b"GGUF".as_slice(), &1_u32.to_le_bytes()].concat())]
#[case::new("version 9 is not known", [b"GGUF".as_slice(), &9_u32.to_le_bytes()].concat())]
#[case::big_endian("the other byte order", [b"GGUF".as_slice(), &3_u32.to_be_bytes()].concat())]
#[case::many_tensors("more than any model has", header(u64::MAX, 1, &[]))]
#[case::many_keys("more than any model has", header(1, u64::MAX, &[]))]
#[case::long_name("a text in the header claims", header(0, 1, &u64::MAX.to_le_bytes()))]
#[case::long_list("elements, more than any model has", header(0, 1, &list(5, u64::MAX)))]
#[case::long_list_of_texts("elements, more than any model has", header(0, 1, &list(8, 1 << 40)))]
#[case::missing_elements("the file is cut off", header(0, 1, &list(10, 1 << 20)))]
#[case::deep_lists("too deep", header(0, 1, &[list(9, 1), [9_u32.to_le_bytes().as_slice(), &1_u64.to_le_bytes()].concat().repeat(50)].concat()))]
#[case::unknown_value("unknown type 77", header(0, 1, &list(77, 1)))]
fn hostile_headers_are_refused(#[case] expected: &str, #[case] bytes: Vec<u8>) {
    let reason = refusal(&Written::new(&bytes).path);
    assert!(reason.contains(expected), "{reason}");
}

fn header(tensors: u64, keys: u64, rest: &[u8]) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3_u32.to_le_bytes());
    out.extend(tensors.to_le_bytes());
    out.extend(keys.to_le_bytes());
    out.extend(rest);
    out
}

/// A key `k` with the beginning of a list.
fn list(kind: u32, count: u64) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, "k");
    out.extend(9_u32.to_le_bytes());
    out.extend(kind.to_le_bytes());
    out.extend(count.to_le_bytes());
    out
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    let (bytes, header) = Gguf::whole().bytes();
    let tail = (header..bytes.len()).step_by(331).chain([bytes.len() - 1]);
    for end in (1..header).step_by(7).chain(tail) {
        let reason = refusal(&Written::new(&bytes[..end]).path);
        assert!(reason.contains("cut off"), "{end}: {reason}");
    }
    let reason = refusal(&Written::new(&bytes[..bytes.len() - 5]).path);
    assert!(
        reason.contains("5 bytes are missing, from the tensor `blk.0.ffn_down.weight` on"),
        "{reason}"
    );
}

#[test]
fn a_model_too_large_for_memory_is_refused_before_it_is_loaded() {
    let written = Gguf::whole().write();
    match ModelFile::open_within(&written.path, Some(10_000)) {
        Err(Error::File { reason, .. }) => assert!(reason.contains("of memory"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cache_too_large_for_memory_is_refused_before_it_is_made() {
    let written = Gguf::whole().write();
    let file = ModelFile::open_within(&written.path, Some(1 << 20)).unwrap();
    assert_eq!(file.needed_bytes(7), file.needed_bytes(0) + 7);
    let left = (1 << 20) - file.needed_bytes(0);
    assert_eq!(file.fits(left), Ok(()));
    let reason = file.fits(left + 1).unwrap_err().to_string();
    assert!(reason.contains("local.cache_tokens"), "{reason}");
}

#[test]
fn slow_types_and_a_missing_template_are_noted() {
    let mut gguf = Gguf::whole();
    gguf.remove("tokenizer.chat_template");
    gguf.slow("blk.0.ffn_up.weight");
    let written = gguf.write();
    let file = ModelFile::open_within(&written.path, None).unwrap();
    assert_eq!(file.notes().len(), 2, "{:?}", file.notes());
    assert!(file.notes()[0].contains("no chat template"));
    assert!(file.notes()[1].contains("Q4_1, which is slow"));
}

#[test]
fn the_memory_of_weights_is_that_of_their_packed_form() {
    let mut gguf = Gguf::whole();
    let needed = |gguf: &Gguf| {
        let file = ModelFile::open_within(&gguf.write().path, None).unwrap();
        file.needed_bytes(0)
    };
    let fast = needed(&gguf);
    gguf.slow("blk.0.ffn_up.weight");
    let (numbers, more) = (64 * 32, needed(&gguf) - fast);
    // In half precision, not in the 34 bytes for 32 numbers of Q8_0; and it lies there twice while it is stacked.
    assert_eq!(more, 2 * (numbers * 2 - numbers / 32 * 34));
    let written = gguf.write();
    let refused = ModelFile::open_within(&written.path, Some(fast + more));
    assert!(refused.unwrap_err().to_string().contains("of memory"));
}

#[test]
fn tensors_of_slow_types_may_begin_anywhere() {
    let gguf = Gguf::odd();
    assert!(!gguf.bytes().1.is_multiple_of(2));
    let written = gguf.write();
    assert!(ModelFile::open_within(&written.path, None).is_ok());
    assert!(survives(&written.path));
}

#[test]
fn llama_files_carry_their_angles_and_neighbours_rotate_together() {
    let mut gguf = Gguf::whole();
    for (key, _) in &mut gguf.keys {
        *key = key.replace("qwen3.", "llama.");
    }
    gguf.set("general.architecture", Value::Text("llama".into()));
    gguf.set("tokenizer.ggml.pre", Value::Text("llama-bpe".into()));
    gguf.tensors.retain(|tensor| {
        !tensor.0.contains("_norm.weight")
            || !tensor.0.contains("attn_q") && !tensor.0.contains("attn_k")
    });
    gguf.vector("rope_freqs.weight", 8);
    let written = gguf.write();
    let file = ModelFile::open_within(&written.path, None).unwrap();
    let one = f32::from_le_bytes([1; 4]);
    assert!(file.interleaved());
    assert_eq!(
        file.shape().rope_scaling,
        RopeScaling::Factors(vec![one; 8])
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_damage_makes_it_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        in_header in any::<bool>(),
        odd in any::<bool>(),
    ) {
        let (mut bytes, header) = if odd { Gguf::odd() } else { Gguf::whole() }.bytes();
        let end = if in_header { 600 } else { header };
        for (index, value) in flips {
            let at = index.index(end);
            bytes[at] = value;
        }
        prop_assert!(survives(&Written::new(&bytes).path));
    }
}
