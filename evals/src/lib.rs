//! What agents and models can do, measured.
//!
//! In the order of an evaluation: [`bfcl`] reads items, decodes what a model wrote and says whether its tool calls are
//! right; [`stats`] says how sure the figures are, what changed between two runs, and whether a gate is passed. Neither
//! does any I/O. There is no runner and no command yet.
//!
//! ```
//! use evals::stats::rate;
//!
//! // 85 of 100 items were right. With 95 % confidence at least 78 % are.
//! let least = rate::lower(85, 100, 0.95).unwrap();
//! assert!((0.78..0.79).contains(&least));
//! ```

pub mod bfcl;
pub mod stats;
