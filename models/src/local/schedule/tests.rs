//! What the schedule promises: everybody goes on, nobody for long without the others, and no page is lost.

use std::collections::HashMap;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// Tokens of prompts in a step.
const PREFILL: usize = 512;

/// A prompt that shares nothing with others.
fn prompt(own: u32, length: usize) -> Vec<u32> {
    (0..length as u32).map(|at| own * 100_000 + at).collect()
}

/// Runs one step; sequences at their end get the next token.
fn step(schedule: &mut Schedule) -> Vec<Work> {
    let work = schedule.next(PREFILL);
    let ended: Vec<Id> = work
        .iter()
        .filter(|work| schedule.at_end(work))
        .map(|work| work.id)
        .collect();
    schedule.computed(&work);
    for id in ended {
        schedule.push(id, &[7]);
    }
    work
}

#[test]
fn one_sequence_reads_its_prompt_and_then_decodes() {
    let mut schedule = Schedule::new(64, 4);
    let id = schedule.add(prompt(1, 700));
    let mut steps = (0..4)
        .map(|_| step(&mut schedule))
        .collect::<Vec<_>>()
        .concat();
    let expected = [(0, 512), (512, 700), (700, 701), (701, 702)];
    assert_eq!(steps.len(), expected.len());
    for (work, (from, to)) in steps.drain(..).zip(expected) {
        assert_eq!(work, Work { id, from, to });
    }
    assert!(schedule.next(PREFILL).len() == 1 && schedule.pages_in_use() == 22);
    schedule.remove(id);
    assert_eq!(schedule.pages_in_use(), 0);
    assert!(schedule.next(PREFILL).is_empty());
}

#[test]
fn a_short_request_passes_a_long_one_which_still_goes_on() {
    let mut schedule = Schedule::new(512, 4);
    let long = schedule.add(prompt(1, 8_000));
    step(&mut schedule);
    let short = schedule.add(prompt(2, 100));
    let work = step(&mut schedule);
    let shares: Vec<(Id, usize)> = work
        .iter()
        .map(|work| (work.id, work.to - work.from))
        .collect();
    assert_eq!(shares, [(long, 384), (short, 100)]);
    // The short one decodes in every step from now on, beside a smaller piece of the long prompt.
    for _ in 0..10 {
        let shares: Vec<(Id, usize)> = step(&mut schedule)
            .iter()
            .map(|work| (work.id, work.to - work.from))
            .collect();
        assert_eq!(shares, [(long, 256), (short, 1)]);
    }
}

#[test]
fn a_prefix_is_computed_once_for_those_who_come_together() {
    let mut schedule = Schedule::new(512, 16);
    let ids: Vec<Id> = (0..16)
        .map(|own| schedule.add([prompt(9, 1_024), prompt(own + 10, 20)].concat()))
        .collect();
    let mut computed = 0;
    for _ in 0..8 {
        let work = step(&mut schedule);
        computed += work.iter().map(|work| work.to - work.from).sum::<usize>();
    }
    assert!(
        computed < 1_024 + 16 * (20 + 8) + 600,
        "{computed} tokens were computed"
    );
    let cached = ids
        .iter()
        .filter(|&&id| schedule.cached(id) == 1_024)
        .count();
    assert!(cached >= 14, "{cached} of 16 found the prefix");
}

#[test]
fn forced_tokens_are_computed_in_one_piece_beside_decoding() {
    let mut schedule = Schedule::new(64, 4);
    let first = schedule.add(prompt(1, 10));
    let second = schedule.add(prompt(2, 10));
    step(&mut schedule);
    schedule.push(first, &[1, 2, 3, 4]);
    let expected = [
        Work {
            id: first,
            from: 10,
            to: 15,
        },
        Work {
            id: second,
            from: 10,
            to: 11,
        },
    ];
    assert_eq!(step(&mut schedule), expected);
}

/// Conversations that go on and on: each time one has got its answer it asks again. Returns the tokens that each got.
fn closed_loop(conversations: usize, parallel: usize, pages: usize, steps: usize) -> Vec<usize> {
    let mut schedule = Schedule::new(pages, parallel);
    let mut tokens = vec![0; conversations];
    let mut turns = vec![0; conversations];
    let mut of = HashMap::new();
    let ask = |schedule: &mut Schedule, who: usize, turn: usize| {
        schedule.add(prompt((who * 50 + turn) as u32, 200 + 37 * (who % 7)))
    };
    for who in 0..conversations {
        of.insert(ask(&mut schedule, who, 0), (who, 0));
    }
    for _ in 0..steps {
        for work in step(&mut schedule) {
            let Some((who, got)) = of.get_mut(&work.id) else {
                continue;
            };
            if work.to >= 200 + 37 * (*who % 7) {
                *got += 1;
                tokens[*who] += 1;
            }
            let (who, got) = (*who, *got);
            if got == 64 {
                schedule.remove(work.id);
                of.remove(&work.id);
                turns[who] += 1;
                of.insert(ask(&mut schedule, who, turns[who]), (who, 0));
            }
        }
    }
    tokens
}

