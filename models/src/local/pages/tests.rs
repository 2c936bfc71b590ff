//! What page tables promise: a page has one writer, shared pages are what they say they are, and none is lost.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Tokens `from..to`.
fn tokens(from: u32, to: u32) -> Vec<u32> {
    (from..to).collect()
}

fn compute(pages: &mut Pages, tokens: &[u32]) -> (Table, usize) {
    let mut table = Table::default();
    let cached = pages.share(&mut table, tokens);
    assert!(pages.reserve(&mut table, tokens.len()));
    pages.computed(&mut table, tokens);
    (table, cached)
}

#[test]
fn a_second_sequence_shares_whole_pages_but_the_last_token() {
    let mut pages = Pages::new(16);
    let (first, cached) = compute(&mut pages, &tokens(0, 100));
    assert_eq!(cached, 0);
    for (length, expected) in [(100, 96), (97, 96), (96, 64), (33, 32), (32, 0), (1, 0)] {
        let (second, cached) = compute(&mut pages, &tokens(0, length));
        assert_eq!(cached, expected, "{length} tokens");
        let shared = cached / PAGE;
        assert_eq!(second.pages()[..shared], first.pages()[..shared]);
        pages.release(second);
    }
    let (other, cached) = compute(&mut pages, &tokens(1, 101));
    assert_eq!(cached, 0);
    pages.release(other);
    pages.release(first);
    assert_eq!(pages.in_use(), 0);
}

#[test]
fn released_pages_stay_known_until_their_room_is_needed() {
    let mut pages = Pages::new(4);
    let (first, _) = compute(&mut pages, &tokens(0, 128));
    pages.release(first);
    let (again, cached) = compute(&mut pages, &tokens(0, 128));
    assert_eq!(cached, 96);
    pages.release(again);
    // Two pages of something else push out the end of the first sequence, not its beginning.
    let (other, _) = compute(&mut pages, &tokens(500, 564));
    pages.release(other);
    let mut table = Table::default();
    assert_eq!(pages.share(&mut table, &tokens(0, 128)), 64);
    pages.release(table);
    assert_eq!(pages.available(), 4);
}

#[test]
fn same_content_computed_twice_is_kept_once() {
    let mut pages = Pages::new(8);
    let text = tokens(0, 64);
    let (mut first, mut second) = (Table::default(), Table::default());
    assert!(pages.reserve(&mut first, 64) && pages.reserve(&mut second, 64));
    pages.computed(&mut first, &text);
    assert_eq!(pages.in_use(), 4);
    pages.computed(&mut second, &text);
    assert_eq!(pages.in_use(), 2);
    assert_eq!(first.pages(), second.pages());
    assert_eq!(pages.freed_by(&first), 0);
    pages.release(first);
    assert_eq!(pages.freed_by(&second), 2);
    pages.release(second);
    assert_eq!(pages.in_use(), 0);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut pages = Pages::new(2);
    let mut table = Table::default();
    assert!(!pages.reserve(&mut table, 65));
    assert_eq!((table.pages().len(), pages.available()), (0, 2));
    assert!(pages.reserve(&mut table, 64));
    let mut other = Table::default();
    assert!(!pages.reserve(&mut other, 1));
    pages.release(table);
    assert!(pages.reserve(&mut other, 1));
    pages.release(other);
}

/// One step of a random run: a sequence begins, grows, or ends.
#[derive(Debug, Clone)]
enum Act {
    Begin { family: u32, length: usize },
    Grow { which: usize, by: usize },
    End { which: usize },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..3u32, 1..200usize).prop_map(|(family, length)| Act::Begin { family, length }),
        (any::<usize>(), 1..50usize).prop_map(|(which, by)| Act::Grow { which, by }),
        any::<usize>().prop_map(|which| Act::End { which }),
    ]
}

/// A sequence of a family has the same beginning as the others, and its own end.
fn text(family: u32, own: u32, length: usize) -> Vec<u32> {
    let own_from = 100 + (own as usize % 3) * 20;
    (0..length)
        .map(|at| if at < own_from { family } else { own } * 1000 + at as u32)
        .collect()
}

/// Writes the tokens that are not computed yet into a model of the cache, in which each slot holds what the true one would:
/// a mark of everything before it.
fn write(slots: &mut HashMap<(u32, usize), u64>, table: &Table, tokens: &[u32]) {
    for at in table.filled()..tokens.len() {
        slots.insert((table.pages()[at / PAGE], at % PAGE), mark(&tokens[..=at]));
    }
}

fn mark(tokens: &[u32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    tokens.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_sequence_reads_what_it_would_have_written(acts in prop::collection::vec(act(), 1..80)) {
        let mut pages = Pages::new(24);
        let mut slots = HashMap::new();
        let mut live: Vec<(u32, u32, Vec<u32>, Table)> = Vec::new();
        for (own, act) in acts.into_iter().enumerate() {
            match act {
                Act::Begin { family, length } => {
                    let tokens = text(family, own as u32, length);
                    let mut table = Table::default();
                    pages.share(&mut table, &tokens);
                    if pages.reserve(&mut table, tokens.len()) {
                        write(&mut slots, &table, &tokens);
                        pages.computed(&mut table, &tokens);
                        live.push((family, own as u32, tokens, table));
                    } else {
                        pages.release(table);
                    }
                }
                Act::Grow { which, by } if !live.is_empty() => {
                    let index = which % live.len();
                    let (family, own, tokens, table) = &mut live[index];
                    let longer = text(*family, *own, tokens.len() + by);
                    if pages.reserve(table, longer.len()) {
                        write(&mut slots, table, &longer);
                        pages.computed(table, &longer);
                        *tokens = longer;
                    }
                }
                Act::End { which } if !live.is_empty() => {
                    let (.., table) = live.swap_remove(which % live.len());
                    pages.release(table);
                }
                Act::Grow { .. } | Act::End { .. } => {}
            }
            for (_, _, tokens, table) in &live {
                for at in 0..tokens.len() {
                    let slot = (table.pages()[at / PAGE], at % PAGE);
                    prop_assert_eq!(slots[&slot], mark(&tokens[..=at]));
                }
            }
            let held: std::collections::HashSet<u32> =
                live.iter().flat_map(|(.., table)| table.pages().to_vec()).collect();
            prop_assert_eq!(held.len(), pages.in_use());
        }
        for (.., table) in live {
            pages.release(table);
        }
        prop_assert_eq!(pages.in_use(), 0);
    }
}
