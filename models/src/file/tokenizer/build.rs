//! Tokenizers from what a file says, with every claim checked that `tokenizers` would trust.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, PreTokenizerWrapper, SplitDelimiterBehavior};

use super::{ENDS, Tokenizer};

/// How words are split before they are merged, as the makers of Qwen2 and of Llama 3 publish it in `tokenizer.json`.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The largest number of tokens that is believed.
const MOST: usize = 1 << 22;

/// What a GGUF file says of its tokens.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Name of the way to split words.
    pub(crate) split: String,
    /// Texts of tokens, in the letters of byte-level BPE.
    pub(crate) tokens: Vec<String>,
    /// Kind of each token: 1 normal, 2 unknown, 3 control, 4 added by the maker, 5 unused, 6 byte.
    pub(crate) kinds: Vec<u64>,
    /// Pairs to merge, the first ones first.
    pub(crate) merges: Vec<String>,
    /// The token that begins a text.
    pub(crate) bos: Option<u32>,
    /// Whether a text needs it.
    pub(crate) add_bos: bool,
    /// Tokens that end an answer.
    pub(crate) ends: Vec<u32>,
}

/// What files beside `tokenizer.json` say.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The token that begins a text.
    pub(crate) bos: Option<String>,
    /// Whether a text needs it.
    pub(crate) add_bos: bool,
    /// Texts of tokens that end an answer.
    pub(crate) end_texts: Vec<String>,
    /// Tokens that end an answer.
    pub(crate) ends: Vec<u32>,
}

/// What both ways lead to.
struct Draft {
    inner: tokenizers::Tokenizer,
    /// Texts of tokens by number, in the letters of byte-level BPE. Unused ones are empty.
    tokens: Vec<String>,
    /// Added tokens: their texts are texts, and some are control tokens.
    added: HashMap<u32, (String, bool)>,
    bos: Option<u32>,
    add_bos: bool,
    ends: Vec<u32>,
}

impl Tokenizer {
    /// From the lists of a GGUF file.
    pub(crate) fn from_vocabulary(vocabulary: Vocabulary) -> Result<Self, String> {
        let count = vocabulary.tokens.len();
        if vocabulary.kinds.len() != count {
            return Err(format!(
                "the tokenizer has {count} tokens, but kinds of {} tokens",
                vocabulary.kinds.len()
            ));
        }
        if count > MOST {
            return Err(format!("the tokenizer has {count} tokens, too many"));
        }
        let (pattern, normal_form, ignore_merges) = split(&vocabulary.split)?;
        let mut tokens = vocabulary.tokens;
        let mut vocab = Vocab::new();
        let mut added = Vec::new();
        for ((id, token), kind) in (0_u32..).zip(&mut tokens).zip(&vocabulary.kinds) {
            match kind {
                1 | 2 | 6 => {}
                3 | 4 => added.push((id, token.clone(), *kind == 3)),
                5 => {
                    token.clear();
                    continue;
                }
                other => return Err(format!("the token `{token}` has the unknown kind {other}")),
            }
            if !token.is_empty() {
                vocab.entry(token.clone()).or_insert(id);
            }
        }
        let merges = vocabulary
            .merges
            .iter()
            .map(|merge| pair(merge, |text| vocab.contains_key(text)))
            .collect::<Result<Vec<_>, _>>()?;
        let model = BPE::builder()
            .vocab_and_merges(vocab, merges)
            .ignore_merges(ignore_merges)
            .build()
            .map_err(|error| format!("the tokenizer cannot be built: {error}"))?;
        let mut inner = tokenizers::Tokenizer::new(model);
        let failed = |error| format!("the tokenizer cannot be built: {error}");
        if normal_form {
            inner.with_normalizer(Some(NFC)).map_err(failed)?;
        }
        let pattern = SplitPattern::Regex(pattern.to_owned());
        let words = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(failed)?;
        inner.with_pre_tokenizer(Some(Sequence::new(vec![
            PreTokenizerWrapper::from(words),
            PreTokenizerWrapper::from(ByteLevel::new(false, false, false)),
        ])));
        inner.with_decoder(Some(ByteLevel::default()));
        inner
            .add_tokens(added.iter().map(|(_, text, control)| {
                AddedToken::from(text.clone(), *control).normalized(false)
            }))
            .map_err(failed)?;
        Draft {
            inner,
            tokens,
            added: added
                .into_iter()
                .map(|(id, text, control)| (id, (text, control)))
                .collect(),
            bos: vocabulary.bos,
            add_bos: vocabulary.add_bos,
            ends: vocabulary.ends,
        }
        .finish()
    }

