//! Which departments a message may go to: at most three, with a probability and the reason. It dispatches nothing.
//!
//! The probability is a logistic function of three figures of a department: how much of the message its items explain,
//! what share of all recognised it has, and what a trained classifier gives it. Its constants were fitted (gradient descent
//! on the log loss, in the test `fit`) to the dispatcher's development cases and every other order of the demo city, whose
//! wording is kinder than a real city's. To a classifier, which is calibrated, they are added as they are: the demo city's has
//! learnt those orders, and the cases alone are too few to tell other constants from these.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalog::{Catalog, Duty, Item};
use super::need::Need;

/// What a trained classifier says of a text: labels with their probabilities.
pub type Classify<'a> = &'a dyn Fn(&str) -> Vec<(String, f64)>;

/// A department that may be the right one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion<'a> {
    /// Its name.
    pub department: String,
    /// That it is the one that leads, from 0 to 1; those of all suggestions sum to 1 at most.
    pub probability: f64,
    /// The item that speaks for it; `None` where only the classifier does.
    pub item: Option<&'a Item>,
    /// Where its duty is written: that of the item, else of the closest item that it leads.
    pub duty: Option<&'a Duty>,
    /// Why, in Chinese, with the person's own words.
    pub because: String,
}

/// What is known of a department for a message.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Signs {
    /// ln(1 + characters recognised by its best item).
    matched: f64,
    /// Its share of all characters recognised, from 0 to 1.
    share: f64,
    /// What the classifier gives it, as a logit; 0 where there is none.
    learned: f64,
}

/// Constants of the link: intercept, then for `matched`, `share` and `learned`.
const RULES: [f64; 4] = [0.41, 1.19, 1.26, 0.0];
/// The same beside the logit of a classifier, which by itself is a probability.
const JOINED: [f64; 4] = [0.0, 1.19, 1.26, 1.0];

/// No classifier is surer than this, for or against.
const SUREST: f64 = 0.999;

/// What is less likely is not suggested where a classifier is given: it gives something to every department.
const LEAST: f64 = 0.03;

/// The reason of a classifier.
const LIKE_BEFORE: &str = "与本市以往派单的用词相近";

/// How many are suggested.
const TOP: usize = 3;

/// The most likely departments, the best first; ties by name. `classifier` gives labels, which are names of departments
/// or of groups of items, with probabilities. Empty when nothing is recognised: then it goes to the catch-all.
pub fn suggest<'a>(
    message: &str,
    catalog: &'a Catalog,
    classifier: Option<Classify<'_>>,
) -> Vec<Suggestion<'a>> {
    let needs = catalog.needs(message);
    let learned = classifier.map(|classify| spread(catalog, &needs, &classify(message)));
    let constants = if learned.is_some() { JOINED } else { RULES };
    let signs = signs(&needs, learned.as_ref());
    let mut ranked: Vec<(&String, Signs, f64)> = signs
        .iter()
        .map(|(department, signs)| (department, *signs, link(&constants, *signs)))
        .collect();
    ranked.sort_by(|one, other| {
        let by = other.2.total_cmp(&one.2);
        by.then_with(|| one.0.cmp(other.0))
    });
    // What is parted among several cannot be more than one in all.
    let sum = ranked.iter().map(|it| it.2).sum::<f64>().max(1.0);
    ranked.truncate(TOP);
    // Clause and reason only of those that are suggested: a classifier speaks of every department.
    let suggestions = ranked.into_iter().map(|(department, signs, probability)| {
        let best = best(&needs, department);
        let item = best.map(|need| need.item);
        let clause = item.or_else(|| catalog.closest(message, department));
        Suggestion {
            department: department.clone(),
            probability: probability / sum,
            item,
            duty: clause.map(|item| &item.duty),
            because: because(message, best, signs),
        }
    });
    suggestions
        .filter(|it| it.item.is_some() || it.probability >= LEAST)
        .collect()
}

/// The figures for each department that is spoken for.
fn signs(needs: &[Need<'_>], learned: Option<&BTreeMap<String, f64>>) -> BTreeMap<String, Signs> {
    let total: f64 = needs.iter().map(|need| need.score).sum();
    let mut signs: BTreeMap<String, Signs> = BTreeMap::new();
    for need in needs {
        let own = signs.entry(need.item.lead.clone()).or_default();
        own.matched = own.matched.max(need.score.ln_1p());
        own.share += need.score / total;
    }
    if let Some(learned) = learned {
        for department in learned.keys() {
            signs.entry(department.clone()).or_default();
        }
        for (department, signs) in &mut signs {
            signs.learned = logit(learned.get(department).copied().unwrap_or_default());
        }
    }
    signs
}

fn logit(probability: f64) -> f64 {
    let probability = probability.clamp(1.0 - SUREST, SUREST);
    (probability / (1.0 - probability)).ln()
}

/// The logistic link.
fn link(constants: &[f64; 4], signs: Signs) -> f64 {
    let [intercept, matched, share, learned] = constants;
    let sum = intercept + matched * signs.matched + share * signs.share + learned * signs.learned;
    1.0 / (1.0 + (-sum).exp())
}

fn best<'n, 'a>(needs: &'n [Need<'a>], department: &str) -> Option<&'n Need<'a>> {
    let own = needs.iter().filter(|need| need.item.lead == department);
    own.max_by(|one, other| {
        let by = one.score.total_cmp(&other.score);
        by.then_with(|| other.item.code.cmp(&one.item.code))
    })
}

/// Labels as departments: a group's probability goes to the departments of its items, those of recognised items first.
fn spread(
    catalog: &Catalog,
    needs: &[Need<'_>],
    labels: &[(String, f64)],
) -> BTreeMap<String, f64> {
    let mut spread: BTreeMap<String, f64> = BTreeMap::new();
    for (label, probability) in labels {
        if !probability.is_finite() {
            continue;
        }
        let probability = probability.clamp(0.0, 1.0);
        let recognised = needs.iter().map(|need| need.item);
        let mut leads = leads(recognised.filter(|item| item.group == *label));
        if leads.is_empty() {
            leads = self::leads(catalog.iter().filter(|item| item.group == *label));
        }
        if leads.is_empty() {
            leads = BTreeMap::from([(label.as_str(), 1)]);
        }
        let all: usize = leads.values().sum();
        for (lead, items) in leads {
            *spread.entry(lead.to_owned()).or_default() += probability * items as f64 / all as f64;
        }
    }
    spread
}

/// How many of the items each department leads.
fn leads<'a>(items: impl Iterator<Item = &'a Item>) -> BTreeMap<&'a str, usize> {
    let mut leads = BTreeMap::new();
    for item in items {
        *leads.entry(item.lead.as_str()).or_default() += 1;
    }
    leads
}

fn because(message: &str, best: Option<&Need<'_>>, signs: Signs) -> String {
    let Some(need) = best else {
        return LIKE_BEFORE.to_owned();
    };
    let words: Vec<String> = need
        .spans
        .iter()
        .map(|span| format!("“{}”", span.cut(message)))
        .collect();
    let Duty { file, clause } = &need.item.duty;
    let mut because = format!(
        "原话{}属于“{}”，职责见 {file} {clause}",
        words.join("、"),
        need.item.name
    );
    if signs.learned > 0.0 {
        because.push('；');
        because.push_str(LIKE_BEFORE);
    }
    because
}

#[cfg(test)]
mod tests;
