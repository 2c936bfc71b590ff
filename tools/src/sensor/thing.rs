//! What stands where and what it measures, in the words of OGC SensorThings.

use serde::{Deserialize, Serialize};

use super::unit::Unit;

/// A device, or a group of sensors on one pole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thing {
    /// `TH-0003`
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The name of a place of the gazetteer.
    pub place: String,
    /// The district in which the place lies.
    pub district: String,
    /// In degrees, east.
    pub longitude: f64,
    /// In degrees, north.
    pub latitude: f64,
}

/// The values of one kind which one thing reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datastream {
    /// `DS-0007`
    pub id: String,
    /// The thing that reports.
    pub thing: String,
    /// The code of the kind.
    pub kind: String,
    /// The unit of readings that come without one.
    pub unit: Unit,
    /// Seconds between two readings.
    pub interval_s: u32,
}

impl Thing {
    /// Kilometres to another thing, as the crow flies.
    pub fn distance(&self, other: &Self) -> f64 {
        const RADIUS: f64 = 6371.0;
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let east = (other.longitude - self.longitude).to_radians();
        let half =
            ((to - from) / 2.0).sin().powi(2) + from.cos() * to.cos() * (east / 2.0).sin().powi(2);
        2.0 * RADIUS * half.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(longitude: f64, latitude: f64) -> Thing {
        Thing {
            id: "TH-0001".into(),
            name: String::new(),
            place: String::new(),
            district: String::new(),
            longitude,
            latitude,
        }
    }

    fn check(from: (f64, f64), to: (f64, f64), expected: &str) {
        let distance = thing(from.0, from.1).distance(&thing(to.0, to.1));
        assert_eq!(format!("{distance:.1}"), expected);
    }

    #[test]
    fn distances_are_those_of_a_sphere() {
        check((120.0, 30.0), (120.0, 30.0), "0.0");
        // A degree of latitude, and at 60° north a degree of longitude, half as long.
        check((120.0, 30.0), (120.0, 31.0), "111.2");
        check((120.0, 60.0), (121.0, 60.0), "55.6");
        check((0.0, 0.0), (180.0, 0.0), "20015.1");
    }
}
