//! One order in parts: who wants what, where, since when, what was done, what is missing. Each part is a piece of the
//! person's words or an entry of the order; nothing is worded anew, and what is not said stays unsaid.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use tools::Assessment;
use tools::intake::Reading;
use tools::place::Span;

use super::part::{DigestPart, FoundView, OrderSummary, PartKind, PartView};

/// Of an order, what is looked at; see [`tools::OrderView`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) id: String,
    pub(super) state_name: String,
    pub(super) text: String,
    pub(super) address: Option<String>,
    pub(super) contact: Option<String>,
    pub(super) timeline: Vec<Line>,
}

/// An entry in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) sequence: u64,
    pub(super) text: String,
}

/// The parts of an order. `assessment` is what its words come to; without one, items and places are not known.
pub(super) fn summary(
    part: &DigestPart,
    seen: &Seen,
    assessment: Option<&Assessment>,
) -> OrderSummary {
    let reading = Reading::of(&seen.text);
    let parts = PartKind::ALL.into_iter().map(|kind| PartView {
        kind,
        title: part.parts.get(&kind).cloned().unwrap_or_default(),
        found: match kind {
            PartKind::Who => who(seen),
            PartKind::What => what(seen, &reading, assessment),
            PartKind::Wants => wants(seen, &reading),
            PartKind::Where => place(seen, assessment),
            PartKind::Since => since(seen, &reading),
            PartKind::Done => done(seen),
            PartKind::Missing => missing(seen, assessment),
        },
    });
    OrderSummary {
        order: seen.id.clone(),
        state: seen.state_name.clone(),
        parts: parts.collect(),
        text: seen.text.clone(),
    }
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

static WHO: LazyLock<Regex> = LazyLock::new(|| {
    let kin = "(?:妈妈|爸爸|爷爷|奶奶|外公|外婆|母亲|父亲|公公|婆婆|老公|老婆|丈夫|妻子|儿子|女儿|孙子|孙女|孩子|小孩|闺女|妈|爸|娃)";
    pattern(&format!(
        "我们?家?(?:里)?的?{kin}|家里(?:的)?(?:有)?(?:老人|孩子|病人)|我们一家|我们家|我家|我们(?:全|整)?(?:栋|楼|村|院|单元|公司|厂|店)(?:的人|的?住户|的?业主)?|我是[^，。！？；,.!?;]{{1,10}}|(?:全|整)(?:栋|楼|村|小区)(?:的)?(?:人|住户|业主|居民)?|[一二两三四五六七八九十几\\d]+户(?:人家|居民|业主|老人)?"
    ))
});

/// What is said to begin or to end a call, and is no wish.
static FILLER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^(?:(?:喂|哎|您好|你好|同志|师傅|领导|各位领导|师傅你好|喂你好)|麻烦问一下|请问(?:一下)?|问一下|不好意思(?:打扰了)?|跟你们说个事|有个情况|我要说一下|我要反映(?:一个问题)?|谢谢|麻烦了|我(?:实在)?没办法了才打过来)$",
    )
});

fn who(seen: &Seen) -> Vec<FoundView> {
    let found = WHO.find(&seen.text);
    found
        .map(|found| {
            let start = seen.text[..found.start()].chars().count();
            let end = start + found.as_str().chars().count();
            cut(seen, Span { start, end })
        })
        .into_iter()
        .collect()
}

/// The clauses in which its items were recognised; else the first that tells something.
fn what(seen: &Seen, reading: &Reading, assessment: Option<&Assessment>) -> Vec<FoundView> {
    let telling = reading
        .clauses
        .iter()
        .filter(|clause| !FILLER.is_match(clause.said.words.trim()));
    let telling: Vec<Span> = telling.map(|clause| clause.said.span).collect();
    let words: Vec<&String> = assessment
        .into_iter()
        .flat_map(|assessment| &assessment.items)
        .flat_map(|item| &item.words)
        .collect();
    let named: Vec<Span> = telling
        .iter()
        .copied()
        .filter(|span| {
            let clause = span.cut(&seen.text);
            words.iter().any(|word| clause.contains(word.as_str()))
        })
        .collect();
    let told = reading
        .clauses
        .iter()
        .find(|clause| !clause.asks && telling.contains(&clause.said.span));
    let first = || {
        let first = told.map(|clause| clause.said.span);
        first.or(telling.first().copied()).into_iter().collect()
    };
    let spans = if named.is_empty() { first() } else { named };
    spans.into_iter().map(|span| cut(seen, span)).collect()
}

