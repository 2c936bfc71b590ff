//! The history of an order in plain Chinese, without what the one who looks may not see.
//!
//! Citizens see their own order, units those that they lead or assist, the centre all; a program sees nothing. Names of
//! staff, scores and what the centre weighs among units are the centre's. Who asked is never in a line.

use jiff::Timestamp;
use serde::Serialize;

use super::action::{Action, Answers, Consent, Dispatching, Field, Grading, RequestKind, Said};
use super::actor::{Actor, ActorRole};
use super::calendar::Calendar;
use super::clock::Reminder;
use super::due::{Due, DueKind};
use super::entry::Entry;
use super::fold::Order;
use super::state::State;

/// An entry for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Number of the entry.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// What was done, a Chinese sentence without its full stop.
    pub text: String,
}

/// What somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Citizen,
    /// Of a report against somebody, a unit does not see what might tell who made it.
    Unit {
        hides_citizen: bool,
    },
    Centre,
}

/// The history of an order as somebody may see it; empty for whom it is no business.
pub fn timeline(order: &Order, viewer: &Actor, calendar: &Calendar) -> Vec<Line> {
    let Some(view) = view(order, viewer) else {
        return Vec::new();
    };
    let entries = order.entries.iter();
    let lines = entries.filter_map(|entry| {
        Some(Line {
            sequence: entry.sequence,
            at: entry.at,
            text: text(entry, view, calendar)?,
        })
    });
    lines.collect()
}

/// The history of an order as `viewer` may tell it to the one who asked. A unit that may not know who that is does not read their
/// words here either.
pub fn told(order: &Order, viewer: &Actor, calendar: &Calendar) -> Vec<Line> {
    let hidden = View::Unit {
        hides_citizen: true,
    };
    let open = View::Unit {
        hides_citizen: false,
    };
    let hides = view(order, viewer) == Some(hidden);
    let lines = order.entries.iter().filter_map(|entry| {
        let of_citizen = hides && words(entry, hidden) != words(entry, open);
        let told = text(entry, View::Citizen, calendar)?;
        Some(Line {
            sequence: entry.sequence,
            at: entry.at,
            text: match of_citizen {
                true => text(entry, hidden, calendar)?,
                false => told,
            },
        })
    });
    lines.collect()
}

/// The masked contact, for whom may have it.
pub fn contact<'a>(order: &'a Order, viewer: &Actor) -> Option<&'a str> {
    match view(order, viewer)? {
        View::Citizen | View::Centre => order.contact.as_deref(),
        View::Unit { .. } => {
            let agreed = match order.consent {
                Consent::Withheld => false,
                Consent::Units => order.request != Some(RequestKind::Report),
                Consent::Disclosed => true,
            };
            order.contact.as_deref().filter(|_| agreed)
        }
    }
}

fn view(order: &Order, viewer: &Actor) -> Option<View> {
    match viewer.role {
        ActorRole::Citizen => (viewer.id == order.citizen).then_some(View::Citizen),
        ActorRole::Operator | ActorRole::Centre => Some(View::Centre),
        ActorRole::Unit => {
            let unit = viewer.unit.as_ref()?;
            let works = order.lead.as_ref() == Some(unit) || order.assist.contains(unit);
            let report = order.request == Some(RequestKind::Report);
            let hides_citizen = report && order.consent != Consent::Disclosed;
            works.then_some(View::Unit { hides_citizen })
        }
        ActorRole::Machine => None,
    }
}

fn text(entry: &Entry, view: View, calendar: &Calendar) -> Option<String> {
    let mut text = words(entry, view)?;
    for due in &entry.dues {
        if is_seen(due, view) {
            text.push('，');
            text.push_str(&due.explain(calendar));
        }
    }
    if view == View::Centre {
        let (role, id) = (entry.actor.role.name(), &entry.actor.id);
        // A citizen's handle leads into the other store, and is of no use here.
        match entry.actor.role {
            ActorRole::Citizen => text.push_str(&format!("（{role}）")),
            ActorRole::Operator | ActorRole::Centre | ActorRole::Unit | ActorRole::Machine => {
                text.push_str(&format!("（{role}：{id}）"));
            }
        }
        if let Some(skew) = entry.skew {
            text.push_str(&format!("（时钟回拨{skew}秒，按前一条时间记录）"));
        }
    }
    Some(text)
}

fn is_seen(due: &Due, view: View) -> bool {
    match (due.kind, view) {
        (DueKind::Contact | DueKind::Handle | DueKind::Callback | DueKind::Review, _) => true,
        (DueKind::Sign, View::Unit { .. } | View::Centre) => true,
        (DueKind::Dispatch | DueKind::Designate, View::Centre) => true,
        (DueKind::Sign, View::Citizen)
        | (DueKind::Dispatch | DueKind::Designate, View::Citizen | View::Unit { .. }) => false,
    }
}

