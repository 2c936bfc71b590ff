//! A tool for tests: it books amounts, and can be slow or break down at every point.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::json;
use tools::{Effect, Error, Manifest, Output, Preview, Task, Tool, ToolSpec};

/// Where it breaks down, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Before the effect, and says so.
    Before,
    /// It hangs before the effect.
    HangsBefore,
    /// It hangs after the effect.
    HangsAfter,
}

pub(crate) struct Ledger {
    spec: ToolSpec,
    pub(crate) booked: Mutex<BTreeMap<String, i64>>,
    pub(crate) invoked: AtomicUsize,
    pub(crate) fault: Mutex<Option<Fault>>,
    /// Part of the target: a confirmation holds for one version.
    pub(crate) version: AtomicUsize,
}

pub(crate) const MANIFEST: &str = r#"
title = "记账"
description = "记一笔账。"
kind = "form"
effect = "write"
roles = ["citizen", "officer"]
timeout_s = 1
[arguments.to]
critical = true
[arguments.channel]
allow = ["chat", "phone"]
[arguments.basis]
origins = ["operator"]
[form]
department = "和澜市财政局"
words = []
guide = { corpus = "helan", file = "x.md" }
"#;

impl Ledger {
    pub(crate) fn new(effect: Effect) -> Self {
        let mut manifest = Manifest::parse("tools/ledger/tool.toml", MANIFEST).unwrap();
        manifest.effect = effect;
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["to", "amount"],
            "properties": {
                "to": {"type": "string", "maxLength": 20},
                "amount": {"type": "integer", "minimum": 1},
                "channel": {"type": "string"},
                "basis": {"type": "string"},
            },
        });
        Self {
            spec: ToolSpec::new(
                "ledger",
                &manifest,
                "tools/ledger/input.schema.json",
                schema,
            )
            .unwrap(),
            booked: Mutex::default(),
            invoked: AtomicUsize::new(0),
            fault: Mutex::new(None),
            version: AtomicUsize::new(1),
        }
    }

    pub(crate) fn effects(&self) -> usize {
        self.booked.lock().unwrap().len()
    }

    fn output(amount: i64) -> Output {
        Output {
            value: json!({"booked": amount}),
            evidence: vec!["ledger:1".to_owned()],
        }
    }
}

impl Tool for Ledger {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            Ok(Preview {
                target: format!("ledger@{}", self.version.load(Ordering::SeqCst)),
                lines: vec![format!(
                    "向 {} 记账 {}",
                    task.arguments.text("to").unwrap(),
                    task.arguments.get("amount").unwrap()
                )],
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            self.invoked.fetch_add(1, Ordering::SeqCst);
            let fault = self.fault.lock().unwrap().take();
            match fault {
                Some(Fault::Before) => {
                    return Err(Error::Refused {
                        message: "账已封".to_owned(),
                    });
                }
                Some(Fault::HangsBefore) => tokio::time::sleep(Duration::from_secs(3600)).await,
                Some(Fault::HangsAfter) | None => {}
            }
            let amount = task.arguments.get("amount").unwrap().as_i64().unwrap();
            self.booked
                .lock()
                .unwrap()
                .insert(task.key.to_owned(), amount);
            if fault == Some(Fault::HangsAfter) {
                tokio::time::sleep(Duration::from_secs(3600)).await;
            }
            Ok(Self::output(amount))
        })
    }

    fn reconcile<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            Ok(self
                .booked
                .lock()
                .unwrap()
                .get(task.key)
                .copied()
                .map(Self::output))
        })
    }
}
