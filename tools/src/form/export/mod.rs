//! A review written down: JSON, a Word document, a page to print. The last two are a [`Sheet`]. Each carries the label of
//! generated text where it is given one, visibly and as metadata under the key `AIGC` (GB 45438-2025); nothing here
//! decides whether it needs one.

use serde_json::json;

use super::error::FormError;
use super::review::{Review, Row};
use crate::sheet::{self, Block, Mark, Sheet};

/// Widths of the columns in twentieths of a point: together the text width of A4.
const COLUMNS: [u32; 3] = [2400, 4200, 2700];

/// The review as JSON on several lines, with the keys `label` and `AIGC` where there is a mark.
pub fn json(review: &Review, mark: Option<Mark<'_>>) -> String {
    let mut document = json!({
        "title": review.title,
        "rows": review.rows,
        "problems": review.problems,
        "summary": review.summary,
    });
    if let Some(Mark { label, aigc }) = mark {
        document["label"] = json!(label);
        document["AIGC"] = aigc.clone();
    }
    format!("{document:#}\n")
}

/// The review as a Word document.
///
/// # Errors
/// [`FormError::Document`] when the archive cannot be put together.
pub fn docx(review: &Review, mark: Option<Mark<'_>>) -> Result<Vec<u8>, FormError> {
    Ok(sheet::docx(&sheet(review), mark)?)
}

/// The review as a page to print. Whatever the values hold is shown as text.
pub fn page(review: &Review, mark: Option<Mark<'_>>) -> String {
    sheet::page(&sheet(review), mark)
}

/// A title, a table of the rows, the summary, what is open.
fn sheet(review: &Review) -> Sheet {
    let row = |row: &Row| vec![row.title.clone(), row.shown.clone(), row.source.clone()];
    let mut blocks = vec![
        Block::Table {
            head: ["项目", "内容", "来源"].map(str::to_owned).to_vec(),
            rows: review.rows.iter().map(row).collect(),
            widths: COLUMNS.to_vec(),
        },
        Block::Paragraph(review.summary.clone()),
    ];
    if !review.problems.is_empty() {
        let problems = review.problems.iter().map(|problem| problem.text.clone());
        blocks.push(Block::List(problems.collect()));
    }
    Sheet {
        title: review.title.clone(),
        blocks,
    }
}

#[cfg(test)]
mod tests;
