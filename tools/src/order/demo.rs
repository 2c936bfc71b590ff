//! The demo city's rules and calendar, some people, and data for every action. Only for tests.

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};

use super::action::*;
use super::actor::{Actor, ActorRole};
use super::calendar::{Calendar, add_months};
use super::clock::Reminder;
use super::due::DueKind;
use super::entry::{Entry, Proposal};
use super::error::Refused;
use super::fold::Order;
use super::kind::ActionKind;
use super::rules::Rules;
use crate::zone;

pub(crate) const TEXT: &str = "我们楼道堆满杂物，轮椅出不去，反映三次了";
pub(crate) const LEAD: &str = "临江区消防救援大队";
pub(crate) const ASSIST: &str = "临江区城市管理局";
pub(crate) const OTHER: &str = "云台区民政局";

pub(crate) fn rules() -> Rules {
    Rules::parse("hotline.toml", include_str!("../../../seeds/hotline.toml")).unwrap()
}

pub(crate) fn calendar() -> Calendar {
    let files = [
        (
            "2025.toml",
            include_str!("../../../seeds/calendar/2025.toml"),
        ),
        (
            "2026.toml",
            include_str!("../../../seeds/calendar/2026.toml"),
        ),
        (
            "helan-2026.toml",
            include_str!("../../../seeds/calendar/helan-2026.toml"),
        ),
    ];
    Calendar::parse(zone(), &files).unwrap()
}

/// A local time of the demo city.
pub(crate) fn time(written: &str) -> Timestamp {
    let civil: DateTime = written.parse().unwrap();
    let zone = zone();
    civil.to_zoned(zone).unwrap().timestamp()
}

pub(crate) fn shown(at: Timestamp) -> String {
    let zoned = at.to_zoned(zone());
    zoned.strftime("%Y-%m-%d %H:%M").to_string()
}

fn actor(role: ActorRole, id: &str, unit: Option<&str>) -> Actor {
    Actor {
        role,
        id: id.to_owned(),
        unit: unit.map(str::to_owned),
    }
}

pub(crate) fn citizen() -> Actor {
    actor(ActorRole::Citizen, "c-17", None)
}

pub(crate) fn stranger() -> Actor {
    actor(ActorRole::Citizen, "c-18", None)
}

pub(crate) fn operator() -> Actor {
    actor(ActorRole::Operator, "op-3", None)
}

pub(crate) fn centre() -> Actor {
    actor(ActorRole::Centre, "hc-1", None)
}

pub(crate) fn machine() -> Actor {
    actor(ActorRole::Machine, "clock", None)
}

pub(crate) fn unit(name: &str) -> Actor {
    actor(ActorRole::Unit, "u-9", Some(name))
}

/// All who take part in the walks.
pub(crate) fn people() -> Vec<Actor> {
    vec![
        citizen(),
        operator(),
        centre(),
        machine(),
        unit(LEAD),
        unit(ASSIST),
        unit(OTHER),
        stranger(),
    ]
}

pub(crate) fn opening() -> Opening {
    Opening {
        order: "HL-1".to_owned(),
        key: "key-1".to_owned(),
        text: TEXT.to_owned(),
        channel: Channel::Telephone,
        consent: Consent::Units,
        contact: Some("138****5678".to_owned()),
        citizen: "c-17".to_owned(),
    }
}

pub(crate) fn field(name: &str) -> Field {
    Field {
        name: name.to_owned(),
        value: "楼道".to_owned(),
        source: FieldSource::Given { start: 2, end: 4 },
    }
}

pub(crate) fn said(yes: bool) -> Said {
    Said {
        yes,
        words: if yes { "是的" } else { "没有" }.to_owned(),
    }
}

pub(crate) fn answers(responded: bool, resolved: bool, satisfied: bool) -> Action {
    Action::AnswerCallback(Answers {
        responded: said(responded),
        resolved: said(resolved),
        satisfied: said(satisfied),
    })
}

pub(crate) fn grading(level: Level, per_mille: u16) -> Grading {
    Grading {
        level,
        life_safety: false,
        scores: vec![Score {
            label: "消防通道".to_owned(),
            per_mille,
        }],
        model: "rules-1".to_owned(),
        catalogue: "2026-1".to_owned(),
    }
}

