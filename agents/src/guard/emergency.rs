//! Words by which a person in danger is recognised, before anything else is done with the question.
//!
//! The list is data. It is generous on purpose: a telephone number too many costs a glance, one too few may cost a life.

use serde::Deserialize;

use super::text::{PASSED, listed};
use crate::error::Error;
use crate::value::fold::invisible;

/// The kinds of emergency that are known, in order of precedence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergencies {
    /// Words in which a word of danger means something else (落水管, 救命药): they are passed over.
    #[serde(default)]
    harmless: Vec<String>,
    /// Any of these means that it is only asked about, whatever the kind.
    #[serde(default)]
    unless: Vec<String>,
    /// Words of people who are hurt or cannot get away. With a sign of a kind anywhere beside them they mean it, too,
    /// unless it is asked for something.
    #[serde(default)]
    distress: Vec<String>,
    /// Words by which something is asked for; then distress was another day's.
    #[serde(default)]
    asks: Vec<String>,
    /// In the order of the file: the first that fits is taken.
    #[serde(default, rename = "emergency")]
    emergencies: Vec<Emergency>,
}

/// A kind of emergency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// For the record.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Any of these, not negated, means it; `…` stands for up to eight characters within a clause (`掉到…里`).
    pub words: Vec<String>,
    /// Any of these means that it is only asked about.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Things by which people come to harm; they mean it only where somebody is in distress.
    #[serde(default)]
    pub signs: Vec<String>,
    /// The number to call.
    pub number: String,
    /// What to do first.
    pub advice: String,
}

/// How many characters `…` may stand for.
const GAP: usize = 8;

/// Words that turn what follows into its opposite.
const NEGATIONS: [&str; 13] = [
    "没有",
    "没",
    "并未",
    "未曾",
    "从未",
    "未",
    "不是",
    "并非",
    "不会",
    "不存在",
    "无",
    "防止",
    "预防",
];

/// Words that end like a negation but ask.
const ASKING: [&str; 6] = ["有没有", "有没", "是不是", "会不会", "有无", "不是没有"];

/// What may stand between a negation and the word: 没有人触电, 没有再着火, 没发生触电.
const BETWEEN: [&str; 9] = [
    "发生", "出现", "发现", "人", "再", "任何", "什么", "有", "被",
];

impl Emergencies {
    /// Reads the list; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with the line, or with the entry that could never fit or would fit everything.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let data = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let mut list: Self = toml::from_str(text).map_err(|error| data(error.to_string()))?;
        // The words are compared with a folded question, so they are folded alike.
        let fold_all = |words: &mut [&mut Vec<String>]| {
            let mut all = words.iter_mut().flat_map(|words| words.iter_mut());
            all.all(|word| {
                *word = word.split('…').map(folded).collect::<Vec<_>>().join("…");
                !word.split('…').any(str::is_empty)
            })
        };
        if !fold_all(&mut [
            &mut list.harmless,
            &mut list.unless,
            &mut list.distress,
            &mut list.asks,
        ]) {
            let message = "`harmless`, `unless`, `distress` and `asks` need words of letters";
            return Err(data(message.to_owned()));
        }
        for emergency in &mut list.emergencies {
            let empty = !fold_all(&mut [
                &mut emergency.words,
                &mut emergency.unless,
                &mut emergency.signs,
            ]);
            if empty
                || emergency.words.is_empty()
                || emergency.number.is_empty()
                || emergency.advice.is_empty()
            {
                let id = &emergency.id;
                return Err(data(format!(
                    "emergency `{id}` needs words of letters, a number and advice"
                )));
            }
        }
        Ok(list)
    }

    /// The first kind that the question speaks of.
    pub fn find(&self, question: &str) -> Option<&Emergency> {
        let question = Question::new(question, &self.harmless);
        let said = self.emergencies.iter().find(|emergency| {
            let asks = emergency
                .unless
                .iter()
                .chain(&self.unless)
                .any(|word| question.text.contains(word));
            (!asks || question.is_happening())
                && emergency.words.iter().any(|word| question.means(word))
        });
        said.or_else(|| self.in_distress(&question))
    }

    /// The first kind of which there is a sign beside somebody in distress.
    fn in_distress(&self, question: &Question) -> Option<&Emergency> {
        let means = |words: &[String]| words.iter().any(|word| question.means(word));
        // 怎么办 asks for help.
        let text = question.text.replace("怎么办", PASSED);
        let asks = self.asks.iter().any(|word| text.contains(word));
        (!asks && means(&self.distress)).then_some(())?;
        self.emergencies
            .iter()
            .find(|emergency| means(&emergency.signs))
    }

    /// All kinds, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Emergency> {
        self.emergencies.iter()
    }
}

