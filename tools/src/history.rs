//! Orders that were worked on before this program came, or in another one: a city's past, taken in event by event.
//!
//! Every event goes through the state machine like one of today, so that what is stored obeys the rules of the hotline
//! and is counted with the rest. An event that the rules refuse ends the history of its order and is reported; the order
//! stands as it was before. Reminders are not made up afterwards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::error::Error;
use crate::hotline::{Hotline, handle, machine};
use crate::kind::order::decided;
use crate::order::action::{
    Action, Answers, Channel, Consent, Dispatching, Grading, Item, Level, Opening, Registration,
    Reply, RequestKind, Said, Suspension,
};
use crate::order::{Actor, ActorRole, Order, Proposal};
use crate::store::{Reporter, Store};
use crate::tool::Person;

/// An order of the past, as a line of a JSONL file has it. Keys that are not named here are passed over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PastOrder {
    /// Its number.
    pub id: String,
    /// When it came in: RFC 3339.
    pub time: Timestamp,
    /// Code of the way by which it came.
    pub channel: Channel,
    /// The person's words.
    pub text: String,
    /// Code of its item in the catalogue.
    pub item: String,
    /// 咨询, 求助, 投诉, 举报 or 建议.
    pub kind: String,
    /// 一般, 紧急 or 特急.
    pub grade: String,
    /// The district that has a copy.
    #[serde(default)]
    pub district: Option<String>,
    /// The place; may be empty.
    #[serde(default)]
    pub address: String,
    /// The unit that leads.
    pub department: String,
    /// Identifier of the resident who asked.
    pub reporter: String,
    /// Numbers of earlier orders that it repeats, as the hotline linked them.
    #[serde(default)]
    pub linked: Vec<String>,
    /// What became of it, in order of time.
    pub events: Vec<PastEvent>,
}

/// Something that was done with an order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PastEvent {
    /// When: RFC 3339.
    pub time: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: PastAction,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PastAction {
    /// It was given to a unit.
    Dispatched {
        /// The unit.
        department: String,
    },
    /// The unit took it on.
    Signed,
    /// The unit said that it is not its duty.
    ReturnRequested {
        /// Why.
        reason: String,
    },
    /// It stayed with the unit.
    ReturnRefused {
        /// Why.
        reason: String,
    },
    /// The unit spoke with the person.
    Contacted,
    /// The unit got more time.
    Extended {
        /// Working days.
        days: u16,
        /// Why.
        reason: String,
    },
    /// The unit replied.
    Replied,
    /// The person was asked how it went.
    CalledBack {
        /// Whether the unit got in touch.
        responded: bool,
        /// Whether it is settled.
        resolved: bool,
        /// Whether they are content.
        satisfied: bool,
    },
    /// The unit had to work on it again.
    Redo,
    /// It was blocked by circumstances (挂账).
    Suspended {
        /// Id of the ground in the rules.
        class: String,
        /// Why.
        reason: String,
        /// When it is looked at again.
        review: Date,
    },
    /// It was closed.
    Archived {
        /// Why, where the person was not content.
        #[serde(default)]
        reason: String,
        /// The papers that show it.
        #[serde(default)]
        evidence: Vec<String>,
    },
}

/// What came of taking orders in.
#[derive(Debug, Default)]
pub struct Taken {
    /// Orders that were stored.
    pub stored: usize,
    /// Orders that were there.
    pub known: usize,
    /// Number of the order and why its history ends there, or why it was left out.
    pub refused: Vec<(String, String)>,
}

/// What a record of the past does not say.
const UNSAID: &str = "历史数据未记载";

impl Hotline {
    /// Takes orders of the past into the store, in one transaction; those that are there stay as they are.
    ///
    /// # Errors
    /// What the store reports; then none is stored.
    pub async fn take_in(&self, store: &Store, past: &[PastOrder]) -> Result<Taken, Error> {
        let mut taken = Taken::default();
        let mut orders = Vec::new();
        for past in past {
            match self.recall(past) {
                Ok((order, ended)) => {
                    taken
                        .refused
                        .extend(ended.map(|why| (past.id.clone(), why)));
                    orders.push((order, reporter(past)));
                }
                Err(error) => taken.refused.push((past.id.clone(), error.to_string())),
            }
        }
        taken.stored = store.put_orders(&orders).await?;
        taken.known = orders.len() - taken.stored;
        Ok(taken)
    }

