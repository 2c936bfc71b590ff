//! What is common to all models: how many requests run, how long they may take, what is counted, who goes on when one
//! fails. Each layer is a model around a model; the server stacks them once.

mod deadline;
mod fallback;
mod limited;
mod traced;

pub use deadline::{Deadline, Waits};
pub use fallback::Fallback;
pub use limited::Limited;
pub use traced::Traced;

use crate::chat::Delta;
use crate::error::Error;

/// Whether nothing comes after `item`: what a layer holds for a request is given back then, even if nobody asks for the
/// end of the stream.
fn is_last(item: &Result<Delta, Error>) -> bool {
    item.as_ref().map_or(true, |delta| delta.stop.is_some())
}

#[cfg(test)]
mod tests;
