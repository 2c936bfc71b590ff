//! Kind `dispatch`: the hotline's work orders.
//!
//! A tool looks a message over, opens an order, shows one, or does to it what the person's role may do. What may follow
//! what is not decided here but by [`crate::order`].

mod create;
mod sensor;
mod view;

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::hotline::{Hotline, handle};
use crate::manifest::{Effect, Manifest};
use crate::order::timeline;
use crate::order::{Action, ActionKind, Actor, ActorRole, Order, Proposal};
use crate::store::{Label, Store};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};
use view::{hide, version};

pub use create::OTHER;
pub(crate) use sensor::opened_by_sensor;
pub use view::{OrderView, view};

/// Who makes the entries of an order that follows from an alert.
pub(crate) const INTAKE_OF_SENSORS: &str = "sensor-watch";

/// `[dispatch]` of `tool.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderPart {
    /// What it does.
    pub operation: Operation,
    /// Of operation `act`: codes of the actions that it may do.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// What tools of this kind do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Look a message over: items, grade, departments, missing facts. Changes nothing.
    Assess,
    /// Take a request in.
    Create,
    /// Show an order to somebody whose business it is.
    Status,
    /// Do something to an order.
    Act,
}

/// A tool of this kind.
pub(crate) struct OrderTool {
    spec: Arc<ToolSpec>,
    operation: Operation,
    actions: Vec<ActionKind>,
    hotline: Arc<Hotline>,
    store: Store,
}

