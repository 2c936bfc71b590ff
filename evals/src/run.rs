//! Runs cases and grades what comes: a stream of samples. It writes nothing and knows no files; dropping the stream ends
//! the work.
//!
//! Cases run beside each other, so samples come in the order in which they end; what comes of a case does not depend on
//! its company. A case that panics, fails or takes too long is a sample with an error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use agents::{Agent, Answer, Event, Request, Role, World};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use jiff::civil::Date;
use models::{ChatModel, ChatRequest, Delta, Error, Message, Room};
use tokio_util::task::AbortOnDropHandle;

use crate::case::Case;
use crate::dialogue::Course;
use crate::grade::{Grader, Output, grade};
use crate::record::{Sample, Usage};

/// Whom cases are asked.
#[derive(Clone)]
pub enum Subject {
    /// An agent in its world, as a citizen asks it.
    Agent(Arc<Agent>, World),
    /// A model itself.
    Model(Arc<dyn ChatModel>),
}

/// What is to be done.
pub struct Plan {
    /// Whom cases are asked.
    pub subject: Subject,
    /// What grades them.
    pub graders: Vec<Grader>,
    /// The cases.
    pub cases: Vec<Case>,
    /// The day of all questions.
    pub today: Date,
    /// How often each case is asked.
    pub epochs: u32,
    /// Seed of the first epoch.
    pub seed: u64,
    /// Whether later epochs have that seed too; else each has the next.
    pub same_seed: bool,
    /// Cases that run beside each other, at least 1.
    pub concurrency: usize,
    /// The longest that one case may take.
    pub patience: Duration,
    /// Cases and epochs that are done already.
    pub done: BTreeSet<(String, u32)>,
}

/// Most tokens of a model that is asked itself.
const MOST_TOKENS: u32 = 1_024;

/// Longest text of such a model, in bytes.
const LONGEST: usize = 64 * MOST_TOKENS as usize;

/// Runs what is not done yet.
pub fn run(plan: Plan) -> impl Stream<Item = Sample> {
    let Plan {
        subject,
        graders,
        cases,
        today,
        epochs,
        seed,
        same_seed,
        concurrency,
        patience,
        done,
    } = plan;
    let cases: Vec<Arc<Case>> = cases.into_iter().map(Arc::new).collect();
    let graders: Arc<[Grader]> = graders.into();
    let jobs = (1..=epochs).flat_map(move |epoch| {
        let done = done.clone();
        let cases = cases.clone();
        let wanted = cases.into_iter().map(move |case| (case, epoch));
        wanted.filter(move |(case, epoch)| !done.contains(&(case.id.clone(), *epoch)))
    });
    let alone = concurrency <= 1;
    stream::iter(jobs)
        .map(move |(case, epoch)| {
            let seed = if same_seed {
                seed
            } else {
                seed.wrapping_add(u64::from(epoch) - 1)
            };
            let job = Job {
                subject: subject.clone(),
                graders: graders.clone(),
                case,
                today,
                epoch,
                seed,
                patience,
                alone,
            };
            // Owned by the stream: dropping it ends the task.
            let task = AbortOnDropHandle::new(tokio::spawn(job.clone().done()));
            async move {
                match task.await {
                    Ok(sample) => sample,
                    Err(error) => job.failed(&error.to_string()),
                }
            }
        })
        .buffer_unordered(concurrency.max(1))
}

#[derive(Clone)]
struct Job {
    subject: Subject,
    graders: Arc<[Grader]>,
    case: Arc<Case>,
    today: Date,
    epoch: u32,
    seed: u64,
    patience: Duration,
    /// Whether nothing else runs in this process, so that its time is the time of this case.
    alone: bool,
}

impl Job {
    async fn done(self) -> Sample {
        let (begun, cpu) = (Instant::now(), processor_time());
        let counter = Arc::new(Counter::default());
        let asked = tokio::time::timeout(self.patience, self.ask(&counter));
        let output = asked.await.unwrap_or_else(|_| {
            let seconds = self.patience.as_secs_f64();
            Output::Failed(format!("no answer within {seconds} s"))
        });
        let spent = processor_time()
            .zip(cpu)
            .map(|(now, then)| now.saturating_sub(then));
        let mut sample = self.sample(output);
        sample.usage = counter.usage();
        sample.seconds = begun.elapsed().as_secs_f64();
        sample.cpu_seconds = spent
            .filter(|_| self.alone)
            .map(|spent| spent.as_secs_f64());
        sample
    }

