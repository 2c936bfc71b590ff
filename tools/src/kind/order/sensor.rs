//! An order that follows from an alert: item, grade and words stand in the playbook, the readings are its evidence.

use jiff::Timestamp;

use super::INTAKE_OF_SENSORS;
use crate::alert::{AlertView, OrderDraftView};
use crate::error::Error;
use crate::hotline::{Hotline, machine};
use crate::order::action::{
    Channel, Consent, Grading, Item, Level, Opening, Registration, RequestKind, Score,
};
use crate::order::{Action, Order, Proposal};
use crate::sensor::watch::playbook::Grade;

/// The order as it comes in, and what the program does with it up to a grade that waits for a person where it must.
///
/// # Errors
/// [`Error::Refused`] for an item that the catalogue does not have.
pub(crate) fn opened_by_sensor(
    hotline: &Hotline,
    (id, key, citizen): (String, &str, String),
    (view, draft): (&AlertView, &OrderDraftView),
    now: Timestamp,
) -> Result<(Order, Vec<Proposal>), Error> {
    let item = hotline.catalog.iter().find(|item| item.code == draft.item);
    let item = item.ok_or_else(|| Error::Refused {
        message: format!("派单目录没有编号为 {} 的事项", draft.item),
    })?;
    let opening = Opening {
        order: id,
        key: key.to_owned(),
        text: draft.text.clone(),
        channel: Channel::Sensor,
        consent: Consent::Units,
        contact: None,
        citizen,
    };
    let opener = machine(INTAKE_OF_SENSORS);
    let order = Order::open(opening, opener, now, &hotline.rules, &hotline.calendar);
    let order = order.map_err(|refused| Error::Refused {
        message: refused.to_string(),
    })?;
    let registration = Registration {
        request: Some(RequestKind::Help),
        items: vec![Item {
            category: item.code.clone(),
            name: item.name.clone(),
        }],
        address: Some(format!("{}{}", view.district, draft.place)),
        accused: None,
        fields: Vec::new(),
    };
    let level = level(draft.grade);
    let grading = Grading {
        level,
        life_safety: level == Level::Critical,
        scores: vec![Score {
            label: level.name().to_owned(),
            per_mille: 1000,
        }],
        model: format!("预案（规则 {}）", view.rule),
        catalogue: hotline.catalog.version.clone(),
    };
    let actions = [
        Action::Register(registration),
        Action::Complete,
        Action::Accept {
            rule: format!("预警 {}", view.id),
        },
        Action::Grade(grading),
    ];
    let proposals = actions.into_iter().map(|action| Proposal {
        action,
        actor: machine(INTAKE_OF_SENSORS),
        at: now,
        reason: format!("预警 {}：{}", view.id, view.basis),
        evidence: view.evidence.clone(),
    });
    Ok((order, proposals.collect()))
}

fn level(grade: Grade) -> Level {
    match grade {
        Grade::General => Level::General,
        Grade::Urgent => Level::Urgent,
        Grade::Critical => Level::Critical,
    }
}
