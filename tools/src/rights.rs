//! The matrix of rights: which role may have which tool called by which agent, and which fields of the result it is shown.
//!
//! What the matrix does not name is denied. It is a bound, not a grant: the folder of an agent and that of a tool say as well whom
//! they serve, and all of them must allow it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::manifest::Kind;
use crate::tool::Person;

/// The matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    roles: BTreeMap<String, Role>,
    agents: BTreeMap<String, BTreeSet<String>>,
    faces: BTreeMap<String, BTreeSet<String>>,
    tools: BTreeMap<String, Row>,
    kinds: BTreeMap<Kind, Row>,
    others: Others,
}

/// A role of the matrix: a role of tokens, or those of its persons who work for certain units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    token: String,
    /// Empty: those of no unit that another role has.
    #[serde(default)]
    units: BTreeSet<String>,
    /// The hotline's centre is one of the units, whatever its name is.
    #[serde(default)]
    centre: bool,
}

/// Who decides about agents that the matrix does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Others {
    /// Nobody may use them.
    #[default]
    Deny,
    /// Their folder says who may.
    Manifest,
}

/// The row of a tool, or of all tools of a kind that have none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    agents: BTreeSet<String>,
    /// By role: which fields it is shown. A role that does not stand here may not have the tool called.
    fields: BTreeMap<String, Fields>,
}

/// Which parts of a value are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fields {
    /// All of it.
    All,
    /// Members of these names; of each the parts that are named, of lists in every item.
    Some(BTreeMap<String, Fields>),
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    others: Others,
    roles: BTreeMap<String, Role>,
    #[serde(default)]
    agents: BTreeMap<String, BTreeSet<String>>,
    #[serde(default)]
    faces: BTreeMap<String, BTreeSet<String>>,
    /// Names for lists of fields, which rows name as `@NAME`.
    #[serde(default)]
    fields: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    tools: BTreeMap<String, RawRow>,
    #[serde(default)]
    kinds: BTreeMap<Kind, RawRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    agents: BTreeSet<String>,
    shows: BTreeMap<String, Vec<String>>,
}

impl Rights {
    /// In which nobody has any.
    pub fn none() -> Self {
        Self {
            roles: BTreeMap::new(),
            agents: BTreeMap::new(),
            faces: BTreeMap::new(),
            tools: BTreeMap::new(),
            kinds: BTreeMap::new(),
            others: Others::Deny,
        }
    }

