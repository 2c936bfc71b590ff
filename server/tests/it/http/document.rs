//! `/openapi.json` is what the repository holds, and what is really sent.

use agents::Role;
use serde_json::{Value, json};

use super::script::prompt;
use super::world::World;

const COMMITTED: &str = include_str!("../../../../config/schema/openapi.json");

#[tokio::test]
async fn the_document_is_the_committed_one() {
    assert!(
        server::http::openapi() == COMMITTED,
        "`config/schema/openapi.json` differs from the program; write it again with `chengzhi schema`"
    );
    let world = World::new(prompt()).await;
    assert_eq!(
        world.get("/openapi.json").await.json(),
        serde_json::from_str::<Value>(COMMITTED).unwrap()
    );
}

#[tokio::test]
async fn every_route_sends_what_the_document_says() {
    let world = World::new(prompt()).await;
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let ask = json!({"question": "问"});
    let chat = json!({"model": "policy-qa", "messages": [{"role": "user", "content": "问"}]});
    let answer = world.post("/v1/agents/policy-qa/turns", &ask).await.json();
    let conversation = answer["conversation"].as_str().unwrap().to_owned();
    let index = world.app.world(Role::Citizen).retriever.corpora()[0].clone();
    let passage = index
        .passage(&index.snapshot().unwrap(), 1, 2)
        .unwrap()
        .unwrap()
        .id
        .replace(':', "%3A")
        .replace('@', "%40");
    let sent = [
        ("post", "/v1/agents/{name}/turns", answer),
        (
            "post",
            "/v1/chat/completions",
            world.post("/v1/chat/completions", &chat).await.json(),
        ),
        ("get", "/v1/agents", world.get("/v1/agents").await.json()),
        ("get", "/v1/places", world.get("/v1/places").await.json()),
        (
            "get",
            "/v1/passages/{id}",
            world.get(&format!("/v1/passages/{passage}")).await.json(),
        ),
        (
            "get",
            "/v1/conversations/{id}",
            world
                .get(&format!("/v1/conversations/{conversation}"))
                .await
                .json(),
        ),
        ("get", "/v1/caller", world.get("/v1/caller").await.json()),
        ("get", "/v1/models", world.get("/v1/models").await.json()),
        (
            "get",
            "/v1/models/{id}",
            world.get("/v1/models/policy-qa").await.json(),
        ),
        ("get", "/healthz", world.get("/healthz").await.json()),
        ("get", "/readyz", world.get("/readyz").await.json()),
    ];
    for (method, path, body) in &sent {
        let schema = &document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
            ["schema"];
        assert!(schema.is_object(), "{path}");
        compare(&document, schema, body, path);
    }
    let documented: usize = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|methods| methods.as_object().unwrap().len())
        .sum();
    assert_eq!(
        documented,
        sent.len() + 2 + 10,
        "all but `DELETE` and `/metrics` send JSON, and what tools send, rates, digests, drafts, readings and forms have shapes of their own"
    );
}

/// Both have the same keys and kinds of values.
fn compare(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference}"));
        return compare(document, target, value, place);
    }
    if let Some(choices) = schema["oneOf"]
        .as_array()
        .filter(|_| !schema["oneOf"][0]["const"].is_string())
    {
        let fits = choices
            .iter()
            .find(|choice| (choice["type"] == "null") == value.is_null());
        return compare(
            document,
            fits.unwrap_or_else(|| panic!("{place}")),
            value,
            place,
        );
    }
    match value {
        Value::Object(fields) => {
            let properties = schema["properties"]
                .as_object()
                .unwrap_or_else(|| panic!("{place}: no properties in {schema}"));
            let mut expected: Vec<&String> = properties.keys().collect();
            let mut found: Vec<&String> = fields.keys().collect();
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{place}");
            for (name, field) in fields {
                compare(
                    document,
                    &properties[name],
                    field,
                    &format!("{place}.{name}"),
                );
            }
        }
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{place}");
            for item in items {
                compare(document, &schema["items"], item, &format!("{place}[]"));
            }
        }
        Value::String(_) => fits(schema, &["string"], place),
        Value::Number(_) => fits(schema, &["integer", "number"], place),
        Value::Bool(_) => fits(schema, &["boolean"], place),
        Value::Null => fits(schema, &["null"], place),
    }
}

fn fits(schema: &Value, kinds: &[&str], place: &str) {
    let types = &schema["type"];
    let allowed = types.as_str().map_or_else(
        || types.as_array().cloned().unwrap_or_default(),
        |kind| vec![json!(kind)],
    );
    assert!(
        allowed
            .iter()
            .any(|kind| kinds.iter().any(|wanted| kind == wanted)),
        "{place}: {types} is none of {kinds:?}"
    );
}
