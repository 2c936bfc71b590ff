//! Kind `alert`: what was raised because a limit was reached or a device is at fault. Listing is open to all roles of the tool;
//! what is done to an alert only to the units that the folder names.
//!
//! Approving an action writes down who approved it; no device is given an order.

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::order::{decided, opened_by_sensor};
use crate::alert::{AlertView, OrderDraftView, Watch};
use crate::error::Error;
use crate::hotline::{Hotline, handle};
use crate::manifest::{Effect, Manifest};
use crate::sensor::{Interpreted, Sensors, mentioned};
use crate::store::{AlertFilter, Reporter, Store};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};

/// `[alert]` of `tool.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertPart {
    /// What it does.
    pub operation: AlertOperation,
    /// Units whose officers may do it; absent: whoever has a role of the tool.
    #[serde(default)]
    pub units: Vec<String>,
}

/// What tools of this kind do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertOperation {
    /// Show alerts. Changes nothing.
    List,
    /// Note that somebody has seen one.
    Acknowledge,
    /// Write down that a proposed action is approved.
    Approve,
    /// Enter the order that was drafted.
    Order,
}

/// Most alerts of a list.
const MOST: u32 = 200;

/// A tool of this kind.
pub(crate) struct AlertTool {
    spec: Arc<ToolSpec>,
    part: AlertPart,
    watch: Watch,
    hotline: Option<Arc<Hotline>>,
}

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    alert: Option<String>,
    /// Words in which a place, kinds or a period may be named.
    text: Option<String>,
    place: Option<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    levels: Vec<String>,
    #[serde(default)]
    open: bool,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: Option<u32>,
    action: Option<usize>,
}

