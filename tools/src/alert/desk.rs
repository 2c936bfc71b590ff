//! What people do with alerts: look, acknowledge, approve a proposed action, have the draft of an order entered.
//!
//! Approving writes down who approved what. No device is given an order, here or elsewhere.

use jiff::Timestamp;

use super::note::{Note, kept, notes, proposal};
use super::view::{AlertView, view};
use super::{Watch, remembered};
use crate::error::Error;
use crate::sensor::watch::{Input, State, step};
use crate::store::{Alert, AlertFilter, Seen, StoreError, read, written};

impl Watch {
    /// Alerts as people are shown them, the latest first.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn alerts(&self, filter: &AlertFilter) -> Result<Vec<AlertView>, StoreError> {
        let alerts = self.store.alerts(filter).await?;
        self.views(&alerts).await
    }

    /// One of them.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn alert(&self, id: &str) -> Result<Option<AlertView>, StoreError> {
        let found = self.store.alert(id).await?;
        let found: Vec<Alert> = found.into_iter().collect();
        Ok(self.views(&found).await?.pop())
    }

    /// The same alerts, as people are shown them.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn views(&self, alerts: &[Alert]) -> Result<Vec<AlertView>, StoreError> {
        let (datastreams, things) = (self.store.datastreams().await?, self.store.things().await?);
        let known = (datastreams.as_slice(), things.as_slice());
        let views = alerts.iter().map(|alert| view(alert, &self.sensors, known));
        views.collect()
    }

    /// Notes that somebody has seen an alert: it is not passed on to others then, unless it becomes graver.
    pub(crate) async fn acknowledge(
        &self,
        id: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Alert, Error> {
        let alert = self.store.acknowledge(id, by, now).await?;
        let alert = alert.ok_or_else(|| unknown(id))?;
        let Some(rule) = self.sensors.rules.get(&alert.rule) else {
            return Ok(alert);
        };
        let fold = |seen: Seen| {
            let mut states = Vec::new();
            if let Some(state) = seen.states.get(&rule.id) {
                let state: State = read(&written(state)?)?;
                let (state, _) = step(rule, &state, &Input::Acknowledged);
                states.push(remembered(rule, &state)?);
            }
            Ok((states, Vec::new(), ()))
        };
        // Of no readings: nobody looks meanwhile.
        let nothing = (Some(Timestamp::MAX), 0);
        self.store
            .watch(&alert.datastream, nothing.0, nothing.1, fold)
            .await?;
        Ok(alert)
    }

    /// Writes down that somebody approved a proposed action; a second time changes nothing.
    pub(crate) async fn approve(
        &self,
        (id, place): (&str, usize),
        by: &str,
        now: Timestamp,
    ) -> Result<Alert, Error> {
        let changed = self.store.change_alert(id, |alert| {
            let proposal = proposal(alert)?;
            let action = proposal.actions.get(place).ok_or_else(|| Error::Refused {
                message: format!("预警 {id} 没有第{}项处置动作", place + 1),
            })?;
            let is_it = |note: &Note| matches!(note, Note::Approved { action: it, title, .. } if *it == place && *title == action.title);
            if !notes(alert)?.iter().any(is_it) {
                let note = Note::Approved {
                    action: place,
                    title: action.title.clone(),
                    by: by.to_owned(),
                    at: now,
                };
                alert.events.push(kept(&note)?);
            }
            Ok::<(), Error>(())
        });
        changed.await?.ok_or_else(|| unknown(id))
    }

    /// Writes down which order was entered for an alert; a second time changes nothing.
    pub(crate) async fn ordered(
        &self,
        id: &str,
        order: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Alert, Error> {
        let changed = self.store.change_alert(id, |alert| {
            let is_it = |note: &Note| matches!(note, Note::Ordered { .. });
            if !notes(alert)?.iter().any(is_it) {
                let note = Note::Ordered {
                    order: order.to_owned(),
                    by: by.to_owned(),
                    at: now,
                };
                alert.events.push(kept(&note)?);
            }
            Ok::<(), Error>(())
        });
        changed.await?.ok_or_else(|| unknown(id))
    }
}

pub(crate) fn unknown(id: &str) -> Error {
    Error::Refused {
        message: format!("没有编号为 {id} 的预警"),
    }
}
