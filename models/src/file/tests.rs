//! Files that are whole, and files that are not: refused with a reason, never a panic, never much memory.

mod gguf;
mod safetensors;

use std::path::Path;

use super::ModelFile;
use crate::error::Error;
use crate::kernel::PackedMatrix;

/// Why a file is refused.
fn refusal(path: &Path) -> String {
    match ModelFile::open_within(path, None) {
        Ok(file) => panic!("{} was opened", file.path().display()),
        Err(Error::File { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
    }
}

/// Opening ends, with a file or with a reason; and what is opened is packed.
fn survives(path: &Path) -> bool {
    match ModelFile::open_within(path, None) {
        Ok(file) => packs(&file),
        Err(Error::File { reason, .. }) => !reason.is_empty(),
        Err(_) => false,
    }
}

/// Whether all matrices of a file are packed, as the kernels want them.
fn packs(file: &ModelFile) -> bool {
    file.parts.weights.infos.keys().all(|name| {
        let raw = file.tensor(name).unwrap();
        match raw.shape[..] {
            [rows, columns] => PackedMatrix::pack(raw.dtype, raw.bytes, rows, columns).is_ok(),
            _ => true,
        }
    })
}
