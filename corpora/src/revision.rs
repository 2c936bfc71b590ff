//! Revisions of documents and when each applies. The as-of date picks among them; nothing is ever overwritten.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::fold::fold;
use crate::ledger::Ledger;
use crate::meta::{Meta, Status};

/// One text of one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Number of the revision in its corpus, in the order of ingestion.
    pub ordinal: u32,
    /// The file it was first read from, relative to the folder.
    pub document: String,
    /// Title to show.
    pub title: String,
    /// First 12 hexadecimal digits of the SHA-256 of the folded source text.
    pub hash: String,
    /// What the file or the corpus manifest says of it.
    pub meta: Meta,
    /// How many passages it has.
    pub passages: u32,
    /// Where its characters went.
    pub ledger: Ledger,
    /// Every file with the same text, the first one included.
    pub sources: Vec<String>,
    /// Hashes of its long paragraphs, for documents without articles: later copies are recognised by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paragraphs: Vec<u64>,
    /// Hash of what people ask about it, as it was when it was read; empty if nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub asked: String,
}

/// When a revision applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    /// First day, if known.
    pub from: Option<Date>,
    /// First day after the end, if it ended.
    pub to: Option<Date>,
    /// 废止 without a known date.
    pub repealed: bool,
    /// An undated text of the same file came later.
    pub replaced: bool,
}

/// Whether a revision may be used for a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// It applies on that day.
    InForce,
    /// It has no validity period.
    Undated,
    /// It applies later.
    NotYet,
    /// It no longer applies.
    Ended,
    /// It was in force at some time, 废止 since; when is unknown. For a past date only, with a warning.
    Repealed,
}

impl Validity {
    /// Whether it applies on `as_of`; `today` tells past questions from current ones.
    pub fn on(&self, as_of: Date, today: Date) -> Force {
        if self.replaced {
            return Force::Ended;
        }
        if self.from.is_some_and(|from| as_of < from) {
            return Force::NotYet;
        }
        if self.to.is_some_and(|to| as_of >= to) {
            return Force::Ended;
        }
        if self.repealed {
            return if as_of < today {
                Force::Repealed
            } else {
                Force::Ended
            };
        }
        match self.from {
            Some(_) => Force::InForce,
            None => Force::Undated,
        }
    }
}

/// The name under which revisions of the same document meet: the folded title without 中华人民共和国, marks and blanks,
/// with the place where it applies.
pub fn work(title: &str, meta: &Meta) -> String {
    let title = short_title(title);
    match &meta.jurisdiction {
        Some(place) => format!("{}|{}", fold(place), title),
        None => title,
    }
}

/// Folded title as people say it: without 中华人民共和国, 《》, year in brackets and blanks.
pub fn short_title(title: &str) -> String {
    let folded: String = fold(title)
        .chars()
        .filter(|character| character.is_alphanumeric() || "()".contains(*character))
        .collect();
    let folded = folded.strip_prefix("中华人民共和国").unwrap_or(&folded);
    match folded.find('(') {
        Some(bracket)
            if folded[bracket..].contains(['修', '年', '1', '2', '试']) && bracket > 0 =>
        {
            folded[..bracket].to_owned()
        }
        _ => folded
            .chars()
            .filter(|character| !"()".contains(*character))
            .collect(),
    }
}

/// Works out when each revision applies, from its own dates and from its successors.
///
/// A text with a successor ends on the day the successor takes effect, even if its own file names the day of the
/// amendment: between amendment and 施行 the old text still applies.
pub fn validities(revisions: &[Revision]) -> Vec<Validity> {
    let mut works: HashMap<String, Vec<usize>> = HashMap::new();
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, revision) in revisions.iter().enumerate() {
        works
            .entry(work(&revision.title, &revision.meta))
            .or_default()
            .push(index);
        files.entry(&revision.document).or_default().push(index);
    }
    let mut validities: Vec<Validity> = revisions
        .iter()
        .map(|revision| Validity {
            from: revision.meta.effective_date,
            to: [revision.meta.superseded_on, revision.meta.repealed_on]
                .into_iter()
                .flatten()
                .min(),
            repealed: revision.meta.status == Some(Status::Repealed)
                && revision.meta.repealed_on.is_none(),
            replaced: false,
        })
        .collect();
    for members in works.values() {
        for &member in members {
            let Some(from) = validities[member].from else {
                continue;
            };
            let successor = members
                .iter()
                .filter_map(|&other| revisions[other].meta.effective_date)
                .filter(|&date| date > from)
                .min();
            let repealed_on = revisions[member].meta.repealed_on;
            if let Some(date) = successor
                && repealed_on.is_none_or(|end| date < end)
            {
                validities[member].to = Some(date);
            }
        }
        let newest = |from: Option<Date>| {
            members
                .iter()
                .copied()
                .filter(|&other| revisions[other].meta.effective_date == from)
                .max()
        };
        for &member in members {
            // The same file was read again with the same (or no) 施行 date: a correction, the later text stands.
            let same_file = |other: usize| revisions[other].document == revisions[member].document;
            if newest(validities[member].from).is_some_and(|last| last > member && same_file(last))
            {
                validities[member].replaced = true;
            }
        }
    }
    for members in files.values() {
        for pair in members.windows(2) {
            if validities[pair[0]].from.is_none() && validities[pair[1]].from.is_none() {
                validities[pair[0]].replaced = true;
            }
        }
    }
    validities
}
