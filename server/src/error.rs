//! What can go wrong before a turn or a request begins. A bad manifest is a `Problem` of the catalogue, not an error.

use std::path::PathBuf;

use crate::store::StoreError;

/// Errors of this crate. Messages say what happened and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings cannot be used.
    #[error("{file}: {message}")]
    Settings {
        /// The file, or the environment variable.
        file: String,
        /// What is wrong, with key and line.
        message: String,
    },
    /// `--root` is not a root.
    #[error("`{}` has none of the folders `agents`, `corpora`, `evals`, `models`, `seeds`, `tools`, `config`, `server/web`\nhint: `--root` takes the folder that holds them; without it the files inside the program are used", path.display())]
    Root {
        /// The folder given.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot access `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The disk takes nothing more.
    #[error("`{}` cannot be written\nhint: make space and run the same command again; finished documents are kept", path.display())]
    Full {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Documents could not be prepared or opened.
    #[error(transparent)]
    Corpora(#[from] corpora::Error),
    /// Conversations, tokens or the audit log could not be opened.
    #[error("the records cannot be opened")]
    Store(#[from] StoreError),
    /// The records of the tools could not be opened.
    #[error("the records of the tools cannot be opened")]
    Tools(#[from] tools::StoreError),
    /// Another process uses the data directory.
    #[error("the data directory `{}` is already served{by}\nhint: stop that server, or give this one a directory of its own with `--data DIR`", path.display())]
    Served {
        /// The data directory.
        path: PathBuf,
        /// ` by process 12 on …`, as far as it is known.
        by: String,
    },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
