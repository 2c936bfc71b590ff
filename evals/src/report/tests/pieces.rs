//! Pieces of the page and what they are made of: an answer, outcomes, a comparison, gates.

use scraper::{Html, Selector};
use serde_json::json;

use super::super::*;
use super::{run, sample};
use crate::record::Sample;
use crate::stats::gate;

#[test]
fn an_answer_shows_its_sentences_with_their_sources() {
    let answer = json!({
        "status": "partial", "interpreted": "怎么上户口", "as_of": "2026-11-26", "jurisdiction": null, "message": null,
        "sentences": [{ "text": "一个月内申报。", "citations": ["h:1", "h:9"], "worded_by": null }],
        "citations": [{ "id": "h:1", "title": "户口登记办事指南", "path": "一", "text": "一个月内申报。", "effective_from": "2025-01-01", "effective_to": null }],
        "missing": ["要多少钱"], "next": [{ "name": "派出所", "contact": "电话" }],
    });
    let sample = Sample {
        answer,
        ..sample("a", &[("citation", 1.0)])
    };
    let mut written = Vec::new();
    answer::write(&sample, &mut written).unwrap();
    insta::assert_snapshot!(String::from_utf8(written).unwrap().replace("><", ">\n<"), @r#"
    <p class="understood">
    <b>
    <span lang="zh-Hans">部分回答</span>
    <span lang="en">partial</span>
    </b> <span>怎么上户口</span> <span>2026-11-26</span>
    </p>
    <ul class="sentences">
    <li dir="auto">一个月内申报。 <sup>[1]</sup> <sup class="lost">[?] h:9</sup>
    </li>
    </ul>
    <h5>
    <span lang="zh-Hans">没有依据的部分</span>
    <span lang="en">Without a basis</span>
    </h5>
    <ul>
    <li dir="auto">要多少钱</li>
    </ul>
    <h5>
    <span lang="zh-Hans">可以咨询</span>
    <span lang="en">Who can help</span>
    </h5>
    <ul>
    <li dir="auto">派出所　电话</li>
    </ul>
    <h5>
    <span lang="zh-Hans">出处</span>
    <span lang="en">Sources</span>
    </h5>
    <ol class="sources">
    <li>
    <span>《户口登记办事指南》一</span> <small>
    <span lang="zh-Hans">2025-01-01 起施行</span>
    <span lang="en">in force from 2025-01-01</span>
    </small>
    <blockquote dir="auto">一个月内申报。</blockquote>
    </li>
    </ol>
    "#);
    let odd = Sample {
        answer: json!({ "sentences": [1] }),
        ..sample
    };
    let mut written = Vec::new();
    answer::write(&odd, &mut written).unwrap();
    insta::assert_snapshot!(String::from_utf8(written).unwrap(), @r#"<p class="said" dir="auto">向派出所申报。</p>"#);
}

#[test]
fn cases_come_out_by_their_grades_and_epochs() {
    let check = |grades: &[&[(&str, f64)]]| {
        let sample = |(epoch, grades): (usize, &&[(&str, f64)])| Sample {
            epoch: epoch as u32 + 1,
            ..sample("a", grades)
        };
        let samples: Vec<Sample> = grades.iter().enumerate().map(sample).collect();
        outcome::cases(&samples)[0].outcome
    };
    assert_eq!(
        check(&[&[("citation", 1.0), ("over_refusal", 0.0)]]),
        Outcome::Passing
    );
    assert_eq!(
        check(&[&[("citation", 1.0), ("over_refusal", 1.0)]]),
        Outcome::Failing
    );
    assert_eq!(check(&[&[("citation", 0.5)]]), Outcome::Failing);
    assert_eq!(check(&[&[("ndcg@10", 0.5)]]), Outcome::Passing);
    assert_eq!(check(&[&[("ndcg@10", 0.0)]]), Outcome::Failing);
    assert_eq!(check(&[&[("confidence", 0.2)]]), Outcome::Unscored);
    assert_eq!(
        check(&[&[("x", 1.0)], &[("x", 0.0)], &[("x", 1.0)]]),
        Outcome::Unstable
    );
    let error = Sample {
        error: Some("late".to_owned()),
        ..sample("a", &[("x", 1.0)])
    };
    assert_eq!(outcome::cases(&[error])[0].outcome, Outcome::Failing);
}

#[test]
fn a_comparison_counts_flips_in_the_right_direction() {
    let before = run(vec![
        sample("a", &[("citation", 1.0), ("over_refusal", 0.0)]),
        sample("b", &[("citation", 0.0), ("over_refusal", 0.0)]),
        sample("c", &[("citation", 0.0), ("over_refusal", 1.0)]),
        sample("d", &[("citation", 1.0), ("over_refusal", 0.0)]),
    ]);
    let after = run(vec![
        sample("a", &[("citation", 1.0), ("over_refusal", 1.0)]),
        sample("b", &[("citation", 1.0), ("over_refusal", 0.0)]),
        sample("c", &[("citation", 1.0), ("over_refusal", 0.0)]),
        sample("e", &[("citation", 1.0), ("over_refusal", 0.0)]),
    ]);
    let comparison = compare::compare(
        &outcome::cases(&after.samples),
        &outcome::cases(&before.samples),
    );
    let row = |compared: &crate::diff::Row| {
        let crate::diff::Row {
            metric,
            n,
            baseline,
            candidate,
            better,
            worse,
            verdict,
            ..
        } = compared;
        let p_value = format::p_value(compared.p_value_adjusted);
        format!(
            "{metric} n {n}: {baseline:.3} to {candidate:.3}, better {better:?}, worse {worse:?}, p {p_value}, {verdict:?}"
        )
    };
    let rows: Vec<String> = comparison.metrics.iter().map(row).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    citation n 3: 0.333 to 1.000, better ["b", "c"], worse [], p 1.000, Same
    over_refusal n 3: 0.333 to 0.333, better ["c"], worse ["a"], p 1.000, Same
    "#);
    assert_eq!(
        (
            comparison.common,
            comparison.only_run,
            comparison.only_baseline
        ),
        (3, 1, 1)
    );
    assert_eq!(comparison.worse.into_iter().collect::<Vec<_>>(), ["a"]);
    assert_eq!(
        comparison.better.into_iter().collect::<Vec<_>>(),
        ["b", "c"]
    );
}

#[test]
fn a_case_that_lost_its_answer_is_worse() {
    let before = run(vec![
        sample("a", &[]),
        Sample {
            error: Some("x".to_owned()),
            ..sample("b", &[])
        },
    ]);
    let after = run(vec![
        Sample {
            error: Some("x".to_owned()),
            ..sample("a", &[])
        },
        sample("b", &[]),
    ]);
    let comparison = compare::compare(
        &outcome::cases(&after.samples),
        &outcome::cases(&before.samples),
    );
    assert!(comparison.worse.contains("a") && comparison.better.contains("b"));
}

#[test]
fn gates_say_what_decides() {
    let gate = |limit, decision, holds| Judged {
        metric: "citation".to_owned(),
        subject: Subject::Run,
        limit,
        decision,
        holds,
    };
    let least = Limit::AtLeast(0.9);
    let difference = Judged {
        subject: Subject::Difference,
        ..gate(
            Limit::AtLeast(-0.02),
            gate::non_inferior_rate(3, 0, 400, 0.02),
            None,
        )
    };
    let gates = [
        gate(least, gate::rate(least, 396, 400), Some(true)),
        gate(least, gate::rate(least, 364, 400), Some(false)),
        gate(least, None, None),
        difference,
    ];
    let mut written = Vec::new();
    gates::write(&gates, &mut written).unwrap();
    let table = format!(
        "<!doctype html><title>x</title>{}",
        String::from_utf8(written).unwrap()
    );
    let document = Html::parse_document(&table);
    let row = Selector::parse("tbody tr").unwrap();
    let rows: Vec<String> = document
        .select(&row)
        .map(|row| row.text().collect::<Vec<_>>().join(" "))
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    引用正确 Right clause cited   citation ≥ 90.0% 99.0%   界限 97.8% bound 97.8% 达到 met   合并检验（Holm）后仍成立 still holds by Holm
    引用正确 Right clause cited   citation ≥ 90.0% 91.0%   界限 88.4% bound 88.4% 未达到 not met   合并检验（Holm）后不成立 does not hold by Holm
    引用正确 Right clause cited   citation ≥ 90.0% — 证据不足 no evidence
    引用正确 Right clause cited   citation 与基线之差 difference to the baseline ≥ −2.0 +0.8   界限 −0.1 bound −0.1 达到 met
    ");
    assert_eq!(gates::met(&gates), 2);
}
