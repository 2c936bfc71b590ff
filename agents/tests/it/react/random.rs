//! A model of random weights chooses: the grammar makes every step of it a legal one, and nothing else does.

use std::path::Path;
use std::sync::Arc;

use agents::turn::{Outcome, Setting, Step, Turn};
use agents::{Agent, Status};
use futures::future::join_all;
use futures::stream::BoxStream;
use models::{
    ChatModel, ChatRequest, Constraint, Delta, Error, Local, LocalOptions, Room, Sampling, collect,
};
use tools::ToolEntry;

use super::bench::{Bench, EMPTY, block, fits};
use crate::cases::root;

const TURNS: u64 = 50;

/// A model that is asked for its own distribution, and for short answers.
struct Warm {
    inner: Arc<dyn ChatModel>,
    seed: u64,
}

impl ChatModel for Warm {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        self.inner.chat(ChatRequest {
            sampling: Sampling {
                temperature: 1.0,
                ..Sampling::default()
            },
            max_tokens: 90,
            seed: self.seed,
            ..request
        })
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.inner.room(request)
    }
}

fn tiny() -> Arc<dyn ChatModel> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/tests/data/tiny/qwen3");
    let options = LocalOptions {
        context: 8_192,
        parallel: 16,
        cache_tokens: 65_536,
        threads: std::num::NonZeroUsize::new(2),
        ..LocalOptions::default()
    };
    Arc::new(Local::open("tiny", &folder, &options).unwrap())
}

#[test]
fn fifty_turns_end_in_a_legal_answer_without_an_effect() {
    let tiny = tiny();
    block(async {
        let turns = (0..TURNS).map(|seed| {
            let inner = tiny.clone();
            async move {
                let model = Warm { inner, seed };
                let bench = Bench::new(EMPTY.clone(), Some(Arc::new(model))).await;
                let asked = "查工单HL0001，楼道堆满杂物，登记一下";
                let course = bench.run(Bench::request(asked)).await;
                assert!(bench.kept.effects.lock().unwrap().is_empty());
                let confirmed = bench.run(Bench::after(&course, "确认")).await;
                let effects = bench.kept.effects.lock().unwrap().len();
                let proposed = course.answer.status == Status::Confirm;
                assert_eq!(effects, usize::from(proposed));
                if proposed {
                    assert_eq!(confirmed.answer.status, Status::Answered);
                }
                (
                    course.answer.status,
                    course.asked().len(),
                    course.calls().len(),
                    course.prompt().contains("→ ×\n| no JSON"),
                )
            }
        });
        let ended = join_all(turns).await;
        let count = |status| ended.iter().filter(|it| it.0 == status).count();
        println!(
            "answered {}, partial {}, refused {}, confirm {}; {} steps, {} calls",
            count(Status::Answered),
            count(Status::Partial),
            count(Status::Refused),
            count(Status::Confirm),
            ended.iter().map(|it| it.1).sum::<usize>(),
            ended.iter().map(|it| it.2).sum::<usize>(),
        );
        assert!(ended.iter().all(|it| !it.3), "every answer was JSON");
        assert!(ended.iter().any(|it| it.2 > 0), "some called a tool");
    });
}

/// The agent of the demo city, as its folder declares it.
fn clerk() -> (Agent, std::collections::BTreeMap<String, ToolEntry>) {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let agent = Agent::parse(
        "clerk-desk",
        &read("agents/clerk-desk/agent.toml"),
        &read("agents/clerk-desk/prompt.md"),
        None,
    )
    .unwrap();
    let entries = agent.manifest.tools.iter().map(|name| {
        let manifest = read(&format!("tools/{name}/tool.toml"));
        let schema = read(&format!("tools/{name}/input.schema.json"));
        (
            name.clone(),
            ToolEntry::parse(name, &manifest, &schema).unwrap(),
        )
    });
    let entries = entries.collect();
    (agent, entries)
}

#[test]
fn the_grammar_of_the_citys_own_tools_can_be_held() {
    let (agent, entries) = clerk();
    let world = EMPTY.clone();
    let setting = Setting {
        agent: &agent,
        seeds: &world.seeds,
        titles: &world.titles,
        place: None,
        producer: "",
        entries: &entries,
        digress: None,
        rewrite: None,
        wording: None,
        act: Some("tiny"),
    };
    let tiny = tiny();
    block(async {
        for seed in 0..6 {
            let request = Bench::request("查工单HL202611210001");
            let (mut turn, _, step) = Turn::begin(setting, request).unwrap();
            let Step::Generate(_, asked) = step else {
                panic!("{step:?}")
            };
            let Some(Constraint::JsonSchema(schema)) = asked.constraint.clone() else {
                panic!("no schema")
            };
            let model = Warm {
                inner: tiny.clone(),
                seed,
            };
            let text = collect(model.chat(asked)).await.unwrap();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(fits(&schema, value), "{text}");
            let said = agents::Said { text, model: None };
            let (_, step) = turn.resume(setting, Outcome::Generated(Ok(said)));
            if let Step::CallTool(call) = step {
                entries[&call.tool].spec.validate(&call.arguments).unwrap();
            }
        }
    });
}