impl AlertTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        (sensors, store): (Arc<Sensors>, Store),
        hotline: Option<Arc<Hotline>>,
    ) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let part = manifest.alert.clone();
        let part = part.ok_or_else(|| wrong("table `[alert]` is missing".to_owned()))?;
        let effect = match part.operation {
            AlertOperation::List => Effect::Read,
            AlertOperation::Acknowledge | AlertOperation::Approve | AlertOperation::Order => {
                Effect::Write
            }
        };
        if effect != manifest.effect {
            let message = "key `effect`: `list` has the effect `read`, all else `write`";
            return Err(wrong(message.to_owned()));
        }
        let known = |unit: &String| {
            hotline
                .as_ref()
                .is_none_or(|hotline| hotline.units.contains(unit) || *unit == hotline.rules.centre)
        };
        if let Some(unit) = part.units.iter().find(|unit| !known(unit)) {
            return Err(wrong(format!(
                "key `alert.units`: there is no unit `{unit}`"
            )));
        }
        if part.operation == AlertOperation::Order && hotline.is_none() {
            return Err(wrong(
                "there is no hotline: `seeds/` lacks its files".to_owned(),
            ));
        }
        Ok(Self {
            spec,
            part,
            watch: Watch::new(store, sensors),
            hotline,
        })
    }

    fn asked(&self, task: Task<'_>) -> Result<Asked, Error> {
        let arguments = Value::Object(task.arguments.values().clone());
        serde_json::from_value(arguments).map_err(|error| self.invalid(&error.to_string()))
    }

    fn invalid(&self, message: &str) -> Error {
        Error::Invalid {
            tool: self.spec.name.clone(),
            message: message.to_owned(),
        }
    }

    fn may(&self, task: Task<'_>) -> Result<(), Error> {
        let units = &self.part.units;
        let of_unit = |unit: &String| units.contains(unit);
        if units.is_empty() || task.person.unit.as_ref().is_some_and(of_unit) {
            return Ok(());
        }
        Err(Error::Refused {
            message: format!("“{}”只能由{}办理", self.spec.title, units.join("、")),
        })
    }

    async fn alert(&self, asked: &Asked) -> Result<AlertView, Error> {
        let id = asked.alert.as_deref().unwrap_or_default();
        let found = self.watch.alert(id).await?;
        found.ok_or_else(|| crate::alert::unknown(id))
    }

    /// What the words name is asked for, too.
    async fn read(&self, mut asked: Asked, now: Timestamp) -> Result<Asked, Error> {
        let (Some(text), Some(hotline)) = (asked.text.take(), &self.hotline) else {
            return Ok(asked);
        };
        let store = self.watch.store();
        let (things, datastreams) = (store.things().await?, store.datastreams().await?);
        let sensors = self.watch.sensors();
        let known = sensors.known(&hotline.places, (&things, &datastreams));
        let named = mentioned(&text, now, &known).map_err(|instead| Error::Refused {
            message: match *instead {
                Interpreted::Ask(ask) => ask.question,
                Interpreted::Unknown(unknown) => unknown.sentence,
                Interpreted::Query(_) | Interpreted::NotAQuestionOfSensors => String::new(),
            },
        })?;
        asked.place = asked.place.or(named.place);
        if asked.kinds.is_empty() {
            asked.kinds = named.kinds;
        }
        if let Some(period) = named.period {
            asked.from = asked.from.or(Some(period.from));
            asked.to = asked.to.or(Some(period.to));
        }
        Ok(asked)
    }

    async fn list(&self, asked: &Asked, now: Timestamp) -> Result<Output, Error> {
        let views = match &asked.alert {
            Some(_) => vec![self.alert(asked).await?],
            None => {
                let filter = AlertFilter {
                    levels: asked.levels.clone(),
                    open: asked.open,
                    ..AlertFilter::default()
                };
                let mut views = self.watch.alerts(&filter).await?;
                views.retain(|view| asked.wants(view));
                views
            }
        };
        let most = asked.limit.unwrap_or(20).min(MOST) as usize;
        let (total, shown) = (views.len(), &views[..views.len().min(most)]);
        Ok(Output {
            evidence: shown
                .iter()
                .map(|view| format!("alert:{}", view.id))
                .collect(),
            value: json!({
                "total": total,
                "alerts": shown,
                "now": now,
                "asked": {"place": asked.place, "kinds": asked.kinds, "from": asked.from, "to": asked.to, "open": asked.open},
            }),
        })
    }

    /// What would be done, or why it cannot be.
    async fn would(&self, task: Task<'_>) -> Result<Preview, Error> {
        let asked = self.asked(task)?;
        self.may(task)?;
        let view = self.alert(&asked).await?;
        let lines = match self.part.operation {
            AlertOperation::List => Vec::new(),
            AlertOperation::Acknowledge => {
                vec!["确认已知悉这条预警，不再上报".to_owned(), view.text.clone()]
            }
            AlertOperation::Approve => self.approval(&asked, &view)?,
            AlertOperation::Order => {
                let draft = draft(&view)?;
                vec![
                    "向12345热线登记工单，由热线服务中心派单".to_owned(),
                    format!("诉求：{}", draft.text),
                    format!("地址：{}", draft.place),
                    format!("紧急程度：{}", draft.grade.name()),
                    format!("依据：预警 {}，{}条读数", view.id, view.evidence.len()),
                ]
            }
        };
        Ok(Preview {
            // What was confirmed is void once the alert has moved on.
            target: format!("alert:{}:{}", view.id, view.level.unwrap_or_default()),
            lines,
        })
    }

    fn approval(&self, asked: &Asked, view: &AlertView) -> Result<Vec<String>, Error> {
        let place = asked
            .action
            .ok_or_else(|| self.invalid("argument `action` is missing"))?;
        let action = view.actions.get(place).ok_or_else(|| Error::Refused {
            message: format!("预警 {} 没有第{}项处置动作", view.id, place + 1),
        })?;
        if let Some(by) = &action.approved_by {
            return Err(Error::Refused {
                message: format!("“{}”已由 {by} 批准", action.title),
            });
        }
        let mut lines = vec![format!(
            "批准：{}（批准人：{}）",
            action.title, action.approver
        )];
        lines.push(view.text.clone());
        lines.extend(action.lines.iter().cloned());
        if action.device {
            lines.push("这是演练：系统只登记批准，不操作设备，由值守人员在现场操作".to_owned());
        }
        Ok(lines)
    }

    async fn act(&self, task: Task<'_>) -> Result<Output, Error> {
        let asked = self.asked(task)?;
        self.may(task)?;
        let by = &task.person.id;
        let id = asked.alert.as_deref().unwrap_or_default();
        let (alert, order) = match self.part.operation {
            AlertOperation::List => {
                let asked = self.read(asked, task.now).await?;
                return self.list(&asked, task.now).await;
            }
            AlertOperation::Acknowledge => (self.watch.acknowledge(id, by, task.now).await?, None),
            AlertOperation::Approve => {
                let place = asked
                    .action
                    .ok_or_else(|| self.invalid("argument `action` is missing"))?;
                (self.watch.approve((id, place), by, task.now).await?, None)
            }
            AlertOperation::Order => {
                let order = self.order(task, &self.alert(&asked).await?).await?;
                let alert = self.watch.ordered(id, &order, by, task.now).await?;
                (alert, Some(order))
            }
        };
        let view = self.watch.views(&[alert]).await?.pop();
        let evidence = order.iter().map(|order| format!("order:{order}"));
        Ok(Output {
            evidence: std::iter::once(format!("alert:{id}"))
                .chain(evidence)
                .collect(),
            value: json!({"order": order, "alert": view}),
        })
    }

    /// Enters the order of an alert; there is one for an alert, whoever asks and however often.
    async fn order(&self, task: Task<'_>, view: &AlertView) -> Result<String, Error> {
        let hotline = self.hotline.as_ref();
        let hotline = hotline.ok_or_else(|| self.invalid("there is no hotline"))?;
        let draft = draft(view)?;
        let reporter = Reporter {
            person: task.person.clone(),
            name: None,
            phone: None,
            email: None,
        };
        let key = format!("alert:{}", view.id);
        let day = hotline.calendar.date(task.now);
        let opened = self.watch.store().open_order(&key, day, &reporter, |id| {
            let citizen = handle(task.person);
            let (mut order, proposals) =
                opened_by_sensor(hotline, (id, &key, citizen), (view, draft), task.now)?;
            for proposal in proposals {
                let entry = decided(&order, proposal, hotline)?;
                order.apply(&entry);
            }
            Ok(order)
        });
        let order = opened.await?;
        hotline.note(&order);
        Ok(order.id)
    }
}

fn draft(view: &AlertView) -> Result<&OrderDraftView, Error> {
    view.order.as_ref().ok_or_else(|| Error::Refused {
        message: format!("预警 {} 的预案没有工单草稿", view.id),
    })
}

impl Asked {
    fn wants(&self, view: &AlertView) -> bool {
        let within = |at: Timestamp| {
            self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
        };
        // One that began before and lasted into the period belongs to it.
        let lasts = self.from.is_some_and(|from| {
            view.raised < from && view.cleared.is_none_or(|cleared| cleared >= from)
        });
        let of_place = |place: &String| {
            [&view.place, &view.thing, &view.district, &view.datastream].contains(&place)
        };
        (within(view.raised) || lasts)
            && self.place.as_ref().is_none_or(of_place)
            && (self.kinds.is_empty() || self.kinds.contains(&view.title))
    }
}

impl Tool for AlertTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(self.would(task))
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(self.act(task))
    }

    fn reconcile<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        // All of it can be done again: a second time changes nothing.
        Box::pin(async { Ok(None) })
    }
}
