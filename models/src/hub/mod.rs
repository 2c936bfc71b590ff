//! Manifests of models, and fetching what they name.

mod manifest;
mod name;

pub use manifest::{Backend, CacheFormat, Endpoint, FileEntry, Manifest, Support, Weights};
pub use name::is_model;
