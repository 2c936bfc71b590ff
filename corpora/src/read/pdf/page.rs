//! The content of pages as lines: text operators are followed with their positions, and what stands on one baseline
//! becomes one line. Lines keep the order in which they are drawn, which is the order of reading in office documents.

use std::collections::HashMap;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::font::Font;
use super::guard;
use super::state::{IDENTITY, Matrix, State, multiply, numbers};
use crate::read::{Allowance, ReadError};

/// What the contents of one page, or one form in it, may unpack to.
const CONTENT_BYTES: usize = 8 << 20;

/// Operators of a document.
const OPERATIONS: usize = 20_000_000;

/// Forms inside forms, and saved graphics states.
const DEPTH: usize = 8;
const STATES: usize = 256;

/// Baselines closer than this part of the size are one line.
const SAME_LINE: f32 = 0.45;

/// A line of a page.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    /// Height of the baseline and of the letters.
    pub(super) y: f32,
    pub(super) size: f32,
    /// Where its text ends so far.
    end: f32,
}

/// Reads the pages of one document; fonts are decoded once for all of them.
pub(super) struct Pages<'a> {
    document: &'a Document,
    allowance: &'a Allowance,
    fonts: HashMap<usize, Font<'a>>,
    operations: usize,
    bytes: usize,
}

impl<'a> Pages<'a> {
    pub(super) fn new(document: &'a Document, allowance: &'a Allowance) -> Self {
        Self {
            document,
            allowance,
            fonts: HashMap::new(),
            operations: 0,
            bytes: 0,
        }
    }

    /// The lines of each page.
    pub(super) fn lines(mut self) -> Result<Vec<Vec<Line>>, ReadError> {
        let document = self.document;
        let mut pages = Vec::new();
        for (number, id) in document.get_pages() {
            self.allowance.check()?;
            pages.push(self.page(id).map_err(|error| match error {
                ReadError::Malformed { what, .. } => {
                    ReadError::malformed(what, format!("page {number}"))
                }
                other => other,
            })?);
        }
        Ok(pages)
    }

    fn page(&mut self, id: ObjectId) -> Result<Vec<Line>, ReadError> {
        let document = self.document;
        let content = document
            .get_page_content_with_limit(id, CONTENT_BYTES)
            .map_err(|error| super::damaged(&error, "page"))?;
        let fonts = document
            .get_page_fonts(id)
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mut forms = Vec::new();
        if let Ok((direct, referenced)) = document.get_page_resources(id) {
            let referenced = referenced
                .iter()
                .filter_map(|id| document.get_dictionary(*id).ok());
            forms.extend(
                direct
                    .into_iter()
                    .chain(referenced)
                    .filter_map(|it| part(it, b"XObject", document)),
            );
        }
        let mut lines = Vec::new();
        self.run(
            &content,
            &Resources { fonts, forms },
            IDENTITY,
            0,
            &mut lines,
        )?;
        lines.retain(|line: &Line| !line.text.trim().is_empty());
        Ok(lines)
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: &Resources<'a>,
        matrix: Matrix,
        depth: usize,
        lines: &mut Vec<Line>,
    ) -> Result<(), ReadError> {
        self.bytes += content.len();
        if self.bytes > self.allowance.limits.unzipped_bytes {
            return Err(ReadError::Unsafe {
                what: format!("its pages unpack to more than {} bytes", self.bytes),
            });
        }
        guard::inspect_content(content)?;
        let mut state = State {
            matrix,
            ..State::default()
        };
        let mut saved = Vec::new();
        for operation in Content::decode_iter(content) {
            self.operations += 1;
            if self.operations > OPERATIONS {
                return Err(ReadError::Unsafe {
                    what: format!("its pages hold more than {OPERATIONS} operators"),
                });
            }
            if self.operations.is_multiple_of(4096) {
                self.allowance.check()?;
            }
            // What follows a damaged operator cannot be read; what stands before it is kept by viewers too.
            let Ok(operation) = operation else { break };
            match operation.operator.as_str() {
                "q" if saved.len() < STATES => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "Tf" => state.set_font(&operation, &resources.fonts),
                "Do" => self.form(&operation, resources, &state, depth, lines)?,
                "Tj" | "TJ" | "'" | "\"" => self.show(&operation, &mut state, lines),
                _ => state.apply(&operation),
            }
        }
        Ok(())
    }

