//! What an argument decides, from its JSON Schema: first the format, then the words of its name, then of its description.
//!
//! One table for all tools. It knows no tool and no suite; a tool whose names say nothing needs a manifest that does.

use serde::Serialize;
use serde_json::Value;
use tools::Effect;

/// What an argument decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who receives, joins or is contracted, by an address or a name that leads outside.
    Who,
    /// The same by a name inside the system: a member, a channel, a group.
    Member,
    /// An address that is fetched or written to.
    Address,
    /// A file or an entry, by an identifier that is text.
    Entry,
    /// An entry that has a number.
    Row,
    /// Money.
    Amount,
    /// A password or a token.
    Secret,
    /// A particular of a person: name, street, town.
    Particular,
    /// A day or a time.
    Day,
    /// Text that people read.
    Text,
    /// None of these.
    Other,
}

/// Words of names, the most telling first.
const NAMES: [(Role, &[&str]); 10] = [
    (
        Role::Address,
        &["url", "uri", "link", "host", "webhook", "endpoint"],
    ),
    (
        Role::Secret,
        &["password", "passphrase", "secret", "token", "pin"],
    ),
    (Role::Entry, &["id", "ids", "filename", "order", "number"]),
    (Role::Amount, &["amount", "price", "sum", "fee", "payment"]),
    (
        Role::Who,
        &[
            "email",
            "mail",
            "iban",
            "phone",
            "mobile",
            "recipient",
            "recipients",
            "participant",
            "participants",
            "attendees",
            "cc",
            "bcc",
            "payee",
            "beneficiary",
            "hotel",
            "restaurant",
            "company",
            "shop",
            "vendor",
        ],
    ),
    (
        Role::Member,
        &["user", "member", "channel", "group", "room", "team"],
    ),
    (
        Role::Day,
        &["date", "day", "time", "start", "end", "deadline"],
    ),
    (
        Role::Particular,
        &[
            "street", "city", "town", "address", "surname", "name", "birthday",
        ],
    ),
    (
        Role::Text,
        &[
            "body",
            "content",
            "text",
            "subject",
            "title",
            "description",
            "message",
            "note",
            "location",
            "reason",
        ],
    ),
    (Role::Entry, &["attachment", "attachments"]),
];

/// Words of a description that make a name lead outside.
const OUTSIDE: [&str; 9] = [
    "iban",
    "email",
    "e-mail",
    "mail",
    "url",
    "phone",
    "account",
    "reservation",
    "address",
];

/// Names that are a person rather than an address, unless the description says otherwise.
const PERSONS: [&str; 4] = ["recipient", "recipients", "participant", "participants"];

/// What argument `name` decides.
pub fn role(name: &str, schema: &Value) -> Role {
    let one = alternative(schema);
    match one.get("format").and_then(Value::as_str) {
        Some("email" | "idn-email") => return Role::Who,
        Some("uri" | "iri" | "uri-reference" | "hostname") => return Role::Address,
        Some("date" | "date-time" | "time") => return Role::Day,
        Some("uuid") => return Role::Entry,
        Some(_) | None => {}
    }
    let kind = one.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind == "boolean" || one.get("enum").is_some() || one.get("$ref").is_some() {
        return Role::Other;
    }
    let words = words(name);
    let named = NAMES
        .iter()
        .find(|(_, all)| words.iter().any(|word| all.contains(&word.as_str())));
    match named.map(|(role, _)| *role) {
        Some(Role::Entry) if matches!(kind, "integer" | "number") => Role::Row,
        Some(Role::Who)
            if words.iter().any(|word| PERSONS.contains(&word.as_str()))
                && !leads_outside(schema) =>
        {
            Role::Member
        }
        Some(role) => role,
        None => Role::Other,
    }
}

/// What a tool does to the world, from the verb that its name begins with.
pub fn effect(tool: &str) -> Effect {
    match verb(tool).as_str() {
        "get" | "read" | "search" | "list" | "find" | "check" | "show" | "count" | "lookup" => {
            Effect::Read
        }
        _ => Effect::Write,
    }
}

/// Whether a tool makes something new.
pub fn makes(tool: &str) -> bool {
    verb(tool) == "create"
}

/// Whether a tool makes or adds to something and leaves all else as it was.
pub fn is_additive(tool: &str) -> bool {
    makes(tool) || verb(tool) == "append"
}

