//! Entities as they are sent: their properties, where they stand, what is shown within them, and where the next page is.

use serde_json::{Map, Value, json};
use tools::Store;

use super::address::{encoded, key};
use super::city::{City, stretch};
use super::filter::Literal;
use super::model::{Kind, Link};
use super::observation;
use super::options::{Expand, Options};
use super::path::{Path, absent};
use crate::http::error::ApiError;

/// What a request sees.
pub(super) struct View<'a> {
    pub(super) store: &'a Store,
    pub(super) city: City<'a>,
    /// The address of the service root.
    pub(super) base: String,
}

/// Entities of one kind: by id, or of observations the datastreams that made them.
struct Set {
    kind: Kind,
    members: Vec<String>,
}

/// An entity.
struct Row {
    kind: Kind,
    id: String,
    properties: Map<String, Value>,
}

/// Entities of a page.
struct Rows {
    rows: Vec<Row>,
    count: Option<u64>,
    /// The option with which the next page is asked for.
    next: Option<(&'static str, String)>,
}

impl View<'_> {
    /// What a path leads to.
    pub(super) async fn body(&self, path: &Path, options: &Options) -> Result<Value, ApiError> {
        let set = self.walk(path).await?;
        let (kind, one) = path.end();
        if !one {
            let address = self.address(path);
            return self.collection(&set, options, &address).await;
        }
        let id = set.members.into_iter().next();
        let row = match id {
            Some(id) => self.row(kind, &id, options).await?,
            None => None,
        };
        let row = row.ok_or_else(|| absent(&self.written(path)))?;
        self.entity(&row, options).await
    }

    async fn collection(
        &self,
        set: &Set,
        options: &Options,
        address: &str,
    ) -> Result<Value, ApiError> {
        let found = self.rows(set, options).await?;
        let mut body = Map::new();
        if let Some(count) = found.count {
            body.insert("@iot.count".to_owned(), count.into());
        }
        if let Some(next) = &found.next {
            let link = next_link(address, options, next);
            body.insert("@iot.nextLink".to_owned(), link.into());
        }
        let mut value = Vec::with_capacity(found.rows.len());
        for row in found.rows {
            value.push(self.entity(&row, options).await?);
        }
        body.insert("value".to_owned(), value.into());
        Ok(body.into())
    }

    /// Follows a path. Each entity on the way must be there.
    async fn walk(&self, path: &Path) -> Result<Set, ApiError> {
        let missing = || absent(&self.written(path));
        let mut set = Set {
            kind: path.start,
            members: self.members_of(path.start),
        };
        let mut wanted = path.id.as_ref();
        for (link, id) in &path.steps {
            let from = self.chosen(&set, wanted).await?.ok_or_else(missing)?;
            set = Set {
                kind: link.to,
                members: self.city.linked(set.kind, &from, *link),
            };
            wanted = id.as_ref();
        }
        if wanted.is_some() {
            set.members = vec![self.chosen(&set, wanted).await?.ok_or_else(missing)?];
        }
        Ok(set)
    }

    fn members_of(&self, kind: Kind) -> Vec<String> {
        match kind {
            Kind::Observation => self.city.all(Kind::Datastream),
            kind => self.city.all(kind),
        }
    }

    /// The one of a set that is wanted, or the only one.
    async fn chosen(&self, set: &Set, wanted: Option<&String>) -> Result<Option<String>, ApiError> {
        let Some(wanted) = wanted else {
            return Ok(set.members.first().cloned());
        };
        if set.kind != Kind::Observation {
            return Ok(set.members.iter().find(|id| *id == wanted).cloned());
        }
        let own = observation::parts(wanted)
            .is_some_and(|(datastream, _)| set.members.iter().any(|id| id == datastream));
        let found = match own {
            true => observation::one(self.store, wanted).await?,
            false => None,
        };
        Ok(found.map(|_| wanted.clone()))
    }

    async fn row(&self, kind: Kind, id: &str, options: &Options) -> Result<Option<Row>, ApiError> {
        if kind == Kind::Observation {
            let found = observation::one(self.store, id).await?;
            return Ok(found.map(|reading| observed(&reading)));
        }
        let Some(mut properties) = self.city.entity(kind, id) else {
            return Ok(None);
        };
        let timed = options.shows("phenomenonTime") || options.shows("resultTime");
        if kind == Kind::Datastream && timed {
            let span = self.store.span(id).await.map_err(tools::Error::from)?;
            for name in ["phenomenonTime", "resultTime"] {
                properties.insert(name.to_owned(), stretch(span));
            }
        }
        Ok(Some(Row {
            kind,
            id: id.to_owned(),
            properties,
        }))
    }

    async fn rows(&self, set: &Set, options: &Options) -> Result<Rows, ApiError> {
        if set.kind == Kind::Observation {
            return self.observations(set, options).await;
        }
        let mut ids = set.members.clone();
        if let Some(filter) = &options.filter {
            ids.retain(|id| filter.holds(&|property| self.city.value(set.kind, id, property)));
        }
        self.sort(set.kind, &mut ids, options);
        let count = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let skip = usize::try_from(options.skip).unwrap_or(usize::MAX);
        let top = usize::try_from(options.top).unwrap_or(usize::MAX);
        let behind = options.skip.saturating_add(options.top);
        let mut rows = Vec::new();
        for id in ids.iter().skip(skip).take(top) {
            rows.extend(self.row(set.kind, id, options).await?);
        }
        Ok(Rows {
            rows,
            count: options.count.then_some(count),
            next: (options.top > 0 && behind < count).then(|| ("$skip", behind.to_string())),
        })
    }

