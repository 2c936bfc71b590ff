//! The draft, put together: template, quotations, what a model worded, and marks where there is nothing. Every sentence that
//! states something has passed the check against what it cites.

use crate::answer::Citation;
use crate::check::check;
use crate::compose::Quote;
use crate::guard::mask::mask_own;
use crate::guard::text::plain;
use crate::value::{Value, values};

use super::DraftTurn;
use super::record::date_text;
use super::search::{Gathered, Why};
use super::template::{Template, filled};
use super::view::{
    BlockedView, ParagraphKind, ParagraphView, PointState, PointView, SentenceView, Source, Span,
};
use crate::turn::Setting;

/// Letters of a point that stand at the head of its paragraph.
const HEAD: usize = 40;

/// The sentences and citations of quotations, each in the frame of the template.
pub(super) fn quotations(template: &Template, quotes: &[Quote]) -> Vec<SentenceView> {
    let framed = |quote: &Quote| {
        let text = body(quote);
        let clause = clause(quote);
        let fields = [
            ("{title}", quote.passage.title.as_str()),
            ("{clause}", clause),
            ("{quote}", text),
        ];
        let whole = filled(&template.basis, &fields);
        let text = if supported(&whole, &[quote]).is_ok() {
            whole
        } else {
            quote.text.trim().to_owned()
        };
        SentenceView {
            text,
            source: Source::Quoted,
            citations: vec![quote.passage.id.clone()],
            mark: None,
            worded_by: None,
        }
    };
    let sentences = quotes.iter().map(framed);
    sentences
        .filter(|it| held(&it.text, quotes, &it.citations).is_ok())
        .collect()
}

/// The article, or the heading under which it stands.
fn clause(quote: &Quote) -> &str {
    let passage = &quote.passage;
    let last = || passage.path.last().map(String::as_str);
    passage.clause().or_else(last).unwrap_or_default()
}

/// The words of a quotation without the number of their article, which stands before them.
fn body(quote: &Quote) -> &str {
    let text = quote.text.trim();
    let rest = quote
        .passage
        .clause()
        .and_then(|clause| text.strip_prefix(clause));
    rest.map_or(text, str::trim_start)
}

/// What a sentence is held against: the label, and the words without the number of the article.
fn evidence(quote: &Quote) -> String {
    let text = quote.passage.text.trim();
    let rest = quote
        .passage
        .clause()
        .and_then(|clause| text.strip_prefix(clause));
    let passage = &quote.passage;
    format!(
        "《{}》{}\n{}",
        passage.title,
        passage.path_text(),
        rest.map_or(text, str::trim_start)
    )
}

/// Whether `text` says only what the passages of these quotes say. Nothing is taken from the request: what a person claims
/// is no basis of a reply.
///
/// # Errors
/// What is wrong with it.
pub(super) fn supported(text: &str, quotes: &[&Quote]) -> Result<(), String> {
    let evidence: Vec<String> = quotes.iter().map(|quote| evidence(quote)).collect();
    let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
    if evidence.is_empty() {
        return Err("没有可以对照的条文".to_owned());
    }
    check(text, &evidence, "").map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("；")
    })
}

/// Likewise, of those quotes that are cited.
pub(super) fn held(text: &str, quotes: &[Quote], cited: &[String]) -> Result<(), String> {
    let cited: Vec<&Quote> = quotes
        .iter()
        .filter(|quote| cited.contains(&quote.passage.id))
        .collect();
    supported(text, &cited)
}

/// The citations of these ids among quotes, in the order of the ids.
pub(super) fn citations(ids: &[String], quotes: &[Quote]) -> Vec<Citation> {
    let find = |id: &String| quotes.iter().find(|quote| quote.passage.id == *id);
    let found = ids.iter().filter_map(find);
    found.map(|quote| quote.citation(quotes)).collect()
}

/// 一 to 二十.
pub(super) fn numeral(number: usize) -> String {
    const FIGURES: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let tens = match number / 10 {
        0 => String::new(),
        1 => "十".to_owned(),
        tens => format!("{}十", FIGURES[tens % 10]),
    };
    format!("{tens}{}", FIGURES[number % 10])
}

impl DraftTurn {
    /// The words of a point as they may be repeated: nobody's name, number or address.
    pub(super) fn words(&self, at: usize) -> String {
        let text = &self.text[self.points.points[at].range.clone()];
        plain(&mask_own(text))
    }

    /// The same, short and without its mark.
    fn head(&self, at: usize) -> String {
        let words = self.words(at);
        let words = words.trim_end_matches(|next: char| !next.is_alphanumeric());
        if words.chars().count() <= HEAD {
            return words.to_owned();
        }
        let cut: String = words.chars().take(HEAD).collect();
        format!("{cut}……")
    }