#[rstest]
#[case::room_for_all(2_048)]
#[case::room_for_half(320)]
#[case::room_for_few(64)]
fn sixty_four_conversations_get_their_share(#[case] pages: usize) {
    let tokens = closed_loop(64, 16, pages, 3_000);
    let (least, most) = (tokens.iter().min().unwrap(), tokens.iter().max().unwrap());
    assert!(
        *most <= 3 * *least,
        "between {least} and {most} tokens: {tokens:?}"
    );
}

#[test]
fn of_sixty_four_at_once_the_last_is_not_three_times_as_slow() {
    let mut schedule = Schedule::new(2_048, 16);
    for own in 0..64 {
        schedule.add(prompt(own, 200));
    }
    let mut got = [0; 64];
    let mut done_at = Vec::new();
    let mut cost = 0;
    while done_at.len() < 64 {
        let work = step(&mut schedule);
        cost += 40 + work.iter().map(|work| work.to - work.from).sum::<usize>();
        for work in work.into_iter().filter(|work| work.to >= 200) {
            got[work.id as usize] += 1;
            if got[work.id as usize] == 64 {
                schedule.remove(work.id);
                done_at.push(cost);
            }
        }
    }
    assert!(cost <= 3 * done_at[0], "from {} to {cost}", done_at[0]);
}

#[test]
fn the_youngest_makes_room_and_comes_back() {
    let mut schedule = Schedule::new(4, 2);
    let old = schedule.add(prompt(1, 60));
    let young = schedule.add(prompt(2, 30));
    let mut seen_alone = false;
    for _ in 0..60 {
        let work = step(&mut schedule);
        assert!(
            work.iter().any(|work| work.id == old),
            "the older one goes on"
        );
        seen_alone |= work.len() == 1 && schedule.waiting() == 1;
    }
    assert!(seen_alone);
    schedule.remove(old);
    let work = step(&mut schedule);
    assert_eq!(work[0].id, young);
    schedule.remove(young);
    assert_eq!(schedule.pages_in_use(), 0);
}

#[test]
fn a_sequence_may_fill_the_whole_cache() {
    let mut schedule = Schedule::new(4, 4);
    let small = schedule.add(prompt(1, 40));
    step(&mut schedule);
    let large = schedule.add(prompt(2, 120));
    for _ in 0..10 {
        assert!(step(&mut schedule).iter().all(|work| work.id == small));
    }
    schedule.remove(small);
    for _ in 0..8 {
        assert_eq!(step(&mut schedule)[0].id, large);
    }
    assert_eq!(schedule.pages_in_use(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn everybody_comes_to_an_end(
        pages in 8..40usize,
        parallel in 1..6usize,
        requests in prop::collection::vec((0..3u32, 1..120usize, 1..100usize, 0..40usize, any::<bool>()), 1..20),
    ) {
        let mut schedule = Schedule::new(pages, parallel);
        let mut live: HashMap<Id, (usize, bool)> = HashMap::new();
        let mut requests = requests.into_iter().enumerate().peekable();
        let mut steps = 0;
        while !live.is_empty() || requests.peek().is_some() {
            while let Some((own, (family, length, answer, _, cancel))) =
                requests.next_if(|(_, request)| request.3 <= steps || live.is_empty())
            {
                let text = [prompt(family, length / 2), prompt(own as u32 + 10, length - length / 2)].concat();
                live.insert(schedule.add(text), (answer, cancel));
            }
            let work = schedule.next(64);
            prop_assert!(!work.is_empty() && work.len() <= parallel);
            schedule.computed(&work);
            for piece in &work {
                prop_assert!(piece.from < piece.to);
                if !schedule.at_end(piece) {
                    continue;
                }
                let (left, cancel) = live.get_mut(&piece.id).unwrap();
                *left -= 1;
                if *left == 0 || (*cancel && steps % 7 == 0) {
                    live.remove(&piece.id);
                    schedule.remove(piece.id);
                } else {
                    schedule.push(piece.id, &[steps as u32]);
                }
            }
            steps += 1;
            prop_assert!(steps < 20_000, "it goes on for ever");
        }
        prop_assert_eq!(schedule.pages_in_use(), 0);
    }
}
