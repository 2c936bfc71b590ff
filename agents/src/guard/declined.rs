//! Requests that an office which answers from its documents does not answer, whatever the documents say.
//!
//! It is advice, not a boundary: a request worded some other way is answered in quoted clauses, as any question is. The
//! words are data, what makes them a request is here. A wrong (伪造证件) is in what citizens ask every day, so it is
//! declined only beside a wish to do it (教我, 怎样才能); to ask whether it is allowed, how it is punished or where to
//! report it is what an office is for.

mod words;

use std::ops::Range;

use serde::Deserialize;

use self::words::{
    GAP, Sentence, contains_any, first, folded, last, places, sentences, starts_with_any,
};
use crate::error::Error;

/// The groups of requests that are declined, and the words by which something is wished for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclinedGroups {
    /// Words in which a word below means something else (写字楼, 教育局): they are passed over.
    #[serde(default)]
    harmless: Vec<String>,
    /// Any of these means that the rules are asked for: how it is punished, where it is reported.
    #[serde(default)]
    passes: Vec<String>,
    /// Before a wrong they tell that somebody else does it (有人伪造…).
    #[serde(default)]
    others: Vec<String>,
    /// Ask for the way to what follows in the clause.
    #[serde(default)]
    how: Vec<String>,
    /// Tell what one is going to do with what follows in the clause.
    #[serde(default)]
    plans: Vec<String>,
    /// Likewise, at the beginning of the clause.
    #[serde(default)]
    opens: Vec<String>,
    /// Ask somebody to do it, before or behind.
    #[serde(default)]
    orders: Vec<String>,
    /// Likewise, but so do all citizens: they count only before a verb of writing.
    #[serde(default)]
    polite: Vec<String>,
    /// Ask for the way to what came before in the sentence (…，怎么弄).
    #[serde(default)]
    ways: Vec<String>,
    /// Nobody is to know, or somebody is to be had: a wrong, whatever it is.
    #[serde(default)]
    scheming: Vec<String>,
    /// Behind an order they ask for nothing that an office cannot give: to look up, to explain, to settle a complaint.
    #[serde(default)]
    serves: Vec<String>,
    /// Words of a question.
    #[serde(default)]
    asks: Vec<String>,
    /// Open an order to act, where nobody is named.
    #[serde(default)]
    commands: Vec<String>,
    /// May stand between an order and the verb (帮我 快点 写).
    #[serde(default)]
    fillers: Vec<String>,
    /// Begin what is counted out (一篇, 几句): a verb that opens a clause before them is an order.
    #[serde(default)]
    pieces: Vec<String>,
    /// What nobody is written here.
    #[serde(default)]
    writing: Vec<Writing>,
    /// The group of what is in none of the others.
    #[serde(default)]
    rest: String,
    /// In the order of the file: the first that fits is taken.
    #[serde(default, rename = "group")]
    groups: Vec<Declined>,
}

/// A group of requests that are declined.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// For the record.
    pub id: String,
    /// What the standard calls it.
    pub name: String,
    /// Wrongs: declined beside a wish. `…` stands for up to ten characters within a clause.
    #[serde(default)]
    wrongs: Vec<String>,
    /// Wrongs in two parts, whichever comes first in the clause.
    #[serde(default, rename = "pair")]
    pairs: Vec<Pair>,
    /// Declined by themselves.
    #[serde(default)]
    plainly: Vec<String>,
    /// Any of these means that something else is asked, for [`Declined::plainly`].
    #[serde(default)]
    unless: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    acts: Vec<String>,
    whom: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Writing {
    verbs: Vec<String>,
    texts: Vec<String>,
    /// The verbs have no other meaning, so that no text need be named.
    #[serde(default)]
    always: bool,
}

/// How far before a wrong a wish may stand, and how far behind its verb what is to be written.
const REACH: usize = 20;

/// A message with more characters is a letter: who asks for something is shorter.
const MESSAGE: usize = 240;