/// Words of dialects and slips of input methods, with what they are taken for; in the list as in the question.
const SAME: [(&str, &str); 14] = [
    ("汽", "气"),
    ("里头", "里"),
    ("里面", "里"),
    ("里边", "里"),
    ("屋头", "屋里"),
    ("家头", "家里"),
    ("小孩子", "孩子"),
    ("小孩", "孩子"),
    ("娃儿", "孩子"),
    ("娃娃", "孩子"),
    ("娃", "孩子"),
    ("没得", "没有"),
    ("咋", "怎么"),
    ("俺", "我"),
];

/// As [`listed`].
fn folded(text: &str) -> String {
    listed(text, &SAME)
}

/// A folded question that remembers where its clauses begin.
struct Question {
    text: String,
    /// Bytes of `text` at which a clause begins. A negation does not reach over them: 没有人，着火了.
    begins: Vec<usize>,
}

impl Question {
    /// Whether the person speaks of the own home right now: then words of asking do not make it a mere question.
    fn is_happening(&self) -> bool {
        let any = |words: &[&str]| words.iter().any(|word| self.text.contains(word));
        any(&["我家", "屋里", "家里", "我们家", "救命", "困在", "被困"])
            && (self.text.contains('了') || any(&["屋里有", "家里有"]))
            && !any(&[
                "保险", "赔", "演练", "补助", "补贴", "申请", "去年", "上次", "以前", "如果",
                "万一", "要是",
            ])
    }

    fn new(question: &str, harmless: &[String]) -> Self {
        let (mut text, mut begins) = (String::new(), Vec::new());
        for clause in question.split(|next: char| {
            !next.is_alphanumeric() && !next.is_whitespace() && !invisible(next)
        }) {
            begins.push(text.len());
            let mut clause = folded(clause);
            for word in harmless {
                if clause.contains(word) {
                    clause = clause.replace(word, PASSED);
                }
            }
            text.push_str(&clause);
        }
        Self { text, begins }
    }

    /// Whether the word stands here at least once without a negation before it.
    fn means(&self, word: &str) -> bool {
        // 没人救命 is a cry for help, too.
        let cry = word.starts_with(['救', '快']);
        let (first, rest) = word.split_once('…').unwrap_or((word, ""));
        self.text.match_indices(first).any(|(at, _)| {
            let begin = self.begins.iter().copied().filter(|begin| *begin <= at);
            let end = self.begins.iter().copied().find(|begin| *begin > at);
            let clause =
                &self.text[at + first.len()..end.unwrap_or(self.text.len()).max(at + first.len())];
            let whole = rest.is_empty() || follows(clause, rest);
            whole && (cry || !negated(&self.text[begin.max().unwrap_or(0)..at], &self.text[at..]))
        })
    }
}

/// Whether the parts of a word follow one another in a clause, each within [`GAP`] characters.
fn follows(clause: &str, parts: &str) -> bool {
    let mut clause = clause;
    parts.split('…').all(|part| {
        let found = clause
            .find(part)
            .filter(|at| clause[..*at].chars().count() <= GAP);
        clause = found.map_or("", |at| &clause[at + part.len()..]);
        found.is_some()
    })
}

fn negated(before: &str, after: &str) -> bool {
    let mut rest = before;
    loop {
        if ASKING.iter().any(|word| rest.ends_with(word)) {
            return false;
        }
        if NEGATIONS.iter().any(|word| rest.ends_with(word)) {
            // 这不是漏气了吗 says that it does leak.
            return !(rest.ends_with("不是") && after.contains(['吗', '吧', '嘛']));
        }
        match BETWEEN.iter().find_map(|word| rest.strip_suffix(word)) {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests;
