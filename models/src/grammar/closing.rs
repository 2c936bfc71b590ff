//! How the rest of a constrained text is closed: the shortest bytes that end it legally.
//!
//! `llguidance` knows what may come next, not how far the end is. [`shortest`] searches on its recogniser: within a
//! lexeme over the states of the lexer, which are exact, so that no loop is walked twice; across lexemes over the parser.
//! What it returns was accepted by the parser. It is not always the shortest of all.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use llguidance::earley::{Parser, ParserRecognizer};
use toktrie::{Recognizer, TokTrie, TokenId};

use super::number::Numbers;

/// How hard to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// As `Thorough`, a little way: in a text of one lexeme, such as a regular expression, the end is near, and what looks
    /// like the end of JSON leads past it.
    Near,
    /// As `Quick`, but for a text that is being written: other answers wait, and there is a plan already.
    Brief,
    /// Follow what looks like the end, step back where it is not.
    Quick,
    /// Go through all texts by length.
    Thorough,
}

impl Effort {
    /// How many states are looked at. Over the schemas of BFCL a search while writing found its end within 1,156.
    fn states(self) -> usize {
        match self {
            Self::Near => 500,
            Self::Brief => 1_500,
            Self::Quick => 6_000,
            Self::Thorough => 30_000,
        }
    }

    /// Whether all bytes cost the same.
    fn is_by_length(self) -> bool {
        match self {
            Self::Near | Self::Thorough => true,
            Self::Brief | Self::Quick => false,
        }
    }
}

/// Longest end that is searched, in bytes.
const LONGEST: u32 = 8_192;
/// The node of the root.
const ROOT: u32 = 0;

/// A place in the text after `start`, reached by one byte from its parent.
#[derive(Clone, Copy)]
struct Node {
    parent: u32,
    byte: u8,
    depth: u32,
    /// Which sequence of lexemes led here.
    row: u32,
    /// Whether a lexeme has ended here, and perhaps the text with it.
    ended: bool,
    /// What has been read, if the text is JSON.
    json: Option<Numbers>,
    /// Whether the parser has been asked if the text may end here; it may not.
    asked: bool,
}

/// What a run of the search came upon.
enum Found {
    /// Perhaps the end of the text.
    Candidate(u32),
    Nothing,
}

struct Search {
    effort: Effort,
    nodes: Vec<Node>,
    /// Cost, depth, node: the cheapest first, and of these the deepest, then the oldest.
    open: BinaryHeap<(Reverse<u32>, Reverse<u32>, Reverse<u32>)>,
    /// Row, kind of step and state that were reached.
    seen: HashSet<(u32, u8, u64)>,
    rows: u32,
    /// How many states may still be looked at. Sixteen bytes that the recogniser reads again count as one.
    budget: usize,
    /// Bytes after `start` that the recogniser holds.
    held: Vec<u8>,
    /// Costs of the nodes.
    costs: Vec<u32>,
}

/// Bytes that end the text legally after `start`, which follows what the parser has been told.
pub(super) fn shortest(
    parser: &mut Parser,
    trie: &TokTrie,
    start: &[u8],
    json: Option<Numbers>,
    effort: Effort,
) -> Option<Vec<u8>> {
    let forced = parser.currently_forced_bytes().to_vec();
    let (told, start) = match start.strip_prefix(forced.as_slice()) {
        Some(rest) => (forced.as_slice(), rest),
        None => (start, &[][..]),
    };
    let owed = forced.strip_prefix(told)?.to_vec();
    let json = json.map(|json| json.read(told).read(&owed).read(start));
    let mut search = Search::new(effort, json);
    loop {
        let found = parser.with_recognizer(|recognizer| {
            recognizer.trie_started("closing");
            search.held.clear();
            let mut pushed = start
                .iter()
                .take_while(|byte| recognizer.try_push_byte(**byte));
            let found = if pushed.by_ref().count() == start.len() {
                search.run(recognizer)
            } else {
                Found::Nothing
            };
            recognizer.trie_finished();
            found
        });
        let Found::Candidate(node) = found else {
            return None;
        };
        let path = search.path(node);
        let whole = [told, &owed, start, &path].concat();
        if completes(parser, trie, &whole) {
            return Some([owed.as_slice(), &path].concat());
        }
        search.nodes[node as usize].asked = true;
        search.budget = search.budget.saturating_sub(path.len() / 16);
        search.open(node);
    }
}

/// Whether the text is legal and may end after these bytes.
pub(super) fn completes(parser: &mut Parser, trie: &TokTrie, bytes: &[u8]) -> bool {
    cut(trie, bytes).is_some_and(|mut tokens| {
        tokens.push(trie.eos_token());
        parser.validate_tokens(&tokens) == tokens.len()
    })
}

/// Tokens with these bytes, long ones first; none if a byte has no token.
pub(super) fn cut(trie: &TokTrie, bytes: &[u8]) -> Option<Vec<TokenId>> {
    let tokens = trie.greedy_tokenize(bytes);
    let length: usize = tokens.iter().map(|token| trie.token(*token).len()).sum();
    (length == bytes.len()).then_some(tokens)
}

impl Search {
    fn new(effort: Effort, json: Option<Numbers>) -> Self {
        let mut search = Self {
            effort,
            nodes: vec![Node {
                parent: ROOT,
                byte: 0,
                depth: 0,
                row: 0,
                ended: true,
                json,
                asked: false,
            }],
            open: BinaryHeap::new(),
            seen: HashSet::new(),
            rows: 1,
            budget: effort.states(),
            held: Vec::new(),
            costs: vec![0],
        };
        search.open(ROOT);
        search
    }

