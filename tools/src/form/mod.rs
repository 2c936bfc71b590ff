//! Forms as data: a schema in, values with their sources out.
//!
//! In the order of a dialogue: [`Form`] is read from a schema; [`Filled`] holds what is known, first from the register
//! ([`Filled::prefill`]); [`next`] names what to ask; [`extract`] reads the person's answer (or [`enter`] the page's);
//! [`Filled::take`] keeps it; [`review`] shows all of it with what is still wrong; [`export`] writes that down.
//!
//! No model speaks here and nothing is guessed. A value is what [`read`] makes of a piece of the person's own words, of
//! an entry of the register, or of the identity number it follows from; [`Filled::check`] does it again and compares.
//! Whether an application is granted is never said: an office decides that.

mod error;
pub mod export;
mod extract;
mod face;
mod field;
mod filled;
mod fold;
mod mask;
mod next;
mod number;
mod parse;
mod read;
mod review;
mod rule;
mod schema;
pub mod validate;
mod value;

pub use error::FormError;
pub use extract::{
    Ambiguous, Candidate, Command, Digression, Entered, Extraction, Found, How, Refused, enter,
    extract,
};
pub use field::{Choice, Derivation, Derived, Field, Kind, Sensitivity, SourceKind};
pub use filled::{Correction, Filled, Register, Taken};
pub use next::{Next, missing, next};
pub use read::read;
pub use review::{Problem, ProblemKind, Review, Row, View, handed_in, review};
pub use rule::{Rule, RuleKind};
pub use schema::Form;
pub use validate::Invalid;
pub use value::{Said, Source, Value};

#[cfg(test)]
mod tests;