    /// An order of the past as it stands now, and why its history ends early if it does.
    fn recall(&self, past: &PastOrder) -> Result<(Order, Option<String>), Error> {
        let refused = |message: String| Error::Refused { message };
        let item = self
            .catalog
            .get(&past.item)
            .ok_or_else(|| refused(format!("目录中没有事项 {}", past.item)))?;
        let opening = Opening {
            order: past.id.clone(),
            key: format!("past/{}", past.id),
            text: past.text.clone(),
            channel: past.channel,
            consent: Consent::Withheld,
            contact: None,
            citizen: handle(&person(past)),
        };
        let opened = Order::open(
            opening,
            machine(PAST),
            past.time,
            &self.rules,
            &self.calendar,
        );
        let mut order = opened.map_err(|error| refused(error.to_string()))?;
        let kind = named(&RequestKind::ALL, RequestKind::name, "kind", &past.kind)?;
        let level = named(&Level::ALL, Level::name, "grade", &past.grade)?;
        let linked = (!past.linked.is_empty()).then(|| Action::Link {
            orders: past.linked.clone(),
            rule: "历史工单".to_owned(),
            told: UNSAID.to_owned(),
        });
        let mut begun = vec![
            (
                machine(PAST),
                Action::Register(Registration {
                    request: Some(kind),
                    items: vec![Item {
                        category: item.code.clone(),
                        name: item.name.clone(),
                    }],
                    address: Some(past.address.clone()).filter(|address| !address.is_empty()),
                    accused: None,
                    fields: Vec::new(),
                }),
            ),
            (machine(PAST), Action::Complete),
        ];
        begun.extend(linked.map(|action| (machine(PAST), action)));
        begun.extend([
            (
                machine(PAST),
                Action::Accept {
                    rule: "历史工单".to_owned(),
                },
            ),
            (
                self.centre(),
                Action::Grade(Grading {
                    level,
                    life_safety: false,
                    scores: Vec::new(),
                    model: String::new(),
                    catalogue: self.catalog.version.clone(),
                }),
            ),
        ]);
        for (by, action) in begun {
            self.append(&mut order, (action, by), past.time, ("历史工单", &[]))?;
        }
        for event in &past.events {
            for (action, by) in self.actions(past, &event.what) {
                let (reason, papers) = why(&event.what);
                let done = self.append(&mut order, (action, by), event.time, (reason, papers));
                if let Err(error) = done {
                    return Ok((order, Some(format!("{}：{error}", event.time))));
                }
            }
        }
        Ok((order, None))
    }

    fn append(
        &self,
        order: &mut Order,
        (action, actor): (Action, Actor),
        at: Timestamp,
        (reason, evidence): (&str, &[String]),
    ) -> Result<(), Error> {
        let proposal = Proposal {
            action,
            actor,
            at,
            reason: reason.to_owned(),
            evidence: evidence.to_vec(),
        };
        let entry = decided(order, proposal, self)?;
        order.apply(&entry);
        Ok(())
    }

    /// The unit that answers for a district.
    fn seat(&self, district: &str) -> String {
        let seat = format!("{district}人民政府");
        if self.units.contains(&seat) {
            seat
        } else {
            district.to_owned()
        }
    }

    fn centre(&self) -> Actor {
        Actor {
            role: ActorRole::Centre,
            id: PAST.to_owned(),
            unit: None,
        }
    }

