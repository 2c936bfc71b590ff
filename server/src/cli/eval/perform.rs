//! One run of one suite: from its cases to a journal and figures, with a bar. Ctrl-C keeps what is done.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use evals::case::{self, Cases};
use evals::log::journal::{Journal, Reader};
use evals::log::{Log, inspect};
use evals::metric::Scored;
use evals::record::{Ended, FORMAT, Header, Record, Sample, Status};
use evals::run::{Plan, Subject, processor_time, run};
use evals::tally::{Tally, passed};
use futures::{Stream, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::stop::Stop;
use super::world::{self, Opened, Played};
use crate::app::open_toolbox;
use crate::catalog::{Catalog, SuiteEntry};
use crate::city::watched;
use crate::cli::context::Context;
use crate::cli::output::note;
use crate::clock;
use crate::holdings::Corpora;

/// Folder of the data directory for journals and logs.
pub(super) const FOLDER: &str = "evals";

/// The longest that one case may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

/// How a suite is run.
#[derive(Debug, Clone, Default, clap::Args)]
pub(in crate::cli) struct Options {
    /// `off`, a model of `chengzhi model list`, a file of weights, or `script:FILE.jsonl`. Without it: off, and on if the
    /// settings name models
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,
    /// How often each case is asked, in place of what the suite says
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) epochs: Option<u32>,
    /// Seed of the first epoch
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u64,
    /// Cases that run beside each other; 1 measures the time of each
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(super) concurrency: Option<u16>,
    /// Go on with the newest run of the suite that was cut off and is otherwise the same
    #[arg(long)]
    pub(super) resume: bool,
}

/// A run that is over.
pub(super) struct Ran {
    pub(super) header: Header,
    pub(super) tally: Tally,
    pub(super) ended: Ended,
    pub(super) log: PathBuf,
}

impl Ran {
    pub(super) fn scored(&self) -> Scored {
        let n = self.tally.cases();
        Scored {
            suite: self.header.suite.clone(),
            n,
            mode: if self.header.model.is_some() {
                "on"
            } else {
                "off"
            }
            .to_owned(),
            model: self.header.model.clone(),
            metrics: self.ended.metrics.clone(),
            ms_per_case: self.tally.seconds * 1_000.0 / self.tally.samples.max(1) as f64,
            seconds: self.ended.seconds,
            log: Some(self.log.display().to_string()),
            problems: self.header.problems.clone(),
        }
    }
}

/// A suite with its name, and all that is needed to run it.
pub(super) struct Work<'a> {
    pub(super) context: &'a Context,
    pub(super) catalog: &'a Catalog,
    pub(super) corpora: &'a Corpora,
    pub(super) name: &'a str,
    pub(super) entry: &'a SuiteEntry,
    /// The cases, where they are not a file of the catalogue.
    pub(super) text: Option<String>,
    pub(super) played: &'a Played,
    pub(super) options: &'a Options,
    pub(super) stop: &'a Stop,
}

