//! What the thread promises: an answer does not depend on the company, and whoever waits hears of every end.

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use futures::executor::block_on;
use proptest::prelude::*;

use super::*;
use crate::chat::{Constraint, Sampling};
use crate::file::CallFormat;
use crate::grammar::{Grammars, Vocabulary};
use crate::kernel::PAGE;
use std::sync::Arc;
use std::time::Duration;

const VOCABULARY: usize = 50;
const END: u32 = 49;
/// Never an end, unless the test says so.
const NO_END: u32 = 1_000;

/// A decoder whose logits depend on every token of the sequence, read through its pages, and on nothing else.
struct Fake {
    slots: Vec<u64>,
    hostile: Hostile,
}

#[derive(Clone, Copy, PartialEq)]
enum Hostile {
    No,
    /// Sequences that begin with this token get logits that are no numbers.
    Garbage(u32),
    /// Sequences that begin with this token make a step fail.
    Fails(u32),
    Panics(u32),
}

impl Fake {
    fn new(pages: usize, hostile: Hostile) -> Box<Self> {
        let slots = vec![0; pages * PAGE];
        Box::new(Self { slots, hostile })
    }

    fn logits(&self, chunk: &Chunk<'_>) -> Vec<f32> {
        let mut state = 7u64;
        for at in 0..chunk.position + chunk.tokens.len() {
            let slot = self.slots[chunk.pages[at / PAGE] as usize * PAGE + at % PAGE];
            state = (state ^ slot)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(23);
        }
        let logit = |token: u64| {
            let mixed = (state ^ token).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            (mixed >> 40) as f32 / (1 << 22) as f32
        };
        // More logits than tokens, the likeliest among them.
        (0..VOCABULARY as u64).map(logit).chain([9.0; 3]).collect()
    }
}

impl Forward for Fake {
    fn forward(&mut self, chunks: &[Chunk<'_>]) -> Result<Vec<Vec<f32>>, Error> {
        for chunk in chunks {
            for (at, token) in (chunk.position..).zip(chunk.tokens) {
                let slot = chunk.pages[at / PAGE] as usize * PAGE + at % PAGE;
                self.slots[slot] = u64::from(*token) << 32 | at as u64;
            }
        }
        let mut all = Vec::new();
        for chunk in chunks {
            let first = (self.slots[chunk.pages[0] as usize * PAGE] >> 32) as u32;
            let mut logits = self.logits(chunk);
            match self.hostile {
                Hostile::Garbage(token) if token == first => logits.fill(f32::NAN),
                Hostile::Fails(token) if token == first => return Err(failure()),
                Hostile::Panics(token) if token == first => panic!("the test wants it"),
                _ => {}
            }
            if chunk.logits {
                all.push(logits);
            }
        }
        Ok(all)
    }
}

fn failure() -> Error {
    garbage("fake", "out of order")
}

fn inference(pages: usize, parallel: usize, end: u32, hostile: Hostile) -> Inference {
    Inference {
        frame: frame(end),
        forward: Fake::new(pages, hostile),
        schedule: Schedule::new(pages, parallel),
        answers: HashMap::new(),
        pace: Pace::new(),
        meters: Meters::new("fake"),
    }
}

fn frame(end: u32) -> Frame {
    Frame {
        model: "fake".into(),
        ends: vec![end],
        vocabulary: VOCABULARY,
    }
}

fn worker(hostile: Hostile) -> Worker {
    Worker::start(frame(NO_END), Fake::new(64, hostile), Schedule::new(64, 4)).unwrap()
}

fn job(prompt: Vec<u32>, max_tokens: usize, seed: u64) -> (Job, UnboundedReceiver<Event>) {
    let (events, receiver) = unbounded();
    let sampling = Sampling {
        temperature: 1.0,
        ..Sampling::default()
    };
    let job = Job {
        prompt,
        max_tokens,
        sampler: Sampler::new(sampling, seed),
        mask: None,
        thought: None,
        events,
    };
    (job, receiver)
}

fn prompt(first: u32, length: usize) -> Vec<u32> {
    (0..length as u32)
        .map(|at| (first + at * at) % 40)
        .collect()
}

/// All that has come, without waiting.
fn received(receiver: &mut UnboundedReceiver<Event>) -> Vec<Event> {
    let mut events = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        events.push(event);
    }
    events
}

