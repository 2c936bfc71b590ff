//! From words to n-grams: one to three characters anywhere, the same again at the head of a text, and one or two words.
//!
//! Only letters and digits count, in lower case and half width, and blanks do not part them: what a person typed, what a
//! form cleaned and what a segmenter cut then look alike. A run of digits is read as one sign ([`RUN`]), so that no n-gram
//! holds a telephone number, a house number or a date. Words longer than [`LONGEST`] are names of files and the like.

use std::collections::HashMap;

use super::record::Input;

/// Where n-grams of a kind are counted. Titles stand at the head, so what stands there says more than the same below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Body,
    Head,
    Words,
}

/// All blocks, in the order of [`Counts`].
pub(super) const BLOCKS: [Block; 3] = [Block::Body, Block::Head, Block::Words];

/// Terms of a record and how often each occurs, by block, ascending.
pub(super) type Counts = [Vec<(u32, u32)>; BLOCKS.len()];

/// Stands for two digits and more.
const RUN: char = '#';

/// Characters of the longest n-gram.
const GRAM: usize = 3;

/// Characters of the longest word.
const LONGEST: usize = 8;

/// Names of terms. Numbers are given in the order in which terms are first met.
#[derive(Debug, Default)]
pub(super) struct Terms {
    numbers: [HashMap<Box<str>, u32>; BLOCKS.len()],
    len: u32,
}

impl Terms {
    /// Terms with the numbers 0, 1, ... in the order given, block after block. `None` when a block has one twice.
    pub(super) fn from_lists<'a>(
        lists: [impl Iterator<Item = &'a str>; BLOCKS.len()],
    ) -> Option<Self> {
        let mut terms = Self::default();
        for (numbers, list) in terms.numbers.iter_mut().zip(lists) {
            for gram in list {
                if numbers.insert(gram.into(), terms.len).is_some() {
                    return None;
                }
                terms.len += 1;
            }
        }
        Some(terms)
    }

    /// How many terms there are.
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// Terms and numbers of a block, in no order.
    pub(super) fn names(&self, block: Block) -> impl Iterator<Item = (&str, u32)> {
        self.numbers[block as usize]
            .iter()
            .map(|(gram, number)| (&**gram, *number))
    }

    /// Terms and numbers of a block, by term.
    pub(super) fn sorted(&self, block: Block) -> Vec<(&str, u32)> {
        let mut all: Vec<(&str, u32)> = self.names(block).collect();
        all.sort_unstable();
        all
    }

    /// Forgets terms that fewer than `least` records have and renumbers the rest, those of most records first: numbers
    /// that are used together then lie together in memory.
    pub(super) fn keep(&mut self, counts: &mut [Counts], least: u32) {
        let mut seen = vec![0u32; self.len()];
        for (term, _) in counts.iter().flatten().flatten() {
            seen[*term as usize] += 1;
        }
        // By name before by frequency, or equally frequent ones would follow the order of the records.
        let mut order: Vec<u32> = BLOCKS
            .iter()
            .flat_map(|block| self.sorted(*block))
            .map(|(_, number)| number)
            .filter(|number| seen[*number as usize] >= least)
            .collect();
        order.sort_by_key(|number| std::cmp::Reverse(seen[*number as usize]));
        let mut numbers = vec![None; self.len()];
        for (new, old) in (0..).zip(&order) {
            numbers[*old as usize] = Some(new);
        }
        let renumbered = |number: u32| numbers[number as usize];
        for block in &mut self.numbers {
            block.retain(|_, number| renumbered(*number).map(|new| *number = new).is_some());
        }
        for list in counts.iter_mut().flatten() {
            list.retain_mut(|(term, _)| renumbered(*term).map(|new| *term = new).is_some());
            list.sort_unstable();
            list.shrink_to_fit();
        }
        self.len = order.len() as u32;
    }

    /// Counts terms; those that are new get a number.
    pub(super) fn learn(&mut self, input: &Input, head: usize) -> Counts {
        let (numbers, len) = (&mut self.numbers, &mut self.len);
        count(input, head, &mut |block, gram| {
            let numbers = &mut numbers[block as usize];
            if let Some(number) = numbers.get(gram) {
                return Some(*number);
            }
            let number = *len;
            // 2^32 terms would be more than the memory holds.
            *len += 1;
            numbers.insert(gram.into(), number);
            Some(number)
        })
    }

    /// Counts the terms that are known.
    pub(super) fn count(&self, input: &Input, head: usize) -> Counts {
        count(input, head, &mut |block, gram| {
            self.numbers[block as usize].get(gram).copied()
        })
    }
}

/// `number` gives the number of a term, if it is to be counted.
fn count(
    input: &Input,
    head: usize,
    number: &mut impl FnMut(Block, &str) -> Option<u32>,
) -> Counts {
    let mut found: [Vec<u32>; BLOCKS.len()] = Default::default();
    let mut visit = |block: Block, gram: &str| found[block as usize].extend(number(block, gram));
    let (Input::Text(text) | Input::Tokens(text)) = input;
    let signs = signs(text);
    let first = signs
        .char_indices()
        .nth(head)
        .map_or(signs.len(), |(at, _)| at);
    grams(&signs, &mut |gram| visit(Block::Body, gram));
    grams(&signs[..first], &mut |gram| visit(Block::Head, gram));
    if let Input::Tokens(tokens) = input {
        words(tokens, &mut |gram| visit(Block::Words, gram));
    }
    found.map(run_lengths)
}

