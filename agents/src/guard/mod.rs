//! What stands between a person's words and everything behind: cleaning, masking, emergencies.
//!
//! Nothing here decides what is answered. A detected injection is advice to be careful, since the tools are safe
//! without it; a detected emergency puts a telephone number first.

pub mod emergency;
pub mod mask;
pub mod text;

pub use emergency::{Emergencies, Emergency};
