use super::*;
use crate::order::action::{Level, Opening};
use crate::order::demo::*;
use crate::order::kind::ActionKind;

fn seen(desk: &Desk, viewer: &Actor) -> String {
    let lines = timeline(&desk.order, viewer, &desk.calendar);
    let texts: Vec<String> = lines.into_iter().map(|line| line.text).collect();
    texts.join("\n")
}

/// A report that goes through most of what can be seen.
fn long(consent: Consent) -> Desk {
    let mut desk = Desk::at(
        "2026-03-02 09:00",
        Opening {
            consent,
            ..opening()
        },
    );
    desk.accepted(RequestKind::Report)
        .act(machine(), Action::Grade(grading(Level::General, 400)))
        .act(operator(), Action::Confirm)
        .act(centre(), Desk::dispatching());
    let back = data(ActionKind::RequestReturn, 1, desk.now);
    desk.act(unit(LEAD), back)
        .act(centre(), Action::RefuseReturn);
    let urge = Action::Urge {
        words: "我家在3号楼".to_owned(),
    };
    desk.act(citizen(), urge)
        .asked()
        .act(citizen(), answers(true, false, false))
        .until("2026-03-01 09:00")
        .act(centre(), Action::Redo);
    desk
}

#[test]
fn a_citizen_sees_what_was_done_and_until_when() {
    let mut desk = Desk::new();
    desk.dispatched(RequestKind::Help, Level::General);
    let days = "日历：2026年依《国务院办公厅关于2026年部分节假日安排的通知》（国办发明电〔2025〕7号）、\
                《和澜市人民政府办公室关于2026年和澜市庆日放假的通知》（和政办发〔2025〕61号）";
    let basis =
        "依据：《和澜市12345政务服务便民热线管理办法》第九条第（三）项、第十条第一款第（二）项";
    let from = "自2026年3月2日09:00起算";
    let expected = format!(
        "登记\n登记事项：求助，楼道堆物\n受理\n定级：一般\n\
         派单至临江区消防救援大队，主办临江区消防救援大队，协办临江区城市管理局，同时送临江区督促协调，\
         依据《和澜市消防条例》第二十条，\
         联系期限至2026年3月3日17:30（{from}；规则：一般工单（求助），1个工作日；{basis}；{days}），\
         办理期限至2026年3月5日17:30（{from}；规则：一般工单（求助），3个工作日；{basis}；{days}）"
    );
    assert_eq!(seen(&desk, &citizen()), expected);
}

#[test]
fn nobody_sees_what_is_not_theirs() {
    let desk = long(Consent::Withheld);
    for viewer in [stranger(), unit(OTHER), machine()] {
        assert_eq!(seen(&desk, &viewer), "");
        assert_eq!(contact(&desk.order, &viewer), None);
    }
    let centre_sees = seen(&desk, &centre());
    for word in [
        "key-1",
        "消防通道400‰",
        "rules-1",
        "op-3",
        "hc-1",
        "3号楼",
        "退单申请1号",
    ] {
        assert!(centre_sees.contains(word), "{word}: {centre_sees}");
    }
    assert!(centre_sees.contains("时钟回拨86400秒"), "{centre_sees}");
    let citizen_sees = seen(&desk, &citizen());
    for word in [
        "key-1",
        "‰",
        "op-3",
        "hc-1",
        "u-9",
        "退单申请1号",
        "情况如此",
        "回拨",
        "签收期限",
    ] {
        assert!(!citizen_sees.contains(word), "{word}: {citizen_sees}");
    }
    assert!(citizen_sees.contains("承办单位认为不属于其职责"));
    let unit_sees = seen(&desk, &unit(LEAD));
    for word in ["key-1", "‰", "op-3", "hc-1", "3号楼", "“"] {
        assert!(!unit_sees.contains(word), "{word}: {unit_sees}");
    }
    for word in [
        "退单申请1号",
        "签收期限",
        "回访：已联系、未解决、不满意",
        "\n催办\n",
    ] {
        assert!(unit_sees.contains(word), "{word}: {unit_sees}");
    }
    for text in [centre_sees, citizen_sees, unit_sees] {
        assert!(!text.contains("c-17"), "{text}");
        assert!(!text.contains("5678"), "{text}");
    }
}

#[test]
fn a_unit_has_the_contact_only_with_consent() {
    let check = |request, consent, expected: bool| {
        let mut desk = Desk::at(
            "2026-03-02 09:00",
            Opening {
                consent,
                ..opening()
            },
        );
        desk.dispatched(request, Level::General);
        let has = contact(&desk.order, &unit(LEAD)).is_some();
        assert_eq!(has, expected, "{request:?} {consent:?}");
        assert!(contact(&desk.order, &citizen()).is_some());
        assert!(contact(&desk.order, &centre()).is_some());
    };
    check(RequestKind::Help, Consent::Withheld, false);
    check(RequestKind::Help, Consent::Units, true);
    check(RequestKind::Report, Consent::Units, false);
    check(RequestKind::Report, Consent::Disclosed, true);
}

#[test]
fn with_consent_a_unit_sees_the_words() {
    let text = seen(&long(Consent::Disclosed), &unit(LEAD));
    assert!(text.contains("催办：我家在3号楼"), "{text}");
    assert!(text.contains("未解决（“没有”）"), "{text}");
}

#[test]
fn every_action_has_words_for_the_centre() {
    let desk = long(Consent::Units);
    let first = &desk.order.entries[0];
    for kind in ActionKind::ALL {
        let entry = Entry {
            action: data(kind, 1, desk.now),
            ..first.clone()
        };
        assert!(words(&entry, View::Centre).is_some(), "{kind:?}");
    }
}
