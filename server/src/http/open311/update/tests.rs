//! Which action a status is in whose hands.

use super::*;

fn order(state: State) -> Order {
    Order {
        id: "HL1".to_owned(),
        state,
        missing: vec!["time".to_owned()],
        ..Order::default()
    }
}

fn check(role: ActorRole, state: State, sent: &str, expected: &str) {
    let form = Form::parse(format!("service_request_id=HL1&{sent}").as_bytes()).unwrap();
    let act = Said::read(&form).and_then(|said| said.act(role, &order(state)));
    let shown = match act {
        Ok(act) => format!("{} {}", act.action, act.reason).trim().to_owned(),
        Err(error) => format!("{} {}", error.georeport().as_u16(), error.code()),
    };
    assert_eq!(shown, expected, "{role:?} {state:?} {sent}");
}

#[test]
fn a_citizen_follows_their_own_order() {
    for (state, sent, expected) in [
        (
            State::Handling,
            "status=OPEN&description=快点",
            r#"{"kind":"urge","data":{"words":"快点"}}"#,
        ),
        (State::Handling, "status=open", "400 missing_field"),
        (
            State::AwaitingFacts,
            "status=OPEN&description=昨晚",
            r#"{"kind":"supply_facts","data":{"fields":[{"name":"time","value":"昨晚","source":{"asked":{"words":"昨晚"}}}]}}"#,
        ),
        (
            State::Archived,
            "status=REOPEN&description=又坏了",
            r#"{"kind":"reopen","data":{"facts":[{"name":"新情况","value":"又坏了","source":{"asked":{"words":"又坏了"}}}]}}"#,
        ),
        (
            State::Handling,
            "status=CANCELLED&description=不用了",
            r#"{"kind":"withdraw"} 不用了"#,
        ),
        (
            State::Handling,
            "status=FIXED&description=好了",
            r#"{"kind":"withdraw"} 好了"#,
        ),
        (
            State::Handling,
            "status=IN_PROGRESS&description=x",
            "403 forbidden",
        ),
        (
            State::Handling,
            "status=REOPEN&description=x",
            "403 forbidden",
        ),
        (
            State::Handling,
            "status=DUPLICATE&description=x",
            "403 forbidden",
        ),
    ] {
        check(ActorRole::Citizen, state, sent, expected);
    }
}

#[test]
fn a_unit_signs_reports_and_replies() {
    for (state, sent, expected) in [
        (
            State::Dispatched,
            "status=IN_PROGRESS",
            r#"{"kind":"sign"}"#,
        ),
        (
            State::Handling,
            "status=IN_PROGRESS&description=x",
            r#"{"kind":"report","data":{"text":"x"}}"#,
        ),
        (
            State::Handling,
            "status=FIXED&description=x&attribute[basis][]=a&attribute[basis][]=b&media_url=https://p.example/1",
            r#"{"kind":"reply","data":{"facts":"x","basis":["a","b"],"result":"x","files":["https://p.example/1"]}}"#,
        ),
        (
            State::Handling,
            "status=FIXED&description=x",
            "400 missing_field",
        ),
        (
            State::Handling,
            "status=REOPEN&description=x",
            "403 forbidden",
        ),
        (
            State::Handling,
            "status=FOR_TRIAGE&description=x",
            "403 forbidden",
        ),
        (
            State::Handling,
            "status=CANCELLED&description=x",
            "403 forbidden",
        ),
    ] {
        check(ActorRole::Unit, state, sent, expected);
    }
}

#[test]
fn the_centre_does_what_the_state_asks_for() {
    for (state, sent, expected) in [
        (State::Grade, "status=FOR_TRIAGE", r#"{"kind":"confirm"}"#),
        (
            State::Screen,
            "status=FOR_TRIAGE&description=r",
            r#"{"kind":"accept","data":{"rule":"r"}}"#,
        ),
        (State::Replied, "status=FIXED", r#"{"kind":"accept_reply"}"#),
        (
            State::Callback,
            "status=CLOSED&description=r",
            r#"{"kind":"archive"} r"#,
        ),
        (
            State::Callback,
            "status=REOPEN&description=r",
            r#"{"kind":"redo"} r"#,
        ),
        (
            State::Replied,
            "status=REOPEN&description=r",
            r#"{"kind":"return_reply"} r"#,
        ),
        (
            State::ReturnRequested,
            "status=INTERNAL_REFERRAL&description=r",
            r#"{"kind":"accept_return"} r"#,
        ),
        (
            State::ReturnRequested,
            "status=IN_PROGRESS&description=r",
            r#"{"kind":"refuse_return"} r"#,
        ),
        (
            State::Suspended,
            "status=IN_PROGRESS&description=r",
            r#"{"kind":"resume"} r"#,
        ),
        (
            State::Handling,
            "status=INVESTIGATING&description=r",
            r#"{"kind":"urge","data":{"words":"r"}}"#,
        ),
        (
            State::Screen,
            "status=DUPLICATE&description=r&attribute[into]=HL2",
            r#"{"kind":"merge","data":{"into":"HL2","told":"r"}}"#,
        ),
        (
            State::Screen,
            "status=DUPLICATE&description=r",
            "400 missing_field",
        ),
        (
            State::Screen,
            "status=NOT_COUNCILS_RESPONSIBILITY&description=r&attribute[ground]=g&attribute[channel]=c",
            r#"{"kind":"decline","data":{"ground":"g","channel":"c"}} r"#,
        ),
        (
            State::Handling,
            "status=CANCELLED&description=r",
            "403 forbidden",
        ),
        (
            State::Handling,
            "status=ACTION_SCHEDULED&description=r",
            "403 forbidden",
        ),
        (
            State::Handling,
            "status=OPEN&description=r",
            "403 forbidden",
        ),
    ] {
        check(ActorRole::Centre, state, sent, expected);
    }
    check(
        ActorRole::Machine,
        State::Handling,
        "status=OPEN",
        "403 forbidden",
    );
}

#[test]
fn what_is_wrong_with_an_update_is_said() {
    let code = |sent: &str| {
        let form = Form::parse(sent.as_bytes()).unwrap();
        Said::read(&form).map_or_else(|error| error.code().to_owned(), |_| String::new())
    };
    for (sent, expected) in [
        (
            "service_request_id=HL1&status=OPEN&updated_datetime=2026-11-21T08:00:00%2B08:00",
            "",
        ),
        (
            "service_request_id=HL1&status=OPEN&updated_datetime=2026-11-21",
            "invalid_date",
        ),
        ("service_request_id=HL1", "missing_field"),
        ("status=OPEN", "missing_field"),
        ("service_request_id=HL1&status=DONE", "unknown_status"),
        (
            "service_request_id=HL1&status=OPEN&description=a%00",
            "invalid_field",
        ),
    ] {
        assert_eq!(code(sent), expected, "{sent}");
    }
    let long = "x".repeat(4_001);
    assert_eq!(
        code(&format!(
            "service_request_id=HL1&status=OPEN&description={long}"
        )),
        "invalid_field"
    );
}
