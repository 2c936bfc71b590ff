//! A client for tests: it answers questions from a list, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ElicitRequestParams,
    ElicitResult, ElicitationAction, Implementation, ProtocolVersion,
};
use rmcp::service::{RequestContext, RunningService};
use rmcp::{
    ClientHandler, ClientLifecycleMode, ErrorData, RoleClient, ServiceError,
    serve_client_with_lifecycle,
};
use serde_json::{Value, json};
use server::mcp::{Served, talk};
use server::turn::Caller;

/// Answers to give, in order; when they are used up it cancels.
#[derive(Clone, Default)]
pub(crate) struct Hands {
    pub(crate) answers: Arc<Mutex<VecDeque<(ElicitationAction, Value)>>>,
    /// Message and schema of each question.
    pub(crate) asked: Arc<Mutex<Vec<(String, Value)>>>,
    /// Whether it says that it can ask.
    pub(crate) mute: bool,
}

impl Hands {
    pub(crate) fn of(answers: impl IntoIterator<Item = (ElicitationAction, Value)>) -> Self {
        Self {
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            ..Self::default()
        }
    }

    pub(crate) fn mute() -> Self {
        Self {
            mute: true,
            ..Self::default()
        }
    }

    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

pub(crate) fn accept(content: Value) -> (ElicitationAction, Value) {
    (ElicitationAction::Accept, content)
}

impl ClientHandler for Hands {
    fn get_info(&self) -> ClientConfig {
        let can = if self.mute {
            ClientCapabilities::default()
        } else {
            ClientCapabilities::builder().enable_elicitation().build()
        };
        ClientConfig::new(can, Implementation::new("test", "1"))
            .with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let request = serde_json::to_value(request).unwrap();
        assert_eq!(request["mode"], "form");
        let asked = (
            request["message"].as_str().unwrap().to_owned(),
            request["requestedSchema"].clone(),
        );
        self.asked.lock().unwrap().push(asked);
        let answer = self.answers.lock().unwrap().pop_front();
        Ok(match answer {
            Some((action, content)) => ElicitResult::new(action).with_content(content),
            None => ElicitResult::new(ElicitationAction::Cancel),
        })
    }
}

/// The two revisions.
pub(crate) fn modes() -> [ClientLifecycleMode; 2] {
    [
        ClientLifecycleMode::Initialize,
        ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        },
    ]
}

pub(crate) type Running = RunningService<RoleClient, Hands>;

/// A client on a pair of streams to a server in this process.
pub(crate) async fn connected(
    served: &Arc<Served>,
    caller: Caller,
    hands: Hands,
    mode: ClientLifecycleMode,
) -> Running {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(theirs);
    tokio::spawn(talk(served.clone(), caller, input, output));
    serve_client_with_lifecycle(hands, ours, mode)
        .await
        .unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better so")]
pub(crate) fn request(tool: &str, arguments: Value) -> CallToolRequestParams {
    CallToolRequestParams::new(tool.to_owned())
        .with_arguments(arguments.as_object().unwrap().clone())
}

/// A call with all its questions answered.
pub(crate) async fn call(
    client: &Running,
    tool: &str,
    arguments: Value,
) -> Result<CallToolResult, ServiceError> {
    client.call_tool(request(tool, arguments)).await
}

/// The status of a result, or the text of one that failed.
pub(crate) fn status(result: &CallToolResult) -> String {
    match &result.structured_content {
        Some(value) => value["status"].as_str().unwrap().to_owned(),
        None => text(result),
    }
}

pub(crate) fn text(result: &CallToolResult) -> String {
    result.content[0].as_text().unwrap().text.clone()
}

pub(crate) fn filled() -> Value {
    json!({"name": "李明", "mobile": "13900001234", "months": 3})
}
