//! From the text of a schema to a [`Form`]: every key is known, and the parts agree with each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use super::error::FormError;
use super::field::{Field, Kind};
use super::rule::{Rule, RuleKind};
use super::schema::{Form, compiled, filled_schema};
use crate::position;

mod one;

/// Largest schema, in bytes.
const LARGEST: usize = 1 << 20;

/// Keys beside `x-rules` that the top of a schema may have.
const TOP: [&str; 9] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "type",
    "additionalProperties",
    "required",
    "properties",
];

/// The draft that schemas are written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

pub(super) fn form(file: &str, text: &str) -> Result<Form, FormError> {
    let at = At { file, text };
    if text.len() > LARGEST {
        return Err(at.wrong(
            "$schema",
            format!("the file is larger than {LARGEST} bytes; split the form"),
        ));
    }
    let json: Json = serde_json::from_str(text).map_err(|error| FormError::Syntax {
        file: file.into(),
        line: error.line(),
        column: error.column(),
        reason: error.to_string(),
    })?;
    no_reference(&at, "", &json)?;
    let Json::Object(top) = &json else {
        return Err(at.wrong("type", "a form is an object"));
    };
    check_top(&at, top)?;
    let fields = fields(&at, top)?;
    let rules = at.key::<Vec<Rule>>("", top, "x-rules")?.unwrap_or_default();
    check_rules(&at, &fields, &rules)?;
    let title: String = at.required("", top, "title")?;
    let schema = filled_schema(&title, &fields);
    let validator = compiled(&schema).map_err(|problem| at.wrong("properties", problem))?;
    let validator = Arc::new(validator);
    Ok(Form {
        title,
        fields,
        rules,
        schema,
        validator,
    })
}

/// Where something stands, for errors.
pub(super) struct At<'a> {
    file: &'a str,
    text: &'a str,
}

impl At<'_> {
    /// An error at a path of keys.
    pub(super) fn wrong(&self, key: &str, problem: impl Into<String>) -> FormError {
        FormError::Schema {
            file: self.file.into(),
            line: self.line(key),
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// The line where the keys of a path occur one after the other; that of the last one that occurs; 0 if none does.
    fn line(&self, key: &str) -> usize {
        let mut from = 0;
        for part in key.split('.') {
            let quoted = format!("{}:", Json::from(part));
            let spaced = format!("{} :", Json::from(part));
            let rest = &self.text[from..];
            match rest.find(&quoted).or_else(|| rest.find(&spaced)) {
                Some(found) => from += found,
                None if from == 0 => return 0,
                None => break,
            }
        }
        position::line(self.text, from)
    }

    /// A key's value, if it is there.
    pub(super) fn key<T: DeserializeOwned>(
        &self,
        path: &str,
        map: &Map<String, Json>,
        key: &str,
    ) -> Result<Option<T>, FormError> {
        let Some(value) = map.get(key) else {
            return Ok(None);
        };
        T::deserialize(value)
            .map(Some)
            .map_err(|error| self.wrong(&joined(path, key), error.to_string()))
    }

    /// A key's value, which must be there.
    pub(super) fn required<T: DeserializeOwned>(
        &self,
        path: &str,
        map: &Map<String, Json>,
        key: &str,
    ) -> Result<T, FormError> {
        self.key(path, map, key)?
            .ok_or_else(|| self.wrong(&joined(path, key), "is missing; write it"))
    }
}

pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Refuses references, whatever keyword makes them and however deep they lie.
fn no_reference(at: &At<'_>, path: &str, json: &Json) -> Result<(), FormError> {
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                let path = joined(path, key);
                match value {
                    Json::String(reference)
                        if matches!(key.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef") =>
                    {
                        return Err(refused(at, path, reference));
                    }
                    value => no_reference(at, &path, value)?,
                }
            }
            Ok(())
        }
        Json::Array(items) => items
            .iter()
            .try_for_each(|item| no_reference(at, path, item)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
    }
}

fn refused(at: &At<'_>, key: String, reference: &str) -> FormError {
    if reference.starts_with('#') {
        return at.wrong(
            &key,
            "fields are written out in full; write the definition in place of the reference",
        );
    }
    FormError::Remote {
        file: at.file.into(),
        line: at.line(&key),
        key,
        reference: reference.chars().take(200).collect(),
    }
}

