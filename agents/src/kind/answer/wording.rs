//! The answer in two phases: quoted and checked at once, then worded by a model where there is one.
//!
//! What a model says replaces the quotations only sentence by sentence, each held against the passages that it cites. A
//! sentence that fails gives way to what those passages say themselves. Where nothing is left, or nothing came, the
//! quoted answer stands and says why.

use corpora::Passage;
use models::{ChatRequest, Constraint, Message};

use super::{AnswerTurn, Phase};
use crate::agent::Texts;
use crate::answer::{Answer, Event, Sentence};
use crate::guard::mask::mask;
use crate::model::{Cause, Failure, Task};
use crate::turn::{Setting, Step};
use crate::worded::{self, Piece};

/// Longest answer of a model, in tokens.
const MAX_TOKENS: u32 = 800;

impl AnswerTurn {
    /// Hands the quotes to the model, or releases them as they are.
    pub(super) fn word(&mut self, setting: Setting<'_>) -> (Vec<Event>, Step) {
        let (mut events, answer) = self.assemble(setting, self.quotations(), self.missing.clone());
        let Some(answer) = answer else {
            return self.without_sentences(setting, events);
        };
        if setting.wording.is_none() {
            events.push(Event::Done(Box::new(answer)));
            return (events, Step::Done);
        }
        events.retain(|event| matches!(event, Event::Removed { .. }));
        events.extend(self.quoted(answer));
        self.phase = Phase::Wording;
        self.offered = self.passages().len();
        (events, self.ask(setting))
    }

    /// Shows the quoted answer, unless the same one was shown before.
    pub(super) fn quoted(&mut self, answer: Answer) -> Option<Event> {
        let answer = Box::new(answer);
        if self.quoted.as_ref() == Some(&answer) {
            return None;
        }
        self.quoted = Some(answer.clone());
        Some(Event::Quoted(answer))
    }

    /// Every quote as a sentence of its own.
    pub(super) fn quotations(&self) -> Vec<Sentence> {
        let sentence = |quote: &crate::compose::Quote| Sentence {
            text: quote.text.clone(),
            citations: vec![quote.passage.id.clone()],
            worded_by: None,
        };
        self.quotes.iter().map(sentence).collect()
    }

    /// The passages of the quotes, best first.
    fn passages(&self) -> Vec<&Passage> {
        worded::passages(&self.quotes)
            .into_iter()
            .map(|quote| &quote.passage)
            .collect()
    }

    fn ask(&self, setting: Setting<'_>) -> Step {
        let system = self
            .fill(setting, &setting.agent.prompt)
            .replace("{evidence}", &worded::evidence(&self.quotes, self.offered));
        let constraint = Constraint::Regex(worded::pattern(self.offered));
        let request = ChatRequest {
            messages: vec![
                Message::system(system),
                Message::user(mask(&self.understood.question)),
            ],
            constraint: Some(constraint).filter(|_| !self.unconstrained),
            max_tokens: MAX_TOKENS,
            seed: self.request.seed,
            ..ChatRequest::default()
        };
        Step::Generate(Task::Wording, request)
    }

    /// Takes what the model said.
    pub(super) fn worded(
        &mut self,
        setting: Setting<'_>,
        said: Result<String, Failure>,
    ) -> (Vec<Event>, Step) {
        match said {
            Ok(text) => self.compare(setting, &text),
            Err(failure) if failure.cause == Cause::Long && self.offered > 1 => {
                self.offered -= 1;
                let id = |passage: &&Passage| passage.id.clone();
                let dropped = Event::Dropped {
                    passages: self
                        .passages()
                        .get(self.offered)
                        .map(id)
                        .into_iter()
                        .collect(),
                    reason: failure.reason,
                };
                (vec![dropped], self.ask(setting))
            }
            // A server that knows no grammar may word all the same: the check does not rely on it.
            Err(failure) if failure.cause == Cause::Form && !self.unconstrained => {
                self.unconstrained = true;
                (Vec::new(), self.ask(setting))
            }
            Err(failure) => self.stands(setting, Vec::new(), failure),
        }
    }

    fn compare(&mut self, setting: Setting<'_>, text: &str) -> (Vec<Event>, Step) {
        let model = setting.wording.unwrap_or("off");
        let pieces =
            match worded::pieces(text, &self.quotes, self.offered, &self.understood.question) {
                Ok(pieces) => pieces,
                Err(reason) => {
                    let cause = Cause::Unfit;
                    let reason = reason.to_owned();
                    return self.stands(setting, Vec::new(), Failure { cause, reason });
                }
            };
        let (mut events, mut sentences, mut missing) =
            (Vec::new(), Vec::new(), self.missing.clone());
        let mut said = false;
        for piece in pieces {
            match piece {
                Piece::Kept { text, citations } => {
                    said = true;
                    sentences.push(Sentence {
                        text,
                        citations,
                        worded_by: Some(model.to_owned()),
                    });
                }
                Piece::Removed {
                    text,
                    reason,
                    cited,
                } => {
                    events.push(Event::Removed { text, reason });
                    let own = self.quotations().into_iter();
                    let own: Vec<Sentence> = own
                        .filter(|quote| quote.citations.iter().any(|id| cited.contains(id)))
                        .collect();
                    if own.is_empty() {
                        let removed = &setting.agent.manifest.texts.removed;
                        missing
                            .extend(Some(removed.clone()).filter(|text| !missing.contains(text)));
                    }
                    for quote in own {
                        if !sentences.contains(&quote) {
                            sentences.push(quote);
                        }
                    }
                }
            }
        }
        let (more, answer) = self.assemble(setting, sentences, missing);
        match answer.filter(|_| said) {
            Some(answer) => {
                events.extend(more);
                events.push(Event::Done(Box::new(answer)));
                (events, Step::Done)
            }
            None => {
                let failure = Failure {
                    cause: Cause::Unfit,
                    reason: "no sentence stood up to the check".to_owned(),
                };
                self.stands(setting, events, failure)
            }
        }
    }

    /// The quoted answer stands, flagged.
    fn stands(
        &mut self,
        setting: Setting<'_>,
        mut events: Vec<Event>,
        Failure { cause, reason }: Failure,
    ) -> (Vec<Event>, Step) {
        let task = Task::Wording;
        events.push(Event::Degraded {
            task,
            cause,
            reason,
        });
        let (more, answer) = self.assemble(setting, self.quotations(), self.missing.clone());
        let Some(mut answer) = answer else {
            return self.without_sentences(setting, events);
        };
        let told = |event: &Event| !matches!(event, Event::Removed { .. });
        events.extend(more.into_iter().filter(told));
        answer.degraded = Some(flag(&setting.agent.manifest.texts, cause).to_owned());
        events.push(Event::Done(Box::new(answer)));
        (events, Step::Done)
    }

    fn without_sentences(
        &mut self,
        setting: Setting<'_>,
        mut events: Vec<Event>,
    ) -> (Vec<Event>, Step) {
        self.message = Some(self.fill(setting, &setting.agent.manifest.texts.refused));
        let (more, step) = self.refuse(setting);
        events.extend(more);
        (events, step)
    }
}

/// What people read when a model could not be used.
fn flag(texts: &Texts, cause: Cause) -> &str {
    match cause {
        Cause::Unavailable | Cause::Form => &texts.degraded_unavailable,
        Cause::Busy => &texts.degraded_busy,
        Cause::Late => &texts.degraded_late,
        Cause::Long => &texts.degraded_long,
        Cause::Unfit => &texts.degraded_unfit,
    }
}
