//! What can go wrong with a work order: an action that is not allowed, a chain that was altered, a data file that is
//! wrong. None of these is a failure of the program, so each says what to do next.

use std::fmt;

use super::actor::ActorRole;
use super::kind::ActionKind;
use super::state::State;

/// Errors of this module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An action is not allowed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Entries were altered, lost or put in another order.
    #[error(transparent)]
    BrokenChain(#[from] BrokenChain),
    /// A file of rules or of a calendar is wrong.
    #[error("{file}: line {line}: `{key}`: {message}")]
    Data {
        /// Name of the file, as the caller gave it.
        file: String,
        /// The key which is wrong; of an unreadable file, what could not be read.
        key: String,
        /// Line in the file, from 1.
        line: usize,
        /// What is wrong, and what is expected instead.
        message: String,
    },
}

/// An action that is not allowed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What was asked for.
    pub action: ActionKind,
    /// State of the order; `None` when it could not be opened.
    pub from: Option<State>,
    /// Who asked.
    pub role: ActorRole,
    /// Why it is not allowed, a Chinese sentence without its full stop.
    pub why: String,
    /// What the same actor may do now.
    pub allowed: Vec<ActionKind>,
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (action, role, why) = (self.action.name(), self.role.name(), &self.why);
        let state = self.from.map_or("未登记", State::name);
        write!(
            formatter,
            "不能“{action}”（工单状态：{state}；操作人：{role}）：{why}"
        )?;
        let names: Vec<&str> = self.allowed.iter().map(|it| it.name()).collect();
        if names.is_empty() {
            formatter.write_str("。现在没有可以进行的操作")
        } else {
            write!(formatter, "。现在可以：{}", names.join("、"))
        }
    }
}

/// The first entry that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("工单第{sequence}条记录{fault}；请从备份恢复该工单，不要在其后继续登记")]
pub struct BrokenChain {
    /// Its place, from 1.
    pub sequence: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There are no entries at all.
    Empty,
    /// The number is not the next one: an entry was lost, doubled or moved.
    Sequence,
    /// It does not name the hash of the entry before.
    Previous,
    /// A field differs from what was hashed.
    Content,
    /// It is earlier than the entry before.
    Time,
    /// The states, the action and the role do not go together.
    Transition,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "不存在",
            Self::Sequence => "的序号不连续",
            Self::Previous => "与前一条的哈希不相接",
            Self::Content => "的内容与哈希不符",
            Self::Time => "早于前一条",
            Self::Transition => "是不允许的流转",
        })
    }
}
