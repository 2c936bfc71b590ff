//! `chengzhi eval retrieval`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use corpora::rows::{self, Row};
use corpora::{Asked, Index, Lexicon, Retriever};
use evals::metric::Scored;
use evals::retrieval::{self, BadLine, Document, Qrels, Query, Run};
use jiff::civil::Date;
use tempfile::TempDir;

use super::{read, show};
use crate::cli::Usage;
use crate::cli::context::Context;
use crate::cli::ingest::stop_on_interrupt;
use crate::cli::output::{Output, note};
use crate::cli::progress::Bar;

/// Score the search on a labelled set of the BEIR shape
///
/// Each row of the corpus becomes one passage of its title and its text; a string `path` in its metadata holds the
/// headings above it. Recall, MRR and nDCG are those of `ir_measures` on the run that --run-file writes: every query of
/// the qrels counts, one that is not asked as 0. Files may be packed with gzip or zstd.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi eval retrieval --corpus-file corpus.jsonl.zst --queries queries.jsonl --qrels qrels.tsv
  chengzhi eval retrieval --corpus-file corpus.jsonl --queries queries.jsonl --qrels qrels.tsv \\
      --method bm25 --index /tmp/index --run-file bm25.run --json

With --json it prints {suite, n, mode, model, metrics: {recall@1 … recall@100, mrr@10, ndcg@10, p50_ms, p99_ms}, …}, each
metric {value, low, high, n}. `ms_per_case` is the time of a query.")]
pub(in crate::cli) struct Retrieval {
    /// Rows {_id, title, text}, one a line
    #[arg(long, value_name = "FILE")]
    corpus_file: PathBuf,
    /// Queries {_id, text}, one a line
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// Grades: query, document, grade; or the four columns of TREC
    #[arg(long, value_name = "FILE")]
    qrels: PathBuf,
    /// How to search
    #[arg(long, value_enum, default_value = "lexicon")]
    method: Method,
    /// Write what was found, as TREC tools read it
    #[arg(long, value_name = "FILE")]
    run_file: Option<PathBuf>,
    /// Keep the index in this folder, and use it again for the same corpus [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    index: Option<PathBuf>,
}

/// Ways to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Characters and pairs of them, as they stand in the query
    Bm25,
    /// With the everyday words of the lexicon and what people ask about laws besides, as agents search
    Lexicon,
    /// Vectors; comes with an embedder
    Dense,
    /// BM25 and vectors; comes with an embedder
    Hybrid,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Bm25 => "bm25",
            Self::Lexicon => "lexicon",
            Self::Dense => "dense",
            Self::Hybrid => "hybrid",
        }
    }
}

/// Documents looked for; the deepest rank of a figure.
const DEPTH: usize = 100;

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: Retrieval,
) -> anyhow::Result<ExitCode> {
    let words = match command.method {
        Method::Bm25 => Words::default(),
        Method::Lexicon => {
            let catalog = context.catalog();
            let (lexicon, asked) = (catalog.lexicon, catalog.asked);
            Words { lexicon, asked }
        }
        Method::Dense | Method::Hybrid => {
            let name = command.method.name();
            return Err(Usage(format!(
                "`--method {name}` comes with an embedder, which this program does not have yet\nhint: use `bm25` or `lexicon`"
            ))
            .into());
        }
    };
    let (today, stop) = (context.today(), stop_on_interrupt());
    let limit = context.global.limit;
    let work = move || score(&command, words, limit, today, &stop);
    let scored = tokio::task::spawn_blocking(work)
        .await
        .context("scoring broke off")??;
    show(output, &scored)
}

/// How people say things.
#[derive(Default)]
struct Words {
    lexicon: Arc<Lexicon>,
    asked: Arc<Asked>,
}

/// What was read.
struct Set {
    documents: Vec<Document>,
    queries: Vec<Query>,
    qrels: Qrels,
    /// What could not be used.
    problems: Vec<String>,
}

