//! The record of what happened: an append-only chain in which every record holds the hash of the one before.
//!
//! Personal data is masked before it is hashed; what is not in the record cannot leak from it. This module stores
//! nothing and knows no clock. A record cut off at the end leaves a shorter chain that is sound in itself: only a head
//! remembered elsewhere shows it, which is what [`verify_to`] is for.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::guard::mask::{mask, mask_own};

/// What the first record names as the hash before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// 1 for the first record, then without gaps.
    pub sequence: u64,
    /// RFC 3339, as the caller read it from its clock.
    pub time: String,
    /// Kind of event, for example `turn.answered`.
    pub kind: String,
    /// The conversation to which it belongs.
    pub conversation: String,
    /// What happened, with personal data masked.
    pub body: Value,
    /// Hash of the record before, [`GENESIS`] for the first.
    pub previous: String,
    /// SHA-256 over all other fields, in lower-case hex.
    pub hash: String,
}

impl Record {
    /// The record that follows `previous`. The body is masked here, so that no caller can forget it.
    pub fn next(
        previous: Option<&Self>,
        time: &str,
        kind: &str,
        conversation: &str,
        body: Value,
    ) -> Self {
        let mut record = Self {
            sequence: previous.map_or(1, |record| record.sequence.saturating_add(1)),
            time: time.to_owned(),
            kind: kind.to_owned(),
            conversation: conversation.to_owned(),
            body: masked(body),
            previous: previous.map_or(GENESIS, |record| &record.hash).to_owned(),
            hash: String::new(),
        };
        record.hash = record.digest();
        record
    }

    /// The hash that the record should have.
    ///
    /// Every field is preceded by its length, so that no two records have the same encoding; keys are sorted, because a
    /// store may give them back in another order.
    pub fn digest(&self) -> String {
        let mut body = String::new();
        canonical(&self.body, &mut body);
        let sequence = self.sequence.to_string();
        let fields = [
            &sequence,
            &self.time,
            &self.kind,
            &self.conversation,
            &body,
            &self.previous,
        ];
        let mut hasher = Sha256::new();
        hasher.update(b"chengzhi audit 1\n");
        for field in fields {
            hasher.update(
                u64::try_from(field.len())
                    .expect("a length fits into 64 bits")
                    .to_be_bytes(),
            );
            hasher.update(field.as_bytes());
        }
        hasher
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// A sound chain, and its head to remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Records seen; the sequence number of the last.
    pub count: u64,
    /// Hash of the last record, [`GENESIS`] for an empty chain.
    pub last: String,
}

/// The first record that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("第{sequence}条审计记录{reason}")]
pub struct Altered {
    /// Its sequence number.
    pub sequence: u64,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A field differs from what was hashed.
    Content,
    /// Its hash is not the one that the next record holds: it was written anew, or the next one was.
    Link,
    /// It is gone.
    Missing,
    /// It stands in another place, or twice.
    Order,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Content => "的内容被改动",
            Self::Link => "被整条改写，与后一条不相接",
            Self::Missing => "缺失",
            Self::Order => "的次序被改动",
        })
    }
}

/// Checks a whole chain from its first record on.
///
/// # Errors
///
/// The first altered, missing or displaced record.
pub fn verify(records: impl IntoIterator<Item = Record>) -> Result<Verified, Altered> {
    follow(records, None)
}

/// Checks a chain and that it still holds everything up to a remembered head; it may have grown since.
///
/// # Errors
///
/// As [`verify`]; records cut off at the end are [`Reason::Missing`].
pub fn verify_to(
    records: impl IntoIterator<Item = Record>,
    head: &Verified,
) -> Result<Verified, Altered> {
    let verified = follow(records, Some(head))?;
    if verified.count < head.count {
        return Err(Altered {
            sequence: verified.count + 1,
            reason: Reason::Missing,
        });
    }
    Ok(verified)
}

