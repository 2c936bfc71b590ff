//! Watching what was measured: readings of the store are folded, in the order of their times, into what is remembered of each
//! datastream, and what happens becomes an [`Alert`] with a proposal for a person.
//!
//! It does not matter by which way a reading came in: whatever is stored and later than what was looked at last is looked at,
//! so that a crash between storing and watching loses nothing. Nothing here switches anything: a proposal is text, and what a
//! person approves of it is written down.

mod desk;
mod enter;
mod note;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use desk::unknown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

pub use note::Note;
pub use view::{ActionView, AlertView, NoteView, OrderDraftView};

use crate::sensor::watch::{Input, Rule, State, step};
use crate::sensor::{Datastream, Reading, Sensors, Thing};
use crate::store::{Alert, Seen, Store, StoreError, WatchState, read, written};
use enter::{Words, enter};

/// Readings that are looked at in one transaction.
const BATCH: usize = 5_000;

/// What is watched by, and where what was seen is kept. Clones share the store.
#[derive(Clone)]
pub struct Watch {
    store: Store,
    sensors: Arc<Sensors>,
}

/// A datastream with all that its readings are held against.
struct Post<'a> {
    datastream: &'a Datastream,
    thing: &'a Thing,
    rules: Vec<&'a Rule>,
}

/// What is remembered, by rule and datastream.
type States = BTreeMap<(String, String), State>;

impl Post<'_> {
    /// Up to when everything was looked at, under all rules; none where one has seen nothing.
    fn seen(&self, states: &States) -> Option<Timestamp> {
        let last = self.rules.iter().map(|rule| {
            let state = states.get(&(rule.id.clone(), self.datastream.id.clone()))?;
            state.last.map(|last| last.at)
        });
        last.min().flatten()
    }
}

impl Watch {
    /// Of the sensors of a city.
    pub fn new(store: Store, sensors: Arc<Sensors>) -> Self {
        Self { store, sensors }
    }

    /// The store in which alerts are.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What is declared of the sensors.
    pub fn sensors(&self) -> &Sensors {
        &self.sensors
    }

    /// Looks at all readings that were not looked at yet, and at what is awaited too long at `now`. Says which alerts were
    /// opened or changed, in order of time.
    ///
    /// # Errors
    /// What the store reports; what was seen before stays seen.
    pub async fn look(&self, now: Timestamp) -> Result<Vec<Alert>, StoreError> {
        let datastreams = self.store.datastreams().await?;
        self.look_at(&datastreams, now).await
    }

    /// The same of the datastreams with these ids.
    ///
    /// # Errors
    /// As [`Watch::look`].
    pub async fn look_at_ids(
        &self,
        ids: &[impl AsRef<str>],
        now: Timestamp,
    ) -> Result<Vec<Alert>, StoreError> {
        let datastreams = self.store.datastreams_of(ids).await?;
        self.look_at(&datastreams, now).await
    }

    async fn look_at(
        &self,
        datastreams: &[Datastream],
        now: Timestamp,
    ) -> Result<Vec<Alert>, StoreError> {
        let things = self.store.things().await?;
        let states = self.states(datastreams).await?;
        let mut changed: BTreeMap<String, Alert> = BTreeMap::new();
        for datastream in datastreams {
            let Some(thing) = things.iter().find(|thing| thing.id == datastream.thing) else {
                continue;
            };
            let kind = &datastream.kind;
            let rules = self.sensors.rules.of(kind, &thing.place, &datastream.id);
            let post = Post {
                datastream,
                thing,
                rules,
            };
            if !self.has_news(&post, &states, now).await? {
                continue;
            }
            let mut from = post.seen(&states);
            while let Some(next) = self.batch(&post, (from, now), &mut changed).await? {
                from = Some(next);
            }
        }
        let mut changed: Vec<Alert> = changed.into_values().collect();
        changed.sort_by(|one, other| (one.raised, &one.id).cmp(&(other.raised, &other.id)));
        Ok(changed)
    }

    /// What is remembered, by rule and datastream.
    async fn states(&self, datastreams: &[Datastream]) -> Result<States, StoreError> {
        let ids: Vec<&str> = datastreams.iter().map(|it| it.id.as_str()).collect();
        let mut states = BTreeMap::new();
        for kept in self.store.watch_states_of(&ids).await? {
            let state: State = read(&written(&kept.state)?)?;
            states.insert((kept.rule, kept.datastream), state);
        }
        Ok(states)
    }

