use std::fs;
use std::path::Path;

use super::*;

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn load(files: &[(&str, &str)]) -> Catalog {
    let root = tempfile::tempdir().unwrap();
    for (file, text) in files {
        write(root.path(), file, text);
    }
    Catalog::load(Origin::find(Some(root.path())).unwrap())
}

fn agent() -> String {
    Origin::Embedded
        .text("agents/policy-qa/agent.toml")
        .unwrap()
}

#[test]
fn what_travels_in_the_binary_has_no_problems() {
    let catalog = Catalog::load(Origin::Embedded);
    assert_eq!(catalog.problems, []);
    assert!(catalog.agents.contains_key("policy-qa"));
    assert!(catalog.corpora["helan"].inputs.len() >= 60);
    assert!(catalog.lexicon.len() >= 1_000);
    assert!(!catalog.seeds.departments.is_empty());
    assert!(catalog.seeds.gazetteer.place("和澜市").is_some());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_rest_loads() {
    let wrong = format!("colour = \"red\"\n{}", agent());
    let files = [
        ("agents/wrong/agent.toml", wrong.as_str()),
        ("agents/wrong/prompt.md", ""),
        ("agents/wrong/rewrite.md", ""),
        ("agents/wrong/cases.jsonl", ""),
        ("agents/right/agent.toml", &agent()),
        ("agents/right/prompt.md", ""),
        ("agents/right/rewrite.md", ""),
        ("agents/right/cases.jsonl", ""),
        ("evals/right/suite.toml", &suite("right")),
        (
            "corpora/mine/corpus.toml",
            "title = \"我的\"\nowner = \"me\"\n",
        ),
    ];
    let catalog = load(&files);
    assert_eq!(catalog.agents.keys().collect::<Vec<_>>(), ["right"]);
    assert!(catalog.corpora.is_empty());
    let texts: Vec<String> = catalog.problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[0].starts_with("agents/wrong/agent.toml: ")
            && texts[0].contains("line 1")
            && texts[0].contains("`colour`"),
        "{texts:?}"
    );
    assert!(
        texts[1].starts_with("corpora/mine/corpus.toml: ")
            && texts[1].contains("line 2")
            && texts[1].contains("`owner`"),
        "{texts:?}"
    );
    // Parts which this root lacks come from the binary.
    assert!(catalog.lexicon.len() >= 1_000);
}

#[test]
fn keys_of_documents_are_checked_too() {
    let manifest = "title = \"我的\"\n\n[[document]]\nfile = \"a.txt\"\nisuing_body = \"某局\"\n\n[[document]]\nfile = \"b.txt\"\n";
    let catalog = load(&[
        ("corpora/mine/corpus.toml", manifest),
        ("corpora/mine/docs/a.txt", "一"),
    ]);
    let texts: Vec<String> = catalog.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "corpora/mine/corpus.toml: line 5: unknown key `isuing_body` of [[document]]",
            "corpora/mine/corpus.toml: key `file`: there is no readable `corpora/mine/docs/b.txt`"
        ]
    );
    assert_eq!(catalog.corpora["mine"].inputs.len(), 1);
}

#[test]
fn an_agent_without_roles_is_left_out() {
    let manifest = agent()
        .lines()
        .map(|line| {
            if line.starts_with("roles") {
                "roles = []"
            } else {
                line
            }
        })
        .collect::<Vec<_>>()
        .join("\n");
    let catalog = load(&[
        ("agents/a/agent.toml", &manifest),
        ("agents/a/prompt.md", ""),
        ("agents/a/rewrite.md", ""),
        ("agents/a/cases.jsonl", ""),
    ]);
    assert!(catalog.agents.is_empty());
    assert!(catalog.problems[0].message.contains("`roles`"));
}

#[test]
fn wrong_cases_are_named_by_line() {
    let case = r#"{"id":"x","type":"direct","question":"?","as_of":null,"place":null,"history":[],"expect":"refused","gold":[],"must_contain":[],"must_not_contain":[]}"#;
    let cases = format!("{case}\n{case}\n{{\"id\": 3}}\n");
    let catalog = load(&[
        ("agents/a/agent.toml", &agent()),
        ("agents/a/prompt.md", ""),
        ("agents/a/rewrite.md", ""),
        ("agents/a/cases.jsonl", &cases),
        ("evals/a/suite.toml", &suite("a")),
    ]);
    let messages: Vec<&str> = catalog
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(
        messages[0],
        "line 2: the id `x` stands here for the second time"
    );
    assert!(messages[1].starts_with("line 3: "), "{messages:?}");
    assert_eq!(catalog.agents.len(), 1);
}

