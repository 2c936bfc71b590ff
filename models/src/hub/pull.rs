//! Bringing the files of a model into its folder, from a hub or from another folder.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::address::{Hub, host};
use super::fetch::{Fetcher, Patience, Tell};
use super::manifest::{FileEntry, Weights};
use super::part::{Part, hash_file};
use super::record::{Kept, Record, Trust, modified};
use super::{Expected, Step, file_error};
use crate::error::Error;

/// A file that is in its place now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The file.
    pub kept: Kept,
    /// Whether it came now; else it was there already.
    pub new: bool,
}

/// Fetches into `folder` what `weights` names and what is not there yet. Dropping the future leaves parts, from which
/// the next call goes on.
///
/// # Errors
/// [`Error::Fetch`] or [`Error::File`], with what to do. Files that were finished before stay.
pub async fn pull(
    weights: &Weights,
    folder: &Path,
    hub: &Hub,
    tell: &mut Tell<'_>,
) -> Result<Vec<Pulled>, Error> {
    let mut fetcher = Fetcher::new(hub, Patience::default())?;
    pull_with(&mut fetcher, weights, folder, tell).await
}

pub(super) async fn pull_with(
    fetcher: &mut Fetcher<'_>,
    weights: &Weights,
    folder: &Path,
    tell: &mut Tell<'_>,
) -> Result<Vec<Pulled>, Error> {
    let mut place = Place::claim(folder)?;
    let mut pulled = Vec::new();
    for entry in &weights.files {
        tell(Step::File { path: &entry.path });
        let present = match place.known(entry) {
            Present::Whole(kept) => Some(kept),
            Present::Absent => None,
            Present::Unknown(file) => {
                let hash = blocking(move || hash_file(&file, &mut |_| {})).await?;
                place.adopt(entry, hash)?
            }
        };
        if let Some(kept) = present {
            pulled.push(Pulled { kept, new: false });
            continue;
        }
        let target = place.target(entry);
        let mut part = blocking(move || Part::open(&target)).await?;
        let expected = place.expected(entry);
        let address = fetcher.hub.file(weights, &entry.path);
        let fetched = fetcher.fetch(&address, &expected, &mut part, tell).await?;
        let refuse = |reason: String| Error::Fetch {
            address: super::address::shown(&address),
            reason,
        };
        let trust = match (&expected, &fetched.sha256) {
            (
                Expected {
                    sha256: Some(_),
                    by_manifest: true,
                    ..
                },
                _,
            ) => Trust::Manifest,
            (_, Some(_)) => Trust::Hub,
            (_, None) => place.trust(entry),
        };
        let expected = Expected {
            sha256: expected.sha256.clone().or(fetched.sha256),
            ..expected
        };
        let kept = Kept {
            path: entry.path.clone(),
            bytes: part.length(),
            sha256: part.sha256(),
            trust,
            origin: host(&address),
            commit: fetched.commit,
            modified: None,
        };
        let part = checked(part, &expected, &kept, refuse)?;
        blocking(move || part.finish()).await?;
        let kept = place.note(kept)?;
        pulled.push(Pulled { kept, new: true });
    }
    Ok(pulled)
}

/// Copies into `folder` what `weights` names from the folder `source`, where the files stand as in the repository or
/// side by side.
///
/// # Errors
/// As [`pull`].
pub fn copy(
    weights: &Weights,
    folder: &Path,
    source: &Path,
    tell: &mut Tell<'_>,
) -> Result<Vec<Pulled>, Error> {
    let mut place = Place::claim(folder)?;
    let mut pulled = Vec::new();
    for entry in &weights.files {
        tell(Step::File { path: &entry.path });
        let present = match place.known(entry) {
            Present::Whole(kept) => Some(kept),
            Present::Absent => None,
            Present::Unknown(file) => place.adopt(entry, hash_file(&file, &mut |_| {})?)?,
        };
        if let Some(kept) = present {
            pulled.push(Pulled { kept, new: false });
            continue;
        }
        let found = found_in(source, entry)?;
        let expected = place.expected(entry);
        let mut part = Part::open(&place.target(entry))?;
        part.restart()?;
        pour(&found, &mut part, tell)?;
        let kept = Kept {
            path: entry.path.clone(),
            bytes: part.length(),
            sha256: part.sha256(),
            trust: if expected.by_manifest {
                Trust::Manifest
            } else {
                place.trust(entry)
            },
            origin: found.display().to_string(),
            commit: None,
            modified: None,
        };
        checked(part, &expected, &kept, |reason| file_error(&found, reason))?.finish()?;
        let kept = place.note(kept)?;
        pulled.push(Pulled { kept, new: true });
    }
    Ok(pulled)
}

