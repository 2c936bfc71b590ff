//! What can go wrong in a turn. A refusal is not an error; it is an answer.

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The question cannot be taken.
    #[error("{0}")]
    Question(String),
    /// Evidence could not be looked up.
    #[error("the corpora cannot be searched")]
    Corpora(#[from] corpora::Error),
    /// The caller's role may not use the agent.
    #[error("agent `{agent}` is not open to {role}")]
    Forbidden {
        /// Name of the agent.
        agent: String,
        /// Role of the caller.
        role: &'static str,
    },
    /// A manifest or seed file is wrong.
    #[error("{file}: {message}")]
    Data {
        /// The file.
        file: String,
        /// What is wrong, with key and line.
        message: String,
    },
    /// The work was cut off.
    #[error("the turn was interrupted")]
    Interrupted,
}
