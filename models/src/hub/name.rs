//! Names that come from a manifest and end up in paths and addresses.

/// Endings and names in the folder of a model that are not its own files.
const RESERVED: [&str; 3] = ["model.toml", "model.lock.toml", ".lock"];

/// Whether `name` can be a model: what stands in `config/`, on the command line and as a folder.
pub fn is_model(name: &str) -> bool {
    let plain = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-._".contains(character)
    };
    !name.is_empty()
        && name.len() <= 64
        && name.chars().all(plain)
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// Whether `path` is a file below the folder of a model: plain names with `/` between them, none of them hidden.
pub(super) fn is_file_name(path: &str) -> bool {
    let reserved = path.ends_with(".part")
        || path.ends_with(".source")
        || RESERVED.iter().any(|name| path.eq_ignore_ascii_case(name));
    path.len() <= 255 && !reserved && path.split('/').all(is_plain)
}

/// Whether `source` is `owner/name`.
pub(super) fn is_repository(source: &str) -> bool {
    source.split('/').count() == 2 && source.split('/').all(is_plain)
}

/// Whether `revision` can be a branch, tag or commit.
pub(super) fn is_revision(revision: &str) -> bool {
    revision.len() <= 128 && revision.split('/').all(is_plain)
}

/// A name that means the same on every system: no way up, no drive, no device, nothing hidden.
fn is_plain(name: &str) -> bool {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-_.+=@ ()".contains(character);
    !name.is_empty()
        && name.len() <= 128
        && name.chars().all(plain)
        && !name.starts_with(['.', ' ', '-'])
        && !name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_in_their_folder() {
        for right in [
            "a.gguf",
            "BF16/model-00001-of-00002.safetensors",
            "Qwen3 (1).gguf",
        ] {
            assert!(is_file_name(right), "{right}");
        }
        for wrong in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            ".hidden",
            "a\\b",
            "C:a",
            "a\0",
            "a\nb",
            "a?b",
            "a%2e",
            "~/a",
            "a.part",
            "model.toml",
            "MODEL.LOCK.toml",
            "件.gguf",
            "a.",
        ] {
            assert!(!is_file_name(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn names_of_models_and_repositories() {
        assert!(is_model("qwen3-0.6b") && is_model("llama-3.2-1b"));
        for wrong in ["", ".", "..", "Qwen", "a/b", "-a", ".a", "名"] {
            assert!(!is_model(wrong), "{wrong:?}");
        }
        assert!(is_repository("Qwen/Qwen3-0.6B-GGUF"));
        for wrong in ["Qwen", "a/b/c", "../b", "a/", "https://a/b", "a/b?c"] {
            assert!(!is_repository(wrong), "{wrong:?}");
        }
    }
}
