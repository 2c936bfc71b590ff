//! Documents and clauses that a question names: 劳动合同法第三十九条, 《押金办法》第3条, 道交法第91条.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::fold::fold;
use crate::index::Snapshot;
use crate::numeral::clause_label;
use crate::retrieve::Found;
use crate::revision::{Revision, short_title};

/// A document named in a question, with the clauses named behind it.
pub(crate) struct Mention {
    pub(crate) ordinals: Vec<u32>,
    pub(crate) clauses: Vec<String>,
}

pub(crate) fn mentions(
    snapshot: &Snapshot,
    folded: &str,
    allowed: &[bool],
    found: &mut Found,
) -> Vec<Mention> {
    let bare: Vec<char> = bare(folded).chars().collect();
    let (mut mentions, mut at) = (Vec::new(), 0);
    while at < bare.len() {
        let most = snapshot.titles.longest.min(bare.len() - at);
        let matched = (3..=most).rev().find_map(|length| {
            let name: String = bare[at..at + length].iter().collect();
            Some((length, snapshot.titles.ordinals.get(&name)?))
        });
        let Some((length, ordinals)) = matched else {
            at += 1;
            continue;
        };
        at += length;
        let rest: String = bare[at..].iter().take(24).collect();
        let seen: Vec<u32> = ordinals
            .iter()
            .copied()
            .filter(|&ordinal| allowed[ordinal as usize])
            .collect();
        if seen.is_empty() {
            let title = &snapshot.state.revisions[ordinals[0] as usize].title;
            found.titles_held_back.push(title.clone());
        } else {
            mentions.push(Mention {
                ordinals: seen,
                clauses: clause_labels(&rest),
            });
        }
    }
    mentions
}

fn bare(folded: &str) -> String {
    folded
        .chars()
        .filter(|character| !"《》〈〉<> ".contains(*character))
        .collect()
}

/// A document named with a clause, as it was written: 宪法第33条, 道交法第91条.
pub(crate) fn cited(folded: &str) -> Option<(String, Vec<String>)> {
    static CITED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(\p{Han}{1,24}?(?:法|典|条例|办法|规定|细则|规则))(第\d+条.*)")
            .expect("a fixed pattern")
    });
    static LEADING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^.*(?:根据|依据|按照|依照|请问|看看|解释|说说|查|关于|那|和|与|在|的|问)")
            .expect("a fixed pattern")
    });
    let bare = bare(folded);
    let found = CITED.captures(&bare)?;
    let name = LEADING.replace(&found[1], "").into_owned();
    let itself = ["本", "该", "这", "此", "原", "新", "旧"]
        .iter()
        .any(|word| name.starts_with(word));
    let clauses = clause_labels(&found[2]);
    (name.chars().count() >= 2 && !itself && !clauses.is_empty()).then_some((name, clauses))
}

/// The one document whose title has the characters of `name` in their order: 道交法 for 道路交通安全法.
pub(crate) fn abbreviated(snapshot: &Snapshot, name: &str, allowed: &[bool]) -> Vec<u32> {
    let shortens = |title: &str| {
        let mut rest = title.chars();
        name.chars()
            .all(|wanted| rest.any(|character| character == wanted))
            && title.chars().last() == name.chars().last()
    };
    let seen = |ordinals: &Vec<u32>| {
        ordinals
            .iter()
            .copied()
            .filter(|&ordinal| allowed[ordinal as usize])
            .collect::<Vec<_>>()
    };
    let mut candidates: Vec<(usize, Vec<u32>)> = Vec::new();
    for (title, ordinals) in &snapshot.titles.ordinals {
        let ordinals = if shortens(title) {
            seen(ordinals)
        } else {
            Vec::new()
        };
        if !ordinals.is_empty() && candidates.iter().all(|(_, known)| *known != ordinals) {
            candidates.push((title.chars().count(), ordinals));
        }
    }
    // The shortest title is meant; between two as short nobody can tell.
    candidates.sort();
    match candidates.as_slice() {
        [(first, _), (second, _), ..] if first == second => Vec::new(),
        [(_, ordinals), ..] => ordinals.clone(),
        [] => Vec::new(),
    }
}

/// Clause labels at the head of `rest`: `第39条和第40条规定`.
fn clause_labels(rest: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = rest.trim_start_matches(['的', '中', '里']);
    while let Some(end) = rest
        .find('条')
        .filter(|&end| rest.starts_with('第') && end < 40)
    {
        let tail = &rest[end + '条'.len_utf8()..];
        let sub = tail.strip_prefix('之').map_or(0, |sub| {
            '之'.len_utf8()
                + sub
                    .find(|character: char| !character.is_ascii_digit())
                    .unwrap_or(sub.len())
                    .max(
                        sub.chars()
                            .next()
                            .filter(|first| "一二三四五六七八九十".contains(*first))
                            .map_or(0, char::len_utf8),
                    )
        });
        let head = &rest[..end + '条'.len_utf8() + sub];
        let Some((label, ..)) = clause_label(head) else {
            break;
        };
        labels.push(label);
        rest = rest[head.len()..].trim_start_matches(['和', '、', '及', '与', '，', ',']);
    }
    labels
}

/// Names of documents as people write them, for a snapshot.
#[derive(Default)]
pub(crate) struct Titles {
    ordinals: BTreeMap<String, Vec<u32>>,
    longest: usize,
}

impl Titles {
    pub(crate) fn of(revisions: &[Revision]) -> Self {
        let mut titles = Self::default();
        for revision in revisions {
            let short = short_title(&revision.title);
            let place = revision
                .meta
                .jurisdiction
                .as_deref()
                .map(fold)
                .unwrap_or_default();
            let without_place = short.strip_prefix(&place).map(str::to_owned);
            for name in [Some(short.clone()), without_place].into_iter().flatten() {
                let length = name.chars().count();
                if length >= 3 {
                    titles.longest = titles.longest.max(length);
                    let ordinals = titles.ordinals.entry(name).or_default();
                    if ordinals.last() != Some(&revision.ordinal) {
                        ordinals.push(revision.ordinal);
                    }
                }
            }
        }
        titles
    }
}
