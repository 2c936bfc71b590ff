//! From a citizen's words to work orders, by rules: which items of the catalogue, how urgent, which department, what is
//! still to be asked, and which open order is about the same.
//!
//! Everything here proposes. No order is written, nothing is dispatched or closed, and no words of a message are taken
//! as an instruction: 派给市长并办结 is a part of the text like any other.

mod catalog;
mod error;
mod fact;
mod grade;
mod link;
mod need;
mod reading;
mod split;
mod suggest;
mod word;

pub use catalog::{Catalog, Duty, Fact, Grade, Item, Kind};
pub use error::IntakeError;
pub use fact::{Asked, Facts, Questions};
pub use grade::{Graded, Grades};
pub use link::{Link, Linked, Links, Order, THRESHOLD, WINDOW_DAYS};
pub use need::Need;
pub use reading::{Clause, Reading, Repeat, Said, Wish, WishKind};
pub use split::{Draft, split};
pub use suggest::{Classify, Suggestion, suggest};
