//! The visible text of a page as blocks in reading order: headings, paragraphs, list items, tables.

use std::collections::HashMap;

use scraper::node::Element;
use scraper::{ElementRef, Html, Node};

use super::table::{collapsed, data_table};

/// Identity of a node in its page.
pub(super) type NodeId = ego_tree::NodeId;
/// A node with its place in the page.
pub(super) type NodeRef<'a> = ego_tree::NodeRef<'a, Node>;

/// One heading, paragraph, list item or table.
#[derive(Debug)]
pub(super) struct Block {
    /// The innermost block element around it.
    pub(super) node: NodeId,
    pub(super) shape: Shape,
    /// In an element for navigation.
    pub(super) is_aside: bool,
    pub(super) is_heading: bool,
    /// Follows its neighbour without a blank line: list items and lines of one paragraph.
    pub(super) is_tight: bool,
    /// Characters inside links.
    pub(super) linked: usize,
}

#[derive(Debug)]
pub(super) enum Shape {
    Line(String),
    Table(Vec<Vec<String>>),
}

impl Block {
    /// Its text without white space, for comparison and for counting.
    pub(super) fn folded(&self) -> String {
        let all = match &self.shape {
            Shape::Line(line) => line.trim_start_matches('#').to_owned(),
            Shape::Table(rows) => rows.concat().concat(),
        };
        all.split_whitespace().collect()
    }
}

const INVISIBLE: [&str; 24] = [
    "script", "style", "noscript", "template", "head", "title", "svg", "math", "iframe", "object",
    "embed", "canvas", "audio", "video", "datalist", "meta", "link", "img", "input", "textarea",
    "map", "colgroup", "frameset", "noframes",
];
pub(super) const INLINE: [&str; 33] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "ins", "kbd", "label", "mark", "nobr", "q", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "u",
];
const ASIDE: [&str; 6] = ["nav", "footer", "aside", "button", "select", "menu"];
const ASIDE_ROLES: [&str; 4] = ["navigation", "banner", "contentinfo", "search"];
const ASIDE_CLASSES: [&str; 16] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "breadcrumb",
    "breadcrumbs",
    "crumb",
    "crumbs",
    "footer",
    "copyright",
    "share",
    "sharing",
    "pager",
    "pagination",
    "sidebar",
    "toolbar",
];

