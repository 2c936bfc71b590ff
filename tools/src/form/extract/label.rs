//! Values with a label before them: 姓名张三，身份证号…, 孩子名字改成李四, 没有参加社保.

use std::ops::Range;

use super::pattern::{first, loose};
use super::{Hit, How, Message, answer, clause, name};
use crate::form::field::{Field, Kind};
use crate::form::fold::dense;
use crate::form::read::words::{chosen, turned};

/// What may stand between a label and its value; the longer first.
const BETWEEN: [&str; 29] = [
    "修改为",
    "变更为",
    "更正为",
    "更新为",
    "应该是",
    "号码",
    "叫做",
    "改成",
    "改为",
    "换成",
    "变成",
    "应为",
    "就是",
    "应该",
    "分别",
    "码",
    "号",
    ":",
    "=",
    "是",
    "为",
    "叫",
    "的",
    "了",
    "\"",
    "“",
    "「",
    "(",
    " ",
];
/// What says that the value that follows is not the right one.
const DENIED: [&str; 5] = ["不是", "并不是", "不叫", "并非", "错了"];
/// What begins the right one in the clause after that.
const INSTEAD: [&str; 7] = ["应该是", "应是", "而是", "改成", "就是", "是", "叫"];

/// Labels that a kind has of itself.
fn usual(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Name => &["姓名", "名字", "我叫", "他叫", "她叫", "名叫", "叫"],
        Kind::Identity => &["身份证号码", "身份证号", "身份证", "身份号码", "证件号"],
        Kind::Mobile => &[
            "手机号码",
            "手机号",
            "手机",
            "联系电话",
            "联系方式",
            "电话号码",
            "电话",
        ],
        Kind::Phone => &[
            "联系电话",
            "联系方式",
            "电话号码",
            "电话",
            "座机",
            "固定电话",
            "手机号",
            "手机",
        ],
        Kind::CreditCode => &["统一社会信用代码", "社会信用代码", "信用代码"],
        Kind::Address => &["地址", "住址", "家庭住址", "住在", "家住", "我住", "现住"],
        Kind::Mail => &[
            "电子邮箱",
            "邮箱",
            "电子邮件",
            "邮件地址",
            "email",
            "e-mail",
        ],
        Kind::Plate => &["车牌号", "车牌", "号牌"],
        Kind::Bank => &["银行卡号", "银行账号", "银行卡", "卡号", "账号"],
        Kind::Amount | Kind::Integer | Kind::Date | Kind::Choice | Kind::YesNo | Kind::Text => &[],
    }
}

/// A label in the message.
#[derive(Debug, Clone)]
struct Label {
    /// Folded characters.
    range: Range<usize>,
    /// Fields that are called so.
    fields: Vec<usize>,
}

/// A word that introduces a field, and whether it is the field's own rather than usual for its kind.
type Name = (Vec<char>, bool);

/// All words that introduce a field.
fn names(said: &Message<'_>, field: &Field) -> Vec<Name> {
    let mobile = said.open().any(|(_, other)| other.kind == Kind::Mobile);
    // Beside a field for a mobile number, 手机 means that one.
    let other = |word: &str| field.kind == Kind::Phone && mobile && word.starts_with("手机");
    let title = dense(&field.title);
    let title = title.split('(').next().unwrap_or_default();
    let title = title.strip_prefix("是否").unwrap_or(title).to_owned();
    let words = field.words.iter().map(|word| dense(word));
    let usual = usual(field.kind)
        .iter()
        .filter(|word| !other(word))
        .map(|word| ((*word).to_owned(), false));
    let own = std::iter::once(title).chain(words).map(|word| (word, true));
    let names = own
        .chain(usual)
        .map(|(name, own)| (name.replace('的', "").to_lowercase().chars().collect(), own));
    names.filter(|(name, _): &Name| !name.is_empty()).collect()
}

/// The labels in a range, the longest at each place.
fn labels(said: &Message<'_>, range: Range<usize>) -> Vec<Label> {
    let names: Vec<(usize, Vec<Name>)> = said
        .open()
        .map(|(at, field)| (at, names(said, field)))
        .collect();
    let (mut labels, mut at) = (Vec::new(), range.start);
    while at < range.end {
        // The end of each name that begins here, whether it is a field's own, and whose.
        let begun = names
            .iter()
            .flat_map(|(field, names)| names.iter().map(move |name| (*field, name)));
        let found: Vec<(usize, bool, usize)> = begun
            .filter_map(|(field, (name, own))| {
                Some((ends(said, at, range.end, name)?, *own, field))
            })
            .collect();
        let Some((end, own, _)) = found.iter().max().copied() else {
            at += 1;
            continue;
        };
        let alike = found
            .iter()
            .filter(|(other, theirs, _)| (*other, *theirs) == (end, own));
        let mut fields: Vec<usize> = alike.map(|(_, _, field)| *field).collect();
        fields.dedup();
        labels.push(Label {
            range: at..end,
            fields,
        });
        at = end;
    }
    labels
}

