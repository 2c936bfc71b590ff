//! How a turn has tools called: for whom, with whose words, and what comes of it. Only the toolbox calls them.

use tools::{Approval, Call, Error, Grant, Outcome, Person, Toolbox};

use crate::agent::Agent;
use crate::request::Request;
use crate::turn::{CallFailure, Decision, ToolCall};

/// For whom the tools of a turn are called.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    person: Option<Person>,
    /// What the person said so far, in their own words.
    said: Vec<String>,
    now: jiff::Timestamp,
}

impl Caller {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            person: request.person.clone(),
            said: request.said(),
            now: request.now,
        }
    }

    pub(crate) async fn call(
        &self,
        agent: &Agent,
        toolbox: Option<&Toolbox>,
        call: ToolCall,
    ) -> Result<Outcome, CallFailure> {
        let (toolbox, person) = self.ready(toolbox)?;
        let ToolCall {
            tool,
            arguments,
            key,
            replaces,
        } = call;
        let call = Call {
            tool,
            arguments,
            grant: grant(agent),
            person: person.clone(),
            said: self.said.clone(),
            key,
            approval: None,
            now: self.now,
        };
        let called = toolbox.call(call).await.map_err(failure)?;
        if let Some(replaced) = replaces {
            // It may have run out meanwhile, or have been declined elsewhere: void it is in any case.
            let declined = Approval::decline(toolbox.store(), &replaced, person, self.now).await;
            if let Err(error) = declined {
                tracing::debug!(%error, proposal = replaced, "a replaced proposal was void already");
            }
        }
        Ok(called)
    }

    pub(crate) async fn decide(
        &self,
        agent: &Agent,
        toolbox: Option<&Toolbox>,
        decision: Decision,
    ) -> Result<Outcome, CallFailure> {
        let (toolbox, person) = self.ready(toolbox)?;
        let id = &decision.proposal;
        if decision.confirmed {
            let confirmed = toolbox.confirm(id, person, grant(agent), self.now).await;
            return confirmed.map(Outcome::Done).map_err(failure);
        }
        let declined = Approval::decline(toolbox.store(), id, person, self.now).await;
        let declined = declined.map_err(failure)?;
        Ok(Outcome::Proposed(Box::new(declined)))
    }

    fn ready<'a>(
        &'a self,
        toolbox: Option<&'a Toolbox>,
    ) -> Result<(&'a Toolbox, &'a Person), CallFailure> {
        match (toolbox, &self.person) {
            (Some(toolbox), Some(person)) => Ok((toolbox, person)),
            (None, _) | (_, None) => Err(CallFailure {
                reason: "no tools are open here".to_owned(),
                refused: false,
                unclear: false,
            }),
        }
    }
}

fn grant(agent: &Agent) -> Grant {
    Grant {
        agent: agent.name.clone(),
        tools: agent.manifest.tools.iter().cloned().collect(),
    }
}

/// Words for the person where the tool has such, and whether something may have happened.
#[expect(clippy::needless_pass_by_value, reason = "the end of the error")]
fn failure(error: Error) -> CallFailure {
    let (refused, unclear) = match &error {
        Error::Refused { .. } => (true, false),
        Error::Late { .. } | Error::Store(_) => (false, true),
        Error::Data { .. }
        | Error::Forbidden { .. }
        | Error::Invalid { .. }
        | Error::Argument { .. }
        | Error::Approval(_)
        | Error::KeyTaken { .. }
        | Error::Failed { .. } => (false, false),
    };
    tracing::debug!(%error, "a tool brought nothing");
    CallFailure {
        reason: error.to_string(),
        refused,
        unclear,
    }
}
