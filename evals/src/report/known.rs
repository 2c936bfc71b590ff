//! What is known of metrics: what they are called, what their grades mean, how their figures are shown.
//!
//! Data, not code: to name a metric, add a line here. One that is not known is shown by its name, as a share, and passes at 1.

use super::markup::{Word, word};
use super::words;

/// What grades of a metric mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// Below 1 a sample has failed.
    Verdict,
    /// How good, of many degrees; at 0 a sample has failed.
    Degree,
    /// 1 is a fault; less is better.
    Fault,
    /// Neither good nor bad.
    Note,
}

/// How figures of a metric are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A share of one, in percent.
    Share,
    /// A number within 0..=1 that is no share, such as nDCG.
    Score,
    /// Milliseconds.
    Milliseconds,
}

/// What is known of a metric.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) title: Word,
    pub(super) sense: Sense,
    pub(super) unit: Unit,
}

/// In the order in which figures are shown: name before `@` and `.`, title, sense, unit.
const METRICS: &[(&str, Word, Sense, Unit)] = {
    use Sense::{Degree, Fault, Note, Verdict};
    use Unit::{Milliseconds, Score, Share};
    &[
        (
            "status",
            word("应答方式正确", "Right kind of answer"),
            Verdict,
            Share,
        ),
        (
            "citation",
            word("引用正确", "Right clause cited"),
            Verdict,
            Share,
        ),
        ("content", word("内容正确", "Right content"), Verdict, Share),
        (
            "grounded",
            word("句句有据", "Every sentence grounded"),
            Verdict,
            Share,
        ),
        (
            "faithful",
            word("与原文一致", "Faithful to the source"),
            Verdict,
            Share,
        ),
        (
            "refusal",
            word("应拒则拒", "Refuses where it must"),
            Verdict,
            Share,
        ),
        (
            "over_refusal",
            word("误拒率", "Wrongly refused"),
            Fault,
            Share,
        ),
        (
            "clean",
            word("没有不当内容", "Nothing forbidden"),
            Verdict,
            Share,
        ),
        ("accuracy", word("正确率", "Accuracy"), Verdict, Share),
        (
            "top2",
            word("前两位命中", "Within the first two"),
            Verdict,
            Share,
        ),
        ("macro_f1", word("宏平均 F1", "Macro F1"), Degree, Score),
        ("f1", word("F1", "F1"), Degree, Score),
        ("precision", word("精确率", "Precision"), Verdict, Share),
        ("recall", word("召回率", "Recall"), Degree, Share),
        (
            "mrr",
            word("首个命中的倒数排名", "Reciprocal rank"),
            Degree,
            Score,
        ),
        ("ndcg", word("nDCG", "nDCG"), Degree, Score),
        ("ece", word("把握误差", "Calibration error"), Fault, Score),
        ("tpr", word("检出率", "Detected"), Verdict, Share),
        ("fpr", word("误报率", "False alarms"), Fault, Share),
        (
            "rejection",
            word("错误调用拒绝率", "Wrong calls rejected"),
            Verdict,
            Share,
        ),
        (
            "pass",
            word("至少一次通过", "Passed at least once"),
            Verdict,
            Share,
        ),
        (
            "pass^",
            word("次次通过", "Passed every time"),
            Verdict,
            Share,
        ),
        (
            "determinism",
            word("结果可重复", "Repeatable"),
            Verdict,
            Share,
        ),
        (
            "p50_ms",
            word("用时中位数", "Median time"),
            Fault,
            Milliseconds,
        ),
        (
            "p99_ms",
            word("99% 用时", "99% of times"),
            Fault,
            Milliseconds,
        ),
        ("confidence", words::CONFIDENCE, Note, Share),
    ]
};

/// What is known of a metric by its name, with or without `@k` and type of case.
pub(super) fn metric(name: &str) -> Option<Known> {
    let (_, title, sense, unit) = METRICS.get(rank(name))?;
    Some(Known {
        title: *title,
        sense: *sense,
        unit: *unit,
    })
}

/// Place among the known metrics; those that are not known come last.
pub(super) fn rank(name: &str) -> usize {
    let (head, _) = split(name);
    let bare = match (head.split_once('@'), head.find('^')) {
        (Some((bare, _)), _) => bare,
        (None, Some(end)) => &head[..=end],
        (None, None) => head,
    };
    let place = METRICS.iter().position(|(known, ..)| *known == bare);
    place.unwrap_or(METRICS.len())
}

/// Name of a metric and type of case, of `<metric>.<type>`.
pub(super) fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once('.') {
        Some((metric, r#type)) => (metric, Some(r#type)),
        None => (name, None),
    }
}

/// What grades of a metric mean; of one that is not known, pass or fail.
pub(super) fn sense(name: &str) -> Sense {
    metric(name).map_or(Sense::Verdict, |known| known.sense)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::lower_is_better;

    fn check(name: &str) -> String {
        metric(name).map_or("unknown".to_owned(), |known| {
            format!(
                "{} / {:?} / {:?}",
                known.title.both(),
                known.sense,
                known.unit
            )
        })
    }

    #[test]
    fn faults_are_better_when_lower() {
        for (name, _, sense, _) in METRICS {
            assert_eq!(*sense == Sense::Fault, lower_is_better(name), "{name}");
        }
    }

    #[test]
    fn metrics_are_known_with_their_suffixes() {
        insta::assert_snapshot!(check("citation.direct"), @"引用正确 · Right clause cited / Verdict / Share");
        insta::assert_snapshot!(check("over_refusal"), @"误拒率 · Wrongly refused / Fault / Share");
        insta::assert_snapshot!(check("recall@10.long"), @"召回率 · Recall / Degree / Share");
        insta::assert_snapshot!(check("pass@3"), @"至少一次通过 · Passed at least once / Verdict / Share");
        insta::assert_snapshot!(check("pass^3"), @"次次通过 · Passed every time / Verdict / Share");
        insta::assert_snapshot!(check("tone"), @"unknown");
        assert!(rank("citation") < rank("refusal") && rank("refusal") < rank("tone"));
    }
}
