use super::*;
use crate::sensor::watch::rule::Rules;
use crate::sensor::watch::seeds::{PLAYBOOKS, items, kinds, playbooks, rules};

const HEAD: &str = r#"version = "1"
roles = ["值班员"]
[notice]
lowered = "{level}"
cleared = "{place}"
recovered = "{thing}"
suppressed = "{value}"
escalated = "{notice}"
unplanned = "{since}"
"#;

fn check(body: &str, expected: &str) {
    let text = format!("{HEAD}[[playbook]]\nid = \"p\"\n{body}\n");
    let got = Playbooks::parse("playbooks.toml", &text, &kinds(), &items());
    let got = got.map_or_else(|error| error.to_string(), |_| String::new());
    assert!(
        got.contains(expected) && got.is_empty() == expected.is_empty(),
        "{body}\n{got}"
    );
}

fn check_level(body: &str, expected: &str) {
    check(
        &format!("on = [\"黄\"]\nalert = \"{{place}}\"\n{body}"),
        expected,
    );
}

#[test]
fn demo_city() {
    // Every level and fault that a rule can report has something to propose.
    let (playbooks, rules): (Playbooks, Rules) = (playbooks(), rules());
    for rule in &rules.all {
        let levels = rule.limits.iter().map(|limit| Occasion::Level(limit.level));
        let stuck = rule.stuck.map(|_| Occasion::Stuck);
        let missing = rule.missing.map(|_| Occasion::Missing);
        for occasion in levels.chain(stuck).chain(missing) {
            assert!(
                playbooks.of(&rule.kind, occasion).is_some(),
                "{} {occasion:?}",
                rule.id
            );
        }
    }
    assert!(
        playbooks
            .all
            .iter()
            .all(|playbook| !playbook.actions.is_empty())
    );
    assert!(
        playbooks
            .all
            .iter()
            .any(|it| it.actions.iter().any(|action| action.device))
    );
}

#[test]
fn own_before_general() {
    let general = "on = [\"黄\"]\nalert = \"一\"\n[[playbook]]\nid = \"q\"\nkinds = [\"h2s\"]\non = [\"黄\"]\nalert = \"二\"";
    let text = format!("{HEAD}[[playbook]]\nid = \"p\"\n{general}\n");
    let playbooks = Playbooks::parse("p", &text, &kinds(), &items()).unwrap();
    let id = |kind: &str, level| {
        playbooks
            .of(kind, Occasion::Level(level))
            .map(|it| it.id.as_str())
    };
    assert_eq!(id("h2s", Level::Yellow), Some("q"));
    assert_eq!(id("ch4", Level::Yellow), Some("p"));
    assert_eq!(id("h2s", Level::Red), None);
}

#[test]
fn facts() {
    check(
        "on = [\"黄\"]\nalert = \"{place}{thing}{title}{value}{unit}{since}{level}{limit}{basis}\"",
        "",
    );
    check(
        "on = [\"黄\"]\nalert = \"{notice}\"",
        "line 11: `p`: `alert`: has `{notice}`"
            .replace("11", "13")
            .as_str(),
    );
    check(
        "on = [\"黄\"]\nalert = \"{valve}\"",
        "`p`: `alert`: has `{valve}`, for which there is no fact",
    );
    check(
        "on = [\"黄\"]\nalert = \"{value\"",
        "`alert`: has `{` without `}`",
    );
    check("on = [\"数据中断\"]\nalert = \"{value}\"", "has `{value}`");
    check("on = [\"数据卡滞\"]\nalert = \"{value}\"", "");
    check(
        "on = [\"黄\", \"数据卡滞\"]\nalert = \"{level}\"",
        "has `{level}`",
    );
    let action = "[[playbook.action]]\ntitle = \"查看\"\ndevice = false\napprover = \"值班员\"\nlines = [\"{plcae}\"]";
    check_level(
        action,
        "line 19: `p`: `action.lines`: has `{plcae}`"
            .replace("19", "18")
            .as_str(),
    );
    check_level(&action.replace("plcae", "place"), "");
    let order = "[playbook.order]\nitem = \"0207\"\ngrade = \"紧急\"\ntext = \"{vlaue}\"";
    check_level(order, "`p`: `order.text`: has `{vlaue}`");
    check_level(&order.replace("vlaue", "value"), "");
}

#[test]
fn keys() {
    check_level("alart = \"\"", "`p`: `alart`: unknown field");
    check_level("kinds = [\"h2\"]", "`p`: `kinds`: is not one of");
    check("on = []\nalert = \"一\"", "`p`: `on`: is empty");
    check(
        "on = [\"紫\"]\nalert = \"一\"",
        "`p`: `on`: `紫` is not one of 蓝、黄、橙、红、数据卡滞、数据中断",
    );
    check("on = [\"黄\"]\nalert = \"\"", "`p`: `alert`: is empty");
    let order = "[playbook.order]\nitem = \"9999\"\ngrade = \"紧急\"\ntext = \"一\"";
    check_level(order, "`p`: `order.item`: is not a code");
    check_level(
        &order.replace("9999", "0207").replace("紧急", "很急"),
        "unknown variant `很急`",
    );
    let action =
        "[[playbook.action]]\ntitle = \"查看\"\ndevice = false\napprover = \"市长\"\nlines = []";
    check_level(action, "`p`: `action.approver`: is not one of `roles`");
    check_level(&action.replace("查看", ""), "`p`: `action.title`: is empty");
    check_level(
        &action.replace("device = false\n", ""),
        "`device`: missing field",
    );
    check_level(
        "[[playbook]]\nid = \"q\"\non = [\"黄\"]\nalert = \"一\"",
        "`q`: `on`: there is another playbook for `黄`",
    );
    check_level(
        "[[playbook]]\nid = \"p\"\non = [\"红\"]\nalert = \"一\"",
        "`p`: `id`: is given twice",
    );
}

#[test]
fn never_panics() {
    for (cut, _) in PLAYBOOKS.char_indices().step_by(41) {
        let _ = Playbooks::parse("p", &PLAYBOOKS[..cut], &kinds(), &items());
    }
}
