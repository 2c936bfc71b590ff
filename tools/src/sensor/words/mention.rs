//! What a message names beside what it asks: a place or device, kinds, a period. For those who list something and do not ask for
//! a number; a place that is not there is a refusal here as well.

use jiff::Timestamp;

use super::{Interpreted, Known, LONGEST, spot, subject, time};
use crate::place::fold::folded;
use crate::sensor::query::Period;

/// What a message names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mentioned {
    /// Name of a place, a district or a thing, or id of a datastream.
    pub place: Option<String>,
    /// Chinese names of kinds.
    pub kinds: Vec<String>,
    /// When; none for the present.
    pub period: Option<Period>,
}

/// What a message that came at `now` names.
///
/// # Errors
/// The question back, or that there is no such place or time.
pub fn mentioned(
    message: &str,
    now: Timestamp,
    known: &Known<'_>,
) -> Result<Mentioned, Box<Interpreted>> {
    let text = folded(&message.chars().take(LONGEST).collect::<String>());
    let (said, masked) = spot::find(&text, known);
    let (subject, bare) = subject::find(&masked, known.kinds);
    let when = time::read(&bare, now, known.holidays)?;
    Ok(Mentioned {
        place: said.name()?,
        kinds: subject.titles(),
        period: when.filter(|when| !when.current).map(|when| when.period),
    })
}
