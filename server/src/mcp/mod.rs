//! The Model Context Protocol: the tools and the policy search for other programs, under the rules of the toolbox.
//!
//! In the order of a call: `http::mcp` or [`talk`] knows the [`Caller`]; `face` answers the protocol; `list` shows what this
//! person may have called; `call` has it called, and while it is `pending` asks the person for what is missing and shows what
//! would happen (`ask`); between two requests of revision 2026-07-28 `seal` keeps what was said.
//!
//! Revisions 2025-11-25 (sessions, `elicitation/create`) and 2026-07-28 (no sessions, `input_required`) are served, over
//! streamable HTTP and over standard input and output.
//!
//! There is no tool that confirms: a program must not confirm for a person. Who confirms is asked by the client on the
//! person's screen, or looks at the page of this program. That a client shows what it is given is the client's word.

mod ask;
mod call;
mod face;
mod key;
mod list;
mod pending;
mod result;
mod seal;
mod search;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite};
use tools::form::Form;
use tools::{Grant, Toolbox};

use crate::app::App;
use crate::turn::Caller;
pub(crate) use face::Face;
pub use seal::Seal;
pub use search::{SEARCH, Search, Wanted};

/// Tells the time; everything here takes it from this alone.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// What is served.
pub struct Served {
    /// The tools.
    pub toolbox: Arc<Toolbox>,
    /// Those of them that this face was given; [`SEARCH`] among them opens the search.
    pub grant: Grant,
    /// How a person is asked for arguments, by name of the tool.
    pub forms: BTreeMap<String, Arc<Form>>,
    /// The policy search.
    pub search: Search,
    /// Tells the time.
    pub clock: Clock,
    /// Binds what passes through the caller's hands.
    pub seal: Arc<Seal>,
}

/// Largest message, in bytes.
const LARGEST: usize = 1 << 20;

/// Header with the number of a session.
pub(crate) const SESSION: &str = "mcp-session-id";

impl Served {
    /// All tools of the program and the search of its corpora.
    pub fn of(app: &Arc<App>) -> Arc<Self> {
        let entries = app.catalog.tools.values();
        let mut grant = app.grant("mcp");
        grant.tools.insert(SEARCH.to_owned());
        let now = app.clone();
        Arc::new(Self {
            toolbox: app.toolbox.clone(),
            grant,
            forms: entries
                .filter_map(|entry| Some((entry.name.clone(), entry.form.clone()?)))
                .collect(),
            search: search::over(app.clone()),
            clock: Box::new(move || now.now()),
            seal: app.seal.clone(),
        })
    }
}

/// Talks to one client over a pair of streams, until it closes them; `caller` is who started this.
///
/// # Errors
/// Why the talk could not begin, or broke off.
pub async fn talk<R, W>(
    served: Arc<Served>,
    caller: Caller,
    input: R,
    output: W,
) -> Result<(), String>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let pipe = AsyncRwTransport::new_server(input, output).with_max_line_length(LARGEST);
    let running = rmcp::serve_server(Face::of_person(served, caller), pipe).await;
    let running = running.map_err(|error| error.to_string())?;
    let ended = running.waiting().await;
    ended.map(drop).map_err(|error| error.to_string())
}
