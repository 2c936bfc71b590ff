//! One rule of a sentence against the evidence from which it comes: its force, its limits, its conditions and provisos.

use std::collections::HashSet;

use super::Fault;
use super::align::align;
use super::evidence::{Clause, Sentence};
use super::modal::{Force, difference, modals};
use crate::value::fold::Folded;
use crate::value::{Value, values};

/// Share of a sentence's characters that must come from the evidence.
const SENTENCE_FLOOR: (usize, usize) = (1, 2);
/// Share that must come from the evidence where all the rest is what the person said.
const EVIDENCE_FLOOR: (usize, usize) = (3, 10);

/// What the whole sentence says: a condition may be told in another part of it.
pub(super) struct Told {
    pairs: HashSet<[char; 2]>,
    values: HashSet<Value>,
}

impl Told {
    pub(super) fn new(body: &str) -> Self {
        Self {
            pairs: pairs(body).into_iter().collect(),
            values: values(body).into_iter().map(|found| found.value).collect(),
        }
    }

    fn has(&self, chars: &[char]) -> bool {
        let known = chars
            .windows(2)
            .filter(|pair| self.pairs.contains(&[pair[0], pair[1]]))
            .count();
        chars.len() > 1 && known * 5 >= (chars.len() - 1) * 3
    }
}

/// Characters of a text that belong to values; those are compared as values, not as characters.
pub(super) fn valued(text: &str) -> Vec<bool> {
    let ranges: Vec<_> = values(text).into_iter().map(|found| found.range).collect();
    Folded::words(text).within(&ranges)
}

pub(super) fn pairs(text: &str) -> Vec<[char; 2]> {
    Folded::words(text)
        .chars
        .windows(2)
        .map(|pair| [pair[0], pair[1]])
        .collect()
}

pub(super) fn below(part: usize, whole: usize, (numerator, denominator): (usize, usize)) -> bool {
    part * denominator < whole * numerator
}

/// One rule of the sentence: its characters, and which of them are of a value or repeat the person's own words.
struct Rule {
    words: Vec<char>,
    valued: Vec<bool>,
    own: Vec<bool>,
}

impl Rule {
    fn new(text: &str, own_words: &str) -> Self {
        let words = Folded::words(text).chars;
        let own: HashSet<[char; 2]> = pairs(own_words).into_iter().collect();
        Self {
            valued: valued(text),
            own: covered(&words, &own),
            words,
        }
    }

    /// Values do not count, they are compared by themselves; the person's own words count half-way.
    fn supported(&self, partners: &[Option<usize>]) -> bool {
        let plain = || (0..self.words.len()).filter(|at| !self.valued[*at]);
        let aligned = plain().filter(|at| partners[*at].is_some()).count();
        let repeated = plain()
            .filter(|at| partners[*at].is_none() && self.own[*at])
            .count();
        let all = plain().count();
        !below(aligned, all - repeated, SENTENCE_FLOOR) && !below(aligned, all, EVIDENCE_FLOOR)
    }
}

/// Which characters stand in a pair that is known.
pub(super) fn covered(chars: &[char], known: &HashSet<[char; 2]>) -> Vec<bool> {
    let mut covered = vec![false; chars.len()];
    for (at, pair) in chars.windows(2).enumerate() {
        if known.contains(&[pair[0], pair[1]]) {
            covered[at] = true;
            covered[at + 1] = true;
        }
    }
    covered
}

/// The evidence sentences that a rule comes from, joined, and what of them it repeats.
struct Aligned<'a> {
    /// Each clause with its sentence.
    clauses: Vec<(usize, &'a Clause)>,
    /// For each clause, which of its characters are repeated.
    repeated: Vec<Vec<bool>>,
    /// Characters of the rule that come from the evidence.
    covered: usize,
    /// Whether that is enough to call the rule supported.
    supported: bool,
}

impl<'a> Aligned<'a> {
    fn new(rule: &Rule, chosen: &[usize], evidence: &'a [Sentence]) -> Self {
        let clauses: Vec<(usize, &Clause)> = chosen
            .iter()
            .flat_map(|at| {
                evidence[*at]
                    .clauses
                    .iter()
                    .map(move |clause| (*at, clause))
            })
            .collect();
        let joined: Vec<char> = clauses
            .iter()
            .flat_map(|(_, clause)| clause.chars.iter().copied())
            .collect();
        let partners = align(&rule.words, &joined);
        let mut flags = vec![false; joined.len()];
        for partner in partners.iter().flatten() {
            flags[*partner] = true;
        }
        let mut rest = flags.as_slice();
        let repeated = clauses
            .iter()
            .map(|(_, clause)| {
                let (own, after) = rest.split_at(clause.chars.len());
                rest = after;
                own.to_vec()
            })
            .collect();
        Self {
            clauses,
            repeated,
            covered: partners.iter().flatten().count(),
            supported: rule.supported(&partners),
        }
    }

