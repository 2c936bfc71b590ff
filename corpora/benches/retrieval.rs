//! `cargo bench -p corpora`: retrieval quality and speed on the sets beside the repository.
//!
//! Prints one line per set and variant: recall, MRR, nDCG, milliseconds. Peers run by `scripts/peers retrieval`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints and stops at the first fault"
)]
#![allow(missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use corpora::ingest::{Content, Input, ingest, inputs};
use corpora::numeral::clause_label;
use corpora::{Asked, Index, Lexicon, Manifest, Query, Retriever};
use jiff::civil::date;
use serde_json::Value;

fn main() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if !shared.exists() {
        println!("skipped: ../shared is absent");
        return;
    }
    let only: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|one| name.contains(one.as_str()));
    let place = std::env::var_os("CHENGZHI_BENCH").map_or_else(
        || std::env::temp_dir().join("chengzhi-bench"),
        PathBuf::from,
    );
    let words = Words::read();
    if wanted("everyday") || wanted("citizens") {
        let files = || inputs(&shared.join("corpora/laws")).unwrap();
        let [plain, asked] = words.indexes(&place, "laws", files);
        for (name, file, keep) in [
            ("everyday", "everyday.jsonl", 2),
            ("citizens-odd", "citizens.jsonl", 1),
            ("citizens-even", "citizens.jsonl", 0),
        ] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/data")
                .join(file);
            let cases: Vec<Case> = cases(&file)
                .into_iter()
                .filter(|case| keep == 2 || case.number % 2 == keep)
                .collect();
            words.measure(name, [&plain, &asked], &cases);
        }
    }
    if wanted("stard") {
        let folder = shared.join("data/retrieval/stard");
        let [plain, asked] = words.indexes(&place, "stard", || beir(&folder));
        println!(
            "stard: {} MB on disk, {} MB with questions",
            plain.size() >> 20,
            asked.size() >> 20
        );
        words.measure("stard", [&plain, &asked], &beir_cases(&folder));
    }
}

/// How people say things.
struct Words {
    lexicon: Arc<Lexicon>,
    asked: Arc<Asked>,
}

impl Words {
    fn read() -> Self {
        let (mut lexicon, mut asked) = (Lexicon::default(), Asked::default());
        for (file, text) in tables("lexicon") {
            lexicon.add(&file, &text).unwrap();
        }
        for (file, text) in tables("asked") {
            asked.add(&file, &text).unwrap();
        }
        Self {
            lexicon: Arc::new(lexicon),
            asked: Arc::new(asked),
        }
    }

    /// Without and with what people ask.
    fn indexes(&self, place: &Path, name: &str, files: impl Fn() -> Vec<Input>) -> [Arc<Index>; 2] {
        [Arc::default(), self.asked.clone()].map(|asked: Arc<Asked>| {
            let digest: String = asked.digest().chars().take(8).collect();
            Arc::new(open(place, &format!("{name}{digest}"), asked, &files))
        })
    }

    fn measure(&self, set: &str, [plain, asked]: [&Arc<Index>; 2], cases: &[Case]) {
        for (name, index, lexicon) in [
            ("plain", plain, Arc::default()),
            ("lexicon", plain, self.lexicon.clone()),
            ("asked", asked, Arc::default()),
            ("both", asked, self.lexicon.clone()),
        ] {
            let retriever = Retriever::new(vec![index.clone()], lexicon);
            measure(&format!("{set}/{name}"), &retriever, cases);
        }
    }
}

/// Names and texts of the tables in a folder, in the order of their names.
fn tables(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect()
}

fn open(place: &Path, name: &str, asked: Arc<Asked>, files: impl Fn() -> Vec<Input>) -> Index {
    let index = Index::open_or_create(&place.join(name), name).unwrap();
    let index = index.with_asked(asked);
    let started = Instant::now();
    let report = ingest(&index, &files(), &Manifest::default(), &mut |_| true).unwrap();
    println!(
        "{name}: {} documents, {} passages, {} new, {} failed, {:.1} s",
        report.documents,
        report.passages,
        report.new,
        report.failed.len(),
        started.elapsed().as_secs_f64()
    );
    index
}

/// A question with the passages that answer it, as (file, clause).
struct Case {
    /// The digits of its id.
    number: u32,
    question: String,
    place: Option<String>,
    gold: Vec<(String, String)>,
}

fn cases(file: &Path) -> Vec<Case> {
    let lines = BufReader::new(std::fs::File::open(file).unwrap()).lines();
    let rows = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.filter(|row| !row["gold"].as_array().unwrap().is_empty())
        .map(|row| Case {
            number: number(&row["id"]),
            question: text(&row["question"]),
            place: row["place"].as_str().map(str::to_owned),
            gold: row["gold"]
                .as_array()
                .unwrap()
                .iter()
                .map(|gold| (text(&gold["file"]), text(&gold["clause"])))
                .collect(),
        })
        .collect()
}

