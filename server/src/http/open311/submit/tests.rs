//! Parameters as programs send them, over the demo city's catalogue.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::catalog::Catalog;
use crate::embedded::Origin;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::load(Origin::Folder(
        Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
    ))
});

fn read(sent: &str) -> Result<Report, ApiError> {
    let desk = Desk::of(&CATALOG).unwrap();
    Report::read(&Form::parse(sent.as_bytes())?, desk)
}

/// What becomes of it, but for the words, the item and the channel.
fn check(sent: &str, expected: &str) {
    let read = match read(sent) {
        Ok(report) => {
            let mut sorted: BTreeMap<String, Value> = report.arguments.into_iter().collect();
            for name in ["text", "item", "channel"] {
                assert!(sorted.remove(name).is_some(), "{name}: {sent}");
            }
            serde_json::json!(sorted).to_string()
        }
        Err(error) => format!("{} {}", error.georeport().as_u16(), error.code()),
    };
    assert_eq!(read, expected, "{sent}");
}

/// An item that needs no time and no object, and one that needs a time.
fn codes() -> (String, String) {
    let catalog = &CATALOG.hotline.as_ref().unwrap().catalog;
    let fact = |name: &str| {
        let needs =
            |item: &&tools::intake::Item| item.facts.iter().any(|fact| fact.field() == name);
        let other = if name == "time" { "object" } else { "time" };
        let rest =
            move |item: &&tools::intake::Item| item.facts.iter().all(|fact| fact.field() != other);
        catalog
            .iter()
            .filter(needs)
            .find(rest)
            .unwrap()
            .code
            .clone()
    };
    let plain = catalog.iter().find(|item| {
        item.facts
            .iter()
            .all(|fact| !["time", "object"].contains(&fact.field()))
    });
    (plain.unwrap().code.clone(), fact("time"))
}

#[test]
fn a_place_is_needed_and_lies_in_the_city() {
    let (code, _) = codes();
    let with = |more: &str| format!("service_code={code}&description=x&{more}");
    for (more, expected) in [
        (
            "lat=27.6&long=118.6",
            r#"{"lat":"27.600000","long":"118.600000"}"#,
        ),
        (
            "lat=27.60341&long=+118.6012",
            r#"{"lat":"27.603410","long":"118.601200"}"#,
        ),
        (
            "address_string=%E6%96%87%E5%BA%99%E5%B9%BF%E5%9C%BA",
            r#"{"address":"文庙广场"}"#,
        ),
        (
            "address_id=%E6%96%87%E5%BA%99%E5%B9%BF%E5%9C%BA",
            r#"{"address":"文庙广场"}"#,
        ),
        (
            "lat=27.6&long=118.6&address_string=ab",
            r#"{"address":"ab","lat":"27.600000","long":"118.600000"}"#,
        ),
        ("", "400 no_location"),
        ("address_string=+", "400 no_location"),
        ("lat=27.6", "400 missing_field"),
        ("long=118.6", "400 missing_field"),
        ("lat=27.6&address_string=ab", "400 missing_field"),
        ("lat=118.6&long=27.6", "400 invalid_field"),
        ("lat=39.9&long=116.4", "400 invalid_field"),
        ("lat=0&long=0", "400 invalid_field"),
        ("lat=north&long=118.6", "400 invalid_field"),
        ("lat=NaN&long=118.6", "400 invalid_field"),
        ("lat=inf&long=118.6", "400 invalid_field"),
        ("lat=27%2C6&long=118.6", "400 invalid_field"),
        ("address_string=a", "400 invalid_field"),
        ("address_id=nowhere", "400 invalid_field"),
    ] {
        check(&with(more), expected);
    }
    let long = "x".repeat(201);
    check(
        &with(&format!("address_string={long}")),
        "400 invalid_field",
    );
}

#[test]
fn words_are_the_persons_own_and_not_too_many() {
    let (code, _) = codes();
    let text = |sent: &str| match read(&format!("{sent}&lat=27.6&long=118.6")) {
        Ok(report) => report.arguments["text"].as_str().unwrap().to_owned(),
        Err(error) => format!("{} {}", error.georeport().as_u16(), error.code()),
    };
    let name = &CATALOG
        .hotline
        .as_ref()
        .unwrap()
        .catalog
        .get(&code)
        .unwrap()
        .name;
    assert_eq!(
        text(&format!("service_code={code}&description=%0D%0A+路灯%09+")),
        "\r\n 路灯\t "
    );
    assert_eq!(text(&format!("service_code={code}")), *name);
    assert_eq!(text(&format!("service_code={code}&description=+")), *name);
    assert_eq!(text("service_code=0000"), "400 missing_field");
    assert_eq!(text("service_code=0000&description=x"), "x");
    assert_eq!(text("description=x"), "400 missing_field");
    assert_eq!(
        text("service_code=9999&description=x"),
        "404 unknown_service"
    );
    for (count, expected) in [(4_000, None), (4_001, Some("400 invalid_field"))] {
        let words = "路".repeat(count);
        let read = text(&format!("service_code=0000&description={words}"));
        assert_eq!(read, expected.map_or(words, str::to_owned));
    }
    assert_eq!(
        text("service_code=0000&description=a%00b"),
        "400 invalid_field"
    );
    assert_eq!(
        text("service_code=0000&description=a%1Bb"),
        "400 invalid_field"
    );
}

