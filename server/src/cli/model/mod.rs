//! `chengzhi model`: which models there are, fetching and checking their files, and trying them. One subcommand, one
//! file.

mod bench;
mod chat;
pub(super) mod choice;
mod list;
mod progress;
mod pull;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use models::hub::{Backend, Manifest, Weights};

use super::context::Context;
use super::output::Output;
use crate::catalog::{Catalog, ModelEntry, model_folder};
use crate::roles::told;

/// Models that word answers. Without one, answers are quoted.
///
/// A model is a folder with a `model.toml`: files that run in this process, or the address of a server that speaks the
/// API of OpenAI. The program brings some; `models/NAME/model.toml` in the data directory adds one or replaces one.
/// `pull` is the only command that fetches anything, and it says from where before it does.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi model list
  chengzhi model pull qwen3-0.6b
  chengzhi model pull qwen3-4b --mirror modelscope
  chengzhi model pull qwen3-4b --from /media/usb       without a network
  chengzhi model verify qwen3-4b
  chengzhi model chat qwen3-4b \"你好\"             try it, unchecked
  chengzhi model bench qwen3-4b
  chengzhi serve --model qwen3-4b                 let it word answers

A server of your own, in `models/city/model.toml` of the data directory:
  title = \"Qwen3 32B of the city\"
  licence = \"Apache-2.0\"
  context = 32768
  [remote]
  url = \"http://10.0.0.7:8000/v1\"
  model = \"Qwen/Qwen3-32B\"
  supports = [\"tools\", \"schema\", \"regex\", \"thinking\"]     # no \"regex\" for SGLang, llama.cpp")]
pub(super) enum Model {
    /// Name the models, with state, size, licence and context
    List,
    /// Fetch the files of a model, or go on with it
    Pull(pull::Pull),
    /// Hash the files of models and look whether they can be opened
    Verify(verify::Verify),
    /// Measure how fast a model computes on this machine
    Bench(bench::Bench),
    /// Talk to a model itself, without an agent: nothing that it says is checked
    Chat(chat::Chat),
}

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Model,
) -> anyhow::Result<ExitCode> {
    match command {
        Model::List => list::run(context, output),
        Model::Pull(command) => pull::run(context, output, &command).await,
        Model::Bench(command) => bench::run(context, output, command).await,
        Model::Chat(command) => chat::run(context, output, command).await,
        Model::Verify(command) => verify::run(context, output, command).await,
    }
}

/// A model with files, by name.
struct Local {
    name: String,
    manifest: Manifest,
    weights: Weights,
    folder: PathBuf,
}

impl Local {
    fn find(context: &Context, catalog: &Catalog, name: &str) -> anyhow::Result<Self> {
        let entry = named(catalog, name)?;
        let Backend::Local(weights) = &entry.manifest.backend else {
            anyhow::bail!(
                "`{name}` is a server, so it has no files\nhint: `chengzhi model list` names the models"
            );
        };
        Ok(Self {
            name: name.to_owned(),
            manifest: entry.manifest.clone(),
            weights: weights.clone(),
            folder: model_folder(&context.data, name),
        })
    }
}

fn named<'a>(catalog: &'a Catalog, name: &str) -> anyhow::Result<&'a ModelEntry> {
    if let Some(entry) = catalog.models.get(name) {
        return Ok(entry);
    }
    // A manifest that cannot be read is the likeliest reason for a missing name.
    let end = format!("models/{name}/model.toml");
    let wrong = catalog
        .problems
        .iter()
        .find(|problem| problem.file.ends_with(&end));
    match wrong {
        Some(problem) => anyhow::bail!("{problem}"),
        None => anyhow::bail!(
            "there is no model `{name}`\nhint: there are {}; `models/{name}/model.toml` in the data directory would add one",
            catalog
                .models
                .keys()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
