//! Which days a holiday had in a year. It is data beside the calendar, whose notices list days without the names of feasts.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::error::{SensorError, at, read};
use crate::place::fold::folded;

/// One holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// What it is called.
    pub name: String,
    /// What people say, folded.
    pub words: Vec<String>,
    /// First and last day, in order of years.
    pub days: Vec<(Date, Date)>,
}

/// The holidays of a country and city.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays {
    holidays: Vec<Holiday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    holiday: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    words: Spanned<Vec<String>>,
    days: Vec<Spanned<[String; 2]>>,
}

impl Holidays {
    /// Reads the file of holidays; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`SensorError::Data`] with file, line and key: unknown keys, dates that are none, days out of order.
    pub fn parse(file: &str, text: &str) -> Result<Self, SensorError> {
        let written: File = read(file, text)?;
        let mut holidays = Vec::with_capacity(written.holiday.len());
        for entry in written.holiday {
            let words: Vec<String> = entry.words.get_ref().iter().map(|it| folded(it)).collect();
            if words.iter().any(|word| word.chars().count() < 2) {
                let message = "each word needs two characters".to_owned();
                return Err(at(file, text, &entry.words.span(), "words", message));
            }
            let mut days: Vec<(Date, Date)> = Vec::with_capacity(entry.days.len());
            for day in &entry.days {
                let wrong = |message| at(file, text, &day.span(), "days", message);
                let [first, last] = day.get_ref();
                let (Ok(first), Ok(last)) = (first.parse::<Date>(), last.parse::<Date>()) else {
                    return Err(wrong("write two dates, year-month-day".to_owned()));
                };
                let before = days.last().map_or(Date::MIN, |day| day.1);
                if first > last || first <= before || first.year() <= before.year() {
                    return Err(wrong(
                        "the first day stands before the last, and one year before the next".into(),
                    ));
                }
                days.push((first, last));
            }
            holidays.push(Holiday {
                name: entry.name,
                words,
                days,
            });
        }
        Ok(Self { holidays })
    }

    /// All of them, in order of the file.
    pub fn all(&self) -> &[Holiday] {
        &self.holidays
    }
}

impl Holiday {
    /// Its days in a year.
    pub fn of_year(&self, year: i16) -> Option<(Date, Date)> {
        self.days.iter().copied().find(|day| day.0.year() == year)
    }

    /// Its days the last time that it had begun.
    pub fn latest(&self, today: Date) -> Option<(Date, Date)> {
        self.days.iter().copied().rfind(|day| day.0 <= today)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use jiff::ToSpan;

    use super::*;

    /// The holidays of the demo city.
    pub(in crate::sensor) static HOLIDAYS: LazyLock<Holidays> = LazyLock::new(|| {
        let text = seed("sensors/holidays.toml");
        Holidays::parse("holidays.toml", &text).expect("the file is right")
    });

    fn seed(name: &str) -> String {
        let file = format!("{}/../seeds/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(file).expect("the file is there")
    }

    #[test]
    fn every_day_is_one_of_a_notice() {
        let years = ["2025", "2026", "helan-2026"];
        let notices: String = years
            .map(|it| seed(&format!("calendar/{it}.toml")))
            .concat();
        for holiday in HOLIDAYS.all() {
            for &(first, last) in &holiday.days {
                for day in first.series(1.day()).take_while(|day| *day <= last) {
                    assert!(
                        notices.contains(&format!("\"{day}\"")),
                        "{} {day}",
                        holiday.name
                    );
                }
            }
        }
    }

    fn check(days: &str, expected: &str) {
        let text = format!("[[holiday]]\nname = \"春节\"\nwords = [\"春节\"]\ndays = {days}\n");
        let error = Holidays::parse("h.toml", &text).expect_err("is wrong");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn errors_name_file_line_and_key() {
        check(
            "[[\"2025-02-30\", \"2025-03-01\"]]",
            "`h.toml` line 4: `days`: write two dates, year-month-day",
        );
        let order = "`h.toml` line 4: `days`: the first day stands before the last, and one year before the next";
        check("[[\"2025-02-03\", \"2025-02-01\"]]", order);
        check(
            "[[\"2025-02-03\", \"2025-02-04\"], [\"2025-02-05\", \"2025-02-05\"]]",
            order,
        );
    }

    #[test]
    fn the_latest_one_has_begun() {
        let spring = &HOLIDAYS.all()[1];
        let latest = |today: &str| {
            spring
                .latest(today.parse().unwrap())
                .map(|day| day.0.year())
        };
        assert_eq!(latest("2026-02-14"), Some(2025));
        assert_eq!(latest("2026-02-15"), Some(2026));
        assert_eq!(latest("2024-02-15"), None);
        assert_eq!(spring.of_year(2024), None);
    }
}
