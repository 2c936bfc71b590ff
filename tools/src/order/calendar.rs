//! Working days and office hours, one file per year with the notice from which it comes.
//!
//! A year without a file counts weekends only, and [`Calendar::describe`] says so. Nothing here is learned from the
//! network or guessed from earlier years: days off and make-up days are set by a notice each autumn. Arithmetic
//! saturates at the ends of time, so that no input overflows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::Deserialize;
use toml::Spanned;

use super::error::Error;
use super::file::{at, read};

/// Office hours where no file gives any.
const OFFICE: [(Time, Time); 2] = [
    (Time::constant(9, 0, 0, 0), Time::constant(12, 0, 0, 0)),
    (Time::constant(13, 0, 0, 0), Time::constant(17, 0, 0, 0)),
];

/// The working days of a place.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    years: BTreeMap<i16, Year>,
}

#[derive(Debug, Clone)]
struct Year {
    notices: Vec<String>,
    holidays: BTreeSet<Date>,
    workdays: BTreeSet<Date>,
    office: Vec<(Time, Time)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Spanned<i16>,
    /// Adds to a file of the same year that came before; it need not give office hours.
    #[serde(default)]
    extends: bool,
    title: String,
    notice: Spanned<String>,
    #[serde(default)]
    holidays: Vec<Spanned<String>>,
    #[serde(default)]
    workdays: Vec<Spanned<String>>,
    office: Option<Spanned<Vec<(String, String)>>>,
}

impl Calendar {
    /// Reads files of years, each with its name for messages. A file that extends a year stands behind that year's.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] with file, line and key: unknown keys, dates of another year or given twice, a make-up day that is
    /// no weekend, office hours that overlap, a year given twice.
    pub fn parse(zone: TimeZone, files: &[(&str, &str)]) -> Result<Self, Error> {
        let mut calendar = Self {
            zone,
            years: BTreeMap::new(),
        };
        for (name, text) in files {
            calendar.add_file(name, text)?;
        }
        Ok(calendar)
    }

    /// The zone in which its days begin.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The day on which a moment falls here.
    pub fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The first moment of a day.
    pub fn midnight(&self, date: Date) -> Timestamp {
        self.moment(date, Time::midnight())
    }

    /// Whether offices work on a day.
    pub fn is_working_day(&self, date: Date) -> bool {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self.years.get(&date.year()) {
            Some(year) if weekend => year.workdays.contains(&date),
            Some(year) => !year.holidays.contains(&date),
            None => !weekend,
        }
    }

    /// A moment later by a duration, whatever the day.
    pub fn add_time(&self, from: Timestamp, duration: SignedDuration) -> Timestamp {
        from.saturating_add(duration).unwrap_or(Timestamp::MAX)
    }

    /// The close of office on the last of `days` working days. The day of the beginning is not counted.
    pub fn add_working_days(&self, from: Timestamp, days: u32) -> Timestamp {
        let mut date = self.date(from);
        let mut left = days;
        while left > 0 {
            let Some(next) = following(date) else {
                return Timestamp::MAX;
            };
            date = next;
            left -= u32::from(self.is_working_day(date));
        }
        let close = self.spans(date).last().map_or(from, |span| span.1);
        close.max(from)
    }

    /// A moment later by a duration of which only office hours count.
    pub fn add_working_time(&self, from: Timestamp, duration: SignedDuration) -> Timestamp {
        let mut left = duration;
        let mut date = self.date(from);
        loop {
            for (open, close) in self.working_spans(date) {
                let begin = open.max(from);
                let room = close.duration_since(begin);
                if room >= left && room.is_positive() {
                    return self.add_time(begin, left);
                }
                left -= room.max(SignedDuration::ZERO);
            }
            let Some(next) = following(date) else {
                return Timestamp::MAX;
            };
            date = next;
        }
    }

    /// How much of the time between two moments is office hours; zero if they are in the wrong order.
    pub fn working_time(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let mut sum = SignedDuration::ZERO;
        let mut date = self.date(from);
        while self.midnight(date) < to {
            for (open, close) in self.working_spans(date) {
                let part = close.min(to).duration_since(open.max(from));
                sum += part.max(SignedDuration::ZERO);
            }
            let Some(next) = following(date) else { break };
            date = next;
        }
        sum
    }

    /// The notices by which the days between two moments were counted, and the years for which there are none.
    pub fn describe(&self, from: Timestamp, to: Timestamp) -> String {
        let (first, last) = (self.date(from).year(), self.date(to).year());
        let mut parts = Vec::new();
        for year in first..=last {
            parts.push(match self.years.get(&year) {
                Some(known) => format!("{year}年依{}", known.notices.join("、")),
                None => format!("{year}年无放假安排文件，只除去周末"),
            });
            // A due time at the end of time would list eight thousand years.
            if parts.len() == 3 && year < last {
                parts.push("其后从略".to_owned());
                break;
            }
        }
        parts.join("；")
    }

