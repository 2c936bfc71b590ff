//! What servers in the wild answer, and what is made of it. All of it is made up here.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn shown<T: Serialize>(read: Result<T, String>) -> Value {
    match read {
        Ok(read) => without_nulls(serde_json::to_value(read).unwrap()),
        Err(why) => json!({ "error": why }),
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                kept.map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn error(value: &Value, part: &str) {
    let said = value["error"].as_str();
    assert!(said.is_some_and(|said| said.contains(part)), "{value}");
}

#[test]
fn receipts_are_read_however_they_are_written() {
    let number = json!({"service_request_id": "638"});
    for (text, expected) in [
        (
            "<service_requests><request><service_request_id>638</service_request_id></request></service_requests>",
            number.clone(),
        ),
        (
            "\u{feff}\n<?xml version='1.0' encoding='UTF-8'?><!-- x --><o:service_requests xmlns:o='urn:x'><o:request a='b'>\n <o:service_request_id> 638 </o:service_request_id><o:token/></o:request></o:service_requests>",
            number.clone(),
        ),
        (
            "<service_requests type=\"array\"><request><service_request_id><![CDATA[638]]></service_request_id></request></service_requests>",
            number.clone(),
        ),
        (
            r#"[{"service_request_id": 638, "token": null}]"#,
            number.clone(),
        ),
        (r#"{"service_request_id": "638"}"#, number.clone()),
        (
            r#"{"service_requests": [{"service_request_id": "638", "service_notice": ""}]}"#,
            number.clone(),
        ),
        (
            r#"[{"token": "t1", "service_notice": "A &amp; B", "account_id": 7}]"#,
            json!({"token": "t1", "service_notice": "A &amp; B", "account_id": "7"}),
        ),
        (
            "<service_requests><request><token>t1</token><service_notice>A &amp; B&#33;</service_notice></request></service_requests>",
            json!({"token": "t1", "service_notice": "A & B!"}),
        ),
    ] {
        assert_eq!(shown(receipt(text)), expected, "{text}");
    }
    for (text, why) in [
        ("", "empty"),
        ("   ", "empty"),
        ("OK", "neither XML nor JSON"),
        ("<html><body>Welcome</body></html>", "page"),
        (
            "<!DOCTYPE html><html><head><title>x</title></head></html>",
            "page",
        ),
        ("<service_requests/>", "neither `service_request_id`"),
        ("[]", "neither `service_request_id`"),
        ("{}", "neither `service_request_id`"),
        (
            "<service_requests><request><service_request_id>63",
            "too early",
        ),
        ("<service_requests><request></service_requests>", "damaged"),
        ("[{\"service_request_id\": \"63", "damaged"),
        ("<a/><b/>", "two roots"),
        (
            "<errors><error><code>400</code><description>duplicate</description></error></errors>",
            "duplicate",
        ),
    ] {
        error(&shown(receipt(text)), why);
    }
    let deep = "<a>".repeat(40);
    error(&shown(receipt(&deep)), "too deeply");
    let deep = "[".repeat(100_000);
    error(&shown(receipt(&deep)), "damaged");
}

#[test]
fn a_declared_entity_is_not_expanded() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><service_requests><request><service_request_id>&c;</service_request_id></request></service_requests>";
    assert_eq!(shown(receipt(bomb)), json!({"service_request_id": "&c;"}));
}

#[test]
fn requests_are_read_with_whatever_fields_there_are() {
    let full = "<service_requests><request><service_request_id>1</service_request_id><status>CLOSED</status><description>a &lt;b&gt;</description><lat>27.6</lat><long>118.6</long><zipcode/></request><request><status>open</status></request><request><service_request_id>2</service_request_id></request></service_requests>";
    let expected = json!([
        {"service_request_id": "1", "status": "closed", "description": "a <b>", "lat": "27.6", "long": "118.6"},
        {"service_request_id": "2"},
    ]);
    assert_eq!(shown(requests(full)), expected);
    let same = r#"[{"service_request_id": 1, "status": "closed", "description": "a <b>", "lat": 27.6, "long": 118.6, "zipcode": null}, {"status": "open"}, {"service_request_id": "2"}]"#;
    assert_eq!(shown(requests(same)), expected);
    assert_eq!(shown(requests("[]")), json!([]));
    assert_eq!(
        shown(requests("<service_requests></service_requests>")),
        json!([])
    );
}

#[test]
fn services_and_definitions_are_read() {
    let listed = "<services><service><service_code>001</service_code><service_name>Potholes</service_name><metadata>true</metadata><type>RealTime</type><keywords>a, b</keywords><group>street</group></service><service><service_name>no code</service_name></service></services>";
    assert_eq!(
        shown(services(listed)),
        json!([{"service_code": "001", "service_name": "Potholes", "metadata": true, "type": "realtime", "keywords": "a, b", "group": "street"}])
    );
    assert_eq!(
        shown(services(r#"[{"service_code": 1, "metadata": "false"}]"#)),
        json!([{"service_code": "1", "metadata": false}])
    );
    let attribute = json!({"code": "WHISPAWN", "datatype": "singlevaluelist", "required": true, "variable": true, "description": "Which?", "values": [["1", "one"], ["2", "2"]]});
    let expected = json!({"service_code": "DMV66", "attributes": [attribute]});
    let xml = "<service_definition><service_code>DMV66</service_code><attributes><attribute><variable>true</variable><code>WHISPAWN</code><datatype>singlevaluelist</datatype><required>true</required><description>Which?</description><values><value><key>1</key><name>one</name></value><value><key>2</key></value></values></attribute></attributes></service_definition>";
    assert_eq!(shown(definition(xml)), expected);
    let json = r#"{"service_code": "DMV66", "attributes": [{"variable": true, "code": "WHISPAWN", "datatype": "singlevaluelist", "required": true, "description": "Which?", "values": [{"key": 1, "name": "one"}, {"key": 2}]}]}"#;
    assert_eq!(shown(definition(json)), expected);
    assert_eq!(shown(definition(&format!("[{json}]"))), expected);
    assert_eq!(
        shown(definition(
            "<service_definition><service_code>1</service_code><attributes/></service_definition>"
        )),
        json!({"service_code": "1", "attributes": []})
    );
}

#[test]
fn updates_and_problems_are_read() {
    let expected = json!([{"update_id": "9", "service_request_id": "1", "status": "FIXED"}]);
    for root in ["service_request_updates", "service_requests_updates"] {
        let text = format!(
            "<{root}><request_update><update_id>9</update_id><service_request_id>1</service_request_id><status>fixed</status><media_url/></request_update></{root}>"
        );
        assert_eq!(shown(updates(&text)), expected);
    }
    for (text, expected) in [
        (
            "<errors><error><code>403</code><description>no key</description></error></errors>",
            json!([{"code": "403", "description": "no key"}]),
        ),
        (
            r#"[{"code": 400, "description": "bad"}, {"code": 401}]"#,
            json!([{"code": "400", "description": "bad"}]),
        ),
        (
            r#"{"errors": [{"description": "bad"}]}"#,
            json!([{"description": "bad"}]),
        ),
        ("<html>500</html>", json!([])),
        ("half <", json!([])),
        ("", json!([])),
    ] {
        assert_eq!(shown(Ok(problems(text))), expected, "{text}");
    }
}

#[test]
fn arguments_become_a_form() {
    let arguments = json!({
        "service_code": "001", "lat": 27.6, "description": "路灯 & 电线+?",
        "email": "", "phone": null,
        "attributes": {"time": "昨晚", "many": ["a", "b"], "none": ""},
    });
    let Value::Object(arguments) = arguments else {
        unreachable!()
    };
    assert_eq!(
        form(&pairs(&arguments)),
        "service_code=001&lat=27%2E6&description=%E8%B7%AF%E7%81%AF%20%26%20%E7%94%B5%E7%BA%BF%2B%3F&attribute%5Btime%5D=%E6%98%A8%E6%99%9A&attribute%5Bmany%5D%5B%5D=a&attribute%5Bmany%5D%5B%5D=b"
    );
    assert_eq!(encoded("../a?b#c@d%e\n"), "%2E%2E%2Fa%3Fb%23c%40d%25e%0A");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_server_sends_is_read_or_refused(text in any::<String>(), shaped in "[<>/a-c\\[\\]{}\":,&;!?= ]{0,60}") {
        for text in [&text, &shaped] {
            let _ = (receipt(text), requests(text), services(text), definition(text), updates(text), problems(text));
        }
    }
}