fn tokens(events: &[Event]) -> Vec<u32> {
    let token = |event: &Event| match event {
        Event::Token(token) => Some(*token),
        Event::Done(..) | Event::Failed(_) => None,
    };
    events.iter().filter_map(token).collect()
}

/// Steps until nothing is left to do.
fn finish(inference: &mut Inference) {
    while !inference.answers.is_empty() {
        inference.drop_cancelled();
        inference.step();
    }
    assert_eq!(inference.schedule.pages_in_use(), 0);
}

fn alone(job: Job, mut receiver: UnboundedReceiver<Event>) -> Vec<Event> {
    let mut inference = inference(32, 1, END, Hostile::No);
    inference.begin(job);
    finish(&mut inference);
    received(&mut receiver)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn an_answer_is_the_same_alone_and_among_fifteen_others(
        requests in prop::collection::vec((0..4u32, 1..300usize, 1..80usize, any::<u64>(), 0..30usize), 16),
        pages in 12..80usize,
        parallel in 1..17usize,
    ) {
        let mut inference = inference(pages, parallel, END, Hostile::No);
        let mut receivers = Vec::new();
        let mut waiting: Vec<_> = requests.iter().collect();
        let mut steps = 0;
        while !waiting.is_empty() || !inference.answers.is_empty() {
            waiting.retain(|request| {
                let &&(first, length, max_tokens, seed, at) = request;
                if at <= steps {
                    let (job, receiver) = job(prompt(first, length), max_tokens, seed);
                    inference.begin(job);
                    receivers.push((*request, receiver));
                }
                at > steps
            });
            inference.step();
            steps += 1;
        }
        prop_assert_eq!(inference.schedule.pages_in_use(), 0);
        for (&(first, length, max_tokens, seed, _), mut receiver) in receivers {
            let (job, own) = job(prompt(first, length), max_tokens, seed);
            let expected = alone(job, own);
            let events = received(&mut receiver);
            prop_assert_eq!(tokens(&events), tokens(&expected));
            let stops = [events.last(), expected.last()].map(|event| match event {
                Some(Event::Done(stop, usage)) => Some((*stop, usage.input_tokens, usage.output_tokens)),
                _ => None,
            });
            prop_assert!(stops[0].is_some() && stops[0] == stops[1]);
        }
    }
}

