//! The matrix of rights, cell by cell: what `config/rights.toml` says is what the program does, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use agents::Role;
use serde_json::{Value, json};
use server::catalog::Catalog;
use server::embedded::Origin;
use server::turn::Caller;
use toml::Table;
use tools::{Arguments, Call, Error, Grant, Outcome, Person};

use crate::http::script::prompt;
use crate::http::world::World;

const CENTRE: &str = "和澜市12345政务服务便民热线";
const UNIT: &str = "和澜市应急管理局";

/// The file, read by the test in its own way.
fn matrix() -> Table {
    let text = Origin::Embedded.text("config/rights.toml").unwrap();
    text.parse().unwrap()
}

fn names(value: Option<&toml::Value>) -> BTreeSet<String> {
    let array = value.and_then(toml::Value::as_array);
    let names = array.into_iter().flatten().filter_map(toml::Value::as_str);
    names.map(str::to_owned).collect()
}

fn table<'a>(matrix: &'a Table, name: &str) -> &'a Table {
    matrix[name].as_table().unwrap()
}

/// Everybody there is, with the role that they have in the matrix.
fn everybody() -> Vec<(Caller, Option<&'static str>)> {
    let caller = |role, name: Option<&str>, unit: Option<&str>, resident: Option<&str>| Caller {
        role,
        name: name.map(str::to_owned),
        unit: unit.map(str::to_owned),
        resident: resident.map(str::to_owned),
    };
    vec![
        (caller(Role::Citizen, None, None, None), Some("citizen")),
        (
            caller(Role::Citizen, Some("r"), None, Some("R0001")),
            Some("citizen"),
        ),
        (
            caller(Role::Officer, Some("c"), Some(CENTRE), None),
            Some("centre"),
        ),
        (
            caller(Role::Officer, Some("u"), Some(UNIT), None),
            Some("unit"),
        ),
        (caller(Role::Officer, Some("n"), None, None), Some("unit")),
        (
            caller(Role::Developer, Some("d"), None, None),
            Some("developer"),
        ),
        (caller(Role::Device, Some("s"), None, None), None),
    ]
}

fn row<'a>(matrix: &'a Table, tool: &str, kind: &str) -> Option<&'a Table> {
    let of = |part: &str, name: &str| table(matrix, part).get(name)?.as_table();
    of("tools", tool).or_else(|| of("kinds", kind))
}

#[test]
fn the_matrix_names_all_there_is_and_nothing_else() {
    let catalog = Catalog::load(Origin::Embedded);
    let matrix = matrix();
    let agents: BTreeSet<&String> = catalog.agents.keys().collect();
    assert_eq!(agents, table(&matrix, "agents").keys().collect());
    for tool in table(&matrix, "tools").keys() {
        assert!(catalog.tools.contains_key(tool), "{tool}");
    }
    for (name, entry) in catalog.tools.iter() {
        let kind = entry.spec.kind.name();
        let row = row(&matrix, name, kind).unwrap_or_else(|| panic!("{name} is not named"));
        // Whoever may call it by the matrix may by the folder, and the other way round.
        let roles = table(&matrix, "roles");
        let tokens: BTreeSet<&str> = table(row, "shows")
            .keys()
            .map(|role| roles[role]["token"].as_str().unwrap())
            .collect();
        let own: BTreeSet<&str> = entry.spec.roles.iter().map(String::as_str).collect();
        assert_eq!(tokens, own, "{name}");
    }
    for (name, agent) in catalog.agents.iter() {
        for tool in &agent.manifest.tools {
            let kind = catalog.tools[tool].spec.kind.name();
            let row = row(&matrix, tool, kind).unwrap();
            assert!(
                names(row.get("agents")).contains(name),
                "`{name}` names `{tool}`, which the matrix does not let it call"
            );
        }
    }
}

