//! A person's words as they are compared: letters and figures of one width and case, clauses apart, the place left out.
//!
//! No dictionary and no segmentation: likeness and topics are found by characters that stand side by side.

/// Stands between clauses, and where something was left out.
pub(super) const BREAK: char = '\n';

/// Characters of a text that are compared.
const SAID: usize = 600;

/// Letters and figures, with a [`BREAK`] between clauses; the place is left out, for it is compared by itself. Of a
/// long text the beginning, where the matter is told.
pub(super) fn comparable(text: &str, place: Option<&str>) -> Vec<char> {
    let mut chars = folded(text);
    chars.truncate(SAID);
    let place = place.map(folded).unwrap_or_default();
    if place.is_empty() {
        return chars;
    }
    let mut kept = Vec::with_capacity(chars.len());
    let mut rest = chars.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(place.as_slice()) {
            put_break(&mut kept);
            rest = after;
        } else if *first == BREAK {
            put_break(&mut kept);
            rest = after;
        } else {
            kept.push(*first);
            rest = after;
        }
    }
    trimmed(kept)
}

/// Where the clauses of a text begin and end, in bytes, without the marks around them.
pub(super) fn clauses(text: &str) -> Vec<(usize, usize)> {
    let mut clauses: Vec<(usize, usize)> = Vec::new();
    let mut open = false;
    for (at, char) in text.char_indices() {
        let end = at + char.len_utf8();
        match (parts(char), clauses.last_mut()) {
            (true, _) => open = false,
            (false, Some(last)) if open => last.1 = end,
            (false, _) if char.is_whitespace() => {}
            (false, _) => {
                clauses.push((at, end));
                open = true;
            }
        }
    }
    clauses
}

/// Each run of `length` characters of one clause.
pub(super) fn runs(words: &[char], length: usize) -> impl Iterator<Item = &[char]> {
    words.windows(length).filter(|run| !run.contains(&BREAK))
}

fn folded(text: &str) -> Vec<char> {
    let mut chars = Vec::with_capacity(text.len() / 3);
    for char in text.chars() {
        let char = half_width(char);
        if char.is_alphanumeric() {
            chars.extend(char.to_lowercase());
        } else if parts(char) {
            put_break(&mut chars);
        }
    }
    trimmed(chars)
}

fn put_break(chars: &mut Vec<char>) {
    if chars.last().is_some_and(|last| *last != BREAK) {
        chars.push(BREAK);
    }
}

fn trimmed(mut chars: Vec<char>) -> Vec<char> {
    chars.pop_if(|last| *last == BREAK);
    chars
}

fn half_width(char: char) -> char {
    match char {
        '！'..='～' => char::from_u32(char as u32 - 0xFEE0).unwrap_or(char),
        _ => char,
    }
}

/// Whether it ends a clause.
fn parts(char: char) -> bool {
    matches!(
        char,
        '，' | '。'
            | '！'
            | '？'
            | '；'
            | '：'
            | '、'
            | '…'
            | ','
            | '!'
            | '?'
            | ';'
            | ':'
            | '\n'
            | '\r'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_comparable() {
        let check = |text: &str, place: Option<&str>, expected: &str| {
            let words: String = comparable(text, place).into_iter().collect();
            assert_eq!(words, expected, "{text}");
        };
        check("停水了。几点来？", None, "停水了\n几点来");
        check("  ，，Ａ3 区——停 电！！", None, "a3区停电");
        check("南浦新村的水停了", Some("南浦新村"), "的水停了");
        check("住在南浦新村，停水", Some("南浦新村"), "住在\n停水");
        check("南浦新村", Some("南浦新村"), "");
        check("停水", Some(""), "停水");
        check("停水", Some("。"), "停水");
        check("", None, "");
        check("😀。🎉", None, "");
    }

    #[test]
    fn clauses_have_no_marks() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = clauses(text)
                .iter()
                .map(|(from, to)| &text[*from..*to])
                .collect();
            assert_eq!(found, expected, "{text}");
        };
        check("停水了，几点来？ 急！", &["停水了", "几点来", "急"]);
        check("。。，", &[]);
        check("", &[]);
        check("一句话", &["一句话"]);
    }

    #[test]
    fn runs_stay_within_a_clause() {
        let words: Vec<char> = "停水\n几点来".chars().collect();
        let found: Vec<String> = runs(&words, 2).map(|run| run.iter().collect()).collect();
        assert_eq!(found, ["停水", "几点", "点来"]);
        assert_eq!(runs(&words, 4).count(), 0);
    }
}
