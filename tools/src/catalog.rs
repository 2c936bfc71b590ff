//! From a folder under `tools/` to a tool that can be called.

use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::form::Form;
use crate::hotline::Hotline;
use crate::kind::alert::AlertTool;
use crate::kind::form::FormTool;
use crate::kind::http::HttpTool;
use crate::kind::mcp::{self, Mounted};
use crate::kind::open311::Open311Tool;
use crate::kind::order::OrderTool;
use crate::kind::query::QueryTool;
use crate::kind::register::RegisterTool;
use crate::kind::statistics::StatisticsTool;
use crate::manifest::{Kind, Manifest};
use crate::sensor::Sensors;
use crate::store::Store;
use crate::tool::{Tool, ToolSpec};

/// What a folder declares.
#[derive(Debug, Clone)]
pub struct ToolEntry {
    /// Name of the folder.
    pub name: String,
    /// `tool.toml`.
    pub manifest: Manifest,
    /// What it is.
    pub spec: Arc<ToolSpec>,
    /// How a person is asked for the arguments, where the schema says it.
    pub form: Option<Arc<Form>>,
}

/// What tools work with.
#[derive(Clone)]
pub struct Resources {
    /// The records.
    pub store: Store,
    /// The hotline; none in a city without one.
    pub hotline: Option<Arc<Hotline>>,
    /// The sensors; none in a city without any.
    pub sensors: Option<Arc<Sensors>>,
}

const NO_SENSORS: &str = "there are no sensors: `seeds/sensors/` lacks its files";

impl ToolEntry {
    /// Reads both files of the folder `name`.
    ///
    /// # Errors
    /// [`Error::Data`] with file, key and line.
    pub fn parse(name: &str, manifest: &str, schema: &str) -> Result<Self, Error> {
        Self::new(
            name,
            Manifest::parse(&manifest_file(name), manifest)?,
            schema,
        )
    }

    /// Of the manifest of folder `name`, with its schema.
    ///
    /// # Errors
    /// [`Error::Data`] with file, key and line.
    pub fn new(name: &str, manifest: Manifest, schema: &str) -> Result<Self, Error> {
        let file = format!("tools/{name}/input.schema.json");
        let parsed: Value = serde_json::from_str(schema).map_err(|error| Error::Data {
            file: file.clone(),
            message: error.to_string(),
        })?;
        let spec = ToolSpec::new(name, &manifest, &file, parsed)?;
        let asks = spec
            .schema
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|fields| fields.values().any(|field| field.get("x-ask").is_some()));
        let form = if asks {
            let form = Form::parse(&file, schema).map_err(|error| Error::Data {
                file: file.clone(),
                message: error.to_string(),
            })?;
            Some(Arc::new(form))
        } else if manifest.kind == Kind::Form {
            return Err(Error::Data {
                file,
                message: "no field has `x-ask`: a form needs to know how to ask".to_owned(),
            });
        } else {
            None
        };
        let spec = match &form {
            Some(form) => spec.of_form(form),
            None => spec,
        };
        Ok(Self {
            name: name.to_owned(),
            manifest,
            spec: Arc::new(spec),
            form,
        })
    }

    /// The tool.
    ///
    /// # Errors
    /// [`Error::Data`] when the manifest asks for what is not there.
    pub fn open(
        &self,
        resources: &Resources,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Arc<dyn Tool>, Error> {
        let file = manifest_file(&self.name);
        let spec = self.spec.clone();
        let store = resources.store.clone();
        let missing = |what: &str| Error::Data {
            file: file.clone(),
            message: what.to_owned(),
        };
        Ok(match self.manifest.kind {
            Kind::Dispatch => {
                let hotline = resources.hotline.clone();
                let hotline = hotline
                    .ok_or_else(|| missing("there is no hotline: `seeds/` lacks its files"))?;
                Arc::new(OrderTool::new(&file, spec, &self.manifest, hotline, store)?)
            }
            Kind::Form => {
                let form = self.form.clone().ok_or_else(|| missing("it has no form"))?;
                Arc::new(FormTool::new(&file, spec, &self.manifest, form, store)?)
            }
            Kind::Query => {
                let sensors = resources.sensors.clone();
                let sensors = sensors.ok_or_else(|| missing(NO_SENSORS))?;
                let hotline = resources.hotline.clone();
                let known = (sensors, store);
                Arc::new(QueryTool::new(&file, spec, &self.manifest, known, hotline)?)
            }
            Kind::Alert => {
                let sensors = resources.sensors.clone();
                let sensors = sensors.ok_or_else(|| missing(NO_SENSORS))?;
                let hotline = resources.hotline.clone();
                let known = (sensors, store);
                Arc::new(AlertTool::new(&file, spec, &self.manifest, known, hotline)?)
            }
            Kind::Register => Arc::new(RegisterTool::new(&file, spec, &self.manifest, store)?),
            Kind::Statistics => {
                let hotline = resources.hotline.clone();
                let hotline = hotline
                    .ok_or_else(|| missing("there is no hotline: `seeds/` lacks its files"))?;
                Arc::new(StatisticsTool::new(
                    &file,
                    spec,
                    &self.manifest,
                    hotline,
                    store,
                )?)
            }
            Kind::Http => Arc::new(HttpTool::new(&file, spec, &self.manifest, environment)?),
            Kind::Open311 => Arc::new(Open311Tool::new(&file, spec, &self.manifest, environment)?),
            Kind::Mcp => return Err(missing("its server has several tools: mount them")),
        })
    }
}

/// A folder of kind `mcp`: it has no schema, and its server has the tools.
#[derive(Debug, Clone)]
pub struct MountEntry {
    /// Name of the folder.
    pub name: String,
    /// `tool.toml`.
    pub manifest: Manifest,
}

impl MountEntry {
    /// Of the manifest of folder `name`.
    ///
    /// # Errors
    /// [`Error::Data`] with the key that is wrong.
    pub fn new(name: &str, manifest: Manifest) -> Result<Self, Error> {
        mcp::check(&manifest).map_err(|message| Error::Data {
            file: manifest_file(name),
            message,
        })?;
        Ok(Self {
            name: name.to_owned(),
            manifest,
        })
    }

    /// Names that its tools have here, whether or not they can be mounted.
    pub fn tools(&self) -> impl Iterator<Item = String> {
        let listed = self.manifest.mcp.iter().flat_map(|part| &part.tool);
        listed.map(|tool| format!("{}.{}", self.name, tool.name))
    }

    /// Asks the server what it has, and mounts what is as it was pinned. It takes as long as the manifest allows, at most
    /// twice.
    pub async fn mount(&self, environment: &(dyn Fn(&str) -> Option<String> + Sync)) -> Mounted {
        mcp::mount(
            &manifest_file(&self.name),
            &self.name,
            &self.manifest,
            environment,
        )
        .await
    }
}

fn manifest_file(name: &str) -> String {
    format!("tools/{name}/tool.toml")
}
