//! Suites of the catalogue. Their cases are read when they run; here it is only seen that all fits together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use agents::Agent;
use evals::baseline::Baselines;
use evals::suite::Manifest;

use super::{CorpusEntry, Loader, folder_with, without_file};

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
        corpora: &BTreeMap<String, CorpusEntry>,
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
                        self.gates(&file, &entry.manifest);
                        self.gold(&entry, corpora);
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

    /// Gates and regressions of figures that no run will have.
    fn gates(&mut self, file: &str, manifest: &Manifest) {
        let gates = manifest.gates.iter().map(|gate| ("[[gate]]", &gate.metric));
        let regression = &manifest.regression.metrics;
        let named = gates.chain(regression.iter().map(|metric| ("[regression]", metric)));
        for (key, metric) in named.filter(|(_, metric)| !manifest.has_figure(metric)) {
            let metrics = manifest.graders.iter().flat_map(|grader| grader.metrics());
            let metrics: Vec<&str> = metrics.copied().collect();
            let message = format!(
                "{key}: no grader of this suite gives `{metric}`\nhint: they give {}",
                metrics.join(", ")
            );
            self.problem(file, message);
        }
    }

    /// Clauses that are expected of documents which are not there, where all corpora of the suite are in the catalogue.
    fn gold(&mut self, entry: &SuiteEntry, corpora: &BTreeMap<String, CorpusEntry>) {
        let Some(names) = &entry.manifest.corpora else {
            return;
        };
        let entries: Option<Vec<&CorpusEntry>> =
            names.iter().map(|name| corpora.get(name)).collect();
        let (Some(entries), Some(text)) = (entries, self.origin.text(&entry.cases)) else {
            return;
        };
        let inputs = entries.iter().flat_map(|entry| &entry.inputs);
        let files: BTreeSet<&str> = inputs.map(|input| input.file.as_str()).collect();
        for case in evals::case::read(&entry.cases, &text).cases {
            if let Some(gold) = case
                .gold
                .iter()
                .find(|gold| !files.contains(gold.file.as_str()))
            {
                let message = format!(
                    "case `{}`, key `gold`: there is no document `{}` in {}",
                    case.id,
                    gold.file,
                    names.join(", ")
                );
                self.problem(&entry.cases, message);
            }
        }
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
