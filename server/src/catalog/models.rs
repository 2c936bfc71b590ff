//! Models of the catalogue: those of the files, and those that stand in the data directory beside or in their place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use models::Error;
use models::hub::{Backend, Manifest, is_model};

use super::{Catalog, Loader, folder_with};

/// Folder of the data directory with one folder for each model: files that were fetched, and manifests of its own.
const FOLDER: &str = "models";
const MANIFEST: &str = "model.toml";

/// A model that a manifest declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// `model.toml`.
    pub manifest: Manifest,
    /// Chat template to use in place of the model's own.
    pub template: Option<String>,
    /// Where the manifest stands, for people.
    pub file: String,
}

/// Where the files of a model are kept.
pub fn model_folder(data: &Path, name: &str) -> PathBuf {
    data.join(FOLDER).join(name)
}

impl Loader<'_> {
    pub(super) fn models(&mut self) -> BTreeMap<String, ModelEntry> {
        let mut models = BTreeMap::new();
        for file in self.origin.list(FOLDER) {
            let Some(name) = folder_with(&file, FOLDER, MANIFEST) else {
                continue;
            };
            let Some(text) = self.text(&file) else {
                continue;
            };
            let origin = self.origin;
            let beside = |template: &str| origin.text(&format!("{FOLDER}/{name}/{template}"));
            match entry(name, &file, &text, beside) {
                Ok(entry) => {
                    models.insert(name.to_owned(), entry);
                }
                Err(message) => self.problem(&file, message),
            }
        }
        models
    }
}

impl Catalog {
    /// Adds the models whose manifests stand in the data directory. One of the same name takes the place of the one in
    /// the files; a wrong one takes it too, so that nothing runs that was not meant.
    pub fn add_models(&mut self, data: &Path) {
        let folder = data.join(FOLDER);
        let mut places: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|place| place.path())
            .filter(|place| place.join(MANIFEST).is_file())
            .collect();
        places.sort();
        for place in places {
            let name = place
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let file = place.join(MANIFEST).display().to_string();
            let beside = |template: &str| std::fs::read_to_string(place.join(template)).ok();
            let found = std::fs::read_to_string(place.join(MANIFEST))
                .map_err(|error| format!("cannot be read: {error}"))
                .and_then(|text| entry(&name, &file, &text, beside));
            match found {
                Ok(entry) => {
                    self.models.insert(name, entry);
                }
                Err(message) => {
                    self.models.remove(&name);
                    self.problems.push(super::Problem { file, message });
                }
            }
        }
    }
}

fn entry(
    name: &str,
    file: &str,
    text: &str,
    beside: impl Fn(&str) -> Option<String>,
) -> Result<ModelEntry, String> {
    if !is_model(name) {
        return Err(format!(
            "the folder `{name}` cannot be the name of a model: small letters, digits, `-`, `.` and `_`"
        ));
    }
    let manifest = Manifest::parse(file, text).map_err(|error| match error {
        Error::Manifest { reason, .. } => reason,
        other => other.to_string(),
    })?;
    let template = match &manifest.backend {
        Backend::Local(weights) => weights.template.as_deref(),
        Backend::Remote(_) => None,
    };
    let template = template.map(|template| {
        beside(template).ok_or_else(|| {
            format!("key `local.template`: there is no readable `{template}` beside it")
        })
    });
    Ok(ModelEntry {
        template: template.transpose()?,
        manifest,
        file: file.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::embedded::Origin;

    use super::*;

    const REMOTE: &str =
        "title = 'a'\nlicence = 'b'\ncontext = 4096\n[remote]\nmodel = 'm'\nurl = 'http://a/v1'\n";

    fn with(files: &[(&str, &str)]) -> Catalog {
        let data = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = data.path().join("models").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut catalog = Catalog::load(Origin::Embedded);
        catalog.add_models(data.path());
        catalog
    }

    #[test]
    fn the_binary_brings_models_without_problems() {
        let catalog = Catalog::load(Origin::Embedded);
        let names: Vec<&str> = catalog.models.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "llama-3.2-1b",
                "qwen2.5-1.5b",
                "qwen3-0.6b",
                "qwen3-4b",
                "vllm"
            ]
        );
        assert_eq!(catalog.problems, []);
    }

    #[test]
    fn the_data_directory_adds_and_replaces() {
        let catalog = with(&[
            ("city/model.toml", REMOTE),
            ("qwen3-4b/model.toml", REMOTE),
            ("qwen3-0.6b/x.gguf", ""),
        ]);
        assert_eq!(catalog.problems, []);
        for name in ["city", "qwen3-4b"] {
            assert!(matches!(
                catalog.models[name].manifest.backend,
                Backend::Remote(_)
            ));
        }
        assert!(matches!(
            catalog.models["qwen3-0.6b"].manifest.backend,
            Backend::Local(_)
        ));
    }

    #[test]
    fn what_is_wrong_is_named_and_does_not_run() {
        let template = "title = 'a'\nlicence = 'b'\ncontext = 4096\n[local]\nsource = 'o/n'\nfiles = [{ path = 'm.gguf' }]\ntemplate = 'chat.jinja'\n";
        let catalog = with(&[
            ("qwen3-4b/model.toml", "title = 3\n"),
            ("Big/model.toml", REMOTE),
            ("lost/model.toml", template),
            ("held/model.toml", template),
            ("held/chat.jinja", "{{ messages }}"),
        ]);
        assert!(!catalog.models.contains_key("qwen3-4b"));
        assert_eq!(
            catalog.models["held"].template.as_deref(),
            Some("{{ messages }}")
        );
        let texts: Vec<String> = catalog.problems.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        for (text, words) in texts
            .iter()
            .zip(["small letters", "`chat.jinja`", "line 1"])
        {
            assert!(text.contains(words), "{text}");
        }
    }
}
