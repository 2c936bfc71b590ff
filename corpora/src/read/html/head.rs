//! What a page says of itself: title, date, origin. Only names with one clear meaning are used.

use jiff::civil::Date;
use scraper::{ElementRef, Html, Node};

use crate::meta::Meta;

/// Names of the date of publication; `PubDate` is that of the standard for Chinese government sites.
const DATES: [&str; 5] = [
    "pubdate",
    "publishdate",
    "article:published_time",
    "dc.date.issued",
    "dcterms.issued",
];

/// Signs between the title of a page and the name of its site.
const SEPARATORS: [char; 5] = ['_', '|', '｜', '–', '-'];

pub(super) fn meta(html: &Html) -> Meta {
    let mut meta = Meta::default();
    let mut stated = None;
    let mut page_title = None;
    let mut headings = Vec::new();
    for element in elements(html) {
        match element.value().name() {
            "title" if page_title.is_none() => page_title = Some(text(element)),
            "h1" => headings.push(text(element)),
            "meta" => {
                let name = element
                    .attr("name")
                    .or_else(|| element.attr("property"))
                    .unwrap_or_default();
                let content = element.attr("content").unwrap_or_default().trim();
                match name.to_ascii_lowercase().as_str() {
                    _ if content.is_empty() => {}
                    "articletitle" => stated = Some(content.to_owned()),
                    "contentsource" => meta.source = Some(content.to_owned()),
                    name if DATES.contains(&name) && meta.version_date.is_none() => {
                        meta.version_date = date(content);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    headings.retain(|heading| !heading.is_empty());
    meta.title = stated.or_else(|| title(page_title.filter(|title| !title.is_empty()), &headings));
    meta
}

/// The heading of the page if there is one, or the part of `<title>` before the name of the site.
fn title(page: Option<String>, headings: &[String]) -> Option<String> {
    let Some(page) = page else {
        return headings.first().filter(|_| headings.len() == 1).cloned();
    };
    if let Some(heading) = headings
        .iter()
        .find(|heading| page.contains(heading.as_str()))
    {
        return Some(heading.clone());
    }
    if let [heading] = headings {
        return Some(heading.clone());
    }
    let first = page.split(SEPARATORS).next().unwrap_or(&page).trim();
    // A hyphen may also stand in the title itself; a short beginning is rather a site or a column.
    Some(if first.chars().count() >= 6 {
        first.to_owned()
    } else {
        page.clone()
    })
}

/// The day at the head of `2024-05-01 10:00`, `2024-05-01T10:00:00+08:00` or `2024/5/1`.
fn date(content: &str) -> Option<Date> {
    let day = content
        .split(|character: char| !(character.is_ascii_digit() || "-/.".contains(character)))
        .next()?;
    let mut numbers = day.split(['-', '/', '.']).map(str::parse::<i16>);
    let (year, month, day) = (
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    );
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
        .ok()
        .filter(|date| date.year() > 1900)
}

fn elements(html: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    html.tree
        .nodes()
        .filter(|node| matches!(node.value(), Node::Element(_)))
        .filter_map(ElementRef::wrap)
}

fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
