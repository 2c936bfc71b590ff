//! What agents and models can do, measured.
//!
//! In the order of a run: [`suite`] says what is asked of whom; [`case`] reads the cases; [`run`] asks an agent or a model
//! and has [`grade`] grade what comes; the [`record`]s of a run add up in a [`tally`]; [`diff`] compares two runs and
//! [`judge`] says whether one may stand against its gates and its [`baseline`]. [`stats`] says how sure the figures are.
//! [`bfcl`] checks tool calls. The command line is in `server`.
//!
//! ```
//! use evals::stats::rate;
//!
//! // 85 of 100 items were right. With 95 % confidence at least 78 % are.
//! let least = rate::lower(85, 100, 0.95).unwrap();
//! assert!((0.78..0.79).contains(&least));
//! ```

pub mod baseline;
pub mod bfcl;
pub mod case;
pub mod determinism;
pub mod dialogue;
pub mod diff;
pub mod drafted;
pub mod digest;
mod error;
pub mod grade;
pub mod injection;
pub mod judge;
pub mod line;
pub mod log;
pub mod metric;
pub mod personal;
pub mod planner;
pub mod readings;
pub mod record;
pub mod report;
pub mod retrieval;
pub mod rgb;
pub mod run;
pub mod script;
pub mod stats;
pub mod suite;
pub mod tally;

pub use error::Error;
