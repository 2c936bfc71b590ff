//! What can be wrong with a form's schema, a stored state or an export. What is wrong with a person's answer is
//! [`super::Invalid`]: that is for the person, this is for who runs the service.

use thiserror::Error;

/// Why a form cannot be used.
#[derive(Debug, Error)]
pub enum FormError {
    /// The file is no JSON.
    #[error(
        "`{file}` line {line}, column {column}: not valid JSON: {reason}; correct the file there"
    )]
    Syntax {
        /// The file as it was named.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the reader says.
        reason: String,
    },
    /// A key says something that a form cannot do.
    #[error("`{file}` line {line}, key `{key}`: {problem}")]
    Schema {
        /// The file as it was named.
        file: String,
        /// From 1; of the nearest key above where this one does not occur, 0 where none does.
        line: usize,
        /// Path of keys, joined by full stops.
        key: String,
        /// What is wrong and what to write instead.
        problem: String,
    },
    /// A `$ref` leads out of the file. Nothing is ever fetched.
    #[error(
        "`{file}` line {line}, key `{key}`: the reference `{reference}` leads out of the file; write the definition into the file, nothing is fetched"
    )]
    Remote {
        /// The file as it was named.
        file: String,
        /// From 1; of the nearest key above where this one does not occur, 0 where none does.
        line: usize,
        /// Path of keys, joined by full stops.
        key: String,
        /// What is referred to.
        reference: String,
    },
    /// A value of a stored state that does not follow from its source.
    #[error("field `{field}`: {problem}; remove the value and ask again")]
    Unsourced {
        /// The field.
        field: String,
        /// What does not agree.
        problem: String,
    },
    /// A document could not be put together.
    #[error("the DOCX document could not be written: {0}")]
    Document(#[from] zip::result::ZipError),
}

impl From<std::io::Error> for FormError {
    fn from(error: std::io::Error) -> Self {
        Self::Document(zip::result::ZipError::Io(error))
    }
}
