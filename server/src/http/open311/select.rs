//! Which requests or updates are wanted: by number, or by time, service and status.
//!
//! A span of time is ninety days at most, and the last ninety days where none is named. Moments carry their zone.

use jiff::{SignedDuration, Timestamp};
use tools::order::State;

use super::form::Form;
use crate::http::error::ApiError;

/// Longest span.
pub(super) const DAYS: i64 = 90;

/// Most that a list has, and most numbers that can be asked for at once.
pub(super) const MOST: usize = 1_000;

/// Which requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those with these numbers, whatever else was said.
    Numbers(Vec<String>),
    /// Those that came in within a span.
    Span {
        /// The first and the last moment.
        span: Span,
        /// Codes of services; empty means all.
        services: Vec<String>,
        /// In one of these states; empty means all.
        states: Vec<State>,
    },
}

/// Two moments, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Wanted {
    /// Reads a query; `is_service` knows the codes.
    ///
    /// # Errors
    /// What cannot be asked for.
    pub(super) fn of(
        form: &Form,
        now: Timestamp,
        is_service: impl Fn(&str) -> bool,
    ) -> Result<Self, ApiError> {
        if form.get("service_request_id").is_some() {
            return numbers(form).map(Self::Numbers);
        }
        let services = form.list("service_code");
        if let Some(unknown) = services.iter().find(|code| !is_service(code)) {
            return Err(unknown_service(unknown));
        }
        Ok(Self::Span {
            span: Span::of(form, now)?,
            services: services.into_iter().map(str::to_owned).collect(),
            states: states(form)?,
        })
    }
}

impl Span {
    /// Reads `start_date` and `end_date`.
    ///
    /// # Errors
    /// That one is no moment with a zone, or that the span is too long or goes backwards.
    pub(super) fn of(form: &Form, now: Timestamp) -> Result<Self, ApiError> {
        let from = moment(form, "start_date")?;
        let to = moment(form, "end_date")?;
        let longest = SignedDuration::from_hours(DAYS * 24);
        let before = |at: Timestamp| at.checked_sub(longest).unwrap_or(Timestamp::MIN);
        let after = |at: Timestamp| at.checked_add(longest).unwrap_or(Timestamp::MAX);
        let span = match (from, to) {
            (Some(from), Some(to)) => Self { from, to },
            (Some(from), None) => Self {
                from,
                to: after(from),
            },
            (None, Some(to)) => Self {
                from: before(to),
                to,
            },
            (None, None) => Self {
                from: before(now),
                to: now,
            },
        };
        let wrong = |message: String| Err(ApiError::field("end_date", "invalid_span", message));
        if span.to < span.from {
            return wrong("`end_date` 应当不早于 `start_date`。".to_owned());
        }
        if span.to.duration_since(span.from) > longest {
            return wrong(format!("`start_date` 至 `end_date` 最多{DAYS}天。"));
        }
        Ok(span)
    }

