//! The answer at the end: the draft, what it states, what is missing, and what the officer should know.

use super::edit::Edited;
use super::template::filled;
use super::view::{DraftView, PointState, PointView, Span, TemplateView};
use super::write::{citations, numeral};
use super::{DraftPart, DraftTurn, example, point};
use crate::answer::{Answer, Citation, OFF, Sentence, Status};
use crate::compose::Quote;
use crate::guard::text::plain;
use crate::turn::Setting;

impl DraftTurn {
    pub(super) fn point_views(&self, setting: Setting<'_>) -> Vec<PointView> {
        (0..self.gathered.len())
            .map(|at| self.point(setting, at))
            .collect()
    }

    pub(super) fn answer(&self, setting: Setting<'_>) -> Answer {
        let Some(part) = self.part(setting) else {
            return Answer::new(setting, &self.request, Status::Refused);
        };
        if let Some(reason) = &self.failure {
            let answer = Answer {
                message: Some(filled(&part.texts.failed, &[("{reason}", reason)])),
                label: part.texts.label.clone(),
                as_of: self.as_of,
                ..Answer::new(setting, &self.request, Status::Refused)
            };
            return answer.labelled(setting);
        }
        let draft = self.draft(setting, part);
        let sentences: Vec<Sentence> = draft
            .sentences()
            .filter(|sentence| sentence.mark.is_none() && !sentence.citations.is_empty())
            .map(|sentence| Sentence {
                text: sentence.text.clone(),
                citations: sentence.citations.clone(),
                worded_by: sentence.worded_by.clone(),
            })
            .collect();
        let marked = draft.sentences().any(|sentence| sentence.mark.is_some());
        let open = draft
            .points
            .iter()
            .filter(|point| point.state != PointState::Supported);
        let missing: Vec<String> = open
            .map(|point| {
                let reason = point.reason.as_deref().unwrap_or_default();
                format!("{}：{reason}", point.text)
            })
            .collect();
        let status = match (sentences.is_empty(), missing.is_empty() && !marked) {
            (true, _) => Status::Refused,
            (false, true) => Status::Answered,
            (false, false) => Status::Partial,
        };
        let place = self
            .gathered
            .iter()
            .find_map(|gathered| gathered.places.last());
        let mut searched: Vec<String> = Vec::new();
        for name in self.gathered.iter().flat_map(|gathered| &gathered.searched) {
            if !searched.contains(name) {
                searched.push(name.clone());
            }
        }
        let answer = Answer {
            interpreted: self
                .order
                .clone()
                .unwrap_or_else(|| self.request.question.clone()),
            as_of: self.as_of,
            jurisdiction: place.cloned().or_else(|| setting.place.map(str::to_owned)),
            lead: Some(part.texts.lead.clone()),
            message: Some(message(part, &draft)),
            citations: self.citations(setting, &draft),
            sentences,
            missing,
            searched,
            mode: self.model.clone().unwrap_or_else(|| OFF.to_owned()),
            degraded: self.flag(setting),
            label: part.texts.label.clone(),
            draft: Some(Box::new(draft)),
            ..Answer::new(setting, &self.request, status)
        };
        answer.labelled(setting)
    }

    fn draft(&self, setting: Setting<'_>, part: &DraftPart) -> DraftView {
        let points = self.point_views(setting);
        let mut notes = self.notes(setting, part);
        let (paragraphs, blocked) = match &self.edited {
            Some(edited) => {
                let (paragraphs, blocked) = self.reviewed(setting, edited);
                for number in self.unanswered(&paragraphs, &points) {
                    let number = numeral(number);
                    notes.push(filled(&part.texts.unanswered, &[("{number}", &number)]));
                }
                (paragraphs, blocked)
            }
            None => (self.paragraphs(setting, &points), Vec::new()),
        };
        let words: Vec<(usize, &str)> = points
            .iter()
            .map(|point| (point.number, point.text.as_str()))
            .collect();
        let (template, _) = self.chosen(setting);
        DraftView {
            template: template.to_owned(),
            title: self.heading(setting),
            templates: setting
                .agent
                .templates
                .iter()
                .map(|(name, template)| TemplateView {
                    name: name.clone(),
                    title: template.title.clone(),
                })
                .collect(),
            order: self.order.clone(),
            request: self.text.clone(),
            set_aside: self
                .points
                .set_aside
                .iter()
                .map(|range| Span::of(&self.text, range))
                .collect(),
            examples: example::near(&setting.agent.replies, &words),
            points,
            paragraphs,
            blocked,
            notes,
            edited: self.edited.is_some(),
        }
    }

    /// What the officer should know of the request.
    fn notes(&self, setting: Setting<'_>, part: &DraftPart) -> Vec<String> {
        let texts = &part.texts;
        let mut notes = Vec::new();
        if let Some(emergency) = setting.seeds.emergencies.find(&self.text) {
            let fields = [
                ("{name}", emergency.name.as_str()),
                ("{number}", &emergency.number),
            ];
            notes.push(filled(&texts.emergency, &fields));
        }
        if self.wary || !self.points.set_aside.is_empty() {
            notes.push(texts.set_aside.clone());
        }
        if self.points.omitted > 0 {
            let most = point::MOST.to_string();
            notes.push(filled(&texts.omitted, &[("{points}", &most)]));
        }
        let named = self
            .request
            .draft
            .as_ref()
            .and_then(|it| it.template.as_ref());
        if let Some(name) = named.filter(|name| !setting.agent.templates.contains_key(*name)) {
            let title = &self.template(setting).title;
            let name = plain(name);
            let fields = [("{template}", &*name), ("{title}", title)];
            notes.push(filled(&texts.no_template, &fields));
        }
        notes
    }

    /// All that the draft cites or offers, in the order of its points.
    fn citations(&self, setting: Setting<'_>, draft: &DraftView) -> Vec<Citation> {
        let mut ids: Vec<String> = Vec::new();
        let offered = draft.points.iter().flat_map(|point| &point.blocked);
        let offered = offered.chain(&draft.blocked).flat_map(|it| &it.offered);
        let cited = draft
            .sentences()
            .chain(offered)
            .flat_map(|it| &it.citations);
        for id in cited {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        let edited = self.edited.iter().flat_map(Edited::quotes);
        let quotes = self.gathered.iter().flat_map(|gathered| &gathered.quotes);
        let quotes: Vec<Quote> = quotes.chain(edited).cloned().collect();
        let mut cited = citations(&ids, &quotes);
        if let Some(record) = self
            .record
            .as_ref()
            .filter(|record| ids.contains(&record.id()))
        {
            cited.insert(0, record.citation(self.template(setting)));
        }
        cited
    }
}

/// What the draft came to, and what is to be known of it.
fn message(part: &DraftPart, draft: &DraftView) -> String {
    let count = |state: PointState| {
        let points = draft.points.iter().filter(|point| point.state == state);
        points.count().to_string()
    };
    let all = draft.points.len().to_string();
    let [supported, open, blocked] = [
        PointState::Supported,
        PointState::Uncovered,
        PointState::Blocked,
    ]
    .map(count);
    let fields = [
        ("{points}", &*all),
        ("{supported}", &supported),
        ("{open}", &open),
        ("{blocked}", &blocked),
    ];
    let mut lines = vec![filled(&part.texts.found, &fields)];
    if supported == "0" && blocked == "0" {
        lines.push(part.texts.none.clone());
    }
    lines.extend(draft.notes.iter().cloned());
    lines.join("\n")
}
