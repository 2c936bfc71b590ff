//! What an order does and refuses, one rule at a time.

use std::collections::BTreeSet;

use super::action::*;
use super::actor::{Actor, ActorRole};
use super::clock::{Reminder, tick};
use super::demo::*;
use super::due::DueKind;
use super::entry::Proposal;
use super::error::Fault;
use super::fold::{Order, Outcome};
use super::kind::ActionKind;
use super::state::State;
use super::table::{self, TABLE};

const GENERAL: Level = Level::General;
const HELP: RequestKind = RequestKind::Help;

fn some(kind: ActionKind, desk: &Desk) -> Action {
    data(kind, 1, desk.now)
}

#[test]
fn an_order_goes_from_request_to_archive() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let contact = some(ActionKind::Contact, &desk);
    desk.act(unit(LEAD), contact);
    desk.asked()
        .act(centre(), answers(true, true, true))
        .act(centre(), Action::Archive);
    let order = &desk.order;
    assert_eq!(order.state, State::Archived);
    assert_eq!(order.outcome, Some(Outcome::Resolved));
    assert_eq!(order.key, "key-1");
    assert_eq!(order.lead.as_deref(), Some(LEAD));
    assert!(order.dues.is_empty());
    assert_eq!(Order::replay(&order.entries).as_ref(), Ok(order));
}

#[test]
fn the_first_entry_holds_the_key_and_no_open_number() {
    let open = |opening, actor| {
        let now = time("2026-03-02 09:00");
        Order::open(opening, actor, now, &rules(), &calendar())
    };
    let order = open(opening(), operator()).unwrap();
    let Action::Open(first) = &order.entries[0].action else {
        panic!("not an opening")
    };
    assert_eq!(first.key, "key-1");
    assert_eq!(order.text_hash.len(), 64);
    for contact in [
        "13812345678",
        "138*12345",
        "１３８１２３４５６７８",
        "a@b.cn",
    ] {
        let contact = Some(contact.to_owned());
        let refused = open(
            Opening {
                contact,
                ..opening()
            },
            operator(),
        )
        .unwrap_err();
        assert!(refused.why.contains("先遮盖"), "{refused}");
    }
    let key = String::new();
    let refused = open(Opening { key, ..opening() }, operator()).unwrap_err();
    assert_eq!(refused.why, "缺少幂等键");
    assert_eq!(
        open(opening(), stranger()).unwrap_err().why,
        "诉求人只能为自己登记"
    );
    assert!(open(opening(), unit(LEAD)).is_err());
    assert!(open(opening(), citizen()).is_ok());
}

#[test]
fn a_refusal_says_what_is_allowed_instead() {
    let mut desk = Desk::new();
    desk.dispatched(HELP, GENERAL);
    let refused = desk.propose(unit(LEAD), Action::Archive).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "不能“办结”（工单状态：已派单；操作人：承办单位）：只能由热线服务中心进行。现在可以：签收、申请退单"
    );
    let refused = desk.propose(unit(OTHER), Action::Sign).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "不能“签收”（工单状态：已派单；操作人：承办单位）：只能由本工单的主办或者协办单位进行。现在没有可以进行的操作"
    );
}

#[test]
fn only_the_centre_dispatches_closes_extends_and_suspends() {
    let kinds = [
        ActionKind::Dispatch,
        ActionKind::Archive,
        ActionKind::Merge,
        ActionKind::Decline,
        ActionKind::ApproveExtension,
        ActionKind::Suspend,
        ActionKind::ReviewSuspension,
        ActionKind::Redo,
        ActionKind::MissCallback,
        ActionKind::AcceptReturn,
    ];
    for kind in kinds {
        assert_eq!(table::row(kind).roles, [ActorRole::Centre], "{kind:?}");
    }
    for row in &TABLE {
        let by_unit = row.roles.contains(&ActorRole::Unit);
        let callback = row.from.contains(&State::Callback);
        assert!(!(by_unit && callback), "{:?}", row.kind);
        assert!(!by_unit || row.roles.len() == 1, "{:?}", row.kind);
    }
}

