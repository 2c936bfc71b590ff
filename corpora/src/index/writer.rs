//! Adding documents. A commit holds whole documents only; until it is done nothing of them is visible.

use tantivy::directory::error::LockError;
use tantivy::indexer::NoMergePolicy;
use tantivy::{IndexWriter, TantivyDocument, TantivyError};

use super::{Index, State, key, state};
use crate::error::Error;
use crate::passage::{Stored, clause_of};
use crate::revision::Revision;

/// The one writer of a corpus. Dropping it discards what was not committed.
pub struct Writer<'a> {
    index: &'a Index,
    engine: IndexWriter,
    /// As it will be committed.
    pub(crate) state: State,
    number: u64,
    pending: usize,
}

/// Segments above which a commit joins them all. Joined by us and not in the background, so that the order of
/// documents, and with it every float sum, is the same from run to run.
const SEGMENTS: usize = 8;

/// Memory of the engine's writer, in bytes.
const MEMORY: usize = 64 << 20;

impl Index {
    /// Takes the corpus for writing.
    ///
    /// # Errors
    /// [`Error::Locked`] while another writer lives, in this process or another one.
    pub fn writer(&self) -> Result<Writer<'_>, Error> {
        let engine: IndexWriter =
            self.engine
                .writer_with_num_threads(1, MEMORY)
                .map_err(|error| match error {
                    TantivyError::LockFailure(LockError::LockBusy, _) => Error::Locked {
                        corpus: self.corpus.clone(),
                    },
                    other => Error::index(&self.folder)(other),
                })?;
        engine.set_merge_policy(Box::new(NoMergePolicy));
        let snapshot = self.snapshot()?;
        Ok(Writer {
            index: self,
            engine,
            state: snapshot.state.clone(),
            number: state::number(&snapshot.payload),
            pending: 0,
        })
    }
}

impl Writer<'_> {
    /// Adds a revision with its passages and what is asked about each. Its `ordinal` must be the number of revisions so far.
    ///
    /// # Errors
    /// When the engine cannot take a document.
    pub(crate) fn add(
        &mut self,
        revision: Revision,
        passages: &[Stored],
        asked: &[String],
    ) -> Result<(), Error> {
        let fields = self.index.fields;
        for (order, (passage, asked)) in passages.iter().zip(asked).enumerate() {
            let order = order as u32;
            let mut document = TantivyDocument::default();
            document.add_text(fields.key, key(revision.ordinal, order));
            if let Some(label) = clause_of(&passage.path) {
                document.add_text(fields.clause, format!("{}:{label}", revision.ordinal));
            }
            document.add_text(
                fields.body,
                format!(
                    "{}\n{}\n{}{asked}",
                    revision.title,
                    passage.path.join("\n"),
                    passage.text
                ),
            );
            document.add_u64(fields.ordinal, revision.ordinal.into());
            document.add_u64(fields.order, order.into());
            document.add_bytes(
                fields.data,
                &serde_json::to_vec(passage).expect("a passage serialises"),
            );
            self.engine
                .add_document(document)
                .map_err(Error::index(&self.index.folder))?;
        }
        self.pending += passages.len();
        self.state.revisions.push(revision);
        Ok(())
    }

    /// Passages added since the last commit.
    pub(crate) fn pending(&self) -> usize {
        self.pending
    }

    /// Makes everything added so far visible, at once or not at all.
    ///
    /// # Errors
    /// When the disk is full or the files cannot be written; then the previous commit stands.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        let folder = &self.index.folder;
        self.number += 1;
        let payload = state::prepare(folder, &self.state, self.number)?;
        let mut prepared = self.engine.prepare_commit().map_err(Error::index(folder))?;
        prepared.set_payload(&payload);
        prepared.commit().map_err(Error::index(folder))?;
        self.pending = 0;
        state::remove_others(folder, &payload);
        let segments = self
            .index
            .engine
            .searchable_segment_ids()
            .map_err(Error::index(folder))?;
        if segments.len() > SEGMENTS {
            self.engine
                .merge(&segments)
                .wait()
                .map_err(Error::index(folder))?;
        }
        Ok(())
    }
}