    /// Reads a matrix.
    ///
    /// # Errors
    /// [`Error::Data`] with file, key and line, also where a row names a role, an agent or a list of fields that the matrix does not.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let raw: File =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))?;
        let nested = raw.fields.iter().find_map(|(list, names)| {
            let name = names.iter().find(|name| name.contains('@'))?;
            Some((list, name))
        });
        if let Some((list, name)) = nested {
            return Err(wrong(format!(
                "key `fields.{list}`: `{name}` is another list, and lists name none"
            )));
        }
        let known = |roles: Vec<&String>, key: &str| {
            let unknown = |role: &&&String| !raw.roles.contains_key(**role);
            match roles.iter().find(unknown) {
                Some(role) => Err(wrong(format!("key `{key}`: there is no role `{role}`"))),
                None => Ok(()),
            }
        };
        for (part, rows) in [("agents", &raw.agents), ("faces", &raw.faces)] {
            for (name, roles) in rows {
                known(roles.iter().collect(), &format!("{part}.{name}"))?;
            }
        }
        let row = |key: String, row: &RawRow| {
            known(row.shows.keys().collect(), &format!("{key}.shows"))?;
            let named =
                |agent: &&String| raw.agents.contains_key(*agent) || raw.faces.contains_key(*agent);
            if let Some(agent) = row.agents.iter().find(|agent| !named(agent)) {
                return Err(wrong(format!(
                    "key `{key}.agents`: there is no `{agent}` in `agents` or `faces`"
                )));
            }
            let fields = row.shows.iter().map(|(role, names)| {
                let fields = fields(names, &raw.fields).map_err(|name| {
                    wrong(format!(
                        "key `{key}.shows.{role}`: there is no `{name}` in `fields`"
                    ))
                })?;
                Ok((role.clone(), fields))
            });
            Ok(Row {
                agents: row.agents.clone(),
                fields: fields.collect::<Result<_, Error>>()?,
            })
        };
        let tools = raw
            .tools
            .iter()
            .map(|(name, it)| Ok((name.clone(), row(format!("tools.{name}"), it)?)));
        let kinds = raw
            .kinds
            .iter()
            .map(|(kind, it)| Ok((*kind, row(format!("kinds.{}", kind.name()), it)?)));
        let (tools, kinds) = (
            tools.collect::<Result<_, Error>>()?,
            kinds.collect::<Result<_, Error>>()?,
        );
        one_role_each(&raw.roles).map_err(wrong)?;
        Ok(Self {
            roles: raw.roles,
            agents: raw.agents,
            faces: raw.faces,
            tools,
            kinds,
            others: raw.others,
        })
    }

    /// The same in a city whose hotline has a centre of this name.
    #[must_use]
    pub fn with_centre(mut self, centre: &str) -> Self {
        for role in self.roles.values_mut().filter(|role| role.centre) {
            role.units.insert(centre.to_owned());
        }
        self
    }

    /// Names of agents in it.
    pub fn agents(&self) -> impl Iterator<Item = &String> {
        self.agents.keys()
    }

    /// Names of tools in it.
    pub fn tools(&self) -> impl Iterator<Item = &String> {
        self.tools.keys()
    }

    /// The role of a person here: the one of their unit, else the one that is for no unit. `None` for whom there is none.
    pub fn role_of(&self, person: &Person) -> Option<&str> {
        let of_token = |(_, role): &(&String, &Role)| role.token == person.role;
        let roles = || self.roles.iter().filter(of_token);
        let unit = person.unit.as_ref();
        let of_unit = roles().find(|(_, role)| unit.is_some_and(|unit| role.units.contains(unit)));
        let role = of_unit.or_else(|| roles().find(|(_, role)| role.is_of_no_unit()));
        role.map(|(name, _)| name.as_str())
    }

    /// Whether a person may use an agent, as far as the matrix goes.
    pub fn may_use(&self, agent: &str, person: &Person) -> bool {
        let role = self.role_of(person);
        match self.agents.get(agent) {
            Some(roles) => role.is_some_and(|role| roles.contains(role)),
            None => role.is_some() && self.others == Others::Manifest,
        }
    }

    /// Roles of tokens some of whose persons may use an agent.
    pub fn tokens_of(&self, agent: &str) -> BTreeSet<&str> {
        let roles = self.roles.iter().filter(|(name, _)| {
            let row = self.agents.get(agent);
            row.map_or(self.others == Others::Manifest, |row| row.contains(*name))
        });
        roles.map(|(_, role)| role.token.as_str()).collect()
    }

    /// Whether `caller`, which is an agent or a face of the program, may have a tool called for a person.
    pub fn may_call(&self, (tool, kind): (&str, Kind), caller: &str, person: &Person) -> bool {
        let (Some(role), Some(row)) = (self.role_of(person), self.row(tool, kind)) else {
            return false;
        };
        let may_use = match self.faces.get(caller) {
            Some(roles) => roles.contains(role),
            None => self.may_use(caller, person),
        };
        let named = self.agents.contains_key(caller) || self.faces.contains_key(caller);
        may_use && row.fields.contains_key(role) && (row.agents.contains(caller) || !named)
    }

    /// What a person is shown of the result of a tool that they may have called.
    pub fn shown(&self, (tool, kind): (&str, Kind), person: &Person, value: Value) -> Value {
        let fields = self.role_of(person).and_then(|role| {
            let row = self.row(tool, kind)?;
            row.fields.get(role)
        });
        match fields {
            Some(fields) => fields.of(value),
            None => Value::Null,
        }
    }

    /// The row of a tool.
    fn row(&self, tool: &str, kind: Kind) -> Option<&Row> {
        self.tools.get(tool).or_else(|| self.kinds.get(&kind))
    }
}

impl Role {
    fn is_of_no_unit(&self) -> bool {
        self.units.is_empty() && !self.centre
    }
}

/// A person has one role: two of one token must differ by their units.
fn one_role_each(roles: &BTreeMap<String, Role>) -> Result<(), String> {
    let mut seen: BTreeMap<(&String, &str), &String> = BTreeMap::new();
    for (name, role) in roles {
        let none = role.is_of_no_unit().then_some("");
        let centre = role.centre.then_some("the centre");
        let units = role.units.iter().map(String::as_str);
        for unit in units.chain(none).chain(centre) {
            if let Some(other) = seen.insert((&role.token, unit), name) {
                return Err(format!(
                    "key `roles`: `{other}` and `{name}` are for the same persons"
                ));
            }
        }
    }
    Ok(())
}

/// Of names such as `id`, `view.contact`, `@order` and `view.@order`; the name of a list that there is not.
fn fields(names: &[String], lists: &BTreeMap<String, Vec<String>>) -> Result<Fields, String> {
    let mut found = Fields::Some(BTreeMap::new());
    for name in names {
        let (before, list) = match name.rsplit_once('@') {
            Some((before, list)) => (before, list),
            None => {
                found.add(name);
                continue;
            }
        };
        let list = lists.get(list).ok_or_else(|| format!("@{list}"))?;
        for name in list {
            found.add(&format!("{before}{name}"));
        }
    }
    Ok(found)
}

impl Fields {
    fn add(&mut self, path: &str) {
        let Self::Some(members) = self else { return };
        if path == "*" {
            *self = Self::All;
            return;
        }
        match path.split_once('.') {
            None => {
                members.insert(path.to_owned(), Self::All);
            }
            Some((name, rest)) => members
                .entry(name.to_owned())
                .or_insert_with(|| Self::Some(BTreeMap::new()))
                .add(rest),
        }
    }

    fn of(&self, value: Value) -> Value {
        let Self::Some(shown) = self else {
            return value;
        };
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.of(item)).collect(),
            Value::Object(members) => {
                let kept = members.into_iter().filter_map(|(name, value)| {
                    let fields = shown.get(&name)?;
                    Some((name, fields.of(value)))
                });
                Value::Object(kept.collect())
            }
            // A part of what has no parts.
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests;
