//! Kind `dispatch`: the hotline's work orders.
//!
//! A tool looks a message over, opens an order, shows one, or does to it what the person's role may do. What may follow
//! what is not decided here but by [`crate::order`].

mod create;

use std::sync::{Arc, LazyLock};

use futures::future::BoxFuture;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::hotline::Hotline;
use crate::manifest::{Effect, Manifest};
use crate::order::timeline::{self, Line};
use crate::order::{Action, ActionKind, Actor, ActorRole, Order, Proposal};
use crate::store::{Label, Store};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};

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

/// An order, as somebody may see it.
#[derive(Debug, Clone, Serialize)]
pub struct OrderView {
    /// Its number.
    pub id: String,
    /// Code of its state.
    pub state: crate::order::State,
    /// The state in Chinese.
    pub state_name: String,
    /// The person's words.
    pub text: String,
    /// What it is about.
    pub items: Vec<String>,
    /// Codes of these.
    pub codes: Vec<String>,
    /// The place.
    pub address: Option<String>,
    /// The grade in Chinese; none before it is graded.
    pub grade: Option<String>,
    /// Who leads.
    pub lead: Option<String>,
    /// Who assists.
    pub assist: Vec<String>,
    /// The masked contact, for whom may have it.
    pub contact: Option<String>,
    /// Due times with how they were computed.
    pub dues: Vec<String>,
    /// Earlier orders that it is linked to.
    pub links: Vec<String>,
    /// Its history in words.
    pub timeline: Vec<Line>,
    /// Codes of what the one who looks may do now.
    pub allowed: Vec<ActionKind>,
    /// Hash of the last entry: the state for which a confirmation holds.
    pub version: String,
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
                unit.is_some()
                    && (unit == order.lead.as_ref()
                        || unit.is_some_and(|unit| order.assist.contains(unit)))
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
        self.shown(&view)
    }

    /// An order as `viewer` may see it.
    fn view(&self, order: &Order, viewer: &Actor) -> OrderView {
        view(order, viewer, &self.hotline)
    }

    fn shown(&self, view: &OrderView) -> Result<Output, Error> {
        Ok(Output {
            value: serde_json::to_value(view).map_err(|error| self.failed(&error))?,
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
        let units: Vec<&String> = match action {
            Action::Dispatch(to) => std::iter::once(&to.lead)
                .chain(&to.assist)
                .chain(&to.copy)
                .collect(),
            Action::AddAssist { unit, .. } => vec![unit],
            Action::Consult { units } => units.iter().collect(),
            _ => Vec::new(),
        };
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
        self.shown(&self.view(&order, &viewer))
    }

    /// What a person makes of the suggestion, when they dispatch.
    fn label(&self, order: &Order, action: &Action, task: Task<'_>) -> Option<Label> {
        let Action::Dispatch(dispatching) = action else {
            return None;
        };
        let assessment = self.hotline.assess(&order.text, true, task.now);
        Some(Label {
            order: order.id.clone(),
            time: task.now.to_string(),
            text: order.text.clone(),
            suggested: assessment
                .departments
                .into_iter()
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
                Operation::Create => self.taken_in(&order, &viewer, task),
                Operation::Act | Operation::Assess | Operation::Status => {
                    self.shown(&self.view(&order, &viewer))?
                }
            };
            Ok(Some(output))
        })
    }
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

fn version(order: &Order) -> &str {
    order.entries.last().map_or("", |entry| &entry.hash)
}

/// An order as `viewer` may see it.
pub fn view(order: &Order, viewer: &Actor, hotline: &Hotline) -> OrderView {
    let calendar = &hotline.calendar;
    OrderView {
        id: order.id.clone(),
        state: order.state,
        state_name: order.state.name().to_owned(),
        text: words(order, viewer),
        items: order.items.iter().map(|item| item.name.clone()).collect(),
        codes: order
            .items
            .iter()
            .map(|item| item.category.clone())
            .collect(),
        address: order.address.clone(),
        grade: order
            .grading
            .as_ref()
            .map(|grading| grading.level.name().to_owned()),
        lead: order.lead.clone(),
        assist: order.assist.iter().cloned().collect(),
        contact: timeline::contact(order, viewer).map(str::to_owned),
        dues: order
            .dues
            .values()
            .map(|due| due.explain(calendar))
            .collect(),
        links: order.links.iter().cloned().collect(),
        timeline: timeline::timeline(order, viewer, calendar),
        allowed: order.allowed(viewer),
        version: version(order).to_owned(),
    }
}

/// The person's words; a unit that is not told how to reach the person does not read it there either.
fn words(order: &Order, viewer: &Actor) -> String {
    let told = viewer.role != ActorRole::Unit || timeline::contact(order, viewer).is_some();
    if told {
        return order.text.clone();
    }
    NUMBER.replace_all(&order.text, "****").into_owned()
}

/// Telephone and identity numbers.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[0-9]{3,4}[- ][0-9]{7,8}|[0-9]{7,}[Xx]?|1[0-9]{2}[- ][0-9]{4}[- ][0-9]{4}")
        .expect("the pattern is constant")
});

/// What the record of an order says of a person's number.
fn masked(phone: &str) -> String {
    let figures: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    if figures.len() < 7 {
        return "****".to_owned();
    }
    let (head, tail) = (&figures[..3], &figures[figures.len() - 4..]);
    format!(
        "{}****{}",
        head.iter().collect::<String>(),
        tail.iter().collect::<String>()
    )
}
