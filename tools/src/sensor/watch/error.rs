//! What can go wrong here: a data file that is wrong. Readings are never an error; unusable ones are counted.

/// Errors of this module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A file of rules, playbooks or of the demo network is wrong.
    #[error("{file}: line {line}: `{entry}`: `{key}`: {message}")]
    Data {
        /// Name of the file, as the caller gave it.
        file: String,
        /// Line in the file, from 1.
        line: usize,
        /// Id of the rule, playbook or thing; empty when it is not inside of one.
        entry: String,
        /// The key which is wrong; of an unreadable file, what could not be read.
        key: String,
        /// What is wrong, and what is expected instead.
        message: String,
    },
}
