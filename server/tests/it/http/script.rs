//! Agents that do what a test says.

use std::sync::{Arc, Mutex};

use agents::{
    Aigc, Answer, Cause, Citation, CitationKind, Contact, Event, Request, Sentence, Status, Task,
};
use futures::StreamExt;
use server::turn::Work;
use tokio::sync::mpsc;

/// The passage that scripted answers cite.
pub(crate) fn citation(id: &str) -> Citation {
    Citation {
        id: id.into(),
        kind: CitationKind::Passage,
        corpus: "test".into(),
        document: "rules-2024.md".into(),
        title: "和澜市楼道管理办法".into(),
        path: "第三条".into(),
        text: "第三条 禁止在楼道堆放杂物，电话13800001234。".into(),
        effective_from: Some("2024-05-01".parse().unwrap()),
        effective_to: None,
        revision: "0123456789ab".into(),
    }
}

/// An answer of two sentences with two sources.
pub(crate) fn answer(request: &Request) -> Answer {
    Answer {
        status: Status::Answered,
        question: request.question.clone(),
        interpreted: request.question.clone(),
        as_of: request.as_of.unwrap_or(request.today),
        jurisdiction: request.place.clone(),
        lead: Some("以下为现行规定原文摘引，按相关程度排列。".into()),
        sentences: vec![
            Sentence {
                text: "禁止在楼道堆放杂物。".into(),
                citations: vec!["test:a@1:2".into()],
                worded_by: None,
            },
            Sentence {
                text: "违者处200元罚款。".into(),
                citations: vec!["test:a@1:2".into(), "test:b@2:0".into()],
                worded_by: None,
            },
        ],
        citations: vec![citation("test:a@1:2"), citation("test:b@2:0")],
        missing: Vec::new(),
        searched: vec!["test".into()],
        next: vec![Contact {
            name: "12345".into(),
            contact: "电话 12345".into(),
        }],
        choices: Vec::new(),
        message: None,
        mode: "off".into(),
        degraded: None,
        agent: "policy-qa".into(),
        label: "本回答由人工智能生成。".into(),
        aigc: Aigc::new("和澜市", &request.question),
        conversation: request.conversation.clone(),
        form: None,
        queue: None,
        watch: None,
        digest: None,
        draft: None,
    }
}

/// The events that lead to [`answer`].
pub(crate) fn events(request: &Request) -> Vec<Event> {
    let answer = answer(request);
    let mut events = vec![
        Event::Started {
            conversation: request.conversation.clone(),
            turn: request.turn,
            agent: "policy-qa".into(),
        },
        Event::Interpreted {
            question: request.question.clone(),
            interpreted: format!("{}（此前{}句）", request.question, request.history.len()),
            as_of: answer.as_of,
            as_of_stated: request.as_of.is_some(),
            jurisdiction: vec!["全国".into(), "和澜市".into()],
            expansions: vec![corpora::Expansion {
                expression: "堆杂物".into(),
                terms: vec!["堆放物品".into()],
                weight: 0.3,
            }],
        },
        Event::Searched {
            corpora: vec!["test".into()],
            passages: 2,
        },
        Event::Removed {
            text: "罚款9999元。".into(),
            reason: "9999元没有依据".into(),
        },
    ];
    events.extend(answer.citations.iter().cloned().map(Event::Citation));
    for (index, sentence) in answer.sentences.iter().enumerate() {
        events.push(Event::Sentence {
            index,
            text: sentence.text.clone(),
            citations: sentence.citations.clone(),
        });
    }
    events.push(Event::Done(Box::new(answer)));
    events
}

/// An agent that answers at once.
pub(crate) fn prompt() -> Work {
    Arc::new(|_, _, request| futures::stream::iter(events(&request)).map(Ok).boxed())
}

/// The events of an answer that a model was to word and could not.
pub(crate) fn unworded(request: &Request) -> Vec<Event> {
    let mut events = events(request);
    events.insert(3, Event::Quoted(Box::new(answer(request))));
    let failed = Event::Degraded {
        task: Task::Wording,
        cause: Cause::Unavailable,
        reason: "cannot connect to 10.0.0.9".into(),
        model: None,
    };
    events.insert(4, failed);
    if let Some(Event::Done(answer)) = events.last_mut() {
        answer.degraded = Some("模型暂时不可用。".into());
    }
    events
}

/// The events of an answer that a model has worded: other words, and one source that the quoted one has not.
pub(crate) fn worded(request: &Request) -> Vec<Event> {
    let mut events = events(request);
    events.insert(3, Event::Quoted(Box::new(answer(request))));
    if let Some(Event::Done(answer)) = events.last_mut() {
        answer.lead = Some("以下内容由模型归纳。".into());
        answer.mode = "script".into();
        answer.citations = vec![citation("test:b@2:0"), citation("test:c@1:0")];
        answer.sentences = vec![Sentence {
            text: "楼道不能堆放杂物。".into(),
            citations: vec!["test:b@2:0".into(), "test:c@1:0".into()],
            worded_by: Some("script".into()),
        }];
    }
    events
}

/// An agent that panics in the middle of its work.
pub(crate) fn panicking() -> Work {
    Arc::new(|_, _, request| {
        let first = events(&request).swap_remove(0);
        futures::stream::iter([Ok(first)])
            .chain(futures::stream::once(async {
                panic!("a fault in the agent")
            }))
            .boxed()
    })
}

/// What a test holds of an agent that waits for it.
pub(crate) struct Hand {
    /// The request, once the agent was asked.
    pub(crate) request: mpsc::UnboundedReceiver<Request>,
    /// What the agent says; closed when its work was stopped.
    pub(crate) say: mpsc::UnboundedSender<Result<Event, agents::Error>>,
}

/// An agent that says what the test says, when the test says it. It can be asked once.
pub(crate) fn by_hand() -> (Work, Hand) {
    let (say, said) = mpsc::unbounded_channel();
    let (asked, request) = mpsc::unbounded_channel();
    let said = Mutex::new(Some(said));
    let work: Work = Arc::new(move |_, _, request| {
        let _ = asked.send(request);
        let said = said.lock().unwrap().take().expect("asked once");
        futures::stream::unfold(said, |mut said: mpsc::UnboundedReceiver<_>| async move {
            said.recv().await.map(|event| (event, said))
        })
        .boxed()
    });
    (work, Hand { request, say })
}
