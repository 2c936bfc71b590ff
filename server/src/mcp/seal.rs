//! What passes through the caller's hands and comes back: sessions and the state of a call of several requests.
//!
//! Both are signed (HMAC-SHA256), not hidden. A state is bound to tool, arguments, person and time, a session to its person.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::Path;

use jiff::Timestamp;
use rmcp::model::{RequestStateCodec, SealOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tools::{Person, VALIDITY};
use uuid::Uuid;

use crate::error::Error;

/// File of the key in the data directory.
const FILE: &str = "mcp.key";

/// Bytes of a key.
const LENGTH: usize = 32;

/// A key that signs.
pub struct Seal {
    codec: RequestStateCodec,
}

/// What is known of a call between two of its requests. It holds nothing that the caller has not sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// Number of the call, by which somebody without a name is known.
    pub(super) call: Option<String>,
    /// What the person answered, by argument.
    pub(super) answers: Map<String, Value>,
    /// The person's words.
    pub(super) said: Vec<String>,
    /// Arguments that the person was asked for and left open.
    pub(super) left: BTreeSet<String>,
    /// What was wrong with the last answers.
    pub(super) refused: Vec<String>,
    /// How often the person was asked.
    pub(super) rounds: u8,
    /// The key of the call, once all arguments are known.
    pub(super) key: Option<String>,
    /// Number of the proposal that waits for the person.
    pub(super) proposal: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    state: State,
    expires: Timestamp,
}

/// To what a state is bound.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) tool: &'a str,
    /// Those of the caller; the person's are in the state.
    pub(super) arguments: &'a Map<String, Value>,
    pub(super) person: &'a Person,
}

impl Seal {
    /// Of a key that only this program has, of 32 bytes or more.
    ///
    /// # Errors
    /// That the key is too short.
    pub fn new(key: &[u8]) -> Result<Self, String> {
        let codec = RequestStateCodec::try_new(key).map_err(|error| error.to_string())?;
        Ok(Self { codec })
    }

    /// Of the key in the data directory, which is made there the first time: what was signed before a restart counts after it.
    ///
    /// # Errors
    /// When the file cannot be read or written, or is no key.
    pub fn kept_in(data: &Path) -> Result<Self, Error> {
        let path = data.join(FILE);
        let key = match std::fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(data, &path).map_err(Error::io(&path))?;
                std::fs::read(&path).map_err(Error::io(&path))?
            }
            Err(error) => return Err(Error::io(path)(error)),
        };
        let is_key = key.len() == LENGTH;
        let codec = is_key.then(|| RequestStateCodec::try_new(key.as_slice()));
        match codec {
            Some(Ok(codec)) => Ok(Self { codec }),
            Some(Err(_)) | None => Err(Error::io(path)(std::io::Error::new(
                ErrorKind::InvalidData,
                format!(
                    "it is no key of {LENGTH} bytes\nhint: remove the file; a new key is made, and calls under way over MCP begin anew"
                ),
            ))),
        }
    }

    /// A state for the caller to give back within the time in which a proposal can be confirmed.
    pub(super) fn of_state(&self, state: State, bound: Bound<'_>, now: Timestamp) -> String {
        let sealed = Sealed {
            state,
            expires: now + VALIDITY,
        };
        let body = serde_json::to_vec(&sealed).unwrap_or_default();
        self.codec
            .seal_with(&body, &SealOptions::new().associated_data(&bound.bytes()))
    }

    /// A state that came back.
    ///
    /// # Errors
    /// One text for whatever is wrong with it: altered, another person's, for another call, or too old.
    pub(super) fn state(
        &self,
        sealed: &str,
        bound: Bound<'_>,
        now: Timestamp,
    ) -> Result<State, &'static str> {
        let wrong = "`requestState` is not one of this call and this person, or it has expired\nhint: make the call anew, without it";
        let body = self
            .codec
            .open_with(sealed, &bound.bytes())
            .map_err(|_| wrong)?;
        let sealed: Sealed = serde_json::from_slice(&body).map_err(|_| wrong)?;
        if now >= sealed.expires {
            return Err(wrong);
        }
        Ok(sealed.state)
    }

    /// The number of a session, as only its person can use it.
    pub(crate) fn of_session(&self, session: &str, person: &Person) -> String {
        let options = SealOptions::new();
        self.codec.seal_with(
            session.as_bytes(),
            &options.associated_data(&session_of(person)),
        )
    }

    /// The number of a session that came back; none if it is not this person's.
    pub(crate) fn session(&self, sealed: &str, person: &Person) -> Option<String> {
        let session = self.codec.open_with(sealed, &session_of(person)).ok()?;
        String::from_utf8(session).ok()
    }
}