    fn failed(&self, reason: &str) -> Sample {
        self.sample(Output::Failed(reason.to_owned()))
    }

    fn sample(&self, output: Output) -> Sample {
        let case = &self.case;
        let grades = grade(&self.graders, case, &output);
        let (text, answer, error) = match output {
            Output::Answer(answer) => (
                answer.text(),
                serde_json::to_value(answer).unwrap_or_default(),
                None,
            ),
            Output::Course(course) => {
                let text: Vec<String> = course.answers.iter().map(Answer::text).collect();
                let last = course.answers.last();
                (
                    text.join("\n"),
                    serde_json::to_value(last).unwrap_or_default(),
                    None,
                )
            }
            Output::Text(text) => (text, serde_json::Value::Null, None),
            Output::Failed(reason) => (String::new(), serde_json::Value::Null, Some(reason)),
        };
        Sample {
            id: case.id.clone(),
            epoch: self.epoch,
            r#type: case.r#type.clone(),
            cluster: case.cluster(),
            input: case.question.clone(),
            target: case.target(),
            output: text,
            answer,
            grades,
            usage: Usage::default(),
            seconds: 0.0,
            cpu_seconds: None,
            error,
        }
    }

    async fn ask(&self, counter: &Arc<Counter>) -> Output {
        let asked = match &self.subject {
            Subject::Agent(agent, world) => {
                let mut world = world.clone();
                world.models.wrap(|inner| counted(inner, counter));
                if self.case.ending.is_some() {
                    let course = self.course(agent, &world).await;
                    return course.map_or_else(Output::Failed, Output::Course);
                }
                let role = self.role(agent);
                let request = Request {
                    role,
                    person: Some(self.asker(role)),
                    ..self.request()
                };
                ask_agent(agent.clone(), world, request)
                    .await
                    .map(|it| Output::Answer(it.into()))
            }
            Subject::Model(model) => {
                let model = counted(model.clone(), counter);
                collected(model.chat(self.chat_request()))
                    .await
                    .map(Output::Text)
            }
        };
        asked.unwrap_or_else(Output::Failed)
    }

    fn request(&self) -> Request {
        let case = &self.case;
        Request {
            as_of: case.as_of,
            place: case.place.clone(),
            history: case.history.clone(),
            turn: u32::try_from(case.history.len() / 2 + 1).unwrap_or(u32::MAX),
            seed: self.seed,
            ..Request::new(&case.question, Role::Citizen, self.today)
        }
    }

    /// Says one message after the other, as the same person in one conversation of their own.
    async fn course(&self, agent: &Arc<Agent>, world: &World) -> Result<Course, String> {
        let case = &self.case;
        let conversation = format!("{}-{}", case.id, self.epoch);
        let id = match (&case.resident, &world.desk.toolbox) {
            (Some(resident), Some(toolbox)) => {
                let residents = [(conversation.clone(), resident.clone())];
                let put = toolbox.store().put_residents(&residents).await;
                put.map_err(|error| error.to_string())?;
                format!("resident:{conversation}")
            }
            _ => format!("conversation:{conversation}"),
        };
        let role = self.role(agent);
        let person = tools::Person {
            id,
            ..self.asker(role)
        };
        let mut course = Course::default();
        let mut memory = None;
        let messages = std::iter::once(&case.question).chain(&case.more);
        for (message, turn) in messages.zip(1..) {
            let request = Request {
                question: message.clone(),
                conversation: Some(conversation.clone()),
                turn,
                role,
                person: Some(person.clone()),
                memory: memory.take(),
                ..self.request()
            };
            let answer = ask_agent(agent.clone(), world.clone(), request).await?;
            memory = answer
                .form
                .as_ref()
                .map(|form| Box::new(form.memory.clone()));
            course.answers.push(answer);
        }
        Ok(course)
    }

    /// Who asks: a person of their own for each case.
    fn asker(&self, role: Role) -> tools::Person {
        let id = format!("conversation:{}-{}", self.case.id, self.epoch);
        tools::Person {
            id,
            role: role.name().to_owned(),
            unit: self.case.unit.clone(),
        }
    }

