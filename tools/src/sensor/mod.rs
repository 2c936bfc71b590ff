//! What the city's sensors measure: the catalogue of kinds, readings that are taken or refused, questions about them and
//! their answers.
//!
//! In the order of a question: [`interpret`] makes a [`Query`] of a person's words, or asks, or says what is not there; a
//! store brings the [`Reading`]s; [`answer`] computes an [`Answered`] whose sentence holds only numbers of those readings.
//!
//! Nothing here stores, measures time or guesses: `now` is an argument, and two possible meanings are a question.

mod answer;
mod city;
pub mod demo;
mod error;
mod holiday;
mod import;
mod kind;
mod query;
mod reading;
mod series;
mod thing;
mod unit;
pub mod watch;
mod words;

pub use answer::{Answered, Compared, Evidence, Gap, Sample, answer};
pub use city::{SensorFiles, Sensors};
pub use error::SensorError;
pub use holiday::{Holiday, Holidays};
pub use import::{Appended, Conflict, Format, Import, Problem, Refusal, Row, Rows, Summary};
pub use kind::{Join, Kinds, SensorKind};
pub use query::{Aggregate, Compare, Period, Query, Where};
pub use reading::{RawReading, Reading, Reason, accept};
pub use series::{Bucket, Point, points, series};
pub use thing::{Datastream, Thing};
pub use unit::{MOLAR_VOLUME, Unit};
pub use words::{Ask, Interpreted, Known, Mentioned, Missing, Unknown, What, interpret, mentioned};
