//! Finds the names, numbers and bearings of an address by their endings. It knows no place but those it is given.

use std::sync::LazyLock;

use regex::Regex;

use super::address::{Address, Part, Segment};
use super::fold::Folded;
use super::name::{self, Name};

/// What was found in a message.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    pub(super) address: Address,
    /// All names in order, also those that found no room in the address.
    pub(super) names: Vec<Name>,
}

/// Reads a message; `known` are names that somebody recognised, in order and without overlap.
pub(super) fn scan(folded: &Folded, known: &[Name]) -> Scan {
    let names = name::find(folded, known);
    let mut address = Address::default();
    for (at, name) in names.iter().enumerate() {
        let segment = segment(folded, name.from, name.to);
        let Some(part) = name.part else {
            address.landmark.get_or_insert(segment);
            continue;
        };
        if part == Part::Road
            && address.segments.contains_key(&Part::Road)
            && at > 0
            && crosses(folded, &names[at - 1], name)
        {
            address.cross.get_or_insert(segment);
        } else {
            address.segments.entry(part).or_insert(segment);
        }
    }
    let mut ends: Vec<usize> = names.iter().map(|name| name.to).collect();
    figures(folded, &mut address, &mut ends);
    bearing(folded, &mut address, &ends, &names);
    Scan { address, names }
}

fn segment(folded: &Folded, from: usize, to: usize) -> Segment {
    Segment {
        text: folded.slice(from, to).to_owned(),
        span: Some(folded.span(from, to)),
    }
}

/// Whether two roads are named as a crossing: 石桥路和滨江路, 石桥路与滨江路.
fn crosses(folded: &Folded, first: &Name, second: &Name) -> bool {
    let between = folded.slice(first.to, second.from.max(first.to));
    first.part == Some(Part::Road)
        && ["和", "与", "跟", "及", "、", "/", "到", "交", "同", ""].contains(&between)
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is constant")
}

const COUNT: &str = "[0-9]{1,4}|[一二三四五六七八九十百两]{1,4}";

static GRID: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!("第?(?:{COUNT})(?:号?网格|村民小组|小组|组)")));

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^[甲乙丙附]?(?:[0-9]{1,5}|[一二三四五六七八九十百〇零两]{1,5})(?:[-之][0-9]{1,4})?(?:弄[0-9]{1,4})?(?:号院|号|弄)",
    )
});

static BUILDING: LazyLock<Regex> = LazyLock::new(|| {
    let unit = format!("(?:{COUNT}|[a-z东南西北中甲乙丙])(?:单元|门洞|梯)");
    pattern(&format!(
        "(?:(?:{COUNT}|[a-z][0-9]?|[东南西北])(?:号楼|栋|幢)|[a-z0-9]{{1,3}}座)(?:{unit})?|{unit}"
    ))
});

/// 5-2-301 behind a name.
static DASHED: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(?P<building>[0-9]{1,3}-[0-9]{1,2})-(?P<room>[0-9]{3,4})"));

static ROOM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "^(?:[a-z]?[0-9]{3,4}(?:室|号房|房|户|号)?|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:楼|层)(?:[0-9]{3,4}(?:室|号房|房)?)?)",
    )
});

static LONE_ROOM: LazyLock<Regex> = LazyLock::new(|| pattern("[0-9]{3,4}(?:室|号房)"));

/// Fills grid, number, building and room; adds where they end.
fn figures(folded: &Folded, address: &mut Address, ends: &mut Vec<usize>) {
    for found in GRID.find_iter(&folded.text) {
        let (from, to) = positions(folded, found.range());
        // 3组 without a village before it is any group.
        if found.as_str().contains("网格") || ends.contains(&from) {
            put(folded, address, Part::Grid, (from, to), ends);
        }
    }
    for end in ends.clone() {
        // 88号门 is a gate, but 88号门口 lies before number 88.
        let before_it = |to| followed(folded, to, &["门口", "门前", "门外", "门边"]);
        if let Some((from, to)) = follow(folded, &NUMBER, end)
            && (before_it(to)
                || !followed(
                    folded,
                    to,
                    &["楼", "栋", "幢", "线", "店", "机", "厅", "门", "窗", "口"],
                ))
        {
            put(folded, address, Part::Number, (from, to), ends);
        } else if let Some(found) = DASHED.captures(folded.slice(end, folded.len())) {
            let building = found["building"].chars().count();
            let room = found["room"].chars().count();
            let middle = end + building;
            put(folded, address, Part::Building, (end, middle), ends);
            let room = (middle + 1, middle + 1 + room);
            put(folded, address, Part::Room, room, ends);
        }
    }
    for found in BUILDING.find_iter(&folded.text) {
        let (from, to) = positions(folded, found.range());
        // 三栋楼都 counts them, and 13栋 does not begin in its middle.
        let counted =
            found.as_str().ends_with(['栋', '幢']) && followed(folded, to, &["楼", "房", "别墅"]);
        let within = from > 0 && folded.chars[from - 1].is_ascii_alphanumeric();
        if !counted && !within {
            put(folded, address, Part::Building, (from, to), ends);
        }
    }
    for end in ends.clone() {
        if let Some((from, to)) = follow(folded, &ROOM, end)
            && fits_room(folded, address, end, to)
        {
            put(folded, address, Part::Room, (from, to), ends);
        }
    }
    if let Some(found) = LONE_ROOM.find(&folded.text) {
        let (from, to) = positions(folded, found.range());
        if from == 0 || !folded.chars[from - 1].is_ascii_digit() {
            put(folded, address, Part::Room, (from, to), ends);
        }
    }
}

