//! A model asked for the calls of an item.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use models::{ChatModel, ChatRequest, Message, ToolCall, ToolSpec};
use serde_json::Value;

use super::call::Call;
use super::check::{grade, verdict};
use super::item::{Expect, Item};
use super::verdict::Verdict;
use crate::record::{Grade, Sample, Usage};

/// Most tokens of an answer.
const MOST_TOKENS: u32 = 1_024;

/// The metric: whether the calls are right.
const METRIC: &str = "accuracy";

/// Asks a model and checks its calls. A model that fails, breaks off or takes longer than `patience` is a sample with an
/// error.
pub async fn ask(model: Arc<dyn ChatModel>, item: &Item, seed: u64, patience: Duration) -> Sample {
    let begun = Instant::now();
    let said = tokio::time::timeout(patience, said(&*model, request(item, seed))).await;
    let said = said.unwrap_or_else(|_| Err(format!("no answer within {} s", patience.as_secs())));
    let (said, error) = match said {
        Ok(said) => (said, None),
        Err(reason) => (Said::default(), Some(reason)),
    };
    let grade = match &error {
        Some(reason) => Grade::of(false).because(reason),
        None => graded(&said.verdict(item)),
    };
    Sample {
        id: item.id.clone(),
        epoch: 1,
        r#type: item.category.to_string(),
        cluster: item.cluster.clone(),
        input: asked(item),
        target: target(item),
        output: said.shown(),
        answer: Value::Null,
        grades: [(METRIC.to_owned(), grade)].into(),
        usage: said.usage,
        seconds: begun.elapsed().as_secs_f64(),
        cpu_seconds: None,
        error,
    }
}

/// What is asked: the messages of the item, with its functions as tools.
pub fn request(item: &Item, seed: u64) -> ChatRequest {
    let messages = item.messages.iter().map(|said| match said.role.as_str() {
        "system" => Message::system(&said.content),
        "assistant" => Message::assistant(&said.content),
        _ => Message::user(&said.content),
    });
    ChatRequest {
        messages: messages.collect(),
        tools: item.tools.iter().filter_map(tool).collect(),
        max_tokens: MOST_TOKENS,
        seed,
        ..ChatRequest::default()
    }
}

