//! The one place where the time is read. Everything below takes it as an argument.

use jiff::civil::Date;
use jiff::{Timestamp, Unit, Zoned};

/// Today, where the program runs.
pub fn today() -> Date {
    Zoned::now().date()
}

/// Now, as RFC 3339 in UTC with milliseconds.
pub fn now() -> String {
    let now = Timestamp::now();
    // Rounding fails only at the ends of the calendar, where the exact time will do.
    now.round(Unit::Millisecond).unwrap_or(now).to_string()
}

/// Now.
pub fn timestamp() -> Timestamp {
    Timestamp::now()
}
