//! One call against the rules: through, asked about, or refused. Reasons come in the order of [`super::RULES`], so that
//! whom something goes to is shown before all else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tools::Effect;

use super::pairs::{Call, Pairs, UserTask};
use super::policy::{Matching, Policy, Unsaid};
use super::role::{self, Role};
use super::rule::Rule;
use super::said;

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is carried out.
    Through,
    /// It is carried out if a person confirms what was shown to them, for these reasons.
    Asked(BTreeSet<Rule>),
    /// It is not carried out.
    Refused(Rule),
}

/// Judges the calls that are made in one task, by whomever.
#[derive(Debug)]
pub struct Judge<'a> {
    pairs: &'a Pairs,
    task: &'a UserTask,
    policy: Policy,
    /// Calls of each tool with an effect so far.
    made: BTreeMap<String, usize>,
}

impl<'a> Judge<'a> {
    /// Of a task that has just begun.
    pub fn new(pairs: &'a Pairs, task: &'a UserTask, policy: Policy) -> Self {
        Self {
            pairs,
            task,
            policy,
            made: BTreeMap::new(),
        }
    }

    /// Judges the next call.
    pub fn judge(&mut self, call: &Call) -> Verdict {
        let has = |rule| self.policy.rules.has(rule);
        let planned = self
            .task
            .calls
            .iter()
            .filter(|planned| planned.tool == call.tool)
            .count();
        if has(Rule::Plan) && planned == 0 {
            return Verdict::Refused(Rule::Plan);
        }
        let writes = role::effect(&call.tool) == Effect::Write;
        let made = self.made.entry(call.tool.clone()).or_default();
        *made += 1;
        if has(Rule::Count) && writes && *made > planned {
            return Verdict::Refused(Rule::Count);
        }
        let mut reasons = self.unsaid(call);
        match (reasons.first(), self.policy.unsaid) {
            (Some(&first), Unsaid::Refuse) => return Verdict::Refused(first),
            (Some(_), Unsaid::Ask) | (None, Unsaid::Refuse | Unsaid::Ask) => {}
        }
        if writes && has(Rule::Confirm) {
            reasons.insert(Rule::Confirm);
        }
        if reasons.is_empty() {
            Verdict::Through
        } else {
            Verdict::Asked(reasons)
        }
    }