/// Letters and digits of a text, folded.
fn signs(text: &str) -> String {
    let (mut signs, mut digits) = (String::with_capacity(text.len()), 0usize);
    for letter in text
        .chars()
        .filter_map(half_width)
        .flat_map(char::to_lowercase)
    {
        digits = if letter.is_numeric() { digits + 1 } else { 0 };
        match digits {
            0 | 1 => signs.push(letter),
            2 => {
                signs.pop();
                signs.push(RUN);
            }
            3.. => {}
        }
    }
    signs
}

/// `None` for what is neither a letter nor a digit.
fn half_width(letter: char) -> Option<char> {
    let folded = match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
        other => other,
    };
    folded.is_alphanumeric().then_some(folded)
}

fn grams(signs: &str, visit: &mut impl FnMut(&str)) {
    let mut starts = signs.char_indices().map(|(at, _)| at);
    while let Some(start) = starts.next() {
        let mut ends = starts.clone().chain(std::iter::once(signs.len()));
        for end in ends.by_ref().take(GRAM) {
            visit(&signs[start..end]);
        }
    }
}

fn words(tokens: &str, visit: &mut impl FnMut(&str)) {
    let mut previous: Option<String> = None;
    for token in tokens.split_whitespace() {
        let word = signs(token);
        if word.is_empty() || word.chars().count() > LONGEST {
            previous = None;
            continue;
        }
        visit(&word);
        if let Some(previous) = previous {
            visit(&format!("{previous} {word}"));
        }
        previous = Some(word);
    }
}

fn run_lengths(mut numbers: Vec<u32>) -> Vec<(u32, u32)> {
    numbers.sort_unstable();
    numbers
        .chunk_by(|one, other| one == other)
        .map(|run| (run[0], run.len() as u32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &Input, head: usize) -> String {
        let mut terms = Terms::default();
        let counts = terms.learn(input, head);
        let block = |block: Block| {
            let shown = |(gram, number): (&str, u32)| {
                let at = counts[block as usize]
                    .iter()
                    .find(|(other, _)| *other == number);
                format!("{gram}:{}", at.unwrap().1)
            };
            terms
                .sorted(block)
                .into_iter()
                .map(shown)
                .collect::<Vec<_>>()
                .join(", ")
        };
        BLOCKS.map(block).join(" | ")
    }

    fn text(text: &str) -> Input {
        Input::Text(text.into())
    }

    #[test]
    fn n_grams_cross_what_is_no_letter() {
        insta::assert_snapshot!(check(&text("路灯，路"), 0), @"灯:1, 灯路:1, 路:2, 路灯:1, 路灯路:1 |  |");
        insta::assert_snapshot!(check(&text("Ａ路"), 1), @"a:1, a路:1, 路:1 | a:1 |");
    }

    #[test]
    fn words_come_from_tokens_only() {
        insta::assert_snapshot!(check(&Input::Tokens("路灯 ， 不亮 路灯".into()), 0), @"不:1, 不亮:1, 不亮路:1, 亮:1, 亮路:1, 亮路灯:1, 灯:2, 灯不:1, 灯不亮:1, 路:2, 路灯:2, 路灯不:1 |  | 不亮:1, 不亮 路灯:1, 路灯:2");
    }

    #[test]
    fn runs_of_digits_are_one_sign_however_they_are_written() {
        insta::assert_snapshot!(check(&text("1 3-8００"), 0), @"#:1 |  |");
        insta::assert_snapshot!(check(&Input::Tokens("A3 区 13800138000".into()), 0), @"#:1, 3:1, 3区:1, 3区#:1, a:1, a3:1, a3区:1, 区:1, 区#:1 |  | #:1, a3:1, a3 区:1, 区:1, 区 #:1");
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        for empty in ["", "\0", "，。！", "\u{200b}\u{feff}"] {
            assert_eq!(check(&text(empty), 9), " |  | ", "{empty:?}");
        }
    }

    #[test]
    fn a_long_word_is_no_word() {
        let counts = Terms::default().learn(&Input::Tokens("abcdefghi 路".into()), 0);
        assert_eq!(counts[Block::Words as usize].len(), 1);
    }

    #[test]
    fn what_is_not_known_is_not_counted() {
        let mut terms = Terms::default();
        let learnt = terms.learn(&text("路灯"), 2);
        assert_eq!(terms.count(&text("路灯"), 2), learnt);
        assert!(terms.count(&text("噪声"), 2).iter().all(Vec::is_empty));
    }

    #[test]
    fn what_few_records_have_is_forgotten_and_the_rest_renumbered() {
        let mut terms = Terms::default();
        let words = ["新 路", "路 灯 灯", "灯 路 旧"];
        let mut counts =
            words.map(|words| terms.learn(&Input::Tokens(words.replace(' ', " ， ")), 0));
        terms.keep(&mut counts, 2);
        // 路 is in three records, 灯 in two, as a character and as a word; 路灯 and 灯路 in one each.
        assert_eq!(terms.sorted(Block::Body), [("灯", 2), ("路", 0)]);
        assert_eq!(terms.sorted(Block::Words), [("灯", 3), ("路", 1)]);
        assert_eq!(
            counts[1],
            [vec![(0, 1), (2, 2)], vec![], vec![(1, 1), (3, 2)]]
        );
        assert_eq!(terms.len(), 4);
    }

    #[test]
    fn lists_name_each_term_once() {
        let lists = |words: [&str; 2]| {
            Terms::from_lists([&["a"][..], &["a"], &words].map(|list| list.iter().copied()))
        };
        assert_eq!(
            lists(["a", "b"]).unwrap().sorted(Block::Words),
            [("a", 2), ("b", 3)]
        );
        assert!(lists(["a", "a"]).is_none());
    }
}
