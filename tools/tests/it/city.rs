//! The demo city's hotline, as its files say it, over a store in a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tools::{
    Arguments, Call, Grant, Hotline, HotlineFiles, Origin, Person, Resources, Store, ToolEntry,
    Toolbox,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

pub(crate) fn hotline() -> Hotline {
    let names = [
        "hotline.toml",
        "dispatch.toml",
        "grades.toml",
        "questions.toml",
        "gazetteer.tsv",
        "emergencies.toml",
    ];
    let texts = names.map(|name| text(&format!("seeds/{name}")));
    let years = ["2025.toml", "2026.toml", "helan-2026.toml"];
    let years = years.map(|name| (name, text(&format!("seeds/calendar/{name}"))));
    let calendars: Vec<(&str, &str)> = years
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let files = HotlineFiles {
        rules: (names[0], &texts[0]),
        calendars: &calendars,
        catalog: (names[1], &texts[1]),
        grades: (names[2], &texts[2]),
        questions: (names[3], &texts[3]),
        places: (names[4], &texts[4]),
        emergencies: (names[5], &texts[5]),
        departments: &[
            "临江区人民政府",
            "云台区人民政府",
            "望海区人民政府",
            "松溪县人民政府",
        ],
    };
    Hotline::parse(&files).unwrap()
}

/// The hotline's tools over the store in `folder`.
pub(crate) async fn toolbox(folder: &Path, hotline: Arc<Hotline>) -> Toolbox {
    let store = Store::open(&crate::database::database(folder))
        .await
        .unwrap();
    let resources = Resources {
        store: store.clone(),
        hotline: Some(hotline),
        sensors: None,
    };
    let names = [
        "hotline-create",
        "hotline-status",
        "hotline-assess",
        "hotline-centre",
        "hotline-unit",
        "hotline-follow",
    ];
    let open = names.map(|name| {
        let manifest = text(&format!("tools/{name}/tool.toml"));
        let schema = text(&format!("tools/{name}/input.schema.json"));
        let entry = ToolEntry::parse(name, &manifest, &schema).unwrap();
        entry.open(&resources, &|_| None).unwrap()
    });
    Toolbox::new(open, store)
}

pub(crate) fn noon() -> Timestamp {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

pub(crate) fn citizen(id: &str) -> Person {
    Person {
        id: format!("conversation:{id}"),
        role: "citizen".to_owned(),
        unit: None,
    }
}

pub(crate) fn officer(unit: &str) -> Person {
    Person {
        id: format!("token:{unit}"),
        role: "officer".to_owned(),
        unit: Some(unit.to_owned()),
    }
}

pub(crate) fn grant(toolbox: &Toolbox) -> Grant {
    Grant {
        agent: "test".to_owned(),
        tools: toolbox.specs().map(|spec| spec.name.clone()).collect(),
    }
}

/// The call by which `person` has a request taken down.
pub(crate) fn create(toolbox: &Toolbox, person: &Person, key: &str) -> Call {
    let text = "我们东门里小区2号楼楼道堆满杂物，轮椅出不去，反映三次了";
    Call {
        tool: "hotline-create".to_owned(),
        arguments: Arguments::default()
            .and("text", text, Origin::Citizen)
            .and("address", "东门里小区2号楼", Origin::Citizen)
            .and("phone", "13900001234", Origin::Citizen),
        grant: grant(toolbox),
        person: person.clone(),
        said: vec![text.to_owned()],
        key: key.to_owned(),
        approval: None,
        now: noon(),
    }
}
