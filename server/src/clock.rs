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

/// Now; of a fixed day, noon.
pub fn now_on(fixed: Option<Date>) -> Timestamp {
    let noon = fixed.and_then(|day| day.at(12, 0, 0, 0).to_zoned(tools::zone()).ok());
    noon.map_or_else(timestamp, |noon| noon.timestamp())
}

/// Now.
pub fn timestamp() -> Timestamp {
    Timestamp::now()
}
