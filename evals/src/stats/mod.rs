//! The statistics of evaluations: how sure a number is, and whether it clears its gate.
//!
//! Pure functions of their arguments: no I/O, no clock, no randomness but from a seed that is passed in. What is not
//! here: graders, which make the scores; suites, which name gates; reports, which print. After Miller, "Adding Error
//! Bars to Evals" (arXiv 2411.00640); each function names the source of its formula.
//!
//! Two rules hold everywhere. A number that does not exist (no data, a score that is not finite, a level outside 0..1)
//! is `None`, so NaN never reaches a report. Rates, scores and differences are shares of one, never percent.
//!
//! - [`interval`]: a value with its bounds, as reports store it.
//! - [`mean`]: means with plain and clustered standard errors.
//! - [`rate`]: k of n, by Wilson.
//! - [`bootstrap`]: BCa intervals of any statistic.
//! - [`pass`]: pass@k and pass^k.
//! - [`classify`], [`calibration`]: classifiers.
//! - [`paired`]: two runs on the same cases.
//! - [`holm`]: several tests at once.
//! - [`effect`]: what a run of this size can see.
//! - [`gate`]: pass or fail.

pub mod bootstrap;
pub mod calibration;
pub mod classify;
mod distribution;
pub mod effect;
pub mod gate;
pub mod holm;
pub mod interval;
pub mod mean;
pub mod paired;
pub mod pass;
pub mod rate;

#[cfg(test)]
mod reference;
