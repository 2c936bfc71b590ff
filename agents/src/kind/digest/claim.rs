//! Claims in words: the template of the agent's folder filled with the values of the tool, and nothing else in figures.

use serde_json::Value;
use tools::statistics::claim::{Claim, ClaimKind};
use tools::{Summed, digest};

use super::part::{ClaimView, DaysView, DigestPart, SectionView};
use crate::audit::masked;
use crate::guard::text::plain;
use crate::worded::garbage;

/// What the orders of some days come to, in words. What people said in it is masked. A claim that cannot be worded from
/// its values alone is left out.
pub fn days_view(part: &DigestPart, summed: &Summed) -> DaysView {
    let claims: Vec<ClaimView> = summed
        .claims
        .iter()
        .filter_map(|claim| view(part, claim))
        .collect();
    let sections = part.sections.iter().map(|section| SectionView {
        title: section.title.clone(),
        claims: claims
            .iter()
            .filter(|claim| section.kinds.contains(&claim.kind))
            .cloned()
            .collect(),
    });
    DaysView {
        from: summed.from,
        to: summed.to,
        weeks: summed.weeks,
        sections: sections
            .filter(|section| !section.claims.is_empty())
            .collect(),
        categories: summed.categories.clone(),
        days: summed.days.clone(),
    }
}

impl DaysView {
    /// All claims, in order.
    pub fn claims(&self) -> impl Iterator<Item = &ClaimView> {
        self.sections.iter().flat_map(|section| &section.claims)
    }

    pub(super) fn claims_mut(&mut self) -> impl Iterator<Item = &mut ClaimView> {
        self.sections
            .iter_mut()
            .flat_map(|section| &mut section.claims)
    }
}

fn view(part: &DigestPart, claim: &Claim) -> Option<ClaimView> {
    let mut values = claim.values.clone();
    for (name, value) in &mut values {
        // What people said may have numbers of theirs in it; our own may look like such.
        if name == "title" {
            *value = masked(value.take());
        }
        if value.is_null() {
            *value = Value::from(part.nowhere.as_str());
        }
    }
    let template = part.claims.get(&claim.kind)?;
    let text = filled(template, |name| values.get(name))?;
    let view = ClaimView {
        kind: claim.kind,
        text,
        values,
        ids: claim.ids.clone(),
        count: claim.count,
        worded_by: None,
    };
    stands(&view.text, &view).is_ok().then_some(view)
}

/// Whether every figure of a text stands in the values of a claim.
///
/// # Errors
/// The figure that does not.
pub(super) fn stands(text: &str, claim: &ClaimView) -> Result<(), String> {
    let known: Vec<String> = claim.values.values().flat_map(said).collect();
    let unknown = figures(text).into_iter().find(|it| !known.contains(it));
    match unknown {
        None => Ok(()),
        Some(figure) => Err(format!("“{figure}”不在统计结果里")),
    }
}

/// Whether a model's sentence may stand for a claim: it says the same figures, and no more than the claim does.
///
/// # Errors
/// What is wrong with it.
pub(super) fn holds(text: &str, claim: &ClaimView) -> Result<(), String> {
    if text.trim().is_empty() || garbage(text).is_some() || text.contains(['[', ']', '<', '>']) {
        return Err("不成句".to_owned());
    }
    stands(text, claim)?;
    let (told, own) = (figures(text), figures(&claim.text));
    if let Some(lost) = own.iter().find(|figure| !told.contains(figure)) {
        return Err(format!("少了“{lost}”"));
    }
    crate::check::check(text, &[&claim.text], "").map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("；")
    })
}