    fn form(
        &mut self,
        operation: &Operation,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
        lines: &mut Vec<Line>,
    ) -> Result<(), ReadError> {
        let document = self.document;
        let Some(Ok(name)) = operation.operands.first().map(Object::as_name) else {
            return Ok(());
        };
        let found = resources.forms.iter().find_map(|forms| {
            forms
                .get_deref(name, document)
                .and_then(Object::as_stream)
                .ok()
        });
        let Some(stream) = found.filter(|stream| {
            depth < DEPTH
                && stream
                    .dict
                    .get_deref(b"Subtype", document)
                    .and_then(Object::as_name)
                    .is_ok_and(|it| it == b"Form")
        }) else {
            return Ok(());
        };
        let content = stream
            .decompressed_content_with_limit(CONTENT_BYTES)
            .map_err(|error| super::damaged(&error, "page"))?;
        let matrix = stream
            .dict
            .get_deref(b"Matrix", document)
            .and_then(Object::as_array)
            .ok()
            .and_then(|it| numbers(it));
        let own = part(&stream.dict, b"Resources", document);
        let inner = own.map_or_else(|| resources.clone(), |own| Resources::of(own, document));
        self.run(
            &content,
            &inner,
            multiply(matrix.unwrap_or(IDENTITY), state.matrix),
            depth + 1,
            lines,
        )
    }

    fn show(&mut self, operation: &Operation, state: &mut State<'a>, lines: &mut Vec<Line>) {
        if matches!(operation.operator.as_str(), "'" | "\"") {
            state.next_line(0.0, -state.leading);
        }
        let Some(operand) = operation.operands.last() else {
            return;
        };
        let pieces = match operand {
            Object::Array(pieces) => pieces.as_slice(),
            single => std::slice::from_ref(single),
        };
        let Some(dictionary) = state.font else { return };
        let document = self.document;
        // Fonts live as long as the document, so their address identifies them.
        let key = std::ptr::from_ref(dictionary) as usize;
        let font = self
            .fonts
            .entry(key)
            .or_insert_with(|| Font::new(dictionary, document));
        for piece in pieces {
            match piece {
                Object::String(bytes, _) => {
                    let (text, width) = font.decode(bytes);
                    push(lines, state, &text, width);
                    state.advance(width);
                }
                other => state.advance(-other.as_float().unwrap_or(0.0) / 1000.0),
            }
        }
    }
}

/// Adds text to the line it continues, or begins a new one.
fn push(lines: &mut Vec<Line>, state: &State<'_>, text: &str, width: f32) {
    if text.is_empty() {
        return;
    }
    let placed = multiply(state.text, state.matrix);
    let (x, y) = (placed[4], placed[5]);
    let scale = (placed[0].powi(2) + placed[1].powi(2)).sqrt();
    let size = (state.size * scale).abs();
    let end = x + width * size;
    // A line cannot hold what would make it unlike text; control characters in strings are spaces at best.
    let text: String = text
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    if let Some(line) = lines.last_mut() {
        let is_level = (line.y - y).abs() <= SAME_LINE * size.max(line.size);
        let gap = x - line.end;
        if is_level && gap > -1.5 * size.max(line.size) {
            if is_space(
                line.text.chars().next_back(),
                text.chars().next(),
                gap / size.max(f32::MIN_POSITIVE),
            ) {
                line.text.push(' ');
            }
            line.text.push_str(&text);
            line.end = end;
            line.size = line.size.max(size);
            return;
        }
    }
    lines.push(Line { text, y, size, end });
}

/// Whether a gap, in units of the size, is a space: letters stand closer together than ideographs do.
fn is_space(before: Option<char>, after: Option<char>, gap: f32) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    if before.is_whitespace() || after.is_whitespace() {
        return false;
    }
    gap > if before.is_ascii() && after.is_ascii() {
        0.2
    } else {
        0.8
    }
}

/// Fonts by name, and dictionaries of forms.
#[derive(Clone, Default)]
struct Resources<'a> {
    fonts: HashMap<Vec<u8>, &'a Dictionary>,
    forms: Vec<&'a Dictionary>,
}

impl<'a> Resources<'a> {
    fn of(resources: &'a Dictionary, document: &'a Document) -> Self {
        let mut fonts = HashMap::new();
        if let Some(named) = part(resources, b"Font", document) {
            for (name, font) in named.iter() {
                if let Ok((_, Object::Dictionary(font))) = document.dereference(font) {
                    fonts.insert(name.clone(), font);
                }
            }
        }
        Self {
            fonts,
            forms: part(resources, b"XObject", document).into_iter().collect(),
        }
    }
}

fn part<'a>(
    dictionary: &'a Dictionary,
    key: &[u8],
    document: &'a Document,
) -> Option<&'a Dictionary> {
    dictionary
        .get_deref(key, document)
        .and_then(Object::as_dict)
        .ok()
}
