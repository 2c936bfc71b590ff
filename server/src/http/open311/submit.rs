//! `POST /requests`: from parameters to a work order. What is wrong with them is said before anything is proposed.

use serde_json::{Map, Value};
use tools::order::action::Action;
use tools::order::{ActorRole, Order};
use tools::{Error, Person};

use super::confirm::{Effect, carry_out, made_before, names};
use super::document::{Document, Node, is_legal};
use super::form::Form;
use super::select::unknown_service;
use super::service::Service;
use super::{Desk, REPORT};
use crate::app::App;
use crate::http::error::ApiError;
use crate::turn::Caller;

/// Longest description, in characters.
const DESCRIPTION: usize = 4_000;

/// A request that can be taken in.
#[derive(Debug, PartialEq)]
pub(super) struct Report {
    /// Arguments of the tool.
    arguments: Map<String, Value>,
    /// Said back, and kept nowhere.
    account: Option<String>,
}

/// What the program is told.
enum Receipt {
    Made(Box<Order>),
    /// Whether it was made is not known yet; the token will tell.
    Unclear(String),
}

impl Report {
    /// Reads parameters.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub(super) fn read(form: &Form, desk: Desk<'_>) -> Result<Self, ApiError> {
        let code = form
            .get("service_code")
            .ok_or_else(|| missing("service_code"))?;
        let service = Service::of(code, desk.hotline).ok_or_else(|| unknown_service(code))?;
        let mut arguments = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            arguments.extend(value.map(|value| (name.to_owned(), Value::from(value))));
        };
        put("text", Some(description(form, service)?));
        put("item", Some(code.to_owned()));
        let spot = coordinates(form, desk)?;
        put("address", address(form, desk)?);
        put("lat", spot.map(|(lat, _)| format!("{lat:.6}")));
        put("long", spot.map(|(_, long)| format!("{long:.6}")));
        put("name", name(form)?);
        put("phone", phone(form)?);
        put("email", email(form)?);
        put("media_url", media_url(form)?);
        put("channel", Some("api".to_owned()));
        if spot.is_none() && !arguments.contains_key("address") {
            return Err(ApiError::invalid(
                "no_location",
                "须写明地点：`lat` 和 `long`，或者 `address_string`，或者 `address_id`。",
            ));
        }
        attributes(form, service, desk, &mut arguments)?;
        Ok(Self {
            arguments,
            account: short(form, "account_id", 200)?,
        })
    }

    /// Takes it in, and says which order it is.
    ///
    /// # Errors
    /// That this caller may not, or what the toolbox reports.
    pub(super) async fn take(
        self,
        app: &App,
        desk: Desk<'_>,
        caller: &Caller,
        person: Person,
    ) -> Result<Document, ApiError> {
        let role = desk.hotline.actor(&person).map(|actor| actor.role);
        if !matches!(
            role,
            Some(ActorRole::Citizen | ActorRole::Centre | ActorRole::Operator)
        ) {
            return Err(ApiError::forbidden(
                "承办单位的令牌不能登记工单，请使用市民或者热线服务中心的令牌。",
            ));
        }
        let request = Value::Object(self.arguments.clone());
        let [name, before] = names(&person, &request, app.now());
        let receipt = match made_before(app, &before).await? {
            Some(order) => Receipt::Made(Box::new(order)),
            None => {
                let effect = Effect {
                    tool: REPORT,
                    arguments: self.arguments,
                    origin: caller.role.origin(),
                    person,
                };
                made(app, &effect, name).await?
            }
        };
        Ok(receipt.document(self.account))
    }
}

impl Receipt {
    fn document(self, account: Option<String>) -> Document {
        let (name, number, notice) = match self {
            Self::Made(order) => {
                let notice = notice(&order);
                ("service_request_id", order.id, notice)
            }
            Self::Unclear(token) => (
                "token",
                token,
                "正在登记，请稍后用 `token` 查询工单编号，不要重新提交。".to_owned(),
            ),
        };
        Document {
            root: "service_requests",
            body: Node::List(
                "request",
                vec![Node::Record(vec![
                    (name, Node::text(number)),
                    ("service_notice", Node::text(notice)),
                    ("account_id", Node::maybe(account)),
                ])],
            ),
        }
    }
}

/// The number behind a token.
pub(super) fn token(token: &str, order: &Order) -> Document {
    Document {
        root: "service_requests",
        body: Node::List(
            "request",
            vec![Node::Record(vec![
                ("service_request_id", Node::text(&order.id)),
                ("token", Node::text(token)),
            ])],
        ),
    }
}

async fn made(app: &App, effect: &Effect, name: String) -> Result<Receipt, ApiError> {
    let output = match carry_out(app, effect, &name).await {
        Ok(output) => output,
        Err(Error::Late { .. }) => return Ok(Receipt::Unclear(name)),
        Err(error) => return Err(error.into()),
    };
    let number = output.value.get("order").and_then(Value::as_str);
    let order = app.toolbox.store().order(number.unwrap_or_default()).await;
    match order.map_err(Error::from)? {
        Some(order) => Ok(Receipt::Made(Box::new(order))),
        None => Err(ApiError::internal()),
    }
}

/// What the person is to be told: in an emergency, whom to call.
fn notice(order: &Order) -> String {
    let told = order.entries.iter().find_map(|entry| {
        let Action::Transfer { told, .. } = &entry.action else {
            return None;
        };
        Some(told.clone())
    });
    told.unwrap_or_else(|| "已登记，由热线服务中心派单办理，可凭编号查询进度。".to_owned())
}

fn missing(name: &str) -> ApiError {
    ApiError::field(name, "missing_field", format!("缺少参数 `{name}`。"))
}

fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::field(name, "invalid_field", format!("参数 `{name}` {message}"))
}

/// The person's words; without any, the name of the service.
fn description(form: &Form, service: Service<'_>) -> Result<String, ApiError> {
    let Some(text) = form.raw("description") else {
        return match service {
            Service::Item(item) => Ok(item.name.clone()),
            Service::Other => Err(missing("description")),
        };
    };
    let length = text.chars().count();
    if length > DESCRIPTION {
        let message = format!("过长：共{length}个字符，最多{DESCRIPTION}个。");
        return Err(wrong("description", &message));
    }
    if !text.chars().all(is_legal) {
        return Err(wrong("description", "含有不能显示的控制字符，请去掉。"));
    }
    Ok(text.to_owned())
}

fn coordinates(form: &Form, desk: Desk<'_>) -> Result<Option<(f64, f64)>, ApiError> {
    let (lat, long) = match (form.get("lat"), form.get("long")) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(missing("long")),
        (None, Some(_)) => return Err(missing("lat")),
        (Some(lat), Some(long)) => (lat, long),
    };
    let read = |name: &str, text: &str| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| wrong(name, "应为十进制的度数，例如 27.603400。"))
    };
    let (lat, long) = (read("lat", lat)?, read("long", long)?);
    if !desk.city.bounds.contain(lat, long) {
        return Err(wrong("lat", "与 `long` 所指的地点不在本市范围内。"));
    }
    Ok(Some((lat, long)))
}

/// The address in words, or a place of the gazetteer by its name.
fn address(form: &Form, desk: Desk<'_>) -> Result<Option<String>, ApiError> {
    if let Some(text) = short(form, "address_string", 200)? {
        if text.chars().count() < 2 {
            return Err(wrong("address_string", "过短，请写清地点。"));
        }
        return Ok(Some(text));
    }
    let Some(id) = form.get("address_id") else {
        return Ok(None);
    };
    let place = desk.hotline.places.locate(id).place;
    match place.filter(|place| place.name == id) {
        Some(place) => Ok(Some(place.name)),
        None => Err(wrong("address_id", "不是本市地名表中的地名。")),
    }
}

/// A name in the order of its language.
fn name(form: &Form) -> Result<Option<String>, ApiError> {
    let first = short(form, "first_name", 29)?;
    let last = short(form, "last_name", 29)?;
    Ok(match (first, last) {
        (Some(first), Some(last)) if first.is_ascii() && last.is_ascii() => {
            Some(format!("{first} {last}"))
        }
        (Some(first), Some(last)) => Some(format!("{last}{first}")),
        (one, other) => one.or(other),
    })
}

fn phone(form: &Form) -> Result<Option<String>, ApiError> {
    let phone = short(form, "phone", 30)?;
    let is_one = |text: &String| {
        let figures = text.chars().filter(char::is_ascii_digit).count();
        let fits = |letter: char| letter.is_ascii_digit() || "+-() ".contains(letter);
        figures >= 3 && text.chars().all(fits)
    };
    match phone {
        Some(text) if !is_one(&text) => Err(wrong("phone", "不是电话号码。")),
        phone => Ok(phone),
    }
}

fn email(form: &Form) -> Result<Option<String>, ApiError> {
    let email = short(form, "email", 254)?;
    let is_one = |text: &String| {
        let parts = text.split_once('@');
        let plain = !text.contains(|letter: char| letter.is_whitespace() || letter == ',');
        plain && parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    };
    match email {
        Some(text) if !is_one(&text) => Err(wrong("email", "不是电子邮箱。")),
        email => Ok(email),
    }
}

fn media_url(form: &Form) -> Result<Option<String>, ApiError> {
    let url = short(form, "media_url", 2_000)?;
    let is_one = |text: &String| {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let plain = !text.contains(|letter: char| letter.is_whitespace());
        plain && rest.is_some_and(|rest| !rest.is_empty())
    };
    match url {
        Some(text) if !is_one(&text) => Err(wrong("media_url", "应为 http 或者 https 地址。")),
        url => Ok(url),
    }
}

/// A parameter of one line.
fn short(form: &Form, name: &str, most: usize) -> Result<Option<String>, ApiError> {
    let Some(text) = form.get(name) else {
        return Ok(None);
    };
    if text.chars().count() > most {
        return Err(wrong(name, &format!("过长，最多{most}个字符。")));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong(name, "含有控制字符或者换行，请去掉。"));
    }
    Ok(Some(text.to_owned()))
}

/// What the service asks for: nothing else, and all that it must have.
fn attributes(
    form: &Form,
    service: Service<'_>,
    desk: Desk<'_>,
    arguments: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let asked = desk.attributes(service);
    let sent = form.attributes();
    let is_asked = |code: &&String| asked.iter().any(|attribute| attribute.code() == *code);
    if let Some(unknown) = sent.keys().find(|code| !is_asked(code)) {
        let message = format!("服务 `{}` 没有属性 `{unknown}`。", service.code());
        return Err(ApiError::field(unknown, "unknown_attribute", message));
    }
    for attribute in &asked {
        let values = sent.get(attribute.code());
        let values = values.filter(|values| values.iter().any(|value| !value.trim().is_empty()));
        match values {
            Some(values) => {
                arguments.insert(attribute.code().to_owned(), attribute.value(values)?);
            }
            None if attribute.is_required() => {
                let message = format!("缺少属性 `{}`（{}）。", attribute.code(), attribute.title());
                return Err(ApiError::field(
                    attribute.code(),
                    "missing_attribute",
                    message,
                ));
            }
            None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
