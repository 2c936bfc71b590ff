//! The workflows, one file each, and what several of them share.

pub mod answer;
pub mod draft;
pub mod digest;
pub mod form;
mod proposal;
pub mod queue;
pub mod react;
pub mod watch;

use crate::answer::Event;
use crate::turn::Step;

/// What comes behind an event.
fn led(event: Event, (mut events, step): (Vec<Event>, Step)) -> (Vec<Event>, Step) {
    events.insert(0, event);
    (events, step)
}
