//! One turn, from a question to events on the record; HTTP and the command line ask through here.
//!
//! The answer is held back until the store has committed it, and so is a quoted one that is shown before. Dropping the
//! stream cancels the work, and what happened so far is recorded all the same, with what is needed to run the turn again.
//! Nothing here knows status codes or terminals.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use agents::guard::text::{LIMIT, QuestionError, clean_within};
use agents::kind::draft::{self, Brief};
use agents::{Agent, Event, Exchange, Kind, Request, Role, Tape, World};
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt};
use jiff::civil::Date;
use serde::Serialize;
use tokio::sync::mpsc;
use tools::Person;

use crate::app::App;
use crate::pins::{Pinned, asks_personal, says_personal};
use crate::store::{Conversation, Finished, Held, Outcome, Store, StoreError};

/// Most passages that a caller may ask for.
pub const MOST_PASSAGES: usize = 100;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// What they may do.
    pub role: Role,
    /// Name of their token; none without one.
    pub name: Option<String>,
    /// The department that a civil servant works for.
    pub unit: Option<String>,
    /// The resident that a citizen has shown to be.
    pub resident: Option<String>,
}

impl Caller {
    /// Somebody without a token.
    pub const CITIZEN: Self = Self {
        role: Role::Citizen,
        name: None,
        unit: None,
        resident: None,
    };

    /// The person for whom tools are called: the bearer of a token, else whoever knows the conversation.
    pub fn person(&self, conversation: Option<&str>) -> Option<Person> {
        let id = match (&self.resident, &self.name, conversation) {
            (Some(resident), ..) => format!("resident:{resident}"),
            (None, Some(name), _) => format!("token:{name}"),
            (None, None, Some(conversation)) => format!("conversation:{conversation}"),
            (None, None, None) => return None,
        };
        Some(Person {
            id,
            role: self.role.name().to_owned(),
            unit: self.unit.clone(),
        })
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name of the agent.
    pub agent: String,
    /// The words of the person.
    pub question: String,
    /// The day for which rules are asked, if the caller chose one.
    pub as_of: Option<Date>,
    /// The place the caller chose.
    pub place: Option<String>,
    /// The conversation to go on with; none begins one.
    pub conversation: Option<String>,
    /// What was said before, from callers who keep conversations themselves; not used beside `conversation`.
    pub history: Vec<Exchange>,
    /// Corpora to search; none means all that agent and caller may read.
    pub corpora: Option<Vec<String>>,
    /// Passages to look at; none means the agent's own number.
    pub limit: Option<usize>,
    /// Fields of a form that were filled in on the page: names with what was typed.
    pub fields: Vec<(String, String)>,
    /// What a draft is made of besides.
    pub draft: Option<Brief>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Nothing was asked.
    #[error("the question is empty")]
    Empty,
    /// The question is too long.
    #[error("the question has {characters} characters, {limit} at most")]
    TooLong {
        /// Its length.
        characters: usize,
        /// The longest that the agent reads.
        limit: usize,
    },
    /// The edited draft is empty or too long.
    #[error("the edited draft cannot be read: {0}")]
    Edited(String),
    /// The caller asked for too many passages or for none.
    #[error("`limit` must be between 1 and {MOST_PASSAGES}")]
    Limit,
    /// There is no such agent.
    #[error(
        "there is no agent `{0}`\nhint: `chengzhi check` lists those there are; `--agent NAME` takes another"
    )]
    UnknownAgent(String),
    /// There is no such corpus for this agent and this caller: the two look the same on purpose.
    #[error("there is no corpus `{0}`\nhint: `chengzhi corpus list` shows those there are")]
    UnknownCorpus(String),
    /// The agent is not open to the caller.
    #[error("agent `{agent}` is not open to {role}", role = role.name())]
    Forbidden {
        /// Name of the agent.
        agent: String,
        /// Role of the caller.
        role: Role,
    },
    /// The turn could not be put on the record, so its answer is not given.
    #[error("the turn cannot be recorded")]
    Store(#[from] StoreError),
    /// The agent failed.
    #[error("the agent failed")]
    Agent(#[from] agents::Error),
    /// The agent ended without an answer.
    #[error("the turn was interrupted: {0}")]
    Interrupted(String),
}

/// How an agent works on a request; [`Agent::run`], or a script in tests.
pub type Work = Arc<
    dyn Fn(Arc<Agent>, World, Request) -> BoxStream<'static, Result<Event, agents::Error>>
        + Send
        + Sync,
>;

/// Events on their way to the caller; enough that one who reads slowly does not hold up the agent at each sentence.
const QUEUE: usize = 32;

/// Asks `question` of its agent. The last event is [`Event::Done`]; an error ends the stream.
pub fn run(
    app: Arc<App>,
    caller: Caller,
    question: Question,
) -> BoxStream<'static, Result<Event, TurnError>> {
    run_with(app, caller, question, Arc::new(Agent::run))
}

