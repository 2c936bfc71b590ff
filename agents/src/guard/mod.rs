//! What stands between a person's words and everything behind: cleaning, masking, emergencies.
//!
//! Nothing here decides what is answered. A question that looks written for a model is answered without one; a detected
//! emergency puts a telephone number first.

pub mod emergency;
pub mod injection;
pub mod mask;
pub mod personal;
pub mod text;

pub use emergency::{Emergencies, Emergency};
