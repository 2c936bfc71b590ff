//! Assistant agents: each turn is a series of pure decisions, driven by one loop.
//!
//! In the order of a call: an [`Agent`] is parsed from its folder; [`Agent::run`] takes a [`Request`] and the [`World`]
//! and drives a [`turn::Turn`]; what happens comes as [`Event`]s, the last one with the [`Answer`].
//!
//! ```
//! let label = agents::Aigc::new("和澜市政务服务和数据管理局", "第三十九条……");
//! assert_eq!(label.label, "1");
//! ```

mod agent;
mod answer;
pub mod audit;
mod basis;
mod call;
pub mod check;
mod compose;
mod error;
mod evidence;
pub mod guard;
mod intent;
pub mod kind;
mod label;
mod manifest;
mod model;
mod request;
mod seeds;
mod tape;
pub mod turn;
mod understand;
pub mod value;
mod worded;

pub use agent::{Agent, Desk, World};
pub use answer::{Answer, Citation, CitationKind, Contact, Event, Sentence, Status};
pub use error::Error;
pub use label::Aigc;
pub use manifest::{Kind, Manifest, Texts};
pub use model::{Cause, Failure, ModelRole, Models, Said, Task, Tasks};
pub use request::{Exchange, Request, Role, Speaker};
pub use seeds::{Department, DepartmentKind, Seeds};
pub use tape::{Noted, Tape, asked};
pub use understand::Understood;
