//! Which blocks of a page are its content. dom_smoothie finds the main part; because it prunes for the eye of a reader
//! and a pruned clause would be lost, it only chooses the element, and full sentences elsewhere count as content too.

use std::collections::{HashMap, HashSet};

use dom_smoothie::{Config, Readability};
use scraper::{ElementRef, Html};

use super::blocks::{Block, NodeId, Shape, blocks};

/// Larger pages are taken whole: scoring would take longer than reading.
const SCORED_BYTES: usize = 4 << 20;
const SCORED_ELEMENTS: usize = 20_000;

/// On shorter pages scoring picks one paragraph out of a few.
const SCORED_CHARACTERS: usize = 500;

/// A paragraph of at least this many characters with a full stop is no menu.
const SENTENCE: usize = 30;

/// Shorter texts appear in menus and in articles alike.
const TELLING: usize = 8;

/// For each block, whether it is content.
pub(super) fn content(html: &Html, blocks: &[Block], page: &str, title: Option<&str>) -> Vec<bool> {
    let folded: Vec<String> = blocks.iter().map(Block::folded).collect();
    let main = marked(html, blocks, &folded).or_else(|| scored(html, blocks, &folded, page));
    let title: Option<String> = title.map(|title| title.split_whitespace().collect());
    let mut content: Vec<bool> = blocks
        .iter()
        .zip(&folded)
        .map(|(block, text)| {
            if block.is_heading && title.as_ref() == Some(text) {
                return true;
            }
            !block.is_aside && main.is_none_or(|main| is_inside(html, block.node, main))
        })
        .collect();
    if main.is_some() {
        add_sentences(blocks, &folded, &mut content);
    }
    if !content.contains(&true) {
        // A page that is one menu is still what somebody wanted to have read.
        content.fill(true);
    }
    content
}

/// The page's own `<main>`, or its only `<article>`, if it holds a fair share of the text.
fn marked(html: &Html, blocks: &[Block], folded: &[String]) -> Option<NodeId> {
    let named = |name: &str| -> Vec<NodeId> {
        let elements = html.tree.nodes().filter_map(ElementRef::wrap);
        elements
            .filter(|element| element.value().name() == name)
            .map(|element| element.id())
            .collect()
    };
    let candidates = [named("main"), named("article")];
    let only = candidates
        .iter()
        .find_map(|found| (found.len() == 1).then(|| found[0]))?;
    let (mut inside, mut total) = (0, 0);
    for (block, text) in blocks
        .iter()
        .zip(folded)
        .filter(|(block, _)| !block.is_aside)
    {
        total += text.len();
        inside += if is_inside(html, block.node, only) {
            text.len()
        } else {
            0
        };
    }
    (inside * 3 > total).then_some(only)
}

/// The deepest element that holds nearly all of what dom_smoothie takes for the article.
fn scored(html: &Html, blocks: &[Block], folded: &[String], page: &str) -> Option<NodeId> {
    let characters: usize = blocks
        .iter()
        .zip(folded)
        .filter(|(block, _)| !block.is_aside)
        .map(|(_, text)| text.chars().count())
        .sum();
    if page.len() > SCORED_BYTES || characters < SCORED_CHARACTERS {
        return None;
    }
    let config = Config {
        max_elements_to_parse: SCORED_ELEMENTS,
        disable_json_ld: true,
        ..Config::default()
    };
    let article = Readability::new(page, None, Some(config))
        .ok()?
        .parse()
        .ok()?;
    let picked: HashSet<String> = self::blocks(&Html::parse_document(&article.content))
        .iter()
        .map(Block::folded)
        .collect();
    let mut weights: HashMap<NodeId, usize> = HashMap::new();
    let mut total = 0;
    for (block, text) in blocks.iter().zip(folded) {
        if block.is_aside || text.chars().count() < TELLING || !picked.contains(text) {
            continue;
        }
        total += text.len();
        for node in lineage(html, block.node) {
            *weights.entry(node).or_insert(0) += text.len();
        }
    }
    let heavy = |node: &NodeId| {
        weights
            .get(node)
            .is_some_and(|weight| weight * 10 >= total * 9)
    };
    let any = blocks
        .iter()
        .map(|block| block.node)
        .find(heavy)
        .or_else(|| {
            // No single block is the article, so go up from any block until an element holds it.
            blocks
                .iter()
                .find_map(|block| lineage(html, block.node).into_iter().find(heavy))
        })?;
    lineage(html, any).into_iter().find(heavy)
}

/// Sentences and tables outside the main element, with the heading right above them.
fn add_sentences(blocks: &[Block], folded: &[String], content: &mut [bool]) {
    let mut heading = None;
    for (index, (block, text)) in blocks.iter().zip(folded).enumerate() {
        if block.is_heading && !block.is_aside {
            heading = Some(index);
            continue;
        }
        let characters = text.chars().count();
        let is_sentence = match block.shape {
            Shape::Table(_) => true,
            Shape::Line(_) => characters >= SENTENCE && text.contains(['。', '；', '：']),
        };
        if is_sentence && !block.is_aside && block.linked * 2 < characters {
            content[index] = true;
            if let Some(heading) = heading.take() {
                content[heading] = true;
            }
        }
    }
}

/// A node and its ancestors, innermost first.
fn lineage(html: &Html, node: NodeId) -> Vec<NodeId> {
    let Some(node) = html.tree.get(node) else {
        return Vec::new();
    };
    std::iter::once(node.id())
        .chain(node.ancestors().map(|ancestor| ancestor.id()))
        .collect()
}

fn is_inside(html: &Html, node: NodeId, main: NodeId) -> bool {
    lineage(html, node).contains(&main)
}
