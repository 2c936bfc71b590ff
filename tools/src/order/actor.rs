//! Who acts on a work order. Whether somebody is who they say is the caller's business, not this module's.

use serde::{Deserialize, Serialize};

/// Somebody, or a program, that acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// In which capacity.
    pub role: ActorRole,
    /// Who. Of a citizen an opaque handle into the separate store of identities, never a name or number.
    pub id: String,
    /// The unit for which a [`ActorRole::Unit`] acts.
    pub unit: Option<String>,
}

/// In which capacity somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorRole {
    /// The person whose request it is.
    Citizen,
    /// Takes requests for the centre.
    Operator,
    /// Dispatches, closes, extends and suspends.
    Centre,
    /// Works on what it was given.
    Unit,
    /// A clock, a rule or a model.
    Machine,
}

impl ActorRole {
    /// All roles.
    pub const ALL: [Self; 5] = [
        Self::Citizen,
        Self::Operator,
        Self::Centre,
        Self::Unit,
        Self::Machine,
    ];

    /// Its Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Citizen => "诉求人",
            Self::Operator => "话务人员",
            Self::Centre => "热线服务中心",
            Self::Unit => "承办单位",
            Self::Machine => "系统",
        }
    }
}
