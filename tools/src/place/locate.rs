//! What the gazetteer makes of a message: which place, in which district, what is ambiguous and what is unknown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::address::{Address, Part, Segment};
use super::fold::Folded;
use super::gazetteer::{Entry, Level, Places};
use super::name::Name;
use super::scan::{Scan, scan};

/// Where a message says that it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located {
    /// What was said, with the larger segments filled in from the gazetteer where there is only one reading.
    pub address: Address,
    /// The smallest place of the gazetteer that was named, where it is only one and nothing contradicts it.
    pub place: Option<Entry>,
    /// The name of its district; `None` if none is known, or two were named.
    pub district: Option<String>,
    /// The places that it may be, where that is more than one, or where the named ones lie in different districts.
    pub candidates: Vec<Entry>,
    /// Names that end like names of places and are not in the gazetteer.
    pub unknown: Vec<String>,
}

impl Located {
    /// Whether somebody who is sent there finds it.
    pub fn is_findable(&self) -> bool {
        let small = self
            .place
            .as_ref()
            .is_some_and(|place| place.level == Level::Place);
        // A road alone is long.
        let road = self.address.get(Part::Road).is_some() && self.address.landmark.is_none();
        let community = self.address.get(Part::Community).is_some();
        self.candidates.is_empty()
            && ((small && (!road || community)) || self.address.is_findable())
    }
}

impl Places {
    /// Looks up what a message says about where it is.
    pub fn locate(&self, message: &str) -> Located {
        let folded = Folded::new(message);
        let mentions = self.mentions(&folded);
        let known: Vec<Name> = mentions
            .iter()
            .enumerate()
            .filter(|(_, mention)| self.entry(mention.entries[0]).level != Level::Country)
            .map(|(at, mention)| Name {
                from: mention.from,
                to: mention.to,
                part: part(self.entry(mention.entries[0])),
                known: Some(at),
            })
            .collect();
        let Scan { address, names } = scan(&folded, &known);
        let said: Vec<(Name, Vec<usize>)> = names
            .iter()
            .filter_map(|name| Some((*name, mentions[name.known?].entries.clone())))
            .collect();
        let mut located = Located {
            unknown: unknown(&folded, &names),
            address,
            ..Located::default()
        };
        self.resolve(&mut located, &said);
        located
    }

    /// Settles which entry is meant, and fills in what lies above it.
    fn resolve(&self, located: &mut Located, said: &[(Name, Vec<usize>)]) {
        let sure: Vec<usize> = said
            .iter()
            .filter_map(|(_, entries)| match entries.as_slice() {
                [only] => Some(*only),
                _ => None,
            })
            .collect();
        let readings: Vec<(Name, Vec<usize>)> = said
            .iter()
            .map(|(name, entries)| (*name, self.fitting(entries, &sure)))
            .collect();
        let crossing = located.address.cross.is_some();
        let meant = self.smallest(&readings, crossing);
        let districts: BTreeSet<usize> = readings
            .iter()
            .filter_map(|(_, entries)| self.district(entries))
            .collect();
        match (meant.as_slice(), districts.len()) {
            ([], _) => {}
            ([only], 0 | 1) => self.settle(located, *only, &readings),
            (several, 0 | 1) => {
                located.candidates = several.iter().map(|at| self.entry(*at).clone()).collect();
                if let Some(district) = districts.first() {
                    self.fill(located, *district, &readings);
                    located.district = Some(self.entry(*district).name.clone());
                }
            }
            (_, _) => {
                let all: BTreeSet<usize> = readings
                    .iter()
                    .flat_map(|(_, entries)| entries.iter().copied())
                    .filter(|at| self.entry(*at).level >= Level::District)
                    .collect();
                located.candidates = all.iter().map(|at| self.entry(*at).clone()).collect();
            }
        }
    }

    /// Of the entries that a name may mean those that agree with what is sure; all if none does.
    fn fitting(&self, entries: &[usize], sure: &[usize]) -> Vec<usize> {
        let agrees = |entry: &usize| {
            sure.iter().all(|other| {
                other == entry
                    || self.above(*entry).any(|above| above == *other)
                    || self.above(*other).any(|above| above == *entry)
            })
        };
        let fitting: Vec<usize> = entries.iter().copied().filter(|at| agrees(at)).collect();
        if entries.len() > 1 && !fitting.is_empty() {
            return fitting;
        }
        entries.to_vec()
    }

