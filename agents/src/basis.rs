//! The basis check: do the passages that were found answer the question at all?

use corpora::fold::fold;
use corpora::{Found, Hit};

use crate::evidence::Words;
use crate::intent::{has, suits};
use crate::understand::Understood;

/// What the evidence amounts to.
pub struct Basis {
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// The words of the question.
    pub words: Words,
    /// What the decision rests on.
    pub features: Features,
    missing: Vec<String>,
}

/// A passage with what speaks for it.
pub struct Candidate {
    /// The passage.
    pub hit: Hit,
    /// Share of the question's words in it.
    pub covered: f32,
    /// How well it has what is asked for.
    pub suits: f32,
    /// Whether it has the kind of thing asked for.
    pub asked: bool,
    /// How well it carries an answer; orders candidates.
    pub merit: f32,
    /// Whether the question names it.
    pub named: bool,
}

/// Numbers that the decision rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Features {
    /// Share of the question's words in the best candidate.
    pub covered: f32,
    /// Share of the question's words in any of the five best.
    pub any: f32,
    /// BM25 score of the best hit for each unit of word weight.
    pub score: f32,
    /// Whether a candidate has the kind of thing asked for.
    pub asked: bool,
    /// Whether the question names a passage.
    pub named: bool,
}

impl Basis {
    /// Weighs what was found.
    pub fn of(understood: &Understood, found: &Found) -> Self {
        let mut ignored: Vec<String> = understood.places.clone().unwrap_or_default();
        ignored.extend(found.titles.iter().cloned());
        let words = Words::of(&understood.question, &found.rarity, &found.expansions, &ignored);
        let top = found.hits.iter().skip(found.named).map(|hit| hit.score).fold(f32::EPSILON, f32::max);
        let mut candidates: Vec<Candidate> = found.hits.iter().enumerate().map(|(rank, hit)| {
            let folded = fold(&format!("{}\n{}\n{}", hit.passage.title, hit.passage.path.join("\n"), hit.passage.text));
            let covered = words.covered(&folded);
            let text = fold(&hit.passage.text);
            let asked = has(&words.intents, &text);
            let suits = suits(&words.intents, &hit.passage, &text);
            let named = rank < found.named;
            let merit = if named { 10.0 - rank as f32 } else { hit.score / top + covered * 0.8 + suits * 0.5 };
            Candidate { hit: hit.clone(), covered, suits, asked, merit, named }
        }).collect();
        candidates.sort_by(|left, right| right.merit.total_cmp(&left.merit));
        let best = candidates.first();
        let features = Features {
            covered: best.map_or(0.0, |best| best.covered),
            any: candidates.iter().take(5).map(|candidate| candidate.covered).fold(0.0, f32::max),
            score: if words.is_empty() { 0.0 } else { top / words.total() },
            asked: best.is_some_and(|best| best.asked),
            named: best.is_some_and(|best| best.named),
        };
        if std::env::var_os("FEAT").is_some() {
            let rows: Vec<String> = candidates.iter().map(|c| format!("{{\"file\":{:?},\"path\":{:?},\"score\":{},\"cov\":{},\"asked\":{},\"suits\":{},\"kind\":\"{:?}\",\"text\":{},\"named\":{},\"len\":{}}}", c.hit.passage.document, c.hit.passage.path_text(), c.hit.score.min(1e6), c.covered, c.asked, c.suits, c.hit.passage.kind, serde_json::to_string(&c.hit.passage.text).unwrap_or_default(), c.named, c.hit.passage.text.chars().count())).collect();
            println!("FEAT {{\"q\":{:?},\"total\":{},\"askn\":{},\"words\":{},\"rows\":[{}]}}", understood.question, words.total(), words.intents.len(), words.dump(), rows.join(","));
        }
        Self { candidates, words, features, missing: Vec::new() }
    }

    /// Whether there is a basis.
    pub fn stands(&self) -> bool {
        let features = self.features;
        features.named || (features.covered >= 0.35 && !self.candidates.is_empty())
    }

    /// Parts of the question without a basis.
    pub fn missing_parts(&self) -> &[String] {
        &self.missing
    }

    /// The candidates an answer is made of.
    pub fn chosen(&self) -> impl Iterator<Item = &Candidate> {
        let named = self.features.named;
        let best = self.candidates.first().map_or(0.0, |best| best.merit);
        self.candidates.iter().filter(move |candidate| if named { candidate.named } else { candidate.merit >= best * 0.75 }).take(3)
    }
}
