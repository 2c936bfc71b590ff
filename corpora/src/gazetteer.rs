//! Places and the places they belong to. A rule of a city applies in its districts, not the other way round.

use std::collections::HashMap;

use crate::error::Error;
use crate::fold::fold;

/// A tree of places, read from `gazetteer.tsv`.
#[derive(Debug, Clone, Default)]
pub struct Gazetteer {
    places: Vec<Place>,
    /// Folded names and aliases.
    names: HashMap<String, Vec<usize>>,
    longest: usize,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Full name.
    pub name: String,
    /// The place it belongs to; empty for the root.
    pub parent: String,
    /// country, province, city, district, street or place.
    pub level: Level,
}

/// Levels of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 国家.
    Country,
    /// 省级.
    Province,
    /// 地级.
    City,
    /// 县级.
    District,
    /// 乡级.
    Street,
    /// A named spot.
    Place,
}

impl Gazetteer {
    /// Parses a TSV: name, parent, level, aliases separated by blanks.
    ///
    /// # Errors
    /// [`Error::Data`] with the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let mut gazetteer = Self::default();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |message: String| Error::Data {
                file: file.to_owned(),
                message: format!("line {}: {message}", number + 1),
            };
            let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
            let [name, parent, level, aliases @ ..] = columns.as_slice() else {
                return Err(wrong(
                    "expected name, parent, level and aliases, separated by tabs".into(),
                ));
            };
            let level = match *level {
                "country" => Level::Country,
                "province" => Level::Province,
                "city" => Level::City,
                "district" => Level::District,
                "street" => Level::Street,
                "place" => Level::Place,
                other => return Err(wrong(format!("unknown level `{other}`"))),
            };
            let index = gazetteer.places.len();
            let aliases = aliases
                .iter()
                .flat_map(|aliases| aliases.split_whitespace());
            for alias in std::iter::once(*name).chain(aliases) {
                let alias = fold(alias);
                gazetteer.longest = gazetteer.longest.max(alias.chars().count());
                gazetteer.names.entry(alias).or_default().push(index);
            }
            gazetteer.places.push(Place {
                name: (*name).to_owned(),
                parent: (*parent).to_owned(),
                level,
            });
        }
        Ok(gazetteer)
    }

    /// All places, in the order of the file.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The place with this name or alias; the highest level wins.
    pub fn place(&self, name: &str) -> Option<&Place> {
        let candidates = self.names.get(&fold(name))?;
        candidates
            .iter()
            .map(|&index| &self.places[index])
            .min_by_key(|place| place.level)
    }

    /// The place and all it belongs to, the country first. An unknown name is alone below the country.
    pub fn chain(&self, name: &str) -> Vec<String> {
        let mut chain = vec![
            self.place(name)
                .map_or(name, |place| &place.name)
                .to_owned(),
        ];
        while let Some(parent) = self
            .place(&chain[chain.len() - 1])
            .map(|place| place.parent.clone())
            .filter(|parent| !parent.is_empty())
        {
            if chain.contains(&parent) {
                break;
            }
            chain.push(parent);
        }
        if chain.last().is_some_and(|last| last != COUNTRY) {
            chain.push(COUNTRY.to_owned());
        }
        chain.reverse();
        chain
    }

    /// Places named in a folded text, with the byte where each begins; the longest name at each position.
    pub fn find(&self, folded: &str) -> Vec<(usize, &Place)> {
        let starts: Vec<usize> = folded
            .char_indices()
            .map(|(start, _)| start)
            .chain([folded.len()])
            .collect();
        let (mut found, mut at) = (Vec::new(), 0);
        while at + 1 < starts.len() {
            let most = self.longest.min(starts.len() - 1 - at);
            let matched = (2..=most).rev().find_map(|length| {
                let indexes = self.names.get(&folded[starts[at]..starts[at + length]])?;
                let place = indexes
                    .iter()
                    .map(|&index| &self.places[index])
                    .min_by_key(|place| place.level)?;
                Some((length, place))
            });
            match matched {
                Some((length, place)) => {
                    found.push((starts[at], place));
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }
}

/// The jurisdiction of national law.
pub const COUNTRY: &str = "全国";

#[cfg(test)]
mod tests {
    use super::*;

    fn gazetteer() -> Gazetteer {
        let text = "# name\nlevels\n";
        assert!(
            Gazetteer::parse("g.tsv", text)
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
        Gazetteer::parse(
            "g.tsv",
            "全国\t\tcountry\t\n澜江省\t全国\tprovince\t\n和澜市\t澜江省\tcity\t和澜\n临江区\t和澜市\tdistrict\t临江\n古城步行街\t临江区\tplace\t步行街\n",
        )
        .unwrap()
    }

    #[test]
    fn a_place_belongs_to_all_above_it() {
        assert_eq!(
            gazetteer().chain("临江"),
            ["全国", "澜江省", "和澜市", "临江区"]
        );
        assert_eq!(gazetteer().chain("某县"), ["全国", "某县"]);
        assert_eq!(gazetteer().chain("全国"), ["全国"]);
    }

    #[test]
    fn places_are_found_in_text() {
        let gazetteer = gazetteer();
        let names: Vec<&str> = gazetteer
            .find("和澜市临江区的步行街")
            .into_iter()
            .map(|(_, place)| place.name.as_str())
            .collect();
        assert_eq!(names, ["和澜市", "临江区", "古城步行街"]);
    }
}