    /// What there is for a point.
    pub(super) fn point(&self, setting: Setting<'_>, at: usize) -> PointView {
        let gathered = &self.gathered[at];
        let state = state(gathered);
        let ids = gathered.quotes.iter().map(|quote| quote.passage.id.clone());
        let mut citations: Vec<String> = ids.collect();
        citations.dedup();
        let blocked = gathered.blocked.iter().map(|lapsed| BlockedView {
            clause: lapsed.clause.clone(),
            validity: lapsed.validity.clone(),
            offered: quotations(self.template(setting), &gathered.quotes),
        });
        PointView {
            number: at + 1,
            text: self.words(at),
            span: Span::of(&self.text, &self.points.points[at].range),
            state,
            reason: self.reason(setting, gathered),
            citations,
            blocked: blocked.collect(),
            notes: self.premises(setting, at),
            contacts: match state {
                PointState::Supported => Vec::new(),
                PointState::Uncovered | PointState::Blocked => {
                    setting.seeds.contacts(&self.words(at), &gathered.places)
                }
            },
        }
    }

    /// Why a point is to be looked at.
    fn reason(&self, setting: Setting<'_>, gathered: &Gathered) -> Option<String> {
        let texts = &self.part(setting)?.texts;
        let as_of = self.as_of.to_string();
        let title = |name: &String| setting.titles.get(name).unwrap_or(name).clone();
        let searched: Vec<String> = gathered.searched.iter().map(title).collect();
        let searched = searched.join("、");
        if let Some(lapsed) = &gathered.blocked {
            let fields = [
                ("{clause}", &*lapsed.clause),
                ("{validity}", &lapsed.validity),
            ];
            let reason = texts.blocked(!gathered.quotes.is_empty());
            return Some(filled(reason, &fields));
        }
        match &gathered.why {
            None => gathered.weak.then(|| texts.weak.clone()),
            Some(Why::Nothing) => {
                let fields = [("{searched}", &*searched), ("{as_of}", &as_of)];
                Some(filled(&texts.uncovered, &fields))
            }
            Some(Why::Place) => Some(texts.place.clone()),
            Some(Why::Declined) => Some(texts.declined.clone()),
            Some(Why::Unknown(clause)) => {
                Some(filled(&texts.no_such_clause, &[("{clause}", clause)]))
            }
            Some(Why::Lapsed(lapsed)) => {
                let fields = [
                    ("{title}", &*lapsed.title),
                    ("{validity}", &lapsed.validity),
                    ("{as_of}", &as_of),
                ];
                Some(filled(&texts.out_of_force, &fields))
            }
        }
    }

    /// Figures of a point that are said to be a rule and stand in none of its clauses, where these have others of the kind.
    fn premises(&self, setting: Setting<'_>, at: usize) -> Vec<String> {
        const CLAIMS: [&str; 7] = ["规定", "标准", "文件", "政策", "听说", "据说", "按照"];
        let words = self.words(at);
        let gathered = &self.gathered[at];
        let Some(part) = self.part(setting).filter(|_| gathered.blocked.is_none()) else {
            return Vec::new();
        };
        if !CLAIMS.iter().any(|claim| words.contains(claim)) {
            return Vec::new();
        }
        let quotes = gathered.quotes.iter();
        let known: Vec<Value> = quotes
            .flat_map(|quote| values(&quote.passage.text))
            .map(|found| found.value.unbounded())
            .collect();
        let differs = |value: &Value| {
            let measured = matches!(value, Value::Quantity { .. });
            let same = |other: &&Value| other.dimension() == value.dimension();
            measured && known.iter().any(|other| same(&other)) && !known.contains(value)
        };
        let found = values(&words).into_iter();
        let found = found.filter(|found| differs(&found.value.unbounded()));
        found
            .map(|found| filled(&part.texts.premise, &[("{said}", &words[found.range])]))
            .collect()
    }