/// Data for an action which mostly fit the order, varied by `salt`.
pub(crate) fn data(kind: ActionKind, salt: u16, at: Timestamp) -> Action {
    // Now and then a text is missing.
    let words = |words: &str| {
        if salt % 23 == 5 {
            " ".to_owned()
        } else {
            words.to_owned()
        }
    };
    let choice = usize::from(salt / 7);
    let level = Level::ALL[choice % 3];
    let yes = |bit: u16| salt & (1 << bit) != 0;
    match kind {
        ActionKind::Open => Action::Open(opening()),
        ActionKind::Register => Action::Register(Registration {
            request: Some(RequestKind::ALL[choice % 5]),
            items: vec![Item {
                category: ["fire", "noise", "barrier"][choice % 3].to_owned(),
                name: words("楼道堆物"),
            }],
            address: yes(1).then(|| "临江区澜滨路8号".to_owned()),
            accused: yes(2).then(|| OTHER.to_owned()),
            fields: vec![field("地点")],
        }),
        ActionKind::AskFacts => Action::AskFacts {
            missing: vec![if yes(3) { "地点" } else { "楼号" }.to_owned()],
        },
        ActionKind::SupplyFacts => Action::SupplyFacts {
            fields: vec![Field {
                source: FieldSource::Asked {
                    words: words("3号楼"),
                },
                ..field(if yes(4) { "楼号" } else { "单元" })
            }],
        },
        ActionKind::Complete => Action::Complete,
        ActionKind::Link => Action::Link {
            orders: vec![if yes(5) { "HL-7" } else { "HL-1" }.to_owned()],
            rule: words("same-place"),
            told: words("正在办理"),
        },
        ActionKind::Accept => Action::Accept {
            rule: words("第六条"),
        },
        ActionKind::Answer => Action::Answer {
            text: words("可以在社区办理"),
            sources: vec![words("第三条")],
            version: words("2026-3"),
        },
        ActionKind::Merge => Action::Merge {
            into: words("HL-7"),
            told: words("正在办理"),
        },
        ActionKind::Decline => Action::Decline {
            ground: ["procedure", "repeat", "none"][choice % 3].to_owned(),
            channel: words("人民法院"),
        },
        ActionKind::Transfer => Action::Transfer {
            number: ["110", "119", "114"][choice % 3].to_owned(),
            told: words("请先离开现场"),
        },
        ActionKind::Acknowledge => Action::Acknowledge {
            receiver: words("119指挥中心已出警"),
        },
        ActionKind::Continue => Action::Continue,
        ActionKind::Grade => Action::Grade(Grading {
            life_safety: yes(6) && yes(7),
            ..grading(level, if yes(8) { 900 } else { 400 })
        }),
        ActionKind::Confirm => Action::Confirm,
        ActionKind::Consult => Action::Consult {
            units: vec![words(LEAD)],
        },
        ActionKind::Dispatch => Action::Dispatch(Dispatching {
            lead: words(if yes(9) { LEAD } else { ASSIST }),
            assist: vec![if yes(10) { ASSIST } else { LEAD }.to_owned()],
            copy: yes(11).then(|| ["临江区", OTHER][choice % 2].to_owned()),
            catalogue: words("2026-1/消防-03"),
            basis: words("《和澜市消防条例》第二十条"),
        }),
        ActionKind::Sign => Action::Sign,
        ActionKind::TakeAsSigned => Action::TakeAsSigned,
        ActionKind::RequestReturn => Action::RequestReturn {
            basis: words("权责清单第8项"),
            document: words("退单申请1号"),
        },
        ActionKind::AcceptReturn => Action::AcceptReturn,
        ActionKind::RefuseReturn => Action::RefuseReturn,
        ActionKind::Contact => Action::Contact {
            channel: words("电话"),
            summary: words("约定上门查看"),
        },
        ActionKind::AddAssist => Action::AddAssist {
            unit: if yes(9) { OTHER } else { ASSIST }.to_owned(),
            task: words("清运杂物"),
        },
        ActionKind::Report => Action::Report {
            text: words("已清运"),
        },
        ActionKind::RequestExtension => Action::RequestExtension { days: salt % 7 },
        ActionKind::ApproveExtension => Action::ApproveExtension {
            told: words("需要协调物业"),
        },
        ActionKind::RefuseExtension => Action::RefuseExtension,
        ActionKind::Regrade => Action::Regrade { level },
        ActionKind::Remind => Action::Remind {
            what: match choice % 3 {
                0 => Reminder::NearDue { percent: 50 },
                1 => Reminder::Passed {
                    due: DueKind::Contact,
                },
                _ => Reminder::ReviewNear,
            },
        },
        ActionKind::Urge => Action::Urge {
            words: if yes(1) {
                String::new()
            } else {
                words("请快一点")
            },
        },
        ActionKind::Supervise => Action::Supervise {
            level: (salt % 5).try_into().unwrap(),
        },
        ActionKind::Reply => Action::Reply(Reply {
            facts: words("现场有杂物"),
            basis: vec!["《和澜市消防条例》第二十条".to_owned()],
            result: words("已清理"),
            files: vec!["照片1".to_owned()],
        }),
        ActionKind::ReturnReply => Action::ReturnReply,
        ActionKind::AcceptReply => Action::AcceptReply,
        ActionKind::AnswerCallback => answers(yes(0), yes(1), yes(2)),
        ActionKind::MissCallback => Action::MissCallback {
            channel: words("电话"),
        },
        ActionKind::Redo => Action::Redo,
        ActionKind::Suspend => Action::Suspend(Suspension {
            class: ["policy", "history", "none"][choice % 3].to_owned(),
            measures: words("先设临时通道"),
            review: review(at, salt),
            told: words("已说明原因"),
        }),
        ActionKind::ReviewSuspension => Action::ReviewSuspension {
            finding: words("仍在协调"),
            review: review(at, salt),
        },
        ActionKind::Resume => Action::Resume,
        ActionKind::Archive => Action::Archive,
        ActionKind::Withdraw => Action::Withdraw,
        ActionKind::Reopen => Action::Reopen {
            facts: if yes(3) {
                Vec::new()
            } else {
                vec![field("再次堆物")]
            },
        },
    }
}

