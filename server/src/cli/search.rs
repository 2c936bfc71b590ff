//! `chengzhi search`: what an agent would look at, without an answer.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use corpora::{Hit, Index, Query, Retriever};
use serde::Serialize;

use super::context::{Context, no_corpus};
use super::output::{Ink, Output};

/// Find passages, without an answer.
///
/// Without `--place` the rules of all places are searched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi search \"押金\"
  chengzhi search \"劳动合同法第三十九条\" --corpus laws --json
  chengzhi search \"停车费\" --place 临江区 --as-of 2023-01-01 --limit 3

With --json it prints [{rank, score, id, corpus, document, title, path, text}].")]
pub(super) struct Search {
    /// Words to look for
    query: String,
}

/// One line of `search --json`; a public contract.
#[derive(Debug, Serialize)]
struct Row<'a> {
    rank: usize,
    score: f32,
    id: &'a str,
    corpus: &'a str,
    document: &'a str,
    title: &'a str,
    path: String,
    text: &'a str,
}

pub(super) fn run(context: &Context, output: Output, command: &Search) -> anyhow::Result<ExitCode> {
    let catalog = context.catalog();
    let corpora = context.corpora(&catalog)?;
    let indexes: Vec<Arc<Index>> = match context.global.corpus.as_slice() {
        [] => corpora
            .all()
            .into_iter()
            .map(|(_, corpus)| corpus.index)
            .collect(),
        names => names
            .iter()
            .map(|name| corpora.get(name).map(|corpus| corpus.index))
            .collect::<Result<_, _>>()?,
    };
    anyhow::ensure!(
        !indexes.is_empty(),
        no_corpus(&context.data.display().to_string())
    );
    let today = context.today();
    let query = Query {
        text: command.query.clone(),
        more: Vec::new(),
        as_of: context.global.as_of.unwrap_or(today),
        today,
        places: context
            .global
            .place
            .as_deref()
            .map(|place| catalog.seeds.gazetteer.chain(place)),
        corpora: None,
        limit: context.global.limit.map_or(10, |limit| limit as usize),
    };
    let found = Retriever::new(indexes, catalog.lexicon.clone()).retrieve(&query)?;
    let rows: Vec<Row<'_>> = found
        .hits
        .iter()
        .enumerate()
        .map(|(index, hit)| row(index + 1, hit))
        .collect();
    if output.json {
        output.json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    for row in &rows {
        let head = format!("{:>3}. 《{}》 {}", row.rank, row.title, row.path);
        // What the question names has no rank among what merely matches.
        let score = if row.score == f32::MAX {
            "named".to_owned()
        } else {
            format!("{:.2}", row.score)
        };
        output.line(output.paint(Ink::Strong, &head))?;
        output.line(output.paint(
            Ink::Faint,
            &format!("     {score} · {} · {}", row.corpus, row.document),
        ))?;
        output.line(format!("     {}", row.text.replace('\n', "\n     ")))?;
    }
    if rows.is_empty() {
        output.line("nothing found")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(rank: usize, hit: &Hit) -> Row<'_> {
    let passage = &hit.passage;
    Row {
        rank,
        score: hit.score,
        id: &passage.id,
        corpus: &passage.corpus,
        document: &passage.document,
        title: &passage.title,
        path: passage.path_text(),
        text: &passage.text,
    }
}