fn score(
    command: &Retrieval,
    words: Words,
    limit: Option<u32>,
    today: Date,
    stop: &AtomicBool,
) -> anyhow::Result<Scored> {
    let begun = Instant::now();
    let set = load(command, limit)?;
    if command.run_file.is_some() {
        let blank = |id: &&str| id.contains(char::is_whitespace);
        let mut ids = set.documents.iter().map(|it| it.id.as_str());
        if let Some(id) = ids.find(blank) {
            anyhow::bail!(
                "`--run-file`: the lines of a run are cut at blanks, and the document `{id}` has one in its id"
            );
        }
    }
    let place = Place::of(command.index.as_deref())?;
    let index = index(place.folder(), &set.documents, words.asked, stop)?;
    let retriever = Retriever::new(vec![Arc::new(index)], words.lexicon);
    let (run, times) = ask(&retriever, &set, today, stop)?;
    if let Some(file) = &command.run_file {
        write(file, &run, command.method)?;
    }
    let mut metrics = retrieval::figures(&retrieval::scores(&set.qrels, &run));
    for (name, share) in [("p50_ms", 0.5), ("p99_ms", 0.99)] {
        let time = retrieval::percentile(&times, share);
        metrics.extend(time.map(|time| (name.to_owned(), time)));
    }
    let ms_per_case = times.iter().sum::<f64>() / times.len().max(1) as f64;
    let seconds = begun.elapsed().as_secs_f64();
    let scored = Scored::off("retrieval", set.qrels.len(), metrics, seconds, set.problems);
    Ok(Scored {
        ms_per_case,
        ..scored
    })
}

fn load(command: &Retrieval, limit: Option<u32>) -> anyhow::Result<Set> {
    let mut problems = Vec::new();
    let documents = lines(&command.corpus_file, &mut problems, retrieval::corpus)?;
    let mut queries = lines(&command.queries, &mut problems, retrieval::queries)?;
    let mut qrels = lines(&command.qrels, &mut problems, retrieval::qrels)?;
    queries.retain(|query| qrels.contains_key(&query.id));
    let (questions, grades) = (command.queries.display(), command.qrels.display());
    anyhow::ensure!(
        !queries.is_empty(),
        "no query of `{questions}` has a grade in `{grades}`\nhint: are they files of the same set?"
    );
    queries.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
    let asked: BTreeSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
    if limit.is_some() {
        qrels.retain(|id, _| asked.contains(id.as_str()));
    }
    let absent = qrels.keys().filter(|id| !asked.contains(id.as_str()));
    let zero = |id| format!("{grades}: query `{id}` is not in `{questions}` and counts 0");
    problems.extend(absent.map(zero));
    tell_unreachable(&documents, &qrels);
    Ok(Set {
        documents,
        queries,
        qrels,
        problems,
    })
}

/// Reads one file; its bad lines become problems.
fn lines<T>(
    path: &Path,
    problems: &mut Vec<String>,
    read: impl FnOnce(Box<dyn BufRead>) -> io::Result<(T, Vec<BadLine>)>,
) -> anyhow::Result<T> {
    let (rows, bad) = read(read::open(path)?)
        .with_context(|| format!("`{}` cannot be read to its end", path.display()))?;
    let named = bad
        .iter()
        .map(|bad| format!("{}:{}: {}", path.display(), bad.line, bad.reason));
    problems.extend(named);
    Ok(rows)
}

/// Relevant documents that no search can find. They count, as they do for `ir_measures`.
fn tell_unreachable(documents: &[Document], qrels: &Qrels) {
    let known: BTreeSet<&str> = documents
        .iter()
        .map(|document| document.id.as_str())
        .collect();
    let relevant = qrels.values().flatten().filter(|(_, grade)| **grade > 0);
    let missing: Vec<&str> = relevant
        .map(|(id, _)| id.as_str())
        .filter(|id| !known.contains(id))
        .collect();
    if let Some(first) = missing.first() {
        note(format!(
            "warning: relevant documents that are not in the corpus: {}, the first is `{first}`",
            missing.len()
        ));
    }
}

