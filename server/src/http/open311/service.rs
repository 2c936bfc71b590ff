//! What can be reported, and what each service asks for: the catalogue of the hotline, and the form of its orders.
//!
//! What the standard has parameters for (words, place, name, telephone number) is no attribute. An attribute must be given
//! where the item cannot be worked on without it.

use serde_json::Value;
use tools::form::{Field, Form, Kind};
use tools::intake::{Fact, Item};
use tools::{Hotline, OTHER};

use super::document::{Document, Node};
use crate::http::error::ApiError;

/// Fields of the form that the standard has parameters for.
const STANDARD: [&str; 4] = ["text", "address", "phone", "name"];

/// From this length on a text is long.
const LONG: u64 = 255;

/// Something that a service asks for.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    field: &'a Field,
    /// Whether it must be given.
    required: bool,
}

/// What a service is: an item of the catalogue, or all that is none of them.
#[derive(Clone, Copy)]
pub(super) enum Service<'a> {
    Item(&'a Item),
    Other,
}

impl<'a> Service<'a> {
    /// The service with this code.
    pub(super) fn of(code: &str, hotline: &'a Hotline) -> Option<Self> {
        if code == OTHER.0 {
            return Some(Self::Other);
        }
        hotline.catalog.get(code).map(Self::Item)
    }

    /// Its code.
    pub(super) fn code(self) -> &'a str {
        match self {
            Self::Item(item) => &item.code,
            Self::Other => OTHER.0,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Item(item) => &item.name,
            Self::Other => OTHER.1,
        }
    }

    /// What it asks for; `taken` says which fields the tool takes.
    pub(super) fn attributes(
        self,
        form: &'a Form,
        taken: impl Fn(&str) -> bool,
    ) -> Vec<Attribute<'a>> {
        let facts: &[Fact] = match self {
            Self::Item(item) => &item.facts,
            Self::Other => &[],
        };
        let fields = form.fields().iter();
        let asked =
            fields.filter(|field| !STANDARD.contains(&field.name.as_str()) && taken(&field.name));
        asked
            .map(|field| Attribute {
                field,
                required: field.required || facts.iter().any(|fact| fact.field() == field.name),
            })
            .collect()
    }

    fn record(self) -> Node {
        let (description, keywords, group) = match self {
            Self::Item(item) => (
                format!("{}，由{}主办", item.kind.name(), item.lead),
                item.words.join(","),
                item.group.as_str(),
            ),
            Self::Other => ("目录中没有的事项".to_owned(), String::new(), "其他"),
        };
        Node::Record(vec![
            ("service_code", Node::text(self.code())),
            ("service_name", Node::text(self.name())),
            ("description", Node::text(description)),
            ("metadata", Node::Truth(true)),
            ("type", Node::text("realtime")),
            ("keywords", Node::text(keywords)),
            ("group", Node::text(group)),
        ])
    }
}

impl Attribute<'_> {
    /// Its code.
    pub(super) fn code(&self) -> &str {
        &self.field.name
    }

    /// Whether it must be given.
    pub(super) fn is_required(&self) -> bool {
        self.required
    }

    /// What it is called.
    pub(super) fn title(&self) -> &str {
        &self.field.title
    }

    /// Takes a value.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn value(&self, values: &[String]) -> Result<Value, ApiError> {
        let code = self.code();
        let wrong = |message: String| Err(ApiError::field(code, "invalid_attribute", message));
        let [text] = values else {
            return wrong(format!("属性 `{code}` 只能有一个值。"));
        };
        let text = text.trim();
        if !self.field.choices.is_empty() {
            let mut choices = self.field.choices.iter();
            return match choices.find(|choice| key(&choice.value) == text) {
                Some(choice) => Ok(choice.value.clone()),
                None => wrong(format!("属性 `{code}` 没有取值“{text}”。")),
            };
        }
        if let Some(most) = self.longest().filter(|most| longer(text, *most)) {
            return wrong(format!("属性 `{code}` 过长，最多{most}个字符。"));
        }
        Ok(Value::from(text))
    }

    fn longest(&self) -> Option<u64> {
        self.field.schema.get("maxLength").and_then(Value::as_u64)
    }

    fn datatype(&self) -> &'static str {
        match self.field.kind {
            Kind::Choice | Kind::YesNo => "singlevaluelist",
            Kind::Date => "datetime",
            Kind::Amount | Kind::Integer => "number",
            Kind::Text if self.longest().is_none_or(|most| most > LONG) => "text",
            Kind::Text
            | Kind::Name
            | Kind::Identity
            | Kind::Mobile
            | Kind::Phone
            | Kind::CreditCode
            | Kind::Address
            | Kind::Mail
            | Kind::Plate
            | Kind::Bank => "string",
        }
    }

    fn described(&self) -> String {
        match self.longest() {
            Some(most) if self.field.choices.is_empty() => {
                format!("{}，最多{most}个字符", self.title())
            }
            _ => self.title().to_owned(),
        }
    }

    fn record(&self, order: usize) -> Node {
        let choices = self.field.choices.iter();
        let values = choices.map(|choice| {
            Node::Record(vec![
                ("key", Node::text(key(&choice.value))),
                ("name", Node::text(&choice.title)),
            ])
        });
        Node::Record(vec![
            ("variable", Node::Truth(true)),
            ("code", Node::text(self.code())),
            ("datatype", Node::text(self.datatype())),
            ("required", Node::Truth(self.required)),
            ("datatype_description", Node::text(self.described())),
            ("order", Node::Integer(order)),
            ("description", Node::text(&self.field.ask)),
            ("values", Node::List("value", values.collect())),
        ])
    }
}

/// All services.
pub(super) fn services(hotline: &Hotline) -> Document {
    let items = hotline.catalog.iter().map(Service::Item);
    let all = items.chain([Service::Other]);
    Document {
        root: "services",
        body: Node::List("service", all.map(Service::record).collect()),
    }
}

/// What a service asks for.
pub(super) fn definition(service: Service<'_>, attributes: &[Attribute<'_>]) -> Document {
    let numbered = attributes.iter().zip(1..);
    let records = numbered.map(|(attribute, order)| attribute.record(order));
    Document {
        root: "service_definition",
        body: Node::Record(vec![
            ("service_code", Node::text(service.code())),
            ("attributes", Node::List("attribute", records.collect())),
        ]),
    }
}

/// How a value of a choice is written.
fn key(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn longer(text: &str, most: u64) -> bool {
    u64::try_from(text.chars().count()).is_ok_and(|length| length > most)
}
