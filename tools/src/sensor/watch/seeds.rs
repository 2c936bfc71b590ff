//! The demo city's data files, read. Only for tests.

use std::collections::BTreeSet;

use super::playbook::Playbooks;
use super::rule::Rules;
use crate::sensor::kind::{Kinds, SensorKind};

pub(crate) const RULES: &str = include_str!("../../../../seeds/sensors/rules.toml");
pub(crate) const PLAYBOOKS: &str = include_str!("../../../../seeds/sensors/playbooks.toml");
pub(crate) const NETWORK: &str = include_str!("../../../../seeds/sensors/network.toml");
pub(crate) const GAZETTEER: &str = include_str!("../../../../seeds/gazetteer.tsv");
const KINDS: &str = include_str!("../../../../seeds/sensors/kinds.toml");
const DISPATCH: &str = include_str!("../../../../seeds/dispatch.toml");

pub(crate) fn kinds() -> Vec<SensorKind> {
    Kinds::parse("kinds.toml", KINDS).unwrap().all().to_vec()
}

pub(crate) fn rules() -> Rules {
    Rules::parse("rules.toml", RULES, &kinds()).unwrap()
}

/// The codes of the dispatch catalogue.
pub(crate) fn items() -> BTreeSet<String> {
    let lines = DISPATCH.lines();
    let codes = lines.filter_map(|line| line.strip_prefix("code = "));
    codes
        .map(|code| code.trim_matches('"').to_owned())
        .collect()
}

pub(crate) fn playbooks() -> Playbooks {
    Playbooks::parse("playbooks.toml", PLAYBOOKS, &kinds(), &items()).unwrap()
}
