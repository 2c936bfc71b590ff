//! Where a value comes from. Every value that reaches a tool carries its origins, and mixing two values joins them.
//!
//! Labels are about trust, not truth: a citizen may be wrong about a street, but nobody put the words into their mouth.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One origin.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The files of the installation: manifests, seeds, settings.
    Operator,
    /// A civil servant, by token.
    Staff,
    /// A person without a token, in their own words.
    Citizen,
    /// A passage of a corpus, or a page.
    Retrieved,
    /// What a tool brought.
    Tool,
    /// What a model wrote.
    Model,
}

/// All origins, the most trusted first.
pub const ORIGINS: [Origin; 6] = [
    Origin::Operator,
    Origin::Staff,
    Origin::Citizen,
    Origin::Retrieved,
    Origin::Tool,
    Origin::Model,
];

impl Origin {
    /// The name in manifests and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Staff => "staff",
            Self::Citizen => "citizen",
            Self::Retrieved => "retrieved",
            Self::Tool => "tool",
            Self::Model => "model",
        }
    }

    /// Whether a person who may give orders, or the installation, said it.
    pub fn is_trusted(self) -> bool {
        match self {
            Self::Operator | Self::Staff | Self::Citizen => true,
            Self::Retrieved | Self::Tool | Self::Model => false,
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The origins of one value: at least one.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Origin>", into = "Vec<Origin>")]
pub struct Origins(u8);

impl Origins {
    /// Of one origin.
    pub fn of(origin: Origin) -> Self {
        Self(origin.bit())
    }

    /// Of a value that was made from values of both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `origin` is among them.
    pub fn contains(self, origin: Origin) -> bool {
        self.0 & origin.bit() != 0
    }

    /// Whether all of them are trusted.
    pub fn are_trusted(self) -> bool {
        self.iter().all(Origin::is_trusted)
    }

    /// Each, the most trusted first.
    pub fn iter(self) -> impl Iterator<Item = Origin> {
        ORIGINS
            .into_iter()
            .filter(move |&origin| self.contains(origin))
    }
}

impl From<Origin> for Origins {
    fn from(origin: Origin) -> Self {
        Self::of(origin)
    }
}

impl From<Origins> for Vec<Origin> {
    fn from(origins: Origins) -> Self {
        origins.iter().collect()
    }
}

impl TryFrom<Vec<Origin>> for Origins {
    type Error = &'static str;

    fn try_from(origins: Vec<Origin>) -> Result<Self, Self::Error> {
        let joined = origins
            .into_iter()
            .fold(0, |all, origin| all | origin.bit());
        if joined == 0 {
            return Err("a value needs at least one origin");
        }
        Ok(Self(joined))
    }
}

impl fmt::Debug for Origins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Origin::name).collect();
        formatter.write_str(&names.join("+"))
    }
}

/// A value with its origins.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origins: Origins,
}

impl<T> Labelled<T> {
    /// A value of one origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Self {
            value,
            origins: origin.into(),
        }
    }

    /// Something made from it; it has the same origins.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Labelled<U> {
        Labelled {
            value: make(self.value),
            origins: self.origins,
        }
    }

    /// Something made from two; it has the origins of both.
    pub fn with<U, V>(self, other: Labelled<U>, make: impl FnOnce(T, U) -> V) -> Labelled<V> {
        Labelled {
            value: make(self.value, other.value),
            origins: self.origins.join(other.origins),
        }
    }
}

/// The arguments of a call: an object whose every member has its origins. There is no way to put a value in without.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Arguments {
    values: Map<String, Value>,
    origins: BTreeMap<String, Origins>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    values: Map<String, Value>,
    origins: BTreeMap<String, Origins>,
}

impl From<Arguments> for Stored {
    fn from(Arguments { values, origins }: Arguments) -> Self {
        Self { values, origins }
    }
}

impl TryFrom<Stored> for Arguments {
    type Error = String;

    fn try_from(Stored { values, origins }: Stored) -> Result<Self, Self::Error> {
        if let Some(name) = values.keys().find(|name| !origins.contains_key(*name)) {
            return Err(format!("argument `{name}` has no origin"));
        }
        if let Some(name) = origins.keys().find(|name| !values.contains_key(*name)) {
            return Err(format!(
                "there is an origin of `{name}` and no such argument"
            ));
        }
        Ok(Self { values, origins })
    }
}

impl Arguments {
    /// An object whose members all have the same origin, for example one that a model wrote.
    pub fn all_of(values: Map<String, Value>, origin: Origin) -> Self {
        let origins = values.keys().map(|name| (name.clone(), origin.into()));
        Self {
            origins: origins.collect(),
            values,
        }
    }

    /// Sets one argument; one of that name is replaced.
    pub fn set(&mut self, name: &str, value: Labelled<Value>) {
        self.values.insert(name.to_owned(), value.value);
        self.origins.insert(name.to_owned(), value.origins);
    }

    /// The same with `name` set.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<Value>, origin: Origin) -> Self {
        self.set(name, Labelled::new(value.into(), origin));
        self
    }

    /// The object without labels.
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// One argument.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// One argument that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// Where an argument comes from.
    pub fn origins(&self, name: &str) -> Option<Origins> {
        self.origins.get(name).copied()
    }

    /// Each argument with its origins, in the order of setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value, Origins)> {
        self.values.iter().filter_map(|(name, value)| {
            let origins = self.origins.get(name)?;
            Some((name.as_str(), value, *origins))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn origin() -> impl Strategy<Value = Origin> {
        prop::sample::select(ORIGINS.to_vec())
    }

    proptest! {
        /// Values are mixed at random; what was in the mix stays on the label.
        #[test]
        fn mixing_joins(first in origin(), steps in prop::collection::vec((origin(), any::<bool>()), 0..20)) {
            let mut value = Labelled::new(first.name().to_owned(), first);
            let mut expected = vec![first];
            for (origin, before) in steps {
                let other = Labelled::new(origin.name().to_owned(), origin);
                value = if before { other.with(value, |one, two| one + &two) } else { value.with(other, |one, two| one + &two) };
                value = value.map(|text| text.to_uppercase().to_lowercase());
                expected.push(origin);
            }
            for origin in ORIGINS {
                prop_assert_eq!(value.origins.contains(origin), expected.contains(&origin));
                prop_assert_eq!(value.value.contains(origin.name()), expected.contains(&origin));
            }
            prop_assert_eq!(value.origins.are_trusted(), expected.iter().all(|origin| origin.is_trusted()));
            let mut arguments = Arguments::default();
            arguments.set("mixed", value.clone().map(Value::from));
            let stored = serde_json::to_string(&arguments).unwrap();
            let read: Arguments = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(read.origins("mixed"), Some(value.origins));
            prop_assert_eq!(arguments.iter().count(), arguments.values().len());
        }
    }

    #[test]
    fn a_stored_argument_without_origin_is_refused() {
        for text in [
            r#"{"values":{"a":1},"origins":{}}"#,
            r#"{"values":{"a":1},"origins":{"a":[]}}"#,
            r#"{"values":{},"origins":{"a":["staff"]}}"#,
            r#"{"values":{"a":1},"origins":{"a":["boss"]}}"#,
        ] {
            assert!(serde_json::from_str::<Arguments>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn order_of_setting_is_kept() {
        let arguments =
            Arguments::default()
                .and("b", "x", Origin::Citizen)
                .and("a", json!([1]), Origin::Model);
        let names: Vec<&str> = arguments.iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["b", "a"]);
    }
}
