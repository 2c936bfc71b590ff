//! The connection to a server: opened when it is first needed, given up after a failure, and opened anew.
//!
//! A server may hang, die, flood or talk nonsense: every step has its time, every message its size, and what does not keep
//! to them ends the connection. After each opening its tools are listed again, since it may be another server by then.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, ClientConfig, Implementation,
    PaginatedRequestParams, ProtocolVersion, Tool,
};
use rmcp::service::{NotificationContext, RunningService};
use rmcp::transport::common::client_side_sse::NeverRetry;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{IntoTransport, StreamableHttpClientTransport};
use rmcp::{
    ClientHandler, ClientLifecycleMode, RoleClient, ServiceError, serve_client_with_lifecycle,
};
use tokio::process::Child;
use tokio::sync::OnceCell;

use super::cause::causes;
use super::meter::Allowance;
use super::result::{LARGEST, short};
use super::way::{self, Way};
use super::{McpPart, Revision};
use crate::kind::outside::refuse_private;

/// Most pages that a list of tools may have.
const PAGES: usize = 20;

/// Largest message: a result of the largest size, with what is around it.
pub(super) const MESSAGE: usize = LARGEST + (64 << 10);

/// Why there is no connection, or no answer.
#[derive(Debug)]
pub(super) struct Lost(pub(super) String);

/// A server, connected to or not.
pub(super) struct Server {
    way: Way,
    timeout: Duration,
    revision: Option<Revision>,
    /// The connection of now. A cell is filled once; a connection that is over is replaced with its cell.
    current: Mutex<Arc<OnceCell<Arc<Open>>>>,
}

/// An open connection.
pub(super) struct Open {
    service: RunningService<RoleClient, Ear>,
    /// What the server says of its tools, by name.
    pub(super) tools: BTreeMap<String, Tool>,
    stale: Arc<AtomicBool>,
    /// Bytes that the child may still write; none of a server over HTTP, where every message is measured.
    allowance: Option<Allowance>,
    /// Killed when dropped.
    _child: Option<Child>,
}

impl Server {
    /// Of a manifest; nothing is opened yet.
    ///
    /// # Errors
    /// What is wrong with the manifest.
    pub(super) fn new(
        part: &McpPart,
        timeout: Duration,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let way = Way::of(part, timeout, environment)?;
        Ok(Self {
            way,
            timeout,
            revision: part.revision,
            current: Mutex::default(),
        })
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        self.way.place()
    }

    /// The open connection; if there is none, it is opened and the tools are listed.
    ///
    /// # Errors
    /// Why it cannot be; nothing was asked of any tool.
    pub(super) async fn open(&self) -> Result<Arc<Open>, Lost> {
        let cell = {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            if current.get().is_some_and(|open| open.is_over()) {
                *current = Arc::default();
            }
            current.clone()
        };
        cell.get_or_try_init(|| self.connect()).await.cloned()
    }

    /// Gives a connection up: the next call opens another.
    pub(super) fn leave(&self, open: &Arc<Open>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.get().is_some_and(|now| Arc::ptr_eq(now, open)) {
            *current = Arc::default();
        }
    }

