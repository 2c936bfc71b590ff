//! Words of a list against a message: folded alike, within one clause, and not where they are denied.

use crate::place::Span;
use crate::place::fold::Folded;

/// What stands in the place of words that are passed over.
pub(super) const PASSED: char = '□';

/// How many characters `…` may stand for.
const GAP: usize = 8;

/// A word of a list; `…` in it stands for up to eight characters of the same clause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    parts: Vec<Vec<char>>,
}

impl Word {
    /// `None` for a word without letters, or with an empty part.
    pub(super) fn new(word: &str) -> Option<Self> {
        let parts: Vec<Vec<char>> = word.split('…').map(|part| Said::new(part).chars).collect();
        let whole = parts.iter().all(|part| !part.is_empty());
        whole.then_some(Self { parts })
    }

    /// How many characters it has, without gaps.
    pub(super) fn length(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Its first character.
    pub(super) fn first(&self) -> char {
        self.parts[0][0]
    }

    /// Where it stands, denied or not, in positions of `said`.
    pub(super) fn find(&self, said: &Said) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for &(begin, end) in &said.clauses {
            let mut from = begin;
            while from < end {
                match self.at(&said.chars[..end], from) {
                    Some(to) => {
                        found.push((from, to));
                        from = to;
                    }
                    None => from += 1,
                }
            }
        }
        found
    }

    /// Where it stands and is not denied.
    pub(super) fn means(&self, said: &Said) -> Vec<(usize, usize)> {
        let mut found = self.find(said);
        found.retain(|(from, to)| !said.denies(*from, *to));
        found
    }

    /// Where it ends if it begins here, in a clause that ends with `chars`.
    pub(super) fn at(&self, chars: &[char], from: usize) -> Option<usize> {
        let first = self.parts.first()?;
        chars[from..].starts_with(first).then_some(())?;
        let mut to = from + first.len();
        for part in &self.parts[1..] {
            let gap = (0..=GAP).find(|gap| {
                chars
                    .get(to + gap..)
                    .is_some_and(|rest| rest.starts_with(part))
            })?;
            to += gap + part.len();
        }
        Some(to)
    }
}

/// A message as the lists are compared with it: letters and figures only, with its clauses.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) chars: Vec<char>,
    /// From and to, in positions of `chars`.
    pub(super) clauses: Vec<(usize, usize)>,
    /// For each position the one in `folded`.
    places: Vec<usize>,
    folded: Folded,
}

impl Said {
    pub(super) fn new(message: &str) -> Self {
        let folded = Folded::new(message);
        let mut said = Self {
            chars: Vec::with_capacity(folded.len()),
            clauses: Vec::new(),
            places: Vec::with_capacity(folded.len()),
            folded,
        };
        for (from, to) in said.folded.clauses() {
            let begin = said.chars.len();
            let mut at = from;
            while at < to {
                let rest = said.folded.slice(at, to);
                if let Some((dialect, meant)) = SAME.iter().find(|(it, _)| rest.starts_with(it)) {
                    said.chars.extend(meant.chars());
                    at += dialect.chars().count();
                    said.places.resize(said.chars.len(), at - 1);
                    continue;
                }
                if said.folded.chars[at].is_alphanumeric() {
                    said.chars.push(said.folded.chars[at]);
                    said.places.push(at);
                }
                at += 1;
            }
            if begin < said.chars.len() {
                said.clauses.push((begin, said.chars.len()));
            }
        }
        said
    }

    /// The stretch of the message; of a word of a dialect the whole.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        match (
            from < to,
            self.places.get(from),
            self.places.get(to.wrapping_sub(1)),
        ) {
            (true, Some(first), Some(last)) => self.folded.span(*first, *last + 1),
            _ => Span { start: 0, end: 0 },
        }
    }

    /// The clause in which a position lies.
    pub(super) fn clause(&self, at: usize) -> (usize, usize) {
        let found = self.clauses.iter().find(|(_, end)| at < *end);
        found.copied().unwrap_or((0, self.chars.len()))
    }

    /// Passes over the words: what stands there means something else.
    pub(super) fn pass_over(&mut self, words: &[Word]) {
        for word in words {
            for (from, to) in word.find(self) {
                self.chars[from..to].fill(PASSED);
            }
        }
    }

    /// Passes over the longest part of a name that stands in the message, of two characters at least.
    pub(super) fn blank(&mut self, name: &str) {
        let name = Self::new(name).chars;
        for length in (2..=name.len()).rev() {
            let mut found = false;
            for part in name.windows(length) {
                for at in 0..self.chars.len().saturating_sub(length - 1) {
                    if self.chars[at..].starts_with(part) {
                        self.chars[at..at + length].fill(PASSED);
                        found = true;
                    }
                }
            }
            if found {
                return;
            }
        }
    }

    /// Whether what stands here is denied in its clause: 不是噪音问题, 没有再漏水.
    pub(super) fn denies(&self, from: usize, to: usize) -> bool {
        let (begin, end) = self.clause(from);
        let mut rest: String = self.chars[begin..from].iter().collect();
        let after: String = self.chars[to..end.max(to)].iter().collect();
        // 没人救命 is a cry for help, too.
        if matches!(self.chars[from], '救' | '快') {
            return false;
        }
        if after.starts_with("是假的") || after.starts_with("解决了") {
            return true;
        }
        let mut happened = false;
        loop {
            if ASKING.iter().any(|word| rest.ends_with(word)) {
                return false;
            }
            if DENIALS.iter().any(|word| rest.ends_with(word)) {
                // 这不是漏水了吗 says that it leaks, and so does 不是不漏水.
                return !after.ends_with(['吗', '吧', '嘛']);
            }
            // 没有路灯 complains of it, 没有再漏水 and 没发生 do not.
            if happened && ABSENCES.iter().any(|word| rest.ends_with(word)) {
                return true;
            }
            let Some(word) = BETWEEN.iter().find(|word| rest.ends_with(**word)) else {
                return false;
            };
            happened |= HAPPENING.contains(word);
            rest.truncate(rest.len() - word.len());
        }
    }
}