    /// The case's role, or a citizen, where the agent is open to one.
    fn role(&self, agent: &Agent) -> Role {
        if let Some(role) = self.case.role {
            return role;
        }
        let roles = [Role::Citizen, Role::Officer, Role::Developer];
        let mut open = roles
            .into_iter()
            .filter(|role| agent.manifest.roles.iter().any(|name| name == role.name()));
        open.next().unwrap_or(Role::Citizen)
    }

    fn chat_request(&self) -> ChatRequest {
        let said = self
            .case
            .history
            .iter()
            .map(|exchange| match exchange.role {
                agents::Speaker::User => Message::user(&exchange.content),
                agents::Speaker::Assistant => Message::assistant(&exchange.content),
            });
        ChatRequest {
            messages: said.chain([Message::user(&self.case.question)]).collect(),
            max_tokens: MOST_TOKENS,
            seed: self.seed,
            ..ChatRequest::default()
        }
    }
}

/// The whole text of a model. One that does not come to an end by itself is cut off.
async fn collected(mut stream: BoxStream<'static, Result<Delta, Error>>) -> Result<String, String> {
    let (mut text, mut ended) = (String::new(), false);
    while let Some(delta) = stream.next().await {
        let delta = delta.map_err(|error| error.to_string())?;
        text.push_str(&delta.text);
        ended |= delta.stop.is_some();
        if text.len() > LONGEST {
            return Err(format!("more than {LONGEST} bytes came"));
        }
    }
    if ended {
        Ok(text)
    } else {
        Err("the answer broke off".to_owned())
    }
}

/// The answer of an agent.
///
/// # Errors
/// Why there is none, with its causes.
pub async fn ask_agent(
    agent: Arc<Agent>,
    world: World,
    request: Request,
) -> Result<Answer, String> {
    let mut events = agent.run(world, request);
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Done(answer)) => return Ok(*answer),
            Ok(_) => {}
            Err(error) => {
                let causes =
                    std::iter::successors(Some(&error as &dyn std::error::Error), |error| {
                        error.source()
                    });
                return Err(causes
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(": "));
            }
        }
    }
    Err("the agent ended without an answer".to_owned())
}

/// Time of all processors in this process; none where the system does not tell.
pub fn processor_time() -> Option<Duration> {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::try_from(time).ok()
    }
    #[cfg(not(unix))]
    None
}

/// Tokens of the models of one case.
#[derive(Default)]
struct Counter {
    input: AtomicU64,
    output: AtomicU64,
}

impl Counter {
    fn add(&self, usage: models::Usage) {
        self.input
            .fetch_add(usage.input_tokens.into(), Ordering::Relaxed);
        self.output
            .fetch_add(usage.output_tokens.into(), Ordering::Relaxed);
    }

    fn usage(&self) -> Usage {
        Usage {
            input_tokens: self.input.load(Ordering::Relaxed),
            output_tokens: self.output.load(Ordering::Relaxed),
        }
    }
}

/// A model whose tokens are counted.
struct Counted {
    inner: Arc<dyn ChatModel>,
    counter: Arc<Counter>,
}

fn counted(inner: Arc<dyn ChatModel>, counter: &Arc<Counter>) -> Arc<dyn ChatModel> {
    Arc::new(Counted {
        inner,
        counter: counter.clone(),
    })
}

impl ChatModel for Counted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn chat(&self, request: ChatRequest) -> BoxStream<'static, Result<Delta, Error>> {
        let counter = self.counter.clone();
        let stream = self.inner.chat(request);
        let count = move |delta: &Result<Delta, Error>| {
            if let Ok(Delta {
                usage: Some(usage), ..
            }) = delta
            {
                counter.add(*usage);
            }
        };
        stream.inspect(count).boxed()
    }

    fn room(&self, request: &ChatRequest) -> Result<Room, Error> {
        self.inner.room(request)
    }
}

/// Samples of a run by case and epoch, for whoever needs them in an order.
pub fn sorted(samples: impl IntoIterator<Item = Sample>) -> Vec<Sample> {
    let by_case: BTreeMap<(String, u32), Sample> = samples
        .into_iter()
        .map(|sample| ((sample.id.clone(), sample.epoch), sample))
        .collect();
    by_case.into_values().collect()
}

#[cfg(test)]
mod tests;
