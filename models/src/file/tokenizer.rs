//! Text to tokens and back: byte-level BPE, from `tokenizer.json` or from the lists in a GGUF file.
//!
//! Everything that a person typed is text; [`Tokenizer::guard`] keeps it so where it looks like a control token.

mod build;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

pub(crate) use build::{Settings, Vocabulary};

/// Control tokens that end an answer in the families that are known, besides what a file states.
const ENDS: [&str; 6] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<｜end▁of▁sentence｜>",
];

/// Around what looks like a control token and is none. Unicode calls both "noncharacters": no text has them.
const GUARD: [char; 2] = ['\u{FDD0}', '\u{FDD1}'];

/// The tokenizer of one model.
pub(crate) struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// The same one, for which control tokens are text.
    plain: OnceLock<tokenizers::Tokenizer>,
    /// Bytes of all tokens, one after the other, and where each begins.
    bytes: Vec<u8>,
    starts: Vec<usize>,
    control: Vec<bool>,
    control_texts: Vec<String>,
    byte_tokens: [u32; 256],
    ends: Vec<u32>,
    bos: Option<u32>,
    add_bos: bool,
}

impl fmt::Debug for Tokenizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tokenizer")
            .field("vocabulary", &self.vocabulary())
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl Tokenizer {
    /// Tokens of a text, without anything added. With `special`, the texts of control tokens are those tokens, except
    /// where they were guarded; otherwise they are text.
    pub(crate) fn encode(&self, text: &str, special: bool) -> Vec<u32> {
        let mut tokens = Vec::new();
        if !special {
            self.encode_with(self.plain(), text, &mut tokens);
            return tokens;
        }
        for (index, part) in text.split(GUARD[0]).enumerate() {
            let (guarded, rest) = match part.split_once(GUARD[1]) {
                Some((guarded, rest)) if index > 0 => (guarded, rest),
                _ => ("", part),
            };
            self.encode_with(self.plain(), guarded, &mut tokens);
            self.encode_with(&self.inner, rest, &mut tokens);
        }
        tokens
    }

    /// Tokens of a rendered conversation. Where the model wants one and the template wrote none, the token that begins
    /// a text comes first.
    pub(crate) fn encode_prompt(&self, text: &str) -> Vec<u32> {
        let mut tokens = self.encode(text, true);
        if let Some(bos) = self.bos.filter(|_| self.add_bos)
            && tokens.first() != Some(&bos)
        {
            tokens.insert(0, bos);
        }
        tokens
    }

    /// The text, so that [`Tokenizer::encode`] reads no control token in it. For whatever did not come from a template.
    pub(crate) fn guard<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = if text.contains(GUARD) {
            Cow::Owned(text.replace(GUARD, ""))
        } else {
            Cow::Borrowed(text)
        };
        let mut found: Vec<(usize, usize)> = self
            .control_texts
            .iter()
            .flat_map(|control| text.match_indices(control.as_str()))
            .map(|(start, control)| (start, start + control.len()))
            .collect();
        if found.is_empty() {
            return text;
        }
        // The longest of those that begin first, as the tokenizer finds them.
        found.sort_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
        let (mut out, mut at) = (String::with_capacity(text.len() + 16), 0);
        for (start, end) in found {
            if start < at {
                continue;
            }
            out.push_str(&text[at..start]);
            out.push(GUARD[0]);
            out.push_str(&text[start..end]);
            out.push(GUARD[1]);
            at = end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// Number of tokens; all are below it.
    pub(crate) fn vocabulary(&self) -> usize {
        self.starts.len() - 1
    }

    /// What a token stands for. Nothing for a number without a token.
    pub(crate) fn bytes(&self, token: u32) -> &[u8] {
        let token = token as usize;
        match (self.starts.get(token), self.starts.get(token + 1)) {
            (Some(&start), Some(&end)) => &self.bytes[start..end],
            _ => &[],
        }
    }

    /// Whether a token steers instead of saying something: it is never part of a text.
    pub(crate) fn is_control(&self, token: u32) -> bool {
        self.control.get(token as usize).copied().unwrap_or(false)
    }

    /// All tokens that steer.
    pub(crate) fn controls(&self) -> impl Iterator<Item = u32> + '_ {
        (0..)
            .zip(&self.control)
            .filter(|(_, is)| **is)
            .map(|(token, _)| token)
    }

    /// Tokens that end an answer, at least one.
    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The token with exactly this text, special ones included.
    pub(crate) fn token(&self, text: &str) -> Option<u32> {
        self.inner.token_to_id(text)
    }

    /// What a template writes first, if anything.
    pub(crate) fn bos_text(&self) -> &str {
        self.bos.map_or("", |bos| self.text(bos))
    }

    /// What ends an answer.
    pub(crate) fn eos_text(&self) -> &str {
        self.ends.first().map_or("", |&end| self.text(end))
    }

    fn text(&self, token: u32) -> &str {
        std::str::from_utf8(self.bytes(token)).unwrap_or_default()
    }

    fn plain(&self) -> &tokenizers::Tokenizer {
        self.plain.get_or_init(|| {
            let mut plain = self.inner.clone();
            plain.set_encode_special_tokens(true);
            plain
        })
    }

    fn encode_with(&self, tokenizer: &tokenizers::Tokenizer, text: &str, tokens: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        match tokenizer.encode_fast(text, false) {
            Ok(encoding) => tokens.extend_from_slice(encoding.get_ids()),
            // No text is refused: in the worst case it is its bytes.
            Err(_) => tokens.extend(text.bytes().map(|byte| self.byte_tokens[byte as usize])),
        }
    }
}

#[cfg(test)]
mod tests;