impl OrderTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        hotline: Arc<Hotline>,
        store: Store,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let part = manifest
            .dispatch
            .clone()
            .ok_or_else(|| wrong("table `[dispatch]` is missing".to_owned()))?;
        let writes = matches!(part.operation, Operation::Create | Operation::Act);
        if writes != (manifest.effect == Effect::Write) {
            let effect = if writes { "write" } else { "read" };
            return Err(wrong(format!(
                "key `effect`: this operation has the effect `{effect}`"
            )));
        }
        let mut actions = Vec::new();
        for code in &part.actions {
            let kind = serde_json::from_value(Value::from(code.as_str())).map_err(|_| {
                wrong(format!(
                    "key `dispatch.actions`: there is no action `{code}`"
                ))
            })?;
            actions.push(kind);
        }
        if (part.operation == Operation::Act) == actions.is_empty() {
            return Err(wrong(
                "key `dispatch.actions`: needed for `act`, and for nothing else".to_owned(),
            ));
        }
        Ok(Self {
            spec,
            operation: part.operation,
            actions,
            hotline,
            store,
        })
    }

    fn text<'a>(&self, task: Task<'a>, name: &str) -> Result<&'a str, Error> {
        task.arguments.text(name).ok_or_else(|| Error::Invalid {
            tool: self.spec.name.clone(),
            message: format!("argument `{name}` is missing"),
        })
    }

    fn actor(&self, task: Task<'_>) -> Result<Actor, Error> {
        self.hotline.actor(task.person).ok_or_else(|| Error::Refused {
            message: "这个令牌没有写明所在单位，不能办理工单\nhint: `chengzhi token add NAME --role officer --unit 单位名称`".to_owned(),
        })
    }

    /// The order named by the arguments, if it is the person's business: one's own, one's unit's, or any for the centre.
    /// One that is not there and one that is another's look the same.
    async fn order(&self, task: Task<'_>) -> Result<Order, Error> {
        let id = self.text(task, "order")?;
        let unknown = || Error::Refused {
            message: format!(
                "没有查到工单 {id}，请核对工单号；查询他人登记的工单须提供登记时的联系电话"
            ),
        };
        let order = self.store.order(id).await?.ok_or_else(unknown)?;
        let actor = self.actor(task)?;
        let is_theirs = match actor.role {
            ActorRole::Citizen => {
                order.citizen == actor.id || self.knows_contact(task, &order).await?
            }
            ActorRole::Unit => {
                let unit = actor.unit.as_ref();
                let works = unit.is_some()
                    && (unit == order.lead.as_ref()
                        || unit.is_some_and(|unit| order.assist.contains(unit)));
                // Whoever had it entered may follow it.
                works || order.citizen == handle(task.person)
            }
            ActorRole::Centre | ActorRole::Operator => true,
            ActorRole::Machine => false,
        };
        if is_theirs { Ok(order) } else { Err(unknown()) }
    }

    /// Somebody who has the number of the order and the telephone number that was given with it.
    async fn knows_contact(&self, task: Task<'_>, order: &Order) -> Result<bool, Error> {
        let Some(given) = task.arguments.text("phone") else {
            return Ok(false);
        };
        let reporter = self.store.reporter(&order.id).await?;
        Ok(reporter.is_some_and(|reporter| reporter.phone.as_deref() == Some(given)))
    }

    async fn assess(&self, task: Task<'_>) -> Result<Output, Error> {
        let contact = task
            .arguments
            .get("contact")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let assessment = self
            .hotline
            .assess(self.text(task, "text")?, contact, task.now);
        let evidence = assessment
            .near
            .iter()
            .map(|near| format!("order:{}", near.id))
            .collect();
        Ok(Output {
            value: serde_json::to_value(assessment).map_err(|error| self.failed(&error))?,
            evidence,
        })
    }

    async fn status(&self, task: Task<'_>) -> Result<Output, Error> {
        let order = self.order(task).await?;
        let mut viewer = self.actor(task)?;
        if viewer.role == ActorRole::Citizen {
            // Shown by the contact, it is shown as to the person who gave it.
            viewer.id.clone_from(&order.citizen);
        }
        let own = self.actor(task)?.id == order.citizen;
        let mut view = self.view(&order, &viewer);
        if viewer.role == ActorRole::Citizen && !own {
            view.allowed.clear();
        }
        self.shown(view, &viewer).await
    }

    /// An order as `viewer` may see it.
    fn view(&self, order: &Order, viewer: &Actor) -> OrderView {
        view(order, viewer, &self.hotline)
    }

    /// A unit that is not told how to reach the person is not told who it is either, also where they wrote it themselves.
    async fn shown(&self, mut view: OrderView, viewer: &Actor) -> Result<Output, Error> {
        if viewer.role == ActorRole::Unit && view.contact.is_none() {
            let reporter = self.store.reporter(&view.id).await?;
            hide(&mut view, reporter.as_ref());
        }
        Ok(Output {
            value: serde_json::to_value(&view).map_err(|error| self.failed(&error))?,
            evidence: vec![format!("order:{}", view.id)],
        })
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::Failed {
            tool: self.spec.name.clone(),
            message: error.to_string(),
        }
    }

    /// What is to be done to an order, as the person wants it.
    fn proposal(&self, task: Task<'_>) -> Result<Proposal, Error> {
        let invalid = |message: String| Error::Invalid {
            tool: self.spec.name.clone(),
            message,
        };
        let action = task.arguments.get("action").cloned().unwrap_or_default();
        let action: Action = serde_json::from_value(action)
            .map_err(|error| invalid(format!("argument `action`: {error}")))?;
        if !self.actions.contains(&action.kind()) {
            return Err(invalid(format!(
                "argument `action`: {} is not done with this tool",
                action.kind().name()
            )));
        }
        self.units_are_known(&action)?;
        let evidence = task.arguments.get("evidence").and_then(Value::as_array);
        let evidence = evidence.into_iter().flatten().filter_map(Value::as_str);
        Ok(Proposal {
            action,
            actor: self.actor(task)?,
            at: task.now,
            reason: task.arguments.text("reason").unwrap_or_default().to_owned(),
            evidence: evidence.map(str::to_owned).collect(),
        })
    }

    fn units_are_known(&self, action: &Action) -> Result<(), Error> {
        let units = units(action);
        let known = &self.hotline.units;
        match units.into_iter().find(|unit| !known.contains(*unit)) {
            None => Ok(()),
            Some(unit) => Err(Error::Refused {
                message: format!(
                    "没有名为“{unit}”的单位，请写全称，例如“{}”",
                    self.like(unit)
                ),
            }),
        }
    }

    /// The known unit whose name has most letters in common with this one, the first of several.
    fn like(&self, unit: &str) -> &str {
        let common = |known: &str| {
            unit.chars()
                .filter(|&letter| known.contains(letter))
                .count()
        };
        let units = self.hotline.units.iter().map(String::as_str);
        units
            .rev()
            .max_by_key(|known| common(known))
            .unwrap_or_default()
    }

    async fn preview_act(&self, task: Task<'_>) -> Result<Preview, Error> {
        let order = self.order(task).await?;
        let proposal = self.proposal(task)?;
        let viewer = proposal.actor.clone();
        let name = proposal.action.kind().name();
        let entry = decided(&order, proposal, &self.hotline)?;
        let mut after = order.clone();
        after.apply(&entry);
        let mut lines = vec![
            format!("工单 {}（{}）：{}", order.id, order.state.name(), name),
            format!("办理后状态：{}", after.state.name()),
        ];
        let line = timeline::timeline(&after, &viewer, &self.hotline.calendar).pop();
        lines.extend(line.map(|line| line.text));
        Ok(Preview {
            target: format!("order:{}@{}", order.id, version(&order)),
            lines,
        })
    }

    async fn act(&self, task: Task<'_>) -> Result<Output, Error> {
        // Read first: whoever may not see the order learns nothing of it, and the store is not locked for it.
        let order = self.order(task).await?;
        let proposal = self.proposal(task)?;
        let viewer = proposal.actor.clone();
        let hotline = &self.hotline;
        let changed = self.store.change_order(&order.id, Some(task.key), |order| {
            let label = self.label(order, &proposal.action, task);
            let entry = decided(order, proposal, hotline)?;
            order.apply(&entry);
            Ok(label)
        });
        let order = changed.await?;
        self.hotline.note(&order);
        self.shown(self.view(&order, &viewer), &viewer).await
    }

    /// What a person makes of the suggestion, when they dispatch.
    fn label(&self, order: &Order, action: &Action, task: Task<'_>) -> Option<Label> {
        let Action::Dispatch(dispatching) = action else {
            return None;
        };
        let suggested = self.hotline.departments(&order.text).into_iter();
        Some(Label {
            order: order.id.clone(),
            time: task.now.to_string(),
            text: order.text.clone(),
            suggested: suggested
                .map(|lean| (lean.department, lean.probability))
                .collect(),
            chosen: dispatching.lead.clone(),
        })
    }
}