fn review(at: Timestamp, salt: u16) -> jiff::civil::Date {
    let today = at.to_zoned(zone()).date();
    match salt % 4 {
        0 => today,
        1 => add_months(today, 3),
        2 => today.saturating_add(3.days()),
        _ => add_months(today, 4),
    }
}

/// An order with the rules and the time by which it is worked on.
pub(crate) struct Desk {
    pub(crate) rules: Rules,
    pub(crate) calendar: Calendar,
    pub(crate) order: Order,
    pub(crate) now: Timestamp,
}

impl Desk {
    /// Opened on Monday 2 March 2026 at 9:00.
    pub(crate) fn new() -> Self {
        Self::at("2026-03-02 09:00", opening())
    }

    pub(crate) fn at(written: &str, opening: Opening) -> Self {
        let (rules, calendar, now) = (rules(), calendar(), time(written));
        let order = Order::open(opening, operator(), now, &rules, &calendar).unwrap();
        Self {
            rules,
            calendar,
            order,
            now,
        }
    }

    pub(crate) fn until(&mut self, written: &str) -> &mut Self {
        self.now = time(written);
        self
    }

    pub(crate) fn propose(&self, actor: Actor, action: Action) -> Result<Entry, Refused> {
        let proposal = Proposal {
            action,
            actor,
            at: self.now,
            reason: "情况如此".to_owned(),
            evidence: vec!["录音1".to_owned()],
        };
        self.order.decide(proposal, &self.rules, &self.calendar)
    }

    /// Does something that has to be allowed.
    pub(crate) fn act(&mut self, actor: Actor, action: Action) -> &mut Self {
        let entry = self.propose(actor, action).unwrap();
        self.order.apply(&entry);
        self
    }

    /// What is said when something is not allowed.
    pub(crate) fn refusal(&self, actor: Actor, action: Action) -> String {
        self.propose(actor, action).unwrap_err().why
    }

    /// What the clock asks for, done.
    pub(crate) fn tick(&mut self) -> Vec<Action> {
        let actions = super::clock::tick(&self.order, self.now, &self.rules, &self.calendar);
        for action in &actions {
            self.act(machine(), action.clone());
        }
        actions
    }

    /// Registered, not yet complete.
    pub(crate) fn registered(&mut self, request: RequestKind) -> &mut Self {
        let registration = Registration {
            request: Some(request),
            items: vec![Item {
                category: "fire".to_owned(),
                name: "楼道堆物".to_owned(),
            }],
            address: Some("临江区澜滨路8号".to_owned()),
            accused: None,
            fields: vec![field("地点")],
        };
        self.act(operator(), Action::Register(registration))
    }

    /// Accepted, to be graded.
    pub(crate) fn accepted(&mut self, request: RequestKind) -> &mut Self {
        let rule = "第六条".to_owned();
        self.registered(request)
            .act(operator(), Action::Complete)
            .act(operator(), Action::Accept { rule })
    }

    /// Graded by a person, to be dispatched.
    pub(crate) fn ready(&mut self, request: RequestKind, level: Level) -> &mut Self {
        self.accepted(request)
            .act(operator(), Action::Grade(grading(level, 900)))
    }

    pub(crate) fn dispatching() -> Action {
        Action::Dispatch(Dispatching {
            lead: LEAD.to_owned(),
            assist: vec![ASSIST.to_owned()],
            copy: Some("临江区".to_owned()),
            catalogue: "2026-1/消防-03".to_owned(),
            basis: "《和澜市消防条例》第二十条".to_owned(),
        })
    }

    pub(crate) fn dispatched(&mut self, request: RequestKind, level: Level) -> &mut Self {
        self.ready(request, level)
            .act(centre(), Self::dispatching())
    }

    pub(crate) fn handling(&mut self, request: RequestKind, level: Level) -> &mut Self {
        self.dispatched(request, level)
            .act(unit(LEAD), Action::Sign)
    }

    /// Replied and in callback.
    pub(crate) fn asked(&mut self) -> &mut Self {
        let reply = data(ActionKind::Reply, 1, self.now);
        self.act(unit(LEAD), reply)
            .act(centre(), Action::AcceptReply)
    }

    /// When something is due, local.
    pub(crate) fn due(&self, kind: DueKind) -> String {
        shown(self.order.dues[&kind].at)
    }
}
