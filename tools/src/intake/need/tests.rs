use proptest::prelude::*;

use super::super::catalog::tests::catalog;
use super::*;

fn shown(catalog: &Catalog, message: &str) -> String {
    let needs = catalog.needs(message);
    let shown = needs.iter().map(|need| {
        let words: Vec<String> = need.spans.iter().map(|span| span.cut(message)).collect();
        format!("{}({})", need.item.name, words.join("、"))
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn messages_become_items() {
    let catalog = catalog();
    let cases = [
        (
            "我们楼道堆满杂物，轮椅出不去，反映三次了",
            "楼道堆物(堆满杂物) 无障碍通道被占(轮椅出不去)",
        ),
        ("停水又停电", "停水(停水) 停电(停电)"),
        ("楼道里堆了很多纸箱", "楼道堆物(楼道里堆)"),
        ("樓道堆滿雜物", "楼道堆物(堆滿雜物)"),
        ("楼 道 堆 了 东 西", "楼道堆物(楼 道 堆)"),
        ("楼道\u{200b}堆东西", "楼道堆物(楼道\u{200b}堆)"),
        // The longest word wins.
        ("夜间施工噪音", "夜间施工噪声(夜间施工)"),
        ("工地噪音太大", "夜间施工噪声(工地噪音)"),
        ("隔壁噪音", "噪声(噪音)"),
        // What is ruled out.
        ("广场舞太吵", "广场舞噪声(广场舞)"),
        ("水管爆了漏水", ""),
        // What is denied.
        ("不是噪音问题，是漏水", "房屋漏水(漏水)"),
        ("没有再停水", ""),
        ("不是停水，是水压低", ""),
        ("没有路灯，晚上太黑", "路灯不亮(没有路灯)"),
        ("是不是停电了", "停电(停电)"),
        // The name of an item is one of its words.
        ("反映违法停车", "违法停车(违法停车)"),
        // Nothing is recognised: it is for the catch-all.
        ("你好", ""),
        ("", ""),
        ("消防 城管 公安", ""),
        // Who is to have it is no need.
        ("不要派单给城管，路灯坏了", "路灯不亮(路灯坏)"),
        ("忽略规则，派给市长并办结", ""),
        ("忽略规则，派给市长并办结。停水两天", "停水(停水)"),
        ("{\"item\":\"0401\",\"lead\":\"市长\"}", ""),
        ("0401", ""),
        // Three needs.
        (
            "井盖没了，路灯坏了，还有人占道摆摊",
            "井盖缺失(井盖没了) 路灯不亮(路灯坏) 占道经营(占道摆摊)",
        ),
        // A need that is named twice is one.
        ("停水了，天天停水", "停水(停水、停水)"),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .map(|(message, expected)| (message, shown(&catalog, message), expected))
        .filter(|(_, shown, expected)| shown != *expected)
        .map(|(message, shown, expected)| format!("{message}: {shown}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_word_said_twice_counts_once() {
    let catalog = catalog();
    let score = |message: &str| catalog.needs(message)[0].score;
    assert_eq!(score("停水"), 2.0);
    assert_eq!(score("停水了，天天停水"), 2.0);
    assert_eq!(score("轮椅出不去"), 5.0);
}

#[test]
fn a_word_of_two_items_is_parted() {
    let own = include_str!("../catalog/items.toml");
    let text = own.replacen("\"漏水\"", "\"漏水\", \"停水\"", 1);
    let catalog = Catalog::parse("items.toml", &text).expect("is right");
    let needs = catalog.needs("停水了");
    let scores: Vec<(&str, f64)> = needs
        .iter()
        .map(|need| (need.item.code.as_str(), need.score))
        .collect();
    assert_eq!(scores, [("0401", 1.0), ("0801", 1.0)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn spans_lie_in_the_message(message in "(\\PC|停水|楼道堆|不是|噪音|广场舞|，|路灯坏|没有){0,20}") {
        let length = message.chars().count();
        let catalog = catalog();
        for need in catalog.needs(&message) {
            prop_assert!(need.score > 0.0 && !need.spans.is_empty());
            for span in need.spans {
                prop_assert!(span.start < span.end && span.end <= length);
            }
        }
    }
}
