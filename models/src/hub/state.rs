//! What of a model is in its folder, whether it is still what was fetched, and what a backend may open.

use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::manifest::{FileEntry, Manifest, Weights};
use super::part::{hash_file, length_of_part};
use super::record::{Kept, Record, Trust};
use super::{Step, file_error};
use crate::error::Error;
use crate::file::{ModelFile, reads};

/// How much of a model is there. Nothing is hashed to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    /// All files.
    Pulled {
        /// Their size.
        bytes: u64,
    },
    /// Some files, or parts of them.
    Partly {
        /// Bytes that are there.
        bytes: u64,
    },
    /// Nothing.
    Absent,
}

/// How much of a model is in `folder`.
pub fn state(weights: &Weights, folder: &Path) -> State {
    let record = Record::read(folder).unwrap_or_default();
    let (mut bytes, mut whole) = (0, true);
    for entry in &weights.files {
        let target = folder.join(&entry.path);
        let found = std::fs::metadata(&target)
            .ok()
            .filter(std::fs::Metadata::is_file);
        let right = |length: u64| {
            record
                .of(&entry.path)
                .is_some_and(|kept| kept.bytes == length)
                && entry.bytes.is_none_or(|bytes| bytes == length)
        };
        whole &= found.as_ref().is_some_and(|data| right(data.len()));
        bytes += found
            .map(|data| data.len())
            .or_else(|| length_of_part(&target))
            .unwrap_or(0);
    }
    match (whole, bytes) {
        (true, bytes) => State::Pulled { bytes },
        (false, 0) => State::Absent,
        (false, bytes) => State::Partly { bytes },
    }
}

/// What was found of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Its path below the folder of the model.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
    /// What the hash was compared with.
    pub trust: Trust,
}

/// Hashes every file of `weights` in `folder`: one result for each file.
///
/// # Errors
/// [`Error::File`] when the record cannot be read. A file that is absent or another one is an error of its own.
pub fn verify(
    weights: &Weights,
    folder: &Path,
    tell: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<Result<Verified, Error>>, Error> {
    let record = Record::read(folder)?;
    let verified = weights.files.iter().map(|entry| {
        tell(Step::File { path: &entry.path });
        let (target, kept) = recorded(&record, folder, entry)?;
        let total = std::fs::metadata(&target).ok().map(|data| data.len());
        let hash = hash_file(&target, &mut |done| tell(Step::Bytes { done, total }))?;
        compare(&target, entry, kept, &hash)?;
        Ok(Verified {
            path: entry.path.clone(),
            bytes: total.unwrap_or(0),
            sha256: hash,
            trust: if entry.sha256.is_some() {
                Trust::Manifest
            } else {
                kept.trust
            },
        })
    });
    Ok(verified.collect())
}

/// What a backend opens: the `.gguf` file, or the folder of a model in safetensors. Every file that it reads is named by
/// the manifest and has the hash that it must have; one that was touched since it was fetched is hashed again.
///
/// # Errors
/// [`Error::File`] that names the first file that is absent or another one, or those that nobody named, and what to do.
pub fn ready(weights: &Weights, folder: &Path) -> Result<PathBuf, Error> {
    let record = Record::read(folder)?;
    for entry in &weights.files {
        let (target, kept) = recorded(&record, folder, entry)?;
        let same = entry
            .sha256
            .as_ref()
            .is_none_or(|hash| *hash == kept.sha256);
        if !(same && kept.is_untouched(&target)) {
            compare(&target, entry, kept, &hash_file(&target, &mut |_| {})?)?;
        }
    }
    opened(weights, folder)
}

/// One hash for all files of a model, of those that were recorded when they were fetched; none where one is not. Nothing
/// is read but the record.
pub fn fingerprint(weights: &Weights, folder: &Path) -> Option<String> {
    let record = Record::read(folder).ok()?;
    let mut hash = Sha256::new();
    for entry in &weights.files {
        let kept = record.of(&entry.path)?;
        hash.update(format!("{}\0{}\0", kept.path, kept.sha256));
    }
    let digest = hash.finalize();
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a model says of itself when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspected {
    /// Its family.
    pub architecture: &'static str,
    /// About how many bytes of memory it takes to run, once its cache is full.
    pub memory: u64,
    /// What a person should know though it can be run.
    pub notes: Vec<String>,
}

/// Opens a model as a backend would, without loading its weights: whether its parts are whole and fit together, and
/// whether this machine has the memory. Nothing is hashed.
///
/// # Errors
/// [`Error::File`] with what is wrong and what to do.
pub fn inspect(manifest: &Manifest, weights: &Weights, folder: &Path) -> Result<Inspected, Error> {
    let file = ModelFile::open(&opened(weights, folder)?)?;
    let cache = weights.options(manifest.context).cache_bytes(file.shape());
    file.fits(cache)?;
    let mut notes = file.notes().to_vec();
    let made_for = file.shape().context;
    if manifest.context > made_for {
        notes.push(format!(
            "the manifest says `context = {}`, and the model was made for {made_for} tokens",
            manifest.context
        ));
    }
    Ok(Inspected {
        architecture: file.architecture().name(),
        memory: file.needed_bytes(cache),
        notes,
    })
}

/// What a decoder opens. A folder holds nothing that would be read and has no hash.
fn opened(weights: &Weights, folder: &Path) -> Result<PathBuf, Error> {
    if let Some(path) = weights.gguf() {
        return Ok(folder.join(path));
    }
    let unreadable = |error: std::io::Error| file_error(folder, error.to_string());
    let mut others = Vec::new();
    for found in std::fs::read_dir(folder).map_err(unreadable)? {
        let name = found.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy();
        if reads(&name) && weights.files.iter().all(|entry| entry.path != name) {
            others.push(format!("`{name}`"));
        }
    }
    if others.is_empty() {
        return Ok(folder.to_owned());
    }
    others.sort();
    Err(file_error(
        folder,
        format!(
            "holds {}, which would be used, and the manifest does not name\nhint: delete it, or name it in `local.files` and run `chengzhi model pull NAME`",
            others.join(", ")
        ),
    ))
}

/// A file that is there and was fetched.
fn recorded<'a>(
    record: &'a Record,
    folder: &Path,
    entry: &FileEntry,
) -> Result<(PathBuf, &'a Kept), Error> {
    let target = folder.join(&entry.path);
    let pull = "hint: `chengzhi model pull NAME` fetches what is missing";
    if !target.is_file() {
        let reason = if length_of_part(&target).is_some() {
            "is fetched only in part"
        } else {
            "is not there"
        };
        return Err(file_error(&target, format!("{reason}\n{pull}")));
    }
    match record.of(&entry.path) {
        Some(kept) => Ok((target, kept)),
        None => Err(file_error(
            &target,
            "is there, but nothing says where it came from\nhint: `chengzhi model pull NAME` checks and records it",
        )),
    }
}

fn compare(target: &Path, entry: &FileEntry, kept: &Kept, hash: &str) -> Result<(), Error> {
    let (right, who) = match &entry.sha256 {
        Some(right) => (right, "the manifest names"),
        None => (&kept.sha256, "was fetched as"),
    };
    if right == hash {
        return Ok(());
    }
    Err(file_error(
        target,
        format!(
            "has the hash {hash}, and {who} {right}\nhint: do not use it; delete it and run `chengzhi model pull NAME`"
        ),
    ))
}
