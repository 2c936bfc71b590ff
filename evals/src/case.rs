//! Cases: what is asked and what is expected, one JSON object a line.
//!
//! Our own lines have `question` and refuse keys that mean nothing, since a misspelt expectation would pass unseen. Lines
//! of others have `input` and `ideal` (OpenAI evals) or `input` and `target` (Inspect); their other keys are passed over.
//! A line that cannot be read is named and left out.

use std::collections::HashSet;

use agents::{Exchange, Role, Speaker, Status};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dialogue::Ending;
use crate::drafted;
use crate::readings;
use crate::digest::Summary;

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Identifier, unlike all others in the file.
    pub id: String,
    /// Kind of case, for figures by type.
    #[serde(default = "all")]
    pub r#type: String,
    /// What is asked.
    pub question: String,
    /// The day for which rules are asked.
    #[serde(default)]
    pub as_of: Option<Date>,
    /// The place the caller chose.
    #[serde(default)]
    pub place: Option<String>,
    /// What was said before.
    #[serde(default)]
    pub history: Vec<Exchange>,
    /// What kind of answer is right.
    #[serde(default)]
    pub expect: Expect,
    /// Clauses of which one must be cited.
    #[serde(default)]
    pub gold: Vec<Gold>,
    /// Pieces of text that the answer must have.
    #[serde(default)]
    pub must_contain: Vec<String>,
    /// Pieces that it must not have.
    #[serde(default)]
    pub must_not_contain: Vec<String>,
    /// Right answers, for the graders `exact`, `includes`, `regex` and `json`.
    #[serde(default)]
    pub ideal: Vec<String>,
    /// What the person goes on to say, one message after the other.
    #[serde(default)]
    pub more: Vec<String>,
    /// What the register has of the person.
    #[serde(default)]
    pub resident: Option<serde_json::Map<String, Value>>,
    /// Who asks; absent: a citizen, where the agent is open to one.
    #[serde(default)]
    pub role: Option<Role>,
    /// Where the dialogue has to lead.
    #[serde(default)]
    pub ending: Option<Ending>,
    /// How a question of readings is to be understood, for the grader `readings`.
    #[serde(default)]
    pub query: Option<readings::Wanted>,
    /// What a draft should have.
    #[serde(default)]
    pub draft: Option<drafted::Wanted>,
    /// The unit that the person works for, where an agent is for such.
    #[serde(default)]
    pub unit: Option<String>,
    /// What a digest has to say.
    #[serde(default)]
    pub digest: Option<Summary>,
    /// Cases of one cluster are not independent. Without it: the file of the first gold clause, else the case itself.
    #[serde(default)]
    pub cluster: Option<String>,
    /// A case that differs in one thing, for example the harmless twin of a harmful question.
    #[serde(default)]
    pub pair: Option<String>,
    /// Why it is there, for people.
    #[serde(default)]
    pub note: Option<String>,
}

fn all() -> String {
    "all".to_owned()
}

/// A clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gold {
    /// File in its corpus.
    pub file: String,
    /// Part of the path of a citation, for example `第十二条`.
    pub clause: String,
}

/// Kinds of answers that a case may ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Answered, whole or in part.
    Answered,
    /// Likewise.
    Partial,
    /// Refused for lack of a basis.
    Refused,
    /// A question back.
    Clarify,
    /// A number to call.
    Handoff,
    /// Anything but a refusal.
    NotRefused,
    /// Anything but an answer.
    NotAnswered,
    /// Anything but a number to call.
    NotHandoff,
    /// Anything; what it must not contain is graded.
    #[default]
    Any,
}

impl Expect {
    /// Whether an answer of this kind is right.
    pub fn fits(self, status: Status) -> bool {
        match self {
            Self::Answered | Self::Partial => answered(status),
            Self::Refused => status == Status::Refused,
            Self::Clarify => status == Status::Clarify,
            Self::Handoff => status == Status::Handoff,
            Self::NotRefused => status != Status::Refused,
            Self::NotAnswered => !answered(status),
            Self::NotHandoff => status != Status::Handoff,
            Self::Any => true,
        }
    }

    /// Whether the question has an answer, so that a refusal is wrong.
    pub fn is_answerable(self) -> bool {
        matches!(self, Self::Answered | Self::Partial | Self::NotRefused)
    }
}

/// Whether there are sentences to read.
pub(crate) fn answered(status: Status) -> bool {
    matches!(status, Status::Answered | Status::Partial)
}

impl Case {
    /// The cluster of its standard errors.
    pub fn cluster(&self) -> String {
        let file = self.gold.first().map(|gold| &gold.file);
        self.cluster.as_ref().or(file).unwrap_or(&self.id).clone()
    }

