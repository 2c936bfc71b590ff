//! `GET /v1/passages/{id}`: a clause with its neighbours and its wording in all revisions of the same work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use corpora::revision::{Force, Revision, Validity, work};
use corpora::{Index, Passage, Snapshot};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ErrorBody};
use super::extract::Path;
use crate::turn::Caller;

/// Neighbours on each side.
const NEIGHBOURS: u32 = 2;

/// A passage in its context.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PassageInContext {
    passage: PassageView,
    /// The passages before it, in the order of the document.
    before: Vec<Neighbour>,
    /// The passages behind it.
    after: Vec<Neighbour>,
    /// The same clause in every revision of the work, the newest first.
    revisions: Vec<ClauseRevision>,
}

/// A passage.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PassageView {
    id: String,
    corpus: String,
    document: String,
    title: String,
    /// `第二章 / 第十三条`.
    path: String,
    text: String,
    issuing_body: Option<String>,
    document_type: Option<String>,
    jurisdiction: Option<String>,
    document_number: Option<String>,
    #[schema(value_type = Option<String>)]
    version_date: Option<Date>,
    #[schema(value_type = Option<String>)]
    effective_from: Option<Date>,
    #[schema(value_type = Option<String>)]
    effective_to: Option<Date>,
    status: ValidityStatus,
    revision: String,
    /// Files with the same text.
    sources: Vec<String>,
}

/// A passage beside another one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Neighbour {
    id: String,
    path: String,
    text: String,
}

/// A clause in one revision.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClauseRevision {
    id: String,
    revision: String,
    #[schema(value_type = Option<String>)]
    effective_from: Option<Date>,
    #[schema(value_type = Option<String>)]
    effective_to: Option<Date>,
    status: ValidityStatus,
    path: String,
    text: String,
    /// Whether it is the passage that was asked for.
    current: bool,
}

/// Whether a revision is in force today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ValidityStatus {
    /// In force, or without a period of validity.
    Current,
    /// A newer revision applies.
    Superseded,
    /// 废止.
    Repealed,
    /// 尚未施行.
    NotYet,
}

/// Reads a passage.
#[utoipa::path(
    get,
    path = "/v1/passages/{id}",
    params(("id" = String, Path, description = "Identifier of the passage, percent-encoded")),
    responses((status = 200, body = PassageInContext), (status = 404, description = "Not there, or not for this caller", body = ErrorBody))
)]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PassageInContext>, ApiError> {
    let work = move || {
        let retriever = shared.app.world(caller.role).retriever;
        let found = retriever.by_id(&id)?;
        let (index, snapshot, passage) = found.ok_or_else(|| {
            ApiError::not_found("unknown_passage", "没有这条原文，或者您无权查看。")
        })?;
        in_context(&index, &snapshot, passage, shared.app.today())
    };
    // The index is read from disk.
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ApiError::internal())?
        .map(Json)
}

fn in_context(
    index: &Index,
    snapshot: &Snapshot,
    passage: Passage,
    today: Date,
) -> Result<PassageInContext, ApiError> {
    let neighbours = |orders: std::ops::Range<u32>| -> Result<Vec<Neighbour>, ApiError> {
        let found = orders.map(|order| index.passage(snapshot, passage.ordinal, order));
        let found = found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        Ok(found
            .map(|passage| Neighbour {
                path: passage.path_text(),
                id: passage.id,
                text: passage.text,
            })
            .collect())
    };
    let before = neighbours(passage.order.saturating_sub(NEIGHBOURS)..passage.order)?;
    let after = neighbours(passage.order + 1..passage.order + 1 + NEIGHBOURS)?;
    let revisions = clause_revisions(index, snapshot, &passage, today)?;
    let at = passage.ordinal as usize;
    let (revision, validity) = (&snapshot.state.revisions[at], snapshot.validities[at]);
    let view = PassageView {
        path: passage.path_text(),
        status: status(revision, validity, today),
        sources: revision.sources.clone(),
        id: passage.id,
        corpus: passage.corpus,
        document: passage.document,
        title: passage.title,
        text: passage.text,
        issuing_body: passage.issuing_body,
        document_type: passage.document_type,
        jurisdiction: passage.jurisdiction,
        document_number: passage.document_number,
        version_date: passage.version_date,
        effective_from: passage.effective_from,
        effective_to: passage.effective_to,
        revision: passage.revision,
    };
    Ok(PassageInContext {
        passage: view,
        before,
        after,
        revisions,
    })
}

/// The clause of `passage` in each revision of the same work; where there are no clauses, the section of the same path.
fn clause_revisions(
    index: &Index,
    snapshot: &Snapshot,
    passage: &Passage,
    today: Date,
) -> Result<Vec<ClauseRevision>, ApiError> {
    let own = &snapshot.state.revisions[passage.ordinal as usize];
    let name = work(&own.title, &own.meta);
    let mut found = Vec::new();
    for (revision, &validity) in snapshot.state.revisions.iter().zip(&snapshot.validities) {
        if work(&revision.title, &revision.meta) != name {
            continue;
        }
        let current = revision.ordinal == passage.ordinal;
        let pieces = match passage.clause() {
            _ if current => vec![passage.clone()],
            Some(clause) => index.clause(snapshot, revision.ordinal, clause)?,
            None => {
                let all = index.passages(snapshot, revision.ordinal)?;
                all.into_iter()
                    .filter(|other| other.path == passage.path)
                    .collect()
            }
        };
        let Some(first) = pieces.first() else {
            continue;
        };
        found.push(ClauseRevision {
            id: first.id.clone(),
            revision: revision.hash.clone(),
            effective_from: validity.from,
            effective_to: validity.to,
            status: status(revision, validity, today),
            path: first.path_text(),
            text: pieces
                .iter()
                .map(|piece| piece.text.as_str())
                .collect::<Vec<_>>()
                .join("\n"),
            current,
        });
    }
    // Undated ones keep the order in which they were read.
    found.reverse();
    found.sort_by_key(|revision| std::cmp::Reverse(revision.effective_from));
    Ok(found)
}

fn status(revision: &Revision, validity: Validity, today: Date) -> ValidityStatus {
    match validity.on(today, today) {
        Force::InForce | Force::Undated => ValidityStatus::Current,
        Force::NotYet => ValidityStatus::NotYet,
        Force::Repealed => ValidityStatus::Repealed,
        Force::Ended => {
            let repealed = validity.repealed
                || (validity.to.is_some() && validity.to == revision.meta.repealed_on);
            if repealed && !validity.replaced {
                ValidityStatus::Repealed
            } else {
                ValidityStatus::Superseded
            }
        }
    }
}
