//! The basis check: do the passages that were found answer the question at all?
//!
//! A search always finds something, and its score alone cannot tell an answer from a near miss. The decision is a
//! weighted sum of what the passages have in common with the question; the weights were fitted on the cases beside
//! `policy-qa` and on the everyday questions of `corpora/tests/data`, and are measured by `agents/tests/it/cases.rs`.

use std::collections::HashMap;

use corpora::chunk::ChunkKind;
use corpora::fold::fold;
use corpora::{Expansion, Found, Hit, Passage};

use crate::evidence::{Words, is_topic};
use crate::intent::{has, suits};
use crate::understand::Understood;

/// What the evidence amounts to.
pub(crate) struct Basis {
    /// Best first.
    pub(crate) candidates: Vec<Candidate>,
    /// The words of the question.
    pub(crate) words: Words,
    /// What the decision rests on.
    pub(crate) features: Features,
    /// Parts of the question without a basis, in the person's words.
    pub(crate) missing: Vec<String>,
    /// Whether the question names a passage.
    named: bool,
}

/// A passage with what speaks for it.
pub(crate) struct Candidate {
    /// The passage.
    pub(crate) hit: Hit,
    /// Title, path and text, folded.
    folded: String,
    /// Share of the question's words in it.
    covered: f32,
    /// How well it has what is asked for.
    suits: f32,
    /// Whether it has the kind of thing asked for at all.
    has: bool,
    /// How well it carries an answer; orders candidates.
    pub(crate) merit: f32,
    /// Whether the question names it.
    pub(crate) named: bool,
}

/// Numbers that the decision rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Features {
    /// Best BM25 score.
    score: f32,
    /// How well the best candidate has what is asked for, 0 to 1.
    suits: f32,
    /// Largest share of the ten best hits that one document holds.
    concentration: f32,
    /// Number of the question's words.
    words: f32,
    /// Largest share of the question's words in one of the three best candidates.
    covered: f32,
    /// Share of the question's words in the three best candidates together.
    together: f32,
    /// Expressions of the lexicon in the question of which the eight best candidates have nothing, as a share.
    topics_missed: f32,
    /// BM25 score of the best hit for each unit of word weight.
    intensity: f32,
    /// Score of the tenth hit as a share of the best.
    flatness: f32,
}

impl Features {
    /// How sure it is that the passages answer.
    fn sum(&self) -> f32 {
        0.023 * self.score
            + 0.20 * self.suits
            + 0.60 * self.concentration
            + 0.06 * self.words
            + 1.10 * self.covered
            + 0.85 * self.together
            + 0.30 * self.intensity
            - 3.50 * self.topics_missed
            - 0.35 * self.flatness
    }
}

/// Below this sum there is no basis.
const BASIS: f32 = 1.7;

/// Below this sum the passages may only have to do with the question, and the answer says so.
const SURE: f32 = 2.2;

/// Candidates an answer cites at most.
const CITED: usize = 4;

/// Candidates whose merit is below this share of the best one's are left out.
const NEAR: f32 = 0.65;

impl Basis {
    /// Weighs what was found.
    pub(crate) fn of(understood: &Understood, found: &Found) -> Self {
        let mut ignored: Vec<String> = understood.places.clone().unwrap_or_default();
        ignored.extend(found.titles.iter().cloned());
        let words = Words::of(
            &understood.search,
            &found.rarity,
            &found.expansions,
            &ignored,
        );
        let candidates = candidates(&words, found);
        let features = features(&words, found, &candidates);
        let mut basis = Self {
            named: found.named > 0,
            candidates,
            words,
            features,
            missing: Vec::new(),
        };
        basis.missing = basis.without_basis(understood, found);
        basis
    }

    /// Whether there is a basis.
    pub(crate) fn stands(&self) -> bool {
        self.named
            || self
                .candidates
                .iter()
                .take(CITED)
                .any(|candidate| candidate.has)
                && self.features.sum() > BASIS
    }

    /// Whether it is doubtful that the passages answer, although they have to do with the question.
    pub(crate) fn is_weak(&self) -> bool {
        !self.named && self.features.sum() < SURE
    }

    /// How sure it is that the passages answer; comparable for one question only.
    pub(crate) fn strength(&self) -> f32 {
        self.features.sum()
    }

    /// The candidates an answer is made of, best first.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = &Candidate> {
        let best = self.candidates.first().map_or(0.0, |best| best.merit);
        self.candidates
            .iter()
            .filter(move |candidate| {
                if self.named {
                    candidate.named
                } else {
                    candidate.merit >= best * NEAR
                }
            })
            .take(if self.named { usize::MAX } else { CITED })
    }

    /// Whether a chosen candidate has something of `other`'s words as well.
    pub(crate) fn touches(&self, other: &Self) -> bool {
        let share = |candidate: &Candidate| other.words.covered(&candidate.folded);
        self.chosen().map(share).fold(0.0, f32::max) >= PART
    }

    /// The best score of the search.
    pub(crate) fn score(&self) -> f32 {
        self.features.score
    }

    /// All candidates not far from the best one, to see which places have rules on the matter.
    pub(crate) fn near(&self) -> impl Iterator<Item = &Candidate> {
        let best = self.candidates.first().map_or(0.0, |best| best.merit);
        self.candidates
            .iter()
            .take(12)
            .filter(move |candidate| candidate.merit >= best * 0.5)
    }

    /// Parts of a question with several parts of which no chosen candidate has anything.
    fn without_basis(&self, understood: &Understood, found: &Found) -> Vec<String> {
        let texts: Vec<&str> = self
            .chosen()
            .map(|candidate| candidate.folded.as_str())
            .collect();
        let lacks = |part: &&String| {
            let words = Words::of(part, &found.rarity, &found.expansions, &[]);
            let covered = texts
                .iter()
                .map(|text| words.covered(text))
                .fold(0.0, f32::max);
            let has = texts.iter().any(|text| has(&words.intents, text));
            !words.is_empty() && (covered < PART || !has)
        };
        understood.parts.iter().filter(lacks).cloned().collect()
    }
}

