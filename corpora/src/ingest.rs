//! From a folder of files to a corpus: read, cut, account for every character, store whole documents.
//!
//! Ingestion may be stopped or killed at any point; what was committed stays, and the same call goes on from there.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use crate::asked::Candidate;
use crate::chunk::{ChunkKind, Chunked, chunk};
use crate::error::Error;
use crate::fold::fold;
use crate::index::{FileRecord, Index, Writer, sha256};
use crate::ledger::Ledger;
use crate::manifest::Manifest;
use crate::passage::Stored;
use crate::read::read_bytes;
use crate::revision::Revision;
use crate::source::{DropReason, Dropped, Source};

/// A file to ingest.
pub struct Input {
    /// Path relative to the folder, with `/`.
    pub file: String,
    /// Where its bytes are.
    pub content: Content,
}

/// Bytes of an input.
pub enum Content {
    /// On disk.
    Path(PathBuf),
    /// In the program.
    Bytes(Cow<'static, [u8]>),
}

/// What a run of [`ingest`] did. Counts are of the files of this run, whether they were new or unchanged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Report {
    /// Name of the corpus.
    pub corpus: String,
    /// Files looked at.
    pub files: usize,
    /// Documents (revisions) that these files hold.
    pub documents: usize,
    /// Passages of these documents.
    pub passages: usize,
    /// Files read in this run.
    pub new: usize,
    /// Files which were already there with the same bytes.
    pub unchanged: usize,
    /// Files whose text another file holds already.
    pub duplicates: Vec<Duplicate>,
    /// Files that could not be read.
    pub failed: Vec<Failed>,
    /// Where the characters of these documents went.
    pub ledger: Ledger,
    /// The ledger of each document.
    pub ledgers: Vec<FileLedger>,
    /// How many of these documents are found by other questions than those that are known now, until they are read anew.
    pub asked_otherwise: usize,
    /// Wall-clock time.
    pub seconds: f64,
}

/// A file with the text of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Duplicate {
    /// The file.
    pub file: String,
    /// The file that was first.
    pub of: String,
}

/// A file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Failed {
    /// The file.
    pub file: String,
    /// What was wrong and what to do.
    pub reason: String,
}

/// The ledger of one file.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct FileLedger {
    /// The file.
    pub file: String,
    /// Its passages.
    pub passages: u32,
    /// Its characters.
    pub ledger: Ledger,
}

/// What is going on, for a progress bar.
pub struct Progress<'a> {
    /// Files done.
    pub done: usize,
    /// Files in all.
    pub total: usize,
    /// The file at hand.
    pub file: &'a str,
}

/// Passages after which documents become visible; also at the end.
const BATCH: usize = 8_000;

/// Paragraphs below this many folded characters are not compared with other documents.
const LONG: usize = 60;

/// The files of `folder`, in the order of their names, also those of formats that cannot be read: they are reported
/// when they are ingested. Hidden files and the corpus manifest are left out, links are not followed.
///
/// # Errors
/// [`Error::Io`] when `folder` cannot be listed. A single file is accepted in place of a folder.
pub fn inputs(folder: &Path) -> Result<Vec<Input>, Error> {
    let metadata = std::fs::metadata(folder).map_err(Error::io(folder))?;
    let mut found = Vec::new();
    if metadata.is_file() {
        let file = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        return Ok(vec![Input {
            file,
            content: Content::Path(folder.to_owned()),
        }]);
    }
    let mut pending = vec![folder.to_owned()];
    while let Some(place) = pending.pop() {
        for entry in std::fs::read_dir(&place).map_err(Error::io(&place))? {
            let entry = entry.map_err(Error::io(&place))?;
            let kind = entry.file_type().map_err(Error::io(entry.path()))?;
            let name = entry.file_name();
            let hidden = name.to_string_lossy().starts_with(['.', '~']) || name == "corpus.toml";
            if kind.is_dir() && !hidden {
                pending.push(entry.path());
            } else if kind.is_file() && !hidden {
                let relative = entry
                    .path()
                    .strip_prefix(folder)
                    .map(Path::to_owned)
                    .unwrap_or_default();
                let file = relative
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy())
                    .collect::<Vec<_>>()
                    .join("/");
                found.push(Input {
                    file,
                    content: Content::Path(entry.path()),
                });
            }
        }
    }
    found.sort_by(|left, right| left.file.cmp(&right.file));
    Ok(found)
}

