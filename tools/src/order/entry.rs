//! One entry of a work order's history, chained to the one before by its hash.
//!
//! An entry says all that [`super::fold`] needs, also the due times with how they were computed, so that a history reads
//! the same after the rules have changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::Action;
use super::actor::Actor;
use super::due::Due;
use super::state::State;
use crate::digest;

/// What the first entry names as the hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What.
    pub action: Action,
    /// Who.
    pub actor: Actor,
    /// When, by the caller's clock.
    pub at: Timestamp,
    /// Why; some actions may not be done without.
    pub reason: String,
    /// Ids of papers, recordings, readings.
    pub evidence: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// 1 for the first, then without gaps.
    pub sequence: u64,
    /// When; never before the entry before.
    pub at: Timestamp,
    /// By how many seconds the caller's clock stood before the last entry, rounded up; `None` when it did not.
    pub skew: Option<u64>,
    /// Who.
    pub actor: Actor,
    /// State before; `None` for the first.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// What.
    pub action: Action,
    /// Why.
    pub reason: String,
    /// Ids of papers, recordings, readings.
    pub evidence: Vec<String>,
    /// Due times that this sets or moves.
    pub dues: Vec<Due>,
    /// Version of the rules by which it was decided.
    pub rules: String,
    /// Hash of the entry before, [`GENESIS`] for the first.
    pub previous: String,
    /// SHA-256 over the JSON of all else as it is stored, in lower-case hex. It stands last, so that the text before it is all else.
    pub hash: String,
}

/// An entry that was read, and whether its hash is of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The entry.
    pub(super) entry: Entry,
    /// Whether it says what it said when it was written.
    pub(super) holds: bool,
}

impl Entry {
    /// The text under which it is stored: JSON of one line, its members in the order above.
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("an entry has string keys and finite numbers only")
    }

    /// An entry from the text under which it is stored. What is hashed is the text itself, which is not written anew.
    ///
    /// # Errors
    /// Where the text is no entry.
    pub fn read(text: &str) -> Result<Checked, serde_json::Error> {
        let entry: Self = serde_json::from_str(text)?;
        let digest = before_hash(text, &entry.hash).map(digest);
        let holds = digest.is_some_and(|digest| digest == entry.hash) || entry.holds();
        Ok(Checked { entry, holds })
    }

    /// The hash that the entry should have.
    pub fn digest(&self) -> String {
        let without = Self {
            hash: String::new(),
            ..self.clone()
        };
        let text = without.written();
        digest(before_hash(&text, "").expect("the hash is the last member"))
    }

    fn holds(&self) -> bool {
        self.hash == self.digest() || self.hash == self.first_digest()
    }

    /// The hash that entries had at first: over JSON with sorted keys. It takes many times as long, for that has to be made.
    fn first_digest(&self) -> String {
        let mut value =
            serde_json::to_value(self).expect("an entry has string keys and finite numbers only");
        if let serde_json::Value::Object(map) = &mut value {
            map.remove("hash");
        }
        digest::of_pieces(&["chengzhi order 1\n", &digest::canonical(&value)])
    }
}

impl From<&Entry> for Checked {
    fn from(entry: &Entry) -> Self {
        Self {
            entry: entry.clone(),
            holds: entry.holds(),
        }
    }
}

/// The text of an entry up to its hash, if that comes last.
fn before_hash<'a>(text: &'a str, hash: &str) -> Option<&'a str> {
    text.strip_suffix("\"}")?
        .strip_suffix(hash)?
        .strip_suffix(",\"hash\":\"")
}

fn digest(before_hash: &str) -> String {
    digest::of_pieces(&["chengzhi order 2\n", before_hash, "}"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::actor::ActorRole;

    fn entry() -> Entry {
        let mut entry = Entry {
            sequence: 1,
            at: "2026-11-20T00:00:00Z".parse().unwrap(),
            skew: None,
            actor: Actor {
                role: ActorRole::Centre,
                id: "a".to_owned(),
                unit: None,
            },
            from: None,
            to: State::Received,
            action: Action::Confirm,
            reason: "说\"是\"".to_owned(),
            evidence: vec![",\"hash\":\"".to_owned()],
            dues: Vec::new(),
            rules: "1".to_owned(),
            previous: GENESIS.to_owned(),
            hash: String::new(),
        };
        entry.hash = entry.digest();
        entry
    }

    #[test]
    fn the_stored_text_shows_whether_it_was_altered() {
        let entry = entry();
        let text = entry.written();
        let check = |text: &str, holds: bool| {
            assert_eq!(Entry::read(text).unwrap().holds, holds, "{text}");
        };
        check(&text, true);
        check(&text.replace("是", "否"), false);
        check(&text.replace("\"skew\":null", "\"skew\":1"), false);
        // The same said otherwise is the same.
        check(&text.replace("\"skew\":null", " \"skew\": null "), true);
        check(
            &text
                .replace("{\"sequence\":1,", "{")
                .replace("\"at\":", "\"sequence\":1,\"at\":"),
            true,
        );
        // What follows the hash, or stands in its place.
        let other = "0".repeat(64);
        check(&text.replace(&entry.hash, &other), false);
        check(&text.replace(&entry.hash, r#"a\"b\\"#), false);
        check(&text.replace(&entry.hash, ""), false);
        assert!(Entry::read(&format!("{text} x")).is_err());
        assert!(Entry::read(&text.replace("\"hash\"", "\"Hash\"")).is_err());
    }

    #[test]
    fn entries_of_the_first_form_still_hold() {
        let mut entry = entry();
        entry.hash = entry.first_digest();
        let text = entry.written();
        assert!(Entry::read(&text).unwrap().holds);
        assert!(Checked::from(&entry).holds);
        assert!(!Entry::read(&text.replace("是", "否")).unwrap().holds);
    }
}
