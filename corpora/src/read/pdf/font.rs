//! What the bytes of a text operator mean in a font: by its predefined Chinese encoding, its ToUnicode map, or its
//! Latin encoding. A font that says nothing gives U+FFFD, never a guess.

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE};
use lopdf::{Dictionary, Document, Object};

use super::cmap::CMap;

/// What a map may unpack to.
const MAP_BYTES: usize = 4 << 20;

/// Bit of the descriptor's flags: the codes are positions in the font, not characters.
const SYMBOLIC: i64 = 4;

/// A font as far as reading needs it.
pub(super) struct Font<'a> {
    meaning: Meaning<'a>,
    /// Code of the first width, and widths in thousandths of the size; empty if unknown.
    first: i64,
    widths: Vec<f32>,
}

enum Meaning<'a> {
    Encoded(&'static Encoding),
    Mapped(CMap, usize),
    Latin(lopdf::Encoding<'a>),
    Unknown(usize),
}

impl<'a> Font<'a> {
    pub(super) fn new(font: &'a Dictionary, document: &'a Document) -> Self {
        let number = |object: &Object| object.as_float().unwrap_or(0.0);
        let widths = font
            .get_deref(b"Widths", document)
            .and_then(Object::as_array);
        Self {
            meaning: meaning(font, document),
            first: font
                .get_deref(b"FirstChar", document)
                .and_then(Object::as_i64)
                .unwrap_or(0),
            widths: widths
                .map(|widths| widths.iter().map(number).collect())
                .unwrap_or_default(),
        }
    }

    /// The text of a string operand and its width in units of the font size.
    pub(super) fn decode(&self, bytes: &[u8]) -> (String, f32) {
        let mut text = String::new();
        match &self.meaning {
            Meaning::Encoded(encoding) => {
                text.push_str(&encoding.decode_without_bom_handling(bytes).0);
            }
            Meaning::Mapped(map, width) => map.decode(bytes, *width, &mut text),
            Meaning::Latin(encoding) => {
                if encoding.write_to_string(bytes, &mut text).is_err() {
                    text.extend(bytes.iter().map(|_| '\u{FFFD}'));
                }
            }
            Meaning::Unknown(width) => text.extend(bytes.chunks(*width).map(|_| '\u{FFFD}')),
        }
        let width = self
            .stated(bytes)
            .unwrap_or_else(|| text.chars().map(usual_width).sum());
        (text, width)
    }

    fn stated(&self, bytes: &[u8]) -> Option<f32> {
        if self.widths.is_empty() {
            return None;
        }
        let width = |byte: &u8| {
            usize::try_from(i64::from(*byte) - self.first)
                .ok()
                .and_then(|at| self.widths.get(at))
        };
        Some(bytes.iter().filter_map(width).sum::<f32>() / 1000.0)
    }
}

/// Ideographs are square and Latin letters about half as wide.
fn usual_width(character: char) -> f32 {
    if character < '\u{2E80}'
        && !matches!(character, '\u{2014}' | '\u{2018}'..='\u{201D}' | '\u{2026}')
    {
        0.5
    } else {
        1.0
    }
}

fn meaning<'a>(font: &'a Dictionary, document: &'a Document) -> Meaning<'a> {
    let is_composite = font
        .get_deref(b"Subtype", document)
        .and_then(Object::as_name)
        .is_ok_and(|name| name == b"Type0");
    let name = font
        .get_deref(b"Encoding", document)
        .and_then(Object::as_name)
        .unwrap_or_default();
    if let Some(encoding) = predefined(name) {
        return Meaning::Encoded(encoding);
    }
    let width = if is_composite { 2 } else { 1 };
    if let Ok(stream) = font
        .get_deref(b"ToUnicode", document)
        .and_then(Object::as_stream)
    {
        // Without a filter the limit is checked as well.
        let content = stream
            .decompressed_content_with_limit(MAP_BYTES)
            .unwrap_or_default();
        let map = CMap::parse(&content);
        return if map.is_empty() {
            Meaning::Unknown(width)
        } else {
            Meaning::Mapped(map, width)
        };
    }
    if is_composite || is_nameless(font, document) {
        return Meaning::Unknown(width);
    }
    match font.get_font_encoding_with_limit(document, MAP_BYTES) {
        Ok(encoding) => Meaning::Latin(encoding),
        Err(_) => Meaning::Unknown(width),
    }
}

/// The predefined encodings of composite fonts whose codes are those of a character set.
fn predefined(name: &[u8]) -> Option<&'static Encoding> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name
        .strip_suffix("-H")
        .or_else(|| name.strip_suffix("-V"))?;
    match name {
        "GBK-EUC" | "GBKp-EUC" | "GBK2K" | "GB-EUC" | "GBpc-EUC" => Some(GB18030),
        "ETen-B5" | "ETenms-B5" | "B5pc" | "HKscs-B5" => Some(BIG5),
        _ if !name.starts_with("Uni") => None,
        _ if name.ends_with("-UCS2") || name.ends_with("-UTF16") => Some(UTF_16BE),
        _ if name.ends_with("-UTF8") => Some(UTF_8),
        _ => None,
    }
}

/// Whether a simple font numbers its glyphs as it likes: lopdf would take such codes for Latin letters.
fn is_nameless(font: &Dictionary, document: &Document) -> bool {
    let descriptor = font
        .get_deref(b"FontDescriptor", document)
        .and_then(Object::as_dict)
        .ok();
    let encoding = font.get_deref(b"Encoding", document).ok();
    if let Some(dictionary) = encoding.and_then(|encoding| encoding.as_dict().ok()) {
        let names = dictionary
            .get_deref(b"Differences", document)
            .and_then(Object::as_array);
        return names.is_ok_and(|names| {
            let names = names.iter().filter_map(|name| name.as_name().ok());
            let (numbered, all) = names.fold((0, 0), |(numbered, all), name| {
                (numbered + usize::from(is_number(name)), all + 1)
            });
            numbered * 2 > all
        });
    }
    let flags = descriptor
        .and_then(|it| {
            it.get_deref(b"Flags", document)
                .and_then(Object::as_i64)
                .ok()
        })
        .unwrap_or(0);
    let is_embedded = descriptor
        .is_some_and(|it| it.has(b"FontFile2") || it.has(b"FontFile3") || it.has(b"FontFile"));
    encoding.is_none() && is_embedded && flags & SYMBOLIC != 0
}

/// Names such as `g12`, `cid345`, `glyph7`: a letter or two and a number.
fn is_number(name: &[u8]) -> bool {
    let digits = name
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let prefix = &name[..name.len() - digits];
    digits > 0 && (prefix.len() == 1 || [b"cid".as_slice(), b"glyph", b"index"].contains(&prefix))
}
