//! A model with random logits, and a small vocabulary made from our own texts.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, TokenizerImpl};

use crate::grammar::{Grammars, Mask, Vocabulary};

/// Most tokens that are trained; more are filled in.
const TRAINED: usize = 8_000;

/// A text that random logits wrote.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) tokens: usize,
    /// Tokens that the mask chose in place of the model's.
    pub(super) replaced: usize,
    /// Time in the mask for each token that was chosen: without what the thread waited for a processor, and in all.
    pub(super) steps: Vec<(Duration, Duration)>,
}

/// Lets random logits write until the text is whole. With an odd seed the model has favourite tokens, to which it would
/// stick for ever; with an even one every allowed token is equally likely.
pub(super) fn write(mut mask: Mask, seed: u64, budget: usize) -> Written {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let favourites: Vec<u32> = (0..VOCABULARY.tokens.len())
        .map(|_| random.random())
        .collect();
    let (mut bytes, mut tokens, mut steps) = (Vec::new(), 0, Vec::new());
    while !mask.is_complete() {
        let waited = waited();
        let start = Instant::now();
        let mut taken = mask.forced();
        let mut spent = start.elapsed();
        if !mask.is_complete() {
            let start = Instant::now();
            let allowed = mask.allowed();
            spent += start.elapsed();
            let allowed = members(allowed);
            assert!(
                !allowed.is_empty(),
                "every token is forbidden after {:?}",
                String::from_utf8_lossy(&bytes)
            );
            let chosen = if seed % 2 == 1 {
                *allowed
                    .iter()
                    .max_by_key(|token| favourites[**token as usize])
                    .unwrap()
            } else {
                allowed[random.random_range(0..allowed.len())]
            };
            let start = Instant::now();
            taken.push(mask.accept(chosen));
            spent += start.elapsed();
        }
        let waited = self::waited().saturating_sub(waited);
        steps.push((spent.saturating_sub(waited), spent));
        tokens += taken.len();
        assert!(tokens <= budget, "{tokens} tokens, not {budget}");
        assert!(mask.needed() <= budget - tokens, "no end fits any more");
        for token in taken {
            if !VOCABULARY.ends.contains(&token) {
                bytes.extend(&VOCABULARY.tokens[token as usize]);
            }
        }
    }
    Written {
        text: String::from_utf8(bytes).expect("whole characters"),
        tokens,
        replaced: mask.replaced(),
        steps,
    }
}

/// How long this thread has waited for a processor, where the system tells (Linux).
fn waited() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = times.split(' ').nth(1).and_then(|time| time.parse().ok());
    Duration::from_nanos(waited.unwrap_or_default())
}

/// The tokens of a set of bits.
/// Lets random logits write, and compares at each place what is said of all tokens with what is said of each.
pub(super) fn compare(mut mask: Mask, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    while !mask.is_complete() {
        mask.forced();
        let allowed = members(mask.allowed());
        let each: Vec<u32> = (0..vocabulary() as u32)
            .filter(|token| mask.allows(*token))
            .collect();
        assert_eq!(each, allowed);
        mask.accept(allowed[random.random_range(0..allowed.len())]);
    }
}

fn members(set: &[u32]) -> Vec<u32> {
    let mut tokens = Vec::new();
    for (word, first) in set.iter().zip((0..).step_by(32)) {
        let mut rest = *word;
        while rest != 0 {
            tokens.push(first + rest.trailing_zeros());
            rest &= rest - 1;
        }
    }
    tokens.retain(|token| (*token as usize) < VOCABULARY.tokens.len());
    tokens
}

/// Grammars of the small vocabulary.
pub(super) fn grammars() -> &'static Grammars {
    static GRAMMARS: LazyLock<Grammars> =
        LazyLock::new(|| Grammars::new("random", VOCABULARY.clone()).unwrap());
    &GRAMMARS
}

/// How many tokens there are.
pub(super) fn vocabulary() -> usize {
    VOCABULARY.tokens.len()
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(train);

/// Trains byte-level BPE on some of the documents of Helan, and adds the control tokens of Qwen.
fn train() -> Vocabulary {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpora/helan/docs");
    let mut files: Vec<_> = std::fs::read_dir(docs)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut texts: Vec<String> = files
        .iter()
        .take(12)
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect();
    texts.push("{\"name\": \"get_value\", \"arguments\": {\"type\": \"object\", \"city\": \"12\", \"is_true\": true}}\n".repeat(40));
    let byte_level = ByteLevel::new(false, true, true);
    let mut tokenizer: TokenizerImpl<
        BPE,
        NormalizerWrapper,
        ByteLevel,
        PostProcessorWrapper,
        DecoderWrapper,
    > = TokenizerImpl::new(BPE::default());
    tokenizer.with_pre_tokenizer(Some(byte_level));
    let size = std::env::var("VOCABULARY")
        .ok()
        .and_then(|size| size.parse().ok());
    let size = size.unwrap_or(2_000);
    let mut trainer = BpeTrainerBuilder::new()
        .vocab_size(size.min(TRAINED))
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .show_progress(false)
        .build();
    tokenizer.train(&mut trainer, texts.iter()).unwrap();

    let letters = letters();
    let mut tokens = vec![Vec::new(); tokenizer.get_vocab_size(false)];
    for (token, id) in tokenizer.get_vocab(false) {
        tokens[id as usize] = token.chars().map(|letter| letters[&letter]).collect();
    }
    fill(&mut tokens, &texts, size);
    let first = tokens.len() as u32;
    tokens.extend(
        ["<|im_end|>", "<tool_call>", "</tool_call>", "<|endoftext|>"]
            .map(|name| name.as_bytes().to_vec()),
    );
    Vocabulary {
        tokens,
        controls: vec![first, first + 1, first + 2, first + 3],
        ends: vec![first, first + 3],
        encode: Arc::new(move |text| {
            tokenizer
                .encode_fast(text, false)
                .unwrap()
                .get_ids()
                .to_vec()
        }),
    }
}

/// Adds runs of two and more characters of the texts until there are `size` tokens: a large vocabulary has as many that
/// may come next, though nobody would cut a text so.
fn fill(tokens: &mut Vec<Vec<u8>>, texts: &[String], size: usize) {
    let mut known: HashSet<Vec<u8>> = tokens.iter().cloned().collect();
    for length in 2.. {
        let mut longest = 0;
        for text in texts {
            let characters: Vec<char> = text.chars().collect();
            longest = longest.max(characters.len());
            for run in characters.windows(length) {
                if tokens.len() >= size {
                    return;
                }
                let bytes = run.iter().collect::<String>().into_bytes();
                if known.insert(bytes.clone()) {
                    tokens.push(bytes);
                }
            }
        }
        if length > longest {
            return;
        }
    }
}

/// The byte that each letter of byte-level BPE stands for.
fn letters() -> HashMap<char, u8> {
    let shown = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let hidden = (0..=u8::MAX).filter(|byte| !shown(byte));
    let hidden = hidden
        .zip(0x100..)
        .map(|(byte, code)| (char::from_u32(code).unwrap(), byte));
    let seen = (0..=u8::MAX)
        .filter(shown)
        .map(|byte| (char::from(byte), byte));
    seen.chain(hidden).collect()
}
