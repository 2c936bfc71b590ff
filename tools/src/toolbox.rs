//! The toolbox: the only place from which a tool is called.
//!
//! [`Toolbox::call`] reads from top to bottom: find, authorise, validate, rules, dry run, confirmation, key, time limit,
//! invoke, record. What it refuses has had no effect.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::approval::{Approval, VALIDITY};
use crate::digest;
use crate::error::{ApprovalReason, Error};
use crate::manifest::Effect;
use crate::origin::Arguments;
use crate::rights::Rights;
use crate::store::{Begun, Proposal, Started, Store, Stored};
use crate::tool::{Output, Person, Preview, Task, Tool, ToolSpec};

/// The tools that an agent, a desk or another face of the program was given. Nothing else can be called through it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Name of the agent or of the face, for the record.
    pub agent: String,
    /// Names of tools.
    pub tools: BTreeSet<String>,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// Name of the tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Arguments,
    /// What the caller was given.
    pub grant: Grant,
    /// For whom.
    pub person: Person,
    /// What the person said, in their own words: critical arguments must stand there.
    pub said: Vec<String>,
    /// Names the request; fixed before any model was asked. The same key never has two effects.
    pub key: String,
    /// The confirmation, for a tool with an effect; without one the call is proposed.
    pub approval: Option<Approval>,
    /// Now.
    pub now: Timestamp,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was carried out, now or before under the same key.
    Done(Output),
    /// It has an effect and waits for a person.
    Proposed(Box<Proposal>),
}

/// All tools, and the records of what they did.
pub struct Toolbox {
    tools: BTreeMap<String, Arc<dyn Tool>>,
    store: Store,
    /// What the folders of tools say is all there is where the city has no matrix.
    rights: Option<Arc<Rights>>,
    /// One call at a time for each key, in this process; between processes the store decides.
    flights: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

impl Toolbox {
    /// Of these tools.
    pub fn new(tools: impl IntoIterator<Item = Arc<dyn Tool>>, store: Store) -> Self {
        let named = tools
            .into_iter()
            .map(|tool| (tool.spec().name.clone(), tool));
        Self {
            tools: named.collect(),
            store,
            rights: None,
            flights: Mutex::default(),
        }
    }

    /// The same, within a matrix of rights.
    #[must_use]
    pub fn within(self, rights: Option<Arc<Rights>>) -> Self {
        Self { rights, ..self }
    }

    /// What there is, by name.
    pub fn specs(&self) -> impl Iterator<Item = &ToolSpec> {
        self.tools.values().map(|tool| tool.spec())
    }

    /// The tools that a person may have called through `grant`.
    pub fn open_to(&self, grant: &Grant, person: &Person) -> Vec<&ToolSpec> {
        self.specs()
            .filter(|spec| self.may(spec, grant, person))
            .collect()
    }

    /// The records.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Calls a tool. Of its result the person is shown what the matrix of rights shows them.
    ///
    /// # Errors
    /// [`Error`]; but for [`Error::Late`] nothing happened.
    pub async fn call(&self, call: Call) -> Result<Outcome, Error> {
        let outcome = self.checked(&call).await.map(|outcome| match outcome {
            Outcome::Done(output) => Outcome::Done(self.shown(&call, output)),
            Outcome::Proposed(proposal) => Outcome::Proposed(proposal),
        });
        if let Err(error) = &outcome {
            let body = call.body(json!({"outcome": "refused", "reason": error.to_string()}));
            self.store.note(&call.tool, &body, call.now).await?;
        }
        outcome
    }