fn check_top(at: &At<'_>, top: &Map<String, Json>) -> Result<(), FormError> {
    if let Some(key) = top
        .keys()
        .find(|key| *key != "x-rules" && !TOP.contains(&key.as_str()))
    {
        return Err(at.wrong(
            key,
            format!(
                "is unknown here; known are `x-rules`, `{}`",
                TOP.join("`, `")
            ),
        ));
    }
    let draft: String = at.required("", top, "$schema")?;
    if draft.trim_end_matches('#') != DRAFT {
        return Err(at.wrong(
            "$schema",
            format!("`{draft}` is another draft; write `{DRAFT}`"),
        ));
    }
    if top.get("type") != Some(&Json::from("object")) {
        return Err(at.wrong("type", "write `object`: a form is an object"));
    }
    if top.get("additionalProperties") != Some(&Json::Bool(false)) {
        return Err(at.wrong(
            "additionalProperties",
            "write `false`: a form has no fields beside its own",
        ));
    }
    Ok(())
}

fn fields(at: &At<'_>, top: &Map<String, Json>) -> Result<Vec<Field>, FormError> {
    let properties: Map<String, Json> = at.required("", top, "properties")?;
    let required: BTreeSet<String> = at.key("", top, "required")?.unwrap_or_default();
    if let Some(name) = required.iter().find(|name| !properties.contains_key(*name)) {
        return Err(at.wrong("required", format!("`{name}` is no field of `properties`")));
    }
    let fields: Vec<Field> = properties
        .iter()
        .map(|(name, value)| one::field(at, name, value, required.contains(name)))
        .collect::<Result<_, _>>()?;
    for field in &fields {
        check_derived(at, &fields, field)?;
        check_when(at, &fields, field)?;
    }
    no_circle(at, &fields)?;
    Ok(fields)
}

fn check_derived(at: &At<'_>, fields: &[Field], field: &Field) -> Result<(), FormError> {
    let Some(derived) = &field.derived else {
        return Ok(());
    };
    let from = fields.iter().find(|other| other.name == derived.from);
    if from.is_none_or(|from| from.kind != Kind::Identity) {
        let key = format!("properties.{}.x-derived", field.name);
        return Err(at.wrong(
            &key,
            format!("`{}` is no field of kind `identity`", derived.from),
        ));
    }
    Ok(())
}

fn check_when(at: &At<'_>, fields: &[Field], field: &Field) -> Result<(), FormError> {
    for (name, values) in &field.when {
        let key = format!("properties.{}.x-when.{name}", field.name);
        let Some(other) = fields.iter().find(|other| other.name == *name) else {
            return Err(at.wrong(&key, format!("`{name}` is no field of this form")));
        };
        if values.is_empty() {
            return Err(at.wrong(
                &key,
                "the list is empty, so that the field would never apply",
            ));
        }
        if let Some(value) = values.iter().find(|value| !other.validator.is_valid(value)) {
            return Err(at.wrong(&key, format!("`{name}` never has the value {value}")));
        }
    }
    Ok(())
}

/// Takes away fields that depend on none that is left, until nothing is left or what is left depends on itself.
fn no_circle(at: &At<'_>, fields: &[Field]) -> Result<(), FormError> {
    let mut open: Vec<&Field> = fields.iter().collect();
    loop {
        let names: BTreeSet<&str> = open.iter().map(|field| field.name.as_str()).collect();
        let before = open.len();
        open.retain(|field| field.when.keys().any(|name| names.contains(name.as_str())));
        if open.len() == before {
            break;
        }
    }
    match open.first() {
        None => Ok(()),
        Some(field) => {
            let names: Vec<&str> = open.iter().map(|field| field.name.as_str()).collect();
            let key = format!("properties.{}.x-when", field.name);
            Err(at.wrong(
                &key,
                format!(
                    "the conditions run in a circle over `{}`",
                    names.join("`, `")
                ),
            ))
        }
    }
}

fn check_rules(at: &At<'_>, fields: &[Field], rules: &[Rule]) -> Result<(), FormError> {
    for rule in rules {
        let other = match rule.rule {
            RuleKind::NotBefore => Kind::Date,
            RuleKind::EqualsBirth => Kind::Identity,
        };
        for (name, kind) in [(&rule.field, Kind::Date), (&rule.other, other)] {
            let found = fields.iter().find(|field| field.name == *name);
            if found.is_none_or(|field| field.kind != kind) {
                let kind = serde_json::to_string(&kind).unwrap_or_default();
                return Err(at.wrong("x-rules", format!("`{name}` is no field of kind {kind}")));
            }
        }
    }
    Ok(())
}
