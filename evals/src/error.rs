//! What can go wrong in an evaluation. A case that fails is not an error; it is a grade.

use std::io;
use std::path::{Path, PathBuf};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A manifest, a baseline or a log is not what it should be.
    #[error("{file}: {message}")]
    Data {
        /// The file.
        file: String,
        /// What is wrong, with key or line.
        message: String,
    },
    /// A file cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err` after work on the file at `path`.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