/// A claim as evidence: what stands behind the sentence.
pub(super) fn lines(view: &DaysView) -> String {
    let lines = view.claims().map(|claim| {
        let ids = claim.ids.iter().take(EVIDENCE);
        let ids: Vec<&str> = ids.map(String::as_str).collect();
        format!("{} {}", claim.text, ids.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Ids of a claim that the citation shows; all of them are in the view.
const EVIDENCE: usize = 20;

/// The revision of a citation.
pub(super) fn revision(text: &str) -> String {
    digest::of_text(text).chars().take(12).collect()
}

/// Figures of a value: its own, or those in its words.
fn said(value: &Value) -> Vec<String> {
    match value {
        Value::Number(number) => vec![number.to_string()],
        Value::String(text) => figures(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

/// Runs of figures, with the point and the exponent of a number, as they are written.
fn figures(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let digit = |at: usize| characters.get(at).is_some_and(char::is_ascii_digit);
    let (mut figures, mut at) = (Vec::new(), 0);
    while at < characters.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        let from = at;
        while digit(at)
            || (characters.get(at) == Some(&'.') && digit(at + 1))
            || (characters.get(at) == Some(&'e')
                && (digit(at + 1) || (characters.get(at + 1) == Some(&'-') && digit(at + 2))))
            || (characters.get(at) == Some(&'-') && characters[at - 1] == 'e')
        {
            at += 1;
        }
        figures.push(characters[from..at].iter().collect());
    }
    figures
}

/// A template with its values; none where one is not there.
pub(super) fn filled<'a>(
    template: &str,
    value: impl Fn(&str) -> Option<&'a Value>,
) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        text.push_str(before);
        match value(name)? {
            Value::String(said) => text.push_str(&plain(said)),
            Value::Number(number) => text.push_str(&number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        }
        rest = behind;
    }
    text.push_str(rest);
    Some(text)
}

/// Claims whose words a model may choose: titles and figures of issues and topics.
pub(super) fn is_wordable(kind: ClaimKind) -> bool {
    match kind {
        ClaimKind::Issue | ClaimKind::Rise | ClaimKind::Chain => true,
        ClaimKind::Total
        | ClaimKind::Category
        | ClaimKind::District
        | ClaimKind::Department
        | ClaimKind::Grade
        | ClaimKind::Open
        | ClaimKind::Overdue
        | ClaimKind::Near
        | ClaimKind::Late
        | ClaimKind::Responded
        | ClaimKind::Resolved
        | ClaimKind::Satisfied
        | ClaimKind::Uncalled
        | ClaimKind::Repeated
        | ClaimKind::Frequent
        | ClaimKind::Calm
        | ClaimKind::Quiet
        | ClaimKind::Untested
        | ClaimKind::Unreadable => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claim(text: &str, values: Value) -> ClaimView {
        let Value::Object(members) = values else {
            panic!("an object")
        };
        ClaimView {
            kind: ClaimKind::Issue,
            text: text.to_owned(),
            values: members.into_iter().collect(),
            ids: Vec::new(),
            count: 0,
            worded_by: None,
        }
    }

    #[test]
    fn figures_are_whole_numbers_as_written() {
        let check = |text: &str, expected: &[&str]| assert_eq!(figures(text), expected, "{text}");
        check("共12件，占37.5%。", &["12", "37.5"]);
        check("p=1.2e-7。", &["1.2e-7"]);
        check("9月7日至9月9日", &["9", "7", "9", "9"]);
        check("3.", &["3"]);
        check("一二三", &[]);
    }

    #[test]
    fn a_figure_that_the_tool_did_not_bring_does_not_stand() {
        let values = json!({ "value": 12, "share": "37.5", "name": "供水" });
        let check = |text: &str, expected: bool| {
            let claim = claim("供水12件，占37.5%。", values.clone());
            assert_eq!(stands(text, &claim).is_ok(), expected, "{text}");
        };
        check("供水12件，占37.5%。", true);
        check("供水13件。", false);
        check("供水1件。", false);
        check("供水12件，占37%。", false);
        check("供水12件，比上周多2件。", false);
    }

    #[test]
    fn a_model_may_say_it_otherwise_and_nothing_else() {
        let values = json!({ "place": "南浦新村", "title": "停水了", "people": 12, "cases": 14 });
        let check = |text: &str, expected: bool| {
            let claim = claim("南浦新村：“停水了”，12人反映14件。", values.clone());
            let held = holds(text, &claim);
            assert_eq!(held.is_ok(), expected, "{text} {held:?}");
        };
        check("南浦新村停水了，12人反映14件。", true);
        check("南浦新村停水了，12人反映。", false);
        check("南浦新村停水了，12人反映14件，20人受影响。", false);
        check("", false);
    }

    #[test]
    fn a_template_without_its_value_says_nothing() {
        let values = json!({ "value": 3, "name": "供\u{202e}水" });
        let check = |template: &str, expected: Option<&str>| {
            let text = filled(template, |name| values.get(name));
            assert_eq!(text.as_deref(), expected, "{template}");
        };
        check("{name}{value}件。", Some("供水3件。"));
        check("{of}件。", None);
        check("{value", None);
    }
}
