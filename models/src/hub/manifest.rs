//! `model.toml`: what a model is called, under which licence it may be used, and where it runs.
//!
//! A model either runs in this process from files of a repository, or answers at an endpoint; a manifest says exactly
//! one of the two. Nothing here opens a file or a connection.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use reqwest::Url;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::name::{is_file_name, is_repository, is_revision};
use crate::error::Error;
use crate::local::LocalOptions;

/// A model manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Manifest {
    /// Title to show.
    pub title: String,
    /// Licence, in the words of those who publish the model.
    pub licence: String,
    /// What it is good for and what it needs.
    pub description: String,
    /// Tokens of a request and its answer together.
    pub context: usize,
    /// Where it runs.
    pub backend: Backend,
}

/// Where a model runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// In this process.
    Local(Weights),
    /// At an endpoint.
    Remote(Endpoint),
}

/// `[local]`: files of a repository, and how they are used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Repository, `owner/name`, as Hugging Face and ModelScope call it.
    pub source: String,
    /// Branch, tag or commit of the repository.
    #[serde(default = "main_branch")]
    pub revision: String,
    /// One `.gguf` file; or `config.json`, `tokenizer.json` and all `.safetensors` files.
    pub files: Vec<FileEntry>,
    /// Chat template to use in place of the model's own: name of a file beside this manifest.
    #[serde(default)]
    pub template: Option<String>,
    /// How keys and values of past tokens are kept: `f16` takes half the memory of `f32`.
    #[serde(default)]
    pub cache: CacheFormat,
    /// Tokens whose keys and values are kept, of all conversations together; at least `context` are. Absent: 16,384.
    /// Their memory is taken as they come, up to 1.9 GB for Qwen3 0.6B and 2.4 GB for Qwen3 4B in `f16`; more lets
    /// more people be answered at once, and remembers more beginnings of prompts.
    #[serde(default)]
    pub cache_tokens: Option<NonZeroUsize>,
    /// Threads to compute with. Absent: one for each core.
    #[serde(default)]
    pub threads: Option<NonZeroUsize>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path in the repository, and below the folder of the model.
    pub path: String,
    /// Its size. Absent: what the server says.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// SHA-256 of its content, in hexadecimal digits. Absent: the hash of what was fetched first is recorded in
    /// `model.lock.toml` and holds from then on.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// How keys and values of past tokens are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CacheFormat {
    /// 16 bits.
    #[default]
    F16,
    /// 32 bits.
    F32,
}

/// `[remote]`: an OpenAI-compatible server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Address up to and with `/v1`.
    pub url: String,
    /// Name of the model at that server.
    pub model: String,
    /// NAME of the environment variable that holds the key. The key itself stands in no file.
    #[serde(default)]
    pub key: Option<String>,
    /// What the server can do beyond plain text. What is not named here is not asked of it.
    #[serde(default)]
    pub supports: BTreeSet<Support>,
}

/// What a server can do beyond plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Tool calls: `tools` and `tool_choice`.
    Tools,
    /// Answers that fit a JSON Schema: `response_format` with `json_schema`.
    Schema,
    /// The same, asked for as `llama-cpp-python` takes it: `response_format` with `json_object` and `schema`.
    #[serde(rename = "json_object")]
    JsonObject,
    /// Answers that fit a regular expression: `structured_outputs.regex` of vLLM.
    Regex,
    /// Answers of a grammar in the Lark syntax: `structured_outputs.grammar` of vLLM.
    Grammar,
    /// Thinking can be turned on and off: `chat_template_kwargs.enable_thinking`.
    Thinking,
}

impl JsonSchema for Manifest {
    fn schema_name() -> Cow<'static, str> {
        "Manifest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}

/// A model manifest.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = exactly_one_backend)]
struct Written {
    /// Title to show.
    title: String,
    /// Licence, in the words of those who publish the model.
    licence: String,
    /// What it is good for and what it needs.
    #[serde(default)]
    description: String,
    /// Tokens of a request and its answer together; at most what the model was made for. With a model in this process
    /// keys and values of so many tokens are kept at least, and each takes memory (`local.cache_tokens`): 8192 is
    /// enough for questions with their passages.
    context: usize,
    /// A model in this process.
    #[serde(default)]
    local: Option<Weights>,
    /// A model at an endpoint.
    #[serde(default)]
    remote: Option<Endpoint>,
}

fn exactly_one_backend(schema: &mut Schema) {
    schema.insert(
        "oneOf".to_owned(),
        serde_json::json!([{"required": ["local"]}, {"required": ["remote"]}]),
    );
}

fn main_branch() -> String {
    "main".to_owned()
}

impl Manifest {
    /// Parses `text`; `file` names it in errors.
    ///
    /// # Errors
    /// [`Error::Manifest`] with key and line, as far as one line is at fault.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Manifest {
            file: file.to_owned(),
            reason: error.to_string().trim_end().to_owned(),
        })
    }
}