    /// The paragraphs of the draft.
    pub(super) fn paragraphs(
        &self,
        setting: Setting<'_>,
        points: &[PointView],
    ) -> Vec<ParagraphView> {
        let template = self.template(setting);
        let count = numeral(points.len());
        let order = self.order.clone().unwrap_or_default();
        let fields = [("{points}", &*count), ("{order}", &order)];
        let opening = template.opening.iter().map(|line| filled(line, &fields));
        let mut paragraphs = vec![
            fixed(ParagraphKind::Salutation, [template.salutation.clone()]),
            fixed(ParagraphKind::Opening, opening),
        ];
        if let Some(record) = &self.record {
            let sentences = record.sentences(template);
            if !sentences.is_empty() {
                paragraphs.push(ParagraphView {
                    kind: ParagraphKind::Record,
                    point: None,
                    sentences,
                });
            }
        }
        paragraphs.extend(points.iter().map(|point| self.paragraph(setting, point)));
        let (unit, known) = self.unit(setting);
        let fields = [("{unit}", &*unit)];
        let closing = template.closing.iter().map(|line| filled(line, &fields));
        paragraphs.push(fixed(ParagraphKind::Closing, closing));
        let date = date_text(self.request.today);
        for line in &template.sign {
            let fields = [("{unit}", &*unit), ("{date}", &date)];
            let mut sign = fixed(ParagraphKind::Sign, [filled(line, &fields)]);
            if line.contains("{unit}") && !known {
                let why = self
                    .part(setting)
                    .map(|part| part.texts.unit_unknown.clone());
                sign.sentences[0].mark = why;
            }
            paragraphs.push(sign);
        }
        paragraphs.retain(|paragraph| !paragraph.sentences.is_empty());
        paragraphs
    }

    /// Who answers, and whether that is known.
    fn unit(&self, setting: Setting<'_>) -> (String, bool) {
        let person = self.request.person.as_ref();
        let unit = person.and_then(|person| person.unit.clone());
        let led = || {
            let record = self.record.as_ref()?;
            Some(record.department.clone()).filter(|unit| !unit.is_empty())
        };
        match unit.or_else(led) {
            Some(unit) => (unit, true),
            None => {
                let none = self.part(setting).map(|part| part.texts.no_unit.clone());
                (none.unwrap_or_default(), false)
            }
        }
    }

    fn paragraph(&self, setting: Setting<'_>, point: &PointView) -> ParagraphView {
        let template = self.template(setting);
        let at = point.number - 1;
        let head = self.head(at);
        let number = numeral(point.number);
        let fields = [("{number}", &*number), ("{point}", &head)];
        let mut sentences = vec![SentenceView::fixed(filled(&template.lead, &fields))];
        match point.state {
            PointState::Supported => match self.worded.get(&at) {
                Some(worded) => sentences.extend(worded.iter().cloned()),
                None => sentences.extend(quotations(template, &self.gathered[at].quotes)),
            },
            PointState::Uncovered => sentences.push(SentenceView {
                mark: point.reason.clone(),
                ..SentenceView::fixed(filled(&template.uncovered, &[("{point}", &head)]))
            }),
            PointState::Blocked => {
                let clause = point.blocked.first().map(|it| it.clause.clone());
                let clause = clause.unwrap_or_default();
                sentences.push(SentenceView {
                    mark: point.reason.clone(),
                    ..SentenceView::fixed(filled(&template.blocked, &[("{clause}", &clause)]))
                });
            }
        }
        ParagraphView {
            kind: ParagraphKind::Point,
            point: Some(point.number),
            sentences,
        }
    }

    /// Title of the reply.
    pub(super) fn heading(&self, setting: Setting<'_>) -> String {
        let template = self.template(setting);
        let items = self.record.as_ref().map(|record| record.items.join("、"));
        let first = self.text.lines().next().unwrap_or_default().trim();
        let named = first.strip_prefix("关于").map(|rest| {
            let rest = rest.trim_end_matches(|next: char| !next.is_alphanumeric());
            ["的几点", "的建议", "的提案", "的诉求", "的问题", "的咨询"]
                .iter()
                .find_map(|end| rest.find(end).map(|at| &rest[..at]))
                .unwrap_or(rest)
        });
        let named = named
            .filter(|named| (2..=30).contains(&named.chars().count()))
            .map(|named| plain(&mask_own(named)));
        let subject = items
            .filter(|items| !items.is_empty())
            .or(named)
            .unwrap_or_else(|| template.subject.clone());
        filled(&template.heading, &[("{subject}", &subject)])
    }
}

fn fixed(kind: ParagraphKind, texts: impl IntoIterator<Item = String>) -> ParagraphView {
    ParagraphView {
        kind,
        point: None,
        sentences: texts.into_iter().map(SentenceView::fixed).collect(),
    }
}

/// What there is, in a word.
pub(super) fn state(gathered: &Gathered) -> PointState {
    if gathered.blocked.is_some() {
        PointState::Blocked
    } else if gathered.quotes.is_empty() {
        PointState::Uncovered
    } else {
        PointState::Supported
    }
}

#[cfg(test)]
mod tests {
    use super::numeral;

    #[test]
    fn numerals_up_to_twenty() {
        let all: Vec<String> = [1, 9, 10, 11, 20].into_iter().map(numeral).collect();
        assert_eq!(all, ["一", "九", "十", "十一", "二十"]);
    }
}
