//! Which lines that begin with 第n条 are the heads of articles: those whose numbers rise one by one.
//!
//! A paragraph that begins with a reference is told apart by what follows its label, and else by its number.

use std::collections::HashMap;

use super::lines::Flow;
use super::mark::{Division, Head, division, head, rank};
use crate::source::DropReason;

/// A line that may head an article.
struct Candidate {
    line: usize,
    head: Head,
    /// Inside of text that an amendment quotes.
    quoted: bool,
    /// A heading stands between it and the candidate before.
    bounded: bool,
}

/// The heads of articles, by line.
pub(super) fn articles(flow: &Flow, fates: &[Option<DropReason>]) -> HashMap<usize, Head> {
    let candidates = candidates(flow, fates);
    let chain = Chain::of(&candidates);
    let mut accepted = HashMap::new();
    let mut last: Option<(u32, u32)> = None;
    let mut bounded = false;
    for (index, candidate) in candidates.iter().enumerate() {
        bounded |= candidate.bounded;
        if chain.accepts(index, last, bounded) {
            last = Some((candidate.head.number, candidate.head.branch));
            bounded = false;
            accepted.insert(candidate.line, candidate.head.clone());
        }
    }
    accepted
}

fn candidates(flow: &Flow, fates: &[Option<DropReason>]) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let mut bounded = false;
    let mut quote = Quote::of(flow);
    for (index, line) in flow.lines.iter().enumerate() {
        let text = flow.line(index);
        quote.read(index);
        if fates[index].is_some() || line.row || line.quote {
            continue;
        }
        let marked = if line.hashes > 0 {
            text.len()
        } else {
            line.bold
        };
        if let Some(head) = head(text, marked) {
            candidates.push(Candidate {
                line: index,
                head,
                quoted: quote.is_open(),
                bounded,
            });
            bounded = false;
        } else if let Some(Division { rank, .. }) = division(text, line.hashes > 0) {
            bounded |= rank <= rank::BOOK;
        } else {
            bounded |= line.hashes > 0 || text.starts_with('《') && text.ends_with('》');
        }
    }
    candidates
}

/// A quotation that runs over several paragraphs, as amendments quote the new wording.
struct Quote {
    /// Opening less closing quotation marks of each line.
    balances: Vec<i32>,
    /// The last line of the open quotation.
    end: usize,
    line: usize,
}

impl Quote {
    /// Longest quotation, in paragraphs; beyond it a sign is taken to be missing.
    const LONGEST: usize = 30;

    fn of(flow: &Flow) -> Self {
        let balances = (0..flow.lines.len())
            .map(|index| balance(flow.line(index)))
            .collect();
        Self {
            balances,
            end: 0,
            line: 0,
        }
    }

    fn read(&mut self, index: usize) {
        self.line = index;
        if self.is_open() || self.balances[index] <= 0 {
            return;
        }
        let limit = self.balances.len().min(index + Self::LONGEST);
        let closes = (index + 1..limit).find(|at| self.balances[*at] < 0);
        self.end = closes.unwrap_or(index);
    }

    fn is_open(&self) -> bool {
        self.line <= self.end && self.end > 0
    }
}

/// Opening less closing quotation marks.
fn balance(line: &str) -> i32 {
    line.chars()
        .map(|character| i32::from(character == '“') - i32::from(character == '”'))
        .sum()
}

/// All candidates by their number.
struct Chain<'a> {
    candidates: &'a [Candidate],
    positions: HashMap<(u32, u32), Vec<usize>>,
    /// Only those that are set off.
    strong: HashMap<(u32, u32), Vec<usize>>,
}

impl<'a> Chain<'a> {
    fn of(candidates: &'a [Candidate]) -> Self {
        let mut positions: HashMap<(u32, u32), Vec<usize>> = HashMap::new();
        let mut strong: HashMap<(u32, u32), Vec<usize>> = HashMap::new();
        for (index, Candidate { head, .. }) in candidates.iter().enumerate() {
            let key = (head.number, head.branch);
            positions.entry(key).or_default().push(index);
            if head.strong {
                strong.entry(key).or_default().push(index);
            }
        }
        Self {
            candidates,
            positions,
            strong,
        }
    }

    fn accepts(&self, index: usize, last: Option<(u32, u32)>, bounded: bool) -> bool {
        let Candidate { head, quoted, .. } = &self.candidates[index];
        let here = (head.number, head.branch);
        let Some((number, branch)) = last else {
            return if head.strong {
                !quoted && self.begins(index)
            } else {
                here == (1, 0) && self.follows(index)
            };
        };
        let next = (number.saturating_add(1), 0);
        if here == next || here == (number, branch.saturating_add(1)) {
            return head.strong || !self.strong_before_restart(index, here);
        }
        if !head.strong || *quoted {
            return false;
        }
        if here > (number, branch) {
            // A gap: articles were left out, unless the expected one is still to come.
            return !self.strong_before_restart(index, next);
        }
        if here == (1, 0) {
            return bounded || self.follows(index) || !self.strong_before_restart(index, next);
        }
        bounded
    }

    /// Whether a document can begin with this article although it is not the first.
    fn begins(&self, index: usize) -> bool {
        let head = &self.candidates[index].head;
        let first = self.after(index, (1, 0));
        head.number == 1
            || first.is_none()
            || self.after(index, (head.number.saturating_add(1), 0)) < first
    }

    /// Whether 第二条 comes after this 第一条, before another 第一条.
    fn follows(&self, index: usize) -> bool {
        let second = self.after(index, (2, 0));
        second.is_some()
            && self
                .after(index, (1, 0))
                .is_none_or(|again| second < Some(again))
    }

    fn after(&self, index: usize, key: (u32, u32)) -> Option<usize> {
        next(self.positions.get(&key)?, index)
    }

    /// Whether a sure head with this number comes later, before a new 第一条.
    fn strong_before_restart(&self, index: usize, key: (u32, u32)) -> bool {
        let restart = self.after(index, (1, 0)).unwrap_or(self.candidates.len());
        let sure = self
            .strong
            .get(&key)
            .and_then(|positions| next(positions, index));
        sure.is_some_and(|sure| sure < restart)
    }
}

/// The first of ascending positions behind another.
fn next(positions: &[usize], index: usize) -> Option<usize> {
    positions
        .get(positions.partition_point(|position| *position <= index))
        .copied()
}
