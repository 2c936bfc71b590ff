//! Evidence cut into sentences and clauses (分句), the units of which a rule, its conditions and its provisos are made.

use crate::value::fold::Folded;

/// A sentence of a cited passage.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub(super) clauses: Vec<Clause>,
    /// Its letters and figures.
    pub(super) chars: Vec<char>,
}

/// A part of a sentence between commas, semicolons or colons.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    pub(super) text: String,
    pub(super) chars: Vec<char>,
    /// Counts semicolons: a proviso bounds the segment in which it stands.
    pub(super) segment: usize,
    /// Ends with a colon: what it says holds for all that follows.
    pub(super) head: bool,
}

impl Clause {
    /// 但书: an exception to what stands before it, or 除……外.
    pub(super) fn proviso(&self) -> bool {
        const WITHIN: [&str; 6] = [
            "除外",
            "不适用",
            "另有规定",
            "另有约定",
            "不在此限",
            "不受前款",
        ];
        self.adversative() || self.except() || WITHIN.iter().any(|word| self.text.contains(word))
    }

    /// Begins with 但.
    pub(super) fn adversative(&self) -> bool {
        ["但", "然而", "不过"]
            .iter()
            .any(|word| self.trimmed().starts_with(word))
    }

    fn except(&self) -> bool {
        let text = self.trimmed();
        text.starts_with('除') && text.ends_with('外')
    }

    /// A clause on which what follows depends: 符合……的, 如果……, 经……批准, ……后.
    pub(super) fn condition(&self) -> bool {
        let text = self.trimmed();
        let begins = [
            "如果", "如", "若", "经", "未经", "凡", "因", "符合", "具备", "当",
        ]
        .iter()
        .any(|word| text.starts_with(word));
        let ends = [
            "的",
            "时",
            "后",
            "情况下",
            "前提下",
            "之日起",
            "期间",
            "条件",
        ]
        .iter()
        .any(|word| text.ends_with(word));
        let long = self.chars.len() >= 4;
        long && (ends
            || (begins
                && ["批准", "同意", "许可", "的", "审核", "核准"]
                    .iter()
                    .any(|word| text.contains(word)))
            || text.starts_with("如果"))
            && !self.reference()
    }

    /// 依照本法第十条的规定: names a rule but sets no condition.
    fn reference(&self) -> bool {
        let text = self.trimmed();
        ["依照", "根据", "按照", "依据", "为了", "为"]
            .iter()
            .any(|word| text.starts_with(word))
    }

    fn trimmed(&self) -> &str {
        self.text.trim_matches(|next: char| !next.is_alphanumeric())
    }
}

/// The sentences of a passage. A line that ends with a colon, comma or semicolon goes on in the next.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut clauses: Vec<Clause> = Vec::new();
    let (mut segment, mut begin) = (0, 0);
    let mut close = |clauses: &mut Vec<Clause>, segment: &mut usize| {
        let chars: Vec<char> = clauses
            .iter()
            .flat_map(|clause| clause.chars.iter().copied())
            .collect();
        if !chars.is_empty() {
            sentences.push(Sentence {
                clauses: std::mem::take(clauses),
                chars,
            });
        }
        clauses.clear();
        *segment = 0;
    };
    let mut characters = text.char_indices().peekable();
    let mut open_line = false;
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let figures = text[..at].ends_with(|before: char| before.is_ascii_digit())
            && next.is_some_and(|next| next.is_ascii_digit());
        let end = match character {
            '。' | '！' | '？' | '!' | '?' => Mark::Sentence,
            '\n' if open_line => Mark::None,
            '\n' => Mark::Sentence,
            '；' | ';' => Mark::Segment,
            '：' if !figures => Mark::Head,
            '，' | ',' | ':' if !figures => Mark::Clause,
            _ => Mark::None,
        };
        if !character.is_whitespace() {
            open_line =
                matches!(end, Mark::Segment | Mark::Head | Mark::Clause) || character == '、';
        }
        // 但是，…… is one clause.
        let lone = matches!(text[begin..at].trim(), "但" | "但是" | "然而" | "不过");
        if end == Mark::None || (end == Mark::Clause && lone) {
            continue;
        }
        push(&mut clauses, &text[begin..at], segment, end == Mark::Head);
        begin = at + character.len_utf8();
        match end {
            Mark::Segment => segment += 1,
            Mark::Sentence => close(&mut clauses, &mut segment),
            Mark::Head | Mark::Clause | Mark::None => {}
        }
    }
    push(&mut clauses, &text[begin..], segment, false);
    close(&mut clauses, &mut segment);
    sentences
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Clause,
    Head,
    Segment,
    Sentence,
}

fn push(clauses: &mut Vec<Clause>, text: &str, segment: usize, head: bool) {
    let chars = Folded::words(text).chars;
    if !chars.is_empty() {
        clauses.push(Clause {
            text: text.trim().to_owned(),
            chars,
            segment,
            head,
        });
    }
}
