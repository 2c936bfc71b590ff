//! `chengzhi token`: who may ask as an officer or a developer.

use std::process::ExitCode;

use agents::Role;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::output::{Ink, Output, note};
use crate::store::Store;

/// Tokens. They are stored as hashes; a token is shown once, when it is made.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi token add front-desk --role officer
  chengzhi token list
  chengzhi token revoke front-desk
  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:8787/v1/agents")]
pub(super) enum Token {
    /// Make a token and print it
    Add {
        /// Whom or what it is for
        name: String,
        /// What its bearer may do
        #[arg(long, value_enum)]
        role: TokenRole,
    },
    /// Show names, roles and dates
    List,
    /// Revoke a token for good
    Revoke {
        /// Its name
        name: String,
    },
}

/// Roles that need a token.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TokenRole {
    /// A civil servant
    Officer,
    /// A developer
    Developer,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &Token,
) -> anyhow::Result<ExitCode> {
    let store = Store::open(&context.data).await?;
    match command {
        Token::Add { name, role } => {
            let role = match role {
                TokenRole::Officer => Role::Officer,
                TokenRole::Developer => Role::Developer,
            };
            let token = store.token_add(name, role).await?;
            if output.json {
                output.json(&json!({"name": name, "role": role, "token": token}))?;
            } else {
                output.line(&token)?;
                note("keep it now: only its hash is stored, it cannot be shown again");
            }
        }
        Token::List => {
            let tokens = store.token_list().await?;
            if output.json {
                output.json(&tokens)?;
            }
            for token in tokens.iter().filter(|_| !output.json) {
                let revoked = token
                    .revoked
                    .as_ref()
                    .map(|date| output.paint(Ink::Faint, &format!("  revoked {date}")))
                    .unwrap_or_default();
                output.line(format!(
                    "{:<24} {:<10} {}{revoked}",
                    token.name,
                    token.role.name(),
                    token.created
                ))?;
            }
        }
        Token::Revoke { name } => {
            store.token_revoke(name).await?;
            note(format!("`{name}` is revoked"));
        }
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}