fn follow(
    records: impl IntoIterator<Item = Record>,
    head: Option<&Verified>,
) -> Result<Verified, Altered> {
    let mut verified = Verified {
        count: 0,
        last: GENESIS.to_owned(),
    };
    let mut records = records.into_iter();
    while let Some(record) = records.next() {
        let expected = verified.count + 1;
        if record.sequence != expected {
            let displaced =
                record.sequence < expected || records.any(|later| later.sequence == expected);
            let reason = if displaced {
                Reason::Order
            } else {
                Reason::Missing
            };
            return Err(Altered {
                sequence: expected,
                reason,
            });
        }
        if record.digest() != record.hash {
            return Err(Altered {
                sequence: expected,
                reason: Reason::Content,
            });
        }
        if record.previous != verified.last {
            return Err(Altered {
                sequence: verified.count.max(1),
                reason: Reason::Link,
            });
        }
        if head.is_some_and(|head| head.count == expected && head.last != record.hash) {
            return Err(Altered {
                sequence: expected,
                reason: Reason::Link,
            });
        }
        verified = Verified {
            count: expected,
            last: record.hash,
        };
    }
    Ok(verified)
}

/// Fields in which the person speaks; there names, addresses and plates are masked as well.
const OWN: [&str; 3] = ["question", "interpreted", "missing"];

/// The same value with personal data masked in every string, every key and every number that reads like one.
pub fn masked(value: Value) -> Value {
    masked_by(value, mask)
}

