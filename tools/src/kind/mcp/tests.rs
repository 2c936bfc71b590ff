//! What can be tested without a server; the rest stands in the tests from outside.

use rmcp::model::{CallToolResult, ContentBlock, Tool};
use serde_json::{Value, json};

use super::{pin, result};
use crate::manifest::Effect;

fn tool(value: Value) -> Tool {
    serde_json::from_value(value).unwrap()
}

fn pinned(digest: &str) -> super::McpToolPart {
    super::McpToolPart {
        name: "book".to_owned(),
        effect: Effect::Read,
        roles: Vec::new(),
        digest: digest.to_owned(),
        idempotent: false,
        arguments: Default::default(),
    }
}

/// Somebody's pins must hold in every version of this program.
#[test]
fn a_digest_stays_what_it_is() {
    let one = tool(
        json!({"name": "book", "description": "预约", "inputSchema": {"type": "object", "properties": {"b": {}, "a": {}}}}),
    );
    let other = tool(json!({
        "inputSchema": {"properties": {"a": {}, "b": {}}, "type": "object"}, "description": "预约", "name": "book",
        "annotations": {"readOnlyHint": true}, "_meta": {"x": 1},
    }));
    // printf '{"description":"预约","inputSchema":{"properties":{"a":{},"b":{}},"type":"object"},"name":"book","outputSchema":null,"title":null}' | sha256sum
    let digest = "sha256:f73f4c24153d79ac24ff5d025ee5d0882ce7cda2c20851bc2a8f694cced50896";
    for same in [&one, &other] {
        assert_eq!(pin::check(&pinned(digest), Some(same)), Ok(()));
    }
    assert!(pin::check(&pinned(digest), None).is_err());
    assert!(pin::check(&pinned(""), Some(&one)).is_err());
    assert!(pin::check(&pinned(&digest.to_uppercase()), Some(&one)).is_err());
}

#[test]
fn results_are_values() {
    let output = crate::schema::validator(&json!({"type": "object", "required": ["n"]})).unwrap();
    let structured = |value: Value| CallToolResult::structured(value);
    let text = CallToolResult::success(vec![
        ContentBlock::text("一"),
        ContentBlock::image("AAAA", "image/png"),
        ContentBlock::text("二"),
    ]);
    assert_eq!(
        result::value(&structured(json!({"n": 1})), Some(&output)),
        Ok(json!({"n": 1}))
    );
    assert_eq!(result::value(&structured(json!([1])), None), Ok(json!([1])));
    assert_eq!(result::value(&text, None), Ok(json!({"text": "一\n二"})));
    assert!(result::value(&text, Some(&output)).is_err());
    assert!(result::value(&structured(json!({"m": 1})), Some(&output)).is_err());
    let large = structured(json!({"n": "x".repeat(result::LARGEST)}));
    assert!(
        result::value(&large, Some(&output))
            .unwrap_err()
            .contains("bytes")
    );
}

#[test]
fn a_servers_words_are_cut_and_cleaned() {
    assert_eq!(result::short("  a\n\tb\u{1b}[31m  c "), "a b[31m c");
    assert_eq!(result::short(" \n"), "it gave no reason");
    assert_eq!(result::short(&"长".repeat(9000)).chars().count(), 300);
}