#[test]
fn a_machine_may_raise_a_grade_and_never_lower_it() {
    let mut desk = Desk::new();
    desk.accepted(HELP);
    desk.act(machine(), Action::Grade(grading(Level::Urgent, 900)));
    assert_eq!(desk.order.state, State::DispatchReady);
    let why = desk.refusal(machine(), Action::Grade(grading(GENERAL, 900)));
    assert_eq!(why, "系统只能升级，降级应当由人员作出并说明理由");
    // A person needs a reason.
    let mut proposal = Proposal {
        action: Action::Grade(grading(GENERAL, 900)),
        actor: operator(),
        at: desk.now,
        reason: String::new(),
        evidence: Vec::new(),
    };
    let decide = |proposal| desk.order.decide(proposal, &desk.rules, &desk.calendar);
    assert_eq!(decide(proposal.clone()).unwrap_err().why, "缺少理由");
    proposal.reason = "已核实".to_owned();
    assert!(decide(proposal).is_ok());
    // A flag of life safety is a grade, too.
    let life = Grading {
        life_safety: true,
        ..grading(Level::Urgent, 900)
    };
    desk.act(machine(), Action::Grade(life));
    assert_eq!(desk.order.state, State::Grade);
    assert!(
        !desk
            .refusal(machine(), Action::Grade(grading(Level::Urgent, 900)))
            .is_empty()
    );
    // While the unit works it is the same.
    desk.act(centre(), Action::Confirm)
        .act(centre(), Desk::dispatching());
    let lower = Action::Regrade { level: GENERAL };
    assert!(desk.propose(machine(), lower.clone()).is_err());
    assert!(desk.propose(centre(), lower).is_ok());
    let raise = Action::Regrade {
        level: Level::Critical,
    };
    assert!(desk.propose(machine(), raise).is_ok());
}

#[test]
fn top_grade_life_safety_and_low_confidence_wait_for_a_person() {
    let check = |grading: Grading, waits: bool| {
        let mut desk = Desk::new();
        desk.accepted(HELP).act(machine(), Action::Grade(grading));
        let state = desk.order.state;
        assert_eq!(state == State::Grade, waits);
        assert_eq!(state == State::DispatchReady, !waits);
        if waits {
            assert!(desk.propose(centre(), Desk::dispatching()).is_err());
            assert!(desk.propose(machine(), Action::Confirm).is_err());
            desk.act(operator(), Action::Confirm);
            assert_eq!(desk.order.confirmed_by.as_deref(), Some("op-3"));
            assert!(desk.propose(centre(), Desk::dispatching()).is_ok());
        }
    };
    check(grading(GENERAL, 600), false);
    check(grading(GENERAL, 599), true);
    check(grading(Level::Critical, 999), true);
    let life_safety = true;
    check(
        Grading {
            life_safety,
            ..grading(GENERAL, 900)
        },
        true,
    );
}

#[test]
fn citizens_act_on_their_own_order_only() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let urge = Action::Urge {
        words: "快一点".to_owned(),
    };
    assert_eq!(desk.refusal(stranger(), urge.clone()), "只能办理本人的工单");
    desk.act(citizen(), urge);
    assert_eq!(desk.order.urges, 1);
    assert_eq!(
        desk.order.allowed(&citizen()),
        [ActionKind::Urge, ActionKind::Withdraw]
    );
    assert_eq!(desk.order.allowed(&stranger()), []);
}

#[test]
fn due_times_follow_the_measures() {
    let check = |request, level, contact: &str, handle: &str| {
        let mut desk = Desk::new();
        desk.dispatched(request, level);
        assert_eq!(desk.due(DueKind::Sign), "2026-03-02 14:30");
        assert_eq!(desk.due(DueKind::Contact), contact);
        assert_eq!(desk.due(DueKind::Handle), handle);
    };
    check(
        RequestKind::Consult,
        GENERAL,
        "2026-03-03 17:30",
        "2026-03-03 17:30",
    );
    check(
        RequestKind::Help,
        GENERAL,
        "2026-03-03 17:30",
        "2026-03-05 17:30",
    );
    check(
        RequestKind::Report,
        GENERAL,
        "2026-03-03 17:30",
        "2026-03-09 17:30",
    );
    check(
        RequestKind::Help,
        Level::Urgent,
        "2026-03-02 11:00",
        "2026-03-03 09:00",
    );
    check(
        RequestKind::Help,
        Level::Critical,
        "2026-03-02 09:30",
        "2026-03-02 11:00",
    );
    let mut desk = Desk::new();
    desk.dispatched(HELP, GENERAL);
    assert_eq!(
        desk.order.dues[&DueKind::Handle].explain(&desk.calendar),
        "办理期限至2026年3月5日17:30（自2026年3月2日09:00起算；规则：一般工单（求助），3个工作日；\
         依据：《和澜市12345政务服务便民热线管理办法》第九条第（三）项、第十条第一款第（二）项；\
         日历：2026年依《国务院办公厅关于2026年部分节假日安排的通知》（国办发明电〔2025〕7号）、\
         《和澜市人民政府办公室关于2026年和澜市庆日放假的通知》（和政办发〔2025〕61号））"
    );
}

