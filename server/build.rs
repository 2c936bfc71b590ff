//! Builds the program again when a file that it embeds was added, changed or removed, and marks it with the state of the
//! code that reads documents: what another state has prepared is prepared anew. The state of all code that makes answers
//! is recorded with each of them, that of the graders with each run of a suite.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

fn main() {
    for folder in [
        "../agents",
        "../corpora",
        "../evals",
        "../models",
        "../seeds",
        "../tools",
        "../config",
        "migrations",
        "web",
    ] {
        println!("cargo::rerun-if-changed={folder}");
    }
    state_of("CORPORA_SOURCES", &["../corpora/src"]);
    let answers = [
        "../agents/src",
        "../corpora/src",
        "../models/src",
        "../tools/src",
    ];
    state_of("ANSWER_SOURCES", &answers);
    state_of("GRADER_SOURCES", &["../evals/src"]);
}

fn state_of(variable: &str, folders: &[&str]) {
    let mut hasher = DefaultHasher::new();
    for folder in folders {
        sources(Path::new(folder), &mut hasher);
    }
    println!("cargo::rustc-env={variable}={:016x}", hasher.finish());
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
