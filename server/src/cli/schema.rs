//! `chengzhi schema`: writes what [`crate::schema`] generates.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::context::Context;
use super::output::Output;
use crate::embedded::Origin;

/// Write the JSON schemas of manifests, settings and answers to config/schema.
///
/// For those who change the program: the files are committed, and a test compares them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi schema                       in a checkout
  chengzhi schema --output ./schemas    anywhere")]
pub(super) struct Schema {
    /// Folder to write to [default: config/schema of the checkout]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(context: &Context, output: Output, command: &Schema) -> anyhow::Result<ExitCode> {
    let folder = match (&command.output, &context.origin) {
        (Some(folder), _) => folder.clone(),
        (None, Origin::Folder(root)) => root.join("config/schema"),
        (None, Origin::Embedded) => {
            anyhow::bail!("this is not a checkout\nhint: `--output DIR` names a folder to write to")
        }
    };
    let failed = || format!("cannot write to `{}`", folder.display());
    std::fs::create_dir_all(&folder).with_context(failed)?;
    for (name, text) in crate::schema::files() {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(failed)?;
        output.line(path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