/// What was done, without due times; `None` if it is not to be seen.
fn words(entry: &Entry, view: View) -> Option<String> {
    let centre = view == View::Centre;
    let citizen = view == View::Citizen;
    let text = match &entry.action {
        Action::Open(opening) if centre => format!("登记，幂等键{}", opening.key),
        Action::Open(_) => "登记".to_owned(),
        Action::Register(what) => {
            let items = what.items.iter().map(|item| item.name.as_str());
            let items: Vec<&str> = items.collect();
            let kind = what.request.map_or("", RequestKind::name);
            format!("登记事项：{kind}{}{}", parted(kind), listed(&items))
        }
        Action::AskFacts { missing } => {
            let names: Vec<&str> = missing.iter().map(String::as_str).collect();
            format!("请诉求人补充：{}，计时暂停", listed(&names))
        }
        Action::SupplyFacts { fields } => format!("已补充：{}", named(fields)),
        Action::Complete if centre => "登记完成".to_owned(),
        Action::Link { orders, rule, told } if centre => {
            format!("关联工单{}，规则{rule}，已告知：{told}", orders.join("、"))
        }
        Action::Link { told, .. } if citizen => format!("有相同诉求的工单，{told}"),
        Action::Accept { rule } if centre => format!("受理，规则{rule}"),
        Action::Accept { .. } => "受理".to_owned(),
        Action::Answer { text, sources, .. } => {
            format!("即时答复：{text}（来源：{}）", sources.join("；"))
        }
        Action::Merge { into, told } if centre => format!("并入工单{into}，已告知：{told}"),
        Action::Merge { told, .. } => format!("并入正在办理的工单，{told}"),
        // Why a request is not taken, its citizen has to be told.
        Action::Decline { channel, .. } => {
            format!("不予受理，理由：{}；其他途径：{channel}", entry.reason)
        }
        Action::Transfer { number, told } => format!("转接{number}，已告知：{told}"),
        Action::Acknowledge { receiver } => format!("紧急专线已接收：{receiver}"),
        Action::Continue => "转接的同时继续办理".to_owned(),
        Action::Grade(grading) if centre => graded(grading, entry.to),
        Action::Grade(grading) => format!("定级：{}", grading.level.name()),
        Action::Confirm => "人工确认定级".to_owned(),
        Action::Consult { units } if !citizen => {
            let why = why(entry, view);
            format!("与{}会商承办单位{why}", units.join("、"))
        }
        Action::Consult { .. } => "正在会商承办单位".to_owned(),
        Action::Dispatch(to) => dispatched(to, centre),
        Action::Complete | Action::Link { .. } => return None,
        Action::Sign
        | Action::TakeAsSigned
        | Action::RequestReturn { .. }
        | Action::AcceptReturn
        | Action::RefuseReturn
        | Action::Contact { .. }
        | Action::AddAssist { .. }
        | Action::Report { .. }
        | Action::RequestExtension { .. }
        | Action::ApproveExtension { .. }
        | Action::RefuseExtension
        | Action::Regrade { .. }
        | Action::Remind { .. }
        | Action::Urge { .. }
        | Action::Supervise { .. }
        | Action::Reply(_)
        | Action::ReturnReply
        | Action::AcceptReply
        | Action::AnswerCallback(_)
        | Action::MissCallback { .. }
        | Action::Redo
        | Action::Suspend(_)
        | Action::ReviewSuspension { .. }
        | Action::Resume
        | Action::Archive
        | Action::Withdraw
        | Action::Reopen { .. } => return words_in_hand(entry, view),
    };
    Some(text)
}

