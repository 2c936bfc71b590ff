//! Everyday questions over real laws, which only `../shared` has, with the model off. The score by type is printed; it must
//! not fall below the committed floor, and no case that passed may break unless it is listed. The questions of the demo city
//! are the suite `policy-qa`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use agents::{Agent, Answer, Event, Exchange, Models, Request, Role, Seeds, Status, World};
use corpora::fold::fold;
use corpora::ingest::{ingest, inputs};
use corpora::{Index, Lexicon, Manifest, Retriever};
use futures::StreamExt;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// A question with what is expected of the answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) r#type: String,
    pub(crate) question: String,
    pub(crate) as_of: Option<Date>,
    pub(crate) place: Option<String>,
    pub(crate) history: Vec<Exchange>,
    pub(crate) expect: Status,
    pub(crate) gold: Vec<Gold>,
    pub(crate) must_contain: Vec<String>,
    pub(crate) must_not_contain: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Gold {
    pub(crate) file: String,
    pub(crate) clause: String,
}

/// How a case went.
#[derive(Debug, Clone, Default, Serialize)]
struct Verdict {
    status: bool,
    citation: Option<bool>,
    content: Option<bool>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn lexicon() -> Lexicon {
    let mut lexicon = Lexicon::default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("corpora/lexicon"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files {
        lexicon
            .add(
                &path.to_string_lossy(),
                &std::fs::read_to_string(&path).unwrap(),
            )
            .unwrap();
    }
    lexicon
}

pub(crate) fn index(name: &str, folder: &Path, manifest: &Manifest) -> Arc<Index> {
    let place = std::env::temp_dir().join(format!("chengzhi-cases-{}-{name}", std::process::id()));
    let index = Index::open_or_create(&place, name).unwrap();
    ingest(&index, &inputs(folder).unwrap(), manifest, &mut |_| true).unwrap();
    Arc::new(index)
}

pub(crate) fn agent() -> Arc<Agent> {
    Arc::new(
        Agent::parse(
            "policy-qa",
            &read("agents/policy-qa/agent.toml"),
            &read("agents/policy-qa/prompt.md"),
            Some(&read("agents/policy-qa/rewrite.md")),
        )
        .unwrap(),
    )
}

/// The demo city.
pub(crate) static CITY: LazyLock<World> = LazyLock::new(|| {
    let manifest = Manifest::parse("corpus.toml", &read("corpora/helan/corpus.toml")).unwrap();
    world(vec![index(
        "helan",
        &root().join("corpora/helan/docs"),
        &manifest,
    )])
});

pub(crate) fn world(corpora: Vec<Arc<Index>>) -> World {
    let seeds = Seeds::parse(
        &read("seeds/departments.toml"),
        &read("seeds/gazetteer.tsv"),
        &read("seeds/emergencies.toml"),
        &read("seeds/declined.toml"),
    )
    .unwrap();
    World {
        retriever: Retriever::new(corpora, Arc::new(lexicon())),
        seeds: Arc::new(seeds),
        models: Models::default(),
        titles: Arc::default(),
        place: Some("和澜市".into()),
        producer: "和澜市政务服务和数据管理局".into(),
        desk: agents::Desk::default(),
    }
}

pub(crate) fn request(question: &str) -> Request {
    Request::new(question, Role::Citizen, date(2026, 11, 21))
}

/// What `work` brings, on a clock that stands still while there is something to do.
pub(crate) fn paused<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(work)
}

/// How long a turn takes to its answer.
pub(crate) fn took(world: World, request: Request) -> Duration {
    paused(async {
        let began = tokio::time::Instant::now();
        let events: Vec<_> = agent().run(world, request).collect().await;
        assert!(matches!(events.last(), Some(Ok(Event::Done(_)))));
        began.elapsed()
    })
}

/// All events of a turn; the last one has the answer.
pub(crate) fn events(world: &World, request: Request) -> (Vec<Event>, Answer) {
    let events: Vec<Event> = paused(
        agent()
            .run(world.clone(), request)
            .map(|event| event.unwrap())
            .collect(),
    );
    let Some(Event::Done(answer)) = events.last().cloned() else {
        panic!("no answer")
    };
    (events, *answer)
}

pub(crate) fn cases(path: &str) -> Vec<Case> {
    read(path)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn run(world: &World, case: &Case) -> Answer {
    let request = Request {
        as_of: case.as_of,
        place: case.place.clone(),
        history: case.history.clone(),
        ..request(&case.question)
    };
    events(world, request).1
}

fn judge(case: &Case, answer: &Answer) -> Verdict {
    let answered = |status: Status| matches!(status, Status::Answered | Status::Partial);
    let bare = |text: &str| {
        text.chars()
            .filter(|character| !character.is_whitespace())
            .collect::<String>()
    };
    let gold = |citation: &agents::Citation| {
        case.gold.iter().any(|gold| {
            gold.file == citation.document
                && fold(&bare(&citation.path)).contains(&fold(&bare(&gold.clause)))
        })
    };
    let text = bare(
        &answer
            .sentences
            .iter()
            .map(|sentence| sentence.text.clone())
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let content = case
        .must_contain
        .iter()
        .all(|part| text.contains(&bare(part)))
        && case
            .must_not_contain
            .iter()
            .all(|part| !text.contains(&bare(part)));
    Verdict {
        status: if answered(case.expect) {
            answered(answer.status)
        } else {
            answer.status == case.expect
        },
        citation: answered(case.expect).then(|| answer.citations.iter().any(gold)),
        content: (answered(case.expect)
            && !(case.must_contain.is_empty() && case.must_not_contain.is_empty()))
        .then_some(content),
    }
}

struct Score {
    lines: Vec<String>,
    failed: Vec<String>,
    citation: f64,
    refused: f64,
    over_refused: f64,
}

fn score(world: &World, cases: &[Case]) -> Score {
    let mut types: BTreeMap<&str, Vec<Verdict>> = BTreeMap::new();
    let mut failed = Vec::new();
    let (mut wrong_refusals, mut answerable) = (0, 0);
    for case in cases {
        let answer = run(world, case);
        let verdict = judge(case, &answer);
        if !verdict.status || verdict.citation == Some(false) || verdict.content == Some(false) {
            failed.push(case.id.clone());
            if std::env::var_os("CHENGZHI_CASES_VERBOSE").is_some() {
                let cited: Vec<String> = answer
                    .citations
                    .iter()
                    .map(|citation| format!("{} {}", citation.document, citation.path))
                    .collect();
                println!(
                    "{} {} {:?} as {:?} {}\n   {}\n   gold {:?}\n   cited {cited:?} {:?}",
                    case.id,
                    case.r#type,
                    case.expect,
                    answer.status,
                    verdict_text(&verdict),
                    answer.interpreted,
                    case.gold,
                    answer.message
                );
            }
        }
        if matches!(case.expect, Status::Answered | Status::Partial) {
            answerable += 1;
            wrong_refusals += usize::from(matches!(answer.status, Status::Refused));
        }
        types.entry(&case.r#type).or_default().push(verdict);
    }
    let share = |hits: usize, of: usize| {
        if of == 0 {
            1.0
        } else {
            hits as f64 / of as f64
        }
    };
    let line = |name: &str, verdicts: &[&Verdict]| {
        let count = |value: fn(&Verdict) -> Option<bool>| {
            let known: Vec<bool> = verdicts
                .iter()
                .filter_map(|verdict| value(verdict))
                .collect();
            (known.iter().filter(|&&right| right).count(), known.len())
        };
        let (status, citation, content) = (
            count(|verdict| Some(verdict.status)),
            count(|verdict| verdict.citation),
            count(|verdict| verdict.content),
        );
        format!(
            "{name:14} n {:3}  status {:.3}  citation {:.3}  content {:.3}",
            verdicts.len(),
            share(status.0, status.1),
            share(citation.0, citation.1),
            share(content.0, content.1)
        )
    };
    let mut lines: Vec<String> = types
        .iter()
        .map(|(name, verdicts)| line(name, &verdicts.iter().collect::<Vec<_>>()))
        .collect();
    let all: Vec<&Verdict> = types.values().flatten().collect();
    lines.push(line("all", &all));
    let cited: Vec<bool> = all.iter().filter_map(|verdict| verdict.citation).collect();
    let refused = types.get("unanswerable").map_or(1.0, |verdicts| {
        share(
            verdicts.iter().filter(|verdict| verdict.status).count(),
            verdicts.len(),
        )
    });
    Score {
        lines,
        failed,
        citation: share(cited.iter().filter(|&&right| right).count(), cited.len()),
        refused,
        over_refused: share(wrong_refusals, answerable),
    }
}

fn verdict_text(verdict: &Verdict) -> String {
    serde_json::to_string(verdict).unwrap_or_default()
}

/// What was reached before. It only rises; `CHENGZHI_BLESS=1` writes what is reached now.
#[derive(Debug, Serialize, Deserialize)]
struct Floor {
    /// Share of answerable questions for which a gold clause is cited, at least.
    citation: f64,
    /// Share of unanswerable questions that are refused, at least.
    refused: f64,
    /// Share of answerable questions that are refused, at most.
    over_refused: f64,
    /// Cases that are known to fail. Any other case must pass.
    failing: Vec<String>,
}

fn hold(name: &str, score: &Score) {
    for line in &score.lines {
        println!("{name}: {line}");
    }
    println!(
        "{name}: gold cited {:.3}, unanswerable refused {:.3}, wrongly refused {:.3}",
        score.citation, score.refused, score.over_refused
    );
    let path = root().join(format!("agents/tests/data/{name}.json"));
    if std::env::var_os("CHENGZHI_BLESS").is_some() {
        let round = |share: f64| (share * 1000.0).floor() / 1000.0;
        let floor = Floor {
            citation: round(score.citation),
            refused: round(score.refused),
            over_refused: round(score.over_refused) + 0.001,
            failing: score.failed.clone(),
        };
        std::fs::write(&path, serde_json::to_string_pretty(&floor).unwrap() + "\n").unwrap();
    }
    let floor: Floor = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let broken: Vec<&String> = score
        .failed
        .iter()
        .filter(|id| !floor.failing.contains(id))
        .collect();
    let mended: Vec<&String> = floor
        .failing
        .iter()
        .filter(|id| !score.failed.contains(id))
        .collect();
    println!("{name}: listed as failing and passing now: {mended:?}");
    assert!(
        broken.is_empty(),
        "cases that passed before are broken: {broken:?}"
    );
    assert!(
        score.citation >= floor.citation,
        "gold cited {} below {}",
        score.citation,
        floor.citation
    );
    assert!(
        score.refused >= floor.refused,
        "refused {} below {}",
        score.refused,
        floor.refused
    );
    assert!(
        score.over_refused <= floor.over_refused,
        "wrongly refused {} above {}",
        score.over_refused,
        floor.over_refused
    );
}

#[test]
fn everyday_questions_over_the_laws() {
    let laws = root().join("../shared/corpora/laws");
    if !laws.exists() {
        assert!(
            std::env::var_os("CI").is_none(),
            "../shared/corpora/laws is absent"
        );
        println!("skipped: ../shared/corpora/laws is absent");
        return;
    }
    let world = world(vec![index("laws", &laws, &Manifest::default())]);
    hold(
        "laws",
        &score(&world, &cases("corpora/tests/data/everyday.jsonl")),
    );
}
