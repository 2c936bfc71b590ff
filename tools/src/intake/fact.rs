//! What must be known before anybody can act on an item, and what is still to be asked: one question each, whose words
//! are data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::catalog::{Fact, Item};
use super::error::IntakeError;
use super::reading::Reading;
use crate::place::Located;
use crate::place::fold::folded;

/// Which facts a message gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// A place that is found.
    pub address: bool,
    /// Since when, or at what time.
    pub time: bool,
    /// A company, shop, vehicle or line by name.
    pub object: bool,
    /// A telephone number, or one known from the channel.
    pub contact: bool,
}

impl Facts {
    /// What is known from a message; `contact` says whether the channel knows how to reach the person.
    pub fn of(message: &str, located: &Located, reading: &Reading, contact: bool) -> Self {
        let text = folded(message);
        Self {
            address: located.is_findable(),
            time: !reading.times.is_empty(),
            object: OBJECT.is_match(&text),
            contact: contact || CONTACT.is_match(&text),
        }
    }

    /// Which facts of an item are missing, in the order of the catalogue.
    pub fn missing(self, item: &Item) -> Vec<Fact> {
        let mut missing = item.facts.clone();
        missing.retain(|fact| !self.has(*fact));
        missing
    }

    fn has(self, fact: Fact) -> bool {
        match fact {
            Fact::Address => self.address,
            Fact::Time => self.time,
            Fact::Object => self.object,
            Fact::Contact => self.contact,
        }
    }
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "[\\p{Han}a-z0-9]{2,}(?:公司|集团|酒店|饭店|餐厅|餐馆|超市|商行|商店|药店|药房|健身房|健身|培训|物业|中介|工厂|学校|幼儿园|医院|诊所|门市|商场|工地|项目部|银行|平台|ktv|烧烤店|烧烤|理发店|美容院|棋牌室|洗车店|养殖场|旅行社|店)|[0-9]{1,3}路(?:公交|车)|[\\p{Han}][a-z][·.]?[a-z0-9]{5,6}|“[^”]{2,}”|《[^》]{2,}》",
    )
});

static CONTACT: LazyLock<Regex> =
    LazyLock::new(|| pattern("(?:^|[^0-9])1[3-9][0-9]{9}(?:$|[^0-9])|0[0-9]{2,3}-?[0-9]{7,8}"));

/// How each fact is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions(BTreeMap<Fact, String>);

/// A question that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What is asked for.
    pub fact: Fact,
    /// In Chinese, one question.
    pub question: String,
}

impl Questions {
    /// Reads `address = "…"`, `time`, `object` and `contact`; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] when one is missing, unknown or empty.
    pub fn parse(file: &str, text: &str) -> Result<Self, IntakeError> {
        let wrong = |message: String| IntakeError::Format {
            file: file.to_owned(),
            message,
        };
        let questions: BTreeMap<Fact, String> =
            toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (key, fact) in [
            ("address", Fact::Address),
            ("time", Fact::Time),
            ("object", Fact::Object),
            ("contact", Fact::Contact),
        ] {
            if questions
                .get(&fact)
                .is_none_or(|text| text.trim().is_empty())
            {
                return Err(wrong(format!(
                    "`{key}` is missing; write the question for it"
                )));
            }
        }
        Ok(Self(questions))
    }

    /// The questions for these facts, each once, in their order.
    pub fn ask(&self, missing: &[Fact]) -> Vec<Asked> {
        let mut asked: Vec<Asked> = Vec::new();
        for fact in missing {
            let question = self.0.get(fact).expect("all facts were read");
            if asked.iter().all(|other| other.fact != *fact) {
                asked.push(Asked {
                    fact: *fact,
                    question: question.clone(),
                });
            }
        }
        asked
    }
}
