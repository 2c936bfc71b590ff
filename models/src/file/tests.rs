//! Files that are whole, and files that are not: refused with a reason, never a panic, never much memory.

mod gguf;
mod safetensors;

use std::path::Path;

use super::ModelFile;
use crate::error::Error;

/// Why a file is refused.
fn refusal(path: &Path) -> String {
    match ModelFile::open_within(path, None) {
        Ok(file) => panic!("{} was opened", file.path().display()),
        Err(Error::File { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
    }
}

/// Opening ends, with a file or with a reason.
fn survives(path: &Path) -> bool {
    match ModelFile::open_within(path, None) {
        Ok(_) => true,
        Err(Error::File { reason, .. }) => !reason.is_empty(),
        Err(_) => false,
    }
}