/// What a part of a question is about. How it is asked does not count: 多少天 stands for 工作日 in any rule.
pub(crate) struct Part(Words);

impl Part {
    /// `text` is that part; `found` was found for the whole question.
    pub(crate) fn of(text: &str, found: &Found) -> Self {
        let topics = found.expansions.iter().filter(|found| is_topic(found));
        let topics: Vec<Expansion> = topics.cloned().collect();
        Self(Words::of(text, &found.rarity, &topics, &[]))
    }

    /// The share of its words that a passage has; nothing where the passage lacks the kind of thing asked for, or has so
    /// few of them that it is no basis.
    pub(crate) fn share(&self, passage: &Passage) -> f32 {
        let text = folded(passage);
        let share = self.0.covered(&text);
        if share >= PART && has(&self.0.intents, &text) {
            share
        } else {
            0.0
        }
    }
}

/// A part of a question has a basis when at least this share of its words is found.
const PART: f32 = 0.08;

fn folded(passage: &Passage) -> String {
    fold(&format!(
        "{}\n{}\n{}",
        passage.title,
        passage.path.join("\n"),
        passage.text
    ))
}

fn candidates(words: &Words, found: &Found) -> Vec<Candidate> {
    let top = found
        .hits
        .iter()
        .skip(found.named)
        .map(|hit| hit.score)
        .fold(f32::EPSILON, f32::max);
    let mut votes: HashMap<&str, f32> = HashMap::new();
    for hit in &found.hits {
        *votes.entry(&hit.passage.document).or_default() += hit.score.min(top);
    }
    let most = votes.values().copied().fold(f32::EPSILON, f32::max);
    let weigh = |(rank, hit): (usize, &Hit)| {
        let text = fold(&hit.passage.text);
        let folded = folded(&hit.passage);
        let covered = words.covered(&folded);
        let suits = suits(&words.intents, &hit.passage, &text);
        let named = rank < found.named;
        let note = if hit.passage.kind == ChunkKind::Note {
            0.37
        } else {
            0.0
        };
        let purpose = if is_purpose(&hit.passage.text) {
            0.37
        } else {
            0.0
        };
        let vote = votes
            .get(hit.passage.document.as_str())
            .copied()
            .unwrap_or(0.0)
            / most;
        let merit = if named {
            100.0 - rank as f32
        } else {
            hit.score / top + 0.35 * covered + 0.3 * suits + 0.19 * vote - note - purpose
        };
        Candidate {
            hit: hit.clone(),
            folded,
            covered,
            suits,
            has: has(&words.intents, &text),
            merit,
            named,
        }
    };
    let mut candidates: Vec<Candidate> = found.hits.iter().enumerate().map(weigh).collect();
    candidates.sort_by(|left, right| right.merit.total_cmp(&left.merit));
    candidates
}

/// 第一条 of a regulation says why it exists and answers nobody.
fn is_purpose(text: &str) -> bool {
    text.starts_with("第一条")
        && text
            .chars()
            .skip(3)
            .take(6)
            .any(|character| character == '为')
}

fn features(words: &Words, found: &Found, candidates: &[Candidate]) -> Features {
    let ten = found.hits.iter().skip(found.named).take(10);
    let mut documents: HashMap<&str, usize> = HashMap::new();
    for hit in ten {
        *documents.entry(&hit.passage.document).or_default() += 1;
    }
    let texts = |count: usize| -> String {
        let best = candidates.iter().take(count);
        best.map(|candidate| candidate.folded.as_str()).collect()
    };
    let scores = || found.hits.iter().skip(found.named).map(|hit| hit.score);
    let top = scores().fold(0.0, f32::max);
    Features {
        score: top,
        suits: candidates.first().map_or(0.0, |candidate| candidate.suits),
        concentration: documents.values().max().copied().unwrap_or(0) as f32 / 10.0,
        words: words.len() as f32,
        covered: candidates
            .iter()
            .take(3)
            .map(|candidate| candidate.covered)
            .fold(0.0, f32::max),
        together: words.covered(&texts(3)),
        // What a question is about may stand a little further down than its answer.
        topics_missed: words.topics_missed(&texts(8)),
        intensity: top / words.total().max(1.0),
        flatness: scores().nth(9).unwrap_or(0.0) / top.max(f32::EPSILON),
    }
}
