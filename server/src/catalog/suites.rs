//! Suites of the catalogue. Their cases are read when they run; here it is only seen that all fits together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use agents::Agent;
use evals::baseline::Baselines;
use evals::suite::Manifest;

use super::{Loader, folder_with, without_file};

const FOLDER: &str = "evals";
const MANIFEST: &str = "suite.toml";

/// A suite that a manifest declares.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteEntry {
    /// `suite.toml`.
    pub manifest: Manifest,
    /// The file of cases, from the root of the catalogue.
    pub cases: String,
    /// What was reached before, by mode.
    pub baselines: Baselines,
}

impl SuiteEntry {
    /// Where the baselines of suite `name` stand.
    pub fn baseline_file(name: &str) -> String {
        format!("{FOLDER}/{name}/baseline.json")
    }
}

impl Loader<'_> {
    pub(super) fn suites(
        &mut self,
        agents: &BTreeMap<String, Arc<Agent>>,
    ) -> BTreeMap<String, SuiteEntry> {
        let mut suites = BTreeMap::new();
        // A suite that cannot be used is a problem of its own; its agent is not said to have none.
        let mut measured = BTreeSet::new();
        for file in self.origin.list(FOLDER) {
            let Some(name) = folder_with(&file, FOLDER, MANIFEST) else {
                continue;
            };
            let Some(text) = self.text(&file) else {
                continue;
            };
            match Manifest::parse(&file, &text) {
                Ok(manifest) => {
                    measured.extend(manifest.agent.clone());
                    if let Some(entry) = self.suite(name, &file, manifest, agents) {
                        suites.insert(name.to_owned(), entry);
                    }
                }
                Err(error) => self.problem(&file, without_file(&file, &error.to_string())),
            }
        }
        for agent in agents.keys().filter(|agent| !measured.contains(*agent)) {
            let message = format!(
                "no suite measures this agent\nhint: write `evals/{agent}/suite.toml` with `agent = \"{agent}\"`, see `evals/README.md`"
            );
            self.problem(&format!("agents/{agent}/agent.toml"), message);
        }
        suites
    }

    fn suite(
        &mut self,
        name: &str,
        file: &str,
        manifest: Manifest,
        agents: &BTreeMap<String, Arc<Agent>>,
    ) -> Option<SuiteEntry> {
        let agent = manifest.agent.as_ref();
        if let Some(agent) = agent.filter(|agent| !agents.contains_key(*agent)) {
            // Whoever brings agents of their own need not bring suites: those of the program ask its own agents.
            let path = |file: &str| self.origin.path(file);
            if path(file).is_some() || path("agents/").is_none() {
                self.problem(file, format!("key `agent`: there is no agent `{agent}`"));
            }
            return None;
        }
        let own = || format!("{FOLDER}/{name}/cases.jsonl");
        let cases = manifest.cases.clone().unwrap_or_else(own);
        let text = self.text(&cases)?;
        // Cases beside an agent were read with the agent.
        if !cases.starts_with("agents/") {
            for problem in evals::case::read(&cases, &text).problems {
                self.problem(&cases, format!("line {}", without_file(&cases, &problem)));
            }
        }
        let baseline = SuiteEntry::baseline_file(name);
        let baselines = match self.origin.read(&baseline) {
            None => Baselines::default(),
            Some(_) => {
                let text = self.text(&baseline)?;
                match Baselines::parse(&baseline, &text) {
                    Ok(baselines) => baselines,
                    Err(error) => {
                        self.problem(&baseline, without_file(&baseline, &error.to_string()));
                        return None;
                    }
                }
            }
        };
        Some(SuiteEntry {
            manifest,
            cases,
            baselines,
        })
    }
}
