//! Who computes what in the next step of the inference thread. Pure: no model, no clock, no thread.
//!
//! A sequence is *running* while it has one of the `parallel` slots, else it waits. In every step each running sequence
//! that decodes computes its new token, and those that still read their prompt share a budget of tokens. Where others
//! wait, a slot is given up after [`TURN`] steps; the pages are kept, so that coming back costs nothing.
//!
//! Nobody starves: half of the budget goes to the sequence that came first, the rest to those with the least left, and
//! turns go round. Nothing locks: when pages run out, the youngest sequence loses its own and computes them again
//! later, so the oldest can always go on. None of this changes a result, for the decoder's are the same in any company.

use std::collections::{BTreeMap, VecDeque};

use super::cache::PAGE;
use super::pages::{Pages, Table};

/// Steps after which a slot goes to one who waits: short enough that a text does not seem to stop.
const TURN: usize = 8;

/// A sequence's number, in order of arrival.
pub(crate) type Id = u64;

/// Sequences, slots and pages.
pub(crate) struct Schedule {
    pages: Pages,
    parallel: usize,
    sequences: BTreeMap<Id, Sequence>,
    running: Vec<Id>,
    waiting: VecDeque<Id>,
    arrivals: Id,
}

/// Tokens `from..to` of a sequence are to be computed. If they reach its end, the logits of the last are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) id: Id,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

struct Sequence {
    tokens: Vec<u32>,
    /// Length of the prompt.
    prompt: usize,
    table: Table,
    /// Steps since it has its slot.
    turn: usize,
    /// The most tokens that were ever filled; after losing its pages a sequence has fewer.
    reached: usize,
    /// Tokens of the prompt that were never computed for it.
    cached: usize,
}

impl Sequence {
    fn pending(&self) -> usize {
        self.tokens.len() - self.table.filled()
    }

    /// Whether it goes on by a token, or by the few that its grammar forces.
    fn decodes(&self) -> bool {
        self.tokens.len() > self.prompt && self.pending() <= PAGE
    }
}

impl Schedule {
    /// A cache of so many pages, at most `parallel` sequences in a step.
    pub(crate) fn new(pages: usize, parallel: usize) -> Self {
        Self {
            pages: Pages::new(pages),
            parallel: parallel.max(1),
            sequences: BTreeMap::new(),
            running: Vec::new(),
            waiting: VecDeque::new(),
            arrivals: 0,
        }
    }

    /// The longest sequence that the cache can hold, in tokens.
    pub(crate) fn capacity(&self) -> usize {
        self.pages.count() * PAGE
    }

    /// Pages that sequences hold.
    pub(crate) fn pages_in_use(&self) -> usize {
        self.pages.in_use()
    }

    /// Sequences without a slot.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a sequence in. It must never grow beyond [`Schedule::capacity`].
    pub(crate) fn add(&mut self, prompt: Vec<u32>) -> Id {
        let id = self.arrivals;
        self.arrivals += 1;
        let sequence = Sequence {
            prompt: prompt.len(),
            tokens: prompt,
            table: Table::default(),
            turn: 0,
            reached: 0,
            cached: 0,
        };
        self.sequences.insert(id, sequence);
        self.waiting.push_back(id);
        id
    }

    /// Appends tokens to a sequence.
    pub(crate) fn push(&mut self, id: Id, tokens: &[u32]) {
        self.sequence(id).tokens.extend_from_slice(tokens);
    }

    /// Forgets a sequence and frees its slot and pages.
    pub(crate) fn remove(&mut self, id: Id) {
        self.running.retain(|&running| running != id);
        self.waiting.retain(|&waiting| waiting != id);
        if let Some(sequence) = self.sequences.remove(&id) {
            self.pages.release(sequence.table);
        }
    }

    /// Tokens and pages for a piece of work.
    pub(crate) fn input(&self, work: &Work) -> (&[u32], &[u32]) {
        let sequence = &self.sequences[&work.id];
        (&sequence.tokens[work.from..work.to], sequence.table.pages())
    }

    /// Whether a piece of work ends with the last token there is.
    pub(crate) fn at_end(&self, work: &Work) -> bool {
        work.to == self.sequences[&work.id].tokens.len()
    }

    /// Tokens of the prompt that were found in the cache.
    pub(crate) fn cached(&self, id: Id) -> usize {
        self.sequences[&id].cached
    }

    /// Notes that the work is done.
    pub(crate) fn computed(&mut self, work: &[Work]) {
        for &Work { id, from, to } in work {
            if let Some(sequence) = self.sequences.get_mut(&id) {
                sequence.cached += from.min(sequence.prompt).saturating_sub(sequence.reached);
                self.pages
                    .computed(&mut sequence.table, &sequence.tokens[..to]);
                sequence.reached = sequence.reached.max(to);
            }
        }
    }

    /// The next step, in which at most `prefill` tokens of prompts are computed; half as many when others decode. Empty
    /// only if there is no sequence.
    pub(crate) fn next(&mut self, prefill: usize) -> Vec<Work> {
        loop {
            self.rotate();
            self.admit();
            self.make_room();
            if !self.running.is_empty() || self.sequences.is_empty() {
                break;
            }
        }
        for id in &self.running {
            if let Some(sequence) = self.sequences.get_mut(id) {
                sequence.turn += 1;
            }
        }
        let mut work = self.decodes();
        let budget = if work.is_empty() {
            prefill
        } else {
            prefill / 2
        };
        work.extend(self.prefills(budget.max(1)));
        work.sort_unstable_by_key(|work| work.id);
        work
    }