    async fn checked(&self, call: &Call) -> Result<Outcome, Error> {
        let tool = self.find(call)?;
        let spec = tool.spec();
        spec.validate(&call.arguments)?;
        spec.check_rules(&call.arguments, &call.said)?;
        if spec.effect == Effect::Read {
            let output = limited(tool.as_ref(), call).await?;
            let body = call.body(json!({"outcome": "done", "evidence": output.evidence}));
            self.store.note(&call.tool, &body, call.now).await?;
            return Ok(Outcome::Done(output));
        }
        let flight = self.flight(&call.key);
        let _alone = flight.lock().await;
        if let Some(before) = self.store.call(&call.key).await? {
            return self.settle(tool.as_ref(), call, before).await;
        }
        let preview = tool.preview(call.task()).await?;
        let Some(approval) = &call.approval else {
            return self.propose(call, preview).await;
        };
        let (id, confirmed) = approval.parts();
        if call.digest(&preview)? != confirmed {
            return Err(self.difference(call, id).await?.into());
        }
        let request = call.request()?;
        let begun = self
            .store
            .begin(&call.key, &request, (id, confirmed), &call.person, call.now);
        match begun.await? {
            Begun::Now => self.carry_out(tool.as_ref(), call).await,
            Begun::Before(before) => self.settle(tool.as_ref(), call, before).await,
            Begun::Not(reason) => Err(reason.into()),
        }
    }

    /// The tool, if the grant has it and the person's role may use it.
    fn find(&self, call: &Call) -> Result<&Arc<dyn Tool>, Error> {
        let tool = self.tools.get(&call.tool);
        tool.filter(|tool| self.may(tool.spec(), &call.grant, &call.person))
            .ok_or_else(|| Error::Forbidden {
                tool: call.tool.clone(),
            })
    }

    /// Deny by default: the grant names the tool, the tool names the role, and the matrix names all three.
    fn may(&self, spec: &ToolSpec, grant: &Grant, person: &Person) -> bool {
        let tool = (spec.name.as_str(), spec.kind);
        let within = |rights: &Arc<Rights>| rights.may_call(tool, &grant.agent, person);
        grant.tools.contains(&spec.name)
            && spec.roles.contains(&person.role)
            && self.rights.as_ref().is_none_or(within)
    }

    fn shown(&self, call: &Call, mut output: Output) -> Output {
        if let (Some(rights), Some(tool)) = (&self.rights, self.tools.get(&call.tool)) {
            let tool = (call.tool.as_str(), tool.spec().kind);
            output.value = rights.shown(tool, &call.person, output.value);
        }
        output
    }

    async fn propose(&self, call: &Call, preview: Preview) -> Result<Outcome, Error> {
        let proposal = Stored {
            id: uuid::Uuid::new_v4().to_string(),
            tool: call.tool.clone(),
            agent: call.grant.agent.clone(),
            arguments: call.arguments.clone(),
            person: call.person.clone(),
            said: call.said.clone(),
            key: call.key.clone(),
            digest: call.digest(&preview)?,
            preview,
            created: call.now,
            expires: call.now + VALIDITY,
            is_confirmed: false,
            is_declined: false,
            is_used: false,
        };
        let body = call.body(
            json!({"outcome": "proposed", "proposal": proposal.id, "digest": proposal.digest}),
        );
        self.store.propose(&proposal, &body).await?;
        Ok(Outcome::Proposed(Box::new(proposal.shown())))
    }

    /// Carries a proposal out that `person` confirms: the confirmation is recorded, then the call is made as proposed.
    ///
    /// # Errors
    /// [`Error::Approval`], and all of [`Toolbox::call`].
    pub async fn confirm(
        &self,
        id: &str,
        person: &Person,
        grant: Grant,
        now: Timestamp,
    ) -> Result<Output, Error> {
        let approval = Approval::confirm(&self.store, id, person, now).await?;
        let stored = self
            .store
            .proposal(id)
            .await?
            .ok_or(ApprovalReason::Unknown)?;
        let call = Call {
            tool: stored.tool,
            arguments: stored.arguments,
            grant,
            person: person.clone(),
            said: stored.said,
            key: stored.key,
            approval: Some(approval),
            now,
        };
        match self.call(call).await? {
            Outcome::Done(output) => Ok(output),
            Outcome::Proposed(_) => Err(ApprovalReason::Altered.into()),
        }
    }

