//! What is sent: sentences that stand up to the check, after the passages they cite, with what must be said of dates.

use corpora::Passage;

use super::AnswerTurn;
use crate::agent::Texts;
use crate::answer::{Citation, CitationKind, Event, Sentence, Status};
use crate::check::check;
use crate::compose::Quote;
use crate::label::Aigc;
use crate::turn::{Setting, Step};
use crate::understand::Understood;

impl AnswerTurn {
    /// Sends the sentences that stand up to the check, each after the passages it cites.
    pub(super) fn release(
        &mut self,
        setting: Setting<'_>,
        sentences: Vec<(String, Vec<String>)>,
        quoted: bool,
    ) -> (Vec<Event>, Step) {
        let (mut events, mut kept) = (Vec::new(), Vec::new());
        let mut citations: Vec<Citation> = Vec::new();
        for (text, ids) in sentences {
            let quotes: Vec<&Quote> = self
                .quotes
                .iter()
                .filter(|quote| ids.contains(&quote.passage.id))
                .collect();
            let cited: Vec<String> = quotes.iter().map(|quote| quote.labelled()).collect();
            let cited: Vec<&str> = cited.iter().map(String::as_str).collect();
            if let Err(faults) = check(&text, &cited, &self.understood.question) {
                let reason = faults
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("；");
                events.push(Event::Removed { text, reason });
                continue;
            }
            for quote in quotes {
                if citations
                    .iter()
                    .all(|citation| citation.id != quote.passage.id)
                {
                    let citation = self.cite(quote);
                    events.push(Event::Citation(citation.clone()));
                    citations.push(citation);
                }
            }
            let index = kept.len();
            events.push(Event::Sentence {
                index,
                text: text.clone(),
                citations: ids.clone(),
            });
            kept.push(Sentence {
                text,
                citations: ids,
            });
        }
        if kept.is_empty() {
            self.message = Some(self.fill(setting, &setting.agent.manifest.texts.refused));
            let (more, step) = self.refuse(setting);
            events.extend(more);
            return (events, step);
        }
        let removed = events
            .iter()
            .any(|event| matches!(event, Event::Removed { .. }));
        if removed && self.missing.is_empty() {
            self.missing
                .push(setting.agent.manifest.texts.removed.clone());
        }
        let status = if self.missing.is_empty() {
            Status::Answered
        } else {
            Status::Partial
        };
        let mut answer = self.answer(setting, status);
        let texts = &setting.agent.manifest.texts;
        answer.lead = Some(if quoted {
            self.quoted_lead(texts)
        } else {
            texts.lead_worded.clone()
        });
        answer.mode = setting
            .model
            .filter(|_| !quoted)
            .unwrap_or("off")
            .to_owned();
        answer.next = if status == Status::Partial {
            self.contacts(setting)
        } else {
            Vec::new()
        };
        answer.sentences = kept;
        answer.citations = citations;
        answer.aigc = Aigc::new(setting.producer, &answer.text());
        events.push(Event::Done(Box::new(answer)));
        (events, Step::Done)
    }

    /// How quotations are to be read: rules of today, rules of another day, or reports.
    fn quoted_lead(&self, texts: &Texts) -> String {
        let today = self.request.today;
        let ended = |passage: &Passage| {
            passage.repealed || passage.effective_to.is_some_and(|end| end <= today)
        };
        if self.quotes.iter().any(|quote| ended(&quote.passage)) {
            texts
                .lead_past
                .replace("{as_of}", &self.understood.as_of.to_string())
        } else if self
            .quotes
            .iter()
            .all(|quote| quote.passage.effective_from.is_none())
        {
            texts.lead_report.clone()
        } else {
            texts.lead_quoted.clone()
        }
    }

    /// The citation of a passage, narrowed to the 款 if all that is quoted of it stands in one.
    fn cite(&self, quote: &Quote) -> Citation {
        let same: Vec<&Quote> = self
            .quotes
            .iter()
            .filter(|other| other.passage.id == quote.passage.id)
            .collect();
        let start = same
            .iter()
            .map(|quote| quote.range.start)
            .min()
            .unwrap_or(quote.range.start);
        let end = same
            .iter()
            .map(|quote| quote.range.end)
            .max()
            .unwrap_or(quote.range.end);
        let passage = &quote.passage;
        Citation {
            id: passage.id.clone(),
            kind: CitationKind::Passage,
            corpus: passage.corpus.clone(),
            document: passage.document.clone(),
            title: passage.title.clone(),
            path: passage.path_of(start, end),
            text: passage.text.clone(),
            effective_from: passage.effective_from,
            effective_to: passage.effective_to,
            revision: passage.revision.clone(),
        }
    }
}

/// What has to be said about dates of the sources.
pub(super) fn notes(texts: &Texts, understood: &Understood, quotes: &[Quote]) -> Option<String> {
    let mut notes = Vec::new();
    for quote in quotes {
        let passage = &quote.passage;
        if passage.repealed && passage.effective_to.is_none() {
            notes.push(texts.repealed.replace("{title}", &passage.title));
        }
        if passage.effective_from.is_none()
            && understood.year.is_some()
            && let Some(year) = quote.year
        {
            notes.push(
                texts
                    .undated
                    .replace("{title}", &passage.title)
                    .replace("{date}", &format!("{year}年")),
            );
        }
    }
    notes.dedup();
    (!notes.is_empty()).then(|| notes.join("\n"))
}