#[test]
fn another_law_goes_before_for_its_category() {
    let mut desk = Desk::new();
    let registration = Registration {
        request: Some(RequestKind::Complaint),
        items: vec![Item {
            category: "noise".to_owned(),
            name: "夜间施工".to_owned(),
        }],
        address: None,
        accused: None,
        fields: Vec::new(),
    };
    desk.act(operator(), Action::Register(registration))
        .act(operator(), Action::Complete)
        .act(
            operator(),
            Action::Accept {
                rule: "第六条".to_owned(),
            },
        )
        .act(operator(), Action::Grade(grading(GENERAL, 900)))
        .act(centre(), Desk::dispatching());
    assert_eq!(desk.due(DueKind::Contact), "2026-03-03 09:00");
    assert_eq!(desk.due(DueKind::Handle), "2026-03-09 17:30");
    let basis = &desk.order.dues[&DueKind::Contact].basis;
    assert!(
        basis.starts_with("《和澜市环境噪声污染防治条例》第四条"),
        "{basis}"
    );
}

#[test]
fn the_clock_stands_while_facts_are_awaited() {
    let mut desk = Desk::new();
    desk.registered(HELP);
    assert_eq!(desk.due(DueKind::Dispatch), "2026-03-02 09:30");
    let missing = vec!["楼号".to_owned()];
    desk.until("2026-03-02 09:10")
        .act(operator(), Action::AskFacts { missing });
    desk.until("2026-03-02 12:10");
    assert_eq!(desk.tick(), []);
    let fields = vec![field("楼号")];
    desk.act(citizen(), Action::SupplyFacts { fields });
    assert_eq!(desk.due(DueKind::Dispatch), "2026-03-02 12:30");
    desk.until("2026-03-02 12:31");
    let due = DueKind::Dispatch;
    let what = Reminder::Passed { due };
    assert_eq!(desk.tick(), [Action::Remind { what }]);
    assert_eq!(desk.tick(), []);
    // What is known is not asked again.
    let missing = vec!["楼号".to_owned()];
    let why = desk.refusal(operator(), Action::AskFacts { missing });
    assert_eq!(why, "字段“楼号”已经有了，不要再问");
}

#[test]
fn a_value_comes_from_somewhere() {
    let mut desk = Desk::new();
    desk.registered(HELP);
    let check = |source: FieldSource, expected: &str| {
        let fields = vec![Field {
            source,
            ..field("地点")
        }];
        let registration = Registration {
            request: None,
            items: Vec::new(),
            address: None,
            accused: None,
            fields,
        };
        assert_eq!(
            desk.refusal(operator(), Action::Register(registration)),
            expected
        );
    };
    check(
        FieldSource::Given { start: 4, end: 21 },
        "字段“地点”的来源第4至21字不在原文（共20字）之内",
    );
    check(
        FieldSource::Given { start: 4, end: 4 },
        "字段“地点”的来源第4至4字不在原文（共20字）之内",
    );
    let words = String::new();
    check(FieldSource::Asked { words }, "缺少字段“地点”的原话");
}

#[test]
fn a_unit_that_was_named_cannot_return_the_order() {
    let mut desk = Desk::new();
    desk.dispatched(HELP, GENERAL);
    let handle = desk.due(DueKind::Handle);
    let back = some(ActionKind::RequestReturn, &desk);
    desk.until("2026-03-02 14:00").act(unit(LEAD), back.clone());
    assert_eq!(desk.order.state, State::ReturnRequested);
    desk.act(centre(), Action::AcceptReturn);
    assert_eq!(desk.order.returns, 1);
    desk.until("2026-03-03 10:00")
        .act(centre(), Desk::dispatching());
    // The time that the citizen was shown stays; the limit for signing is new.
    assert_eq!(desk.due(DueKind::Handle), handle);
    assert_eq!(desk.due(DueKind::Sign), "2026-03-03 15:30");
    let why = desk.refusal(unit(LEAD), back.clone());
    assert_eq!(why, "会商或者退单审核后指定的承办单位不能再申请退单");
    // Likewise after a consultation.
    let mut desk = Desk::new();
    desk.ready(HELP, GENERAL);
    let consult = some(ActionKind::Consult, &desk);
    desk.act(centre(), consult);
    assert_eq!(desk.due(DueKind::Designate), "2026-03-03 17:30");
    desk.act(centre(), Desk::dispatching());
    assert!(desk.order.decided);
    assert!(desk.propose(unit(LEAD), back).is_err());
}