/// Ingests `inputs` into `index`. `go_on` is asked before each file, with the progress; `false` stops cleanly.
///
/// # Errors
/// [`Error::Locked`], [`Error::Stopped`], and failures of the disk. A file that cannot be read is not an error; it is
/// named in the report.
pub fn ingest(
    index: &Index,
    inputs: &[Input],
    manifest: &Manifest,
    go_on: &mut dyn FnMut(Progress<'_>) -> bool,
) -> Result<Report, Error> {
    let started = Instant::now();
    let mut report = Report {
        corpus: index.corpus().to_owned(),
        files: inputs.len(),
        ..Report::default()
    };
    let mut run = Run {
        writer: None,
        index,
        manifest,
        known: None,
    };
    let mut ordinals = BTreeMap::new();
    for (done, input) in inputs.iter().enumerate() {
        if !go_on(Progress {
            done,
            total: inputs.len(),
            file: &input.file,
        }) {
            run.commit()?;
            return Err(Error::Stopped);
        }
        match run.file(input)? {
            Outcome::Unchanged(ordinal) => {
                report.unchanged += 1;
                ordinals.insert(ordinal, ());
            }
            Outcome::New(ordinal) => {
                report.new += 1;
                ordinals.insert(ordinal, ());
            }
            Outcome::Failed(reason) => report.failed.push(Failed {
                file: input.file.clone(),
                reason,
            }),
        }
        if run
            .writer
            .as_ref()
            .is_some_and(|writer| writer.pending() >= BATCH)
        {
            run.commit()?;
        }
    }
    run.commit()?;
    let snapshot = index.snapshot()?;
    for input in inputs {
        if let Some(record) = snapshot
            .state
            .files
            .get(&input.file)
            .filter(|record| record.duplicate)
        {
            let of = snapshot.state.revisions[record.ordinal as usize]
                .document
                .clone();
            report.duplicates.push(Duplicate {
                file: input.file.clone(),
                of,
            });
        }
    }
    for &ordinal in ordinals.keys() {
        let revision = &snapshot.state.revisions[ordinal as usize];
        report.documents += 1;
        let otherwise = revision.asked != index.asked().digest_of(&revision.title);
        report.asked_otherwise += usize::from(otherwise);
        report.passages += revision.passages as usize;
        report.ledger += &revision.ledger;
        report.ledgers.push(FileLedger {
            file: revision.document.clone(),
            passages: revision.passages,
            ledger: revision.ledger.clone(),
        });
    }
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

enum Outcome {
    Unchanged(u32),
    New(u32),
    Failed(String),
}

struct Run<'a> {
    index: &'a Index,
    /// Taken with the first file that has to be written: a run with nothing to do writes nothing.
    writer: Option<Writer<'a>>,
    manifest: &'a Manifest,
    /// Paragraphs of undated documents without articles, by hash.
    known: Option<HashMap<u64, u32>>,
}

impl Run<'_> {
    fn commit(&mut self) -> Result<(), Error> {
        self.writer.as_mut().map_or(Ok(()), Writer::commit)
    }

    fn file(&mut self, input: &Input) -> Result<Outcome, Error> {
        let bytes = match &input.content {
            Content::Bytes(bytes) => Cow::Borrowed(bytes.as_ref()),
            Content::Path(path) => match crate::read::load(path) {
                Ok(bytes) => Cow::Owned(bytes),
                Err(error) => return Ok(Outcome::Failed(error.to_string())),
            },
        };
        let given = self.manifest.meta(&input.file);
        let mut identity = sha256(&bytes);
        if let Some(meta) = given {
            identity = sha256(
                format!(
                    "{identity}{}",
                    serde_json::to_string(meta).expect("metadata serialises")
                )
                .as_bytes(),
            );
        }
        let snapshot = self.index.snapshot()?;
        let files = self
            .writer
            .as_ref()
            .map_or(&snapshot.state.files, |writer| &writer.state.files);
        if let Some(record) = files
            .get(&input.file)
            .filter(|record| record.sha256 == identity)
        {
            return Ok(Outcome::Unchanged(record.ordinal));
        }
        let mut source = match read_bytes(&input.file, &bytes) {
            Ok(source) => source,
            Err(error) => return Ok(Outcome::Failed(error.to_string())),
        };
        if let Some(meta) = given {
            source.meta = std::mem::take(&mut source.meta).or(meta);
        }
        if self.writer.is_none() {
            self.writer = Some(self.index.writer()?);
        }
        self.store(input, identity, &source)
    }

    fn store(
        &mut self,
        input: &Input,
        identity: String,
        source: &Source,
    ) -> Result<Outcome, Error> {
        let writer = self.writer.as_mut().expect("taken before a file is stored");
        let hash = text_hash(source);
        let same = |revision: &&mut Revision| {
            revision.hash == hash && revision.meta.effective_date == source.meta.effective_date
        };
        if let Some(revision) = writer.state.revisions.iter_mut().find(same) {
            let ordinal = revision.ordinal;
            if !revision.sources.contains(&input.file) {
                revision.sources.push(input.file.clone());
            }
            // The same text with other metadata corrects the metadata.
            if revision.document == input.file {
                revision.meta = source.meta.clone();
            }
            let duplicate = revision.document != input.file;
            writer.state.files.insert(
                input.file.clone(),
                FileRecord {
                    sha256: identity,
                    ordinal,
                    duplicate,
                },
            );
            return Ok(Outcome::New(ordinal));
        }
        let ordinal = writer.state.revisions.len() as u32;
        let mut chunked = chunk(source);
        let known = self
            .known
            .get_or_insert_with(|| paragraphs_of(&writer.state.revisions));
        let comparable = source.meta.effective_date.is_none()
            && chunked
                .chunks
                .iter()
                .all(|chunk| chunk.kind != ChunkKind::Clause);
        let mut paragraphs = Vec::new();
        if comparable {
            let earlier: HashMap<u64, u32> = known.clone();
            let originals = drop_known(source, &mut chunked, &earlier, &mut paragraphs);
            for original in originals {
                let sources = &mut writer.state.revisions[original as usize].sources;
                if !sources.contains(&input.file) {
                    sources.push(input.file.clone());
                }
            }
            known.extend(paragraphs.iter().map(|&paragraph| (paragraph, ordinal)));
        }
        let ledger = match Ledger::of(source, &chunked) {
            Ok(ledger) => ledger,
            Err(error) => {
                return Ok(Outcome::Failed(format!(
                    "{error}\nhint: this is a fault of the program; please report the file"
                )));
            }
        };
        let passages = stored(source, &chunked);
        let title = if chunked.title.is_empty() {
            stem(&input.file).to_owned()
        } else {
            chunked.title
        };
        let revision = Revision {
            ordinal,
            document: input.file.clone(),
            asked: self.index.asked().digest_of(&title),
            title,
            hash,
            meta: source.meta.clone(),
            passages: passages.len() as u32,
            ledger,
            sources: vec![input.file.clone()],
            paragraphs,
        };
        let candidates: Vec<Candidate<'_>> = passages
            .iter()
            .map(|passage| Candidate {
                title: &revision.title,
                text: &passage.text,
            })
            .collect();
        let asked = self.index.asked().about(&candidates);
        writer.add(revision, &passages, &asked)?;
        writer.state.files.insert(
            input.file.clone(),
            FileRecord {
                sha256: identity,
                ordinal,
                duplicate: false,
            },
        );
        Ok(Outcome::New(ordinal))
    }
}