/// Likewise, once a unit has the order.
fn words_in_hand(entry: &Entry, view: View) -> Option<String> {
    let citizen = view == View::Citizen;
    let why = why(entry, view);
    let hidden = View::Unit {
        hides_citizen: true,
    };
    let text = match &entry.action {
        Action::Sign => format!("{}签收", entry.actor.unit.as_deref().unwrap_or_default()),
        Action::TakeAsSigned => "签收期限已过，视为签收".to_owned(),
        Action::RequestReturn { .. } if citizen => {
            "承办单位认为不属于其职责，正在审核，办理期限不变".to_owned()
        }
        Action::RequestReturn { basis, document } => {
            format!("申请退单{why}，依据{basis}，文件{document}")
        }
        Action::AcceptReturn => format!("同意退单，另行派单{why}"),
        Action::RefuseReturn => format!("驳回退单，由原单位办理{why}"),
        Action::Contact { channel, summary } => format!("联系诉求人（{channel}）：{summary}"),
        Action::AddAssist { unit, task } if !citizen => format!("增加协办{unit}：{task}"),
        Action::AddAssist { unit, .. } => format!("增加协办{unit}"),
        Action::Report { text } if !citizen => {
            let unit = entry.actor.unit.as_deref().unwrap_or_default();
            format!("{unit}协办反馈：{text}")
        }
        Action::RequestExtension { days } if !citizen => {
            format!("申请延期{days}个工作日{why}")
        }
        Action::ApproveExtension { told } => format!("同意延期，已告知诉求人：{told}"),
        Action::RefuseExtension if !citizen => format!("驳回延期{why}"),
        Action::Regrade { level } => format!("级别调整为{}{why}", level.name()),
        Action::Remind { what } if !citizen => reminded(*what),
        Action::Urge { words } if words.is_empty() => "已逾期，催办".to_owned(),
        Action::Urge { words } if view != hidden => format!("催办：{words}"),
        Action::Urge { .. } => "催办".to_owned(),
        Action::Supervise { level } => format!("{level}级督办{why}"),
        Action::Reply(reply) => format!(
            "反馈：{}；处理结果：{}；依据：{}",
            reply.facts,
            reply.result,
            reply.basis.join("、")
        ),
        Action::ReturnReply => format!("反馈不符合要求，退回办理{why}"),
        Action::AcceptReply => "转入回访".to_owned(),
        Action::AnswerCallback(answers) => answered(answers, view == hidden),
        Action::MissCallback { channel } => format!("回访未接通（{channel}）"),
        Action::Redo => format!("退回重办{why}"),
        Action::Suspend(suspension) => format!(
            "列入挂账，措施：{}，已告知诉求人：{}{why}",
            suspension.measures, suspension.told
        ),
        Action::ReviewSuspension { finding, .. } => format!("挂账复核：{finding}"),
        Action::Resume => format!("恢复办理{why}"),
        Action::Archive => "办结".to_owned(),
        Action::Withdraw if view != hidden => format!("诉求人撤回，理由：{}", entry.reason),
        Action::Withdraw => "诉求人撤回".to_owned(),
        Action::Reopen { facts } => format!("有新情况，复开：{}", named(facts)),
        Action::Report { .. }
        | Action::RequestExtension { .. }
        | Action::RefuseExtension
        | Action::Remind { .. } => return None,
        Action::Open(_)
        | Action::Register(_)
        | Action::AskFacts { .. }
        | Action::SupplyFacts { .. }
        | Action::Complete
        | Action::Link { .. }
        | Action::Accept { .. }
        | Action::Answer { .. }
        | Action::Merge { .. }
        | Action::Decline { .. }
        | Action::Transfer { .. }
        | Action::Acknowledge { .. }
        | Action::Continue
        | Action::Grade(_)
        | Action::Confirm
        | Action::Consult { .. }
        | Action::Dispatch(_) => return None,
    };
    Some(text)
}

/// Reasons among offices are not for the citizen.
fn why(entry: &Entry, view: View) -> String {
    if view == View::Citizen || entry.reason.is_empty() {
        String::new()
    } else {
        format!("，理由：{}", entry.reason)
    }
}

fn dispatched(to: &Dispatching, centre: bool) -> String {
    let mut text = format!("派单至{}，主办{}", to.lead, to.lead);
    if !to.assist.is_empty() {
        text.push_str(&format!("，协办{}", to.assist.join("、")));
    }
    if let Some(copy) = &to.copy {
        text.push_str(&format!("，同时送{copy}督促协调"));
    }
    text.push_str(&format!("，依据{}", to.basis));
    if centre {
        text.push_str(&format!("（目录条目{}）", to.catalogue));
    }
    text
}

fn graded(grading: &Grading, to: State) -> String {
    let scores = grading.scores.iter().take(2);
    let scores: Vec<String> = scores
        .map(|it| format!("{}{}‰", it.label, it.per_mille))
        .collect();
    let level = grading.level.name();
    let life = if grading.life_safety {
        "，涉及人身安全"
    } else {
        ""
    };
    let waits = if to == State::Grade {
        "，待人工确认"
    } else {
        ""
    };
    let scores = if scores.is_empty() {
        String::new()
    } else {
        let versions = format!("模型{}，目录{}", grading.model, grading.catalogue);
        format!("（{}；{versions}）", scores.join("、"))
    };
    format!("定级：{level}{life}{waits}{scores}")
}

fn reminded(what: Reminder) -> String {
    match what {
        Reminder::NearDue { percent } => format!("临期提醒：办理期限已过{percent}%"),
        Reminder::Passed { due } => format!("{}已过，提醒", due.name()),
        Reminder::ReviewNear => "挂账复核日期将到，提醒".to_owned(),
    }
}

/// Word for word, unless the words might tell who said them.
fn answered(answers: &Answers, hides_words: bool) -> String {
    let said = |said: &Said, yes: &str, no: &str| {
        let answer = if said.yes { yes } else { no };
        if hides_words {
            answer.to_owned()
        } else {
            format!("{answer}（“{}”）", said.words)
        }
    };
    let responded = said(&answers.responded, "已联系", "未联系");
    let resolved = said(&answers.resolved, "已解决", "未解决");
    let satisfied = said(&answers.satisfied, "满意", "不满意");
    format!("回访：{responded}、{resolved}、{satisfied}")
}

fn named(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    listed(&names)
}

fn listed(names: &[&str]) -> String {
    names.join("、")
}

fn parted(before: &str) -> &'static str {
    if before.is_empty() { "" } else { "，" }
}

#[cfg(test)]
mod tests;
