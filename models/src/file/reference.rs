//! Equality with PyPI `transformers` and `tokenizers`. `scripts/reference` makes what is compared with.

#![expect(clippy::print_stdout, reason = "a test says what it compared")]

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Template, Tokenizer, gguf};
use crate::chat::{Message, ToolSpec};
use crate::local::shape::Architecture;

#[derive(Deserialize)]
struct Conversation {
    name: String,
    messages: Vec<Message>,
    tools: Vec<ToolSpec>,
}

#[derive(Deserialize)]
struct Rendered {
    bos: String,
    eos: String,
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    conversation: String,
    thinking: bool,
    generation_prompt: bool,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Tokenised {
    texts: Vec<Row>,
    makers: Vec<Maker>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    special: Vec<u32>,
    plain: Vec<u32>,
    decoded: String,
}

#[derive(Deserialize)]
struct Maker {
    text: String,
    ids: Vec<u32>,
}

/// The folder of the reference, if it was made.
fn folder() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let folder = root.join(target).join("reference");
    if folder.join("made").exists() {
        return Some(folder);
    }
    let reason = format!(
        "{} is absent; `scripts/reference` makes it",
        folder.display()
    );
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
    println!("skipped: {reason}");
    None
}

fn read<T: serde::de::DeserializeOwned>(file: PathBuf) -> T {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn templates_render_as_transformers_does() {
    let Some(folder) = folder() else { return };
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let conversations: Vec<Conversation> = read(data.join("conversations.json"));
    let conversations: HashMap<_, _> = conversations
        .iter()
        .map(|conversation| (conversation.name.as_str(), conversation))
        .collect();
    assert!(conversations.len() >= 30);
    let rendered: HashMap<String, Rendered> = read(folder.join("templates.json"));
    let today = jiff::civil::date(2026, 11, 21);
    let (mut equal, mut refused, mut different) = (0, 0, Vec::new());
    for (name, rendered) in &rendered {
        let file = folder.join(format!("models/templates/{name}.jinja"));
        let source = std::fs::read_to_string(&file).unwrap();
        let architecture = if name.contains("Llama") {
            Architecture::Llama
        } else {
            Architecture::Qwen3
        };
        let template =
            Template::new(&file, source, &rendered.bos, &rendered.eos, architecture).unwrap();
        assert_eq!(rendered.texts.len(), 4 * conversations.len());
        for text in &rendered.texts {
            let conversation = conversations[text.conversation.as_str()];
            let ours = template.render(
                &conversation.messages,
                &conversation.tools,
                text.thinking,
                text.generation_prompt,
                today,
            );
            match (ours, &text.text) {
                (Ok(ours), Some(theirs)) if &ours == theirs => equal += 1,
                (Err(_), None) => refused += 1,
                (ours, theirs) => different.push(format!(
                    "{name}, {}:\nours   {ours:?}\ntheirs {theirs:?}",
                    text.conversation
                )),
            }
        }
    }
    println!(
        "{} templates: {equal} texts equal, {refused} refused by both, {} different",
        rendered.len(),
        different.len()
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn tokens_are_those_of_the_makers() {
    let Some(folder) = folder() else { return };
    let tokenised: HashMap<String, Tokenised> = read(folder.join("tokens.json"));
    for (name, tokenised) in tokenised {
        let tokenizer = tokenizer(&name).unwrap();
        let mut different = Vec::new();
        for row in &tokenised.texts {
            let special = tokenizer.encode(&row.text, true);
            let plain = tokenizer.encode(&row.text, false);
            let guarded = tokenizer.encode(&tokenizer.guard(&row.text), true);
            if special != row.special || plain != row.plain {
                different.push(&row.text);
            }
            for tokens in [&plain, &guarded] {
                assert!(!tokens.iter().any(|&token| tokenizer.is_control(token)));
            }
            assert_eq!(text(&tokenizer, &plain), row.decoded);
        }
        let makers = tokenised.makers.iter();
        different.extend(
            makers
                .filter(|maker| tokenizer.encode(&maker.text, false) != maker.ids)
                .map(|maker| &maker.text),
        );
        println!(
            "{name}: {} texts of ours, {} of the makers, {} different",
            tokenised.texts.len(),
            tokenised.makers.len(),
            different.len()
        );
        assert!(different.is_empty(), "{name}: {different:?}");
    }
}

/// The tokenizer of the makers with this name; none where nothing was fetched.
pub(crate) fn tokenizer(name: &str) -> Option<Tokenizer> {
    let path = folder()?.join(format!("models/ggml-vocab-{name}.gguf"));
    Some(gguf::tokenizer(&path).unwrap())
}

fn text(tokenizer: &Tokenizer, tokens: &[u32]) -> String {
    let bytes: Vec<u8> = tokens
        .iter()
        .flat_map(|&token| tokenizer.bytes(token))
        .copied()
        .collect();
    String::from_utf8(bytes).unwrap()
}
