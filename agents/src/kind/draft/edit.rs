//! An edited draft, held against what was found: each sentence is one of the draft's, or is checked anew, or is marked 待核.
//!
//! Sentences of the draft are recognised letter by letter, and only as whole sentences: words put before or behind one are
//! looked at by themselves. What a past reply says is no basis, whoever copies it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::DraftTurn;
use super::example::PastReply;
use super::search::{Gathered, Lapsed, Next, Search};
use super::template::filled;
use super::view::{BlockedView, ParagraphKind, ParagraphView, PointView, SentenceView, Source};
use super::write::{quotations, supported};
use crate::check::check;
use crate::compose::Quote;
use crate::guard::injection::detect;
use crate::turn::Setting;
use crate::value::values;

/// The longest edited draft that is read, in characters.
pub(super) const LONGEST: usize = 20_000;

/// Sentences of an edited draft for which clauses are looked up, because they name one.
const LOOKED_UP: usize = 12;

/// An edited draft on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Edited {
    /// Sentences, and line ends between them.
    pieces: Vec<Piece>,
    /// What was found for sentences that name a rule.
    looked_up: Vec<(usize, Gathered)>,
    /// Sentences for which that is still to be done, the next at the end.
    pending: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Piece {
    /// A sentence of the draft, with its paragraph.
    Known(SentenceView, ParagraphKind, Option<usize>),
    /// A sentence of the officer.
    Written(String),
    /// The next paragraph.
    Break,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("patterns of this file are tested")
}

/// Marks that the program itself has put there, and numbers of citations.
static MARK: LazyLock<Regex> =
    LazyLock::new(|| regex(r"【待核[^】]*】|〔\d{1,2}(?:[、，]\d{1,2})*〕"));

/// A rule that is named.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"《[^》]{2,60}》|\p{Han}{1,8}[〔\[](?:19|20)\d\d[〕\]]\s*\d+\s*号|(?:法|条例|办法|规定|细则)第[一二三四五六七八九十百零〇\d]+条",
    )
});

impl Edited {
    /// Takes an edited draft apart. `paragraphs` are those of the draft, `offered` what may stand in place of blocked ones.
    pub(super) fn read(
        text: &str,
        title: &str,
        paragraphs: &[ParagraphView],
        offered: &[(usize, SentenceView)],
    ) -> Self {
        let text = MARK.replace_all(text, "");
        let text = text.trim();
        let text = text.strip_prefix(title).map_or(text, str::trim_start);
        let mut known: Vec<Piece> = Vec::new();
        for paragraph in paragraphs {
            for sentence in &paragraph.sentences {
                known.push(Piece::Known(
                    sentence.clone(),
                    paragraph.kind,
                    paragraph.point,
                ));
            }
        }
        for (point, sentence) in offered {
            let sentence = sentence.clone();
            known.push(Piece::Known(sentence, ParagraphKind::Point, Some(*point)));
        }
        let pieces = pieces(text, &known);
        let asks = |(_, piece): &(usize, &Piece)| matches!(piece, Piece::Written(text) if NAMED.is_match(text));
        let pending = pieces.iter().enumerate().filter(asks).map(|(at, _)| at);
        let mut pending: Vec<usize> = pending.take(LOOKED_UP).collect();
        pending.reverse();
        Self {
            pieces,
            looked_up: Vec::new(),
            pending,
        }
    }

    /// What was found besides.
    pub(super) fn quotes(&self) -> impl Iterator<Item = &Quote> {
        self.looked_up
            .iter()
            .flat_map(|(_, gathered)| &gathered.quotes)
    }
}

/// A text as sentences of the draft, the longest first, and what stands between them.
fn pieces(text: &str, known: &[Piece]) -> Vec<Piece> {
    let mut marked: Vec<(Range<usize>, Piece)> = Vec::new();
    let mut all: Vec<(&str, &Piece)> = known
        .iter()
        .filter_map(|piece| match piece {
            Piece::Known(sentence, ..) => Some((sentence.text.trim(), piece)),
            Piece::Written(_) | Piece::Break => None,
        })
        .filter(|(words, _)| !words.is_empty())
        .collect();
    all.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    for (words, piece) in all {
        for (at, _) in text.match_indices(words) {
            let range = at..at + words.len();
            let free = marked
                .iter()
                .all(|(taken, _)| taken.end <= range.start || range.end <= taken.start);
            if free && stands_alone(text, &range, &marked) {
                marked.push((range, piece.clone()));
            }
        }
    }
    marked.sort_by_key(|(range, _)| range.start);
    let (mut found, mut at) = (Vec::new(), 0);
    for (range, piece) in marked {
        written(&text[at..range.start], &mut found);
        found.push(piece);
        at = range.end;
    }
    written(&text[at..], &mut found);
    found
}

