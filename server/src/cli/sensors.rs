//! `chengzhi sensors`: what the city's sensors measured: ask in words, list, import.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;
use tools::sensor::{Format, Import, Interpreted, Rows, Sensors};
use tools::{AlertFilter, AlertView, Looked, Store, Watch};

use super::context::Context;
use super::output::{Ink, Output, note};
use super::progress::Bar;
use crate::city::put_readings;

/// Sensors: what they measured. No model takes part: words become a query by rules, and the query is shown.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi sensors ask \"古城步行街那边现在人多吗\"
  chengzhi sensors ask \"昨晚科苑大道的积水最深多少\"
  chengzhi sensors alerts --open
  chengzhi sensors list
  chengzhi sensors import readings.csv

A CSV file has the columns `datastream,time,value` and may have `unit`; a line of a JSONL file is
{\"datastream\", \"time\", \"value\", \"unit\"}. Times are RFC 3339. A line that cannot be used is named; the others are stored.")]
pub(super) enum SensorCommand {
    /// Ask in words
    Ask {
        /// The question, for example 昨晚古城步行街最多有多少人
        question: String,
    },
    /// Show what was raised: limits that were reached, devices at fault, what is proposed
    Alerts {
        /// Its number, for example AL20261121-1f0c22ab: with all that happened and all that may be done
        id: Option<String>,
        /// Only those that are not over
        #[arg(long)]
        open: bool,
    },
    /// Show what stands where, and how far its readings reach
    List,
    /// Take in readings
    Import {
        /// A file `*.csv` or `*.jsonl`
        file: PathBuf,
    },
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &SensorCommand,
) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let Some(sensors) = catalog.sensors.clone() else {
        bail!(
            "this city has no sensors, or their files cannot be used\nhint: `chengzhi check` says why"
        );
    };
    let store = Store::open(&context.database()).await?;
    if context.settings.data.demo {
        let stored = put_readings(&store, &sensors, context.now()).await?;
        if stored > 0 {
            note(format!("{stored} readings of the demonstration were made"));
        }
    }
    match command {
        SensorCommand::Ask { question } => {
            let hotline = catalog.hotline.clone();
            let hotline = hotline
                .context("the list of places cannot be used\nhint: `chengzhi check` says why")?;
            ask(context, output, &store, &sensors, &hotline, question).await
        }
        SensorCommand::Alerts { id, open } => {
            let watch = Watch::new(store, sensors);
            watch.look(context.now()).await?;
            alerts(output, &watch, id.as_deref(), *open).await
        }
        SensorCommand::List => list(output, &store, &sensors).await,
        SensorCommand::Import { file } => import(context, output, &store, &sensors, file).await,
    }
}

