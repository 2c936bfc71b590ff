//! Where it is: an address out of free Chinese words, and what the city's gazetteer knows of it.
//!
//! Nothing is guessed here: no nearest name, no likeliest district. Two readings are both given back, and a name that the
//! gazetteer does not hold is said to be unknown. There are no coordinates and no maps.

mod address;
mod error;
pub(crate) mod fold;
mod gazetteer;
pub(crate) mod locate;
mod name;
mod scan;

pub use address::{Address, Part, Segment};
pub use error::PlaceError;
pub use fold::Span;
pub use gazetteer::{Entry, Level, Places};
pub use locate::Located;