/// As [`run`], with the agent's work given.
pub fn run_with(
    app: Arc<App>,
    caller: Caller,
    question: Question,
    work: Work,
) -> BoxStream<'static, Result<Event, TurnError>> {
    let begun = async move {
        match begin(&app, caller, question, &work).await {
            Ok(turn) => forwarded(turn).boxed(),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    };
    begun.flatten_stream().boxed()
}

/// A turn that has its number.
struct Turn {
    store: Store,
    caller: Caller,
    question: String,
    conversation: Conversation,
    /// What is needed to run it again; what was noted is still on the tape.
    pinned: Pinned,
    tape: Arc<Tape>,
    /// Whether the request, with its history, has something that the audit log masks.
    personal: bool,
    /// The agent at work.
    events: BoxStream<'static, Result<Event, agents::Error>>,
    /// Shutdown waits for it.
    held: Held,
}

async fn begin(
    app: &App,
    caller: Caller,
    question: Question,
    work: &Work,
) -> Result<Turn, TurnError> {
    let agent = app
        .catalog
        .agents
        .get(&question.agent)
        .ok_or_else(|| TurnError::UnknownAgent(question.agent.clone()))?;
    if !app.may_use(agent, &caller) {
        return Err(TurnError::Forbidden {
            agent: question.agent,
            role: caller.role,
        });
    }
    check_question(&question, agent)?;
    if question
        .limit
        .is_some_and(|limit| limit == 0 || limit > MOST_PASSAGES)
    {
        return Err(TurnError::Limit);
    }
    let mut world = app.world(caller.role);
    let readable = |corpus: &String| {
        world
            .retriever
            .corpora()
            .iter()
            .any(|index| index.corpus() == corpus)
    };
    let offered = |corpus: &String| {
        agent
            .manifest
            .corpora
            .as_ref()
            .is_none_or(|corpora| corpora.contains(corpus))
    };
    if let Some(corpus) = question
        .corpora
        .iter()
        .flatten()
        .find(|corpus| !readable(corpus) || !offered(corpus))
    {
        return Err(TurnError::UnknownCorpus(corpus.clone()));
    }
    let held = app.store.hold();
    let conversation = app
        .store
        .begin(&question.agent, question.conversation.as_deref(), &caller)
        .await?;
    let history = if question.conversation.is_some() {
        conversation.history.clone()
    } else {
        question.history
    };
    let tape = Arc::new(Tape::default());
    world.models.tape = Some(tape.clone());
    let pins = app.pins(agent, &world).await;
    let request = Request {
        question: question.question.clone(),
        as_of: question.as_of,
        place: question.place,
        today: app.today(),
        history,
        corpora: question.corpora,
        limit: question.limit,
        role: caller.role,
        conversation: Some(conversation.id.clone()),
        turn: conversation.turn,
        seed: 0,
        now: app.now(),
        person: caller.person(Some(&conversation.id)),
        memory: conversation.memory.clone(),
        fields: question.fields,
        draft: question.draft.map(Box::new),
    };
    let personal = asks_personal(&request);
    let mut pinned = Pinned {
        agent: question.agent,
        request: request.clone(),
        remembered: conversation.remembered.clone(),
        pins,
        noted: Vec::new(),
    };
    if !pinned.remembered.is_empty() {
        pinned.request.history.clear();
    }
    let events = work(agent.clone(), world, request);
    Ok(Turn {
        store: app.store.clone(),
        caller,
        question: question.question,
        conversation,
        pinned,
        tape,
        personal,
        events,
        held,
    })
}

fn check_question(question: &Question, agent: &Agent) -> Result<(), TurnError> {
    let limit = longest(agent);
    match clean_within(&question.question, limit) {
        Ok(_) => {}
        Err(QuestionError::Empty) => return Err(TurnError::Empty),
        Err(QuestionError::TooLong { characters, limit }) => {
            return Err(TurnError::TooLong { characters, limit });
        }
    }
    let edited = question.draft.as_ref().and_then(|it| it.edited.as_ref());
    match edited.map(|text| clean_within(text, draft::LIMIT)) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(TurnError::Edited(error.to_string())),
    }
}

/// The longest question that an agent reads, in characters: of a draft the whole request.
pub fn longest(agent: &Agent) -> usize {
    match agent.manifest.kind {
        Kind::Draft => draft::LIMIT,
        Kind::Answer | Kind::Digest | Kind::Form | Kind::Queue | Kind::React | Kind::Watch => LIMIT,
    }
}

