//! The city's list of emergencies (`seeds/emergencies.toml`), which the answers use, as further rules: one list of words of
//! danger serves both. What number is called and what is advised is not this module's.

use serde::Deserialize;

use super::{Grades, List, Rule, words};
use crate::intake::catalog::Grade;
use crate::intake::error::IntakeError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    harmless: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    distress: Vec<String>,
    #[serde(default)]
    asks: Vec<String>,
    #[serde(default, rename = "emergency")]
    emergencies: Vec<Emergency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Emergency {
    id: String,
    #[serde(default)]
    name: String,
    words: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    signs: Vec<String>,
    number: String,
    #[serde(rename = "advice")]
    _advice: String,
}

/// Kinds in which money is in danger, and no life.
const MONEY: [&str; 1] = ["fraud"];

/// Words by which it happens now, beside words of asking.
const NOW: [&str; 9] = [
    "我家", "屋里", "家里", "救命", "困在", "被困", "快来", "正在", "刚刚",
];

impl Grades {
    /// Adds the list of emergencies; each kind is 特急. `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`IntakeError`] with file and key for what is not of its format.
    pub fn add_emergencies(&mut self, file: &str, text: &str) -> Result<(), IntakeError> {
        let written: Written = toml::from_str(text).map_err(|error| IntakeError::Format {
            file: file.to_owned(),
            message: error.to_string(),
        })?;
        let words = |key: &str, list: &[String]| words(file, 1, key, list);
        let distress = words("distress", &written.distress)?;
        let mut rules = Vec::new();
        for emergency in &written.emergencies {
            let key = |key: &str| format!("{}.{key}", emergency.id);
            let signs = words(&key("signs"), &emergency.signs)?;
            rules.push(Rule {
                reason: if emergency.name.is_empty() {
                    emergency.id.clone()
                } else {
                    emergency.name.clone()
                },
                grade: Grade::Critical,
                life_safety: !MONEY.contains(&emergency.id.as_str()),
                words: words(&key("words"), &emergency.words)?,
                with: distress.clone(),
                signs,
                near: usize::MAX,
                number: Some(emergency.number.clone()),
                unless: words(&key("unless"), &emergency.unless)?,
            });
        }
        self.harmless.extend(words("harmless", &written.harmless)?);
        self.unless.extend(words("unless", &written.unless)?);
        self.lists.push(List {
            now: words("now", &NOW.map(str::to_owned))?,
            asks: words("asks", &written.asks)?,
            rules,
        });
        Ok(())
    }
}