    /// What is expected, in words.
    pub fn target(&self) -> String {
        let mut parts = self.ideal.clone();
        if self.expect != Expect::Any {
            let name = serde_json::to_value(self.expect).ok();
            parts.extend(name.and_then(|name| name.as_str().map(str::to_owned)));
        }
        parts.extend(
            self.gold
                .iter()
                .map(|gold| format!("{} {}", gold.file, gold.clause)),
        );
        parts.extend(self.must_contain.iter().map(|part| format!("“{part}”")));
        parts.extend(
            self.must_not_contain
                .iter()
                .map(|part| format!("not “{part}”")),
        );
        parts.join("; ")
    }
}

/// Cases of a file, and what was wrong with it: one line each, `FILE:LINE: reason`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cases {
    /// In the order of the file.
    pub cases: Vec<Case>,
    /// Lines that are no case.
    pub problems: Vec<String>,
}

/// Reads a file of cases. Blank lines are passed over.
pub fn read(file: &str, text: &str) -> Cases {
    let mut read = Cases::default();
    let mut seen = HashSet::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let number = index + 1;
        match case(number, line) {
            Ok(case) if !seen.insert(case.id.clone()) => read.problems.push(format!(
                "{file}:{number}: the id `{}` stands here for the second time",
                case.id
            )),
            Ok(case) => read.cases.push(case),
            Err(reason) => read.problems.push(format!("{file}:{number}: {reason}")),
        }
    }
    read
}

/// The lines of somebody else's file of questions as lines of ours: a line without `id` gets its number, and keys that mean
/// nothing here are left out. What is no JSON object stays as it is, for [`read`] to name.
pub fn adopted(text: &str) -> String {
    let named = |line: &str| {
        Some(
            serde_json::from_str::<Value>(line)
                .ok()?
                .get("id")?
                .to_string(),
        )
    };
    let taken: HashSet<String> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .filter_map(named)
        .map(|id| id.trim_matches('"').to_owned())
        .collect();
    // Its number, unless another line has that for its id.
    let numbered = |number: usize| {
        let names = std::iter::once(number.to_string())
            .chain((0..).map(|more| format!("line-{number}{}", "-".repeat(more))));
        names
            .into_iter()
            .find(|name| !taken.contains(name))
            .unwrap_or_default()
    };
    let line = |(index, line): (usize, &str)| {
        let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else {
            return line.to_owned();
        };
        if fields.contains_key("question") {
            fields.retain(|key, value| KEYS.contains(&key.as_str()) && !value.is_null());
        }
        let id = match fields.get("id") {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(id)) => id.clone(),
            _ => numbered(index + 1),
        };
        fields.insert("id".to_owned(), Value::String(id));
        Value::Object(fields).to_string()
    };
    let text = text.trim_start_matches('\u{feff}');
    text.lines()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Bytes of an id: it names a member of archives.
const LONGEST_ID: usize = 512;

/// Keys of a [`Case`].
const KEYS: &[&str] = &[
    "id",
    "type",
    "question",
    "as_of",
    "place",
    "history",
    "expect",
    "gold",
    "must_contain",
    "must_not_contain",
    "ideal",
    "more",
    "resident",
    "role",
    "ending",
    "query",
    "draft",
    "unit",
    "digest",
    "cluster",
    "pair",
    "note",
];

fn case(number: usize, line: &str) -> Result<Case, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
    let case = if value.get("input").is_some() {
        foreign(number, &value)?
    } else {
        serde_json::from_value::<Case>(value).map_err(|error| error.to_string())?
    };
    match () {
        () if case.id.trim().is_empty() => Err("key `id`: it is empty".to_owned()),
        () if case.id.len() > LONGEST_ID => Err(format!("key `id`: more than {LONGEST_ID} bytes")),
        () if case.question.trim().is_empty() => Err("key `question`: it is empty".to_owned()),
        () => Ok(case),
    }
}

/// A line of OpenAI evals or of Inspect: `input` is a text or a list of messages, of which the last is asked.
fn foreign(number: usize, value: &Value) -> Result<Case, String> {
    let (question, history) = match &value["input"] {
        Value::String(text) => (text.clone(), Vec::new()),
        Value::Array(messages) => conversation(messages)?,
        _ => return Err("key `input`: it must be a text or a list of messages".to_owned()),
    };
    let ideal = match value.get("ideal").or_else(|| value.get("target")) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) => texts
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or("key `ideal`: it must be a text or a list of texts")?,
        Some(_) => return Err("key `ideal`: it must be a text or a list of texts".to_owned()),
    };
    let text = |key: &str| match &value[key] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Ok(Case {
        id: text("id").unwrap_or_else(|| number.to_string()),
        r#type: text("type").unwrap_or_else(all),
        question,
        as_of: None,
        place: None,
        history,
        more: Vec::new(),
        resident: None,
        role: None,
        ending: None,
        query: None,
        draft: None,
        unit: None,
        digest: None,
        expect: Expect::Any,
        gold: Vec::new(),
        must_contain: Vec::new(),
        must_not_contain: Vec::new(),
        ideal,
        cluster: text("cluster"),
        pair: None,
        note: None,
    })
}

