use crate::statistics::tests::{at, case, days};
use crate::statistics::{Case, Limits, Statistics, summarize};

fn found(cases: &[Case], limits: &Limits) -> Statistics {
    summarize(cases, days(0, 28), days(-28, 0), at(28 * 24), limits)
}

/// Cases of two hundred other matters, so that it is known which words are common.
fn others() -> Vec<Case> {
    const WORDS: [&str; 10] = [
        "社保卡怎么补办",
        "驾照到期换证",
        "公积金提取材料",
        "快递丢了不赔",
        "孩子入学报名",
        "餐馆油烟呛人",
        "树枝压着电线",
        "租房押金不退",
        "公交等了半小时",
        "药店不能刷卡",
    ];
    let other = |number: usize| {
        let letters: String = (0..6)
            .filter_map(|digit| char::from_u32(0x4E00 + (number * 37 + digit * 911) as u32 % 5000))
            .collect();
        let text = format!("你好，{}，{letters}，请处理一下", WORDS[number % 10]);
        case(
            &format!("o{number}"),
            -(number as i64),
            &format!("其他{number}"),
            &text,
        )
    };
    (1..200).map(other).collect()
}

#[test]
fn cases_of_one_matter_are_one_issue() {
    let check = |spoken: &[(&str, &str, Option<&str>, Option<&str>)], expected: &[&str]| {
        let mut cases = others();
        for (number, (person, text, place, item)) in spoken.iter().enumerate() {
            cases.push(Case {
                place: place.map(str::to_owned),
                item: item.map(str::to_owned),
                ..case(&number.to_string(), number as i64, person, text)
            });
        }
        let limits = Limits {
            issue_people: 2,
            ..Limits::default()
        };
        let found = found(&cases, &limits);
        let ids: Vec<String> = found
            .issues
            .iter()
            .map(|it| found.ids(&it.people).join(" "))
            .collect();
        assert_eq!(ids, expected, "{spoken:?}");
    };
    let south = Some("南浦新村");
    let bay = Some("星河湾小区");
    // One place and item, whatever the words.
    check(
        &[
            ("甲", "南浦新村没水了", south, Some("1501")),
            ("乙", "马桶都冲不了，南浦新村", south, Some("1501")),
        ],
        &["0 1"],
    );
    // One place and two items, unless the words are alike.
    check(
        &[
            ("甲", "南浦新村没水了", south, Some("1501")),
            ("乙", "电梯又困人", south, Some("0207")),
        ],
        &[],
    );
    check(
        &[
            ("甲", "南浦新村单元门坏了关不上", south, Some("0206")),
            ("乙", "南浦新村的单元门坏了关不上", south, Some("0207")),
        ],
        &["0 1"],
    );
    // Two places are two matters, whatever the words.
    check(
        &[
            ("甲", "停水了马桶冲不了", south, Some("1501")),
            ("乙", "停水了马桶冲不了", bay, Some("1501")),
        ],
        &[],
    );
    // Without places the words decide, and what everybody says is nothing.
    check(
        &[
            ("甲", "金领公寓晚间停水近两月", None, None),
            ("乙", "金领公寓最近晚间停水", None, None),
        ],
        &["0 1"],
    );
    check(
        &[
            ("甲", "你好，路面塌了，请处理一下", None, None),
            ("乙", "你好，狗咬了人，请处理一下", None, None),
        ],
        &[],
    );
    // One person alone is no issue.
    check(
        &[
            ("甲", "南浦新村没水了", south, Some("1501")),
            ("甲", "还是没水", south, Some("1501")),
        ],
        &[],
    );
}

