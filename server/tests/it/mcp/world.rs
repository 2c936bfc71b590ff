//! What the tests serve: a form, a tool that reads, a tool for officers alone, and a search.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use agents::Role;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use server::mcp::{SEARCH, Seal, Served};
use server::turn::Caller;
use tempfile::TempDir;
use tools::{
    Error, Grant, Manifest, Output, Person, Preview, Resources, Store, Task, Tool, ToolEntry,
    ToolSpec, Toolbox,
};

const FORM: &str = r#"
title = "临时停车证"
description = "申请临时停车证。"
kind = "form"
effect = "write"
roles = ["citizen", "officer"]
[arguments.name]
critical = true
[form]
department = "和澜市城市管理局"
words = ["停车证"]
guide = { corpus = "helan", file = "x.md" }
"#;

const SCHEMA: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "临时停车证申请表",
  "type": "object",
  "additionalProperties": false,
  "required": ["name", "mobile", "months"],
  "properties": {
    "name": { "type": "string", "title": "姓名", "x-kind": "name", "x-ask": "您叫什么名字？", "x-why": "写在证上" },
    "mobile": { "type": "string", "title": "手机号", "x-kind": "mobile", "x-ask": "手机号是多少？", "x-why": "办好了通知您" },
    "months": { "type": "integer", "title": "月数", "minimum": 1, "maximum": 12, "x-kind": "integer", "x-ask": "办几个月？", "x-why": "按月办理" }
  }
}"#;

pub(crate) struct World {
    pub(crate) served: Arc<Served>,
    /// Removed at the end.
    pub(crate) folder: TempDir,
    /// Seconds by which the clock is ahead of noon.
    pub(crate) ahead: Arc<AtomicI64>,
}

pub(crate) fn person(id: &str, role: &str) -> Person {
    Person {
        id: id.to_owned(),
        role: role.to_owned(),
        unit: None,
    }
}

pub(crate) fn citizen() -> Person {
    person("token:li", "citizen")
}

/// The bearer of a token.
pub(crate) fn bearer(name: &str, role: Role) -> Caller {
    Caller {
        role,
        name: Some(name.to_owned()),
        unit: None,
        resident: None,
    }
}

/// The caller who is [`citizen`].
pub(crate) fn li() -> Caller {
    bearer("li", Role::Citizen)
}

/// Tells what it is asked.
struct Echo(ToolSpec);

impl Echo {
    fn tool(name: &str, role: &str) -> Arc<dyn Tool> {
        let manifest = format!(
            "title = \"回声\"\ndescription = \"原样返回。\"\nkind = \"register\"\neffect = \"read\"\nroles = [\"{role}\"]"
        );
        let manifest = Manifest::parse("tool.toml", &manifest).unwrap();
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["text"],
            "properties": {"text": {"type": "string", "maxLength": 20}},
        });
        Arc::new(Self(
            ToolSpec::new(name, &manifest, "input.schema.json", schema).unwrap(),
        ))
    }
}

impl Tool for Echo {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn preview<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(std::future::ready(Err(Error::Refused {
            message: "nothing to show".to_owned(),
        })))
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let origins: BTreeMap<&str, String> = task
                .arguments
                .iter()
                .map(|(name, _, origins)| (name, origins.to_string()))
                .collect();
            Ok(Output {
                value: json!({"said": task.arguments.text("text"), "origins": origins}),
                evidence: vec!["echo:1".to_owned()],
            })
        })
    }

    fn reconcile<'a>(&'a self, _task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

pub(crate) async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let ahead = Arc::new(AtomicI64::new(0));
    let seconds = ahead.clone();
    let noon: Timestamp = "2026-11-26T04:00:00Z".parse().unwrap();
    let store = Store::open(&crate::database::database(folder.path()))
        .await
        .unwrap();
    let resources = Resources {
        store: store.clone(),
        hotline: None,
        sensors: None,
    };
    let entry = ToolEntry::parse("parking-permit", FORM, SCHEMA).unwrap();
    let form = entry.form.clone().unwrap();
    let permit = entry.open(&resources, &|_| None).unwrap();
    let easy = FORM.replace("[arguments.name]\ncritical = true\n", "");
    let easy = ToolEntry::parse("bulky-waste", &easy, SCHEMA).unwrap();
    let waste = easy.open(&resources, &|_| None).unwrap();
    let toolbox = Toolbox::new(
        [
            permit,
            waste,
            Echo::tool("echo", "citizen"),
            Echo::tool("officers-echo", "officer"),
        ],
        store,
    );
    let all = [
        "parking-permit",
        "bulky-waste",
        "echo",
        "officers-echo",
        SEARCH,
    ];
    let served = Served {
        toolbox: Arc::new(toolbox),
        grant: Grant {
            agent: "mcp".to_owned(),
            tools: all.map(str::to_owned).into(),
        },
        forms: BTreeMap::from([("parking-permit".to_owned(), form)]),
        search: Box::new(|role, wanted| {
            Box::pin(async move {
                if wanted.query == "出错" {
                    return Err("检索暂不可用".to_owned());
                }
                let value =
                    json!({"for": role.name(), "query": wanted.query, "limit": wanted.limit});
                Ok(Output {
                    value,
                    evidence: Vec::new(),
                })
            })
        }),
        clock: Box::new(move || noon + SignedDuration::from_secs(seconds.load(Ordering::SeqCst))),
        seal: Arc::new(Seal::new(&[7; 32]).unwrap()),
    };
    World {
        served: Arc::new(served),
        folder,
        ahead,
    }
}

/// What was handed in.
pub(crate) async fn submissions(world: &World) -> Vec<Value> {
    let records = world.served.toolbox.store().records(1, 1000).await.unwrap();
    let bodies = records
        .iter()
        .map(|record| serde_json::from_str::<Value>(&record.body).unwrap());
    bodies
        .filter(|body| {
            body["outcome"] == "done" && body["evidence"].to_string().contains("submission:")
        })
        .collect()
}
