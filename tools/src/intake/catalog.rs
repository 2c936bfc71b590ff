//! The dispatch catalogue (派单目录): which matters there are, in which words people bring them, and whose duty each is.
//! It is versioned data; nothing is matched here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::error::{IntakeError, line};
use super::word::Word;

/// What a person wants with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// To know something.
    #[serde(rename = "咨询")]
    Question,
    /// To be helped.
    #[serde(rename = "求助")]
    Help,
    /// To complain of something.
    #[serde(rename = "投诉")]
    Complaint,
    /// To report somebody.
    #[serde(rename = "举报")]
    Report,
    /// To propose something.
    #[serde(rename = "建议")]
    Proposal,
}

/// How urgent it is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// 一般
    #[serde(rename = "一般")]
    Ordinary,
    /// 紧急
    #[serde(rename = "紧急")]
    Urgent,
    /// 特急
    #[serde(rename = "特急")]
    Critical,
}

impl Kind {
    /// The Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Question => "咨询",
            Self::Help => "求助",
            Self::Complaint => "投诉",
            Self::Report => "举报",
            Self::Proposal => "建议",
        }
    }
}

impl Grade {
    /// The Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "一般",
            Self::Urgent => "紧急",
            Self::Critical => "特急",
        }
    }
}

/// What must be known before anybody can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Where it is.
    Address,
    /// Since when, or at what time of day.
    Time,
    /// Which company, vehicle, shop or person it is about.
    Object,
    /// How to reach the person.
    Contact,
}

impl Fact {
    /// The field of an order's form that takes it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Time => "time",
            Self::Object => "object",
            Self::Contact => "phone",
        }
    }
}

/// Where the duty of the leading department is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Name of the document.
    pub file: String,
    /// Its article: 第十二条.
    pub clause: String,
}

/// A matter of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Unique.
    pub code: String,
    /// The group of matters.
    pub group: String,
    /// What it is called.
    pub name: String,
    /// Any of these means it; the name does, too.
    pub words: Vec<String>,
    /// Not this one where any of these stands.
    #[serde(default)]
    pub without: Vec<String>,
    /// The department that leads (主办).
    pub lead: String,
    /// Those that assist (协办).
    #[serde(default)]
    pub assist: Vec<String>,
    /// What people want with it.
    pub kind: Kind,
    /// How urgent it is, at least.
    pub grade: Grade,
    /// What must be known.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// Where the duty is written.
    pub duty: Duty,
}

/// The catalogue, in the order of its file.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Goes into the record of every proposal.
    pub version: String,
    pub(super) file: String,
    pub(super) items: Vec<Item>,
    /// Where each item begins in the file.
    lines: Vec<usize>,
    /// Folded words by their first character, with the items that they mean.
    pub(super) words: BTreeMap<char, Vec<(Word, Vec<usize>)>>,
    /// For each item, what rules it out.
    pub(super) without: Vec<Vec<Word>>,
    /// For each item, the pairs of characters of its name and words.
    pairs: Vec<BTreeSet<[char; 2]>>,
    /// How many items have a pair.
    items_of: BTreeMap<[char; 2], u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: String,
    #[serde(rename = "item")]
    items: Vec<Spanned<Item>>,
}

