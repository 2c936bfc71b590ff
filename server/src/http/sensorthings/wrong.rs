//! What is wrong with a request of SensorThings, and where.

use crate::http::error::ApiError;

/// Something that cannot be read, or that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The character with which it begins, from 1.
    pub(super) at: usize,
    /// For those who wrote it.
    pub(super) message: String,
    /// Whether it is right by the standard, and not supported here.
    pub(super) unsupported: bool,
}

impl Wrong {
    /// It is written wrongly.
    pub(super) fn at(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            unsupported: false,
        }
    }

    /// It is not supported.
    pub(super) fn unsupported(at: usize, message: impl Into<String>) -> Self {
        Self {
            unsupported: true,
            ..Self::at(at, message)
        }
    }

    /// The same in a text of which this one begins behind `before` characters.
    pub(super) fn behind(mut self, before: usize) -> Self {
        self.at += before;
        self
    }

    /// As an answer; `option` is where it stands.
    pub(super) fn of(self, option: &str) -> ApiError {
        let message = format!("`{option}` 第{}个字符：{}。", self.at, self.message);
        if self.unsupported {
            ApiError::unsupported(Some(option), message)
        } else {
            ApiError::field(option, "invalid_option", message)
        }
    }
}
