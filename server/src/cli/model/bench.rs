//! `chengzhi model bench`

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use models::{LocalOptions, Row, bench, hub};
use serde::Serialize;

use super::{Local, choice, told};
use crate::cli::context::Context;
use crate::cli::output::{Ink, Output, note};

/// Measure how fast a model computes on this machine
///
/// Prefill is reading a prompt, decode is writing an answer; many sequences write at once and are counted together. The
/// last row is what a person waits for when the beginning of the prompt is in the cache already. Tokens are random, so
/// any file will do, also one without training. `docs/peers/model.md` has the same rows beside llama.cpp.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi model bench qwen3-0.6b
  chengzhi model bench ./some.gguf --rounds 3 --json")]
pub(in crate::cli) struct Bench {
    /// Name of a model, or a `.gguf` file, or a folder with `config.json` and `*.safetensors`
    model: String,
    /// How often each row is measured; the median is shown
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
}

#[derive(Serialize)]
struct Measured {
    model: String,
    threads: usize,
    load_and_measure_s: f64,
    /// Most memory that the program held so far, in MiB; absent where the system does not tell.
    resident_mib: Option<f64>,
    rows: Vec<Row>,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Bench,
) -> anyhow::Result<ExitCode> {
    let mut options = LocalOptions::default();
    let catalog = context.catalog();
    let path = if let Some(path) = choice::path(&catalog, &command.model)? {
        path
    } else {
        let local = Local::find(context, &catalog, &command.model)?;
        (options.cache, options.threads) = (local.weights.cache, local.weights.threads);
        let ready = hub::ready(&local.weights, &local.folder);
        ready.map_err(|error| anyhow::anyhow!(told(&local.name, &error)))?
    };
    let threads = options.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    if !output.json {
        note(format!("loading {} …", path.display()));
    }
    let begun = Instant::now();
    let measure = move || {
        bench(&path, &options, command.rounds, |row| {
            if !output.json {
                // A closed pipe ends the program at the next write that counts.
                let _ = show(output, row);
            }
        })
    };
    let rows = tokio::task::spawn_blocking(measure).await??;
    let measured = Measured {
        model: command.model,
        threads,
        load_and_measure_s: begun.elapsed().as_secs_f64(),
        resident_mib: peak(),
        rows,
    };
    if output.json {
        output.json(&measured)?;
    } else if let Some(resident) = measured.resident_mib {
        output.line(format!("{:<34}{resident:>10.0} MiB", "resident memory"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(output: Output, row: &Row) -> anyhow::Result<()> {
    let name = output.paint(Ink::Strong, &format!("{:<34}", row.name));
    output.line(format!("{name}{:>10.2} {}", row.value, row.unit.name()))
}

/// `VmHWM` of Linux.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
