//! Whose readings are asked for: a place of the gazetteer, or a device by its id or name.
//!
//! A place without a sensor of the kind is never replaced by another one; those of its district are offered.

use std::sync::LazyLock;

use regex::Regex;

use super::{Known, Missing, Read, What, ask, blot, pattern, place, subject, unknown};
use crate::place::{Entry, Level, Located};
use crate::sensor::kind::SensorKind;
use crate::sensor::query::Where;
use crate::sensor::thing::{Datastream, Thing};

/// At most so many places are offered.
const MOST: usize = 8;

/// Ids as they stand in data, folded.
static ID: LazyLock<Regex> = LazyLock::new(|| pattern("(?-u:\\b)(?:ds|th)-?[0-9]{1,9}(?-u:\\b)"));

/// Words by which a person means where he stands, which nobody knows.
const HERE: [&str; 8] = [
    "这里",
    "这儿",
    "这边",
    "附近",
    "我家",
    "楼下",
    "门口",
    "我们小区",
];

/// What stands between the places of a list.
const BETWEEN: [&str; 9] = ["、", ",", "，", "和", "与", "跟", "及", "以及", "还有"];

/// What a message says of the place.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    datastream: Option<&'a Datastream>,
    thing: Option<&'a Thing>,
    /// An id that nothing has.
    strange: Option<String>,
    /// What the gazetteer makes of it.
    located: Located,
    /// Places that are named side by side, where they are several.
    several: Vec<Entry>,
    /// A word for where the person is.
    here: bool,
}

impl Said<'_> {
    /// Whether a device was named.
    pub(super) fn is_device(&self) -> bool {
        self.datastream.is_some() || self.thing.is_some() || self.strange.is_some()
    }

    /// The name of what was named; none where nothing was.
    pub(super) fn name(&self) -> Read<Option<String>> {
        if let Some(id) = &self.strange {
            let sentence = format!("没有编号为{id}的传感器，请核对编号。");
            return Err(unknown(Missing::Datastream, id, sentence, Vec::new()));
        }
        if let Some(datastream) = self.datastream {
            return Ok(Some(datastream.id.clone()));
        }
        if let Some(thing) = self.thing {
            return Ok(Some(thing.name.clone()));
        }
        match (&self.located.place, self.located.unknown.first()) {
            (Some(entry), _) => Ok(Some(entry.name.clone())),
            (None, Some(strange)) => {
                let sentence = format!("没有找到“{strange}”这个地方，请核对地名。");
                Err(unknown(Missing::Place, strange, sentence, Vec::new()))
            }
            (None, None) => Ok(None),
        }
    }

    /// Whether what was named measures a kind.
    pub(super) fn has(&self, code: &str, known: &Known<'_>) -> bool {
        if let Some(datastream) = self.datastream {
            return datastream.kind == code;
        }
        if let Some(thing) = self.thing {
            return measures(thing, code, known);
        }
        let of_place = |thing: &&Thing| {
            let located = self.located.place.as_ref();
            located.is_some_and(|entry| is_at(thing, entry, known) || within(thing, entry, known))
        };
        let mut things = known.things.iter().filter(of_place);
        things.any(|thing| measures(thing, code, known))
    }
}

/// What is said of the place, and the text without it.
pub(super) fn find<'a>(text: &str, known: &Known<'a>) -> (Said<'a>, String) {
    let mut masked = text.to_owned();
    let mut said = Said::default();
    if let Some(found) = ID.find(text) {
        let id = plain(found.as_str());
        said.datastream = known.datastreams.iter().find(|it| plain(&it.id) == id);
        said.thing = known.things.iter().find(|it| plain(&it.id) == id);
        if !said.is_device() {
            said.strange = Some(found.as_str().to_uppercase());
        }
        masked = blot(&masked, &found.range());
    }
    let named = known.things.iter().filter_map(|thing| {
        let name = crate::place::fold::folded(&thing.name);
        let at = masked.find(&name).filter(|_| name.chars().count() > 2)?;
        Some((thing, at..at + name.len()))
    });
    // A thing may be called like its place; then the place is meant.
    let longest = named
        .filter(|(thing, _)| known.places.get(&thing.name).is_none())
        .max_by_key(|(_, range)| range.len());
    if let (false, Some((thing, range))) = (said.is_device(), longest) {
        said.thing = Some(thing);
        masked = blot(&masked, &range);
    }
    said.located = known.places.locate(&masked);
    said.several = side_by_side(&said.located, &masked, known);
    said.here = HERE.iter().any(|word| masked.contains(word));
    for range in spans(&said.located, &masked) {
        masked = blot(&masked, &range);
    }
    (said, masked)
}

