//! What the documents of a server say. Fields that are not there are none; texts are trimmed, and empty ones are none.

use super::node::{Document, Node, read};
use super::{Attribute, Definition, Problem, Receipt, Service, ServiceRequest, Update};

/// Roots of documents that are no answer at all.
const PAGES: [&str; 2] = ["html", "HTML"];

/// The services of a city.
///
/// # Errors
/// Why it is no list of services.
pub fn services(text: &str) -> Result<Vec<Service>, String> {
    let document = answered(text)?;
    let listed = records(&document.body, "service");
    let services = listed.into_iter().filter_map(|node| {
        Some(Service {
            service_code: said(node, "service_code")?,
            service_name: said(node, "service_name"),
            description: said(node, "description"),
            metadata: is_true(node, "metadata"),
            r#type: said(node, "type").map(|kind| kind.to_lowercase()),
            keywords: said(node, "keywords"),
            group: said(node, "group"),
        })
    });
    Ok(services.collect())
}

/// What a service asks for.
///
/// # Errors
/// Why it is no definition.
pub fn definition(text: &str) -> Result<Definition, String> {
    let document = answered(text)?;
    // Some servers put it into a list of one.
    let body = match records(&document.body, "service_definition").first() {
        Some(only) if document.body.get("attributes").is_none() => (*only).clone(),
        _ => document.body.clone(),
    };
    let listed = body.get("attributes");
    let listed = listed.map_or_else(Vec::new, |node| records(node, "attribute"));
    let attributes = listed.into_iter().filter_map(|node| {
        let values = node.get("values");
        let values = values.map_or_else(Vec::new, |node| records(node, "value"));
        Some(Attribute {
            code: said(node, "code")?,
            datatype: said(node, "datatype").map(|kind| kind.to_lowercase()),
            required: is_true(node, "required"),
            variable: node.get("variable").is_none() || is_true(node, "variable"),
            description: said(node, "description"),
            values: values.into_iter().filter_map(value).collect(),
        })
    });
    Ok(Definition {
        attributes: attributes.collect(),
        service_code: said(&body, "service_code"),
    })
}

/// What a server says to a request that it takes: a number, or a token for one.
///
/// # Errors
/// Why it is no receipt.
pub fn receipt(text: &str) -> Result<Receipt, String> {
    let document = answered(text)?;
    let listed = records(&document.body, "request");
    let receipts = listed.into_iter().map(|node| Receipt {
        service_request_id: said(node, "service_request_id"),
        token: said(node, "token"),
        service_notice: said(node, "service_notice"),
        account_id: said(node, "account_id"),
    });
    receipts
        .into_iter()
        .find(|receipt| receipt.service_request_id.is_some() || receipt.token.is_some())
        .ok_or_else(|| "it has neither `service_request_id` nor `token`".to_owned())
}

/// Requests.
///
/// # Errors
/// Why it is no list of requests.
pub fn requests(text: &str) -> Result<Vec<ServiceRequest>, String> {
    let document = answered(text)?;
    let listed = records(&document.body, "request").into_iter();
    Ok(listed.filter_map(request).collect())
}

/// Requests whose record has `value` under `name`: servers give back more than the standard names.
///
/// # Errors
/// As [`requests`].
pub(crate) fn requests_with(
    text: &str,
    name: &str,
    value: &str,
) -> Result<Vec<ServiceRequest>, String> {
    let document = answered(text)?;
    let listed = records(&document.body, "request").into_iter();
    let named = listed.filter(|node| said(node, name).as_deref() == Some(value));
    Ok(named.filter_map(request).collect())
}

/// Updates of requests.
///
/// # Errors
/// Why it is no list of updates.
pub fn updates(text: &str) -> Result<Vec<Update>, String> {
    let document = answered(text)?;
    let listed = records(&document.body, "request_update");
    let updates = listed.into_iter().filter_map(|node| {
        Some(Update {
            update_id: said(node, "update_id")?,
            service_request_id: said(node, "service_request_id"),
            status: said(node, "status").map(|status| status.to_uppercase()),
            updated_datetime: said(node, "updated_datetime"),
            description: said(node, "description"),
            media_url: said(node, "media_url"),
        })
    });
    Ok(updates.collect())
}

/// What a server complains of; empty where it does not say.
pub fn problems(text: &str) -> Vec<Problem> {
    let Ok(document) = read(text) else {
        return Vec::new();
    };
    let listed = records(&document.body, "error").into_iter();
    let problems = listed.filter_map(|node| {
        Some(Problem {
            code: said(node, "code"),
            description: said(node, "description")?,
        })
    });
    problems.collect()
}

/// A document that is neither a page nor a list of errors.
fn answered(text: &str) -> Result<Document, String> {
    let document = read(text)?;
    if PAGES.contains(&document.root.as_str()) {
        return Err("it is a page for people, not an answer".to_owned());
    }
    if document.root == "errors" {
        let why: Vec<String> = problems(text)
            .into_iter()
            .map(|problem| problem.description)
            .collect();
        return Err(format!("it is a list of errors: {}", why.join("; ")));
    }
    Ok(document)
}

/// The records of a list: the members called `item` or the items of an array, also where another name stands around them;
/// or a record that stands alone.
fn records<'a>(node: &'a Node, item: &str) -> Vec<&'a Node> {
    let members = node.members();
    let named = |(name, node): &&(String, Node)| {
        (name.is_empty() || name == item) && !node.members().is_empty()
    };
    let found: Vec<&Node> = members.iter().filter(named).map(|(_, node)| node).collect();
    if !found.is_empty() {
        return found;
    }
    let texts = members
        .iter()
        .filter(|(_, node)| matches!(node, Node::Text(_)));
    if texts.count() > 0 {
        return vec![node];
    }
    let below = members.iter().flat_map(|(_, node)| records(node, item));
    below.collect()
}

fn request(node: &Node) -> Option<ServiceRequest> {
    Some(ServiceRequest {
        service_request_id: said(node, "service_request_id")?,
        status: said(node, "status").map(|status| status.to_lowercase()),
        status_notes: said(node, "status_notes"),
        service_name: said(node, "service_name"),
        service_code: said(node, "service_code"),
        description: said(node, "description"),
        agency_responsible: said(node, "agency_responsible"),
        service_notice: said(node, "service_notice"),
        requested_datetime: said(node, "requested_datetime"),
        updated_datetime: said(node, "updated_datetime"),
        expected_datetime: said(node, "expected_datetime"),
        address: said(node, "address"),
        lat: said(node, "lat"),
        long: said(node, "long"),
        media_url: said(node, "media_url"),
    })
}

fn value(node: &Node) -> Option<(String, String)> {
    let key = said(node, "key")?;
    let name = said(node, "name").unwrap_or_else(|| key.clone());
    Some((key, name))
}

fn said(node: &Node, name: &str) -> Option<String> {
    let text = node.text(name)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_true(node: &Node, name: &str) -> bool {
    said(node, name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
}
