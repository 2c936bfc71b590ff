//! From events to alerts: which alert an event belongs to, and what it makes of it. Pure; the store is asked before and told after.
//!
//! A limit that is reached opens an alert of its rule and datastream, and all that follows up to its end belongs to it. A fault
//! of the device is an alert of its own.

use serde_json::Value;

use super::note::{Note, kept, notes};
use crate::digest;
use crate::sensor::Thing;
use crate::sensor::watch::{Event, Level, Playbooks, Rule, Rules, What, event::Fault, plan};
use crate::store::{Alert, StoreError};

/// By what an event is put into words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) rules: &'a Rules,
    pub(super) playbooks: &'a Playbooks,
    pub(super) rule: &'a Rule,
    pub(super) thing: &'a Thing,
}

/// Which of the alerts of a rule and datastream an event belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A limit that was reached.
    Limit,
    /// A fault of the device.
    Fault(Fault),
}

/// Puts an event into `alerts`, those of its rule and datastream that are not over and the last that is: into the one it belongs
/// to, or a new one. Says the place of the one that changed; none where there is none to which it could belong.
///
/// # Errors
/// [`StoreError::Row`] where an alert was not written by this program.
pub(super) fn enter(
    alerts: &mut Vec<Alert>,
    event: &Event,
    words: Words<'_>,
) -> Result<Option<usize>, StoreError> {
    let proposal = plan(event, words.rule, words.playbooks, words.thing);
    let note = kept(&Note::Happened {
        event: event.clone(),
        text: proposal.alert.text.clone(),
        rules: words.rules.version.clone(),
        playbooks: words.playbooks.version.clone(),
    })?;
    let proposed = serde_json::to_value(&proposal);
    let proposed = proposed.map_err(|error| StoreError::Row(error.to_string()))?;
    let level = |level: Level| Some(level.name().to_owned());
    match event.what {
        What::Raised { level: raised, .. } => {
            alerts.push(opened(event, level(raised), note, proposed));
            Ok(Some(alerts.len() - 1))
        }
        What::Stuck { .. } | What::Missing { .. } => {
            alerts.push(opened(event, None, note, proposed));
            Ok(Some(alerts.len() - 1))
        }
        What::Changed { from, to, .. } => change(alerts, Of::Limit, |alert| {
            alert.level = level(to);
            alert.events.push(note);
            // What is less grave asks for nothing new.
            if to > from {
                alert.proposal = proposed;
            }
        }),
        What::Cleared { .. } => change(alerts, Of::Limit, |alert| {
            alert.cleared = Some(event.at);
            alert.events.push(note);
        }),
        What::Recovered { from, .. } => change(alerts, Of::Fault(from), |alert| {
            alert.cleared = Some(event.at);
            alert.events.push(note);
        }),
        What::Escalated { .. } => change(alerts, Of::Limit, |alert| alert.events.push(note)),
        What::Suppressed { .. } => {
            let last = last(alerts, |of| of == Of::Limit)?;
            if let Some(last) = last {
                alerts[last].events.push(note);
            }
            Ok(last)
        }
    }
}

fn change(
    alerts: &mut [Alert],
    of: Of,
    make: impl FnOnce(&mut Alert),
) -> Result<Option<usize>, StoreError> {
    let mut found = None;
    for (place, alert) in alerts.iter().enumerate() {
        if alert.cleared.is_none() && kind(alert)? == Some(of) {
            found = Some(place);
        }
    }
    if let Some(place) = found {
        make(&mut alerts[place]);
    }
    Ok(found)
}

fn last(alerts: &[Alert], of: impl Fn(Of) -> bool) -> Result<Option<usize>, StoreError> {
    let mut found: Option<usize> = None;
    for (place, alert) in alerts.iter().enumerate() {
        let later = found.is_none_or(|found| alerts[found].raised <= alert.raised);
        if later && kind(alert)?.is_some_and(&of) {
            found = Some(place);
        }
    }
    Ok(found)
}

/// By what an alert was opened.
fn kind(alert: &Alert) -> Result<Option<Of>, StoreError> {
    let notes = notes(alert)?;
    let what = notes.first().and_then(|note| match note {
        Note::Happened { event, .. } => Some(event.what),
        Note::Approved { .. } | Note::Ordered { .. } => None,
    });
    Ok(what.and_then(|what| match what {
        What::Raised { .. } => Some(Of::Limit),
        What::Stuck { .. } => Some(Of::Fault(Fault::Stuck)),
        What::Missing { .. } => Some(Of::Fault(Fault::Missing)),
        What::Changed { .. }
        | What::Cleared { .. }
        | What::Recovered { .. }
        | What::Suppressed { .. }
        | What::Escalated { .. } => None,
    }))
}

fn opened(event: &Event, level: Option<String>, note: Value, proposal: Value) -> Alert {
    Alert {
        id: id(event),
        rule: event.rule.clone(),
        datastream: event.datastream.clone(),
        level,
        raised: event.at,
        cleared: None,
        events: vec![note],
        proposal,
        acknowledged: None,
    }
}

/// The same event gives the same alert, whoever sees it first: `AL20261121-1f0c22ab`.
fn id(event: &Event) -> String {
    let day = event.at.to_zoned(crate::zone()).date();
    let what = match event.what {
        What::Stuck { .. } => "stuck",
        What::Missing { .. } => "missing",
        What::Raised { .. }
        | What::Changed { .. }
        | What::Cleared { .. }
        | What::Recovered { .. }
        | What::Suppressed { .. }
        | What::Escalated { .. } => "limit",
    };
    let at = event.at.to_string();
    let parts = ["alert", &event.rule, &event.datastream, what, &at];
    let hash: String = digest::of_parts(&parts).chars().take(8).collect();
    format!("AL{}-{hash}", day.strftime("%Y%m%d"))
}