    /// From the text of `tokenizer.json`.
    pub(crate) fn from_json(text: &str, settings: &Settings) -> Result<Self, String> {
        check_json(text)?;
        // Checked as far as is known; what else `tokenizers` may panic at is no reason to fall with it.
        let parsed = std::panic::catch_unwind(|| tokenizers::Tokenizer::from_bytes(text));
        let mut inner = parsed
            .map_err(|_| "the tokenizer is damaged".to_owned())?
            .map_err(|error| format!("the tokenizer cannot be read: {error}"))?;
        inner
            .with_truncation(None)
            .map_err(|error| format!("the tokenizer cannot be used: {error}"))?;
        inner.with_padding(None);
        let known = inner.get_vocab(true);
        let last = known.values().max().map_or(0, |&last| last as usize);
        if known.is_empty() || last >= MOST {
            return Err(format!(
                "the tokenizer has a token {last}, which is too many"
            ));
        }
        let mut tokens = vec![String::new(); last + 1];
        for (token, id) in known {
            tokens[id as usize] = token;
        }
        let added: HashMap<_, _> = inner
            .get_added_tokens_decoder()
            .into_iter()
            .map(|(id, token)| (id, (token.content, token.special)))
            .collect();
        let id = |token: &String| inner.token_to_id(token);
        let named = settings.end_texts.iter().filter_map(id);
        let ends = settings.ends.iter().copied().chain(named).collect();
        let bos = settings.bos.as_ref().and_then(id);
        Draft {
            inner,
            tokens,
            added,
            bos,
            add_bos: settings.add_bos,
            ends,
        }
        .finish()
    }
}

impl Draft {
    fn finish(self) -> Result<Tokenizer, String> {
        let letters = letters();
        let (mut bytes, mut starts) = (Vec::new(), vec![0]);
        let mut control = vec![false; self.tokens.len()];
        for (id, token) in (0_u32..).zip(&self.tokens) {
            match self.added.get(&id) {
                Some((text, is_control)) => {
                    bytes.extend_from_slice(text.as_bytes());
                    control[id as usize] = *is_control;
                }
                None => match decode(token, &letters) {
                    Some(decoded) => bytes.extend(decoded),
                    None => bytes.extend_from_slice(token.as_bytes()),
                },
            }
            starts.push(bytes.len());
        }
        let mut byte_tokens = [0; 256];
        for (letter, byte) in letters {
            byte_tokens[byte as usize] =
                self.inner.token_to_id(&letter.to_string()).ok_or_else(|| {
                    format!("the tokenizer has no token for the byte {byte}; only byte-level BPE is supported")
                })?;
        }
        let mut control_texts: Vec<String> = self
            .added
            .into_values()
            .filter(|(text, is_control)| *is_control && !text.is_empty())
            .map(|(text, _)| text)
            .collect();
        control_texts.sort();
        let usual = ENDS.iter().filter_map(|end| {
            let id = self.inner.token_to_id(end)?;
            control.get(id as usize)?.then_some(id)
        });
        let mut seen = HashSet::new();
        let ends: Vec<u32> = self.ends.iter().copied().chain(usual).collect();
        let ends: Vec<u32> = ends
            .into_iter()
            .filter(|&end| (end as usize) < self.tokens.len() && seen.insert(end))
            .collect();
        if ends.is_empty() {
            return Err("the tokenizer has no token that ends an answer".into());
        }
        let bos = self.bos.filter(|&bos| (bos as usize) < self.tokens.len());
        Ok(Tokenizer {
            inner: self.inner,
            plain: std::sync::OnceLock::new(),
            bytes,
            starts,
            control,
            control_texts,
            byte_tokens,
            ends,
            bos,
            add_bos: self.add_bos,
        })
    }
}

