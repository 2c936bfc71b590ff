//! Texts of models and the calls in them.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::bfcl::decode;

/// The calls on one line each, or what is wrong.
#[track_caller]
fn check(text: &str) -> String {
    match decode(text) {
        Ok(calls) => calls
            .iter()
            .map(|call| format!("{} {}", call.name, Value::Object(call.arguments.clone())))
            .collect::<Vec<_>>()
            .join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn json() {
    insta::assert_snapshot!(check(r#"{"name": "f", "arguments": {"a": 1}}"#), @r#"f {"a":1}"#);
    insta::assert_snapshot!(check(r#" [{"name": "f", "arguments": {}}, {"name": "g"}] "#), @"
    f {}
    g {}
    ");
    insta::assert_snapshot!(check(r#"{"name": "f", "parameters": {"a": [1.0]}}"#), @r#"f {"a":[1.0]}"#);
    insta::assert_snapshot!(check("```json\n{\"name\": \"f\"}\n```"), @"f {}");
    insta::assert_snapshot!(check(r#"{"name": "f", "arguments": {"a": 1}"#), @"a call is not JSON: EOF while parsing an object at line 1 column 35");
    insta::assert_snapshot!(check(r#"{"name": "f"} {"name": "g"}"#), @"a call is not JSON: trailing characters at line 1 column 15");
    insta::assert_snapshot!(check(r#"[{"name": "f"}, 1]"#), @"a call is not an object");
    insta::assert_snapshot!(check(r#"{"arguments": {}}"#), @"a call has no `name`");
    insta::assert_snapshot!(check(r#"{"name": "f", "arguments": "{}"}"#), @"the arguments of `f` are not an object");
    insta::assert_snapshot!(check(r#"{"name": "f", "arguments": {}, "why": 1}"#), @"a call of `f` has the key `why`, which has no meaning");
}

#[test]
fn hermes() {
    let one =
        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"</tool_call>\"}}\n</tool_call>";
    insta::assert_snapshot!(check(one), @r#"f {"a":"</tool_call>"}"#);
    insta::assert_snapshot!(check(&format!("First this. {one} Then that.\n{one}\nDone.")), @r#"
    f {"a":"</tool_call>"}
    f {"a":"</tool_call>"}
    "#);
    insta::assert_snapshot!(check("<tool_call>{\"name\": \"f\"}"), @"a call does not end with `</tool_call>`");
    insta::assert_snapshot!(check("<tool_call>"), @"a call does not end with `</tool_call>`");
    insta::assert_snapshot!(check("<tool_call>f(a=1)</tool_call>"), @"a call is not JSON: expected ident at line 1 column 2");
    insta::assert_snapshot!(check("<tool_call>[]</tool_call>"), @"a call is not an object");
}

#[test]
fn python() {
    insta::assert_snapshot!(check("[f(a=1, b='x')]"), @r#"f {"a":1,"b":"x"}"#);
    insta::assert_snapshot!(check(" [ f( ) ] "), @"f {}");
    insta::assert_snapshot!(check("[a.b_2.c(), 查询(城市='和澜',),]"), @r#"
    a.b_2.c {}
    查询 {"城市":"和澜"}
    "#);
    insta::assert_snapshot!(check("f(a=1), g(\n  b = 2\n)"), @r#"
    f {"a":1}
    g {"b":2}
    "#);
    insta::assert_snapshot!(check("```python\n[f(a=1)]\n```"), @r#"f {"a":1}"#);
    insta::assert_snapshot!(check("```f(a=1)```"), @r#"f {"a":1}"#);
    insta::assert_snapshot!(check("[f(a=1)"), @"at character 8: `,` or `]` is expected");
    insta::assert_snapshot!(check("[f(a=1), 2]"), @"at character 10: a name is expected");
    insta::assert_snapshot!(check("[f(a=1) g()]"), @"at character 9: `,` or `]` is expected");
    insta::assert_snapshot!(check("[f(a=1)] and so on"), @"at character 10: the end is expected");
    insta::assert_snapshot!(check("f(a=1) and so on"), @"at character 8: `,` or the end is expected");
    insta::assert_snapshot!(check("f(a=1"), @"at character 6: `,` or `)` is expected");
    insta::assert_snapshot!(check("f("), @"at character 3: an argument or `)` is expected");
    insta::assert_snapshot!(check("f(a"), @"an argument of `f` has no name");
    insta::assert_snapshot!(check("f(a=1 b=2)"), @"at character 7: `,` or `)` is expected");
    insta::assert_snapshot!(check("f(,)"), @"an argument of `f` has no name");
    insta::assert_snapshot!(check("f(1)"), @"an argument of `f` has no name");
    insta::assert_snapshot!(check("f(**a)"), @"an argument of `f` has no name");
    insta::assert_snapshot!(check("f(a=1, a=2)"), @"`a` of `f` is given twice");
    insta::assert_snapshot!(check("f(a=)"), @"at character 5: not a literal");
    insta::assert_snapshot!(check("f(a=celsius)"), @"at character 5: not a literal");
    insta::assert_snapshot!(check("f(a=true)"), @"at character 5: not a literal");
    insta::assert_snapshot!(check("f(a=g(b=1))"), @"at character 5: not a literal");
    insta::assert_snapshot!(check("f(a=1 + 2)"), @"at character 7: `,` or `)` is expected");
    insta::assert_snapshot!(check("f(a={1})"), @"at character 6: a string as key is expected");
    insta::assert_snapshot!(check("f(a={'k' 1})"), @"at character 10: `:` is expected");
    insta::assert_snapshot!(check("f(a=[1 2])"), @"at character 8: `,` or `]` is expected");
    insta::assert_snapshot!(check("f(a=(1 2))"), @"at character 8: `,` or `)` is expected");
    insta::assert_snapshot!(check("f(a={'k': 1 'l': 2})"), @"at character 13: `,` or `}` is expected");
    insta::assert_snapshot!(check("f(a=[,])"), @"at character 6: not a literal");
    insta::assert_snapshot!(check("f(a='x)"), @"at character 5: a string without an end");
    insta::assert_snapshot!(check("f(a='x\ny')"), @"at character 5: a string without an end");
    insta::assert_snapshot!(check("f(a=f'{x}')"), @"at character 5: not a literal");
    insta::assert_snapshot!(check(r"f(a='\u12')"), @"at character 7: not an escape");
    insta::assert_snapshot!(check(r"f(a='\N{BULLET}')"), @"at character 7: not an escape");
    insta::assert_snapshot!(check("f(a=100000000000000000000)"), @"at character 5: too large a number");
    insta::assert_snapshot!(check("f(a=1e999)"), @"at character 5: too large a number");
    insta::assert_snapshot!(check(&format!("f(a={})", "[".repeat(100_000))), @"at character 133: too deep");
}

#[rstest]
#[case("")]
#[case("I cannot do that (not yet).")]
#[case("[]")]
#[case("[1] says so")]
#[case("f")]
#[case("[f ()]")]
#[case("``` f ```")]
#[case("Sure: [f(a=1)]")]
fn nothing_is_called(#[case] text: &str) {
    assert_eq!(decode(text), Ok(Vec::new()));
}

#[rstest]
#[case("0", json!(0))]
#[case("-5", json!(-5))]
#[case("+5", json!(5))]
#[case("00", json!(0))]
#[case("1_000", json!(1000))]
#[case("0x1F", json!(31))]
#[case("-0b101", json!(-5))]
#[case("0o17", json!(15))]
#[case("0x_f_f", json!(255))]
#[case("0xe", json!(14))]
#[case("18446744073709551615", json!(u64::MAX))]
#[case("-9223372036854775808", json!(i64::MIN))]
#[case("5.0", json!(5.0))]
#[case("5.", json!(5.0))]
#[case(".5", json!(0.5))]
#[case("-1.5e-3", json!(-0.0015))]
#[case("1E+2", json!(100.0))]
#[case("09.5", json!(9.5))]
#[case("True", json!(true))]
#[case("False", json!(false))]
#[case("None", json!(null))]
#[case("[]", json!([]))]
#[case("[1, 'x', [None],]", json!([1, "x", [null]]))]
#[case("()", json!([]))]
#[case("(1)", json!(1))]
#[case("(1,)", json!([1]))]
#[case("(1, 2)", json!([1, 2]))]
#[case("((1, 2))", json!([1, 2]))]
#[case("{}", json!({}))]
#[case("{'k': 1, \"l\" : {'m': (2,)},}", json!({"k": 1, "l": {"m": [2]}}))]
#[case("{'k': 1, 'k': 2}", json!({"k": 2}))]
#[case("''", json!(""))]
#[case("'it\"s'", json!("it\"s"))]
#[case(r"'it\'s'", json!("it's"))]
#[case("\"\"\"a\n'b' \"c\" \"\"\"", json!("a\n'b' \"c\" "))]
#[case("'a' \"b\" r'\\n'", json!("ab\\n"))]
#[case(r"r'\'\d'", json!(r"\'\d"))]
#[case("u'x'", json!("x"))]
#[case(r"'\n\t\\\x41\101\u6f9c\U0001F600\0'", json!("\n\t\\AA澜😀\0"))]
#[case(r"'\d'", json!(r"\d"))]
#[case("'a\\\nb'", json!("ab"))]
#[case("'澜, [f(x=1)]'", json!("澜, [f(x=1)]"))]
fn literals(#[case] written: &str, #[case] value: Value) {
    let calls = decode(&format!("[f(a={written})]")).expect("a call");
    let found = &calls[0].arguments["a"];
    assert_eq!(found, &value);
    assert_eq!(found.to_string(), value.to_string());
}

#[rstest]
#[case("007")]
#[case("1__0")]
#[case("_1")]
#[case("1_")]
#[case("1_e5")]
#[case("0x")]
#[case("0xg")]
#[case("1.2.3")]
#[case("1j")]
#[case("--1")]
#[case("- 1")]
#[case("-'x'")]
#[case("1e")]
#[case(".")]
#[case("inf")]
#[case("null")]
#[case("b'x'")]
#[case("rb'x'")]
#[case("'x")]
#[case("'''x''")]
#[case(r"'\x4'")]
#[case(r"'\ud83d'")]
#[case("{**a}")]
#[case("[x for x in y]")]
#[case("lambda: 1")]
fn not_literals(#[case] written: &str) {
    let result = decode(&format!("[f(a={written})]"));
    assert!(result.is_err(), "{result:?}");
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in r#"(\[|\{|<tool_call>)?f?\(?[a=(){}\[\],:'"\\rNx0-9._eé \n]{0,40}"#) {
        let _ = decode(&text);
    }

    #[test]
    fn any_text_is_read_back(text: String) {
        let escaped = text.replace('\\', r"\\").replace('\'', r"\'").replace('\n', r"\n");
        let calls = decode(&format!("[f(a='{escaped}')]"));
        prop_assert_eq!(&calls.expect("a call")[0].arguments["a"], &json!(text));
    }
}
