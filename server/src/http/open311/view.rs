//! Requests and their updates, as everybody may see them: orders without who asked and without what offices note.

use agents::guard::mask::mask_own;
use jiff::Timestamp;
use tools::order::Order;
use tools::order::due::DueKind;
use tools::{Hotline, OTHER, zone};

use super::document::{Document, Node};
use super::status::{Update, keeps_words_back, status, updates};

/// Requests.
pub(super) fn requests(orders: &[Order], hotline: &Hotline) -> Document {
    let items = orders.iter().map(|order| request(order, hotline));
    Document {
        root: "service_requests",
        body: Node::List("request", items.collect()),
    }
}

/// Updates, each with the number of its order.
pub(super) fn request_updates(told: &[(String, Update)]) -> Document {
    let items = told.iter().map(|(order, update)| {
        Node::Record(vec![
            ("update_id", Node::text(update_id(order, update.sequence))),
            ("service_request_id", Node::text(order)),
            ("status", Node::text(update.status.name())),
            ("updated_datetime", moment(update.at)),
            ("description", Node::text(&update.description)),
            ("media_url", Node::Absent),
        ])
    });
    Document {
        root: "service_request_updates",
        body: Node::List("request_update", items.collect()),
    }
}

/// What names an update for good.
pub(super) fn update_id(order: &str, sequence: u64) -> String {
    format!("{order}-{sequence}")
}

fn request(order: &Order, hotline: &Hotline) -> Node {
    let told = updates(order);
    let latest = told.last();
    let opened = order.entries.first().map(|entry| entry.at);
    let item = order.items.first();
    let code = item.map_or(OTHER.0, |item| &item.category);
    let name = hotline.catalog.get(code).map(|item| item.name.as_str());
    let written = item.map_or(OTHER.1, |item| &item.name);
    let hides = keeps_words_back(order);
    let open_words = |text: &str| (!hides).then(|| mask_own(text).into_owned());
    let field = |name: &str| order.fields.get(name).map(|field| field.value.as_str());
    let due = order.dues.get(&DueKind::Handle).map(|due| due.at);
    let address = order.address.as_deref().and_then(open_words);
    Node::Record(vec![
        ("service_request_id", Node::text(&order.id)),
        ("status", Node::text(status(order.state))),
        (
            "status_notes",
            Node::maybe(latest.map(|update| &update.description)),
        ),
        ("service_name", Node::text(name.unwrap_or(written))),
        ("service_code", Node::text(code)),
        ("description", Node::maybe(open_words(&order.text))),
        ("agency_responsible", Node::maybe(order.lead.as_ref())),
        ("service_notice", Node::Absent),
        ("requested_datetime", opened.map_or(Node::Absent, moment)),
        (
            "updated_datetime",
            latest.map_or(Node::Absent, |update| moment(update.at)),
        ),
        ("expected_datetime", due.map_or(Node::Absent, moment)),
        ("address", Node::maybe(address)),
        ("address_id", Node::Absent),
        ("zipcode", Node::Absent),
        ("lat", degrees(field("lat"), hides)),
        ("long", degrees(field("long"), hides)),
        (
            "media_url",
            Node::maybe(field("media_url").filter(|_| !hides)),
        ),
    ])
}

/// Where a report against somebody was made is kept back with its words.
fn degrees(written: Option<&str>, hides: bool) -> Node {
    let read = written.and_then(|written| written.parse().ok());
    read.filter(|_| !hides).map_or(Node::Absent, Node::Degrees)
}

/// With the zone of the city, to the second.
pub(super) fn moment(at: Timestamp) -> Node {
    let here = at.to_zoned(zone());
    Node::text(here.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}
