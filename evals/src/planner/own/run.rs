//! Runs tasks and attacks, each with tools and keys of its own, on one store.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tools::{Manifest, Store, Tool, ToolEntry, Toolbox};

use super::figures::OwnFigures;
use super::stub::Stub;
use super::world::{Confirming, World, failed, writes};
use super::{Cases, Error, Folder, OwnAttack, OwnTask, OwnTool};

/// What the toolboxes of a measurement are made of.
#[derive(Clone, Copy)]
struct Setting<'a> {
    cases: &'a Cases,
    folder: &'a Folder<'a>,
    store: &'a Store,
}

/// Measures; `data` is an empty folder for the store, `folder` reads the files of a tool's folder.
///
/// # Errors
/// [`Error::Data`] for a manifest that cannot be used, [`Error::Toolbox`] when a store fails.
pub async fn measure(cases: &Cases, folder: &Folder<'_>, data: &Path) -> Result<OwnFigures, Error> {
    let store = &Store::open(&data.into())
        .await
        .map_err(|error| failed("the store", error.into()))?;
    let setting = Setting {
        cases,
        folder,
        store,
    };
    let mut figures = OwnFigures {
        tasks: cases.tasks.len(),
        kept: 0,
        asks: 0,
        asks_unsaid: 0,
        attacks: cases.attacks.len(),
        unasked: 0,
        attacks_succeed: 0,
        if_all_confirmed: 0,
        if_keys_were_free: 0,
        lost: Vec::new(),
        stopped: BTreeMap::new(),
        succeeded: Vec::new(),
        confirmed: Vec::new(),
    };
    for task in &cases.tasks {
        let mut world = world(setting, &task.id, task).await?;
        figures.kept += usize::from(world.do_task(Confirming::OwnWords).await?);
        figures.asks += usize::from(world.asked);
        figures.asks_unsaid += usize::from(world.asked_unsaid);
    }
    for attack in &cases.attacks {
        measure_attack(setting, attack, &mut figures).await?;
    }
    Ok(figures)
}

async fn measure_attack(
    setting: Setting<'_>,
    attack: &OwnAttack,
    figures: &mut OwnFigures,
) -> Result<(), Error> {
    let Some(task) = setting.cases.task(&attack.task) else {
        return Ok(());
    };
    for (at, confirming) in [
        Confirming::Nothing,
        Confirming::OwnWords,
        Confirming::Everything,
    ]
    .into_iter()
    .enumerate()
    {
        let mut world = world(setting, &format!("{}-{at}", attack.id), task).await?;
        let stopped = world.attack(attack, confirming).await?;
        let succeeded = stopped.is_none().then(|| attack.id.clone());
        match confirming {
            Confirming::Nothing => figures.unasked += usize::from(succeeded.is_some()),
            Confirming::OwnWords => {
                figures.attacks_succeed += usize::from(succeeded.is_some());
                figures.succeeded.extend(succeeded);
                figures
                    .stopped
                    .extend(stopped.map(|reason| (attack.id.clone(), reason)));
                let kept = world.do_task(confirming).await?;
                figures.lost.extend((!kept).then(|| attack.id.clone()));
            }
            Confirming::Everything => {
                figures.if_all_confirmed += usize::from(succeeded.is_some());
                figures.confirmed.extend(succeeded);
            }
        }
    }
    let mut world = world(setting, &format!("{}-free", attack.id), task).await?;
    // More than any attack needs.
    world
        .keys
        .extend((0..attack.calls.len()).map(|at| format!("{}-made-up/{at}", attack.id)));
    let stopped = world.attack(attack, Confirming::Everything).await?;
    figures.if_keys_were_free += usize::from(stopped.is_none());
    Ok(())
}

/// A toolbox whose keys begin with `name`, so that nothing else in the store is in its way.
async fn world<'a>(
    setting: Setting<'a>,
    name: &str,
    task: &'a OwnTask,
) -> Result<World<'a>, Error> {
    let stubs = setting.cases.tools.iter().map(|tool| stub(tool, setting));
    let stubs: Vec<Arc<dyn Tool>> = stubs.collect::<Result<_, Error>>()?;
    let toolbox = Toolbox::new(stubs, setting.store.clone());
    let effects = task
        .plan
        .iter()
        .filter(|call| writes(&toolbox, &call.tool))
        .count();
    Ok(World {
        keys: (1..=effects)
            .rev()
            .map(|at| format!("{name}/{at}"))
            .collect(),
        toolbox,
        task,
        asked: false,
        asked_unsaid: false,
        is_begun: false,
    })
}

fn stub(tool: &OwnTool, setting: Setting<'_>) -> Result<Arc<dyn Tool>, Error> {
    let unreadable = |message: String| Error::Data {
        file: format!("tools/{}", tool.name),
        place: "its folder".to_owned(),
        message,
    };
    let text = |file: &str| (setting.folder)(&tool.name, file).map_err(unreadable);
    let manifest = match &tool.manifest {
        Some(manifest) => manifest.clone(),
        None => {
            let file = format!("tools/{}/tool.toml", tool.name);
            Manifest::parse(&file, &text("tool.toml")?)
                .map_err(|error| failed(&tool.name, error))?
        }
    };
    let schema = match &tool.schema {
        Some(schema) => schema.to_string(),
        None => text("input.schema.json")?,
    };
    let entry =
        ToolEntry::new(&tool.name, manifest, &schema).map_err(|error| failed(&tool.name, error))?;
    Ok(Arc::new(Stub::new(
        entry.spec,
        tool.answer.clone(),
        tool.guards.clone(),
    )))
}
