//! What can go wrong with a model. An agent goes on without it.

/// Errors of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The model cannot be reached or has nothing to say.
    #[error("model `{model}` is not available: {reason}")]
    Unavailable {
        /// Its name.
        model: String,
        /// Why.
        reason: String,
    },
}
