//! Runs recorded turns again and compares what comes, byte for byte.
//!
//! Place, producer, clock, seed, history and the words of models are those of the recording; passages are looked up anew
//! in the corpora that were open then, in whatever revision they have now. What differs besides the answer is given as the
//! reason. Nothing is written: neither conversations nor the audit log know that a turn was run again.

mod compare;
mod reason;
mod recording;

use std::collections::BTreeMap;
use std::sync::Arc;

use agents::audit::masked;
use agents::{Agent, Answer, Event, Exchange, Models, Noted, Request, Tape, World};
use corpora::Retriever;
use futures::StreamExt;
use models::{ChatModel, Scripted};
use serde::Serialize;
use serde_json::Value;

pub use compare::Difference;
pub use recording::{FORMAT, Recording, read, written};

use crate::app::App;
use crate::pins::{ModelPin, Pinned, Pins};
use crate::store::{Kept, Recorded, exchange};
use crate::turn::causes;

/// Whose words are taken, where a model spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The recorded ones; no model is asked.
    Recorded,
    /// Those of the models of the program, which are asked again.
    Live,
}

/// What came of a turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Replayed {
    /// The session.
    pub session: String,
    /// Number of the turn in it, where it is known.
    pub turn: Option<u32>,
    /// What was asked.
    pub question: String,
    /// How it compares.
    pub verdict: Verdict,
    /// Where the answers differ first.
    pub difference: Option<Difference>,
    /// What else differs: of these an answer may differ.
    pub reasons: Vec<String>,
}

/// How a turn compares with its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The same answer, byte for byte.
    Same,
    /// Another one.
    Different,
    /// It held something personal that the audit log masks, so it was not run.
    Masked,
    /// It was recorded by a version that did not keep what is needed.
    Unpinned,
    /// It was cancelled or failed, so there is nothing to compare with.
    Unanswered,
}

/// Runs again all turns that are `wanted`, in order, and tells of each as it is done. The others are there for what
/// refers to them.
pub async fn replay(
    app: &App,
    turns: &[(Recorded, bool)],
    words: Words,
    mut tell: impl FnMut(&Replayed),
) -> Vec<Replayed> {
    let (mut said, mut all) = (Said::default(), Vec::new());
    for (recorded, wanted) in turns {
        if *wanted {
            let replayed = compared(app, recorded, &said, words).await;
            tell(&replayed);
            all.push(replayed);
        }
        let turn = recorded.turn.zip(recorded.answer.as_ref());
        if let Some((turn, answer)) = turn {
            said.keep(&recorded.conversation, turn, &recorded.question, answer);
        }
    }
    all
}

/// Asks every turn again and returns the recordings with what comes now, to be taken for right from here on. Words of
/// models stay as they are. A turn that refers to earlier ones refers to their new answers.
///
/// # Errors
/// Why a turn has no answer.
pub async fn renew(app: &App, recordings: &[Recording]) -> Result<Vec<Recording>, String> {
    let (mut said, mut renewed) = (Said::default(), Vec::new());
    for Recording {
        session, pinned, ..
    } in recordings
    {
        let turn = pinned.request.turn;
        let named = |error: String| format!("{session}, turn {turn}: {error}");
        let agent = agent(app, pinned).map_err(named)?;
        // Which models there were is part of the session; all else is as it is now.
        let pins = Pins {
            small: pinned.pins.small.clone(),
            large: pinned.pins.large.clone(),
            ..app.pins(agent, &app.world(pinned.request.role)).await
        };
        let open = Pinned {
            pins,
            ..pinned.clone()
        };
        let run = run(app, session, &open, &said, Words::Recorded).await;
        let run = run.map_err(named)?;
        let answer = to_value(&run.answer.map_err(named)?);
        said.keep(session, turn, &pinned.request.question, &answer);
        renewed.push(Recording {
            format: FORMAT,
            session: session.clone(),
            pinned: Pinned {
                pins: run.pins,
                noted: run.noted,
                ..pinned.clone()
            },
            answer: Some(answer),
        });
    }
    Ok(renewed)
}

