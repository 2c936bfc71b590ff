//! The answer in two phases: quoted and checked at once, then worded by a model where there is one.
//!
//! What a model says replaces the quotations only sentence by sentence, each held against the passages that it cites. A
//! sentence that fails gives way to what those passages say themselves, and what the model was not given or passed over
//! is quoted behind its words. Where nothing is left, or nothing came, the quoted answer stands and says why.

use corpora::Passage;
use models::{ChatRequest, Constraint, Message};

use super::{AnswerTurn, Phase};
use crate::answer::{Answer, Event, OFF, Sentence};
use crate::basis::Part;
use crate::guard::mask::mask_own;
use crate::manifest::Texts;
use crate::model::{Cause, Failure, Said, Task};
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
        if setting.wording.is_none() || self.wary {
            events.push(self.done(setting, answer));
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
                Message::user(mask_own(&self.understood.question)),
            ],
            constraint: Some(constraint),
            // The check does not rely on the form.
            form_optional: true,
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
        said: Result<Said, Failure>,
    ) -> (Vec<Event>, Step) {
        match said {
            Ok(said) => self.compare(setting, said),
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
            Err(failure) => self.stands(setting, Vec::new(), failure, None),
        }
    }

    fn compare(&mut self, setting: Setting<'_>, said: Said) -> (Vec<Event>, Step) {
        let model = said.model.or_else(|| setting.wording.map(str::to_owned));
        let own_words = &self.understood.question;
        let pieces = match worded::pieces(&said.text, &self.quotes, self.offered, own_words) {
            Ok(pieces) => pieces,
            Err(reason) => return self.stands(setting, Vec::new(), unfit(reason), model),
        };
        let (mut events, mut missing) = (Vec::new(), self.missing.clone());
        let mut sentences: Vec<Sentence> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Kept { text, citations } => sentences.push(Sentence {
                    text,
                    citations,
                    worded_by: model.clone(),
                }),
                Piece::Removed {
                    text,
                    reason,
                    cited,
                } => {
                    events.push(Event::Removed { text, reason });
                    if cited.is_empty() {
                        let removed = &setting.agent.manifest.texts().removed;
                        missing
                            .extend(Some(removed.clone()).filter(|text| !missing.contains(text)));
                    }
                    add(
                        &mut sentences,
                        self.quotations_of(|id| cited.iter().any(|own| own == id)),
                    );
                }
            }
        }
        self.complete(&mut sentences);
        let (more, answer) = self.assemble(setting, sentences, missing);
        let words = |answer: &Answer| answer.mode != OFF;
        match answer.filter(words) {
            Some(answer) => {
                events.extend(more);
                events.push(self.done(setting, answer));
                (events, Step::Done)
            }
            None => {
                let failure = unfit("no sentence stood up to the check");
                self.stands(setting, events, failure, model)
            }
        }
    }

    /// Adds what was quoted and is not to be lost: passages that the model was not given, and parts of the question of
    /// which the passages it cites have less than half of what others have.
    fn complete(&self, sentences: &mut Vec<Sentence>) {
        let passages = self.passages();
        let kept_back: Vec<&str> = passages
            .iter()
            .skip(self.offered)
            .map(|passage| passage.id.as_str())
            .collect();
        add(sentences, self.quotations_of(|id| kept_back.contains(&id)));
        for part in &self.understood.parts {
            let part = Part::of(part, &self.found);
            let (mut best, mut said) = ((0.0, ""), 0.0_f32);
            for passage in &passages {
                let share = part.share(passage);
                if share > best.0 {
                    best = (share, &passage.id);
                }
                if sentences
                    .iter()
                    .any(|sentence| sentence.citations.contains(&passage.id))
                {
                    said = said.max(share);
                }
            }
            if said * 2.0 < best.0 {
                add(sentences, self.quotations_of(|id| id == best.1));
            }
        }
    }

    /// The quotes of those passages.
    fn quotations_of(&self, wanted: impl Fn(&str) -> bool) -> Vec<Sentence> {
        let mut quotations = self.quotations();
        quotations.retain(|quote| quote.citations.iter().any(|id| wanted(id)));
        quotations
    }

    /// The quoted answer stands, flagged.
    fn stands(
        &mut self,
        setting: Setting<'_>,
        mut events: Vec<Event>,
        Failure { cause, reason }: Failure,
        model: Option<String>,
    ) -> (Vec<Event>, Step) {
        let task = Task::Wording;
        events.push(Event::Degraded {
            task,
            cause,
            reason,
            model,
        });
        let (more, answer) = self.assemble(setting, self.quotations(), self.missing.clone());
        let Some(mut answer) = answer else {
            return self.without_sentences(setting, events);
        };
        let told = |event: &Event| !matches!(event, Event::Removed { .. });
        events.extend(more.into_iter().filter(told));
        answer.degraded = Some(flag(setting.agent.manifest.texts(), cause).to_owned());
        events.push(self.done(setting, answer));
        (events, Step::Done)
    }

    fn without_sentences(
        &mut self,
        setting: Setting<'_>,
        mut events: Vec<Event>,
    ) -> (Vec<Event>, Step) {
        self.message = Some(self.fill(setting, &setting.agent.manifest.texts().refused));
        let (more, step) = self.refuse(setting);
        events.extend(more);
        (events, step)
    }
}

/// Adds those quotes that are not among the sentences yet.
fn add(sentences: &mut Vec<Sentence>, quotes: Vec<Sentence>) {
    for quote in quotes {
        if !sentences.contains(&quote) {
            sentences.push(quote);
        }
    }
}

fn unfit(reason: &str) -> Failure {
    Failure {
        cause: Cause::Unfit,
        reason: reason.to_owned(),
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
