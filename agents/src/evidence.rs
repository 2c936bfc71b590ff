//! Whether passages answer a question, and which of their sentences do. Rules only; no score of the search decides.
//!
//! The question is taken as its bigrams, weighted by how rare they are in the corpora. A bigram counts as found in a
//! text when it stands there, or when it belongs to an everyday expression one of whose terms stands there.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use corpora::fold::{fold, terms};
use corpora::{Expansion, Passage};
use regex::Regex;

use crate::intent::{Intent, intents};

/// The words of a question, ready to be looked for.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    bigrams: Vec<Bigram>,
    total: f32,
    /// The lexicon's expressions in the question, each with its terms, folded.
    topics: Vec<Vec<String>>,
    /// What kinds of things are asked for.
    pub(crate) intents: Vec<Intent>,
}

#[derive(Debug, Clone)]
struct Bigram {
    text: String,
    weight: f32,
    /// Terms of the expression it belongs to, folded.
    synonyms: Vec<String>,
}

/// Rarer bigrams weigh no more than this: a bigram that stands nowhere is more often chance than meaning.
const CAP: f32 = 6.0;

/// Expressions of the lexicon below this weight say how something is asked, not what it is about.
const TOPIC: f32 = 0.5;

/// Whether an expression of the lexicon says what a question is about.
pub(crate) fn is_topic(expansion: &Expansion) -> bool {
    expansion.weight >= TOPIC
}

impl Words {
    /// The words of `question`, without the names in `ignored` (places, titles), which filters have dealt with.
    pub(crate) fn of(
        question: &str,
        rarity: &BTreeMap<String, f32>,
        expansions: &[Expansion],
        ignored: &[String],
    ) -> Self {
        let mut folded = fold(question);
        let intents = intents(&folded);
        for name in ignored {
            folded = folded.replace(&fold(name), " ");
        }
        let inside: Vec<(Range<usize>, Vec<String>)> = expansions
            .iter()
            .flat_map(|expansion| {
                let synonyms: Vec<String> = expansion.terms.iter().map(|term| fold(term)).collect();
                let length = expansion.expression.len();
                folded
                    .match_indices(&expansion.expression)
                    .map(|(at, _)| (at..at + length, synonyms.clone()))
                    .collect::<Vec<_>>()
            })
            .collect();
        let (mut bigrams, mut from) = (Vec::<Bigram>::new(), 0);
        for term in terms(&folded)
            .into_iter()
            .filter(|term| rarity.contains_key(term))
        {
            let Some(at) = folded[from..].find(&term).map(|at| from + at) else {
                continue;
            };
            from = at + term.chars().next().map_or(0, char::len_utf8);
            if bigrams.iter().any(|known| known.text == term) {
                continue;
            }
            let synonyms = inside
                .iter()
                .filter(|(range, _)| range.start < at + term.len() && at < range.end);
            let synonyms: Vec<String> = synonyms
                .flat_map(|(_, synonyms)| synonyms.clone())
                .collect();
            let weight = rarity.get(&term).copied().unwrap_or(0.0).min(CAP);
            bigrams.push(Bigram {
                text: term,
                weight,
                synonyms,
            });
        }
        let total = bigrams.iter().map(|bigram| bigram.weight).sum();
        let topic = |expansion: &Expansion| {
            expansion
                .terms
                .iter()
                .map(|term| fold(term))
                .chain([expansion.expression.clone()])
                .collect()
        };
        Self {
            bigrams,
            total,
            topics: expansions
                .iter()
                .filter(|expansion| is_topic(expansion))
                .map(topic)
                .collect(),
            intents,
        }
    }