#[test]
fn the_limit_for_signing_counts_as_signed() {
    let mut desk = Desk::new();
    desk.dispatched(HELP, GENERAL);
    let back = some(ActionKind::RequestReturn, &desk);
    desk.until("2026-03-02 14:30");
    assert!(desk.propose(unit(LEAD), back.clone()).is_ok());
    assert!(desk.propose(machine(), Action::TakeAsSigned).is_err());
    desk.until("2026-03-02 14:31");
    assert_eq!(
        desk.refusal(unit(LEAD), back),
        "签收期限已过，视为接单，不能再申请退单"
    );
    assert_eq!(desk.tick(), [Action::TakeAsSigned]);
    assert_eq!(desk.order.state, State::Handling);
    // The unit that assists signs for its part, once.
    desk.act(unit(ASSIST), Action::Sign);
    assert_eq!(desk.order.state, State::Handling);
    assert_eq!(desk.refusal(unit(ASSIST), Action::Sign), "本单位已经签收");
}

#[test]
fn an_extension_is_given_once_and_in_time() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let ask = |days| Action::RequestExtension { days };
    assert_eq!(
        desk.refusal(unit(LEAD), ask(6)),
        "延期应当在1至5个工作日之间"
    );
    assert_eq!(
        desk.refusal(unit(ASSIST), ask(5)),
        "只能由本工单的主办单位进行"
    );
    assert_eq!(
        desk.refusal(
            centre(),
            Action::ApproveExtension {
                told: "好".to_owned()
            }
        ),
        "没有待审核的延期申请"
    );
    desk.act(unit(LEAD), ask(5));
    let told = "需要协调".to_owned();
    desk.act(centre(), Action::ApproveExtension { told });
    assert_eq!(desk.due(DueKind::Handle), "2026-03-12 17:30");
    assert_eq!(desk.refusal(unit(LEAD), ask(1)), "至多延期1次");
    // Too late, or too urgent.
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL).until("2026-03-05 17:31");
    assert_eq!(
        desk.refusal(unit(LEAD), ask(1)),
        "办理期限已过，不能再申请延期"
    );
    let mut desk = Desk::new();
    desk.handling(HELP, Level::Urgent);
    assert_eq!(desk.refusal(unit(LEAD), ask(1)), "紧急工单不能延期");
}

#[test]
fn near_due_overdue_and_supervision_come_once_each() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let contact = some(ActionKind::Contact, &desk);
    desk.act(unit(LEAD), contact);
    let near = |percent| Action::Remind {
        what: Reminder::NearDue { percent },
    };
    let supervise = |level| Action::Supervise { level };
    let urge = Action::Urge {
        words: String::new(),
    };
    // 9:00 on Monday to 17:30 on Thursday are 29.5 office hours.
    let mut check = |written: &str, expected: &[Action]| {
        desk.until(written);
        assert_eq!(desk.tick(), expected, "{written}");
        assert_eq!(desk.tick(), [], "{written}, again");
    };
    check("2026-03-03 16:00", &[]);
    check("2026-03-04 09:00", &[near(50)]);
    check("2026-03-05 09:00", &[]);
    check("2026-03-05 12:00", &[near(80)]);
    check("2026-03-05 17:30", &[]);
    check("2026-03-05 17:31", &[urge]);
    check("2026-03-06 14:00", &[]);
    check("2026-03-06 14:01", &[supervise(1)]);
    check("2026-03-06 17:31", &[supervise(2)]);
    check("2026-03-10 18:00", &[supervise(3)]);
    check("2026-06-10 18:00", &[]);
    // Backward the clock asks for nothing either.
    check("2026-03-01 18:00", &[]);
    assert_eq!(desk.order.supervision, 3);
}

