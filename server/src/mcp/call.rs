//! One call, from its request to its answer.
//!
//! A call that asks its person goes on where it stopped: over a request of ours, or with the client's next.

use agents::Role;
use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult};
use serde_json::{Map, Value};
use tools::Person;
use uuid::Uuid;

use super::Served;
use super::ask::{Asks, Reply};
use super::list::searches;
use super::pending::{Pending, Step, unasked};
use super::result;
use super::seal::{Bound, State};
use super::search::{SEARCH, Wanted};
use crate::turn::Caller;

/// Who calls, and how.
pub(super) struct Client {
    pub(super) caller: Caller,
    /// Number of the session, in revisions that have them.
    pub(super) session: Option<String>,
    pub(super) asks: Asks,
    /// What stands in `_meta` under [`KEY`](super::key::KEY).
    pub(super) own_key: Option<Value>,
}

impl Client {
    /// For whom tools are called. Somebody without a token is known by the session, or without sessions by `call`, a number
    /// that the state of the call carries.
    pub(super) fn person(&self, call: &str) -> Result<Person, ErrorData> {
        let number = self.session.as_deref().unwrap_or(call);
        let person = self.caller.person(Some(&format!("mcp-{number}")));
        person.ok_or_else(|| ErrorData::internal_error("it is not known who calls", None))
    }
}

/// Has a tool called.
///
/// # Errors
/// Errors of the protocol; what goes wrong with the call itself is a result that says so.
pub(super) async fn call(
    served: &Served,
    client: &Client,
    request: CallToolRequestParams,
) -> Result<CallToolResponse, ErrorData> {
    let name = request.name.as_ref();
    let given = request.arguments.unwrap_or_default();
    if name == SEARCH && searches(served) {
        return Ok(search(served, client.caller.role, given).await.into());
    }
    // To whom a state is bound, and whose rights are looked at: of somebody without a name the number is in the state.
    let bearer = client.person("")?;
    let open = served.toolbox.open_to(&served.grant, &bearer);
    let spec = open
        .into_iter()
        .find(|spec| spec.name == name)
        .ok_or_else(|| result::unknown(name))?;
    let bound = Bound {
        tool: name,
        arguments: &given,
        person: &bearer,
    };
    let mut answers = request.input_responses.unwrap_or_default();
    let mut state = State::default();
    if let (Asks::Between, Some(sealed)) = (&client.asks, &request.request_state) {
        state = served
            .seal
            .state(sealed, bound, (served.clock)())
            .map_err(|message| ErrorData::invalid_params(message, None))?;
    } else {
        // Answers without a state are answers to nothing.
        answers.clear();
    }
    let number = state.call.get_or_insert_with(|| Uuid::new_v4().to_string());
    let mut pending = Pending {
        served,
        client,
        person: client.person(number)?,
        spec,
        form: served.forms.get(name).map(AsRef::as_ref),
        given: &given,
        state,
    };
    loop {
        let question = match pending.step().await? {
            Step::Ended(result) => return Ok(result.into()),
            Step::Ask(question) => question,
        };
        let reply = match &client.asks {
            Asks::Not => return Ok(unasked(&question).into()),
            Asks::Now(peer) => question.now(peer).await?,
            Asks::Between => match answers.remove(&question.key()) {
                Some(answer) => Reply::of_value(answer),
                None => return pending.between(&question, bound),
            },
        };
        if let Some(result) = pending.take(question, reply).await? {
            return Ok(result.into());
        }
    }
}

async fn search(served: &Served, role: Role, given: Map<String, Value>) -> CallToolResult {
    let found = match Wanted::read(given) {
        Ok(wanted) => (served.search)(role, wanted).await,
        Err(message) => Err(message),
    };
    match found {
        Ok(output) => result::done(&output),
        Err(message) => result::failed(message),
    }
}
