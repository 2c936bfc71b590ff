//! A call as it is graded: a name and its arguments, whatever form it was written in.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A call that a model wants to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Of the function.
    pub name: String,
    /// By name of the parameter.
    pub arguments: Map<String, Value>,
}
