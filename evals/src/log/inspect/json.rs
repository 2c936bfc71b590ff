//! JSON as Inspect writes it: with the constants `NaN`, `Infinity` and `-Infinity`, which serde_json neither writes nor
//! reads, and with halves of surrogate pairs, which no Rust string can hold.
//!
//! Reading makes of the constants a null, and of half a surrogate pair its escape as text, `\ud83d`, as Inspect itself
//! does when it writes one.

use std::borrow::Cow;
use std::io;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

/// Stands for `NaN` on the way through serde, which has no other word for it. Nothing that is logged has 128 bits.
const NAN: u128 = u128::MAX;

/// Appends a value to `bytes`.
pub(super) fn write(bytes: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let mut serializer = serde_json::Serializer::with_formatter(bytes, Constants);
    value
        .serialize(&mut serializer)
        .expect("memory takes every byte, and every key of a log is text");
}

/// The value alone.
pub(super) fn to_vec(value: &(impl Serialize + ?Sized)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, value);
    bytes
}

/// For `#[serde(serialize_with)]`: a number, or `NaN` for none.
pub(super) fn number<S: Serializer>(
    number: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number.is_finite() => serializer.serialize_f64(*number),
        Some(_) | None => serializer.serialize_u128(NAN),
    }
}

/// Parses what Inspect or this program wrote.
pub(super) fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(&standard(bytes))
}

/// The same text by the letter of the standard.
fn standard(bytes: &[u8]) -> Cow<'_, [u8]> {
    let odd = |three: &[u8]| matches!(three, b"NaN" | b"Inf" | b"\\ud" | b"\\uD");
    if !bytes.windows(3).any(odd) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut inside) = (0, false);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let constant = ["NaN", "Infinity", "-Infinity"]
            .into_iter()
            .find(|constant| !inside && rest.starts_with(constant.as_bytes()));
        let (taken, put): (usize, Cow<'_, [u8]>) = match (rest[0], constant) {
            (_, Some(constant)) => (constant.len(), Cow::Borrowed(b"null")),
            (b'\\', None) if inside => escape(rest),
            (byte, None) => {
                inside ^= byte == b'"';
                (1, Cow::Borrowed(&rest[..1]))
            }
        };
        out.extend_from_slice(&put);
        at += taken;
    }
    Cow::Owned(out)
}

/// How many bytes an escape takes, and what stands for it.
fn escape(rest: &[u8]) -> (usize, Cow<'_, [u8]>) {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, Cow::Borrowed(&rest[..12])),
        (Some(0xD800..=0xDFFF), _) => (6, Cow::Owned([b"\\", &rest[..6]].concat())),
        _ => {
            let taken = rest.len().min(2);
            (taken, Cow::Borrowed(&rest[..taken]))
        }
    }
}

struct Constants;

impl Formatter for Constants {
    fn write_u128<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        match value {
            NAN => writer.write_all(b"NaN"),
            number => write!(writer, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::from_slice;

    #[rstest]
    #[case::nan(r#"{"a":NaN,"b":"NaN"}"#, json!({"a": null, "b": "NaN"}))]
    #[case::infinite("[Infinity,-Infinity,-1]", json!([null, null, -1]))]
    #[case::quoted(r#"["a\"NaN","\\",NaN]"#, json!(["a\"NaN", "\\", null]))]
    #[case::pair(r#"["\ud83d\ude00"]"#, json!(["😀"]))]
    #[case::high(r#"["\ud83d!"]"#, json!(["\\ud83d!"]))]
    #[case::low(r#"["\uDE00"]"#, json!(["\\uDE00"]))]
    #[case::two_highs(r#"["\ud83d\ud83d\ude00"]"#, json!(["\\ud83d😀"]))]
    #[case::text_of_an_escape(r#"["\\ud83d"]"#, json!(["\\ud83d"]))]
    #[case::nul(r#"["\u0000NaN"]"#, json!(["\u{0}NaN"]))]
    fn constants_and_halves_are_read(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(from_slice::<Value>(text.as_bytes()).unwrap(), expected);
    }

    #[rstest]
    #[case(r#"["\ud8"#)]
    #[case(r#"["\ud83d"#)]
    #[case("NaN,")]
    #[case(r#"{"a":Na"#)]
    fn what_is_cut_is_refused(#[case] text: &str) {
        assert!(from_slice::<Value>(text.as_bytes()).is_err());
    }
}
