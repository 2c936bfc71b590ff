//! A desk for tests: three tools that keep count, an agent that may use them, and a loop that stores and reads back the turn
//! between any two steps.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use agents::turn::{CallFailure, Outcome, Scope, Setting, Step, ToolCall, Turn};
use agents::{Agent, Answer, Desk, Event, Failure, Models, Request, Role, Said, Task, World};
use futures::StreamExt;
use futures::future::BoxFuture;
use jiff::civil::date;
use models::{ChatModel, ChatRequest, Reply, Scripted, collect};
use serde_json::{Value, json};
use tempfile::TempDir;
use tools::{
    Approval, Arguments, Call, Effect, Error, Grant, Manifest, Output, Person, Preview, Store,
    Tool, ToolEntry, ToolSpec, Toolbox,
};

use crate::cases::world;

/// The city without a corpus.
pub(crate) static EMPTY: LazyLock<World> = LazyLock::new(|| world(Vec::new()));

/// Most steps of the agent.
pub(crate) const STEPS: usize = 4;

const AGENT: &str = r#"
title = "经办"
description = "查工单，记一笔。"
kind = "react"
roles = ["officer"]
tools = ["look", "weigh", "book", "hidden"]
[models]
act = "large"
[react]
tools = ["look", "weigh", "book"]
steps = 4
search = "查条文"
[react.results]
look = ["工单{order}：{state}。", "主办：{lead}。", "诉求：{text}"]
weigh = ["事项：{items}。"]
[react.texts]
label = "本回答由人工智能生成。"
lead = "查到："
off = "没有配置模型，不能受理。"
wary = "像是写给模型的指令。"
none = "没有查到。"
incomplete = "没有办完。"
removed = "有一句对不上。"
degraded = "模型没能处理到底。"
confirm = "将要{title}，回复“确认”后办理。"
done = "已{title}，编号 {number}。"
cancelled = "没有办理。"
expired = "确认已失效。"
unclear = "还不能确定。"
"#;

const PROMPT: &str = "工具：\n{tools}\n还有{left}次。{today}\n结果：\n{results}";

/// What a tool of the desk takes, and what it does to the world.
#[expect(clippy::needless_pass_by_value, reason = "calls read better so")]
fn entry(name: &str, effect: Effect, critical: &[&str], properties: Value) -> ToolEntry {
    let roles = if name == "hidden" {
        "citizen"
    } else {
        "officer"
    };
    let effect_name = if effect == Effect::Read {
        "read"
    } else {
        "write"
    };
    let mut text = format!(
        "title = '{name}'\ndescription = '试'\nkind = 'register'\neffect = '{effect_name}'\nroles = ['{roles}']\n"
    );
    for argument in critical {
        text += &format!("[arguments.{argument}]\ncritical = true\n");
    }
    let manifest = Manifest::parse("tool.toml", &text).unwrap();
    let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
    let schema = json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties});
    let spec = ToolSpec::new(name, &manifest, "input.schema.json", schema).unwrap();
    ToolEntry {
        name: name.to_owned(),
        manifest,
        spec: Arc::new(spec),
        form: None,
    }
}

/// What the tools were asked for.
#[derive(Default)]
pub(crate) struct Kept {
    /// Each call of a tool that reads, and each effect.
    pub(crate) calls: Mutex<Vec<(String, Value)>>,
    pub(crate) effects: Mutex<Vec<Value>>,
    /// What citizens wrote in every order.
    pub(crate) text: Mutex<String>,
}

struct Counter {
    spec: Arc<ToolSpec>,
    kept: Arc<Kept>,
}

impl Tool for Counter {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: tools::Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            let lines = vec![Value::Object(task.arguments.values().clone()).to_string()];
            Ok(Preview {
                target: "desk".to_owned(),
                lines,
            })
        })
    }

    fn invoke<'a>(&'a self, task: tools::Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let arguments = Value::Object(task.arguments.values().clone());
            let order = task.arguments.text("order").unwrap_or_default().to_owned();
            if self.spec.effect == Effect::Write {
                self.kept.effects.lock().unwrap().push(arguments);
                return Ok(Output {
                    value: json!({"order": "HL9999"}),
                    evidence: vec!["order:HL9999".to_owned()],
                });
            }
            let asked = (self.spec.name.clone(), arguments);
            self.kept.calls.lock().unwrap().push(asked);
            if order == "HL0404" {
                let message = "没有查到工单 HL0404".to_owned();
                return Err(Error::Refused { message });
            }
            let text = self.kept.text.lock().unwrap().clone();
            let value = match self.spec.name.as_str() {
                "look" => {
                    json!({"order": order, "state": "办理中", "lead": "和澜市城市管理局", "text": text})
                }
                _ => json!({"items": ["楼道堆物", "消防通道"]}),
            };
            Ok(Output {
                value,
                evidence: vec![format!("order:{order}")],
            })
        })
    }

    fn reconcile<'a>(
        &'a self,
        _task: tools::Task<'a>,
    ) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async { Ok(None) })
    }
}

