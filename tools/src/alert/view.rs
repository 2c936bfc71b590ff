//! An alert as people and programs are shown it: where, what, since when, what happened, what is proposed, and by which readings.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::note::{Note, notes, proposal};
use crate::sensor::watch::Proposal;
use crate::sensor::watch::playbook::Grade;
use crate::sensor::{Datastream, Sensors, Thing};
use crate::store::{Alert, StoreError};

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertView {
    /// Its id.
    pub id: String,
    /// 蓝, 黄, 橙 or 红; none where a device is at fault.
    pub level: Option<String>,
    /// Code of what is measured.
    pub kind: String,
    /// The same in Chinese.
    pub title: String,
    /// Unit of the values.
    pub unit: String,
    /// Name of the place.
    pub place: String,
    /// Its district.
    pub district: String,
    /// Name of the device.
    pub thing: String,
    /// Id of the datastream.
    pub datastream: String,
    /// Id of the rule.
    pub rule: String,
    /// Document and clause of the limit.
    pub basis: String,
    /// The limit of the level, in the unit.
    pub limit: Option<f64>,
    /// When it was raised.
    pub raised: Timestamp,
    /// When it was over.
    pub cleared: Option<Timestamp>,
    /// What is said: the draft of the warning.
    pub text: String,
    /// What happened, in order.
    pub notes: Vec<NoteView>,
    /// What may be done, each a dry run.
    pub actions: Vec<ActionView>,
    /// The order that may be entered, or was.
    pub order: Option<OrderDraftView>,
    /// Who has seen it.
    pub acknowledged_by: Option<String>,
    /// When.
    pub acknowledged_at: Option<Timestamp>,
    /// Ids of the readings by which it was raised and what followed, by time.
    pub evidence: Vec<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteView {
    /// When.
    pub at: Timestamp,
    /// In words.
    pub text: String,
    /// Who, where a person did it.
    pub by: Option<String>,
}

/// Something that may be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionView {
    /// What it is.
    pub title: String,
    /// A device would be switched; else a person does something.
    pub device: bool,
    /// The role that approves it.
    pub approver: String,
    /// What exactly would be done.
    pub lines: Vec<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

/// The order that may be entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderDraftView {
    /// Code of the dispatch catalogue.
    pub item: String,
    /// 一般, 紧急 or 特急.
    pub grade: Grade,
    /// Where.
    pub place: String,
    /// What it says.
    pub text: String,
    /// Its number, once it was entered.
    pub number: Option<String>,
}

/// An alert with what is known of where it is.
///
/// # Errors
/// [`StoreError::Row`] where it was not written by this program.
pub(super) fn view(
    alert: &Alert,
    sensors: &Sensors,
    (datastreams, things): (&[Datastream], &[Thing]),
) -> Result<AlertView, StoreError> {
    let (notes, proposal) = (notes(alert)?, proposal(alert)?);
    let rule = sensors.rules.get(&alert.rule);
    let datastream = datastreams.iter().find(|it| it.id == alert.datastream);
    let thing = datastream.and_then(|it| things.iter().find(|thing| thing.id == it.thing));
    let named = |name: fn(&Thing) -> &String| thing.map(name).cloned().unwrap_or_default();
    let limit = rule.and_then(|rule| {
        let mut limits = rule.limits.iter();
        let of_level = limits.find(|limit| alert.level.as_deref() == Some(limit.level.name()));
        of_level.map(|limit| limit.bound)
    });
    Ok(AlertView {
        id: alert.id.clone(),
        level: alert.level.clone(),
        kind: rule.map(|rule| rule.kind.clone()).unwrap_or_default(),
        title: rule.map(|rule| rule.title.clone()).unwrap_or_default(),
        unit: rule.map(|rule| rule.unit.clone()).unwrap_or_default(),
        place: named(|thing| &thing.place),
        district: named(|thing| &thing.district),
        thing: named(|thing| &thing.name),
        datastream: alert.datastream.clone(),
        rule: alert.rule.clone(),
        basis: rule.map(|rule| rule.basis.clone()).unwrap_or_default(),
        limit,
        raised: alert.raised,
        cleared: alert.cleared,
        text: proposal.alert.text.clone(),
        actions: actions(&proposal, &notes),
        order: order(proposal, &notes),
        evidence: evidence(&notes),
        notes: notes.iter().map(said).collect(),
        acknowledged_by: alert.acknowledged.as_ref().map(|it| it.by.clone()),
        acknowledged_at: alert.acknowledged.as_ref().map(|it| it.at),
    })
}

fn said(note: &Note) -> NoteView {
    match note {
        Note::Happened { event, text, .. } => NoteView {
            at: event.at,
            text: text.clone(),
            by: None,
        },
        Note::Approved { title, by, at, .. } => NoteView {
            at: *at,
            text: format!("已批准：{title}（演练，系统没有操作设备）"),
            by: Some(by.clone()),
        },
        Note::Ordered { order, by, at } => NoteView {
            at: *at,
            text: format!("已登记工单 {order}"),
            by: Some(by.clone()),
        },
    }
}

fn actions(proposal: &Proposal, notes: &[Note]) -> Vec<ActionView> {
    let approved = |place: usize, named: &str| {
        notes.iter().find_map(|note| match note {
            // A graver level has other actions in the same places.
            Note::Approved {
                action,
                title,
                by,
                at,
            } if *action == place && title == named => Some((by.clone(), *at)),
            Note::Approved { .. } | Note::Happened { .. } | Note::Ordered { .. } => None,
        })
    };
    let actions = proposal.actions.iter().enumerate();
    actions
        .map(|(place, action)| {
            let approved = approved(place, &action.title);
            ActionView {
                title: action.title.clone(),
                device: action.device,
                approver: action.approver.clone(),
                lines: action.lines.clone(),
                approved_by: approved.as_ref().map(|(by, _)| by.clone()),
                approved_at: approved.map(|(_, at)| at),
            }
        })
        .collect()
}

fn order(proposal: Proposal, notes: &[Note]) -> Option<OrderDraftView> {
    let draft = proposal.order?;
    let number = notes.iter().find_map(|note| match note {
        Note::Ordered { order, .. } => Some(order.clone()),
        Note::Happened { .. } | Note::Approved { .. } => None,
    });
    Some(OrderDraftView {
        item: draft.item,
        grade: draft.grade,
        place: draft.place,
        text: draft.text,
        number,
    })
}

/// Ids of readings begin with the datastream and end with a time, so that their order is that of time.
fn evidence(notes: &[Note]) -> Vec<String> {
    let mut ids: Vec<String> = notes
        .iter()
        .flat_map(|note| match note {
            Note::Happened { event, .. } => event.evidence.clone(),
            Note::Approved { .. } | Note::Ordered { .. } => Vec::new(),
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}
