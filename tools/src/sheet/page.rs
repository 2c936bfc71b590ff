//! A page to print on A4: one file, nothing loaded, no script.

use super::{Block, Chart, Mark, Sheet, escaped};

/// What a page of its own may do, as the header of an answer: have its styles, and nothing else.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "@page{size:A4;margin:20mm}body{font:11pt/1.6 SimSun,'Noto Serif CJK SC',serif;color:#000;background:#fff;max-width:170mm;margin:0 auto}h1{font-size:16pt;text-align:center}h2{font-size:13pt;margin:1em 0 .3em;break-after:avoid}blockquote{margin:.5em 2em}table{width:100%;border-collapse:collapse;margin:.5em 0}caption{text-align:left}th,td{border:1px solid #000;padding:4px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}thead{display:table-header-group}tr,figure{break-inside:avoid}figure{margin:.5em 0}.note{font-size:9pt}.label{margin-top:1em;border-top:1px solid #000;font-size:10pt}";

/// The page.
pub fn page(sheet: &Sheet, mark: Option<Mark<'_>>) -> String {
    let title = escaped(&sheet.title);
    let blocks: String = sheet.blocks.iter().map(block).collect();
    let (meta, label) = match mark {
        None => (String::new(), String::new()),
        Some(Mark { label, aigc }) => (
            format!(
                "<meta name=\"AIGC\" content=\"{}\">",
                escaped(&aigc.to_string())
            ),
            format!("<p class=\"label\">{}</p>", escaped(label)),
        ),
    };
    format!(
        "<!doctype html>\n<html lang=\"zh-Hans\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"><meta name=\"referrer\" content=\"no-referrer\"><meta name=\"format-detection\" content=\"telephone=no\">{meta}<title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n{blocks}{label}</body></html>\n"
    )
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(text) => format!("<h2>{}</h2>\n", escaped(text)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::Quotation(text) => format!("<blockquote>{}</blockquote>\n", escaped(text)),
        Block::List(points) => {
            let points: String = points
                .iter()
                .map(|point| format!("<li>{}</li>", escaped(point)))
                .collect();
            format!("<ul>{points}</ul>\n")
        }
        Block::Table { head, rows, widths } => table(head, rows, widths),
        Block::Note(text) => format!("<p class=\"note\">{}</p>\n", escaped(text)),
        Block::Chart(chart) => figure(chart),
    }
}

fn figure(chart: &Chart) -> String {
    format!(
        "<figure><figcaption>{}（{}）</figcaption>{}</figure>\n",
        escaped(&chart.title),
        escaped(&chart.unit),
        chart.svg()
    )
}

fn table(head: &[String], rows: &[Vec<String>], widths: &[u32]) -> String {
    let all = widths.iter().map(|width| u64::from(*width)).sum::<u64>();
    let columns: String = widths
        .iter()
        .map(|width| {
            let part = u64::from(*width) * 100 / all.max(1);
            format!("<col style=\"width:{part}%\">")
        })
        .collect();
    let head: String = (0..widths.len())
        .map(|at| format!("<th scope=\"col\">{}</th>", cell(head, at)))
        .collect();
    let rows: String = rows.iter().map(|cells| row(cells, widths.len())).collect();
    format!(
        "<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"
    )
}

fn row(cells: &[String], columns: usize) -> String {
    let rest: String = (1..columns)
        .map(|at| format!("<td>{}</td>", cell(cells, at)))
        .collect();
    format!("\n<tr><th scope=\"row\">{}</th>{rest}</tr>", cell(cells, 0))
}

fn cell(cells: &[String], at: usize) -> String {
    escaped(cells.get(at).map_or("", String::as_str))
}
