//! What models do for an agent: which one for which task, and the one place where a turn's request is spoken.
//!
//! A task without a model is left out; a model that fails is a [`Failure`], not an error of the turn. Deadlines and
//! queues are layers of the model itself; what is kept here is what no layer knows: how long a person waits for a better
//! search, and that an answer without an end is none.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use models::{ChatModel, ChatRequest, Error};
use serde::{Deserialize, Serialize};

use crate::tape::Tape;

/// The models of a turn, by role.
#[derive(Clone)]
pub struct Models {
    /// Quick, for small tasks.
    pub small: Option<Arc<dyn ChatModel>>,
    /// Able, for wording.
    pub large: Option<Arc<dyn ChatModel>>,
    /// How long other words for a question are waited for.
    pub rewrite_wait: Duration,
    /// Notes what they say in one turn, or says it in their place; none where nobody wants to know.
    pub tape: Option<Arc<Tape>>,
}

impl Default for Models {
    /// No models.
    fn default() -> Self {
        Self {
            small: None,
            large: None,
            rewrite_wait: Duration::from_secs(5),
            tape: None,
        }
    }
}

impl Models {
    /// The model of a role. Where there is only a small one it does the work of the large one too; a large one never does
    /// that of the small, since a small task is worth doing only when it is quick.
    pub fn of(&self, role: ModelRole) -> Option<&Arc<dyn ChatModel>> {
        match role {
            ModelRole::Small => self.small.as_ref(),
            ModelRole::Large => self.large.as_ref().or(self.small.as_ref()),
        }
    }

    /// Puts something around each of them.
    pub fn wrap(&mut self, around: impl Fn(Arc<dyn ChatModel>) -> Arc<dyn ChatModel>) {
        self.small = self.small.take().map(&around);
        self.large = self.large.take().map(&around);
    }
}

/// Roles of models; the configuration says which model plays which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ModelRole {
    /// Quick, for small tasks.
    Small,
    /// Able, for wording.
    Large,
}

/// What an agent has a model do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Other words for a question.
    Rewrite,
    /// An answer from cited passages.
    Wording,
    /// What to do next: a call of a tool, or an end.
    Act,
}

/// `[models]` of `agent.toml`: the role for each task. A task that is not named is done without a model.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(default, deny_unknown_fields)]
pub struct Tasks {
    /// Looks for other words when the person's own find too little; needs `rewrite.md`.
    pub rewrite: Option<ModelRole>,
    /// Words the answer from the passages that it cites; needs `prompt.md`.
    pub wording: Option<ModelRole>,
    /// Chooses which tool is called next, or ends; needs `prompt.md`. Of kind `react`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<ModelRole>,
}

impl Tasks {
    /// The role for `task`.
    pub fn role(self, task: Task) -> Option<ModelRole> {
        match task {
            Task::Rewrite => self.rewrite,
            Task::Wording => self.wording,
            Task::Act => self.act,
        }
    }
}

/// What a model has said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// All of it.
    pub text: String,
    /// Name of the model, where one of several could have spoken.
    pub model: Option<String>,
}

/// Why a model has said nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of thing went wrong.
    pub cause: Cause,
    /// The same in full, for the record.
    pub reason: String,
}

/// Kinds of failures; each has a fixed text in the agent's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// It cannot be reached, or it failed.
    Unavailable,
    /// Too many wait for it.
    Busy,
    /// It took too long.
    Late,
    /// The passages do not fit into its context.
    Long,
    /// It cannot take a request of this form.
    Form,
    /// What it said is no answer, or did not stand up to the check.
    Unfit,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let cause = match error {
            Error::Busy { .. } => Cause::Busy,
            Error::TimedOut { .. } => Cause::Late,
            Error::Request { .. } => Cause::Form,
            Error::Garbage { .. } => Cause::Unfit,
            Error::Unavailable { .. }
            | Error::File { .. }
            | Error::Manifest { .. }
            | Error::Fetch { .. } => Cause::Unavailable,
        };
        Self {
            cause,
            reason: error.to_string(),
        }
    }
}

/// Characters of an answer for each token that it may have; no vocabulary has more in running text.
const CHARACTERS: usize = 16;

/// What `model` says to `request`, in full. A request that does not fit is not sent; other words for a question are
/// waited for no longer than `rewrite_wait`.
pub(crate) async fn generate(
    model: &dyn ChatModel,
    task: Task,
    request: ChatRequest,
    rewrite_wait: Duration,
) -> Result<Said, Failure> {
    let room = model.room(&request)?;
    if !room.fits() {
        let (needed, context) = (room.needed, room.context);
        return Err(Failure {
            cause: Cause::Long,
            reason: format!("{needed} tokens are needed, the context has {context}"),
        });
    }
    match task {
        Task::Rewrite => tokio::time::timeout(rewrite_wait, said(model, request))
            .await
            .unwrap_or_else(|_| {
                Err(Failure {
                    cause: Cause::Late,
                    reason: format!("no other words within {} s", rewrite_wait.as_secs_f32()),
                })
            }),
        Task::Wording | Task::Act => said(model, request).await,
    }
}

async fn said(model: &dyn ChatModel, request: ChatRequest) -> Result<Said, Failure> {
    let unfit = |reason: &str| Failure {
        cause: Cause::Unfit,
        reason: reason.to_owned(),
    };
    let most = request.max_tokens as usize * CHARACTERS;
    let mut stream = model.chat(request);
    let (mut text, mut characters, mut ended, mut by) = (String::new(), 0, false, None);
    while let Some(delta) = stream.next().await {
        let delta = delta?;
        characters += delta.text.chars().count();
        if characters > most {
            return Err(unfit("the answer has no end"));
        }
        text.push_str(&delta.text);
        ended |= delta.stop.is_some();
        by = delta.model.or(by);
    }
    if ended {
        let model = by.map(|name| name.to_string());
        Ok(Said { text, model })
    } else {
        Err(unfit("the answer was cut off"))
    }
}
