//! Templates of replies: `templates/<name>.toml` beside `agent.toml`. Fixed words with `{…}` fields; no logic.
//!
//! Which field may stand in which key is a closed list. A field that means nothing there is an error with key and line, so
//! that no reply goes out with a hole in it.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Title to show in a list.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Title of the reply: `{subject}`.
    pub heading: String,
    /// What it is about, where the request does not say.
    pub subject: String,
    /// 称谓.
    pub salutation: String,
    /// First sentences: `{points}`, `{order}`.
    pub opening: Vec<String>,
    /// Begins the paragraph of a point: `{number}`, `{point}`.
    pub lead: String,
    /// Around a quotation: `{title}`, `{clause}`, `{quote}`.
    pub basis: String,
    /// Stands for a point without a basis: `{point}`.
    pub uncovered: String,
    /// Stands for a point that names a rule which is not in force: `{clause}`.
    pub blocked: String,
    /// What the order says, sentence by sentence: `{order}`, `{registered}`, `{department}`, `{grade}`, `{items}`, `{state}`.
    pub record: Vec<String>,
    /// What was done: `{date}`, `{done}`.
    pub step: String,
    /// Last sentences: `{unit}`.
    pub closing: Vec<String>,
    /// 落款, line by line: `{unit}`, `{date}`.
    pub sign: Vec<String>,
    /// Courtesies that an officer may add: whole sentences that state no fact.
    #[serde(default)]
    pub courtesies: Vec<String>,
}

impl Template {
    /// Reads a template; `file` is its name for messages.
    ///
    /// # Errors
    /// [`Error::Data`] with key and line: also for a field that means nothing in its key, or one that is missing.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let template: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for key in template.keys() {
            for line in &key.texts {
                if let Some(field) = unknown(line, key.known) {
                    let (at, name, known) = (line_of(text, &field), key.name, named(key.known));
                    return Err(wrong(format!(
                        "line {at}: key `{name}`: there is no field `{field}` here{known}"
                    )));
                }
                if let Some(field) = key.needed.iter().find(|field| !line.contains(**field)) {
                    let name = key.name;
                    return Err(wrong(format!(
                        "key `{name}`: the field `{field}` is missing"
                    )));
                }
            }
        }
        Ok(template)
    }

    /// Keys with their texts, the fields that may stand in them, and those that must.
    fn keys(&self) -> Vec<Key<'static>> {
        let lines = |texts: &Vec<String>| texts.clone();
        let one = |text: &String| vec![text.clone()];
        let key = Key::new;
        vec![
            key("heading", one(&self.heading), &["{subject}"], &[]),
            key("subject", one(&self.subject), &[], &[]),
            key("salutation", one(&self.salutation), &[], &[]),
            key(
                "opening",
                lines(&self.opening),
                &["{points}", "{order}"],
                &[],
            ),
            key(
                "lead",
                one(&self.lead),
                &["{number}", "{point}"],
                &["{point}"],
            ),
            key(
                "basis",
                one(&self.basis),
                &["{title}", "{clause}", "{quote}"],
                &["{title}", "{quote}"],
            ),
            key("uncovered", one(&self.uncovered), &["{point}"], &[]),
            key("blocked", one(&self.blocked), &["{clause}"], &[]),
            key("record", lines(&self.record), RECORD, &[]),
            key("step", one(&self.step), &["{date}", "{done}"], &["{done}"]),
            key("closing", lines(&self.closing), &["{unit}"], &[]),
            key("sign", lines(&self.sign), &["{unit}", "{date}"], &[]),
            key("courtesies", lines(&self.courtesies), &[], &[]),
        ]
    }
}

/// Fields of what an order says.
const RECORD: &[&str] = &[
    "{order}",
    "{registered}",
    "{department}",
    "{grade}",
    "{items}",
    "{state}",
];

/// A key with its texts.
struct Key<'a> {
    name: &'a str,
    texts: Vec<String>,
    known: &'a [&'a str],
    needed: &'a [&'a str],
}

impl<'a> Key<'a> {
    fn new(name: &'a str, texts: Vec<String>, known: &'a [&'a str], needed: &'a [&'a str]) -> Self {
        Self {
            name,
            texts,
            known,
            needed,
        }
    }
}

/// The first `{…}` that is not among `known`; an opening brace without an end counts.
fn unknown(text: &str, known: &[&str]) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let tail = &rest[at..];
        let end = tail.find('}').map_or(tail.len(), |end| end + 1);
        let field = &tail[..end];
        if !known.contains(&field) {
            return Some(field.to_owned());
        }
        rest = &tail[end..];
    }
    None
}

fn named(known: &[&str]) -> String {
    if known.is_empty() {
        ", and no other".to_owned()
    } else {
        format!("; there are {}", known.join(", "))
    }
}

/// The line of the file on which a piece stands, from 1.
fn line_of(text: &str, piece: &str) -> usize {
    let code = |line: &&str| !line.trim_start().starts_with('#');
    let lines = text.lines();
    let found = lines
        .enumerate()
        .find(|(_, line)| code(line) && line.contains(piece));
    found.map_or(1, |(at, _)| at + 1)
}

/// `text` with its fields filled in, each once: what is filled in is not looked at again.
pub(super) fn filled(text: &str, fields: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match fields.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, value)) => {
                out.push_str(value);
                rest = &rest[name.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title = \"甲\"\ndescription = \"乙\"\nheading = \"关于{subject}的答复\"\nsubject = \"事项\"\nsalutation = \"您好：\"\nopening = [\"收悉。\"]\nlead = \"{number}、{point}。\"\nbasis = \"《{title}》{clause}：“{quote}”\"\nuncovered = \"待核。\"\nblocked = \"{clause}不再适用。\"\nrecord = []\nstep = \"{done}。\"\nclosing = []\nsign = [\"{unit}\"]\n";

    fn check(from: &str, to: &str) -> String {
        match Template::parse("t.toml", &TEXT.replace(from, to)) {
            Ok(template) => template.title,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_field_that_means_nothing_is_named_with_key_and_line() {
        insta::assert_snapshot!(check("", ""), @"甲");
        insta::assert_snapshot!(check("“{quote}”", "“{quot}”"), @"t.toml: line 8: key `basis`: there is no field `{quot}` here; there are {title}, {clause}, {quote}");
        insta::assert_snapshot!(check("您好：", "{name}您好："), @"t.toml: line 5: key `salutation`: there is no field `{name}` here, and no other");
        insta::assert_snapshot!(check("{unit}\"]", "{unit\"]"), @"t.toml: line 14: key `sign`: there is no field `{unit` here; there are {unit}, {date}");
        insta::assert_snapshot!(check("{done}", "已办"), @"t.toml: key `step`: the field `{done}` is missing");
    }

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        let fields = [("{point}", "{number}{x}"), ("{number}", "一")];
        assert_eq!(
            filled("{number}、{point}{other}", &fields),
            "一、{number}{x}{other}"
        );
    }
}