#[test]
fn a_clock_that_was_off_asks_for_all_that_still_matters() {
    let mut desk = Desk::new();
    desk.dispatched(HELP, GENERAL).until("2026-03-20 09:00");
    let kinds: Vec<ActionKind> = desk.tick().iter().map(Action::kind).collect();
    assert_eq!(
        kinds,
        [
            ActionKind::TakeAsSigned,
            ActionKind::Remind,
            ActionKind::Urge,
            ActionKind::Supervise,
            ActionKind::Supervise,
            ActionKind::Supervise
        ]
    );
    assert_eq!(desk.tick(), []);
}

#[test]
fn a_machine_does_nothing_early_or_twice() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let urge = Action::Urge {
        words: String::new(),
    };
    assert_eq!(desk.refusal(machine(), urge), "还没有到时候，或者已经做过");
    assert!(
        desk.propose(machine(), Action::Supervise { level: 1 })
            .is_err()
    );
    assert!(
        desk.propose(centre(), Action::Supervise { level: 2 })
            .is_ok()
    );
    assert!(
        desk.propose(centre(), Action::Supervise { level: 4 })
            .is_err()
    );
}

#[test]
fn a_raise_brings_the_due_time_forward_and_never_back() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL).until("2026-03-03 10:00");
    desk.act(
        machine(),
        Action::Regrade {
            level: Level::Urgent,
        },
    );
    assert_eq!(desk.due(DueKind::Contact), "2026-03-03 12:00");
    assert_eq!(desk.due(DueKind::Handle), "2026-03-04 10:00");
    // Lowered again it is what the citizen was shown at first.
    desk.act(centre(), Action::Regrade { level: GENERAL });
    assert_eq!(desk.due(DueKind::Contact), "2026-03-03 17:30");
    assert_eq!(desk.due(DueKind::Handle), "2026-03-05 17:30");
    // Shortly before the end a raise leaves the time as it is.
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL).until("2026-03-05 10:00");
    desk.act(
        machine(),
        Action::Regrade {
            level: Level::Urgent,
        },
    );
    assert_eq!(desk.due(DueKind::Handle), "2026-03-05 17:30");
}

#[test]
fn the_callback_decides_how_it_ends() {
    let called = |answer: Option<Action>| {
        let mut desk = Desk::new();
        desk.handling(HELP, GENERAL).asked();
        if let Some(answer) = answer {
            desk.act(citizen(), answer);
        }
        desk
    };
    let why = |answer| called(Some(answer)).refusal(centre(), Action::Archive);
    assert_eq!(
        why(answers(true, false, false)),
        "诉求人说没有解决：应当重办或者挂账"
    );
    let content = called(Some(answers(true, true, true)));
    assert!(content.propose(centre(), Action::Redo).is_err());
    assert!(
        content
            .propose(centre(), some(ActionKind::Suspend, &content))
            .is_err()
    );
    // What was said is not said over.
    assert_eq!(
        content.refusal(centre(), answers(true, true, true)),
        "本次回访已有评价，不能改写"
    );
    let mut discontent = called(Some(answers(true, true, false)));
    discontent.act(centre(), Action::Archive);
    assert_eq!(discontent.order.outcome, Some(Outcome::Unsatisfied));
    // Nobody answers.
    let mut silent = called(None);
    for _ in 0..3 {
        assert!(silent.propose(centre(), Action::Archive).is_err());
        let miss = some(ActionKind::MissCallback, &silent);
        silent.act(centre(), miss);
    }
    silent.act(centre(), Action::Archive);
    assert_eq!(silent.order.outcome, Some(Outcome::Unreachable));
}

#[test]
fn work_is_done_again_twice_at_most() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    for redos in 1..=2 {
        desk.asked()
            .act(centre(), answers(true, false, false))
            .act(centre(), Action::Redo);
        assert_eq!(desk.order.redos, redos);
        assert_eq!(desk.due(DueKind::Handle), "2026-03-05 17:30");
    }
    desk.asked().act(centre(), answers(true, false, false));
    assert_eq!(
        desk.refusal(centre(), Action::Redo),
        "已经重办2次（至多2次），未解决的可以挂账"
    );
    let suspend = some(ActionKind::Suspend, &desk);
    assert!(desk.propose(centre(), suspend).is_ok());
}

