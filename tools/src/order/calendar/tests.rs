use jiff::tz::TimeZone;

use super::*;
use crate::zone;

const YEAR: &str = include_str!("../../../../seeds/calendar/2026.toml");
const EXTRA: &str = include_str!("../../../../seeds/calendar/helan-2026.toml");

fn helan() -> Calendar {
    let files = [
        (
            "2025.toml",
            include_str!("../../../../seeds/calendar/2025.toml"),
        ),
        ("2026.toml", YEAR),
        ("helan-2026.toml", EXTRA),
    ];
    let zone = zone();
    Calendar::parse(zone, &files).unwrap()
}

fn berlin() -> Calendar {
    // As a rule, because a machine may have no list of zones.
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    Calendar::parse(zone, &[]).unwrap()
}

fn local(calendar: &Calendar, written: &str) -> Timestamp {
    let civil: jiff::civil::DateTime = written.parse().unwrap();
    civil.to_zoned(calendar.zone().clone()).unwrap().timestamp()
}

fn shown(calendar: &Calendar, at: Timestamp) -> String {
    at.to_zoned(calendar.zone().clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

fn check_days(from: &str, days: u32, expected: &str) {
    let calendar = helan();
    let at = calendar.add_working_days(local(&calendar, from), days);
    assert_eq!(shown(&calendar, at), expected, "{days} from {from}");
}

fn check_hours(calendar: &Calendar, from: &str, hours: i64, expected: &str) {
    let from = local(calendar, from);
    let duration = SignedDuration::from_hours(hours);
    let at = calendar.add_working_time(from, duration);
    assert_eq!(shown(calendar, at), expected, "{hours} from {from}");
    assert_eq!(calendar.working_time(from, at), duration);
}

#[test]
fn working_days_end_at_the_close_of_office() {
    // Monday to Friday; Monday 20 April is the city's day.
    check_days("2026-03-02 10:00", 3, "2026-03-05 17:30");
    check_days("2026-04-16 09:00", 2, "2026-04-21 17:30");
    // From a Saturday, from late at night, and around the long holidays with their make-up days.
    check_days("2026-03-07 03:00", 1, "2026-03-09 17:30");
    check_days("2026-03-02 23:59", 1, "2026-03-03 17:30");
    check_days("2026-02-13 16:00", 1, "2026-02-14 17:30");
    check_days("2026-02-13 16:00", 2, "2026-02-24 17:30");
    check_days("2026-09-30 16:00", 3, "2026-10-10 17:30");
    check_days("2025-12-31 16:00", 1, "2026-01-04 17:30");
    // Nothing to add, from after the close.
    check_days("2026-03-02 20:00", 0, "2026-03-02 20:00");
}

#[test]
fn working_time_counts_office_hours_only() {
    let calendar = helan();
    check_hours(&calendar, "2026-03-02 09:00", 2, "2026-03-02 11:00");
    check_hours(&calendar, "2026-03-02 09:00", 4, "2026-03-02 14:30");
    check_hours(&calendar, "2026-03-02 12:30", 4, "2026-03-02 17:30");
    check_hours(&calendar, "2026-03-06 17:00", 4, "2026-03-09 12:00");
    check_hours(&calendar, "2026-02-14 15:30", 4, "2026-02-24 10:30");
}

#[test]
fn the_numbers_of_working_days_are_those_of_the_notices() {
    // Of 365 days 104 are weekend days in each of the three years.
    let count = |year: i16| {
        let first = Date::new(year, 1, 1).unwrap();
        let calendar = helan();
        let days = first.series(1.day()).take_while(|day| day.year() == year);
        days.filter(|day| calendar.is_working_day(*day)).count()
    };
    // 2025: 28 days off, of which 10 fall on weekends, 5 make-up days.
    assert_eq!(count(2025), 365 - 104 - (28 - 10) + 5);
    // 2026: 33 days off, of which 14 fall on weekends, 6 make-up days, one day of the city.
    assert_eq!(count(2026), 365 - 104 - (33 - 14) + 6 - 1);
    // 2027 has no file: 104 weekend days.
    assert_eq!(count(2027), 365 - 104);
}

#[test]
fn clocks_that_change_do_not_move_office_hours() {
    let calendar = berlin();
    // Clocks go forward in the night to Sunday 29 March 2026, and back on 25 October.
    check_hours(&calendar, "2026-03-27 16:00", 2, "2026-03-30 10:00");
    check_hours(&calendar, "2026-10-23 16:00", 2, "2026-10-26 10:00");
    let at = calendar.add_working_days(local(&calendar, "2026-03-27 16:00"), 1);
    assert_eq!(shown(&calendar, at), "2026-03-30 17:00");
    // Plain hours are hours that pass, whatever clocks show.
    let from = local(&calendar, "2026-03-28 12:00");
    let day = calendar.add_time(from, SignedDuration::from_hours(24));
    assert_eq!(shown(&calendar, day), "2026-03-29 13:00");
}

#[test]
fn a_year_without_a_file_says_so() {
    let calendar = helan();
    let (from, to) = ("2026-12-31 10:00", "2027-01-04 10:00");
    let text = calendar.describe(local(&calendar, from), local(&calendar, to));
    assert_eq!(
        text,
        "2026年依《国务院办公厅关于2026年部分节假日安排的通知》（国办发明电〔2025〕7号）、\
         《和澜市人民政府办公室关于2026年和澜市庆日放假的通知》（和政办发〔2025〕61号）；\
         2027年无放假安排文件，只除去周末"
    );
    // 1 January 2027 is a Friday, and counts.
    check_days("2026-12-31 10:00", 1, "2027-01-01 17:30");
}

#[test]
fn arithmetic_saturates() {
    let calendar = helan();
    assert_eq!(calendar.add_working_days(Timestamp::MAX, 1), Timestamp::MAX);
    let hour = SignedDuration::from_hours(1);
    assert_eq!(
        calendar.add_working_time(Timestamp::MAX, hour),
        Timestamp::MAX
    );
    assert_eq!(calendar.add_time(Timestamp::MAX, hour), Timestamp::MAX);
    let early = calendar.add_working_days(Timestamp::MIN, 1);
    assert!(early > Timestamp::MIN);
    assert_eq!(
        calendar.working_time(Timestamp::MAX, Timestamp::MIN),
        SignedDuration::ZERO
    );
}

fn check_error(files: &[(&str, &str)], expected: &str) {
    let error = Calendar::parse(TimeZone::UTC, files).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_wrong_file_is_named_with_line_and_key() {
    let head = "year = 2027\ntitle = \"通知\"\nnotice = \"1号\"\n";
    let office = "office = [[\"09:00\", \"17:00\"]]\n";
    let with = |lines: &str| format!("{head}{lines}{office}");
    let check = |text: &str, expected: &str| check_error(&[("a.toml", text)], expected);
    check(
        &with("holidays = [\"2027-01-01\",\n\"2026-01-02\"]\n"),
        "a.toml: line 5: `holidays`: `2026-01-02` 不在2027年",
    );
    check(
        &with("holidays = [\"2027-02-30\"]\n"),
        "a.toml: line 4: `holidays`: `2027-02-30` 不是日期（年-月-日）",
    );
    check(
        &with("workdays = [\"2027-01-04\"]\n"),
        "a.toml: line 4: `workdays`: `2027-01-04` 不是周末，无需调为工作日",
    );
    check(
        &with("holidays = [\"2027-01-02\"]\nworkdays = [\"2027-01-02\"]\n"),
        "a.toml: line 5: `workdays`: `2027-01-02` 写了两次",
    );
    check(
        &with("hollidays = []\n"),
        "a.toml: line 4: `hollidays`: unknown field `hollidays`, expected one of `year`, `extends`, `title`, `notice`, \
         `holidays`, `workdays`, `office`",
    );
    check(
        &format!("{head}office = [[\"09:00\", \"08:00\"]]\n"),
        "a.toml: line 4: `office`: `09:00` 至 `08:00` 应当先开始后结束，并且在前一段之后",
    );
    check(head, "a.toml: line 1: `office`: 缺少作息时间");
    check_error(
        &[("a.toml", YEAR), ("b.toml", YEAR)],
        "b.toml: line 2: `year`: 2026年已有文件，补充的文件应当写 `extends = true`",
    );
    check_error(
        &[("b.toml", EXTRA)],
        "b.toml: line 3: `year`: 2026年没有可以补充的文件，应当先读入该年的文件",
    );
}
