//! The way to a server: what the manifest says of it, checked, and a child process started.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use rmcp::RoleClient;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::McpPart;
use super::cause::causes;
use super::connect::{Lost, MESSAGE};
use super::meter::{Allowance, Metered};
use crate::kind::outside::{self, refuse_private};

/// How a server is reached.
pub(super) enum Way {
    Http {
        url: Url,
        private: bool,
        client: Client,
    },
    Child {
        command: Vec<String>,
        environment: BTreeMap<String, String>,
    },
}

impl Way {
    /// Of a manifest.
    ///
    /// # Errors
    /// What is wrong with the manifest.
    pub(super) fn of(
        part: &McpPart,
        timeout: Duration,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        match (&part.url, part.command.is_empty()) {
            (Some(url), true) => http(part, url, timeout, environment),
            (None, false) => child(part, environment),
            (Some(_), false) => {
                Err("keys `mcp.url` and `mcp.command`: a server has one of them".to_owned())
            }
            (None, true) => Err("key `mcp.url` or `mcp.command` is missing".to_owned()),
        }
    }

    /// Where it leads, for people.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Http { url, .. } => url.host_str().unwrap_or_default().to_owned(),
            Self::Child { command, .. } => command.first().cloned().unwrap_or_default(),
        }
    }
}

fn http(
    part: &McpPart,
    url: &str,
    timeout: Duration,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Way, String> {
    if !part.environment.is_empty() {
        return Err("key `mcp.environment`: belongs to `command`".to_owned());
    }
    let url = outside::address("mcp.url", url, part.private)?;
    refuse_private(&url, part.private).map_err(|message| format!("key `mcp.url`: {message}"))?;
    let mut headers = HeaderMap::new();
    if let Some(name) = &part.authorization {
        let wrong = |what: &str| {
            format!("key `mcp.authorization`: the environment variable `{name}` {what}")
        };
        let value = environment(name).ok_or_else(|| wrong("is not set"))?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| wrong("cannot be a header"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    // No time for the whole of an answer: it may be a stream that stays open. Each step has its own.
    let client = outside::client(part.private, timeout)
        .default_headers(headers)
        .build()
        .map_err(|error| causes(&error))?;
    Ok(Way::Http {
        url,
        private: part.private,
        client,
    })
}

fn child(part: &McpPart, environment: &dyn Fn(&str) -> Option<String>) -> Result<Way, String> {
    if part.private || part.authorization.is_some() {
        return Err("keys `mcp.private` and `mcp.authorization`: belong to `url`".to_owned());
    }
    let mut variables = BTreeMap::new();
    variables.extend(environment("PATH").map(|path| ("PATH".to_owned(), path)));
    for name in &part.environment {
        let value = environment(name);
        let value = value.ok_or_else(|| format!("key `mcp.environment`: `{name}` is not set"))?;
        variables.insert(name.clone(), value);
    }
    Ok(Way::Child {
        command: part.command.clone(),
        environment: variables,
    })
}

/// Standard input and output of a server.
pub(super) type Pipe = AsyncRwTransport<RoleClient, Metered<ChildStdout>, ChildStdin>;

/// Starts a server; killed when dropped.
///
/// # Errors
/// Why it cannot be started.
pub(super) fn started(
    command: &[String],
    environment: &BTreeMap<String, String>,
) -> Result<(Child, Pipe, Allowance), Lost> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Lost("there is no command".to_owned()))?;
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Lost(format!("`{program}` cannot be started: {error}")))?;
    let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
        return Err(Lost(format!(
            "`{program}` has no standard input and output"
        )));
    };
    let allowance = Allowance::default();
    let output = Metered {
        inner: output,
        allowance: allowance.clone(),
    };
    let pipe = AsyncRwTransport::new_client(output, input).with_max_line_length(MESSAGE);
    Ok((child, pipe, allowance))
}