#[test]
fn a_blocked_order_comes_back_on_its_review_date() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let suspend = |class: &str, review: &str| {
        Action::Suspend(Suspension {
            class: class.to_owned(),
            measures: "临时通道".to_owned(),
            review: review.parse().unwrap(),
            told: "已说明".to_owned(),
        })
    };
    let why = |class, review| desk.refusal(centre(), suspend(class, review));
    assert_eq!(why("mood", "2026-05-02"), "`mood` 不是规则所列的挂账原因");
    for review in ["2026-03-02", "2026-06-03"] {
        assert_eq!(
            why("policy", review),
            "复核日期应当在2026-03-02之后、3个月之内"
        );
    }
    desk.act(centre(), suspend("policy", "2026-06-02"));
    assert!(desk.propose(centre(), Action::Archive).is_err());
    assert!(desk.propose(machine(), Action::Resume).is_err());
    desk.until("2026-05-20 09:00");
    assert_eq!(desk.tick(), []);
    desk.until("2026-05-27 09:00");
    let what = Reminder::ReviewNear;
    assert_eq!(desk.tick(), [Action::Remind { what }]);
    // Reviewed, and still blocked.
    let review = "2026-08-20".parse().unwrap();
    let finding = "仍在协调".to_owned();
    desk.act(centre(), Action::ReviewSuspension { finding, review });
    desk.until("2026-06-03 09:00");
    assert_eq!(desk.tick(), []);
    desk.until("2026-08-20 00:00");
    assert_eq!(desk.tick(), [Action::Resume]);
    assert_eq!(desk.order.state, State::Handling);
    assert_eq!(desk.due(DueKind::Handle), "2026-08-25 17:30");
}

#[test]
fn a_withdrawal_is_asked_about_once_a_unit_has_the_order() {
    let mut desk = Desk::new();
    desk.registered(HELP).act(citizen(), Action::Withdraw);
    assert_eq!(desk.order.outcome, Some(Outcome::Withdrawn));
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL)
        .act(citizen(), Action::Withdraw);
    assert_eq!(desk.order.state, State::Callback);
    assert_eq!(desk.due(DueKind::Callback), "2026-03-04 17:30");
    // It was not of their own will: work goes on, and is not counted as done again.
    desk.act(centre(), Action::Redo);
    assert_eq!(desk.order.redos, 0);
    desk.act(citizen(), Action::Withdraw)
        .act(centre(), Action::Archive);
    assert_eq!(desk.order.outcome, Some(Outcome::Withdrawn));
}

#[test]
fn an_emergency_is_transferred_at_once_and_goes_on_beside() {
    let mut desk = Desk::new();
    let transfer = |number: &str| Action::Transfer {
        number: number.to_owned(),
        told: "请先离开".to_owned(),
    };
    assert_eq!(
        desk.refusal(machine(), transfer("114")),
        "`114` 不是110、119、120、122之一"
    );
    desk.act(machine(), transfer("119"));
    assert_eq!(
        desk.refusal(centre(), Action::Archive),
        "紧急转接的接收方还没有确认"
    );
    assert_eq!(
        desk.refusal(centre(), Action::Continue),
        "还没有登记诉求类别和事项"
    );
    desk.registered(HELP);
    assert_eq!(desk.order.state, State::Emergency);
    let receiver = "119已出警".to_owned();
    desk.act(machine(), Action::Acknowledge { receiver });
    assert!(desk.propose(centre(), Action::Archive).is_ok());
    desk.act(centre(), Action::Continue);
    assert_eq!(desk.order.state, State::Grade);
}

#[test]
fn only_questions_are_answered_at_once_and_from_a_source() {
    let mut desk = Desk::new();
    desk.registered(RequestKind::Complaint)
        .act(operator(), Action::Complete);
    let answer = some(ActionKind::Answer, &desk);
    assert_eq!(
        desk.refusal(operator(), answer.clone()),
        "只有咨询类诉求可以即时答复，其他诉求应当派单"
    );
    let mut desk = Desk::new();
    desk.registered(RequestKind::Consult)
        .act(operator(), Action::Complete);
    let bare = Action::Answer {
        text: "可以".to_owned(),
        sources: Vec::new(),
        version: "1".to_owned(),
    };
    assert_eq!(desk.refusal(machine(), bare), "答复没有引用来源");
    desk.act(machine(), answer).act(centre(), Action::Archive);
    assert_eq!(desk.order.outcome, Some(Outcome::Answered));
}

