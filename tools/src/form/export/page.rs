//! A page to print on A4: one file, nothing loaded, no script.

use super::{Mark, escaped};
use crate::form::review::{Review, Row};

const STYLE: &str = "@page{size:A4;margin:20mm}body{font:11pt/1.6 SimSun,'Noto Serif CJK SC',serif;color:#000;background:#fff;max-width:170mm;margin:0 auto}h1{font-size:16pt;text-align:center}table{width:100%;border-collapse:collapse}caption{text-align:left}th,td{border:1px solid #000;padding:4px 6px;text-align:left;vertical-align:top;overflow-wrap:anywhere}thead{display:table-header-group}tr{break-inside:avoid}.open{color:#555}.label{margin-top:1em;border-top:1px solid #000;font-size:10pt}";

/// The page. Whatever the values hold is shown as text.
pub fn page(review: &Review, mark: Option<Mark<'_>>) -> String {
    let title = escaped(&review.title);
    let rows: String = review.rows.iter().map(row).collect();
    let problems: String = review
        .problems
        .iter()
        .map(|problem| format!("<li>{}</li>", escaped(&problem.text)))
        .collect();
    let problems = if problems.is_empty() {
        problems
    } else {
        format!("<ul>{problems}</ul>")
    };
    let summary = escaped(&review.summary);
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
        "<!doctype html>\n<html lang=\"zh-Hans\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"><meta name=\"referrer\" content=\"no-referrer\"><meta name=\"format-detection\" content=\"telephone=no\">{meta}<title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n<table><thead><tr><th scope=\"col\">项目</th><th scope=\"col\">内容</th><th scope=\"col\">来源</th></tr></thead><tbody>{rows}</tbody></table>\n<p>{summary}</p>{problems}\n{label}</body></html>\n"
    )
}

fn row(row: &Row) -> String {
    let class = if row.filled { "" } else { " class=\"open\"" };
    format!(
        "\n<tr><th scope=\"row\">{}</th><td{class}>{}</td><td>{}</td></tr>",
        escaped(&row.title),
        escaped(&row.shown),
        escaped(&row.source)
    )
}
