use super::*;
use crate::sensor::watch::seeds::{RULES, kinds, rules};

const HEAD: &str = "version = \"1\"\ndocument = \"办法\"\n";

/// `expected` stands in the message, or nothing is wrong and it is empty.
fn check(body: &str, expected: &str) {
    let text = format!("{HEAD}\n[[rule]]\nid = \"r\"\n{body}\n");
    let got = Rules::parse("rules.toml", &text, &kinds())
        .map_or_else(|it| it.to_string(), |_| String::new());
    if expected.is_empty() {
        assert_eq!(got, "", "{body}");
    } else {
        let (place, message) = expected.split_once(": ").unwrap();
        assert!(got.starts_with("rules.toml: line "), "{got}");
        assert!(got.contains(&format!("`r`: `{place}`: ")), "{body}\n{got}");
        assert!(got.contains(message), "{body}\n{got}");
    }
}

fn check_levels(levels: &str, expected: &str) {
    check(
        &format!("kind = \"h2s\"\nunit = \"ppm\"\nclause = \"一\"\nlevels = [{levels}]"),
        expected,
    );
}

fn check_more(more: &str, expected: &str) {
    let level = "{ level = \"蓝\", above = 5, clear = 4, minimum = 0 }";
    check_levels(&format!("{level}]\n{more}\nescalate = 5 #"), expected);
}

#[test]
fn demo_city() {
    let rules = rules();
    assert_eq!(rules.version, "2026.1");
    for kind in kinds() {
        assert!(!rules.of(&kind.code, "", "").is_empty(), "{}", kind.code);
    }
    for rule in &rules.all {
        assert!(rule.basis.starts_with("《和澜市"), "{}", rule.basis);
    }
}

#[test]
fn converted() {
    let rules = rules();
    let h2s = rules.get("h2s").unwrap();
    assert_eq!(h2s.unit, "ppm");
    // 10 mg/m3 of hydrogen sulfide are about 7.2 ppm.
    assert!((h2s.limits[1].bound - 7.17).abs() < 0.01);
    assert!((h2s.limits[1].clear - 5.74).abs() < 0.01);
    let pressure = rules.get("pressure").unwrap();
    assert!((pressure.limits[0].bound - 0.15).abs() < 1e-9);
}

#[test]
fn narrowest_scope() {
    let rules = rules();
    let ids = |kind: &str, place: &str, datastream: &str| {
        let found = rules.of(kind, place, datastream);
        found.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("people_flow", "和澜站", "DS-1"), ["people-flow"]);
    assert_eq!(
        ids("people_flow", "古城步行街", "DS-1"),
        ["people-flow-old-town"]
    );
    assert_eq!(
        ids("water_level", "龙潭水库", "DS-0024"),
        ["water-level-reservoir"]
    );
    assert_eq!(ids("rain", "龙潭水库", "DS-0024"), ["rain"]);
    assert_eq!(
        ids("temperature", "", ""),
        ["temperature-high", "temperature-low"]
    );
    assert!(ids("none", "古城步行街", "DS-0024").is_empty());
}

#[test]
fn keys() {
    check_more("", "");
    check_more("cooldown = 0", "");
    check_more("cooldwn = 10", "cooldwn: unknown field");
    check_more("missing = 0", "missing: from 1 minute");
    check_more("missing = 20000", "missing: a week");
    check_more("cooldown = 20000", "cooldown: a week");
    check_more("cooldown = -1", "cooldown: invalid value");
    check_more("place = \"石桥路\"", "");
    check_more(
        "place = \"石桥路\"\ndatastream = \"DS-1\"",
        "datastream: one or the other",
    );
    check_more("stuck = { readings = 5 }", "");
    check_more("stuck = { minutes = 5, rest = 0 }", "");
    check_more("stuck = { readings = 5, minutes = 5 }", "stuck: either");
    check_more("stuck = { rest = 0 }", "stuck: either");
    check_more("stuck = { readings = 1 }", "stuck: either");
    check_more(
        "stuck = { readings = 3, value = 0 }",
        "value: unknown field",
    );
}

