//! A suite: a folder `evals/<name>/` that says what is asked of whom, how it is graded, and which figures are asked for.
//!
//! `suite.toml` is data; what graders do is in [`crate::grade`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::grade::Grader;
use crate::stats::gate::Limit;

/// `suite.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Title to show.
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Agent that is asked; without one, the model itself is.
    #[serde(default)]
    pub agent: Option<String>,
    /// File of cases, from the root of the catalogue; `evals/<name>/cases.jsonl` without it.
    #[serde(default)]
    pub cases: Option<String>,
    /// Corpora that are open; none means all that the agent may read.
    #[serde(default)]
    pub corpora: Option<Vec<String>>,
    /// Files of past orders, from the root of the catalogue, that are in the records before the first case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<String>,
    /// Graders, in the order in which their figures are shown.
    pub graders: Vec<Grader>,
    /// The day on which all questions are asked, so that tomorrow's run is comparable.
    #[schemars(with = "String")]
    pub today: Date,
    /// How often each case is asked, unless the command says otherwise.
    #[serde(default = "once")]
    pub epochs: u32,
    /// Whether all epochs have the same seed: then every answer of a case must be the same.
    #[serde(default)]
    pub same_seed: bool,
    /// Figures that a run must have.
    #[serde(default, rename = "gate")]
    pub gates: Vec<Gate>,
    /// What may not get worse against the baseline.
    #[serde(default)]
    pub regression: Regression,
}

fn once() -> u32 {
    1
}

/// A figure that a run must have: its one-sided 95 % bound decides, not the point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Name of the metric.
    pub metric: String,
    /// The lower bound is at least this.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// The upper bound is at most this.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// In which mode; both without it.
    #[serde(default)]
    pub mode: Option<Mode>,
}

/// With or without a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Without.
    Off,
    /// With.
    On,
}

impl Manifest {
    /// Whether runs of this suite have figures of this name, whatever the types of its cases.
    pub fn has_figure(&self, figure: &str) -> bool {
        let bare = figure.split('.').next().unwrap_or(figure);
        let graded = self.graders.iter().flat_map(|grader| grader.metrics());
        let several =
            bare == "determinism" || bare.starts_with("pass@") || bare.starts_with("pass^");
        several || graded.into_iter().any(|metric| *metric == bare)
    }
}

impl Gate {
    /// What it asks for.
    ///
    /// # Errors
    /// When it asks for nothing, or for two things.
    pub fn limit(&self) -> Result<Limit, String> {
        let limit = match (self.at_least, self.at_most) {
            (Some(least), None) => Limit::AtLeast(least),
            (None, Some(most)) => Limit::AtMost(most),
            _ => {
                return Err(format!(
                    "[[gate]] of `{}`: give either `at_least` or `at_most`",
                    self.metric
                ));
            }
        };
        let (Limit::AtLeast(value) | Limit::AtMost(value)) = limit;
        if value.is_finite() {
            Ok(limit)
        } else {
            Err(format!("[[gate]] of `{}`: no finite number", self.metric))
        }
    }

    /// Whether it counts for a run in this mode.
    pub fn counts(&self, mode: Mode) -> bool {
        self.mode.is_none_or(|only| only == mode)
    }
}

/// What may not get worse against the baseline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Regression {
    /// Metrics that are compared, case by case; empty means all of the graders. One that is worse at 5 %, after Holm's
    /// correction, fails.
    pub metrics: Vec<String>,
    /// Cases that may turn from passed to failed in any of these metrics, without a model, where every difference is real.
    /// Absent: as many as the test lets pass.
    pub most_worse: Option<usize>,
    /// Each metric is at most this much worse, with 95 % confidence. Absent: not asked.
    pub margin: Option<f64>,
}

impl Manifest {
    /// Parses `suite.toml`; `file` is named in errors.
    ///
    /// # Errors
    /// [`Error::Data`] with key and line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |message: String| Error::Data {
            file: file.to_owned(),
            message,
        };
        let manifest: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if manifest.graders.is_empty() {
            return Err(wrong("key `graders`: it is empty".to_owned()));
        }
        if manifest.epochs == 0 {
            return Err(wrong("key `epochs`: it must be at least 1".to_owned()));
        }
        for gate in &manifest.gates {
            gate.limit().map_err(wrong)?;
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match Manifest::parse("evals/s/suite.toml", text) {
            Ok(manifest) => format!("{} gates", manifest.gates.len()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_a_manifest_may_say() {
        let head = "title = \"甲\"\ngraders = [\"answer\"]\ntoday = \"2026-11-21\"\n";
        let with = |tail: &str| check(&format!("{head}{tail}"));
        insta::assert_snapshot!(with("[[gate]]\nmetric = \"citation\"\nat_least = 0.8\n"), @"1 gates");
        insta::assert_snapshot!(with("[[gate]]\nmetric = \"citation\"\n"), @"evals/s/suite.toml: [[gate]] of `citation`: give either `at_least` or `at_most`");
        insta::assert_snapshot!(with("[[gate]]\nmetric = \"citation\"\nat_least = nan\n"), @"evals/s/suite.toml: [[gate]] of `citation`: no finite number");
        insta::assert_snapshot!(with("epochs = 0\n"), @"evals/s/suite.toml: key `epochs`: it must be at least 1");
        insta::assert_snapshot!(check("title = \"甲\"\ngraders = []\ntoday = \"2026-11-21\"\n"), @"evals/s/suite.toml: key `graders`: it is empty");
        insta::assert_snapshot!(with("grader = 1\n"), @r"
        evals/s/suite.toml: TOML parse error at line 4, column 1
          |
        4 | grader = 1
          | ^^^^^^
        unknown field `grader`, expected one of `title`, `description`, `agent`, `cases`, `corpora`, `orders`, `graders`, `today`, `epochs`, `same_seed`, `gate`, `regression`
        ");
    }
}
