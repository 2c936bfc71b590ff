//! The city as SensorThings sees it: what stands where, what it measures, and how one gets from one to the other. All of it
//! is small and in memory; observations are not, see [`super::observation`].

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tools::Store;
use tools::sensor::{Datastream, Sensors, Thing};

use super::address::encoded;
use super::filter::Literal;
use super::model::{Kind, Link, Property, Type};
use crate::http::error::ApiError;

/// Things and datastreams, as they are now.
pub(super) struct City<'a> {
    sensors: &'a Sensors,
    things: Vec<Thing>,
    datastreams: Vec<Datastream>,
}

/// What a point and a text are written in.
const POINT: &str = "application/geo+json";
const TEXT: &str = "text/plain";

const MEASUREMENT: &str = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement";

impl<'a> City<'a> {
    /// Reads them. A datastream of a kind that the catalogue does not hold is left out: what it measures is not known.
    pub(super) async fn load(store: &Store, sensors: &'a Sensors) -> Result<Self, ApiError> {
        let things = store.things().await.map_err(tools::Error::from)?;
        let datastreams = store.datastreams().await.map_err(tools::Error::from)?;
        let known = |it: &Datastream| sensors.kinds.get(&it.kind).is_some();
        Ok(Self {
            sensors,
            things,
            datastreams: datastreams.into_iter().filter(known).collect(),
        })
    }

    /// All of a kind, by id; of observations none.
    pub(super) fn all(&self, kind: Kind) -> Vec<String> {
        let things = || self.things.iter().map(|it| it.id.clone()).collect();
        let datastreams = || self.datastreams.iter().map(|it| it.id.clone()).collect();
        match kind {
            Kind::Thing | Kind::Location | Kind::FeatureOfInterest => things(),
            Kind::Datastream | Kind::Sensor => datastreams(),
            Kind::ObservedProperty => {
                let kinds = self.sensors.kinds.all().iter();
                let mut codes: Vec<String> = kinds.map(|kind| kind.code.clone()).collect();
                codes.sort();
                codes
            }
            Kind::HistoricalLocation | Kind::Observation => Vec::new(),
        }
    }

    /// Where a link leads, by id; where it leads to observations, the datastreams of these.
    pub(super) fn linked(&self, kind: Kind, id: &str, link: Link) -> Vec<String> {
        let of = |holds: &dyn Fn(&Datastream) -> bool| {
            let found = self.datastreams.iter().filter(|it| holds(it));
            found.map(|it| it.id.clone()).collect::<Vec<_>>()
        };
        let itself = || vec![id.to_owned()];
        let datastream = || {
            let made_by = id.rsplit_once('@').map(|(datastream, _)| datastream);
            let id = made_by.filter(|_| kind == Kind::Observation).unwrap_or(id);
            self.datastreams.iter().find(|it| it.id == id)
        };
        let through = |name: fn(&Datastream) -> &String| {
            datastream()
                .map(|it| name(it).clone())
                .into_iter()
                .collect()
        };
        match (kind, link.to) {
            (Kind::Thing, Kind::Datastream) | (Kind::FeatureOfInterest, _) => {
                of(&|it| it.thing == id)
            }
            (Kind::ObservedProperty, _) => of(&|it| it.kind == id),
            (Kind::Sensor, _) => itself(),
            (_, Kind::HistoricalLocation) | (Kind::HistoricalLocation, _) => Vec::new(),
            (Kind::Datastream | Kind::Observation, Kind::Thing | Kind::FeatureOfInterest) => {
                through(|it| &it.thing)
            }
            (Kind::Datastream, Kind::ObservedProperty) => through(|it| &it.kind),
            (Kind::Observation, _) => through(|it| &it.id),
            (Kind::Thing | Kind::Location | Kind::Datastream, _) => itself(),
        }
    }

    /// The properties of an entity; `None` where it is not there. When a datastream measured is not among them.
    pub(super) fn entity(&self, kind: Kind, id: &str) -> Option<Map<String, Value>> {
        let thing = || self.things.iter().find(|it| it.id == id);
        let datastream = || self.datastreams.iter().find(|it| it.id == id);
        let value = match kind {
            Kind::Thing => thing_of(thing()?),
            Kind::Location => place_of(thing()?, "location"),
            Kind::FeatureOfInterest => place_of(thing()?, "feature"),
            Kind::Datastream => self.datastream_of(datastream()?)?,
            Kind::Sensor => self.sensor_of(datastream()?)?,
            Kind::ObservedProperty => self.property_of(id)?,
            Kind::HistoricalLocation | Kind::Observation => return None,
        };
        let Value::Object(members) = value else {
            return None;
        };
        Some(members)
    }

