//! Kind `form`: a form is filled in by a person, shown to them, and handed in.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::Error;
use crate::form::Form;
use crate::manifest::{Effect, Manifest};
use crate::store::{Store, Submission};
use crate::tool::{Output, Preview, Task, Tool, ToolSpec};

/// `[form]` of `tool.toml`: a service, as its guide describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormPart {
    /// The department that takes it.
    pub department: String,
    /// How people ask for it.
    pub words: Vec<String>,
    /// The document that describes it.
    pub guide: Guide,
    /// How long it takes, in the words of the guide.
    #[serde(default)]
    pub limit: Option<String>,
    /// Who may have it.
    #[serde(default)]
    pub condition: Vec<Condition>,
    /// What must be brought along.
    #[serde(default)]
    pub material: Vec<Material>,
    /// What happens, in order.
    #[serde(default)]
    pub step: Vec<ServiceStep>,
    /// Which choice leads to which list.
    #[serde(default)]
    pub branch: Vec<Branch>,
}

/// A document of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Name of the corpus.
    pub corpus: String,
    /// The file in it.
    pub file: String,
}

/// A condition, quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The words of the guide.
    pub text: String,
    /// Heading or article where they stand.
    pub clause: String,
    /// The document with those words, if it is not the guide.
    #[serde(default)]
    pub file: Option<String>,
    /// Fields of the form on which it depends.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What of it code can check; what it cannot, an office does.
    #[serde(default)]
    pub rule: Option<Rule>,
    /// It matters only if these fields have one of these values.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<Value>>,
}

/// A condition that code can check. One of the bounds is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The field.
    pub field: String,
    /// Least value.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Greatest value.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// One of these.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// Exactly this.
    #[serde(default)]
    pub is: Option<Value>,
}

/// Something to bring along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Its name.
    pub name: String,
    /// The original is needed.
    #[serde(default)]
    pub original: bool,
    /// How many copies.
    #[serde(default)]
    pub copies: u32,
    /// It is needed only if these fields have one of these values.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<Value>>,
    /// Heading or article where it stands.
    pub clause: String,
    /// The words of the guide.
    pub quote: String,
    /// The licence that takes its place, if the register holds it.
    #[serde(default)]
    pub licence: Option<String>,
    /// The words that say that it need not be handed in then.
    #[serde(default)]
    pub shared: Option<String>,
    /// The document with those words, if it is not the guide.
    #[serde(default)]
    pub file: Option<String>,
}

/// A step, quoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceStep {
    /// The words of the guide.
    pub text: String,
    /// Heading or article where they stand.
    pub clause: String,
    /// The document with those words, if it is not the guide.
    #[serde(default)]
    pub file: Option<String>,
    /// It matters only if these fields have one of these values.
    #[serde(default)]
    pub when: BTreeMap<String, Vec<Value>>,
}

/// The list to which a choice leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The field of the choice.
    pub field: String,
    /// The choice.
    pub value: Value,
    /// Names of materials, in order.
    pub materials: Vec<String>,
}

/// A tool of this kind.
pub(crate) struct FormTool {
    spec: Arc<ToolSpec>,
    form: Arc<Form>,
    department: String,
    store: Store,
}

impl FormTool {
    pub(crate) fn new(
        file: &str,
        spec: Arc<ToolSpec>,
        manifest: &Manifest,
        form: Arc<Form>,
        store: Store,
    ) -> Result<Self, Error> {
        let wrong = |message: &str| Error::Data {
            file: file.to_owned(),
            message: message.to_owned(),
        };
        let part = manifest
            .form
            .as_ref()
            .ok_or_else(|| wrong("table `[form]` is missing"))?;
        if manifest.effect != Effect::Write {
            return Err(wrong(
                "key `effect`: handing a form in has the effect `write`",
            ));
        }
        let department = part.department.clone();
        Ok(Self {
            spec,
            form,
            department,
            store,
        })
    }

    fn received(&self, submission: &Submission) -> Output {
        Output {
            value: json!({
                "submission": submission.id,
                "form": self.spec.name,
                "title": self.spec.title,
                "department": self.department,
                "created": submission.created,
            }),
            evidence: vec![format!("submission:{}", submission.id)],
        }
    }
}

impl Tool for FormTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn preview<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Preview, Error>> {
        Box::pin(async move {
            let mut lines = vec![format!(
                "向{}提交《{}》",
                self.department,
                self.form.title()
            )];
            for (name, value, _) in task.arguments.iter() {
                if let Some(field) = self.form.field(name) {
                    lines.push(format!("{}：{}", field.title, field.shown(value)));
                }
            }
            lines.push("提交后由该部门审核，本系统不作审批。".to_owned());
            Ok(Preview {
                target: format!("form:{}", self.spec.name),
                lines,
            })
        })
    }

    fn invoke<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Output, Error>> {
        Box::pin(async move {
            let day = task.now.to_zoned(crate::zone()).date();
            let call = (self.spec.name.as_str(), task.key);
            let submitted = self
                .store
                .submit(call, task.person, task.arguments, (task.now, day));
            Ok(self.received(&submitted.await?))
        })
    }

    fn reconcile<'a>(&'a self, task: Task<'a>) -> BoxFuture<'a, Result<Option<Output>, Error>> {
        Box::pin(async move {
            let found = self.store.submission_of_key(task.key).await?;
            Ok(found.map(|submission| self.received(&submission)))
        })
    }
}