/// The places of a list: 古城步行街、文庙广场. A road and what stands in it (石桥路东门里小区) are none.
fn side_by_side(located: &Located, text: &str, known: &Known<'_>) -> Vec<Entry> {
    let mut ranges = spans(located, text);
    ranges.sort_by_key(|range| range.start);
    let listed = |pair: &[std::ops::Range<usize>]| {
        let between = text.get(pair[0].end..pair[1].start);
        between.is_some_and(|between| BETWEEN.contains(&between))
    };
    if !ranges.windows(2).any(listed) {
        return Vec::new();
    }
    let names = ranges.into_iter().filter_map(|range| text.get(range));
    let entries = names.filter_map(|name| known.places.get(name));
    entries.cloned().collect()
}

/// The bytes at which a folded text names places.
pub(super) fn spans(located: &Located, text: &str) -> Vec<std::ops::Range<usize>> {
    let address = &located.address;
    let extra = [&address.cross, &address.landmark];
    let spans = address
        .segments
        .values()
        .chain(extra.into_iter().flatten())
        .filter_map(|segment| segment.span);
    let byte = |at: usize| {
        text.char_indices()
            .nth(at)
            .map_or(text.len(), |(byte, _)| byte)
    };
    spans.map(|span| byte(span.start)..byte(span.end)).collect()
}

/// The one kind and the one place or datastream that is meant.
pub(super) fn settle<'a>(
    kinds: &[&'a SensorKind],
    said: &Said<'_>,
    known: &Known<'_>,
) -> Read<(&'a SensorKind, Where)> {
    if let Some(id) = &said.strange {
        let sentence = format!("没有编号为{id}的传感器，请核对编号。");
        return Err(unknown(Missing::Datastream, id, sentence, Vec::new()));
    }
    if let Some(datastream) = said.datastream {
        let kind = kinds.iter().find(|kind| kind.code == datastream.kind);
        let kind = kind.ok_or_else(|| lacks(&datastream.id, kinds, Vec::new()))?;
        return Ok((kind, Where::Datastream(datastream.id.clone())));
    }
    if let Some(thing) = said.thing {
        return of_thing(thing, kinds, known);
    }
    let entry = entry(kinds, said, known)?;
    let kind = one(entry, kinds, said, known)?;
    let district = district(entry, known);
    Ok((kind, place(&entry.name, &district)))
}

fn of_thing<'a>(
    thing: &Thing,
    kinds: &[&'a SensorKind],
    known: &Known<'_>,
) -> Read<(&'a SensorKind, Where)> {
    let found: Vec<(&SensorKind, &Datastream)> = known
        .datastreams
        .iter()
        .filter(|it| it.thing == thing.id)
        .filter_map(|it| Some((*kinds.iter().find(|kind| kind.code == it.kind)?, it)))
        .collect();
    match found.as_slice() {
        [] => Err(lacks(&thing.name, kinds, Vec::new())),
        [(kind, datastream)] => Ok((kind, Where::Datastream(datastream.id.clone()))),
        [(first, _), rest @ ..] if rest.iter().all(|(kind, _)| kind.code == first.code) => {
            let ids: Vec<&str> = found.iter().map(|(_, it)| it.id.as_str()).collect();
            let question = format!(
                "{}有{}个{}传感器，要查哪一个？",
                thing.name,
                ids.len(),
                first.title
            );
            Err(ask(What::Place, question, &ids))
        }
        several => {
            let kinds: Vec<&SensorKind> = several.iter().map(|(kind, _)| *kind).collect();
            Err(subject::which(&kinds))
        }
    }
}

/// The one place that is named; a question or a refusal where it is not one.
fn entry<'a>(kinds: &[&SensorKind], said: &'a Said<'_>, known: &Known<'_>) -> Read<&'a Entry> {
    let located = &said.located;
    let title = titles(kinds);
    let several = if said.several.len() > 1 {
        &said.several
    } else {
        &located.candidates
    };
    if several.len() > 1 {
        let names = several.iter().map(|entry| full(entry, several, known));
        let names: Vec<String> = names.collect();
        let question = format!("一次只能查一个地方，要查哪一个？{}", names.join("、"));
        return Err(ask(What::Place, question, &names));
    }
    match (&located.place, located.unknown.first()) {
        (Some(entry), None) => Ok(entry),
        (Some(entry), Some(strange)) if entry.level == Level::Place => {
            let question = format!("没有找到“{strange}”，要查的是{}吗？", entry.name);
            Err(ask(What::Place, question, &[entry.name.as_str()]))
        }
        (_, Some(strange)) => {
            let sentence = format!("没有找到“{strange}”这个地方，请核对地名。");
            Err(unknown(Missing::Place, strange, sentence, Vec::new()))
        }
        (None, None) => {
            let options = places(known.things.iter().filter(|it| any(it, kinds, known)));
            let why = if said.here {
                "不知道您在哪里；"
            } else {
                ""
            };
            let question = format!("{why}要查哪个地方的{title}？");
            Err(ask(What::Place, question, &options))
        }
    }
}

