//! Documents without articles: headings, paragraphs, questions, tables.

use super::*;

#[test]
fn markdown_headings() {
    check!("# 办事指南\n\n## 办理条件\n\n年满60周岁。\n\n### 例外\n\n无。\n\n## 申请材料：\n\n- 身份证\n- 户口簿\n\n## 收费标准", @r#"
    title 办事指南
    Section 办理条件 | 年满60周岁。
    Section 办理条件 > 例外 | 无。
    Section 申请材料 | - 身份证⏎- 户口簿
    Section  | 收费标准
    x markup: # 
    x title: 办事指南
    x markup: ## 
    x heading: 办理条件
    x markup: ### 
    x heading: 例外
    x markup: ## 
    x heading: 申请材料：
    x markup: ##
    "#);
    // A first heading that is not the stated title stays a heading.
    check!("---\ntitle: 新生儿落户办事指南\n---\n\n# 新生儿落户\n\n带证件办理。", @r#"
    title 新生儿落户办事指南
    Section 新生儿落户 | 带证件办理。
    x front matter: ---⏎title: 新生儿落户办事指南⏎---⏎
    x markup: # 
    x heading: 新生儿落户
    "#);
    check!("---\ntitle: 新生儿落户办事指南\n---\n\n#  新生儿 落户办事指南 \n\n带**证件**办理。\n\n---\n\n电话138****1234。", @r#"
    title 新生儿落户办事指南
    Section  | 带证件办理。⏎电话138****1234。
    x front matter: ---⏎title: 新生儿落户办事指南⏎---⏎
    x markup: #  
    x title: 新生儿 落户办事指南
    x markup: **
    x markup: **
    x markup: ---
    "#);
}

#[test]
fn administrative_headings() {
    check!(Format::Text, "关于调整标准的通知\n各区人民政府：\n一、调整范围\n本市居民。\n二、调整标准：\n（一）提高幅度\n每月提高50元。\n（二）执行时间\n2025年1月1日。\n三、其他事项。以前的规定废止。", @r#"
    title 关于调整标准的通知
    Section  | 各区人民政府：
    Section 一、调整范围 | 本市居民。
    Section 二、调整标准 > （一）提高幅度 | 每月提高50元。
    Section 二、调整标准 > （二）执行时间 | 2025年1月1日。
    Section 三、其他事项 | 三、其他事项。以前的规定废止。
    x title: 关于调整标准的通知
    x heading: 一、调整范围
    x heading: 二、调整标准：
    x heading: （一）提高幅度
    x heading: （二）执行时间
    "#);
    // Items that follow each other are a list, not headings.
    check!(Format::Text, "申请材料清单如下列所示，请备齐以后到窗口办理。\n1. 身份证\n2. 户口簿\n3. 照片\n办理时间为工作日。", @r#"
    Section  | 申请材料清单如下列所示，请备齐以后到窗口办理。⏎1. 身份证⏎2. 户口簿⏎3. 照片⏎办理时间为工作日。
    "#);
    check!("## 一、最高额度\n\n一、二级响应由市启动。\n\n## 二、期限\n\n1.5倍以内。", @r#"
    Section 一、最高额度 | 一、二级响应由市启动。
    Section 二、期限 | 1.5倍以内。
    x markup: ## 
    x heading: 一、最高额度
    x markup: ## 
    x heading: 二、期限
    "#);
}

#[test]
fn bold_headings() {
    check!("# 指南\n\n**办理条件：**\n\n年满60周岁。\n\n**办理时限**\n\n**三个**工作日。", @r#"
    title 指南
    Section 办理条件 | 年满60周岁。
    Section 办理时限 | 三个工作日。
    x markup: # 
    x title: 指南
    x markup: **
    x heading: 办理条件：
    x markup: **
    x markup: **
    x heading: 办理时限
    x markup: **
    x markup: **
    x markup: **
    "#);
}

#[test]
fn questions_stay_with_answers() {
    let answer = "可以办理，需要提交身份证明材料。".repeat(20);
    let text = format!(
        "# 问答\n\n问：能否代办？\n\n答：{answer}\n\n请带证件。\n\nQ2：收费吗？\n\nA2：不收费。{answer}"
    );
    let chunked = chunked(&source(Format::Markdown, &text));
    let heads: Vec<String> = chunked
        .chunks
        .iter()
        .map(|chunk| chunk.text.chars().take(6).collect())
        .collect();
    assert_eq!(heads, ["问：能否代办", "Q2：收费吗"]);
    assert!(chunked.chunks[0].text.ends_with("请带证件。"));
}

#[test]
fn long_sections_are_packed() {
    let sentence = "各单位应当按照职责分工，做好有关的工作。";
    let paragraphs: Vec<String> = (1..20)
        .map(|count| sentence.repeat(count % 6 + 1))
        .collect();
    let texts = [
        paragraphs.join("\n\n"),
        sentence.repeat(100),
        "没有标点的长文".repeat(200),
        "“好！”".repeat(300),
    ];
    let lengths: Vec<Vec<usize>> = texts
        .iter()
        .map(|text| {
            let chunked = chunked(&source(
                Format::Markdown,
                &format!("# 标题\n\n## 要求\n\n{text}"),
            ));
            assert!(chunked.chunks.iter().all(|chunk| chunk.path == ["要求"]));
            chunked
                .chunks
                .iter()
                .map(|chunk| chunk.text.chars().count())
                .collect()
        })
        .collect();
    insta::assert_snapshot!(format!("{lengths:?}"), @r#"
    [[466, 486, 364], [500, 500, 500, 500], [500, 500, 400], [400, 400, 400]]
    "#);
    let chunked = chunked(&source(
        Format::Markdown,
        &format!("# 标题\n\n{}", texts[3]),
    ));
    assert!(
        chunked
            .chunks
            .iter()
            .all(|chunk| chunk.text.ends_with("！”"))
    );
}

#[test]
fn tables() {
    check!("# 指南\n\n## 申请材料\n\n请准备。\n\n材料如下：\n\n| 序号 | 材料 |\n| --- | :---: |\n| 1 | 身份证 |\n| 2 | 户口簿 |\n\n以上为原件。", @r#"
    title 指南
    Section 申请材料 | 请准备。
    Table 申请材料 | 材料如下：⏎| 序号 | 材料 |⏎| 1 | 身份证 |⏎| 2 | 户口簿 |
    Section 申请材料 | 以上为原件。
    x markup: # 
    x title: 指南
    x markup: ## 
    x heading: 申请材料
    x markup: | --- | :---: |
    "#);
    check!("# 指南\n\n名称 | 电话\n--- | ---\n甲 | 12345\n\n说明：a|b", @r#"
    title 指南
    Table  | 名称 | 电话⏎甲 | 12345
    Section  | 说明：a|b
    x markup: # 
    x title: 指南
    x markup: --- | ---
    "#);
    let row = |number: usize| format!("| {number} | {} |\n", "说明文字".repeat(25));
    let rows: String = (0..40).map(row).collect();
    let chunked = chunked(&source(
        Format::Markdown,
        &format!("# 表\n\n## 清单\n\n如下：\n\n| 序号 | 内容 |\n|---|---|\n{rows}"),
    ));
    let paths: Vec<String> = chunked
        .chunks
        .iter()
        .map(|chunk| chunk.path.join(" > "))
        .collect();
    assert_eq!(paths, ["清单", "清单 > 表头：序号 | 内容"]);
    assert!(
        chunked
            .chunks
            .iter()
            .all(|chunk| chunk.kind == ChunkKind::Table)
    );
}

#[test]
fn rows_of_a_workbook() {
    check!(Format::Xlsx, "## 收费标准\n\n项目：停车；金额：5；单位：元\n项目：供水；金额：2.8；单位：元\n\n## 目录\n\n名称：停车场", @r#"
    Table 收费标准 | 项目：停车；金额：5；单位：元
    Table 收费标准 | 项目：供水；金额：2.8；单位：元
    Table 目录 | 名称：停车场
    x markup: ## 
    x heading: 收费标准
    x markup: ## 
    x heading: 目录
    "#);
}

#[test]
fn headings_without_text_are_kept() {
    check!("# 指南\n\n## 一、收费\n\n## 二、电话\n\n12345。\n\n## 三、附注", @r#"
    title 指南
    Section  | 一、收费
    Section 二、电话 | 12345。
    Section  | 三、附注
    x markup: # 
    x title: 指南
    x markup: ## 
    x markup: ## 
    x heading: 二、电话
    x markup: ##
    "#);
    check!(Format::Text, "附件：", @r#"
    Section  | 附件：
    "#);
    check!("", @"");
    check!("\n \n　\n", @"");
}
