//! `[react]` of `agent.toml`: which tools, how many steps, how results are shown, and the fixed texts. No logic is in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Most steps that a manifest may allow.
const MOST: usize = 12;

/// `[react]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactPart {
    /// Tools that the model may choose from, among those of the agent.
    pub tools: Vec<String>,
    /// How often the model is asked in one turn, 12 at most.
    #[serde(default = "steps")]
    pub steps: usize,
    /// What a search in the agent's corpora is for, told to the model; absent: it cannot search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// How the result of a tool is said, line by line: `{name}`, `{name.member}` are taken from it; a line with one that is
    /// empty is left out.
    #[serde(default)]
    pub results: BTreeMap<String, Vec<String>>,
    /// Fixed texts.
    pub texts: ReactTexts,
}

fn steps() -> usize {
    6
}

impl ReactPart {
    /// What is wrong with it, beside the tools of the agent.
    pub(crate) fn check(&self, tools: &[String]) -> Result<(), String> {
        if self.steps == 0 || self.steps > MOST {
            return Err(format!("key `react.steps`: must be from 1 to {MOST}"));
        }
        if self.tools.is_empty() {
            return Err("key `react.tools`: there must be at least one".to_owned());
        }
        if let Some(tool) = self.tools.iter().find(|tool| !tools.contains(tool)) {
            return Err(format!(
                "key `react.tools`: `{tool}` is not among the `tools` of the agent"
            ));
        }
        let mut results = self.results.keys();
        if let Some(tool) = results.find(|tool| !self.tools.contains(tool)) {
            return Err(format!(
                "key `react.results`: `{tool}` is not among `react.tools`"
            ));
        }
        Ok(())
    }
}

/// Fixed texts of a react agent. `{…}` are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactTexts {
    /// The visible label.
    pub label: String,
    /// Above what was found.
    pub lead: String,
    /// No model is configured.
    pub off: String,
    /// The message looks written for a model; none is asked.
    pub wary: String,
    /// Nothing was found.
    pub none: String,
    /// It did not come to an end; what was found is shown.
    pub incomplete: String,
    /// A sentence did not stand up to the check.
    pub removed: String,
    /// The model could not be used to the end.
    pub degraded: String,
    /// Something will be done if the person confirms it: `{title}`.
    pub confirm: String,
    /// It was done: `{title}`, `{number}`.
    pub done: String,
    /// The person does not want it done.
    pub cancelled: String,
    /// A confirmation that is no longer good.
    pub expired: String,
    /// It is not known whether it was done.
    pub unclear: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: fn(&mut ReactPart)) -> Result<(), String> {
        let text = include_str!("../../../clerk-desk/agent.toml");
        let manifest = crate::Manifest::parse(text).unwrap();
        let mut part = *manifest.react.unwrap();
        change(&mut part);
        part.check(&manifest.tools)
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(check(|_| {}), Ok(()));
        insta::assert_snapshot!(check(|part| part.steps = 0).unwrap_err(), @"key `react.steps`: must be from 1 to 12");
        insta::assert_snapshot!(check(|part| part.steps = 13).unwrap_err(), @"key `react.steps`: must be from 1 to 12");
        insta::assert_snapshot!(check(|part| part.tools.clear()).unwrap_err(), @"key `react.tools`: there must be at least one");
        insta::assert_snapshot!(check(|part| part.tools.push("rm".into())).unwrap_err(), @"key `react.tools`: `rm` is not among the `tools` of the agent");
        let other = |part: &mut ReactPart| {
            part.results.insert("rm".into(), Vec::new());
        };
        insta::assert_snapshot!(check(other).unwrap_err(), @"key `react.results`: `rm` is not among `react.tools`");
    }

    #[test]
    fn the_model_is_named_by_this_kind_alone() {
        let text = include_str!("../../../clerk-desk/agent.toml");
        let without = text.replace("act = \"large\"", "");
        insta::assert_snapshot!(crate::Manifest::parse(&without).unwrap_err(), @"key `models.act`: kind `react` needs it, and no other kind");
        let other = text.replace("kind = \"react\"", "kind = \"queue\"");
        assert!(crate::Manifest::parse(&other).is_err());
    }
}