impl Weights {
    /// What a decoder opens, relative to the folder of the model: the `.gguf` file, or none for the folder itself.
    pub fn gguf(&self) -> Option<&str> {
        self.files
            .iter()
            .map(|entry| entry.path.as_str())
            .find(|path| path.ends_with(".gguf"))
    }

    /// How a backend is opened with a context of so many tokens.
    pub fn options(&self, context: usize) -> LocalOptions {
        let default = LocalOptions::default();
        LocalOptions {
            context,
            cache_tokens: self
                .cache_tokens
                .map_or(default.cache_tokens, NonZeroUsize::get),
            cache: self.cache,
            threads: self.threads,
            ..default
        }
    }

    /// Size of all files, as far as the manifest states it.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(|entry| entry.bytes).sum()
    }
}

impl TryFrom<Written> for Manifest {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let backend = match (written.local, written.remote) {
            (Some(weights), None) => Backend::Local(checked_weights(weights)?),
            (None, Some(endpoint)) => Backend::Remote(checked_endpoint(endpoint)?),
            (Some(_), Some(_)) => {
                return Err("has both `[local]` and `[remote]`; a model runs in one place".into());
            }
            (None, None) => {
                return Err("needs `[local]`, files to run in this process, or `[remote]`, the address of a server".into());
            }
        };
        if written.context < 256 {
            return Err("key `context`: needs at least 256 tokens".into());
        }
        Ok(Self {
            title: written.title,
            licence: written.licence,
            description: written.description,
            context: written.context,
            backend,
        })
    }
}

fn checked_weights(mut weights: Weights) -> Result<Weights, String> {
    if !is_repository(&weights.source) {
        return Err(format!(
            "key `local.source`: `{}` is not a repository; write `owner/name`",
            weights.source
        ));
    }
    if !is_revision(&weights.revision) {
        return Err(format!(
            "key `local.revision`: `{}` is not a branch, tag or commit",
            weights.revision
        ));
    }
    if let Some(template) = weights.template.as_ref().filter(|file| !is_file_name(file)) {
        return Err(format!(
            "key `local.template`: `{template}` is not the name of a file beside the manifest"
        ));
    }
    let mut seen = BTreeMap::new();
    for entry in &mut weights.files {
        check_file(entry)?;
        // Some file systems take names that differ in case for one.
        if let Some(other) = seen.insert(entry.path.to_lowercase(), entry.path.clone()) {
            return Err(format!(
                "key `local.files`: `{other}` and `{}` are one name",
                entry.path
            ));
        }
    }
    check_kinds(&weights.files)?;
    Ok(weights)
}

fn check_file(entry: &mut FileEntry) -> Result<(), String> {
    if !is_file_name(&entry.path) {
        return Err(format!(
            "key `local.files`: `{}` may not leave the folder of the model; write the path as the repository shows it",
            entry.path
        ));
    }
    let Some(hash) = &mut entry.sha256 else {
        return Ok(());
    };
    hash.make_ascii_lowercase();
    if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(())
    } else {
        Err(format!(
            "key `local.files`: `sha256` of `{}` is not 64 hexadecimal digits",
            entry.path
        ))
    }
}

/// A set of files that something can be made of.
fn check_kinds(files: &[FileEntry]) -> Result<(), String> {
    let with = |end: &str| {
        files
            .iter()
            .filter(|entry| entry.path.ends_with(end))
            .count()
    };
    let named = |name: &str| files.iter().any(|entry| entry.path == name);
    match (with(".gguf"), with(".safetensors")) {
        (1, 0) => Ok(()),
        (0, shards @ 1..) if named("config.json") && named("tokenizer.json") => {
            let whole = shards == 1 && named("model.safetensors");
            if whole || named("model.safetensors.index.json") {
                return Ok(());
            }
            Err("key `local.files`: weights are one `model.safetensors`, or several files with `model.safetensors.index.json`, which says what is in them".into())
        }
        (0, 1..) => Err("key `local.files`: beside `.safetensors` files `config.json` and `tokenizer.json` are needed".into()),
        (0, 0) => Err("key `local.files`: there is no `.gguf` and no `.safetensors` file".into()),
        (2.., 0) => Err("key `local.files`: only one `.gguf` file can be used; parts must be joined before".into()),
        (1.., 1..) => Err("key `local.files`: `.gguf` and `.safetensors` files are two models; make two manifests".into()),
    }
}

