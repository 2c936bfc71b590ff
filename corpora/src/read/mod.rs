//! Files in, [`Source`] out: the format is chosen by extension, and bad input is an error that a person can act on.
//!
//! Readers decode and order text; they do not look for clauses or sections, which is the work of [`crate::chunk`].
//! Everything visible in a file is in [`Source::text`]; what is not content is listed in [`Source::dropped`].
//! Formats which need a foreign parser are read on a thread of their own with a deadline, because a hostile file may
//! make such a parser panic, overflow its stack or run for hours.

mod docx;
mod draft;
mod encoding;
mod html;
mod markdown;
mod package;
mod pdf;
#[cfg(test)]
mod tests;
mod text;
mod xlsx;

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::source::{Format, Source};

/// Stack of the thread that runs a foreign parser; only the pages it touches take memory.
const STACK: usize = 64 << 20;

/// Reads a file within the default [`Limits`].
///
/// # Errors
/// See [`ReadError`]; every variant says what to do next.
pub fn read(path: &Path) -> Result<Source, ReadError> {
    let name = path.display().to_string();
    if !is_readable(path) {
        return Err(ReadError::UnknownFormat { name });
    }
    read_bytes(&name, &load(path)?)
}

/// The bytes of a file, at most as many as the default [`Limits`] allow.
///
/// # Errors
/// [`ReadError::NotFound`], [`ReadError::Io`] and [`ReadError::TooLarge`].
pub fn load(path: &Path) -> Result<Vec<u8>, ReadError> {
    let limits = Limits::default();
    let failed = |source: std::io::Error| {
        let path = path.display().to_string();
        match source.kind() {
            std::io::ErrorKind::NotFound => ReadError::NotFound { path },
            _ => ReadError::Io { path, source },
        }
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file of exactly the limit from a longer one, also for a pipe or a growing file.
    file.take(limits.file_bytes as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    within(bytes.len(), &limits)?;
    Ok(bytes)
}

fn within(length: usize, limits: &Limits) -> Result<(), ReadError> {
    if length <= limits.file_bytes {
        return Ok(());
    }
    Err(ReadError::TooLarge {
        what: "the file",
        limit: limits.file_bytes,
        unit: "bytes",
    })
}

/// Reads bytes as if they were a file called `name`, within the default [`Limits`].
///
/// # Errors
/// See [`ReadError`].
pub fn read_bytes(name: &str, bytes: &[u8]) -> Result<Source, ReadError> {
    read_bytes_within(name, bytes, &Limits::default())
}

/// Reads bytes as if they were a file called `name`.
///
/// # Errors
/// See [`ReadError`].
pub fn read_bytes_within(name: &str, bytes: &[u8], limits: &Limits) -> Result<Source, ReadError> {
    let format = format_of(Path::new(name)).ok_or_else(|| ReadError::UnknownFormat {
        name: name.to_owned(),
    })?;
    within(bytes.len(), limits)?;
    match format {
        Format::Markdown => markdown::read(bytes, limits),
        Format::Text => text::read(bytes, limits),
        Format::Html => apart(bytes, limits, html::read),
        Format::Docx => apart(bytes, limits, docx::read),
        Format::Xlsx => apart(bytes, limits, xlsx::read),
        Format::Pdf => apart(bytes, limits, pdf::read),
    }
}

/// Whether the extension of `path` is that of a format that can be read. The file is not opened.
pub fn is_readable(path: &Path) -> bool {
    format_of(path).is_some()
}

fn format_of(path: &Path) -> Option<Format> {
    let extension = path
        .extension()
        .and_then(OsStr::to_str)?
        .to_ascii_lowercase();
    Some(match extension.as_str() {
        "md" | "markdown" => Format::Markdown,
        "txt" => Format::Text,
        "html" | "htm" => Format::Html,
        "docx" => Format::Docx,
        "xlsx" => Format::Xlsx,
        "pdf" => Format::Pdf,
        _ => return None,
    })
}

/// What a file may cost. The defaults suit every document that an office publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file.
    pub file_bytes: usize,
    /// Size of all parts of a package (DOCX, XLSX) that are inflated, and of all streams of a PDF that are read.
    pub unzipped_bytes: usize,
    /// Size of one inflated part or stream.
    pub part_bytes: usize,
    /// How many times larger than its compressed form a part may become; parts below 1 MB are not asked.
    pub ratio: usize,
    /// Depth of nested elements.
    pub depth: usize,
    /// Number of elements of an HTML page.
    pub elements: usize,
    /// Characters of the text.
    pub characters: usize,
    /// How long a foreign parser may take.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            unzipped_bytes: 256 << 20,
            part_bytes: 64 << 20,
            ratio: 200,
            depth: 256,
            elements: 200_000,
            characters: 32_000_000,
            deadline: Duration::from_secs(5),
        }
    }
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("`{path}` was not found\nhint: check the path")]
    NotFound {
        /// As given.
        path: String,
    },
    /// The file exists but the system does not hand it over.
    #[error("`{path}` could not be opened\nhint: check that it is a file and that you may read it")]
    Io {
        /// As given.
        path: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file or what is in it exceeds a limit.
    #[error("{what} is larger than {limit} {unit}\nhint: split the document into parts")]
    TooLarge {
        /// What was measured.
        what: &'static str,
        /// The largest size that is read.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// The extension is not one of those that can be read.
    #[error("`{name}` has no known format\nhint: save it as md, txt, html, docx, xlsx or pdf")]
    UnknownFormat {
        /// As given.
        name: String,
    },
    /// The bytes are no text in an encoding that is known.
    #[error(
        "the text is neither valid UTF-8 (up to byte {offset}) nor UTF-16 or GB18030\nhint: save it again as UTF-8"
    )]
    Encoding {
        /// The first byte that is not UTF-8.
        offset: usize,
    },
    /// A password is needed to open the file.
    #[error("the file is protected by a password\nhint: save a copy without the password")]
    Encrypted,
    /// The pages are pictures.
    #[error(
        "the file holds pictures of {pages} pages and no text\nhint: run text recognition (OCR) on it and save the result"
    )]
    Scanned {
        /// Pages without text.
        pages: usize,
    },
    /// The file is built to exhaust the reader.
    #[error(
        "the file was refused: {what}\nhint: if it comes from a trusted source, open it in its program and save it again"
    )]
    Unsafe {
        /// What was found.
        what: String,
    },
    /// The file is damaged, or is not what its extension says.
    #[error(
        "{what} ({place})\nhint: correct the file, or open it in its program and save it again"
    )]
    Malformed {
        /// What was found.
        what: String,
        /// Line, part or page.
        place: String,
    },
    /// Reading took too long.
    #[error(
        "reading was stopped after {seconds} seconds\nhint: save the document again in a simpler form, or split it"
    )]
    Timeout {
        /// The deadline.
        seconds: u64,
    },
}

