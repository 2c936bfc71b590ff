//! Kinds of tools, one file each. A new one is a file, a variant of [`Kind`](crate::Kind) and a line in `catalog.rs`.

pub(crate) mod form;
pub(crate) mod http;
pub(crate) mod mcp;
pub(crate) mod order;
mod outside;
pub(crate) mod query;
pub(crate) mod register;

pub use form::{Branch, Condition, FormPart, Guide, Material, Rule, ServiceStep};
pub use http::HttpPart;
pub use mcp::{McpPart, McpToolPart, Mounted, Revision};
pub use order::{Operation, OrderPart, OrderView, view};
pub use query::{Looked, QueryPart, Standing, look};