    /// Whether there is a reading that was not looked at, or something is awaited too long. A look that finds nothing writes
    /// nothing.
    async fn has_news(
        &self,
        post: &Post<'_>,
        states: &States,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let id = &post.datastream.id;
        let latest = self.store.latest(std::slice::from_ref(id)).await?;
        let latest = latest.first().map(|reading| reading.at);
        Ok(post.rules.iter().any(|rule| {
            let Some(state) = states.get(&(rule.id.clone(), id.clone())) else {
                return true;
            };
            let unseen = latest > state.last.map(|last| last.at);
            unseen || !step(rule, state, &Input::Tick(now)).1.is_empty()
        }))
    }

    /// Looks at the next readings of a datastream that are later than `from`; says from where to go on, if there may be more.
    async fn batch(
        &self,
        post: &Post<'_>,
        (from, now): (Option<Timestamp>, Timestamp),
        changed: &mut BTreeMap<String, Alert>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (rules, playbooks) = (&self.sensors.rules, &self.sensors.playbooks);
        let fold = |seen: Seen| {
            let more = seen
                .readings
                .last()
                .filter(|_| seen.readings.len() == BATCH);
            let more = more.map(|last| last.at);
            let mut seeing = Seeing::new(&post.datastream.id, seen.alerts);
            let mut states = Vec::new();
            for rule in &post.rules {
                let words = Words {
                    rules,
                    playbooks,
                    rule,
                    thing: post.thing,
                };
                let before = seen.states.get(&rule.id);
                // What is awaited is known once everything was looked at.
                let tick = more.is_none().then_some(now);
                states.push(seeing.rule(words, before, (&seen.readings, tick))?);
            }
            Ok((states, seeing.touched(), more))
        };
        let watched = self.store.watch(&post.datastream.id, from, BATCH, fold);
        let (alerts, more) = watched.await?;
        changed.extend(alerts.into_iter().map(|alert| (alert.id.clone(), alert)));
        Ok(more)
    }
}

/// Some readings of a datastream being looked at.
struct Seeing<'a> {
    datastream: &'a str,
    /// By rule: those that are not over, and the last that is.
    alerts: BTreeMap<String, Vec<Alert>>,
    /// Ids of those that changed.
    touched: BTreeSet<String>,
}

impl<'a> Seeing<'a> {
    fn new(datastream: &'a str, alerts: Vec<Alert>) -> Self {
        let mut by_rule: BTreeMap<String, Vec<Alert>> = BTreeMap::new();
        for alert in alerts {
            by_rule.entry(alert.rule.clone()).or_default().push(alert);
        }
        Self {
            datastream,
            alerts: by_rule,
            touched: BTreeSet::new(),
        }
    }

    fn rule(
        &mut self,
        words: Words<'_>,
        before: Option<&serde_json::Value>,
        (readings, tick): (&[Reading], Option<Timestamp>),
    ) -> Result<WatchState, StoreError> {
        let rule = words.rule;
        let mut state: State = match before {
            Some(before) => read(&written(before)?)?,
            None => State::new(self.datastream),
        };
        let after = state.last.map(|last| last.at);
        let unseen = readings.iter().filter(|reading| Some(reading.at) > after);
        let inputs = unseen.cloned().map(Input::Reading);
        for input in inputs.chain(tick.map(Input::Tick)) {
            let (next, events) = step(rule, &state, &input);
            state = next;
            for event in &events {
                let alerts = self.alerts.entry(rule.id.clone()).or_default();
                let entered = enter(alerts, event, words)?;
                self.touched
                    .extend(entered.map(|place| alerts[place].id.clone()));
            }
        }
        remembered(rule, &state)
    }

    /// The alerts that changed.
    fn touched(self) -> Vec<Alert> {
        let all = self.alerts.into_values().flatten();
        all.filter(|alert| self.touched.contains(&alert.id))
            .collect()
    }
}

/// A state as the store keeps it.
fn remembered(rule: &Rule, state: &State) -> Result<WatchState, StoreError> {
    Ok(WatchState {
        rule: rule.id.clone(),
        datastream: state.datastream.clone(),
        state: serde_json::to_value(state).map_err(|error| StoreError::Row(error.to_string()))?,
    })
}
