//! An order as statistics count it.

use crate::order::due::DueKind;
use crate::order::{Order, State};
use crate::statistics::{Case, Standing};

use super::Hotline;

impl Hotline {
    /// What is counted of an order; none of one without entries.
    pub fn case(&self, order: &Order) -> Option<Case> {
        let opened = order.entries.first()?.at;
        let item = order.items.first();
        let described = item.and_then(|item| self.catalog.get(&item.category));
        let said = order.address.as_deref().unwrap_or(&order.text);
        let standing = match order.state {
            State::Archived => Standing::Closed,
            State::Suspended => Standing::Suspended,
            State::Received
            | State::Intake
            | State::AwaitingFacts
            | State::Screen
            | State::Grade
            | State::DispatchReady
            | State::Consultation
            | State::Dispatched
            | State::ReturnRequested
            | State::Handling
            | State::Replied
            | State::Callback
            | State::Answered
            | State::Emergency => Standing::Open,
        };
        let closing = order
            .entries
            .last()
            .filter(|last| last.to == State::Archived);
        Some(Case {
            at: opened,
            id: order.id.clone(),
            text: order.text.clone(),
            item: item.map(|item| item.name.clone()),
            group: described.map(|item| item.group.clone()),
            district: order.copy.clone(),
            place: self.place(said),
            department: order.lead.clone(),
            grade: order.level().name().to_owned(),
            state: standing,
            due: order.dues.get(&DueKind::Handle).map(|due| due.at),
            closed: closing.map(|last| last.at),
            reporter: Some(order.citizen.clone()),
            votes: 0,
            repeat_of: order.parent.as_ref().or(order.links.first()).cloned(),
        })
    }
}
