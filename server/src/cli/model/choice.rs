//! The model that somebody named on the command line: an entry of the catalogue, or a path of files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use models::hub::Backend;
use models::{ChatModel, Local, LocalOptions};

use super::{named, told};
use crate::catalog::{Catalog, model_folder};
use crate::cli::context::Context;
use crate::cli::output::note;
use crate::roles::open_backend;

/// The path in `model`. A name of the catalogue is none, whatever lies in the working directory; `./NAME` always is one.
pub(super) fn path(catalog: &Catalog, model: &str) -> anyhow::Result<Option<PathBuf>> {
    let path = Path::new(model);
    let looks = model.contains(std::path::MAIN_SEPARATOR) || model.ends_with(".gguf");
    if catalog.models.contains_key(model) || !(looks || path.exists()) {
        return Ok(None);
    }
    anyhow::ensure!(
        path.exists(),
        "there is no file or folder `{model}`\nhint: `chengzhi model list` names the models that need no path"
    );
    Ok(Some(path.to_owned()))
}

/// Opens it as `serve` would, but without the layers that hold many callers apart.
pub(in crate::cli) async fn open(
    context: &Context,
    catalog: &Catalog,
    model: &str,
) -> anyhow::Result<Arc<dyn ChatModel>> {
    let name = model.to_owned();
    let work: Box<dyn FnOnce() -> Result<Arc<dyn ChatModel>, models::Error> + Send> =
        if let Some(path) = path(catalog, model)? {
            note(format!("loading {} …", path.display()));
            Box::new(move || {
                // One person: what is kept is one conversation.
                let options = LocalOptions {
                    parallel: 1,
                    cache_tokens: 0,
                    ..LocalOptions::default()
                };
                Ok(Arc::new(Local::open(&name, &path, &options)?))
            })
        } else {
            let entry = named(catalog, model)?.clone();
            match &entry.manifest.backend {
                Backend::Local(_) => note(format!("loading {model} …")),
                Backend::Remote(endpoint) => {
                    note(format!(
                        "what you type is sent as it is to {}",
                        endpoint.url
                    ));
                }
            }
            let settings = context.settings.models.clone();
            let folder = model_folder(&context.data, model);
            Box::new(move || open_backend(&name, &entry, &settings, &folder))
        };
    let opened = tokio::task::spawn_blocking(work)
        .await
        .context("loading broke off")?;
    opened.map_err(|error| anyhow::anyhow!(told(model, &error)))
}
