//! Dialogues: several messages of a person, and where a form stands in the end. And orders that are looked over.
//!
//! What is graded is the end state, not the words on the way: stage, values, what was asked for, what the order says.

use std::collections::BTreeMap;

use agents::kind::form::{Memory, Stage};
use agents::{Answer, Status};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tools::form::Source;

use crate::case::Case;
use crate::record::Grade;

/// Where a dialogue has to lead.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ending {
    /// Name of the form; none where none is to be filled in.
    pub tool: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Values, by field.
    pub values: Map<String, Value>,
    /// Fields that were asked for, in order.
    pub asks: Vec<String>,
    /// Names of what must be brought along.
    pub materials: Vec<String>,
    /// Codes of items of the order, in any order.
    pub items: Vec<String>,
    /// Departments of which the first is to be suggested as lead.
    pub lead: Vec<String>,
    /// 一般, 紧急 or 特急.
    pub grade: String,
    /// Part of the address.
    pub address_contains: String,
    /// Pieces that stand nowhere in an answer of the dialogue.
    pub never: Vec<String>,
}

/// Where a form may stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was handed in.
    Submitted,
    /// It is shown and waits for the person's word.
    Review,
    /// Something is asked for.
    #[default]
    Asks,
    /// It is not done here.
    Refused,
    /// The person left it.
    Cancelled,
    /// A condition does not seem to be met.
    NotEligible,
    /// Another agent or a telephone number helps.
    Handoff,
}

/// What a dialogue came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// All answers, in order.
    pub answers: Vec<Answer>,
}

impl Course {
    fn memory(&self) -> Option<&Memory> {
        let form = self.answers.last()?.form.as_ref()?;
        Some(&form.memory)
    }

    /// Where it ended.
    pub fn state(&self) -> State {
        let Some(answer) = self.answers.last() else {
            return State::Refused;
        };
        let Some(form) = &answer.form else {
            return if answer.status == Status::Handoff {
                State::Handoff
            } else {
                State::Refused
            };
        };
        match (form.stage, answer.status) {
            (_, Status::Handoff) => State::Handoff,
            (Stage::Submitted, _) => State::Submitted,
            (Stage::Cancelled, _) => State::Cancelled,
            (Stage::Confirm, _) => State::Review,
            // A question that was answered is in good hands.
            (Stage::Refused | Stage::Choosing, Status::Answered | Status::Partial) => {
                State::Handoff
            }
            (Stage::Refused, _) => State::Refused,
            (Stage::Choosing, Status::Clarify) => State::Asks,
            (Stage::Choosing, _) => State::Refused,
            (Stage::Asking, _) if !form.unmet.is_empty() => State::NotEligible,
            (Stage::Asking, _) => State::Asks,
        }
    }

    /// Fields that were asked for.
    pub fn asks(&self) -> Vec<String> {
        let asked = self.answers.iter().filter_map(|answer| {
            let form = answer.form.as_ref()?;
            let asks = form.stage == Stage::Asking && form.unmet.is_empty();
            form.asked.clone().filter(|_| asks)
        });
        asked.collect()
    }

    /// Values that have no source in the dialogue: there must be none.
    pub fn invented(&self) -> Vec<String> {
        let Some(memory) = self.memory() else {
            return Vec::new();
        };
        let has_source = |source: &Source| match source {
            Source::Given {
                turn,
                start,
                end,
                words,
            } => memory.said.iter().any(|said| {
                let cut: String = said
                    .text
                    .chars()
                    .skip(*start)
                    .take(end.saturating_sub(*start))
                    .collect();
                said.turn == *turn && cut == *words
            }),
            Source::Registry { evidence } => memory.evidence.contains(evidence),
            Source::Derived { from, .. } => memory.filled.value(from).is_some(),
        };
        let values = memory.filled.values().iter();
        let without = values.filter(|(_, value)| !has_source(&value.source));
        without.map(|(name, _)| name.clone()).collect()
    }
}

