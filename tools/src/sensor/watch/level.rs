//! How grave it is, and who hears of it: two closed, ordered sets.

use serde::{Deserialize, Serialize};

/// How grave it is, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// To be looked at.
    #[serde(rename = "蓝")]
    Blue,
    /// To be prepared for.
    #[serde(rename = "黄")]
    Yellow,
    /// To be acted on.
    #[serde(rename = "橙")]
    Orange,
    /// Danger to people.
    #[serde(rename = "红")]
    Red,
}

/// Who hears of it, from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Whoever is on duty.
    Duty,
    /// Who leads the shift.
    Lead,
    /// Who commands in an emergency.
    Command,
}

impl Level {
    /// All, from the least.
    pub const ALL: [Self; 4] = [Self::Blue, Self::Yellow, Self::Orange, Self::Red];

    /// In Chinese.
    pub fn name(self) -> &'static str {
        match self {
            Self::Blue => "蓝",
            Self::Yellow => "黄",
            Self::Orange => "橙",
            Self::Red => "红",
        }
    }
}

impl Notice {
    /// Who hears of it when these do not answer.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Duty => Some(Self::Lead),
            Self::Lead => Some(Self::Command),
            Self::Command => None,
        }
    }

    /// In Chinese.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duty => "值班员",
            Self::Lead => "值班长",
            Self::Command => "带班领导",
        }
    }
}
