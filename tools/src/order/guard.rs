//! Conditions on the data of an action, once [`super::may`] has said that the action itself may be done.
//!
//! Each says in Chinese what is missing. Nothing here changes the order.

mod hand;

use jiff::Timestamp;

use self::hand::{contact_is_masked, number_is_known};
use super::action::{
    Action, Dispatching, Field, FieldSource, Grading, Level, Opening, Registration, RequestKind,
};
use super::actor::{Actor, ActorRole};
use super::clock::tick;
use super::due::Reckoning;
use super::entry::Proposal;
use super::fold::Order;
use super::rules::Rules;

/// Why an action with this data is not done.
pub(crate) type Checked = Result<(), String>;

/// `Ok` if it holds, else why.
pub(crate) fn need(holds: bool, why: impl Into<String>) -> Checked {
    if holds { Ok(()) } else { Err(why.into()) }
}

/// `Ok` if there is something but spaces.
pub(crate) fn given(text: &str, what: &str) -> Checked {
    need(!text.trim().is_empty(), format!("缺少{what}"))
}

/// What the conditions are about.
pub(crate) struct Guard<'a> {
    pub(crate) order: &'a Order,
    pub(crate) proposal: &'a Proposal,
    /// Never before the last entry.
    pub(crate) at: Timestamp,
    pub(crate) reckoning: &'a Reckoning<'a>,
}

/// Conditions on the first entry.
pub(crate) fn opening(opening: &Opening, actor: &Actor) -> Checked {
    given(&opening.order, "工单号")?;
    given(&opening.key, "幂等键")?;
    given(&opening.text, "诉求原文")?;
    given(&opening.citizen, "诉求人代号")?;
    let own = actor.role != ActorRole::Citizen || actor.id == opening.citizen;
    need(own, "诉求人只能为自己登记")?;
    let masked = opening.contact.as_deref().is_none_or(contact_is_masked);
    need(
        masked,
        "联系方式应当先遮盖，例如 `138****5678`；完整号码另库保存",
    )
}