fn found_in(source: &Path, entry: &FileEntry) -> Result<PathBuf, Error> {
    let name = entry.path.rsplit('/').next().unwrap_or_default();
    let places = [source.join(&entry.path), source.join(name)];
    places.iter().find(|place| place.is_file()).cloned().ok_or_else(|| {
        file_error(
            &places[0],
            "there is no such file\nhint: `--from` takes a folder that holds the files of the manifest under their names",
        )
    })
}

fn pour(found: &Path, part: &mut Part, tell: &mut Tell<'_>) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| file_error(found, error);
    let mut file = File::open(found).map_err(unreadable)?;
    let total = file.metadata().map_err(unreadable)?.len();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece).map_err(unreadable)?;
        if read == 0 {
            return Ok(());
        }
        part.append(&piece[..read])?;
        tell(Step::Bytes {
            done: part.length(),
            total: Some(total),
        });
    }
}

/// What can be said of a file without hashing it.
enum Present {
    /// Untouched since it was hashed.
    Whole(Kept),
    /// It is there, and that is all.
    Unknown(PathBuf),
    /// It is not there.
    Absent,
}

/// The folder of a model and the right to write to it, until it is dropped.
struct Place {
    folder: PathBuf,
    record: Record,
    _lock: File,
}

impl Place {
    fn claim(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(".lock");
        std::fs::create_dir_all(folder).map_err(|error| file_error(folder, error))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| file_error(&path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                record: Record::read(folder)?,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(file_error(
                folder,
                "another `chengzhi model pull` is at work here\nhint: wait until it is done",
            )),
            Err(TryLockError::Error(error)) => Err(file_error(&path, error)),
        }
    }

    fn target(&self, entry: &FileEntry) -> PathBuf {
        self.folder.join(&entry.path)
    }

    fn expected(&self, entry: &FileEntry) -> Expected {
        if entry.sha256.is_some() {
            return Expected {
                bytes: entry.bytes,
                sha256: entry.sha256.clone(),
                by_manifest: true,
            };
        }
        Expected {
            bytes: entry.bytes,
            sha256: self.record.of(&entry.path).map(|kept| kept.sha256.clone()),
            by_manifest: false,
        }
    }

    /// How far a file is trusted for which nobody states a hash now.
    fn trust(&self, entry: &FileEntry) -> Trust {
        self.record
            .of(&entry.path)
            .map_or(Trust::First, |kept| kept.trust)
    }

    /// What can be said of a file without hashing it.
    fn known(&self, entry: &FileEntry) -> Present {
        let target = self.target(entry);
        if !target.is_file() {
            return Present::Absent;
        }
        let right = self.expected(entry).sha256;
        match self.record.of(&entry.path) {
            Some(kept) if right.as_ref() == Some(&kept.sha256) && kept.is_untouched(&target) => {
                Present::Whole(kept.clone())
            }
            Some(_) | None => Present::Unknown(target),
        }
    }

    /// The file with this hash, when it is the right one. One that somebody put there by hand is recorded.
    fn adopt(&mut self, entry: &FileEntry, hash: String) -> Result<Option<Kept>, Error> {
        let (target, expected) = (self.target(entry), self.expected(entry));
        let bytes = std::fs::metadata(&target)
            .map_err(|error| file_error(&target, error))?
            .len();
        if !expected.allows(bytes, &hash) {
            return Ok(None);
        }
        let before = self.record.of(&entry.path).cloned();
        let kept = Kept {
            path: entry.path.clone(),
            bytes,
            sha256: hash,
            trust: if expected.by_manifest {
                Trust::Manifest
            } else {
                self.trust(entry)
            },
            origin: before
                .as_ref()
                .map_or_else(|| "put here by hand".to_owned(), |kept| kept.origin.clone()),
            commit: before.and_then(|kept| kept.commit),
            modified: None,
        };
        self.note(kept).map(Some)
    }

    /// Records a file that is in its place now.
    fn note(&mut self, mut kept: Kept) -> Result<Kept, Error> {
        kept.modified = modified(&self.folder.join(&kept.path));
        self.record.put(kept.clone());
        self.record.write(&self.folder)?;
        Ok(kept)
    }
}

/// The part, when it is the file that is expected; else it is removed.
fn checked(
    part: Part,
    expected: &Expected,
    kept: &Kept,
    refuse: impl Fn(String) -> Error,
) -> Result<Part, Error> {
    if expected.allows(kept.bytes, &kept.sha256) {
        return Ok(part);
    }
    part.discard();
    Err(refuse(expected.other(&format!(
        "`{}` came with {} bytes and the hash {}; it was removed",
        kept.path, kept.bytes, kept.sha256
    ))))
}

/// Reading and hashing gigabytes must not hold up an interruption.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .expect("reading a file does not panic")
}
