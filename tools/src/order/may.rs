//! Who may do what with an order as it stands, before the data of the action is looked at.
//!
//! It is what a page offers ([`Order::allowed`]), and the first half of every decision.

use super::actor::{Actor, ActorRole};
use super::error::Refused;
use super::fold::Order;
use super::kind::ActionKind;
use super::state::State;
use super::table;

impl Order {
    /// What somebody may do now, in the order of the way through. Whether it then is done depends on its data.
    pub fn allowed(&self, actor: &Actor) -> Vec<ActionKind> {
        let kinds = ActionKind::ALL.into_iter();
        kinds
            .filter(|kind| self.may(*kind, actor).is_ok())
            .collect()
    }

    /// A refusal of something, with what is allowed instead.
    pub(crate) fn refused(&self, action: ActionKind, actor: &Actor, why: String) -> Refused {
        Refused {
            action,
            from: Some(self.state),
            role: actor.role,
            why,
            allowed: self.allowed(actor),
        }
    }

    /// Whether state, role and what has happened allow an action; if not, why.
    pub(crate) fn may(&self, kind: ActionKind, actor: &Actor) -> Result<(), String> {
        let row = table::row(kind);
        if self.entries.is_empty() {
            return Err("工单还没有登记".to_owned());
        }
        if !row.roles.contains(&actor.role) {
            let roles: Vec<&str> = row.roles.iter().map(|role| role.name()).collect();
            return Err(format!("只能由{}进行", roles.join("、")));
        }
        if !row.from.contains(&self.state) {
            let states: Vec<&str> = row.from.iter().map(|state| state.name()).collect();
            return Err(match states.as_slice() {
                [] => "工单已经登记，不能再次登记".to_owned(),
                _ => format!("只能在以下状态进行：{}", states.join("、")),
            });
        }
        match actor.role {
            ActorRole::Citizen if actor.id != self.citizen => {
                return Err("只能办理本人的工单".to_owned());
            }
            ActorRole::Unit => self.may_unit(kind, actor)?,
            ActorRole::Citizen | ActorRole::Operator | ActorRole::Centre | ActorRole::Machine => {}
        }
        self.may_now(kind)
    }

    /// Which unit: the one that leads answers for the order and speaks for all.
    fn may_unit(&self, kind: ActionKind, actor: &Actor) -> Result<(), String> {
        let unit = actor.unit.as_ref();
        let leads = unit.is_some() && unit == self.lead.as_ref();
        let assists = unit.is_some_and(|unit| self.assist.contains(unit));
        let signed = unit.is_some_and(|unit| self.signed.contains(unit));
        if kind == ActionKind::Sign && signed {
            return Err("本单位已经签收".to_owned());
        }
        let (may, who) = if matches!(kind, ActionKind::Sign | ActionKind::Contact) {
            (leads || assists, "主办或者协办单位")
        } else if kind == ActionKind::Report {
            (assists, "协办单位")
        } else {
            (leads, "主办单位")
        };
        if may {
            Ok(())
        } else {
            Err(format!("只能由本工单的{who}进行"))
        }
    }

    /// What must have happened before.
    fn may_now(&self, kind: ActionKind) -> Result<(), String> {
        let answers = self.answers.as_ref();
        let good = answers.is_some_and(|answers| answers.are_good());
        let (may, why) = match kind {
            ActionKind::Complete | ActionKind::Continue => (
                self.request.is_some() && !self.items.is_empty(),
                "还没有登记诉求类别和事项",
            ),
            ActionKind::Confirm => (self.grading.is_some(), "还没有定级"),
            ActionKind::RequestReturn => (
                !self.decided,
                "会商或者退单审核后指定的承办单位不能再申请退单",
            ),
            ActionKind::RequestExtension => {
                (self.extension_asked.is_none(), "已有延期申请等待审核")
            }
            ActionKind::ApproveExtension | ActionKind::RefuseExtension => {
                (self.extension_asked.is_some(), "没有待审核的延期申请")
            }
            ActionKind::AnswerCallback => (answers.is_none(), "本次回访已有评价，不能改写"),
            ActionKind::MissCallback => (answers.is_none(), "本次回访已有评价"),
            ActionKind::Redo => (
                answers.is_some() && !good || answers.is_none() && self.withdrawn,
                "只有未解决、不满意，或者诉求人否认撤回的，才能重办",
            ),
            ActionKind::Suspend => (
                self.state != State::Callback || answers.is_some() && !good,
                "回访结果为未解决或者不满意的，才能挂账",
            ),
            ActionKind::Archive => (
                self.state != State::Emergency || self.acknowledged,
                "紧急转接的接收方还没有确认",
            ),
            ActionKind::Open
            | ActionKind::Register
            | ActionKind::AskFacts
            | ActionKind::SupplyFacts
            | ActionKind::Link
            | ActionKind::Accept
            | ActionKind::Answer
            | ActionKind::Merge
            | ActionKind::Decline
            | ActionKind::Transfer
            | ActionKind::Acknowledge
            | ActionKind::Grade
            | ActionKind::Consult
            | ActionKind::Dispatch
            | ActionKind::Sign
            | ActionKind::TakeAsSigned
            | ActionKind::AcceptReturn
            | ActionKind::RefuseReturn
            | ActionKind::Contact
            | ActionKind::AddAssist
            | ActionKind::Report
            | ActionKind::Regrade
            | ActionKind::Remind
            | ActionKind::Urge
            | ActionKind::Supervise
            | ActionKind::Reply
            | ActionKind::ReturnReply
            | ActionKind::AcceptReply
            | ActionKind::ReviewSuspension
            | ActionKind::Resume
            | ActionKind::Withdraw
            | ActionKind::Reopen => (true, ""),
        };
        if may { Ok(()) } else { Err(why.to_owned()) }
    }
}
