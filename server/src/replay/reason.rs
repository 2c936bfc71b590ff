//! Why an answer may be another one: what a turn rests on, then and now.

use std::collections::BTreeSet;

use agents::{Cause, Noted};

use crate::pins::{CorpusPin, ModelPin, Pins};

/// What differs between two worlds, for people.
pub(super) fn of_pins(then: &Pins, now: &Pins) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut differs = |what: &str, then: &str, now: &str| {
        if then != now {
            reasons.push(format!("{what}: {} then, {} now", shown(then), shown(now)));
        }
    };
    differs("program", &then.program, &now.program);
    differs("agent (manifest and prompts)", &then.agent, &now.agent);
    differs("tools of the agent", &then.tools, &now.tools);
    differs("`seeds/`", &then.seeds, &now.seeds);
    differs("`corpora/lexicon/`", &then.lexicon, &now.lexicon);
    let names: BTreeSet<&String> = then.corpora.keys().chain(now.corpora.keys()).collect();
    for name in names {
        let at = |pins: &Pins| pins.corpora.get(name).map(corpus);
        let (then, now) = (at(then), at(now));
        let absent = || "not there".to_owned();
        let (then, now) = (then.unwrap_or_else(absent), now.unwrap_or_else(absent));
        differs(&format!("corpus `{name}`"), &then, &now);
    }
    let model = |pin: &Option<ModelPin>| pin.as_ref().map_or_else(|| "off".to_owned(), model);
    differs("small model", &model(&then.small), &model(&now.small));
    differs("large model", &model(&then.large), &model(&now.large));
    reasons
}

/// The first step that brought something else.
pub(super) fn of_notes(then: &[Noted], now: &[Noted]) -> Option<String> {
    let steps = then.len().max(now.len());
    let (step, then, now) = (0..steps)
        .map(|step| (step + 1, then.get(step), now.get(step)))
        .find(|(_, then, now)| !alike(*then, *now))?;
    Some(match (then, now) {
        (Some(Noted::Found { passages: then, .. }), Some(Noted::Found { passages: now, .. })) => {
            let rank = (0..then.len().max(now.len())).find(|&rank| then.get(rank) != now.get(rank));
            let rank = rank.unwrap_or_default();
            let id = |ids: &[String]| {
                ids.get(rank)
                    .map_or("nothing".to_owned(), |id| format!("`{id}`"))
            };
            let (then, now) = (id(then), id(now));
            format!(
                "step {step}, search: passage {} was {then}, is {now}",
                rank + 1
            )
        }
        (Some(Noted::Said { asked: then, .. }), Some(Noted::Said { asked: now, .. }))
            if then != now && !then.is_empty() =>
        {
            format!("step {step}: the model is asked something else than then")
        }
        (Some(Noted::Said { outcome: then, .. }), Some(Noted::Said { outcome: now, .. })) => {
            let kind = |outcome: &Result<_, agents::Failure>| match outcome {
                Ok(_) => "words",
                Err(failure) => cause(failure.cause),
            };
            let (then, now) = (kind(then), kind(now));
            if then == now {
                format!("step {step}: the model says something else to the same request")
            } else {
                format!("step {step}: from the model came {then} then, {now} now")
            }
        }
        (then, now) => {
            let kind = |noted: Option<&Noted>| match noted {
                Some(Noted::Found { .. }) => "a search",
                Some(Noted::Said { .. }) => "a model",
                Some(Noted::Called { .. }) => "a tool",
                None => "the end",
            };
            format!("step {step} was {}, is {}", kind(then), kind(now))
        }
    })
}

/// What a model was asked is compared only where it is known.
fn alike(then: Option<&Noted>, now: Option<&Noted>) -> bool {
    match (then, now) {
        (
            Some(Noted::Said {
                task,
                asked,
                outcome,
            }),
            Some(Noted::Said {
                task: task_now,
                asked: asked_now,
                outcome: outcome_now,
            }),
        ) => {
            let asked_alike = asked.is_empty() || asked == asked_now;
            task == task_now && asked_alike && outcome == outcome_now
        }
        (then, now) => then == now,
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Unavailable => "nothing (unavailable)",
        Cause::Busy => "nothing (busy)",
        Cause::Late => "nothing (late)",
        Cause::Long => "nothing (too long)",
        Cause::Form => "nothing (wrong form)",
        Cause::Unfit => "nothing of use",
    }
}

fn corpus(pin: &CorpusPin) -> String {
    let title = pin.title.as_deref().unwrap_or_default();
    format!("{title} {}", short(&pin.revision))
        .trim()
        .to_owned()
}

fn model(pin: &ModelPin) -> String {
    match &pin.weights {
        Some(weights) => format!("{} {}", pin.name, short(weights)),
        None => pin.name.clone(),
    }
}

fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

fn shown(value: &str) -> String {
    match value {
        "" => "unknown".to_owned(),
        value => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use agents::{Failure, Said, Task};

    use super::*;

    #[test]
    fn what_differs_is_named() {
        let then = Pins {
            program: "0.1.0-a".into(),
            corpora: [("helan".to_owned(), CorpusPin::default())].into(),
            large: Some(ModelPin {
                name: "m".into(),
                weights: Some("12".into()),
            }),
            ..Pins::default()
        };
        assert_eq!(of_pins(&then, &then), [""; 0]);
        let now = Pins {
            program: "0.1.0-b".into(),
            seeds: "1".into(),
            ..Pins::default()
        };
        insta::assert_snapshot!(of_pins(&then, &now).join("\n"), @r"
        program: `0.1.0-a` then, `0.1.0-b` now
        `seeds/`: unknown then, `1` now
        corpus `helan`: unknown then, `not there` now
        large model: `m 12` then, `off` now
        ");
    }

    #[test]
    fn the_first_step_that_differs_is_named() {
        let found = |ids: &[&str]| Noted::Found {
            scope: agents::turn::Scope::InForce,
            passages: ids.iter().map(|&id| id.to_owned()).collect(),
        };
        let said = |asked: &str, text: &str| Noted::Said {
            task: Task::Wording,
            asked: asked.to_owned(),
            outcome: Ok(Said {
                text: text.to_owned(),
                model: None,
            }),
        };
        let failed = Noted::Said {
            task: Task::Wording,
            asked: "1".to_owned(),
            outcome: Err(Failure {
                cause: Cause::Late,
                reason: String::new(),
            }),
        };
        let check = |then: &[Noted], now: &[Noted]| of_notes(then, now).unwrap_or_default();
        let then = [found(&["a", "b"]), said("1", "甲")];
        insta::assert_snapshot!(check(&then, &then), @"");
        insta::assert_snapshot!(check(&then, &[found(&["a"]), said("1", "甲")]), @"step 1, search: passage 2 was `b`, is nothing");
        insta::assert_snapshot!(check(&then, &[then[0].clone(), said("2", "甲")]), @"step 2: the model is asked something else than then");
        insta::assert_snapshot!(check(&then, &[then[0].clone(), said("1", "乙")]), @"step 2: the model says something else to the same request");
        insta::assert_snapshot!(check(&then, &[then[0].clone(), failed]), @"step 2: from the model came words then, nothing (late) now");
        insta::assert_snapshot!(check(&then, &then[..1]), @"step 2 was a model, is the end");
        insta::assert_snapshot!(check(&[said("", "甲")], &[said("2", "甲")]), @"");
    }
}
