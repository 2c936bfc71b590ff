use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::Deserialize;

use super::super::catalog::tests::catalog;
use super::*;
use crate::place::Level;
use crate::place::locate::tests::PLACES;

const DAY: i64 = 24 * 60 * 60;

fn order(id: &str, text: &str) -> Order {
    Order {
        id: id.to_owned(),
        text: text.to_owned(),
        item: None,
        place: None,
        at: 0,
    }
}

fn at(id: &str, text: &str, place: &str, days: i64) -> Order {
    Order {
        place: Some(place.to_owned()),
        at: days * DAY,
        ..order(id, text)
    }
}

fn root(linked: &Linked) -> Option<&str> {
    match linked {
        Linked::Root => None,
        Linked::To(link) => Some(&link.root),
    }
}

#[test]
fn the_nearest_open_root_is_found() {
    let mut links = Links::default();
    assert!(links.is_empty());
    assert_eq!(
        links.put(at("1", "楼道堆满杂物没人管", "东门里小区", 0)),
        Linked::Root
    );
    assert_eq!(
        links.put(at("2", "路灯坏了一个月", "石桥路", 0)),
        Linked::Root
    );
    let linked = links.put(at("3", "楼道里堆满杂物", "东门里小区", 3));
    let Linked::To(link) = linked else {
        panic!("is like 1");
    };
    assert_eq!(link.root, "1");
    assert!(link.same_place && !link.same_item);
    assert!(link.cosine > 0.2 && link.cosine <= 1.0 && link.score > link.cosine);
    // It has not become a root.
    assert_eq!(links.len(), 2);
}

#[test]
fn another_place_or_time_is_another_matter() {
    let mut links = Links::default();
    links.add(at("1", "楼道堆满杂物没人管", "东门里小区", 0));
    assert!(
        links
            .nearest(&at("2", "楼道堆满杂物没人管", "南浦新村", 0))
            .is_none()
    );
    assert!(
        links
            .nearest(&at("2", "楼道堆满杂物没人管", "东门里小区", WINDOW_DAYS))
            .is_some()
    );
    assert!(
        links
            .nearest(&at(
                "2",
                "楼道堆满杂物没人管",
                "东门里小区",
                WINDOW_DAYS + 1
            ))
            .is_none()
    );
    assert!(
        links
            .nearest(&at(
                "2",
                "楼道堆满杂物没人管",
                "东门里小区",
                -WINDOW_DAYS - 1
            ))
            .is_none()
    );
}

#[test]
fn links_never_chain() {
    let mut links = Links::default();
    let first = "石桥路路灯坏了晚上太黑";
    let second = "石桥路路灯坏了晚上太黑老人摔跤轮椅过不去";
    let third = "老人摔跤轮椅过不去";
    let alone = |one: &str, other: &str| {
        let mut links = Links::default();
        links.add(order("1", one));
        root(&links.put(order("2", other))).is_some()
    };
    assert!(alone(first, second) && alone(second, third) && !alone(first, third));
    assert_eq!(root(&links.put(order("a", first))), None);
    assert_eq!(root(&links.put(order("b", second))), Some("a"));
    // It is like b, which is no root, and not like a.
    assert_eq!(root(&links.put(order("c", third))), None);
    assert_eq!(links.len(), 2);
}

#[test]
fn a_closed_root_is_gone() {
    let mut links = Links::default();
    links.add(order("1", "停水三天了"));
    assert!(links.nearest(&order("2", "停水三天了")).is_some());
    assert!(links.remove("1"));
    assert!(!links.remove("1"));
    assert!(links.is_empty());
    assert!(links.nearest(&order("2", "停水三天了")).is_none());
}

#[test]
fn ties_go_to_the_earlier_then_the_lesser_id() {
    let mut links = Links::default();
    for (id, days) in [("z", 1), ("b", 0), ("a", 0), ("y", 2)] {
        links.add(Order {
            at: days * DAY,
            ..order(id, "停水三天了")
        });
    }
    assert_eq!(
        links
            .nearest(&order("q", "停水三天了"))
            .map(|link| link.root),
        Some("a".to_owned())
    );
    // An order is not linked to itself, and an id that comes again is replaced.
    assert_eq!(
        links
            .nearest(&order("a", "停水三天了"))
            .map(|link| link.root),
        Some("b".to_owned())
    );
    links.add(order("a", "路灯不亮"));
    assert_eq!(links.len(), 4);
    assert_eq!(
        links
            .nearest(&order("q", "停水三天了"))
            .map(|link| link.root),
        Some("b".to_owned())
    );
}

#[test]
fn words_without_letters_are_like_nothing() {
    let mut links = Links::default();
    links.add(order("1", "。！"));
    links.add(order("2", ""));
    assert!(links.best(&order("3", "")).is_none());
    assert!(links.best(&order("3", "水")).is_none());
    assert!(
        links
            .between(&order("3", "停水"), "1")
            .is_some_and(|link| link.cosine == 0.0)
    );
    assert!(links.between(&order("3", "停水"), "9").is_none());
}

