//! Any text at all: nothing panics, every character is accounted for, and long texts take linear time.

use proptest::prelude::*;

use super::*;

const FORMATS: [Format; 6] = [
    Format::Markdown,
    Format::Text,
    Format::Html,
    Format::Docx,
    Format::Xlsx,
    Format::Pdf,
];

/// Pieces of which hostile documents are made.
const PIECES: [&str; 64] = [
    "\n",
    "\n\n",
    "\n",
    "　　",
    " ",
    "\t",
    "# ",
    "## ",
    "### 第二节 期限",
    "> ",
    "**",
    "*",
    "|",
    "|---|---|",
    "---",
    "```",
    "第一条 ",
    "第二条　",
    "第三条",
    "第三条之一 ",
    "第十条的规定",
    "第十条、第十二条",
    "第99999条 ",
    "第一条（目的）",
    "第二条【期限】",
    "**第四条** ",
    "第一章 总则",
    "第二章",
    "第一编 通则",
    "附则",
    "附件1",
    "附：",
    "目录",
    "（一）",
    "㈠",
    "(2)",
    "⑴",
    "1.",
    "１．",
    "一、",
    "二、申请条件",
    "问：",
    "答：",
    "Q1：",
    "《民法典》",
    "《",
    "》",
    "前款",
    "本法第三条第二款",
    "列名：值；",
    "责任编辑：某某",
    "- 21",
    "【纠错】",
    "。",
    "！”",
    "；",
    "：",
    "，",
    "\u{0}",
    "\u{200b}",
    "\u{feff}",
    "“",
    "（2020年1月1日公布）",
    "为了规范城市管理工作，保障居民的合法权益，根据有关法律、法规的规定，结合本市的实际情况，制定本办法",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES.as_slice()).prop_map(str::to_owned),
        1 => "[一-龥a-z0-9]{1,40}",
        1 => "\\PC{0,10}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_accounted_for(
        text in hostile(),
        format in prop::sample::select(FORMATS.as_slice()),
        cuts in prop::collection::vec((0usize..400, 0usize..40), 0..4),
    ) {
        let mut source = source(format, &text);
        for (start, length) in cuts {
            // Ranges of a reader that overlap, leave the text or cut a character must do no harm.
            source.dropped.push(Dropped { range: start..start + length, reason: DropReason::PageNumber });
        }
        let chunked = chunk(&source);
        if let Err(error) = Ledger::of(&source, &chunked) {
            return Err(TestCaseError::fail(error.to_string()));
        }
        for chunk in &chunked.chunks {
            prop_assert!(!chunk.text.is_empty());
            prop_assert!(chunk.parts.iter().all(|part| chunk.text.get(part.range.clone()).is_some()));
            prop_assert!(chunk.links.iter().all(|link| chunk.text.get(link.range.clone()).is_some()));
        }
    }
}

/// Repeats every kind of line; a step that is not linear in the length would not finish.
#[test]
fn long_texts_finish() {
    let pieces = [
        "城市治理，",
        "第一条 ",
        "第二条甲\n",
        "第一条 甲\n",
        "“城\n",
        "（一）",
        "|城|市|\n",
        "目录\n第一章 总则\n",
        "# 城\n",
        "”",
        "　",
        "**",
        "《",
        "问：城\n",
        "- 21\n",
        "一、城\n",
        "（2020年公布\n",
        "第一章 总则\n",
        "\u{200b}城",
    ];
    for piece in pieces {
        let source = source(Format::Text, &piece.repeat(1_000_000 / piece.len()));
        assert!(Ledger::of(&source, &chunk(&source)).is_ok(), "{piece:?}");
    }
}
