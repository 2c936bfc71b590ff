//! What may lie in the folder of a model when it is opened.

use std::path::Path;

use super::*;

/// A folder with these files, fetched as the manifest names them, and the manifest.
fn fetched(names: &[&str]) -> (tempfile::TempDir, Weights) {
    let (from, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files: Vec<String> = names
        .iter()
        .map(|name| format!("{{ path = '{name}' }}"))
        .collect();
    let text = format!(
        "title = ''\nlicence = ''\ncontext = 512\n[local]\nsource = 'o/n'\nfiles = [{}]",
        files.join(", ")
    );
    let Backend::Local(weights) = Manifest::parse("model.toml", &text).unwrap().backend else {
        unreachable!("the manifest is local")
    };
    for name in names {
        put(from.path(), name);
    }
    copy(&weights, folder.path(), from.path(), &mut |_| {}).unwrap();
    (folder, weights)
}

fn put(folder: &Path, name: &str) {
    std::fs::write(folder.join(name), name).unwrap();
}

const WHOLE: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
const SHARDS: [&str; 5] = [
    "config.json",
    "tokenizer.json",
    "model.safetensors.index.json",
    "a.safetensors",
    "b.safetensors",
];

#[test]
fn a_folder_with_a_file_that_nobody_named_is_not_opened() {
    for (names, other) in [
        (&SHARDS[..], "model.safetensors"),
        (&SHARDS, "c.safetensors"),
        (&WHOLE, "model.safetensors.index.json"),
        (&WHOLE, "chat_template.jinja"),
        (&WHOLE, "tokenizer_config.json"),
        (&WHOLE, "generation_config.json"),
    ] {
        let (folder, weights) = fetched(names);
        assert_eq!(ready(&weights, folder.path()).unwrap(), folder.path());
        put(folder.path(), other);
        let message = ready(&weights, folder.path()).unwrap_err().to_string();
        let name = format!("holds `{other}`");
        assert!(message.contains(&name), "{message}");
        assert!(message.contains("`local.files`"), "{message}");
    }
}

#[test]
fn what_is_not_read_may_lie_there() {
    let (folder, weights) = fetched(&WHOLE);
    for name in ["README.md", "vocab.json", "model.toml", "merges.txt"] {
        put(folder.path(), name);
    }
    assert_eq!(ready(&weights, folder.path()).unwrap(), folder.path());
}

#[test]
fn a_model_with_unnamed_files_is_not_opened_on_trial_either() {
    let (folder, weights) = fetched(&WHOLE);
    put(folder.path(), "chat_template.jinja");
    put(folder.path(), "old.safetensors");
    let manifest = Manifest {
        title: String::new(),
        licence: String::new(),
        description: String::new(),
        context: 512,
        backend: Backend::Local(weights.clone()),
    };
    let message = inspect(&manifest, &weights, folder.path()).unwrap_err();
    let message = message.to_string();
    assert!(
        message.contains("`chat_template.jinja`, `old.safetensors`"),
        "{message}"
    );
}

#[test]
fn an_empty_record_trusts_nothing_anew() {
    let (folder, nothing) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("m.gguf"), content()).unwrap();
    std::fs::write(folder.path().join("model.lock.toml"), "").unwrap();
    let pulled = copy(&weights(""), folder.path(), nothing.path(), &mut |_| {});
    for error in [
        pulled.unwrap_err(),
        ready(&weights(""), folder.path()).unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(message.contains("is empty"), "{message}");
        assert!(message.contains("model.lock.toml"), "{message}");
        assert!(message.contains("`chengzhi model pull NAME`"), "{message}");
    }
}
