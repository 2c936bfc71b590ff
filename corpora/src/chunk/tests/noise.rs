//! Titles, contents, navigation, repetitions, invisible characters.

use super::*;

#[test]
fn titles() {
    check!(Format::Text, "和澜市人民政府\n关于防汛工作的通知\n\n各区人民政府：\n请做好防汛工作。", @r#"
    title 和澜市人民政府 关于防汛工作的通知
    Section  | 各区人民政府：⏎请做好防汛工作。
    x title: 和澜市人民政府
    x title: 关于防汛工作的通知
    "#);
    check!(Format::Text, "请各区人民政府做好防汛工作。\n第二段。", @r#"
    Section  | 请各区人民政府做好防汛工作。⏎第二段。
    "#);
    check!(Format::Text, "只有一行", @r#"
    Section  | 只有一行
    "#);
    check!(Format::Docx, "\n办事指南\n2025-07-18\n\n请到窗口办理。", @r#"
    title 办事指南
    Section  | 2025-07-18⏎请到窗口办理。
    x title: 办事指南
    "#);
    let text = "和澜市人民政府\n关于防汛工作的通知\n请做好防汛工作。";
    let mut source = source(Format::Pdf, text);
    source.meta.title = Some("和澜市人民政府关于防汛工作的通知".to_owned());
    let chunked = chunked(&source);
    assert_eq!(chunked.chunks.len(), 1);
    assert_eq!(chunked.chunks[0].text, "请做好防汛工作。");
}

#[test]
fn contents() {
    check!("# 条例\n\n目　录\n\n第一章 总则\n\n第二章 附则\n\n第一章 总则\n\n第一条 甲。\n\n第二章 附则\n\n第二条 乙。", @r#"
    title 条例
    Clause 第一章 总则 > 第一条 | 第一条 甲。
    Clause 第二章 附则 > 第二条 | 第二条 乙。
    x markup: # 
    x title: 条例
    x table of contents: 目　录
    x table of contents: 第一章 总则
    x table of contents: 第二章 附则
    x heading: 第一章 总则
    x heading: 第二章 附则
    "#);
    check!("# 条例\n\n## 目录\n\n- [总则](#a)\n- [附则](#b)\n\n## 总则\n\n甲。\n\n## 附则\n\n乙。", @r#"
    title 条例
    Section 总则 | 甲。
    Section 附则 | 乙。
    x markup: # 
    x title: 条例
    x markup: ## 
    x table of contents: 目录
    x table of contents: - [总则](#a)
    x table of contents: - [附则](#b)
    x markup: ## 
    x heading: 总则
    x markup: ## 
    x heading: 附则
    "#);
    check!(Format::Pdf, "条例\n目录\n第一章 总则......1\n第二章 附则......12\n为了规范管理，制定本条例。", @r#"
    title 条例
    Section  | 为了规范管理，制定本条例。
    x title: 条例
    x table of contents: 目录
    x table of contents: 第一章 总则......1
    x table of contents: 第二章 附则......12
    "#);
    // Chapters without text that come again are contents, too; a heading called 目录 with its own text is not.
    check!(Format::Text, "条例\n第一章 总则\n第二章 管理\n第三章 附则\n第一章 总则\n第一条 甲。\n第二章 管理\n第二条 乙。\n第三章 附则\n第三条 丙。", @r#"
    title 条例
    Clause 第一章 总则 > 第一条 | 第一条 甲。
    Clause 第二章 管理 > 第二条 | 第二条 乙。
    Clause 第三章 附则 > 第三条 | 第三条 丙。
    x title: 条例
    x table of contents: 第一章 总则
    x table of contents: 第二章 管理
    x table of contents: 第三章 附则
    x heading: 第一章 总则
    x heading: 第二章 管理
    x heading: 第三章 附则
    "#);
    check!("# 公共数据\n\n## 目录\n\n停车场数据\n\n公交站数据", @r#"
    title 公共数据
    Section 目录 | 停车场数据⏎公交站数据
    x markup: # 
    x title: 公共数据
    x markup: ## 
    x heading: 目录
    "#);
}

#[test]
fn navigation() {
    let body = "近日召开的会议提出，要建设便捷高效的智慧城市，用好市民服务热线等机制。";
    check!(Format::Html, &format!("首页\n- 21\n- 评论\n通知标题\n字号：大 中 小\n【纠错】\n{body}\n责任编辑：丁某\n上一篇：甲的通知\n打印本页\n21"), @r#"
    title 通知标题
    Section  | 近日召开的会议提出，要建设便捷高效的智慧城市，用好市民服务热线等机制。
    x navigation: 首页
    x navigation: - 21
    x navigation: - 评论
    x title: 通知标题
    x navigation: 字号：大 中 小
    x navigation: 【纠错】
    x navigation: 责任编辑：丁某
    x navigation: 上一篇：甲的通知
    x navigation: 打印本页
    x navigation: 21
    "#);
    check!(Format::Text, &format!("标题\n{body}\n分享\n收藏\n点赞\n{body}末。\n收藏"), @r#"
    title 标题
    Section  | 近日召开的会议提出，要建设便捷高效的智慧城市，用好市民服务热线等机制。⏎近日召开的会议提出，要建设便捷高效的智慧城市，用好市民服务热线等机制。末。
    x title: 标题
    x navigation: 分享
    x navigation: 收藏
    x navigation: 点赞
    x navigation: 收藏
    "#);
    // Markdown is written on purpose, and a page without text is left alone.
    check!(&format!("# 标题\n\n- 收藏\n\n{body}"), @r#"
    title 标题
    Section  | - 收藏⏎近日召开的会议提出，要建设便捷高效的智慧城市，用好市民服务热线等机制。
    x markup: # 
    x title: 标题
    "#);
    check!(Format::Text, "收藏\n评论", @r#"
    title 收藏
    Section  | 评论
    x title: 收藏
    "#);
}

#[test]
fn repetitions() {
    let first = "智慧城市建设是运用新一代信息技术为城市赋能、提升治理和服务效能的关键举措，要始终回应群众的关切，高效解决群众急难愁盼的问题，让人民生活更美好。";
    let text = format!(
        "一篇文章\n\n理念\n{first}\n另一段，不长。\n\n理念\n{first}\n另一段，不长。\n结尾。"
    );
    check!(Format::Text, &text, @r#"
    title 一篇文章
    Section  | 理念⏎智慧城市建设是运用新一代信息技术为城市赋能、提升治理和服务效能的关键举措，要始终回应群众的关切，高效解决群众急难愁盼的问题，让人民生活更美好。⏎另一段，不长。⏎结尾。
    x title: 一篇文章
    x duplicate: 理念
    x duplicate: 智慧城市建设是运用新一代信息技术为城市赋能、提升治理和服务效能的关键举措，要始终回应群众的关切，高效解决群众急难愁盼的问题，让人民生活更美好。
    x duplicate: 另一段，不长。
    "#);
    // Sections of a guide may repeat each other.
    let text = format!("# 指南\n\n## 甲\n\n{first}\n\n## 乙\n\n{first}");
    assert_eq!(chunked(&source(Format::Markdown, &text)).chunks.len(), 2);
}

#[test]
fn invisible_characters_split_spans() {
    let source = source(Format::Text, "第一条 城\u{200b}市\u{0}管理。");
    let chunked = chunked(&source);
    assert_eq!(chunked.chunks[0].text, "第一条 城市管理。");
    assert_eq!(chunked.chunks[0].spans, [0..13, 16..19, 20..29]);
}

#[test]
fn ranges_dropped_by_the_reader_are_respected() {
    let mut source = source(Format::Pdf, "第一条 甲的规定\n- 1 -\n继续。");
    source.dropped.push(Dropped {
        range: 22..29,
        reason: DropReason::PageNumber,
    });
    let chunked = chunked(&source);
    assert_eq!(chunked.chunks[0].text, "第一条 甲的规定\n继续。");
    assert!(chunked.dropped.contains(&Dropped {
        range: 22..29,
        reason: DropReason::PageNumber
    }));
}
