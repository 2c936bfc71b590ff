//! XML and JSON as one tree of names and texts. It knows no meaning of a name.
//!
//! Prefixes of namespaces, attributes, comments and instructions are left out. Entities are those of XML alone; what a
//! document type declares is not looked at, so that nothing can be made large by it.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use serde_json::Value;

/// Deepest nesting.
const DEPTH: usize = 32;

/// A text, or members with names. Items of a JSON array are members without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A text; of JSON also a number or a truth value as it is written, and of `null` the empty one.
    Text(String),
    /// Members in order; a name may stand several times.
    Members(Vec<(String, Node)>),
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Name of the root element; of JSON empty.
    pub root: String,
    /// What is in it.
    pub body: Node,
}

/// Reads a document by what it begins with.
///
/// # Errors
/// Why it is neither XML nor JSON.
pub fn read(text: &str) -> Result<Document, String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next() {
        Some('<') => xml(text),
        Some('{' | '[') => {
            let value: Value = serde_json::from_str(text)
                .map_err(|error| format!("the JSON is damaged: {error}"))?;
            Ok(Document {
                root: String::new(),
                body: of_json(value),
            })
        }
        Some(_) => Err("it is neither XML nor JSON".to_owned()),
        None => Err("it is empty".to_owned()),
    }
}

impl Node {
    /// Members, none of a text.
    pub fn members(&self) -> &[(String, Node)] {
        match self {
            Self::Text(_) => &[],
            Self::Members(members) => members,
        }
    }

    /// The first member with this name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let found = self.members().iter().find(|(other, _)| other == name);
        found.map(|(_, node)| node)
    }

    /// The text of the first member with this name, as it is written.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Self::Text(text) => Some(text),
            Self::Members(_) => None,
        }
    }
}

// `serde_json` refuses what is nested too deeply.
fn of_json(value: Value) -> Node {
    match value {
        Value::Null => Node::Text(String::new()),
        Value::Bool(truth) => Node::Text(truth.to_string()),
        Value::Number(number) => Node::Text(number.to_string()),
        Value::String(text) => Node::Text(text),
        Value::Array(items) => Node::Members(
            items
                .into_iter()
                .map(|item| (String::new(), of_json(item)))
                .collect(),
        ),
        Value::Object(members) => Node::Members(
            members
                .into_iter()
                .map(|(name, value)| (name, of_json(value)))
                .collect(),
        ),
    }
}

/// An element that is not yet closed.
struct Open {
    name: String,
    text: String,
    members: Vec<(String, Node)>,
}

impl Open {
    fn closed(self) -> (String, Node) {
        let node = if self.members.is_empty() {
            Node::Text(self.text)
        } else {
            // Text between elements is there to be looked at.
            Node::Members(self.members)
        };
        (self.name, node)
    }
}

fn xml(text: &str) -> Result<Document, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    loop {
        let event = reader.read_event().map_err(|error| {
            format!(
                "the XML is damaged at byte {}: {error}",
                reader.error_position()
            )
        })?;
        match event {
            Event::Start(element) => {
                if open.len() == DEPTH || (open.is_empty() && root.is_some()) {
                    return Err("the XML is nested too deeply, or has two roots".to_owned());
                }
                open.push(Open {
                    name: element.local_name().as_ref().to_owned(),
                    text: String::new(),
                    members: Vec::new(),
                });
            }
            Event::End(_) => {
                let Some(last) = open.pop() else {
                    return Err("the XML closes what is not open".to_owned());
                };
                let (name, node) = last.closed();
                match open.last_mut() {
                    Some(above) => above.members.push((name, node)),
                    None => root = Some((name, node)),
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(entity) => push(&mut open, &reference(&entity)),
            Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err("the XML ends too early".to_owned());
    }
    let (root, body) = root.ok_or_else(|| "the XML has no element".to_owned())?;
    Ok(Document { root, body })
}

fn push(open: &mut [Open], text: &str) {
    if let Some(last) = open.last_mut() {
        last.text.push_str(text);
    }
}

/// What `&...;` stands for; unknown names stay as they are written.
fn reference(entity: &BytesRef<'_>) -> String {
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