impl Work<'_> {
    /// Runs it. Whoever presses Ctrl-C gets what was done so far, with the status `cancelled`.
    pub(super) async fn run(&self) -> anyhow::Result<Ran> {
        let text = self.cases_text()?;
        let Cases {
            mut cases,
            problems,
        } = case::read(&self.entry.cases, &text);
        if let Some(limit) = self.context.global.limit {
            cases.truncate(limit as usize);
        }
        let mut opened = world::open(
            self.context,
            self.catalog,
            self.corpora,
            self.entry,
            &text,
            self.played,
        )?;
        // What tools do in a run is real, and is gone with it.
        let folder = tempfile::tempdir().context("a temporary folder cannot be made")?;
        if let Subject::Agent(_, world) = &mut opened.subject {
            let toolbox = open_toolbox(self.catalog, &folder.path().into()).await?;
            if let Some(sensors) = &self.catalog.sensors
                && self.is_watch()
            {
                let now = clock::now_on(Some(self.entry.manifest.today));
                watched(toolbox.store(), sensors, now).await?;
            }
            self.past_orders(toolbox.store()).await?;
            world.desk.toolbox = Some(Arc::new(toolbox));
        }
        let manifest = &self.entry.manifest;
        let epochs = self.options.epochs.unwrap_or(manifest.epochs);
        let header = Header {
            title: manifest.title.clone(),
            agent: manifest.agent.clone(),
            model: self.played.name.clone(),
            cases: self.entry.cases.clone(),
            total: cases.len() * epochs as usize,
            epochs,
            seed: self.options.seed,
            today: manifest.today,
            corpora: opened.corpora.clone(),
            fingerprint: opened.fingerprint.clone(),
            problems,
            ..header_of(self.name, &text, &[])
        };
        let begun = if self.options.resume {
            Begun::resumed(self.context, &header)?
        } else {
            Begun::new(self.context, header)?
        };
        let plan = self.plan(opened, cases, &begun);
        drive(begun, run(plan), manifest.same_seed, self.stop).await
    }

    /// Whether what is measured needs the readings of the demonstration.
    fn is_watch(&self) -> bool {
        let agent = self.entry.manifest.agent.as_ref();
        let agent = agent.and_then(|name| self.catalog.agents.get(name));
        agent.is_some_and(|agent| agent.manifest.kind == agents::Kind::Watch)
    }

    /// Puts the past orders of the suite into the records of the run.
    async fn past_orders(&self, store: &tools::Store) -> anyhow::Result<()> {
        for file in &self.entry.manifest.orders {
            let hotline = self.catalog.hotline.as_ref();
            let hotline = hotline.context("there is no hotline: `seeds/` lacks its files")?;
            let text = self.catalog.origin.text(file);
            let text = text.with_context(|| format!("`{file}` is missing or cannot be read"))?;
            let (past, wrong) = tools::read_past(&text);
            if let Some((line, message)) = wrong.iter().next() {
                anyhow::bail!("{file}:{line}: {message}");
            }
            let taken = hotline.take_in(store, &past).await?;
            if let Some((order, why)) = taken.refused.first() {
                anyhow::bail!("{file}: order {order}: {why}");
            }
        }
        Ok(())
    }

    fn cases_text(&self) -> anyhow::Result<String> {
        let text = self
            .text
            .clone()
            .or_else(|| self.catalog.origin.text(&self.entry.cases));
        text.with_context(|| format!("`{}` cannot be read", self.entry.cases))
    }

    fn plan(&self, opened: Opened, cases: Vec<case::Case>, begun: &Begun) -> Plan {
        let manifest = &self.entry.manifest;
        Plan {
            subject: opened.subject,
            graders: manifest.graders.clone(),
            cases,
            today: manifest.today,
            epochs: begun.header.epochs,
            seed: begun.header.seed,
            same_seed: manifest.same_seed,
            concurrency: self.options.concurrency.map_or_else(parallel, usize::from),
            patience: PATIENCE,
            done: begun.done.clone(),
        }
    }
}

/// What is known of every run of a suite over the text of its cases. `parts` are all that can change an answer; without
/// any, the fingerprint is for the caller to give.
pub(super) fn header_of(suite: &str, cases: &str, parts: &[&str]) -> Header {
    Header {
        format: FORMAT,
        run: uuid::Uuid::new_v4().to_string(),
        created: now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        suite: suite.to_owned(),
        title: String::new(),
        agent: None,
        model: None,
        cases: String::new(),
        cases_hash: world::hash(cases),
        total: 0,
        epochs: 1,
        seed: 0,
        today: jiff::civil::Date::default(),
        corpora: BTreeMap::new(),
        fingerprint: world::hash(&parts.join("\0")),
        problems: Vec::new(),
    }
}

/// In whole milliseconds: other formats of logs have no more than microseconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// As many cases as there are processors: an agent without a model keeps one busy.
fn parallel() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A run with its journal open, and what was done before.
pub(super) struct Begun {
    header: Header,
    path: PathBuf,
    journal: Journal,
    done: BTreeSet<(String, u32)>,
    tally: Tally,
    /// Seconds of the sessions before, by the clock and of processors.
    before: (f64, f64),
}

impl Begun {
    /// A new run, with its journal.
    pub(super) fn new(context: &Context, header: Header) -> anyhow::Result<Self> {
        let path = folder(context)?.join(format!("{}.jsonl", inspect::stem(&header)));
        Ok(Self {
            journal: Journal::create(&path, &header)?,
            header,
            path,
            done: BTreeSet::new(),
            tally: Tally::default(),
            before: (0.0, 0.0),
        })
    }