impl DeclinedGroups {
    /// Reads the list; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with the line, or with the list that has a word without letters or the group that is not there.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let data = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let mut list: Self = toml::from_str(text).map_err(|error| data(error.to_string()))?;
        for (key, words) in list.words() {
            for word in words {
                // The words are compared with a folded question, so they are folded alike.
                let whole = std::mem::take(word);
                *word = whole.split('…').map(folded).collect::<Vec<_>>().join("…");
                if word.split('…').any(str::is_empty) {
                    return Err(data(format!("`{key}`: `{whole}` is no word of letters")));
                }
            }
        }
        let empty = |group: &&Declined| {
            group.wrongs.is_empty() && group.pairs.is_empty() && group.plainly.is_empty()
        };
        if let Some(group) = list.groups.iter().find(empty) {
            let id = &group.id;
            return Err(data(format!("group `{id}` has no words")));
        }
        if !list.groups.is_empty() && list.rest().is_none() {
            let rest = &list.rest;
            return Err(data(format!("`rest`: there is no group `{rest}`")));
        }
        Ok(list)
    }

    /// The group of a request that is declined; `None` for a question.
    pub fn find(&self, question: &str) -> Option<&Declined> {
        if question.chars().nth(MESSAGE).is_some() {
            return None;
        }
        let sentences = sentences(question, &self.harmless);
        let plain = self.groups.iter().find(|group| group.is_plain(&sentences));
        let any = |words: &[String]| sentences.iter().any(|it| it.has(words));
        if plain.is_some() || any(&self.passes) {
            return plain;
        }
        let mut groups = self.groups.iter();
        groups
            .find(|group| sentences.iter().any(|it| self.is_wished(group, it)))
            .or_else(|| {
                let declined = |it: &Sentence| {
                    self.is_scheming(it) || self.is_writing(it) || self.is_delegating(it)
                };
                // What is to be written or done is named by what it is about.
                let about = |group: &&Declined| sentences.iter().any(|it| group.is_about(it));
                let named = || self.groups.iter().find(about).or_else(|| self.rest());
                sentences.iter().any(declined).then(named).flatten()
            })
    }

    /// All groups, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Declined> {
        self.groups.iter()
    }

    fn rest(&self) -> Option<&Declined> {
        self.groups.iter().find(|group| group.id == self.rest)
    }

    /// Whether a wrong of the group is what somebody wants.
    fn is_wished(&self, group: &Declined, sentence: &Sentence) -> bool {
        let mut clauses = sentence.clauses.iter().enumerate();
        clauses.any(|(index, clause)| {
            let mut wrongs = group.wrongs_in(clause);
            wrongs.any(|place| self.is_wanted(sentence, index, &place))
        })
    }

    fn is_scheming(&self, sentence: &Sentence) -> bool {
        let mut clauses = sentence.clauses.iter().enumerate();
        clauses.any(|(index, clause)| {
            let mut words = self.scheming.iter().flat_map(|word| places(clause, word));
            words.any(|place| self.is_wanted(sentence, index, &place))
        })
    }

    /// Whether there is a wish for what stands at this place of a clause.
    fn is_wanted(&self, sentence: &Sentence, index: usize, place: &Range<usize>) -> bool {
        let clause = &sentence.clauses[index];
        let before = last(&clause[..place.start], REACH);
        if contains_any(before, &self.others) {
            return false;
        }
        let opens = before.len() == place.start && starts_with_any(before, &self.opens);
        let ordered = sentence.has(&self.orders);
        if opens || ordered || contains_any(before, &self.how) || contains_any(before, &self.plans)
        {
            return true;
        }
        // 跑了怎么弄 asks for help.
        let after = &clause[place.end..];
        let mut later = sentence.clauses[index + 1..].iter();
        !after.starts_with('了')
            && (contains_any(after, &self.ways) || later.any(|it| contains_any(it, &self.ways)))
    }

    /// Whether the sentence opens with an order to act, and nothing is asked.
    fn is_delegating(&self, sentence: &Sentence) -> bool {
        let opening = sentence.clauses.first().map_or("", String::as_str);
        let mut orders = self.orders.iter().chain(&self.commands);
        !sentence.has(&self.asks)
            && !sentence.has(&self.serves)
            && orders.any(|order| {
                let at = opening.find(order.as_str());
                at.is_some_and(|at| self.opens_with(&opening[..at]))
            })
    }

    /// Whether something is to be written for somebody. Where nothing is asked it need not be named.
    fn is_writing(&self, sentence: &Sentence) -> bool {
        let asks = sentence.has(&self.asks);
        let mut clauses = sentence.clauses.iter();
        clauses.any(|clause| {
            self.writing.iter().any(|writing| {
                writing.verbs.iter().any(|verb| {
                    let mut places = clause.match_indices(verb.as_str());
                    places.any(|(at, _)| {
                        let after = first(&clause[at + verb.len()..], REACH);
                        let named = writing.always && !asks || contains_any(after, &writing.texts);
                        named && self.is_order(&clause[..at], after)
                    })
                })
            })
        })
    }

    /// Whether a verb between these is an order: 帮我写…, or 写一篇… without anybody before it.
    fn is_order(&self, before: &str, after: &str) -> bool {
        let ordered = |rest: &str| {
            let mut words = self.orders.iter().chain(&self.polite);
            words.any(|word| rest.ends_with(word.as_str()))
        };
        let opens = self.opens_with(before) || starts_with_any(before, &self.polite);
        self.stripped(before).any(ordered) || opens && starts_with_any(after, &self.pieces)
    }

    /// Whether there are only fillers, so that what follows opens its clause.
    fn opens_with(&self, text: &str) -> bool {
        self.stripped(text).any(str::is_empty)
    }

    /// A text, and what is left of it without its last filler, without its last two, and so on.
    fn stripped<'a>(&self, text: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::successors(Some(text), |rest| {
            let mut fillers = self.fillers.iter();
            fillers.find_map(|word| rest.strip_suffix(word.as_str()))
        })
    }

    /// All words, with the key under which they stand.
    fn words(&mut self) -> Vec<(&'static str, &mut Vec<String>)> {
        let mut words = vec![
            ("harmless", &mut self.harmless),
            ("passes", &mut self.passes),
            ("others", &mut self.others),
            ("how", &mut self.how),
            ("plans", &mut self.plans),
            ("opens", &mut self.opens),
            ("orders", &mut self.orders),
            ("polite", &mut self.polite),
            ("ways", &mut self.ways),
            ("scheming", &mut self.scheming),
            ("serves", &mut self.serves),
            ("asks", &mut self.asks),
            ("commands", &mut self.commands),
            ("fillers", &mut self.fillers),
            ("pieces", &mut self.pieces),
        ];
        for writing in &mut self.writing {
            words.push(("writing.verbs", &mut writing.verbs));
            words.push(("writing.texts", &mut writing.texts));
        }
        for group in &mut self.groups {
            words.push(("group.wrongs", &mut group.wrongs));
            words.push(("group.plainly", &mut group.plainly));
            words.push(("group.unless", &mut group.unless));
            for pair in &mut group.pairs {
                words.push(("group.pair.acts", &mut pair.acts));
                words.push(("group.pair.whom", &mut pair.whom));
            }
        }
        words
    }
}

