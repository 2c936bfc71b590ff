//! The only code that changes the world.
//!
//! In the order of a call: a [`Tool`] comes from its folder (`tool.toml`, `input.schema.json`); the [`Toolbox`] takes a
//! [`Call`], checks it, shows what would happen as a [`Proposal`], and carries it out once a person's [`Approval`] is on
//! the record. Every argument carries its [`Origins`].
//!
//! Nothing here knows a model, a corpus or an agent.

mod alert;
// A file of the tests outside serves those inside, too.
#[cfg(test)]
extern crate self as tools;

mod approval;
mod catalog;
pub mod classify;
pub mod database;
pub mod digest;
mod error;
pub mod form;
mod history;
mod hotline;
pub mod intake;
mod kind;
mod manifest;
pub mod open311;
pub mod order;
mod origin;
pub mod place;
mod position;
mod rights;
mod schema;
pub mod sensor;
pub mod sheet;
pub mod statistics;
mod store;
mod tool;
mod toolbox;

pub use alert::{ActionView, AlertView, Note, NoteView, OrderDraftView, Watch};
pub use approval::{Approval, VALIDITY};
pub use catalog::{MountEntry, Resources, ToolEntry};
pub use error::{ApprovalReason, ArgumentReason, Error};
pub use history::{PastAction, PastEvent, PastOrder, Taken, read_past};
pub use hotline::{Assessment, Hotline, HotlineFiles, ItemView, Lean, NearOrder, Outside, handle};
pub use kind::{
    AlertOperation, AlertPart, Branch, Condition, Count, Counted, Days, FormPart, Guide, HttpPart,
    Looked, Material, McpPart, McpToolPart, Mounted, OTHER, Open311Operation, Open311Part,
    Operation, OrderPart, OrderView, QueryPart, Revision, Rule, ServiceStep, Standing, Summed, ask,
    counted, look, view,
};
pub use manifest::{ArgumentRule, Effect, Kind, Manifest};
pub use origin::{Arguments, Labelled, ORIGINS, Origin, Origins};
pub use rights::Rights;
pub use store::{
    Acknowledged, Alert, AlertFilter, Altered, Extent, FILE, Label, ObservationFilter, OrderFilter,
    OrderRow, Page, PageOrder, Proposal, Record, Relation, Reporter, Since, Store, StoreError,
    Submission, Unreadable, Verified, WatchState,
};
pub use tool::{Output, Person, Preview, Task, Tool, ToolSpec, is_whole, occurs};
pub use toolbox::{Call, Grant, Outcome, Toolbox};

/// The time zone of the city: that of Beijing.
pub fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get("Asia/Shanghai")
        .unwrap_or_else(|_| jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
}
