//! Hubs: where a file of a repository is found, and who may be told the token.

use reqwest::Url;

use super::manifest::Weights;
use crate::error::Error;

/// Where files of models are published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mirror {
    /// huggingface.co, or a server that answers as it does.
    HuggingFace,
    /// modelscope.cn
    ModelScope,
}

/// A hub to fetch from.
#[derive(Clone)]
pub struct Hub {
    mirror: Mirror,
    endpoint: Url,
    token: Option<String>,
}

/// The token is nobody's business.
impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Hub")
            .field("mirror", &self.mirror)
            .field("endpoint", &self.endpoint.as_str())
            .field("token", &self.token.is_some())
            .finish()
    }
}

impl Hub {
    /// huggingface.co, or the server that `endpoint` (`HF_ENDPOINT`) names; `token` (`HF_TOKEN`) is told to that server
    /// alone.
    ///
    /// # Errors
    /// [`Error::Fetch`] when `endpoint` is not an address, or when `token` cannot be sent.
    pub fn hugging_face(endpoint: Option<&str>, token: Option<&str>) -> Result<Self, Error> {
        let endpoint = endpoint.unwrap_or("https://huggingface.co");
        let wrong = |reason: String| Error::Fetch {
            address: format!("from `{endpoint}`"),
            reason,
        };
        let address = Url::parse(endpoint)
            .ok()
            .filter(|address| matches!(address.scheme(), "http" | "https") && address.has_host())
            .ok_or_else(|| {
                wrong(
                    "that is not an http or https address\nhint: `HF_ENDPOINT` takes for example `https://hf-mirror.com`"
                        .into(),
                )
            })?;
        if !address.username().is_empty() || address.password().is_some() {
            return Err(Error::Fetch {
                address: format!("from `{}`", shown(&address)),
                reason: "there is a password in the address\nhint: a token goes into `HF_TOKEN`"
                    .into(),
            });
        }
        let sendable = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
        if token.is_some_and(|token| !sendable(token)) {
            return Err(wrong(
                "`HF_TOKEN` holds blanks or line ends, so it is not a token\nhint: copy it again, or unset it"
                    .into(),
            ));
        }
        Ok(Self {
            mirror: Mirror::HuggingFace,
            endpoint: address,
            token: token.map(str::to_owned),
        })
    }

    /// modelscope.cn
    pub fn model_scope() -> Self {
        Self {
            mirror: Mirror::ModelScope,
            endpoint: Url::parse("https://www.modelscope.cn").expect("the address is well-formed"),
            token: None,
        }
    }

    /// The same layout of addresses at another place.
    #[cfg(test)]
    pub(super) fn at(mut self, endpoint: &str) -> Self {
        self.endpoint = Url::parse(endpoint).unwrap();
        self
    }

    /// The server, for people.
    pub fn host(&self) -> String {
        host(&self.endpoint)
    }

    /// Whether it is this machine.
    pub(super) fn is_here(&self) -> bool {
        let name = self.endpoint.host_str().unwrap_or_default();
        let number = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || number
                .parse::<std::net::IpAddr>()
                .is_ok_and(|number| number.is_loopback())
    }

    /// Where a file of a repository is found.
    pub(super) fn file(&self, weights: &Weights, path: &str) -> Url {
        let mut address = self.endpoint.clone();
        let revision = match (self.mirror, weights.revision.as_str()) {
            // The branch of every repository has this name there.
            (Mirror::ModelScope, "main") => "master",
            (_, revision) => revision,
        };
        let mut parts = address
            .path_segments_mut()
            .expect("http and https addresses have a path");
        parts.pop_if_empty();
        if self.mirror == Mirror::ModelScope {
            parts.push("models");
        }
        parts.extend(weights.source.split('/'));
        parts.extend(["resolve", revision]);
        parts.extend(path.split('/'));
        drop(parts);
        address
    }

    /// The token, where `address` is at the hub itself.
    pub(super) fn token_for(&self, address: &Url) -> Option<&str> {
        self.token.as_deref().filter(|_| self.is_origin_of(address))
    }

    /// Whether scheme, host and port of `address` are those of the hub.
    pub(super) fn is_origin_of(&self, address: &Url) -> bool {
        self.endpoint.origin() == address.origin()
    }
}

/// `https://host:port`
pub(super) fn host(address: &Url) -> String {
    address.origin().ascii_serialization()
}

/// An address without what must not be shown: passwords, and signatures behind the question mark.
pub(super) fn shown(address: &Url) -> String {
    format!("{}{}", host(address), address.path())
}

#[cfg(test)]
mod tests {
    use super::super::manifest::{Backend, Manifest};
    use super::*;

    fn weights(revision: &str) -> Weights {
        let text = format!(
            "title = ''\nlicence = ''\ncontext = 512\n[local]\nsource = 'Qwen/Q-GGUF'\nrevision = '{revision}'\nfiles = [{{ path = 'a b/m.gguf' }}]"
        );
        match Manifest::parse("m", &text).unwrap().backend {
            Backend::Local(weights) => weights,
            Backend::Remote(_) => unreachable!("the manifest is local"),
        }
    }

    #[test]
    fn addresses() {
        let weights = weights("refs/pr/1");
        let hub = Hub::hugging_face(None, None).unwrap();
        let file = |hub: &Hub| hub.file(&weights, "a b/m.gguf").to_string();
        assert_eq!(
            file(&hub),
            "https://huggingface.co/Qwen/Q-GGUF/resolve/refs%2Fpr%2F1/a%20b/m.gguf"
        );
        let hub = Hub::hugging_face(Some("http://10.0.0.1:81/hf/"), None).unwrap();
        assert_eq!(
            file(&hub),
            "http://10.0.0.1:81/hf/Qwen/Q-GGUF/resolve/refs%2Fpr%2F1/a%20b/m.gguf"
        );
    }

    #[test]
    fn the_branch_of_modelscope_is_master() {
        let address = Hub::model_scope().file(&weights("main"), "m.gguf");
        assert_eq!(
            address.as_str(),
            "https://www.modelscope.cn/models/Qwen/Q-GGUF/resolve/master/m.gguf"
        );
    }

    #[test]
    fn the_token_stays_at_the_hub() {
        let hub = Hub::hugging_face(Some("https://a:8443"), Some("hf_x")).unwrap();
        for (address, told) in [
            ("https://a:8443/x", true),
            ("http://a:8443/x", false),
            ("https://a/x", false),
            ("https://a.b:8443/x", false),
            ("https://cdn.a:8443/x", false),
        ] {
            let token = hub.token_for(&Url::parse(address).unwrap());
            assert_eq!(token.is_some(), told, "{address}");
        }
        assert!(!format!("{hub:?}").contains("hf_x"));
    }

    #[test]
    fn wrong_endpoints_and_tokens_are_refused() {
        for wrong in [
            "",
            "huggingface.co",
            "ftp://a",
            "file:///etc",
            "https://me:secret@a",
        ] {
            let message = Hub::hugging_face(Some(wrong), None)
                .unwrap_err()
                .to_string();
            assert!(!message.contains("secret"), "{message}");
        }
        let message = Hub::hugging_face(None, Some("a\nb"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("HF_TOKEN"), "{message}");
    }
}