/// Whether a piece is a sentence of its own: nothing of another one stands before or behind it.
fn stands_alone(text: &str, range: &Range<usize>, marked: &[(Range<usize>, Piece)]) -> bool {
    const ENDS: [char; 10] = ['。', '！', '？', '?', '!', '\n', '：', '”', '）', '；'];
    let beside = |at: usize| {
        marked
            .iter()
            .any(|(taken, _)| taken.end == at || taken.start == at)
    };
    let before = text[..range.start].trim_end_matches([' ', '　', '\t']);
    let behind = text[range.end..].trim_start_matches([' ', '　', '\t']);
    let ends = text[range.clone()].ends_with(ENDS);
    let begun = before.is_empty()
        || before.ends_with(['。', '！', '？', '?', '!', '\n', '”', '：'])
        || beside(range.start);
    let over = behind.is_empty() || ends || behind.starts_with('\n') || beside(range.end);
    // “……”，但是……: a quotation that goes on is no sentence of the draft.
    let goes_on = behind.starts_with(['，', ',', '；', ';', '、', '的']);
    begun && over && !goes_on
}

/// The sentences of what an officer wrote.
fn written(text: &str, pieces: &mut Vec<Piece>) {
    let mut start = 0;
    let push = |sentence: &str, pieces: &mut Vec<Piece>| {
        let sentence = sentence.trim();
        if sentence.chars().any(char::is_alphanumeric) {
            pieces.push(Piece::Written(sentence.to_owned()));
        }
    };
    let mut characters = text.char_indices().peekable();
    while let Some((at, next)) = characters.next() {
        if !"。！？?!\n".contains(next) {
            continue;
        }
        let mut end = at + next.len_utf8();
        // Closing quotation marks belong to the sentence.
        while let Some((at, close)) = characters
            .peek()
            .copied()
            .filter(|(_, next)| "”’」』）)".contains(*next))
        {
            end = at + close.len_utf8();
            characters.next();
        }
        push(&text[start..end], pieces);
        start = end;
        if next == '\n' && !matches!(pieces.last(), None | Some(Piece::Break)) {
            pieces.push(Piece::Break);
        }
    }
    push(&text[start..], pieces);
}

impl DraftTurn {
    /// Looks up the next rule that the officer names; none when all are.
    pub(super) fn look_up(&mut self, setting: Setting<'_>) -> Option<Next> {
        let base = self.base.clone();
        let edited = self.edited.as_mut()?;
        let at = edited.pending.last().copied()?;
        let Some(Piece::Written(text)) = edited.pieces.get(at) else {
            edited.pending.pop();
            return self.look_up(setting);
        };
        let (search, next) = Search::begin(setting, &base, text, "");
        self.search = Some(search);
        Some(next)
    }

    /// What was found for it.
    pub(super) fn looked_up(&mut self, gathered: Gathered) {
        if let Some(edited) = &mut self.edited
            && let Some(at) = edited.pending.pop()
        {
            edited.looked_up.push((at, gathered));
        }
    }

    /// The edited draft with its citations and marks, and the rules in it that are not in force.
    pub(super) fn reviewed(
        &self,
        setting: Setting<'_>,
        edited: &Edited,
    ) -> (Vec<ParagraphView>, Vec<BlockedView>) {
        let mut paragraphs: Vec<ParagraphView> = Vec::new();
        let mut blocked = Vec::new();
        let (mut point, mut open) = (None, false);
        for (at, piece) in edited.pieces.iter().enumerate() {
            let (sentence, kind) = match piece {
                Piece::Break => {
                    open = false;
                    continue;
                }
                Piece::Known(sentence, kind, of) => {
                    if *kind == ParagraphKind::Point && sentence.source == Source::Fixed {
                        point = *of;
                    } else if matches!(kind, ParagraphKind::Closing | ParagraphKind::Sign) {
                        point = None;
                    }
                    (sentence.clone(), *kind)
                }
                Piece::Written(text) => {
                    let found = edited.looked_up.iter().find(|(of, _)| *of == at);
                    let gathered = found.map(|(_, gathered)| gathered);
                    if let Some(lapsed) = gathered.and_then(|it| it.blocked.as_ref()) {
                        blocked.push(self.held_back(setting, lapsed, gathered));
                    }
                    let kind = if point.is_some() {
                        ParagraphKind::Point
                    } else {
                        ParagraphKind::Other
                    };
                    (self.sentence(setting, text, point, gathered), kind)
                }
            };
            match paragraphs.last_mut().filter(|_| open) {
                Some(last) => last.sentences.push(sentence),
                None => {
                    let point = point.filter(|_| kind == ParagraphKind::Point);
                    paragraphs.push(ParagraphView {
                        kind,
                        point,
                        sentences: vec![sentence],
                    });
                }
            }
            open = true;
        }
        (paragraphs, blocked)
    }

