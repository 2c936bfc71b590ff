//! Asks a real OpenAI-compatible server: a stream, a JSON Schema, a tool call, and what it does when it is told too much.
//! `scripts/peers remote` starts `llama-cpp-python` for it; any other server can be asked too.
//!
//! ```text
//! cargo run -p models --example peer_remote -- URL MODEL CONTEXT SUPPORT,…
//! ```

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use models::hub::{Endpoint, Support};
use models::{
    Access, ChatModel, ChatRequest, Constraint, Deadline, Delta, Error, Key, Message, Patience,
    Remote, Stop, ToolSpec, Waits,
};
use serde_json::json;

type Said = Result<(String, Delta), Error>;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example reports to its caller")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, model, context, supports] = &arguments[..] else {
        println!("usage: peer_remote URL MODEL CONTEXT SUPPORT,…");
        return ExitCode::FAILURE;
    };
    let Some(remote) = open(url, model, context, supports) else {
        println!("the arguments do not fit");
        return ExitCode::FAILURE;
    };
    let mut failed = 0;
    for (name, request, right) in cases() {
        let began = Instant::now();
        let (pieces, said) = ask(remote.as_ref(), request).await;
        let good = right(pieces, &said);
        failed += usize::from(!good);
        let word = if good { "ok    " } else { "FAILED" };
        println!(
            "{word} {name}: {pieces} pieces, {:.2} s",
            began.elapsed().as_secs_f64()
        );
        if !good {
            println!("       {said:?}");
        }
    }
    println!("{failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

fn open(url: &str, model: &str, context: &str, supports: &str) -> Option<Arc<dyn ChatModel>> {
    let supports: Vec<&str> = supports
        .split(',')
        .filter(|word| !word.is_empty())
        .collect();
    let supports: BTreeSet<Support> = serde_json::from_value(json!(supports)).ok()?;
    let access = Access {
        name: "peer".into(),
        endpoint: Endpoint {
            url: url.into(),
            model: model.into(),
            key: None,
            supports,
        },
        context: context.parse().ok()?,
        key: Key::new(&std::env::var("PEER_KEY").unwrap_or_default()),
        patience: Patience::default(),
        seed: 1,
    };
    let waits = Waits {
        first_token: Duration::from_secs(60),
        idle: Duration::from_secs(30),
        total: Duration::from_secs(120),
    };
    Some(Arc::new(Deadline::new(
        Arc::new(Remote::open(access).ok()?),
        waits,
    )))
}

type Right = fn(usize, &Said) -> bool;

fn cases() -> Vec<(&'static str, ChatRequest, Right)> {
    let question = ChatRequest {
        messages: vec![
            Message::system("Answer."),
            Message::user("公积金可以租房提取吗？"),
        ],
        max_tokens: 48,
        seed: 7,
        ..ChatRequest::default()
    };
    let schema = json!({
        "type": "object",
        "properties": {"answer": {"enum": ["yes", "no"]}, "pages": {"type": "array", "items": {"enum": [1, 2, 3]}, "maxItems": 2}},
        "required": ["answer", "pages"],
        "additionalProperties": false
    });
    let tool = ToolSpec {
        name: "weather".into(),
        description: "The weather of a city.".into(),
        parameters: json!({
            "type": "object",
            "properties": {"city": {"enum": ["Helan", "Beijing"]}},
            "required": ["city"],
            "additionalProperties": false
        }),
    };
    let text: Right = |pieces, said| {
        said.as_ref()
            .is_ok_and(|(text, last)| !text.is_empty() && last.stop.is_some() && pieces > 1)
    };
    vec![
        ("stream", question.clone(), text),
        (
            "JSON Schema",
            ChatRequest {
                constraint: Some(Constraint::JsonSchema(schema)),
                max_tokens: 400,
                ..question.clone()
            },
            |_, said| said.as_ref().is_ok_and(|(text, _)| text.contains("pages")),
        ),
        (
            "tool call",
            ChatRequest {
                constraint: Some(Constraint::Tool),
                tools: vec![tool],
                max_tokens: 400,
                ..question.clone()
            },
            |_, said| {
                said.as_ref().is_ok_and(|(_, last)| {
                    last.stop == Some(Stop::ToolCalls) && last.tool_calls[0].name == "weather"
                })
            },
        ),
        (
            "a grammar that it was not said to hold",
            ChatRequest {
                constraint: Some(Constraint::Lark("start: \"a\"".into())),
                ..question.clone()
            },
            |_, said| matches!(said, Err(Error::Request { .. })),
        ),
        (
            "more than its context",
            ChatRequest {
                messages: vec![Message::user("长".repeat(100_000))],
                ..question
            },
            |_, said| matches!(said, Err(Error::Request { .. })),
        ),
    ]
}

async fn ask(model: &dyn ChatModel, request: ChatRequest) -> (usize, Said) {
    let mut stream = model.chat(request);
    let (mut text, mut pieces, mut last) = (String::new(), 0, Delta::default());
    while let Some(delta) = stream.next().await {
        match delta {
            Ok(delta) => {
                text.push_str(&delta.text);
                pieces += usize::from(!delta.text.is_empty());
                last = delta;
            }
            Err(error) => return (pieces, Err(error)),
        }
    }
    (pieces, Ok((text, last)))
}
