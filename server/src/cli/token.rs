//! `chengzhi token`: who may ask as an officer or a developer, and which devices may report.

use std::process::ExitCode;

use agents::Role;
use anyhow::ensure;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::context::Context;
use super::output::{Ink, Output, note};
use crate::store::Store;
use crate::turn::Caller;

/// Tokens. They are stored as hashes; a token is shown once, when it is made.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi token add front-desk --role officer
  chengzhi token add centre-1 --role officer --unit 和澜市12345政务服务便民热线
  chengzhi token add demo --role citizen --resident R0001
  chengzhi token add gateway-1 --role device
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
        /// Department that a civil servant works for, as `seeds/departments.toml` names it; without it no orders are open
        #[arg(long)]
        unit: Option<String>,
        /// Resident of the register that a citizen has shown to be
        #[arg(long)]
        resident: Option<String>,
    },
    /// Show names, roles and dates
    List,
    /// Revoke a token for good
    Revoke {
        /// Its name
        name: String,
    },
}

/// Roles that a token may have.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TokenRole {
    /// A resident, known by name: forms are filled in from the register
    Citizen,
    /// A civil servant
    Officer,
    /// A developer
    Developer,
    /// A device or a gateway: it may hand in readings at `/v1/readings` and nothing else
    Device,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &Token,
) -> anyhow::Result<ExitCode> {
    let store = Store::open(&context.database()).await?;
    match command {
        Token::Add {
            name,
            role,
            unit,
            resident,
        } => {
            let role = match role {
                TokenRole::Citizen => Role::Citizen,
                TokenRole::Officer => Role::Officer,
                TokenRole::Developer => Role::Developer,
                TokenRole::Device => Role::Device,
            };
            ensure!(
                unit.is_none() || role == Role::Officer,
                "`--unit` is for `--role officer`"
            );
            ensure!(
                resident.is_none() || role == Role::Citizen,
                "`--resident` is for `--role citizen`"
            );
            if let Some(unit) = unit {
                let catalog = context.catalog();
                let known = catalog.seeds.departments.iter();
                let known = known.map(|department| department.name.as_str());
                ensure!(
                    known.clone().any(|name| name == unit),
                    "there is no department `{unit}`\nhint: `seeds/departments.toml` lists those there are"
                );
            }
            let caller = Caller {
                role,
                name: Some(name.clone()),
                unit: unit.clone(),
                resident: resident.clone(),
            };
            let token = store.token_for(name, &caller).await?;
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
                    "{:<24} {:<10} {}{}{revoked}",
                    token.name,
                    token.role.name(),
                    token.created,
                    token
                        .unit
                        .iter()
                        .chain(&token.resident)
                        .map(|whom| format!("  {whom}"))
                        .collect::<String>()
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
