//! Whether a sentence says only what its cited passages say.
//!
//! Three things are compared: every value and clause name, the negations and modal words, and the conditions and
//! provisos that the evidence attaches to what the sentence repeats. The comparison is of wordings; it does not know
//! what a sentence means, and it errs towards blocking. A sentence that is blocked can be replaced by its quotation.

mod align;
mod evidence;
mod modal;
mod own;
mod rule;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use thiserror::Error;

use crate::value::fold::Folded;
use crate::value::{Value, values};
use evidence::{Clause, Sentence, sentences};
use modal::modals;
use own::replaced;
use rule::{Told, below, covered, pairs, rule_faults, valued};

/// Why a sentence may not be sent, with the offending text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// A number, date, amount or deadline that stands nowhere in the evidence, or of which the evidence says another.
    #[error("“{0}”与所引条文对不上")]
    Value(String),
    /// A clause or title that is not among those cited.
    #[error("“{0}”不是所引的条文")]
    Clause(String),
    /// A negation lost or added.
    #[error("“{0}”的有无与所引条文不一致")]
    Negation(String),
    /// 可以, 应当, 不得 and the like, lost, added or changed.
    #[error("“{0}”与所引条文的要求程度不一致")]
    Modal(String),
    /// A proviso left out.
    #[error("漏掉了但书“{0}”")]
    Proviso(String),
    /// A condition left out.
    #[error("漏掉了条件“{0}”")]
    Condition(String),
    /// Words that the evidence does not contain.
    #[error("“{0}”在所引条文中找不到依据")]
    Unsupported(String),
}

/// Share of a clause's characters that must come from the evidence or from the person's own words.
const CLAUSE_FLOOR: (usize, usize) = (2, 5);

/// Checks one sentence against the passages that it cites.
///
/// Each of `cited` is a passage, with its label (title and clause) at the head. Values from `own_words`, what the
/// person said, may be repeated, but not in the place of what the passages say.
///
/// # Errors
///
/// Everything found wrong with the sentence, never an empty list.
pub fn check(sentence: &str, cited: &[&str], own_words: &str) -> Result<(), Vec<Fault>> {
    let evidence: Vec<Sentence> = cited.iter().flat_map(|text| sentences(text)).collect();
    let sentence = without_marks(sentence);
    if quoted(sentence, &evidence) {
        return Ok(());
    }
    let known: HashSet<Value> = cited.iter().flat_map(|text| stated(text)).collect();
    let own: HashSet<Value> = stated(own_words)
        .filter(|value| !known.contains(value))
        .collect();
    let mut faults = value_faults(sentence, cited, &known, &own);
    faults.extend(replaced(sentence, cited, &known, &own));
    faults.extend(title_faults(sentence, cited, own_words));
    let body = without_frame(sentence);
    if !quoted(body, &evidence) {
        faults.extend(wording_faults(body, &evidence, cited, own_words));
    }
    let mut seen = Vec::new();
    faults.retain(|fault| {
        let new = !seen.contains(fault);
        seen.push(fault.clone());
        new
    });
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

/// The sentence without the citation marks at its end: `[1]`, `〔2〕`.
fn without_marks(sentence: &str) -> &str {
    let mut rest = sentence.trim();
    loop {
        let bare = rest.trim_end_matches(['。', '；', ';', ' ', '！', '.']);
        let Some(close) = ["]", "〕", "】"]
            .iter()
            .find(|close| bare.ends_with(**close))
        else {
            return rest;
        };
        let Some(open) = bare.rfind(['[', '〔', '【']) else {
            return rest;
        };
        let inner = &bare[open..bare.len() - close.len()];
        if !inner
            .chars()
            .skip(1)
            .all(|next| next.is_ascii_digit() || matches!(next, ',' | '，' | '、' | '-'))
        {
            return rest;
        }
        rest = bare[..open].trim_end();
    }
}

/// What follows `根据《……条例》第十二条的规定，`.
fn without_frame(sentence: &str) -> &str {
    let Some((at, sign)) = sentence
        .char_indices()
        .find(|(_, next)| matches!(next, '，' | '：' | ',' | ':'))
    else {
        return sentence;
    };
    let frame = &sentence[..at];
    let begins = ["根据", "依据", "按照", "依照", "按", "《"]
        .iter()
        .any(|word| frame.starts_with(word));
    let names = ["》", "规定", "明确", "条", "款", "项"]
        .iter()
        .any(|word| frame.ends_with(word));
    let clause = values(frame).first().is_some_and(|found| {
        let others = frame[found.range.end..].trim_start_matches(['的', '规', '定', '明', '确']);
        found.range.start == 0 && matches!(found.value, Value::Clause(_)) && others.is_empty()
    });
    let short = frame.chars().count() <= 60;
    let rest = sentence[at + sign.len_utf8()..].trim_matches(['“', '”', ' ']);
    // A frame with a modal word already is the rule: 学校应当按照国家有关规定，……
    let frame = short && (clause || (begins && names)) && modals(frame).is_empty();
    if frame && !rest.is_empty() {
        rest
    } else {
        sentence
    }
}

/// Whether the sentence is one or several whole sentences of the evidence, letter by letter.
fn quoted(sentence: &str, evidence: &[Sentence]) -> bool {
    let words = Folded::words(sentence).chars;
    if words.is_empty() {
        return false;
    }
    (0..evidence.len()).any(|from| {
        let mut rest = words.as_slice();
        for whole in &evidence[from..] {
            let Some(after) = rest.strip_prefix(whole.chars.as_slice()) else {
                return false;
            };
            if after.is_empty() {
                return true;
            }
            rest = after;
        }
        false
    })
}

/// Values that neither the passages (`known`) nor the person alone (`own`) have said.
fn value_faults(
    sentence: &str,
    cited: &[&str],
    known: &HashSet<Value>,
    own: &HashSet<Value>,
) -> Vec<Fault> {
    let heads: Vec<String> = cited.iter().filter_map(|text| head(text)).collect();
    let mut faults = Vec::new();
    for found in values(sentence) {
        let stands = match &found.value {
            // A rule of 第十二条第二款 is also a rule of 第十二条.
            Value::Clause(name) if heads.iter().any(|head| covers(name, head)) => true,
            // A clause that only the person names is another one, unless it is a part of what is cited.
            Value::Clause(name) if own.contains(&found.value) => {
                heads.is_empty() || heads.iter().any(|head| covers(head, name))
            }
            _ => own.contains(&found.value) || known.contains(&found.value),
        };
        if stands {
            continue;
        }
        let text = sentence[found.range].to_owned();
        faults.push(if matches!(found.value, Value::Clause(_)) {
            Fault::Clause(text)
        } else {
            Fault::Value(text)
        });
    }
    faults
}

/// The values of a text.
fn stated(text: &str) -> impl Iterator<Item = Value> {
    values(text).into_iter().map(|found| found.value)
}

/// The clause that the label at the head of a passage names.
fn head(text: &str) -> Option<String> {
    let end = text.find(['\n', '。', '，', '；']).unwrap_or(text.len());
    values(&text[..end])
        .into_iter()
        .find_map(|found| match found.value {
            Value::Clause(name) => Some(name),
            _ => None,
        })
}

fn covers(name: &str, narrower: &str) -> bool {
    narrower
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with('第'))
}

