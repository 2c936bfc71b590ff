//! The index of one corpus: one folder, one engine, atomic commits.
//!
//! ```text
//! <data>/corpora/<name>/manifest.json     what built it
//!                       state-<n>.json    revisions and files of commit n
//!                       engine/           tantivy; its commit payload names the state file that belongs to it
//! ```
//! The engine holds passages only. A reader sees a pair of engine snapshot and state that was committed together.
//! There is no deletion: old revisions stay, filters decide what is seen.

mod search;
mod state;
mod tokens;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use tantivy::collector::TopDocs;
use tantivy::query::TermQuery;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::{DocAddress, ReloadPolicy, Searcher, TantivyDocument, Term};

pub use search::{Hit, Weighted};
pub(crate) use search::{LEAST, Statistics, rounded};
pub(crate) use state::sha256;
pub use state::{FileRecord, State};
pub use writer::Writer;

use crate::asked::Asked;
use crate::error::Error;
use crate::mention::Titles;
use crate::passage::{Passage, Stored};
use crate::revision::{Revision, Validity, validities};

/// A corpus that can be searched and, through [`Writer`], extended.
pub struct Index {
    folder: PathBuf,
    corpus: String,
    engine: tantivy::Index,
    reader: tantivy::IndexReader,
    fields: Fields,
    snapshot: RwLock<Arc<Snapshot>>,
    by_name_only: bool,
    asked: Arc<Asked>,
}

/// What was committed together.
pub struct Snapshot {
    /// The engine at that commit.
    pub(crate) searcher: Searcher,
    /// Files and revisions at that commit.
    pub state: State,
    /// When each revision applies, by ordinal.
    pub validities: Vec<Validity>,
    /// Names of the documents.
    pub(crate) titles: Titles,
    /// The engine's commit payload, to see that a newer commit exists.
    payload: String,
}

#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// `ordinal:order`.
    key: Field,
    /// `ordinal:第三十九条`.
    clause: Field,
    /// Title, path, text and what is asked about it, as folded unigrams and bigrams.
    body: Field,
    /// Ordinal of the revision, for filters.
    ordinal: Field,
    /// Number of the passage in its revision, for a total order.
    order: Field,
    /// [`Stored`] as JSON.
    data: Field,
}

impl Fields {
    fn schema() -> (Schema, Self) {
        let mut builder = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokens::NAME)
            .set_index_option(IndexRecordOption::WithFreqs);
        let fields = Self {
            key: builder.add_text_field("key", STRING),
            clause: builder.add_text_field("clause", STRING),
            body: builder.add_text_field(
                "body",
                TextOptions::default().set_indexing_options(indexing),
            ),
            ordinal: builder.add_u64_field("ordinal", FAST),
            order: builder.add_u64_field("order", FAST),
            data: builder.add_bytes_field("data", STORED),
        };
        (builder.build(), fields)
    }
}

impl Index {
    /// Opens the index of corpus `corpus` in `folder`.
    ///
    /// # Errors
    /// [`Error::UnknownCorpus`] where there is none, [`Error::Mismatch`] where it was built differently.
    pub fn open(folder: &Path, corpus: &str) -> Result<Self, Error> {
        if !folder.join(state::MANIFEST).exists() {
            return Err(Error::UnknownCorpus {
                corpus: corpus.to_owned(),
            });
        }
        state::check_manifest(folder, corpus)?;
        let engine =
            tantivy::Index::open_in_dir(folder.join(ENGINE)).map_err(Error::index(folder))?;
        Self::with(folder, corpus, engine)
    }

    /// Opens the index of corpus `corpus` in `folder`, or makes an empty one.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Io`], [`Error::Mismatch`].
    pub fn open_or_create(folder: &Path, corpus: &str) -> Result<Self, Error> {
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        if corpus.is_empty() || corpus.len() > 64 || !corpus.chars().all(plain) {
            return Err(Error::Name {
                name: corpus.to_owned(),
            });
        }
        if folder.join(state::MANIFEST).exists() {
            return Self::open(folder, corpus);
        }
        let place = folder.join(ENGINE);
        std::fs::create_dir_all(&place).map_err(Error::io(&place))?;
        let (schema, _) = Fields::schema();
        let directory = tantivy::directory::MmapDirectory::open(&place)
            .map_err(|source| Error::index(folder)(source.into()))?;
        let engine =
            tantivy::Index::open_or_create(directory, schema).map_err(Error::index(folder))?;
        // The manifest comes last: a folder without one is not an index yet, and is made again.
        state::write_manifest(folder)?;
        Self::with(folder, corpus, engine)
    }

