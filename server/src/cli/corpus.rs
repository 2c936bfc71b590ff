//! `chengzhi corpus`: what a corpus holds, one document of it, and what changed between two revisions.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Subcommand;
use corpora::Passage;
use corpora::diff::{Change, ChangeKind, diff};
use corpora::revision::{Force, Revision, Validity, work};
use jiff::civil::Date;
use serde::Serialize;

use super::context::{Context, no_corpus};
use super::output::{Ink, Output};
use crate::holdings;

/// Corpora.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  chengzhi corpus list
  chengzhi corpus show helan
  chengzhi corpus show 和澜市住房租赁管理办法
  chengzhi corpus diff helan 和澜市住房租赁管理办法
  chengzhi corpus diff helan 和澜市住房租赁管理办法 2016-07-01 2024-05-01")]
pub(super) enum Corpus {
    /// Name the corpora of the data directory
    List,
    /// Show the documents of a corpus with revisions and validity, or the passages of one document
    Show {
        /// Name of a corpus; or file, identifier or title of a document
        name: String,
    },
    /// Show clause by clause what changed between two revisions of a document
    Diff {
        /// Name of the corpus
        corpus: String,
        /// File, identifier or title of the document
        document: String,
        /// Earlier revision: the head of its hash, its 施行 date or its file [default: the last but one]
        before: Option<String>,
        /// Later revision [default: the last]
        after: Option<String>,
    },
}

#[derive(Serialize)]
struct Listed {
    name: String,
    title: String,
    description: String,
    readers: Vec<String>,
    documents: usize,
    revisions: usize,
    passages: usize,
    bytes: u64,
}

#[derive(Serialize)]
struct Work {
    title: String,
    jurisdiction: Option<String>,
    revisions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    revision: String,
    document: String,
    id: Option<String>,
    document_type: Option<String>,
    issuing_body: Option<String>,
    effective_from: Option<Date>,
    effective_to: Option<Date>,
    status: &'static str,
    passages: u32,
    sources: Vec<String>,
    #[serde(skip)]
    ordinal: u32,
}

#[derive(Serialize)]
struct Shown {
    corpus: String,
    title: String,
    #[serde(flatten)]
    row: Row,
    content: Vec<Passage>,
}