/// Where the index stands.
enum Place {
    Kept(PathBuf),
    /// Removed at the end.
    Temporary(TempDir),
}

impl Place {
    fn of(folder: Option<&Path>) -> anyhow::Result<Self> {
        Ok(match folder {
            Some(folder) => Self::Kept(folder.to_owned()),
            None => Self::Temporary(
                tempfile::tempdir().context("no temporary folder can be made for the index")?,
            ),
        })
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Kept(folder) => folder,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// The index of the documents, in their order.
fn index(
    folder: &Path,
    documents: &[Document],
    asked: Arc<Asked>,
    stop: &AtomicBool,
) -> anyhow::Result<Index> {
    let index = Index::open_or_create(folder, "rows").with_context(|| {
        format!(
            "`{}` cannot hold the index\nhint: name another folder, or remove this one",
            folder.display()
        )
    })?;
    let index = index.with_asked(asked);
    let row = |document: &Document| {
        let title = Some(document.title.clone()).filter(|title| !title.is_empty());
        Row {
            path: title.into_iter().chain(document.path.clone()).collect(),
            text: document.text.clone(),
        }
    };
    let rows: Vec<Row> = documents.iter().map(row).collect();
    let mut bar = Bar::of("indexing".to_owned(), rows.len(), "rows");
    let outcome = rows::store(&index, &rows, &mut |done| {
        bar.at(done, rows.len());
        !stop.load(Ordering::Relaxed)
    })?;
    bar.finish();
    match outcome {
        rows::Outcome::Stored | rows::Outcome::Unchanged => Ok(index),
        rows::Outcome::Different => anyhow::bail!(
            "`{}` holds the index of another corpus, or of this one with other questions (`--method`, `corpora/asked`)\nhint: name another folder, or remove this one",
            folder.display()
        ),
        rows::Outcome::Stopped => anyhow::bail!("stopped; nothing was stored"),
    }
}

/// What is found for each query, and how long each took, in milliseconds.
fn ask(
    retriever: &Retriever,
    set: &Set,
    today: Date,
    stop: &AtomicBool,
) -> anyhow::Result<(Run, Vec<f64>)> {
    let mut bar = Bar::of("searching".to_owned(), set.queries.len(), "queries");
    let (mut run, mut times) = (Run::new(), Vec::new());
    for (done, query) in set.queries.iter().enumerate() {
        bar.at(done, set.queries.len());
        anyhow::ensure!(
            !stop.load(Ordering::Relaxed),
            "stopped after {done} of {} queries; nothing was written",
            set.queries.len()
        );
        let asked = corpora::Query {
            text: query.text.clone(),
            more: Vec::new(),
            as_of: today,
            today,
            places: None,
            corpora: None,
            limit: DEPTH,
        };
        let begun = Instant::now();
        let found = retriever.retrieve(&asked)?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        let hits = found.hits.iter().map(|hit| {
            let document = &set.documents[rows::number(&hit.passage)];
            (document.id.clone(), hit.score)
        });
        run.insert(query.id.clone(), retrieval::ranked(hits));
    }
    bar.finish();
    Ok((run, times))
}

/// Writes the run beside its place and moves it there.
fn write(file: &Path, run: &Run, method: Method) -> anyhow::Result<()> {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let temporary = file.with_file_name(name);
    let tag = format!("chengzhi-{}", method.name());
    let written = File::create(&temporary).and_then(|file| {
        retrieval::write_run(run, &tag, BufWriter::new(&file))?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&temporary, file));
    if moved.is_err() {
        // There is no file if it could not be created.
        let _ = fs::remove_file(&temporary);
    }
    moved.with_context(|| format!("the run `{}` cannot be written", file.display()))
}