/// Whether what stands here is a room: bare figures only behind a building, and never the head of a longer number.
fn fits_room(folded: &Folded, address: &Address, from: usize, to: usize) -> bool {
    let text = folded.slice(from, to);
    let bare = text.chars().all(|next| next.is_ascii_alphanumeric());
    let counts = ["多", "户", "人", "块", "元", "米", "年", "个", "余", "."];
    let longer = folded
        .chars
        .get(to)
        .is_some_and(|next| next.is_ascii_digit());
    let of_building = address
        .segments
        .get(&Part::Building)
        .and_then(|building| building.span)
        .is_some_and(|span| span.end == folded.span(from, to).start);
    !longer && (!bare || (of_building && !followed(folded, to, &counts)))
}

fn put(
    folded: &Folded,
    address: &mut Address,
    part: Part,
    (from, to): (usize, usize),
    ends: &mut Vec<usize>,
) {
    if let std::collections::btree_map::Entry::Vacant(free) = address.segments.entry(part) {
        free.insert(segment(folded, from, to));
        ends.push(to);
    }
}

/// Where the pattern stands directly at `from`, or behind one `的`.
fn follow(folded: &Folded, pattern: &Regex, from: usize) -> Option<(usize, usize)> {
    let from = from + usize::from(folded.chars.get(from) == Some(&'的'));
    let found = pattern.find(folded.slice(from, folded.len()))?;
    (found.start() == 0).then(|| (from, from + found.as_str().chars().count()))
}

fn followed(folded: &Folded, at: usize, words: &[&str]) -> bool {
    let rest = folded.slice(at, folded.len());
    words.iter().any(|word| rest.starts_with(word))
}

fn positions(folded: &Folded, bytes: std::ops::Range<usize>) -> (usize, usize) {
    (folded.position(bytes.start), folded.position(bytes.end))
}

/// Words that say how a thing lies to a place or within it, longest first where one begins another.
const BEARINGS: [&str; 44] = [
    "十字路口",
    "丁字路口",
    "交叉路口",
    "交叉口",
    "交汇处",
    "交界处",
    "地下车库",
    "正对面",
    "斜对面",
    "对面",
    "旁边",
    "附近",
    "隔壁",
    "大门口",
    "门口",
    "后门",
    "前门",
    "东门",
    "南门",
    "西门",
    "北门",
    "后面",
    "前面",
    "楼下",
    "楼上",
    "楼道",
    "楼顶",
    "楼梯",
    "天台",
    "电梯",
    "车库",
    "路口",
    "转角",
    "拐角",
    "入口",
    "出口",
    "东侧",
    "西侧",
    "南侧",
    "北侧",
    "中段",
    "桥下",
    "旁",
    "边上",
];

fn bearing(folded: &Folded, address: &mut Address, ends: &[usize], names: &[Name]) {
    let last = |end: &usize| {
        let skipped = end + usize::from(folded.chars.get(*end) == Some(&'的'));
        let rest = folded.slice(skipped, folded.len());
        let word = BEARINGS.iter().find(|word| rest.starts_with(**word))?;
        Some((skipped, skipped + word.chars().count()))
    };
    // 东门 in 石桥路东门里小区 begins a name.
    let free = |(from, _): &(usize, usize)| {
        !names
            .iter()
            .any(|name| name.from <= *from && *from < name.to)
    };
    let found = ends.iter().filter_map(last).filter(free).max();
    address.near = found.map(|(from, to)| segment(folded, from, to));
}
