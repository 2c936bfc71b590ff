//! The same form for others: the flat schema with which an MCP server asks, and the attributes of an Open311 service.

use serde_json::{Map, Value as Json, json};

use super::field::{Field, Kind, SourceKind};
use super::schema::Form;

/// Keys of a field's schema that an MCP client knows (revision 2025-11-25, `PrimitiveSchemaDefinition`).
const KNOWN: [&str; 4] = ["minLength", "maxLength", "minimum", "maximum"];

impl Form {
    /// The `requestedSchema` of an MCP elicitation for these fields: an object of strings, numbers, booleans and titled
    /// enumerations. Fields that the person may not fill and names that are no fields are left out.
    pub fn requested_schema(&self, missing: &[&str]) -> Json {
        let asked = || {
            self.fields.iter().filter(|field| {
                missing.contains(&field.name.as_str()) && field.allows(SourceKind::Given)
            })
        };
        let properties: Map<String, Json> = asked()
            .map(|field| (field.name.clone(), requested(field)))
            .collect();
        let required: Vec<&str> = asked()
            .filter(|field| field.required && !field.skippable)
            .map(|field| field.name.as_str())
            .collect();
        json!({ "type": "object", "properties": properties, "required": required })
    }

    /// The `attributes` of an Open311 GeoReport v2 service definition. `required` is true where a field always applies;
    /// the others depend on answers, which Open311 cannot say.
    pub fn attributes(&self) -> Vec<Json> {
        self.fields
            .iter()
            .filter(|field| field.allows(SourceKind::Given))
            .enumerate()
            .map(|(at, field)| attribute(field, at + 1))
            .collect()
    }
}

fn requested(field: &Field) -> Json {
    let mut schema = Map::new();
    schema.insert("type".into(), json!(field.json_type()));
    schema.insert("title".into(), json!(field.title));
    schema.insert("description".into(), json!(description(field)));
    match field.kind {
        Kind::Choice => {
            schema.insert("type".into(), json!("string"));
            let options: Vec<Json> = field
                .choices
                .iter()
                .map(|choice| json!({ "const": text(&choice.value), "title": choice.title }))
                .collect();
            schema.insert("oneOf".into(), Json::Array(options));
            return Json::Object(schema);
        }
        Kind::Date => {
            schema.insert("format".into(), json!("date"));
        }
        Kind::Mail => {
            schema.insert("format".into(), json!("email"));
        }
        Kind::Name
        | Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Amount
        | Kind::Integer
        | Kind::Address
        | Kind::Plate
        | Kind::Bank
        | Kind::YesNo
        | Kind::Text => {}
    }
    for key in KNOWN {
        if let Some(value) = field.schema.get(key) {
            schema.insert(key.into(), value.clone());
        }
    }
    Json::Object(schema)
}

fn attribute(field: &Field, order: usize) -> Json {
    let mut attribute = json!({
        "variable": true,
        "code": field.name,
        "datatype": datatype(field.kind),
        "required": field.required && !field.skippable && field.when.is_empty(),
        "datatype_description": field.why,
        "order": order,
        "description": field.ask,
    });
    let values: Vec<Json> = if field.kind == Kind::YesNo && field.choices.is_empty() {
        vec![
            json!({ "key": "true", "name": "是" }),
            json!({ "key": "false", "name": "否" }),
        ]
    } else {
        let choices = field.choices.iter();
        choices
            .map(|choice| json!({ "key": text(&choice.value), "name": choice.title }))
            .collect()
    };
    if !values.is_empty() {
        attribute["values"] = Json::Array(values);
    }
    attribute
}

/// Open311 GeoReport v2, `datatype`.
fn datatype(kind: Kind) -> &'static str {
    match kind {
        Kind::Amount | Kind::Integer => "number",
        Kind::Date => "datetime",
        Kind::Text | Kind::Address => "text",
        Kind::Choice | Kind::YesNo => "singlevaluelist",
        Kind::Name
        | Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Mail
        | Kind::Plate
        | Kind::Bank => "string",
    }
}

fn description(field: &Field) -> String {
    if field.why.is_empty() {
        field.ask.clone()
    } else {
        format!("{}（{}）", field.ask, field.why)
    }
}

fn text(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
