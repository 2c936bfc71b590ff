//! A request of another program that is its own confirmation: what it asks is proposed, and the same person's request
//! recorded as the confirmation of that very proposal. Everything else about a call is as everywhere.
//!
//! Programs send a request again when its answer is lost, and name it by nothing. So it is named by what is asked, by whom
//! and on which day; the same words within twenty-four hours are the same request. What tells one device or account from
//! another is no part of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tools::order::Order;
use tools::{
    ApprovalReason, Arguments, Call, Error, Grant, Origin, Outcome, Output, Person, digest, zone,
};

use crate::app::App;

/// Name under which calls from here are on the record.
const FACE: &str = "open311";

/// How long the same words are the same request.
const SAME: SignedDuration = SignedDuration::from_hours(24);

/// How often it is proposed anew where things moved between showing and confirming.
const ATTEMPTS: u8 = 4;

/// What is to be done.
pub(super) struct Effect {
    /// Name of the tool.
    pub(super) tool: &'static str,
    /// Its arguments, all the person's own.
    pub(super) arguments: Map<String, Value>,
    /// Whose they are.
    pub(super) origin: Origin,
    /// For whom.
    pub(super) person: Person,
}

/// The key of a request from its name.
pub(super) fn key(name: &str) -> String {
    format!("{FACE}:{name}")
}

/// The names of a request: that of today, and the one that it would have had a day before.
pub(super) fn names(person: &Person, request: &Value, now: Timestamp) -> [String; 2] {
    let day = |at: Timestamp| at.to_zoned(zone()).date().to_string();
    let name = |at| {
        let whole = json!([FACE, person.id, day(at), request]);
        digest::of_text(&digest::canonical(&whole))
    };
    let before = now.checked_sub(SAME).unwrap_or(Timestamp::MIN);
    [name(now), name(before)]
}

/// Whether something that happened at `at` was the same request, sent less than a day before `now`.
pub(super) fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < SAME
}

/// The order that the same request made yesterday, late enough to be the same.
///
/// # Errors
/// What the records report.
pub(super) async fn made_before(app: &App, name: &str) -> Result<Option<Order>, Error> {
    let made = app.toolbox.store().order_of_key(&key(name)).await?;
    let opened = |order: &Order| order.entries.first().map(|entry| entry.at);
    Ok(made.filter(|order| opened(order).is_some_and(|at| is_recent(at, app.now()))))
}

/// Carries an effect out under the key of `name`.
///
/// # Errors
/// All of the toolbox.
pub(super) async fn carry_out(app: &App, effect: &Effect, name: &str) -> Result<Output, Error> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        let now = app.now();
        let outcome = app.toolbox.call(Call {
            tool: effect.tool.to_owned(),
            arguments: Arguments::all_of(effect.arguments.clone(), effect.origin),
            grant: grant(effect),
            person: effect.person.clone(),
            said: Vec::new(),
            key: key(name),
            approval: None,
            now,
        });
        let proposal = match outcome.await? {
            Outcome::Done(output) => return Ok(output),
            Outcome::Proposed(proposal) => proposal,
        };
        let done = app
            .toolbox
            .confirm(&proposal.id, &effect.person, grant(effect), now)
            .await;
        match done {
            // Somebody else's request came between; or this one, sent twice at once, and then the key knows.
            Err(Error::Approval(ApprovalReason::Moved | ApprovalReason::Used)) if left > 0 => {}
            done => return done,
        }
    }
}

/// This tool and no other.
fn grant(effect: &Effect) -> Grant {
    Grant {
        agent: FACE.to_owned(),
        tools: [effect.tool.to_owned()].into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn person(id: &str) -> Person {
        Person {
            id: id.to_owned(),
            role: "citizen".to_owned(),
            unit: None,
        }
    }

    #[test]
    fn a_request_is_named_by_who_asks_what_on_which_day() {
        let (noon, asked) = (
            at("2026-11-21T04:00:00Z"),
            json!({"text": "路灯", "lat": "1"}),
        );
        let [today, before] = names(&person("a"), &asked, noon);
        assert_eq!(today.len(), 64);
        assert_ne!(today, before);
        // The same members in another order are the same.
        let same = json!({"lat": "1", "text": "路灯"});
        assert_eq!(
            names(&person("a"), &same, at("2026-11-21T15:59:59Z"))[0],
            today
        );
        // Midnight in the city.
        let tomorrow = names(&person("a"), &asked, at("2026-11-21T16:00:00Z"));
        assert_ne!(tomorrow[0], today);
        assert_eq!(tomorrow[1], today);
        assert_ne!(names(&person("b"), &asked, noon)[0], today);
        assert_ne!(
            names(&person("a"), &json!({"text": "路灯"}), noon)[0],
            today
        );
    }

    #[test]
    fn a_day_later_it_is_another_request() {
        let made = at("2026-11-21T15:00:00Z");
        assert!(is_recent(made, at("2026-11-21T16:30:00Z")));
        assert!(is_recent(made, at("2026-11-22T14:59:59Z")));
        assert!(!is_recent(made, at("2026-11-22T15:00:00Z")));
    }
}
