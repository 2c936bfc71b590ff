//! What templates may rely on. Equality with `transformers` is tested in `models/src/file/reference.rs`.

use jiff::civil::date;
use rstest::rstest;
use serde_json::json;

use super::*;

fn template(source: &str) -> Result<Template, String> {
    let source = source.to_owned();
    Template::new(
        Path::new("a.gguf"),
        source,
        "<s>",
        "</s>",
        Architecture::Qwen3,
    )
}

fn render(source: &str, messages: &[Message]) -> Result<String, Error> {
    let template = template(source).unwrap();
    template.render(messages, &[], true, true, date(2026, 11, 21))
}

#[rstest]
#[case::python_words(
    "{{ true }} {{ none }} {{ [1, 'a', none] }} {{ {'k': 1.0} }}",
    "True None [1, 'a', None] {'k': 1.0}"
)]
#[case::floats("{{ 1e16 }} {{ 1e-5 }} {{ 0.5 }} {{ 100.0 }}", "1e+16 1e-05 0.5 100.0")]
#[case::string_filter(
    "{{ 1e-5 | string }} {{ true | string }} {{ 'a' | string }}",
    "1e-05 True a"
)]
#[case::iterable(
    "{{ none is iterable }} {{ 'a' is iterable }} {{ [] is iterable }} {{ 1 is iterable }}",
    "False True True False"
)]
#[case::undefined("[{{ nothing }}]", "[]")]
#[case::json(
    "{{ {'b': '<é\"', 'a': [1, 2.0, true]} | tojson }}",
    "{\"b\": \"<é\\\"\", \"a\": [1, 2.0, true]}"
)]
#[case::indented(
    "{{ {'b': [], 'a': [1]} | tojson(indent=2) }}",
    "{\n  \"b\": [],\n  \"a\": [\n    1\n  ]\n}"
)]
#[case::today("{{ strftime_now('%d %b %Y') }}", "21 Nov 2026")]
#[case::tokens("{{ bos_token }}{{ eos_token }}", "<s></s>")]
#[case::blocks("a\n  {% if true %}\nb\n  {% endif %}\nc", "a\nb\nc")]
#[case::generation(
    "{% for m in messages %}\n{%- generation -%}\n {{ m.content }} {% endgeneration %}!{% endfor %}",
    "hi !"
)]
#[case::loop_control(
    "{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "01"
)]
#[case::methods(
    "{{ ' x '.strip() }}{{ 'a-b'.split('-')[-1] }}{{ 'ab'.startswith('a') }}",
    "xbTrue"
)]
#[case::flags(
    "{{ add_generation_prompt }} {{ enable_thinking }} {{ tools is none }}",
    "True True True"
)]
fn what_templates_write(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(render(source, &[Message::user("hi")]).unwrap(), expected);
}

#[rstest]
#[case::raised(
    "{{ raise_exception('only two roles') }}",
    "only two roles (line 1 of the template)"
)]
#[case::endless(
    "{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}",
    "ran out of fuel"
)]
#[case::too_much(
    "{% for a in range(999) %}{{ messages[0].content * 99 }}{% endfor %}",
    "without end"
)]
#[case::recursive("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "recursion")]
#[case::no_such_filter("{{ 1 | nothing }}", "nothing")]
#[case::attribute_of_nothing("{{ a.b.c }}", "undefined")]
#[case::doubled(
    "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "without end"
)]
#[case::doubled_json(
    "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
    "without end"
)]
#[case::in_itself("{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}", "too deep")]
#[case::joined("{{ range(99999) | join(messages[0].content) }}", "without end")]
#[case::joined_by_method("{{ messages[0].content.join(range(99999)) }}", "without end")]
#[case::replaced(
    "{% set x = messages[0].content %}{{ (x * 99) | replace('', x) }}",
    "without end"
)]
#[case::replaced_by_method(
    "{% set x = messages[0].content %}{{ (x * 99).replace('x', x) }}",
    "without end"
)]
#[case::repeated("{{ 'x' * 10000000000000 }}", "too large")]
#[case::long_range("{{ range(10000000000000) | list }}", "too many")]
#[case::indented_far("{{ 'x' | indent(10000000000000) }}", "indent")]
#[case::formatted_wide("{{ '{:10000000000000}'.format(1) }}", "format")]
#[case::files("{% include '/etc/passwd' %}", "passwd")]
#[case::format("{{ strftime_now('%Q') }}", "strftime_now")]
fn what_fails_is_an_error(#[case] source: &str, #[case] expected: &str) {
    let long = Message::user("x".repeat(4096));
    let error = render(source, &[long]).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert!(error.contains("a.gguf"), "{error}");
}

