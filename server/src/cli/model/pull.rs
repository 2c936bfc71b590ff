//! `chengzhi model pull`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use models::hub::{self, Hub, Pulled, Trust, megabytes};
use serde::Serialize;

use super::progress::Telling;
use super::{Local, told};
use crate::cli::context::Context;
use crate::cli::output::{Output, note};

/// Fetch the files of a model, or go on with it.
///
/// It may be interrupted at any point, and the same command goes on from there. A file with another hash than the
/// manifest names is removed and named. Where the manifest names no hash, the one that the hub states is used; where
/// that is silent too, the file is trusted as it came, this is said, and from then on the hash in `model.lock.toml`
/// holds. `HF_TOKEN` is told to the hub alone, never to a host that it redirects to. Proxies are taken from
/// `HTTPS_PROXY` and `NO_PROXY`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi model pull qwen3-0.6b
  chengzhi model pull qwen3-4b --mirror modelscope
  HF_ENDPOINT=https://hf-mirror.com chengzhi model pull qwen3-4b
  chengzhi model pull qwen3-4b --from /media/usb        copy and check, without a network

The exit code is 1 when a file is missing or wrong.")]
pub(in crate::cli) struct Pull {
    /// Name of the model, see `chengzhi model list`
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Hub to fetch from
    #[arg(
        long,
        value_enum,
        default_value = "huggingface",
        env = "CHENGZHI_MODEL_MIRROR",
        hide_env_values = true
    )]
    mirror: Mirror,
    /// Server that answers as huggingface.co does, with --mirror huggingface [default: https://huggingface.co]
    #[arg(long, value_name = "URL", env = "HF_ENDPOINT", hide_env_values = true)]
    endpoint: Option<String>,
    /// Folder to copy the files from, instead of fetching them
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
}

/// Hubs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mirror {
    /// huggingface.co, or --endpoint
    #[value(name = "huggingface")]
    HuggingFace,
    /// modelscope.cn
    #[value(name = "modelscope")]
    ModelScope,
}

#[derive(Serialize)]
struct Shown {
    model: String,
    folder: PathBuf,
    files: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    bytes: u64,
    sha256: String,
    trust: Trust,
    origin: String,
    commit: Option<String>,
    new: bool,
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &Pull,
) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let find = |name: &String| Local::find(context, &catalog, name);
    let models: Vec<Local> = command
        .names
        .iter()
        .map(find)
        .collect::<anyhow::Result<_>>()?;
    let mut shown = Vec::new();
    for model in models {
        let files = tokio::select! {
            files = files(output, command, &model) => files?,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                anyhow::bail!("interrupted\nhint: what was fetched is kept, the same command goes on from there");
            }
        };
        if !output.json {
            show(output, &model, &files)?;
        }
        warn(&model, &files);
        shown.push(Shown {
            model: model.name,
            folder: model.folder,
            files: files.into_iter().map(row).collect(),
        });
    }
    if output.json {
        output.json(&shown)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(Pulled { kept, new }: Pulled) -> Row {
    Row {
        path: kept.path,
        bytes: kept.bytes,
        sha256: kept.sha256,
        trust: kept.trust,
        origin: kept.origin,
        commit: kept.commit,
        new,
    }
}

async fn files(output: Output, command: &Pull, model: &Local) -> anyhow::Result<Vec<Pulled>> {
    let mut telling = Telling::new(output);
    let Some(source) = command.from.clone() else {
        let hub = hub(command)?;
        note(format!(
            "`{}`: {} of {} from {}",
            model.name,
            count(model.weights.files.len()),
            model.weights.source,
            hub.host()
        ));
        let pulled = hub::pull(&model.weights, &model.folder, &hub, &mut |step| {
            telling.step(step);
        })
        .await;
        telling.finish();
        return pulled.map_err(|error| anyhow::anyhow!(told(&model.name, &error)));
    };
    let (weights, folder) = (model.weights.clone(), model.folder.clone());
    let work = move || {
        let copied = hub::copy(&weights, &folder, &source, &mut |step| telling.step(step));
        telling.finish();
        copied
    };
    tokio::task::spawn_blocking(work)
        .await
        .context("copying broke off")?
        .map_err(|error| anyhow::anyhow!(told(&model.name, &error)))
}

fn hub(command: &Pull) -> anyhow::Result<Hub> {
    let token = std::env::var("HF_TOKEN").ok();
    let said = |value: Option<&str>| {
        value
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    Ok(match command.mirror {
        Mirror::HuggingFace => Hub::hugging_face(
            said(command.endpoint.as_deref()).as_deref(),
            said(token.as_deref()).as_deref(),
        )?,
        Mirror::ModelScope => Hub::model_scope(),
    })
}

fn count(files: usize) -> String {
    match files {
        1 => "1 file".to_owned(),
        more => format!("{more} files"),
    }
}

fn show(output: Output, model: &Local, files: &[Pulled]) -> anyhow::Result<()> {
    for Pulled { kept, new } in files {
        let what = if *new { "fetched" } else { "was there" };
        let trust = match kept.trust {
            Trust::Manifest => "as the manifest names it",
            Trust::Hub => "as the hub states it",
            Trust::First => "as it came first",
        };
        output.line(format!(
            "{}  {}  {what}, sha256 {} {trust}",
            model.folder.join(&kept.path).display(),
            megabytes(kept.bytes),
            kept.sha256
        ))?;
    }
    Ok(())
}

/// Trust without a reason is said plainly.
fn warn(model: &Local, files: &[Pulled]) {
    for Pulled { kept, .. } in files
        .iter()
        .filter(|file| file.new && file.kept.trust == Trust::First)
    {
        note(format!(
            "warning: nobody states a hash for `{}`: it is trusted as it came, and must stay so\nhint: compare sha256 {} with the page of the repository, and write it into a manifest of your own, `{}`",
            kept.path,
            kept.sha256,
            model.folder.join("model.toml").display()
        ));
    }
}