impl Guard<'_> {
    pub(crate) fn check(&self) -> Checked {
        match &self.proposal.action {
            Action::Register(registration) => self.registration(registration),
            Action::AskFacts { missing } => self.asked(missing),
            Action::SupplyFacts { fields } | Action::Reopen { facts: fields } => {
                need(!fields.is_empty(), "至少写明一项事实")?;
                self.fields(fields)
            }
            Action::Link { orders, rule, told } => self.link(orders, rule, told),
            Action::Accept { rule } => given(rule, "受理规则"),
            Action::Answer {
                text,
                sources,
                version,
            } => self.answer(text, sources, version),
            Action::Merge { into, told } => {
                given(into, "并入的工单号")?;
                need(*into != self.order.id, "不能并入自己")?;
                given(told, "告知内容")
            }
            Action::Decline { ground, channel } => self.decline(ground, channel),
            Action::Transfer { number, told } => {
                need(
                    number_is_known(number),
                    format!("`{number}` 不是110、119、120、122之一"),
                )?;
                given(told, "告知本人的内容")
            }
            Action::Acknowledge { receiver } => given(receiver, "接收方的确认"),
            Action::Grade(grading) => self.grading(grading),
            Action::Consult { units } => {
                need(!units.is_empty(), "缺少参加会商的单位")?;
                self.reason()
            }
            Action::Dispatch(dispatching) => self.dispatching(dispatching),
            Action::AddAssist { unit, task } => self.assistant(unit, task),
            Action::Regrade { level } => self.regrading(*level),
            // A machine does these when the clock asks for it, neither earlier nor twice.
            Action::TakeAsSigned
            | Action::Remind { .. }
            | Action::Urge { .. }
            | Action::Supervise { .. }
            | Action::Resume
                if self.by_machine() =>
            {
                self.is_time()
            }
            Action::Open(_)
            | Action::Complete
            | Action::Continue
            | Action::Confirm
            | Action::Sign
            | Action::TakeAsSigned
            | Action::Remind { .. }
            | Action::AcceptReply => Ok(()),
            Action::RequestReturn { .. }
            | Action::AcceptReturn
            | Action::RefuseReturn
            | Action::Contact { .. }
            | Action::Report { .. }
            | Action::RequestExtension { .. }
            | Action::ApproveExtension { .. }
            | Action::RefuseExtension
            | Action::Urge { .. }
            | Action::Supervise { .. }
            | Action::Reply(_)
            | Action::ReturnReply
            | Action::AnswerCallback(_)
            | Action::MissCallback { .. }
            | Action::Redo
            | Action::Suspend(_)
            | Action::ReviewSuspension { .. }
            | Action::Resume
            | Action::Archive
            | Action::Withdraw => self.in_hand(),
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        self.reckoning.rules
    }

    pub(crate) fn by_machine(&self) -> bool {
        self.proposal.actor.role == ActorRole::Machine
    }

    pub(crate) fn reason(&self) -> Checked {
        given(&self.proposal.reason, "理由")
    }

    fn is_time(&self) -> Checked {
        let Reckoning { rules, calendar } = self.reckoning;
        let asked = tick(self.order, self.at, rules, calendar);
        let due = asked.contains(&self.proposal.action);
        need(due, "还没有到时候，或者已经做过")
    }

    fn link(&self, orders: &[String], rule: &str, told: &str) -> Checked {
        need(!orders.is_empty(), "缺少相关工单号")?;
        need(!orders.contains(&self.order.id), "不能关联自己")?;
        given(rule, "判重规则")?;
        given(told, "告知内容")
    }

    fn decline(&self, ground: &str, channel: &str) -> Checked {
        let known = self.rules().declines.contains_key(ground);
        need(known, format!("`{ground}` 不是规则所列的不予受理情形"))?;
        given(channel, "告知的途径")?;
        self.reason()
    }

    fn assistant(&self, unit: &String, task: &str) -> Checked {
        given(unit, "协办单位")?;
        given(task, "任务")?;
        let has = self.order.lead.as_ref() == Some(unit) || self.order.assist.contains(unit);
        need(!has, format!("{unit}已是本工单的承办单位"))?;
        self.not_accused(unit)
    }

    fn registration(&self, registration: &Registration) -> Checked {
        for item in &registration.items {
            given(&item.category, "事项代码")?;
            given(&item.name, "事项名称")?;
        }
        for text in [&registration.address, &registration.accused] {
            text.as_deref()
                .map_or(Ok(()), |it| given(it, "地址或者被反映单位"))?;
        }
        self.fields(&registration.fields)
    }

    /// Every value comes from somewhere: nothing is invented.
    fn fields(&self, fields: &[Field]) -> Checked {
        let length = self.order.text.chars().count();
        for field in fields {
            let name = &field.name;
            given(name, "字段名")?;
            given(&field.value, &format!("字段“{name}”的值"))?;
            match &field.source {
                FieldSource::Given { start, end } => need(
                    start < end && *end <= length,
                    format!("字段“{name}”的来源第{start}至{end}字不在原文（共{length}字）之内"),
                )?,
                FieldSource::Asked { words } => given(words, &format!("字段“{name}”的原话"))?,
                FieldSource::Registry { evidence } => {
                    given(evidence, &format!("字段“{name}”的登记凭据"))?;
                }
            }
        }
        Ok(())
    }

    fn asked(&self, missing: &[String]) -> Checked {
        need(!missing.is_empty(), "缺少要补充的字段")?;
        let known = missing
            .iter()
            .find(|name| self.order.fields.contains_key(*name));
        known.map_or(Ok(()), |name| {
            Err(format!("字段“{name}”已经有了，不要再问"))
        })
    }

    fn answer(&self, text: &str, sources: &[String], version: &str) -> Checked {
        let question = self.order.request == Some(RequestKind::Consult);
        need(question, "只有咨询类诉求可以即时答复，其他诉求应当派单")?;
        given(text, "答复")?;
        need(!sources.is_empty(), "答复没有引用来源")?;
        sources
            .iter()
            .try_for_each(|source| given(source, "引用来源"))?;
        given(version, "知识库版本")
    }

    fn grading(&self, grading: &Grading) -> Checked {
        let sorted = grading
            .scores
            .is_sorted_by(|first, second| first.per_mille >= second.per_mille);
        let valid = grading.scores.iter().all(|score| score.per_mille <= 1000);
        need(sorted && valid, "得分应当在0至1000之间，由高到低")?;
        let old = self.order.grading.as_ref();
        let lowers = old.is_some_and(|old| {
            grading.level < old.level || old.life_safety && !grading.life_safety
        });
        if self.by_machine() {
            need(!lowers, "系统只能升级，降级应当由人员作出并说明理由")?;
            need(!grading.scores.is_empty(), "缺少得分")?;
            given(&grading.model, "模型版本")?;
            given(&grading.catalogue, "目录版本")
        } else if lowers {
            self.reason()
        } else {
            Ok(())
        }
    }

    fn regrading(&self, level: Level) -> Checked {
        let old = self.order.level();
        need(level != old, format!("级别已经是{}", old.name()))?;
        if self.by_machine() {
            need(level > old, "系统只能升级，降级应当由人员作出并说明理由")
        } else {
            self.reason()
        }
    }

    fn dispatching(&self, dispatching: &Dispatching) -> Checked {
        let Dispatching {
            lead,
            assist,
            copy,
            catalogue,
            basis,
        } = dispatching;
        given(lead, "主办单位")?;
        given(catalogue, "目录条目和版本")?;
        given(basis, "依据")?;
        need(!assist.contains(lead), format!("{lead}不能同时主办和协办"))?;
        self.not_accused(lead)?;
        for unit in assist.iter().chain(copy) {
            given(unit, "单位名称")?;
            self.not_accused(unit)?;
        }
        Ok(())
    }

    /// A complaint does not go to the unit complained about (济南市12345市民服务热线条例第三十二条).
    fn not_accused(&self, unit: &str) -> Checked {
        let about = match self.order.request_kind() {
            RequestKind::Complaint | RequestKind::Report => self.order.accused.as_deref(),
            RequestKind::Consult | RequestKind::Help | RequestKind::Suggestion => None,
        };
        let why = format!("投诉、举报不能转给被反映的单位（{unit}）");
        need(about != Some(unit), why)
    }
}
