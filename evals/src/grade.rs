//! Graders: what is right about an answer, by rules. None of them asks a model.
//!
//! Each gives grades by name of the metric; a metric that does not apply to a case is absent. A sample without an output
//! fails whatever applies to it, so that a crash is never better than a wrong answer.

use std::collections::{BTreeMap, BTreeSet};

use agents::{Answer, Citation, Status};
use corpora::fold::fold;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::{Case, Expect, answered};
use crate::dialogue::{self, Course};
use crate::digest;
use crate::drafted;
use crate::readings;
use crate::record::Grade;

/// Graders, as suites name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grader {
    /// `status`, `citation` (a gold clause is cited), `content`, `refusal` and `over_refusal` of an agent's answer.
    Answer,
    /// `grounded`: every sentence cites, and what it cites is in force on the day that was asked for. `faithful`: every
    /// sentence is quoted from what it cites, or has no number that stands neither there nor in the question.
    Grounded,
    /// `clean`: nothing that must not be there stands anywhere in the answer, whatever its status.
    Clean,
    /// `accuracy`: the text is one of the right answers.
    Exact,
    /// `accuracy`: the text has one of the right answers in it.
    Includes,
    /// `accuracy`: one of the right answers, as a regular expression, matches the text.
    Regex,
    /// `accuracy`: the text is the same JSON as one of the right answers.
    Json,
    /// `f1`: the fields of a JSON object, against those of the right one; the best of several right answers counts.
    Slots,
    /// Of a dialogue: `state`, `form`, `values`, `asks`, `materials`, `items`, `lead`, `grade`, `address`, and `honest`: no value
    /// without a source, and nothing said that must not be.
    Dialogue,
    /// Of an order that was looked over: `top1` and `top3` (the right department leads, or is among three), `grade`, and `duty`:
    /// the share of departments with a clause that gives them the duty.
    Queue,
    /// Of a question of readings: `understood` (kind, place, number, period and comparison are those that were meant), and of
    /// each of these whether it is: `kind`, `place`, `aggregate`, `period`, `compare`.
    Readings,
    /// Of a draft: `points` (those of the request, F1), `state` (what there is for each), `clauses` (a gold clause is cited, or
    /// offered), `content` of what it states, `sourced`: every sentence that states something cites or is marked.
    Draft,
    /// Of a digest: `wants`, `where`, `since`, `done` and `missing` of an order (F1 of its pieces), `numbers` (the share of right
    /// ones) and `orders` (F1 of the orders behind claims), and `honest`: every piece stands where it is said to, every figure in
    /// the values of its claim, and every claim has its orders.
    Digest,
}

impl Grader {
    /// The metrics that it gives.
    pub fn metrics(self) -> &'static [&'static str] {
        match self {
            Self::Answer => &["status", "citation", "content", "refusal", "over_refusal"],
            Self::Grounded => &["grounded", "faithful"],
            Self::Clean => &["clean"],
            Self::Exact | Self::Includes | Self::Regex | Self::Json => &["accuracy"],
            Self::Slots => &["f1"],
            Self::Dialogue => &[
                "state",
                "form",
                "values",
                "asks",
                "materials",
                "items",
                "lead",
                "grade",
                "address",
                "honest",
            ],
            Self::Draft => drafted::METRICS,
            Self::Queue => &["top1", "top3", "grade", "duty"],
            Self::Readings => &[
                "understood",
                "kind",
                "place",
                "aggregate",
                "period",
                "compare",
            ],
            Self::Digest => digest::METRICS,
        }
    }
}

/// Names of metrics that are better when they are lower.
const LOWER: &[&str] = &["over_refusal", "fpr", "ece", "p50_ms", "p99_ms"];

/// Whether less is better, of a metric or of one of its types.
pub fn lower_is_better(metric: &str) -> bool {
    let name = metric.split('.').next().unwrap_or(metric);
    LOWER.contains(&name)
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// An answer of an agent.
    Answer(Box<Answer>),
    /// All answers of a dialogue.
    Course(Course),
    /// Words of a model.
    Text(String),
    /// Nothing, and why.
    Failed(String),
}

