//! Builds the program again when a file that it embeds was added, changed or removed, and marks it with the state of the
//! code that reads documents: what another state has prepared is prepared anew.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

fn main() {
    for folder in [
        "../agents",
        "../corpora",
        "../models",
        "../seeds",
        "../config",
        "migrations",
        "web",
    ] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let mut hasher = DefaultHasher::new();
    sources(Path::new("../corpora/src"), &mut hasher);
    println!("cargo::rustc-env=CORPORA_SOURCES={:016x}", hasher.finish());
}

fn sources(folder: &Path, hasher: &mut DefaultHasher) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, hasher);
        } else {
            (path.file_name(), fs::read(&path).unwrap_or_default()).hash(hasher);
        }
    }
}
