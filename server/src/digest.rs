//! The statistics of some days of orders or messages, for the API and for the command line: as they are, and as a document to hand on.
//! People's words in them are masked.

use std::sync::Arc;

use agents::Aigc;
use agents::audit::masked;
use agents::kind::digest::{DigestView, days_view, sheet};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use tools::order::rates::Period;
use tools::sheet::{Mark, docx, page};
use tools::statistics::{Case, Limits, Statistics, summarize};
use tools::{Counted, Days, Hotline, Store, StoreError, counted};

use crate::catalog::Catalog;

/// Computes it: statistics from the orders since the beginning of the comparison, rates from those of the days.
///
/// # Errors
/// What the store reports. An order whose entries were altered is named in it.
pub(crate) async fn of_days(
    store: &Store,
    hotline: &Arc<Hotline>,
    days: Days,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    let mut counted = counted(store, hotline, days, now).await?;
    mask_titles(&mut counted.statistics);
    Ok(counted)
}

/// The first and the last day of messages.
pub(crate) fn spanned(messages: &[Case]) -> Option<(Date, Date)> {
    let days = || {
        messages
            .iter()
            .map(|it| it.at.to_zoned(tools::zone()).date())
    };
    days().min().zip(days().max())
}

/// Computes the same of messages between two days, compared with so many weeks before as far as there are messages; none where
/// the days are outside of the calendar. Messages have no rates.
pub(crate) fn of_messages(
    messages: &[Case],
    (from, to): (Date, Date),
    weeks: u32,
    now: Timestamp,
) -> Option<Statistics> {
    let begun = spanned(messages).map_or(from, |(first, _)| first);
    let before = from.checked_sub(Span::new().weeks(i64::from(weeks))).ok()?;
    let window = Period::of_days(from, to)?;
    let baseline = Period {
        from: Period::of_days(before.max(begun).min(from), to)?.from,
        to: window.from,
    };
    let mut statistics = summarize(messages, window, baseline, now, &Limits::default());
    mask_titles(&mut statistics);
    Some(statistics)
}

/// Documents to hand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// A Word document.
    Docx,
    /// A page to print.
    Page,
}

/// The claims of it as a document, with the label of generated text; none where no agent of the catalogue words them, or
/// the document cannot be put together.
pub(crate) fn written(
    catalog: &Catalog,
    producer: &str,
    counted: &Counted,
    document: Document,
) -> Option<Vec<u8>> {
    let mut agents = catalog.agents.values();
    let part = agents.find_map(|agent| agent.manifest.digest.as_deref())?;
    let view = DigestView {
        days: Some(days_view(part, &counted.summed(None))),
        order: None,
    };
    let sheet = sheet(part, &view);
    let aigc = serde_json::to_value(Aigc::new(producer, &page(&sheet, None))).ok()?;
    let mark = Some(Mark {
        label: &part.label,
        aigc: &aigc,
    });
    match document {
        Document::Docx => docx(&sheet, mark).ok(),
        Document::Page => Some(page(&sheet, mark).into_bytes()),
    }
}

/// Takes what tells who somebody is out of the titles, which are people's words.
fn mask_titles(statistics: &mut Statistics) {
    for issue in &mut statistics.issues {
        issue.title = masked_text(&issue.title);
    }
}

fn masked_text(text: &str) -> String {
    match masked(text.into()) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_said_is_masked() {
        let shown = masked_text("楼道堆物，电话13812345678");
        assert!(shown.contains("138****5678"), "{shown}");
    }
}