    /// The entries of the smallest kind that was named: a community before a landmark, that before a road, and so on.
    fn smallest(&self, readings: &[(Name, Vec<usize>)], crossing: bool) -> Vec<usize> {
        let rank = |part: Option<Part>| match part {
            Some(Part::Community) => 0,
            None => 1,
            Some(Part::Road) => 2,
            Some(Part::Street) => 3,
            Some(Part::District) => 4,
            Some(Part::City) => 5,
            Some(Part::Province) => 6,
            Some(Part::Grid | Part::Number | Part::Building | Part::Room) => 7,
        };
        let Some(best) = readings.iter().map(|(name, _)| rank(name.part)).min() else {
            return Vec::new();
        };
        let of_kind = readings.iter().filter(|(name, _)| rank(name.part) == best);
        // The first road of a crossing stands for it.
        let kept = if best == 2 && crossing { 1 } else { usize::MAX };
        let entries: BTreeSet<usize> = of_kind
            .take(kept)
            .flat_map(|(_, entries)| entries.iter().copied())
            .collect();
        entries.into_iter().collect()
    }

    /// The district in which all of these lie, if it is one.
    fn district(&self, entries: &[usize]) -> Option<usize> {
        let of = |at: usize| {
            std::iter::once(at)
                .chain(self.above(at))
                .find(|at| self.entry(*at).level == Level::District)
        };
        let first = of(*entries.first()?)?;
        entries
            .iter()
            .all(|at| of(*at) == Some(first))
            .then_some(first)
    }

    fn settle(&self, located: &mut Located, place: usize, readings: &[(Name, Vec<usize>)]) {
        self.fill(located, place, readings);
        located.place = Some(self.entry(place).clone());
        located.district = self
            .district(&[place])
            .map(|at| self.entry(at).name.clone());
    }

    /// Writes the names above a place into the address, in the gazetteer's words.
    fn fill(&self, located: &mut Located, place: usize, readings: &[(Name, Vec<usize>)]) {
        let segments = &mut located.address.segments;
        for at in std::iter::once(place).chain(self.above(place)) {
            let entry = self.entry(at);
            let Some(part) = part(entry) else {
                continue;
            };
            // 北京 in 我从北京来 is not where the place lies.
            let said = readings
                .iter()
                .any(|(name, entries)| name.part == Some(part) && entries.contains(&at));
            let span = segments.get(&part).and_then(|segment| segment.span);
            let text = entry.name.clone();
            let span = span.filter(|_| said);
            segments.insert(part, Segment { text, span });
        }
    }
}

/// Which segment an entry is; `None` for a landmark and for the country.
fn part(entry: &Entry) -> Option<Part> {
    let ends = |words: &[&str]| words.iter().any(|word| entry.name.ends_with(word));
    match entry.level {
        Level::Country => None,
        Level::Province => Some(Part::Province),
        Level::City => Some(Part::City),
        Level::District => Some(Part::District),
        Level::Street => Some(Part::Street),
        Level::Place if ends(&["路", "街", "巷", "大道", "胡同"]) => Some(Part::Road),
        Level::Place if ends(&["小区", "社区", "新村", "花园", "家园", "公寓", "苑", "村"]) => {
            Some(Part::Community)
        }
        Level::Place => None,
    }
}

/// The names that nobody knew, once each. Things without a name (菜场对面) are none.
fn unknown(folded: &Folded, names: &[Name]) -> Vec<String> {
    let mut unknown: Vec<String> = Vec::new();
    for name in names.iter().filter(|name| name.known.is_none()) {
        let text = folded.slice(name.from, name.to);
        let named = name.part.is_some() || !super::name::is_thing(text);
        if named && !unknown.iter().any(|other| other == text) {
            unknown.push(text.to_owned());
        }
    }
    unknown
}

#[cfg(test)]
pub(crate) mod tests;
