//! `seeds/open311.toml`: what the city is called at its northbound face. A city without the file has no such face.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::Loader;

/// The file.
const FILE: &str = "seeds/open311.toml";

/// The city, as programs that report for people know it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdiction {
    /// `jurisdiction_id`.
    #[serde(rename = "jurisdiction")]
    pub id: String,
    /// When something about the face last changed.
    pub changeset: Timestamp,
    /// How to reach those who run it.
    pub contact: String,
    /// How to get a key.
    pub key_service: String,
    /// Where the city lies.
    pub bounds: Bounds,
}

/// A piece of the map, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Least longitude.
    pub west: f64,
    /// Least latitude.
    pub south: f64,
    /// Greatest longitude.
    pub east: f64,
    /// Greatest latitude.
    pub north: f64,
}

impl Bounds {
    /// Whether a place lies in it.
    pub fn contain(&self, lat: f64, long: f64) -> bool {
        (self.south..=self.north).contains(&lat) && (self.west..=self.east).contains(&long)
    }

    fn are_sound(&self) -> bool {
        let on_earth = (-90.0..=90.0).contains(&self.south)
            && (-90.0..=90.0).contains(&self.north)
            && (-180.0..=180.0).contains(&self.west)
            && (-180.0..=180.0).contains(&self.east);
        on_earth && self.south < self.north && self.west < self.east
    }
}

impl Jurisdiction {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, with key and line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parsed: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let texts = [
            ("jurisdiction", &parsed.id),
            ("contact", &parsed.contact),
            ("key_service", &parsed.key_service),
        ];
        if let Some((key, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(format!("key `{key}`: is empty; write a text"));
        }
        if !parsed.bounds.are_sound() {
            return Err(
                "key `bounds`: west must be less than east and south less than north, in degrees"
                    .to_owned(),
            );
        }
        Ok(parsed)
    }
}

impl Loader<'_> {
    /// The northbound face; none, and no problem, where the file is not there.
    pub(super) fn open311(&mut self) -> Option<Arc<Jurisdiction>> {
        let text = self.origin.text(FILE)?;
        match Jurisdiction::parse(&text) {
            Ok(city) => Some(Arc::new(city)),
            Err(message) => {
                self.problem(FILE, message);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: &str = "jurisdiction = \"helan.example\"\nchangeset = \"2026-11-20T09:00:00+08:00\"\ncontact = \"12345\"\nkey_service = \"12345\"\n[bounds]\nwest = 118.2\nsouth = 27.4\neast = 119.0\nnorth = 27.9\n";

    #[test]
    fn what_is_wrong_is_said() {
        assert!(Jurisdiction::parse(FINE).is_ok());
        for (from, to, said) in [
            ("helan.example", "", "jurisdiction"),
            ("east = 119.0", "east = 118.0", "bounds"),
            ("north = 27.9", "north = 97.9", "bounds"),
            ("09:00:00+08:00", "09:00:00", "changeset"),
            ("contact", "contakt", "contakt"),
        ] {
            let message = Jurisdiction::parse(&FINE.replace(from, to)).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
    }

    #[test]
    fn a_place_lies_in_the_city_or_does_not() {
        let bounds = Jurisdiction::parse(FINE).unwrap().bounds;
        for (lat, long, inside) in [
            (27.6, 118.6, true),
            (27.4, 118.2, true),
            (27.39, 118.6, false),
            (27.6, 119.01, false),
            (118.6, 27.6, false),
            (f64::NAN, 118.6, false),
        ] {
            assert_eq!(bounds.contain(lat, long), inside, "{lat} {long}");
        }
    }
}
