//! `POST /servicerequestupdates`: what somebody says of an order, as the action that this is in their hands.
//!
//! A program knows statuses, the hotline knows actions. Where a status is no action of the caller's role, or none in the
//! order's state, it is refused; whether the action may be done is decided by the order, as everywhere.

use serde_json::{Map, Value, json};
use tools::order::{ActorRole, Order, State};
use tools::{Error, Person};

use super::Desk;
use super::confirm::{Effect, carry_out, is_recent, key, names};
use super::document::{Document, Node, is_legal};
use super::form::Form;
use super::select::moment;
use super::status::UpdateStatus;
use super::view::update_id;
use crate::app::App;
use crate::http::error::ApiError;
use crate::turn::Caller;

/// Longest description, in characters.
const DESCRIPTION: usize = 4_000;

/// What is said of an order.
#[derive(Debug)]
pub(super) struct Said {
    order: String,
    status: UpdateStatus,
    words: String,
    /// The program's own number of it.
    own: Option<String>,
    media_url: Option<String>,
    attributes: Map<String, Value>,
}

/// What it is in the caller's hands: an action with its data, and why.
#[derive(Debug, PartialEq)]
struct Act {
    action: Value,
    reason: String,
}

impl Said {
    /// Reads parameters.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub(super) fn read(form: &Form) -> Result<Self, ApiError> {
        let needed = |name: &str| form.get(name).ok_or_else(|| missing(name));
        let status = needed("status")?;
        let status = UpdateStatus::named(status).ok_or_else(|| {
            let names = UpdateStatus::ALL.map(UpdateStatus::name).join("、");
            let message = format!("没有状态“{status}”，可用的有：{names}。");
            ApiError::field("status", "unknown_status", message)
        })?;
        // By whose clock it happened is not what counts here, but it has to be a moment.
        moment(form, "updated_datetime")?;
        let words = form.raw("description").unwrap_or_default();
        if words.chars().count() > DESCRIPTION || !words.chars().all(is_legal) {
            let message = format!("`description` 最多{DESCRIPTION}个字符，不能有控制字符。");
            return Err(ApiError::field("description", "invalid_field", message));
        }
        let attributes = form.attributes().iter();
        Ok(Self {
            order: needed("service_request_id")?.to_owned(),
            status,
            words: words.trim().to_owned(),
            own: form.get("update_id").map(str::to_owned),
            media_url: form.get("media_url").map(str::to_owned),
            attributes: attributes
                .map(|(code, values)| (code.clone(), json!(values)))
                .collect(),
        })
    }

    /// Does it, and says which update it became.
    ///
    /// # Errors
    /// That there is no such order, that this is not the caller's to do, or what the toolbox reports.
    pub(super) async fn carry_out(
        self,
        app: &App,
        desk: Desk<'_>,
        caller: &Caller,
        person: Person,
    ) -> Result<Document, ApiError> {
        let store = app.toolbox.store();
        let order = store.order(&self.order).await.map_err(Error::from)?;
        let order = order.ok_or_else(|| unknown_request(&self.order))?;
        let actor = desk
            .hotline
            .actor(&person)
            .ok_or_else(|| ApiError::forbidden("令牌没有写明所在单位，不能办理工单。"))?;
        let tool = tool(actor.role).ok_or_else(|| not_theirs(self.status))?;
        let request = json!([
            self.order,
            self.status.name(),
            self.words,
            self.own,
            self.media_url,
            self.attributes
        ]);
        let sent = names(&person, &json!(["update", request]), app.now());
        // What was done by it already may be another action in the state of now.
        if let Some(sequence) = done_before(app, &order, &sent).await? {
            return Ok(receipt(&order.id, sequence));
        }
        let [name, _] = sent;
        let act = self.act(actor.role, &order)?;
        let mut arguments = Map::from_iter([
            ("order".to_owned(), json!(order.id)),
            ("action".to_owned(), act.action),
        ]);
        if !act.reason.is_empty() {
            let reason: String = act.reason.chars().take(500).collect();
            arguments.insert("reason".to_owned(), json!(reason));
        }
        let effect = Effect {
            tool,
            arguments,
            origin: caller.role.origin(),
            person,
        };
        match carry_out(app, &effect, &name).await {
            Ok(_) => {}
            Err(Error::Refused { message }) => return Err(ApiError::forbidden(message)),
            Err(error) => return Err(error.into()),
        }
        let made = store.entry_of_key(&key(&name)).await.map_err(Error::from)?;
        let (_, sequence) = made.ok_or_else(ApiError::internal)?;
        Ok(receipt(&order.id, sequence))
    }

    fn act(&self, role: ActorRole, order: &Order) -> Result<Act, ApiError> {
        match role {
            ActorRole::Citizen => self.act_of_citizen(order),
            ActorRole::Unit => self.act_of_unit(order),
            ActorRole::Centre | ActorRole::Operator => self.act_of_centre(order),
            ActorRole::Machine => Err(not_theirs(self.status)),
        }
    }

    /// Their own order: more facts, a reminder, a withdrawal, or that it is not settled after all.
    fn act_of_citizen(&self, order: &Order) -> Result<Act, ApiError> {
        use UpdateStatus as To;
        let fact = |name: &str| json!([{"name": name, "value": self.words, "source": {"asked": {"words": self.words}}}]);
        match (self.status, order.state) {
            (To::Open | To::Reopen, State::Archived) => {
                self.words()?;
                Ok(act("reopen", &json!({"facts": fact("新情况")})))
            }
            (To::Open, State::AwaitingFacts) => {
                self.words()?;
                let asked = order.missing.first().map_or("补充", String::as_str);
                Ok(act("supply_facts", &json!({"fields": fact(asked)})))
            }
            (To::Open, _) => Ok(act("urge", &json!({"words": self.words()?}))),
            (To::Cancelled | To::Fixed | To::Closed, _) => {
                Ok(act("withdraw", &Value::Null).because(self.words()?))
            }
            (
                To::Investigating
                | To::InProgress
                | To::ActionScheduled
                | To::Duplicate
                | To::NotCouncilsResponsibility
                | To::NoFurtherAction
                | To::InternalReferral
                | To::ForTriage
                | To::Reopen,
                _,
            ) => Err(not_theirs(self.status)),
        }
    }

    /// An order of the unit: that it takes it on, what it did to help, or the reply.
    fn act_of_unit(&self, order: &Order) -> Result<Act, ApiError> {
        use UpdateStatus as To;
        match (self.status, order.state) {
            (To::InProgress | To::Investigating, State::Dispatched) => {
                Ok(act("sign", &Value::Null))
            }
            (To::InProgress | To::Investigating, _) => {
                Ok(act("report", &json!({"text": self.words()?})))
            }
            (To::Fixed | To::Closed | To::NoFurtherAction, _) => {
                let files: Vec<&String> = self.media_url.iter().collect();
                Ok(act(
                    "reply",
                    &json!({
                        "facts": self.words()?,
                        "basis": self.attribute("basis")?,
                        "result": self.words()?,
                        "files": files,
                    }),
                ))
            }
            (
                To::Open
                | To::ActionScheduled
                | To::Duplicate
                | To::NotCouncilsResponsibility
                | To::InternalReferral
                | To::ForTriage
                | To::Cancelled
                | To::Reopen,
                _,
            ) => Err(not_theirs(self.status)),
        }
    }

    /// What the centre does in the state in which the order is.
    fn act_of_centre(&self, order: &Order) -> Result<Act, ApiError> {
        use UpdateStatus as To;
        let plain = |kind: &str| act(kind, &Value::Null);
        let reasoned =
            |kind: &str| -> Result<Act, ApiError> { Ok(plain(kind).because(self.words()?)) };
        match (self.status, order.state) {
            (To::ForTriage, State::Screen) => Ok(act("accept", &json!({"rule": self.words()?}))),
            (To::ForTriage, State::Grade) => Ok(plain("confirm")),
            (To::InProgress, State::Suspended) => reasoned("resume"),
            (To::InProgress, State::ReturnRequested) => reasoned("refuse_return"),
            (To::InternalReferral, State::ReturnRequested) => reasoned("accept_return"),
            (To::InProgress | To::Investigating, _) => {
                Ok(act("urge", &json!({"words": self.words()?})))
            }
            (To::Open | To::Reopen, State::Archived) => {
                let facts = json!([{"name": "新情况", "value": self.words()?, "source": {"asked": {"words": self.words}}}]);
                Ok(act("reopen", &json!({ "facts": facts })))
            }
            (To::Reopen, State::Callback) => reasoned("redo"),
            (To::Reopen, State::Replied) => reasoned("return_reply"),
            (To::Fixed | To::Closed, State::Replied) => Ok(plain("accept_reply")),
            (To::Fixed | To::Closed | To::NoFurtherAction, _) => {
                Ok(plain("archive").because(&self.words))
            }
            (To::Duplicate, _) => Ok(act(
                "merge",
                &json!({"into": self.single("into")?, "told": self.words()?}),
            )),
            (To::NotCouncilsResponsibility, _) => {
                let data =
                    json!({"ground": self.single("ground")?, "channel": self.single("channel")?});
                Ok(act("decline", &data).because(self.words()?))
            }
            (
                To::Open
                | To::ActionScheduled
                | To::InternalReferral
                | To::ForTriage
                | To::Cancelled
                | To::Reopen,
                _,
            ) => Err(not_theirs(self.status)),
        }
    }

    fn words(&self) -> Result<&str, ApiError> {
        if self.words.is_empty() {
            return Err(missing("description"));
        }
        Ok(&self.words)
    }

    fn attribute(&self, code: &str) -> Result<&Value, ApiError> {
        self.attributes
            .get(code)
            .ok_or_else(|| missing(&format!("attribute[{code}]")))
    }

    fn single(&self, code: &str) -> Result<&Value, ApiError> {
        let values = self.attribute(code)?.get(0);
        values.ok_or_else(|| missing(&format!("attribute[{code}]")))
    }
}

