//! A person's recorded confirmation of one call.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::error::{ApprovalReason, Error};
use crate::store::{Proposal, Store};
use crate::tool::Person;

/// How long a proposal can be confirmed and carried out.
pub const VALIDITY: SignedDuration = SignedDuration::from_mins(5);

/// The proof that a person confirmed a call: bound to tool, arguments, person and target, good for one effect.
///
/// There is one way to have it, [`Approval::confirm`], which has put the confirmation on the record before it returns. It
/// cannot be copied, parsed or made from parts.
#[derive(Debug)]
pub struct Approval {
    proposal: String,
    digest: String,
}

impl Approval {
    /// Records that `person` confirms the proposal with this number.
    ///
    /// # Errors
    /// [`Error::Approval`] when it is not there, another person's, expired, declined or used.
    pub async fn confirm(
        store: &Store,
        proposal: &str,
        person: &Person,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let decided = store.decide(proposal, person, true, now).await?;
        let stored = note(store, proposal, person, now, decided).await?;
        Ok(Self {
            proposal: stored.id,
            digest: stored.digest,
        })
    }

    /// Records that `person` does not want it done.
    ///
    /// # Errors
    /// As [`Approval::confirm`].
    pub async fn decline(
        store: &Store,
        proposal: &str,
        person: &Person,
        now: Timestamp,
    ) -> Result<Proposal, Error> {
        let decided = store.decide(proposal, person, false, now).await?;
        Ok(note(store, proposal, person, now, decided).await?.shown())
    }

    /// Number of the proposal, and what was confirmed.
    pub(crate) fn parts(&self) -> (&str, &str) {
        (&self.proposal, &self.digest)
    }
}

/// An attempt that is turned away is on the record, too.
async fn note(
    store: &Store,
    proposal: &str,
    person: &Person,
    now: Timestamp,
    decided: Result<crate::store::Stored, ApprovalReason>,
) -> Result<crate::store::Stored, Error> {
    match decided {
        Ok(stored) => Ok(stored),
        Err(reason) => {
            let body = json!({"outcome": "not confirmed", "proposal": proposal, "person": person, "reason": reason.to_string()});
            store.note("", &body, now).await?;
            Err(reason.into())
        }
    }
}
