//! The entities of SensorThings, how they hang together, and what of them can be asked for.

use super::wrong::Wrong;

/// An entity type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Thing,
    Location,
    HistoricalLocation,
    Datastream,
    Sensor,
    ObservedProperty,
    Observation,
    FeatureOfInterest,
}

/// A way from an entity to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) to: Kind,
    /// Whether there may be several.
    pub(super) many: bool,
}

/// What a property is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Time,
}

/// A property in a condition or an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Property {
    /// Its names, from the entity on, with `/` between them; `id` is that of the entity.
    pub(super) path: &'static str,
    pub(super) r#type: Type,
}

const fn one(name: &'static str, to: Kind) -> Link {
    Link {
        name,
        to,
        many: false,
    }
}

const fn many(name: &'static str, to: Kind) -> Link {
    Link {
        name,
        to,
        many: true,
    }
}

const fn text(path: &'static str) -> Property {
    Property {
        path,
        r#type: Type::Text,
    }
}

const fn number(path: &'static str) -> Property {
    Property {
        path,
        r#type: Type::Number,
    }
}

const fn time(path: &'static str) -> Property {
    Property {
        path,
        r#type: Type::Time,
    }
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::Thing,
        Self::Location,
        Self::HistoricalLocation,
        Self::Datastream,
        Self::Sensor,
        Self::ObservedProperty,
        Self::Observation,
        Self::FeatureOfInterest,
    ];

    /// The name of its entity set.
    pub(super) fn set(self) -> &'static str {
        match self {
            Self::Thing => "Things",
            Self::Location => "Locations",
            Self::HistoricalLocation => "HistoricalLocations",
            Self::Datastream => "Datastreams",
            Self::Sensor => "Sensors",
            Self::ObservedProperty => "ObservedProperties",
            Self::Observation => "Observations",
            Self::FeatureOfInterest => "FeaturesOfInterest",
        }
    }

    /// Where one gets from it.
    pub(super) fn links(self) -> &'static [Link] {
        const THING: [Link; 3] = [
            many("Locations", Kind::Location),
            many("HistoricalLocations", Kind::HistoricalLocation),
            many("Datastreams", Kind::Datastream),
        ];
        const LOCATION: [Link; 2] = [
            many("Things", Kind::Thing),
            many("HistoricalLocations", Kind::HistoricalLocation),
        ];
        const HISTORICAL: [Link; 2] =
            [one("Thing", Kind::Thing), many("Locations", Kind::Location)];
        const DATASTREAM: [Link; 4] = [
            one("Thing", Kind::Thing),
            one("Sensor", Kind::Sensor),
            one("ObservedProperty", Kind::ObservedProperty),
            many("Observations", Kind::Observation),
        ];
        const OF_DATASTREAMS: [Link; 1] = [many("Datastreams", Kind::Datastream)];
        const OBSERVATION: [Link; 2] = [
            one("Datastream", Kind::Datastream),
            one("FeatureOfInterest", Kind::FeatureOfInterest),
        ];
        const OF_OBSERVATIONS: [Link; 1] = [many("Observations", Kind::Observation)];
        match self {
            Self::Thing => &THING,
            Self::Location => &LOCATION,
            Self::HistoricalLocation => &HISTORICAL,
            Self::Datastream => &DATASTREAM,
            Self::Sensor | Self::ObservedProperty => &OF_DATASTREAMS,
            Self::Observation => &OBSERVATION,
            Self::FeatureOfInterest => &OF_OBSERVATIONS,
        }
    }

    /// The link of this name.
    pub(super) fn link(self, name: &str) -> Option<Link> {
        self.links().iter().copied().find(|link| link.name == name)
    }

    /// The properties that it is shown with, but for `@iot.id` and links.
    pub(super) fn shown(self) -> &'static [&'static str] {
        match self {
            Self::Thing => &["name", "description", "properties"],
            Self::Location => &["name", "description", "encodingType", "location"],
            Self::HistoricalLocation => &["time"],
            Self::Datastream => &[
                "name",
                "description",
                "unitOfMeasurement",
                "observationType",
                "phenomenonTime",
                "resultTime",
                "properties",
            ],
            Self::Sensor => &["name", "description", "encodingType", "metadata"],
            Self::ObservedProperty => &["name", "definition", "description"],
            Self::Observation => &["phenomenonTime", "resultTime", "result"],
            Self::FeatureOfInterest => &["name", "description", "encodingType", "feature"],
        }
    }

    /// What can stand in `$filter` and, but for ways to other entities, in `$orderby`.
    fn properties(self) -> &'static [Property] {
        const NAMED: [Property; 3] = [text("id"), text("name"), text("description")];
        const THING: [Property; 5] = [
            text("id"),
            text("name"),
            text("description"),
            text("properties/place"),
            text("properties/district"),
        ];
        const DATASTREAM: [Property; 12] = [
            text("id"),
            text("name"),
            text("description"),
            text("observationType"),
            text("unitOfMeasurement/name"),
            text("unitOfMeasurement/symbol"),
            text("unitOfMeasurement/definition"),
            number("properties/interval_s"),
            text("Thing/id"),
            text("Thing/name"),
            text("ObservedProperty/id"),
            text("ObservedProperty/name"),
        ];
        const PROPERTY: [Property; 4] = [
            text("id"),
            text("name"),
            text("definition"),
            text("description"),
        ];
        const OBSERVATION: [Property; 5] = [
            text("id"),
            time("phenomenonTime"),
            time("resultTime"),
            number("result"),
            text("Datastream/id"),
        ];
        const HISTORICAL: [Property; 2] = [text("id"), time("time")];
        match self {
            Self::Thing => &THING,
            Self::Location | Self::Sensor | Self::FeatureOfInterest => &NAMED,
            Self::HistoricalLocation => &HISTORICAL,
            Self::Datastream => &DATASTREAM,
            Self::ObservedProperty => &PROPERTY,
            Self::Observation => &OBSERVATION,
        }
    }

    /// The property that is written so; `at` is where it stands.
    pub(super) fn property(self, written: &str, at: usize) -> Result<Property, Wrong> {
        let path = written.replace("@iot.id", "id");
        if let Some(found) = self.properties().iter().find(|it| it.path == path) {
            return Ok(*found);
        }
        let first = path.split('/').next().unwrap_or_default();
        let there = self.shown().contains(&first) || self.link(first).is_some();
        if there {
            return Err(Wrong::unsupported(
                at,
                format!("不支持按 `{written}` 筛选或排序"),
            ));
        }
        let set = self.set();
        Err(Wrong::at(at, format!("{set} 没有属性 `{written}`")))
    }
}
