//! A model with random logits, and a small vocabulary made from our own texts.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, TokenizerImpl};

use crate::grammar::{Grammars, Mask, Vocabulary};

/// A text that random logits wrote.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) tokens: usize,
    /// Tokens that the mask chose in place of the model's.
    pub(super) replaced: usize,
    /// Time in the mask, for each token that was chosen.
    pub(super) steps: Vec<Duration>,
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
        let start = Instant::now();
        let mut taken = mask.forced();
        let mut spent = start.elapsed();
        if !mask.is_complete() {
            let start = Instant::now();
            let allowed = mask.allowed();
            spent += start.elapsed();
            let allowed: Vec<u32> = (0..VOCABULARY.tokens.len() as u32)
                .filter(|token| allowed[*token as usize / 32] >> (token % 32) & 1 == 1)
                .collect();
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
        steps.push(spent);
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

/// Grammars of the small vocabulary.
pub(super) fn grammars() -> &'static Grammars {
    static GRAMMARS: LazyLock<Grammars> =
        LazyLock::new(|| Grammars::new("random", VOCABULARY.clone()).unwrap());
    &GRAMMARS
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
    let mut trainer = BpeTrainerBuilder::new()
        .vocab_size(size.unwrap_or(2_000))
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .show_progress(false)
        .build();
    tokenizer.train(&mut trainer, texts.iter()).unwrap();

    let letters = letters();
    let mut tokens = vec![Vec::new(); tokenizer.get_vocab_size(false)];
    for (token, id) in tokenizer.get_vocab(false) {
        tokens[id as usize] = token.chars().map(|letter| letters[&letter]).collect();
    }
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