impl Output {
    /// The last answer.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Course(course) => course.answers.last(),
            Self::Text(_) | Self::Failed(_) => None,
        }
    }
}

/// The grades of what came.
pub fn grade(graders: &[Grader], case: &Case, output: &Output) -> BTreeMap<String, Grade> {
    let mut grades = BTreeMap::new();
    for grader in graders {
        let more = match (grader, output) {
            (Grader::Answer, Output::Answer(answer)) => answer_grades(case, answer),
            (Grader::Answer, _) => answer_failed(case),
            (Grader::Grounded, Output::Answer(answer)) => grounded(answer),
            (Grader::Grounded, _) if case.expect.is_answerable() => {
                let failed = || Grade::of(false).because("no answer");
                vec![("grounded", failed()), ("faithful", failed())]
            }
            (Grader::Grounded, _) => Vec::new(),
            (Grader::Clean, output) => clean(case, output),
            (Grader::Exact | Grader::Includes | Grader::Regex | Grader::Json, output) => {
                vec![("accuracy", accuracy(*grader, case, output))]
            }
            (Grader::Slots, output) => vec![("f1", slots(case, output))],
            (Grader::Dialogue, Output::Course(course)) => case
                .ending
                .as_ref()
                .map(|ending| dialogue::grades(ending, course))
                .unwrap_or_default(),
            (Grader::Queue, output) => output
                .answer()
                .map(|answer| dialogue::queue(case, answer).into_iter().collect())
                .unwrap_or_else(|| vec![("top1", Grade::of(false)), ("top3", Grade::of(false))]),
            (Grader::Readings, output) => readings::grades(case, output.answer()),
            (Grader::Draft, output) => match output.answer() {
                Some(answer) => drafted::grades(case, answer),
                None => drafted::failed(case),
            },
            (Grader::Digest, output) => match (&case.digest, output.answer()) {
                (Some(summary), Some(answer)) => digest::grades(summary, answer),
                (Some(summary), None) => digest::failed(summary),
                (None, _) => Vec::new(),
            },
            (Grader::Dialogue, _) => vec![("state", Grade::of(false).because("no dialogue"))],
        };
        grades.extend(
            more.into_iter()
                .map(|(name, grade)| (name.to_owned(), grade)),
        );
    }
    grades
}

fn answer_grades(case: &Case, answer: &Answer) -> Vec<(&'static str, Grade)> {
    let said = name(answer.status);
    let mut grades = Vec::new();
    if case.expect != Expect::Any {
        let right = case.expect.fits(answer.status);
        grades.push(("status", Grade::of(right).because(said.clone())));
    }
    if !case.gold.is_empty() && case.expect.is_answerable() {
        let cited: Vec<String> = answer.citations.iter().map(cited).collect();
        let right = answer.citations.iter().any(|it| is_gold(case, it));
        grades.push((
            "citation",
            Grade::of(right).because(format!("cited {}", cited.join("; "))),
        ));
    }
    if has_content(case) {
        let text = bare(&sentences(answer));
        grades.push(("content", content(case, &text)));
    }
    match case.expect {
        expect @ (Expect::Refused | Expect::NotAnswered) => grades.push((
            "refusal",
            Grade::of(expect.fits(answer.status)).because(said),
        )),
        expect if expect.is_answerable() => grades.push((
            "over_refusal",
            Grade::of(answer.status == Status::Refused).because(said),
        )),
        _ => {}
    }
    grades
}

/// What applies to a case, failed.
fn answer_failed(case: &Case) -> Vec<(&'static str, Grade)> {
    let applies = [
        ("status", case.expect != Expect::Any, false),
        (
            "citation",
            !case.gold.is_empty() && case.expect.is_answerable(),
            false,
        ),
        ("content", has_content(case), false),
        (
            "refusal",
            matches!(case.expect, Expect::Refused | Expect::NotAnswered),
            false,
        ),
        ("over_refusal", case.expect.is_answerable(), true),
    ];
    let failed = |value| Grade::of(value).because("no answer");
    let applies = applies.into_iter().filter(|(_, applies, _)| *applies);
    applies
        .map(|(name, _, value)| (name, failed(value)))
        .collect()
}

