//! A paragraph worded by a model from the clauses of its point, one point after the other. What fails the check gives way to
//! the quotations; what the model cannot do leaves all that are left quoted, and says so.

use models::{ChatRequest, Constraint, Message};

use super::write::{held, quotations};
use super::{DraftTurn, Phase};
use crate::answer::Event;
use crate::guard::mask::mask_own;
use crate::model::{Cause, Failure, Said, Task};
use crate::turn::{Setting, Step};
use crate::worded::{self, Piece};

use super::view::{PointState, SentenceView, Source};
use super::write::state;

/// Longest paragraph of a model, in tokens.
const MAX_TOKENS: u32 = 500;

impl DraftTurn {
    /// Asks for the next paragraph; none when there is no further one, or nobody to ask.
    pub(super) fn word_next(&mut self, setting: Setting<'_>) -> Option<Step> {
        if setting.wording.is_none() || self.wary || self.edited.is_some() {
            return None;
        }
        let supported = |at: &usize| state(&self.gathered[*at]) == PointState::Supported;
        let at = (self.asked..self.gathered.len()).find(supported)?;
        self.asked = at;
        self.offered = worded::passages(&self.gathered[at].quotes).len();
        self.phase = Phase::Wording;
        Some(self.ask(setting))
    }

    fn ask(&self, setting: Setting<'_>) -> Step {
        let gathered = &self.gathered[self.asked];
        let place = gathered.places.last().cloned().unwrap_or_default();
        let system = setting
            .agent
            .prompt
            .replace("{as_of}", &self.as_of.to_string())
            .replace("{jurisdiction}", &place)
            .replace(
                "{evidence}",
                &worded::evidence(&gathered.quotes, self.offered),
            );
        let text = &self.text[self.points.points[self.asked].range.clone()];
        let request = ChatRequest {
            messages: vec![Message::system(system), Message::user(mask_own(text))],
            constraint: Some(Constraint::Regex(worded::pattern(self.offered))),
            // The check does not rely on the form.
            form_optional: true,
            max_tokens: MAX_TOKENS,
            seed: self.request.seed,
            ..ChatRequest::default()
        };
        Step::Generate(Task::Wording, request)
    }

    /// Takes what the model said of a point.
    pub(super) fn worded(
        &mut self,
        setting: Setting<'_>,
        said: Result<Said, Failure>,
    ) -> (Vec<Event>, Step) {
        let events = match said {
            Ok(said) => self.take(setting, &said),
            Err(failure) if failure.cause == Cause::Long && self.offered > 1 => {
                self.offered -= 1;
                return (Vec::new(), self.ask(setting));
            }
            Err(failure) => {
                // Whoever is away or late for one point is so for the next.
                if failure.cause != Cause::Long && failure.cause != Cause::Unfit {
                    self.asked = self.gathered.len();
                }
                vec![self.degrade(failure, None)]
            }
        };
        self.asked += 1;
        match self.word_next(setting) {
            Some(step) => (events, step),
            None => self.end(setting, events),
        }
    }

    fn take(&mut self, setting: Setting<'_>, said: &Said) -> Vec<Event> {
        let model = said
            .model
            .clone()
            .or_else(|| setting.wording.map(str::to_owned));
        let quotes = self.gathered[self.asked].quotes.clone();
        let unfit = |reason: &str| Failure {
            cause: Cause::Unfit,
            reason: reason.to_owned(),
        };
        // Nothing of the request counts as said: what a person claims is no basis of a reply.
        let pieces = match worded::pieces(&said.text, &quotes, self.offered, "") {
            Ok(pieces) => pieces,
            Err(reason) => return vec![self.degrade(unfit(reason), model)],
        };
        let (mut events, mut sentences) = (Vec::new(), Vec::new());
        for piece in pieces {
            match checked(piece, &quotes) {
                Piece::Kept { text, citations } => sentences.push(SentenceView {
                    text,
                    source: Source::Worded,
                    citations,
                    mark: None,
                    worded_by: model.clone(),
                }),
                Piece::Removed {
                    text,
                    reason,
                    cited,
                } => {
                    events.push(Event::Removed { text, reason });
                    let quoted = quotations(self.template(setting), &quotes).into_iter();
                    let quoted =
                        quoted.filter(|it| it.citations.iter().any(|id| cited.contains(id)));
                    for quotation in quoted {
                        if !sentences.contains(&quotation) {
                            sentences.push(quotation);
                        }
                    }
                }
            }
        }
        if !events.is_empty() {
            self.degraded.get_or_insert(Cause::Unfit);
        }
        if sentences
            .iter()
            .any(|sentence| sentence.source == Source::Worded)
        {
            self.model = self.model.take().or(model);
            self.worded.insert(self.asked, sentences);
        } else {
            events.push(self.degrade(unfit("no sentence stood up to the check"), model));
        }
        events
    }

    fn degrade(&mut self, Failure { cause, reason }: Failure, model: Option<String>) -> Event {
        self.degraded.get_or_insert(cause);
        Event::Degraded {
            task: Task::Wording,
            cause,
            reason,
            model,
        }
    }

    /// What people read when a model could not be used.
    pub(super) fn flag(&self, setting: Setting<'_>) -> Option<String> {
        let texts = &self.part(setting)?.texts;
        let text = match self.degraded? {
            Cause::Unavailable | Cause::Form => &texts.degraded_unavailable,
            Cause::Busy => &texts.degraded_busy,
            Cause::Late => &texts.degraded_late,
            Cause::Long => &texts.degraded_long,
            Cause::Unfit => &texts.degraded_unfit,
        };
        Some(text.clone())
    }
}

/// A sentence that stands up to the check of drafts as well.
fn checked(piece: Piece, quotes: &[crate::compose::Quote]) -> Piece {
    match piece {
        Piece::Kept { text, citations } => match held(&text, quotes, &citations) {
            Ok(()) => Piece::Kept { text, citations },
            Err(reason) => Piece::Removed {
                text,
                reason,
                cited: citations,
            },
        },
        removed @ Piece::Removed { .. } => removed,
    }
}