fn wants(seen: &Seen, reading: &Reading) -> Vec<FoundView> {
    let wished = |span: Span| {
        let mut wishes = reading.wishes.iter();
        wishes.any(|wish| span.covers(wish.said.span)) || DEMAND.is_match(&span.cut(&seen.text))
    };
    let clauses = reading.clauses.iter().filter(|clause| {
        let said = &clause.said;
        (clause.asks || wished(said.span)) && !FILLER.is_match(said.words.trim())
    });
    clauses.map(|clause| cut(seen, clause.said.span)).collect()
}

static DEMAND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "要个说法|给个说法|管不管|去哪|找哪|怎么(?:办|申请|走|弄|交|补)|要什么|要带什么|要不要|能不|行不行|算不算|告诉一声|查一查|想问|考虑一下|派个人",
    )
});

/// The piece of the person's words that names the place; else the address that was registered.
fn place(seen: &Seen, assessment: Option<&Assessment>) -> Vec<FoundView> {
    let address = assessment.map(|assessment| &assessment.place.address);
    let mut spans: Vec<Span> = address
        .into_iter()
        .flat_map(|address| {
            let more = [&address.landmark, &address.near, &address.cross];
            address
                .segments
                .values()
                .chain(more.into_iter().flatten())
                .filter_map(|segment| segment.span)
        })
        .collect();
    spans.sort();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            // 路口的, 小区里: what stands between belongs to the place.
            Some(last) if span.start <= last.end + 1 => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    if !joined.is_empty() {
        return joined.into_iter().map(|span| cut(seen, span)).collect();
    }
    let registered = seen
        .timeline
        .iter()
        .find(|line| line.text.starts_with("登记事项"));
    let address = seen.address.as_ref().filter(|text| !text.is_empty());
    let found = address.map(|text| FoundView {
        text: text.clone(),
        span: None,
        entry: registered.map(|line| line.sequence),
    });
    found.into_iter().collect()
}

/// Since when; else at which times.
fn since(seen: &Seen, reading: &Reading) -> Vec<FoundView> {
    let said = match &reading.since {
        Some(since) => vec![since],
        None => reading.times.iter().collect(),
    };
    said.into_iter().map(|said| cut(seen, said.span)).collect()
}

/// What units and the centre did; what was taken down is not yet done.
fn done(seen: &Seen) -> Vec<FoundView> {
    const BEFORE: [&str; 8] = [
        "登记",
        "受理",
        "定级",
        "人工确认定级",
        "请诉求人补充",
        "已补充",
        "关联工单",
        "有相同诉求的工单",
    ];
    let lines = seen
        .timeline
        .iter()
        .filter(|line| !BEFORE.iter().any(|begin| line.text.starts_with(begin)));
    lines.map(entry).collect()
}

/// Facts that were asked for and not given, and those that nobody asked for yet.
fn missing(seen: &Seen, assessment: Option<&Assessment>) -> Vec<FoundView> {
    let asked = seen
        .timeline
        .iter()
        .rposition(|line| line.text.starts_with("请诉求人补充"));
    if let Some(at) = asked {
        let rest = &seen.timeline[at..];
        let given = rest.iter().any(|line| line.text.starts_with("已补充"));
        if !given {
            return vec![entry(&seen.timeline[at])];
        }
    }
    let known = |fact| match fact {
        tools::intake::Fact::Address => seen.address.is_some(),
        tools::intake::Fact::Contact => seen.contact.is_some(),
        tools::intake::Fact::Time | tools::intake::Fact::Object => false,
    };
    let missing = assessment
        .into_iter()
        .flat_map(|assessment| &assessment.missing);
    missing
        .filter(|asked| !known(asked.fact))
        .map(|asked| FoundView {
            text: asked.question.clone(),
            span: None,
            entry: None,
        })
        .collect()
}

fn entry(line: &Line) -> FoundView {
    FoundView {
        text: line.text.clone(),
        span: None,
        entry: Some(line.sequence),
    }
}

fn cut(seen: &Seen, span: Span) -> FoundView {
    FoundView {
        text: span.cut(&seen.text),
        span: Some(span.into()),
        entry: None,
    }
}