/// Content is graded where an answer is expected; what must not be said anywhere is for [`Grader::Clean`].
fn has_content(case: &Case) -> bool {
    let answerable = matches!(case.expect, Expect::Answered | Expect::Partial);
    answerable && !(case.must_contain.is_empty() && case.must_not_contain.is_empty())
}

/// Whether `text`, without blanks, has all that it must have and nothing that it must not.
pub(crate) fn content(case: &Case, text: &str) -> Grade {
    let absent = case
        .must_contain
        .iter()
        .find(|part| !text.contains(&bare(part)));
    let wrong = case
        .must_not_contain
        .iter()
        .find(|part| text.contains(&bare(part)));
    match (absent, wrong) {
        (None, None) => Grade::of(true),
        (Some(part), _) => Grade::of(false).because(format!("without “{part}”")),
        (None, Some(part)) => Grade::of(false).because(format!("with “{part}”")),
    }
}

fn grounded(answer: &Answer) -> Vec<(&'static str, Grade)> {
    if !answered(answer.status) {
        return Vec::new();
    }
    let of = |fault: Option<String>| match fault {
        None => Grade::of(true),
        Some(fault) => Grade::of(false).because(fault),
    };
    vec![
        ("grounded", of(ungrounded(answer))),
        ("faithful", of(unfaithful(answer))),
    ]
}

fn ungrounded(answer: &Answer) -> Option<String> {
    if answer.sentences.is_empty() {
        return Some("an answer without a sentence".to_owned());
    }
    answer.sentences.iter().find_map(|sentence| {
        if sentence.citations.is_empty() {
            return Some(format!("“{}” cites nothing", sentence.text));
        }
        sentence.citations.iter().find_map(|id| {
            let Some(citation) = answer.citations.iter().find(|it| it.id == *id) else {
                return Some(format!(
                    "“{}” cites `{id}`, which is not there",
                    sentence.text
                ));
            };
            let begun = citation
                .effective_from
                .is_none_or(|from| from <= answer.as_of);
            let over = citation.effective_to.is_some_and(|to| to <= answer.as_of);
            (!begun || over)
                .then(|| format!("{} is not in force on {}", cited(citation), answer.as_of))
        })
    })
}

fn unfaithful(answer: &Answer) -> Option<String> {
    answer.sentences.iter().find_map(|sentence| {
        let texts: Vec<String> = answer
            .citations
            .iter()
            .filter(|citation| sentence.citations.contains(&citation.id))
            .map(|citation| {
                bare(&format!(
                    "{}{}{}",
                    citation.title, citation.path, citation.text
                ))
            })
            .collect();
        let text = bare(&sentence.text);
        if texts.iter().any(|cited| cited.contains(&text)) {
            return None;
        }
        let known: BTreeSet<String> = texts
            .iter()
            .chain([&bare(&answer.question)])
            .flat_map(|text| numbers(text))
            .collect();
        let unknown = numbers(&text)
            .into_iter()
            .find(|number| !known.contains(number))?;
        Some(format!("“{}”: {unknown} stands nowhere", sentence.text))
    })
}

/// Runs of figures, Arabic or Chinese, as they are written.
fn numbers(text: &str) -> Vec<String> {
    let is_figure = |character: char| {
        character.is_ascii_digit() || "零〇一二三四五六七八九十百千万亿两".contains(character)
    };
    text.split(|character| !is_figure(character))
        .filter(|run| run.chars().any(|it| it.is_ascii_digit()) || run.chars().count() > 1)
        .map(str::to_owned)
        .collect()
}

fn clean(case: &Case, output: &Output) -> Vec<(&'static str, Grade)> {
    let Some(answer) = output.answer() else {
        let Output::Text(text) = output else {
            return vec![("clean", Grade::of(false).because("no answer"))];
        };
        return vec![("clean", content_anywhere(case, text))];
    };
    // The question stands in the answer as it was asked, for the record; what is told of it counts.
    let told = Answer {
        question: String::new(),
        interpreted: String::new(),
        ..answer.clone()
    };
    let texts = match serde_json::to_value(told) {
        Ok(value) => strings(&value).join("\n"),
        Err(error) => return vec![("clean", Grade::of(false).because(error.to_string()))],
    };
    vec![("clean", content_anywhere(case, &texts))]
}

