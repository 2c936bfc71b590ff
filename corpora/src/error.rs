//! What can go wrong between a folder of documents and a cited passage.

use std::path::PathBuf;

/// Errors of this crate. Messages say what happened and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot access `{}`", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The index library reported an error.
    #[error("the index in `{}` failed", path.display())]
    Index {
        /// The folder of the index.
        path: PathBuf,
        /// Why.
        #[source]
        source: tantivy::TantivyError,
    },
    /// The index was built by another version, or its files do not belong together.
    #[error(
        "the index of corpus `{corpus}` cannot be used: {reason}\nhint: rebuild it with `chengzhi ingest FOLDER --corpus {corpus} --rebuild`"
    )]
    Mismatch {
        /// Name of the corpus.
        corpus: String,
        /// What differs.
        reason: String,
    },
    /// Another process writes to the same corpus.
    #[error(
        "corpus `{corpus}` is being written by another process\nhint: wait until it ends, then run the same command again; finished documents are kept"
    )]
    Locked {
        /// Name of the corpus.
        corpus: String,
    },
    /// There is no such corpus in the data directory.
    #[error(
        "there is no corpus `{corpus}`\nhint: `chengzhi corpus list` shows those there are; `chengzhi ingest FOLDER --corpus {corpus}` makes one"
    )]
    UnknownCorpus {
        /// The name asked for.
        corpus: String,
    },
    /// A name that cannot be a folder.
    #[error("`{name}` is not a corpus name: use lower-case letters, digits and `-`")]
    Name {
        /// The name given.
        name: String,
    },
    /// A data file of this crate (manifest, lexicon, gazetteer) has a wrong line.
    #[error("{file}: {message}")]
    Data {
        /// The file.
        file: String,
        /// What is wrong, with key and line.
        message: String,
    },
    /// The person asked to stop.
    #[error("stopped; documents finished so far are kept, run the same command again to go on")]
    Stopped,
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn index(path: impl Into<PathBuf>) -> impl FnOnce(tantivy::TantivyError) -> Self {
        let path = path.into();
        move |source| Self::Index { path, source }
    }
}
