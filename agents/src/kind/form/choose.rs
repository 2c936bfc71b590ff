//! Which form a message is about.

use corpora::fold::fold;
use tools::ToolEntry;

use crate::kind::form::FormPart;
use crate::turn::Setting;

/// The forms of an agent that are there, in the order of its manifest.
pub(super) fn forms<'a>(setting: Setting<'a>, part: &FormPart) -> Vec<&'a ToolEntry> {
    let names = part.tools.iter();
    names.filter_map(|name| setting.entries.get(name)).collect()
}

/// The forms that a message names, those with the longest match; several where it does not decide.
pub(super) fn chosen<'a>(forms: &[&'a ToolEntry], message: &str) -> Vec<&'a ToolEntry> {
    // Many put a word in between: 上个牌, 办一下居住证.
    let whole = fold(message);
    let said = [thinned(&whole), whole];
    let longest = |entry: &ToolEntry| {
        let words = entry.manifest.form.iter().flat_map(|part| &part.words);
        let words = words.chain([&entry.manifest.title]);
        let matched = words.filter(|word| {
            let word = fold(word);
            said.iter().any(|said| said.contains(&word))
        });
        matched.map(|word| word.chars().count()).max().unwrap_or(0)
    };
    let best = forms.iter().map(|entry| longest(entry)).max().unwrap_or(0);
    if best == 0 {
        return Vec::new();
    }
    let fits = forms.iter().filter(|entry| longest(entry) == best);
    fits.copied().collect()
}

/// A message without words that say nothing inside an expression.
fn thinned(said: &str) -> String {
    ["一下", "一个", "个", "了", "的", "给"]
        .iter()
        .fold(said.to_owned(), |text, word| text.replace(word, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_do_not_hide_an_expression() {
        for (said, kept) in [
            ("我想给电动车上个牌", "我想电动车上牌"),
            ("办一下居住证", "办居住证"),
            ("我要办的居住证", "我要办居住证"),
        ] {
            assert_eq!(thinned(said), kept);
        }
    }
}