    /// Whether a moment lies in it.
    pub(super) fn contains(&self, at: Timestamp) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// Numbers of requests, as they were asked for.
///
/// # Errors
/// That there are too many.
pub(super) fn numbers(form: &Form) -> Result<Vec<String>, ApiError> {
    let numbers = form.list("service_request_id");
    if numbers.len() > MOST {
        return Err(ApiError::field(
            "service_request_id",
            "too_many_requests",
            format!("一次最多查询{MOST}件。"),
        ));
    }
    Ok(numbers.into_iter().map(str::to_owned).collect())
}

/// There is no such service.
pub(super) fn unknown_service(code: &str) -> ApiError {
    ApiError::not_found("unknown_service", format!("没有代码为“{code}”的服务。"))
}

fn states(form: &Form) -> Result<Vec<State>, ApiError> {
    let (mut open, mut closed) = (false, false);
    for name in form.list("status") {
        match name.to_ascii_lowercase().as_str() {
            "open" => open = true,
            "closed" => closed = true,
            _ => {
                return Err(ApiError::field(
                    "status",
                    "unknown_status",
                    format!("没有状态“{name}”，只有 open 和 closed。"),
                ));
            }
        }
    }
    if open == closed {
        return Ok(Vec::new());
    }
    let wanted = State::ALL
        .into_iter()
        .filter(|state| (*state == State::Archived) == closed);
    Ok(wanted.collect())
}

/// A moment with its zone, as `2026-11-21T08:00:00+08:00` or `…Z`.
pub(super) fn moment(form: &Form, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = form.get(name) else {
        return Ok(None);
    };
    // A `+` that was not encoded arrives as a blank.
    let sent = match text.rsplit_once(' ') {
        Some((moment, zone)) if moment.contains('T') => format!("{moment}+{zone}"),
        _ => text.to_owned(),
    };
    let is_plain = sent.contains('T') && !sent.contains('[');
    let read = sent.parse::<Timestamp>().ok().filter(|_| is_plain);
    read.map(Some).ok_or_else(|| {
        ApiError::field(
            name,
            "invalid_date",
            format!("`{name}` 应为带时区的时间，例如 2026-11-21T08:00:00+08:00。"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T04:00:00Z".parse().unwrap()
    }

    fn check(query: &str, expected: &str) {
        let form = Form::parse(query.as_bytes()).unwrap();
        let read = match Wanted::of(&form, now(), |code| code == "0401" || code == "0402") {
            Ok(Wanted::Numbers(numbers)) => numbers.join("|"),
            Ok(Wanted::Span {
                span,
                services,
                states,
            }) => format!(
                "{} {} {} {}",
                span.from,
                span.to,
                services.join("|"),
                states.len()
            ),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(read, expected, "{query}");
    }

    #[test]
    fn what_is_wanted_is_read() {
        let recent = "2026-08-23T04:00:00Z 2026-11-21T04:00:00Z";
        for (query, expected) in [
            ("", format!("{recent}  0")),
            ("status=open", format!("{recent}  15")),
            ("status=CLOSED", format!("{recent}  1")),
            ("status=open,closed", format!("{recent}  0")),
            ("service_code=0401,0402", format!("{recent} 0401|0402 0")),
            ("unknown=1", format!("{recent}  0")),
        ] {
            check(query, &expected);
        }
        for (query, expected) in [
            ("status=pending", "unknown_status"),
            ("service_code=0401,9999", "unknown_service"),
            ("service_request_id=HL1,+HL2,HL1", "HL1|HL2"),
            (
                "service_request_id=HL1&start_date=nonsense&status=x&service_code=9999",
                "HL1",
            ),
            (
                "start_date=2026-11-01T00:00:00Z&end_date=2026-11-02T00:00:00%2B08:00",
                "2026-11-01T00:00:00Z 2026-11-01T16:00:00Z  0",
            ),
            (
                "start_date=2026-11-01T00:00:00+08:00&end_date=2026-11-02T00:00:00-05:00",
                "2026-10-31T16:00:00Z 2026-11-02T05:00:00Z  0",
            ),
            (
                "start_date=2026-01-01T00:00:00Z",
                "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z  0",
            ),
            (
                "end_date=2026-04-01T00:00:00Z",
                "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z  0",
            ),
            (
                "start_date=2026-01-01T00:00:00Z&end_date=2026-04-01T00:00:00Z",
                "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z  0",
            ),
            (
                "start_date=2026-01-01T00:00:00Z&end_date=2026-04-01T00:00:01Z",
                "invalid_span",
            ),
            (
                "start_date=2026-01-02T00:00:00Z&end_date=2026-01-01T00:00:00Z",
                "invalid_span",
            ),
            ("start_date=2026-01-02", "invalid_date"),
            ("start_date=2026-01-02T00:00:00", "invalid_date"),
            ("start_date=2026-02-30T00:00:00Z", "invalid_date"),
            ("start_date=2026-01-02T00:00:00Z[UTC]", "invalid_date"),
            ("end_date=yesterday", "invalid_date"),
        ] {
            check(query, expected);
        }
        // The ends of the calendar are no fault of the program.
        for query in [
            "start_date=9999-12-30T00:00:00Z",
            "end_date=-009999-01-03T00:00:00Z",
        ] {
            let form = Form::parse(query.as_bytes()).unwrap();
            assert!(Span::of(&form, now()).is_ok(), "{query}");
        }
        let many: Vec<String> = (0..=MOST).map(|number| format!("HL{number}")).collect();
        check(
            &format!("service_request_id={}", many.join(",")),
            "too_many_requests",
        );
    }
}
