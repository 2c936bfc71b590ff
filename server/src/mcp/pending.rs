//! A call under way: arguments with their origins, what the person is asked, and what the toolbox makes of it.
//!
//! What the calling program passed is a model's ([`Origin::Model`]). What the person typed when asked is theirs, and is all
//! that counts as said.

use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, InputRequests, InputRequiredResult};
use serde_json::{Map, Value};
use tools::form::{Filled, Form, enter};
use tools::{
    Approval, ApprovalReason, ArgumentReason, Arguments, Call, Error, Labelled, Origin, Outcome,
    Person, ToolSpec, zone,
};

use super::Served;
use super::ask::{Askable, Question, Reply};
use super::call::Client;
use super::seal::{Bound, State};
use super::{key, result};

/// How often a person is asked for arguments in one call.
const ROUNDS: u8 = 4;

/// What comes next in a call.
pub(super) enum Step {
    Ended(CallToolResult),
    Ask(Question),
}

/// A call that is under way.
pub(super) struct Pending<'a> {
    pub(super) served: &'a Served,
    pub(super) client: &'a Client,
    pub(super) person: Person,
    pub(super) spec: &'a ToolSpec,
    pub(super) form: Option<&'a Form>,
    pub(super) given: &'a Map<String, Value>,
    pub(super) state: State,
}

