//! One field of a schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::At;
use crate::form::error::FormError;
use crate::form::field::{Choice, Derivation, Derived, Field, Kind, Sensitivity, SourceKind};
use crate::form::fold::dense;
use crate::form::schema::compiled;

/// Our own keys.
const OURS: [&str; 12] = [
    "x-ask",
    "x-why",
    "x-kind",
    "x-source",
    "x-registry",
    "x-derived",
    "x-sensitivity",
    "x-words",
    "x-choices",
    "x-when",
    "x-skip",
    "x-critical",
];

/// Keys of JSON Schema that a flat field may have. A `default` would be a value without a source.
const THEIRS: [&str; 15] = [
    "type",
    "title",
    "description",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "examples",
    "$comment",
];

pub(super) fn field(
    at: &At<'_>,
    name: &str,
    value: &Json,
    required: bool,
) -> Result<Field, FormError> {
    let path = format!("properties.{name}");
    let Json::Object(map) = value else {
        return Err(at.wrong(&path, "a field is an object"));
    };
    check_keys(at, &path, map)?;
    let schema: Map<String, Json> = map
        .iter()
        .filter(|(key, _)| !key.starts_with("x-"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let schema = Json::Object(schema);
    let validator = compiled(&schema).map_err(|problem| at.wrong(&path, problem))?;
    let field = Field {
        name: name.to_owned(),
        title: at.required(&path, map, "title")?,
        ask: at.key(&path, map, "x-ask")?.unwrap_or_default(),
        why: at.key(&path, map, "x-why")?.unwrap_or_default(),
        kind: at.required(&path, map, "x-kind")?,
        sources: at
            .key(&path, map, "x-source")?
            .unwrap_or_else(|| vec![SourceKind::Given]),
        registry: at.key(&path, map, "x-registry")?,
        derived: derived(at, &path, map)?,
        sensitivity: at
            .key(&path, map, "x-sensitivity")?
            .unwrap_or(Sensitivity::Personal),
        words: at.key(&path, map, "x-words")?.unwrap_or_default(),
        choices: at
            .key::<Vec<Choice>>(&path, map, "x-choices")?
            .unwrap_or_default(),
        when: at
            .key::<BTreeMap<_, _>>(&path, map, "x-when")?
            .unwrap_or_default(),
        required,
        skippable: at.key(&path, map, "x-skip")?.unwrap_or(false),
        critical: at.key(&path, map, "x-critical")?.unwrap_or(false),
        schema,
        validator,
    };
    check_sources(at, &path, &field)?;
    check_kind(at, &path, &field)?;
    Ok(field)
}

fn check_keys(at: &At<'_>, path: &str, map: &Map<String, Json>) -> Result<(), FormError> {
    for key in map.keys() {
        let place = format!("{path}.{key}");
        let known = if key.starts_with("x-") {
            &OURS[..]
        } else {
            &THEIRS[..]
        };
        if key == "default" {
            return Err(at.wrong(&place, "remove it: a value nobody gave has no source"));
        }
        if !known.contains(&key.as_str()) {
            return Err(at.wrong(
                &place,
                format!("is unknown; known are `{}`", known.join("`, `")),
            ));
        }
    }
    Ok(())
}

/// `identity.birth`.
fn derived(at: &At<'_>, path: &str, map: &Map<String, Json>) -> Result<Option<Derived>, FormError> {
    let Some(text) = at.key::<String>(path, map, "x-derived")? else {
        return Ok(None);
    };
    let parts = text.split_once('.').and_then(|(from, part)| {
        let part = match part {
            "birth" => Derivation::Birth,
            "sex" => Derivation::Sex,
            _ => return None,
        };
        Some(Derived {
            from: from.to_owned(),
            part,
        })
    });
    parts.map(Some).ok_or_else(|| {
        let place = format!("{path}.x-derived");
        at.wrong(
            &place,
            format!(
                "`{text}`: write `FIELD.birth` or `FIELD.sex` with the field of the identity number"
            ),
        )
    })
}

fn check_sources(at: &At<'_>, path: &str, field: &Field) -> Result<(), FormError> {
    let wrong = |key: &str, problem: &str| Err(at.wrong(&format!("{path}.{key}"), problem));
    let from = |source| field.sources.contains(&source);
    if field.sources.is_empty() {
        return wrong(
            "x-source",
            "the list is empty; nothing could fill the field",
        );
    }
    if from(SourceKind::Registry) != field.registry.is_some() {
        return wrong(
            "x-registry",
            "goes with `registry` in `x-source`: write both or neither",
        );
    }
    if from(SourceKind::Derived) != field.derived.is_some() {
        return wrong(
            "x-derived",
            "goes with `derived` in `x-source`: write both or neither",
        );
    }
    if field.critical && field.sources == [SourceKind::Derived] {
        return wrong(
            "x-critical",
            "the value must be given or in the register, but `x-source` has `derived` alone",
        );
    }
    if from(SourceKind::Given) && field.ask.trim().is_empty() {
        return wrong("x-ask", "is missing: write the question");
    }
    if from(SourceKind::Given) && field.why.trim().is_empty() {
        return wrong("x-why", "is missing: write why the question is asked");
    }
    if field.skippable && !field.required {
        return wrong(
            "x-skip",
            "is only for fields in `required`; others may be left open anyway",
        );
    }
    if field.words.iter().any(|word| dense(word).is_empty()) {
        return wrong("x-words", "a word is empty");
    }
    Ok(())
}

/// Whether the JSON type, the choices and what is derived go with the kind.
fn check_kind(at: &At<'_>, path: &str, field: &Field) -> Result<(), FormError> {
    let wrong = |key: &str, problem: String| Err(at.wrong(&format!("{path}.{key}"), problem));
    let Some(json) = field.schema["type"].as_str() else {
        return wrong(
            "type",
            "write one of `string`, `integer`, `number`, `boolean`".into(),
        );
    };
    let types: &[&str] = match field.kind {
        Kind::Amount => &["number", "integer"],
        Kind::Integer => &["integer"],
        Kind::YesNo if field.choices.is_empty() => &["boolean"],
        Kind::YesNo => &["boolean", "string"],
        Kind::Choice => &["string", "integer"],
        Kind::Name
        | Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Date
        | Kind::Address
        | Kind::Mail
        | Kind::Plate
        | Kind::Bank
        | Kind::Text => &["string"],
    };
    if !types.contains(&json) {
        return wrong(
            "type",
            format!(
                "a field of this kind has the type `{}`",
                types.join("` or `")
            ),
        );
    }
    let listed = field.schema["enum"].as_array().cloned().unwrap_or_default();
    if field.kind == Kind::Choice || !field.choices.is_empty() {
        check_choices(at, path, field, &listed)?;
    } else if !listed.is_empty() {
        return wrong("enum", "is for the kind `choice`, with `x-choices`".into());
    }
    let derivable = match field.derived.as_ref().map(|derived| derived.part) {
        None => true,
        Some(Derivation::Birth) => field.kind == Kind::Date,
        Some(Derivation::Sex) => matches!(field.kind, Kind::Choice | Kind::Text),
    };
    if !derivable {
        return wrong(
            "x-derived",
            "`birth` is for the kind `date`, `sex` for `choice` or `text`".into(),
        );
    }
    Ok(())
}

fn check_choices(at: &At<'_>, path: &str, field: &Field, listed: &[Json]) -> Result<(), FormError> {
    let wrong = |problem: String| Err(at.wrong(&format!("{path}.x-choices"), problem));
    if !matches!(field.kind, Kind::Choice | Kind::YesNo) {
        return wrong("is for the kinds `choice` and `yes_no`".into());
    }
    let values: Vec<&Json> = field.choices.iter().map(|choice| &choice.value).collect();
    let same = field.kind == Kind::YesNo && listed.is_empty()
        || (values.len() == listed.len() && listed.iter().all(|value| values.contains(&value)));
    if !same || values.is_empty() {
        return wrong("must have each value of `enum` once".into());
    }
    if let Some(value) = values.iter().find(|value| !field.validator.is_valid(value)) {
        return wrong(format!(
            "the value {value} does not fit the field's own schema"
        ));
    }
    let mut words: Vec<(String, usize)> = Vec::new();
    for (at, choice) in field.choices.iter().enumerate() {
        for word in std::iter::once(&choice.title).chain(&choice.words) {
            let word = dense(word);
            if word.is_empty() {
                return wrong(format!("an empty word for {}", choice.value));
            }
            if words.iter().any(|(other, of)| *other == word && *of != at) {
                return wrong(format!("`{word}` stands for two values"));
            }
            words.push((word, at));
        }
    }
    Ok(())
}
