//! Files that travel inside the binary: catalogues, seeds, settings, the demo city and the page.
//!
//! This is only where bytes come from. What they mean is known to [`crate::catalog`], [`crate::settings`] and the
//! HTTP routes.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use rust_embed::RustEmbed;

use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "../agents"]
#[include = "*/agent.toml"]
#[include = "*/prompt.md"]
#[include = "*/rewrite.md"]
#[include = "*/cases.jsonl"]
#[include = "*/templates/*.toml"]
#[include = "*/replies.jsonl"]
struct Agents;

#[derive(RustEmbed)]
#[folder = "../corpora"]
#[include = "*/corpus.toml"]
#[include = "*/docs/*"]
#[include = "lexicon/*.tsv"]
#[include = "asked/*.tsv"]
struct Corpora;

#[derive(RustEmbed)]
#[folder = "../evals"]
#[include = "*/suite.toml"]
#[include = "*/baseline.json"]
#[include = "*/*.jsonl"]
#[include = "*/cases.json"]
#[exclude = "src/*"]
#[exclude = "tests/*"]
struct Evals;

#[derive(RustEmbed)]
#[folder = "../models"]
#[include = "*/model.toml"]
#[include = "*/*.jinja"]
#[exclude = "tests/*"]
struct Models;

#[derive(RustEmbed)]
#[folder = "../seeds"]
struct Seeds;

#[derive(RustEmbed)]
#[folder = "../tools"]
#[include = "*/tool.toml"]
#[include = "*/input.schema.json"]
#[exclude = "src/*"]
#[exclude = "tests/*"]
struct Tools;

#[derive(RustEmbed)]
#[folder = "../config"]
#[include = "default.toml"]
#[include = "rights.toml"]
struct Config;

#[derive(RustEmbed)]
#[folder = "web"]
struct Web;

/// Where catalogues, seeds and the page are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The files inside the binary.
    Embedded,
    /// A checkout or `--root`. A part that this folder lacks is read from the binary.
    Folder(PathBuf),
}

/// Parts that a folder may replace, each as a whole; the longest name that fits decides.
const PARTS: &[&str] = &[
    "agents",
    "corpora/lexicon",
    "corpora/asked",
    "corpora",
    "evals",
    "models",
    "seeds",
    "tools",
    "config",
    "server/web",
];

impl Origin {
    /// The folder that was asked for, else a checkout in the current directory, else the binary.
    ///
    /// # Errors
    /// [`Error::Root`] when `root` holds nothing that could be used.
    pub fn find(root: Option<&Path>) -> Result<Self, Error> {
        if let Some(root) = root {
            let usable = PARTS.iter().any(|part| root.join(part).is_dir());
            return if usable {
                Ok(Self::Folder(root.to_owned()))
            } else {
                Err(Error::Root {
                    path: root.to_owned(),
                })
            };
        }
        let here = PathBuf::from(".");
        let checkout = here.join("Cargo.toml").is_file()
            && here.join("agents").is_dir()
            && here.join("corpora").is_dir();
        Ok(if checkout {
            Self::Folder(here)
        } else {
            Self::Embedded
        })
    }

