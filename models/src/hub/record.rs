//! `model.lock.toml`: what was fetched into the folder of a model, with the hashes that hold from then on.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::file_error;
use crate::error::Error;

const FILE: &str = "model.lock.toml";
const HEAD: &str = "\
# Written by `chengzhi model pull`. A file without `sha256` in its manifest is trusted as it came first; from then on it
# must have the hash that stands here. Delete this file to trust anew what is fetched next.
";

/// What was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    #[serde(default, rename = "file")]
    pub(super) files: Vec<Kept>,
}

/// One file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its path below the folder of the model.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
    /// What the hash was compared with.
    pub trust: Trust,
    /// Where it came from.
    pub origin: String,
    /// Commit of the repository, where the hub says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Time of its last change, in nanoseconds since 1970. A file that was not touched since is not hashed again when it
    /// is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<i64>,
}

/// What the hash of a file was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// With the manifest.
    Manifest,
    /// With what the hub says of the file; so it arrived as it was published.
    Hub,
    /// With nothing: it is what came first.
    First,
}

impl Record {
    /// What stands in `folder`; nothing where nothing was fetched.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|reason| {
                // What lies there would be trusted as it is: nothing says any more what it was.
                let hint = "hint: delete this file and the files of the model beside it, and run `chengzhi model pull NAME`, which fetches them again";
                file_error(&path, format!("{reason}\n{hint}"))
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(file_error(&path, error.to_string())),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let record: Self =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        // Nobody writes a record of nothing; a machine that went down may leave an empty file.
        if record.files.is_empty() {
            return Err("is empty, so the hashes of what was fetched are lost".to_owned());
        }
        Ok(record)
    }

    /// Replaces what stands in `folder`, all or nothing, also when the machine goes down meanwhile.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        let text = toml::to_string(self).expect("a record of strings and numbers serialises");
        let temporary = folder.join(".model.lock.tmp");
        File::create(&temporary)
            .and_then(|mut file| {
                file.write_all(format!("{HEAD}\n{text}").as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&temporary, &path))
            .and_then(|()| sync(folder))
            .map_err(|error| file_error(&path, error.to_string()))
    }

    pub(super) fn of(&self, path: &str) -> Option<&Kept> {
        self.files.iter().find(|kept| kept.path == path)
    }

    pub(super) fn put(&mut self, kept: Kept) {
        self.files.retain(|other| other.path != kept.path);
        self.files.push(kept);
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
    }
}

/// Makes the names in a folder outlast a loss of power.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere folders cannot be opened, and the system does so by itself.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

impl Kept {
    /// Whether the file at `place` has this size and was not touched since it was hashed.
    pub(super) fn is_untouched(&self, place: &Path) -> bool {
        self.modified.is_some()
            && modified(place) == self.modified
            && fs::metadata(place).is_ok_and(|data| data.is_file() && data.len() == self.bytes)
    }
}

/// Time of the last change.
pub(super) fn modified(place: &Path) -> Option<i64> {
    let time = fs::metadata(place).ok()?.modified().ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}