impl Act {
    fn because(self, reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            ..self
        }
    }
}

/// There is no such order.
pub(super) fn unknown_request(id: &str) -> ApiError {
    ApiError::not_found("unknown_request", format!("没有查到编号为“{id}”的工单。"))
}

/// The entry that the same words made today, or yesterday less than a day ago.
async fn done_before(
    app: &App,
    order: &Order,
    names: &[String; 2],
) -> Result<Option<u64>, ApiError> {
    for name in names {
        let made = app.toolbox.store().entry_of_key(&key(name)).await;
        let Some((_, sequence)) = made.map_err(Error::from)? else {
            continue;
        };
        let mut entries = order.entries.iter();
        let entry = entries.find(|entry| entry.sequence == sequence);
        if entry.is_some_and(|entry| is_recent(entry.at, app.now())) {
            return Ok(Some(sequence));
        }
    }
    Ok(None)
}

fn act(kind: &str, data: &Value) -> Act {
    let action = match data {
        Value::Null => json!({ "kind": kind }),
        data => json!({"kind": kind, "data": data}),
    };
    Act {
        action,
        reason: String::new(),
    }
}

/// The tool with which somebody in this capacity works on orders.
fn tool(role: ActorRole) -> Option<&'static str> {
    match role {
        ActorRole::Citizen => Some("hotline-follow"),
        ActorRole::Unit => Some("hotline-unit"),
        ActorRole::Centre | ActorRole::Operator => Some("hotline-centre"),
        ActorRole::Machine => None,
    }
}

fn missing(name: &str) -> ApiError {
    ApiError::field(name, "missing_field", format!("缺少参数 `{name}`。"))
}

fn not_theirs(status: UpdateStatus) -> ApiError {
    let message = format!("您的身份不能在工单现在的状态下提交“{}”。", status.name());
    ApiError::forbidden(message)
}

fn receipt(order: &str, sequence: u64) -> Document {
    Document {
        root: "service_request_updates",
        body: Node::List(
            "request_update",
            vec![Node::Record(vec![(
                "update_id",
                Node::text(update_id(order, sequence)),
            )])],
        ),
    }
}

#[cfg(test)]
mod tests;