    /// A step, for as long as a step may take.
    ///
    /// # Errors
    /// That it took longer.
    pub(super) async fn within<T>(
        &self,
        step: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Lost> {
        let seconds = self.timeout.as_secs();
        let done = tokio::time::timeout(self.timeout, work).await;
        done.map_err(|_| {
            Lost(format!(
                "the server did not answer {step} within {seconds} s"
            ))
        })
    }

    async fn connect(&self) -> Result<Arc<Open>, Lost> {
        let stale = Arc::new(AtomicBool::new(false));
        let ear = Ear {
            stale: stale.clone(),
        };
        let (service, child, allowance) = match &self.way {
            Way::Http {
                url,
                private,
                client,
            } => {
                refuse_private(url, *private).map_err(Lost)?;
                let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str());
                config.retry_config = Arc::new(NeverRetry::default());
                let config = config
                    .max_json_response_size(MESSAGE)
                    .max_sse_event_size(MESSAGE)
                    .reinit_on_expired_session(false);
                let transport = StreamableHttpClientTransport::with_client(client.clone(), config);
                (self.greeted(ear, transport, None).await?, None, None)
            }
            Way::Child {
                command,
                environment,
            } => {
                let (child, transport, allowance) = way::started(command, environment)?;
                (
                    self.greeted(ear, transport, Some(&allowance)).await?,
                    Some(child),
                    Some(allowance),
                )
            }
        };
        let mut open = Open {
            service,
            tools: BTreeMap::new(),
            stale,
            allowance,
            _child: child,
        };
        let listed = self
            .within("the request for its tools", open.listed())
            .await;
        open.tools = listed
            .flatten()
            .map_err(|Lost(message)| Lost(open.why(&message)))?;
        Ok(Arc::new(open))
    }

    async fn greeted<T, E, A>(
        &self,
        ear: Ear,
        transport: T,
        allowance: Option<&Allowance>,
    ) -> Result<RunningService<RoleClient, Ear>, Lost>
    where
        T: IntoTransport<RoleClient, E, A>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let mode = match self.revision {
            None => ClientLifecycleMode::Auto {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
                legacy_version: Some(ProtocolVersion::V_2025_11_25),
            },
            Some(Revision::R20251125) => ClientLifecycleMode::Initialize,
            Some(Revision::R20260728) => ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            },
        };
        let greeting = self.within(
            "the greeting",
            serve_client_with_lifecycle(ear, transport, mode),
        );
        match greeting.await {
            Ok(Ok(service)) => Ok(service),
            Ok(Err(error)) => {
                Err(Lost(allowance.and_then(Allowance::flooded).unwrap_or_else(
                    || format!("there is no connection: {}", causes(&error)),
                )))
            }
            Err(Lost(message)) => Err(Lost(
                allowance.and_then(Allowance::flooded).unwrap_or(message),
            )),
        }
    }
}

impl Open {
    /// Asks for a call.
    pub(super) async fn ask(
        &self,
        request: CallToolRequestParams,
    ) -> Result<CallToolResponse, ServiceError> {
        self.allow();
        self.service.peer().call_tool_once(request).await
    }

    /// Why a step failed: that the server flooded us, if it did.
    pub(super) fn why(&self, message: &str) -> String {
        self.allowance
            .as_ref()
            .and_then(Allowance::flooded)
            .unwrap_or_else(|| short(message))
    }

    fn is_over(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
            || self.service.is_closed()
            || self.service.peer().is_transport_closed()
    }

    fn allow(&self) {
        if let Some(allowance) = &self.allowance {
            allowance.renew();
        }
    }

    async fn listed(&self) -> Result<BTreeMap<String, Tool>, Lost> {
        let mut tools = BTreeMap::new();
        let mut cursor = None;
        for _ in 0..PAGES {
            self.allow();
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let list = self.service.peer().list_tools(Some(page)).await;
            let list = list
                .map_err(|error| Lost(format!("its tools cannot be listed: {}", causes(&error))))?;
            tools.extend(
                list.tools
                    .into_iter()
                    .map(|tool| (tool.name.clone().into_owned(), tool)),
            );
            cursor = list.next_cursor;
            if cursor.is_none() {
                return Ok(tools);
            }
        }
        Err(Lost(format!(
            "its list of tools has more than {PAGES} pages"
        )))
    }
}

/// What hears the server: only that its tools are no longer what they were.
struct Ear {
    stale: Arc<AtomicBool>,
}

impl ClientHandler for Ear {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(
            ClientCapabilities::default(),
            Implementation::new("chengzhi", env!("CARGO_PKG_VERSION")),
        )
        .with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.stale.store(true, Ordering::Relaxed);
    }
}
