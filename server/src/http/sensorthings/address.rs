//! Addresses: what is written in them, and how it is written into them. Percent signs and nothing else.

/// A part of an address as it was meant; `None` where it is no text.
pub(super) fn decoded(written: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut rest = written.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// The options of a query, as they were meant, in their order. A plus sign stands for a space, as forms write it.
pub(super) fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let plain = |text: &str| decoded(&text.replace('+', " "));
        Some((plain(name)?, plain(value)?))
    };
    parts.map(pair).collect()
}

/// Written so that nothing in it can be taken for a part of the address.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~:@$'(),;/=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// An id in an address: `('DS-1')`.
pub(super) fn key(id: &str) -> String {
    let id = encoded(&id.replace('\'', "''"));
    format!("('{}')", id.replace('/', "%2F"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["", "DS-1", "a b+c", "书院巷", "it's 100%", "a/b?c#d&e=f"] {
            assert_eq!(decoded(&encoded(text)).as_deref(), Some(text));
            let query = format!("$filter={}&x=1", encoded(text).replace('=', "%3D"));
            let read = pairs(&query).unwrap();
            assert_eq!(read[0], ("$filter".to_owned(), text.to_owned()));
            assert_eq!(read[1], ("x".to_owned(), "1".to_owned()));
        }
        assert_eq!(pairs("a=1+2%2B3"), Some(vec![("a".into(), "1 2+3".into())]));
        assert_eq!(key("a'/b"), "('a''%2Fb')");
    }

    #[test]
    fn what_is_no_text_is_none() {
        for text in ["%", "%2", "%zz", "%ff", "%+1"] {
            assert_eq!(decoded(text), None, "{text}");
        }
    }
}