    /// What waits for `person`, the oldest first.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn waiting(&self, person: &Person, now: Timestamp) -> Result<Vec<Proposal>, Error> {
        let open = self.store.open_proposals(now).await?.into_iter();
        let theirs = open.filter(|proposal| proposal.open_to(person, now).is_ok());
        let usable = theirs.filter(|proposal| {
            self.tools
                .get(&proposal.tool)
                .is_some_and(|tool| tool.spec().roles.contains(&person.role))
        });
        Ok(usable.map(Stored::shown).collect())
    }

    /// The call was begun before. If it was not ended, its tool knows whether it happened.
    async fn settle(
        &self,
        tool: &dyn Tool,
        call: &Call,
        before: Started,
    ) -> Result<Outcome, Error> {
        if before.request != call.request()? {
            return Err(Error::KeyTaken {
                key: call.key.clone(),
            });
        }
        if let Some(output) = before.output {
            return Ok(Outcome::Done(output));
        }
        match tool.reconcile(call.task()).await? {
            Some(output) => self.ended(call, output, "found").await,
            None => self.carry_out(tool, call).await,
        }
    }

    async fn carry_out(&self, tool: &dyn Tool, call: &Call) -> Result<Outcome, Error> {
        match limited(tool, call).await {
            Ok(output) => self.ended(call, output, "done").await,
            // Nobody knows: the key stays taken, and the next attempt asks the tool.
            Err(error @ (Error::Late { .. } | Error::Store(_))) => Err(error),
            Err(error) => {
                let body = call.body(json!({"outcome": "failed", "reason": error.to_string()}));
                self.store
                    .end(&call.key, &call.tool, None, &body, call.now)
                    .await?;
                Err(error)
            }
        }
    }

    async fn ended(&self, call: &Call, output: Output, outcome: &str) -> Result<Outcome, Error> {
        let body = call.body(json!({"outcome": outcome, "evidence": output.evidence}));
        let end = self
            .store
            .end(&call.key, &call.tool, Some(&output), &body, call.now);
        end.await?;
        Ok(Outcome::Done(output))
    }

    /// Why a confirmation is for something else: what was asked differs, or what would happen does.
    async fn difference(&self, call: &Call, id: &str) -> Result<ApprovalReason, Error> {
        let Some(stored) = self.store.proposal(id).await? else {
            return Ok(ApprovalReason::Unknown);
        };
        let same = stored.tool == call.tool && stored.arguments == call.arguments;
        Ok(if stored.person != call.person {
            ApprovalReason::Person
        } else if same && stored.key == call.key {
            ApprovalReason::Moved
        } else {
            ApprovalReason::Altered
        })
    }

    fn flight(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::default();
        flights.insert(key.to_owned(), Arc::downgrade(&flight));
        flight
    }
}

async fn limited(tool: &dyn Tool, call: &Call) -> Result<Output, Error> {
    let done = tokio::time::timeout(tool.spec().timeout, tool.invoke(call.task())).await;
    done.unwrap_or_else(|_| {
        Err(Error::Late {
            tool: call.tool.clone(),
        })
    })
}

impl Call {
    fn task(&self) -> Task<'_> {
        Task {
            arguments: &self.arguments,
            person: &self.person,
            key: &self.key,
            now: self.now,
        }
    }

    /// Digest of tool, arguments and person.
    fn request(&self) -> Result<String, Error> {
        let arguments = digest::canonical(&Value::Object(self.arguments.values().clone()));
        let person = crate::store::written(&self.person)?;
        Ok(digest::of_parts(&["call", &self.tool, &arguments, &person]))
    }

    /// Digest of all that a person confirms.
    fn digest(&self, preview: &Preview) -> Result<String, Error> {
        let shown = crate::store::written(preview)?;
        Ok(digest::of_parts(&[
            "proposal",
            &self.request()?,
            &self.key,
            &shown,
        ]))
    }

    /// What is put on the record: no values, see [`crate::store`].
    fn body(&self, more: Value) -> Value {
        let origins: BTreeMap<&str, String> = self
            .arguments
            .iter()
            .map(|(name, _, origins)| (name, origins.to_string()))
            .collect();
        let mut body = json!({
            "agent": self.grant.agent,
            "person": self.person,
            "key": self.key,
            "request": self.request().unwrap_or_default(),
            "origins": origins,
        });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        body
    }
}
