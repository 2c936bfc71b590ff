//! What a grammar must know of a tokenizer: the bytes of each token, and how a text is cut into tokens.
//!
//! A control token is never part of a text: a mask gives it only where a call begins or ends, and at the end of an answer.

use std::sync::Arc;

use toktrie::{TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};

use super::guarded;
use crate::file::Tokenizer;
use crate::mark;

/// Cuts a text without control tokens into tokens, as the model was trained on it.
pub(crate) type Encode = Arc<dyn Fn(&str) -> Vec<u32> + Send + Sync>;

/// The vocabulary of a model.
#[derive(Clone)]
pub(crate) struct Vocabulary {
    /// The bytes of each token; the name of a control token.
    pub(crate) tokens: Vec<Vec<u8>>,
    /// Tokens that stand for no text, those that end an answer included.
    pub(crate) controls: Vec<u32>,
    /// Tokens that end an answer; at least one.
    pub(crate) ends: Vec<u32>,
    /// How a text is cut.
    pub(crate) encode: Encode,
}

/// A vocabulary as `llguidance` wants it.
struct Environment {
    trie: TokTrie,
    encode: Encode,
}

impl TokenizerEnv for Environment {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        self.trie
            .tokenize_with_greedy_fallback(bytes, |text| (self.encode)(text))
    }
}

impl Vocabulary {
    /// The vocabulary of a model's file. Marks of calls and of thoughts count as control tokens, whatever the file says:
    /// no text may hold them.
    pub(crate) fn of(tokenizer: &Arc<Tokenizer>) -> Self {
        let count = u32::try_from(tokenizer.vocabulary()).unwrap_or(u32::MAX);
        let marks = mark::ALL.iter().filter_map(|mark| tokenizer.token(mark));
        let encoding = Arc::clone(tokenizer);
        Self {
            tokens: (0..count)
                .map(|token| tokenizer.bytes(token).to_vec())
                .collect(),
            controls: tokenizer.controls().chain(marks).collect(),
            ends: tokenizer.ends().to_vec(),
            encode: Arc::new(move |text| encoding.encode(text, false)),
        }
    }

    /// As `llguidance` wants it.
    pub(super) fn environment(mut self) -> Result<TokEnv, String> {
        let count = self.tokens.len();
        let inside = |token: &u32| (*token as usize) < count;
        let (Some(first), Ok(size)) = (self.ends.first().copied(), u32::try_from(count)) else {
            return Err("the tokenizer names no token that ends an answer".into());
        };
        if !self.ends.iter().chain(&self.controls).all(inside) {
            return Err("the tokenizer names a control token that it does not have".into());
        }
        let mut controls = self.controls;
        controls.extend(&self.ends);
        controls.sort_unstable();
        controls.dedup();
        for token in controls {
            self.tokens[token as usize].insert(0, TokTrie::SPECIAL_TOKEN_MARKER);
        }
        let (tokens, ends, encode) = (self.tokens, self.ends, self.encode);
        let trie = guarded(|| {
            let info = TokRxInfo::new(size, first);
            Ok::<_, String>(TokTrie::from(&info, &tokens).with_eos_tokens(&ends))
        })?;
        Ok(Arc::new(Environment { trie, encode }))
    }
}
