//! The file of rules as it is written, and what is checked in it. Keys are described in `rules.toml`.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::{Limit, Rule, Rules, Scope, Side, Stuck, Unchanged};
use crate::sensor::kind::SensorKind;
use crate::sensor::unit::Unit;
use crate::sensor::watch::error::Error;
use crate::sensor::watch::file::Source;
use crate::sensor::watch::level::Level;

/// The longest time that makes sense: a week.
const LONGEST: u32 = 7 * 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    version: Spanned<String>,
    document: String,
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    kind: Spanned<String>,
    place: Option<String>,
    datastream: Option<Spanned<String>>,
    unit: Spanned<String>,
    #[serde(default)]
    levels: Vec<Spanned<RawLimit>>,
    stuck: Option<Spanned<RawStuck>>,
    missing: Option<Spanned<u32>>,
    cooldown: Option<Spanned<u32>>,
    escalate: Option<Spanned<u32>>,
    document: Option<String>,
    clause: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimit {
    level: Level,
    above: Option<f64>,
    below: Option<f64>,
    clear: f64,
    minimum: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStuck {
    readings: Option<u32>,
    minutes: Option<u32>,
    rest: Option<f64>,
}

/// A file of rules being checked.
pub(super) struct Reader<'a> {
    pub(super) source: Source<'a>,
    pub(super) kinds: &'a [SensorKind],
}

