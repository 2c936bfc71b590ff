//! What changed between two revisions of a document, clause by clause.

use serde::Serialize;

use crate::passage::Passage;

/// A changed clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Clause label or path.
    pub clause: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The old text.
    pub before: Option<String>,
    /// The new text.
    pub after: Option<String>,
}

/// What happened to a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Only in the new revision.
    Added,
    /// Only in the old revision.
    Removed,
    /// In both, worded differently.
    Changed,
    /// The same words under another number.
    Renumbered,
}

/// Compares by clause label; a clause whose words only moved is renumbered. Notes are not compared.
pub fn diff(before: &[Passage], after: &[Passage]) -> Vec<Change> {
    let old = clauses(before);
    let new = clauses(after);
    let mut changes = Vec::new();
    let same_words = |text: &str, side: &[(String, String)], other: &[(String, String)]| {
        side.iter()
            .find(|(label, words)| {
                words == text
                    && other
                        .iter()
                        .all(|(kept, kept_words)| kept != label || kept_words != words)
            })
            .map(|(label, _)| label.clone())
    };
    for (label, text) in &new {
        let change = match old.iter().find(|(other, _)| other == label) {
            Some((_, before)) if before == text => continue,
            found => found,
        };
        if let Some(from) = same_words(text, &old, &new) {
            changes.push(Change {
                clause: format!("{from} → {label}"),
                kind: ChangeKind::Renumbered,
                before: None,
                after: Some(text.clone()),
            });
            continue;
        }
        let moved_away = change.is_some_and(|(_, before)| same_words(before, &new, &old).is_some());
        let before = change
            .filter(|_| !moved_away)
            .map(|(_, before)| before.clone());
        let kind = if before.is_some() {
            ChangeKind::Changed
        } else {
            ChangeKind::Added
        };
        changes.push(Change {
            clause: label.clone(),
            kind,
            before,
            after: Some(text.clone()),
        });
    }
    for (label, text) in &old {
        let gone = new.iter().all(|(other, _)| other != label);
        if gone && same_words(text, &new, &old).is_none() {
            changes.push(Change {
                clause: label.clone(),
                kind: ChangeKind::Removed,
                before: Some(text.clone()),
                after: None,
            });
        }
    }
    changes
}

/// Label and text of each clause; pieces of one clause are joined.
fn clauses(passages: &[Passage]) -> Vec<(String, String)> {
    let mut clauses: Vec<(String, String)> = Vec::new();
    for passage in passages
        .iter()
        .filter(|passage| passage.kind != crate::chunk::ChunkKind::Note)
    {
        let label = passage
            .clause()
            .map_or_else(|| passage.path_text(), str::to_owned);
        match clauses.last_mut() {
            Some((last, text)) if *last == label => {
                text.push('\n');
                text.push_str(&passage.text);
            }
            _ => clauses.push((label, passage.text.clone())),
        }
    }
    clauses
}
