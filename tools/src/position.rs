//! Where something stands in a text file, for messages. Not a parser: it only counts lines and looks at one.

/// The line of a byte, from 1; the last line for one that is not in the text.
pub(crate) fn line(text: &str, at: usize) -> usize {
    before(text, at).matches('\n').count() + 1
}

/// What stands before `=` on the line of a byte; the line where there is no `=`.
pub(crate) fn key(text: &str, at: usize) -> &str {
    let start = before(text, at)
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    line.split('=').next().unwrap_or(line).trim()
}

/// The text up to a byte; all of it for one that is not in the text, or inside of a character.
pub(crate) fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_keys_are_those_of_the_byte() {
        let text = "a = 1\n# 注释\nb=2";
        for (at, expected) in [
            (0, (1, "a")),
            (4, (1, "a")),
            (8, (2, "# 注释")),
            (15, (3, "b")),
            (99, (3, "b")),
            // Inside of a character.
            (9, (3, "b")),
        ] {
            assert_eq!((line(text, at), key(text, at)), expected, "{at}");
        }
        assert_eq!((line("", 0), key("", 0)), (1, ""));
    }
}
