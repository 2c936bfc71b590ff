//! Both revisions over a pair of streams: lists, calls, questions, and what may pass through the client's hands.

use std::sync::atomic::Ordering;

use agents::Role;
use rmcp::ServiceError;
use rmcp::model::{
    CallToolResponse, ElicitationAction, InputRequiredResult, RequestMetaObject, RequestParamsMeta,
};
use serde_json::{Value, json};
use server::turn::Caller;
use tools::Approval;

use super::client::{
    Hands, Running, accept, call, connected, filled, modes, request, status, text,
};
use super::world::{World, bearer, citizen, li, submissions, world};

async fn once(client: &Running, tool: &str, arguments: Value) -> CallToolResponse {
    client
        .peer()
        .call_tool_once(request(tool, arguments))
        .await
        .unwrap()
}

fn required(response: CallToolResponse) -> InputRequiredResult {
    match response {
        CallToolResponse::InputRequired(result) => result,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_person_sees_their_tools() {
    let World {
        served,
        folder: _folder,
        ..
    } = world().await;
    for mode in modes() {
        let names = async |who| {
            let client = connected(&served, who, Hands::default(), mode.clone()).await;
            let tools = client.peer().list_all_tools().await.unwrap();
            tools
                .iter()
                .map(|tool| tool.name.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(li()).await,
            ["bulky-waste", "echo", "parking-permit", "policy-search"]
        );
        assert_eq!(
            names(bearer("wang", Role::Officer)).await,
            [
                "bulky-waste",
                "officers-echo",
                "parking-permit",
                "policy-search"
            ]
        );
        assert_eq!(names(bearer("x", Role::Developer)).await, ["policy-search"]);
    }
}

#[tokio::test]
async fn a_tool_is_described() {
    let World {
        served,
        folder: _folder,
        ..
    } = world().await;
    for (hands, asks) in [(Hands::default(), true), (Hands::mute(), false)] {
        let client = connected(&served, li(), hands, modes()[0].clone()).await;
        let tools = serde_json::to_value(client.peer().list_all_tools().await.unwrap()).unwrap();
        assert_eq!(tools[1]["title"], "回声");
        assert_eq!(
            tools[1]["annotations"],
            json!({"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true})
        );
        assert_eq!(
            tools[2]["annotations"],
            json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": true})
        );
        assert_eq!(tools[2]["outputSchema"]["type"], "object");
        assert_eq!(
            tools[2]["inputSchema"]["properties"]["months"]["maximum"],
            12
        );
        assert!(!tools[2].to_string().contains("x-ask"));
        // Whoever can ask the person need not make anything up.
        assert_eq!(tools[2]["inputSchema"].get("required").is_none(), asks);
        assert_eq!(
            tools[2]["description"]
                .as_str()
                .unwrap()
                .contains("不要代填"),
            asks
        );
    }
}

#[tokio::test]
async fn reads_are_answered() {
    let World {
        served,
        folder: _folder,
        ..
    } = world().await;
    for mode in modes() {
        let client = connected(&served, li(), Hands::default(), mode).await;
        let result = call(&client, "echo", json!({"text": "你好"}))
            .await
            .unwrap();
        let expected = json!({
            "status": "done",
            "value": {"said": "你好", "origins": {"text": "model"}},
            "evidence": ["echo:1"],
        });
        assert_eq!(result.structured_content, Some(expected));
        let result = call(
            &client,
            "policy-search",
            json!({"query": "停车", "limit": 2}),
        )
        .await
        .unwrap();
        let value = &result.structured_content.unwrap()["value"];
        assert_eq!(
            *value,
            json!({"for": "citizen", "query": "停车", "limit": 2})
        );
        let failed = call(&client, "policy-search", json!({"query": "出错"}))
            .await
            .unwrap();
        assert_eq!(
            (failed.is_error, text(&failed).as_str()),
            (Some(true), "检索暂不可用")
        );
    }
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let World {
        served,
        folder: _folder,
        ..
    } = world().await;
    for mode in modes() {
        let client = connected(&served, li(), Hands::mute(), mode).await;
        for unknown in ["nothing", "officers-echo", "confirm", ""] {
            match call(&client, unknown, json!({"text": "x"}))
                .await
                .unwrap_err()
            {
                ServiceError::McpError(error) => {
                    assert_eq!(error.code.0, -32602);
                    assert_eq!(error.message, format!("Unknown tool: {unknown}"));
                }
                other => panic!("{other}"),
            }
        }
        for (tool, wrong) in [
            ("echo", json!({"text": 1})),
            ("echo", json!({})),
            ("echo", json!({"text": "x", "more": 1})),
            ("echo", json!({"text": "长".repeat(21)})),
            ("parking-permit", json!({})),
            ("policy-search", json!({})),
            ("policy-search", json!({"query": ""})),
            ("policy-search", json!({"query": "x", "limit": 21})),
            ("policy-search", json!({"query": "x", "more": 1})),
        ] {
            let result = call(&client, tool, wrong.clone()).await.unwrap();
            assert_eq!(result.is_error, Some(true), "{tool} {wrong}");
            assert!(text(&result).contains(tool), "{}", text(&result));
        }
    }
}

#[tokio::test]
async fn a_form_is_filled_shown_and_handed_in_once() {
    for mode in modes() {
        let all = world().await;
        let hands = Hands::of([accept(filled()), accept(json!({"confirm": true}))]);
        let client = connected(&all.served, li(), hands.clone(), mode).await;
        let result = call(&client, "parking-permit", json!({})).await.unwrap();
        assert_eq!(status(&result), "done", "{result:?}");
        let asked = hands.asked();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0].1["required"], json!(["name", "mobile", "months"]));
        for line in ["姓名：李明", "手机号：13900001234", "月数：3"] {
            assert!(asked[1].0.contains(line), "{}", asked[1].0);
        }
        assert_eq!(asked[1].1["properties"]["confirm"]["type"], "boolean");
        let done = submissions(&all).await;
        assert_eq!(done.len(), 1);
        assert_eq!(
            done[0]["origins"],
            json!({"name": "citizen", "mobile": "citizen", "months": "citizen"})
        );
        // The same again, its answer lost: nothing happens twice.
        *hands.answers.lock().unwrap() = [accept(filled())].into();
        let again = call(&client, "parking-permit", json!({})).await.unwrap();
        assert_eq!(again.structured_content, result.structured_content);
        assert_eq!(submissions(&all).await.len(), 1);
    }
}

#[tokio::test]
async fn what_the_program_passed_is_a_models() {
    for mode in modes() {
        let all = world().await;
        // The name is critical: it is asked for although the program has one.
        let hands = Hands::of([
            accept(json!({"name": "李明", "months": 9})),
            accept(json!({"confirm": true})),
        ]);
        let officer = bearer("wang", Role::Officer);
        let client = connected(&all.served, officer, hands.clone(), mode).await;
        let given = json!({"name": "别人", "mobile": "13900001234", "months": 3});
        let result = call(&client, "parking-permit", given).await.unwrap();
        assert_eq!(status(&result), "done", "{result:?}");
        assert_eq!(
            hands.asked()[0].1["properties"]
                .as_object()
                .unwrap()
                .keys()
                .collect::<Vec<_>>(),
            ["name"]
        );
        assert!(
            hands.asked()[1].0.contains("姓名：李明") && hands.asked()[1].0.contains("月数：3")
        );
        let origins = &submissions(&all).await[0]["origins"];
        assert_eq!(
            *origins,
            json!({"name": "staff", "mobile": "model", "months": "model"})
        );
    }
}

#[tokio::test]
async fn answers_that_do_not_read_are_asked_again() {
    for mode in modes() {
        let all = world().await;
        let wrong = json!({"name": "李明", "mobile": "139", "months": 3});
        let hands = Hands::of([
            accept(wrong),
            accept(json!({"mobile": "13900001234"})),
            accept(json!({"confirm": true})),
        ]);
        let client = connected(&all.served, li(), hands.clone(), mode).await;
        let result = call(&client, "parking-permit", json!({})).await.unwrap();
        assert_eq!(status(&result), "done", "{result:?}");
        let asked = hands.asked();
        assert!(
            asked[1].0.contains("手机号：") && asked[1].1["required"] == json!(["mobile"]),
            "{asked:?}"
        );
        // Somebody who never learns is not asked for ever.
        let hands =
            Hands::of((0..20).map(|_| accept(json!({"name": "李明", "mobile": "1", "months": 3}))));
        let client = connected(&all.served, li(), hands.clone(), modes()[0].clone()).await;
        let result = call(&client, "parking-permit", json!({})).await.unwrap();
        assert_eq!(result.is_error, Some(true));
        assert_eq!(hands.asked().len(), 4);
    }
}

#[tokio::test]
async fn only_a_yes_is_a_yes() {
    let no = (ElicitationAction::Decline, json!({}));
    let cases = [
        (accept(json!({"confirm": false})), "declined"),
        (accept(json!({"confirm": "true"})), "declined"),
        (accept(json!({})), "declined"),
        (no.clone(), "declined"),
        (
            (ElicitationAction::Decline, json!({"confirm": true})),
            "declined",
        ),
        (
            (ElicitationAction::Cancel, json!({"confirm": true})),
            "needs_confirmation",
        ),
    ];
    for mode in modes() {
        for (answer, expected) in &cases {
            let all = world().await;
            let hands = Hands::of([accept(filled()), answer.clone()]);
            let client = connected(&all.served, li(), hands, mode.clone()).await;
            let result = call(&client, "parking-permit", json!({})).await.unwrap();
            assert_eq!(status(&result), *expected, "{answer:?}");
            assert_eq!(submissions(&all).await.len(), 0);
            let now = (all.served.clock)();
            let waiting = all.served.toolbox.waiting(&citizen(), now).await.unwrap();
            assert_eq!(
                waiting.len(),
                usize::from(*expected == "needs_confirmation")
            );
        }
        for (answer, expected) in [
            (no.clone(), "declined"),
            ((ElicitationAction::Cancel, json!({})), "cancelled"),
        ] {
            let all = world().await;
            let client = connected(&all.served, li(), Hands::of([answer]), mode.clone()).await;
            let result = call(&client, "parking-permit", json!({})).await.unwrap();
            assert_eq!(status(&result), expected);
            assert_eq!(submissions(&all).await.len(), 0);
        }
    }
}

#[tokio::test]
async fn who_cannot_be_asked_confirms_on_the_page() {
    for mode in modes() {
        let all = world().await;
        let client = connected(&all.served, li(), Hands::mute(), mode).await;
        // The name is critical, and nobody said it.
        let result = call(&client, "parking-permit", filled()).await.unwrap();
        assert!(
            text(&result).contains("does not occur in what the person said"),
            "{}",
            text(&result)
        );
        let result = call(&client, "bulky-waste", filled()).await.unwrap();
        let told = result.structured_content.clone().unwrap();
        assert_eq!(told["status"], "needs_confirmation");
        let waiting = all
            .served
            .toolbox
            .waiting(&citizen(), (all.served.clock)())
            .await
            .unwrap();
        assert_eq!(told["proposal"], waiting[0].id);
        assert!(text(&result).contains("月数：3"));
    }
}

#[tokio::test]
async fn a_proposal_is_told_and_confirmed_elsewhere() {
    for mode in modes() {
        let all = world().await;
        let hands = Hands::of([accept(filled())]);
        let client = connected(&all.served, li(), hands, mode).await;
        let result = call(&client, "parking-permit", json!({})).await.unwrap();
        let told = result.structured_content.unwrap();
        assert_eq!(told["status"], "needs_confirmation");
        assert_eq!(told["expires"], "2026-11-26T04:05:00Z");
        assert!(
            told["lines"][0]
                .as_str()
                .unwrap()
                .contains("临时停车证申请表")
        );
        let id = told["proposal"].as_str().unwrap();
        let toolbox = &all.served.toolbox;
        let done = toolbox
            .confirm(
                id,
                &citizen(),
                all.served.grant.clone(),
                (all.served.clock)(),
            )
            .await;
        assert!(done.is_ok());
        assert_eq!(submissions(&all).await.len(), 1);
    }
}

#[tokio::test]
async fn rights_are_looked_at_on_every_call() {
    let all = world().await;
    let client = connected(&all.served, li(), Hands::default(), modes()[1].clone()).await;
    let first = required(once(&client, "parking-permit", json!({})).await);
    // Somebody else's client brings it back.
    for other in [
        bearer("zhao", Role::Citizen),
        bearer("li", Role::Officer),
        Caller::CITIZEN,
    ] {
        let stranger = connected(&all.served, other, Hands::default(), modes()[1].clone()).await;
        let again = request("parking-permit", json!({}))
            .with_request_state(first.request_state.clone().unwrap());
        match stranger.peer().call_tool_once(again).await.unwrap_err() {
            ServiceError::McpError(error) => {
                assert!(error.message.contains("requestState"), "{error}");
            }
            other => panic!("{other}"),
        }
    }
}

/// Revision 2026-07-28, request by request.
#[tokio::test]
async fn a_state_is_carried_and_cannot_be_changed() {
    let all = world().await;
    let client = connected(&all.served, li(), Hands::default(), modes()[1].clone()).await;
    let first = required(once(&client, "parking-permit", json!({"months": 3})).await);
    let form = first
        .input_requests
        .as_ref()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    assert_eq!(form, "form-0");
    let state = first.request_state.unwrap();
    let answer = |form: &str, content: Value| {
        [(
            form.to_owned(),
            json!({"action": "accept", "content": content}),
        )]
        .into()
    };
    let mine = json!({"name": "李明", "mobile": "13900001234"});
    let back = |arguments: Value, state: &str, answers| {
        let request = request("parking-permit", arguments)
            .with_request_state(state)
            .with_input_responses(answers);
        client.peer().call_tool_once(request)
    };
    // An answer to nothing that was asked is no answer.
    let same = required(
        back(
            json!({"months": 3}),
            &state,
            answer("confirm-x", json!({"confirm": true})),
        )
        .await
        .unwrap(),
    );
    assert_eq!(
        same.input_requests.unwrap().keys().collect::<Vec<_>>(),
        ["form-0"]
    );
    let second = required(
        back(json!({"months": 3}), &state, answer(&form, mine.clone()))
            .await
            .unwrap(),
    );
    let confirm = second
        .input_requests
        .as_ref()
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    assert!(confirm.starts_with("confirm-"));
    let state = second.request_state.unwrap();
    let yes = || answer(&confirm, json!({"confirm": true}));
    // Altered: a character, the arguments; expired.
    let mut altered = state.clone().into_bytes();
    altered[40] ^= 1;
    let altered = String::from_utf8(altered).unwrap();
    for (arguments, state) in [
        (json!({"months": 3}), altered.as_str()),
        (json!({"months": 4}), state.as_str()),
        (json!({}), state.as_str()),
        (json!({"months": 3}), ""),
    ] {
        let error = back(arguments, state, yes()).await.unwrap_err();
        assert!(error.to_string().contains("requestState"), "{error}");
    }
    all.ahead.store(300, Ordering::SeqCst);
    assert!(
        back(json!({"months": 3}), &state, yes())
            .await
            .unwrap_err()
            .to_string()
            .contains("requestState")
    );
    all.ahead.store(299, Ordering::SeqCst);
    assert_eq!(submissions(&all).await.len(), 0);
    let done = |response| match response {
        CallToolResponse::Complete(result) => result,
        other => panic!("{other:?}"),
    };
    let result = done(back(json!({"months": 3}), &state, yes()).await.unwrap());
    assert_eq!(status(&result), "done", "{result:?}");
    // The answer was lost and the client sends the same again: the same answer, no second effect.
    let again = done(back(json!({"months": 3}), &state, yes()).await.unwrap());
    assert_eq!(again.structured_content, result.structured_content);
    assert_eq!(submissions(&all).await.len(), 1);
}

/// What was agreed to is what was shown: a yes to a proposal that is gone is no yes to the next one.
#[tokio::test]
async fn a_yes_is_for_one_proposal() {
    let all = world().await;
    let client = connected(&all.served, li(), Hands::default(), modes()[1].clone()).await;
    let back = |state: String, answers| {
        let request = request("parking-permit", json!({}))
            .with_request_state(state)
            .with_input_responses(answers);
        client.peer().call_tool_once(request)
    };
    let first = required(once(&client, "parking-permit", json!({})).await);
    let filled = json!({"action": "accept", "content": filled()});
    let second = back(
        first.request_state.unwrap(),
        [("form-0".to_owned(), filled)].into(),
    )
    .await
    .unwrap();
    let second = required(second);
    let confirm = second
        .input_requests
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    let id = confirm.strip_prefix("confirm-").unwrap();
    Approval::decline(
        all.served.toolbox.store(),
        id,
        &citizen(),
        (all.served.clock)(),
    )
    .await
    .unwrap();
    let yes = json!({"action": "accept", "content": {"confirm": true}});
    let third = back(
        second.request_state.unwrap(),
        [(confirm.clone(), yes)].into(),
    )
    .await
    .unwrap();
    let next = required(third)
        .input_requests
        .unwrap()
        .keys()
        .next()
        .unwrap()
        .clone();
    assert!(next.starts_with("confirm-") && next != confirm);
    assert_eq!(submissions(&all).await.len(), 0);
}

#[tokio::test]
async fn a_request_can_have_a_name() {
    for mode in modes() {
        let all = world().await;
        let named = |key: Value| {
            let mut call = request("parking-permit", json!({}));
            let mut meta = RequestMetaObject::new();
            meta.insert("chengzhi/key".to_owned(), key);
            call.set_meta(meta);
            call
        };
        let both = || [accept(filled()), accept(json!({"confirm": true}))];
        let hands = Hands::of(both().into_iter().chain(both()));
        let client = connected(&all.served, li(), hands, mode).await;
        for key in ["one", "two"] {
            let response = client.call_tool(named(json!(key))).await.unwrap();
            assert!(format!("{response:?}").contains("done"), "{response:?}");
        }
        // The same form twice under two names is two requests.
        assert_eq!(submissions(&all).await.len(), 2);
        for wrong in [json!(""), json!(1), json!("x".repeat(201))] {
            let hands = Hands::of([accept(filled())]);
            let client = connected(&all.served, li(), hands, modes()[0].clone()).await;
            let error = client.call_tool(named(wrong)).await.unwrap_err();
            assert!(error.to_string().contains("chengzhi/key"), "{error}");
        }
    }
}

/// Somebody without a token is somebody all the same: known by the conversation, or by what the client carries.
#[tokio::test]
async fn a_person_without_a_name_hands_in_a_form() {
    for mode in modes() {
        let all = world().await;
        let yes = accept(json!({"confirm": true}));
        let hands = Hands::of([accept(filled()), yes.clone()]);
        let client = connected(&all.served, Caller::CITIZEN, hands, mode.clone()).await;
        let result = call(&client, "parking-permit", json!({})).await.unwrap();
        assert_eq!(status(&result), "done", "{result:?}");
        // Another of them has another number: the same form is not the same request.
        let hands = Hands::of([accept(filled()), yes]);
        let client = connected(&all.served, Caller::CITIZEN, hands, mode).await;
        let result = call(&client, "parking-permit", json!({})).await.unwrap();
        assert_eq!(status(&result), "done", "{result:?}");
        assert_eq!(submissions(&all).await.len(), 2);
    }
}
