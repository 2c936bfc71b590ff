//! The city's list of places. It is data: nothing in it is computed or completed here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::PlaceError;
use super::fold::{Folded, folded};

/// How large a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 全国
    Country,
    /// 省级
    Province,
    /// 地级
    City,
    /// 区县
    District,
    /// 街道乡镇
    Street,
    /// 小区, 街路, 站点, 机构
    Place,
}

impl Level {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "country" => Some(Self::Country),
            "province" => Some(Self::Province),
            "city" => Some(Self::City),
            "district" => Some(Self::District),
            "street" => Some(Self::Street),
            "place" => Some(Self::Place),
            _ => None,
        }
    }
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its full name.
    pub name: String,
    /// The name of what it lies in; empty for the country.
    pub parent: String,
    /// How large it is.
    pub level: Level,
    /// What else people call it.
    pub aliases: Vec<String>,
}

/// The places of a city, searchable.
#[derive(Debug, Clone)]
pub struct Places {
    entries: Vec<Entry>,
    /// For each entry the entry it lies in.
    parents: Vec<Option<usize>>,
    /// By folded name or alias, the entries it may mean, in order of the list.
    names: BTreeMap<String, Vec<usize>>,
    /// The longest folded name, in characters.
    longest: usize,
}

/// A name of the list in a message, in folded positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The entries it may mean, at least one.
    pub(super) entries: Vec<usize>,
}

impl Places {
    /// Takes the entries in any order.
    ///
    /// # Errors
    ///
    /// [`PlaceError::Parent`] for a parent that is not listed, not larger than its child, or a name without letters.
    pub fn new(entries: Vec<Entry>) -> Result<Self, PlaceError> {
        let wrong = |entry: &Entry, message: String| PlaceError::Parent {
            name: entry.name.clone(),
            message,
        };
        let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            for name in std::iter::once(&entry.name).chain(&entry.aliases) {
                let name = folded(name);
                if name.chars().count() < 2 {
                    return Err(wrong(entry, format!("name `{name}` needs two characters")));
                }
                let listed = names.entry(name).or_default();
                if !listed.contains(&at) {
                    listed.push(at);
                }
            }
        }
        let mut parents = Vec::with_capacity(entries.len());
        for entry in &entries {
            if entry.parent.is_empty() {
                parents.push(None);
                continue;
            }
            let larger = |at: &&usize| entries[**at].level < entry.level;
            let known = names
                .get(&folded(&entry.parent))
                .and_then(|listed| listed.iter().find(larger));
            let Some(parent) = known else {
                let parent = &entry.parent;
                let message =
                    format!("parent `{parent}` is not a larger place of the list; add it");
                return Err(wrong(entry, message));
            };
            parents.push(Some(*parent));
        }
        let longest = names.keys().map(|name| name.chars().count()).max();
        Ok(Self {
            entries,
            parents,
            names,
            longest: longest.unwrap_or(0),
        })
    }

    /// Reads a list of lines `name, parent, level, aliases` parted by tabulators, the aliases by blanks; lines that
    /// begin with `#` and empty lines are passed over. `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`PlaceError`] with file and line.
    pub fn parse(file: &str, text: &str) -> Result<Self, PlaceError> {
        let mut entries = Vec::new();
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let number = at + 1;
            let wrong = |message: String| PlaceError::Line {
                file: file.to_owned(),
                line: number,
                message,
            };
            let entry = entry(line).map_err(wrong)?;
            let key = (entry.name.clone(), entry.parent.clone());
            if let Some(first) = seen.insert(key, number) {
                let name = &entry.name;
                return Err(wrong(format!("`{name}` stands in line {first} already")));
            }
            entries.push(entry);
        }
        Self::new(entries)
    }

    /// The place of this name or alias, where it is only one.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        match self.names.get(&folded(name))?.as_slice() {
            [only] => Some(&self.entries[*only]),
            _ => None,
        }
    }

    /// What the place lies in, from the next larger one to the country.
    pub fn parents(&self, place: &Entry) -> Vec<&Entry> {
        let own = self.entries.iter().position(|entry| entry == place);
        own.map_or_else(Vec::new, |own| {
            self.above(own).map(|at| &self.entries[at]).collect()
        })
    }

    pub(super) fn entry(&self, at: usize) -> &Entry {
        &self.entries[at]
    }

    /// The entries above one, nearest first.
    pub(super) fn above(&self, at: usize) -> impl Iterator<Item = usize> {
        // Parents are strictly larger, so that this ends.
        std::iter::successors(self.parents[at], |at| self.parents[*at])
    }

    /// The names of the list in a message, leftmost and longest, without overlap.
    pub(super) fn mentions(&self, folded: &Folded) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let mut from = 0;
        while from < folded.len() {
            let found = (2..=self.longest.min(folded.len() - from))
                .rev()
                .find_map(|length| {
                    let entries = self.names.get(folded.slice(from, from + length))?;
                    Some((length, entries.clone()))
                });
            let Some((length, entries)) = found else {
                from += 1;
                continue;
            };
            mentions.push(Mention {
                from,
                to: from + length,
                entries,
            });
            from += length;
        }
        mentions
    }
}

