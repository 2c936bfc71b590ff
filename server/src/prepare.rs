//! Filling a data directory: documents go into a corpus, and the corpora of the catalogue are kept up to date.
//!
//! One process at a time writes to a corpus. What is made anew is made beside the old one and takes its place when it
//! is whole. Reading is [`crate::holdings`].

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corpora::ingest::{Content, Input, Progress, Report};
use corpora::{Asked, Index, Manifest};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::{Catalog, CorpusEntry};
use crate::error::Error;
use crate::holdings::{FOLDER, MANIFEST, is_name};

/// Documents for a corpus.
pub struct Job<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// Name of the corpus.
    pub corpus: &'a str,
    /// Title, readers, metadata of files; none keeps what is stored, or else lets everybody read.
    pub manifest: Option<&'a Manifest>,
    /// The documents.
    pub inputs: &'a [Input],
    /// What people ask about them.
    pub asked: &'a Arc<Asked>,
}

/// Asked before each file; `false` stops.
pub type GoOn<'a> = dyn FnMut(Progress<'_>) -> bool + 'a;

/// Adds documents to a corpus; makes it where there is none.
///
/// # Errors
/// As [`corpora::ingest::ingest`].
pub fn add(job: &Job<'_>, go_on: &mut GoOn<'_>) -> Result<Report, Error> {
    let claim = Claim::take(job.data, job.corpus)?;
    let manifest = job
        .manifest
        .cloned()
        .map_or_else(|| stored_manifest(&claim.place, job.corpus), Ok)?;
    fill(&claim.place, job, &manifest, go_on)
}

/// Makes a corpus anew from these documents alone. The old one stays in use until the new one is whole.
///
/// # Errors
/// As [`add`].
pub fn rebuild(job: &Job<'_>, go_on: &mut GoOn<'_>) -> Result<Report, Error> {
    let claim = Claim::take(job.data, job.corpus)?;
    claim.rebuild(job, None, go_on)
}

/// Corpora of the catalogue in whose place one lies that somebody ingested, so that [`demo`] leaves it as it is.
pub fn kept(data: &Path, catalog: &Catalog) -> Vec<String> {
    let with_files = catalog
        .corpora
        .iter()
        .filter(|(_, entry)| !entry.inputs.is_empty());
    let by_hand = with_files.filter(|(name, _)| {
        let place = data.join(FOLDER).join(name);
        place.exists() && Fingerprint::read(&place).is_none()
    });
    by_hand.map(|(name, _)| name.clone()).collect()
}

/// Brings the corpora of the catalogue into the data directory, where they are absent or their files have changed.
/// A corpus of the same name that somebody ingested is left as it is.
///
/// # Errors
/// As [`add`].
pub fn demo(
    data: &Path,
    catalog: &Catalog,
    go_on: &mut dyn FnMut(&str, Progress<'_>) -> bool,
) -> Result<Vec<Report>, Error> {
    let mut reports = Vec::new();
    for (name, entry) in catalog
        .corpora
        .iter()
        .filter(|(_, entry)| !entry.inputs.is_empty())
    {
        let fingerprint = Fingerprint::of(entry, &catalog.asked)?;
        if Fingerprint::read(&data.join(FOLDER).join(name)).as_ref() == Some(&fingerprint) {
            continue;
        }
        // Another process may be doing the same; it is waited for, and then nothing is left to do.
        let claim = Claim::wait(data, name)?;
        let found = Fingerprint::read(&claim.place);
        if found.as_ref() == Some(&fingerprint) {
            continue;
        }
        if found.is_none() && claim.place.exists() {
            tracing::info!(corpus = %name, "kept as it was ingested; the catalogue has a corpus of that name too");
            continue;
        }
        let job = Job {
            data,
            corpus: name,
            manifest: Some(&entry.manifest),
            inputs: &entry.inputs,
            asked: &catalog.asked,
        };
        reports.push(claim.rebuild(&job, Some(&fingerprint), &mut |progress| {
            go_on(name, progress)
        })?);
    }
    Ok(reports)
}

/// What a corpus of the catalogue was made of; beside an index, it says that the catalogue put it there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprint {
    /// SHA-256 of the manifest, of names and bytes of all files, and of what people ask.
    sha256: String,
    /// Version of the program that made it, with the state of its readers: another one may read and cut differently.
    version: String,
}

impl Fingerprint {
    const FILE: &str = "prepared.json";

    fn of(entry: &CorpusEntry, asked: &Asked) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        hash.update(asked.digest());
        hash.update(toml_of(&entry.manifest));
        for input in &entry.inputs {
            let bytes = match &input.content {
                Content::Path(path) => fs::read(path).map_err(Error::io(path))?,
                Content::Bytes(bytes) => bytes.to_vec(),
            };
            hash.update(format!("\0{}\0{}\0", input.file, bytes.len()));
            hash.update(bytes);
        }
        let sha256 = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            sha256,
            version: VERSION.to_owned(),
        })
    }

    fn read(place: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(place.join(Self::FILE)).ok()?).ok()
    }
}

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("CORPORA_SOURCES"));