#[test]
fn matters_do_not_grow_together_in_a_chain() {
    // Each case shares half of its words with the next, and none with the one after that.
    let parts = [
        "井盖松动塌陷",
        "围挡遮住视线",
        "公厕常年上锁",
        "路灯整排熄灭",
        "充电桩全坏了",
        "花坛砖块掉落",
        "水管爆裂喷涌",
        "广告牌晃得响",
    ];
    let mut cases = others();
    for (number, pair) in parts.windows(2).enumerate() {
        cases.push(case(
            &number.to_string(),
            number as i64,
            &format!("人{number}"),
            &pair.join("，"),
        ));
    }
    let limits = Limits {
        issue_people: 1,
        issues: usize::MAX,
        ..Limits::default()
    };
    let found = found(&cases, &limits);
    let most = found.issues.iter().map(|it| it.people.value).max();
    assert!(
        most <= Some(3),
        "{:?}",
        found
            .issues
            .iter()
            .map(|it| found.ids(&it.people))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_long_silence_ends_a_matter() {
    let check = |gap: i64, expected: usize| {
        let spoken = [
            ("1", 0, "甲"),
            ("2", 1, "乙"),
            ("3", gap * 24, "丙"),
            ("4", gap * 24 + 1, "丁"),
        ];
        let cases: Vec<Case> = spoken
            .iter()
            .map(|(id, hours, person)| Case {
                place: Some("石桥路".to_owned()),
                item: Some("0301".to_owned()),
                ..case(id, *hours, person, "路灯坏了")
            })
            .collect();
        let limits = Limits {
            issue_people: 1,
            gap_days: 10,
            ..Limits::default()
        };
        assert_eq!(found(&cases, &limits).issues.len(), expected, "{gap}");
    };
    check(10, 1);
    check(11, 2);
}

#[test]
fn heat_is_people_then_votes_then_days() {
    let heat = |spoken: &[(&str, i64, u32)]| {
        let cases: Vec<Case> = spoken
            .iter()
            .enumerate()
            .map(|(number, (person, hours, votes))| Case {
                place: Some("石桥路".to_owned()),
                item: Some("0301".to_owned()),
                votes: *votes,
                ..case(&number.to_string(), *hours, person, "路灯坏了，晚上看不见")
            })
            .collect();
        let limits = Limits {
            issue_people: 1,
            ..Limits::default()
        };
        let found = found(&cases, &limits);
        let issue = &found.issues[0];
        (
            issue.people.value,
            issue.votes,
            issue.days,
            (issue.heat * 1000.0).round() / 1000.0,
        )
    };
    let check =
        |spoken: &[(&str, i64, u32)], expected| assert_eq!(heat(spoken), expected, "{spoken:?}");
    check(&[("甲", 0, 0)], (1, 0, 1, 1.0));
    check(&[("甲", 0, 0), ("乙", 1, 0)], (2, 0, 1, 2.0));
    check(
        &[("甲", 0, 0), ("甲", 30, 0), ("甲", 60, 0)],
        (1, 0, 1, 1.0),
    );
    check(&[("甲", 0, 0), ("乙", 30, 0)], (2, 0, 2, 2.1));
    check(&[("甲", 0, 100)], (1, 100, 1, 3.0));
    check(&[("甲", 0, 100_000)], (1, 100, 1, 3.0));
    check(
        &[("甲", 0, 60), ("甲", 1, 100), ("甲", 2, 100)],
        (1, 100, 1, 3.0),
    );
    check(&[("甲", 0, 1), ("乙", 0, 1)], (2, 2, 1, 2.601));
}

#[test]
fn an_issue_says_what_and_why() {
    let texts = [
        "跟你们说个事，南浦新村停水了马桶冲不了，请给我回个电话",
        "你好，南浦新村停水了马桶冲不了，帮帮忙",
        "南浦新村停水了，马桶都冲不了，要断到什么时候",
    ];
    let mut cases = others();
    for (number, text) in texts.iter().enumerate() {
        cases.push(Case {
            place: Some("南浦新村".to_owned()),
            item: Some("1501".to_owned()),
            votes: 7 * number as u32,
            ..case(
                &number.to_string(),
                24 * number as i64,
                &format!("人{number}"),
                text,
            )
        });
    }
    let found = found(&cases, &Limits::default());
    let issue = &found.issues[0];
    assert_eq!(issue.title, "南浦新村停水了马桶冲不了");
    assert_eq!(
        issue.why,
        "9月7日至9月9日，3人反映3件，有新反映人的共3天，地点为南浦新村，计入支持21票。"
    );
    assert_eq!(found.ids(&issue.people), ["0", "1", "2"]);
    assert!(["0", "1", "2"].contains(&issue.central.as_str()));
    assert_eq!((issue.first, issue.last), (at(0), at(48)));
}
