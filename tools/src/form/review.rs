//! The form as the person sees it before handing in: every value with its source, what is open, and what a look at the form
//! alone can tell is wrong. It says nothing about whether an application is granted.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::field::{Field, SourceKind};
use super::filled::Filled;
use super::mask::masked;
use super::next::missing;
use super::read::fits;
use super::rule::RuleKind;
use super::schema::Form;
use super::value::{Source, Value};
use crate::origin::{Arguments, Origin, Origins};

/// Who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// The person themself and who handles the case: everything.
    Full,
    /// Others: masked by sensitivity.
    Masked,
}

/// A line of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The field.
    pub field: String,
    /// What it is called.
    pub title: String,
    /// The value as it is shown; 未填 where there is none.
    pub shown: String,
    /// Where it came from, in words; empty where there is none.
    pub source: String,
    /// Whether there is a value.
    pub filled: bool,
}

/// What is wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// Needed and not there.
    Missing,
    /// Needed, and the person does not know it.
    Unknown,
    /// The value does not fit the field.
    Invalid,
    /// Two values do not agree.
    Rule,
}

/// Something that is wrong, at a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field.
    pub field: String,
    /// What sort of problem.
    pub kind: ProblemKind,
    /// In the person's language, with what to do.
    pub text: String,
}

/// The form before it is handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What the form is called.
    pub title: String,
    /// The fields that apply, in order.
    pub rows: Vec<Row>,
    /// What is wrong; empty if nothing was found.
    pub problems: Vec<Problem>,
    /// One sentence that sums up.
    pub summary: String,
}

/// The form as it stands.
pub fn review(form: &Form, filled: &Filled, view: View) -> Review {
    let applying = form
        .fields()
        .iter()
        .filter(|field| filled.applies(form, field));
    let rows = applying
        .map(|field| row(form, field, filled, view))
        .collect();
    let problems = problems(form, filled);
    let summary = if problems.is_empty() {
        "预检未发现缺项和格式问题；是否符合办理条件，由办理部门审查后决定。".to_owned()
    } else {
        format!(
            "预检发现{}处需要补充或者核对；是否符合办理条件，由办理部门审查后决定。",
            problems.len()
        )
    };
    Review {
        title: form.title().to_owned(),
        rows,
        problems,
        summary,
    }
}

/// A form as it was handed in: what the person saw and confirmed.
pub fn handed_in(form: &Form, arguments: &Arguments) -> Review {
    let given = |field: &Field| {
        let found = arguments.iter().find(|(name, ..)| *name == field.name);
        found.map(|(_, value, origins)| (value, origins))
    };
    let rows = form.fields().iter().filter_map(|field| {
        let (value, origins) = given(field)?;
        Some(Row {
            field: field.name.clone(),
            title: field.title.clone(),
            shown: field.shown(value),
            source: by_origin(origins).to_owned(),
            filled: true,
        })
    });
    Review {
        title: form.title().to_owned(),
        rows: rows.collect(),
        problems: Vec::new(),
        summary: "已提交；是否符合办理条件，由办理部门审查后决定。".to_owned(),
    }
}

/// The least trusted origin in words.
fn by_origin(origins: Origins) -> &'static str {
    let last = origins.iter().last().unwrap_or(Origin::Citizen);
    match last {
        Origin::Operator => "登记库",
        Origin::Staff => "工作人员填写",
        Origin::Citizen => "本人填写",
        Origin::Retrieved => "资料库",
        Origin::Tool => "推算",
        Origin::Model => "智能助手填写",
    }
}

