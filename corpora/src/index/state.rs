//! What the engine does not hold: the manifest of the folder, and the files and revisions of each commit.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::fold;
use crate::revision::Revision;

pub(super) const MANIFEST: &str = "manifest.json";

/// Version of the folder's layout and of the stored passages.
const LAYOUT: u32 = 1;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    layout: u32,
    tokeniser: String,
    engine: String,
}

impl Manifest {
    fn current() -> Self {
        Self {
            layout: LAYOUT,
            tokeniser: fold::VERSION.to_owned(),
            engine: "tantivy-0.27".to_owned(),
        }
    }
}

/// Files and revisions of a corpus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What became of each file, by its path relative to the ingested folder.
    pub files: BTreeMap<String, FileRecord>,
    /// By ordinal.
    pub revisions: Vec<Revision>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// SHA-256 of its bytes and of the metadata given for it; the same again means nothing to do.
    pub sha256: String,
    /// Ordinal of the revision that holds its text.
    pub ordinal: u32,
    /// Whether the text was already there.
    pub duplicate: bool,
}

pub(super) fn check_manifest(folder: &Path, corpus: &str) -> Result<(), Error> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    let mismatch = |reason: String| Error::Mismatch {
        corpus: corpus.to_owned(),
        reason,
    };
    let found: Manifest = serde_json::from_str(&text)
        .map_err(|error| mismatch(format!("`{MANIFEST}` is damaged ({error})")))?;
    let current = Manifest::current();
    if found == current {
        return Ok(());
    }
    let differences = [
        (
            found.layout != current.layout,
            format!("layout {} instead of {}", found.layout, current.layout),
        ),
        (
            found.tokeniser != current.tokeniser,
            format!(
                "tokeniser `{}` instead of `{}`",
                found.tokeniser, current.tokeniser
            ),
        ),
        (
            found.engine != current.engine,
            format!("engine `{}` instead of `{}`", found.engine, current.engine),
        ),
    ];
    let named: Vec<String> = differences
        .into_iter()
        .filter(|(differs, _)| *differs)
        .map(|(_, text)| text)
        .collect();
    Err(mismatch(format!("it was built with {}", named.join(", "))))
}

pub(super) fn write_manifest(folder: &Path) -> Result<(), Error> {
    let json =
        serde_json::to_vec_pretty(&Manifest::current()).expect("a struct of strings serialises");
    write(&folder.join(MANIFEST), &json)
}

/// The payload of the newest commit: `state file name` and its hash, or empty before the first commit.
pub(super) fn payload(folder: &Path, engine: &tantivy::Index) -> Result<String, Error> {
    Ok(engine
        .load_metas()
        .map_err(Error::index(folder))?
        .payload
        .unwrap_or_default())
}

pub(super) fn read(folder: &Path, payload: &str) -> Result<State, String> {
    if payload.is_empty() {
        return Ok(State::default());
    }
    let (name, hash) = payload
        .split_once(' ')
        .ok_or("its commit names no state file")?;
    let bytes = fs::read(folder.join(name)).map_err(|error| format!("`{name}`: {error}"))?;
    if sha256(&bytes) != hash {
        return Err(format!("`{name}` is damaged (its checksum differs)"));
    }
    serde_json::from_slice(&bytes).map_err(|error| format!("`{name}`: {error}"))
}

/// Writes the state beside the old ones and returns the payload that makes it count.
pub(super) fn prepare(folder: &Path, state: &State, number: u64) -> Result<String, Error> {
    let name = format!("state-{number}.json");
    let json = serde_json::to_vec(state).expect("a state serialises");
    write(&folder.join(&name), &json)?;
    Ok(format!("{name} {}", sha256(&json)))
}

/// Removes states which no commit names any more. Failing to is harmless.
pub(super) fn remove_others(folder: &Path, payload: &str) {
    let kept = payload.split(' ').next().unwrap_or_default();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("state-") && name != kept {
            let _ = fs::remove_file(entry.path());
        }
    }
}

pub(super) fn number(payload: &str) -> u64 {
    let digits = payload
        .strip_prefix("state-")
        .and_then(|rest| rest.split_once('.'))
        .map(|(digits, _)| digits);
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = path.with_extension("tmp");
    let written = fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(Error::io(path))
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