    fn with(folder: &Path, corpus: &str, engine: tantivy::Index) -> Result<Self, Error> {
        engine
            .tokenizers()
            .register(tokens::NAME, tokens::Characters);
        let (schema, fields) = Fields::schema();
        if engine.schema() != schema {
            return Err(Error::Mismatch {
                corpus: corpus.to_owned(),
                reason: "its fields differ from those of this program".into(),
            });
        }
        let reader = engine
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(Error::index(folder))?;
        let snapshot = Snapshot::load(folder, corpus, &engine, &reader)?;
        Ok(Self {
            folder: folder.to_owned(),
            corpus: corpus.to_owned(),
            engine,
            reader,
            fields,
            snapshot: RwLock::new(Arc::new(snapshot)),
            by_name_only: false,
            asked: Arc::default(),
        })
    }

    /// The same, searched only where it is named, see [`crate::Manifest::by_name_only`].
    #[must_use]
    pub fn by_name_only(self, by_name_only: bool) -> Self {
        Self {
            by_name_only,
            ..self
        }
    }

    /// The same, in which documents that are added from now on are found by what people ask about them.
    #[must_use]
    pub fn with_asked(self, asked: Arc<Asked>) -> Self {
        Self { asked, ..self }
    }

    /// What people ask about the documents that are added.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether it is searched by those who name no corpora.
    pub(crate) fn is_searched_unnamed(&self) -> bool {
        !self.by_name_only
    }

    /// Name of the corpus.
    pub fn corpus(&self) -> &str {
        &self.corpus
    }

    /// Bytes on disk.
    pub fn size(&self) -> u64 {
        let files = std::fs::read_dir(self.folder.join(ENGINE))
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter_map(|file| file.metadata().ok())
            .map(|metadata| metadata.len())
            .sum()
    }

