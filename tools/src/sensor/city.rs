//! The sensors of a city as its files declare them: kinds, feasts, limits, playbooks, and a network where it has one.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::place::Places;

use super::demo::Network;
use super::holiday::Holidays;
use super::kind::Kinds;
use super::thing::{Datastream, Thing};
use super::watch::{Playbooks, Rules};
use super::words::Known;

/// What a city declares about its sensors.
#[derive(Debug, Clone)]
pub struct Sensors {
    /// What is measured.
    pub kinds: Kinds,
    /// Feasts by which people name days.
    pub holidays: Holidays,
    /// Limits.
    pub rules: Rules,
    /// What is done when a limit is reached.
    pub playbooks: Playbooks,
    /// The network of a demonstration, with what is planted in its readings; a city has its network in the store.
    pub network: Option<Network>,
}

/// The files, each with its name for messages and its text.
pub struct SensorFiles<'a> {
    /// `kinds.toml`
    pub kinds: (&'a str, &'a str),
    /// `holidays.toml`
    pub holidays: (&'a str, &'a str),
    /// `rules.toml`
    pub rules: (&'a str, &'a str),
    /// `playbooks.toml`
    pub playbooks: (&'a str, &'a str),
    /// `network.toml`
    pub network: Option<(&'a str, &'a str)>,
}

impl Sensors {
    /// What words are read with, together with the places of the city and what stands there.
    pub(crate) fn known<'a>(
        &'a self,
        places: &'a Places,
        (things, datastreams): (&'a [Thing], &'a [Datastream]),
    ) -> Known<'a> {
        Known {
            kinds: &self.kinds,
            places,
            things,
            datastreams,
            holidays: &self.holidays,
        }
    }

    /// Reads the files; `items` are the codes of the dispatch catalogue.
    ///
    /// # Errors
    /// [`Error::Data`] with file, line and key of the first thing that is wrong.
    pub fn parse(files: &SensorFiles<'_>, items: &BTreeSet<String>) -> Result<Self, Error> {
        let (file, text) = files.kinds;
        let kinds = Kinds::parse(file, text).map_err(|error| wrong(file, &error))?;
        let (file, text) = files.holidays;
        let holidays = Holidays::parse(file, text).map_err(|error| wrong(file, &error))?;
        let (file, text) = files.rules;
        let rules = Rules::parse(file, text, kinds.all()).map_err(|error| wrong(file, &error))?;
        let (file, text) = files.playbooks;
        let playbooks = Playbooks::parse(file, text, kinds.all(), items);
        let playbooks = playbooks.map_err(|error| wrong(file, &error))?;
        let network = files.network.map(|(file, text)| {
            Network::parse(file, text, kinds.all()).map_err(|error| wrong(file, &error))
        });
        Ok(Self {
            network: network.transpose()?,
            kinds,
            holidays,
            rules,
            playbooks,
        })
    }
}

impl Network {
    /// Its things and datastreams.
    pub fn entities(&self) -> (Vec<Thing>, Vec<Datastream>) {
        let streams = self.streams.iter();
        let datastreams = streams.map(|stream| stream.datastream.clone()).collect();
        (self.things.clone(), datastreams)
    }
}

fn wrong(file: &str, error: &dyn std::fmt::Display) -> Error {
    let text = error.to_string();
    let message = text.strip_prefix(file).unwrap_or(&text);
    Error::Data {
        file: file.to_owned(),
        message: message.trim_start_matches([':', ' ']).to_owned(),
    }
}