/// The desk, with a model behind it or none.
pub(crate) struct Bench {
    pub(crate) agent: Arc<Agent>,
    pub(crate) world: World,
    pub(crate) kept: Arc<Kept>,
    model: Option<Arc<dyn ChatModel>>,
    _folder: TempDir,
}

/// What a turn did.
pub(crate) struct Course {
    pub(crate) events: Vec<Event>,
    pub(crate) answer: Answer,
    pub(crate) steps: Vec<Step>,
}

impl Course {
    pub(crate) fn asked(&self) -> Vec<&ChatRequest> {
        let asked = self.steps.iter().filter_map(|step| match step {
            Step::Generate(Task::Act, request) => Some(request),
            _ => None,
        });
        asked.collect()
    }

    pub(crate) fn calls(&self) -> Vec<&ToolCall> {
        let calls = self.steps.iter().filter_map(|step| match step {
            Step::CallTool(call) => Some(call),
            _ => None,
        });
        calls.collect()
    }

    pub(crate) fn sentences(&self) -> Vec<&str> {
        let sentences = self.answer.sentences.iter();
        sentences.map(|sentence| sentence.text.as_str()).collect()
    }

    /// What the model saw in its last step.
    pub(crate) fn prompt(&self) -> &str {
        self.asked().last().map_or("", |it| &it.messages[0].content)
    }
}