    /// The bytes of a file, by its path in the repository; none when there is no such file.
    pub fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self.folder_of(path) {
            Some(folder) => {
                let plain = Path::new(path)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                let place = folder.join(path);
                if plain && place.is_file() {
                    std::fs::read(place).ok().map(Cow::Owned)
                } else {
                    None
                }
            }
            None => embedded(path),
        }
    }

    /// A text file; none when there is no such file or it is not UTF-8.
    pub fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.read(path)?.into_owned()).ok()
    }

    /// Paths of all files below `folder`, sorted. Hidden files and links are left out.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let mut found = match self.folder_of(folder) {
            Some(root) => files_below(root, folder),
            None => listed(folder),
        };
        found.sort();
        found
    }

    /// Where a file lies on disk; none when it comes from the binary.
    pub fn path(&self, path: &str) -> Option<PathBuf> {
        self.folder_of(path).map(|folder| folder.join(path))
    }

    fn folder_of(&self, path: &str) -> Option<&Path> {
        let Self::Folder(root) = self else {
            return None;
        };
        let part = PARTS.iter().find(|part| {
            path.strip_prefix(**part)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        root.join(part).is_dir().then_some(root.as_path())
    }
}

fn embedded(path: &str) -> Option<Cow<'static, [u8]>> {
    let strip = |part: &str| {
        path.strip_prefix(part)
            .and_then(|rest| rest.strip_prefix('/'))
    };
    let file = if let Some(rest) = strip("agents") {
        Agents::get(rest)
    } else if let Some(rest) = strip("corpora") {
        Corpora::get(rest)
    } else if let Some(rest) = strip("evals") {
        Evals::get(rest)
    } else if let Some(rest) = strip("models") {
        Models::get(rest)
    } else if let Some(rest) = strip("seeds") {
        Seeds::get(rest)
    } else if let Some(rest) = strip("tools") {
        Tools::get(rest)
    } else if let Some(rest) = strip("config") {
        Config::get(rest)
    } else {
        Web::get(strip("server/web")?)
    };
    file.map(|file| file.data)
}

fn listed(folder: &str) -> Vec<String> {
    let of = |part: &'static str, names: Vec<Cow<'static, str>>| {
        names.into_iter().map(move |name| format!("{part}/{name}"))
    };
    let all = of("agents", Agents::iter().collect())
        .chain(of("corpora", Corpora::iter().collect()))
        .chain(of("evals", Evals::iter().collect()))
        .chain(of("models", Models::iter().collect()))
        .chain(of("seeds", Seeds::iter().collect()))
        .chain(of("tools", Tools::iter().collect()))
        .chain(of("config", Config::iter().collect()))
        .chain(of("server/web", Web::iter().collect()));
    all.filter(|path| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    })
    .collect()
}

fn files_below(root: &Path, folder: &str) -> Vec<String> {
    let (mut found, mut pending) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(place) = pending.pop() {
        for entry in std::fs::read_dir(root.join(&place))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = format!("{place}/{name}");
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                pending.push(path);
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_holds_every_part() {
        let origin = Origin::Embedded;
        for part in PARTS {
            assert!(!origin.list(part).is_empty(), "{part} is empty");
        }
        assert!(origin.text("agents/policy-qa/agent.toml").is_some());
        assert!(origin.list("corpora/helan/docs").len() >= 60);
        assert!(
            origin
                .list("agents")
                .iter()
                .all(|path| !path.ends_with(".rs")),
            "sources do not travel"
        );
    }

    #[test]
    fn a_folder_replaces_only_the_parts_it_has() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("agents/mine")).unwrap();
        std::fs::write(folder.path().join("agents/mine/agent.toml"), "title = ''").unwrap();
        let origin = Origin::find(Some(folder.path())).unwrap();
        assert_eq!(origin.list("agents"), ["agents/mine/agent.toml"]);
        assert_eq!(
            origin.text("agents/mine/agent.toml").as_deref(),
            Some("title = ''")
        );
        assert!(origin.read("agents/policy-qa/agent.toml").is_none());
        assert!(origin.read("seeds/departments.toml").is_some());
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("server/web")).unwrap();
        std::fs::write(folder.path().join("secret"), "x").unwrap();
        let origin = Origin::find(Some(folder.path())).unwrap();
        for path in [
            "server/web/../../secret",
            "server/web//etc/passwd",
            "/etc/passwd",
            "server/web/..",
            "",
        ] {
            assert!(origin.read(path).is_none(), "{path}");
        }
    }

    #[test]
    fn an_empty_root_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            Origin::find(Some(folder.path())),
            Err(Error::Root { .. })
        ));
    }
}