    /// Whether the rule repeats enough of a clause to be bound by it.
    fn has(&self, at: usize, words: usize) -> bool {
        let repeated = self.repeated[at]
            .iter()
            .filter(|repeated| **repeated)
            .count();
        repeated >= 2
            && (repeated * 3 >= self.repeated[at].len() || repeated >= 8 || repeated * 2 >= words)
    }
}

/// Compares one rule with the one or two evidence sentences that cover most of it.
pub(super) fn rule_faults(
    text: &str,
    own_words: &str,
    evidence: &[Sentence],
    told: &Told,
) -> Vec<Fault> {
    let rule = Rule::new(text, own_words);
    if rule.words.len() < 2 {
        return Vec::new();
    }
    let Some(aligned) = best(&rule, evidence).filter(|aligned| aligned.supported) else {
        return vec![Fault::Unsupported(text.to_owned())];
    };
    let bound: Vec<usize> = (0..aligned.clauses.len())
        .filter(|at| aligned.has(*at, rule.words.len()))
        .collect();
    let expected: Vec<_> = bound
        .iter()
        .flat_map(|at| modals(&aligned.clauses[*at].1.text))
        .collect();
    let mut faults = misplaced(text, own_words, &aligned, &bound);
    if let Some(modal) = difference(text, &expected) {
        faults.push(match modal.force {
            Force::Modal => Fault::Modal(modal.name.to_owned()),
            Force::Negation | Force::Neither => Fault::Negation(modal.name.to_owned()),
        });
    }
    faults.extend(lost_limits(text, &aligned, &bound, told));
    faults.extend(omissions(&aligned, &bound, evidence, told));
    faults
}

/// Dates and bounded numbers that limit what the rule repeats and that it leaves out: 年满80周岁的, 2023年的.
fn lost_limits(text: &str, aligned: &Aligned<'_>, bound: &[usize], told: &Told) -> Vec<Fault> {
    let kept: HashSet<Value> = values(text)
        .into_iter()
        .map(|found| found.value)
        .chain(told.values.iter().cloned())
        .collect();
    let limit = |value: &Value| match value {
        Value::Quantity { bounds, .. } => !bounds.is_empty(),
        Value::Date { .. } => true,
        Value::Time { .. } | Value::Clause(_) | Value::Per(_) | Value::Code(_) => false,
    };
    bound
        .iter()
        .map(|at| aligned.clauses[*at].1)
        .flat_map(|clause| {
            values(&clause.text)
                .into_iter()
                .map(move |found| (clause, found))
        })
        .filter(|(_, found)| limit(&found.value) && !kept.contains(&found.value))
        .map(|(clause, found)| Fault::Condition(clause.text[found.range].to_owned()))
        .collect()
}

/// Values that stand in the passage, but not in the part of it from which the rule comes.
fn misplaced(text: &str, own_words: &str, aligned: &Aligned<'_>, bound: &[usize]) -> Vec<Fault> {
    let place = |at: usize| (aligned.clauses[at].0, aligned.clauses[at].1.segment);
    let near = (0..aligned.clauses.len())
        .filter(|at| bound.iter().any(|other| place(*other) == place(*at)));
    let known: HashSet<Value> = near
        .flat_map(|at| values(&aligned.clauses[at].1.text))
        .chain(values(own_words))
        .map(|found| found.value)
        .collect();
    values(text)
        .into_iter()
        .filter(|found| !matches!(found.value, Value::Clause(_)) && !known.contains(&found.value))
        .map(|found| Fault::Value(text[found.range].to_owned()))
        .collect()
}