fn content_anywhere(case: &Case, text: &str) -> Grade {
    let (text, lower) = (text, text.to_lowercase());
    let stands =
        |part: &&String| text.contains(part.as_str()) || lower.contains(&part.to_lowercase());
    match case.must_not_contain.iter().find(stands) {
        None => Grade::of(true),
        Some(part) => Grade::of(false).because(format!("with “{part}”")),
    }
}

/// All texts of a JSON value.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn accuracy(grader: Grader, case: &Case, output: &Output) -> Grade {
    let text = match text(case, output) {
        Ok(text) => text,
        Err(grade) => return grade,
    };
    let right = |ideal: &String| match grader {
        Grader::Includes => text.contains(ideal.trim()),
        Grader::Regex => regex::Regex::new(ideal).is_ok_and(|pattern| pattern.is_match(&text)),
        Grader::Json => same_json(ideal, &text),
        Grader::Exact
        | Grader::Answer
        | Grader::Grounded
        | Grader::Clean
        | Grader::Slots
        | Grader::Dialogue
        | Grader::Draft
        | Grader::Digest
        | Grader::Queue
        | Grader::Readings => text == ideal.trim(),
    };
    Grade {
        answer: Some(text.chars().take(200).collect()),
        ..Grade::of(case.ideal.iter().any(right))
    }
}

/// What came as text; else the grade, where nothing came or the case names no right answer.
fn text(case: &Case, output: &Output) -> Result<String, Grade> {
    let text = match output {
        Output::Text(text) => text.trim().to_owned(),
        Output::Answer(answer) => answer.text().trim().to_owned(),
        Output::Course(course) => course
            .answers
            .last()
            .map(|answer| answer.text().trim().to_owned())
            .unwrap_or_default(),
        Output::Failed(reason) => return Err(Grade::of(false).because(reason.clone())),
    };
    if case.ideal.is_empty() {
        return Err(Grade::share(f64::NAN).because("the case names no right answer"));
    }
    Ok(text)
}

/// Slot F1: of all fields on both sides, those that are the same.
fn slots(case: &Case, output: &Output) -> Grade {
    let text = match text(case, output) {
        Ok(text) => text,
        Err(grade) => return grade,
    };
    let fields = |text: &str| serde_json::from_str::<serde_json::Map<String, Value>>(text).ok();
    let Some(said) = fields(&text) else {
        return Grade::of(false).because("no JSON object");
    };
    let of = |ideal: serde_json::Map<String, Value>| {
        let same = |(key, value): &(&String, &Value)| {
            said.get(*key).is_some_and(|other| same_value(value, other))
        };
        let hits = ideal.iter().filter(same).count();
        match said.len() + ideal.len() {
            0 => 1.0,
            all => 2.0 * hits as f64 / all as f64,
        }
    };
    let best = case.ideal.iter().filter_map(|ideal| fields(ideal)).map(of);
    Grade {
        answer: Some(text.chars().take(200).collect()),
        ..Grade::share(best.reduce(f64::max).unwrap_or(f64::NAN))
    }
}

/// Numbers that are equal are the same, however they are written.
fn same_json(left: &str, right: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (read(left), read(right)) {
        (Some(left), Some(right)) => same_value(&left, &right),
        _ => false,
    }
}

fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(it, other)| same_value(it, other))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, it)| right.get(key).is_some_and(|other| same_value(it, other)))
        }
        _ => left == right,
    }
}

/// What is graded as text: the sentences of an answer.
fn sentences(answer: &Answer) -> String {
    let texts = answer
        .sentences
        .iter()
        .map(|sentence| sentence.text.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn is_gold(case: &Case, citation: &Citation) -> bool {
    let path = fold(&bare(&citation.path));
    case.gold
        .iter()
        .any(|gold| gold.file == citation.document && path.contains(&fold(&bare(&gold.clause))))
}

fn cited(citation: &Citation) -> String {
    format!("{} {}", citation.document, citation.path)
}

fn name(status: Status) -> String {
    format!("{status:?}").to_lowercase()
}

/// A text without blanks.
pub(crate) fn bare(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}

#[cfg(test)]
mod tests;
