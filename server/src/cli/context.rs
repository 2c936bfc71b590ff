//! What the options mean: settings, files, data directory, and how to open them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use tools::database::Database;
use tracing_subscriber::EnvFilter;

use super::Global;
use super::output::note;
use super::progress::Bar;
use crate::app::App;
use crate::catalog::Catalog;
use crate::embedded::Origin;
use crate::holdings::Corpora;
use crate::settings::{DataLayer, Layer, Log, Settings};
use crate::{clock, prepare};

/// The options, and the settings they lead to.
pub(super) struct Context {
    pub(super) global: Global,
    pub(super) settings: Settings,
    pub(super) origin: Origin,
    /// The data directory.
    pub(super) data: PathBuf,
}

impl Context {
    pub(super) fn load(global: Global, serving: bool) -> anyhow::Result<Self> {
        let origin = Origin::find(global.root.as_deref())?;
        let flags = Layer {
            data: DataLayer {
                directory: global.data.clone().map(Some),
                demo: None,
                database: None,
            },
            ..Layer::default()
        };
        let environment = |name: &str| std::env::var(name).ok();
        let settings = Settings::load(&origin, global.config.as_deref(), environment, flags)?;
        start_log(&settings.log, serving)?;
        let data = settings.directory(&origin);
        Ok(Self {
            global,
            settings,
            origin,
            data,
        })
    }

    pub(super) fn catalog(&self) -> Catalog {
        let mut catalog = Catalog::load(self.origin.clone());
        catalog.add_models(&self.data);
        if let Some(folder) = &self.settings.hotline.classifier {
            catalog.use_classifier(&self.data.join(folder));
        }
        catalog
    }

    pub(super) fn now(&self) -> Timestamp {
        clock::now_on(self.settings.clock.today)
    }

    pub(super) fn today(&self) -> Date {
        self.settings.clock.today.unwrap_or_else(clock::today)
    }

    /// Where records are kept.
    pub(super) fn database(&self) -> Database {
        self.settings.database(&self.origin)
    }

    /// Fails where the file of this name would hold records and is not there: whoever only looks makes nothing.
    pub(super) fn ensure_records(&self, name: &str, missing: &str) -> anyhow::Result<()> {
        match self.database().file(name) {
            Some(file) => ensure_file(&file, missing),
            None => Ok(()),
        }
    }

    /// The corpora for a command that reads them; see [`Context::demo_unless_named`].
    pub(super) fn corpora(&self, catalog: &Catalog) -> anyhow::Result<Corpora> {
        self.demo_unless_named(catalog)?;
        Ok(Corpora::open(&self.data))
    }

    /// Everything, for a command that asks an agent; see [`Context::demo_unless_named`].
    pub(super) async fn app(self) -> anyhow::Result<Arc<App>> {
        let catalog = self.catalog();
        self.demo_unless_named(&catalog)?;
        let app = App::open(self.settings, catalog).await?;
        if app.corpora.all().is_empty() {
            note(no_corpus(&app.data.display().to_string()));
        }
        Ok(app)
    }

    /// Prepares the demo city in the default data directory. A directory that somebody named is left as it is.
    fn demo_unless_named(&self, catalog: &Catalog) -> anyhow::Result<()> {
        if self.settings.data.demo && self.settings.data.directory.is_none() {
            self.demo(catalog)?;
            for name in prepare::kept(&self.data, catalog) {
                let place = self.data.join("corpora").join(&name);
                note(format!(
                    "`{name}` is used as it was ingested, not as its files in the catalogue are now\nhint: remove `{}` to use those",
                    place.display()
                ));
            }
        }
        Ok(())
    }

    /// Prepares the demo city.
    pub(super) fn demo(&self, catalog: &Catalog) -> anyhow::Result<()> {
        let mut bar: Option<Bar> = None;
        let reports = prepare::demo(&self.data, catalog, &mut |corpus, progress| {
            let title = catalog
                .corpora
                .get(corpus)
                .map_or(corpus, |entry| entry.manifest.title.as_str());
            bar.get_or_insert_with(|| Bar::start(format!("preparing {title}"), progress.total))
                .step(&progress);
            true
        });
        let reports = reports.with_context(|| {
            format!(
                "the demo city cannot be prepared in `{}`\nhint: `--data DIR` names another folder",
                self.data.display()
            )
        })?;
        if let Some(bar) = bar {
            bar.finish();
        }
        for report in reports {
            note(format!(
                "prepared `{}`: {} documents, {} passages in {:.1} s",
                report.corpus, report.documents, report.passages, report.seconds
            ));
            for failed in &report.failed {
                note(format!("warning: {}: {}", failed.file, failed.reason));
            }
        }
        Ok(())
    }
}

/// What to do in a data directory without corpora.
pub(super) fn no_corpus(data: &str) -> String {
    format!(
        "there is no corpus in `{data}`\nhint: `chengzhi ingest FOLDER --corpus NAME --data {data}` makes one"
    )
}

/// Fails where a file of the data directory is not there.
pub(super) fn ensure_file(file: &Path, missing: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        file.is_file(),
        "{missing}: `{}` does not exist\nhint: `--data DIR` names another data directory",
        file.display()
    );
    Ok(())
}

/// Other commands than `serve` are quiet unless a level was asked for: their warnings are part of what they print.
fn start_log(log: &Log, serving: bool) -> anyhow::Result<()> {
    let asked = std::env::var_os("CHENGZHI_LOG").is_some();
    let level = if serving || asked {
        log.level.as_str()
    } else {
        "off"
    };
    let wrong = || {
        format!(
            "`log.level` is `{level}`\nhint: use error, warn, info, debug or trace, or a filter such as `info,sqlx=debug`"
        )
    };
    // Libraries tell much that only their authors understand.
    let filter = match level {
        "off" => "off".to_owned(),
        level => format!("tantivy=warn,lopdf=error,sqlx=warn,{level}"),
    };
    let filter = EnvFilter::try_new(filter).with_context(wrong)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    let started = if log.json {
        builder.json().try_init()
    } else {
        builder.compact().try_init()
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}
