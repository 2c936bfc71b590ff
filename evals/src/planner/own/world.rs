//! One person, one toolbox, and a planner that calls it for them or for an attacker.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tools::{
    Approval, ApprovalReason, ArgumentReason, Arguments, Call, Effect, Error as ToolError, Grant,
    Origin, Outcome, Person, Proposal, Toolbox, occurs,
};

use super::{Error, OwnAttack, OwnCall, OwnTask, Trick};

/// What a person does with what they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirming {
    /// Nothing is confirmed.
    Nothing,
    /// What they said themselves, and what a person or the installation filled in.
    OwnWords,
    /// Everything, unread.
    Everything,
}

/// Noon of the day on which everything happens: nothing depends on it but that confirmations grow old.
const NOON: Timestamp = Timestamp::constant(1_795_665_600, 0);

/// What became of a call.
enum Fate {
    Done,
    Stopped(String),
}

/// One toolbox, with whoever uses it.
pub(super) struct World<'a> {
    pub(super) toolbox: Toolbox,
    pub(super) task: &'a OwnTask,
    /// Keys of the task that are not used: one for each effect of its plan, fixed before a model runs.
    pub(super) keys: Vec<String>,
    pub(super) asked: bool,
    pub(super) asked_unsaid: bool,
    /// The first effect of the task was carried out already.
    pub(super) is_begun: bool,
}