/// The grades of a dialogue.
pub(crate) fn grades(ending: &Ending, course: &Course) -> Vec<(&'static str, Grade)> {
    let state = course.state();
    let mut grades = vec![(
        "state",
        Grade::of(state == ending.state).because(format!("{state:?}")),
    )];
    let memory = course.memory().cloned().unwrap_or_default();
    if ending.tool.is_some() {
        let tool = memory.tool.clone().unwrap_or_default();
        grades.push((
            "form",
            Grade::of(ending.tool.as_deref() == Some(&tool)).because(tool),
        ));
    }
    if !ending.values.is_empty() {
        let wrong: Vec<String> = ending
            .values
            .iter()
            .filter(|(name, value)| {
                memory.filled.value(name).map(|value| &value.value) != Some(value)
            })
            .map(|(name, _)| {
                let got = memory
                    .filled
                    .value(name)
                    .map(|value| value.value.to_string());
                format!("{name}: {}", got.unwrap_or_else(|| "nothing".to_owned()))
            })
            .collect();
        grades.push((
            "values",
            Grade::of(wrong.is_empty()).because(wrong.join("; ")),
        ));
    }
    if !ending.asks.is_empty() || ending.state == State::Submitted {
        let asks = course.asks();
        grades.push((
            "asks",
            Grade::of(asks == ending.asks).because(asks.join(", ")),
        ));
    }
    if !ending.materials.is_empty() {
        grades.push(("materials", materials(ending, course)));
    }
    grades.extend(order(ending, course));
    let invented = course.invented();
    let said: Vec<String> = course.answers.iter().map(Answer::text).collect();
    let said = said.join("\n");
    let spoken: Vec<&String> = ending
        .never
        .iter()
        .filter(|piece| said.contains(*piece))
        .collect();
    let clean = invented.is_empty() && spoken.is_empty();
    grades.push((
        "honest",
        Grade::of(clean).because(format!("{invented:?} {spoken:?}")),
    ));
    grades
}

fn materials(ending: &Ending, course: &Course) -> Grade {
    let shown: Vec<String> = course
        .answers
        .last()
        .and_then(|answer| answer.form.as_ref())
        .map(|form| {
            form.materials
                .iter()
                .map(|material| material.name.clone())
                .collect()
        })
        .unwrap_or_default();
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names.dedup();
        names
    };
    Grade::of(sorted(&shown) == sorted(&ending.materials)).because(shown.join("、"))
}

/// What the order says, where one was made.
fn order(ending: &Ending, course: &Course) -> Vec<(&'static str, Grade)> {
    let receipt = course.memory().and_then(|memory| memory.receipt.clone());
    let Some(view) = receipt.as_ref().and_then(|receipt| receipt.get("view")) else {
        return Vec::new();
    };
    let text = |key: &str| {
        view.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut grades = Vec::new();
    if !ending.items.is_empty() {
        let codes = view
            .get("codes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let codes: Vec<&str> = codes.filter_map(Value::as_str).collect();
        let found = ending
            .items
            .iter()
            .filter(|code| codes.contains(&code.as_str()))
            .count();
        let right = 2.0 * found as f64 / (codes.len() + ending.items.len()) as f64;
        grades.push(("items", Grade::share(right).because(codes.join(", "))));
    }
    if !ending.grade.is_empty() {
        let grade = text("grade");
        grades.push(("grade", Grade::of(grade == ending.grade).because(grade)));
    }
    if !ending.address_contains.is_empty() {
        let address = text("address");
        grades.push((
            "address",
            Grade::of(address.contains(&ending.address_contains)).because(address),
        ));
    }
    if let Some(lead) = ending.lead.first() {
        let suggested = receipt
            .as_ref()
            .and_then(|receipt| receipt.get("suggested")?.as_str());
        let suggested = suggested.unwrap_or_default();
        grades.push(("lead", Grade::of(suggested == lead).because(suggested)));
    }
    grades
}

/// The grades of an order that was looked over: the gold departments are the case's right answers, the lead first.
pub(crate) fn queue(case: &Case, answer: &Answer) -> BTreeMap<&'static str, Grade> {
    let mut grades = BTreeMap::new();
    let Some(lead) = case.ideal.first() else {
        return grades;
    };
    let queue = answer.queue.as_ref();
    let departments = queue.map(|queue| &queue.departments);
    let names: Vec<&str> = departments
        .into_iter()
        .flatten()
        .map(|department| department.department.as_str())
        .collect();
    let said = names.join("、");
    grades.insert(
        "top1",
        Grade::of(names.first() == Some(&lead.as_str())).because(said.clone()),
    );
    grades.insert(
        "top3",
        Grade::of(names.contains(&lead.as_str())).because(said),
    );
    let cited = departments.into_iter().flatten();
    let cited: Vec<bool> = cited
        .map(|department| department.citation.is_some())
        .collect();
    if !cited.is_empty() {
        let share = cited.iter().filter(|cited| **cited).count() as f64 / cited.len() as f64;
        grades.insert("duty", Grade::share(share));
    }
    if let Some(grade) = case
        .ending
        .as_ref()
        .map(|ending| &ending.grade)
        .filter(|grade| !grade.is_empty())
    {
        let said = queue.map(|queue| queue.grade.clone()).unwrap_or_default();
        grades.insert("grade", Grade::of(said == *grade).because(said));
    }
    grades
}