impl Reader<'_> {
    pub(super) fn rules(&self, file: File) -> Result<Rules, Error> {
        if file.version.get_ref().trim().is_empty() {
            return Err(self.wrong(&file.version, "version", "is empty"));
        }
        let mut ids = BTreeSet::new();
        let mut all: Vec<Rule> = Vec::new();
        for raw in &file.rule {
            if !ids.insert(raw.id.get_ref()) {
                return Err(self.wrong(&raw.id, "id", "is given twice"));
            }
            let rule = self.rule(raw, &file.document)?;
            self.check_beside(raw, &rule, &all)?;
            all.push(rule);
        }
        let version = file.version.into_inner();
        Ok(Rules { version, all })
    }

    fn wrong<T>(&self, place: &Spanned<T>, key: &str, message: &str) -> Error {
        self.source.wrong(place, key, message)
    }

    fn rule(&self, raw: &RawRule, document: &str) -> Result<Rule, Error> {
        let kind = self.kind(&raw.kind)?;
        if raw.clause.get_ref().trim().is_empty() {
            let message = "is empty; say where the limit is laid down";
            return Err(self.wrong(&raw.clause, "clause", message));
        }
        let unit = Units {
            from: &raw.unit,
            kind,
        };
        let stuck = raw.stuck.as_ref();
        let rule = Rule {
            id: raw.id.get_ref().clone(),
            kind: kind.code.clone(),
            title: kind.title.clone(),
            unit: kind.unit.name().to_owned(),
            decimals: kind.decimals,
            scope: self.scope(raw)?,
            limits: self.limits(&raw.levels, &unit)?,
            stuck: stuck.map(|stuck| self.stuck(stuck, &unit)).transpose()?,
            missing: self.minutes("missing", raw.missing.as_ref())?,
            cooldown: self.cooldown(raw)?,
            escalate: self.minutes("escalate", raw.escalate.as_ref())?,
            basis: format!(
                "《{}》{}",
                raw.document.as_deref().unwrap_or(document),
                raw.clause.get_ref()
            ),
        };
        // Also where no number needs the unit.
        self.convert(0.0, &unit)?;
        if rule.limits.is_empty() && rule.stuck.is_none() && rule.missing.is_none() {
            let message = "watches nothing; give `levels`, `stuck` or `missing`";
            return Err(self.wrong(&raw.id, "id", message));
        }
        Ok(rule)
    }

    fn kind(&self, code: &Spanned<String>) -> Result<&SensorKind, Error> {
        let mut kinds = self.kinds.iter();
        let kind = kinds.find(|kind| kind.code == *code.get_ref());
        kind.ok_or_else(|| self.wrong(code, "kind", "is not one of `kinds.toml`"))
    }

    fn scope(&self, raw: &RawRule) -> Result<Scope, Error> {
        match (&raw.place, &raw.datastream) {
            (None, None) => Ok(Scope::Kind),
            (Some(place), None) => Ok(Scope::Place(place.clone())),
            (None, Some(id)) => Ok(Scope::Datastream(id.get_ref().clone())),
            (Some(_), Some(id)) => {
                let message = "is given beside `place`; a rule is for one or the other";
                Err(self.wrong(id, "datastream", message))
            }
        }
    }

    /// Rules of one scope would say things twice if they watched the same.
    fn check_beside(&self, raw: &RawRule, rule: &Rule, before: &[Rule]) -> Result<(), Error> {
        let side = |rule: &Rule| rule.limits.first().map(|limit| limit.side);
        let same = |other: &&Rule| other.kind == rule.kind && other.scope == rule.scope;
        for other in before.iter().filter(same) {
            let key = if side(rule).is_some() && side(other) == side(rule) {
                "levels"
            } else if rule.stuck.is_some() && other.stuck.is_some() {
                "stuck"
            } else if rule.missing.is_some() && other.missing.is_some() {
                "missing"
            } else {
                continue;
            };
            let id = &other.id;
            let message = format!("watches what `{id}` watches for the same datastreams");
            return Err(self.wrong(&raw.id, key, &message));
        }
        Ok(())
    }

    fn convert(&self, value: f64, unit: &Units<'_>) -> Result<f64, Error> {
        let from = Unit::read(unit.from.get_ref());
        from.and_then(|from| unit.kind.convert(value, from))
            .map_err(|error| self.wrong(unit.from, "unit", &error.to_string()))
    }

    fn limits(&self, rows: &[Spanned<RawLimit>], unit: &Units<'_>) -> Result<Vec<Limit>, Error> {
        let mut limits: Vec<Limit> = Vec::new();
        for place in rows {
            let limit = self.limit(place, unit)?;
            if let Some(before) = limits.last() {
                self.check_order(place, before, &limit)?;
            }
            limits.push(limit);
        }
        Ok(limits)
    }

    fn limit(&self, place: &Spanned<RawLimit>, unit: &Units<'_>) -> Result<Limit, Error> {
        let row = place.get_ref();
        let (side, key, bound) = match (row.above, row.below) {
            (Some(bound), None) => (Side::Above, "above", bound),
            (None, Some(bound)) => (Side::Below, "below", bound),
            (None, None) | (Some(_), Some(_)) => {
                return Err(self.wrong(place, "levels", "needs one of `above` and `below`"));
            }
        };
        if !bound.is_finite() || !row.clear.is_finite() {
            return Err(self.wrong(place, key, "is not a number"));
        }
        if !side.is_worse(bound, row.clear) {
            let message = format!("has to be on the good side of `{key}`");
            return Err(self.wrong(place, "clear", &message));
        }
        if row.minimum > LONGEST {
            return Err(self.wrong(place, "minimum", "is longer than a week"));
        }
        Ok(Limit {
            level: row.level,
            side,
            bound: self.convert(bound, unit)?,
            clear: self.convert(row.clear, unit)?,
            minimum: SignedDuration::from_mins(i64::from(row.minimum)),
        })
    }

    fn check_order(
        &self,
        place: &Spanned<RawLimit>,
        before: &Limit,
        limit: &Limit,
    ) -> Result<(), Error> {
        let side = limit.side;
        let wrong = |key: &str, message: &str| Err(self.wrong(place, key, message));
        if side != before.side {
            return wrong("levels", "mix `above` and `below`; make two rules of them");
        }
        if limit.level <= before.level {
            return wrong("level", "has to be graver than the one before");
        }
        if !side.is_worse(limit.bound, before.bound) {
            return wrong("levels", "a graver level needs a bound further out");
        }
        if side.is_worse(before.clear, limit.clear) {
            return wrong(
                "clear",
                "a graver level may not be cleared later than a lesser",
            );
        }
        Ok(())
    }

    fn stuck(&self, place: &Spanned<RawStuck>, unit: &Units<'_>) -> Result<Stuck, Error> {
        let row = place.get_ref();
        let after = match (row.readings, row.minutes) {
            (Some(readings @ 2..=10_000), None) => Unchanged::Readings(readings),
            (None, Some(minutes @ 1..=LONGEST)) => {
                Unchanged::Lasting(SignedDuration::from_mins(i64::from(minutes)))
            }
            (Some(_) | None, Some(_) | None) => {
                let message = "needs either `readings`, 2 to 10000, or `minutes`, at most a week";
                return Err(self.wrong(place, "stuck", message));
            }
        };
        let rest = row.rest.map(|rest| self.convert(rest, unit));
        let rest = rest.transpose()?;
        Ok(Stuck { after, rest })
    }

    fn cooldown(&self, raw: &RawRule) -> Result<SignedDuration, Error> {
        match &raw.cooldown {
            Some(minutes) if *minutes.get_ref() == 0 => Ok(SignedDuration::ZERO),
            minutes => {
                let minutes = self.minutes("cooldown", minutes.as_ref())?;
                Ok(minutes.unwrap_or_default())
            }
        }
    }

    fn minutes(
        &self,
        key: &str,
        place: Option<&Spanned<u32>>,
    ) -> Result<Option<SignedDuration>, Error> {
        let Some(place) = place else { return Ok(None) };
        match *place.get_ref() {
            minutes @ 1..=LONGEST => Ok(Some(SignedDuration::from_mins(i64::from(minutes)))),
            _ => Err(self.wrong(place, key, "has to be from 1 minute to a week")),
        }
    }
}

/// From the unit of a rule to that of its kind.
struct Units<'a> {
    from: &'a Spanned<String>,
    kind: &'a SensorKind,
}
