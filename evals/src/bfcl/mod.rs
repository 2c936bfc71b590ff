//! Tool calls graded by the rules of the Berkeley Function-Calling Leaderboard (Patil et al.), its "AST" categories.
//!
//! In the order of a call: [`read`] makes [`Item`]s of a file; [`decode`] makes [`Call`]s of what a model wrote;
//! [`verdict`] compares them, [`grade`] does both; [`accuracy`] counts by category. [`self_test`] shows that the rules
//! hold on a file: [`oracle`] calls are accepted, [`mutants`] are rejected.
//!
//! Nothing is called or run here, and no text of a model is evaluated: only literals are read. Rates, intervals and
//! reports are made elsewhere. The Java, JavaScript and multi-turn categories are not covered.
//!
//! Where the rules leave a question open, the leaderboard's checker is followed:
//! - A value may also have the type of the first answer, if that is not the type of its schema.
//! - An empty string or list counts as left out where leaving out is allowed.
//! - Strings deeper than one level, in a list in a list or a list in a dictionary, are compared as they are.
//! - Numbers are equal by value, so that `90.0` passes for `90` where no type is checked: inside a dictionary.
//! - `any` is the type of a string.
//!
//! It is left in two places, where it takes `True` for `1`: inside dictionaries and lists a boolean is never a number
//! here, and the items of a list are checked although it may be left out.

mod accept;
mod ask;
mod call;
mod check;
mod decode;
mod item;
mod mutant;
mod oracle;
mod read;
mod same;
mod self_test;
mod summary;
mod verdict;

#[cfg(test)]
mod tests;

pub use ask::{ask, request};
pub use call::Call;
pub use check::{grade, verdict};
pub use decode::{DecodeError, decode};
pub use item::{
    Answer, Category, Choice, Expect, Field, Function, Item, Message, Options, Parameter,
};
pub use mutant::{Mutant, Mutation, mutants};
pub use oracle::oracle;
pub use read::read;
pub use same::Type;
pub use self_test::{Disagreement, SelfTest, Tried, self_test};
pub use summary::{Count, accuracy};
pub use verdict::{Rejection, Verdict};
