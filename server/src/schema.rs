//! JSON schemas of what people write and of what programs read; generated from the types, committed, compared by a test.

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::Value;

use crate::settings::Settings;

/// File names and contents of `config/schema/`.
pub fn files() -> Vec<(&'static str, String)> {
    let mut settings = schema_for!(Settings);
    // A settings file holds only what differs.
    settings.as_object_mut().map(optional);
    vec![
        ("settings.json", text(&settings)),
        ("agent.json", of::<agents::Manifest>()),
        ("corpus.json", of::<corpora::Manifest>()),
        ("model.json", of::<models::hub::Manifest>()),
        ("tool.json", of::<tools::Manifest>()),
        ("suite.json", of::<evals::suite::Manifest>()),
        ("answer.json", of::<agents::Answer>()),
        ("event.json", of::<agents::Event>()),
        ("ingest.json", of::<corpora::ingest::Report>()),
        ("openapi.json", crate::http::openapi()),
    ]
}

fn of<T: JsonSchema>() -> String {
    text(&schema_for!(T))
}

fn text(schema: &Schema) -> String {
    serde_json::to_string_pretty(schema).expect("a schema serialises") + "\n"
}

fn optional(object: &mut serde_json::Map<String, Value>) {
    object.remove("required");
    if let Some(Value::Object(sections)) = object.get_mut("$defs") {
        for section in sections.values_mut().filter_map(Value::as_object_mut) {
            section.remove("required");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_schemas_are_current() {
        for (name, text) in files() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../config/schema")
                .join(name);
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == text,
                "{name} is not current; run `cargo run -- schema`"
            );
        }
    }
}
