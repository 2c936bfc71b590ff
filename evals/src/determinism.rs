//! Whether the same question has the same answer, however often it is asked.
//!
//! Answers are compared byte for byte, but for the identifier of the conversation. Only their hashes are kept, so memory
//! does not grow with the epochs.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::metric::of_rate;
use crate::record::{Metric, Sample};

/// Name of the metric: the share of cases with one answer.
pub const METRIC: &str = "determinism";

/// Distinct answers of each case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<String, Asked>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    r#type: String,
    times: usize,
    /// How often each answer came, by its hash.
    answers: BTreeMap<u128, usize>,
    failed: usize,
}

/// A case that did not get one answer each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unstable {
    /// Identifier of the case.
    pub id: String,
    /// How often it was asked.
    pub times: usize,
    /// How many different answers came.
    pub answers: usize,
    /// How often none came.
    pub failed: usize,
}

impl Answers {
    /// Of these samples.
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut answers = Self::default();
        for sample in samples {
            answers.add(sample);
        }
        answers
    }

    /// Adds one sample.
    pub fn add(&mut self, sample: &Sample) {
        let asked = self.0.entry(sample.id.clone()).or_default();
        asked.times += 1;
        asked.r#type.clone_from(&sample.r#type);
        if sample.error.is_some() {
            asked.failed += 1;
        } else {
            *asked.answers.entry(hash(sample)).or_default() += 1;
        }
    }

    /// `determinism` and `determinism.<type>`: the share of cases that were asked more than once and had one answer each
    /// time. Absent where no case was.
    pub fn metrics(&self) -> BTreeMap<String, Metric> {
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for asked in self.0.values().filter(|asked| asked.times > 1) {
            for name in [METRIC.to_owned(), format!("{METRIC}.{}", asked.r#type)] {
                let (stable, all) = counts.entry(name).or_default();
                *stable += usize::from(asked.is_stable());
                *all += 1;
            }
        }
        let metric = |(name, (stable, all))| Some((name, of_rate(stable, all)?));
        counts.into_iter().filter_map(metric).collect()
    }

    /// Cases with several answers, or with none at times.
    pub fn unstable(&self) -> Vec<Unstable> {
        let cases = self.0.iter().filter(|(_, asked)| !asked.is_stable());
        let unstable = |(id, asked): (&String, &Asked)| Unstable {
            id: id.clone(),
            times: asked.times,
            answers: asked.answers.len(),
            failed: asked.failed,
        };
        cases.map(unstable).collect()
    }
}

impl Asked {
    fn is_stable(&self) -> bool {
        self.answers.len() == 1 && self.failed == 0
    }
}

/// An answer as it is compared: as JSON, without the identifier of its conversation.
pub fn comparable(answer: &Value) -> String {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        // The other keys keep their order.
        fields.shift_remove("conversation");
    }
    answer.to_string()
}

/// The whole answer of an agent, or the text where there is no more.
fn hash(sample: &Sample) -> u128 {
    let text = match &sample.answer {
        Value::Null => sample.output.clone(),
        answer => comparable(answer),
    };
    // Two hashes of 64 bits, so that two answers in a million runs are not taken for one.
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, &text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::Usage;

    fn sample(id: &str, epoch: u32, answer: Value) -> Sample {
        Sample {
            id: id.to_owned(),
            epoch,
            r#type: "direct".to_owned(),
            cluster: id.to_owned(),
            input: String::new(),
            target: String::new(),
            output: String::new(),
            answer,
            grades: BTreeMap::new(),
            usage: Usage::default(),
            seconds: 0.0,
            cpu_seconds: None,
            error: None,
        }
    }

    fn check(samples: &[Sample]) -> String {
        let answers = Answers::of(samples);
        let metrics = answers
            .metrics()
            .into_iter()
            .map(|(name, metric)| format!("{name} {} of {}", metric.value, metric.n));
        let unstable = answers.unstable().into_iter().map(|case| {
            let Unstable {
                id,
                times,
                answers,
                failed,
            } = case;
            format!("{id}: {answers} answers and {failed} failures in {times}")
        });
        metrics.chain(unstable).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn one_answer_is_one_answer() {
        let answer =
            |conversation: &str| json!({"text": "三十日内。", "conversation": conversation});
        let mut samples = vec![sample("a", 1, answer("1")), sample("a", 2, answer("2"))];
        insta::assert_snapshot!(check(&samples), @r"
        determinism 1 of 1
        determinism.direct 1 of 1
        ");
        samples.push(sample("b", 1, json!({"text": "甲"})));
        samples.push(sample("b", 2, json!({"text": "乙"})));
        insta::assert_snapshot!(check(&samples), @r"
        determinism 0.5 of 2
        determinism.direct 0.5 of 2
        b: 2 answers and 0 failures in 2
        ");
    }

    #[test]
    fn a_failure_is_no_answer_and_once_is_no_repetition() {
        let failed = Sample {
            error: Some("late".to_owned()),
            ..sample("a", 2, Value::Null)
        };
        insta::assert_snapshot!(check(&[sample("a", 1, json!(1)), failed]), @r"
        determinism 0 of 1
        determinism.direct 0 of 1
        a: 1 answers and 1 failures in 2
        ");
        insta::assert_snapshot!(check(&[sample("a", 1, json!(1))]), @"");
    }

    #[test]
    fn texts_of_models_are_compared_too() {
        let said = |epoch, output: &str| Sample {
            output: output.to_owned(),
            ..sample("a", epoch, Value::Null)
        };
        assert!(
            Answers::of(&[said(1, "甲"), said(2, "甲")])
                .unstable()
                .is_empty()
        );
        assert_eq!(
            Answers::of(&[said(1, "甲"), said(2, "乙")])
                .unstable()
                .len(),
            1
        );
    }

    #[test]
    fn the_order_of_keys_is_part_of_an_answer() {
        assert_ne!(
            comparable(&json!({"a": 1, "b": 2})),
            comparable(&json!({"b": 2, "a": 1}))
        );
        assert_eq!(
            comparable(&json!({"a": 1, "conversation": "x"})),
            comparable(&json!({"a": 1}))
        );
    }
}