pub(super) fn run(context: &Context, output: Output, command: &Corpus) -> anyhow::Result<ExitCode> {
    let corpora = context.corpora(&context.catalog())?;
    match command {
        Corpus::List => list(context, output, &corpora)?,
        Corpus::Show { name } => match corpora.get(name) {
            Ok(corpus) => show_corpus(context, output, &corpus)?,
            Err(corpora::Error::UnknownCorpus { .. }) => {
                show_document(context, output, &corpora, name)?;
            }
            Err(error) => return Err(error.into()),
        },
        Corpus::Diff {
            corpus,
            document,
            before,
            after,
        } => {
            let corpus = corpora.get(corpus)?;
            changes(
                context,
                output,
                &corpus,
                document,
                [before.as_deref(), after.as_deref()],
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(context: &Context, output: Output, corpora: &holdings::Corpora) -> anyhow::Result<()> {
    let mut listed = Vec::new();
    for (name, corpus) in corpora.all() {
        let works = works(context, &corpus)?;
        let rows = works.iter().flat_map(|work| &work.revisions);
        listed.push(Listed {
            name,
            title: corpus.manifest.title.clone(),
            description: corpus.manifest.description.clone(),
            readers: corpus.manifest.readers.clone(),
            documents: works.len(),
            revisions: rows.clone().count(),
            passages: rows.map(|row| row.passages as usize).sum(),
            bytes: corpus.index.size(),
        });
    }
    if output.json {
        return output.json(&listed);
    }
    for corpus in &listed {
        let readers = if corpus.readers.is_empty() {
            "everybody".to_owned()
        } else {
            corpus.readers.join(", ")
        };
        output.line(format!(
            "{}  {}",
            output.paint(Ink::Strong, &corpus.name),
            corpus.title
        ))?;
        let size = corpus.bytes as f64 / f64::from(1 << 20);
        output.line(format!(
            "    {} documents, {} revisions, {} passages, {size:.1} MB; readers: {readers}",
            corpus.documents, corpus.revisions, corpus.passages
        ))?;
    }
    for (name, reason) in corpora.failed() {
        output.line(output.paint(Ink::Red, &format!("{name}  cannot be used: {reason}")))?;
    }
    if listed.is_empty() {
        output.line(no_corpus(&context.data.display().to_string()))?;
    }
    Ok(())
}

fn show_corpus(context: &Context, output: Output, corpus: &holdings::Corpus) -> anyhow::Result<()> {
    let works = works(context, corpus)?;
    if output.json {
        return output.json(&works);
    }
    for work in &works {
        let place = work
            .jurisdiction
            .as_deref()
            .map(|place| format!("  {place}"))
            .unwrap_or_default();
        output.line(format!(
            "{}{}",
            output.paint(Ink::Strong, &work.title),
            output.paint(Ink::Faint, &place)
        ))?;
        for row in &work.revisions {
            output.line(format!(
                "    {}  {}  {:>4} passages  {}",
                row.revision,
                period(row),
                row.passages,
                row.sources.join(", ")
            ))?;
        }
    }
    Ok(())
}

fn show_document(
    context: &Context,
    output: Output,
    corpora: &holdings::Corpora,
    name: &str,
) -> anyhow::Result<()> {
    let chosen = &context.global.corpus;
    for (corpus_name, corpus) in corpora
        .all()
        .into_iter()
        .filter(|(corpus, _)| chosen.is_empty() || chosen.contains(corpus))
    {
        let Some((title, row)) = document_named(works(context, &corpus)?, name) else {
            continue;
        };
        let content = corpus
            .index
            .passages(&*corpus.index.snapshot()?, row.ordinal)?;
        if output.json {
            return output.json(&Shown {
                corpus: corpus_name,
                title,
                row,
                content,
            });
        }
        output.line(output.paint(Ink::Strong, &format!("《{title}》")))?;
        output.line(output.paint(
            Ink::Faint,
            &format!(
                "{corpus_name} · {} · {} · {}",
                row.document,
                row.revision,
                period(&row)
            ),
        ))?;
        for passage in &content {
            output.line(format!(
                "\n{}",
                output.paint(Ink::Strong, &passage.path_text())
            ))?;
            output.line(&passage.text)?;
        }
        return Ok(());
    }
    anyhow::bail!(
        "there is no corpus and no document `{name}`\nhint: `chengzhi corpus list` and `chengzhi corpus show NAME` list those there are"
    );
}

fn changes(
    context: &Context,
    output: Output,
    corpus: &holdings::Corpus,
    name: &str,
    sides: [Option<&str>; 2],
) -> anyhow::Result<()> {
    let corpus_name = corpus.index.corpus();
    let unknown = || {
        anyhow::anyhow!(
            "corpus `{corpus_name}` has no document `{name}`\nhint: `chengzhi corpus show {corpus_name}` lists them"
        )
    };
    let work = works(context, corpus)?
        .into_iter()
        .find(|work| is_work(work, name))
        .ok_or_else(unknown)?;
    let rows = &work.revisions;
    let named = |side: &str| {
        let found = rows.iter().position(|row| {
            row.revision.starts_with(side)
                || row
                    .effective_from
                    .is_some_and(|date| date.to_string() == side)
                || is_document(row, side)
        });
        found.ok_or_else(|| {
            anyhow::anyhow!(
                "《{}》 has no revision `{side}`\nhint: its revisions are {}",
                work.title,
                rows.iter()
                    .map(|row| row.revision.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        })
    };
    let after = sides[1].map_or_else(|| Ok(rows.len() - 1), named)?;
    let before = match sides[0] {
        Some(side) => named(side)?,
        None => after.checked_sub(1).ok_or_else(|| {
            anyhow::anyhow!(
                "《{}》 has one revision only, so nothing has changed",
                work.title
            )
        })?,
    };
    let snapshot = corpus.index.snapshot()?;
    let passages = |row: &Row| corpus.index.passages(&snapshot, row.ordinal);
    let changes = diff(&passages(&rows[before])?, &passages(&rows[after])?);
    if output.json {
        return output.json(&changes);
    }
    output.line(output.paint(Ink::Strong, &format!("《{}》", work.title)))?;
    output.line(output.paint(
        Ink::Red,
        &format!(
            "- {}  {}  {}",
            rows[before].revision,
            period(&rows[before]),
            rows[before].document
        ),
    ))?;
    output.line(output.paint(
        Ink::Green,
        &format!(
            "+ {}  {}  {}",
            rows[after].revision,
            period(&rows[after]),
            rows[after].document
        ),
    ))?;
    changes
        .iter()
        .try_for_each(|change| show_change(output, change))
}

fn show_change(output: Output, change: &Change) -> anyhow::Result<()> {
    let kind = match change.kind {
        ChangeKind::Added => "new",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
        ChangeKind::Renumbered => "renumbered",
    };
    output.line(format!(
        "\n{}",
        output.paint(Ink::Strong, &format!("{}  ({kind})", change.clause))
    ))?;
    if change.kind == ChangeKind::Renumbered {
        return Ok(());
    }
    for (sign, ink, text) in [
        ("-", Ink::Red, &change.before),
        ("+", Ink::Green, &change.after),
    ] {
        for line in text.iter().flat_map(|text| text.lines()) {
            output.line(output.paint(ink, &format!("{sign} {line}")))?;
        }
    }
    Ok(())
}

/// Documents by title, each with its revisions from the oldest to the newest.
fn works(context: &Context, corpus: &holdings::Corpus) -> anyhow::Result<Vec<Work>> {
    let snapshot = corpus.index.snapshot()?;
    let mut works: BTreeMap<String, Work> = BTreeMap::new();
    for (revision, &validity) in snapshot.state.revisions.iter().zip(&snapshot.validities) {
        // Guides and notices may share a title across places; those without a title are told apart by file.
        let key = if revision.title.is_empty() {
            revision.document.clone()
        } else {
            work(&revision.title, &revision.meta)
        };
        let entry = Work {
            title: revision.title.clone(),
            jurisdiction: revision.meta.jurisdiction.clone(),
            revisions: Vec::new(),
        };
        works
            .entry(key)
            .or_insert(entry)
            .revisions
            .push(row(revision, validity, context.today()));
    }
    let mut works: Vec<Work> = works.into_values().collect();
    for work in &mut works {
        work.revisions
            .sort_by_key(|row| (row.effective_from, row.ordinal));
    }
    works.sort_by_key(|work| work.revisions.iter().map(|row| row.document.clone()).min());
    Ok(works)
}

fn row(revision: &Revision, validity: Validity, today: Date) -> Row {
    let status = match validity.on(today, today) {
        Force::InForce => "current",
        Force::Undated => "undated",
        Force::NotYet => "not_yet",
        Force::Ended | Force::Repealed
            if revision.meta.status == Some(corpora::meta::Status::Repealed) =>
        {
            "repealed"
        }
        Force::Ended | Force::Repealed => "superseded",
    };
    Row {
        revision: revision.hash.clone(),
        document: revision.document.clone(),
        id: revision.meta.id.clone(),
        document_type: revision.meta.document_type.clone(),
        issuing_body: revision.meta.issuing_body.clone(),
        effective_from: validity.from,
        effective_to: validity.to,
        status,
        passages: revision.passages,
        sources: revision.sources.clone(),
        ordinal: revision.ordinal,
    }
}

/// `2016-07-01 – 2024-05-01  superseded`.
fn period(row: &Row) -> String {
    let date = |date: Option<Date>| date.map_or_else(|| "…".to_owned(), |date| date.to_string());
    match (row.effective_from, row.effective_to) {
        (None, None) => format!("{:<10}", row.status),
        (from, to) => format!("{} – {}  {:<10}", date(from), date(to), row.status),
    }
}

/// By file or identifier; or by title, and then the revision that applies, else the newest.
fn document_named(works: Vec<Work>, name: &str) -> Option<(String, Row)> {
    let mut by_title = None;
    for work in works {
        let titled = is_titled(&work, name);
        let current = work
            .revisions
            .iter()
            .rposition(|row| row.status == "current" || row.status == "undated");
        let last = work.revisions.len() - 1;
        for (index, row) in work.revisions.into_iter().enumerate() {
            if is_document(&row, name) {
                return Some((work.title, row));
            }
            if titled && index == current.unwrap_or(last) {
                by_title.get_or_insert((work.title.clone(), row));
            }
        }
    }
    by_title
}

fn is_work(work: &Work, name: &str) -> bool {
    is_titled(work, name) || work.revisions.iter().any(|row| is_document(row, name))
}

fn is_titled(work: &Work, name: &str) -> bool {
    let short = |title: &str| corpora::revision::short_title(title);
    !work.title.is_empty() && short(&work.title) == short(name)
}

fn is_document(row: &Row, name: &str) -> bool {
    let stem = |file: &str| file.rsplit('/').next().unwrap_or(file).to_owned();
    row.id.as_deref() == Some(name)
        || row.sources.iter().any(|file| {
            file == name
                || stem(file) == name
                || stem(file)
                    .rsplit_once('.')
                    .is_some_and(|(stem, _)| stem == name)
        })
}
