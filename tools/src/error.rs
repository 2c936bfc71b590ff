//! What can go wrong with a call. Messages say what happened and what to do next.

use crate::store::StoreError;

/// Errors of tools and of the toolbox.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the catalogue is wrong.
    #[error("{file}: {message}")]
    Data {
        /// The file.
        file: String,
        /// What is wrong with it, with key and line.
        message: String,
    },
    /// There is no such tool, or not for this agent and this person: they look the same on purpose.
    #[error("there is no tool `{tool}` for this agent and this person")]
    Forbidden {
        /// Name of the tool.
        tool: String,
    },
    /// The arguments do not fit the schema.
    #[error("tool `{tool}`: {message}")]
    Invalid {
        /// Name of the tool.
        tool: String,
        /// What does not fit, and where.
        message: String,
    },
    /// An argument breaks a rule of the manifest.
    #[error("tool `{tool}`: argument `{argument}` {reason}")]
    Argument {
        /// Name of the tool.
        tool: String,
        /// Name of the argument.
        argument: String,
        /// The rule.
        reason: ArgumentReason,
    },
    /// The confirmation does not fit.
    #[error("{0}")]
    Approval(#[from] ApprovalReason),
    /// What the tool would have to do cannot be done as things stand; nothing was changed.
    #[error("{message}")]
    Refused {
        /// Why, and what can be done instead.
        message: String,
    },
    /// The same key was used for another call.
    #[error("key `{key}` belongs to another call\nhint: take a new key for a new request")]
    KeyTaken {
        /// The key.
        key: String,
    },
    /// Whether there was an effect is not known. The key finds out.
    #[error(
        "tool `{tool}` did not answer in time\nhint: ask again with the same key; nothing happens twice"
    )]
    Late {
        /// Name of the tool.
        tool: String,
    },
    /// The tool failed without an effect.
    #[error("tool `{tool}` failed: {message}")]
    Failed {
        /// Name of the tool.
        tool: String,
        /// Why.
        message: String,
    },
    /// The store failed.
    #[error("the records cannot be read or written")]
    Store(#[from] StoreError),
}

/// Why an argument is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentReason {
    /// It is not on the list of the manifest.
    #[error("is not one of the values that the manifest allows")]
    NotAllowed,
    /// Its origin is not one that may fill it.
    #[error("comes from {0}, which may not fill it")]
    Origin(String),
    /// It decides what happens and stands nowhere in the person's own words.
    #[error("does not occur in what the person said")]
    NotSaid,
}

/// Why a confirmation does not let a call through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalReason {
    /// There is no such proposal for this person.
    #[error("there is nothing to confirm under this number")]
    Unknown,
    /// Five minutes have passed.
    #[error("the confirmation has expired\nhint: look at the proposal again and confirm it anew")]
    Expired,
    /// Something happened on its strength already.
    #[error("the confirmation has been used")]
    Used,
    /// It was given by or for somebody else.
    #[error("the confirmation is another person's")]
    Person,
    /// It was given for other arguments, another tool or another target.
    #[error("what was confirmed is not what is asked now")]
    Altered,
    /// What would happen now is not what was shown.
    #[error(
        "things have changed since this was shown\nhint: look at the proposal again and confirm it anew"
    )]
    Moved,
    /// The person declined it.
    #[error("it was declined")]
    Declined,
}
