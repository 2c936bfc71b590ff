//! A digest as a sheet to hand on: claims under their headings, charts with the same numbers, and the orders behind each
//! claim.

use tools::Count;
use tools::sheet::{Block, Chart, Form, Sheet, WIDTH};

use super::part::{ClaimView, DaysView, DigestPart, DigestView, OrderSummary};

/// Categories in a chart; the others are in the claims.
const BARS: usize = 15;

/// The sheet of a digest.
pub fn sheet(part: &DigestPart, view: &DigestView) -> Sheet {
    let mut sheet = Sheet::default();
    if let Some(order) = &view.order {
        of_order(part, order, &mut sheet);
    }
    if let Some(days) = &view.days {
        of_days(part, days, &mut sheet);
    }
    sheet
}

fn of_order(part: &DigestPart, order: &OrderSummary, sheet: &mut Sheet) {
    sheet.title = part.export.title_order.replace("{order}", &order.order);
    sheet.blocks.push(Block::Quotation(order.text.clone()));
    let rows = order.parts.iter().map(|found| {
        let texts: Vec<&str> = found.found.iter().map(|it| it.text.as_str()).collect();
        let text = if texts.is_empty() {
            part.none.clone()
        } else {
            texts.join("；")
        };
        vec![found.title.clone(), text]
    });
    sheet.blocks.push(Block::Table {
        head: vec![String::new(), order.state.clone()],
        rows: rows.collect(),
        widths: vec![2000, WIDTH - 2000],
    });
}

fn of_days(part: &DigestPart, days: &DaysView, sheet: &mut Sheet) {
    let export = &part.export;
    let fill = |text: &str| {
        text.replace("{from}", &days.from.to_string())
            .replace("{to}", &days.to.to_string())
            .replace("{weeks}", &days.weeks.to_string())
    };
    sheet.title = fill(&export.title);
    sheet.blocks.push(Block::Paragraph(fill(&part.lead)));
    let mut number = 0;
    let mut rows = Vec::new();
    for (at, section) in days.sections.iter().enumerate() {
        sheet.blocks.push(Block::Heading(section.title.clone()));
        let mut points = Vec::new();
        for claim in &section.claims {
            number += 1;
            points.push(format!("[{number}] {}", claim.text));
            rows.push(vec![
                number.to_string(),
                claim.text.clone(),
                orders(part, claim),
            ]);
        }
        sheet.blocks.push(Block::List(points));
        if at == 0 {
            sheet.blocks.extend(charts(part, days));
        }
    }
    sheet.blocks.push(Block::Heading(export.basis.clone()));
    sheet.blocks.push(Block::Table {
        head: export.columns.to_vec(),
        rows,
        widths: vec![700, 3600, WIDTH - 4300],
    });
    sheet.blocks.push(Block::Note(fill(&export.note)));
}

fn orders(part: &DigestPart, claim: &ClaimView) -> String {
    if claim.ids.is_empty() {
        return part.export.no_orders.clone();
    }
    let mut text = claim.ids.join(" ");
    if claim.count > claim.ids.len() as u64 {
        text.push_str(
            &part
                .export
                .more
                .replace("{count}", &claim.count.to_string()),
        );
    }
    text
}

fn charts(part: &DigestPart, days: &DaysView) -> Vec<Block> {
    let export = &part.export;
    let chart = |[title, names]: &[String; 2], form, counts: &[Count]| {
        let points = counts.iter().map(|count| (count.name.clone(), count.value));
        Block::Chart(Chart {
            title: title.clone(),
            form,
            names: names.clone(),
            unit: export.unit.clone(),
            points: points.collect(),
        })
    };
    let mut charts = Vec::new();
    if !days.categories.is_empty() {
        let most = days.categories.len().min(BARS);
        charts.push(chart(
            &export.categories,
            Form::Bars,
            &days.categories[..most],
        ));
    }
    if days.days.len() > 1 {
        charts.push(chart(&export.days, Form::Line, &days.days));
    }
    charts
}