    /// The rules by which something in the call should have been said and was not.
    fn unsaid(&self, call: &Call) -> BTreeSet<Rule> {
        let mut reasons = BTreeSet::new();
        for (name, value) in &call.arguments {
            let schema = self.pairs.schema(&self.task.suite, &call.tool, name);
            self.look(call, (name, value), role::role(name, schema), &mut reasons);
            // What is attached, and the like: each object has names of its own.
            let objects = value
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_object);
            for (name, value) in objects.flatten() {
                self.look(
                    call,
                    (name, value),
                    role::role(name, &Value::Null),
                    &mut reasons,
                );
            }
        }
        reasons
    }

    fn look(
        &self,
        call: &Call,
        (name, value): (&str, &Value),
        role: Role,
        reasons: &mut BTreeSet<Rule>,
    ) {
        let holds = |&rule: &Rule| self.policy.rules.has(rule);
        if let Some(rule) = Self::rule(call, role).filter(holds)
            && !self.is_said(value, role)
            && !self.is_excused(call, name, role, value)
        {
            reasons.insert(rule);
        }
        if role == Role::Text && holds(&Rule::Carried) && self.carries(call, value) {
            reasons.insert(Rule::Carried);
        }
    }

    /// The rule by which a value of `role` must be said.
    fn rule(call: &Call, role: Role) -> Option<Rule> {
        if role::effect(&call.tool) == Effect::Read {
            // Reads tell nobody anything, but for the address that they go to.
            return (role == Role::Address).then_some(Rule::Address);
        }
        match role {
            Role::Who | Role::Member => Some(Rule::Who),
            Role::Address => Some(Rule::Address),
            Role::Entry => Some(Rule::Which),
            Role::Row => Some(Rule::Row),
            Role::Amount => Some(Rule::Paid),
            Role::Secret => Some(Rule::Secret),
            Role::Particular => Some(Rule::Particulars),
            Role::Day => Some(Rule::Day),
            Role::Text | Role::Other => None,
        }
    }

    fn is_said(&self, value: &Value, role: Role) -> bool {
        let words = &self.task.prompt;
        match self.policy.matching {
            Matching::Substring => is_within(value, &words.to_lowercase()),
            Matching::Toolbox => tools::occurs(value, std::slice::from_ref(words)),
            Matching::Whole => said::stands(value, role, words),
        }
    }

    /// Whether a rule lets a value through that was not said.
    fn is_excused(&self, call: &Call, name: &str, role: Role, value: &Value) -> bool {
        let has = |rule| self.policy.rules.has(rule);
        match role {
            Role::Entry | Role::Row => {
                (has(Rule::Additive) && role::is_additive(&call.tool))
                    || (has(Rule::LookedUp) && self.is_looked_up(call, name))
            }
            Role::Member => {
                has(Rule::Inside)
                    && said::identifiers(value.as_str().unwrap_or_default()).is_empty()
            }
            Role::Who => has(Rule::Directory) && self.is_looked_up_in("contact"),
            Role::Address
            | Role::Amount
            | Role::Secret
            | Role::Particular
            | Role::Day
            | Role::Text
            | Role::Other => false,
        }
    }

    /// Whether the plan looks the entry up by keys that were all said, or makes it. What the look-up brings is not in the
    /// pairs: whatever it is asked for is taken to be among it, the attacker's entry too.
    fn is_looked_up(&self, call: &Call, name: &str) -> bool {
        let noun = role::noun(name, &call.tool);
        let makes = |planned: &Call| role::makes(&planned.tool) && planned.tool.contains(&noun);
        self.is_looked_up_in(&noun) || self.task.calls.iter().any(makes)
    }

    fn is_looked_up_in(&self, noun: &str) -> bool {
        let is_look_up = |planned: &&Call| {
            role::effect(&planned.tool) == Effect::Read && planned.tool.contains(noun)
        };
        self.task.calls.iter().filter(is_look_up).any(|planned| {
            let keys = &planned.arguments;
            !keys.is_empty()
                && keys
                    .iter()
                    .all(|(name, key)| self.is_key_said(planned, name, key))
        })
    }

    fn is_key_said(&self, planned: &Call, name: &str, key: &Value) -> bool {
        let schema = self.pairs.schema(&self.task.suite, &planned.tool, name);
        self.is_said(key, role::role(name, schema))
    }

    /// Whether a text that goes to somebody or somewhere holds an identifier that was not said.
    fn carries(&self, call: &Call, text: &Value) -> bool {
        let leads_away = call.arguments.iter().any(|(name, value)| {
            let role = role::role(name, self.pairs.schema(&self.task.suite, &call.tool, name));
            matches!(role, Role::Who | Role::Member | Role::Address)
                && !value.is_null()
                && *value != Value::Array(Vec::new())
        });
        let words = &self.task.prompt;
        let is_said = |one: &&str| {
            [Role::Address, Role::Who]
                .iter()
                .any(|&role| said::stands(&Value::from(*one), role, words))
        };
        let text = text.as_str().unwrap_or_default();
        role::effect(&call.tool) == Effect::Write
            && leads_away
            && !said::identifiers(text).iter().all(is_said)
    }
}

/// The reading of the published figures.
fn is_within(value: &Value, words: &str) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(number) => words.contains(&number.to_string()),
        Value::String(text) => words.contains(&text.to_lowercase()),
        Value::Array(items) => items.iter().all(|item| is_within(item, words)),
        Value::Object(members) => members.values().all(|item| is_within(item, words)),
    }
}

#[cfg(test)]
mod tests;
