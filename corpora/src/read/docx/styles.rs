//! Which paragraph styles are headings, the title or lines of a table of contents. Fonts and colours are not looked at.

use std::collections::HashMap;

use quick_xml::events::Event;

use crate::read::package::{attribute, events};
use crate::read::{Allowance, ReadError};

/// Links between styles that are followed before they count as a loop.
const CHAIN: usize = 16;

/// Headings deeper than Markdown has.
const DEEPEST: u8 = 6;

/// What a style says of its paragraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Heading(u8),
    Contents,
}

#[derive(Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
}

/// The styles of a document by their identifier.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

impl Styles {
    pub(super) fn parse(xml: &str, allowance: &Allowance) -> Result<Self, ReadError> {
        let mut styles = HashMap::new();
        let mut open: Option<(String, Style)> = None;
        events(xml, "word/styles.xml", allowance, |event| {
            match event {
                Event::Start(element) => match (element.local_name().as_ref(), &mut open) {
                    ("style", _) => {
                        open = attribute(element, "styleId").map(|id| (id, Style::default()));
                    }
                    ("name", Some((_, style))) => {
                        style.name = attribute(element, "val").unwrap_or_default();
                    }
                    ("basedOn", Some((_, style))) => style.based_on = attribute(element, "val"),
                    ("outlineLvl", Some((_, style))) => {
                        style.outline = attribute(element, "val").and_then(|value| outline(&value));
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "style" => {
                    styles.extend(open.take());
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(Self(styles))
    }

    /// The role of a style, from its name or those it is based on; a file without styles is judged by the identifier.
    pub(super) fn role(&self, id: &str) -> Option<Role> {
        let Some(mut style) = self.0.get(id) else {
            return named(id).or_else(|| level(id).map(Role::Heading));
        };
        for _ in 0..CHAIN {
            let found = named(&style.name).or_else(|| style.outline.map(Role::Heading));
            if found.is_some() {
                return found;
            }
            style = self.0.get(style.based_on.as_deref()?)?;
        }
        None
    }
}

fn named(name: &str) -> Option<Role> {
    let name: String = name.to_lowercase().split_whitespace().collect();
    if ["title", "标题", "文档标题"].contains(&name.as_str()) {
        return Some(Role::Title);
    }
    if name
        .strip_prefix("toc")
        .or_else(|| name.strip_prefix("目录"))
        .is_some_and(|rest| level(rest).is_some())
    {
        return Some(Role::Contents);
    }
    let rest = name
        .strip_prefix("heading")
        .or_else(|| name.strip_prefix("标题"))?;
    level(rest).map(Role::Heading)
}

fn level(digits: &str) -> Option<u8> {
    digits
        .parse::<u8>()
        .ok()
        .filter(|level| (1..=9).contains(level))
        .map(|level| level.min(DEEPEST))
}

/// Outline levels count from 0; 9 is body text.
pub(super) fn outline(value: &str) -> Option<u8> {
    value
        .parse::<u8>()
        .ok()
        .filter(|level| *level < 9)
        .map(|level| (level + 1).min(DEEPEST))
}
