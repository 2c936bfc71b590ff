//! The files of `seeds/sensors/`. A city without sensors has none of them, which is no problem.

use std::collections::BTreeSet;
use std::sync::Arc;

use tools::Hotline;
use tools::sensor::{SensorFiles, Sensors};

use super::Loader;

/// What every city with sensors has.
const FILES: [&str; 4] = [
    "seeds/sensors/kinds.toml",
    "seeds/sensors/holidays.toml",
    "seeds/sensors/rules.toml",
    "seeds/sensors/playbooks.toml",
];

/// The network of the demonstration.
const NETWORK: &str = "seeds/sensors/network.toml";

impl Loader<'_> {
    /// The sensors; playbooks draft orders for items of the hotline's catalogue.
    pub(super) fn sensors(&mut self, hotline: Option<&Hotline>) -> Option<Arc<Sensors>> {
        if self.origin.list("seeds/sensors").is_empty() {
            return None;
        }
        let mut texts = Vec::new();
        for file in FILES {
            texts.push(self.text(file)?);
        }
        let network = self.origin.text(NETWORK);
        let files = SensorFiles {
            kinds: (FILES[0], &texts[0]),
            holidays: (FILES[1], &texts[1]),
            rules: (FILES[2], &texts[2]),
            playbooks: (FILES[3], &texts[3]),
            network: network.as_deref().map(|text| (NETWORK, text)),
        };
        let items: BTreeSet<String> = hotline
            .into_iter()
            .flat_map(|hotline| hotline.catalog.iter().map(|item| item.code.clone()))
            .collect();
        match Sensors::parse(&files, &items) {
            Ok(sensors) => Some(Arc::new(sensors)),
            Err(error) => {
                self.tool_problem("seeds/sensors", &error);
                None
            }
        }
    }
}
