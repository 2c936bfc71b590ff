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
    let said = fold(message);
    let longest = |entry: &ToolEntry| {
        let words = entry.manifest.form.iter().flat_map(|part| &part.words);
        let words = words.chain([&entry.manifest.title]);
        let matched = words.filter(|word| said.contains(&fold(word)));
        matched.map(|word| word.chars().count()).max().unwrap_or(0)
    };
    let best = forms.iter().map(|entry| longest(entry)).max().unwrap_or(0);
    if best == 0 {
        return Vec::new();
    }
    let fits = forms.iter().filter(|entry| longest(entry) == best);
    fits.copied().collect()
}
