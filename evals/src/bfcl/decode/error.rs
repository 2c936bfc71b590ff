//! Why a text that begins as a call is none.

use thiserror::Error;

/// Why a text that begins as a call is none. Places are characters, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A block without its closing mark.
    #[error("a call does not end with `</tool_call>`")]
    Open,
    /// Not JSON.
    #[error("a call is not JSON: {reason}")]
    Json {
        /// In the words of the reader.
        reason: String,
    },
    /// JSON, but not an object.
    #[error("a call is not an object")]
    NotObject,
    /// An object without `name`.
    #[error("a call has no `name`")]
    NoName,
    /// Arguments that are not an object.
    #[error("the arguments of `{function}` are not an object")]
    Arguments {
        /// That is called.
        function: String,
    },
    /// A key that is neither `name` nor the arguments.
    #[error("a call of `{function}` has the key `{key}`, which has no meaning")]
    UnknownKey {
        /// That is called.
        function: String,
        /// As it was written.
        key: String,
    },
    /// A value without the name of its parameter.
    #[error("an argument of `{function}` has no name")]
    Unnamed {
        /// That is called.
        function: String,
    },
    /// A parameter given twice.
    #[error("`{parameter}` of `{function}` is given twice")]
    Repeated {
        /// That is called.
        function: String,
        /// Of the parameter.
        parameter: String,
    },
    /// A value that cannot be read.
    #[error("at character {at}: {reason}")]
    Literal {
        /// Where it begins.
        at: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Something else than a call of Python has there.
    #[error("at character {at}: {expected} is expected")]
    Syntax {
        /// Where it is.
        at: usize,
        /// What a call has there.
        expected: &'static str,
    },
}