enum Visit<'a> {
    Enter(NodeRef<'a>),
    Leave(NodeRef<'a>),
}

/// Walks the page with its own stack, as a page may be nested deeper than a call stack likes.
pub(super) fn blocks(html: &Html) -> Vec<Block> {
    let root = html.tree.root();
    let weights = weights(html);
    let total = weights.get(&root.id()).copied().unwrap_or(0);
    let mut walk = Walk {
        blocks: Vec::new(),
        owners: vec![root.id()],
        ..Walk::default()
    };
    let mut stack = vec![Visit::Enter(root)];
    while let Some(visit) = stack.pop() {
        match visit {
            Visit::Enter(node) => match node.value() {
                Node::Text(text) => walk.text(text),
                Node::Element(element) => {
                    if is_invisible(element) {
                        continue;
                    }
                    let weight = weights.get(&node.id()).copied().unwrap_or(0);
                    if let Some((caption, rows)) = data_table(node, element) {
                        walk.table(node.id(), &caption, rows);
                        continue;
                    }
                    walk.enter(node, element, weight * 3 < total);
                    stack.push(Visit::Leave(node));
                    stack.extend(node.children().rev().map(Visit::Enter));
                }
                Node::Document | Node::Fragment => {
                    stack.extend(node.children().rev().map(Visit::Enter));
                }
                Node::Doctype(_) | Node::Comment(_) | Node::ProcessingInstruction(_) => {}
            },
            Visit::Leave(node) => walk.leave(node),
        }
    }
    walk.flush();
    walk.blocks
}

/// Characters below each node.
fn weights(html: &Html) -> HashMap<NodeId, usize> {
    let mut weights = HashMap::new();
    for node in html.tree.nodes() {
        let Node::Text(text) = node.value() else {
            continue;
        };
        let count = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .count();
        if count == 0
            || node
                .parent()
                .and_then(ElementRef::wrap)
                .is_some_and(|it| is_invisible(it.value()))
        {
            continue;
        }
        for ancestor in node.ancestors() {
            *weights.entry(ancestor.id()).or_insert(0) += count;
        }
    }
    weights
}

pub(super) fn is_invisible(element: &Element) -> bool {
    let is_hidden = || {
        element.attr("hidden").is_some()
            || element.attr("style").is_some_and(|style| {
                let style: String = style.to_ascii_lowercase().split_whitespace().collect();
                style.contains("display:none") || style.contains("visibility:hidden")
            })
    };
    INVISIBLE.contains(&element.name()) || is_hidden()
}

#[derive(Default)]
struct Walk {
    blocks: Vec<Block>,
    line: String,
    linked: usize,
    /// Open block elements.
    owners: Vec<NodeId>,
    heading: Option<usize>,
    /// Open elements of each kind.
    asides: Vec<NodeId>,
    links: usize,
    preformatted: usize,
    items: usize,
    articles: usize,
    /// Number of an item of an ordered list, before its first line.
    number: Option<usize>,
    /// Whether the line before ended at a `<br>`.
    broken: bool,
}

impl Walk {
    fn enter(&mut self, node: NodeRef<'_>, element: &Element, is_minor: bool) {
        let name = element.name();
        if self.is_aside(element, is_minor) {
            self.flush();
            self.asides.push(node.id());
        }
        match name {
            "a" => self.links += 1,
            "br" => {
                self.flush();
                self.broken = true;
            }
            _ if INLINE.contains(&name) => {}
            _ => {
                self.flush();
                self.owners.push(node.id());
            }
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading = name[1..].parse().ok(),
            "pre" => self.preformatted += 1,
            "main" | "article" => self.articles += 1,
            "li" => {
                self.items += 1;
                self.number = ordinal(node);
            }
            _ => {}
        }
    }

    fn leave(&mut self, node: NodeRef<'_>) {
        let Node::Element(element) = node.value() else {
            return;
        };
        let name = element.name();
        match name {
            "a" => self.links = self.links.saturating_sub(1),
            "br" => {}
            _ if INLINE.contains(&name) => {}
            _ => {
                self.flush();
                self.owners.pop();
            }
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading = None,
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            "main" | "article" => self.articles = self.articles.saturating_sub(1),
            "li" => {
                self.items = self.items.saturating_sub(1);
                self.number = None;
            }
            _ => {}
        }
        if self.asides.last() == Some(&node.id()) {
            self.flush();
            self.asides.pop();
        }
    }

    /// Names decide, and for small elements their classes; a class such as `has-nav` may stand on the whole body.
    fn is_aside(&self, element: &Element, is_minor: bool) -> bool {
        let name = element.name();
        if ASIDE.contains(&name) || (name == "header" && self.articles == 0) {
            return true;
        }
        if element
            .attr("role")
            .is_some_and(|role| ASIDE_ROLES.contains(&role))
        {
            return true;
        }
        is_minor
            && element.classes().chain(element.id()).any(|class| {
                class
                    .split(['-', '_'])
                    .any(|word| ASIDE_CLASSES.contains(&word.to_ascii_lowercase().as_str()))
            })
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            for (index, line) in text.split('\n').enumerate() {
                if index > 0 {
                    self.flush();
                    self.broken = true;
                }
                self.line.push_str(line);
            }
            return;
        }
        if self.links > 0 {
            self.linked += text
                .chars()
                .filter(|character| !character.is_whitespace())
                .count();
        }
        self.line.push_str(text);
    }

    fn flush(&mut self) {
        let line = collapsed(&std::mem::take(&mut self.line));
        let linked = std::mem::take(&mut self.linked);
        let broken = std::mem::take(&mut self.broken);
        if line.is_empty() {
            self.broken = broken;
            return;
        }
        let line = match (self.heading, self.number.take()) {
            (Some(level), _) => format!("{} {line}", "#".repeat(level)),
            (None, Some(number)) => format!("{number}. {line}"),
            (None, None) => line,
        };
        let is_tight = self.heading.is_none() && (self.items > 0 || broken);
        self.push(
            Shape::Line(line),
            linked,
            is_tight,
            self.owners.last().copied(),
        );
    }

    fn table(&mut self, node: NodeId, caption: &str, rows: Vec<Vec<String>>) {
        self.flush();
        self.line.push_str(caption);
        self.flush();
        self.push(Shape::Table(rows), 0, false, Some(node));
    }

    fn push(&mut self, shape: Shape, linked: usize, is_tight: bool, node: Option<NodeId>) {
        let Some(node) = node else { return };
        let is_heading = self.heading.is_some();
        self.blocks.push(Block {
            node,
            shape,
            is_aside: !self.asides.is_empty(),
            is_heading,
            is_tight,
            linked,
        });
    }
}

/// The number that a browser shows before an item of `<ol>`.
fn ordinal(item: NodeRef<'_>) -> Option<usize> {
    let parent = item
        .parent()
        .and_then(ElementRef::wrap)
        .filter(|parent| parent.value().name() == "ol")?;
    let first = parent
        .attr("start")
        .and_then(|start| start.parse().ok())
        .unwrap_or(1_usize);
    let before = item
        .prev_siblings()
        .filter_map(ElementRef::wrap)
        .filter(|it| it.value().name() == "li")
        .count();
    first.checked_add(before)
}
