//! Numbers, times and dates as the page shows them: the same in both languages.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What is not there.
pub(super) const NOTHING: &str = "—";

/// A share of one: `86.3%`.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{}%", fixed(share * 100.0, 1))
    } else {
        NOTHING.to_owned()
    }
}

/// Bounds of a share, in percent: `[80.1, 90.8]`.
pub(super) fn percent_bounds(low: f64, high: f64) -> String {
    bounds(low * 100.0, high * 100.0, |value| fixed(value, 1))
}

/// A difference of shares in percentage points, always with its sign: `+4.2`, `−0.6`, `0.0`.
pub(super) fn points(share: f64) -> String {
    let text = fixed(share * 100.0, 1);
    let positive = share > 0.0 && text != "0.0" && share.is_finite();
    if positive { format!("+{text}") } else { text }
}

/// Bounds of a difference, in points.
pub(super) fn points_bounds(low: f64, high: f64) -> String {
    bounds(low, high, points)
}

/// A number with so many digits behind the point.
pub(super) fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        // Nothing is less than nothing.
        Some(zero) if zero.chars().all(|it| it == '0' || it == '.') => zero.to_owned(),
        Some(positive) => format!("−{positive}"),
        None => text,
    }
}

/// Bounds, each shown by `show`.
pub(super) fn bounds(low: f64, high: f64, show: impl Fn(f64) -> String) -> String {
    format!("[{}, {}]", show(low), show(high))
}

/// A whole number: `20,000`.
pub(super) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time span: `0.42 ms`, `840 ms`, `12.4 s`, `3 min 05 s`, `1 h 02 min`.
pub(super) fn span(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return NOTHING.to_owned();
    }
    let milliseconds = seconds * 1_000.0;
    match seconds {
        0.0 => "0 s".to_owned(),
        ..0.01 => format!("{milliseconds:.2} ms"),
        ..1.0 => format!("{milliseconds:.0} ms"),
        ..100.0 => format!("{seconds:.1} s"),
        ..3_600.0 => format!(
            "{:.0} min {:02.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        ),
        _ => {
            let minutes = (seconds / 60.0).floor();
            format!(
                "{:.0} h {:02.0} min",
                (minutes / 60.0).floor(),
                minutes % 60.0
            )
        }
    }
}

/// A p value: `0.012`, `< 0.001`.
pub(super) fn p_value(p: f64) -> String {
    match p {
        ..0.001 => "< 0.001".to_owned(),
        _ => fixed(p, 3),
    }
}

/// A moment, where the report is read: `2026-11-26 22:29 +08:00`.
pub(super) fn moment(time: Timestamp, zone: &TimeZone) -> String {
    let zoned = time.to_zoned(zone.clone());
    zoned.strftime("%Y-%m-%d %H:%M %:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_differences() {
        assert_eq!(percent(0.8625), "86.2%");
        assert_eq!(percent(-0.0001), "0.0%");
        assert_eq!(percent(f64::NAN), "—");
        assert_eq!(percent_bounds(-5.603, 7.103), "[−560.3, 710.3]");
        assert_eq!(points(0.042), "+4.2");
        assert_eq!(points(-0.006), "−0.6");
        assert_eq!(points(0.0001), "0.0");
        assert_eq!(points(f64::INFINITY), "—");
        assert_eq!(points_bounds(-0.02, 0.1), "[−2.0, +10.0]");
    }

    #[test]
    fn counts_and_times() {
        let counts = [0, 7, 999, 1_000, 20_000, 1_234_567].map(|it: u64| count(it));
        insta::assert_snapshot!(counts.join(" "), @"0 7 999 1,000 20,000 1,234,567");
        let spans = [0.0, 0.000_42, 0.84, 12.36, 185.0, 3_725.0, f64::NAN, -1.0].map(span);
        insta::assert_snapshot!(spans.join(" | "), @"0 s | 0.42 ms | 840 ms | 12.4 s | 3 min 05 s | 1 h 02 min | — | —");
        assert_eq!(p_value(0.000_4), "< 0.001");
        assert_eq!(p_value(0.012), "0.012");
        assert_eq!(p_value(f64::NAN), "—");
    }

    #[test]
    fn moments_have_their_zone() {
        let time: Timestamp = "2026-11-26T14:29:48Z".parse().unwrap();
        assert_eq!(moment(time, &TimeZone::UTC), "2026-11-26 14:29 +00:00");
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(moment(time, &zone), "2026-11-26 22:29 +08:00");
    }
}
