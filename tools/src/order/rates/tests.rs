use super::*;
use crate::order::action::{Level, RequestKind};
use crate::order::demo::*;
use crate::order::kind::ActionKind;

const MARCH: [&str; 2] = ["2026-03-01 00:00", "2026-04-01 00:00"];

fn period([from, to]: [&str; 2]) -> Period {
    let (from, to) = (time(from), time(to));
    Period { from, to }
}

fn asked() -> Desk {
    let mut desk = Desk::new();
    desk.handling(RequestKind::Help, Level::General).asked();
    desk
}

fn check(orders: &[Order], within: [&str; 2], by: Grouping, expected: &str) {
    let rates = rates(orders, period(within), by);
    let shown: Vec<String> = rates
        .iter()
        .map(|(name, it)| {
            let [first, second, third] = [it.responded, it.resolved, it.satisfied]
                .map(|rate| format!("{}/{}", rate.yes, rate.of));
            let (lost, blocked) = (it.unreachable, it.suspended);
            format!("{name} {first} {second} {third} lost {lost} blocked {blocked}")
        })
        .collect();
    assert_eq!(shown.join("\n"), expected);
}

#[test]
fn each_order_counts_by_its_last_answer() {
    let mut content = asked();
    content.act(centre(), answers(true, true, true));
    let mut again = asked();
    again
        .act(centre(), answers(true, false, false))
        .act(centre(), Action::Redo);
    let once = again.order.clone();
    again
        .until("2026-04-02 09:00")
        .asked()
        .act(centre(), answers(false, true, false));
    let orders = [content.order, again.order];
    check(
        &orders,
        MARCH,
        Grouping::District,
        "临江区 2/2 1/2 1/2 lost 0 blocked 0",
    );
    check(
        &orders,
        ["2026-03-01 00:00", "2026-05-01 00:00"],
        Grouping::Category,
        "fire 1/2 2/2 1/2 lost 0 blocked 0",
    );
    // What came later does not change an earlier month.
    let [unit, month] = [Grouping::Unit, Grouping::Unit];
    assert_eq!(
        rates(&orders[1..], period(MARCH), unit),
        rates(&[once], period(MARCH), month)
    );
}

#[test]
fn blocked_orders_are_left_out_of_two_rates_while_they_are_blocked() {
    let mut desk = asked();
    desk.act(centre(), answers(true, false, false));
    let suspend = data(ActionKind::Suspend, 2, desk.now);
    desk.until("2026-03-20 09:00");
    let suspend = match suspend {
        Action::Suspend(it) => Action::Suspend(crate::order::action::Suspension {
            review: "2026-05-01".parse().unwrap(),
            ..it
        }),
        other => other,
    };
    desk.act(centre(), suspend);
    let orders = [desk.order];
    check(
        &orders,
        MARCH,
        Grouping::District,
        "临江区 1/1 0/0 0/0 lost 0 blocked 1",
    );
    check(
        &orders,
        ["2026-03-01 00:00", "2026-03-20 09:00"],
        Grouping::District,
        "临江区 1/1 0/1 0/1 lost 0 blocked 0",
    );
}

#[test]
fn who_cannot_be_reached_is_in_no_rate() {
    let mut desk = asked();
    for _ in 0..3 {
        let miss = data(ActionKind::MissCallback, 1, desk.now);
        desk.act(centre(), miss);
    }
    desk.act(centre(), Action::Archive);
    // Taken back, opened only, answered in no time: in no rate, and not lost either.
    let mut withdrawn = Desk::new();
    withdrawn
        .handling(RequestKind::Help, Level::General)
        .act(citizen(), Action::Withdraw)
        .act(centre(), Action::Archive);
    let orders = [desk.order, withdrawn.order, Desk::new().order];
    check(
        &orders,
        MARCH,
        Grouping::Unit,
        "临江区消防救援大队 0/0 0/0 0/0 lost 1 blocked 0",
    );
    let empty = ["2026-05-01 00:00", "2026-06-01 00:00"];
    check(&orders, empty, Grouping::Unit, "");
}

#[test]
fn a_share_of_nothing_is_none() {
    assert_eq!(Rate { yes: 0, of: 0 }.share(), None);
    assert_eq!(Rate { yes: 1, of: 4 }.share(), Some(0.25));
}
