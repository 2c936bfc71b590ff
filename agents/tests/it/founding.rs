//! Five real articles, hostile as real sources are. Skipped where `../shared` is absent; in CI that is a failure.

use std::sync::LazyLock;

use agents::{Status, World};
use corpora::{Manifest, Query};
use jiff::civil::date;

use crate::cases::{events, index, request, root, world};

static FOUNDING: LazyLock<Option<World>> = LazyLock::new(|| {
    let folder = root().join("../shared/corpora/founding");
    folder
        .exists()
        .then(|| world(vec![index("founding", &folder, &Manifest::default())]))
});

fn founding() -> Option<&'static World> {
    if FOUNDING.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "../shared/corpora/founding is absent"
        );
        println!("skipped: ../shared/corpora/founding is absent");
    }
    FOUNDING.as_ref()
}

fn first(world: &World, text: &str) -> corpora::Passage {
    let today = date(2026, 11, 21);
    let query = Query {
        text: text.into(),
        more: Vec::new(),
        as_of: today,
        today,
        places: None,
        corpora: None,
        limit: 5,
    };
    world
        .retriever
        .retrieve(&query)
        .unwrap()
        .hits
        .remove(0)
        .passage
}

#[test]
fn a_word_broken_over_lines_is_found() {
    let Some(world) = founding() else { return };
    assert!(first(world, "云上民主村").text.contains("云上民主村"));
}

#[test]
fn both_scripts_find_the_same_passage() {
    let Some(world) = founding() else { return };
    for (simplified, traditional) in [
        ("云上民主村", "雲上民主村"),
        ("接诉即办解决率", "接訴即辦解決率"),
        ("城市全域数字化转型", "城市全域數字化轉型"),
        ("数据要素资产沉淀", "數據要素資產沉澱"),
        ("地下空间协同设计施工", "地下空間協同設計施工"),
    ] {
        assert_eq!(
            first(world, simplified).id,
            first(world, traditional).id,
            "{simplified}"
        );
    }
}

#[test]
fn figures_differ_by_the_year_asked() {
    let Some(world) = founding() else { return };
    for (question, expected) in [
        ("截至2023年，北京接诉即办解决率是多少？", "超过90%"),
        ("截至2025年，北京接诉即办解决率是多少？", "97%"),
    ] {
        let (_, answer) = events(world, request(question));
        assert_eq!(answer.status, Status::Answered, "{question}: {answer:?}");
        let text: String = answer
            .sentences
            .iter()
            .map(|sentence| sentence.text.as_str())
            .collect();
        assert!(text.contains(expected), "{question}: {text}");
        assert!(
            answer
                .message
                .as_deref()
                .is_some_and(|note| note.contains(&question[6..10])),
            "the year used is named: {:?}",
            answer.message
        );
    }
}