fn checked_endpoint(endpoint: Endpoint) -> Result<Endpoint, String> {
    let address = Url::parse(&endpoint.url).map_err(|error| {
        format!(
            "key `remote.url`: `{}` is not an address: {error}",
            endpoint.url
        )
    })?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err("key `remote.url`: only http and https addresses can be used".into());
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err("key `remote.url`: a key in an address ends up in logs; put it into an environment variable and name that in `remote.key`".into());
    }
    let variable = |name: &str| {
        name.chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    match &endpoint.key {
        Some(key) if key.is_empty() || key.len() > 64 || !variable(key) => Err(
            "key `remote.key`: needs the name of an environment variable, not the key itself"
                .into(),
        ),
        _ => Ok(endpoint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: &str = "title = 'a'\nlicence = 'b'\ncontext = 4096\n[local]\nsource = 'o/n'\n";
    const REMOTE: &str = "title = 'a'\nlicence = 'b'\ncontext = 4096\n[remote]\nmodel = 'm'\n";

    fn parse(text: &str) -> Result<Manifest, String> {
        Manifest::parse("m.toml", text).map_err(|error| error.to_string())
    }

    fn local(rest: &str) -> Result<Weights, String> {
        match parse(&format!("{LOCAL}{rest}"))?.backend {
            Backend::Local(weights) => Ok(weights),
            Backend::Remote(_) => unreachable!("the manifest is local"),
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let weights = local("files = [{ path = 'a/m.gguf', bytes = 7 }]").unwrap();
        assert_eq!(weights.revision, "main");
        assert_eq!(weights.cache, CacheFormat::F16);
        assert_eq!(
            weights.options(4096),
            LocalOptions {
                context: 4096,
                ..LocalOptions::default()
            }
        );
        let more = local("cache_tokens = 65536\nfiles = [{ path = 'm.gguf' }]").unwrap();
        assert_eq!(more.options(4096).cache_tokens, 65536);
        assert_eq!(
            (weights.gguf(), weights.bytes()),
            (Some("a/m.gguf"), Some(7))
        );
        let weights = local("files = [{ path = 'config.json' }, { path = 'tokenizer.json' }, { path = 'model.safetensors', bytes = 3 }]").unwrap();
        assert_eq!((weights.gguf(), weights.bytes()), (None, None));
    }

    #[test]
    fn exactly_one_place() {
        let both = format!(
            "{LOCAL}files = [{{ path = 'm.gguf' }}]\n[remote]\nurl = 'http://a/v1'\nmodel = 'm'\n"
        );
        assert!(parse(&both).unwrap_err().contains("both"));
        let none = "title = 'a'\nlicence = 'b'\ncontext = 4096\n";
        assert!(parse(none).unwrap_err().contains("`[local]`"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let hash = "0".repeat(63);
        for (text, words) in [
            ("files = []", "no `.gguf`"),
            (
                "files = [{ path = 'a.gguf' }, { path = 'b.gguf' }]",
                "only one",
            ),
            (
                "files = [{ path = 'a.gguf' }, { path = 'A.gguf' }]",
                "one name",
            ),
            (
                "files = [{ path = 'a.gguf' }, { path = 'b.safetensors' }]",
                "two models",
            ),
            ("files = [{ path = 'b.safetensors' }]", "tokenizer.json"),
            (
                "files = [{ path = 'config.json' }, { path = 'tokenizer.json' }, { path = 'a.safetensors' }, { path = 'b.safetensors' }]",
                "`model.safetensors.index.json`",
            ),
            ("files = [{ path = '../a.gguf' }]", "leave the folder"),
            ("files = [{ path = '/a.gguf' }]", "leave the folder"),
            ("files = [{ path = 'C:\\a.gguf' }]", "leave the folder"),
            ("files = [{ path = 'model.lock.toml' }]", "leave the folder"),
            (
                &format!("files = [{{ path = 'a.gguf', sha256 = '{hash}' }}]"),
                "64",
            ),
            (
                "revision = '../x'\nfiles = [{ path = 'a.gguf' }]",
                "revision",
            ),
            (
                "template = '../x'\nfiles = [{ path = 'a.gguf' }]",
                "template",
            ),
            ("files = [{ path = 'a.gguf', size = 3 }]", "line 6"),
            ("cache = 'q4'\nfiles = [{ path = 'a.gguf' }]", "line 6"),
            ("threads = 0\nfiles = [{ path = 'a.gguf' }]", "line 6"),
        ] {
            let message = local(text).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
        for (text, words) in [
            ("url = 'ftp://a/v1'", "http"),
            ("url = 'a/v1'", "address"),
            ("url = 'http://me:secret@a/v1'", "logs"),
            (
                "url = 'http://a/v1'\nkey = 'sk-secret'",
                "environment variable",
            ),
            ("url = 'http://a/v1'\nsupports = ['telepathy']", "line 7"),
        ] {
            let message = parse(&format!("{REMOTE}{text}")).unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }

    #[test]
    fn an_endpoint_says_what_it_can_do() {
        let text = format!(
            "{REMOTE}url = 'http://a:8000/v1'\nkey = 'VLLM_KEY'\nsupports = ['tools', 'schema']"
        );
        let Backend::Remote(endpoint) = parse(&text).unwrap().backend else {
            panic!("the manifest is remote")
        };
        assert!(endpoint.supports.contains(&Support::Tools));
        assert!(!endpoint.supports.contains(&Support::Thinking));
    }
}
