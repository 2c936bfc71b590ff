//! What the checker says: accepted, or the one reason against it.

use std::fmt;

use serde::Serialize;

use super::decode::DecodeError;
use super::same::Type;

/// What the checker says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The calls are right.
    Accepted,
    /// They are not.
    Rejected(Rejection),
}

impl Verdict {
    /// Whether the calls are right.
    pub fn is_accepted(&self) -> bool {
        *self == Self::Accepted
    }
}

impl From<Result<(), Rejection>> for Verdict {
    fn from(result: Result<(), Rejection>) -> Self {
        result.map_or_else(Self::Rejected, |()| Self::Accepted)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => formatter.write_str("accepted"),
            Self::Rejected(rejection) => rejection.fmt(formatter),
        }
    }
}

/// The first rule that is broken, in the order of this list. Where calls come in any order, it is that of the call that
/// was nearest to the answer without a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Rejection {
    /// There should have been no call.
    NeedlessCall {
        /// How many there are.
        made: usize,
    },
    /// There should have been a call.
    NoCall,
    /// The text could not be decoded, and calls were expected.
    Undecoded {
        /// What is wrong with it.
        #[serde(serialize_with = "words")]
        error: DecodeError,
    },
    /// Too many calls, or too few.
    WrongCount {
        /// How many are right.
        expected: usize,
        /// How many there are.
        made: usize,
    },
    /// Another function.
    WrongName {
        /// The right one.
        expected: String,
        /// The one called.
        called: String,
    },
    /// A parameter that the schema requires.
    MissingRequired {
        /// Of the function.
        function: String,
        /// Of the parameter.
        parameter: String,
    },
    /// A parameter outside schema or answers.
    Unexpected {
        /// Of the function.
        function: String,
        /// Of the parameter.
        parameter: String,
    },
    /// A value of another type.
    WrongType {
        /// Of the function.
        function: String,
        /// Of the parameter.
        parameter: String,
        /// By the schema.
        expected: Type,
        /// Of the items, if a list is expected.
        items: Option<Type>,
    },
    /// A value that is not among the answers.
    WrongValue {
        /// Of the function.
        function: String,
        /// Of the parameter.
        parameter: String,
    },
    /// A parameter that the schema does not require, but the answers do.
    LeftOut {
        /// Of the function.
        function: String,
        /// Of the parameter.
        parameter: String,
    },
}

fn words<S: serde::Serializer>(error: &DecodeError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedlessCall { made } => write!(formatter, "{made} calls where none is right"),
            Self::NoCall => formatter.write_str("no call where one is right"),
            Self::Undecoded { error } => write!(formatter, "not decoded: {error}"),
            Self::WrongCount { expected, made } => {
                write!(formatter, "{made} calls where {expected} are right")
            }
            Self::WrongName { expected, called } => {
                write!(formatter, "`{called}` is called, not `{expected}`")
            }
            Self::MissingRequired {
                function,
                parameter,
            } => write!(formatter, "`{function}` requires `{parameter}`"),
            Self::Unexpected {
                function,
                parameter,
            } => write!(formatter, "`{function}` is not to be given `{parameter}`"),
            Self::WrongType {
                function,
                parameter,
                expected,
                items,
            } => {
                write!(formatter, "`{parameter}` of `{function}` is not {expected}")?;
                items.map_or(Ok(()), |items| write!(formatter, " of {items}"))
            }
            Self::WrongValue {
                function,
                parameter,
            } => write!(formatter, "`{parameter}` of `{function}` has a wrong value"),
            Self::LeftOut {
                function,
                parameter,
            } => write!(formatter, "`{parameter}` of `{function}` is left out"),
        }
    }
}
