//! What is sent: sentences that stand up to the check, after the passages they cite, with what must be said of dates.

use corpora::Passage;

use super::AnswerTurn;
use crate::answer::{Answer, Citation, Event, OFF, Sentence, Status};
use crate::compose::Quote;
use crate::manifest::Texts;
use crate::turn::Setting;
use crate::understand::Understood;
use crate::worded::held;

impl AnswerTurn {
    /// The answer of those sentences that stand up to the check, with the events that tell it: what was removed, and each
    /// sentence after the passages that it cites. No answer, if none stands.
    pub(super) fn assemble(
        &self,
        setting: Setting<'_>,
        sentences: Vec<Sentence>,
        mut missing: Vec<String>,
    ) -> (Vec<Event>, Option<Answer>) {
        let (mut events, mut kept) = (Vec::new(), Vec::new());
        let mut citations: Vec<Citation> = Vec::new();
        for sentence in sentences {
            let quotes: Vec<&Quote> = self
                .quotes
                .iter()
                .filter(|quote| sentence.citations.contains(&quote.passage.id))
                .collect();
            if let Err(reason) = held(&sentence.text, &quotes, &self.understood.question) {
                let text = sentence.text;
                events.push(Event::Removed { text, reason });
                continue;
            }
            for quote in quotes {
                if citations
                    .iter()
                    .all(|citation| citation.id != quote.passage.id)
                {
                    let citation = quote.citation(&self.quotes);
                    events.push(Event::Citation(citation.clone()));
                    citations.push(citation);
                }
            }
            events.push(Event::Sentence {
                index: kept.len(),
                text: sentence.text.clone(),
                citations: sentence.citations.clone(),
            });
            kept.push(sentence);
        }
        if kept.is_empty() {
            return (events, None);
        }
        let texts = setting.agent.manifest.texts();
        let removed = |event: &Event| matches!(event, Event::Removed { .. });
        if events.iter().any(removed) && missing.is_empty() {
            missing.push(texts.removed.clone());
        }
        let status = if missing.is_empty() {
            Status::Answered
        } else {
            Status::Partial
        };
        let mut answer = self.answer(setting, status);
        let author = kept.iter().find_map(|sentence| sentence.worded_by.clone());
        answer.lead = Some(self.lead(texts, author.is_some(), &citations));
        answer.mode = author.unwrap_or_else(|| OFF.to_owned());
        answer.missing = missing;
        answer.next = if status == Status::Partial {
            self.contacts(setting)
        } else {
            Vec::new()
        };
        answer.sentences = kept;
        answer.citations = citations;
        (events, Some(answer.labelled(setting)))
    }

    /// How the sentences are to be read: who worded them, and whether what they cite are rules of today, rules of another
    /// day, or reports.
    fn lead(&self, texts: &Texts, worded: bool, citations: &[Citation]) -> String {
        let today = self.request.today;
        let ended = |passage: &Passage| {
            passage.repealed || passage.effective_to.is_some_and(|end| end <= today)
        };
        let cited = || {
            let passages = self.quotes.iter().map(|quote| &quote.passage);
            passages.filter(|passage| citations.iter().any(|citation| citation.id == passage.id))
        };
        let past = cited().any(ended);
        let report = cited().all(|passage| passage.effective_from.is_none());
        let text = match (worded, past, report) {
            (false, true, _) => &texts.lead_past,
            (true, true, _) => &texts.lead_worded_past,
            (false, false, true) => &texts.lead_report,
            (true, false, true) => &texts.lead_worded_report,
            (false, false, false) => &texts.lead_quoted,
            (true, false, false) => &texts.lead_worded,
        };
        text.replace("{as_of}", &self.understood.as_of.to_string())
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