#[test]
fn a_complaint_does_not_go_to_the_unit_complained_about() {
    let mut desk = Desk::new();
    desk.registered(RequestKind::Complaint);
    let registration = Registration {
        request: None,
        items: Vec::new(),
        address: None,
        accused: Some(ASSIST.to_owned()),
        fields: Vec::new(),
    };
    desk.act(operator(), Action::Register(registration))
        .act(operator(), Action::Complete)
        .act(
            operator(),
            Action::Accept {
                rule: "第六条".to_owned(),
            },
        )
        .act(operator(), Action::Grade(grading(GENERAL, 900)));
    assert_eq!(
        desk.refusal(centre(), Desk::dispatching()),
        format!("投诉、举报不能转给被反映的单位（{ASSIST}）")
    );
}

#[test]
fn new_facts_open_a_closed_order_again() {
    let mut desk = Desk::new();
    desk.registered(HELP).act(citizen(), Action::Withdraw);
    let empty = Action::Reopen { facts: Vec::new() };
    assert_eq!(desk.refusal(citizen(), empty), "至少写明一项事实");
    let facts = vec![field("再次堆物")];
    desk.until("2026-04-01 09:00")
        .act(citizen(), Action::Reopen { facts });
    assert_eq!(desk.order.state, State::Intake);
    assert_eq!(desk.order.reopens, 1);
    assert_eq!(desk.order.outcome, None);
    assert_eq!(desk.due(DueKind::Dispatch), "2026-04-01 09:30");
}

#[test]
fn a_clock_that_jumps_back_is_noted() {
    let mut desk = Desk::new();
    desk.until("2026-03-01 09:00").registered(HELP);
    let last = desk.order.entries.last().unwrap();
    assert_eq!(shown(last.at), "2026-03-02 09:00");
    assert_eq!(last.skew, Some(86_400));
    assert_eq!(desk.order.entries[0].skew, None);
}

#[test]
fn the_first_altered_entry_is_named() {
    let mut desk = Desk::new();
    desk.handling(HELP, GENERAL);
    let entries = desk.order.entries.clone();
    let fault = |entries: &[super::Entry]| {
        let broken = Order::replay(entries).unwrap_err();
        (broken.sequence, broken.fault)
    };
    let mut altered = entries.clone();
    altered[3].reason.push('！');
    assert_eq!(fault(&altered), (4, Fault::Content));
    // Hashed anew it no longer fits the next one.
    altered[3].hash = altered[3].digest();
    assert_eq!(fault(&altered), (5, Fault::Previous));
    let mut lost = entries.clone();
    lost.remove(2);
    assert_eq!(fault(&lost), (3, Fault::Sequence));
    assert_eq!(fault(&entries[1..]), (1, Fault::Sequence));
    assert_eq!(fault(&[]), (1, Fault::Empty));
    // A whole chain hashed anew, in which a unit closes the order.
    let mut forged = entries[..2].to_vec();
    forged[1].actor = unit(LEAD);
    forged[1].hash = forged[1].digest();
    assert_eq!(fault(&forged), (2, Fault::Transition));
    let broken = Order::replay(&lost).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "工单第3条记录的序号不连续；请从备份恢复该工单，不要在其后继续登记"
    );
}

#[test]
fn rows_stand_in_the_order_of_kinds() {
    assert_eq!(TABLE.map(|row| row.kind), ActionKind::ALL);
    let names: BTreeSet<&str> = ActionKind::ALL.map(ActionKind::name).into();
    // 即时答复, 挂账 and the like are an action and a state, but no two actions have one name.
    assert_eq!(names.len(), ActionKind::ALL.len());
    let states: BTreeSet<&str> = State::ALL.map(State::name).into();
    assert_eq!(states.len(), State::ALL.len());
}

#[test]
fn the_table_for_people_is_the_table() {
    if std::env::var_os("CHENGZHI_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/order/README.md");
        std::fs::write(path, table::markdown()).unwrap();
    }
    let file = include_str!("README.md");
    assert_eq!(
        file,
        table::markdown(),
        "run this test with `CHENGZHI_BLESS=1`, then again"
    );
}

#[test]
fn nothing_is_asked_of_a_closed_order() {
    let mut desk = Desk::new();
    desk.registered(HELP).act(citizen(), Action::Withdraw);
    desk.until("2027-03-02 09:00");
    assert_eq!(tick(&desk.order, desk.now, &desk.rules, &desk.calendar), []);
    let nobody = Actor {
        role: ActorRole::Unit,
        id: "u".to_owned(),
        unit: None,
    };
    assert_eq!(desk.order.allowed(&nobody), []);
}