/// A suite of the cases beside an agent.
fn suite(agent: &str) -> String {
    format!(
        "title = \"甲\"\nagent = \"{agent}\"\ncases = \"agents/{agent}/cases.jsonl\"\ngraders = [\"answer\"]\ntoday = \"2026-11-21\"\n"
    )
}

#[test]
fn an_agent_without_a_suite_is_a_problem_and_so_is_a_suite_without_its_agent() {
    let files = |suite: &'static str| {
        vec![
            ("agents/a/agent.toml", agent()),
            ("agents/a/prompt.md", String::new()),
            ("agents/a/rewrite.md", String::new()),
            ("agents/a/cases.jsonl", String::new()),
            ("evals/b/suite.toml", suite.to_owned()),
        ]
    };
    let messages = |suite| -> Vec<String> {
        let files = files(suite);
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(file, text)| (*file, text.as_str()))
            .collect();
        load(&files)
            .problems
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let unmeasured = messages("title = 1\n");
    assert!(
        unmeasured[0].starts_with("evals/b/suite.toml: TOML parse error"),
        "{unmeasured:?}"
    );
    assert!(
        unmeasured[1].starts_with("agents/a/agent.toml: no suite measures this agent"),
        "{unmeasured:?}"
    );
    let absent =
        messages("title = \"乙\"\nagent = \"c\"\ngraders = [\"answer\"]\ntoday = \"2026-11-21\"\n");
    assert_eq!(
        absent[0],
        "evals/b/suite.toml: key `agent`: there is no agent `c`"
    );
    let missing =
        messages("title = \"乙\"\nagent = \"a\"\ngraders = [\"answer\"]\ntoday = \"2026-11-21\"\n");
    assert_eq!(
        missing,
        ["evals/b/cases.jsonl: is missing or cannot be read"]
    );
}

#[test]
fn a_wrong_seed_file_leaves_the_others() {
    let catalog = load(&[
        (
            "seeds/departments.toml",
            "[[department]]\nname = \"某局\"\n",
        ),
        (
            "seeds/gazetteer.tsv",
            &Origin::Embedded.text("seeds/gazetteer.tsv").unwrap(),
        ),
        (
            "seeds/emergencies.toml",
            &Origin::Embedded.text("seeds/emergencies.toml").unwrap(),
        ),
        (
            "seeds/declined.toml",
            &Origin::Embedded.text("seeds/declined.toml").unwrap(),
        ),
        (
            "seeds/hotline.toml",
            &Origin::Embedded.text("seeds/hotline.toml").unwrap(),
        ),
        (
            "seeds/dispatch.toml",
            &Origin::Embedded.text("seeds/dispatch.toml").unwrap(),
        ),
        (
            "seeds/grades.toml",
            &Origin::Embedded.text("seeds/grades.toml").unwrap(),
        ),
        (
            "seeds/questions.toml",
            &Origin::Embedded.text("seeds/questions.toml").unwrap(),
        ),
    ]);
    assert_eq!(catalog.problems.len(), 1, "{:?}", catalog.problems);
    assert!(
        catalog.problems[0]
            .to_string()
            .starts_with("seeds/departments.toml: TOML parse error at line 1"),
        "{}",
        catalog.problems[0]
    );
    assert!(catalog.seeds.gazetteer.place("和澜市").is_some());
}

#[test]
fn a_field_that_a_template_does_not_have_is_named_with_key_and_line() {
    let text = |file: &str| {
        let path = format!("agents/drafter/{file}");
        Origin::Embedded.text(&path).unwrap()
    };
    let (manifest, template) = (text("agent.toml"), text("templates/petition-reply.toml"));
    let broken = template.replace("{quote}", "{words}");
    let load = |template: &str| {
        load(&[
            ("agents/drafter/agent.toml", &manifest),
            ("agents/drafter/prompt.md", ""),
            ("agents/drafter/cases.jsonl", ""),
            ("agents/drafter/templates/petition-reply.toml", template),
            ("evals/drafter/suite.toml", &suite("drafter")),
        ])
    };
    let catalog = load(&template);
    assert_eq!(catalog.agents["drafter"].templates.len(), 1);
    let catalog = load(&broken);
    assert!(catalog.agents.is_empty());
    let problem = &catalog.problems[0];
    assert_eq!(problem.file, "agents/drafter/templates/petition-reply.toml");
    let is_basis = |line: &str| line.starts_with("basis");
    let line = template.lines().position(is_basis).unwrap() + 1;
    for part in [
        format!("line {line}: "),
        "`basis`".into(),
        "`{words}`".into(),
    ] {
        assert!(problem.message.contains(&part), "{problem}");
    }
}