async fn compared(app: &App, recorded: &Recorded, said: &Said, words: Words) -> Replayed {
    let mut replayed = Replayed {
        session: recorded.conversation.clone(),
        turn: recorded.turn,
        question: recorded.question.clone(),
        verdict: Verdict::Unpinned,
        difference: None,
        reasons: Vec::new(),
    };
    let Some(pinned) = &recorded.pinned else {
        return replayed;
    };
    if recorded.kept == Kept::Masked {
        replayed.verdict = Verdict::Masked;
        return replayed;
    }
    let Some(answer) = &recorded.answer else {
        replayed.verdict = Verdict::Unanswered;
        return replayed;
    };
    let now = match run(app, &recorded.conversation, pinned, said, words).await {
        Ok(run) => {
            replayed.reasons = reason::of_pins(&pinned.pins, &run.pins);
            let notes = reason::of_notes(&pinned.noted, &run.noted);
            replayed.reasons.extend(notes);
            run.answer
        }
        Err(reason) => Err(reason),
    };
    replayed.difference = match now {
        Ok(now) => {
            let now = to_value(&now);
            let logged = recorded.kept == Kept::Logged;
            compare::first(answer, &if logged { masked(now) } else { now })
        }
        Err(reason) => {
            replayed.reasons.insert(0, reason);
            Some(Difference::absent(answer))
        }
    };
    replayed.verdict = match replayed.difference {
        None => Verdict::Same,
        Some(_) => Verdict::Different,
    };
    replayed
}

/// What came when a turn was run.
struct Run {
    answer: Result<Answer, String>,
    noted: Vec<Noted>,
    pins: Pins,
}

async fn run(
    app: &App,
    session: &str,
    pinned: &Pinned,
    said: &Said,
    words: Words,
) -> Result<Run, String> {
    let request = said.request(session, pinned)?;
    let agent = agent(app, pinned)?;
    let (world, tape) = world(app, pinned, words);
    let mut pins = app.pins(agent, &world).await;
    if words == Words::Recorded {
        // Nobody asked them, whatever they are now.
        pins.small.clone_from(&pinned.pins.small);
        pins.large.clone_from(&pinned.pins.large);
    }
    let mut events = Agent::run(agent.clone(), world, request);
    let mut answer = Err("the turn ended without an answer".to_owned());
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Done(done)) => answer = Ok(*done),
            Ok(_) => {}
            Err(error) => answer = Err(format!("the turn failed: {}", causes(&error))),
        }
    }
    Ok(Run {
        answer,
        noted: tape.noted(),
        pins,
    })
}

fn agent<'a>(app: &'a App, pinned: &Pinned) -> Result<&'a Arc<Agent>, String> {
    let found = app.catalog.agents.get(&pinned.agent);
    found.ok_or_else(|| format!("there is no agent `{}`", pinned.agent))
}

/// The world as it was, as far as that can be had: with the corpora that were open, if they are still there.
fn world(app: &App, pinned: &Pinned, words: Words) -> (World, Arc<Tape>) {
    let Pinned {
        pins,
        noted,
        request,
        ..
    } = pinned;
    let world = app.world(request.role);
    let tape = Arc::new(match words {
        Words::Recorded => Tape::playing(noted),
        Words::Live => Tape::default(),
    });
    let models = &world.models;
    let (small, large) = match words {
        Words::Recorded => (stand_in(pins.small.as_ref()), stand_in(pins.large.as_ref())),
        Words::Live => (
            models.small.clone().filter(|_| pins.small.is_some()),
            models.large.clone().filter(|_| pins.large.is_some()),
        ),
    };
    let open = world.retriever.corpora().iter();
    let then = open.filter(|index| pins.corpora.contains_key(index.corpus()));
    let world = World {
        retriever: Retriever::new(then.cloned().collect(), app.lexicon.clone()),
        models: Models {
            small,
            large,
            tape: Some(tape.clone()),
            ..world.models
        },
        place: pins.place.clone(),
        producer: pins.producer.clone(),
        ..world
    };
    (world, tape)
}

/// A model that has the name and says nothing: the tape speaks.
fn stand_in(pin: Option<&ModelPin>) -> Option<Arc<dyn ChatModel>> {
    let model = Scripted::new(pin?.name.clone(), Vec::<String>::new());
    Some(Arc::new(model))
}

/// What was said in turns that later ones may refer to.
#[derive(Default)]
struct Said(BTreeMap<(String, u32), [Exchange; 2]>);

impl Said {
    fn keep(&mut self, session: &str, turn: u32, question: &str, answer: &Value) {
        // An answer of another shape can be no part of a history; a turn that refers to it says so.
        if let Ok(answer) = serde_json::from_value(answer.clone()) {
            let said = exchange(question, &answer);
            self.0.insert((session.to_owned(), turn), said);
        }
    }

    /// The request of a turn, with its history.
    fn request(&self, session: &str, pinned: &Pinned) -> Result<Request, String> {
        let mut request = pinned.request.clone();
        for turn in &pinned.remembered {
            let said = self.0.get(&(session.to_owned(), *turn));
            let missing = || format!("turn {turn}, to which it refers, is not recorded before it");
            request
                .history
                .extend(said.ok_or_else(missing)?.iter().cloned());
        }
        Ok(request)
    }
}

fn to_value(answer: &Answer) -> Value {
    serde_json::to_value(answer).expect("an answer serialises")
}
