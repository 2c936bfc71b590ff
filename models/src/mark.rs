//! Marks that models of all families here write into their text, whether they are control tokens in a file or not.

/// Opens a thought.
pub(crate) const THINK: &str = "<think>";
/// Closes it.
pub(crate) const THOUGHT: &str = "</think>";
/// Opens a call of a tool.
pub(crate) const CALL: &str = "<tool_call>";
/// Closes it.
pub(crate) const CALLED: &str = "</tool_call>";

/// All of them.
pub(crate) const ALL: [&str; 4] = [THINK, THOUGHT, CALL, CALLED];
