//! Text as HTML. Whatever is not ours is written by [`Text`], which leaves nothing that a browser could take for markup or
//! that would change how its surroundings read.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write};

/// A text, escaped for content and for attributes in double quotes.
///
/// Control characters, those that turn the direction of writing and those that nobody sees are written out: an auditor has
/// to see them, and they must not act.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' | '\t' => f.write_char(character)?,
                '\u{7f}' => f.write_char('\u{2421}')?,
                // Unicode has a picture for each of these.
                '\0'..='\u{1f}' => f.write_char(picture(character))?,
                _ if acts_unseen(character) => write!(f, "[U+{:04X}]", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}')
}

/// Characters that are not seen, but act: on direction, on browsers, or on models that read them.
fn acts_unseen(character: char) -> bool {
    let code = u32::from(character);
    matches!(character,
        '\u{80}'..='\u{9f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{61c}' | '\u{feff}' | '\u{fdd0}'..='\u{fdef}' | '\u{e0000}'..='\u{e007f}')
        || code & 0xfffe == 0xfffe
}

/// The beginning of a text, at most `limit` characters, and how many are left out.
pub(super) fn beginning(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
        None => (text, 0),
    }
}

/// One line: runs of white space become one space, and what is beyond `limit` characters an ellipsis.
pub(super) fn line(text: &str, limit: usize) -> String {
    // Words beyond the limit need not be looked at, however long the text is.
    let (head, more) = beginning(text, limit * 4);
    let joined = head.split_whitespace().collect::<Vec<_>>().join(" ");
    let (shown, left) = beginning(&joined, limit);
    if left + more > 0 {
        format!("{}…", shown.trim_end())
    } else {
        joined
    }
}

/// A word of the page in both languages; the page shows one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
}

/// A [`Word`], for tables of them.
pub(super) const fn word(zh: &'static str, en: &'static str) -> Word {
    Word { zh, en }
}

impl Word {
    /// With its places `{name}` filled in.
    pub(super) fn with(self, parts: &[(&str, &dyn Display)]) -> Said<'static> {
        let fill = |text: &str| {
            parts.iter().fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), &value.to_string())
            })
        };
        Said {
            zh: fill(self.zh).into(),
            en: fill(self.en).into(),
        }
    }

    /// Both languages in one text, for attributes and for the texts of plots, which cannot be switched.
    pub(super) fn both(self) -> String {
        if self.zh == self.en {
            return self.zh.to_owned();
        }
        format!("{} · {}", self.zh, self.en)
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (zh, en) = (self.zh.into(), self.en.into());
        Said { zh, en }.fmt(f)
    }
}

/// A [`Word`] with its places filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said<'a> {
    zh: Cow<'a, str>,
    en: Cow<'a, str>,
}

impl Display for Said<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (zh, en) = (Text(&self.zh), Text(&self.en));
        if self.zh == self.en {
            return zh.fmt(f);
        }
        write!(
            f,
            r#"<span lang="zh-Hans">{zh}</span><span lang="en">{en}</span>"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_acts() {
        let check = |text: &str| Text(text).to_string();
        insta::assert_snapshot!(check(r#"</script><b a="1" c='2'>&amp;"#), @"&lt;/script&gt;&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
        insta::assert_snapshot!(check("a\0b\x1b[2J\x7f"), @"a␀b␛[2J␡");
        insta::assert_snapshot!(check("甲\u{202e}乙\u{2066}丙\u{e0041}\u{feff}\u{ffff}\u{85}"), @"甲[U+202E]乙[U+2066]丙[U+E0041][U+FEFF][U+FFFF][U+0085]");
        assert_eq!(check("a\r\nb\tc\rd"), "a\nb\tc␍d");
        assert_eq!(check("👩‍🚒 العربية"), "👩‍🚒 العربية");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(beginning("和澜市", 2), ("和澜", 1));
        assert_eq!(beginning("和澜市", 3), ("和澜市", 0));
        assert_eq!(line(" 甲\n\n 乙 ", 9), "甲 乙");
        assert_eq!(line("一二三四五", 3), "一二三…");
        assert_eq!(line(&"\n".repeat(50), 3), "…");
        assert_eq!(line("", 3), "");
    }

    #[test]
    fn words_have_two_languages() {
        let word = Word {
            zh: "{n} 个",
            en: "{n} cases",
        };
        insta::assert_snapshot!(word.with(&[("n", &"<3")]), @r#"<span lang="zh-Hans">&lt;3 个</span><span lang="en">&lt;3 cases</span>"#);
        insta::assert_snapshot!(word.both(), @"{n} 个 · {n} cases");
        insta::assert_snapshot!(Word { zh: "F1", en: "F1" }, @"F1");
    }
}
