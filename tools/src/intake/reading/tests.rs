use proptest::prelude::*;

use super::*;

#[test]
fn repeats_are_seen_with_their_number() {
    for (message, expected) in [
        ("反映三次了", "3 反映三次了"),
        ("我打了12345十几次", "- 打了12345十几次"),
        ("投诉过5次没人管", "5 投诉过5次"),
        ("这是第三次打电话了", "3 是第三次打电话"),
        ("已经是第二次了", "2 已经是第二次了"),
        ("多次反映", "- 多次反映"),
        ("跟物业说了好几遍", "- 跟物业说了好几遍"),
        ("上个月就打过", "- 上个月就打过"),
        ("之前反映过没处理", "- 之前反映过"),
        ("又来投诉了", "- 又来投诉"),
        ("再次反映", "- 再次反映"),
        ("报修二十一次", "21 报修二十一次"),
        ("反映一次", ""),
        ("第一次打电话", ""),
        ("楼道堆物", ""),
        ("一天停水三次", ""),
        ("三次元", ""),
        ("", ""),
    ] {
        let shown = Reading::of(message).repeat.map_or(String::new(), |repeat| {
            assert_eq!(repeat.span.cut(message), repeat.words);
            let times = repeat
                .times
                .map_or("-".to_owned(), |times| times.to_string());
            format!("{times} {}", repeat.words)
        });
        assert_eq!(shown, expected, "{message}");
    }
}

#[test]
fn times_are_kept_as_they_were_said() {
    for (message, times, since) in [
        ("从上个月开始停水", "从上个月开始", "从上个月开始"),
        ("每天晚上十点到两点施工", "每天晚上十点到两点", ""),
        ("昨天停的电，已经三天了", "昨天 已经三天了", "已经三天了"),
        ("半年了没人管", "半年了", "半年了"),
        ("11月8号停水", "11月8号", ""),
        ("凌晨两点还在打桩", "凌晨两点", ""),
        ("停水三天了", "三天了", "三天了"),
        ("持续两个多月", "持续两个多月", "持续两个多月"),
        ("自从去年年底", "自从去年 年底", "自从去年"),
        ("楼道堆物", "", ""),
    ] {
        let reading = Reading::of(message);
        let words: Vec<String> = reading
            .times
            .iter()
            .map(|said| said.words.clone())
            .collect();
        assert_eq!(words.join(" "), times, "{message}");
        let said = reading.since.map_or(String::new(), |said| said.words);
        assert_eq!(said, since, "{message}");
    }
}

#[test]
fn what_is_asked_is_told_from_what_is_told() {
    let asked = |message: &str| {
        let clauses = Reading::of(message).clauses;
        let marks = clauses
            .iter()
            .map(|clause| if clause.asks { '?' } else { '.' });
        marks.collect::<String>()
    };
    assert_eq!(asked("楼道堆物，希望尽快清理"), ".?");
    assert_eq!(asked("路灯坏了，什么时候能修？"), ".?");
    assert_eq!(asked("请处理！"), "?");
    assert_eq!(asked("停水。停电。急"), "...");
    assert_eq!(asked("能不能管管广场舞"), "?");
    assert_eq!(asked("楼下的灯坏了吗"), "?");
    assert_eq!(asked(""), "");
}

#[test]
fn wishes_are_words_and_nothing_else() {
    let wishes = |message: &str| {
        let wishes = Reading::of(message).wishes;
        let shown = wishes
            .iter()
            .map(|wish| format!("{:?}:{}", wish.kind, wish.said.words));
        shown.collect::<Vec<_>>().join(" ")
    };
    for (message, expected) in [
        ("不要派单给城管", "Department:不要派单给城管"),
        ("直接派给市长并办结", "Department:直接派给市长并办结"),
        ("请帮我保密", "Secret:保密"),
        ("要求退款并赔偿", "Money:退款 Money:赔偿"),
        ("希望尽快清理", "Handle:希望尽快清理"),
        ("请给我答复", "Reply:请给我答复"),
        ("要严肃处理", "Punish:严肃处理"),
        ("不用处理了", "Withdraw:不用处理了"),
        ("停水", ""),
    ] {
        assert_eq!(wishes(message), expected, "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_stretch_is_the_persons_own(message in "(\\PC|三次|反映|昨天|请处理|派给|，|[0-9]){0,20}") {
        let reading = Reading::of(&message);
        let clauses = reading.clauses.iter().map(|clause| &clause.said);
        let wishes = reading.wishes.iter().map(|wish| &wish.said);
        for said in reading.times.iter().chain(clauses).chain(wishes).chain(&reading.since) {
            prop_assert!(said.span.start < said.span.end && said.span.end <= message.chars().count());
            prop_assert_eq!(&said.span.cut(&message), &said.words);
        }
    }
}
