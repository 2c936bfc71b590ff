//! Kind `register`: what offices know of a person already, for the person themselves.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::json;

use crate::error::Error;
use crate::manifest::Manifest;
use crate::store::Store;
use crate::tool::{Output, Task, Tool, ToolSpec};

/// How the identifier of a person begins who has shown which resident they are.
const RESIDENT: &str = "resident:";

/// A tool of this kind. It takes no arguments: nobody can ask for anybody else.
pub(crate) struct RegisterTool {
    spec: Arc<ToolSpec>,
    store: Store,
}

impl RegisterTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        store: Store,
    ) -> Result<Self, Error> {
        manifest.only_reads(file)?;
        Ok(Self { spec, store })
    }
}

impl Tool for RegisterTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let Some(id) = task.person.id.strip_prefix(RESIDENT) else {
                return Ok(Output {
                    value: json!({"resident": null}),
                    evidence: Vec::new(),
                });
            };
            let record = self.store.resident(id).await?;
            let evidence = record.iter().map(|_| format!("resident:{id}")).collect();
            Ok(Output {
                value: json!({"resident": record}),
                evidence,
            })
        })
    }
}
