//! `chengzhi orders export`: what people made of suggestions, for `chengzhi train dispatch`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use agents::audit::masked;
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use tools::{Label, Store};

use crate::cli::output::Output;

/// Write what people made of suggested departments, for `train dispatch`
///
/// One line for each order that was dispatched: its number, its text with personal data masked, the department to which it
/// went, what had been suggested, and whether that was changed. Who asked is never among it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi orders export --labels orders.jsonl
  chengzhi train dispatch --data orders.jsonl --out data/dispatch")]
pub(in crate::cli) struct Export {
    /// File to write
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
}

/// A line of the file.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    time: &'a str,
    text: serde_json::Value,
    label: &'a str,
    suggested: &'a [(String, f64)],
    changed: bool,
}

pub(super) async fn run(
    output: Output,
    store: &Store,
    command: &Export,
) -> anyhow::Result<ExitCode> {
    let file = &command.labels;
    let labels = store.labels().await?;
    let changed = labels.iter().filter(|label| is_changed(label)).count();
    write(file, &labels)?;
    if output.json {
        output.json(&json!({"orders": labels.len(), "changed": changed, "file": file}))?;
    } else {
        output.line(format!(
            "{} orders, of which {changed} went elsewhere than suggested, in `{}`",
            labels.len(),
            file.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn is_changed(label: &Label) -> bool {
    label.suggested.first().map(|(first, _)| first) != Some(&label.chosen)
}

/// Writes the lines beside their place and moves them there.
fn write(file: &Path, labels: &[Label]) -> anyhow::Result<()> {
    let wrong = || format!("`{}` cannot be written", file.display());
    let above = match file.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let mut written = tempfile::NamedTempFile::new_in(above).with_context(wrong)?;
    for label in labels {
        let line = Line {
            id: &label.order,
            time: &label.time,
            text: masked(json!(label.text)),
            label: &label.chosen,
            suggested: &label.suggested,
            changed: is_changed(label),
        };
        serde_json::to_writer(&mut written, &line).with_context(wrong)?;
        written.write_all(b"\n").with_context(wrong)?;
    }
    written.as_file().sync_all().with_context(wrong)?;
    written.persist(file).with_context(wrong)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tools::classify::record;

    use super::*;

    #[test]
    fn what_is_written_is_learnt_from_and_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.jsonl");
        let label = |order: &str, suggested: &[&str], chosen: &str| Label {
            order: order.into(),
            time: "2026-11-21T04:00:00Z".into(),
            text: "路灯不亮，电话13800138000，身份证11010119900307803X".into(),
            suggested: suggested.iter().map(|name| ((*name).into(), 0.5)).collect(),
            chosen: chosen.into(),
        };
        let labels = [
            label("HL1", &["甲局", "乙局"], "甲局"),
            label("HL2", &["甲局"], "乙局"),
            label("HL3", &[], "乙局"),
        ];
        assert_eq!(labels.each_ref().map(is_changed), [false, true, true]);
        write(&file, &labels).unwrap();
        write(&file, &labels).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("路灯不亮") && !text.contains("13800138000"));
        assert!(!text.contains("11010119900307803X"), "{text}");
        let history = record::read(&file).unwrap();
        let read: Vec<&str> = history.records.iter().map(|it| it.label.as_str()).collect();
        assert_eq!(read, ["甲局", "乙局", "乙局"]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("none/x"), &labels).is_err());
    }
}
