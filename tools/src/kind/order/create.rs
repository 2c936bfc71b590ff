//! Taking a request in: from a person's words to an order that waits for its grade to be confirmed or for the centre.

use serde_json::{Value, json};

use super::view::{masked, view};
use super::{OrderTool, decided};
use crate::error::Error;
use crate::hotline::{Assessment, Lean, handle, machine};
use crate::intake;
use crate::order::action::{
    Channel, Consent, Field, FieldSource, Grading, Item, Level, Opening, Registration, RequestKind,
    Score,
};
use crate::order::{Action, Actor, ActorRole, Order, Proposal};
use crate::store::Reporter;
use crate::tool::{Output, Preview, Task};

/// Who makes the entries that follow from the words.
const INTAKE: &str = "intake";

/// Arguments that become facts of the order as they are.
const FIELDS: [&str; 5] = ["time", "object", "lat", "long", "media_url"];

/// Item of a request in which nothing was recognised: its code and its name.
pub const OTHER: (&str, &str) = ("0000", "其他诉求");

impl OrderTool {
    pub(super) fn preview_create(&self, task: Task<'_>) -> Result<Preview, Error> {
        let text = self.text(task, "text")?;
        let assessment = self.assessed(task, text);
        let items: Vec<&str> = assessment
            .items
            .iter()
            .map(|item| item.name.as_str())
            .collect();
        let mut lines = vec![
            "向12345热线登记工单，由热线服务中心派单".to_owned(),
            format!("诉求：{text}"),
            format!(
                "事项：{}",
                if items.is_empty() {
                    OTHER.1.to_owned()
                } else {
                    items.join("、")
                }
            ),
        ];
        let address = address(task, &assessment);
        lines.extend(address.map(|address| format!("地址：{address}")));
        lines.extend(coordinates(task).map(|spot| format!("坐标：{spot}")));
        let said = |name: &str| task.arguments.text(name);
        lines.extend(said("media_url").map(|address| format!("照片：{address}")));
        lines.extend(said("phone").map(|phone| format!("联系电话：{}", masked(phone))));
        lines.extend(said("email").map(|mail| format!("电子邮箱：{}", masked_mail(mail))));
        lines.extend(
            assessment
                .grade
                .number
                .as_ref()
                .map(|number| format!("情况紧急，请立即拨打{number}；工单同时登记，不能代替报警")),
        );
        lines.push(match consent(task) {
            Consent::Withheld => "姓名和电话不告知承办单位".to_owned(),
            Consent::Units => "电话可以告知承办单位，举报事项除外".to_owned(),
            Consent::Disclosed => "电话可以告知承办单位".to_owned(),
        });
        lines.extend(
            assessment
                .departments
                .first()
                .map(|lean| format!("建议主办：{}（供派单人员参考）", lean.department)),
        );
        lines.extend(
            assessment
                .near
                .map(|near| format!("与在办工单 {} 相近，将关联", near.id)),
        );
        Ok(Preview {
            target: "hotline".to_owned(),
            lines,
        })
    }

    pub(super) async fn create(&self, task: Task<'_>) -> Result<Output, Error> {
        let text = self.text(task, "text")?;
        let assessment = self.assessed(task, text);
        let reporter = Reporter {
            person: task.person.clone(),
            name: task.arguments.text("name").map(str::to_owned),
            phone: task.arguments.text("phone").map(str::to_owned),
            email: task.arguments.text("email").map(str::to_owned),
        };
        let day = self.hotline.calendar.date(task.now);
        let opened = self.store.open_order(task.key, day, &reporter, |id| {
            self.opened(task, id, text, &assessment)
        });
        let order = opened.await?;
        self.hotline.note(&order);
        Ok(self.taken_in(&order, &self.actor(task)?, assessment.departments))
    }

    /// The receipt for the person: the order as they see it, and the department that comes first.
    pub(super) fn taken_in(&self, order: &Order, viewer: &Actor, suggested: Vec<Lean>) -> Output {
        let suggested = suggested.into_iter().next().map(|lean| lean.department);
        Output {
            evidence: vec![format!("order:{}", order.id)],
            value: json!({
                "order": order.id,
                "suggested": suggested,
                "view": view(order, viewer, &self.hotline),
            }),
        }
    }

    /// The words, with what was answered when something was missing.
    fn assessed(&self, task: Task<'_>, text: &str) -> Assessment {
        let mut ways = ["phone", "email"].into_iter();
        let contact = ways.any(|way| task.arguments.text(way).is_some());
        let chosen = task.arguments.text("item");
        let chosen = chosen.and_then(|code| self.hotline.catalog.get(code));
        let mut assessment = self.hotline.assess_as(chosen, text, contact, task.now);
        if let Some(address) = task.arguments.text("address") {
            assessment.place = self.hotline.places.locate(address);
        }
        assessment
    }

