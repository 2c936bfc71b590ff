//! `chengzhi eval list`

use std::collections::BTreeMap;
use std::process::ExitCode;

use evals::record::Metric;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::output::{Ink, Output};

/// A suite; a public contract.
#[derive(Serialize)]
struct Row<'a> {
    suite: &'a str,
    title: &'a str,
    description: &'a str,
    agent: Option<&'a str>,
    cases: usize,
    gates: usize,
    /// What was blessed, by mode.
    baselines: BTreeMap<&'a str, &'a BTreeMap<String, Metric>>,
}

pub(super) fn run(context: &Context, output: Output) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let rows = catalog.suites.iter().map(|(name, entry)| {
        let text = catalog.origin.text(&entry.cases).unwrap_or_default();
        let baselines = entry.baselines.0.iter();
        Row {
            suite: name,
            title: &entry.manifest.title,
            description: &entry.manifest.description,
            agent: entry.manifest.agent.as_deref(),
            cases: evals::case::read(&entry.cases, &text).cases.len(),
            gates: entry.manifest.gates.len(),
            baselines: baselines
                .map(|(mode, it)| (mode.as_str(), &it.metrics))
                .collect(),
        }
    });
    let rows: Vec<Row<'_>> = rows.collect();
    if output.json {
        output.json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    for row in rows {
        let blessed: Vec<&str> = row.baselines.keys().copied().collect();
        let blessed = if blessed.is_empty() {
            "no baseline".to_owned()
        } else {
            format!("baseline {}", blessed.join(", "))
        };
        output.line(format!(
            "{}  {}\n  {} cases for {}, {} gates, {blessed}",
            output.paint(Ink::Strong, row.suite),
            row.title,
            row.cases,
            row.agent.unwrap_or("a model"),
            row.gates
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