fn number(id: &Value) -> u32 {
    let digits = id.as_str().unwrap_or_default().chars();
    let digits: String = digits.filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// A BEIR corpus of statutory articles as one Markdown file for each law.
fn beir(folder: &Path) -> Vec<Input> {
    let file =
        zstd::Decoder::new(std::fs::File::open(folder.join("corpus.jsonl.zst")).unwrap()).unwrap();
    // The rows of a law are not in the order of its articles.
    let mut laws: BTreeMap<String, Vec<(u32, u32, Value)>> = BTreeMap::new();
    for line in BufReader::new(file).lines() {
        let row: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let law = row["metadata"]["law"].as_str().unwrap().to_owned();
        let article = row["metadata"]["article"].as_str().unwrap();
        let (_, number, branch) = clause_label(article).unwrap_or_default();
        laws.entry(law).or_default().push((number, branch, row));
    }
    laws.into_iter()
        .map(|(law, mut articles)| {
            articles.sort_by_key(|(number, branch, _)| (*number, *branch));
            Input {
                file: format!("{}.md", law.replace('/', "／")),
                content: Content::Bytes(markdown(&law, &articles).into_bytes().into()),
            }
        })
        .collect()
}

/// Articles below the headings of their path; a heading stands where the path changes.
fn markdown(law: &str, articles: &[(u32, u32, Value)]) -> String {
    let mut text = format!("# {law}\n");
    let mut open: Vec<&str> = Vec::new();
    for (_, _, row) in articles {
        let path = row["metadata"]["path"].as_str().unwrap_or_default();
        let path: Vec<&str> = path.split(" > ").filter(|step| !step.is_empty()).collect();
        let same = open
            .iter()
            .zip(&path)
            .take_while(|(left, right)| left == right)
            .count();
        for step in &path[same..] {
            text.push_str(&format!("\n## {step}\n"));
        }
        open = path;
        let article = row["metadata"]["article"].as_str().unwrap();
        text.push_str(&format!(
            "\n{article} {}\n",
            row["text"].as_str().unwrap().trim()
        ));
    }
    text
}

fn beir_cases(folder: &Path) -> Vec<Case> {
    let file =
        zstd::Decoder::new(std::fs::File::open(folder.join("corpus.jsonl.zst")).unwrap()).unwrap();
    let mut articles: HashMap<String, (String, String)> = HashMap::new();
    for line in BufReader::new(file).lines() {
        let row: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let law = row["metadata"]["law"].as_str().unwrap().replace('/', "／");
        articles.insert(
            row["_id"].as_str().unwrap().to_owned(),
            (
                format!("{law}.md"),
                row["metadata"]["article"].as_str().unwrap().to_owned(),
            ),
        );
    }
    let mut gold: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for line in std::fs::read_to_string(folder.join("qrels.dev.tsv"))
        .unwrap()
        .lines()
        .skip(1)
    {
        let columns: Vec<&str> = line.split('\t').collect();
        gold.entry(columns[0].to_owned())
            .or_default()
            .push(articles[columns[1]].clone());
    }
    let queries = std::fs::read_to_string(folder.join("queries.dev.jsonl")).unwrap();
    let rows = queries
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.filter_map(|row| {
        let gold = gold.remove(row["_id"].as_str()?)?;
        Some(Case {
            number: number(&row["_id"]),
            question: row["text"].as_str()?.to_owned(),
            place: None,
            gold,
        })
    })
    .collect()
}

fn measure(name: &str, retriever: &Retriever, cases: &[Case]) {
    let (mut recall, mut hit, mut mrr, mut ndcg) = (
        BTreeMap::<usize, f64>::new(),
        BTreeMap::<usize, f64>::new(),
        0.0,
        0.0,
    );
    let mut times = Vec::new();
    for case in cases {
        let places = case
            .place
            .as_ref()
            .map(|place| vec!["全国".to_owned(), place.clone()]);
        let today = date(2026, 11, 21);
        let query = Query {
            text: case.question.clone(),
            more: Vec::new(),
            as_of: today,
            today,
            places,
            corpora: None,
            limit: 100,
        };
        let started = Instant::now();
        let found = retriever.retrieve(&query).unwrap();
        times.push(started.elapsed().as_secs_f64() * 1e3);
        let right = |hit: &corpora::Hit| {
            case.gold.iter().position(|(file, clause)| {
                *file == hit.passage.document && hit.passage.clause() == Some(clause)
            })
        };
        let mut seen = Vec::new();
        let mut ranks = Vec::new();
        for (rank, hit) in found.hits.iter().enumerate() {
            if let Some(gold) = right(hit).filter(|gold| !seen.contains(gold)) {
                seen.push(gold);
                ranks.push(rank);
            }
        }
        for at in [1, 5, 10, 100] {
            let within = ranks.iter().filter(|&&rank| rank < at).count();
            *recall.entry(at).or_default() += within as f64 / case.gold.len() as f64;
            *hit.entry(at).or_default() += f64::from(u8::from(within > 0));
        }
        mrr += ranks
            .first()
            .filter(|&&rank| rank < 10)
            .map_or(0.0, |&rank| 1.0 / (rank + 1) as f64);
        let gain = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
        let ideal: f64 = (0..case.gold.len().min(10)).map(gain).sum();
        ndcg += ranks
            .iter()
            .filter(|&&rank| rank < 10)
            .map(|&rank| gain(rank))
            .sum::<f64>()
            / ideal;
    }
    let count = cases.len() as f64;
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{name}: n {} R@10 {:.3} R@100 {:.3} MRR@10 {:.3} nDCG@10 {:.3} hit@1/5/10 {:.3}/{:.3}/{:.3} p50 {:.2} ms p99 {:.2} ms",
        cases.len(),
        recall[&10] / count,
        recall[&100] / count,
        mrr / count,
        ndcg / count,
        hit[&1] / count,
        hit[&5] / count,
        hit[&10] / count,
        at(0.5),
        at(0.99)
    );
}
