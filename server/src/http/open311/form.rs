//! Parameters, as a query or a body carries them: `application/x-www-form-urlencoded`, strictly UTF-8.
//!
//! An attribute comes as `attribute[code]`, one with several values as `attribute[code][]`; some programs number the values,
//! `attribute[code][0]`. What is wrong is named. What a name means is decided elsewhere.

use std::collections::BTreeMap;

use crate::http::error::ApiError;

/// Most parameters that a request may have.
const MOST: usize = 500;

/// Parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    fields: BTreeMap<String, String>,
    attributes: BTreeMap<String, Vec<String>>,
}

impl Form {
    /// Reads a query or a body.
    ///
    /// # Errors
    /// That it is not of the form, or that a name stands twice.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ApiError> {
        let mut form = Self::default();
        // Values with a number are put in its order when all are there.
        let mut numbered: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
        for (count, pair) in pairs(bytes).enumerate() {
            if count == MOST {
                return Err(ApiError::invalid(
                    "too_many_parameters",
                    format!("请求参数过多，最多{MOST}个。"),
                ));
            }
            let (name, value) = pair?;
            match Name::of(&name) {
                Name::Plain => {
                    if form.fields.insert(name.clone(), value).is_some() {
                        return Err(twice(&name));
                    }
                }
                Name::Attribute(code) => {
                    if form
                        .attributes
                        .insert(code.to_owned(), vec![value])
                        .is_some()
                    {
                        return Err(twice(&name));
                    }
                }
                Name::Listed(code) => {
                    let values = form.attributes.entry(code.to_owned()).or_default();
                    values.push(value);
                }
                Name::Numbered(code, number) => {
                    let values = numbered.entry(code.to_owned()).or_default();
                    if values.insert(number, value).is_some() {
                        return Err(twice(&name));
                    }
                }
            }
        }
        for (code, values) in numbered {
            let all = form.attributes.entry(code).or_default();
            all.extend(values.into_values());
        }
        Ok(form)
    }

    /// A parameter without blanks around it; none where it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.fields.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A parameter as it was sent; none where it is blank.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let value = self.fields.get(name)?;
        (!value.trim().is_empty()).then_some(value)
    }

    /// Attributes with their values, by code.
    pub(super) fn attributes(&self) -> &BTreeMap<String, Vec<String>> {
        &self.attributes
    }

    /// The parts of a parameter between its commas, each once.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = Vec::new();
        let named = self.get(name).into_iter().flat_map(|all| all.split(','));
        for part in named.map(str::trim).filter(|part| !part.is_empty()) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts
    }
}

/// What a name is the name of.
enum Name<'a> {
    Plain,
    Attribute(&'a str),
    Listed(&'a str),
    Numbered(&'a str, usize),
}

impl<'a> Name<'a> {
    fn of(name: &'a str) -> Self {
        let Some((code, rest)) = name
            .strip_prefix("attribute[")
            .and_then(|rest| rest.split_once(']'))
        else {
            return Self::Plain;
        };
        if rest.is_empty() {
            return Self::Attribute(code);
        }
        let inner = rest.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        match inner {
            Some("") => Self::Listed(code),
            Some(number) => number
                .parse()
                .map_or(Self::Plain, |number| Self::Numbered(code, number)),
            None => Self::Plain,
        }
    }
}

fn twice(name: &str) -> ApiError {
    ApiError::field(name, "duplicate_field", format!("参数 `{name}` 重复。"))
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = Result<(String, String), ApiError>> {
    let parts = bytes.split(|byte| *byte == b'&');
    parts.filter(|part| !part.is_empty()).map(|part| {
        let mut halves = part.splitn(2, |byte| *byte == b'=');
        let name = decoded(halves.next().unwrap_or_default())?;
        let value = decoded(halves.next().unwrap_or_default())?;
        Ok((name, value))
    })
}

/// `%E8%B7%AF+1` as `路 1`.
fn decoded(part: &[u8]) -> Result<String, ApiError> {
    let wrong = || {
        ApiError::invalid(
            "invalid_form",
            "请求参数不是有效的 UTF-8 编码，应为 application/x-www-form-urlencoded。",
        )
    };
    let mut out = Vec::with_capacity(part.len());
    let mut rest = part;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let [high, low, after @ ..] = rest else {
                    return Err(wrong());
                };
                let figure = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (
                    figure(*high).ok_or_else(wrong)?,
                    figure(*low).ok_or_else(wrong)?,
                );
                out.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
                rest = after;
            }
            other => out.push(*other),
        }
    }
    String::from_utf8(out).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(sent: &str, expected: &str) {
        let read = match Form::parse(sent.as_bytes()) {
            Ok(form) => json!([form.fields, form.attributes]).to_string(),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(read, expected, "{sent}");
    }

    #[test]
    fn every_way_of_writing_is_read() {
        for (sent, expected) in [
            ("", r#"[{},{}]"#),
            ("a=1&b=&c&=d", r#"[{"":"d","a":"1","b":"","c":""},{}]"#),
            ("a=%E8%B7%AF+1%2B1", r#"[{"a":"路 1+1"},{}]"#),
            ("a=路灯", r#"[{"a":"路灯"},{}]"#),
            ("a=b=c&&", r#"[{"a":"b=c"},{}]"#),
            ("attribute[time]=x", r#"[{},{"time":["x"]}]"#),
            ("attribute%5Btime%5D=x", r#"[{},{"time":["x"]}]"#),
            (
                "attribute[t][]=x&attribute[t][]=y",
                r#"[{},{"t":["x","y"]}]"#,
            ),
            (
                "attribute%5Bt%5D%5B1%5D=y&attribute%5Bt%5D%5B0%5D=x&attribute[t][10]=z",
                r#"[{},{"t":["x","y","z"]}]"#,
            ),
            ("attribute[路]=x", r#"[{},{"路":["x"]}]"#),
            ("attribute[t]x=1", r#"[{"attribute[t]x":"1"},{}]"#),
            ("attribute[t][x]=1", r#"[{"attribute[t][x]":"1"},{}]"#),
            ("a=1&a=2", "duplicate_field"),
            ("attribute[t]=1&attribute[t]=2", "duplicate_field"),
            ("attribute[t][0]=1&attribute[t][0]=2", "duplicate_field"),
            ("a=%", "invalid_form"),
            ("a=%4", "invalid_form"),
            ("a=%zz", "invalid_form"),
            ("a=%FF", "invalid_form"),
            ("%C0%80=1", "invalid_form"),
        ] {
            check(sent, expected);
        }
        let many: Vec<String> = (0..=MOST).map(|number| format!("a{number}=1")).collect();
        check(&many.join("&"), "too_many_parameters");
    }

    #[test]
    fn lists_have_each_part_once() {
        let form = Form::parse(b"a=1,+2,,1,3&b=+&c=%20x%20").unwrap();
        assert_eq!(form.list("a"), ["1", "2", "3"]);
        assert_eq!(form.list("b"), Vec::<&str>::new());
        assert_eq!(
            (form.get("b"), form.get("c"), form.raw("c")),
            (None, Some("x"), Some(" x "))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_a_client_sends_is_what_is_read(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            let sent = tools::open311::form(&[
                ("description".to_owned(), text.clone()),
                ("attribute[object]".to_owned(), text.clone()),
            ]);
            let form = Form::parse(sent.as_bytes()).unwrap();
            prop_assert_eq!(form.fields.get("description"), Some(&text));
            prop_assert_eq!(form.attributes.get("object"), Some(&vec![text]));
            // Whatever else comes is read or refused.
            let _ = Form::parse(&bytes);
        }
    }
}
