//! Files of models: GGUF and safetensors, the tokenizer and the chat template in or beside them.
//!
//! [`ModelFile::open`] looks at everything that can be known without touching the weights, and refuses what it cannot
//! run with a reason that a person can act on. Nothing here computes; hashes are the matter of `hub`.

mod gguf;
mod memory;
#[cfg(test)]
pub(crate) mod reference;
mod safetensors;
mod template;
#[cfg(test)]
mod tests;
mod tokenizer;
mod weights;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use memory::Promise;
pub(crate) use safetensors::reads;
pub(crate) use template::{CallFormat, Template};
pub(crate) use tokenizer::Tokenizer;
#[cfg(test)]
pub(crate) use tokenizer::Vocabulary;
pub(crate) use weights::{MappedTensor, RawTensor};

use crate::error::Error;
use crate::local::shape::{Architecture, Shape};
use weights::Weights;

/// A model that can be run: its weights are mapped, its parts fit together.
#[derive(Debug)]
pub(crate) struct ModelFile {
    path: PathBuf,
    parts: Parts,
    /// Bytes of memory that were to spare when it was opened.
    available: Option<u64>,
}

/// What both formats hold.
#[derive(Debug)]
struct Parts {
    shape: Shape,
    weights: Weights,
    tokenizer: Arc<Tokenizer>,
    template: Arc<Template>,
    /// Whether neighbouring numbers are rotated together, not those half a head apart.
    interleaved: bool,
    notes: Vec<String>,
}

impl ModelFile {
    /// Opens a `.gguf` file, or a folder with `config.json`, `tokenizer.json` and `*.safetensors`.
    ///
    /// # Errors
    /// [`Error::File`] with what is wrong and what to do; also if the memory of this machine does not suffice.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Self::open_within(path, memory::available())
    }

    /// As [`ModelFile::open`], on a machine with so many bytes to spare.
    pub(crate) fn open_within(path: &Path, available: Option<u64>) -> Result<Self, Error> {
        let refuse = |reason| Error::File {
            file: path.to_path_buf(),
            reason,
        };
        if !path.exists() {
            return Err(refuse(
                "there is no such file; `chengzhi model pull` fetches models".into(),
            ));
        }
        let mut parts = if path.is_dir() {
            safetensors::open(path)?
        } else {
            gguf::open(path).map_err(refuse)?
        };
        parts.check().map_err(refuse)?;
        let slow = parts.weights.notes();
        parts.notes.extend(slow);
        let file = Self {
            path: path.to_path_buf(),
            parts,
            available,
        };
        file.fits(memory::smallest_cache(file.shape()))?;
        Ok(file)
    }

    /// Whether there is memory for the weights and for a cache of so many bytes, asked before either is taken.
    ///
    /// # Errors
    /// [`Error::File`] with the numbers and what to change.
    pub(crate) fn fits(&self, cache: u64) -> Result<(), Error> {
        memory::fit(self.needed_bytes(0), cache, self.available).map_err(|reason| Error::File {
            file: self.path.clone(),
            reason,
        })
    }

    /// As [`ModelFile::fits`]; while the answer is held, no other model is opened in the memory of that cache.
    ///
    /// # Errors
    /// As [`ModelFile::fits`].
    pub(crate) fn promise(&self, cache: u64) -> Result<Promise, Error> {
        self.fits(cache).map(|()| Promise::new(cache))
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its family.
    pub(crate) fn architecture(&self) -> Architecture {
        self.parts.shape.architecture
    }

    /// Its sizes.
    pub(crate) fn shape(&self) -> &Shape {
        &self.parts.shape
    }

    /// The tensor with this name of llama.cpp, such as `blk.0.attn_q.weight`; in safetensors the one that matches it.
    /// Every tensor that the shape asks for is there.
    ///
    /// # Errors
    /// [`Error::File`] if there is none.
    pub(crate) fn tensor(&self, name: &str) -> Result<RawTensor<'_>, Error> {
        self.parts.weights.get(name).ok_or_else(|| Error::File {
            file: self.path.clone(),
            reason: format!("the tensor `{name}` is missing"),
        })
    }

    /// The tensor with this name, to keep when this is dropped.
    ///
    /// # Errors
    /// [`Error::File`] if there is none.
    pub(crate) fn mapped(&self, name: &str) -> Result<MappedTensor, Error> {
        self.parts.weights.mapped(name).ok_or_else(|| Error::File {
            file: self.path.clone(),
            reason: format!("the tensor `{name}` is missing"),
        })
    }

    /// Gives back the memory that holds what was read so far; what is needed again is read again.
    pub(crate) fn forget(&self) {
        self.parts.weights.forget();
    }

    /// Whether rows of query and key matrices are ordered so that neighbours (0 with 1, 2 with 3) are rotated together,
    /// as llama.cpp writes `llama` models. Otherwise the numbers half a head apart are.
    pub(crate) fn interleaved(&self) -> bool {
        self.parts.interleaved
    }

    /// Its tokenizer.
    pub(crate) fn tokenizer(&self) -> Arc<Tokenizer> {
        Arc::clone(&self.parts.tokenizer)
    }

    /// Its chat template.
    pub(crate) fn template(&self) -> Arc<Template> {
        Arc::clone(&self.parts.template)
    }

    /// What a person should know though it loads.
    pub(crate) fn notes(&self) -> &[String] {
        &self.parts.notes
    }

    /// About how many bytes of memory it takes to run with a cache of `cache` bytes: the weights as they lie once they
    /// are loaded, which may be far more than the file has, and what is held twice meanwhile.
    pub(crate) fn needed_bytes(&self, cache: u64) -> u64 {
        let weights = &self.parts.weights;
        weights
            .loaded_bytes(&self.parts.shape)
            .saturating_add(cache)
    }
}

impl Parts {
    /// Whether the parts fit together.
    fn check(&self) -> Result<(), String> {
        self.weights.check(&self.shape)?;
        let (tokens, rows) = (self.tokenizer.vocabulary(), self.shape.vocab);
        if tokens > rows {
            return Err(format!(
                "the tokenizer has {tokens} tokens, but the model only {rows} rows for them; they do not belong together"
            ));
        }
        Ok(())
    }
}
