//! `chengzhi mcp`: the tools and the policy search for another program, over standard input and output.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::context::Context;
use crate::turn::Caller;
use crate::{city, mcp};

/// Serve tools and policy search to another program over standard input and output (MCP).
///
/// Meant to be started by that program. What has an effect is done once the person has confirmed it, in that program
/// or on the page of `chengzhi serve`. `serve` has the same over HTTP, at `/mcp`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi mcp
  chengzhi mcp --data ./data --token \"$TOKEN\"

In the settings of the other program:
  {\"mcpServers\": {\"chengzhi\": {\"command\": \"chengzhi\", \"args\": [\"mcp\"]}}}")]
pub(super) struct Mcp {
    /// Token of the person for whom the program works; without it: a citizen whose name is not known
    #[arg(
        long,
        value_name = "TOKEN",
        env = "CHENGZHI_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
}

pub(super) async fn run(context: Context, command: Mcp) -> anyhow::Result<ExitCode> {
    let app = context.app().await?;
    let caller = match command.token.filter(|token| !token.is_empty()) {
        None => Caller::CITIZEN,
        Some(token) => app.store.bearer(&token).await?.with_context(|| {
            format!(
                "no token of `{}` is this one, or it was revoked\nhint: `chengzhi token add NAME --role citizen` makes one",
                app.data.display()
            )
        })?,
    };
    city::open(&app).await?;
    let talked = mcp::talk(
        mcp::Served::of(&app),
        caller,
        tokio::io::stdin(),
        tokio::io::stdout(),
    );
    talked.await.map_err(anyhow::Error::msg)?;
    app.store.settled().await;
    Ok(ExitCode::SUCCESS)
}