#[test]
fn who_reports_is_told_apart_from_what() {
    let with = |more: &str| format!("service_code=0000&description=x&address_string=ab&{more}");
    let only = |members: &str| format!("{{\"address\":\"ab\"{members}}}");
    for (more, members) in [
        ("first_name=Ada&last_name=King", r#","name":"Ada King""#),
        ("first_name=建国&last_name=张", r#","name":"张建国""#),
        ("last_name=张", r#","name":"张""#),
        (
            "phone=%2B86+139-0000-1234",
            r#","phone":"+86 139-0000-1234""#,
        ),
        ("email=a%40b.example", r#","email":"a@b.example""#),
        (
            "media_url=https://p.example/1.jpg",
            r#","media_url":"https://p.example/1.jpg""#,
        ),
        ("device_id=d&account_id=a&unknown=1&title=t", ""),
        ("phone=&email=&first_name=&media_url=", ""),
    ] {
        check(&with(more), &only(members));
    }
    for more in [
        "phone=call+me",
        "phone=12",
        "phone=1234567890123456789012345678901",
        "email=nobody",
        "email=a%40b.example,c%40d.example",
        "email=%40b.example",
        "media_url=ftp://p.example",
        "media_url=javascript:alert(1)",
        "media_url=https://p.example/a+b",
        "first_name=a%0Ab",
        "last_name=123456789012345678901234567890",
    ] {
        check(&with(more), "400 invalid_field");
    }
    let account = read(&with("account_id=a1")).unwrap().account;
    assert_eq!(account.as_deref(), Some("a1"));
    // The same report from another device is the same report.
    let arguments = |more: &str| read(&with(more)).unwrap().arguments;
    assert_eq!(
        arguments("device_id=1&account_id=2"),
        arguments("device_id=3")
    );
}

#[test]
fn attributes_are_those_of_the_service() {
    let (plain, timed) = codes();
    let with = |code: &str, more: &str| {
        format!("service_code={code}&description=x&address_string=ab&{more}")
    };
    check(
        &with(&plain, "attribute[time]=x"),
        r#"{"address":"ab","time":"x"}"#,
    );
    check(&with(&timed, ""), "400 missing_attribute");
    check(&with(&timed, "attribute[time]=+"), "400 missing_attribute");
    for sent in [
        "attribute[time]=x",
        "attribute[time][]=x",
        "attribute%5Btime%5D%5B0%5D=x",
    ] {
        check(&with(&timed, sent), r#"{"address":"ab","time":"x"}"#);
    }
    check(
        &with(&plain, "attribute[consent]=units"),
        r#"{"address":"ab","consent":"units"}"#,
    );
    for (sent, expected) in [
        ("attribute[consent]=everybody", "400 invalid_attribute"),
        (
            "attribute[time][]=x&attribute[time][]=y",
            "400 invalid_attribute",
        ),
        ("attribute[colour]=red", "400 unknown_attribute"),
        ("attribute[text]=x", "400 unknown_attribute"),
        ("attribute[channel]=web", "400 unknown_attribute"),
    ] {
        check(&with(&plain, sent), expected);
    }
    let long = "x".repeat(101);
    check(
        &with(&plain, &format!("attribute[time]={long}")),
        "400 invalid_attribute",
    );
}

#[test]
fn services_say_what_they_ask_for() {
    let desk = Desk::of(&CATALOG).unwrap();
    let (_, timed) = codes();
    let service = Service::of(&timed, desk.hotline).unwrap();
    let document = super::super::service::definition(service, &desk.attributes(service)).json();
    let value: Value = serde_json::from_str(&document).unwrap();
    let attributes = value["attributes"].as_array().unwrap();
    let shown: Vec<String> = attributes
        .iter()
        .map(|it| {
            format!(
                "{} {} {} {}",
                it["order"], it["code"], it["datatype"], it["required"]
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"1 "time" "string" true"#,
            r#"2 "object" "string" false"#,
            r#"3 "consent" "singlevaluelist" false"#,
        ]
    );
    assert_eq!(attributes[2]["values"][0]["key"], "withheld");
    assert_eq!(attributes[0]["values"], serde_json::json!([]));
}