#[tokio::test]
async fn every_role_has_every_agent_that_the_matrix_gives_it() {
    let world = World::new(prompt()).await;
    let matrix = matrix();
    let mut cells = 0;
    for (caller, role) in everybody() {
        for (name, agent) in world.app.catalog.agents.iter() {
            let given = match table(&matrix, "agents").get(name) {
                Some(roles) => role.is_some_and(|role| names(Some(roles)).contains(role)),
                None => role.is_some(),
            };
            let own = agent.manifest.roles.iter();
            let own = own.clone().any(|role| role == caller.role.name());
            assert_eq!(
                world.app.may_use(agent, &caller),
                given && own,
                "{name} {caller:?}"
            );
            cells += 1;
        }
    }
    println!("{cells} cells of role and agent");
}

#[tokio::test]
async fn every_role_may_call_every_tool_through_everything_as_the_matrix_says() {
    let world = World::new(prompt()).await;
    let (app, matrix) = (&world.app, matrix());
    let all: BTreeSet<String> = app.toolbox.specs().map(|spec| spec.name.clone()).collect();
    let agents = app.catalog.agents.iter();
    let mut callers: BTreeMap<String, BTreeSet<String>> = agents
        .map(|(name, agent)| (name.clone(), agent.manifest.tools.iter().cloned().collect()))
        .collect();
    for face in ["http", "mcp", "open311"] {
        callers.insert(face.to_owned(), all.clone());
    }
    let (mut open, mut closed) = (0, 0);
    for (caller, role) in everybody() {
        let person = caller.person(Some("c")).unwrap();
        for (through, tools) in &callers {
            for spec in app.toolbox.specs() {
                let row = row(&matrix, &spec.name, spec.kind.name()).unwrap();
                let through_row = match table(&matrix, "faces").get(through) {
                    Some(roles) => Some(roles),
                    None => table(&matrix, "agents").get(through),
                };
                let expected = role.is_some_and(|role| {
                    tools.contains(&spec.name)
                        && spec.roles.contains(&person.role)
                        && names(row.get("agents")).contains(through)
                        && table(row, "shows").contains_key(role)
                        && names(through_row).contains(role)
                });
                let call = call(&spec.name, through, tools, &person, json!({"none": 0}));
                let got = app.toolbox.call(call).await;
                let forbidden = matches!(got, Err(Error::Forbidden { .. }));
                assert_eq!(
                    forbidden, !expected,
                    "{role:?} {through} {}: {got:?}",
                    spec.name
                );
                *(if expected { &mut open } else { &mut closed }) += 1;
            }
        }
    }
    println!(
        "{} cells of role, agent and tool: {open} open, {closed} closed",
        open + closed
    );
}

fn call(
    tool: &str,
    through: &str,
    tools: &BTreeSet<String>,
    person: &Person,
    arguments: Value,
) -> Call {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object")
    };
    Call {
        tool: tool.to_owned(),
        arguments: Arguments::all_of(arguments, tools::Origin::Staff),
        grant: Grant {
            agent: through.to_owned(),
            tools: tools.clone(),
        },
        person: person.clone(),
        said: Vec::new(),
        key: String::new(),
        approval: None,
        now: "2026-11-21T04:00:00Z".parse().unwrap(),
    }
}

