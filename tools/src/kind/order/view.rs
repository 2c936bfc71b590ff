//! An order as somebody may see it: the citizen their own, a unit without how to reach the person unless they agreed.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::hotline::Hotline;
use crate::order::timeline::{self, Line};
use crate::order::{ActionKind, Actor, ActorRole, Order, State};
use crate::store::Reporter;

/// An order, as somebody may see it.
#[derive(Debug, Clone, Serialize)]
pub struct OrderView {
    /// Its number.
    pub id: String,
    /// Code of its state.
    pub state: State,
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
    /// The same as far as it may be told to the one who asked: for replies.
    pub told: Vec<Line>,
    /// Codes of what the one who looks may do now.
    pub allowed: Vec<ActionKind>,
    /// Hash of the last entry: the state for which a confirmation holds.
    pub version: String,
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
        told: timeline::told(order, viewer, calendar),
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

/// Telephone and identity numbers, and addresses of e-mail.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[0-9]{3,4}[- ][0-9]{7,8}|[0-9]{7,}[Xx]?|1[0-9]{2}[- ][0-9]{4}[- ][0-9]{4}|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
        .expect("the pattern is constant")
});

/// Takes what tells who somebody is out of the texts of a view: they may have written it themselves.
pub(super) fn hide(view: &mut OrderView, reporter: Option<&Reporter>) {
    let known = reporter.map(|it| [&it.name, &it.phone, &it.email]);
    let known: Vec<&str> = known
        .into_iter()
        .flatten()
        .flatten()
        .map(|it| it.trim())
        // One letter is no name, and stands everywhere.
        .filter(|it| it.chars().nth(1).is_some())
        .collect();
    let texts = std::iter::once(&mut view.text).chain(&mut view.address);
    let lines = view.timeline.iter_mut().chain(&mut view.told);
    for text in texts.chain(lines.map(|line| &mut line.text)) {
        for known in &known {
            *text = text.replace(known, "****");
        }
        let named = NAME.replace_all(text, "$1****").into_owned();
        *text = NUMBER.replace_all(&named, "****").into_owned();
    }
}

/// A name that is given as one's own.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(我叫|我的名字是|我名叫|本人叫|本人姓名|姓名[:：是]|联系人[:：])[\\p{Han}·]{2,4}")
        .expect("the pattern is constant")
});

/// What the record of an order says of a person's number.
pub(super) fn masked(phone: &str) -> String {
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

/// Hash of the last entry.
pub(super) fn version(order: &Order) -> &str {
    order.entries.last().map_or("", |entry| &entry.hash)
}