impl Declined {
    fn is_plain(&self, sentences: &[Sentence]) -> bool {
        let any = |words: &[String]| sentences.iter().any(|it| it.has(words));
        any(&self.plainly) && !any(&self.unless)
    }

    fn is_about(&self, sentence: &Sentence) -> bool {
        let mut clauses = sentence.clauses.iter();
        clauses.any(|clause| self.wrongs_in(clause).next().is_some())
    }

    /// Where wrongs stand in a clause.
    fn wrongs_in<'a>(&'a self, clause: &'a str) -> impl Iterator<Item = Range<usize>> {
        let words = self.wrongs.iter().flat_map(|word| places(clause, word));
        let pairs = self.pairs.iter().flat_map(|pair| pair.places(clause));
        words.chain(pairs)
    }
}

impl Pair {
    fn places(&self, clause: &str) -> Vec<Range<usize>> {
        let all = |words: &[String]| -> Vec<Range<usize>> {
            words.iter().flat_map(|word| places(clause, word)).collect()
        };
        let (acts, whom) = (all(&self.acts), all(&self.whom));
        let mut found = Vec::new();
        for act in &acts {
            for other in &whom {
                let (left, right) = if act.start <= other.start {
                    (act, other)
                } else {
                    (other, act)
                };
                let near = |gap: &str| gap.chars().count() <= GAP;
                if left.end <= right.start && near(&clause[left.end..right.start]) {
                    found.push(left.start..right.end);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
