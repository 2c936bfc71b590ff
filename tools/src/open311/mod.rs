//! Open311 GeoReport v2 as a client of other cities' servers speaks it: what is sent, and what their answers say.
//!
//! Servers in the wild answer in XML or JSON, with namespaces, without fields, with numbers where texts should be. What can
//! be understood is; what cannot is an error that says why. Nothing here connects to anything, see the kind `open311` of
//! tools, and nothing here is our own face, which is the server's.

mod build;
mod node;
mod read;

pub use build::{encoded, form, pairs};
pub use node::{Document, Node, read as document};
pub(crate) use read::requests_with as found;
pub use read::{definition, problems, receipt, requests, services, updates};

use serde::{Deserialize, Serialize};

/// In what a server is asked to answer.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Every server has it.
    #[default]
    Xml,
    /// Some have it.
    Json,
}

impl Format {
    /// The ending of an address.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }
}

/// What can be reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its code.
    pub service_code: String,
    /// What it is called.
    pub service_name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Whether it has a definition of its own.
    pub metadata: bool,
    /// `realtime`, `batch` or `blackbox`.
    pub r#type: Option<String>,
    /// Words, with commas between them.
    pub keywords: Option<String>,
    /// The group to which it belongs.
    pub group: Option<String>,
}

/// What a service asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// Code of the service.
    pub service_code: Option<String>,
    /// What is asked for.
    pub attributes: Vec<Attribute>,
}

/// Something that a service asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its code.
    pub code: String,
    /// `string`, `number`, `datetime`, `text`, `singlevaluelist` or `multivaluelist`.
    pub datatype: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it can be given at all, or is only to be read.
    pub variable: bool,
    /// The question.
    pub description: Option<String>,
    /// Keys and names of its values.
    pub values: Vec<(String, String)>,
}

/// What a server says to a request that it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Its number.
    pub service_request_id: Option<String>,
    /// What the number can be had for later.
    pub token: Option<String>,
    /// What is to be told to the person.
    pub service_notice: Option<String>,
    /// The account that was named.
    pub account_id: Option<String>,
}

/// A request as its server shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ServiceRequest {
    /// Its number.
    pub service_request_id: String,
    /// `open` or `closed`, in lower case.
    pub status: Option<String>,
    /// How it stands, in words.
    pub status_notes: Option<String>,
    /// The name of its service.
    pub service_name: Option<String>,
    /// The code of its service.
    pub service_code: Option<String>,
    /// The words of the person.
    pub description: Option<String>,
    /// Who works on it.
    pub agency_responsible: Option<String>,
    /// What is to be told to the person.
    pub service_notice: Option<String>,
    /// When it came in, as it was written.
    pub requested_datetime: Option<String>,
    /// When something last happened, as it was written.
    pub updated_datetime: Option<String>,
    /// When it should be done, as it was written.
    pub expected_datetime: Option<String>,
    /// Where it is.
    pub address: Option<String>,
    /// Latitude, as it was written.
    pub lat: Option<String>,
    /// Longitude, as it was written.
    pub long: Option<String>,
    /// A picture.
    pub media_url: Option<String>,
}

/// Something that happened to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Update {
    /// Its number.
    pub update_id: String,
    /// The request.
    pub service_request_id: Option<String>,
    /// The status from then on, in upper case.
    pub status: Option<String>,
    /// When, as it was written.
    pub updated_datetime: Option<String>,
    /// What happened.
    pub description: Option<String>,
    /// A picture.
    pub media_url: Option<String>,
}

/// Why a server does not do what it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its code, mostly the status.
    pub code: Option<String>,
    /// Why.
    pub description: String,
}

#[cfg(test)]
mod tests;
