//! The states of a work order. Which action leads from one to another stands in [`super::table`], not here.

use serde::{Deserialize, Serialize};

/// Where a work order stands.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It came in by some channel; nothing was read yet.
    #[default]
    Received,
    /// Its facts are being written down.
    Intake,
    /// Facts are missing and were asked for. The clock stands.
    AwaitingFacts,
    /// Is it a repeat, is it for the hotline at all, can it be answered at once?
    Screen,
    /// It is being graded.
    Grade,
    /// It is graded, and confirmed where that is needed.
    DispatchReady,
    /// The units concerned and the centre settle whose it is.
    Consultation,
    /// A unit has it but has not signed.
    Dispatched,
    /// The unit says that it is not its duty; the clock runs on.
    ReturnRequested,
    /// The unit works on it.
    Handling,
    /// The unit has replied.
    Replied,
    /// The centre asks the citizen.
    Callback,
    /// A question that was answered at once from a cited source.
    Answered,
    /// Blocked by circumstances, under review.
    Suspended,
    /// Closed.
    Archived,
    /// Given to 110, 119, 120 or 122.
    Emergency,
}

impl State {
    /// All states, in the order of the way through.
    pub const ALL: [Self; 16] = [
        Self::Received,
        Self::Intake,
        Self::AwaitingFacts,
        Self::Screen,
        Self::Grade,
        Self::DispatchReady,
        Self::Consultation,
        Self::Dispatched,
        Self::ReturnRequested,
        Self::Handling,
        Self::Replied,
        Self::Callback,
        Self::Answered,
        Self::Suspended,
        Self::Archived,
        Self::Emergency,
    ];

    /// The state with this code, as in JSON.
    pub fn of_code(code: &str) -> Option<Self> {
        serde_json::from_value(code.into()).ok()
    }

    /// Its Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "已接收",
            Self::Intake => "登记中",
            Self::AwaitingFacts => "待补充",
            Self::Screen => "受理审核",
            Self::Grade => "分类定级",
            Self::DispatchReady => "待派单",
            Self::Consultation => "会商",
            Self::Dispatched => "已派单",
            Self::ReturnRequested => "退单审核",
            Self::Handling => "办理中",
            Self::Replied => "已反馈",
            Self::Callback => "回访中",
            Self::Answered => "即时答复",
            Self::Suspended => "挂账",
            Self::Archived => "办结",
            Self::Emergency => "紧急转接",
        }
    }

    /// Whether a unit has not yet been given the order.
    pub fn is_before_dispatch(self) -> bool {
        match self {
            Self::Received
            | Self::Intake
            | Self::AwaitingFacts
            | Self::Screen
            | Self::Grade
            | Self::DispatchReady
            | Self::Consultation => true,
            Self::Dispatched
            | Self::ReturnRequested
            | Self::Handling
            | Self::Replied
            | Self::Callback
            | Self::Answered
            | Self::Suspended
            | Self::Archived
            | Self::Emergency => false,
        }
    }
}
