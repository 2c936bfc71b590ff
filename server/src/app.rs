//! The opened program: settings, catalogue, corpora and store together, from which every turn takes its world.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agents::{Agent, Desk, Models, Role, Seeds, World};
use corpora::{Index, Lexicon, Retriever};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_util::sync::CancellationToken;
use tools::database::Database;
use tools::{Grant, Resources, Toolbox};

use crate::catalog::Catalog;
use crate::clock;
use crate::error::Error;
use crate::holdings::Corpora;
use crate::mcp::Seal;
use crate::pins::Prints;
use crate::readings::Inflow;
use crate::roles::Roles;
use crate::settings::Settings;
use crate::store::Store;
use crate::turn::Caller;

/// Everything a turn or a request may need.
pub struct App {
    /// The settings.
    pub settings: Settings,
    /// Agents, and what could not be used.
    pub catalog: Catalog,
    /// What is known of the city.
    pub seeds: Arc<Seeds>,
    /// Everyday words and the words of the law.
    pub lexicon: Arc<Lexicon>,
    /// The corpora of the data directory.
    pub corpora: Corpora,
    /// Conversations, tokens and the audit log.
    pub store: Store,
    /// Calls tools, and keeps what they did.
    pub toolbox: Arc<Toolbox>,
    /// The data directory.
    pub data: PathBuf,
    /// Models by role, and those that cannot be used.
    pub roles: Roles,
    /// Signs what MCP clients carry between two requests.
    pub seal: Arc<Seal>,
    /// Ends the sessions of MCP clients, whose streams would stay open.
    pub stop: CancellationToken,
    /// Hashes of agents, seeds, lexicon and models.
    pub prints: Prints,
    /// What became of readings that came in since the start.
    pub inflow: Inflow,
}

impl App {
    /// Opens the data directory and the database that the settings name; makes them where there are none. Nothing is ingested.
    ///
    /// # Errors
    /// When the directory or a store cannot be opened. A corpus that cannot be opened is logged and left out.
    pub async fn open(settings: Settings, catalog: Catalog) -> Result<Arc<Self>, Error> {
        let data = settings.directory(&catalog.origin);
        std::fs::create_dir_all(&data).map_err(Error::io(&data))?;
        for problem in &catalog.problems {
            tracing::warn!("{problem}");
        }
        let roles = open_roles(&settings, &catalog, &data).await;
        for problem in &roles.problems {
            tracing::warn!("{problem}");
        }
        let database = settings.database(&catalog.origin);
        let store = Store::open(&database).await?;
        let toolbox = Arc::new(open_toolbox(&catalog, &database).await?);
        let corpora = Corpora::open(&data);
        let seal = Arc::new(Seal::kept_in(&data)?);
        let (seeds, lexicon) = (catalog.seeds.clone(), catalog.lexicon.clone());
        let prints = Prints::of(&catalog, &data);
        Ok(Arc::new(Self {
            settings,
            catalog,
            seeds,
            lexicon,
            corpora,
            store,
            toolbox,
            data,
            roles,
            seal,
            stop: CancellationToken::new(),
            prints,
            inflow: Inflow::default(),
        }))
    }

    /// What a turn of a caller with `role` sees: only corpora that this role may read.
    pub fn world(&self, role: Role) -> World {
        let (indexes, titles) = (self.corpora.readable_by(role), self.corpora.titles());
        let models = self.roles.models.clone();
        let mut world = world(&self.settings, &self.catalog, indexes, titles, models);
        world.desk.toolbox = Some(self.toolbox.clone());
        world
    }

    /// Now; of the day that the settings fix, noon.
    pub fn now(&self) -> Timestamp {
        clock::now_on(self.settings.clock.today)
    }

    /// All tools; which of them a person may have called is decided for each call.
    pub fn grant(&self, face: &str) -> Grant {
        Grant {
            agent: face.to_owned(),
            tools: self.toolbox.specs().map(|spec| spec.name.clone()).collect(),
        }
    }

    /// Whether a caller may use an agent.
    pub fn may_use(&self, agent: &Agent, caller: &Caller) -> bool {
        let open = agent
            .manifest
            .roles
            .iter()
            .any(|role| role == caller.role.name());
        // Whoever they are: the matrix knows roles and units.
        let person = caller.person(Some(""));
        let within = |person| self.catalog.rights.may_use(&agent.name, person);
        open && person.as_ref().is_some_and(within)
    }

    /// Today, or the day that the settings fix.
    pub fn today(&self) -> Date {
        self.settings.clock.today.unwrap_or_else(clock::today)
    }
}

/// What turns see that may read these indexes and use these models.
pub(crate) fn world(
    settings: &Settings,
    catalog: &Catalog,
    indexes: Vec<Arc<Index>>,
    titles: Arc<BTreeMap<String, String>>,
    models: Models,
) -> World {
    let place = Some(&settings.city.place).filter(|place| !place.is_empty());
    World {
        retriever: Retriever::new(indexes, catalog.lexicon.clone()),
        seeds: catalog.seeds.clone(),
        models,
        titles,
        place: place.cloned(),
        producer: settings.city.producer.clone(),
        desk: Desk {
            toolbox: None,
            entries: catalog.tools.clone(),
            agents: catalog.agents.clone(),
        },
    }
}

/// The tools that can be opened; the others are left out and logged.
pub(crate) async fn open_toolbox(catalog: &Catalog, database: &Database) -> Result<Toolbox, Error> {
    let store = tools::Store::open(database).await?;
    let resources = Resources {
        store: store.clone(),
        hotline: catalog.hotline.clone(),
        sensors: catalog.sensors.clone(),
    };
    let environment = |name: &str| std::env::var(name).ok();
    let mut open = Vec::new();
    for entry in catalog.tools.values() {
        match entry.open(&resources, &environment) {
            Ok(tool) => open.push(tool),
            Err(error) => tracing::warn!("{error}"),
        }
    }
    let mounting = catalog
        .mounts
        .values()
        .map(|entry| entry.mount(&environment));
    for mounted in futures::future::join_all(mounting).await {
        open.extend(mounted.tools);
        for problem in mounted.problems {
            tracing::warn!("{problem}");
        }
    }
    Ok(Toolbox::new(open, store).within(Some(catalog.rights.clone())))
}

/// Weights take seconds to read, so this is no work for a thread that serves.
async fn open_roles(settings: &Settings, catalog: &Catalog, data: &Path) -> Roles {
    let (settings, models) = (settings.models.clone(), catalog.models.clone());
    let data = data.to_owned();
    let open = move || Roles::open(&settings, &models, &data);
    tokio::task::spawn_blocking(open)
        .await
        .expect("a panic of a model is caught, and nobody cancels this")
}