/// A function in the shape of OpenAI, with or without its `{"type": "function", "function": …}`.
fn tool(value: &Value) -> Option<ToolSpec> {
    let function = value.get("function").unwrap_or(value);
    let text = |key: &str| {
        function
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let name = function.get("name")?.as_str()?.to_owned();
    Some(ToolSpec {
        name,
        description: text("description").to_owned(),
        parameters: function.get("parameters").cloned().unwrap_or_default(),
    })
}

/// What came.
#[derive(Default)]
struct Said {
    text: String,
    calls: Vec<ToolCall>,
    usage: Usage,
}

impl Said {
    /// Calls count as such; without any, the text may hold some.
    fn verdict(&self, item: &Item) -> Verdict {
        if self.calls.is_empty() {
            return grade(item, &self.text);
        }
        let calls = self.calls.iter().map(|call| Call {
            name: call.name.clone(),
            arguments: call.arguments.as_object().cloned().unwrap_or_default(),
        });
        verdict(item, &calls.collect::<Vec<_>>())
    }

    fn shown(&self) -> String {
        let calls = self
            .calls
            .iter()
            .map(|call| format!("{}({})", call.name, call.arguments));
        let text = (!self.text.is_empty()).then(|| self.text.clone());
        calls.chain(text).collect::<Vec<_>>().join("\n")
    }
}

async fn said(model: &dyn ChatModel, request: ChatRequest) -> Result<Said, String> {
    let (mut said, mut ended) = (Said::default(), false);
    let longest = 64 * MOST_TOKENS as usize;
    let mut stream = model.chat(request);
    while let Some(delta) = stream.next().await {
        let delta = delta.map_err(|error| error.to_string())?;
        said.text.push_str(&delta.text);
        said.calls.extend(delta.tool_calls);
        ended |= delta.stop.is_some();
        if let Some(usage) = delta.usage {
            said.usage.input_tokens += u64::from(usage.input_tokens);
            said.usage.output_tokens += u64::from(usage.output_tokens);
        }
        if said.text.len() > longest {
            return Err(format!("more than {longest} bytes came"));
        }
    }
    if ended {
        Ok(said)
    } else {
        Err("the answer broke off".to_owned())
    }
}

fn graded(verdict: &Verdict) -> Grade {
    match verdict {
        Verdict::Accepted => Grade::of(true),
        Verdict::Rejected(reason) => Grade::of(false).because(reason.to_string()),
    }
}

fn asked(item: &Item) -> String {
    let texts: Vec<&str> = item.messages.iter().map(|it| it.content.as_str()).collect();
    texts.join("\n")
}

fn target(item: &Item) -> String {
    match &item.expect {
        Expect::NoCall => "no call".to_owned(),
        Expect::AnyCall => "any call".to_owned(),
        Expect::Calls(answers) => {
            let names: Vec<&str> = answers.iter().map(|it| it.function.name.as_str()).collect();
            names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use models::{Error, Reply, Scripted};
    use serde_json::json;

    use super::*;
    use crate::bfcl::read;

    fn item(expect: &Value) -> Item {
        let category = if expect.is_null() {
            "irrelevance"
        } else {
            "simple_python"
        };
        let parameters = |kind: &str| json!({"type": kind, "properties": {"order": {"type": "integer", "description": ""}}, "required": ["order"]});
        let line = json!({
            "id": "a", "category": category, "cluster": "urge",
            "messages": [{"role": "user", "content": "催办 7 号工单"}],
            "functions": [{"name": "order.urge", "description": "催办", "parameters": parameters("dict")}],
            "tools": [{"type": "function", "function": {"name": "order.urge", "description": "催办", "parameters": parameters("object")}}],
            "expect": if expect.is_null() { "no_call" } else { "calls" },
            "ground_truth": expect,
        });
        let (items, bad) = read(&line.to_string());
        assert!(bad.is_empty(), "{bad:?}");
        items.into_iter().next().unwrap()
    }

    async fn check(expect: Value, reply: Reply) -> String {
        let model = Arc::new(Scripted::turns("played", 4_096, [reply]));
        let sample = ask(model, &item(&expect), 0, Duration::from_secs(5)).await;
        let grade = &sample.grades[METRIC];
        let why = grade.explanation.clone().unwrap_or_default();
        format!("{} {} | {why}", grade.value.unwrap_or(-1.0), sample.output)
    }

    #[tokio::test]
    async fn calls_are_graded_as_calls_or_as_text() {
        let right = || json!([{"order.urge": {"order": [7]}}]);
        let text = |text: &str| Reply::Text(text.to_owned());
        insta::assert_snapshot!(check(right(), text("[order.urge(order=7)]")).await, @"1 [order.urge(order=7)] |");
        insta::assert_snapshot!(check(right(), text("[order.urge(order=8)]")).await, @"0 [order.urge(order=8)] | `order` of `order.urge` has a wrong value");
        insta::assert_snapshot!(check(right(), text("没有可用的功能")).await, @"0 没有可用的功能 | 0 calls where 1 are right");
        insta::assert_snapshot!(check(Value::Null, text("没有可用的功能")).await, @"1 没有可用的功能 |");
        insta::assert_snapshot!(check(right(), Reply::Cut("[order".to_owned())).await, @"0  | the answer broke off");
        let down = Error::Unavailable {
            model: "played".to_owned(),
            reason: "it is down".to_owned(),
        };
        insta::assert_snapshot!(check(Value::Null, Reply::Fails(String::new(), down)).await, @"0  | model `played` is not available: it is down");
    }

    #[test]
    fn functions_go_as_tools() {
        let request = request(&item(&Value::Null), 3);
        assert_eq!(request.tools[0].name, "order.urge");
        assert_eq!(request.tools[0].parameters["type"], "object");
        assert_eq!((request.seed, request.messages.len()), (3, 1));
    }
}