/// Makes a key, for this account alone. It is there whole or not at all; of two who make one at once the first wins.
fn make(data: &Path, path: &Path) -> std::io::Result<()> {
    // Its mode is 600.
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    // 244 bits from the system's generator.
    for half in [Uuid::new_v4(), Uuid::new_v4()] {
        file.write_all(half.as_bytes())?;
    }
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

impl Bound<'_> {
    fn bytes(self) -> Vec<u8> {
        let mut bound = json!(["call", self.tool, self.arguments, self.person]);
        bound.sort_all_objects();
        bound.to_string().into_bytes()
    }
}

fn session_of(person: &Person) -> Vec<u8> {
    json!(["session", person]).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str) -> Person {
        Person {
            id: id.to_owned(),
            role: "citizen".to_owned(),
            unit: None,
        }
    }

    fn noon() -> Timestamp {
        "2026-11-26T04:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_state_is_for_one_call_of_one_person() {
        let seal = Seal::new(&[7; 32]).unwrap();
        let (one, other) = (person("token:a"), person("token:b"));
        let arguments = json!({"to": "王五", "amount": 1})
            .as_object()
            .unwrap()
            .clone();
        let swapped = json!({"amount": 1, "to": "王五"})
            .as_object()
            .unwrap()
            .clone();
        let more = json!({"amount": 2, "to": "王五"})
            .as_object()
            .unwrap()
            .clone();
        let bound = Bound {
            tool: "ledger",
            arguments: &arguments,
            person: &one,
        };
        let state = State {
            proposal: Some("p".to_owned()),
            ..State::default()
        };
        let sealed = seal.of_state(state.clone(), bound, noon());
        assert_eq!(seal.state(&sealed, bound, noon()), Ok(state.clone()));
        assert_eq!(
            seal.state(
                &sealed,
                Bound {
                    arguments: &swapped,
                    ..bound
                },
                noon()
            ),
            Ok(state)
        );
        for wrong in [
            Bound {
                tool: "other",
                ..bound
            },
            Bound {
                arguments: &more,
                ..bound
            },
            Bound {
                person: &other,
                ..bound
            },
        ] {
            assert!(seal.state(&sealed, wrong, noon()).is_err());
        }
        assert!(seal.state(&sealed, bound, noon() + VALIDITY).is_err());
        assert!(
            Seal::new(&[8; 32])
                .unwrap()
                .state(&sealed, bound, noon())
                .is_err()
        );
        for at in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(seal.state(&altered, bound, noon()).is_err(), "{at}");
        }
    }

    #[test]
    fn a_session_is_its_persons() {
        let seal = Seal::new(&[7; 32]).unwrap();
        let sealed = seal.of_session("0f1e", &person("token:a"));
        assert_eq!(
            seal.session(&sealed, &person("token:a")).as_deref(),
            Some("0f1e")
        );
        assert_eq!(seal.session(&sealed, &person("token:b")), None);
        assert_eq!(seal.session("0f1e", &person("token:a")), None);
        assert!(Seal::new(&[7; 31]).is_err());
    }

    #[test]
    fn a_key_is_made_once_and_for_this_account_alone() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::kept_in(folder.path()).unwrap();
        let sealed = seal.of_session("0f1e", &person("token:a"));
        let again = Seal::kept_in(folder.path()).unwrap();
        let session = again.session(&sealed, &person("token:a"));
        assert_eq!(session.as_deref(), Some("0f1e"));
        let path = folder.path().join(FILE);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&path, "short").unwrap();
        let Err(error) = Seal::kept_in(folder.path()) else {
            panic!("a short key is taken");
        };
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            error.to_string().contains(FILE) && cause.contains("hint:"),
            "{cause}"
        );
    }
}