/// The one kind that is measured at a place; otherwise what is measured elsewhere.
fn one<'a>(
    entry: &Entry,
    kinds: &[&'a SensorKind],
    said: &Said<'_>,
    known: &Known<'_>,
) -> Read<&'a SensorKind> {
    let here: Vec<&Thing> = known
        .things
        .iter()
        .filter(|thing| is_at(thing, entry, known))
        .collect();
    let measured: Vec<&SensorKind> = kinds
        .iter()
        .copied()
        .filter(|kind| here.iter().any(|thing| measures(thing, &kind.code, known)))
        .collect();
    match measured.as_slice() {
        [one] => return Ok(one),
        [] => {}
        several => return Err(subject::which(several)),
    }
    let inside = known.things.iter().filter(|it| within(it, entry, known));
    let inside = places(inside.filter(|thing| any(thing, kinds, known)));
    let title = titles(kinds);
    if !inside.is_empty() {
        let name = &entry.name;
        let question = format!("{name}的{title}要按地点查，要查哪一个？");
        return Err(ask(What::Place, question, &inside));
    }
    let abroad =
        said.located.district.is_none() && !known.things.iter().any(|it| within(it, entry, known));
    if abroad {
        let sentence = format!("{}没有接入本市的传感器。", entry.name);
        return Err(unknown(Missing::Place, &entry.name, sentence, Vec::new()));
    }
    Err(lacks(
        &entry.name,
        kinds,
        nearby(entry, &here, kinds, known),
    ))
}

/// That there is no sensor of these kinds, and where one of the same district is.
fn lacks(name: &str, kinds: &[&SensorKind], options: Vec<String>) -> Box<super::Interpreted> {
    let title = titles(kinds);
    let mut sentence = format!("{name}没有{title}传感器");
    match options.as_slice() {
        [] => {}
        [one] => sentence.push_str(&format!("；同区有的是{one}")),
        several => sentence.push_str(&format!("；同区有的是{}", several.join("、"))),
    }
    sentence.push('。');
    unknown(Missing::Sensor, name, sentence, options)
}

/// The places of the same district that measure a kind, nearest first where a device stands at the place itself.
fn nearby(entry: &Entry, here: &[&Thing], kinds: &[&SensorKind], known: &Known<'_>) -> Vec<String> {
    let district = district(entry, known);
    let mut others: Vec<&Thing> = known
        .things
        .iter()
        .filter(|thing| thing.district == district && any(thing, kinds, known))
        .collect();
    if let Some(own) = here.first() {
        others.sort_by(|a, b| own.distance(a).total_cmp(&own.distance(b)));
    }
    places(others.into_iter())
}

/// Whether a thing stands at a place itself.
pub(super) fn is_at(thing: &Thing, entry: &Entry, known: &Known<'_>) -> bool {
    let own = district(entry, known);
    thing.place == entry.name && (own.is_empty() || thing.district == own)
}

/// Whether a thing stands somewhere within a larger place.
fn within(thing: &Thing, entry: &Entry, known: &Known<'_>) -> bool {
    let Some(at) = known.places.get(&thing.place) else {
        return thing.district == entry.name;
    };
    known.places.parents(at).contains(&entry)
}

/// The district in which a place lies, or which it is; empty where it is larger.
pub(super) fn district(entry: &Entry, known: &Known<'_>) -> String {
    let above = known.places.parents(entry);
    let mut all = std::iter::once(entry).chain(above);
    let found = all.find(|entry| entry.level == Level::District);
    found.map_or_else(String::new, |entry| entry.name.clone())
}

/// A name, with its district where another one is called the same.
fn full(entry: &Entry, all: &[Entry], known: &Known<'_>) -> String {
    let alike = all.iter().filter(|other| other.name == entry.name).count();
    if alike > 1 {
        format!("{}{}", district(entry, known), entry.name)
    } else {
        entry.name.clone()
    }
}

fn measures(thing: &Thing, code: &str, known: &Known<'_>) -> bool {
    let mut datastreams = known.datastreams.iter();
    datastreams.any(|it| it.thing == thing.id && it.kind == code)
}

fn any(thing: &Thing, kinds: &[&SensorKind], known: &Known<'_>) -> bool {
    kinds.iter().any(|kind| measures(thing, &kind.code, known))
}

/// The places of things, once each.
fn places<'a>(things: impl Iterator<Item = &'a Thing>) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for thing in things {
        if places.len() < MOST && !places.contains(&thing.place) {
            places.push(thing.place.clone());
        }
    }
    places
}

fn titles(kinds: &[&SensorKind]) -> String {
    let titles: Vec<&str> = kinds.iter().map(|kind| kind.title.as_str()).collect();
    titles.join("、")
}

fn plain(id: &str) -> String {
    id.to_lowercase().replace('-', "")
}
