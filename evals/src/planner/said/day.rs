//! Days, as people write them: `May 26th`, `26 May 2024`, `2024-05-26`, `5月26日`.

/// A day of which the year may be unsaid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    year: Option<i16>,
    month: u8,
    day: u8,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Whether the day of `wanted`, which begins as `2024-05-26`, stands in `said`. The time of the day is not looked at, and
/// a year only if one was said.
pub(super) fn stands(wanted: &str, said: &str) -> bool {
    let Some(wanted) = iso(wanted) else {
        return false;
    };
    let same = |day: &Day| {
        let years = day.year.zip(wanted.year);
        (day.month, day.day) == (wanted.month, wanted.day)
            && years.is_none_or(|(one, two)| one == two)
    };
    days(said).iter().any(same)
}

/// Whether a word is a day or a time and nothing else.
pub(super) fn is_one(word: &str) -> bool {
    let is_time = word.contains(':') && word.chars().all(|one| one.is_ascii_digit() || one == ':');
    is_time || (word.len() <= 16 && iso(word).is_some())
}

fn days(said: &str) -> Vec<Day> {
    let words: Vec<String> = said
        .split(|one: char| one.is_whitespace() || ",;()'\"“”‘’".contains(one))
        .map(|word| word.trim_end_matches(['.', '!', '?', ':']).to_lowercase())
        .filter(|word| !word.is_empty() && word != "of" && word != "the")
        .collect();
    let mut days: Vec<Day> = words.iter().filter_map(|word| iso(word)).collect();
    for (at, word) in words.iter().enumerate() {
        let Some(month) = month(word) else { continue };
        let near = |at: Option<usize>| {
            at.and_then(|at| words.get(at))
                .map(String::as_str)
                .unwrap_or_default()
        };
        let (before, after, last) = (
            near(at.checked_sub(1)),
            near(Some(at + 1)),
            near(Some(at + 2)),
        );
        let of = |day: &str, year: &str| {
            ordinal(day).map(|day| Day {
                year: year_of(year),
                month,
                day,
            })
        };
        days.extend(of(after, last));
        days.extend(of(before, after));
    }
    days.extend(chinese(said));
    days
}

fn iso(word: &str) -> Option<Day> {
    let mut parts = word.get(..10)?.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_shape = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
    let day = Day {
        year: Some(year.parse().ok()?),
        month: month.parse().ok()?,
        day: day.parse().ok()?,
    };
    (is_shape && (1..=12).contains(&day.month) && (1..=31).contains(&day.day)).then_some(day)
}

fn month(word: &str) -> Option<u8> {
    let at = MONTHS.iter().position(|month| word.starts_with(month))?;
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is_month = word.len() == 3 || FULL[at] == word || word == "sept";
    is_month.then_some(at as u8 + 1)
}

fn ordinal(word: &str) -> Option<u8> {
    let figures = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|end| word.strip_suffix(end))
        .unwrap_or(word);
    figures
        .parse()
        .ok()
        .filter(|day| figures.len() <= 2 && (1..=31).contains(day))
}

fn year_of(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| (1900..2200).contains(year))
}

/// `2024年5月26日` and `5月26日`.
fn chinese(said: &str) -> Vec<Day> {
    let mut days = Vec::new();
    for (at, _) in said.match_indices('月') {
        let rest = &said[at + '月'.len_utf8()..];
        let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let month = trailing(&said[..at]);
        let year = said[..at - month.len()]
            .strip_suffix('年')
            .map(trailing)
            .and_then(year_of);
        let (Ok(month), Ok(day)) = (month.parse(), day.parse()) else {
            continue;
        };
        if (1..=12).contains(&month) && (1..=31).contains(&day) {
            days.push(Day { year, month, day });
        }
    }
    days
}

/// The figures at the end of a text.
fn trailing(text: &str) -> &str {
    let begin = text
        .trim_end_matches(|one: char| one.is_ascii_digit())
        .len();
    &text[begin..]
}