/// Paths of all members, without the places of lists.
fn paths(value: &Value, before: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = match before {
                    "" => name.clone(),
                    before => format!("{before}.{name}"),
                };
                paths(value, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, before, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names of a row, with those of its lists.
fn spelled(matrix: &Table, row: &Table, role: &str) -> BTreeSet<String> {
    let lists = table(matrix, "fields");
    let mut spelled = BTreeSet::new();
    for name in names(table(row, "shows").get(role)) {
        match name.split_once('@') {
            None => {
                spelled.insert(name);
            }
            Some((before, list)) => {
                let list = names(lists.get(list));
                spelled.extend(list.into_iter().map(|name| format!("{before}{name}")));
            }
        }
    }
    spelled
}

/// Whether a path is named, lies below one that is, or leads to one.
fn is_named(spelled: &BTreeSet<String>, path: &str) -> bool {
    spelled.iter().any(|name| {
        let leads = |short: &str, long: &str| {
            long.strip_prefix(short)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        name == "*" || name == path || leads(name, path) || leads(path, name)
    })
}

/// Each of these tools is called by everybody who may, and what comes back is compared with what they may see: neither more nor,
/// of what the one who sees most sees, less.
#[tokio::test(flavor = "multi_thread")]
async fn every_role_is_shown_the_fields_that_the_matrix_names() {
    let world = World::new(prompt()).await;
    server::city::open(&world.app).await.unwrap();
    let (app, matrix) = (&world.app, matrix());
    let open = tools::AlertFilter::default();
    let alert = app.toolbox.store().alerts(&open).await.unwrap().remove(0);
    app.toolbox
        .store()
        .acknowledge(
            &alert.id,
            "token:z",
            "2026-11-21T04:00:00Z".parse().unwrap(),
        )
        .await
        .unwrap();
    let mut cells = 0;
    for (tool, arguments) in [
        (
            "hotline-assess",
            json!({"text": "东门里小区2号楼楼道堆满杂物"}),
        ),
        (
            "hotline-create",
            json!({"text": "东门里小区2号楼楼道堆满杂物", "address": "东门里小区2号楼", "phone": "13912345678"}),
        ),
        ("hotline-status", json!({"order": Value::Null})),
        (
            "hotline-statistics",
            json!({"from": "2026-11-14", "to": "2026-11-20"}),
        ),
        ("sensor-ask", json!({"text": "古城步行街现在人多吗"})),
        ("sensor-alerts", json!({"alert": alert.id})),
        ("resident-lookup", json!({})),
    ] {
        let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (caller, role) in everybody() {
            let (Some(role), person) = (role, caller.person(Some("c")).unwrap()) else {
                continue;
            };
            let mut arguments = arguments.clone();
            if tool == "hotline-status" {
                let Some(order) = of(&world, &person).await else {
                    continue;
                };
                arguments["order"] = order.into();
            }
            let Ok(value) = try_done(app, tool, &person, arguments).await else {
                continue;
            };
            let mut found = BTreeSet::new();
            paths(&value, "", &mut found);
            seen.entry(role).or_default().extend(found);
        }
        let most: BTreeSet<String> = seen.values().flatten().cloned().collect();
        let kind = app.catalog.tools[tool].spec.kind.name();
        let row = row(&matrix, tool, kind).unwrap();
        let reached: BTreeSet<&str> = seen.keys().copied().collect();
        let mut named: BTreeSet<&str> = table(row, "shows").keys().map(String::as_str).collect();
        if tool == "hotline-create" {
            // The rules of orders let no unit take one down, and tell it so.
            named.remove("unit");
        }
        assert_eq!(reached, named, "{tool}");
        for (role, found) in &seen {
            let spelled = spelled(&matrix, row, role);
            assert!(!found.is_empty(), "{tool}: {role} is shown nothing");
            for path in found {
                assert!(is_named(&spelled, path), "{tool}: {role} is shown {path}");
            }
            for path in most.iter().filter(|path| is_named(&spelled, path)) {
                // Of what is not there for this role there are no parts.
                let beside = path.rsplit_once('.').is_none_or(|(above, _)| {
                    let above = format!("{above}.");
                    found.iter().any(|it| it.starts_with(&above))
                });
                let shown = found.contains(path);
                assert!(shown || !beside, "{tool}: {role} is not shown {path}");
            }
            cells += most.len();
        }
    }
    println!("{cells} cells of role, tool and field");
}

/// An order that is the business of this person.
async fn of(world: &World, person: &Person) -> Option<String> {
    let store = world.app.toolbox.store();
    let filter = tools::OrderFilter {
        lead: (person.unit.as_deref() != Some(CENTRE))
            .then(|| person.unit.clone())
            .flatten(),
        limit: 1,
        ..tools::OrderFilter::default()
    };
    if person.role == "officer" {
        return Some(store.orders(&filter).await.unwrap().first()?.id.clone());
    }
    let words = json!({"text": "东门里小区2号楼楼道堆满杂物", "address": "东门里小区2号楼", "phone": "13912345678"});
    let made = done(&world.app, "hotline-create", person, words).await;
    Some(made["order"].as_str()?.to_owned())
}

/// A person reports a unit. The report goes to that very unit; nothing that the unit can call tells who it was.
#[tokio::test]
async fn the_unit_complained_about_never_sees_the_reporter() {
    let world = World::new(prompt()).await;
    let (app, unit) = (&world.app, "和澜市城市管理局");
    let secrets = [
        "赵不言",
        "13912345678",
        "139-1234-5678",
        "zhao@example.org",
        "139****5678",
        "唯一的租户",
    ];
    let person = |role: &str, unit: Option<&str>, id: &str| Person {
        id: id.to_owned(),
        role: role.to_owned(),
        unit: unit.map(str::to_owned),
    };
    let citizen = person("citizen", None, "token:zhao");
    let create = json!({
        "text": "东门里小区2号楼顶楼有人违章搭建阳光房，城管收了钱不管。我叫赵不言，电话13912345678，邮箱zhao@example.org",
        "address": "东门里小区2号楼", "name": "赵不言", "phone": "13912345678",
    });
    let made = done(app, "hotline-create", &citizen, create).await;
    let order = made["order"].as_str().unwrap().to_owned();
    let centre = person("officer", Some(CENTRE), "token:c");
    let dispatch = json!({
        "order": order, "reason": "按职责",
        "action": {"kind": "dispatch", "data": {
            "lead": unit, "assist": [], "copy": null, "catalogue": "0308@2026.1", "basis": "权责清单",
        }},
    });
    let view = done(app, "hotline-centre", &centre, dispatch).await;
    assert_eq!(view["lead"], unit);
    assert!(view["text"].as_str().unwrap().contains("赵不言"), "{view}");
    let urge = json!({
        "order": order,
        "action": {"kind": "urge", "data": {"words": "我是3楼唯一的租户，电话139-1234-5678"}},
    });
    done(app, "hotline-follow", &citizen, urge).await;
    let of_unit = person("officer", Some(unit), "token:u");
    let all: BTreeSet<String> = app.toolbox.specs().map(|spec| spec.name.clone()).collect();
    let mut looked = 0;
    for spec in app.toolbox.specs() {
        for arguments in [json!({}), json!({"order": order}), json!({"text": order})] {
            let call = call(&spec.name, "http", &all, &of_unit, arguments);
            let told = match app.toolbox.call(call).await {
                Ok(outcome) => serde_json::to_string(&outcome).unwrap(),
                Err(error) => error.to_string(),
            };
            looked += 1;
            for secret in secrets {
                assert!(!told.contains(secret), "{}: {told}", spec.name);
            }
        }
    }
    let sign = json!({"order": order, "action": {"kind": "sign"}});
    for (tool, arguments) in [
        ("hotline-unit", sign),
        ("hotline-status", json!({"order": order})),
    ] {
        let told = done(app, tool, &of_unit, arguments).await.to_string();
        assert!(told.contains("催办"), "{told}");
        for secret in secrets {
            assert!(!told.contains(secret), "{tool}: {secret}: {told}");
        }
    }
    let seen = done(app, "hotline-status", &of_unit, json!({"order": order})).await;
    assert!(seen["text"].as_str().unwrap().contains("阳光房"), "{seen}");
    println!("{looked} answers to the unit complained about");
}

async fn done(app: &server::app::App, tool: &str, person: &Person, arguments: Value) -> Value {
    try_done(app, tool, person, arguments).await.unwrap()
}

async fn try_done(
    app: &server::app::App,
    tool: &str,
    person: &Person,
    arguments: Value,
) -> Result<Value, Error> {
    let all: BTreeSet<String> = app.toolbox.specs().map(|spec| spec.name.clone()).collect();
    let mut call = call(tool, "http", &all, person, arguments);
    call.key = format!("{tool}/{}", person.id);
    let (now, grant) = (call.now, call.grant.clone());
    match app.toolbox.call(call).await? {
        Outcome::Done(output) => Ok(output.value),
        Outcome::Proposed(proposal) => {
            let output = app
                .toolbox
                .confirm(&proposal.id, person, grant, now)
                .await?;
            Ok(output.value)
        }
    }
}
