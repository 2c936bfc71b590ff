//! `$filter`, `$expand`, `$select`, `$orderby`, `$top`, `$skip`, `$count`, and `$skiptoken`, which only links of ours hold.

use super::filter::Expression;
use super::model::{Kind, Link, Property};
use super::wrong::Wrong;
use crate::http::error::ApiError;

/// Entities of a page where nothing is said, and at most.
const PAGE: (u64, u64) = (100, 1000);

/// The same of entities that are shown within another one, and of a page of such ones.
const WITHIN: (u64, u64) = (20, 100);

/// What is asked for of an entity set, or of one entity.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Options {
    pub(super) filter: Option<Expression>,
    pub(super) expand: Vec<Expand>,
    pub(super) select: Option<Vec<String>>,
    pub(super) order: Vec<Order>,
    pub(super) top: u64,
    pub(super) skip: u64,
    pub(super) count: bool,
    /// The id behind which the page begins.
    pub(super) after: Option<String>,
    /// All of them as they were written, for the link to the next page.
    pub(super) written: Vec<(String, String)>,
}

/// Entities that are shown within.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expand {
    pub(super) link: Link,
    pub(super) options: Options,
}

/// By which property, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) property: Property,
    pub(super) descending: bool,
}

/// Options of the standard, or of servers that many use, that are not here.
const ELSEWHERE: [&str; 7] = [
    "$search",
    "$apply",
    "$compute",
    "$format",
    "$resultFormat",
    "$metadata",
    "$id",
];

impl Options {
    /// Reads the options of a request for entities of `kind`, or for `one` of them.
    pub(super) fn parse(
        kind: Kind,
        one: bool,
        pairs: Vec<(String, String)>,
    ) -> Result<Self, ApiError> {
        for (index, (name, _)) in pairs.iter().enumerate() {
            known(name, one)?;
            if pairs[..index].iter().any(|(other, _)| other == name) {
                let message = format!("`{name}` 重复。");
                return Err(ApiError::field(name, "invalid_option", message));
            }
        }
        let wrong = |(name, wrong): (String, Wrong)| wrong.of(&name);
        let mut options = Self::read(kind, pairs, PAGE).map_err(wrong)?;
        if options.expand.iter().any(|expand| expand.link.many) {
            options.top = options.top.min(WITHIN.1);
        }
        Ok(options)
    }

    fn read(
        kind: Kind,
        written: Vec<(String, String)>,
        (usual, most): (u64, u64),
    ) -> Result<Self, (String, Wrong)> {
        let mut options = Self {
            filter: None,
            expand: Vec::new(),
            select: None,
            order: Vec::new(),
            top: usual,
            skip: 0,
            count: false,
            after: None,
            written: Vec::new(),
        };
        for (name, value) in &written {
            options
                .take(kind, name, value)
                .map_err(|wrong| (name.clone(), wrong))?;
        }
        options.top = options.top.min(most);
        options.written = written;
        Ok(options)
    }

    fn take(&mut self, kind: Kind, name: &str, value: &str) -> Result<(), Wrong> {
        match name {
            "$filter" => self.filter = Some(Expression::parse(kind, value)?),
            "$expand" => self.expand = expand(kind, value)?,
            "$select" => self.select = Some(select(kind, value)?),
            "$orderby" => self.order = order(kind, value)?,
            "$top" => self.top = whole(value)?,
            "$skip" => self.skip = whole(value)?,
            "$count" => {
                self.count = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(Wrong::at(1, "应为 true 或者 false")),
                }
            }
            "$skiptoken" => self.after = Some(value.to_owned()),
            _ => return Err(Wrong::unsupported(1, "不支持这个选项")),
        }
        Ok(())
    }

    /// Whether a property, or a link, is to be shown.
    pub(super) fn shows(&self, name: &str) -> bool {
        let select = self.select.as_ref();
        select.is_none_or(|names| names.iter().any(|own| own == name))
    }
}

fn known(name: &str, one: bool) -> Result<(), ApiError> {
    let shapes = ["$select", "$expand"].contains(&name);
    let pages = [
        "$filter",
        "$orderby",
        "$top",
        "$skip",
        "$count",
        "$skiptoken",
    ]
    .contains(&name);
    if shapes || (pages && !one) {
        return Ok(());
    }
    let name: String = name.chars().take(60).collect();
    if pages {
        let message = format!("`{name}` 只用于实体集，不用于单个实体。");
        return Err(ApiError::field(&name, "invalid_option", message));
    }
    if name.starts_with('$') && !ELSEWHERE.contains(&name.as_str()) {
        let message = format!("没有选项 `{name}`。");
        return Err(ApiError::field(&name, "invalid_option", message));
    }
    let message = format!("不支持选项 `{name}`。");
    Err(ApiError::unsupported(Some(&name), message))
}

fn whole(text: &str) -> Result<u64, Wrong> {
    text.parse()
        .map_err(|_| Wrong::at(1, format!("`{text}` 不是非负整数")))
}

