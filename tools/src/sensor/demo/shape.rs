//! How a kind goes through the day and the week, from 0 to 1. Noise and bounds are added in [`super`].

use std::f64::consts::TAU;

use jiff::civil::{DateTime, Weekday};
use serde::Deserialize;

use super::random;

/// How values go through the day and the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// People out and about: afternoon and evening, more on weekends.
    Crowd,
    /// What is free when people are out and about.
    Vacancy,
    /// Traffic: two peaks on working days.
    Commute,
    /// Sun: one peak after noon.
    Sun,
    /// Dust and smoke: morning and evening.
    Smoke,
    /// Water drawn: pressure falls in the morning and evening.
    Draw,
    /// Slow waves over days.
    Slow,
    /// A slow rise over a month and more.
    Drift,
    /// Hardly anything.
    Quiet,
    /// Nothing, but for a shower now and then.
    Shower,
}

impl Shape {
    /// Where between the bounds a value is.
    pub(super) fn share(self, seed: u64, local: DateTime) -> f64 {
        let hour = f64::from(local.hour()) + f64::from(local.minute()) / 60.0;
        let free = is_free(local.weekday());
        match self {
            Self::Crowd => crowd(hour, free),
            Self::Vacancy => 1.0 - crowd(hour, free),
            Self::Commute => {
                let height = if free { 0.5 } else { 0.9 };
                0.1 + height * (bump(hour, 8.0, 1.5) + bump(hour, 18.0, 2.0)).min(1.0)
            }
            Self::Sun => 0.1 + 0.8 * bump(hour, 14.5, 3.5),
            Self::Smoke => 0.2 + 0.5 * (bump(hour, 8.5, 2.5) + bump(hour, 20.5, 3.0)).min(1.0),
            Self::Draw => 0.9 - 0.6 * (bump(hour, 7.0, 1.5) + bump(hour, 19.5, 2.0)).min(1.0),
            Self::Slow => 0.5 + 0.35 * (TAU * days(local) / 9.0).sin(),
            Self::Drift => 0.1 + 0.8 * (days(local) / 60.0).fract(),
            Self::Quiet => 0.2,
            Self::Shower => shower(seed, local, hour),
        }
    }

    /// Whether nothing is exactly nothing, without noise.
    pub(super) fn is_at_rest(self) -> bool {
        match self {
            Self::Shower => true,
            Self::Crowd
            | Self::Vacancy
            | Self::Commute
            | Self::Sun
            | Self::Smoke
            | Self::Draw
            | Self::Slow
            | Self::Drift
            | Self::Quiet => false,
        }
    }
}

fn is_free(weekday: Weekday) -> bool {
    match weekday {
        Weekday::Saturday | Weekday::Sunday => true,
        Weekday::Monday
        | Weekday::Tuesday
        | Weekday::Wednesday
        | Weekday::Thursday
        | Weekday::Friday => false,
    }
}

fn crowd(hour: f64, free: bool) -> f64 {
    let height = if free { 0.85 } else { 0.55 };
    0.05 + height * (0.7 * bump(hour, 14.0, 3.0) + bump(hour, 19.5, 2.0)).min(1.0)
}

/// A smooth hill around an hour of the day, also across midnight.
fn bump(hour: f64, around: f64, width: f64) -> f64 {
    let apart = (hour - around).abs();
    let apart = apart.min(24.0 - apart) / width;
    (-0.5 * apart * apart).exp()
}

fn days(local: DateTime) -> f64 {
    let epoch = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
    local.duration_since(epoch).as_secs_f64() / 86_400.0
}

/// The same showers in the whole city: on three days of ten, some hours of the day.
fn shower(seed: u64, local: DateTime, hour: f64) -> f64 {
    let day = days(local).floor() as i64;
    let number = |place: i64| random::unit(seed ^ random::of_text("shower"), 4 * day + place);
    let (start, length) = (18.0 * number(1), 2.0 + 4.0 * number(2));
    let is_wet = number(0) < 0.3 && (start..start + length).contains(&hour);
    if is_wet { 0.2 + 0.6 * number(3) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Shape; 10] = [
        Shape::Crowd,
        Shape::Vacancy,
        Shape::Commute,
        Shape::Sun,
        Shape::Smoke,
        Shape::Draw,
        Shape::Slow,
        Shape::Drift,
        Shape::Quiet,
        Shape::Shower,
    ];

    fn share(shape: Shape, local: &str) -> f64 {
        shape.share(7, local.parse().unwrap())
    }

    #[test]
    fn between_its_bounds() {
        let start = DateTime::constant(2026, 11, 1, 0, 0, 0, 0);
        for shape in ALL {
            for slot in 0..60 * 24 * 6 {
                let minutes = jiff::SignedDuration::from_mins(10 * slot);
                let local = start.saturating_add(minutes);
                let share = shape.share(7, local);
                assert!((0.0..=1.0).contains(&share), "{shape:?} {local} {share}");
            }
        }
    }

    #[test]
    fn day_and_week() {
        // 2026-11-21 is a Saturday.
        let (friday, saturday) = ("2026-11-20T19:30", "2026-11-21T19:30");
        assert!(share(Shape::Crowd, friday) > 5.0 * share(Shape::Crowd, "2026-11-20T04:00"));
        assert!(share(Shape::Crowd, saturday) > 1.3 * share(Shape::Crowd, friday));
        assert!(share(Shape::Vacancy, saturday) < share(Shape::Vacancy, friday));
        assert!(
            share(Shape::Commute, "2026-11-20T08:00") > share(Shape::Commute, "2026-11-21T08:00")
        );
        assert!(share(Shape::Sun, "2026-11-20T14:30") > share(Shape::Sun, "2026-11-20T06:00"));
        assert!(share(Shape::Draw, "2026-11-20T07:00") < share(Shape::Draw, "2026-11-20T03:00"));
    }
}
