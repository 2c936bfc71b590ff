//! The corpora of a data directory, open for reading.
//!
//! ```text
//! <data>/corpora/<name>/corpus.toml   who may read it; without this file nobody may
//!                       …             the index, see `corpora`
//! ```
//! Another process may add corpora or change their readers at any time; each call sees the newest. Writing is done by
//! [`crate::prepare`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use agents::Role;
use corpora::{Error, Index, Manifest};

/// The corpora of a data directory.
pub struct Corpora {
    folder: PathBuf,
    shelf: RwLock<Arc<Shelf>>,
}

/// A corpus that can be read.
#[derive(Clone)]
pub struct Corpus {
    /// Its index.
    pub index: Arc<Index>,
    /// Title and readers.
    pub manifest: Arc<Manifest>,
}

#[derive(Default)]
struct Shelf {
    stamps: Vec<Stamp>,
    corpora: BTreeMap<String, Corpus>,
    failed: BTreeMap<String, String>,
    titles: Arc<BTreeMap<String, String>>,
}

/// A corpus as the file system shows it; another stamp means that it was made anew or has other readers.
#[derive(Clone, PartialEq)]
struct Stamp {
    name: String,
    manifest: Option<SystemTime>,
    index: SystemTime,
}

impl Corpora {
    /// Opens all corpora of the data directory `data`. One that cannot be opened is logged and left out.
    pub fn open(data: &Path) -> Self {
        Self {
            folder: data.join(FOLDER),
            shelf: RwLock::default(),
        }
    }

    /// Names and corpora, sorted.
    pub fn all(&self) -> Vec<(String, Corpus)> {
        self.shelf()
            .corpora
            .iter()
            .map(|(name, corpus)| (name.clone(), corpus.clone()))
            .collect()
    }

    /// Corpora that cannot be used, each with the reason.
    pub fn failed(&self) -> Vec<(String, String)> {
        self.shelf()
            .failed
            .iter()
            .map(|(name, reason)| (name.clone(), reason.clone()))
            .collect()
    }

    /// The indexes that `role` may read.
    pub fn readable_by(&self, role: Role) -> Vec<Arc<Index>> {
        let shelf = self.shelf();
        shelf
            .corpora
            .values()
            .filter(|corpus| corpus.manifest.may_read(role.name()))
            .map(|corpus| corpus.index.clone())
            .collect()
    }

    /// Titles, by name; a corpus without a title is shown by its name.
    pub fn titles(&self) -> Arc<BTreeMap<String, String>> {
        self.shelf().titles.clone()
    }

    /// One corpus.
    ///
    /// # Errors
    /// [`Error::UnknownCorpus`], or why it cannot be used.
    pub fn get(&self, name: &str) -> Result<Corpus, Error> {
        match self.shelf().corpora.get(name) {
            Some(corpus) => Ok(corpus.clone()),
            None if is_name(name) => open(&self.folder, name),
            None => Err(Error::UnknownCorpus {
                corpus: name.to_owned(),
            }),
        }
    }

    fn shelf(&self) -> Arc<Shelf> {
        let stamps = stamps(&self.folder);
        let current = self
            .shelf
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        if current.stamps == stamps {
            return current;
        }
        let fresh = Arc::new(Shelf::load(&self.folder, stamps, &current));
        *self
            .shelf
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = fresh.clone();
        fresh
    }
}

impl Shelf {
    /// Opens what is new or changed, and keeps what is not.
    fn load(folder: &Path, stamps: Vec<Stamp>, before: &Self) -> Self {
        let mut shelf = Self::default();
        for stamp in &stamps {
            let name = &stamp.name;
            if let Some(corpus) = before
                .corpora
                .get(name)
                .filter(|_| before.stamps.contains(stamp))
            {
                shelf.corpora.insert(name.clone(), corpus.clone());
                continue;
            }
            match open(folder, name) {
                Ok(corpus) => {
                    shelf.corpora.insert(name.clone(), corpus);
                }
                Err(error) => {
                    tracing::warn!(corpus = %name, "left out: {error}");
                    shelf.failed.insert(name.clone(), error.to_string());
                }
            }
        }
        let titled = shelf
            .corpora
            .iter()
            .filter(|(_, corpus)| !corpus.manifest.title.is_empty());
        let titles = titled.map(|(name, corpus)| (name.clone(), corpus.manifest.title.clone()));
        shelf.titles = Arc::new(titles.collect());
        shelf.stamps = stamps;
        shelf
    }
}

/// The folder of corpora in a data directory.
pub(crate) const FOLDER: &str = "corpora";

/// The stored manifest of a corpus.
pub(crate) const MANIFEST: &str = "corpus.toml";

/// Written by the index once it can be opened.
const INDEX: &str = "manifest.json";

fn open(folder: &Path, name: &str) -> Result<Corpus, Error> {
    let place = folder.join(name);
    let index = Index::open(&place, name)?;
    let file = place.join(MANIFEST);
    let text = fs::read_to_string(&file).map_err(|error| Error::Data {
        file: file.display().to_string(),
        message: format!("{error}; who may read the corpus is unknown, so nobody may\nhint: `chengzhi ingest FOLDER --corpus {name}` writes it again"),
    })?;
    let manifest = Manifest::parse(&file.display().to_string(), &text)?;
    Ok(Corpus {
        index: Arc::new(index.by_name_only(manifest.by_name_only)),
        manifest: Arc::new(manifest),
    })
}

fn stamps(folder: &Path) -> Vec<Stamp> {
    let changed = |path: PathBuf| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut stamps: Vec<Stamp> = entries
        .filter_map(|entry| {
            let name = entry
                .file_name()
                .into_string()
                .ok()
                .filter(|name| is_name(name))?;
            let index = changed(entry.path().join(INDEX))?;
            Some(Stamp {
                name,
                manifest: changed(entry.path().join(MANIFEST)),
                index,
            })
        })
        .collect();
    stamps.sort_by(|left, right| left.name.cmp(&right.name));
    stamps
}

/// Whether `name` can be a corpus; all else in the folder (locks, corpora in the making) is not looked at.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
    };
    !name.is_empty() && name.len() <= 64 && name.chars().all(plain)
}