fn select(kind: Kind, text: &str) -> Result<Vec<String>, Wrong> {
    let mut names = Vec::new();
    for (at, part) in split(text, ',') {
        let name = match part.as_str() {
            "id" => "@iot.id",
            name => name,
        };
        let there = ["@iot.id", "@iot.selfLink"].contains(&name)
            || kind.shown().contains(&name)
            || kind.link(name).is_some();
        if !there {
            let set = kind.set();
            return Err(Wrong::at(at, format!("{set} 没有属性 `{part}`")));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn order(kind: Kind, text: &str) -> Result<Vec<Order>, Wrong> {
    let mut orders = Vec::new();
    for (at, part) in split(text, ',') {
        let (name, direction) = part.split_once(' ').unwrap_or((part.as_str(), "asc"));
        let property = kind.property(name, at)?;
        if name.contains('/')
            && kind
                .link(name.split('/').next().unwrap_or_default())
                .is_some()
        {
            return Err(Wrong::unsupported(at, format!("不支持按 `{name}` 排序")));
        }
        let descending = match direction.trim().to_ascii_lowercase().as_str() {
            "asc" => false,
            "desc" => true,
            _ => return Err(Wrong::at(at, "方向应为 asc 或者 desc")),
        };
        orders.push(Order {
            property,
            descending,
        });
    }
    if kind == Kind::Observation && orders.len() > 1 {
        return Err(Wrong::unsupported(1, "Observations 只能按一个属性排序"));
    }
    Ok(orders)
}

fn expand(kind: Kind, text: &str) -> Result<Vec<Expand>, Wrong> {
    let mut all: Vec<Expand> = Vec::new();
    for (at, part) in split(text, ',') {
        let (name, inner) = match part.split_once('(') {
            Some((name, inner)) => {
                let inner = inner.strip_suffix(')');
                let inner = inner.ok_or_else(|| Wrong::at(at, "括号没有结束"))?;
                (name.trim_end(), inner)
            }
            None => (part.as_str(), ""),
        };
        if let Some((first, _)) = name.split_once('/')
            && kind.link(first).is_some()
        {
            return Err(Wrong::unsupported(at, format!("`{name}`：只能展开一层")));
        }
        let link = kind.link(name).ok_or_else(|| {
            let set = kind.set();
            Wrong::at(at, format!("{set} 没有关联 `{name}`"))
        })?;
        if all.iter().any(|other| other.link == link) {
            return Err(Wrong::at(at, format!("`{name}` 重复")));
        }
        let before = at + name.chars().count();
        let options = within(link, inner).map_err(|wrong| wrong.behind(before))?;
        all.push(Expand { link, options });
    }
    Ok(all)
}

/// The options in the brackets behind a link; places count from the bracket on.
fn within(link: Link, text: &str) -> Result<Options, Wrong> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut places = Vec::new();
    if !text.is_empty() {
        for (at, part) in split(text, ';') {
            let (name, value) = part.split_once('=').unwrap_or((part.as_str(), ""));
            if name == "$expand" {
                return Err(Wrong::unsupported(at, "只能展开一层"));
            }
            if name == "$skiptoken" || pairs.iter().any(|(other, _)| other == name) {
                return Err(Wrong::at(at, format!("`{name}` 不应在此")));
            }
            pairs.push((name.to_owned(), value.to_owned()));
            places.push((name.to_owned(), at + name.chars().count()));
        }
    }
    let read = Options::read(link.to, pairs, WITHIN);
    read.map_err(|(name, wrong)| {
        let place = places.iter().find(|(own, _)| *own == name);
        wrong.behind(place.map_or(0, |(_, at)| *at))
    })
}

/// The parts of a text between marks that stand neither in brackets nor in quotation marks, each with the character with which
/// it begins, from 1, and without spaces around.
fn split(text: &str, mark: char) -> Vec<(usize, String)> {
    let (mut parts, mut part, mut begin) = (Vec::new(), String::new(), 1);
    let (mut depth, mut quoted) = (0_usize, false);
    for (next, place) in text.chars().zip(1..) {
        match next {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if next == mark && depth == 0 && !quoted {
            parts.push((begin, std::mem::take(&mut part)));
            begin = place + 1;
        } else {
            part.push(next);
        }
    }
    parts.push((begin, part));
    let trimmed = parts.into_iter().map(|(at, part)| {
        let leading = part.chars().take_while(|next| *next == ' ').count();
        (at + leading, part.trim().to_owned())
    });
    trimmed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, pairs: &[(&str, &str)], expected: &str) {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        let shown = match Options::parse(kind, false, pairs.collect()) {
            Ok(options) => shown(&options),
            Err(error) => format!("{}: {}", error.code(), error.message()),
        };
        assert_eq!(shown, expected);
    }

    fn shown(options: &Options) -> String {
        let mut parts = vec![format!("{}+{}", options.skip, options.top)];
        parts.extend(options.order.iter().map(|order| {
            let sign = if order.descending { "-" } else { "+" };
            format!("{sign}{}", order.property.path)
        }));
        parts.extend(options.select.iter().map(|names| names.join(",")));
        parts.extend(options.filter.iter().map(|_| "filtered".to_owned()));
        parts.extend(
            options
                .expand
                .iter()
                .map(|expand| format!("{}[{}]", expand.link.name, self::shown(&expand.options))),
        );
        parts.join(" ")
    }

    #[test]
    fn options_are_read() {
        let observations = |pairs: &[(&str, &str)], expected| {
            check(Kind::Observation, pairs, expected);
        };
        observations(&[], "0+100");
        observations(
            &[("$top", "5"), ("$skip", "10"), ("$count", "true")],
            "10+5",
        );
        observations(&[("$top", "99999")], "0+1000");
        observations(&[("$top", "0")], "0+0");
        observations(
            &[("$orderby", "phenomenonTime desc")],
            "0+100 -phenomenonTime",
        );
        observations(&[("$orderby", "result")], "0+100 +result");
        observations(&[("$select", "id, result")], "0+100 @iot.id,result");
        observations(&[("$filter", "result gt 5")], "0+100 filtered");
        check(
            Kind::Datastream,
            &[(
                "$expand",
                "Observations($orderby=phenomenonTime desc;$top=1;$select=result), Thing",
            )],
            "0+100 Observations[0+1 -phenomenonTime result] Thing[0+20]",
        );
        check(
            Kind::Thing,
            &[
                ("$expand", "Datastreams($filter=name eq 'a;b),c')"),
                ("$top", "500"),
            ],
            "0+100 Datastreams[0+20 filtered]",
        );
        check(
            Kind::Thing,
            &[("$orderby", "name DESC,id")],
            "0+100 -name +id",
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let things = |name, value, expected: &str| {
            check(Kind::Thing, &[(name, value)], expected);
        };
        things(
            "$top",
            "-1",
            "invalid_option: `$top` 第1个字符：`-1` 不是非负整数。",
        );
        things(
            "$skip",
            "x",
            "invalid_option: `$skip` 第1个字符：`x` 不是非负整数。",
        );
        things(
            "$count",
            "yes",
            "invalid_option: `$count` 第1个字符：应为 true 或者 false。",
        );
        things(
            "$select",
            "name,colour",
            "invalid_option: `$select` 第6个字符：Things 没有属性 `colour`。",
        );
        things(
            "$orderby",
            "name up",
            "invalid_option: `$orderby` 第1个字符：方向应为 asc 或者 desc。",
        );
        things(
            "$orderby",
            "name, x",
            "invalid_option: `$orderby` 第7个字符：Things 没有属性 `x`。",
        );
        things(
            "$expand",
            "Sensors",
            "invalid_option: `$expand` 第1个字符：Things 没有关联 `Sensors`。",
        );
        things(
            "$expand",
            "Datastreams($top=1",
            "invalid_option: `$expand` 第1个字符：括号没有结束。",
        );
        things(
            "$expand",
            "Datastreams($top=x)",
            "invalid_option: `$expand` 第18个字符：`x` 不是非负整数。",
        );
        things(
            "$expand",
            "Datastreams($filter=name eq)",
            "invalid_option: `$expand` 第28个字符：缺少属性或者值。",
        );
        things(
            "$expand",
            "Locations,Locations",
            "invalid_option: `$expand` 第11个字符：`Locations` 重复。",
        );
        things("$tops", "1", "invalid_option: 没有选项 `$tops`。");
        check(
            Kind::Thing,
            &[("$top", "1"), ("$top", "2")],
            "invalid_option: `$top` 重复。",
        );
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let things = |name, value, expected: &str| {
            check(Kind::Thing, &[(name, value)], expected);
        };
        things("$search", "x", "not_supported: 不支持选项 `$search`。");
        things(
            "$resultFormat",
            "csv",
            "not_supported: 不支持选项 `$resultFormat`。",
        );
        things("format", "x", "not_supported: 不支持选项 `format`。");
        things(
            "$expand",
            "Datastreams/Observations",
            "not_supported: `$expand` 第1个字符：`Datastreams/Observations`：只能展开一层。",
        );
        things(
            "$expand",
            "Datastreams($expand=Observations)",
            "not_supported: `$expand` 第13个字符：只能展开一层。",
        );
        check(
            Kind::Observation,
            &[("$orderby", "result,id")],
            "not_supported: `$orderby` 第1个字符：Observations 只能按一个属性排序。",
        );
        check(
            Kind::Datastream,
            &[("$orderby", "Thing/name")],
            "not_supported: `$orderby` 第1个字符：不支持按 `Thing/name` 排序。",
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn any_value_is_read(value in "[A-Za-z$=;,()'/ 0-9]{0,40}") {
            for name in ["$filter", "$expand", "$select", "$orderby", "$top"] {
                for kind in Kind::ALL {
                    let _ = Options::parse(kind, false, vec![(name.to_owned(), value.clone())]);
                }
            }
        }
    }
}