/// Where a label that begins here ends; 的 and blanks inside it do not count.
fn ends(said: &Message<'_>, at: usize, limit: usize, name: &[char]) -> Option<usize> {
    let mut from = at;
    for (place, wanted) in name.iter().enumerate() {
        while place > 0 && from < limit && matches!(said.text.chars[from], '的' | ' ') {
            from += 1;
        }
        let next = said.text.chars.get(from).filter(|_| from < limit)?;
        if next.to_ascii_lowercase() != *wanted {
            return None;
        }
        from += 1;
    }
    Some(from)
}

/// The texts of the labels in a range.
pub(super) fn labels_in(said: &Message<'_>, range: Range<usize>) -> Vec<String> {
    let labels = labels(said, range).into_iter();
    labels
        .map(|label| said.text.slice(label.range).to_owned())
        .collect()
}

/// The fields that are named in a range; of several that are called alike the one asked for, else none.
pub(super) fn labelled_fields(said: &Message<'_>, range: Range<usize>) -> Vec<usize> {
    let mut fields: Vec<usize> = labels(said, range)
        .iter()
        .filter_map(|label| only(said, label))
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn only(said: &Message<'_>, label: &Label) -> Option<usize> {
    match label.fields[..] {
        [field] => Some(field),
        _ => said.asked.filter(|asked| label.fields.contains(asked)),
    }
}

/// The values with a label.
pub(super) fn hits(said: &Message<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for (at, clause) in said.clauses.iter().enumerate() {
        if clause.question {
            continue;
        }
        let labels = labels(said, clause.range.clone());
        for (place, label) in labels.iter().enumerate() {
            if super::overlaps(&hits, &label.range) {
                continue;
            }
            let next = labels[place + 1..].iter().find(|next| stands(said, next));
            let region = label.range.end..next.map_or(clause.range.end, |next| next.range.start);
            hits.extend(value(said, label, region, at));
        }
    }
    hits
}

/// Whether a label inside what may be a value begins something new: after a mark, or before what only follows labels.
fn stands(said: &Message<'_>, label: &Label) -> bool {
    let after = said.text.chars.get(label.range.end);
    let marked = after.is_some_and(|next| {
        next.is_ascii_digit() || matches!(next, ':' | '=' | '是' | '为' | '叫' | '改' | ' ')
    });
    let before = label
        .range
        .start
        .checked_sub(1)
        .map(|at| said.text.chars[at]);
    marked || before.is_some_and(|next| !next.is_alphanumeric())
}

/// What a label introduces in the region behind it, or in the next clause.
fn value(said: &Message<'_>, label: &Label, region: Range<usize>, clause: usize) -> Vec<Hit> {
    let field = only(said, label);
    let kind = said.form.fields[field.unwrap_or(label.fields[0])].kind;
    if kind == Kind::YesNo
        && let Some(field) = field
        && !said.clauses[clause].taken_back
    {
        return yes_no(said, field, label, &region);
    }
    let mut region = after_label(said, region);
    let taken_back = said.clauses[clause].taken_back;
    let denied = taken_back || DENIED.iter().any(|word| said.text.at(region.start, word));
    if denied || (region.is_empty() && goes_on(said, clause)) {
        let Some(next) = said
            .clauses
            .get(clause + 1 + usize::from(taken_back))
            .filter(|next| !next.question)
        else {
            return Vec::new();
        };
        let head = INSTEAD
            .iter()
            .find(|word| said.text.at(next.range.start, word));
        if head.is_none() && denied {
            return Vec::new();
        }
        region = after_label(said, next.range.clone());
    }
    let ranges = within(said, field.unwrap_or(label.fields[0]), region);
    let hit = |range: Range<usize>| match field.or_else(|| mobile(said, label, &range)) {
        Some(field) => said.hit(field, range, How::Labelled),
        None => Hit {
            others: label.fields[1..].to_vec(),
            ..said.hit(label.fields[0], range, How::Labelled)
        },
    };
    ranges.into_iter().map(hit).collect()
}

/// The one field for mobile numbers among those called alike, where the value is such a number: 电话138….
fn mobile(said: &Message<'_>, label: &Label, range: &Range<usize>) -> Option<usize> {
    let kind = |at: &&usize| said.form.fields[**at].kind == Kind::Mobile;
    let mut fields = label.fields.iter().filter(kind);
    match (fields.next(), fields.next()) {
        (Some(field), None) => said
            .hit(*field, range.clone(), How::Labelled)
            .value
            .is_ok()
            .then_some(*field),
        _ => None,
    }
}

/// Whether what a label introduces may stand in the next clause: 姓名： and a new line.
fn goes_on(said: &Message<'_>, clause: usize) -> bool {
    let clause = &said.clauses[clause];
    clause.mark == '\n' || said.text.chars.get(clause.range.end.wrapping_sub(1)) == Some(&':')
}

fn after_label(said: &Message<'_>, region: Range<usize>) -> Range<usize> {
    let mut start = region.start;
    while start < region.end {
        match BETWEEN.iter().find(|word| said.text.at(start, word)) {
            Some(word) => start += word.chars().count(),
            None => break,
        }
    }
    said.text.trimmed(start.min(region.end)..region.end)
}

/// The candidates of a field's kind in a region.
fn within(said: &Message<'_>, field: usize, region: Range<usize>) -> Vec<Range<usize>> {
    let definition = &said.form.fields[field];
    match definition.kind {
        Kind::Name => name::labelled_name(said, region).into_iter().collect(),
        Kind::Address | Kind::Text => answer::phrase(said, region).into_iter().collect(),
        Kind::Choice => {
            let found = chosen(definition, &said.text, region);
            found.into_iter().map(|meaning| meaning.range).collect()
        }
        Kind::YesNo => Vec::new(),
        Kind::Date | Kind::Amount | Kind::Integer => answer::values(said, definition.kind, region),
        Kind::Identity
        | Kind::Mobile
        | Kind::Phone
        | Kind::CreditCode
        | Kind::Mail
        | Kind::Plate
        | Kind::Bank => {
            let found = first(said, definition.kind, region.clone());
            if found.is_empty() {
                loose(said, definition.kind, region).into_iter().collect()
            } else {
                found
            }
        }
    }
}

/// 独生子女：是; and, since people say it so, 没有社保 and 有社保.
fn yes_no(said: &Message<'_>, field: usize, label: &Label, region: &Range<usize>) -> Vec<Hit> {
    let definition = &said.form.fields[field];
    let behind = after_colon(said, region.clone());
    if let Some(meaning) = chosen(definition, &said.text, behind).into_iter().next() {
        return vec![said.hit(field, meaning.range, How::Labelled)];
    }
    let before = label.range.start;
    let clause = said
        .clauses
        .iter()
        .find(|clause| clause.range.contains(&before));
    let from = clause.map_or(before, |clause| clause.range.start);
    if turned(&said.text, from, before) {
        // The words that turn it round are the answer.
        let start = (from.max(before.saturating_sub(4))..before).find(|at| {
            ["没有", "没", "不", "未", "无", "从未", "从没", "并未"]
                .iter()
                .any(|word| said.text.at(*at, word))
        });
        return start
            .map(|start| said.hit(field, start..before, How::Labelled))
            .into_iter()
            .collect();
    }
    let affirmed = ["有", "是", "已经", "办过", "需要", "要", "同意"]
        .iter()
        .find(|word| {
            before >= from + word.chars().count()
                && said.text.at(before - word.chars().count(), word)
        });
    let range = affirmed.map(|word| before - word.chars().count()..before);
    range
        .map(|range| said.hit(field, range, How::Labelled))
        .into_iter()
        .collect()
}

fn after_colon(said: &Message<'_>, region: Range<usize>) -> Range<usize> {
    let mut start = region.start;
    while start < region.end && matches!(said.text.chars[start], ':' | '=' | ' ' | '的' | '我') {
        start += 1;
    }
    start..region.end
}

/// Whether a clause only names fields and says nothing of them.
pub(super) fn is_bare(said: &Message<'_>, range: Range<usize>) -> bool {
    let mut left = said.text.slice(range.clone()).to_owned();
    let labels = labels_in(said, range);
    if labels.is_empty() {
        return false;
    }
    for label in labels {
        left = left.replacen(&label, "", 1);
    }
    for word in BETWEEN.iter().chain(&INSTEAD) {
        left = left.replace(word, "");
    }
    let left = left.trim_start_matches(['把', '将', '我']);
    clause::polite(left.trim_matches(|next: char| !next.is_alphanumeric() || next == '的'))
}