    /// Goes on with the newest run that was cut off and wants the same samples of the same things.
    fn resumed(context: &Context, header: &Header) -> anyhow::Result<Self> {
        let folder = &folder(context)?;
        let mut journals: Vec<PathBuf> = std::fs::read_dir(folder)
            .with_context(|| format!("`{}` cannot be read", folder.display()))?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
            .collect();
        journals.sort();
        let same = |path: &PathBuf| {
            let reader = Reader::open(path).ok()?;
            let found = &reader.header;
            let same = found.fingerprint == header.fingerprint
                && (found.seed, found.epochs, found.total)
                    == (header.seed, header.epochs, header.total);
            same.then(|| path.clone())
        };
        for path in journals.iter().rev().filter_map(same) {
            let reopened = Journal::reopen(&path)?;
            let ended = reopened.ended.as_ref();
            let whole = ended.is_some_and(|ended| ended.status == Status::Success);
            // One that was killed while its log was written wants only that.
            if whole && path.with_extension("eval").exists() {
                continue;
            }
            let before = ended.map_or((0.0, 0.0), |ended| (ended.seconds, ended.cpu_seconds));
            let mut tally = Tally::default();
            for record in Reader::open(&path)? {
                if let Record::Sample(sample) = record? {
                    tally.add(&sample);
                }
            }
            let done = BTreeSet::from_iter(reopened.done);
            note(format!(
                "going on with {}: {} of {} samples are there",
                path.display(),
                done.len(),
                header.total
            ));
            return Ok(Self {
                header: reopened.header,
                path,
                journal: reopened.journal,
                done,
                tally,
                before,
            });
        }
        anyhow::bail!(
            "there is no run of `{}` to go on with in `{}`\nhint: a run can be resumed while suite, cases, agent, model, corpora, seed, epochs and program are the same; without `--resume` a new one begins",
            header.suite,
            folder.display()
        )
    }
}

/// Where journals and logs lie.
fn folder(context: &Context) -> anyhow::Result<PathBuf> {
    let folder = context.data.join(FOLDER);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(folder)
}

/// Writes samples as they come, until they end or somebody presses Ctrl-C; then the log.
pub(super) async fn drive(
    begun: Begun,
    samples: impl Stream<Item = Sample>,
    same_seed: bool,
    stop: &Stop,
) -> anyhow::Result<Ran> {
    let Begun {
        header,
        path,
        mut journal,
        mut tally,
        before,
        ..
    } = begun;
    let bar = Bar::start(&header, tally.samples);
    let (started, cpu) = (Instant::now(), processor_time());
    let mut samples = std::pin::pin!(samples);
    let mut asked = std::pin::pin!(stop.asked());
    let mut failed = 0;
    let status = loop {
        let sample: Option<Sample> = tokio::select! {
            biased;
            () = &mut asked => break Status::Cancelled,
            sample = samples.next() => sample,
        };
        let Some(sample) = sample else {
            break Status::Success;
        };
        journal.append(&sample)?;
        tally.add(&sample);
        failed += usize::from(!passed(&sample));
        bar.step(&tally, failed);
    };
    bar.finish();
    let spent = processor_time()
        .zip(cpu)
        .map(|(now, then)| now.saturating_sub(then));
    let ended = Ended {
        time: now(),
        status,
        error: None,
        seconds: before.0 + started.elapsed().as_secs_f64(),
        cpu_seconds: before.1 + spent.unwrap_or_default().as_secs_f64(),
        metrics: tally.metrics(same_seed),
    };
    journal.end(&ended)?;
    let log = path.with_extension("eval");
    let written = Log::open(&path)?;
    evals::log::replace(&log, |out| inspect::write_archive(&written, out))?;
    Ok(Ran {
        header,
        tally,
        ended,
        log,
    })
}

/// How far it is, on a terminal; elsewhere a line now and then.
struct Bar {
    bar: Option<ProgressBar>,
    title: String,
    total: usize,
}

impl Bar {
    fn start(header: &Header, done: usize) -> Self {
        let title = format!("{} ({})", header.suite, header.mode());
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(header.total as u64);
            let style =
                ProgressStyle::with_template("{prefix} [{bar:32}] {pos}/{len} {wide_msg} {eta}")
                    .expect("the template is well-formed");
            bar.set_style(style.progress_chars("━╸ "));
            bar.set_prefix(title.clone());
            bar.set_position(done as u64);
            bar
        });
        if bar.is_none() {
            note(format!(
                "{title}: {} samples",
                header.total.saturating_sub(done)
            ));
        }
        Self {
            bar,
            title,
            total: header.total,
        }
    }

    fn step(&self, tally: &Tally, failed: usize) {
        if let Some(bar) = &self.bar {
            bar.set_position(tally.samples as u64);
            bar.set_message(format!(
                "{failed} not right, {} without an answer",
                tally.errors
            ));
            return;
        }
        let tenth = (self.total / 10).max(200);
        if tally.samples.is_multiple_of(tenth) {
            note(format!(
                "{}: {}/{}, {failed} not right",
                self.title, tally.samples, self.total
            ));
        }
    }

    fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