#[test]
fn kinds_and_units() {
    check(
        "kind = \"h2s\"\nunit = \"ppm\"\nmissing = 5\nclause = \"一\"",
        "",
    );
    check(
        "kind = \"h2s\"\nunit = \"ppm\"\nclause = \"一\"",
        "id: watches nothing",
    );
    check(
        "kind = \"h2s\"\nunit = \"ppm\"\nmissing = 5",
        "clause: missing field",
    );
    check(
        "kind = \"h2s\"\nunit = \"ppm\"\nmissing = 5\nclause = \" \"",
        "clause: is empty",
    );
    check(
        "kind = \"xyz\"\nunit = \"ppm\"\nmissing = 5\nclause = \"一\"",
        "kind: kinds.toml",
    );
    check(
        "kind = \"h2s\"\nunit = \"℃\"\nmissing = 5\nclause = \"一\"",
        "unit: cannot be turned into",
    );
    check(
        "kind = \"noise\"\nunit = \"mg/m3\"\nmissing = 5\nclause = \"一\"",
        "unit: cannot be turned into",
    );
    check(
        "kind = \"people_flow\"\nunit = \"ppm\"\nmissing = 5\nclause = \"一\"",
        "unit: cannot be turned into",
    );
}

#[test]
fn levels() {
    let blue = "{ level = \"蓝\", above = 5, clear = 4, minimum = 0 }";
    check_levels(blue, "");
    check_levels(
        "{ level = \"绿\", above = 5, clear = 4, minimum = 0 }",
        "levels: unknown variant `绿`",
    );
    check_levels(
        "{ level = \"蓝\", above = 5, clear = 5, minimum = 0 }",
        "clear: good side",
    );
    check_levels(
        "{ level = \"蓝\", above = 5, clear = 6, minimum = 0 }",
        "clear: good side",
    );
    check_levels(
        "{ level = \"蓝\", below = 5, clear = 4, minimum = 0 }",
        "clear: good side",
    );
    check_levels("{ level = \"蓝\", below = 5, clear = 6, minimum = 0 }", "");
    check_levels(
        "{ level = \"蓝\", above = nan, clear = 6, minimum = 0 }",
        "above: not a number",
    );
    check_levels(
        "{ level = \"蓝\", above = inf, clear = 6, minimum = 0 }",
        "above: not a number",
    );
    check_levels(
        "{ level = \"蓝\", clear = 6, minimum = 0 }",
        "levels: one of",
    );
    check_levels(
        "{ level = \"蓝\", above = 5, below = 1, clear = 4, minimum = 0 }",
        "levels: one of",
    );
    check_levels(
        "{ level = \"蓝\", above = 5, clear = 4, minimum = 20000 }",
        "minimum: a week",
    );
    check_levels(
        "{ level = \"蓝\", above = 5, clear = 4 }",
        "minimum: missing field",
    );
    let two = |second: &str, expected: &str| check_levels(&format!("{blue}, {second}"), expected);
    two("{ level = \"黄\", above = 8, clear = 4, minimum = 0 }", "");
    two(
        "{ level = \"蓝\", above = 8, clear = 6, minimum = 0 }",
        "level: graver",
    );
    two(
        "{ level = \"黄\", above = 5, clear = 4, minimum = 0 }",
        "levels: further out",
    );
    two(
        "{ level = \"黄\", above = 8, clear = 3, minimum = 0 }",
        "clear: later",
    );
    two(
        "{ level = \"黄\", below = 1, clear = 2, minimum = 0 }",
        "levels: two rules",
    );
}

#[test]
fn beside_one_another() {
    let rule = |id: &str, more: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nkind = \"noise\"\nunit = \"dB(A)\"\nclause = \"一\"\n{more}\n"
        )
    };
    let above = "levels = [{ level = \"蓝\", above = 70, clear = 60, minimum = 0 }]";
    let below = "levels = [{ level = \"蓝\", below = 20, clear = 30, minimum = 0 }]";
    let check = |first: &str, second: &str, expected: &str| {
        let text = format!("{HEAD}{}{}", rule("a", first), rule("b", second));
        let got = Rules::parse("rules.toml", &text, &kinds())
            .map_or_else(|it| it.to_string(), |_| String::new());
        assert!(
            got.contains(expected) && got.is_empty() == expected.is_empty(),
            "{got}"
        );
    };
    check(above, below, "");
    check(above, "missing = 5", "");
    check(
        above,
        above,
        "line 10: `b`: `levels`: watches what `a` watches",
    );
    check(above, &format!("{above}\nplace = \"石桥路\""), "");
    check(
        "missing = 5",
        &format!("{below}\nmissing = 5"),
        "`b`: `missing`: watches",
    );
    let twice = format!("{HEAD}{}{}", rule("a", above), rule("a", below));
    let got = Rules::parse("rules.toml", &twice, &kinds())
        .unwrap_err()
        .to_string();
    assert_eq!(got, "rules.toml: line 10: `a`: `id`: is given twice");
}

#[test]
fn never_panics() {
    for cut in RULES.char_indices().step_by(37) {
        let _ = Rules::parse("rules.toml", &RULES[..cut.0], &kinds());
    }
    let _ = Rules::parse("rules.toml", "", &[]);
    let _ = Rules::parse("rules.toml", "[[", &[]);
}