fn row(form: &Form, field: &Field, filled: &Filled, view: View) -> Row {
    let (shown, source) = match filled.value(&field.name) {
        None if filled.skipped().contains(&field.name) => {
            ("未填".to_owned(), "您选择不填".to_owned())
        }
        None if filled.unknown().contains(&field.name) => {
            ("未填".to_owned(), "您说不清楚".to_owned())
        }
        None => ("未填".to_owned(), String::new()),
        Some(value) => {
            let shown = match view {
                View::Full => field.shown(&value.value),
                View::Masked => masked(field, &value.value),
            };
            let whole = shown == field.shown(&value.value);
            (shown, source(form, value, whole))
        }
    };
    Row {
        field: field.name.clone(),
        title: field.title.clone(),
        shown,
        source,
        filled: filled.value(&field.name).is_some(),
    }
}

/// Where a value came from. Words are quoted only where the value is shown whole.
fn source(form: &Form, value: &Value, whole: bool) -> String {
    match &value.source {
        Source::Given { words, .. } if whole => format!("您的原话“{words}”"),
        Source::Given { .. } => "您的原话".into(),
        Source::Registry { .. } => "登记库".into(),
        Source::Derived { from, .. } => {
            let title = form
                .field(from)
                .map_or(from.as_str(), |field| field.title.as_str());
            format!("由“{title}”推算")
        }
    }
}

fn problems(form: &Form, filled: &Filled) -> Vec<Problem> {
    let mut problems: Vec<Problem> = missing(form, filled)
        .into_iter()
        .filter(|field| !(field.skippable && filled.skipped().contains(&field.name)))
        .map(|field| lacking(form, field, filled))
        .collect();
    for field in form
        .fields()
        .iter()
        .filter(|field| filled.applies(form, field))
    {
        let misfit = filled
            .value(&field.name)
            .and_then(|value| fits(field, &value.value).err());
        problems.extend(misfit.map(|invalid| Problem {
            field: field.name.clone(),
            kind: ProblemKind::Invalid,
            text: invalid.to_string(),
        }));
    }
    problems.extend(disagreements(form, filled));
    let order = |name: &str| form.fields().iter().position(|field| field.name == name);
    problems.sort_by_key(|problem| (order(&problem.field), problem.kind));
    problems
}

fn lacking(form: &Form, field: &Field, filled: &Filled) -> Problem {
    let title = &field.title;
    let (kind, text) = if filled.unknown().contains(&field.name) {
        (ProblemKind::Unknown, format!("“{title}”还缺，请查明后补充"))
    } else if field.allows(SourceKind::Given) {
        (ProblemKind::Missing, format!("“{title}”还缺，请补充"))
    } else if let (false, Some(derived)) = (field.allows(SourceKind::Registry), &field.derived) {
        let from = form
            .field(&derived.from)
            .map_or(derived.from.as_str(), |from| from.title.as_str());
        (
            ProblemKind::Missing,
            format!("“{title}”由“{from}”推算，请先补充“{from}”"),
        )
    } else {
        (
            ProblemKind::Missing,
            format!("“{title}”在登记库中没有查到，请到窗口核对"),
        )
    };
    Problem {
        field: field.name.clone(),
        kind,
        text,
    }
}

fn disagreements(form: &Form, filled: &Filled) -> Vec<Problem> {
    let value = |name: &str| -> Option<(&Field, &Json)> {
        let field = form
            .field(name)
            .filter(|field| filled.applies(form, field))?;
        Some((field, &filled.value(name)?.value))
    };
    let mut problems = Vec::new();
    for rule in form.rules() {
        let (Some((field, mine)), Some((other, theirs))) = (value(&rule.field), value(&rule.other))
        else {
            continue;
        };
        if rule.holds(mine, theirs) != Some(false) {
            continue;
        }
        let text = match rule.rule {
            RuleKind::NotBefore => format!("“{}”早于“{}”，请核对", field.title, other.title),
            RuleKind::EqualsBirth => format!(
                "“{}”与“{}”中的出生日期不一致，请核对",
                field.title, other.title
            ),
        };
        problems.push(Problem {
            field: field.name.clone(),
            kind: ProblemKind::Rule,
            text,
        });
    }
    problems
}