    async fn observations(&self, set: &Set, options: &Options) -> Result<Rows, ApiError> {
        let found = observation::page(self.store, &set.members, options).await?;
        let last = found.readings.last().map(observation::id);
        let next = last.filter(|_| found.more).map(|last| match found.by_id {
            true => ("$skiptoken", last),
            false => ("$skip", (options.skip + options.top).to_string()),
        });
        Ok(Rows {
            rows: found.readings.iter().map(observed).collect(),
            count: found.count,
            next,
        })
    }

    /// By what is asked for, then by id.
    fn sort(&self, kind: Kind, ids: &mut [String], options: &Options) {
        ids.sort();
        for order in options.order.iter().rev() {
            let value = |id: &String| self.city.value(kind, id, &order.property);
            ids.sort_by_cached_key(|id| Sorted {
                value: value(id),
                descending: order.descending,
            });
        }
    }

    /// An entity with what is shown within it.
    async fn entity(&self, row: &Row, options: &Options) -> Result<Value, ApiError> {
        let mut value = self.plain(row, options);
        for expand in &options.expand {
            self.expand(row, expand, &mut value).await?;
        }
        Ok(value.into())
    }

    async fn expand(
        &self,
        row: &Row,
        expand: &Expand,
        value: &mut Map<String, Value>,
    ) -> Result<(), ApiError> {
        let Expand { link, options } = expand;
        let set = Set {
            kind: link.to,
            members: self.city.linked(row.kind, &row.id, *link),
        };
        value.shift_remove(&format!("{}@iot.navigationLink", link.name));
        if !link.many {
            let there = match set.members.first() {
                Some(id) => self.row(link.to, id, options).await?,
                None => None,
            };
            let there = there.map_or(Value::Null, |row| self.plain(&row, options).into());
            value.insert(link.name.to_owned(), there);
            return Ok(());
        }
        let found = self.rows(&set, options).await?;
        if let Some(count) = found.count {
            value.insert(format!("{}@iot.count", link.name), count.into());
        }
        if let Some(next) = &found.next {
            let address = format!("{}/{}", self.place(row.kind, &row.id), link.name);
            let next = next_link(&address, options, next);
            value.insert(format!("{}@iot.nextLink", link.name), next.into());
        }
        let rows = found.rows.iter().map(|row| self.plain(row, options));
        let rows = rows.map(Value::from).collect::<Vec<_>>();
        value.insert(link.name.to_owned(), rows.into());
        Ok(())
    }

    /// An entity with links to what hangs on it.
    fn plain(&self, row: &Row, options: &Options) -> Map<String, Value> {
        let place = self.place(row.kind, &row.id);
        let mut value = Map::new();
        let mut show = |name: &str, key: String, shown: Value| {
            if options.shows(name) {
                value.insert(key, shown);
            }
        };
        show("@iot.id", "@iot.id".to_owned(), json!(row.id));
        show("@iot.selfLink", "@iot.selfLink".to_owned(), json!(place));
        for name in row.kind.shown() {
            let property = row.properties.get(*name).cloned().unwrap_or_default();
            show(name, (*name).to_owned(), property);
        }
        for Link { name, .. } in row.kind.links() {
            let key = format!("{name}@iot.navigationLink");
            show(name, key, json!(format!("{place}/{name}")));
        }
        value
    }

    fn place(&self, kind: Kind, id: &str) -> String {
        format!("{}/{}{}", self.base, kind.set(), key(id))
    }

    /// A path as an address.
    fn address(&self, path: &Path) -> String {
        format!("{}/{}", self.base, self.written(path))
    }

    fn written(&self, path: &Path) -> String {
        let part = |name: &str, id: &Option<String>| {
            let id = id.as_ref().map(|id| key(id)).unwrap_or_default();
            format!("{name}{id}")
        };
        let mut written = part(path.start.set(), &path.id);
        for (link, id) in &path.steps {
            written.push('/');
            written.push_str(&part(link.name, id));
        }
        written
    }
}

fn observed(reading: &tools::sensor::Reading) -> Row {
    Row {
        kind: Kind::Observation,
        id: observation::id(reading),
        properties: observation::shown(reading),
    }
}

/// The same options, from another place on.
fn next_link(address: &str, options: &Options, next: &(&str, String)) -> String {
    let kept = options.written.iter();
    let kept = kept.filter(|(name, _)| name != "$skip" && name != "$skiptoken");
    let written = |name: &str, value: &str| {
        let value = encoded(value).replace('=', "%3D");
        format!("{}={value}", encoded(name))
    };
    let mut query: Vec<String> = kept.map(|(name, value)| written(name, value)).collect();
    query.push(written(next.0, &next.1));
    format!("{address}?{}", query.join("&"))
}

/// A value in an order; entities without one come first, and last where it descends.
struct Sorted {
    value: Option<Literal>,
    descending: bool,
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        use std::cmp::Ordering;
        let order = match (&self.value, &other.value) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => one.compared(other).unwrap_or(Ordering::Equal),
        };
        if self.descending {
            order.reverse()
        } else {
            order
        }
    }
}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Sorted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Sorted {}