    fn opened(
        &self,
        task: Task<'_>,
        id: String,
        text: &str,
        assessment: &Assessment,
    ) -> Result<Order, Error> {
        let hotline = &self.hotline;
        let actor = self.actor(task)?;
        let opener = match actor.role {
            // A clerk takes it down for somebody on the telephone.
            ActorRole::Centre => Actor {
                role: ActorRole::Operator,
                ..actor
            },
            ActorRole::Citizen | ActorRole::Operator | ActorRole::Unit | ActorRole::Machine => {
                actor
            }
        };
        let opening = Opening {
            order: id,
            key: task.key.to_owned(),
            text: text.to_owned(),
            channel: channel(task),
            consent: consent(task),
            contact: contact(task),
            citizen: handle(task.person),
        };
        let refused = |refused: crate::order::Refused| Error::Refused {
            message: refused.to_string(),
        };
        let mut order = Order::open(opening, opener, task.now, &hotline.rules, &hotline.calendar)
            .map_err(refused)?;
        for action in course(task, assessment, &hotline.grades.version) {
            let proposal = Proposal {
                action,
                actor: machine(INTAKE),
                at: task.now,
                reason: assessment.grade.reason.clone(),
                evidence: Vec::new(),
            };
            let entry = decided(&order, proposal, hotline)?;
            order.apply(&entry);
        }
        Ok(order)
    }
}

/// What the program does with a request on its own, up to a grade that waits for a person where it must.
fn course(task: Task<'_>, assessment: &Assessment, version: &str) -> Vec<Action> {
    let mut actions = vec![Action::Register(registration(task, assessment))];
    match &assessment.grade.number {
        // An emergency is handed over at once, and beside it the order goes its own way.
        Some(number) => actions.extend([
            Action::Transfer {
                number: number.clone(),
                told: format!("情况紧急，请立即拨打{number}；工单同时登记"),
            },
            Action::Continue,
        ]),
        None => {
            actions.push(Action::Complete);
            actions.extend(assessment.near.as_ref().map(|near| Action::Link {
                orders: vec![near.id.clone()],
                rule: "原文、地点和事项相近".to_owned(),
                told: format!("已有相近的在办工单 {}，一并关联办理", near.id),
            }));
            actions.push(Action::Accept {
                rule: "派单目录".to_owned(),
            });
        }
    }
    actions.push(Action::Grade(grading(assessment, version)));
    actions
}

fn registration(task: Task<'_>, assessment: &Assessment) -> Registration {
    let items = assessment.items.iter().map(|item| Item {
        category: item.code.clone(),
        name: item.name.clone(),
    });
    let mut items: Vec<Item> = items.collect();
    if items.is_empty() {
        items.push(Item {
            category: OTHER.0.to_owned(),
            name: OTHER.1.to_owned(),
        });
    }
    let kind = assessment.items.first().map(|item| item.kind.as_str());
    let kind = RequestKind::ALL
        .into_iter()
        .find(|known| Some(known.name()) == kind);
    let fields = FIELDS.into_iter().filter_map(|name| {
        let value = task.arguments.text(name)?;
        Some(Field {
            name: name.to_owned(),
            value: value.to_owned(),
            source: FieldSource::Asked {
                words: value.to_owned(),
            },
        })
    });
    Registration {
        request: Some(kind.unwrap_or(RequestKind::Help)),
        items,
        address: address(task, assessment),
        accused: None,
        fields: fields.collect(),
    }
}

fn address(task: Task<'_>, assessment: &Assessment) -> Option<String> {
    let said = || Some(assessment.place.address.line()).filter(|line| !line.is_empty());
    task.arguments
        .text("address")
        .map(str::to_owned)
        .or_else(said)
        .or_else(|| coordinates(task))
}

/// Where it is on the map, for whoever has to go there.
fn coordinates(task: Task<'_>) -> Option<String> {
    let (lat, long) = (task.arguments.text("lat")?, task.arguments.text("long")?);
    Some(format!("东经{long}°、北纬{lat}°"))
}

/// How the person can be reached, masked.
fn contact(task: Task<'_>) -> Option<String> {
    let phone = task.arguments.text("phone").map(masked);
    phone.or_else(|| task.arguments.text("email").map(masked_mail))
}

/// What the record of an order says of a person's e-mail address.
fn masked_mail(mail: &str) -> String {
    let first: String = mail.chars().take(1).collect();
    let host = mail.rsplit_once('@').map_or("", |(_, host)| host);
    // A host that is mostly a number may be one's own.
    if host.chars().filter(|letter| letter.is_numeric()).count() > 4 {
        return "****".to_owned();
    }
    format!("{first}****@{host}")
}

fn grading(assessment: &Assessment, version: &str) -> Grading {
    let level = match assessment.grade.grade {
        intake::Grade::Ordinary => Level::General,
        intake::Grade::Urgent => Level::Urgent,
        intake::Grade::Critical => Level::Critical,
    };
    // Thousandths of a number from 0 to 1.
    let per_mille = (assessment.grade.confidence.clamp(0.0, 1.0) * 1000.0).round() as u16;
    Grading {
        level,
        life_safety: assessment.grade.life_safety,
        scores: vec![Score {
            label: level.name().to_owned(),
            per_mille,
        }],
        model: format!("定级词表 {version}"),
        catalogue: assessment.catalog.clone(),
    }
}

fn consent(task: Task<'_>) -> Consent {
    let named = task.arguments.get("consent").cloned().unwrap_or_default();
    serde_json::from_value(named).unwrap_or_default()
}

fn channel(task: Task<'_>) -> Channel {
    let named = task
        .arguments
        .get("channel")
        .cloned()
        .unwrap_or(Value::from("web"));
    serde_json::from_value(named).unwrap_or(Channel::Web)
}