impl ReadError {
    fn malformed(what: impl Into<String>, place: impl Into<String>) -> Self {
        Self::Malformed {
            what: what.into(),
            place: place.into(),
        }
    }
}

/// What a reader on its own thread may spend, and the word that nobody waits for it any more.
struct Allowance {
    limits: Limits,
    stopped: Arc<AtomicBool>,
}

impl Allowance {
    /// Fails when the deadline has passed, so that a long loop ends soon after its caller went away.
    fn check(&self) -> Result<(), ReadError> {
        if self.stopped.load(Ordering::Relaxed) {
            Err(timeout(&self.limits))
        } else {
            Ok(())
        }
    }
}

fn timeout(limits: &Limits) -> ReadError {
    ReadError::Timeout {
        seconds: limits.deadline.as_secs(),
    }
}

/// Runs a reader on a thread of its own. A panic becomes [`ReadError::Malformed`]. After the deadline the thread is told
/// to stop; it ends at its next [`Allowance::check`], at the latest when the foreign parser returns.
fn apart(
    bytes: &[u8],
    limits: &Limits,
    reader: fn(&[u8], &Allowance) -> Result<Source, ReadError>,
) -> Result<Source, ReadError> {
    let stopped = Arc::new(AtomicBool::new(false));
    let allowance = Allowance {
        limits: limits.clone(),
        stopped: Arc::clone(&stopped),
    };
    let (sender, receiver) = sync_channel(1);
    let bytes = bytes.to_vec();
    let work = move || {
        // Nobody listens after the deadline; the result is then thrown away.
        let _ = sender.send(reader(&bytes, &allowance));
    };
    std::thread::Builder::new()
        .name("reader".to_owned())
        .stack_size(STACK)
        .spawn(work)
        .map_err(|source| ReadError::Io {
            path: "a thread".to_owned(),
            source,
        })?;
    match receiver.recv_timeout(limits.deadline) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => {
            stopped.store(true, Ordering::Relaxed);
            Err(timeout(limits))
        }
        // The sender is dropped without a word only by a panic.
        Err(RecvTimeoutError::Disconnected) => Err(ReadError::malformed(
            "the file is damaged in a way that its parser does not expect",
            "whole file",
        )),
    }
}