/// Everything that walks over values goes down once for each list in a list.
#[rstest]
#[case::dropped("", Ok(""))]
#[case::written("{{ ns.x }}", Err("too deep"))]
#[case::text("{{ ns.x | string }}", Err("too deep"))]
#[case::json("{{ ns.x | tojson }}", Err("too deep"))]
#[case::joined("{{ [ns.x] | join }}", Err("too deep"))]
#[case::compared("{{ ns.x == ns.y }}", Ok("False"))]
#[case::found("{{ ns.x in [ns.y] }}", Ok("False"))]
#[case::ordered("{{ [ns.x, ns.y] | sort | length }}", Ok("2"))]
#[case::told_apart("{{ [ns.x, ns.y] | unique | list | length }}", Ok("2"))]
#[case::appended("{{ (ns.x ~ '') | length > 99 }}", Ok("True"))]
#[case::key("{% set m = {ns.x: 1} %}{{ m | length }}", Ok("1"))]
fn deep_values_do_not_exhaust_the_stack(#[case] end: &str, #[case] expected: Result<&str, &str>) {
    let deep = "[".repeat(40) + "ns.X" + &"]".repeat(40);
    let source = format!(
        "{{%- set ns = namespace(x=[1], y=[2]) -%}}{{%- for i in range(1000) -%}}{{%- set ns.x = {} -%}}{{%- set ns.y = {} -%}}{{%- endfor -%}}{end}",
        deep.replace('X', "x"),
        deep.replace('X', "y"),
    );
    match (render(&source, &[]), expected) {
        (Ok(text), Ok(expected)) => assert_eq!(text, expected),
        (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
        (other, _) => panic!("{other:?}"),
    }
}

#[test]
fn a_template_that_panics_is_an_error() {
    let broken = apart(1 << 20, || panic!("on purpose"));
    assert_eq!(broken, Err("it broke off".to_owned()));
}

#[rstest]
#[case("<tool_call>", Architecture::Llama, CallFormat::Qwen)]
#[case("\"parameters\": ", Architecture::Qwen3, CallFormat::Llama)]
#[case("", Architecture::Llama, CallFormat::Llama)]
#[case("", Architecture::Qwen2, CallFormat::Qwen)]
fn the_format_of_calls_is_that_of_the_template(
    #[case] source: &str,
    #[case] architecture: Architecture,
    #[case] expected: CallFormat,
) {
    let template = Template::new(Path::new("a"), source.into(), "", "", architecture).unwrap();
    assert_eq!(template.format(), expected);
}

#[test]
fn the_usual_templates_word_a_conversation() {
    let messages = [Message::system("规则"), Message::user(" 问题 ")];
    assert_eq!(
        render(Template::usual(Architecture::Qwen2), &messages).unwrap(),
        "<|im_start|>system\n规则<|im_end|>\n<|im_start|>user\n 问题 <|im_end|>\n<|im_start|>assistant\n"
    );
    assert_eq!(
        render(Template::usual(Architecture::Llama), &messages).unwrap(),
        "<s><|start_header_id|>system<|end_header_id|>\n\n规则<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n问题<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    );
}

#[test]
fn tools_keep_the_order_of_their_keys() {
    let template = template("{{ tools[0] | tojson }}").unwrap();
    let tool = ToolSpec {
        name: "f".into(),
        description: "做".into(),
        parameters: json!({ "z": 1, "a": { "y": 2, "b": 3 } }),
    };
    let text = template.render(&[], &[tool], false, false, date(2026, 1, 1));
    assert_eq!(
        text.unwrap(),
        r#"{"type": "function", "function": {"name": "f", "description": "做", "parameters": {"z": 1, "a": {"y": 2, "b": 3}}}}"#
    );
}