#[derive(Deserialize)]
struct Pair {
    id: String,
    a: String,
    b: String,
    same: bool,
}

/// Precision and recall of the threshold on the pairs, and the best threshold.
fn judged() -> (Vec<(String, f64, bool)>, Vec<String>) {
    let places = &*PLACES;
    let catalog = catalog();
    let read = |id: &str, text: &str| {
        let place = places
            .locate(text)
            .place
            .filter(|place| place.level == Level::Place);
        let needs = catalog.needs(text);
        Order {
            place: place.map(|place| place.name),
            item: needs.first().map(|need| need.item.code.clone()),
            ..order(id, text)
        }
    };
    let pairs: Vec<Pair> = include_str!("../link-pairs.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("is a pair"))
        .collect();
    let mut links = Links::default();
    for pair in &pairs {
        links.add(read(&pair.id, &pair.a));
    }
    let mut scores = Vec::new();
    let mut wrong = Vec::new();
    for pair in &pairs {
        let link = links
            .between(&read("query", &pair.b), &pair.id)
            .expect("is a root");
        if std::env::var("SHOW").is_ok() {
            let known = |order: &Order| {
                u8::from(order.place.is_some()) + 2 * u8::from(order.item.is_some())
            };
            let (a, b) = (known(&read("a", &pair.a)), known(&read("b", &pair.b)));
            eprintln!(
                "PAIR {} {} {:.3} {} {} {a} {b}",
                pair.id, pair.same, link.cosine, link.same_place, link.same_item
            );
        }
        scores.push((pair.id.clone(), link.score, pair.same));
        if (link.score >= THRESHOLD) != pair.same {
            wrong.push(format!(
                "{} {:.2} {} | {}",
                pair.id, link.score, pair.a, pair.b
            ));
        }
    }
    (scores, wrong)
}

#[test]
fn the_threshold_parts_the_pairs() {
    let (scores, wrong) = judged();
    assert!(scores.len() >= 60);
    assert!(wrong.len() <= 4, "{wrong:#?}");
}

#[test]
#[ignore = "prints the figures"]
fn figures() {
    let (scores, wrong) = judged();
    for step in 5..=16 {
        let threshold = f64::from(step) * 0.05;
        let count = |same: bool| {
            scores
                .iter()
                .filter(|it| it.1 >= threshold && it.2 == same)
                .count()
        };
        let all = scores.iter().filter(|it| it.2).count();
        eprintln!(
            "{threshold:.2}: hits {} of {all}, false {}",
            count(true),
            count(false)
        );
    }
    eprintln!("{wrong:#?}");
}

/// A brute force over all roots, as the proof of the shortcut.
fn brute<'a>(
    links: &Links,
    orders: impl Iterator<Item = &'a Order>,
    query: &Order,
) -> Option<(f64, String)> {
    let window = WINDOW_DAYS * DAY;
    let near = |order: &&Order| (order.at - query.at).abs() <= window;
    let of = |order: &Order| Some((links.between(query, &order.id)?, order.at));
    let mut all: Vec<(Link, i64)> = orders.filter(near).filter_map(of).collect();
    all.retain(|(link, _)| link.cosine > 0.0);
    all.sort_by(|(one, first), (other, second)| {
        let by = other.score.total_cmp(&one.score);
        by.then_with(|| (first, &one.root).cmp(&(second, &other.root)))
    });
    all.into_iter()
        .next()
        .map(|(link, _)| (link.score, link.root))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_index_finds_what_brute_force_finds(
        texts in prop::collection::vec(("(停水|路灯|楼道|堆物|噪音|石桥路|三天|，){0,6}", 0..3_i64, 0..200_i64), 1..40),
        closed in prop::collection::btree_set(0..40_usize, 0..10),
        text in "(停水|路灯|楼道|堆物|噪音|石桥路|三天|，){0,6}",
    ) {
        let mut links = Links::default();
        let mut orders = Vec::new();
        for (number, (text, place, days)) in texts.into_iter().enumerate() {
            let order = at(&format!("{number:03}"), &text, &format!("p{place}"), days);
            links.add(order.clone());
            orders.push(order);
        }
        for number in &closed {
            links.remove(&format!("{number:03}"));
        }
        let query = at("query", &text, "p1", 50);
        let found = links.best(&query).map(|link| (link.score, link.root));
        let expected = brute(&links, orders.iter(), &query);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_link_leads_to_a_root(texts in prop::collection::vec("(停水|路灯|楼道|堆物|噪音|石桥路){1,4}", 1..40)) {
        let mut links = Links::default();
        let mut roots = BTreeSet::new();
        for (number, text) in texts.iter().enumerate() {
            let id = number.to_string();
            match links.put(order(&id, text)) {
                Linked::Root => { roots.insert(id); }
                Linked::To(link) => prop_assert!(roots.contains(&link.root)),
            }
        }
        prop_assert_eq!(links.len(), roots.len());
    }
}
