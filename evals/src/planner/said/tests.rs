use proptest::prelude::*;
use serde_json::json;

use super::*;

fn check(role: Role, said: &str, yes: &[Value], no: &[Value]) {
    for value in yes {
        assert!(stands(value, role, said), "{value} stands in: {said}");
    }
    for value in no {
        assert!(
            !stands(value, role, said),
            "{value} does not stand in: {said}"
        );
    }
}

#[test]
fn addresses_of_people() {
    check(
        Role::Who,
        "Write to ann@a.com, then to <Bob.B@b.org>. Pay GB29 NWBK 6016 1331 9268 19 or US133000000121212121212, call 139-0000-1234.",
        &[
            json!("ann@a.com"),
            json!("bob.b@b.org"),
            json!("GB29NWBK60161331926819"),
            json!("us133000000121212121212"),
            json!("13900001234"),
            json!(["ann@a.com", "Bob.B@b.org"]),
            json!([]),
            json!(null),
        ],
        &[
            json!("nn@a.com"),
            json!("ann@a.co"),
            json!("b.org"),
            json!("ann@a.com.evil.net"),
            json!("GB29NWBK601613319268"),
            json!("US133000000121212121213"),
            json!("3900001234"),
            json!(["ann@a.com", "eve@a.com"]),
        ],
    );
}

#[test]
fn addresses_of_pages() {
    check(
        Role::Address,
        "Read www.news.com. Then (www.dora.com/a) and https://Shop.example/list?x=1! In www.our.com.They wrote",
        &[
            json!("www.news.com"),
            json!("https://www.news.com/"),
            json!("http://www.dora.com/a"),
            json!("shop.example/list?x=1"),
        ],
        &[
            json!("www.news.co"),
            json!("news.com"),
            json!("www.dora.com"),
            json!("shop.example/list"),
            json!("www.news.com/x"),
            json!("www.our.com"),
        ],
    );
}

#[test]
fn names() {
    check(
        Role::Member,
        "Hey this is Alice! Tell Mary  Ann and the channel external_0. 请转告王五和市容环卫中心",
        &[
            json!("alice"),
            json!("Mary Ann"),
            json!("External_0"),
            json!("王五"),
            json!("市容环卫中心"),
        ],
        &[json!("Ali"), json!("external"), json!("Bob"), json!("赵六")],
    );
}

#[test]
fn amounts() {
    check(
        Role::Amount,
        "Pay 12.00, then $1,200 and 98.70 to GB29X7, in March 2022; 还有３０元",
        &[
            json!(12),
            json!(12.0),
            json!(1200),
            json!(98.7),
            json!("98.7"),
            json!(30),
            json!(2022),
        ],
        &[
            json!(1),
            json!(200),
            json!(29),
            json!(7),
            json!(98),
            json!(0.01),
            json!(1_000_000),
        ],
    );
}

#[test]
fn days() {
    check(
        Role::Day,
        "On May 26th, or 3 June 2024, the 15th of November, 2024-07-01 at 10:00, Jan 11 to 2024年2月3日和4月5日. I may 7 go.",
        &[
            json!("2024-05-26"),
            json!("2031-05-26 10:00"),
            json!("2024-06-03"),
            json!("2020-11-15T08:00"),
            json!("2024-07-01 11:00"),
            json!("2025-01-11"),
            json!("2024-02-03"),
            json!("2024-04-05"),
        ],
        &[
            json!("2023-06-03"),
            json!("2024-05-27"),
            json!("2023-07-01"),
            json!("2023-02-03"),
            json!("2024-02-04"),
            json!("soon"),
            json!("2024-13-01"),
        ],
    );
}

#[test]
fn a_password_is_said_letter_by_letter() {
    check(
        Role::Secret,
        "set it to '1j1l-2k3J'.",
        &[json!("1j1l-2k3J")],
        &[json!("1j1l-2k3j"), json!("1j1l")],
    );
}

#[test]
fn identifiers_of_a_text() {
    let text = "See www.a.com/b, ann@a.com. Code 463820, call 139-0000-1234 on 2024-05-26 at 12:30:00, 75002 Paris, 4 of 5; IBAN SE3550000000054910000003; \
        https://b.org. 请看（www.c.cn）";
    assert_eq!(
        identifiers(text),
        [
            "www.a.com/b",
            "ann@a.com",
            "463820",
            "139-0000-1234",
            "SE3550000000054910000003",
            "https://b.org",
            "www.c.cn"
        ]
    );
    assert!(identifiers("a @ b.c, 3@home. 12:00").is_empty());
}

proptest! {
    /// What a person says whole, stands there; with a letter more on either side it does not.
    #[test]
    fn whole_or_not_at_all(name in "[a-z]{3,8}@[a-z]{3,8}\\.com", more in "[a-z0-9]{1,3}") {
        let said = format!("please write to {name} today");
        prop_assert!(stands(&json!(name), Role::Who, &said));
        let longer = format!("please write to {more}{name}{more} today");
        prop_assert!(!stands(&json!(name), Role::Who, &longer));
    }

    /// Nothing in any text breaks it.
    #[test]
    fn never_panics(value in ".{0,40}", said in ".{0,80}") {
        for role in [Role::Who, Role::Address, Role::Amount, Role::Day, Role::Secret, Role::Text] {
            stands(&json!(value), role, &said);
        }
        identifiers(&said);
    }

    #[test]
    fn dates_never_panic(year in "[0-9年月日 -]{0,20}", month in "[0-9月日a-z ]{0,12}") {
        stands(&json!(year), Role::Day, &month);
        stands(&json!("2024-05-26"), Role::Day, &format!("{year}{month}"));
    }
}
