//! How an order stands, in the words of the standard: open or closed, and for each entry that everybody may know of the
//! status that mySociety's extension has for it.
//!
//! Who asked, what was said to them and what offices say among themselves is in none of it.

use agents::guard::mask::mask_own;
use jiff::Timestamp;
use tools::order::action::{Action, RequestKind};
use tools::order::fold::Outcome;
use tools::order::{Entry, Order, State};

/// Statuses of updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdateStatus {
    Open,
    Investigating,
    InProgress,
    ActionScheduled,
    Fixed,
    Closed,
    Duplicate,
    NotCouncilsResponsibility,
    NoFurtherAction,
    InternalReferral,
    ForTriage,
    Cancelled,
    Reopen,
}

/// Something that everybody may know of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Update {
    /// Number of the entry: with the number of the order it names the update for good.
    pub(super) sequence: u64,
    /// When.
    pub(super) at: Timestamp,
    /// The status from then on.
    pub(super) status: UpdateStatus,
    /// In Chinese; what somebody wrote in it is masked.
    pub(super) description: String,
}

impl UpdateStatus {
    /// All of them.
    pub(super) const ALL: [Self; 13] = [
        Self::Open,
        Self::Investigating,
        Self::InProgress,
        Self::ActionScheduled,
        Self::Fixed,
        Self::Closed,
        Self::Duplicate,
        Self::NotCouncilsResponsibility,
        Self::NoFurtherAction,
        Self::InternalReferral,
        Self::ForTriage,
        Self::Cancelled,
        Self::Reopen,
    ];

    /// As it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Investigating => "INVESTIGATING",
            Self::InProgress => "IN_PROGRESS",
            Self::ActionScheduled => "ACTION_SCHEDULED",
            Self::Fixed => "FIXED",
            Self::Closed => "CLOSED",
            Self::Duplicate => "DUPLICATE",
            Self::NotCouncilsResponsibility => "NOT_COUNCILS_RESPONSIBILITY",
            Self::NoFurtherAction => "NO_FURTHER_ACTION",
            Self::InternalReferral => "INTERNAL_REFERRAL",
            Self::ForTriage => "FOR_TRIAGE",
            Self::Cancelled => "CANCELLED",
            Self::Reopen => "REOPEN",
        }
    }

    /// The one with this name, in whatever case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// `open` or `closed`.
pub(super) fn status(state: State) -> &'static str {
    match state {
        State::Archived => "closed",
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
        | State::Suspended
        | State::Emergency => "open",
    }
}

/// Whether the words of an order are kept back: a report against somebody would tell them who made it.
pub(super) fn keeps_words_back(order: &Order) -> bool {
    order.request == Some(RequestKind::Report)
}

/// What everybody may know of an order, the oldest first.
pub(super) fn updates(order: &Order) -> Vec<Update> {
    let mut picture = Order::default();
    let hides = keeps_words_back(order);
    let entries = order.entries.iter();
    let told = entries.filter_map(|entry| {
        picture.apply(entry);
        let (status, description) = told(entry, &picture, hides)?;
        Some(Update {
            sequence: entry.sequence,
            at: entry.at,
            status,
            description,
        })
    });
    told.collect()
}

/// What an entry is to everybody; `picture` is the order after it.
fn told(entry: &Entry, picture: &Order, hides: bool) -> Option<(UpdateStatus, String)> {
    use UpdateStatus as To;
    let lead = picture.lead.as_deref().unwrap_or("承办单位");
    Some(match &entry.action {
        Action::Open(_) => (To::Open, "已登记".to_owned()),
        Action::Link { .. } => (To::Open, "已与相近的在办工单关联".to_owned()),
        Action::Accept { .. } => (To::ForTriage, "已受理，等待派单".to_owned()),
        Action::Answer { .. } => (To::InProgress, "已即时答复".to_owned()),
        Action::Merge { into, .. } => (To::Duplicate, format!("与工单{into}重复，并入办理")),
        Action::Decline { channel, .. } => (
            To::NotCouncilsResponsibility,
            format!("不属于热线受理范围，其他途径：{}", mask_own(channel)),
        ),
        Action::Transfer { number, .. } => {
            (To::InternalReferral, format!("情况紧急，已转接{number}"))
        }
        Action::Dispatch(to) => (To::ForTriage, format!("已派单，主办单位：{}", to.lead)),
        Action::Sign if entry.from == Some(State::Dispatched) && entry.to == State::Handling => {
            (To::InProgress, format!("{lead}已签收，正在办理"))
        }
        Action::TakeAsSigned | Action::RefuseReturn => (To::InProgress, format!("{lead}正在办理")),
        Action::AcceptReturn => (To::InternalReferral, "改派其他单位办理".to_owned()),
        Action::ApproveExtension { .. } => (To::InProgress, "办理期限已延长".to_owned()),
        Action::Reply(_) if hides => (To::InProgress, format!("{lead}已反馈办理结果")),
        Action::Reply(reply) => (
            To::InProgress,
            format!("{lead}已反馈办理结果：{}", mask_own(&reply.result)),
        ),
        Action::Redo => (To::Reopen, "退回重新办理".to_owned()),
        Action::Suspend(suspension) => (
            To::ActionScheduled,
            format!("受客观条件限制暂缓办理，{}复核", suspension.review),
        ),
        Action::ReviewSuspension { review, .. } => {
            (To::ActionScheduled, format!("仍暂缓办理，{review}复核"))
        }
        Action::Resume => (To::InProgress, "恢复办理".to_owned()),
        Action::Archive => ended(picture.outcome),
        Action::Withdraw if entry.to == State::Archived => ended(picture.outcome),
        Action::Reopen { .. } => (To::Reopen, "有新情况，重新办理".to_owned()),
        Action::Register(_)
        | Action::AskFacts { .. }
        | Action::SupplyFacts { .. }
        | Action::Complete
        | Action::Acknowledge { .. }
        | Action::Continue
        | Action::Grade(_)
        | Action::Confirm
        | Action::Consult { .. }
        | Action::Sign
        | Action::RequestReturn { .. }
        | Action::Contact { .. }
        | Action::AddAssist { .. }
        | Action::Report { .. }
        | Action::RequestExtension { .. }
        | Action::RefuseExtension
        | Action::Regrade { .. }
        | Action::Remind { .. }
        | Action::Urge { .. }
        | Action::Supervise { .. }
        | Action::ReturnReply
        | Action::AcceptReply
        | Action::AnswerCallback(_)
        | Action::MissCallback { .. }
        | Action::Withdraw => return None,
    })
}

/// How an order ended.
fn ended(outcome: Option<Outcome>) -> (UpdateStatus, String) {
    use UpdateStatus as To;
    let (status, words) = match outcome {
        Some(Outcome::Resolved) => (To::Fixed, "已办结，问题已解决"),
        Some(Outcome::Merged) => (To::Duplicate, "已并入其他工单"),
        Some(Outcome::Declined) => (To::NotCouncilsResponsibility, "不属于热线受理范围"),
        Some(Outcome::Withdrawn) => (To::Cancelled, "诉求人已撤回"),
        Some(Outcome::Transferred) => (To::Closed, "已由紧急专线处理"),
        Some(Outcome::Answered | Outcome::Unsatisfied | Outcome::Unreachable) | None => {
            (To::Closed, "已办结")
        }
    };
    (status, words.to_owned())
}

#[cfg(test)]
mod tests;
