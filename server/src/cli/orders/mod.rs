//! `chengzhi orders`: the work orders of the data directory: list, show, import, export, rates.

mod export;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use clap::Subcommand;
use jiff::civil::Date;
use serde_json::json;
use tools::order::rates::{Period, Rate};
use tools::order::{Actor, ActorRole, State};
use tools::{Hotline, OrderFilter, Store, read_past, view};

use crate::cli::context::Context;
use crate::cli::date;
use crate::cli::output::{Ink, Output, note};
use crate::cli::progress::Bar;
use crate::rates::{By, of_period};

/// Work orders. What is done to them is done by tools, through the page or the API, never from here.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi orders list --state handling
  chengzhi orders show HL2026112100001
  chengzhi orders import history.jsonl
  chengzhi orders export --labels labels.jsonl
  chengzhi orders rates --from 2026-10-01 --to 2026-10-31 --by unit

A line of an import is {\"id\", \"time\", \"channel\", \"text\", \"item\", \"kind\", \"grade\", \"department\", \"reporter\", \"events\"};
`seeds/orders.jsonl` is an example.")]
pub(in crate::cli) enum Orders {
    /// Show orders, the latest first
    List {
        /// Only those in this state, for example `handling`; may be given several times
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Vec<State>,
    },
    /// Show one order with its history, as the centre sees it
    Show {
        /// Its number
        number: String,
    },
    /// Take in orders of the past, through the same rules as those of today
    Import {
        /// JSON lines
        file: PathBuf,
    },
    Export(export::Export),
    /// The three rates (三率) of a period, computed from the entries of orders
    Rates {
        /// The first day
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
        from: Date,
        /// The last day
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
        to: Date,
        /// By what orders are grouped
        #[arg(long, value_enum, default_value = "unit")]
        by: By,
    },
}

/// Orders that are stored in one transaction.
const BATCH: usize = 500;

pub(in crate::cli) async fn run(
    context: &Context,
    output: Output,
    command: &Orders,
) -> anyhow::Result<ExitCode> {
    let store = if matches!(command, Orders::Import { .. }) {
        std::fs::create_dir_all(&context.data)
            .with_context(|| format!("`{}` cannot be made", context.data.display()))?;
        Store::open(&context.database()).await?
    } else {
        records(context).await?
    };
    match command {
        Orders::List { state } => list(context, output, &store, state).await,
        Orders::Show { number } => show(hotline(context)?.as_ref(), output, &store, number).await,
        Orders::Import { file } => import(hotline(context)?.as_ref(), output, &store, file).await,
        Orders::Export(command) => export::run(output, &store, command).await,
        Orders::Rates { from, to, by } => three_rates(output, &store, (*from, *to), *by).await,
    }
}

/// The records that are there: whoever only looks makes nothing.
pub(in crate::cli) async fn records(context: &Context) -> anyhow::Result<Store> {
    context.ensure_records(tools::FILE, "there are no orders")?;
    Ok(Store::open(&context.database()).await?)
}

pub(in crate::cli) fn hotline(context: &Context) -> anyhow::Result<Arc<Hotline>> {
    let hotline = context.catalog().hotline;
    hotline.context("the files of the hotline cannot be used\nhint: `chengzhi check` says why")
}

async fn list(
    context: &Context,
    output: Output,
    store: &Store,
    states: &[State],
) -> anyhow::Result<ExitCode> {
    let filter = OrderFilter {
        states: states.to_vec(),
        limit: context.global.limit.unwrap_or(50),
        ..OrderFilter::default()
    };
    let orders = store.orders(&filter).await?;
    if output.json {
        output.json(&orders)?;
        return Ok(ExitCode::SUCCESS);
    }
    if orders.is_empty() {
        note(
            "no orders\nhint: `chengzhi serve` takes in those of the demonstration, `chengzhi orders import` those of a city",
        );
    }
    for order in orders {
        output.line(format!(
            "{}  {}  {}  {}",
            output.paint(Ink::Strong, &order.id),
            order.state.name(),
            order.lead.as_deref().unwrap_or("—"),
            output.paint(Ink::Faint, order.address.as_deref().unwrap_or("")),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(
    hotline: &Hotline,
    output: Output,
    store: &Store,
    number: &str,
) -> anyhow::Result<ExitCode> {
    let order = store.order(number).await?;
    let order = order.with_context(|| {
        format!("there is no order `{number}`\nhint: `chengzhi orders list` shows the latest")
    })?;
    let centre = Actor {
        role: ActorRole::Centre,
        id: "cli".to_owned(),
        unit: None,
    };
    let view = view(&order, &centre, hotline);
    if output.json {
        output.json(&view)?;
        return Ok(ExitCode::SUCCESS);
    }
    output.line(format!(
        "{}  {}",
        output.paint(Ink::Strong, &view.id),
        view.state_name
    ))?;
    output.line(&view.text)?;
    let parts = [
        ("事项", view.items.join("、")),
        ("级别", view.grade.unwrap_or_default()),
        ("地址", view.address.unwrap_or_default()),
        ("主办", view.lead.unwrap_or_default()),
        ("协办", view.assist.join("、")),
        ("期限", view.dues.join("；")),
    ];
    for (name, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
        output.line(format!("{name}：{value}"))?;
    }
    for line in &view.timeline {
        let at = line.at.to_zoned(tools::zone()).strftime("%Y-%m-%d %H:%M");
        output.line(format!("  {at}  {}", line.text))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(
    hotline: &Hotline,
    output: Output,
    store: &Store,
    file: &Path,
) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("`{}` cannot be read", file.display()))?;
    let (past, wrong) = read_past(&text);
    let (mut stored, mut known, mut refused) = (0, 0, Vec::new());
    let mut bar = Bar::of(file.display().to_string(), past.len(), "orders");
    for (index, batch) in past.chunks(BATCH).enumerate() {
        let taken = hotline.take_in(store, batch).await?;
        stored += taken.stored;
        known += taken.known;
        refused.extend(taken.refused);
        bar.at((index * BATCH + batch.len()).min(past.len()), past.len());
    }
    drop(bar);
    if output.json {
        let wrong: Vec<_> = wrong
            .iter()
            .map(|(line, message)| json!({"line": line, "message": message}))
            .collect();
        let refused: Vec<_> = refused
            .iter()
            .map(|(order, why)| json!({"order": order, "why": why}))
            .collect();
        output.json(
            &json!({"stored": stored, "known": known, "refused": refused, "unreadable": wrong}),
        )?;
    } else {
        output.line(format!("{stored} orders stored, {known} were there"))?;
        for (line, message) in &wrong {
            note(format!("{}:{line}: {message}", file.display()));
        }
        for (order, why) in &refused {
            note(format!("order {order}: {why}"));
        }
    }
    let all_well = wrong.is_empty() && refused.is_empty();
    Ok(if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn three_rates(
    output: Output,
    store: &Store,
    (from, to): (Date, Date),
    by: By,
) -> anyhow::Result<ExitCode> {
    ensure!(from <= to, "`--to` lies before `--from`");
    let period = Period::of_days(from, to).context("these days lie outside of the calendar")?;
    let groups = of_period(store, period, by).await?;
    if output.json {
        output.json(&json!({"from": from, "to": to, "groups": groups}))?;
        return Ok(ExitCode::SUCCESS);
    }
    if groups.is_empty() {
        bail!("no order of these days has been asked about");
    }
    output.line("响应率          解决率          满意率          联系不上  挂账")?;
    for (group, rates) in &groups {
        output.line(format!(
            "{}  {}  {}  {:>8}  {:>4}  {group}",
            share(rates.responded),
            share(rates.resolved),
            share(rates.satisfied),
            rates.unreachable,
            rates.suspended,
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn share(rate: Rate) -> String {
    match rate.share() {
        Some(share) => format!(
            "{:>5.1}% {:>7}",
            share * 100.0,
            format!("{}/{}", rate.yes, rate.of)
        ),
        None => format!("{:>14}", "—"),
    }
}

fn state(text: &str) -> Result<State, String> {
    State::of_code(text).ok_or_else(|| {
        let codes = State::ALL.iter().filter_map(|state| {
            let code = serde_json::to_value(state).ok()?;
            code.as_str().map(str::to_owned)
        });
        format!(
            "not a state of an order; there are {}",
            codes.collect::<Vec<_>>().join(", ")
        )
    })
}