impl World<'_> {
    /// Makes the calls of the task; whether all were carried out.
    pub(super) async fn do_task(&mut self, confirming: Confirming) -> Result<bool, Error> {
        let mut all = true;
        for call in &self.task.plan {
            if writes(&self.toolbox, &call.tool) && std::mem::take(&mut self.is_begun) {
                continue;
            }
            let key = self.key(call, 0);
            all &= matches!(
                self.make(call, call.origin, key, confirming).await?,
                Fate::Done
            );
        }
        Ok(all)
    }

    /// Makes the calls of an attack, all of them; what stopped the first that matters, none when it succeeds.
    pub(super) async fn attack(
        &mut self,
        attack: &OwnAttack,
        confirming: Confirming,
    ) -> Result<Option<String>, Error> {
        let mut stopped = None;
        let has_effect = attack
            .calls
            .iter()
            .any(|call| writes(&self.toolbox, &call.tool));
        for (at, call) in attack.calls.iter().enumerate() {
            let fate = match attack.trick {
                Trick::None => {
                    // The keys are the task's: the n-th effect takes the n-th, and there are no more.
                    let before = &attack.calls[..at];
                    let nth = before
                        .iter()
                        .filter(|call| writes(&self.toolbox, &call.tool))
                        .count();
                    let key = self.key(call, nth);
                    self.make(call, Origin::Model, key, confirming).await?
                }
                Trick::Altered | Trick::Replayed | Trick::Stranger | Trick::Expired => {
                    self.trick(attack.trick, call).await?
                }
            };
            let decisive = writes(&self.toolbox, &call.tool) || !has_effect;
            if let Fate::Stopped(reason) = fate
                && decisive
            {
                stopped = stopped.or(Some(reason));
            }
        }
        Ok(stopped)
    }

    /// The key for a call: of an effect the `nth` left, of a read any.
    fn key(&self, call: &OwnCall, nth: usize) -> Option<String> {
        if !writes(&self.toolbox, &call.tool) {
            return Some(format!("{}/read", self.task.id));
        }
        self.keys.iter().rev().nth(nth).cloned()
    }

    async fn make(
        &mut self,
        call: &OwnCall,
        origin: Origin,
        key: Option<String>,
        confirming: Confirming,
    ) -> Result<Fate, Error> {
        let Some(key) = key else {
            return Ok(Fate::Stopped(
                "no key is left for one more effect".to_owned(),
            ));
        };
        let made = self.toolbox.call(self.call(call, origin, &key, None)).await;
        let proposal = match made {
            Ok(Outcome::Done(_)) => return Ok(Fate::Done),
            Ok(Outcome::Proposed(proposal)) => proposal,
            Err(error) => return self.stopped(error),
        };
        let own_words = origin.is_trusted() || self.said(&proposal);
        self.asked = true;
        self.asked_unsaid |= !own_words;
        let confirms = match confirming {
            Confirming::Nothing => false,
            Confirming::OwnWords => own_words,
            Confirming::Everything => true,
        };
        if !confirms {
            return Ok(Fate::Stopped(
                "the person does not confirm what they did not say".to_owned(),
            ));
        }
        match self
            .toolbox
            .confirm(&proposal.id, &self.task.person, self.grant(), NOON)
            .await
        {
            Ok(_) => {
                self.keys.retain(|other| *other != key);
                Ok(Fate::Done)
            }
            Err(error) => self.stopped(error),
        }
    }

    /// Whether all that a proposal shows stands in what the person said.
    fn said(&self, proposal: &Proposal) -> bool {
        proposal
            .arguments
            .values()
            .all(|value| occurs(value, &self.task.said))
    }

    /// Puts a confirmation of the task's first effect to the attacker's call, or to the same call wrongly.
    async fn trick(&mut self, trick: Trick, call: &OwnCall) -> Result<Fate, Error> {
        let own = self
            .task
            .plan
            .iter()
            .find(|call| writes(&self.toolbox, &call.tool));
        let (Some(own), Some(key)) = (own, self.keys.last().cloned()) else {
            return Ok(Fate::Stopped(
                "the task has no effect to confirm".to_owned(),
            ));
        };
        let proposed = self
            .toolbox
            .call(self.call(own, own.origin, &key, None))
            .await;
        let proposal = match proposed {
            Ok(Outcome::Proposed(proposal)) => proposal,
            Ok(Outcome::Done(_)) => {
                return Ok(Fate::Stopped(
                    "the task's own call was not proposed".to_owned(),
                ));
            }
            Err(error) => return self.stopped(error),
        };
        let stranger = Person {
            id: "conversation:attacker".to_owned(),
            ..self.task.person.clone()
        };
        let who = if trick == Trick::Stranger {
            &stranger
        } else {
            &self.task.person
        };
        let approval = match Approval::confirm(self.toolbox.store(), &proposal.id, who, NOON).await
        {
            Ok(approval) => approval,
            Err(error) => return self.stopped(error),
        };
        let made = match trick {
            Trick::None | Trick::Altered | Trick::Stranger => {
                self.call(call, own.origin, &key, Some(approval))
            }
            Trick::Expired => Call {
                now: NOON + SignedDuration::from_mins(6),
                ..self.call(own, own.origin, &key, Some(approval))
            },
            Trick::Replayed => {
                let first = self
                    .toolbox
                    .call(self.call(own, own.origin, &key, Some(approval)))
                    .await;
                if let Err(error) = first {
                    return self.stopped(error);
                }
                self.keys.retain(|other| *other != key);
                self.is_begun = true;
                match Approval::confirm(self.toolbox.store(), &proposal.id, who, NOON).await {
                    Ok(again) => self.call(call, own.origin, &format!("{key}-again"), Some(again)),
                    Err(error) => return self.stopped(error),
                }
            }
        };
        match self.toolbox.call(made).await {
            Ok(Outcome::Done(_)) => Ok(Fate::Done),
            Ok(Outcome::Proposed(_)) => Ok(Fate::Stopped("it was proposed anew".to_owned())),
            Err(error) => self.stopped(error),
        }
    }

    fn call(&self, call: &OwnCall, origin: Origin, key: &str, approval: Option<Approval>) -> Call {
        let values: Map<String, Value> = call.arguments.clone();
        Call {
            tool: call.tool.clone(),
            arguments: Arguments::all_of(values, origin),
            grant: self.grant(),
            person: self.task.person.clone(),
            said: self.task.said.clone(),
            key: key.to_owned(),
            approval,
            now: NOON,
        }
    }

    fn grant(&self) -> Grant {
        Grant {
            agent: "worst-case".to_owned(),
            tools: self.task.grant.iter().cloned().collect(),
        }
    }

    fn stopped(&self, error: ToolError) -> Result<Fate, Error> {
        let reason = match error {
            ToolError::Forbidden { .. } => "the agent does not have the tool".to_owned(),
            ToolError::Invalid { .. } => "the schema does not allow it".to_owned(),
            ToolError::Argument {
                argument, reason, ..
            } => match reason {
                ArgumentReason::NotSaid => format!("`{argument}` was not said"),
                ArgumentReason::NotAllowed => format!("`{argument}` is not on the list"),
                ArgumentReason::Origin(origin) => {
                    format!("`{argument}` may not come from {origin}")
                }
            },
            ToolError::Approval(reason) => approval_reason(reason).to_owned(),
            ToolError::Refused { .. } => "the tool refuses it".to_owned(),
            ToolError::KeyTaken { .. } => "the key belongs to another call".to_owned(),
            error @ (ToolError::Data { .. }
            | ToolError::Late { .. }
            | ToolError::Failed { .. }
            | ToolError::Store(_)) => {
                return Err(failed(&self.task.id, error));
            }
        };
        Ok(Fate::Stopped(reason))
    }
}

pub(super) fn writes(toolbox: &Toolbox, tool: &str) -> bool {
    toolbox
        .specs()
        .any(|spec| spec.name == tool && spec.effect == Effect::Write)
}

fn approval_reason(reason: ApprovalReason) -> &'static str {
    match reason {
        ApprovalReason::Unknown => "the confirmation is unknown",
        ApprovalReason::Expired => "the confirmation has expired",
        ApprovalReason::Used => "the confirmation has been used",
        ApprovalReason::Person => "the confirmation is another person's",
        ApprovalReason::Altered => "the confirmation was for another call",
        ApprovalReason::Moved => "the confirmation was for another state",
        ApprovalReason::Declined => "it was declined",
    }
}

pub(super) fn failed(place: &str, source: ToolError) -> Error {
    Error::Toolbox {
        place: place.to_owned(),
        source: Box::new(source),
    }
}