    /// What is done by an event of the past, and by whom.
    fn actions(&self, past: &PastOrder, what: &PastAction) -> Vec<(Action, Actor)> {
        let centre = || self.centre();
        let unit = || Actor {
            role: ActorRole::Unit,
            id: PAST.to_owned(),
            unit: Some(past.department.clone()),
        };
        match what {
            PastAction::Dispatched { department } => {
                vec![(self.dispatching(past, department), centre())]
            }
            PastAction::Signed => vec![(Action::Sign, unit())],
            PastAction::ReturnRequested { reason } => vec![(
                Action::RequestReturn {
                    basis: reason.clone(),
                    document: UNSAID.to_owned(),
                },
                unit(),
            )],
            PastAction::ReturnRefused { .. } => vec![(Action::RefuseReturn, centre())],
            PastAction::Contacted => vec![(
                Action::Contact {
                    channel: UNSAID.to_owned(),
                    summary: UNSAID.to_owned(),
                },
                unit(),
            )],
            PastAction::Extended { days, .. } => vec![
                (Action::RequestExtension { days: *days }, unit()),
                (
                    Action::ApproveExtension {
                        told: UNSAID.to_owned(),
                    },
                    centre(),
                ),
            ],
            PastAction::Replied => vec![(
                Action::Reply(Reply {
                    facts: UNSAID.to_owned(),
                    basis: vec![UNSAID.to_owned()],
                    result: UNSAID.to_owned(),
                    files: Vec::new(),
                }),
                unit(),
            )],
            PastAction::CalledBack {
                responded,
                resolved,
                satisfied,
            } => vec![
                (Action::AcceptReply, centre()),
                (
                    Action::AnswerCallback(Answers {
                        responded: said(*responded),
                        resolved: said(*resolved),
                        satisfied: said(*satisfied),
                    }),
                    centre(),
                ),
            ],
            PastAction::Redo => vec![(Action::Redo, centre())],
            PastAction::Suspended { class, review, .. } => vec![(
                Action::Suspend(Suspension {
                    class: class.clone(),
                    measures: UNSAID.to_owned(),
                    review: *review,
                    told: UNSAID.to_owned(),
                }),
                centre(),
            )],
            PastAction::Archived { .. } => vec![(Action::Archive, centre())],
        }
    }

    fn dispatching(&self, past: &PastOrder, department: &str) -> Action {
        let item = self.catalog.get(&past.item);
        let assist = item.into_iter().flat_map(|item| &item.assist);
        Action::Dispatch(Dispatching {
            lead: department.to_owned(),
            assist: assist.filter(|unit| *unit != department).cloned().collect(),
            copy: past.district.as_deref().map(|district| self.seat(district)),
            catalogue: format!("{}@{}", past.item, self.catalog.version),
            basis: item.map_or_else(
                || UNSAID.to_owned(),
                |item| format!("权责清单{}", item.duty.clause),
            ),
        })
    }
}

/// Name under which entries of the past are made.
const PAST: &str = "history";

fn person(past: &PastOrder) -> Person {
    Person {
        id: format!("resident:{}", past.reporter),
        role: "citizen".to_owned(),
        unit: None,
    }
}

fn reporter(past: &PastOrder) -> Reporter {
    Reporter {
        person: person(past),
        name: None,
        phone: None,
        email: None,
    }
}

/// The person's answer, of which the past says only this.
fn said(yes: bool) -> Said {
    Said {
        yes,
        words: if yes { "是" } else { "否" }.to_owned(),
    }
}

fn why(what: &PastAction) -> (&str, &[String]) {
    match what {
        PastAction::ReturnRequested { reason }
        | PastAction::ReturnRefused { reason }
        | PastAction::Extended { reason, .. }
        | PastAction::Suspended { reason, .. } => (reason, &[]),
        PastAction::Archived { reason, evidence } => (reason, evidence),
        PastAction::Redo => ("诉求人表示没有解决或者不满意", &[]),
        PastAction::Dispatched { .. }
        | PastAction::Signed
        | PastAction::Contacted
        | PastAction::Replied
        | PastAction::CalledBack { .. } => ("", &[]),
    }
}

fn named<T: Copy>(
    all: &[T],
    name: impl Fn(T) -> &'static str,
    key: &str,
    wanted: &str,
) -> Result<T, Error> {
    let found = all.iter().copied().find(|known| name(*known) == wanted);
    found.ok_or_else(|| Error::Refused {
        message: format!("`{key}`：没有“{wanted}”，应为{}之一", {
            let names: Vec<&str> = all.iter().map(|known| name(*known)).collect();
            names.join("、")
        }),
    })
}

/// Reads a file of past orders: those that can be read, and number of the line with what is wrong with the others.
pub fn read_past(text: &str) -> (Vec<PastOrder>, BTreeMap<usize, String>) {
    let (mut orders, mut wrong) = (Vec::new(), BTreeMap::new());
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(order) => orders.push(order),
            Err(error) => {
                wrong.insert(number, error.to_string());
            }
        }
    }
    (orders, wrong)
}
