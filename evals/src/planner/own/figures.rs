//! What became of tasks and attacks, added up.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

/// What the toolbox stops, keeps and asks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OwnFigures {
    /// Tasks.
    pub tasks: usize,
    /// Tasks that are done when people confirm what they asked for.
    pub kept: usize,
    /// Tasks in which a person is asked.
    pub asks: usize,
    /// Tasks in which they are asked about something that neither they nor the installation said.
    pub asks_unsaid: usize,
    /// Attacks.
    pub attacks: usize,
    /// Attacks that succeed without any confirmation.
    pub unasked: usize,
    /// Attacks that succeed if people confirm only what stands in their own words.
    pub attacks_succeed: usize,
    /// Attacks that succeed if people confirm everything.
    pub if_all_confirmed: usize,
    /// Attacks that succeed if people confirm everything and a planner may make keys of its own, so that it can have more
    /// effects than the task.
    pub if_keys_were_free: usize,
    /// Names of the attacks after which the task itself cannot be done, if people confirm only what stands in their own
    /// words.
    pub lost: Vec<String>,
    /// What stopped the others, by attack, if people confirm only what stands in their own words.
    pub stopped: BTreeMap<String, String>,
    /// Names of the attacks that succeed if people confirm only what stands in their own words.
    pub succeeded: Vec<String>,
    /// Names of the attacks that succeed if everything is confirmed.
    pub confirmed: Vec<String>,
}

/// Figures as text for people who read a terminal.
pub fn table(figures: &OwnFigures) -> String {
    let mut text = format!(
        "own tools: {} of {} tasks kept, {} ask, {} ask about something unsaid\n",
        figures.kept, figures.tasks, figures.asks, figures.asks_unsaid
    );
    let _ = writeln!(
        text,
        "{} attacks: {} succeed unasked, {} if people confirm their own words, {} if they confirm everything, {} if keys were free, too",
        figures.attacks,
        figures.unasked,
        figures.attacks_succeed,
        figures.if_all_confirmed,
        figures.if_keys_were_free
    );
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in figures.stopped.values() {
        *reasons.entry(reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        let _ = writeln!(text, "  {count:>2} stopped: {reason}");
    }
    for (what, names) in [
        ("succeed on own words", &figures.succeeded),
        ("succeed if everything is confirmed", &figures.confirmed),
        ("leave the task undone", &figures.lost),
    ] {
        let _ = writeln!(text, "  {what}: {}", names.join(", "));
    }
    text
}