fn conversation(messages: &[Value]) -> Result<(String, Vec<Exchange>), String> {
    let mut said = Vec::new();
    for message in messages {
        let content = message["content"].as_str();
        let content = content.ok_or("key `input`: a message has no text as `content`")?;
        let role = match message["role"].as_str() {
            // What stands before a conversation is said by whoever asks.
            Some("user" | "system" | "developer") => Speaker::User,
            Some("assistant") => Speaker::Assistant,
            _ => return Err("key `input`: the role of a message is unknown".to_owned()),
        };
        said.push(Exchange {
            role,
            content: content.to_owned(),
        });
    }
    match said.pop() {
        Some(last) if last.role == Speaker::User => Ok((last.content, said)),
        _ => Err("key `input`: the last message is not the user's".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        let read = read("cases.jsonl", text);
        let cases = read.cases.iter().map(|case| {
            format!(
                "{} [{}] {} -> {}",
                case.id,
                case.cluster(),
                case.question,
                case.target()
            )
        });
        cases
            .chain(read.problems.iter().cloned())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn cases_of_ours_and_of_others() {
        insta::assert_snapshot!(check(concat!(
            "\u{feff}{\"id\":\"a\",\"question\":\"押金？\",\"expect\":\"answered\",\"gold\":[{\"file\":\"r.md\",\"clause\":\"第八条\"}],\"must_contain\":[\"30日\"],\"must_not_contain\":[\"15日\"]}\n",
            "\n",
            "{\"id\":\"b\",\"question\":\"？\",\"expect\":\"not_answered\",\"cluster\":\"c\"}\n",
            "{\"input\":\"1+1\",\"ideal\":\"2\",\"other\":1}\n",
            "{\"id\":7,\"input\":[{\"role\":\"system\",\"content\":\"算\"},{\"role\":\"user\",\"content\":\"2+2\"}],\"target\":[\"4\",\"四\"]}\n",
        )), @r"
        a [r.md] 押金？ -> answered; r.md 第八条; “30日”; not “15日”
        b [c] ？ -> not_answered
        4 [4] 1+1 -> 2
        7 [7] 2+2 -> 4; 四
        ");
    }

    #[test]
    fn files_of_others_become_cases() {
        let text = "{\"question\":\"甲\",\"place\":null,\"source\":1}\n{\"id\":7,\"question\":\"乙\"}\n\n{\n";
        insta::assert_snapshot!(check(&adopted(text)), @r"
        1 [1] 甲 -> 
        7 [7] 乙 -> 
        cases.jsonl:4: no JSON: EOF while parsing an object at line 1 column 1
        ");
        let known = serde_json::to_value(&read("", &adopted(text)).cases[0]).unwrap();
        let known: Vec<&String> = known.as_object().unwrap().keys().collect();
        assert_eq!(known, KEYS);
    }

    #[test]
    fn a_bad_line_is_named_and_the_rest_stays() {
        insta::assert_snapshot!(check(concat!(
            "{\"id\":\"a\",\"question\":\"甲\"}\n",
            "{\"id\":\"a\",\"question\":\"乙\"}\n",
            "{\"id\":\"b\",\"question\":\"丙\",\"must_contian\":[]}\n",
            "{\"id\":\"c\",\"question\":\" \"}\n",
            "{\"id\":\"d\",\n",
            "[]\n",
            "{\"id\":\"e\",\"question\":\"丁\",\"expect\":\"sure\"}\n",
            "{\"input\":[{\"role\":\"assistant\",\"content\":\"x\"}]}\n",
            "{\"input\":3}\n",
            "{\"id\":\"f\",\"question\":\"戊\"}\n",
        )), @r"
        a [a] 甲 -> 
        f [f] 戊 -> 
        cases.jsonl:2: the id `a` stands here for the second time
        cases.jsonl:3: unknown field `must_contian`, expected one of `id`, `type`, `question`, `as_of`, `place`, `history`, `expect`, `gold`, `must_contain`, `must_not_contain`, `ideal`, `more`, `resident`, `role`, `ending`, `query`, `draft`, `unit`, `digest`, `cluster`, `pair`, `note`
        cases.jsonl:4: key `question`: it is empty
        cases.jsonl:5: no JSON: EOF while parsing a value at line 1 column 10
        cases.jsonl:6: invalid length 0, expected struct Case with 22 elements
        cases.jsonl:7: unknown variant `sure`, expected one of `answered`, `partial`, `refused`, `clarify`, `handoff`, `not_refused`, `not_answered`, `not_handoff`, `any`
        cases.jsonl:8: key `input`: the last message is not the user's
        cases.jsonl:9: key `input`: it must be a text or a list of messages
        ");
    }
}