    fn held_back(
        &self,
        setting: Setting<'_>,
        lapsed: &Lapsed,
        gathered: Option<&Gathered>,
    ) -> BlockedView {
        let quotes = gathered.map(|it| it.quotes.as_slice()).unwrap_or_default();
        BlockedView {
            clause: lapsed.clause.clone(),
            validity: lapsed.validity.clone(),
            offered: quotations(self.template(setting), quotes),
        }
    }

    /// One sentence of the officer, with what supports it or why nothing does.
    fn sentence(
        &self,
        setting: Setting<'_>,
        text: &str,
        point: Option<usize>,
        gathered: Option<&Gathered>,
    ) -> SentenceView {
        let Some(part) = self.part(setting) else {
            return SentenceView::fixed(text);
        };
        let texts = &part.texts;
        let written = |citations: Vec<String>, mark: Option<String>| SentenceView {
            text: text.to_owned(),
            source: Source::Written,
            citations,
            mark,
            worded_by: None,
        };
        if detect(text).is_some() {
            return written(Vec::new(), Some(texts.ordered.clone()));
        }
        if self.states_nothing(setting, text) {
            return SentenceView::fixed(text);
        }
        if let Some(lapsed) = gathered.and_then(|it| it.blocked.as_ref()) {
            let fields = [
                ("{clause}", &*lapsed.clause),
                ("{validity}", &lapsed.validity),
            ];
            let offered = gathered.is_some_and(|it| !it.quotes.is_empty());
            let reason = texts.blocked(offered);
            return written(Vec::new(), Some(filled(reason, &fields)));
        }
        match self.support(setting, text, point, gathered) {
            Ok(citations) => written(citations, None),
            Err(reason) => {
                let said = |reply: &&PastReply| reply.says(text);
                let reply = setting.agent.replies.iter().find(said);
                let mark = match (reply, reason) {
                    (Some(reply), _) => filled(&texts.example_only, &[("{number}", &reply.number)]),
                    (None, Some(reason)) => filled(&texts.unsupported, &[("{reason}", &reason)]),
                    (None, None) => texts.unfound.clone(),
                };
                written(Vec::new(), Some(mark))
            }
        }
    }

    /// Courtesies of the template, questions and names of offices.
    fn states_nothing(&self, setting: Setting<'_>, text: &str) -> bool {
        let template = self.template(setting);
        let courtesy = template.courtesies.iter().any(|known| known == text);
        let question = text.ends_with(['？', '?']) && values(text).is_empty();
        let mut departments = setting.seeds.departments.iter();
        courtesy || question || departments.any(|department| department.name == text)
    }

    /// What supports a sentence, the least of it; else what is wrong with it, if anything comes near.
    fn support(
        &self,
        setting: Setting<'_>,
        text: &str,
        point: Option<usize>,
        gathered: Option<&Gathered>,
    ) -> Result<Vec<String>, Option<String>> {
        if let Some(record) = &self.record {
            let evidence = record.evidence(self.template(setting));
            if check(text, &[&evidence], "").is_ok() {
                return Ok(vec![record.id()]);
            }
        }
        let own = point.and_then(|number| self.gathered.get(number - 1));
        let others = self.gathered.iter();
        let mut near: Option<String> = None;
        for found in gathered.into_iter().chain(own).chain(others) {
            match by_quotes(text, &found.quotes) {
                Ok(citations) => return Ok(citations),
                Err(reason) => near = near.or(reason),
            }
        }
        Err(near)
    }

    /// Points that the edited draft passes over.
    pub(super) fn unanswered(
        &self,
        paragraphs: &[ParagraphView],
        points: &[PointView],
    ) -> Vec<usize> {
        let answered = |number: usize| {
            let said = paragraphs.iter().filter(|it| it.point == Some(number));
            said.flat_map(|paragraph| &paragraph.sentences).count() > 1
        };
        let numbers = points.iter().map(|point| point.number);
        numbers.filter(|number| !answered(*number)).collect()
    }
}

/// The one passage that supports a sentence, or all of them together.
fn by_quotes(text: &str, quotes: &[Quote]) -> Result<Vec<String>, Option<String>> {
    if quotes.is_empty() {
        return Err(None);
    }
    if let Some(quote) = quotes
        .iter()
        .find(|quote| supported(text, &[quote]).is_ok())
    {
        return Ok(vec![quote.passage.id.clone()]);
    }
    let all: Vec<&Quote> = quotes.iter().collect();
    supported(text, &all).map_err(Some)?;
    let mut ids: Vec<String> = quotes
        .iter()
        .map(|quote| quote.passage.id.clone())
        .collect();
    ids.dedup();
    Ok(ids)
}
