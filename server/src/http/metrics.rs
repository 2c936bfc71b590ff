//! `/metrics`: what runs, what was answered and how long it took. Labels are few and never come from callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use agents::{Event, Status};
use futures::StreamExt;
use futures::stream::BoxStream;
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::permit::Permit;
use crate::readings::{BrokerState, Inflow};
use crate::turn::TurnError;

/// Counters of one server. Not a global: two servers in one process count for themselves.
#[derive(Clone)]
pub(super) struct Metrics(Arc<Inner>);

struct Inner {
    recorder: Arc<PrometheusRecorder>,
    observations: AtomicU64,
}

const TURNS: &str = "chengzhi_turns_total";
const SECONDS: &str = "chengzhi_turn_seconds";
const IN_FLIGHT: &str = "chengzhi_turns_in_flight";
const SHED: &str = "chengzhi_shed_total";
const READINGS: &str = "chengzhi_readings_total";
const BROKER: &str = "chengzhi_mqtt_connected";

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: &[f64] = &[
    0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Observations after which samples are folded into buckets, even if nobody asks for `/metrics`.
const FOLD: u64 = 1_024;

impl Metrics {
    /// Without observations.
    pub(super) fn new() -> Self {
        let recorder = PrometheusBuilder::new()
            .set_buckets(BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        let recorder = Arc::new(recorder);
        with_local_recorder(&recorder, || {
            metrics::describe_counter!(TURNS, "Turns by agent and how they ended.");
            metrics::describe_histogram!(
                SECONDS,
                "Seconds from the question to the end of the turn."
            );
            metrics::describe_gauge!(IN_FLIGHT, "Turns that are running.");
            metrics::describe_counter!(SHED, "Requests that were turned away, by reason.");
            metrics::describe_counter!(
                READINGS,
                "Readings that came in, by way and what became of them."
            );
            metrics::describe_gauge!(BROKER, "Whether the MQTT broker is connected.");
            models::Traced::describe();
            gauge!(IN_FLIGHT).set(0.0);
            for reason in ["concurrency", "rate"] {
                counter!(SHED, "reason" => reason).absolute(0);
            }
        });
        Self(Arc::new(Inner {
            recorder,
            observations: AtomicU64::new(0),
        }))
    }

    /// Takes in what models count, too. They count for the process, since they know no server; the first one gets it.
    pub(super) fn take_models(&self) {
        // Another server of this process was first.
        let _ = metrics::set_global_recorder(self.0.recorder.clone());
    }

    /// In Prometheus' text format.
    pub(super) fn render(&self) -> String {
        self.0.recorder.handle().render()
    }

    /// What became of readings since the start.
    pub(super) fn take_inflow(&self, inflow: &Inflow) {
        with_local_recorder(&self.0.recorder, || {
            for (way, became, count) in inflow.counts() {
                counter!(READINGS, "way" => way, "became" => became).absolute(count);
            }
            if let Some(state) = inflow.broker() {
                let connected = state != BrokerState::Disconnected;
                gauge!(BROKER).set(f64::from(u8::from(connected)));
            }
        });
    }

    /// A request was turned away.
    pub(super) fn shed(&self, reason: &'static str) {
        with_local_recorder(&self.0.recorder, || {
            counter!(SHED, "reason" => reason).increment(1);
        });
    }

    /// The same events, counted, with the permit of their turn; a stream that is dropped before its end counts as
    /// cancelled.
    pub(super) fn observed(
        &self,
        agent: &str,
        events: BoxStream<'static, Result<Event, TurnError>>,
        permit: Permit,
    ) -> BoxStream<'static, Result<Event, TurnError>> {
        with_local_recorder(&self.0.recorder, || gauge!(IN_FLIGHT).increment(1.0));
        let observation = Observation {
            metrics: self.clone(),
            agent: agent.to_owned(),
            began: Instant::now(),
            status: "cancelled",
            _permit: permit,
        };
        let counted = futures::stream::unfold(
            (events, observation),
            |(mut events, mut observation)| async move {
                let event = events.next().await?;
                match &event {
                    Ok(Event::Done(answer)) => observation.status = name(answer.status),
                    Ok(_) => {}
                    Err(_) => observation.status = "failed",
                }
                Some((event, (events, observation)))
            },
        );
        counted.boxed()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// One running turn.
struct Observation {
    metrics: Metrics,
    agent: String,
    began: Instant,
    status: &'static str,
    /// Given back with the end of the turn at the latest.
    _permit: Permit,
}

impl Drop for Observation {
    fn drop(&mut self) {
        let seconds = self.began.elapsed().as_secs_f64();
        let inner = &self.metrics.0;
        with_local_recorder(&inner.recorder, || {
            gauge!(IN_FLIGHT).decrement(1.0);
            counter!(TURNS, "agent" => self.agent.clone(), "status" => self.status).increment(1);
            histogram!(SECONDS, "agent" => self.agent.clone()).record(seconds);
        });
        if inner.observations.fetch_add(1, Ordering::Relaxed) % FOLD == FOLD - 1 {
            inner.recorder.handle().run_upkeep();
        }
    }
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Answered => "answered",
        Status::Partial => "partial",
        Status::Refused => "refused",
        Status::Clarify => "clarify",
        Status::Handoff => "handoff",
        Status::Confirm => "confirm",
    }
}