impl Catalog {
    /// Reads the catalogue; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] with file, line and key for what is not of the format, a code that stands twice, a word without
    /// letters, or an empty name.
    pub fn parse(file: &str, text: &str) -> Result<Self, IntakeError> {
        let written: Written = toml::from_str(text).map_err(|error| IntakeError::Format {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        let mut catalog = Self {
            version: written.version,
            file: file.to_owned(),
            items: Vec::new(),
            lines: Vec::new(),
            words: BTreeMap::new(),
            without: Vec::new(),
            pairs: Vec::new(),
            items_of: BTreeMap::new(),
        };
        let mut codes: BTreeMap<String, usize> = BTreeMap::new();
        // Items stand in order, so that lines are counted once.
        let (mut at, mut counted) = (1, 0);
        for item in written.items {
            let start = item.span().start;
            at += line(&text[counted..], start - counted) - 1;
            counted = start;
            let item = item.into_inner();
            if let Some(first) = codes.insert(item.code.clone(), at) {
                let message = format!("`{}` stands in line {first} already", item.code);
                return Err(catalog.wrong(at, "code", message));
            }
            catalog.take(item, at)?;
        }
        Ok(catalog)
    }

    /// What names of departments in `lead` and `assist` are not among these; empty when all are.
    pub fn check(&self, departments: &[&str]) -> Vec<IntakeError> {
        let mut unknown = Vec::new();
        for (item, at) in self.items.iter().zip(&self.lines) {
            let lead = std::iter::once(("lead", &item.lead));
            for (key, name) in lead.chain(item.assist.iter().map(|name| ("assist", name))) {
                if !departments.contains(&name.as_str()) {
                    let message =
                        format!("department `{name}` is not known; see the list of departments");
                    unknown.push(self.wrong(*at, key, message));
                }
            }
        }
        unknown
    }

    /// The item of this code.
    pub fn get(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }

    /// All items, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Item> {
        self.items.iter()
    }

    /// Of the items that a department leads, the one whose name and words share most pairs of characters with a message,
    /// pairs that few items have counting more. Of equal ones, as where nothing is shared, one whose clause most of the
    /// department's items rest on; then the first. `None` where it leads no item.
    pub fn closest(&self, message: &str, department: &str) -> Option<&Item> {
        let said = pairs(message);
        let of = || self.items.iter().filter(|item| item.lead == department);
        let mut scored: Vec<(f64, usize, &Item)> = Vec::new();
        for (item, own) in self.items.iter().zip(&self.pairs) {
            if item.lead == department {
                let shared = own.intersection(&said);
                let score = shared.map(|pair| 1.0 / f64::from(self.items_of[pair]));
                let rest = of().filter(|other| other.duty == item.duty).count();
                scored.push((score.sum(), rest, item));
            }
        }
        // Of equal ones the last would be taken.
        let scored = scored.into_iter().rev();
        let best = scored.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        best.map(|(_, _, item)| item)
    }

    fn take(&mut self, item: Item, at: usize) -> Result<(), IntakeError> {
        let texts = [
            ("code", &item.code),
            ("group", &item.group),
            ("name", &item.name),
            ("lead", &item.lead),
            ("duty.file", &item.duty.file),
            ("duty.clause", &item.duty.clause),
        ];
        if let Some((key, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(self.wrong(at, key, "is empty; write a text".to_owned()));
        }
        let own = self.items.len();
        let read = |catalog: &Self, key: &str, word: &String, least: usize| {
            Word::new(word)
                .filter(|word| word.length() >= least)
                .ok_or_else(|| {
                    let message =
                        format!("`{word}` needs {least} letters at least, and some beside each …");
                    catalog.wrong(at, key, message)
                })
        };
        if item.words.is_empty() {
            return Err(self.wrong(at, "words", "is empty; write how people say it".to_owned()));
        }
        for word in item.words.iter().chain([&item.name]) {
            let word = read(self, "words", word, 2)?;
            self.index(word, own);
        }
        let without = item
            .without
            .iter()
            .map(|word| read(self, "without", word, 1));
        let without: Vec<Word> = without.collect::<Result<_, _>>()?;
        self.without.push(without);
        let words = item.words.iter().chain([&item.name]);
        let pairs: BTreeSet<[char; 2]> = words.flat_map(|word| pairs(word)).collect();
        for pair in &pairs {
            *self.items_of.entry(*pair).or_default() += 1;
        }
        self.pairs.push(pairs);
        self.items.push(item);
        self.lines.push(at);
        Ok(())
    }

    fn index(&mut self, word: Word, item: usize) {
        let listed = self.words.entry(word.first()).or_default();
        match listed.iter_mut().find(|(other, _)| *other == word) {
            Some((_, items)) if items.contains(&item) => {}
            Some((_, items)) => items.push(item),
            None => listed.push((word, vec![item])),
        }
    }

    fn wrong(&self, line: usize, key: &str, message: String) -> IntakeError {
        IntakeError::Entry {
            file: self.file.clone(),
            line,
            key: key.to_owned(),
            message,
        }
    }
}

/// Letters that follow one another.
fn pairs(text: &str) -> BTreeSet<[char; 2]> {
    let letters: Vec<char> = text.chars().collect();
    let pairs = letters.windows(2).map(|pair| [pair[0], pair[1]]);
    pairs
        .filter(|pair| pair.iter().all(|letter| letter.is_alphanumeric()))
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