impl Tool for OrderTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            match self.operation {
                Operation::Create => self.preview_create(task),
                Operation::Act => self.preview_act(task).await,
                Operation::Assess | Operation::Status => Ok(Preview {
                    target: String::new(),
                    lines: Vec::new(),
                }),
            }
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            match self.operation {
                Operation::Assess => self.assess(task).await,
                Operation::Create => self.create(task).await,
                Operation::Status => self.status(task).await,
                Operation::Act => self.act(task).await,
            }
        })
    }

    fn reconcile<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            let Some(order) = self.store.order_of_key(task.key).await? else {
                return Ok(None);
            };
            let viewer = self.actor(task)?;
            let output = match self.operation {
                Operation::Create => {
                    self.taken_in(&order, &viewer, self.hotline.departments(&order.text))
                }
                Operation::Act | Operation::Assess | Operation::Status => {
                    self.shown(self.view(&order, &viewer), &viewer).await?
                }
            };
            Ok(Some(output))
        })
    }
}

/// The units that an action gives an order to.
fn units(action: &Action) -> Vec<&String> {
    if let Action::Dispatch(to) = action {
        let others = to.assist.iter().chain(&to.copy);
        return std::iter::once(&to.lead).chain(others).collect();
    }
    if let Action::Consult { units } = action {
        return units.iter().collect();
    }
    if let Action::AddAssist { unit, .. } = action {
        return vec![unit];
    }
    Vec::new()
}

/// The entry for a proposal, or why there is none.
pub(crate) fn decided(
    order: &Order,
    proposal: Proposal,
    hotline: &Hotline,
) -> Result<crate::order::Entry, Error> {
    order
        .decide(proposal, &hotline.rules, &hotline.calendar)
        .map_err(|refused| Error::Refused {
            message: refused.to_string(),
        })
}
