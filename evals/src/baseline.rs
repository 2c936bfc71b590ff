//! What a suite reached when it was last blessed: `baseline.json` beside `suite.toml`, one entry for each mode.
//!
//! It holds scores by case, so that a later run is compared case by case. It changes only by `bless`, never by drift.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::record::{Header, Metric};
use crate::tally::Tally;

/// `baseline.json`: by mode, which is `off` or the name of a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baselines(pub BTreeMap<String, Baseline>);

/// What was reached in one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// When the run began that was blessed.
    pub created: Timestamp,
    /// Version of the program.
    pub program: String,
    /// SHA-256 of the cases.
    pub cases_hash: String,
    /// Epochs of the run.
    pub epochs: u32,
    /// Its figures.
    pub metrics: BTreeMap<String, Metric>,
    /// Scores by case and metric, averaged over epochs.
    pub cases: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Baseline {
    /// What this run reached.
    pub fn of(header: &Header, tally: &Tally, metrics: BTreeMap<String, Metric>) -> Self {
        let mut cases: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for metric in tally.names() {
            for (id, score) in tally.scores(metric) {
                cases
                    .entry(id)
                    .or_default()
                    .insert(metric.to_owned(), score);
            }
        }
        Self {
            created: header.created,
            program: header.program.clone(),
            cases_hash: header.cases_hash.clone(),
            epochs: header.epochs,
            metrics,
            cases,
        }
    }

    /// As a tally, to compare with.
    pub fn tally(&self) -> Tally {
        Tally::of_scores(&self.cases)
    }
}

impl Baselines {
    /// Parses `baseline.json`; `file` is named in errors.
    ///
    /// # Errors
    /// [`Error::Data`] with line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::Data {
            file: file.to_owned(),
            message: format!("{error}\nhint: `chengzhi eval bless` writes it anew"),
        })
    }

    /// As text, one line for each case, so that a change shows case by case.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that JSON does not have.
    pub fn text(&self) -> Result<String, Error> {
        self.written().map_err(|error| Error::Data {
            file: "baseline.json".to_owned(),
            message: error.to_string(),
        })
    }

    fn written(&self) -> Result<String, serde_json::Error> {
        let mut text = String::from("{");
        let mut comma = "";
        for (mode, baseline) in &self.0 {
            let quoted = |value: &str| serde_json::to_string(value);
            // A `String` takes all that is written to it.
            let _ = write!(
                text,
                "{comma}\n  {}: {{\n    \"created\": {},\n    \"program\": {},\n    \"cases_hash\": {},\n    \"epochs\": {},\n",
                quoted(mode)?,
                quoted(&baseline.created.to_string())?,
                quoted(&baseline.program)?,
                quoted(&baseline.cases_hash)?,
                baseline.epochs
            );
            text.push_str("    \"metrics\": {");
            lines(&mut text, &baseline.metrics)?;
            text.push_str("\n    },\n    \"cases\": {");
            lines(&mut text, &baseline.cases)?;
            text.push_str("\n    }\n  }");
            comma = ",";
        }
        text.push_str("\n}\n");
        Ok(text)
    }
}

fn lines(text: &mut String, entries: &BTreeMap<String, impl Serialize>) -> serde_json::Result<()> {
    let mut comma = "";
    for (name, entry) in entries {
        let (name, entry) = (serde_json::to_string(name)?, serde_json::to_string(entry)?);
        let _ = write!(text, "{comma}\n      {name}: {entry}");
        comma = ",";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let cases = BTreeMap::from([(
            "pq-001".to_owned(),
            BTreeMap::from([("status".to_owned(), 1.0)]),
        )]);
        let baseline = Baseline {
            created: Timestamp::UNIX_EPOCH,
            program: "0.1.0".to_owned(),
            cases_hash: "ab".to_owned(),
            epochs: 1,
            metrics: BTreeMap::from([(
                "status".to_owned(),
                Metric {
                    value: 1.0,
                    low: 0.2,
                    high: 1.0,
                    n: 1,
                },
            )]),
            cases,
        };
        let modes = ["off", "qwen3-0.6b"].map(|mode| (mode.to_owned(), baseline.clone()));
        let baselines = Baselines(modes.into());
        let text = baselines.text().unwrap();
        assert_eq!(Baselines::parse("baseline.json", &text).unwrap(), baselines);
        assert!(
            text.contains("\n      \"pq-001\": {\"status\":1.0}\n"),
            "{text}"
        );
        assert_eq!(baseline.tally().scores("status")["pq-001"], 1.0);
        let error = Baselines::parse("evals/s/baseline.json", "{\"off\": {}}").unwrap_err();
        insta::assert_snapshot!(error, @r"
        evals/s/baseline.json: missing field `created` at line 1 column 10
        hint: `chengzhi eval bless` writes it anew
        ");
    }
}
