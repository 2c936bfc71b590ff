use crate::statistics::emerging::{Emerging, Topic, emerging};
use crate::statistics::table::Table;
use crate::statistics::tests::{at, case, days};
use crate::statistics::{Case, Limits};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    fn poisson(&mut self, mean: f64) -> usize {
        let (least, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > least {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

const SUBJECTS: [&str; 12] = [
    "路灯不亮",
    "下水道反味",
    "电梯停运",
    "垃圾没人清",
    "半夜施工",
    "占道摆摊",
    "井盖松动",
    "油烟扰民",
    "停车乱收费",
    "公交改线",
    "暖气不热",
    "违建没人拆",
];
const ADDED: [&str; 8] = [
    "请处理一下",
    "快半年了",
    "打过电话没用",
    "老人出门不便",
    "天天这样",
    "给个说法",
    "孩子上学绕路",
    "物业不管",
];
const WEEKS: i64 = 6;

/// Weeks of cases, with a mean for each weekday.
fn flat(random: &mut Random, means: [f64; 7]) -> Vec<Case> {
    let mut cases = Vec::new();
    for day in -WEEKS * 7..7 {
        for _ in 0..random.poisson(means[day.rem_euclid(7) as usize]) {
            let (subject, place) = (random.below(12), random.below(30));
            let text = format!(
                "{}，{}，{}",
                SUBJECTS[subject],
                ADDED[random.below(8)],
                ADDED[random.below(8)]
            );
            let hours = day * 24 + random.below(24) as i64;
            let person = format!("人{}", random.below(400));
            cases.push(Case {
                item: Some(format!("{subject:04}")),
                group: Some(format!("{:02}", subject / 4)),
                district: Some(format!("{}区", place % 4)),
                place: (place < 20).then(|| format!("{place}小区")),
                ..case(&format!("c{}", cases.len()), hours, &person, &text)
            });
        }
    }
    cases
}

fn found(cases: &[Case], from: i64, to: i64) -> (Emerging, Vec<String>) {
    let table = Table::new(cases);
    let limits = Limits::default();
    let found = emerging(
        &table,
        days(from, to),
        days(-WEEKS * 7, 0),
        at(to * 24),
        &limits,
    );
    let ids = table.cases.iter().map(|case| case.id.clone()).collect();
    (found, ids)
}

const EVEN: [f64; 7] = [9.0; 7];

#[test]
fn flat_weeks_raise_nothing() {
    let mut raised = 0;
    for seed in 0..200 {
        let (found, _) = found(&flat(&mut Random(seed), EVEN), 0, 7);
        assert!(
            found.tests > 30 && found.spans == 6,
            "{} {}",
            found.tests,
            found.spans
        );
        raised += usize::from(!found.rises.is_empty());
    }
    assert!(raised <= 10, "{raised} of 200");
}

#[test]
fn a_weekday_is_compared_with_its_like() {
    let weekend = [2.0, 2.0, 2.0, 2.0, 2.0, 40.0, 40.0];
    let raised = (0..20).filter(|seed| {
        !found(&flat(&mut Random(*seed), weekend), 5, 7)
            .0
            .rises
            .is_empty()
    });
    assert!(raised.count() <= 1);
}

/// Adds cases of an item in a district to the window, of so many people in turn.
fn planted(cases: &mut Vec<Case>, count: usize, people: usize, item: &str, text: &str) {
    for number in 0..count {
        cases.push(Case {
            item: Some(item.to_owned()),
            group: Some("15".to_owned()),
            district: Some("1区".to_owned()),
            ..case(
                &format!("p{number:02}"),
                (number * 7 % 168) as i64,
                &format!("新{}", number % people),
                text,
            )
        });
    }
}

#[test]
fn a_planted_rise_is_found_with_its_cases() {
    let mut missed = 0;
    for seed in 0..50 {
        let mut cases = flat(&mut Random(seed), EVEN);
        planted(&mut cases, 12, 12, "1501", "自来水浑浊发黄");
        let (found, ids) = found(&cases, 0, 7);
        let Some(first) = found.rises.first() else {
            missed += 1;
            continue;
        };
        let behind: Vec<&str> = first
            .people
            .cases
            .iter()
            .map(|at| ids[*at as usize].as_str())
            .collect();
        assert_eq!(
            (first.people.value, first.before.value, first.ratio),
            (12, 0, None)
        );
        assert!(
            behind.len() == 12 && behind.iter().all(|id| id.starts_with('p')),
            "{behind:?}"
        );
        assert!(
            first.also.contains(&Topic::Item {
                item: "1501".to_owned()
            }),
            "{:?}",
            first.also
        );
        assert_eq!(first.why, "本期12人反映，此前6个同期无人反映。");
    }
    assert!(missed == 0, "{missed} of 50");
}

#[test]
fn a_rise_in_words_alone_is_found() {
    let mut cases = flat(&mut Random(3), EVEN);
    for (number, case) in cases.iter_mut().filter(|case| at(0) <= case.at).enumerate() {
        if number % 4 == 0 {
            case.text.push_str("，水里有股药味");
        }
    }
    let (found, _) = found(&cases, 0, 7);
    let words = found.rises.iter().find_map(|rise| match &rise.topic {
        Topic::Words { words } => Some(words.clone()),
        Topic::ItemInDistrict { .. }
        | Topic::Item { .. }
        | Topic::Place { .. }
        | Topic::Category { .. } => None,
    });
    assert!(
        words.is_some_and(|words| "水里有股药味".contains(&words)),
        "{:?}",
        found.rises
    );
}

#[test]
fn one_who_writes_often_and_few_raise_nothing() {
    let check = |count, people, expected: bool| {
        let mut cases = flat(&mut Random(11), EVEN);
        planted(&mut cases, count, people, "1501", "自来水浑浊发黄");
        assert_eq!(
            !found(&cases, 0, 7).0.rises.is_empty(),
            expected,
            "{count} of {people}"
        );
    };
    check(30, 1, false);
    check(30, 4, false);
    check(30, 12, true);
}

#[test]
fn copies_are_whole_weeks_earlier() {
    let check = |window: (i64, i64), baseline: (i64, i64), expected: &[(i64, i64)]| {
        let copies = super::spans::copies(days(window.0, window.1), days(baseline.0, baseline.1));
        let expected: Vec<_> = expected.iter().map(|(from, to)| days(*from, *to)).collect();
        assert_eq!(copies, expected, "{window:?} {baseline:?}");
    };
    check((0, 7), (-21, 0), &[(-7, 0), (-14, -7), (-21, -14)]);
    check((0, 7), (-20, 0), &[(-7, 0), (-14, -7)]);
    check((0, 1), (-14, 0), &[(-7, -6), (-14, -13)]);
    check((0, 10), (-30, 0), &[(-14, -4), (-28, -18)]);
    check((0, 7), (-21, -7), &[(-14, -7), (-21, -14)]);
    check((0, 7), (0, 7), &[]);
    check((7, 0), (-21, 0), &[]);
    check((0, 0), (-21, 0), &[]);
}

#[test]
fn without_a_past_nothing_is_tested() {
    let mut cases = Vec::new();
    planted(&mut cases, 20, 20, "1501", "自来水浑浊发黄");
    assert_eq!(found(&cases, 0, 7).0, Emerging::default());
}
