//! Messages that are no orders here, such as those of a message board or of another hotline: for hot issues, what repeats and what
//! is new.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;

use super::{Case, Standing};

/// A message, as a line of a JSONL file has it. Keys that are not named here are passed over.
#[derive(Debug, Deserialize)]
struct Message {
    id: String,
    /// RFC 3339, or `2026-11-20 08:30:00` or `2026/11/20 8:30` in the city's time.
    time: String,
    #[serde(default)]
    title: String,
    text: String,
    /// An opaque name of the person, the same for all their messages.
    #[serde(default, alias = "user")]
    reporter: Option<String>,
    #[serde(default, alias = "up")]
    votes: u32,
    #[serde(default)]
    item: Option<String>,
    #[serde(default)]
    district: Option<String>,
    #[serde(default)]
    place: Option<String>,
    #[serde(default)]
    department: Option<String>,
}

/// A line that is no message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WrongLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads messages, one on each line, and names those that cannot be read; the others are read.
pub fn read_messages(text: &str) -> (Vec<Case>, Vec<WrongLine>) {
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match case(line) {
            Ok(case) => cases.push(case),
            Err(reason) => wrong.push(WrongLine {
                line: index + 1,
                reason,
            }),
        }
    }
    (cases, wrong)
}

fn case(line: &str) -> Result<Case, String> {
    let message: Message = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let at = time(&message.time).ok_or_else(|| {
        format!(
            "key `time`: `{}` is no time such as `2026-11-20T08:30:00+08:00` or `2026-11-20 08:30:00`",
            message.time
        )
    })?;
    // Whoever writes a title says there what it is about; what follows is long, and likens what is not alike.
    let text = match (message.title.trim(), message.text.trim()) {
        ("", "") => return Err("key `text`: nothing is said".to_owned()),
        ("", text) => text,
        (title, _) => title,
    };
    Ok(Case {
        at,
        id: message.id,
        text: text.to_owned(),
        group: message.item.clone(),
        item: message.item,
        district: message.district,
        place: message.place,
        department: message.department,
        grade: String::new(),
        state: Standing::Open,
        due: None,
        closed: None,
        reporter: message.reporter,
        votes: message.votes,
        repeat_of: None,
    })
}

fn time(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let local: DateTime = text.parse().ok().or_else(|| written(text))?;
    Some(local.to_zoned(crate::zone()).ok()?.timestamp())
}

/// `2026/1/5 8:30:00` and `2026/1/5 8:30`, as spreadsheets write it.
fn written(text: &str) -> Option<DateTime> {
    let mut numbers = text.split(['/', '-', ' ', ':']).map(str::parse::<i16>);
    let mut next = || numbers.next()?.ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next().unwrap_or(0));
    let part = |number| i8::try_from(number).ok();
    let date = jiff::civil::Date::new(year, part(month)?, part(day)?).ok()?;
    let time = jiff::civil::Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()?;
    Some(date.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_wrong_lines_are_named() {
        let text = concat!(
            "{\"id\":\"1\",\"time\":\"2026-11-20 08:30:00\",\"title\":\"噪声\",\"text\":\"夜里施工\",\"user\":\"U1\",\"up\":7,\"x\":1}\n",
            "\n",
            "{\"id\":\"2\",\"time\":\"2026-11-20T08:30:00+08:00\",\"text\":\"夜里施工\"}\n",
            "{\"id\":\"3\",\"time\":\"昨天\",\"text\":\"夜里施工\"}\n",
            "{\"id\":\"4\",\"time\":\"2026-11-20 08:30:00\",\"text\":\" \"}\n",
            "{\"id\":\"5\",\"time\":\"2026-11-20 08:30:00\",\"text\":\"夜里施工\",\"votes\":-1}\n",
            "not json\n",
        );
        let (cases, wrong) = read_messages(text);
        assert_eq!((cases[0].at, cases.len()), (cases[1].at, 2));
        assert_eq!(cases[0].text, "噪声");
        for same in ["2026/11/20 8:30:00", "2026/11/20 8:30", "2026-11-20 8:30"] {
            assert_eq!(time(same), Some(cases[0].at), "{same}");
        }
        for wrong in [
            "2026/13/20 8:30",
            "2026/11/20",
            "8:30",
            "2026/11/20 25:00",
            "x",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
        assert_eq!(
            (cases[0].reporter.as_deref(), cases[0].votes),
            (Some("U1"), 7)
        );
        let lines: Vec<usize> = wrong.iter().map(|it| it.line).collect();
        assert_eq!(lines, [4, 5, 6, 7]);
        assert!(wrong[0].reason.contains("昨天"), "{wrong:?}");
    }
}