    /// Whether nothing is left to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.total <= f32::EPSILON
    }

    /// Number of words.
    pub(crate) fn len(&self) -> usize {
        self.bigrams.len()
    }

    /// Weight of all words.
    pub(crate) fn total(&self) -> f32 {
        self.total
    }

    /// Share of the lexicon's expressions in the question of which `folded` has neither the expression nor a term.
    pub(crate) fn topics_missed(&self, folded: &str) -> f32 {
        let missed = self
            .topics
            .iter()
            .filter(|topic| !topic.iter().any(|word| folded.contains(word.as_str())))
            .count();
        missed as f32 / self.topics.len().max(1) as f32
    }

    /// Share of the words, by weight, that stand in `folded`: 0.0 to 1.0.
    pub(crate) fn covered(&self, folded: &str) -> f32 {
        let found = |bigram: &&Bigram| {
            folded.contains(&bigram.text)
                || bigram
                    .synonyms
                    .iter()
                    .any(|synonym| folded.contains(synonym.as_str()))
        };
        let sum: f32 = self
            .bigrams
            .iter()
            .filter(found)
            .map(|bigram| bigram.weight)
            .sum();
        if self.is_empty() {
            0.0
        } else {
            sum / self.total
        }
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("patterns of this file are tested")
}

/// A piece of a passage that can be quoted alone: whole sentences, a list with the line that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Bytes of the passage's text.
    pub(crate) range: Range<usize>,
}

/// Paragraphs of rules longer than this many characters are cut at sentences.
const LONG_RULE: usize = 420;

/// Likewise paragraphs of reports and articles, where each sentence says something else.
const LONG_REPORT: usize = 140;

/// The units of a passage, in order. A list stays with the sentence that opens it, a proviso with what it limits.
pub(crate) fn units(passage: &Passage) -> Vec<Unit> {
    if passage.kind == corpora::chunk::ChunkKind::Table {
        return vec![Unit {
            range: 0..passage.text.len(),
        }];
    }
    let most = if passage.effective_from.is_some() {
        LONG_RULE
    } else {
        LONG_REPORT
    };
    let mut paragraphs: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for paragraph in passage.text.split('\n') {
        let range = at..at + paragraph.len();
        at = range.end + 1;
        let listed = ITEM.is_match(paragraph);
        match paragraphs.last_mut() {
            Some(last)
                if listed
                    && (opens(&passage.text[last.clone()])
                        || passage.text[last.clone()].contains('\n')) =>
            {
                last.end = range.end;
            }
            Some(last) if PROVISO.is_match(paragraph) => last.end = range.end,
            _ => paragraphs.push(range),
        }
    }
    paragraphs
        .into_iter()
        .filter(|range| !range.is_empty())
        .flat_map(|range| sentences(&passage.text, range, most))
        .map(|range| Unit { range })
        .collect()
}

static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\s*(?:[（(][一二三四五六七八九十百〇零\d]+[）)]|\d{1,2}[.．、]|[⑴-⒇①-⑳㈠-㈩]|[-*•·]\s)",
    )
});
static PROVISO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:但是|但|不过|法律、行政法规另有规定的|前款规定.{0,20}除外)"));

fn opens(paragraph: &str) -> bool {
    paragraph.trim_end().ends_with(['：', ':'])
        || paragraph.contains("下列")
        || paragraph.contains("以下")
}

/// Cuts a long paragraph at its sentences, packing short ones together; a short paragraph or a list stays whole.
fn sentences(text: &str, range: Range<usize>, most: usize) -> Vec<Range<usize>> {
    let paragraph = &text[range.clone()];
    if paragraph.chars().count() <= most || paragraph.contains('\n') {
        return vec![range];
    }
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut start = range.start;
    for (at, mark) in paragraph.match_indices(['。', '！', '？', '；']) {
        let end = range.start + at + mark.len();
        // Closing quotation marks belong to the sentence.
        let end = end
            + text[end..range.end]
                .chars()
                .take_while(|next| "”’」』）)".contains(*next))
                .map(char::len_utf8)
                .sum::<usize>();
        if end <= start {
            continue;
        }
        let proviso = PROVISO.is_match(&text[start..end]);
        match pieces.last_mut() {
            Some(last) if proviso || text[last.clone()].ends_with('；') => last.end = end,
            _ => pieces.push(start..end),
        }
        start = end;
    }
    if start < range.end {
        pieces.push(start..range.end);
    }
    pieces
}