fn best<'a>(rule: &Rule, evidence: &'a [Sentence]) -> Option<Aligned<'a>> {
    let own: HashSet<[char; 2]> = rule
        .words
        .windows(2)
        .map(|pair| [pair[0], pair[1]])
        .collect();
    let mut order: Vec<(usize, usize)> = evidence
        .iter()
        .enumerate()
        .map(|(at, sentence)| {
            let common: HashSet<[char; 2]> = sentence
                .chars
                .windows(2)
                .map(|pair| [pair[0], pair[1]])
                .collect();
            (own.intersection(&common).count(), at)
        })
        .filter(|(common, _)| *common > 0)
        .collect();
    order.sort_by_key(|(common, at)| (std::cmp::Reverse(*common), *at));
    order.truncate(4);
    let single = order
        .iter()
        .map(|(_, at)| (Aligned::new(rule, &[*at], evidence), *at))
        .reduce(|left, right| {
            if right.0.covered > left.0.covered {
                right
            } else {
                left
            }
        })?;
    let (first, at) = single;
    // A second sentence joins only if it adds a good part.
    let pair = order
        .iter()
        .filter(|(_, other)| *other != at)
        .flat_map(|(_, other)| [[at, *other], [*other, at]])
        .map(|chosen| Aligned::new(rule, &chosen, evidence))
        .reduce(|left, right| {
            if right.covered > left.covered {
                right
            } else {
                left
            }
        });
    match pair {
        Some(pair) if (pair.covered - first.covered.min(pair.covered)) * 5 >= rule.words.len() => {
            Some(pair)
        }
        _ => Some(first),
    }
}

/// Provisos and conditions of the evidence that bind what the rule repeats and that it leaves out.
fn omissions(
    aligned: &Aligned<'_>,
    bound: &[usize],
    evidence: &[Sentence],
    told: &Told,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let clause = |at: usize| aligned.clauses[at];
    for at in (0..aligned.clauses.len()).filter(|at| !bound.contains(at)) {
        let (sentence, here) = clause(at);
        if told.has(&here.chars) {
            continue;
        }
        let mates = || {
            bound
                .iter()
                .copied()
                .filter(|other| clause(*other).0 == sentence)
        };
        let same = |other: usize| clause(other).1.segment == here.segment;
        let follows = mates().any(|other| other < at && (same(other) || leads(aligned, other, at)));
        let precedes = mates().any(|other| other > at && (same(other) || here.head));
        // 除……外 stands before its rule, every other proviso behind.
        let ahead = precedes && here.text.starts_with('除');
        if (follows || ahead) && here.proviso() {
            faults.push(Fault::Proviso(here.text.clone()));
        } else if precedes && here.condition() {
            faults.push(Fault::Condition(here.text.clone()));
        }
    }
    faults.extend(
        bound
            .iter()
            .filter_map(|at| cut_condition(clause(*at).1, &aligned.repeated[*at])),
    );
    // 。但是，…… is a sentence of its own, but speaks of the one before.
    let last = bound.iter().map(|at| clause(*at).0).collect::<HashSet<_>>();
    for sentence in last {
        let next = evidence
            .get(sentence + 1)
            .and_then(|next| next.clauses.first());
        if let Some(next) = next.filter(|next| next.adversative() && !told.has(&next.chars)) {
            faults.push(Fault::Proviso(next.text.clone()));
        }
    }
    faults
}

/// Whether the segment of `at` begins with 但 and so bounds the segment before it, in which `other` stands.
fn leads(aligned: &Aligned<'_>, other: usize, at: usize) -> bool {
    let (sentence, here) = aligned.clauses[at];
    let opens = at == 0
        || aligned.clauses[at - 1].0 != sentence
        || aligned.clauses[at - 1].1.segment != here.segment;
    opens && here.adversative() && aligned.clauses[other].1.segment < here.segment
}

/// A condition cut out of a clause before or between the words that are repeated: 经……批准, an attribute with 的.
fn cut_condition(clause: &Clause, repeated: &[bool]) -> Option<Fault> {
    const MARKS: [&str; 6] = ["批准", "同意", "核准", "审核", "许可", "认定"];
    let mut begin = 0;
    while begin < repeated.len() {
        let length = repeated[begin..]
            .iter()
            .take_while(|repeated| !**repeated)
            .count();
        let end = begin + length;
        let cut: String = clause.chars[begin..end].iter().collect();
        let permitted = cut.contains('经') && MARKS.iter().any(|mark| cut.contains(mark));
        let attribute =
            length >= 4 && (cut.ends_with('的') || clause.chars.get(end) == Some(&'的'));
        // What stands behind the repeated words is a cut, not a condition of them.
        if (permitted || attribute) && repeated[end..].iter().any(|repeated| *repeated) {
            return Some(Fault::Condition(cut));
        }
        begin += length.max(1);
    }
    None
}
