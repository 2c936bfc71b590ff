//! What stands between a person's words and everything behind: cleaning, masking, emergencies, what is declined.
//!
//! Nothing here decides how a question is answered. A question that looks written for a model is answered without one; a
//! detected emergency puts a telephone number first; a request that no office answers gets a fixed text.

pub mod declined;
pub mod emergency;
pub mod injection;
pub mod mask;
pub mod personal;
pub mod text;
pub(crate) mod veil;

pub use declined::{Declined, DeclinedGroups};
pub use emergency::{Emergencies, Emergency};