/// The right to write to a corpus, until it is dropped.
struct Claim {
    place: PathBuf,
    aside: PathBuf,
    old: PathBuf,
    _lock: File,
}

impl Claim {
    fn take(data: &Path, corpus: &str) -> Result<Self, Error> {
        Self::with(data, corpus, |lock| match lock.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(corpora::Error::Locked {
                corpus: corpus.to_owned(),
            }
            .into()),
            Err(TryLockError::Error(error)) => Err(Error::io(data)(error)),
        })
    }

    fn wait(data: &Path, corpus: &str) -> Result<Self, Error> {
        Self::with(data, corpus, |lock| lock.lock().map_err(Error::io(data)))
    }

    fn with(
        data: &Path,
        corpus: &str,
        lock_by: impl FnOnce(&File) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        if !is_name(corpus) {
            return Err(corpora::Error::Name {
                name: corpus.to_owned(),
            }
            .into());
        }
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let path = folder.join(format!(".{corpus}.lock"));
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io(&path))?;
        lock_by(&lock)?;
        let aside = folder.join(format!(".{corpus}.new"));
        let claim = Self {
            place: folder.join(corpus),
            aside,
            old: folder.join(format!(".{corpus}.old")),
            _lock: lock,
        };
        claim.recover()?;
        Ok(claim)
    }

    /// Finishes or takes back an exchange that was cut off.
    fn recover(&self) -> Result<(), Error> {
        if self.old.exists() {
            if self.place.exists() {
                fs::remove_dir_all(&self.old).map_err(Error::io(&self.old))?;
            } else {
                fs::rename(&self.old, &self.place).map_err(Error::io(&self.place))?;
            }
        }
        if self.aside.exists() {
            fs::remove_dir_all(&self.aside).map_err(Error::io(&self.aside))?;
        }
        Ok(())
    }

    fn rebuild(
        &self,
        job: &Job<'_>,
        fingerprint: Option<&Fingerprint>,
        go_on: &mut GoOn<'_>,
    ) -> Result<Report, Error> {
        let manifest = job
            .manifest
            .cloned()
            .map_or_else(|| stored_manifest(&self.place, job.corpus), Ok)?;
        let report = match fill(&self.aside, job, &manifest, go_on) {
            Ok(report) => report,
            Err(error) => {
                // Half a corpus is of no use to anybody, and on a full disk it is in the way.
                let _ = fs::remove_dir_all(&self.aside);
                return Err(error);
            }
        };
        if let Some(fingerprint) = fingerprint {
            let json = serde_json::to_vec(fingerprint).expect("a struct of strings serialises");
            write(&self.aside.join(Fingerprint::FILE), &json)?;
        }
        if self.place.exists() {
            fs::rename(&self.place, &self.old).map_err(Error::io(&self.old))?;
        }
        fs::rename(&self.aside, &self.place).map_err(Error::io(&self.place))?;
        let _ = fs::remove_dir_all(&self.old);
        Ok(report)
    }
}

/// Readers are on disk before the first document can be seen.
fn fill(
    place: &Path,
    job: &Job<'_>,
    manifest: &Manifest,
    go_on: &mut GoOn<'_>,
) -> Result<Report, Error> {
    fs::create_dir_all(place).map_err(Error::io(place))?;
    let text = toml_of(manifest);
    let file = place.join(MANIFEST);
    if fs::read_to_string(&file).ok().as_deref() != Some(&text) {
        write(&file, text.as_bytes())?;
    }
    let index = Index::open_or_create(place, job.corpus)?.with_asked(job.asked.clone());
    corpora::ingest::ingest(&index, job.inputs, manifest, go_on)
        .map_err(|error| explained(place, error))
}

/// The engine does not say why its writer died. Where the disk is full, that is the reason.
fn explained(place: &Path, error: corpora::Error) -> Error {
    const PROBE: usize = 256 << 10;
    let probe = place.join("probe.tmp");
    let written = fs::write(&probe, vec![0; PROBE]);
    let _ = fs::remove_file(&probe);
    match (error, written) {
        (corpora::Error::Index { .. }, Err(source)) => Error::Full {
            path: place.to_owned(),
            source,
        },
        (error, _) => error.into(),
    }
}

/// The manifest that is there; an index without one gets it back only from somebody who names its readers.
fn stored_manifest(place: &Path, corpus: &str) -> Result<Manifest, Error> {
    let file = place.join(MANIFEST);
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Manifest::parse(&file.display().to_string(), &text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Manifest {
            title: corpus.to_owned(),
            ..Manifest::default()
        }),
        Err(error) => Err(Error::io(&file)(error)),
    }
}

fn toml_of(manifest: &Manifest) -> String {
    toml::to_string(manifest).expect("a manifest serialises")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = path.with_extension("tmp");
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(Error::io(path))
}

#[cfg(test)]
mod tests;
