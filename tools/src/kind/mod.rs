//! Kinds of tools, one file each. A new one is a file, a variant of [`Kind`](crate::Kind) and a line in `catalog.rs`.

pub(crate) mod alert;
pub(crate) mod form;
pub(crate) mod http;
pub(crate) mod mcp;
pub(crate) mod open311;
pub(crate) mod order;
mod outside;
pub(crate) mod query;
pub(crate) mod register;
pub(crate) mod statistics;

pub use alert::{AlertOperation, AlertPart};
pub use form::{Branch, Condition, FormPart, Guide, Material, Rule, ServiceStep};
pub use http::HttpPart;
pub use mcp::{McpPart, McpToolPart, Mounted, Revision};
pub use open311::{Open311Operation, Open311Part};
pub use order::{OTHER, Operation, OrderPart, OrderView, view};
pub use query::{Looked, QueryOperation, QueryPart, ask, look};
pub use statistics::{Count, Counted, Days, Summed, counted};
