//! A form: its fields in order, its rules, and the schema that a filled form must fit.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::{Map, Value as Json, json};

use super::error::FormError;
use super::field::Field;
use super::parse;
use super::rule::Rule;

/// A form. Nothing in it changes after it was read.
#[derive(Debug, Clone)]
pub struct Form {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
    pub(super) rules: Vec<Rule>,
    pub(super) schema: Json,
    pub(crate) validator: Arc<Validator>,
}

impl Form {
    /// Reads a form from the text of an `input.schema.json`; `file` is only named in errors.
    ///
    /// Schemas are JSON Schema 2020-12, flat, with the keys `x-…` that the folder's documentation lists. Unknown `x-`
    /// keys, unknown kinds, conditions on unknown fields or in a circle, and defaults are errors.
    ///
    /// # Errors
    /// [`FormError::Syntax`], [`FormError::Schema`] and [`FormError::Remote`], with file, line and key.
    pub fn parse(file: &str, text: &str) -> Result<Self, FormError> {
        parse::form(file, text)
    }

    /// What the form is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The fields in the order of the file, which is the order of the questions.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The rules between fields.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The JSON Schema 2020-12 of a filled form, without our own keys: `required` where a field always applies, `if` and
    /// `then` where it depends on others, neither where it may be left open.
    pub fn schema(&self) -> &Json {
        &self.schema
    }

    /// What does not fit the schema, in English, for the log; empty if all fits.
    pub fn misfits(&self, values: &Json) -> Vec<String> {
        let words = |error: jsonschema::ValidationError<'_>| {
            let text: String = error.masked().to_string().chars().take(200).collect();
            format!("`{}`: {text}", error.instance_path())
        };
        self.validator.iter_errors(values).map(words).collect()
    }
}

/// The schema of a filled form; see [`Form::schema`].
pub(super) fn filled_schema(title: &str, fields: &[Field]) -> Json {
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!(DRAFT));
    schema.insert("title".into(), json!(title));
    schema.insert("type".into(), json!("object"));
    schema.insert("additionalProperties".into(), json!(false));
    let properties: Map<String, Json> = fields
        .iter()
        .map(|field| (field.name.clone(), field.schema.clone()))
        .collect();
    schema.insert("properties".into(), Json::Object(properties));
    let binding = || {
        fields
            .iter()
            .filter(|field| field.required && !field.skippable)
    };
    let always: Vec<&str> = binding()
        .filter(|field| field.when.is_empty())
        .map(|field| field.name.as_str())
        .collect();
    schema.insert("required".into(), json!(always));
    let conditions: Vec<Json> = binding()
        .filter(|field| !field.when.is_empty())
        .map(|field| condition(&field.name, &field.when))
        .collect();
    if !conditions.is_empty() {
        schema.insert("allOf".into(), Json::Array(conditions));
    }
    Json::Object(schema)
}

/// The draft, by its address.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

fn condition(name: &str, when: &BTreeMap<String, Vec<Json>>) -> Json {
    let properties: Map<String, Json> = when
        .iter()
        .map(|(field, values)| (field.clone(), json!({ "enum": values })))
        .collect();
    let fields: Vec<&String> = when.keys().collect();
    json!({
        "if": { "properties": properties, "required": fields },
        "then": { "required": [name] },
    })
}

/// Compiles a schema; the problem in few words.
pub(super) fn compiled(schema: &Json) -> Result<Validator, String> {
    crate::schema::compiled(schema).map_err(|error| error.to_string().chars().take(200).collect())
}
