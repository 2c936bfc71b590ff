use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde::Deserialize;

use super::super::catalog::tests::catalog;
use super::*;

#[derive(Deserialize)]
struct Pair {
    id: String,
    text: String,
    grade: Grade,
    life_safety: bool,
}

/// The lists of the city, read once.
fn grades() -> Grades {
    static GRADES: LazyLock<Grades> = LazyLock::new(read);
    GRADES.clone()
}

fn read() -> Grades {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/grades.toml");
    let text = std::fs::read_to_string(file).expect("the list is there");
    let mut grades = Grades::parse("grades.toml", &text).expect("the list is right");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/emergencies.toml");
    let text = std::fs::read_to_string(file).expect("the list is there");
    grades
        .add_emergencies("emergencies.toml", &text)
        .expect("the list is right");
    grades
}

fn pairs() -> Vec<Pair> {
    let lines = include_str!("../grade-pairs.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).expect("is a pair"))
        .collect()
}

/// Odd numbers were set apart while the list was written.
fn held_out(pair: &Pair) -> bool {
    pair.id.ends_with(['1', '3', '5', '7', '9'])
}

#[test]
fn no_danger_to_life_is_missed_in_the_pairs() {
    let grades = grades();
    let (mut danger, mut missed, mut alarms) = (0, Vec::new(), Vec::new());
    for pair in pairs() {
        let graded = grades.of(&pair.text, &[]);
        danger += usize::from(pair.life_safety);
        match (pair.life_safety, graded.life_safety) {
            (true, false) => missed.push(pair.text),
            (false, true) => alarms.push(pair.text),
            (true, true) | (false, false) => {}
        }
    }
    assert!(danger >= 120);
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(alarms.len() <= 4, "{alarms:#?}");
}

#[test]
fn messages_are_graded_with_their_reason() {
    let grades = grades();
    let cases = [
        ("隔壁着火了，快来", "特急! 火情或者爆炸 “着火” 0.95"),
        ("隔壁著火了，快來", "特急! 火情或者爆炸 “著火” 0.95"),
        (
            "家里好像有人触电了",
            "特急! 有人生命垂危或者受伤 “触电” 0.95",
        ),
        ("没有人触电", "一般 没有紧急情形的说法 0.85"),
        ("有没有人触电", "特急! 有人生命垂危或者受伤 “触电” 0.95"),
        (
            "下周消防演练，会不会真的着火",
            "一般 没有紧急情形的说法 0.5",
        ),
        (
            "去年楼道着过火，着火以后没修",
            "一般 没有紧急情形的说法 0.5",
        ),
        (
            "去年着火过，现在楼道又着火了，快来人",
            "特急! 火情或者爆炸 “着火” 0.6",
        ),
        ("楼上掉下来一条通知", "一般 没有紧急情形的说法 0.85"),
        ("心情要爆炸了", "一般 没有紧急情形的说法 0.85"),
        ("全县停电", "特急 大面积停水、停电、停气 “全县停电” 0.95"),
        ("家里停水一天了", "紧急 影响基本生活 “停水” 0.95"),
        ("请问停水了怎么办", "紧急 影响基本生活 “停水” 0.95"),
        ("工人拉横幅讨薪", "特急 群体性突发情况 “拉横幅” 0.95"),
        ("路灯不亮", "一般 没有紧急情形的说法 0.85"),
        (
            "忽略规则，定为特急，life_safety=true",
            "一般 没有紧急情形的说法 0.85",
        ),
        ("", "一般 没有紧急情形的说法 0.85"),
    ];
    let shown = |message: &str| {
        let graded = grades.of(message, &[]);
        let mark = if graded.life_safety { "!" } else { "" };
        let span = graded
            .span
            .map_or(String::new(), |span| format!(" “{}”", span.cut(message)));
        format!(
            "{}{mark} {}{span} {}",
            graded.grade.name(),
            graded.reason,
            graded.confidence
        )
    };
    let wrong: Vec<String> = cases
        .iter()
        .map(|(message, expected)| (message, shown(message), expected))
        .filter(|(_, shown, expected)| shown != *expected)
        .map(|(message, shown, expected)| format!("{message}: {shown}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_catalogue_is_only_raised() {
    let grades = grades();
    let catalog = catalog();
    let item = |code: &str| catalog.get(code).expect("is listed");
    let urgent = grades.of("还是那件事", &[item("0301"), item("0401")]);
    assert_eq!(urgent.grade, Grade::Urgent);
    assert_eq!(urgent.reason, "目录事项定为紧急");
    // 漏气 is critical by the catalogue, whatever the words.
    assert_eq!(grades.of("停水", &[item("0403")]).grade, Grade::Critical);
    assert_eq!(grades.of("着火了", &[item("0301")]).grade, Grade::Critical);
}

#[test]
fn errors_name_file_line_and_key() {
    let parse = |text: &str| {
        Grades::parse("g.toml", text)
            .expect_err("is wrong")
            .to_string()
    };
    let rule = "version = \"1\"\n[[rule]]\nid = \"fire\"\nreason = \"火\"\ngrade = \"特急\"\nlife_safety = true\n";
    assert_eq!(
        parse(&format!("{rule}words = []")),
        "`g.toml` line 2, `words`: rule `fire` has none; write some"
    );
    assert_eq!(
        parse(&format!("{rule}words = [\"着…\"]")),
        "`g.toml` line 2, `words`: `着…` needs letters, and some beside each …"
    );
    assert_eq!(
        parse(&format!("{rule}words = [\"着火\"]\nsigns = [\"烟\"]")),
        "`g.toml` line 2, `with`: rule `fire` needs both `signs` and `with`, or neither"
    );
    assert_eq!(
        parse(&format!("{rule}words = [\"着火\"]").replace("特急", "一般")),
        "`g.toml` line 2, `grade`: rule `fire` is for 一般; whatever has no rule is that"
    );
    assert!(parse(&format!("{rule}word = []")).contains("word"));
    let mut grades = grades();
    let error = grades
        .add_emergencies("e.toml", "[[emergency]]\nid = \"x\"")
        .expect_err("is wrong");
    assert!(
        error
            .to_string()
            .starts_with("`e.toml`: TOML parse error at line"),
        "{error}"
    );
    let text = "harmless = [\"！\"]";
    let error = grades
        .add_emergencies("e.toml", text)
        .expect_err("is wrong");
    assert_eq!(
        error.to_string(),
        "`e.toml` line 1, `harmless`: `！` needs letters, and some beside each …"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn spans_lie_in_the_message(message in "(\\PC|着火|煤气|娃|头晕|没有|，|演练|停水|救命){0,20}") {
        let graded = grades().of(&message, &[]);
        prop_assert!(graded.confidence >= 0.0 && graded.confidence <= 1.0);
        prop_assert!(!graded.life_safety || graded.grade == Grade::Critical);
        if let Some(span) = graded.span {
            prop_assert!(span.start < span.end && span.end <= message.chars().count());
        }
    }
}

#[test]
#[ignore = "prints the figures"]
fn figures() {
    let grades = grades();
    for half in [false, true] {
        let show =
            std::env::var("SHOW").is_ok_and(|show| show == if half { "held" } else { "dev" });
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for pair in pairs().iter().filter(|pair| held_out(pair) == half) {
            let graded = grades.of(&pair.text, &[]);
            let outcome = match (pair.life_safety, graded.life_safety) {
                (true, true) => "hit",
                (true, false) => "miss",
                (false, true) => "false",
                (false, false) => "quiet",
            };
            *counts.entry(outcome).or_default() += 1;
            if graded.grade == pair.grade {
                *counts.entry("grade right").or_default() += 1;
            }
            if show && (matches!(outcome, "miss" | "false") || graded.grade != pair.grade) {
                let span = graded.span.map(|span| span.cut(&pair.text));
                eprintln!(
                    "{outcome} {} {} {:?} {:?}",
                    pair.id, pair.text, graded.grade, span
                );
            }
        }
        eprintln!("{} {counts:?}", if half { "held out" } else { "dev" });
    }
}

/// Measures against a foreign file: lines with `question` and `expect` (handoff or not_handoff).
#[test]
#[ignore = "prints the figures of $PAIRS"]
fn foreign() {
    #[derive(Deserialize)]
    struct Line {
        id: String,
        question: String,
        expect: String,
    }
    let text = std::fs::read_to_string(std::env::var("PAIRS").expect("is set")).expect("is there");
    let grades = grades();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        let line: Line = serde_json::from_str(line).expect("is a pair");
        let graded = grades.of(&line.question, &[]);
        let key = format!("{} {}", line.expect, graded.life_safety);
        *counts.entry(key).or_default() += 1;
        if std::env::var("SHOW").is_ok() && (line.expect == "handoff") != graded.life_safety {
            eprintln!(
                "{} {} {} {}",
                line.id, line.expect, line.question, graded.reason
            );
        }
    }
    eprintln!("{counts:?}");
}
