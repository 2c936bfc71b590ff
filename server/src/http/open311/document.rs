//! A document of GeoReport v2: one value, written as XML or as JSON. It knows neither orders nor services.
//!
//! XML cannot hold every character. What it cannot hold is replaced when the value is made, so that both forms say the same.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::http::turns::NO_STORE;

/// How a document is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Every program has it.
    Xml,
    /// For most of today's.
    Json,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Nothing is known.
    Absent,
    /// A text without characters that XML cannot hold.
    Text(String),
    /// A whole number.
    Integer(usize),
    /// Degrees.
    Degrees(f64),
    /// Yes or no.
    Truth(bool),
    /// Named members, in order.
    Record(Vec<(&'static str, Node)>),
    /// Items, and what each is called in XML.
    List(&'static str, Vec<Node>),
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Document {
    /// Name of the root element; JSON has none.
    pub(super) root: &'static str,
    /// What is in it.
    pub(super) body: Node,
}

impl Format {
    /// By the ending of a path.
    pub(super) fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "xml" => Some(Self::Xml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Node {
    /// A text.
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        let kept = text.as_ref().chars();
        Self::Text(
            kept.map(|character| {
                if is_legal(character) {
                    character
                } else {
                    '\u{fffd}'
                }
            })
            .collect(),
        )
    }

    /// A text that may not be there.
    pub(super) fn maybe(text: Option<impl AsRef<str>>) -> Self {
        text.map_or(Self::Absent, Self::text)
    }
}

impl Document {
    /// As XML.
    pub(super) fn xml(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        element(&mut out, self.root, &self.body);
        out.push('\n');
        out
    }

    /// As JSON.
    pub(super) fn json(&self) -> String {
        value(&self.body).to_string()
    }

    /// As the body of a response.
    pub(super) fn response(&self, format: Format) -> Response {
        let (kind, body) = match format {
            Format::Xml => ("text/xml; charset=utf-8", self.xml()),
            Format::Json => ("application/json; charset=utf-8", self.json()),
        };
        let mut response = (NO_STORE, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }
}

/// Whether XML 1.0 can hold a character.
pub(super) fn is_legal(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => true,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => false,
        _ => true,
    }
}

fn element(out: &mut String, name: &str, node: &Node) {
    out.push_str(&format!("<{name}>"));
    match node {
        Node::Absent => {}
        Node::Text(text) => escape(out, text),
        Node::Integer(number) => out.push_str(&number.to_string()),
        Node::Degrees(number) => out.push_str(&number.to_string()),
        Node::Truth(truth) => out.push_str(&truth.to_string()),
        Node::Record(members) => {
            for (name, node) in members {
                element(out, name, node);
            }
        }
        Node::List(name, items) => {
            for item in items {
                element(out, name, item);
            }
        }
    }
    out.push_str(&format!("</{name}>"));
}

/// A carriage return that stands as it is would be read as a line feed.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            _ => out.push(character),
        }
    }
}

fn value(node: &Node) -> Value {
    match node {
        Node::Absent => Value::Null,
        Node::Text(text) => Value::from(text.as_str()),
        Node::Integer(number) => json!(number),
        Node::Degrees(number) => json!(number),
        Node::Truth(truth) => Value::Bool(*truth),
        Node::Record(members) => {
            let members = members.iter();
            let named = members.map(|(name, node)| ((*name).to_owned(), value(node)));
            Value::Object(named.collect::<Map<_, _>>())
        }
        Node::List(_, items) => Value::Array(items.iter().map(value).collect()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tools::open311::{Node as Read, document};

    use super::*;

    fn sample(text: &str) -> Document {
        Document {
            root: "service_requests",
            body: Node::List(
                "request",
                vec![Node::Record(vec![
                    ("description", Node::text(text)),
                    ("lat", Node::Degrees(27.6034)),
                    ("order", Node::Integer(3)),
                    ("required", Node::Truth(true)),
                    ("address_id", Node::Absent),
                    ("values", Node::List("value", vec![Node::text(text)])),
                ])],
            ),
        }
    }

    fn check(text: &str) {
        let kept: String = text
            .chars()
            .map(|character| {
                if is_legal(character) {
                    character
                } else {
                    '\u{fffd}'
                }
            })
            .collect();
        let written = sample(text);
        let xml = document(&written.xml()).unwrap();
        assert_eq!(xml.root, "service_requests");
        let request = xml.body.get("request").unwrap();
        assert_eq!(request.text("description"), Some(kept.as_str()));
        let values = request.get("values").unwrap();
        assert_eq!(values.text("value"), Some(kept.as_str()));
        assert_eq!(request.members().len(), 6);
        let json = document(&written.json()).unwrap();
        let request = json.body.get("").unwrap();
        assert_eq!(request.text("description"), Some(kept.as_str()));
        let values = request.get("values").unwrap();
        assert_eq!(values.members()[0].1, Read::Text(kept));
    }

    #[test]
    fn both_forms_say_the_same() {
        let written = sample("路灯 <坏> & \"暗\"\r\n]]>");
        insta::assert_snapshot!(written.xml(), @r#"
        <?xml version="1.0" encoding="utf-8"?>
        <service_requests><request><description>路灯 &lt;坏&gt; &amp; "暗"&#13;
        ]]&gt;</description><lat>27.6034</lat><order>3</order><required>true</required><address_id></address_id><values><value>路灯 &lt;坏&gt; &amp; "暗"&#13;
        ]]&gt;</value></values></request></service_requests>
        "#);
        insta::assert_snapshot!(written.json(), @r#"[{"description":"路灯 <坏> & \"暗\"\r\n]]>","lat":27.6034,"order":3,"required":true,"address_id":null,"values":["路灯 <坏> & \"暗\"\r\n]]>"]}]"#);
    }

    #[test]
    fn texts_that_would_break_a_document_do_not() {
        for text in [
            "",
            " ",
            "\t\n\r",
            "</description>",
            "<!--",
            "<![CDATA[x]]>",
            "]]>",
            "&amp;",
            "&#0;",
            "&unknown;",
            "<?xml version=\"1.0\"?>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]>&b;",
            "\0\u{1}\u{b}\u{1f}\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{10ffff}",
            "\u{feff}楼道",
            "\\u0000\"\\",
            "𠮷野家",
        ] {
            check(text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_comes_back_as_it_went(text in any::<String>(), sharp in "[<>&'\"\\]\\[;!#\\-\\r\\n\\t\\x00-\\x1f]{0,12}") {
            check(&text);
            check(&format!("{sharp}{text}{sharp}"));
        }
    }
}