/// An entry out of its line.
fn entry(line: &str) -> Result<Entry, String> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let (name, parent, level, aliases) = match columns.as_slice() {
        [name, parent, level] => (*name, *parent, *level, ""),
        [name, parent, level, aliases] => (*name, *parent, *level, *aliases),
        other => {
            let columns = other.len();
            return Err(format!(
                "{columns} columns; write name, parent, level and aliases parted by tabulators"
            ));
        }
    };
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    let level = Level::parse(level).ok_or_else(|| {
        format!("level `{level}` is none of country, province, city, district, street, place")
    })?;
    if parent.is_empty() && level != Level::Country {
        return Err(format!("`{name}` needs a parent"));
    }
    Ok(Entry {
        name: name.to_owned(),
        parent: parent.to_owned(),
        level,
        aliases: aliases.split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let error = Places::parse("g.tsv", text).expect_err("is wrong");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn errors_name_file_and_line() {
        check(
            "全国\t\tcountry\n# x\n甲省\t全国",
            "`g.tsv` line 3: 2 columns; write name, parent, level and aliases parted by tabulators",
        );
        check(
            "甲省\t全国\tprovinz\t",
            "`g.tsv` line 1: level `provinz` is none of country, province, city, district, street, place",
        );
        check("甲省\t\tprovince", "`g.tsv` line 1: `甲省` needs a parent");
        check("\t甲\tplace", "`g.tsv` line 1: the name is empty");
        check(
            "全国\t\tcountry\n甲省\t全国\tprovince\n甲省\t全国\tprovince",
            "`g.tsv` line 3: `甲省` stands in line 2 already",
        );
        check(
            "甲区\t乙市\tdistrict",
            "place `甲区`: parent `乙市` is not a larger place of the list; add it",
        );
        // A circle is impossible, since parents are larger.
        check(
            "甲区\t乙区\tdistrict\n乙区\t甲区\tdistrict",
            "place `甲区`: parent `乙区` is not a larger place of the list; add it",
        );
        check(
            "全国\t\tcountry\t国",
            "place `全国`: name `国` needs two characters",
        );
    }

    #[test]
    fn parents_lead_to_the_country() {
        let text = "全国\t\tcountry\n甲省\t全国\tprovince\t甲地\n乙市\t甲省\tcity";
        let places = Places::parse("g.tsv", text).expect("is right");
        let city = places.get("乙市").expect("is listed");
        let names: Vec<_> = places.parents(city).iter().map(|it| &it.name).collect();
        assert_eq!(names, ["甲省", "全国"]);
        assert_eq!(places.get("甲地").map(|it| it.level), Some(Level::Province));
        assert!(places.get("丙").is_none());
    }
}
