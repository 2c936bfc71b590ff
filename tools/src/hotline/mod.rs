//! What the hotline knows: its rules, its catalogue, its places, and which open orders there are.
//!
//! Everything here proposes. What becomes of an order is decided by its state machine, [`crate::order`].

mod assess;
mod case;
mod clock;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

pub use assess::{Assessment, ItemView, Lean, NearOrder, Outside};

use crate::classify::classifier::Classifier;
use crate::digest;
use crate::error::Error;
use crate::intake::{Catalog, Grades, Links, Questions};
use crate::order::{Actor, ActorRole, Calendar, Order, Rules};
use crate::place::Places;
use crate::tool::Person;

/// All data of a hotline, and the index of its open orders.
pub struct Hotline {
    /// Deadlines, grounds, limits.
    pub rules: Rules,
    /// Working days.
    pub calendar: Calendar,
    /// What can be dispatched, and to whom.
    pub catalog: Catalog,
    /// Words by which urgency is told.
    pub grades: Grades,
    /// How missing facts are asked for.
    pub questions: Questions,
    /// The gazetteer.
    pub places: Places,
    /// Units to which an order may be given.
    pub units: BTreeSet<String>,
    /// What was learned from the city's own orders; none: by rules alone.
    pub classifier: Option<Classifier>,
    /// Open orders, to find repeats.
    pub(crate) links: Mutex<Links>,
}

/// The files of a hotline: name for messages, and text.
pub struct HotlineFiles<'a> {
    /// `hotline.toml`.
    pub rules: (&'a str, &'a str),
    /// Calendars, one for each year, and those that extend them.
    pub calendars: &'a [(&'a str, &'a str)],
    /// `dispatch.toml`.
    pub catalog: (&'a str, &'a str),
    /// `grades.toml`.
    pub grades: (&'a str, &'a str),
    /// `emergencies.toml`.
    pub emergencies: (&'a str, &'a str),
    /// `questions.toml`.
    pub questions: (&'a str, &'a str),
    /// `gazetteer.tsv`.
    pub places: (&'a str, &'a str),
    /// Names of the city's departments; those of the catalogue are units as well.
    pub departments: &'a [&'a str],
}

impl Hotline {
    /// Reads the files of a hotline.
    ///
    /// # Errors
    /// [`Error::Data`] with file, key and line.
    pub fn parse(files: &HotlineFiles<'_>) -> Result<Self, Error> {
        let mut grades = Grades::parse(files.grades.0, files.grades.1).map_err(wrong)?;
        grades
            .add_emergencies(files.emergencies.0, files.emergencies.1)
            .map_err(wrong)?;
        let catalog = Catalog::parse(files.catalog.0, files.catalog.1).map_err(wrong)?;
        let named = catalog
            .iter()
            .flat_map(|item| std::iter::once(&item.lead).chain(&item.assist));
        let mut units: BTreeSet<String> = named.cloned().collect();
        units.extend(files.departments.iter().map(|&name| name.to_owned()));
        Ok(Self {
            rules: Rules::parse(files.rules.0, files.rules.1).map_err(wrong)?,
            calendar: Calendar::parse(crate::zone(), files.calendars).map_err(wrong)?,
            catalog,
            grades,
            units,
            questions: Questions::parse(files.questions.0, files.questions.1).map_err(wrong)?,
            places: Places::parse(files.places.0, files.places.1).map_err(wrong)?,
            classifier: None,
            links: Mutex::default(),
        })
    }

    /// In which capacity a person acts on orders; none for whom they are no business.
    ///
    /// A civil servant acts for the unit that their token names; without one they do not act.
    pub fn actor(&self, person: &Person) -> Option<Actor> {
        let (role, id) = match (person.role.as_str(), &person.unit) {
            ("citizen" | "developer", _) => (ActorRole::Citizen, handle(person)),
            ("officer", Some(unit)) if *unit == self.rules.centre => {
                (ActorRole::Centre, person.id.clone())
            }
            ("officer", Some(_)) => (ActorRole::Unit, person.id.clone()),
            _ => return None,
        };
        let unit = person.unit.clone().filter(|_| role == ActorRole::Unit);
        Some(Actor { role, id, unit })
    }

    /// Adds an order to those that a repeat is linked to, or takes a closed one out.
    pub fn note(&self, order: &Order) {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if assess::is_open(order) {
            links.add(self.compared(
                &order.id,
                &order.text,
                order.entries.first().map(|entry| entry.at),
            ));
        } else {
            links.remove(&order.id);
        }
    }
}

/// The program that acts where a rule or a clock does.
pub(crate) fn machine(id: &str) -> Actor {
    Actor {
        role: ActorRole::Machine,
        id: id.to_owned(),
        unit: None,
    }
}

/// An opaque name for a person: orders of the same person have the same, and it tells nothing else.
pub fn handle(person: &Person) -> String {
    digest::of_parts(&["citizen", &person.id])
        .chars()
        .take(16)
        .collect()
}

fn wrong(error: impl std::fmt::Display) -> Error {
    let text = error.to_string();
    let (file, message) = text.split_once(": ").unwrap_or(("", &text));
    Error::Data {
        file: file.to_owned(),
        message: message.to_owned(),
    }
}