/// Titles that none of the passages has. One that only the person names may stand beside that of a cited passage, not
/// in its place.
fn title_faults(sentence: &str, cited: &[&str], own_words: &str) -> Vec<Fault> {
    let known: Vec<Vec<char>> = cited.iter().map(|text| Folded::words(text).chars).collect();
    let own = [Folded::words(own_words).chars];
    let labels: Vec<Vec<char>> = cited
        .iter()
        .filter_map(|text| titles(text.lines().next()?).next())
        .map(|title| Folded::words(title).chars)
        .collect();
    let said: Vec<Vec<char>> = titles(sentence)
        .map(|title| Folded::words(title).chars)
        .collect();
    let beside = labels.is_empty() || labels.iter().any(|label| has(&said, label));
    titles(sentence)
        .filter(|title| {
            let words = Folded::words(title).chars;
            !(words.is_empty() || has(&known, &words) || beside && has(&own, &words))
        })
        .map(|title| Fault::Clause(format!("《{title}》")))
        .collect()
}

fn titles(text: &str) -> impl Iterator<Item = &str> {
    text.split('《')
        .skip(1)
        .filter_map(|part| part.split_once('》').map(|(title, _)| title))
}

/// Whether `words` stand in one of the texts.
fn has(texts: &[Vec<char>], words: &[char]) -> bool {
    texts.iter().any(|text| {
        text.windows(words.len().max(1))
            .any(|window| window == words)
    })
}

fn wording_faults(
    body: &str,
    evidence: &[Sentence],
    cited: &[&str],
    own_words: &str,
) -> Vec<Fault> {
    let pairs: HashSet<[char; 2]> = cited
        .iter()
        .chain([&own_words])
        .flat_map(|text| pairs(text))
        .collect();
    let told = Told::new(body);
    let mut faults = Vec::new();
    for part in sentences(body) {
        // A semicolon joins rules that may come from different sentences; each is compared by itself.
        for segment in 0..=part.clauses.last().map_or(0, |clause| clause.segment) {
            let clauses: Vec<&Clause> = part
                .clauses
                .iter()
                .filter(|clause| clause.segment == segment)
                .collect();
            faults.extend(
                clauses
                    .iter()
                    .filter(|clause| strange(&clause.text, &clause.chars, &pairs))
                    .map(|clause| Fault::Unsupported(clause.text.clone())),
            );
            let text = clauses
                .iter()
                .map(|clause| clause.text.as_str())
                .collect::<Vec<_>>()
                .join("，");
            faults.extend(rule_faults(&text, own_words, evidence, &told));
        }
        // Clauses too short to be judged alone are judged together.
        let clauses = part.clauses.iter().map(|clause| clause.text.as_str());
        let text = clauses.collect::<Vec<_>>().join("，");
        if faults.is_empty() && strange(&text, &part.chars, &pairs) {
            faults.push(Fault::Unsupported(text));
        }
    }
    faults
}

/// Whether words have too little in common with anything the sentence may rest on.
fn strange(text: &str, chars: &[char], known: &HashSet<[char; 2]>) -> bool {
    let valued = valued(text);
    let plain = valued.iter().filter(|valued| !**valued).count();
    let covered = covered(chars, known)
        .into_iter()
        .zip(&valued)
        .filter(|(covered, valued)| *covered && !**valued)
        .count();
    plain >= 4 && below(covered, plain, CLAUSE_FLOOR)
}