#[test]
fn the_seed_decides_and_the_end_is_not_part_of_the_answer() {
    let run = |seed| {
        let (job, receiver) = job(prompt(1, 20), 200, seed);
        alone(job, receiver)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(tokens(&run(1)), tokens(&run(2)));
    let mut stops = [0, 0];
    for seed in 0..40 {
        let events = run(seed);
        let said = tokens(&events);
        assert!(!said.contains(&END) && said.iter().all(|&token| (token as usize) < VOCABULARY));
        match events.last() {
            Some(Event::Done(Stop::End, usage))
                if usage.output_tokens as usize == said.len() + 1 =>
            {
                stops[0] += 1;
            }
            Some(Event::Done(Stop::Length, usage)) if usage.output_tokens == 200 => stops[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(stops[0] > 0, "{stops:?}");
}

#[test]
fn a_shared_prefix_is_counted_as_cached() {
    let mut inference = inference(64, 4, NO_END, Hostile::No);
    for (length, cached) in [(100, 0), (100, 96), (140, 96), (20, 0)] {
        let (job, mut receiver) = job(prompt(1, length), 5, 1);
        inference.begin(job);
        finish(&mut inference);
        let expected = Usage {
            input_tokens: length as u32,
            cached_tokens: cached,
            output_tokens: 5,
        };
        let last = received(&mut receiver).pop();
        assert_eq!(last, Some(Event::Done(Stop::Length, expected)));
    }
}

#[test]
fn who_drops_his_end_frees_slot_and_pages_before_the_next_step() {
    let mut inference = inference(64, 1, NO_END, Hostile::No);
    let (first, receiver) = job(prompt(1, 40), 1_000, 1);
    let (second, mut other) = job(prompt(2, 40), 5, 1);
    inference.begin(first);
    inference.begin(second);
    inference.step();
    assert_eq!(
        (inference.schedule.waiting(), received(&mut other).len()),
        (1, 0)
    );
    drop(receiver);
    inference.drop_cancelled();
    assert_eq!(inference.schedule.pages_in_use(), 0);
    inference.step();
    assert_eq!(received(&mut other).len(), 1);
    finish(&mut inference);
}

#[test]
fn nothing_is_left_behind_after_a_thousand_turns() {
    let mut inference = inference(48, 4, END, Hostile::No);
    for turn in 0..1_000u32 {
        let (job, receiver) = job(prompt(turn, 30 + turn as usize % 200), 20, u64::from(turn));
        inference.begin(job);
        // Every third goes away in the middle.
        let gone = turn % 3 == 0;
        let kept = (!gone).then_some(receiver);
        inference.drop_cancelled();
        inference.step();
        inference.step();
        drop(kept);
    }
    finish(&mut inference);
    assert_eq!(inference.schedule.waiting(), 0);
}

#[test]
fn what_cannot_fit_is_refused_before_it_starts() {
    let mut inference = inference(4, 4, NO_END, Hostile::No);
    for (length, max_tokens) in [(100, 29), (0, 5), (5, 0)] {
        let (job, mut receiver) = job(prompt(1, length), max_tokens, 1);
        inference.begin(job);
        assert!(inference.answers.is_empty());
        let events = received(&mut receiver);
        let [Event::Failed(Error::Request { reason, .. })] = &events[..] else {
            panic!("{events:?}");
        };
        assert!(
            reason.contains(&format!("{length} + {max_tokens} tokens")) && reason.contains("128")
        );
    }
    let (job, mut receiver) = job(prompt(1, 100), 28, 1);
    inference.begin(job);
    finish(&mut inference);
    assert_eq!(tokens(&received(&mut receiver)).len(), 28);
}

#[test]
fn garbage_ends_one_answer_and_a_failed_step_all_that_are_in_it() {
    for (hostile, others) in [(Hostile::Garbage(1), true), (Hostile::Fails(1), false)] {
        let mut inference = inference(64, 4, NO_END, hostile);
        let (bad, mut bad_receiver) = job(prompt(1, 10), 5, 1);
        let (good, mut good_receiver) = job(prompt(2, 10), 5, 1);
        inference.begin(bad);
        inference.begin(good);
        finish(&mut inference);
        let events = received(&mut bad_receiver);
        assert!(
            matches!(&events[..], [Event::Failed(Error::Garbage { .. })]),
            "{events:?}"
        );
        assert_eq!(tokens(&received(&mut good_receiver)).len() == 5, others);
        // The next one is served as if nothing had happened.
        let (next, mut receiver) = job(prompt(3, 10), 5, 1);
        inference.begin(next);
        finish(&mut inference);
        assert_eq!(tokens(&received(&mut receiver)).len(), 5);
    }
}

#[test]
fn a_panic_is_heard_by_all_who_wait_and_by_the_next() {
    let worker = worker(Hostile::Panics(1));
    let (waits, waiting) = job(prompt(2, 10), 1_000, 1);
    let (bad, receiver) = job(prompt(1, 10), 5, 1);
    worker.jobs().send(waits);
    worker.jobs().send(bad);
    for receiver in [waiting, receiver] {
        let events: Vec<Event> = block_on(receiver.collect());
        assert!(!events.iter().any(|event| matches!(event, Event::Done(..))));
    }
    let (next, receiver) = job(prompt(3, 10), 5, 1);
    worker.jobs().send(next);
    assert_eq!(block_on(receiver.collect::<Vec<Event>>()), []);
}

#[test]
fn dropping_the_worker_ends_thread_and_answers() {
    let worker = worker(Hostile::No);
    let (long, receiver) = job(prompt(1, 10), 2_000, 1);
    worker.jobs().send(long);
    drop(worker);
    let events: Vec<Event> = block_on(receiver.collect());
    assert!(!events.iter().any(|event| matches!(event, Event::Done(..))));
}

/// A grammar over the tokens of the fake: number `n` is the letter `n` places after `A`.
fn mask(pattern: &str, budget: usize) -> Option<Mask> {
    let letter = |token: u32| char::from(b'A' + token as u8).to_string().into_bytes();
    let vocabulary = Vocabulary {
        tokens: (0..VOCABULARY as u32).map(letter).collect(),
        controls: vec![END],
        ends: vec![END],
        encode: Arc::new(|text| text.bytes().map(|byte| u32::from(byte - b'A')).collect()),
    };
    let grammars = Grammars::new("fake", vocabulary).unwrap();
    let constraint = Constraint::Regex(pattern.into());
    Some(
        grammars
            .mask(&constraint, &[], CallFormat::Qwen, budget)
            .unwrap(),
    )
}

#[test]
fn a_grammar_decides_and_ends_the_answer() {
    for (pattern, expected) in [("CAB", vec![2, 0, 1]), ("[ABC]D[AB]", vec![])] {
        let (mut wanted, receiver) = job(prompt(1, 10), 20, 1);
        wanted.mask = mask(pattern, 20);
        let events = alone(wanted, receiver);
        let said = tokens(&events);
        assert!(
            said == expected || expected.is_empty() && said.len() == 3 && said[1] == 3,
            "{said:?}"
        );
        let Some(Event::Done(Stop::End, usage)) = events.last() else {
            panic!("{events:?}");
        };
        assert!(usage.output_tokens >= 3);
    }
}

#[test]
fn a_grammar_ends_the_answer_within_its_tokens() {
    for max_tokens in [2, 3, 10] {
        let (mut wanted, receiver) = job(prompt(1, 10), max_tokens, 1);
        wanted.mask = mask("A[BCD]*E", max_tokens);
        let events = alone(wanted, receiver);
        let said = tokens(&events);
        assert!(said.len() <= max_tokens && said.first() == Some(&0) && said.last() == Some(&4));
        assert!(matches!(events.last(), Some(Event::Done(..))), "{events:?}");
    }
}

#[test]
fn no_grammar_holds_in_a_thought_and_a_thought_ends() {
    // The model of the test ends no thought by itself.
    for (most, max_tokens) in [(0, 20), (6, 20), (100, 20)] {
        let (mut wanted, receiver) = job(prompt(1, 10), max_tokens, 3);
        wanted.mask = mask("CAB", 5);
        wanted.thought = Some(Thought {
            close: 77,
            closing: vec![5, 77, 5],
            most,
        });
        let events = alone(wanted, receiver);
        let said = tokens(&events);
        let Some(close) = said.iter().position(|&token| token == 77) else {
            assert!(most == 100 && said.len() == max_tokens, "{said:?}");
            continue;
        };
        assert!(close <= most + 1);
        assert_eq!(said[close..], [77, 5, 2, 0, 1], "{said:?}");
        assert!(matches!(events.last(), Some(Event::Done(Stop::End, _))));
    }
}

#[test]
fn a_slow_machine_reads_prompts_in_smaller_pieces() {
    let mut pace = Pace::new();
    // Until it is known how slow the machine is, nobody waits long to find out.
    assert_eq!(pace.prefill(), 64);
    pace.observe(1, Duration::from_secs(5));
    assert_eq!(pace.prefill(), 64);
    pace.observe(64, Duration::from_millis(1));
    assert_eq!(pace.prefill(), 512);
    let mut pace = Pace::new();
    pace.observe(64, Duration::from_millis(125));
    assert_eq!(pace.prefill(), 256);
    pace.observe(1, Duration::from_secs(5));
    assert_eq!(pace.prefill(), 256);
    for _ in 0..20 {
        pace.observe(64, Duration::from_secs(64));
    }
    assert_eq!(pace.prefill(), 32);
}