    fn add_file(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let file: File = read(name, text)?;
        let number = *file.year.get_ref();
        let wrong = |key, message| at(name, text, file.year.span(), key, message);
        if !(1..=9998).contains(&number) {
            return Err(wrong("year", "年份应当在1至9998之间".to_owned()));
        }
        if file.notice.get_ref().trim().is_empty() || file.title.trim().is_empty() {
            let message = "应当写明通知的标题和文号".to_owned();
            return Err(at(name, text, file.notice.span(), "notice", message));
        }
        let office = match &file.office {
            Some(office) => Some(hours(name, text, office)?),
            None if file.extends => None,
            None => return Err(wrong("office", "缺少作息时间".to_owned())),
        };
        match (file.extends, self.years.contains_key(&number)) {
            (false, true) => {
                let message = format!("{number}年已有文件，补充的文件应当写 `extends = true`");
                return Err(wrong("year", message));
            }
            (true, false) => {
                let message = format!("{number}年没有可以补充的文件，应当先读入该年的文件");
                return Err(wrong("year", message));
            }
            (true, true) | (false, false) => {}
        }
        let year = self.years.entry(number).or_insert_with(|| Year {
            notices: Vec::new(),
            holidays: BTreeSet::new(),
            workdays: BTreeSet::new(),
            office: Vec::new(),
        });
        let notice = file.notice.get_ref();
        year.notices.push(format!("《{}》（{notice}）", file.title));
        if let Some(office) = office {
            year.office = office;
        }
        year.add_days(name, text, number, &file)
    }

    /// Office hours of a day, as moments.
    fn spans(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        let year = date.year();
        // A year without a file works as the nearest one does.
        let earlier = self.years.range(..=year).next_back();
        let known = earlier.or_else(|| self.years.range(year..).next());
        let hours = known.map_or(&OFFICE[..], |(_, it)| &it.office);
        let moment = |time| self.moment(date, time);
        let spans = hours
            .iter()
            .map(|&(open, close)| (moment(open), moment(close)));
        spans.collect()
    }

    fn working_spans(&self, date: Date) -> Vec<(Timestamp, Timestamp)> {
        if self.is_working_day(date) {
            self.spans(date)
        } else {
            Vec::new()
        }
    }

    fn moment(&self, date: Date, time: Time) -> Timestamp {
        // A time that a change of clocks skips or doubles is taken as the compatible one.
        let zoned = date.to_datetime(time).to_zoned(self.zone.clone());
        zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

impl Year {
    fn add_days(&mut self, name: &str, text: &str, year: i16, file: &File) -> Result<(), Error> {
        let lists = [("holidays", &file.holidays), ("workdays", &file.workdays)];
        for (key, days) in lists {
            for day in days {
                let wrong = |message: String| at(name, text, day.span(), key, message);
                let written = day.get_ref();
                let Ok(date) = written.parse::<Date>() else {
                    return Err(wrong(format!("`{written}` 不是日期（年-月-日）")));
                };
                if date.year() != year {
                    return Err(wrong(format!("`{written}` 不在{year}年")));
                }
                let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
                if key == "workdays" && !weekend {
                    return Err(wrong(format!("`{written}` 不是周末，无需调为工作日")));
                }
                if self.holidays.contains(&date) || self.workdays.contains(&date) {
                    return Err(wrong(format!("`{written}` 写了两次")));
                }
                let set = if key == "holidays" {
                    &mut self.holidays
                } else {
                    &mut self.workdays
                };
                set.insert(date);
            }
        }
        Ok(())
    }
}

/// Reads office hours: at least one span, each with its end behind its beginning, in order.
fn hours(
    name: &str,
    text: &str,
    office: &Spanned<Vec<(String, String)>>,
) -> Result<Vec<(Time, Time)>, Error> {
    let wrong = |message: String| at(name, text, office.span(), "office", message);
    let time = |written: &str| -> Result<Time, Error> {
        let parsed = written.parse();
        parsed.map_err(|_| wrong(format!("`{written}` 不是时间（时:分）")))
    };
    let mut spans: Vec<(Time, Time)> = Vec::new();
    for (open, close) in office.get_ref() {
        let span = (time(open)?, time(close)?);
        let before = spans.last().map_or(Time::MIN, |last| last.1);
        if span.0 >= span.1 || span.0 < before {
            let message = format!("`{open}` 至 `{close}` 应当先开始后结束，并且在前一段之后");
            return Err(wrong(message));
        }
        spans.push(span);
    }
    if spans.is_empty() {
        return Err(wrong("至少写一段作息时间".to_owned()));
    }
    Ok(spans)
}

fn following(date: Date) -> Option<Date> {
    date.checked_add(1.day()).ok()
}

/// A date later by months, or the last date there is.
pub(crate) fn add_months(date: Date, months: u8) -> Date {
    date.saturating_add(Span::new().months(i64::from(months)))
}

#[cfg(test)]
mod tests;
