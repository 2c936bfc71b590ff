use super::*;

const ITEMS: &str = include_str!("items.toml");

/// The catalogue of the tests in this module.
pub(in crate::intake) fn catalog() -> Catalog {
    Catalog::parse("items.toml", ITEMS).expect("is right")
}

fn wrong(from: &str, to: &str) -> String {
    assert!(ITEMS.contains(from), "{from}");
    let text = ITEMS.replacen(from, to, 1);
    Catalog::parse("items.toml", &text)
        .expect_err("is wrong")
        .to_string()
}

#[test]
fn errors_name_file_line_and_key() {
    for (from, to, expected) in [
        (
            "code = \"0302\"",
            "code = \"0301\"",
            "`items.toml` line 16, `code`: `0301` stands in line 4 already",
        ),
        (
            "name = \"楼道堆物\"",
            "name = \" \"",
            "`items.toml` line 4, `name`: is empty; write a text",
        ),
        (
            "\"楼道堆\"",
            "\"…堆\"",
            "`items.toml` line 4, `words`: `…堆` needs 2 letters at least, and some beside each …",
        ),
        (
            "\"楼道堆\"",
            "\"堆\"",
            "`items.toml` line 4, `words`: `堆` needs 2 letters at least, and some beside each …",
        ),
        (
            "words = [\"停水\", \"断水\", \"没水\", \"水龙头不出水\"]",
            "words = []",
            "`items.toml` line 62, `words`: is empty; write how people say it",
        ),
    ] {
        assert_eq!(wrong(from, to), expected);
    }
    for (from, to, key) in [
        ("kind = \"投诉\"", "kind = \"抱怨\"", "kind"),
        ("grade = \"一般\"", "grade = \"很急\"", "grade"),
        ("facts = [\"address\"]", "facts = [\"adress\"]", "facts"),
        ("grade = \"一般\"", "grad = \"一般\"", "grad"),
        ("version = \"test\"", "", "version"),
    ] {
        let error = wrong(from, to);
        assert!(
            error.starts_with("`items.toml`: TOML parse error at line"),
            "{error}"
        );
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn unknown_departments_are_named() {
    let catalog = catalog();
    let all: Vec<&str> = catalog
        .iter()
        .flat_map(|item| std::iter::once(&item.lead).chain(&item.assist))
        .map(String::as_str)
        .collect();
    assert!(catalog.check(&all).is_empty());
    let some: Vec<&str> = all
        .into_iter()
        .filter(|name| *name != "和澜市教育局")
        .collect();
    let errors = catalog.check(&some);
    assert_eq!(errors.len(), 1);
    let error = errors[0].to_string();
    assert!(
        error.contains("`lead`: department `和澜市教育局` is not known"),
        "{error}"
    );
}

#[test]
fn items_are_found_by_code() {
    let catalog = catalog();
    assert_eq!(catalog.version, "test");
    assert_eq!(
        catalog.get("0301").map(|item| item.name.as_str()),
        Some("楼道堆物")
    );
    assert!(catalog.get("9999").is_none());
    assert_eq!(catalog.iter().count(), 20);
}

#[test]
fn the_closest_item_shares_most_with_what_is_said() {
    let catalog = catalog();
    for item in catalog.iter() {
        let closest = catalog.closest(&item.name, &item.lead).expect("it leads");
        // 噪声 stands in 夜间施工噪声 as well.
        assert!(closest.name.contains(&item.name), "{}", closest.name);
        // Whatever is said, it is one of its own.
        let any = catalog.closest("喂", &item.lead).expect("it leads");
        assert_eq!(any.lead, item.lead);
    }
    assert!(catalog.closest("停水", "和澜市气象局").is_none());
}