/// The noun of an identifier, which names of tools that bring it contain: `file` of `file_id`; of `id` alone the last word
/// of the tool, in the singular.
pub fn noun(argument: &str, tool: &str) -> String {
    let of_argument: Vec<String> = words(argument)
        .into_iter()
        .filter(|word| word != "id" && word != "ids")
        .collect();
    let mut noun = match of_argument.last() {
        Some(word) => word.clone(),
        None => words(tool).pop().unwrap_or_default(),
    };
    if noun == "filename" {
        "file".clone_into(&mut noun);
    }
    noun.strip_suffix('s').unwrap_or(&noun).to_owned()
}

/// Words of a name: `userEmail`, `user_email` and `user-email` are `user`, `email`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for character in name.chars() {
        let begins = character.is_uppercase() && before.is_lowercase();
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(character.to_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn verb(tool: &str) -> String {
    words(tool).into_iter().next().unwrap_or_default()
}

/// The alternative of an `anyOf` that is not null.
fn alternative(schema: &Value) -> &Value {
    let all = ["anyOf", "oneOf"]
        .into_iter()
        .find_map(|key| schema.get(key).and_then(Value::as_array));
    let not_null = |one: &&Value| one.get("type").and_then(Value::as_str) != Some("null");
    all.and_then(|all| all.iter().find(not_null))
        .unwrap_or(schema)
}

fn leads_outside(schema: &Value) -> bool {
    let description = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    OUTSIDE.iter().any(|word| description.contains(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_by_name_format_and_description() {
        let text = json!({"type": "string"});
        let or_null = json!({"anyOf": [{"type": "null"}, {"type": "string"}]});
        for (name, schema, expected) in [
            ("user_email", text.clone(), Role::Who),
            ("userEmail", text.clone(), Role::Who),
            ("recipient", text.clone(), Role::Member),
            (
                "recipient",
                json!({"type": "string", "description": "IBAN of the recipient"}),
                Role::Who,
            ),
            ("cc", or_null.clone(), Role::Who),
            (
                "whom",
                json!({"type": "string", "format": "email"}),
                Role::Who,
            ),
            (
                "where",
                json!({"type": "string", "format": "uri"}),
                Role::Address,
            ),
            ("url", text.clone(), Role::Address),
            ("channel", text.clone(), Role::Member),
            ("file_id", text.clone(), Role::Entry),
            ("id", json!({"type": "integer"}), Role::Row),
            (
                "amount",
                json!({"anyOf": [{"type": "number"}, {"type": "null"}]}),
                Role::Amount,
            ),
            ("new_password", text.clone(), Role::Secret),
            ("street", or_null, Role::Particular),
            ("new_start_time", text.clone(), Role::Day),
            (
                "when",
                json!({"type": "string", "format": "date"}),
                Role::Day,
            ),
            ("body", text.clone(), Role::Text),
            ("recurring", json!({"type": "boolean"}), Role::Other),
            (
                "permission",
                json!({"$ref": "#/$defs/Permission"}),
                Role::Other,
            ),
            ("n", json!({"type": "integer"}), Role::Other),
            ("attachments", json!({"type": "array"}), Role::Entry),
            ("", Value::Null, Role::Other),
        ] {
            assert_eq!(role(name, &schema), expected, "{name} {schema}");
        }
    }

    #[test]
    fn effects_by_verb() {
        for read in [
            "get_iban",
            "search_files",
            "readInbox",
            "list_files",
            "check_restaurant_opening_hours",
        ] {
            assert_eq!(effect(read), Effect::Read, "{read}");
        }
        for write in ["send_money", "reserve_hotel", "", "gets", "update_password"] {
            assert_eq!(effect(write), Effect::Write, "{write}");
        }
        assert!(
            is_additive("append_to_file")
                && !is_additive("delete_file")
                && !is_additive("add_user_to_channel")
        );
    }

    #[test]
    fn nouns_of_identifiers() {
        assert_eq!(noun("file_id", "delete_file"), "file");
        assert_eq!(noun("id", "update_scheduled_transaction"), "transaction");
        assert_eq!(noun("event_ids", "cancel"), "event");
        assert_eq!(noun("filename", "create_file"), "file");
        assert_eq!(noun("id", ""), "");
    }
}