/// Pattern of words, whether texts are normalised (NFC), whether a whole word that is a token is not merged up.
fn split(name: &str) -> Result<(&'static str, bool, bool), String> {
    match name {
        "qwen2" => Ok((QWEN2, true, false)),
        "deepseek-r1-qwen" => Ok((QWEN2, false, false)),
        "llama-bpe" | "llama3" | "llama-v3" => Ok((LLAMA3, false, true)),
        other => Err(format!(
            "the tokenizer splits words by `{other}`, which is not supported; supported are qwen2, deepseek-r1-qwen, llama-bpe"
        )),
    }
}

/// Both sides of a merge. `tokenizers` panics where a side or the whole is no token, so that is asked before.
fn pair(merge: &str, known: impl Fn(&str) -> bool) -> Result<(String, String), String> {
    let space = merge.char_indices().skip(1).find(|(_, c)| *c == ' ');
    let (first, second) = space
        .map(|(at, _)| (&merge[..at], &merge[at + 1..]))
        .ok_or_else(|| format!("the merge `{merge}` of the tokenizer has no two sides"))?;
    if known(first) && known(second) && known(&format!("{first}{second}")) {
        return Ok((first.to_owned(), second.to_owned()));
    }
    Err(format!(
        "the merge `{merge}` of the tokenizer is made of no known tokens"
    ))
}

/// Refuses what is no byte-level BPE, and merges of unknown tokens.
fn check_json(text: &str) -> Result<(), String> {
    let file: Value = serde_json::from_str(text)
        .map_err(|error| format!("the tokenizer cannot be read: {error}"))?;
    let model = &file["model"];
    let kind = model["type"].as_str().unwrap_or("BPE");
    if kind != "BPE" {
        return Err(format!(
            "the tokenizer is {kind}; supported is byte-level BPE"
        ));
    }
    let empty = |key: &str| match &model[key] {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if !empty("continuing_subword_prefix") || !empty("end_of_word_suffix") {
        return Err("the tokenizer marks parts of words; supported is byte-level BPE".into());
    }
    if model["dropout"]
        .as_f64()
        .is_some_and(|dropout| dropout > 0.0)
    {
        return Err("the tokenizer drops merges at random".into());
    }
    let vocab = model["vocab"]
        .as_object()
        .ok_or("the tokenizer has no vocabulary")?;
    let merges = model["merges"]
        .as_array()
        .ok_or("the tokenizer has no merges")?;
    for merge in merges {
        match merge {
            Value::String(merge) => drop(pair(merge, |text| vocab.contains_key(text))?),
            Value::Array(sides) => {
                let side = |index: usize| sides.get(index).and_then(Value::as_str);
                let whole = side(0).zip(side(1)).map(|(a, b)| format!("{a}{b}"));
                let known = |text: Option<&str>| text.is_some_and(|text| vocab.contains_key(text));
                if sides.len() != 2
                    || !known(side(0))
                    || !known(side(1))
                    || !known(whole.as_deref())
                {
                    return Err(format!(
                        "the merge {merge} of the tokenizer is made of no known tokens"
                    ));
                }
            }
            other => return Err(format!("the merge {other} of the tokenizer is no pair")),
        }
    }
    let decoder = file["decoder"].to_string();
    if !decoder.contains("ByteLevel") {
        return Err("the tokenizer does not work on bytes; supported is byte-level BPE".into());
    }
    Ok(())
}

/// The letter that stands for each byte in byte-level BPE (Radford et al. 2019).
fn letters() -> HashMap<char, u8> {
    let mut spare = 256_u32;
    (0..=255_u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => (char::from(byte), byte),
            _ => {
                let letter = char::from_u32(spare).unwrap_or(char::REPLACEMENT_CHARACTER);
                spare += 1;
                (letter, byte)
            }
        })
        .collect()
}

fn decode(token: &str, letters: &HashMap<char, u8>) -> Option<Vec<u8>> {
    token
        .chars()
        .map(|letter| letters.get(&letter).copied())
        .collect()
}
