//! Forms of answers that a server can hold, says that it can hold, and cannot.

use super::*;
use crate::layer::Fallback;

/// A question with a form that its sender can do without.
fn wishing() -> ChatRequest {
    ChatRequest {
        constraint: Some(Constraint::Regex("[0-9]+日".into())),
        form_optional: true,
        ..question()
    }
}

#[tokio::test]
async fn a_form_that_is_a_wish_is_asked_for_where_the_server_can_hold_it() {
    for (supports, answer, expected) in [
        (vec![Support::Regex], "30日", ("30日", true)),
        (vec![Support::Regex], "三十日", ("三十日", true)),
        (vec![Support::Schema], "三十日", ("三十日", false)),
    ] {
        let endpoint = Server::start(move |_| whole(answer)).await;
        let mut access = access(&endpoint.url);
        access.endpoint.supports = supports.into_iter().collect();
        let (said, result) = read(&Remote::open(access).unwrap(), wishing()).await;
        let asked = endpoint.request().1;
        let constrained = asked.get("structured_outputs").is_some();
        assert_eq!((said.as_str(), constrained), expected);
        // What a server promised to hold is still held against it.
        assert_eq!(result.is_ok(), answer == "30日" || !constrained);
        assert_eq!(endpoint.count(), 1);
    }
}

#[tokio::test]
async fn a_server_that_refuses_the_form_is_asked_without_it() {
    let refusal = || status(400, None, r#"{"error":"unknown field structured_outputs"}"#);
    let endpoint = Server::start(move |asked| match asked {
        0 => refusal(),
        _ => whole("三十日"),
    })
    .await;
    let (said, result) = read(&remote(&endpoint.url), wishing()).await;
    result.unwrap();
    assert_eq!(said, "三十日");
    let forms: Vec<bool> = endpoint
        .requests()
        .iter()
        .map(|(_, body)| body.get("structured_outputs").is_some())
        .collect();
    assert_eq!(forms, [true, false]);

    let strict = Server::start(move |_| refusal()).await;
    let needed = ChatRequest {
        form_optional: false,
        ..wishing()
    };
    let error = read(&remote(&strict.url), needed).await.1.unwrap_err();
    assert_eq!((kind(&error), strict.count()), ("request", 1));
    let error = read(&remote(&strict.url), wishing()).await.1.unwrap_err();
    assert_eq!((kind(&error), strict.count()), ("request", 3));
}

#[tokio::test]
async fn the_first_of_a_list_words_without_the_form_that_it_cannot_hold() {
    let (first, second) = (
        Server::start(|_| whole("三十日")).await,
        Server::start(|_| whole("30日")).await,
    );
    let mut plain = access(&first.url);
    plain.endpoint.supports.clear();
    let list = Fallback::new(
        Arc::new(Remote::open(plain).unwrap()),
        vec![Arc::new(remote(&second.url))],
    );
    let (said, last) = read(&list, wishing()).await;
    let by = last.unwrap().unwrap().model;
    assert_eq!((said.as_str(), by.as_deref()), ("三十日", Some("far")));
    assert_eq!((first.count(), second.count()), (1, 0));
}