    fn open(&mut self, node: u32) {
        let Node { depth, .. } = self.nodes[node as usize];
        let deepest = if self.effort.is_by_length() {
            Reverse(depth)
        } else {
            Reverse(u32::MAX - depth)
        };
        let cost = self.costs[node as usize];
        self.open.push((Reverse(cost), deepest, Reverse(node)));
    }

    /// Looks at node after node until one may be the end.
    fn run(&mut self, recognizer: &mut ParserRecognizer<'_>) -> Found {
        while let Some((_, _, Reverse(node))) = self.open.pop() {
            if self.budget == 0 {
                return Found::Nothing;
            }
            self.budget -= 1;
            if !self.hold(recognizer, node) {
                continue;
            }
            let state = recognizer.lexer_state();
            let Node {
                ended, asked, json, ..
            } = self.nodes[node as usize];
            let closed = json.is_none_or(Numbers::is_closed);
            if closed
                && !asked
                && (ended || !recognizer.lexer_mut().try_lexeme_end(state).is_error())
            {
                return Found::Candidate(node);
            }
            self.expand(recognizer, node);
        }
        Found::Nothing
    }

    /// Brings the recogniser to a node; false if the parser does not let it.
    fn hold(&mut self, recognizer: &mut ParserRecognizer<'_>, node: u32) -> bool {
        let path = self.path(node);
        let mut common = path.iter().zip(&self.held);
        let common = common
            .by_ref()
            .take_while(|(left, right)| left == right)
            .count();
        recognizer.pop_bytes(self.held.len() - common);
        self.held.truncate(common);
        self.budget = self.budget.saturating_sub((path.len() - common) / 16);
        for byte in &path[common..] {
            if !recognizer.try_push_byte(*byte) {
                return false;
            }
            self.held.push(*byte);
        }
        true
    }

    fn path(&self, mut node: u32) -> Vec<u8> {
        let mut path = Vec::with_capacity(self.nodes[node as usize].depth as usize);
        while node != ROOT {
            let Node { parent, byte, .. } = self.nodes[node as usize];
            path.push(byte);
            node = parent;
        }
        path.reverse();
        path
    }

    /// Adds the nodes one byte further that are new.
    fn expand(&mut self, recognizer: &mut ParserRecognizer<'_>, parent: u32) {
        let Node {
            depth, row, json, ..
        } = self.nodes[parent as usize];
        if depth >= LONGEST {
            return;
        }
        let mut children: Vec<(u8, bool)> = Vec::new();
        let state = recognizer.lexer_state();
        self.seen.insert((row, 0, u64::from(state.as_u32())));
        let lexer = recognizer.lexer_mut();
        let mut lexemes = None;
        for byte in 0..TokTrie::SPECIAL_TOKEN_MARKER {
            if lexer.advance(state, byte, false, &None).is_error() {
                continue;
            }
            let next = lexer.transition_start_state(state, Some(byte), &None);
            let (kind, place) = if next.is_dead() {
                let lexemes = *lexemes.get_or_insert_with(|| {
                    let mut hasher = DefaultHasher::new();
                    let possible = lexer.possible_lexemes(state);
                    possible.iter().for_each(|lexeme| lexeme.hash(&mut hasher));
                    hasher.finish()
                });
                (1, lexemes.wrapping_mul(257).wrapping_add(u64::from(byte)))
            } else if next.has_lowest_match() {
                (2, u64::from(next.as_u32()))
            } else {
                (0, u64::from(next.as_u32()))
            };
            if self.seen.insert((row, kind, place)) {
                children.push((byte, kind != 0));
            }
        }
        let closes = children
            .iter()
            .any(|(byte, ..)| matches!(byte, b'}' | b']'));
        let by_length = self.effort.is_by_length();
        let weight = |byte: u8| if by_length { 1 } else { weight(byte, closes) };
        let least = children.iter().map(|(byte, ..)| weight(*byte)).min();
        let least = least.filter(|_| !by_length);
        let cost = self.costs[parent as usize];
        let costs: Vec<u32> = children
            .iter()
            .map(|(byte, ..)| cost + weight(*byte) - least.unwrap_or(0))
            .collect();
        for ((byte, left), cost) in children.into_iter().zip(costs) {
            let row = if left {
                self.rows += 1;
                self.rows
            } else {
                row
            };
            let node =
                u32::try_from(self.nodes.len()).expect("fewer nodes than 256 for each state");
            self.nodes.push(Node {
                parent,
                byte,
                depth: depth + 1,
                row,
                ended: left,
                json: json.map(|json| json.read(&[byte])),
                asked: false,
            });
            self.costs.push(cost);
            self.open(node);
        }
    }
}

/// About how many bytes more there will be after this one: closing marks are cheap, what opens something is not.
fn weight(byte: u8, closes: bool) -> u32 {
    match byte {
        b'"' | b'}' | b']' | b'\n' => 1,
        b',' if closes => 12,
        b',' | b' ' | b':' => 2,
        b'0'..=b'9' => 2,
        b'n' | b't' => 3,
        b'[' => 4,
        b'{' => 6,
        b'\\' => 9,
        0x80.. => 6,
        _ => 4,
    }
}
