//! What a turn got from outside besides its request: which passages were found, and what models said.
//!
//! A tape is kept while a turn runs. When the turn is run again it speaks in place of the models, word for word, also
//! where they failed. Passages are noted by their ids and looked up anew, so that a changed index is noticed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use corpora::Found;
use models::ChatRequest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Cause, Failure, Said, Task};
use crate::turn::{CallFailure, Scope};

/// What one step of a turn brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum Noted {
    /// Of [`Step::Retrieve`](crate::turn::Step::Retrieve).
    Found {
        /// Which passages were wanted.
        scope: Scope,
        /// Ids of those that came, best first.
        passages: Vec<String>,
    },
    /// Of [`Step::Generate`](crate::turn::Step::Generate).
    Said {
        /// What for.
        task: Task,
        /// Hash of what the model was asked, see [`asked`]; empty where that is not known.
        #[serde(default)]
        asked: String,
        /// The words, or why there were none.
        outcome: Result<Said, Failure>,
    },
    /// Of [`Step::CallTool`](crate::turn::Step::CallTool) and [`Step::Decide`](crate::turn::Step::Decide).
    Called {
        /// Name of the tool; `confirm` or `decline` for a decision.
        tool: String,
        /// What came of it.
        outcome: Result<tools::Outcome, CallFailure>,
    },
}

/// Notes of a turn.
#[derive(Debug, Default)]
pub struct Tape(Mutex<Reel>);

#[derive(Debug, Default)]
struct Reel {
    noted: Vec<Noted>,
    /// What is said in place of the models; none where they are asked.
    lines: Option<VecDeque<(Task, Result<Said, Failure>)>>,
    /// What tools bring, in place of calling them; none where they are called.
    calls: Option<VecDeque<(String, Result<tools::Outcome, CallFailure>)>>,
}

impl Tape {
    /// Speaks in place of the models what `noted` says that they said, in that order, and keeps notes as well.
    pub fn playing(noted: &[Noted]) -> Self {
        let lines = noted.iter().filter_map(|noted| match noted {
            Noted::Said { task, outcome, .. } => Some((*task, outcome.clone())),
            Noted::Found { .. } | Noted::Called { .. } => None,
        });
        let calls = noted.iter().filter_map(|noted| match noted {
            Noted::Called { tool, outcome } => Some((tool.clone(), outcome.clone())),
            Noted::Found { .. } | Noted::Said { .. } => None,
        });
        Self(Mutex::new(Reel {
            noted: Vec::new(),
            lines: Some(lines.collect()),
            calls: Some(calls.collect()),
        }))
    }

    /// What was noted so far.
    pub fn noted(&self) -> Vec<Noted> {
        self.reel().noted.clone()
    }

    pub(crate) fn found(&self, scope: Scope, found: &Found) {
        let id = |hit: &corpora::Hit| hit.passage.id.clone();
        let passages = found.hits.iter().map(id).collect();
        self.reel().noted.push(Noted::Found { scope, passages });
    }

    pub(crate) fn said(&self, task: Task, asked: String, outcome: &Result<Said, Failure>) {
        self.reel().noted.push(Noted::Said {
            task,
            asked,
            outcome: outcome.clone(),
        });
    }

    pub(crate) fn called(&self, tool: String, outcome: &Result<tools::Outcome, CallFailure>) {
        self.reel().noted.push(Noted::Called {
            tool,
            outcome: outcome.clone(),
        });
    }

    /// What a tool brings in place of calling it; none where it is to be called. Nothing is ever done a second time because
    /// a turn is looked at again.
    pub(crate) fn call_line(&self, tool: &str) -> Option<Result<tools::Outcome, CallFailure>> {
        let mut reel = self.reel();
        let next = reel.calls.as_mut()?.pop_front();
        let line = next.filter(|(noted, _)| noted == tool);
        Some(line.map_or_else(idle, |(_, outcome)| outcome))
    }

    /// What is said next in place of the model; none where the model is to be asked.
    pub(crate) fn line(&self, task: Task) -> Option<Result<Said, Failure>> {
        let mut reel = self.reel();
        let next = reel.lines.as_mut()?.pop_front();
        let said = next.filter(|(noted, _)| *noted == task);
        Some(said.map_or_else(silence, |(_, outcome)| outcome))
    }

    fn reel(&self) -> MutexGuard<'_, Reel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that goes another way than the recorded one asks for words that nobody said.
fn silence() -> Result<Said, Failure> {
    Err(Failure {
        cause: Cause::Unavailable,
        reason: "the recording has no words of a model for this step".to_owned(),
    })
}

/// A turn that goes another way than the recorded one wants what no tool brought.
fn idle() -> Result<tools::Outcome, CallFailure> {
    Err(CallFailure {
        reason: "the recording has nothing of a tool for this step".to_owned(),
        refused: false,
        unclear: false,
    })
}

/// First 16 hexadecimal digits of the SHA-256 of what a model is asked.
pub fn asked(request: &ChatRequest) -> String {
    let json = serde_json::to_vec(request).expect("a request serialises");
    let digest = Sha256::digest(json);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(task: Task, text: &str) -> Noted {
        let outcome = Ok(Said {
            text: text.to_owned(),
            model: None,
        });
        Noted::Said {
            task,
            asked: String::new(),
            outcome,
        }
    }

    #[test]
    fn it_speaks_in_order_and_then_is_silent() {
        let tape = Tape::playing(&[said(Task::Rewrite, "甲"), said(Task::Wording, "乙")]);
        let text = |task| tape.line(task).unwrap().map(|said| said.text);
        assert_eq!(text(Task::Rewrite), Ok("甲".to_owned()));
        assert_eq!(text(Task::Rewrite), silence().map(|said| said.text));
        assert_eq!(text(Task::Wording), silence().map(|said| said.text));
        assert_eq!(Tape::default().line(Task::Wording), None);
    }

    #[test]
    fn what_a_model_was_asked_tells() {
        let request = |seed| ChatRequest {
            seed,
            ..ChatRequest::default()
        };
        assert_eq!(asked(&request(1)), asked(&request(1)));
        assert_ne!(asked(&request(1)), asked(&request(2)));
    }
}
