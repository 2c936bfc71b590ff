//! What can be wrong with the files of this measurement.

/// Errors of [`super`]. Each says where, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no JSON, or lacks a key.
    #[error(
        "{file}: {source}\nhint: the format is described in the head of the module that reads it"
    )]
    Json {
        /// The file.
        file: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// The file is JSON and contradicts itself.
    #[error("{file}: {place}: {message}")]
    Data {
        /// The file.
        file: String,
        /// Where, as `user_tasks[3].calls[0]`.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// The toolbox could not be set up or did something that it must not.
    #[error("{place}: {source}")]
    Toolbox {
        /// The task or attack.
        place: String,
        /// What it reports.
        source: Box<tools::Error>,
    },
}
