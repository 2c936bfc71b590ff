//! What a chat template may call: an explicit list of what templates in use do call, each bounded in what one call makes.
//!
//! Absent on purpose is what makes a text as long as a number says (`indent`, `format`) or lists of lists (`batch`,
//! `slice`, `groupby`). Repetition by `*` and `range` have bounds of the template engine.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, StringInput, Value};
use minijinja::{Environment, Error, ErrorKind, State, filters, functions, tests};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::{ENDLESS, OUTPUT, python};

/// An environment without templates.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .expect("the default delimiters are valid"),
    );
    environment.set_debug(false);
    environment.set_unknown_method_callback(method);
    environment.set_formatter(|out, _, value| python::write(out, value));
    environment.add_function("namespace", functions::namespace);
    environment.add_function("dict", functions::dict);
    environment.add_function("range", functions::range);
    environment.add_function("raise_exception", raise_exception);
    add_filters(&mut environment);
    add_tests(&mut environment);
    environment
}

fn add_filters(environment: &mut Environment<'_>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("attr", filters::attr);
    environment.add_filter("bool", filters::bool);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("count", filters::length);
    environment.add_filter("d", filters::default);
    environment.add_filter("default", filters::default);
    environment.add_filter("dictsort", filters::dictsort);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("items", filters::items);
    environment.add_filter("join", join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("map", filters::map);
    environment.add_filter("max", filters::max);
    environment.add_filter("min", filters::min);
    environment.add_filter("reject", filters::reject);
    environment.add_filter("rejectattr", filters::rejectattr);
    environment.add_filter("replace", replace);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("round", filters::round);
    environment.add_filter("safe", filters::safe);
    environment.add_filter("select", filters::select);
    environment.add_filter("selectattr", filters::selectattr);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("string", python::text);
    environment.add_filter("title", filters::title);
    environment.add_filter("tojson", tojson);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
}

fn add_tests(environment: &mut Environment<'_>) {
    environment.add_test("boolean", tests::is_boolean);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("divisibleby", tests::is_divisibleby);
    environment.add_test("endingwith", tests::is_endingwith);
    environment.add_test("eq", tests::is_eq);
    environment.add_test("equalto", tests::is_eq);
    environment.add_test("==", tests::is_eq);
    environment.add_test("even", tests::is_even);
    environment.add_test("false", tests::is_false);
    environment.add_test("float", tests::is_float);
    environment.add_test("ge", tests::is_ge);
    environment.add_test("gt", tests::is_gt);
    environment.add_test("in", tests::is_in);
    environment.add_test("integer", tests::is_integer);
    // In Python nothing is not iterable.
    environment.add_test("iterable", |value: &Value| {
        !value.is_none() && value.try_iter().is_ok()
    });
    environment.add_test("le", tests::is_le);
    environment.add_test("lt", tests::is_lt);
    environment.add_test("mapping", tests::is_mapping);
    environment.add_test("ne", tests::is_ne);
    environment.add_test("!=", tests::is_ne);
    environment.add_test("none", tests::is_none);
    environment.add_test("number", tests::is_number);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("sameas", tests::is_sameas);
    environment.add_test("sequence", tests::is_sequence);
    environment.add_test("startingwith", tests::is_startingwith);
    environment.add_test("string", tests::is_string);
    environment.add_test("true", tests::is_true);
    environment.add_test("undefined", tests::is_undefined);
}

/// Methods of Python's texts and maps, but for `format`, which makes a text as wide as it is told.
fn method(
    state: &mut State<'_, '_>,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    match (value.as_str(), name, arguments) {
        (Some(_), "format", _) => Err(Error::from(ErrorKind::UnknownMethod)),
        (Some(joiner), "join", [values]) => joined(values, joiner),
        (Some(text), "replace", [from, to, ..]) => {
            let length = |value: &Value| value.as_str().unwrap_or_default().len();
            bound(text, from.as_str().unwrap_or_default(), length(to))?;
            unknown_method_callback(state, value, name, arguments)
        }
        _ => unknown_method_callback(state, value, name, arguments),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja hands arguments over so"
)]
fn join(value: &Value, joiner: Option<StringInput<'_>>) -> Result<Value, Error> {
    joined(value, joiner.as_ref().map_or("", StringInput::as_str))
}

fn joined(values: &Value, joiner: &str) -> Result<Value, Error> {
    let mut out = String::new();
    for (index, item) in values.try_iter()?.checked().enumerate() {
        let item = python::text(&item?)?;
        if out.len() + joiner.len() + item.len() > OUTPUT {
            return Err(endless());
        }
        out.push_str(if index == 0 { "" } else { joiner });
        out.push_str(&item);
    }
    Ok(Value::from(out))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja hands arguments over so"
)]
fn replace(
    text: StringInput<'_>,
    from: StringInput<'_>,
    to: StringInput<'_>,
) -> Result<Value, Error> {
    bound(text.as_str(), from.as_str(), to.as_str().len())?;
    let text = text.as_str().replace(from.as_str(), to.as_str());
    Ok(Value::from(text))
}

/// Refuses to put so many bytes into every place.
fn bound(text: &str, from: &str, to: usize) -> Result<(), Error> {
    match text.matches(from).count().saturating_mul(to) {
        more if text.len().saturating_add(more) > OUTPUT => Err(endless()),
        _ => Ok(()),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja hands options over so"
)]
fn tojson(value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    let _: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    python::json(value, indent.map(|indent| indent.min(16))).map(Value::from)
}

fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

pub(super) fn endless() -> Error {
    Error::new(ErrorKind::InvalidOperation, ENDLESS)
}
