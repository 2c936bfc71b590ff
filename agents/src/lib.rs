//! Assistant agents: one turn is a series of pure decisions ([`Turn`](agent::Agent::run)), driven by one loop.

mod agent;
mod answer;
mod error;
pub mod guard;
mod label;
mod request;
mod seeds;

pub use agent::{Agent, Kind, Manifest, Texts, World};
pub use answer::{Answer, Citation, CitationKind, Contact, Event, Sentence, Status};
pub use error::Error;
pub use label::Aigc;
pub use request::{Exchange, Request, Role, Speaker};
pub use seeds::{Department, DepartmentKind, Seeds};
