//! A look at the raw bytes before lopdf keeps every object in memory. It counts what would become objects; it does not
//! parse, so a hostile file can hide from it, and then the deadline is what is left.

use std::sync::LazyLock;

use lopdf::{Dictionary, Object, Stream};
use regex::bytes::Regex;

use crate::read::{Allowance, ReadError};

/// What all object streams together, and so each of them, may unpack to.
pub(super) const OBJECT_BYTES: usize = 48 << 20;

/// Numbers, names and strings outside of page contents; each takes about a hundred bytes in memory.
const TOKENS: usize = 3_000_000;

/// Operators and operands of one page.
const OPERANDS: usize = 2_000_000;

/// Bytes before the word `stream` in which its dictionary is looked for.
const DICTIONARY: usize = 1024;

static STREAM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"stream\r?\n").expect("the pattern is valid"));
static END: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("endstream").expect("the pattern is valid"));

pub(super) fn inspect(bytes: &[u8], allowance: &Allowance) -> Result<(), ReadError> {
    let mut tokens = 0;
    let mut inflated = 0;
    let mut position = 0;
    while let Some(start) = STREAM.find_at(bytes, position) {
        allowance.check()?;
        let outside = &bytes[position..start.start()];
        tokens += count(outside);
        let end = END
            .find_at(bytes, start.end())
            .map_or(bytes.len(), |end| end.start());
        let dictionary = &outside[outside.len().saturating_sub(DICTIONARY)..];
        let has = |name: &[u8]| dictionary.windows(name.len()).any(|window| window == name);
        // A cross-reference stream unpacks to entries of a few bytes each.
        if has(b"/ObjStm") || has(b"/XRef") {
            let body = inflate(&bytes[start.end()..end], OBJECT_BYTES - inflated)?;
            inflated += body.len();
            tokens += if has(b"/ObjStm") {
                count(&body)
            } else {
                body.len() / 4
            };
        }
        within(tokens)?;
        position = (end + END.as_str().len()).min(bytes.len());
    }
    within(tokens + count(&bytes[position..]))
}

/// Refuses contents with so many operands that one operator, which is read whole, would fill the memory.
pub(super) fn inspect_content(content: &[u8]) -> Result<(), ReadError> {
    if count(content) > OPERANDS {
        return Err(ReadError::Unsafe {
            what: format!("one page holds more than {OPERANDS} operators and operands"),
        });
    }
    Ok(())
}

fn within(tokens: usize) -> Result<(), ReadError> {
    if tokens > TOKENS {
        return Err(ReadError::Unsafe {
            what: format!("it consists of more than {TOKENS} objects"),
        });
    }
    Ok(())
}

/// Unpacks a stream. One that cannot be unpacked is damaged or encrypted, which lopdf will find out.
fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, ReadError> {
    let mut dictionary = Dictionary::new();
    dictionary.set("Filter", Object::Name(b"FlateDecode".to_vec()));
    match Stream::new(dictionary, body.to_vec()).decompressed_content_with_limit(limit) {
        Ok(body) => Ok(body),
        Err(
            error @ lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. }),
        ) => Err(super::damaged(&error, "an object stream")),
        Err(_) => Ok(Vec::new()),
    }
}

/// Beginnings of words and of bracketed values.
fn count(bytes: &[u8]) -> usize {
    let mut before = b' ';
    let mut count = 0;
    for byte in bytes {
        let is_delimiter = matches!(byte, b'/' | b'[' | b'<' | b'(');
        let is_space = byte.is_ascii_whitespace();
        let was_end = before.is_ascii_whitespace() || matches!(before, b']' | b'>' | b')' | b'[');
        count += usize::from(is_delimiter || (was_end && !is_space));
        before = *byte;
    }
    count
}
