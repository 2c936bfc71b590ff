use serde_json::json;

use super::*;

const MATRIX: &str = r#"
[roles]
citizen = { token = "citizen" }
centre = { token = "officer", centre = true }
duty = { token = "officer", units = ["应急局"] }
unit = { token = "officer" }

[agents]
desk = ["centre", "unit"]
guide = ["citizen"]

[faces]
api = ["citizen", "centre"]

[fields]
order = ["id", "text", "lines.at"]

[tools.status]
agents = ["desk", "api"]
[tools.status.shows]
centre = ["*"]
unit = ["@order"]
citizen = ["view.@order", "order"]

[kinds.form]
agents = ["guide"]
[kinds.form.shows]
citizen = ["*"]
"#;

fn person(role: &str, unit: Option<&str>) -> Person {
    Person {
        id: "token:x".to_owned(),
        role: role.to_owned(),
        unit: unit.map(str::to_owned),
    }
}

fn matrix() -> Rights {
    let matrix = Rights::parse("rights.toml", MATRIX).unwrap();
    matrix.with_centre("热线中心")
}

#[test]
fn a_unit_makes_a_role_and_what_has_none_has_no_rights() {
    let matrix = matrix();
    let check = |role, unit, expected: Option<&str>| {
        assert_eq!(matrix.role_of(&person(role, unit)), expected);
    };
    check("officer", Some("热线中心"), Some("centre"));
    check("officer", Some("应急局"), Some("duty"));
    check("officer", Some("别的单位"), Some("unit"));
    check("officer", None, Some("unit"));
    check("citizen", Some("热线中心"), Some("citizen"));
    check("developer", None, None);
    check("device", None, None);
    let device = person("device", None);
    assert!(!matrix.may_use("guide", &device));
    assert_eq!(
        matrix.shown(("status", Kind::Dispatch), &device, json!({"id": 1})),
        Value::Null
    );
}

#[test]
fn a_call_needs_the_agent_the_tool_and_the_role() {
    let matrix = matrix();
    let (centre, unit) = (person("officer", Some("热线中心")), person("officer", None));
    let citizen = person("citizen", None);
    let check = |tool, kind, caller, person: &Person, expected| {
        let may = matrix.may_call((tool, kind), caller, person);
        assert_eq!(may, expected, "{tool} {caller} {person:?}");
    };
    check("status", Kind::Dispatch, "desk", &centre, true);
    check("status", Kind::Dispatch, "desk", &unit, true);
    check("status", Kind::Dispatch, "desk", &citizen, false);
    check("status", Kind::Dispatch, "api", &citizen, true);
    check("status", Kind::Dispatch, "api", &unit, false);
    check("status", Kind::Dispatch, "guide", &citizen, false);
    check("status", Kind::Dispatch, "nobody", &centre, false);
    check("allowance", Kind::Form, "guide", &citizen, true);
    check("allowance", Kind::Form, "guide", &unit, false);
    check("allowance", Kind::Http, "guide", &citizen, false);
}

#[test]
fn others_go_by_their_folder_only_where_the_matrix_says_so() {
    let open = Rights::parse("f", &format!("others = \"manifest\"\n{MATRIX}")).unwrap();
    let citizen = person("citizen", None);
    let status = ("status", Kind::Dispatch);
    assert!(!matrix().may_use("new", &citizen) && open.may_use("new", &citizen));
    assert!(!matrix().may_call(status, "new", &citizen));
    assert!(open.may_call(status, "new", &citizen));
    assert!(!open.may_call(("page", Kind::Http), "new", &citizen));
    assert!(!open.may_use("new", &person("device", None)));
    assert_eq!(matrix().tokens_of("new"), BTreeSet::new());
    assert_eq!(open.tokens_of("new"), ["citizen", "officer"].into());
    assert_eq!(open.tokens_of("guide"), ["citizen"].into());
}

#[test]
fn what_is_not_named_is_not_shown() {
    let matrix = matrix();
    let value = json!({
        "id": "HL1", "text": "x", "contact": "139****1234",
        "lines": [{"at": 1, "text": "y"}, {"at": 2, "text": "z"}],
    });
    let status = ("status", Kind::Dispatch);
    let shown = |person, value| matrix.shown(status, &person, value);
    assert_eq!(
        shown(person("officer", Some("热线中心")), value.clone()),
        value
    );
    assert_eq!(
        shown(person("officer", None), value.clone()),
        json!({"id": "HL1", "text": "x", "lines": [{"at": 1}, {"at": 2}]})
    );
    let nested = json!({"order": "HL1", "suggested": "x", "view": value});
    assert_eq!(
        shown(person("citizen", None), nested),
        json!({"order": "HL1", "view": {"id": "HL1", "text": "x", "lines": [{"at": 1}, {"at": 2}]}})
    );
    assert_eq!(
        shown(person("officer", None), json!({"lines": "HL1"})),
        json!({"lines": null})
    );
}

#[test]
fn a_wrong_matrix_says_where() {
    let check = |text: &str, words: &str| {
        let error = Rights::parse("config/rights.toml", text).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("config/rights.toml"), "{message}");
        assert!(message.contains(words), "{message}");
    };
    check("others = 3", "line 1");
    check("[roles]\nx = {}", "token");
    check(
        "[roles]\n[agents]\na = [\"x\"]",
        "key `agents.a`: there is no role `x`",
    );
    check(
        "[roles]\na = { token = \"t\" }\nb = { token = \"t\" }",
        "`a` and `b` are for the same persons",
    );
    let row = |row: &str| format!("[roles]\na = {{ token = \"t\" }}\n[tools.t]\n{row}");
    check(
        &row("agents = [\"x\"]\nshows = {}"),
        "key `tools.t.agents`: there is no `x`",
    );
    check(
        &row("agents = []\nshows = { b = [] }"),
        "key `tools.t.shows`: there is no role `b`",
    );
    check(
        &row("agents = []\nshows = { a = [\"@x\"] }"),
        "key `tools.t.shows.a`: there is no `@x` in `fields`",
    );
    check(
        "[roles]\n[fields]\na = [\"b\", \"c.@b\"]\nb = [\"d\"]",
        "key `fields.a`: `c.@b` is another list",
    );
    check("[roles]\n[kinds.none]\nagents = []\nshows = {}", "none");
}