impl Bench {
    pub(crate) async fn new(world: World, model: Option<Arc<dyn ChatModel>>) -> Self {
        let kept = Arc::new(Kept::default());
        let order = json!({"type": "string", "pattern": "^HL[0-9]{4}$"});
        let words = json!({"type": "string", "minLength": 1, "maxLength": 40});
        let (read, write) = (Effect::Read, Effect::Write);
        let entries = [
            entry("look", read, &["order"], json!({ "order": order })),
            entry(
                "weigh",
                read,
                &[],
                json!({"text": words, "sure": {"type": "boolean"}}),
            ),
            entry("book", write, &[], json!({ "note": words })),
            entry("hidden", read, &[], json!({ "note": words })),
        ];
        let entries: BTreeMap<String, ToolEntry> = entries
            .into_iter()
            .map(|it| (it.name.clone(), it))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().into()).await.unwrap();
        let counters = entries.values().map(|entry| {
            Arc::new(Counter {
                spec: entry.spec.clone(),
                kept: kept.clone(),
            }) as Arc<dyn Tool>
        });
        let toolbox = Arc::new(Toolbox::new(counters, store));
        let world = World {
            models: Models {
                large: model.clone(),
                ..Models::default()
            },
            desk: Desk {
                toolbox: Some(toolbox),
                entries: Arc::new(entries),
                agents: Arc::default(),
            },
            ..world
        };
        Self {
            agent: Arc::new(Agent::parse("desk", AGENT, PROMPT, None).unwrap()),
            world,
            kept,
            model,
            _folder: folder,
        }
    }

    /// With a model that says this, one answer for each step.
    pub(crate) async fn says<T: Into<String>>(answers: impl IntoIterator<Item = T>) -> Self {
        let answers = answers.into_iter().map(|answer| Reply::Text(answer.into()));
        Self::replies(answers).await
    }

    pub(crate) async fn replies(replies: impl IntoIterator<Item = Reply>) -> Self {
        let model = Scripted::turns("script", 32_768, replies);
        Self::new(EMPTY.clone(), Some(Arc::new(model))).await
    }

    pub(crate) fn request(question: &str) -> Request {
        Request {
            conversation: Some("c".to_owned()),
            person: Some(Person {
                id: "token:one".to_owned(),
                role: "officer".to_owned(),
                unit: Some("热线服务中心".to_owned()),
            }),
            ..Request::new(question, Role::Officer, date(2026, 11, 21))
        }
    }

    /// The next turn of the conversation, with what the last one left.
    pub(crate) fn after(course: &Course, question: &str) -> Request {
        let form = course.answer.form.as_ref();
        Request {
            turn: 2,
            memory: form.map(|form| Box::new(form.memory.clone())),
            ..Self::request(question)
        }
    }

    /// Runs a turn; between any two steps it is written down and read back.
    pub(crate) async fn run(&self, request: Request) -> Course {
        let said: Vec<String> = vec![request.question.clone()];
        let person = request.person.clone().unwrap();
        let (now, asked) = (request.now, request.clone());
        let (mut turn, mut events, mut step) = Turn::begin(self.setting(), request).unwrap();
        let mut steps = Vec::new();
        while step != Step::Done {
            turn = stored(&turn);
            step = stored(&step);
            steps.push(step.clone());
            let outcome = self.perform(step, &person, &said, now).await;
            let (more, next) = turn.resume(self.setting(), outcome);
            events.extend(more);
            step = next;
        }
        let Some(Event::Done(answer)) = events.last().cloned() else {
            panic!("no answer")
        };
        let course = Course {
            events,
            answer: *answer,
            steps,
        };
        self.keeps_its_promises(&course, &asked);
        course
    }

    /// Runs a turn as the server does.
    pub(crate) async fn run_whole(&self, request: Request) -> Answer {
        let events: Vec<Event> = self
            .agent
            .clone()
            .run(self.world.clone(), request)
            .map(|event| event.unwrap())
            .collect()
            .await;
        match events.last().cloned() {
            Some(Event::Done(answer)) => *answer,
            _ => panic!("no answer"),
        }
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            agent: &self.agent,
            seeds: &self.world.seeds,
            titles: &self.world.titles,
            place: self.world.place.as_deref(),
            producer: &self.world.producer,
            entries: &self.world.desk.entries,
            digress: None,
            rewrite: None,
            wording: None,
            act: self.model.as_ref().map(|model| model.name()),
        }
    }

    async fn perform(
        &self,
        step: Step,
        person: &Person,
        said: &[String],
        now: jiff::Timestamp,
    ) -> Outcome {
        let toolbox = self.world.desk.toolbox.as_ref().unwrap();
        let grant = Grant {
            agent: self.agent.name.clone(),
            tools: self.agent.manifest.tools.iter().cloned().collect(),
        };
        match step {
            Step::Generate(_, request) => {
                let said = collect(self.model.as_ref().unwrap().chat(request)).await;
                Outcome::Generated(match said {
                    Ok(text) => Ok(Said { text, model: None }),
                    Err(error) => Err(Failure::from(error)),
                })
            }
            Step::Retrieve(query, Scope::InForce) => {
                Outcome::Found(Box::new(self.world.retriever.retrieve(&query).unwrap()))
            }
            Step::CallTool(ToolCall {
                tool,
                arguments,
                key,
                ..
            }) => {
                let call = Call {
                    tool,
                    arguments,
                    grant,
                    person: person.clone(),
                    said: said.to_vec(),
                    key,
                    approval: None,
                    now,
                };
                Outcome::Called(toolbox.call(call).await.map_err(|error| failure(&error)))
            }
            Step::Decide(decision) if decision.confirmed => {
                let done = toolbox.confirm(&decision.proposal, person, grant, now);
                let done = done.await.map(tools::Outcome::Done);
                Outcome::Called(done.map_err(|error| failure(&error)))
            }
            Step::Decide(decision) => {
                let declined =
                    Approval::decline(toolbox.store(), &decision.proposal, person, now).await;
                let declined = declined.map(|it| tools::Outcome::Proposed(Box::new(it)));
                Outcome::Called(declined.map_err(|error| failure(&error)))
            }
            other => panic!("{other:?}"),
        }
    }

    /// What holds of every turn, whatever a model says.
    fn keeps_its_promises(&self, course: &Course, request: &Request) {
        use agents::Status;

        let Course { answer, .. } = course;
        assert!(course.asked().len() <= STEPS && course.calls().len() <= STEPS);
        for call in course.calls() {
            assert!(["look", "weigh", "book"].contains(&call.tool.as_str()));
            let spec = &self.world.desk.entries[&call.tool].spec;
            spec.validate(&call.arguments).unwrap();
            assert_eq!(call.arguments.iter().count(), call.arguments.values().len());
        }
        let tools: Vec<&str> = course.asked().iter().map(|it| tools_of(it)).collect();
        assert!(tools.windows(2).all(|pair| pair[0] == pair[1]), "{tools:?}");
        let decided = course.steps.iter().any(|it| matches!(it, Step::Decide(_)));
        if !decided {
            assert!(matches!(
                answer.status,
                Status::Answered | Status::Partial | Status::Refused | Status::Confirm
            ));
            assert_eq!(
                answer.status == Status::Confirm,
                answer.form.as_ref().is_some_and(|it| it.proposal.is_some())
            );
        }
        for sentence in &answer.sentences {
            assert!(!sentence.citations.is_empty(), "{}", sentence.text);
            for id in &sentence.citations {
                assert!(answer.citations.iter().any(|it| it.id == *id), "{id}");
            }
        }
        assert_eq!(answer.question, request.question);
        assert!(!answer.label.is_empty());
        assert!(!answer.text().contains('⟦'), "{}", answer.text());
    }
}

/// The part of a prompt that lists the tools.
fn tools_of(request: &ChatRequest) -> &str {
    let text = &request.messages[0].content;
    text.split_once("还有").map_or("", |(tools, _)| tools)
}

/// As the agent tells a turn of an error.
fn failure(error: &Error) -> CallFailure {
    CallFailure {
        reason: error.to_string(),
        refused: matches!(error, Error::Refused { .. }),
        unclear: matches!(error, Error::Late { .. } | Error::Store(_)),
    }
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// Whether `value` fits what a model was held to.
pub(crate) fn fits(constraint: &Value, value: Value) -> bool {
    let schema = json!({
        "type": "object", "additionalProperties": false,
        "properties": {"move": {"anyOf": constraint["anyOf"]}}, "$defs": constraint["$defs"],
    });
    let manifest =
        "title = 'x'\ndescription = 'x'\nkind = 'register'\neffect = 'read'\nroles = ['officer']\n";
    let manifest = Manifest::parse("tool.toml", manifest).unwrap();
    let spec = ToolSpec::new("move", &manifest, "schema.json", schema).unwrap();
    let arguments = Arguments::default().and("move", value, tools::Origin::Model);
    spec.validate(&arguments).is_ok()
}

pub(crate) fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}
