//! The real files: all of them must read, and nothing in them may vanish.

use std::path::{Path, PathBuf};

use super::sound;
use crate::read::{is_readable, read};
use crate::source::DropReason;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The readable files of a folder. A folder beside the repository may be absent, except where CI promises it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{} is missing",
            folder.display()
        );
        eprintln!("skipped: {} is not there", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_readable(path))
        .collect();
    files.sort();
    files
}

#[test]
fn laws_read_with_their_metadata() {
    for path in files(&root().join("../shared/corpora/laws")) {
        let source = read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        sound(&source);
        assert!(
            source.meta.title.is_some() && source.meta.version_date.is_some(),
            "{}",
            path.display()
        );
        assert_eq!(source.dropped[0].reason, DropReason::FrontMatter);
        assert_eq!(
            source.text,
            std::fs::read_to_string(&path)
                .unwrap()
                .replace("\r\n", "\n")
        );
    }
}

#[test]
fn founding_articles_read() {
    for path in files(&root().join("../shared/corpora/founding")) {
        let source = read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        sound(&source);
        assert_eq!(source.encoding, "UTF-8");
    }
}

#[test]
fn the_demo_city_reads() {
    let folder = root().join("corpora/helan/docs");
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    for path in files(&folder) {
        let source = read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        sound(&source);
        assert!(source.text.chars().count() > 50, "{}", path.display());
    }
}
