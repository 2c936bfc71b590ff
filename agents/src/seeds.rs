//! What the agents know of the city: departments, emergencies, places. Data from `seeds/`, never code.

use corpora::Gazetteer;
use corpora::fold::fold;
use serde::{Deserialize, Serialize};

use crate::answer::Contact;
use crate::error::Error;

/// Data of the city.
#[derive(Debug, Clone, Default)]
pub struct Seeds {
    /// Departments, counters and hotlines.
    pub departments: Vec<Department>,
    /// Places.
    pub gazetteer: Gazetteer,
    /// Emergencies (TOML text is parsed by [`crate::guard`]).
    pub emergencies: crate::guard::Emergencies,
    /// Requests that are not answered.
    pub declined: crate::guard::DeclinedGroups,
}

/// A department, counter or hotline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    /// Full name.
    pub name: String,
    /// Short name.
    #[serde(default)]
    pub short: Option<String>,
    /// `counter` or `hotline`.
    #[serde(default)]
    pub kind: DepartmentKind,
    /// Where it is competent.
    pub jurisdiction: String,
    /// What it handles, in everyday and official words.
    pub duties: Vec<String>,
    /// Name of the service counter.
    #[serde(default)]
    pub counter: Option<String>,
    /// Address.
    #[serde(default)]
    pub address: Option<String>,
    /// Telephone.
    pub phone: String,
    /// Opening hours.
    #[serde(default)]
    pub hours: Option<String>,
    /// Title of the document that gives it the duty.
    #[serde(default)]
    pub legal_basis: Option<String>,
    /// Takes everything that nobody else does.
    #[serde(default)]
    pub catch_all: bool,
}

impl Department {
    /// Reads the list; `file` is its name for messages.
    ///
    /// # Errors
    /// [`Error::Data`] with key and line.
    pub fn parse(file: &str, text: &str) -> Result<Vec<Self>, Error> {
        let parsed: Departments = toml::from_str(text).map_err(|error| Error::Data {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        Ok(parsed.department)
    }
}

/// Kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DepartmentKind {
    /// An office with a counter.
    #[default]
    Counter,
    /// A telephone line.
    Hotline,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Departments {
    department: Vec<Department>,
}

impl Seeds {
    /// Parses the four files of `seeds/`.
    ///
    /// # Errors
    /// [`Error::Data`] with file, key and line.
    pub fn parse(
        departments: &str,
        gazetteer: &str,
        emergencies: &str,
        declined: &str,
    ) -> Result<Self, Error> {
        Ok(Self {
            departments: Department::parse("seeds/departments.toml", departments)?,
            gazetteer: Gazetteer::parse("seeds/gazetteer.tsv", gazetteer)?,
            emergencies: crate::guard::Emergencies::parse("seeds/emergencies.toml", emergencies)?,
            declined: crate::guard::DeclinedGroups::parse("seeds/declined.toml", declined)?,
        })
    }

    /// Who can help with `question` in `places`: up to two departments by their duties, then the catch-all hotline.
    ///
    /// Nobody is named for a place without departments.
    pub fn contacts(&self, question: &str, places: &[String]) -> Vec<Contact> {
        let folded = fold(question);
        let mut ranked: Vec<(usize, usize, &Department)> = Vec::new();
        for (order, department) in self.departments.iter().enumerate() {
            let here = places.contains(&department.jurisdiction);
            // Longer duties say more: 住房公积金 before 住房.
            let score: usize = department
                .duties
                .iter()
                .filter(|duty| folded.contains(&fold(duty)))
                .map(|duty| duty.chars().count().pow(2))
                .sum();
            if here && score > 0 && !department.catch_all {
                // A district's own office comes before the city's with the same duties.
                let depth = places
                    .iter()
                    .position(|place| *place == department.jurisdiction)
                    .unwrap_or(0);
                ranked.push((score * 8 + depth, order, department));
            }
        }
        ranked.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
        let catch_all = self
            .departments
            .iter()
            .filter(|department| department.catch_all && places.contains(&department.jurisdiction));
        ranked
            .into_iter()
            .map(|(_, _, department)| department)
            .take(2)
            .chain(catch_all.take(1))
            .map(Department::contact)
            .collect()
    }
}

impl Department {
    fn contact(&self) -> Contact {
        let name = match &self.counter {
            Some(counter) if *counter != self.name => format!("{} {counter}", self.name),
            _ => self.name.clone(),
        };
        let parts = [
            Some(format!("电话 {}", self.phone)),
            self.address.clone(),
            self.hours.clone(),
        ];
        Contact {
            name,
            contact: parts.into_iter().flatten().collect::<Vec<_>>().join("，"),
        }
    }
}
