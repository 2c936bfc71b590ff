//! How a city learns from its own orders which label (department, type) a new one gets.
//!
//! Records in ([`record`]), [`classifier::Classifier::train`], one file out and in again ([`mod@file`]), labels with
//! calibrated probabilities; [`measure`] says how good they are on orders that were not learnt from. The model is linear
//! over n-grams, so that what weighs for a label can be shown to an officer. It deliberately knows nothing of orders,
//! departments or duties, never changes an order, and downloads nothing: a suggestion is all that comes out.
//!
//! A file of a classifier holds n-grams of what it was trained on, at most three characters or two words long and seen in
//! at least two records; runs of digits are never among them, but a frequent name may be. It is to be kept like the
//! orders themselves.

mod calibration;
pub mod classifier;
pub mod error;
pub mod file;
pub mod fold;
mod linear;
pub mod measure;
pub mod record;
mod term;
mod train;
mod weighing;
