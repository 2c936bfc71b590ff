//! The ZIP package around DOCX and XLSX, inflated within limits. Media and other parts that hold no text stay packed.

use std::io::{Cursor, Read};

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;
use zip::result::ZipError;

use super::{Allowance, Limits, ReadError};

/// Parts a package may list; real ones have some hundreds.
const PARTS: usize = 10_000;

/// Below this size a part may be packed as tightly as it likes.
const RATIO_FROM: usize = 1 << 20;

/// First bytes of the container in which Office keeps both its old formats and its encrypted new ones.
const COMPOUND_FILE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// An opened package.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    inflated: usize,
    limits: &'a Limits,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Self, ReadError> {
        if bytes.starts_with(&COMPOUND_FILE) {
            return Err(compound(bytes));
        }
        let archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error, "package"))?;
        if archive.len() > PARTS {
            return Err(ReadError::Unsafe {
                what: format!("the package lists more than {PARTS} parts"),
            });
        }
        Ok(Self {
            archive,
            inflated: 0,
            limits,
        })
    }

    /// Names of all parts, sorted, so that the order does not depend on how the file was written.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.archive.file_names().map(str::to_owned).collect();
        names.sort();
        names
    }

    /// The text of a part, or none if the package does not hold it.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, ReadError> {
        let Some(bytes) = self.inflate(name)? else {
            return Ok(None);
        };
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => super::encoding::decode(bytes, None).map(|decoded| Some(decoded.text)),
        }
    }

    fn inflate(&mut self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let entry = match self.archive.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(damaged(&error, name)),
        };
        let packed = usize::try_from(entry.compressed_size())
            .unwrap_or(usize::MAX)
            .max(1);
        let allowed = self
            .limits
            .part_bytes
            .min(self.limits.unzipped_bytes.saturating_sub(self.inflated))
            .min(packed.saturating_mul(self.limits.ratio).max(RATIO_FROM));
        let mut bytes = Vec::new();
        // The sizes which the package states are not believed; what counts is what comes out.
        entry
            .take(allowed as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| {
                ReadError::malformed("the package is damaged", format!("part `{name}`"))
            })?;
        if bytes.len() > allowed {
            return Err(ReadError::Unsafe {
                what: format!(
                    "part `{name}` unpacks to more than {allowed} bytes, as a ZIP bomb does"
                ),
            });
        }
        self.inflated += bytes.len();
        Ok(Some(bytes))
    }
}

fn damaged(error: &ZipError, place: &str) -> ReadError {
    match error {
        ZipError::UnsupportedArchive(reason) if *reason == ZipError::PASSWORD_REQUIRED => {
            ReadError::Encrypted
        }
        _ => ReadError::malformed("the file is not a complete Office document", place),
    }
}

/// An Office file that is no package: either encrypted, or of the years before 2007.
fn compound(bytes: &[u8]) -> ReadError {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes.windows(name.len()).any(|window| window == name) {
        return ReadError::Encrypted;
    }
    ReadError::malformed(
        "the file is in the old Office format; save it as docx or xlsx",
        "whole file",
    )
}

/// Calls `visit` for each event of an XML part, within the depth limit and until the deadline.
pub(super) fn events(
    xml: &str,
    name: &str,
    allowance: &Allowance,
    mut visit: impl FnMut(&Event<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut depth = 0_usize;
    let mut is_empty = true;
    for count in 0_usize.. {
        if count.is_multiple_of(4096) {
            allowance.check()?;
        }
        let event = reader.read_event().map_err(|error| {
            let offset = reader.error_position();
            ReadError::malformed(
                format!("the XML is damaged: {error}"),
                format!("part `{name}`, byte {offset}"),
            )
        })?;
        match &event {
            Event::Start(_) => (depth, is_empty) = (depth + 1, false),
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth == 0 && !is_empty => return Ok(()),
            Event::Eof => {
                return Err(ReadError::malformed(
                    "the XML ends too early",
                    format!("part `{name}`"),
                ));
            }
            _ => {}
        }
        if depth > allowance.limits.depth {
            return Err(ReadError::Unsafe {
                what: format!("part `{name}` is nested too deeply"),
            });
        }
        visit(&event)?;
    }
    Ok(())
}

/// The value of an attribute by its name without prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|one| one.key.local_name().as_ref() == name)?;
    found
        .normalized_value(XmlVersion::Implicit1_0)
        .ok()
        .map(|value| value.into_owned())
}

/// What `&...;` stands for; unknown names stay as they are written.
pub(super) fn reference(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return character.to_string();
    }
    match &**entity {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => format!("&{other};"),
    }
}
