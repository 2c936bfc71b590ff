//! The file of playbooks as it is written, and what is checked in it. Keys are described in `playbooks.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::{Action, Grade, Notices, Occasion, OrderTemplate, Playbook, Playbooks};
use crate::sensor::kind::SensorKind;
use crate::sensor::watch::error::Error;
use crate::sensor::watch::file::Source;
use crate::sensor::watch::template::{Fact, Template};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    version: Spanned<String>,
    roles: BTreeSet<String>,
    notice: RawNotices,
    playbook: Vec<RawPlaybook>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNotices {
    lowered: Spanned<String>,
    cleared: Spanned<String>,
    recovered: Spanned<String>,
    suppressed: Spanned<String>,
    escalated: Spanned<String>,
    unplanned: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlaybook {
    id: Spanned<String>,
    kinds: Option<Vec<Spanned<String>>>,
    on: Spanned<Vec<String>>,
    alert: Spanned<String>,
    #[serde(default)]
    action: Vec<RawAction>,
    order: Option<RawOrder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction {
    title: Spanned<String>,
    device: bool,
    approver: Spanned<String>,
    lines: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrder {
    item: Spanned<String>,
    grade: Grade,
    text: Spanned<String>,
}

/// A file of playbooks being checked.
pub(super) struct Reader<'a> {
    pub(super) source: Source<'a>,
    pub(super) kinds: &'a [SensorKind],
    pub(super) items: &'a BTreeSet<String>,
}

impl Reader<'_> {
    pub(super) fn playbooks(&self, file: File) -> Result<Playbooks, Error> {
        if file.version.get_ref().trim().is_empty() {
            return Err(self.wrong(&file.version, "version", "is empty"));
        }
        let mut playbooks = Playbooks {
            notices: self.notices(&file.notice)?,
            version: file.version.into_inner(),
            all: Vec::new(),
            places: BTreeMap::new(),
        };
        for raw in &file.playbook {
            let id = raw.id.get_ref();
            if playbooks.all.iter().any(|before| before.id == *id) {
                return Err(self.wrong(&raw.id, "id", "is given twice"));
            }
            let occasions = self.occasions(&raw.on)?;
            self.place(raw, &occasions, &mut playbooks)?;
            let playbook = self.playbook(raw, &occasions, &file.roles)?;
            playbooks.all.push(playbook);
        }
        Ok(playbooks)
    }

    fn wrong<T>(&self, place: &Spanned<T>, key: &str, message: &str) -> Error {
        self.source.wrong(place, key, message)
    }

    fn text(&self, place: &Spanned<String>, key: &str, facts: &[Fact]) -> Result<Template, Error> {
        Template::parse(place.get_ref(), facts).map_err(|why| self.wrong(place, key, &why))
    }

    fn notices(&self, raw: &RawNotices) -> Result<Notices, Error> {
        use Fact::*;
        let device = [Place, Thing, Title, Since, Basis];
        let level = [Place, Thing, Title, Value, Unit, Since, Level, Basis];
        let notice = [
            Place, Thing, Title, Value, Unit, Since, Level, Limit, Basis, Notice,
        ];
        Ok(Notices {
            lowered: self.text(&raw.lowered, "notice.lowered", &level)?,
            cleared: self.text(&raw.cleared, "notice.cleared", &level)?,
            recovered: self.text(&raw.recovered, "notice.recovered", &device)?,
            suppressed: self.text(&raw.suppressed, "notice.suppressed", &level)?,
            escalated: self.text(&raw.escalated, "notice.escalated", &notice)?,
            unplanned: self.text(&raw.unplanned, "notice.unplanned", &device)?,
        })
    }

    fn occasions(&self, on: &Spanned<Vec<String>>) -> Result<Vec<Occasion>, Error> {
        let find = |name: &String| {
            let mut all = Occasion::ALL.into_iter();
            let found = all.find(|occasion| occasion.name() == name);
            found.ok_or_else(|| {
                let names = Occasion::ALL.map(Occasion::name).join("、");
                self.wrong(on, "on", &format!("`{name}` is not one of {names}"))
            })
        };
        let occasions: Vec<Occasion> = on.get_ref().iter().map(find).collect::<Result<_, _>>()?;
        if occasions.is_empty() {
            return Err(self.wrong(on, "on", "is empty"));
        }
        Ok(occasions)
    }

    /// Notes for what the next playbook is; each pair of kind and occasion has one.
    fn place(
        &self,
        raw: &RawPlaybook,
        occasions: &[Occasion],
        playbooks: &mut Playbooks,
    ) -> Result<(), Error> {
        let mut kinds = Vec::new();
        for code in raw.kinds.iter().flatten() {
            if !self.kinds.iter().any(|kind| kind.code == *code.get_ref()) {
                return Err(self.wrong(code, "kinds", "is not one of `kinds.toml`"));
            }
            kinds.push(Some(code.get_ref().clone()));
        }
        if raw.kinds.is_none() {
            kinds.push(None);
        }
        let place = playbooks.all.len();
        for kind in kinds {
            for occasion in occasions {
                let key = (kind.clone(), *occasion);
                if playbooks.places.insert(key, place).is_some() {
                    let name = occasion.name();
                    let message = format!("there is another playbook for `{name}` of this kind");
                    return Err(self.wrong(&raw.on, "on", &message));
                }
            }
        }
        Ok(())
    }

    fn playbook(
        &self,
        raw: &RawPlaybook,
        occasions: &[Occasion],
        roles: &BTreeSet<String>,
    ) -> Result<Playbook, Error> {
        // A text is for all of its occasions, so it may name only what is known on each.
        let known = |fact: &Fact| occasions.iter().all(|it| it.facts().contains(fact));
        let facts: Vec<Fact> = Fact::ALL.into_iter().filter(known).collect();
        let order = raw.order.as_ref().map(|order| self.order(order, &facts));
        let actions = raw.action.iter();
        let actions = actions.map(|action| self.action(action, &facts, roles));
        Ok(Playbook {
            id: raw.id.get_ref().clone(),
            alert: self.text(&raw.alert, "alert", &facts)?,
            actions: actions.collect::<Result<_, _>>()?,
            order: order.transpose()?,
        })
    }

    fn action(
        &self,
        raw: &RawAction,
        facts: &[Fact],
        roles: &BTreeSet<String>,
    ) -> Result<Action, Error> {
        if raw.title.get_ref().trim().is_empty() {
            return Err(self.wrong(&raw.title, "action.title", "is empty"));
        }
        if !roles.contains(raw.approver.get_ref()) {
            let message = "is not one of `roles` at the head of the file";
            return Err(self.wrong(&raw.approver, "action.approver", message));
        }
        let lines = raw.lines.iter();
        let lines = lines.map(|line| self.text(line, "action.lines", facts));
        Ok(Action {
            title: raw.title.get_ref().clone(),
            device: raw.device,
            approver: raw.approver.get_ref().clone(),
            lines: lines.collect::<Result<_, _>>()?,
        })
    }

    fn order(&self, raw: &RawOrder, facts: &[Fact]) -> Result<OrderTemplate, Error> {
        if !self.items.contains(raw.item.get_ref()) {
            let message = "is not a code of the dispatch catalogue";
            return Err(self.wrong(&raw.item, "order.item", message));
        }
        Ok(OrderTemplate {
            item: raw.item.get_ref().clone(),
            grade: raw.grade,
            text: self.text(&raw.text, "order.text", facts)?,
        })
    }
}