    /// The newest committed state.
    ///
    /// # Errors
    /// When a newer commit exists and cannot be read.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, Error> {
        let current = self
            .snapshot
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        let newest = state::payload(&self.folder, &self.engine)?;
        if newest == current.payload {
            return Ok(current);
        }
        let fresh = Arc::new(Snapshot::load(
            &self.folder,
            &self.corpus,
            &self.engine,
            &self.reader,
        )?);
        *self
            .snapshot
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = fresh.clone();
        Ok(fresh)
    }

    /// The passage `order` of revision `ordinal`.
    ///
    /// # Errors
    /// When the engine cannot read its files.
    pub fn passage(
        &self,
        snapshot: &Snapshot,
        ordinal: u32,
        order: u32,
    ) -> Result<Option<Passage>, Error> {
        let Some(revision) = snapshot.state.revisions.get(ordinal as usize) else {
            return Ok(None);
        };
        let term = Term::from_field_text(self.fields.key, &key(ordinal, order));
        let Some(address) = self.addresses(snapshot, term, 1)?.pop() else {
            return Ok(None);
        };
        let stored = self.stored(snapshot, address)?;
        Ok(Some(self.complete(
            revision,
            snapshot.validities[ordinal as usize],
            stored,
            order,
        )))
    }

    /// The passages of article `clause` (`第三十九条`) of a revision; several where a long article is cut.
    ///
    /// # Errors
    /// When the engine cannot read its files.
    pub fn clause(
        &self,
        snapshot: &Snapshot,
        ordinal: u32,
        clause: &str,
    ) -> Result<Vec<Passage>, Error> {
        let Some(revision) = snapshot.state.revisions.get(ordinal as usize) else {
            return Ok(Vec::new());
        };
        let term = Term::from_field_text(self.fields.clause, &format!("{ordinal}:{clause}"));
        let complete = |address: DocAddress| {
            let column = snapshot
                .searcher
                .segment_reader(address.segment_ord)
                .fast_fields()
                .u64("order")
                .map_err(Error::index(&self.folder))?;
            let order = column.first(address.doc_id).unwrap_or_default() as u32;
            Ok(self.complete(
                revision,
                snapshot.validities[ordinal as usize],
                self.stored(snapshot, address)?,
                order,
            ))
        };
        let mut passages: Vec<Passage> = self
            .addresses(snapshot, term, 32)?
            .into_iter()
            .map(complete)
            .collect::<Result<_, Error>>()?;
        passages.sort_by_key(|passage| passage.order);
        Ok(passages)
    }

    fn addresses(
        &self,
        snapshot: &Snapshot,
        term: Term,
        limit: usize,
    ) -> Result<Vec<DocAddress>, Error> {
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let found = snapshot
            .searcher
            .search(&query, &TopDocs::with_limit(limit).order_by_score())
            .map_err(Error::index(&self.folder))?;
        Ok(found.into_iter().map(|(_, address)| address).collect())
    }

    /// All passages of a revision, in order.
    ///
    /// # Errors
    /// When the engine cannot read its files.
    pub fn passages(&self, snapshot: &Snapshot, ordinal: u32) -> Result<Vec<Passage>, Error> {
        let count = snapshot
            .state
            .revisions
            .get(ordinal as usize)
            .map_or(0, |revision| revision.passages);
        (0..count)
            .filter_map(|order| self.passage(snapshot, ordinal, order).transpose())
            .collect()
    }

    /// The passage with this id (`corpus:document@revision:order`).
    ///
    /// # Errors
    /// When the engine cannot read its files.
    pub fn by_id(&self, snapshot: &Snapshot, id: &str) -> Result<Option<Passage>, Error> {
        let Some((head, order)) = id.rsplit_once(':') else {
            return Ok(None);
        };
        let Ok(order) = order.parse::<u32>() else {
            return Ok(None);
        };
        let revision = snapshot
            .state
            .revisions
            .iter()
            .find(|revision| self.id_head(revision) == head);
        match revision {
            Some(revision) => self.passage(snapshot, revision.ordinal, order),
            None => Ok(None),
        }
    }

    fn id_head(&self, revision: &Revision) -> String {
        let stem = revision
            .document
            .rsplit('/')
            .next()
            .unwrap_or(&revision.document);
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        let name = revision.meta.id.as_deref().unwrap_or(stem);
        format!("{}:{}@{}", self.corpus, name, &revision.hash)
    }

    fn stored(&self, snapshot: &Snapshot, address: DocAddress) -> Result<Stored, Error> {
        let document: TantivyDocument = snapshot
            .searcher
            .doc(address)
            .map_err(Error::index(&self.folder))?;
        let data = document
            .get_first(self.fields.data)
            .and_then(|value| value.as_bytes());
        data.and_then(|data| serde_json::from_slice(data).ok())
            .ok_or_else(|| Error::Mismatch {
                corpus: self.corpus.clone(),
                reason: "a stored passage cannot be decoded".into(),
            })
    }

    fn complete(
        &self,
        revision: &Revision,
        validity: Validity,
        stored: Stored,
        order: u32,
    ) -> Passage {
        let meta = &revision.meta;
        Passage {
            id: format!("{}:{order}", self.id_head(revision)),
            corpus: self.corpus.clone(),
            document: revision.document.clone(),
            title: revision.title.clone(),
            kind: stored.kind,
            path: stored.path,
            text: stored.text,
            start: stored.start,
            end: stored.end,
            year: stored.year,
            parts: stored.parts,
            links: stored.links,
            issuing_body: meta.issuing_body.clone(),
            document_type: meta.document_type.clone(),
            jurisdiction: meta.jurisdiction.clone(),
            document_number: meta.document_number.clone(),
            version_date: meta.version_date,
            effective_from: validity.from,
            effective_to: validity.to,
            repealed: validity.repealed,
            revision: revision.hash.clone(),
            ordinal: revision.ordinal,
            order,
        }
    }
}

impl Snapshot {
    /// SHA-256 of files and revisions: two corpora with the same one hold the same documents. Empty before the first
    /// commit.
    pub fn revision(&self) -> &str {
        self.payload.split_once(' ').map_or("", |(_, hash)| hash)
    }

    fn load(
        folder: &Path,
        corpus: &str,
        engine: &tantivy::Index,
        reader: &tantivy::IndexReader,
    ) -> Result<Self, Error> {
        // A writer may commit between two of these steps; what does not belong together is read again.
        for _ in 0..16 {
            let payload = state::payload(folder, engine)?;
            reader.reload().map_err(Error::index(folder))?;
            let state = match state::read(folder, &payload) {
                Ok(state) => state,
                Err(_) if state::payload(folder, engine)? != payload => continue,
                Err(reason) => {
                    return Err(Error::Mismatch {
                        corpus: corpus.to_owned(),
                        reason,
                    });
                }
            };
            if state::payload(folder, engine)? == payload {
                let (validities, titles) =
                    (validities(&state.revisions), Titles::of(&state.revisions));
                return Ok(Self {
                    searcher: reader.searcher(),
                    state,
                    validities,
                    titles,
                    payload,
                });
            }
        }
        Err(Error::Locked {
            corpus: corpus.to_owned(),
        })
    }
}

pub(crate) fn key(ordinal: u32, order: u32) -> String {
    format!("{ordinal}:{order}")
}

const ENGINE: &str = "engine";