    /// Slots whose turn is over go to those who wait.
    fn rotate(&mut self) {
        let wanted = (self.running.len() + self.waiting.len()).saturating_sub(self.parallel);
        let sequences = &self.sequences;
        let over = |id: &&Id| sequences[*id].turn >= TURN;
        let wanted = wanted.min(self.waiting.len());
        let leaving: Vec<Id> = self
            .running
            .iter()
            .filter(over)
            .take(wanted)
            .copied()
            .collect();
        self.running.retain(|id| !leaving.contains(id));
        self.waiting.extend(leaving);
    }

    fn admit(&mut self) {
        let mut passed_over = VecDeque::new();
        let mut blocked = Id::MAX;
        while self.running.len() < self.parallel {
            let Some(id) = self.waiting.pop_front() else {
                break;
            };
            // Who came later and is small must not slip past one for whom there is no room.
            let slips_past = id > blocked && self.sequences[&id].table.pages().is_empty();
            if !slips_past && self.begin(id) {
                self.sequence(id).turn = 0;
                self.running.push(id);
            } else {
                blocked = blocked.min(id);
                passed_over.push_back(id);
            }
        }
        passed_over.append(&mut self.waiting);
        self.waiting = passed_over;
    }

    /// Reserves room for all tokens of a sequence that wants a slot. If need be, younger ones lose their pages.
    fn begin(&mut self, id: Id) -> bool {
        let newcomer = self.sequences[&id].table.pages().is_empty();
        self.share(id);
        let sequence = &self.sequences[&id];
        let held = sequence.table.pages().len();
        if sequence.tokens.len() <= held * PAGE {
            return true;
        }
        let holds = |(_, other): &(&Id, &Sequence)| !other.table.pages().is_empty();
        let older = self.sequences.range(..id).filter(holds).count();
        if older > 0 {
            let younger = self.sequences.range(id + 1..).filter(holds);
            let obtainable: usize = younger
                .map(|(_, other)| self.pages.freed_by(&other.table))
                .sum();
            // Each older one may soon need a page; without that reserve the newcomer would lose its pages at once.
            let reserve = if newcomer { older } else { 0 };
            let needed = (sequence.tokens.len() + 1).div_ceil(PAGE) - held + reserve;
            if needed > self.pages.available() + obtainable {
                self.lose_pages(id);
                return false;
            }
        }
        self.reserve(id)
    }

    /// Reserves room for the pending tokens of the running ones, the oldest first. Who finds none waits.
    fn make_room(&mut self) {
        let mut ids = self.running.clone();
        ids.sort_unstable();
        for id in ids {
            if self.running.contains(&id) && !self.reserve(id) {
                self.running.retain(|&running| running != id);
                self.waiting.push_front(id);
                self.lose_pages(id);
            }
        }
    }

    /// Reserves room for all tokens of a sequence; younger ones lose their pages, the youngest first.
    fn reserve(&mut self, id: Id) -> bool {
        loop {
            let sequence = self
                .sequences
                .get_mut(&id)
                .expect("the caller has just seen it");
            if self
                .pages
                .reserve(&mut sequence.table, sequence.tokens.len())
            {
                return true;
            }
            let holds = |(_, other): &(&Id, &Sequence)| !other.table.pages().is_empty();
            let youngest = self.sequences.range(id + 1..).rev().find(holds);
            let Some((&youngest, _)) = youngest else {
                return false;
            };
            self.lose_pages(youngest);
            if self.running.contains(&youngest) {
                self.running.retain(|&running| running != youngest);
                self.waiting.push_front(youngest);
            }
        }
    }

    fn lose_pages(&mut self, id: Id) {
        let table = std::mem::take(&mut self.sequence(id).table);
        self.pages.release(table);
    }

    fn share(&mut self, id: Id) {
        let sequence = self
            .sequences
            .get_mut(&id)
            .expect("the caller has just seen it");
        self.pages.share(&mut sequence.table, &sequence.tokens);
    }

    fn decodes(&self) -> Vec<Work> {
        let decodes = self
            .running
            .iter()
            .filter(|&id| self.sequences[id].decodes());
        decodes.map(|&id| self.work(id, usize::MAX)).collect()
    }

    fn prefills(&mut self, budget: usize) -> Vec<Work> {
        let mut ids = self.running.clone();
        ids.retain(|id| !self.sequences[id].decodes());
        ids.sort_unstable();
        for &id in &ids {
            self.share(id);
        }
        let Some(&first) = ids.first() else {
            return Vec::new();
        };
        let mut left = budget;
        let mut shares = BTreeMap::new();
        let half = budget.div_ceil(2).min(self.sequences[&first].pending());
        shares.insert(first, half);
        left -= half;
        ids.sort_by_key(|id| self.sequences[id].pending());
        for id in ids {
            let share = shares.entry(id).or_insert(0);
            let more = left.min(self.sequences[&id].pending() - *share);
            *share += more;
            left -= more;
        }
        shares.retain(|_, share| *share > 0);
        shares
            .into_iter()
            .map(|(id, share)| self.work(id, share))
            .collect()
    }

    /// At most `share` pending tokens of a sequence, up to the end of a page where they do not reach the end: only whole
    /// pages can be shared.
    fn work(&self, id: Id, share: usize) -> Work {
        let sequence = &self.sequences[&id];
        let from = sequence.table.filled();
        let mut to = from + share.min(sequence.pending());
        let whole = to / PAGE * PAGE;
        if to < sequence.tokens.len() && whole > from {
            to = whole;
        }
        Work { id, from, to }
    }

    fn sequence(&mut self, id: Id) -> &mut Sequence {
        self.sequences
            .get_mut(&id)
            .expect("the caller has just seen it")
    }
}

#[cfg(test)]
mod tests;