/// Runs `turn` in a task of its own, which outlives the caller just long enough to put the turn on the record.
fn forwarded(turn: Turn) -> impl Stream<Item = Result<Event, TurnError>> + Send + 'static {
    let (sender, receiver) = mpsc::channel(QUEUE);
    // It ends with the agent's stream or with the receiver; `Held` in the turn tells shutdown to wait for it.
    tokio::spawn(drive(turn, sender));
    futures::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|item| (item, receiver))
    })
}

/// Why no more events are forwarded.
enum End {
    /// The last event is a quoted answer, which nobody sees before it is on the record.
    Quoted,
    Answered,
    Cancelled,
    Failed(TurnError),
}

async fn drive(mut turn: Turn, sender: mpsc::Sender<Result<Event, TurnError>>) {
    let mut events = Vec::new();
    // How many of them are on the record.
    let mut recorded = 0;
    let end = loop {
        let end = tokio::select! {
            biased;
            () = sender.closed() => End::Cancelled,
            end = forward(&mut turn.events, &mut events, &sender) => end,
        };
        let End::Quoted = end else { break end };
        // Outside of the selection: a record that was begun is not left in doubt.
        let (id, new) = (&turn.conversation.id, &events[recorded..]);
        if let Err(error) = turn.store.record(id, &turn.caller, new).await {
            break End::Failed(error.into());
        }
        recorded = events.len();
        let quoted = events.last().cloned();
        if let Some(quoted) = quoted
            && sender.send(Ok(quoted)).await.is_err()
        {
            break End::Cancelled;
        }
    };
    // The work stops here at the latest; only the record is left.
    turn.events = futures::stream::empty().boxed();
    let last = match (&end, events.last_mut()) {
        (End::Answered, Some(Event::Done(answer))) => {
            answer.conversation = Some(turn.conversation.id.clone());
            Some(answer.clone())
        }
        _ => None,
    };
    let reason;
    let outcome = match (&end, &last) {
        (End::Answered, Some(answer)) => Outcome::Answered(answer),
        (End::Failed(error), _) => {
            reason = causes(error);
            Outcome::Failed(&reason)
        }
        (End::Cancelled | End::Answered | End::Quoted, _) => Outcome::Cancelled,
    };
    turn.pinned.noted = turn.tape.noted();
    let finished = Finished {
        conversation: &turn.conversation.id,
        turn: turn.conversation.turn,
        caller: &turn.caller,
        question: &turn.question,
        events: &events[recorded..],
        outcome,
        personal: turn.personal || says_personal(&turn.pinned.noted),
        pinned: &turn.pinned,
    };
    let recorded = turn.store.finish(&finished).await;
    if let Err(error) = &recorded {
        tracing::error!(conversation = %turn.conversation.id, turn = turn.conversation.turn, error = causes(error), "a turn is not on the record");
    }
    // What the caller sees last depends on the record: without it there is no answer.
    let item = match (end, last, recorded) {
        (End::Failed(error), ..) => Some(Err(error)),
        (End::Answered, Some(answer), Ok(())) => Some(Ok(Event::Done(answer))),
        (End::Answered, Some(_), Err(error)) => Some(Err(error.into())),
        (End::Cancelled | End::Answered | End::Quoted, ..) => None,
    };
    // Before the answer goes out: whoever has it may rely on the turn having ended.
    drop(turn.held);
    if let Some(item) = item {
        let _ = sender.send(item).await;
    }
}

/// Passes events on as they come, up to a quoted answer or [`Event::Done`], which stay in `events`.
async fn forward(
    stream: &mut BoxStream<'static, Result<Event, agents::Error>>,
    events: &mut Vec<Event>,
    sender: &mpsc::Sender<Result<Event, TurnError>>,
) -> End {
    loop {
        match AssertUnwindSafe(stream.next()).catch_unwind().await {
            Ok(Some(Ok(event))) => {
                events.push(event.clone());
                if matches!(event, Event::Quoted(_)) {
                    return End::Quoted;
                }
                if matches!(event, Event::Done(_)) {
                    return End::Answered;
                }
                if sender.send(Ok(event)).await.is_err() {
                    return End::Cancelled;
                }
            }
            Ok(Some(Err(error))) => return End::Failed(error.into()),
            Ok(None) => return End::Failed(TurnError::Interrupted("no answer came".into())),
            Err(panic) => {
                return End::Failed(TurnError::Interrupted(panic_message(panic.as_ref())));
            }
        }
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_default())
}

/// An error with what caused it, on one line for the log.
pub fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(|error| error.to_string().replace('\n', " "))
        .collect::<Vec<_>>()
        .join(": ")
}