fn masked_by(value: Value, hide: fn(&str) -> Cow<'_, str>) -> Value {
    match value {
        Value::String(text) => Value::String(hide(&text).into_owned()),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| masked_by(item, hide));
            Value::Array(items.collect())
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, field)| {
                let own = OWN.contains(&key.as_str());
                let field = masked_by(field, if own { mask_own } else { hide });
                (mask(&key).into_owned(), field)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Number(number) => match mask(&number.to_string()) {
            Cow::Borrowed(_) => Value::Number(number),
            Cow::Owned(text) => Value::String(text),
        },
        Value::Null | Value::Bool(_) => value,
    }
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, field)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(field, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::{Altered, GENESIS, Reason, Record, Verified, masked, verify, verify_to};

    fn chain(length: usize) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for at in 0..length {
            let body = json!({"question": format!("第{at}问"), "phone": "13800001234", "at": at});
            let time = format!("2026-01-02T03:04:{at:02}+08:00");
            records.push(Record::next(
                records.last(),
                &time,
                "turn.answered",
                "c-1",
                body,
            ));
        }
        records
    }

    fn altered(sequence: u64, reason: Reason) -> Result<Verified, Altered> {
        Err(Altered { sequence, reason })
    }

    #[test]
    fn a_chain_verifies() {
        let records = chain(5);
        assert_eq!(records[0].previous, GENESIS);
        let head = Verified {
            count: 5,
            last: records[4].hash.clone(),
        };
        assert_eq!(verify(records.clone()), Ok(head.clone()));
        assert_eq!(
            verify(Vec::new()),
            Ok(Verified {
                count: 0,
                last: GENESIS.to_owned()
            })
        );
        let earlier = Verified {
            count: 3,
            last: records[2].hash.clone(),
        };
        assert_eq!(verify_to(records, &earlier), Ok(head));
    }

    #[rstest]
    #[case::time(|record: &mut Record| record.time.push('Z'))]
    #[case::kind(|record: &mut Record| record.kind.push('x'))]
    #[case::conversation(|record: &mut Record| record.conversation = "c-2".to_owned())]
    #[case::body(|record: &mut Record| record.body["at"] = json!(99))]
    #[case::removed(|record: &mut Record| record.body = json!({}))]
    #[case::previous(|record: &mut Record| record.previous = GENESIS.to_owned())]
    #[case::hash(|record: &mut Record| record.hash = GENESIS.to_owned())]
    #[case::moved(|record: &mut Record| { let end = record.time.pop().unwrap_or(' '); record.kind.insert(0, end); })]
    fn every_field_is_covered(#[case] alter: fn(&mut Record)) {
        for at in 0..5 {
            let mut records = chain(5);
            alter(&mut records[at]);
            let unchanged = records == chain(5);
            let found = verify(records);
            let expected = u64::try_from(at).expect("small") + 1;
            assert!(
                unchanged || found == altered(expected, Reason::Content),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_changed_sequence_number_is_found() {
        let mut records = chain(5);
        records[2].sequence = 9;
        assert_eq!(verify(records), altered(3, Reason::Missing));
    }

    #[test]
    fn a_record_written_anew_is_found() {
        let mut records = chain(5);
        records[2].body = json!({"question": "改"});
        records[2].hash = records[2].digest();
        assert_eq!(verify(records), altered(3, Reason::Link));
    }

    #[test]
    fn missing_and_displaced_records_are_found() {
        for at in 0..4 {
            let mut records = chain(5);
            records.remove(at);
            assert_eq!(
                verify(records),
                altered(u64::try_from(at).expect("small") + 1, Reason::Missing)
            );
        }
        let mut swapped = chain(5);
        swapped.swap(1, 2);
        assert_eq!(verify(swapped), altered(2, Reason::Order));
        let mut doubled = chain(5);
        doubled.insert(2, doubled[1].clone());
        assert_eq!(verify(doubled), altered(3, Reason::Order));
    }

    #[test]
    fn a_cut_end_is_found_only_with_a_remembered_head() {
        let mut records = chain(5);
        let head = verify(records.clone()).expect("sound");
        records.truncate(3);
        assert!(verify(records.clone()).is_ok());
        assert_eq!(verify_to(records, &head), altered(4, Reason::Missing));
        let mut other = chain(4);
        other.push(Record::next(
            other.last(),
            "2026-01-02T03:04:04+08:00",
            "x",
            "c-1",
            json!(null),
        ));
        assert_eq!(verify_to(other, &head), altered(5, Reason::Link));
    }

    #[test]
    fn records_survive_a_store_that_sorts_keys() {
        let record = Record::next(
            None,
            "t",
            "k",
            "c",
            json!({"b": [1, {"z": 1.5, "a": null}], "a": "甲"}),
        );
        let text = serde_json::to_string(&record).expect("serialises");
        let mut back: Record = serde_json::from_str(&text).expect("parses");
        back.body = json!({"a": "甲", "b": [1, {"a": null, "z": 1.5}]});
        assert!(verify([back]).is_ok());
    }

    #[test]
    fn bodies_are_masked_at_every_depth() {
        let value = json!({"a": ["电话13800001234", {"13800001234": 13_800_001_234_u64}], "n": 42, "ok": true});
        let expected =
            json!({"a": ["电话138****1234", {"138****1234": "138****1234"}], "n": 42, "ok": true});
        assert_eq!(masked(value.clone()), expected);
        assert_eq!(Record::next(None, "t", "k", "c", value).body, expected);
    }

    #[test]
    fn own_words_are_masked_further_than_laws() {
        let home = "我叫李秀英，家住滨江二路148号阳光花园3栋705室";
        let office = "地址：和澜市云台区科苑大道88号2号楼301室，联系人李秀英";
        let value = json!({"question": home, "missing": [home], "sentences": [{"text": office}], "text": home});
        let hidden = "我叫李**，家住滨江二路***";
        let expected = json!({"question": hidden, "missing": [hidden], "sentences": [{"text": office}], "text": home});
        assert_eq!(masked(value), expected);
    }

    #[test]
    fn alterations_speak_to_people() {
        let altered = Altered {
            sequence: 3,
            reason: Reason::Content,
        };
        assert_eq!(altered.to_string(), "第3条审计记录的内容被改动");
    }
}