/// A file's name without folder and extension: the title of a document that names none.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// First 12 digits of the SHA-256 of the folded text without front matter and blanks: encodings, scripts and widths of
/// the same text agree.
fn text_hash(source: &Source) -> String {
    let (mut bare, mut at) = (String::with_capacity(source.text.len()), 0);
    let unseen = |dropped: &&Dropped| {
        matches!(
            dropped.reason,
            DropReason::FrontMatter | DropReason::Invisible
        )
    };
    for dropped in source.dropped.iter().filter(unseen) {
        bare.extend(source.text[at..dropped.range.start].split_whitespace());
        at = dropped.range.end;
    }
    bare.extend(source.text[at..].split_whitespace());
    let mut hash = sha256(fold(&bare).as_bytes());
    hash.truncate(12);
    hash
}

fn paragraphs_of(revisions: &[Revision]) -> HashMap<u64, u32> {
    revisions
        .iter()
        .flat_map(|revision| {
            revision
                .paragraphs
                .iter()
                .map(|&hash| (hash, revision.ordinal))
        })
        .collect()
}

/// Takes paragraphs that another document holds out of `chunked`; the rest are pushed to `fresh`. Returns the ordinals
/// of the documents that hold them.
fn drop_known(
    source: &Source,
    chunked: &mut Chunked,
    known: &HashMap<u64, u32>,
    fresh: &mut Vec<u64>,
) -> Vec<u32> {
    let mut originals = Vec::new();
    for chunk in &mut chunked.chunks {
        if chunk.kind != ChunkKind::Section {
            continue;
        }
        let (mut text, mut spans, mut removed) = (String::new(), Vec::new(), false);
        let mut pending = chunk.spans.iter().cloned();
        let mut rest: Option<std::ops::Range<usize>> = None;
        for paragraph in chunk.text.split('\n') {
            let mut missing = paragraph.len();
            let mut own = Vec::new();
            while missing > 0 {
                let Some(span) = rest.take().or_else(|| pending.next()) else {
                    break;
                };
                let end = span.end.min(span.start + missing);
                missing -= end - span.start;
                own.push(span.start..end);
                if end < span.end {
                    rest = Some(end..span.end);
                }
            }
            let folded: String = fold(paragraph)
                .chars()
                .filter(|character| character.is_alphanumeric())
                .collect();
            let hash = u64::from_str_radix(&sha256(folded.as_bytes())[..16], 16)
                .expect("16 hexadecimal digits fit");
            let long = folded.chars().count() >= LONG;
            if let Some(&original) = known.get(&hash).filter(|_| long) {
                chunked.dropped.extend(own.into_iter().map(|range| Dropped {
                    range,
                    reason: DropReason::Duplicate,
                }));
                originals.push(original);
                removed = true;
                continue;
            }
            if long {
                fresh.push(hash);
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(paragraph);
            spans.extend(own);
        }
        if removed {
            chunk.text = text;
            chunk.spans = spans;
            // Their byte ranges no longer fit, and such documents have no articles to refer to.
            chunk.parts.clear();
            chunk.links.clear();
        }
    }
    chunked.chunks.retain(|chunk| !chunk.text.is_empty());
    chunked.dropped.sort_by_key(|dropped| dropped.range.start);
    debug_assert!(
        chunked
            .dropped
            .last()
            .is_none_or(|dropped| dropped.range.end <= source.text.len())
    );
    originals.sort_unstable();
    originals.dedup();
    originals
}

fn stored(source: &Source, chunked: &Chunked) -> Vec<Stored> {
    // Spans ascend, so one walk over the text turns bytes into characters.
    let (mut byte, mut characters) = (0, 0);
    let mut count = |to: usize| {
        if to >= byte {
            characters += source.text[byte..to].chars().count();
            byte = to;
            characters
        } else {
            source.text[..to].chars().count()
        }
    };
    let years: Vec<(usize, i16)> = if source.meta.effective_date.is_none() {
        years(&source.text)
    } else {
        Vec::new()
    };
    let passages = chunked.chunks.iter().map(|chunk| {
        let first = chunk.spans.first().map_or(0, |span| span.start);
        let start = count(chunk.spans.first().map_or(0, |span| span.start));
        let end = count(chunk.spans.last().map_or(0, |span| span.end));
        Stored {
            kind: chunk.kind,
            path: chunk.path.clone(),
            text: chunk.text.clone(),
            start,
            end,
            year: years[..years.partition_point(|(at, _)| *at < first)]
                .last()
                .map(|(_, year)| *year),
            parts: chunk.parts.clone(),
            links: chunk.links.clone(),
        }
    });
    passages.collect()
}

/// Years in a text, with the byte where each stands.
fn years(text: &str) -> Vec<(usize, i16)> {
    let digits = |at: usize| {
        text.get(at - 4..at)
            .and_then(|year| year.parse::<i16>().ok())
    };
    let named = text.match_indices('年').filter(|(at, _)| *at >= 4);
    named
        .filter_map(|(at, _)| Some((at, digits(at).filter(|year| (1900..2100).contains(year))?)))
        .collect()
}
