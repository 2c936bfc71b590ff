//! What a clock does to orders: reminders, supervision, limits that have passed. Time comes as an argument.

use jiff::Timestamp;

use super::{Hotline, assess, machine};
use crate::error::Error;
use crate::kind::order::decided;
use crate::order::{Proposal, State, clock};
use crate::store::{OrderFilter, Store};

/// Who makes these entries.
const CLOCK: &str = "clock";

impl Hotline {
    /// Does what is due on all open orders; returns how many entries that made. A second time at the same moment makes none.
    ///
    /// # Errors
    /// What the store reports; orders before the one that failed are done.
    pub async fn tick(&self, store: &Store, now: Timestamp) -> Result<usize, Error> {
        let filter = OrderFilter {
            states: open_states(),
            ..OrderFilter::default()
        };
        let mut made = 0;
        for row in store.orders(&filter).await? {
            let mut entries = 0;
            let changed = store.change_order(&row.id, None, |order| {
                for action in clock::tick(order, now, &self.rules, &self.calendar) {
                    let proposal = Proposal {
                        action,
                        actor: machine(CLOCK),
                        at: now,
                        reason: String::new(),
                        evidence: Vec::new(),
                    };
                    let entry = decided(order, proposal, self)?;
                    order.apply(&entry);
                    entries += 1;
                }
                Ok(None)
            });
            self.note(&changed.await?);
            made += entries;
        }
        Ok(made)
    }

    /// Takes up the open orders of the store, to find repeats.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn restore(&self, store: &Store) -> Result<(), Error> {
        let filter = OrderFilter {
            states: open_states(),
            ..OrderFilter::default()
        };
        for row in store.orders(&filter).await?.into_iter().rev() {
            if let Some(order) = store.order(&row.id).await? {
                self.note(&order);
            }
        }
        Ok(())
    }
}

/// States in which something may still be due.
fn open_states() -> Vec<State> {
    State::ALL
        .into_iter()
        .filter(|state| assess::may_go_on(*state))
        .collect()
}
