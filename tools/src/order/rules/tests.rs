use super::*;

const FILE: &str = include_str!("../../../../seeds/hotline.toml");

fn check(from: &str, to: &str, expected: &str) {
    assert!(FILE.contains(from), "`{from}` is not in the file");
    let error = Rules::parse("hotline.toml", &FILE.replacen(from, to, 1)).unwrap_err();
    let text = error.to_string();
    let (_, text) = text.split_once(": line ").unwrap();
    // The line moves when the file is edited; that it is there is checked below.
    let (line, text) = text.split_once(": ").unwrap();
    assert!(line.parse::<usize>().unwrap() > 0);
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn the_demo_city_has_its_own_rules() {
    let rules = Rules::parse("hotline.toml", FILE).unwrap();
    let general = |kind| rules.deadlines[&(Level::General, kind)].handle.text();
    let shown = RequestKind::ALL.map(general);
    assert_eq!(
        shown,
        [
            "1个工作日",
            "3个工作日",
            "5个工作日",
            "5个工作日",
            "5个工作日"
        ]
    );
    let critical = &rules.deadlines[&(Level::Critical, RequestKind::Help)];
    assert_eq!(critical.contact.text(), "30分钟");
    assert_eq!(critical.handle.text(), "2小时");
    assert_eq!(
        critical.basis,
        "《和澜市12345政务服务便民热线管理办法》第九条第（一）项"
    );
    assert_eq!(rules.near_due, [50, 80]);
    assert_eq!(rules.low_confidence, 600);
    assert_eq!(rules.declines.len(), 5);
    let noise = &rules.statutory["noise"];
    assert_eq!(noise.contact.unwrap().text(), "24小时");
    assert_eq!(noise.handle, None);
}

#[test]
fn a_wrong_file_is_named_with_its_key() {
    check(
        "near_due = [0.5, 0.8]",
        "near_due = [0.8, 0.5]",
        "`near_due`: ",
    );
    check("near_due = [0.5, 0.8]", "near_due = [nan]", "`near_due`: ");
    check(
        "low_confidence = 0.6",
        "low_confidence = 1.6",
        "`low_confidence`: ",
    );
    check("amount = 30,", "amount = 0,", "`dispatch.limit`: ");
    check("amount = 30,", "amount = -1,", "`limit`: invalid value");
    check(
        "unit = \"minutes\"",
        "unit = \"fortnights\"",
        "`limit`: unknown variant",
    );
    check("tries = 3", "tries = 0", "`callback.tries`: ");
    check("tries = 3", "attempts = 3", "`attempts`: unknown field");
    check("months = 3", "months = 0", "`suspension.months`: ");
    check("level = 2", "level = 3", "`supervision.level`: ");
    check("id = \"secret\"", "id = \"abuse\"", "`decline.id`: ");
    check(
        "id = \"history\"",
        "id = \"policy\"",
        "`suspension.reasons`: ",
    );
    check(
        "kinds = [\"help\"]",
        "kinds = [\"consult\"]",
        "`deadline`: 一般、咨询写了两次",
    );
    check(
        "kinds = [\"help\"]",
        "kinds = []",
        "`deadline`: 缺少一般、求助的期限",
    );
    check(
        "limit = { amount = 5, unit = \"working_days\" }",
        "limit = { amount = 5, unit = \"hours\" }",
        "`extension.limit`: ",
    );
}

#[test]
fn lines_are_counted_from_one() {
    let error = Rules::parse("a.toml", "version = \"1\"\nwhat = 2\n").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("a.toml: line 2: `what`: unknown field")
    );
}