    /// The value of a property, for a condition or an order.
    pub(super) fn value(&self, kind: Kind, id: &str, property: &Property) -> Option<Literal> {
        if property.path == "id" {
            return Some(Literal::Text(id.to_owned()));
        }
        let (first, rest) = property.path.split_once('/').unwrap_or((property.path, ""));
        if let Some(link) = kind.link(first) {
            let linked = self.linked(kind, id, link).into_iter().next()?;
            if rest == "id" {
                return Some(Literal::Text(linked));
            }
            let there = self.entity(link.to, &linked)?;
            return literal(there.get(rest)?, property.r#type);
        }
        let entity = self.entity(kind, id)?;
        let mut value = entity.get(first)?;
        if !rest.is_empty() {
            value = value.get(rest)?;
        }
        literal(value, property.r#type)
    }

    fn titles(&self, datastream: &Datastream) -> Option<(String, String)> {
        let kind = self.sensors.kinds.get(&datastream.kind)?;
        let thing = self.things.iter().find(|it| it.id == datastream.thing)?;
        Some((thing.name.clone(), kind.title.clone()))
    }

    fn datastream_of(&self, datastream: &Datastream) -> Option<Value> {
        let (thing, title) = self.titles(datastream)?;
        let unit = self.sensors.kinds.get(&datastream.kind)?.unit;
        Some(json!({
            "name": format!("{thing} {title}"),
            "description": format!("{thing}的{title}，每{}秒一次", datastream.interval_s),
            "unitOfMeasurement": {
                "name": unit.title(),
                "symbol": unit.name(),
                "definition": definition(unit.ucum()),
            },
            "observationType": MEASUREMENT,
            "properties": {"interval_s": datastream.interval_s},
        }))
    }

    fn sensor_of(&self, datastream: &Datastream) -> Option<Value> {
        let (thing, title) = self.titles(datastream)?;
        Some(json!({
            "name": format!("{thing} {title}传感器"),
            "description": format!("{thing}上测量{title}的传感器"),
            "encodingType": TEXT,
            "metadata": format!("设备自报单位 {}，每{}秒一次", datastream.unit, datastream.interval_s),
        }))
    }

    fn property_of(&self, code: &str) -> Option<Value> {
        let kind = self.sensors.kinds.get(code)?;
        Some(json!({
            "name": kind.title,
            "definition": format!("urn:chengzhi:observed-property:{code}"),
            "description": format!("{}，单位 {}，可信范围 {} 至 {}", kind.title, kind.unit, kind.low, kind.high),
        }))
    }
}

/// When a datastream measured, as its properties say it.
pub(super) fn stretch(span: Option<(Timestamp, Timestamp)>) -> Value {
    span.map_or(Value::Null, |(first, last)| {
        json!(format!("{first}/{last}"))
    })
}

fn thing_of(thing: &Thing) -> Value {
    json!({
        "name": thing.name,
        "description": format!("{}{}", thing.district, thing.place),
        "properties": {"place": thing.place, "district": thing.district},
    })
}

fn place_of(thing: &Thing, member: &str) -> Value {
    json!({
        "name": thing.place,
        "description": format!("{}{}", thing.district, thing.place),
        "encodingType": POINT,
        member: {"type": "Point", "coordinates": [thing.longitude, thing.latitude]},
    })
}

/// The OGC's name of a unit of UCUM.
fn definition(code: &str) -> String {
    format!(
        "http://www.opengis.net/def/uom/UCUM/0/{}",
        encoded(code).replace('/', "%2F")
    )
}

fn literal(value: &Value, r#type: Type) -> Option<Literal> {
    match r#type {
        Type::Text => value.as_str().map(|text| Literal::Text(text.to_owned())),
        Type::Number => value.as_f64().map(Literal::Number),
        Type::Time => value.as_str()?.parse().ok().map(Literal::Time),
    }
}