/// Words of dialects and slips of input methods, with what they are taken for, in the lists as in the message; the longer
/// ones first.
const SAME: [(&str, &str); 26] = [
    ("小孩子", "孩子"),
    ("小孩", "孩子"),
    ("娃儿", "孩子"),
    ("娃娃", "孩子"),
    ("娃", "孩子"),
    ("小囡", "孩子"),
    ("细路仔", "孩子"),
    ("崽", "孩子"),
    ("里头", "里"),
    ("里面", "里"),
    ("里边", "里"),
    ("里向", "里"),
    ("屋头", "屋里"),
    ("家头", "家里"),
    ("没得", "没有"),
    ("咋个", "怎么"),
    ("咋", "怎么"),
    ("俺", "我"),
    ("伲", "我们"),
    ("自鲨", "自杀"),
    ("处电", "触电"),
    ("触殿", "触电"),
    ("着伙", "着火"),
    ("媒气", "煤气"),
    ("汽", "气"),
    ("著", "着"),
];

/// What turns the following into its opposite.
const DENIALS: [&str; 18] = [
    "不是",
    "并非",
    "不属于",
    "不涉及",
    "不存在",
    "不反映",
    "不投诉",
    "不举报",
    "不会",
    "不怪",
    "无关",
    "不算",
    "未",
    "防止",
    "预防",
    "避免",
    "杜绝",
    "谈不上",
];

/// What does so only before something that happens.
const ABSENCES: [&str; 3] = ["没有", "没", "无"];

/// What ends like a denial but asks.
const ASKING: [&str; 6] = ["有没有", "是不是", "会不会", "有无", "要不是", "不是不"];

/// What may stand between: 不是说…, 没有人….
const BETWEEN: [&str; 18] = [
    "说", "来", "要", "反映", "投诉", "举报", "关于", "什么", "任何", "人", "有", "被", "再",
    "发生", "出现", "发现", "造成", "因为",
];

/// Of these, the ones that make it something that happens.
const HAPPENING: [&str; 6] = ["再", "发生", "出现", "人", "造成", "被"];

#[cfg(test)]
mod tests {
    use super::*;

    fn means(word: &str, message: &str) -> Vec<String> {
        let said = Said::new(message);
        let word = Word::new(word).expect("has letters");
        word.means(&said)
            .into_iter()
            .map(|(from, to)| said.span(from, to).cut(message))
            .collect()
    }

    #[test]
    fn words_stand_within_a_clause() {
        assert_eq!(means("楼道堆", "楼道堆满了"), ["楼道堆"]);
        assert_eq!(means("楼道堆", "樓 道*堆滿了"), ["樓 道*堆"]);
        assert!(means("楼道堆", "楼道，堆满了").is_empty());
        assert_eq!(means("掉到…里", "掉到那个深井里了"), ["掉到那个深井里"]);
        assert!(means("掉到…里", "掉到一二三四五六七八九里").is_empty());
        assert!(Word::new("…里").is_none());
        assert!(Word::new("，").is_none());
    }

    #[test]
    fn what_is_denied_is_not_meant() {
        for message in [
            "不是噪音问题",
            "并不是噪音",
            "我不是来投诉噪音的",
            "没有再出现噪音",
            "防止噪音",
            "噪音解决了",
        ] {
            let message = message.replace("并不是", "不是");
            assert!(means("噪音", &message).is_empty(), "{message}");
        }
        for message in [
            "噪音",
            "没人管，噪音很大",
            "不是一天两天了，噪音",
            "这不是噪音吗",
            "有没有噪音",
            "没有人管噪音",
        ] {
            assert_eq!(means("噪音", message).len(), 1, "{message}");
        }
        assert_eq!(means("路灯", "没有路灯").len(), 1);
        assert!(means("触电", "没人触电").is_empty());
    }
}