async fn ask(
    context: &Context,
    output: Output,
    store: &Store,
    sensors: &Sensors,
    hotline: &tools::Hotline,
    question: &str,
) -> anyhow::Result<ExitCode> {
    let asked = (question, context.now());
    let (read, looked) = tools::ask(store, sensors, &hotline.places, asked).await?;
    if output.json {
        output.json(&json!({"understood": read, "found": looked}))?;
        return Ok(ExitCode::SUCCESS);
    }
    match (&read, looked) {
        (Interpreted::Query(_), Some(looked)) => answered(output, &looked)?,
        (Interpreted::Query(_), None) | (Interpreted::NotAQuestionOfSensors, _) => {
            output.line("这句话没有问传感器的读数。可以这样问：古城步行街现在有多少人")?;
        }
        (Interpreted::Ask(ask), _) => said(output, &ask.question, &ask.options)?,
        (Interpreted::Unknown(unknown), _) => said(output, &unknown.sentence, &unknown.options)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn answered(output: Output, looked: &Looked) -> anyhow::Result<()> {
    output.line(output.paint(Ink::Faint, &looked.described))?;
    output.line(&looked.sentence)?;
    for gap in &looked.answered.gaps {
        let line = format!(
            "  缺测 {} 至 {} {}",
            local(gap.from),
            local(gap.to),
            gap.datastream
        );
        output.line(output.paint(Ink::Faint, &line))?;
    }
    Ok(())
}

fn said(output: Output, sentence: &str, options: &[String]) -> anyhow::Result<()> {
    output.line(sentence)?;
    for option in options {
        output.line(format!("  {option}"))?;
    }
    Ok(())
}

async fn alerts(
    output: Output,
    watch: &Watch,
    id: Option<&str>,
    open: bool,
) -> anyhow::Result<ExitCode> {
    let filter = AlertFilter {
        open,
        ..AlertFilter::default()
    };
    let views = match id {
        None => watch.alerts(&filter).await?,
        Some(id) => {
            let found = watch.alert(id).await?;
            vec![found.with_context(|| {
                format!("no alert `{id}`\nhint: `chengzhi sensors alerts` lists them")
            })?]
        }
    };
    if output.json {
        output.json(&views)?;
        return Ok(ExitCode::SUCCESS);
    }
    if views.is_empty() {
        note("no alerts");
    }
    for view in &views {
        let over = view
            .cleared
            .map_or_else(|| "未解除".to_owned(), |at| format!("{}解除", local(at)));
        let level = view.level.as_deref().unwrap_or("故障");
        let head = format!("{}  {level}  {}  {over}", view.id, local(view.raised));
        output.line(output.paint(Ink::Strong, &head))?;
        output.line(format!("  {}", view.text))?;
        if id.is_some() {
            in_full(output, view)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn in_full(output: Output, view: &AlertView) -> anyhow::Result<()> {
    for happened in view.notes.iter().skip(1) {
        output.line(format!("  {}  {}", local(happened.at), happened.text))?;
    }
    for action in &view.actions {
        let approved = action.approved_by.as_deref().map_or_else(
            || format!("须由{}批准", action.approver),
            |by| format!("{by}已批准"),
        );
        output.line(format!("  处置：{}（{approved}；演练）", action.title))?;
        for line in &action.lines {
            output.line(format!("    {line}"))?;
        }
    }
    if let Some(order) = &view.order {
        let number = order.number.as_deref().unwrap_or("未登记");
        output.line(format!(
            "  工单草稿（{}，{number}）：{}",
            order.grade.name(),
            order.text
        ))?;
    }
    let evidence = view.evidence.iter().map(|id| format!("    {id}"));
    output.line(format!(
        "  依据{}条读数：\n{}",
        view.evidence.len(),
        evidence.collect::<Vec<_>>().join("\n")
    ))
}

fn local(at: jiff::Timestamp) -> String {
    at.to_zoned(tools::zone())
        .strftime("%m-%d %H:%M")
        .to_string()
}

/// A file of which it is counted how much has been read.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

async fn list(output: Output, store: &Store, sensors: &Sensors) -> anyhow::Result<ExitCode> {
    let things = store.things().await?;
    let mut rows = Vec::new();
    for datastream in store.datastreams().await? {
        let extent = store.extent(&datastream.id).await?;
        let thing = things.iter().find(|thing| thing.id == datastream.thing);
        rows.push((datastream, thing, extent));
    }
    if output.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(datastream, thing, extent)| {
                json!({"datastream": datastream, "thing": thing, "readings": extent})
            })
            .collect();
        output.json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if rows.is_empty() {
        note("no sensors\nhint: `data.demo = true` makes those of the demonstration");
    }
    for (datastream, thing, extent) in rows {
        let kind = sensors.kinds.get(&datastream.kind);
        let title = kind.map_or(datastream.kind.as_str(), |kind| kind.title.as_str());
        let place = thing.map_or("—", |thing| thing.place.as_str());
        let readings = extent.map_or_else(
            || "no readings".to_owned(),
            |extent| format!("{} readings, the last {}", extent.count, extent.last),
        );
        output.line(format!(
            "{}  {title}  {place}  {}",
            output.paint(Ink::Strong, &datastream.id),
            output.paint(Ink::Faint, &readings),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(
    context: &Context,
    output: Output,
    store: &Store,
    sensors: &Sensors,
    file: &std::path::Path,
) -> anyhow::Result<ExitCode> {
    let format = match file.extension().and_then(|end| end.to_str()) {
        Some("csv") => Format::Csv,
        Some("jsonl") => Format::Jsonl,
        _ => bail!("`{}` is neither `*.csv` nor `*.jsonl`", file.display()),
    };
    let opened =
        File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let bytes = opened.metadata().map_or(0, |metadata| metadata.len());
    let kilobytes = |bytes: u64| usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
    let read = Arc::new(AtomicU64::new(0));
    let counted = Counted {
        file: opened,
        read: read.clone(),
    };
    let datastreams = store.datastreams().await?;
    let rows = Rows::new(BufReader::new(counted), format);
    let mut import = Import::new(rows, &datastreams, &sensors.kinds, context.now());
    let mut bar = Bar::of("readings".to_owned(), kilobytes(bytes).max(1), "KiB");
    let shown = || {
        let done = kilobytes(read.load(Ordering::Relaxed));
        bar.at(done, kilobytes(bytes).max(1));
    };
    store.import(&mut import, shown).await?;
    bar.finish();
    let summary = import.summary();
    if output.json {
        output.json(summary)?;
    } else {
        output.line(format!(
            "{} lines read: {} stored, {} there already, {} with another value than is there",
            summary.read, summary.stored, summary.repeated, summary.conflicting
        ))?;
        for (reason, count) in &summary.refused {
            output.line(format!("  refused, {reason}: {count}"))?;
        }
        for problem in &summary.examples {
            note(format!(
                "{}:{}: {}",
                file.display(),
                problem.line,
                problem.reason
            ));
        }
    }
    if let Some(problem) = &summary.broken_off {
        bail!(
            "{}:{}: {}\nhint: what stands before it is stored",
            file.display(),
            problem.line,
            problem.reason
        );
    }
    Ok(ExitCode::SUCCESS)
}
