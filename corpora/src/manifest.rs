//! `corpus.toml`: what a folder of documents is, who may read it, and metadata for files that cannot state their own.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::meta::Meta;

/// A corpus manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Title to show.
    pub title: String,
    /// What it holds.
    #[serde(default)]
    pub description: String,
    /// Roles that may read it; empty means everybody.
    #[serde(default)]
    pub readers: Vec<String>,
    /// Whether it is searched only by those who name it: a list for one purpose would push aside what answers questions.
    #[serde(default)]
    pub by_name_only: bool,
    /// Metadata by file.
    #[serde(default, rename = "document")]
    pub documents: Vec<Entry>,
}

/// Metadata of one file; it fills what the file does not state itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Entry {
    /// Path relative to the folder.
    pub file: String,
    /// The metadata.
    #[serde(flatten)]
    pub meta: Meta,
}

impl Manifest {
    /// Parses `text`; `file` names it in errors.
    ///
    /// # Errors
    /// [`Error::Data`] with key and line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Data {
            file: file.to_owned(),
            message: error.to_string(),
        })
    }

    /// Whether `role` may read the corpus.
    pub fn may_read(&self, role: &str) -> bool {
        self.readers.is_empty() || self.readers.iter().any(|reader| reader == role)
    }

    /// Metadata given for `file`.
    pub fn meta(&self, file: &str) -> Option<&Meta> {
        self.documents
            .iter()
            .find(|entry| entry.file == file)
            .map(|entry| &entry.meta)
    }
}
