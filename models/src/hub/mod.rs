//! Manifests of models, and fetching what they name.
//!
//! [`pull()`] is the only thing in the program that fetches from a hub, and only when it is asked to; [`copy()`] does the
//! same from a folder. [`verify()`] hashes what is there, [`inspect()`] opens it on trial, [`ready()`] says what a
//! backend may open. What is inside a file of a model is the matter of `file`.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;

mod address;
mod answer;
mod fetch;
mod manifest;
mod name;
mod part;
mod pull;
mod record;
mod state;

pub use address::Hub;
pub use manifest::{Backend, CacheFormat, Endpoint, FileEntry, Manifest, Support, Weights};
pub use name::is_model;
pub use pull::{Pulled, copy, pull};
pub use record::{Kept, Trust};
pub use state::{Inspected, State, Verified, fingerprint, inspect, ready, state, verify};

/// What happens while files are fetched, copied or hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A connection to this host follows.
    Connect {
        /// Scheme, host and port.
        host: &'a str,
    },
    /// This file comes next.
    File {
        /// Its path below the folder of the model.
        path: &'a str,
    },
    /// So much of the file is there.
    Bytes {
        /// Bytes that are there.
        done: u64,
        /// Bytes of the whole file.
        total: Option<u64>,
    },
    /// A try broke off; the next one follows after a pause.
    Again {
        /// Why.
        reason: &'a str,
        /// How long.
        pause: Duration,
    },
}

/// What a file must be.
#[derive(Debug, Clone, Default)]
struct Expected {
    bytes: Option<u64>,
    sha256: Option<String>,
    /// Whether the manifest says so; else what was fetched before does.
    by_manifest: bool,
}

impl Expected {
    fn allows(&self, bytes: u64, sha256: &str) -> bool {
        self.bytes.is_none_or(|right| right == bytes)
            && self.sha256.as_deref().is_none_or(|right| right == sha256)
    }

    /// The words for a file that is another one.
    fn other(&self, what: &str) -> String {
        let hash = self
            .sha256
            .as_deref()
            .map(|hash| format!(" with the hash {hash}"));
        let bytes = self.bytes.map(|bytes| format!(" with {bytes} bytes"));
        let expected = hash.or(bytes).unwrap_or_default();
        // Only a manifest states a size alone.
        if self.by_manifest || self.sha256.is_none() {
            format!(
                "{what}, and the manifest names one{expected}\nhint: do not use it; the publisher may have replaced the file: compare with the page of the repository and correct the manifest, or fetch from another mirror"
            )
        } else {
            format!(
                "{what}, and what was fetched before was one{expected}\nhint: do not use it unless you know why it has changed; to trust it anew delete `model.lock.toml` in the folder of the model"
            )
        }
    }
}

/// Size for people.
pub fn megabytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes >= 1e9 {
        format!("{:.2} GB", bytes / 1e9)
    } else if bytes >= 1e6 {
        format!("{:.1} MB", bytes / 1e6)
    } else {
        format!("{:.1} kB", bytes / 1e3)
    }
}

fn file_error(file: &Path, reason: impl Into<String>) -> Error {
    Error::File {
        file: file.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
