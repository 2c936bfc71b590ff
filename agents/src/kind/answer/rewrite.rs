//! Other words for a question whose own words find too little, from a model.
//!
//! They only add: passages that they find join those of the question, below the best of them. What only the other words
//! find is quoted with the note that it may not answer. A number, a date, a clause or a title that the person did not
//! say is not searched for.

use std::sync::LazyLock;

use corpora::fold::{fold, terms};
use corpora::{Found, Hit, Query};
use models::{ChatRequest, Constraint, Message};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{AnswerTurn, Phase};
use crate::answer::Event;
use crate::basis::Basis;
use crate::guard::mask::mask_own;
use crate::model::{Cause, Failure, Said, Task};
use crate::turn::{Scope, Setting, Step};
use crate::understand::Understood;
use crate::value::values;

/// Searches that a model may propose.
const QUERIES: usize = 3;

/// Characters of one of them.
const LENGTH: usize = 24;

/// Tokens of the model's answer: the queries, and what JSON needs around them.
const MAX_TOKENS: u32 = 160;

static SCHEMA: LazyLock<Json> = LazyLock::new(|| {
    let query = json!({ "type": "string", "minLength": 2, "maxLength": LENGTH });
    json!({
        "type": "object",
        "properties": { "queries": { "type": "array", "items": query, "maxItems": QUERIES } },
        "required": ["queries"],
        "additionalProperties": false
    })
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rewritten {
    queries: Vec<String>,
}

impl AnswerTurn {
    /// Whether other words may help: the basis is doubtful, and the question names nothing that is looked up directly.
    pub(super) fn may_rewrite(&self, setting: Setting<'_>, basis: &Basis) -> bool {
        let names = self.found.named > 0
            || !self.found.titles.is_empty()
            || !self.found.titles_held_back.is_empty();
        let doubtful = !basis.stands() || basis.is_weak();
        setting.rewrite.is_some() && !self.wary && !self.rewritten && doubtful && !names
    }

    /// Asks for other words.
    pub(super) fn rewrite(&mut self, setting: Setting<'_>) -> Step {
        self.rewritten = true;
        self.phase = Phase::Rewriting;
        let request = ChatRequest {
            messages: vec![
                Message::system(self.fill(setting, &setting.agent.rewrite)),
                Message::user(mask_own(&self.understood.question)),
            ],
            constraint: Some(Constraint::JsonSchema(SCHEMA.clone())),
            form_optional: true,
            max_tokens: MAX_TOKENS,
            seed: self.request.seed,
            ..ChatRequest::default()
        };
        Step::Generate(Task::Rewrite, request)
    }

    /// Looks the other words up, or goes on without them.
    pub(super) fn rewritten(
        &mut self,
        setting: Setting<'_>,
        said: Result<Said, Failure>,
    ) -> (Vec<Event>, Step) {
        let (proposed, model) = match said {
            Ok(Said { text, model }) => {
                let model = model.or_else(|| setting.rewrite.map(str::to_owned));
                (proposed(&text), model)
            }
            Err(failure) => (Err(failure), None),
        };
        let mut events = Vec::new();
        let proposed = proposed.unwrap_or_else(|Failure { cause, reason }| {
            self.unaided = true;
            events.push(Event::Degraded {
                task: Task::Rewrite,
                cause,
                reason,
                model: model.clone(),
            });
            Vec::new()
        });
        let queries = self.new_words(proposed);
        if queries.is_empty() {
            let (more, step) = self.decide(setting, &self.basis(&self.found));
            events.extend(more);
            return (events, step);
        }
        self.phase = Phase::Wider;
        self.words.clone_from(&queries);
        let query = Query {
            more: queries.clone(),
            ..self.query(setting)
        };
        let model = model.unwrap_or_default();
        events.push(Event::Rewritten { queries, model });
        (events, Step::Retrieve(query, Scope::InForce))
    }

    /// Decides over what both searches found, unless that is a worse basis than the first.
    pub(super) fn wider(&mut self, setting: Setting<'_>, wider: &Found) -> (Vec<Event>, Step) {
        let limit = self.query(setting).limit;
        let both = joined(&self.found, wider, limit);
        let (before, after) = (self.basis(&self.found), self.basis(&both));
        if after.stands() && (!before.stands() || after.strength() >= before.strength()) {
            self.found = both;
            return self.decide(setting, &after);
        }
        if before.stands() {
            return self.decide(setting, &before);
        }
        // What only the other words find may have to do with the question, if it has any of the person's own. It is
        // quoted, and said to be doubtful.
        let other = Understood {
            search: self.words.join(" "),
            ..self.understood.clone()
        };
        let other = Basis::of(&other, &both);
        if other.stands() && other.touches(&after) {
            self.found = both;
            self.doubtful = true;
            return self.decide(setting, &other);
        }
        self.decide(setting, &before)
    }

    /// The queries that bring a word which was not searched yet, and say nothing that the person did not.
    fn new_words(&self, queries: Vec<String>) -> Vec<String> {
        let own = &self.understood.question;
        let expansions = self.found.expansions.iter();
        let synonyms = expansions.flat_map(|expansion| &expansion.terms);
        let mut known: Vec<String> = synonyms
            .chain([own])
            .flat_map(|text| terms(&fold(text)))
            .collect();
        let mut kept = Vec::new();
        for query in queries.into_iter().take(QUERIES) {
            let query: String = query.trim().chars().take(LENGTH).collect();
            let words = terms(&fold(&query));
            let brings = |word: &String| word.chars().nth(1).is_some() && !known.contains(word);
            if !says_more(&query, own) && words.iter().any(brings) {
                known.extend(words);
                kept.push(query);
            }
        }
        kept
    }
}

/// The queries of a model. A server that cannot hold the form may say something around them.
fn proposed(text: &str) -> Result<Vec<String>, Failure> {
    let json = match (text.find('{'), text.rfind('}')) {
        (Some(begin), Some(end)) if begin < end => &text[begin..=end],
        _ => text,
    };
    let rewritten: Result<Rewritten, _> = serde_json::from_str(json);
    rewritten
        .map(|Rewritten { queries }| queries)
        .map_err(|_| Failure {
            cause: Cause::Unfit,
            reason: "the answer is no list of queries".to_owned(),
        })
}

/// Whether `query` names a value, a clause or a title that `own` does not, or is no plain text.
fn says_more(query: &str, own: &str) -> bool {
    let said: Vec<_> = values(own).into_iter().map(|found| found.value).collect();
    let value = values(query)
        .iter()
        .any(|found| !said.contains(&found.value));
    let figures = query
        .chars()
        .any(|next| next.is_numeric() && !own.contains(next));
    let title = query.contains(['《', '》', '〈', '〉']);
    let markup = query
        .chars()
        .any(|next| next.is_control() || "<>[]{}".contains(next));
    value || figures || title || markup
}

/// The hits of both, at most `limit`. Scores of the wider search, which has more words, are brought to the scale of the
/// first, so that nothing seems a better match because more was searched for.
fn joined(first: &Found, wider: &Found, limit: usize) -> Found {
    let top = |found: &Found| found.hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    let scale = match (top(first), top(wider)) {
        (first, wider) if first > 0.0 && wider > 0.0 => (first / wider).min(1.0),
        _ => 1.0,
    };
    let known = |hit: &&Hit| {
        first
            .hits
            .iter()
            .all(|other| other.passage.id != hit.passage.id)
    };
    let added = wider.hits.iter().filter(known).map(|hit| Hit {
        score: hit.score * scale,
        ..hit.clone()
    });
    let mut hits: Vec<Hit> = first.hits.iter().cloned().chain(added).collect();
    hits.sort_by(|left, right| {
        let order = right.score.total_cmp(&left.score);
        order.then_with(|| left.passage.id.cmp(&right.passage.id))
    });
    hits.truncate(limit);
    Found {
        hits,
        rarity: wider.rarity.clone(),
        ..first.clone()
    }
}
