//! What can go wrong between a history of orders and a classifier. Messages say where, and what to do next.

use std::path::PathBuf;

/// Errors of this module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot access `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Lines of a file of records cannot be used.
    #[error("`{file}` has {} line(s) that cannot be used\n{}", problems.len(), listed(problems))]
    Records {
        /// The file, as it was given.
        file: String,
        /// Number of the line (from 1) and what is wrong with it, in the order of the file; never empty.
        problems: Vec<(usize, String)>,
    },
    /// There is too little to learn from.
    #[error("cannot train: {reason}")]
    Few {
        /// What is missing, and what to do.
        reason: String,
    },
    /// An option has a value that makes no sense.
    #[error("option `{option}` is {value}: use {range}")]
    Option {
        /// Its name.
        option: &'static str,
        /// What it was.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// A file is not a classifier, or not one that this version reads, or not whole.
    #[error(
        "`{}` is not a classifier that can be used: {reason}\nhint: train it again with `chengzhi train dispatch`", path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A label that the classifier does not know.
    #[error("there is no label `{label}`; there are {known}")]
    Label {
        /// The label asked for.
        label: String,
        /// Those there are.
        known: String,
    },
}

/// How many bad lines a message shows.
const SHOWN: usize = 10;

fn listed(problems: &[(usize, String)]) -> String {
    let mut lines: Vec<String> = problems
        .iter()
        .take(SHOWN)
        .map(|(line, reason)| format!("line {line}: {reason}"))
        .collect();
    if problems.len() > SHOWN {
        lines.push(format!("and {} more", problems.len() - SHOWN));
    }
    lines.join("\n")
}

impl Error {
    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn few(reason: impl Into<String>) -> Self {
        Self::Few {
            reason: reason.into(),
        }
    }
}