impl Pending<'_> {
    /// Asks for what is missing, or has the call made.
    ///
    /// # Errors
    /// Errors of the protocol.
    pub(super) async fn step(&mut self) -> Result<Step, ErrorData> {
        if let Some(question) = self.form_question() {
            return Ok(Step::Ask(question));
        }
        let (served, person) = (self.served, &self.person);
        let now = (served.clock)();
        if let Some(id) = &self.state.proposal {
            let waiting = served.toolbox.waiting(person, now).await;
            let waiting = waiting
                .map_err(failure)?
                .into_iter()
                .find(|proposal| proposal.id == *id);
            if let Some(proposal) = waiting {
                return Ok(Step::Ask(Question::Confirm(Box::new(proposal))));
            }
            // It was used, perhaps, and its answer lost: the key knows.
        }
        let arguments = self.arguments();
        let key = match &self.state.key {
            Some(key) => key.clone(),
            None => key::of(self.client, person, &self.spec.name, &arguments, now)?,
        };
        let call = Call {
            tool: self.spec.name.clone(),
            arguments,
            grant: served.grant.clone(),
            person: person.clone(),
            said: self.state.said.clone(),
            key: key.clone(),
            approval: None,
            now,
        };
        self.state.key = Some(key);
        Ok(match served.toolbox.call(call).await {
            Ok(Outcome::Done(output)) => Step::Ended(result::done(&output)),
            Ok(Outcome::Proposed(proposal)) => {
                self.state.proposal = Some(proposal.id.clone());
                Step::Ask(Question::Confirm(proposal))
            }
            Err(error) => Step::Ended(result::refused(error)?),
        })
    }

    /// The question for arguments that are missing, or that must be in the person's own words; none if there are none, or
    /// nobody to ask.
    fn form_question(&self) -> Option<Question> {
        if !self.client.asks.any() || self.state.rounds >= ROUNDS || self.state.proposal.is_some() {
            return None;
        }
        let names = self.open();
        if names.is_empty() {
            return None;
        }
        let mut message = format!("办理“{}”还需要您填写以下内容。", self.spec.title);
        for reason in &self.state.refused {
            message.push('\n');
            message.push_str(reason);
        }
        Some(Question::Form {
            schema: self.askable().schema(&names),
            names,
            message,
            round: self.state.rounds,
        })
    }

    /// Arguments to ask for, in order.
    fn open(&self) -> Vec<String> {
        let askable = self.askable();
        let mut rest = self.arguments();
        let mut names = askable.missing(rest.values());
        while let Err(Error::Argument {
            argument,
            reason: ArgumentReason::NotSaid,
            ..
        }) = self.spec.check_rules(&rest, &self.state.said)
        {
            // Put aside, to find the next one.
            rest.set(&argument, Labelled::new(Value::Null, Origin::Operator));
            names.push(argument);
        }
        names.retain(|name| askable.allows(name) && !self.state.left.contains(name));
        names
    }

    /// Takes what the person did; none if the call goes on.
    ///
    /// # Errors
    /// Errors of the protocol.
    pub(super) async fn take(
        &mut self,
        question: Question,
        reply: Reply,
    ) -> Result<Option<CallToolResult>, ErrorData> {
        match (question, reply) {
            (Question::Form { names, .. }, Reply::Filled(content)) => {
                self.fill(&names, &content);
                Ok(None)
            }
            (Question::Form { .. }, Reply::Declined) => Ok(Some(result::declined())),
            (Question::Form { .. }, Reply::Cancelled) => Ok(Some(result::cancelled())),
            (Question::Confirm(proposal), Reply::Cancelled) => Ok(Some(result::waiting(&proposal))),
            (Question::Confirm(proposal), Reply::Filled(content))
                if content.get("confirm") == Some(&Value::Bool(true)) =>
            {
                self.confirm(&proposal.id).await
            }
            (Question::Confirm(proposal), Reply::Filled(_) | Reply::Declined) => {
                let (store, person) = (self.served.toolbox.store(), &self.person);
                match Approval::decline(store, &proposal.id, person, (self.served.clock)()).await {
                    Ok(_) => Ok(Some(result::declined())),
                    Err(error) => result::refused(error).map(Some),
                }
            }
        }
    }

    async fn confirm(&mut self, id: &str) -> Result<Option<CallToolResult>, ErrorData> {
        let (served, person) = (self.served, &self.person);
        let confirmed = served
            .toolbox
            .confirm(id, person, served.grant.clone(), (served.clock)())
            .await;
        match confirmed {
            Ok(output) => Ok(Some(result::done(&output))),
            // Confirmed twice at once, here and on the page: the key has the answer.
            Err(Error::Approval(ApprovalReason::Used)) => {
                self.state.proposal = None;
                Ok(None)
            }
            Err(error) => result::refused(error).map(Some),
        }
    }

    /// Takes answers to these names. What does not read as what its field holds is asked again, with the reason.
    fn fill(&mut self, names: &[String], content: &Map<String, Value>) {
        let state = &mut self.state;
        state.rounds += 1;
        state.refused.clear();
        let entries: Vec<(String, String)> = names
            .iter()
            .filter_map(|name| Some((name.clone(), words(content.get(name)?)?)))
            .collect();
        let left = names
            .iter()
            .filter(|name| !entries.iter().any(|(entered, _)| entered == *name));
        state.left.extend(left.cloned());
        let Some(form) = self.form else {
            for (name, words) in entries {
                state
                    .answers
                    .extend(content.get(&name).map(|value| (name, value.clone())));
                state.said.push(words);
            }
            return;
        };
        let today = (self.served.clock)().to_zoned(zone()).date();
        let turn = u32::from(state.rounds);
        let entered = enter(form, &entries, today, turn);
        let mut filled = Filled::default();
        filled.take(form, &entered.extraction, turn);
        for (name, value) in filled.values() {
            state.answers.insert(name.clone(), value.value.clone());
        }
        let titles = Askable {
            spec: self.spec,
            form: Some(form),
        };
        let refused = entered.extraction.refused.iter();
        state.refused.extend(
            refused.map(|refused| format!("{}：{}", titles.title(&refused.field), refused.reason)),
        );
        state.said.push(entered.message);
    }

    fn arguments(&self) -> Arguments {
        let mut arguments = Arguments::all_of(self.given.clone(), Origin::Model);
        let theirs = self.client.caller.role.origin();
        for (name, value) in &self.state.answers {
            arguments.set(name, Labelled::new(value.clone(), theirs));
        }
        arguments
    }

    fn askable(&self) -> Askable<'_> {
        Askable {
            spec: self.spec,
            form: self.form,
        }
    }

    /// Asked between two requests: the question, and all that is known, for the client to bring back.
    ///
    /// # Errors
    /// That it cannot be asked.
    pub(super) fn between(
        &self,
        question: &Question,
        bound: Bound<'_>,
    ) -> Result<CallToolResponse, ErrorData> {
        let state = self
            .served
            .seal
            .of_state(self.state.clone(), bound, (self.served.clock)());
        let questions = InputRequests::from([(question.key(), question.between()?)]);
        Ok(InputRequiredResult::new(Some(questions), Some(state)).into())
    }
}

/// A client that cannot ask gets what is to be asked as the answer.
pub(super) fn unasked(question: &Question) -> CallToolResult {
    match question {
        Question::Confirm(proposal) => result::waiting(proposal),
        Question::Form { names, .. } => {
            result::failed(format!("arguments are missing: {}", names.join(", ")))
        }
    }
}

fn failure(error: Error) -> ErrorData {
    match result::refused(error) {
        Ok(_) => ErrorData::internal_error("the call could not be carried out", None),
        Err(error) => error,
    }
}

/// What a person typed or chose, as words.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
