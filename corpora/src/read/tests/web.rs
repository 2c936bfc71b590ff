//! Web pages as offices publish them.

use encoding_rs::GB18030;
use insta::assert_snapshot;

use super::{dropped, good, shown};
use crate::source::DropReason;

const ARTICLE: &str = "为了加强住房公积金管理，维护所有者的合法权益，促进城镇住房建设，提高城镇居民的居住水平，根据有关法律、法规，结合本市实际，现就有关事项通知如下。";

#[test]
fn the_main_text_is_content_and_the_rest_is_listed() {
    let page = format!(
        r#"<!DOCTYPE html><html><head><meta charset="utf-8"><title>关于提取住房公积金的通知_和澜市人民政府</title>
        <meta name="PubDate" content="2024-05-01 10:30"><meta name="ContentSource" content="市公积金中心"><style>p{{}}</style></head><body>
        <header>和澜市人民政府</header><nav><ul><li><a href="/">首页</a></li><li><a href="/a">政务公开</a></li></ul></nav>
        <div class="breadcrumb">首页 &gt; 通知</div>
        <div class="wrap"><div class="text"><h1>关于提取住房公积金的通知</h1><p>　　{ARTICLE}</p>
        <h2>一、提取条件</h2><p>职工有下列情形之一的，可以提取：<br>（一）购买自住住房的；<br>（二）离休、退休的。</p>
        <table><caption>时限</caption><tr><th>事项</th><th>时限</th></tr><tr><td>购房<br>提取</td><td>3&nbsp;日</td></tr><tr><td colspan="2">其他|另行通知</td></tr></table>
        <ol start="2"><li>身份证</li><li>申请表</li></ol><p style="display: none">隐藏</p><p>{ARTICLE}</p>
        <div class="share"><span>分享到</span><button>打印</button></div></div></div>
        <script>var a = "<p>脚本</p>";</script><footer><p>版权所有 和澜市人民政府 备案号 123</p></footer></body></html>"#
    );
    let source = good("a.html", page.as_bytes());
    assert_eq!(
        source.meta.title.as_deref(),
        Some("关于提取住房公积金的通知")
    );
    assert_eq!(
        source.meta.version_date,
        Some(jiff::civil::date(2024, 5, 1))
    );
    assert_eq!(source.meta.source.as_deref(), Some("市公积金中心"));
    assert_snapshot!(shown(&source).replace(ARTICLE, "……"), @r"
    <navigation: 和澜市人民政府>
    <navigation: 首页>
    <navigation: 政务公开>
    <navigation: 首页 > 通知>
    # 关于提取住房公积金的通知
    ……
    ## 一、提取条件
    职工有下列情形之一的，可以提取：
    （一）购买自住住房的；
    （二）离休、退休的。
    时限
    | 事项 | 时限 |
    | --- | --- |
    | 购房 提取 | 3 日 |
    | 其他\|另行通知 |  |
    2. 身份证
    3. 申请表
    ……
    <navigation: 分享到>
    <navigation: 打印>
    <navigation: 版权所有 和澜市人民政府 备案号 123>
    ");
}

#[test]
fn nothing_visible_vanishes_from_a_short_page() {
    let source = good("a.htm", "<body><div>办理地点：一楼</div><div><p>电话 12345</p><a href=x>返回</a></div>裸文字</body>".as_bytes());
    assert_snapshot!(shown(&source), @r"
    办理地点：一楼
    电话 12345
    返回
    裸文字
    ");
    assert!(source.dropped.is_empty());
}

#[test]
fn a_sentence_outside_the_main_part_is_kept() {
    let long = format!("<p>{ARTICLE}</p>").repeat(8);
    let page = format!(
        "<body><div id=a>{long}</div><div id=b><h3>附则</h3><p>{}</p><p>上一篇</p></div></body>",
        "本通知自二〇二四年六月一日起施行，有效期五年，原通知同时废止，由市公积金中心负责解释。"
    );
    let source = good("a.html", page.as_bytes());
    assert!(
        dropped(&source, DropReason::Navigation).contains(&"上一篇"),
        "{}",
        shown(&source)
    );
    let lost = dropped(&source, DropReason::Navigation).concat();
    assert!(
        !lost.contains("附则") && !lost.contains("有效期五年"),
        "{lost}"
    );
}

#[test]
fn the_character_set_of_the_page_is_used() {
    let page = "<html><head><META http-equiv=Content-Type content='text/html; charset=gb2312'><title>通知</title></head><body><p>居民㐀镕</p></body></html>";
    let source = good("a.html", &GB18030.encode(page).0);
    assert_eq!(
        (source.encoding.as_str(), source.text.as_str()),
        ("gb18030", "居民㐀镕\n")
    );
    let wrong = page.replace("gb2312", "utf-8");
    assert_eq!(
        good("a.html", &GB18030.encode(&wrong).0).encoding,
        "gb18030"
    );
}

#[test]
fn layout_tables_are_not_tables() {
    let source = good("a.html", "<table><tr><td><p>左栏。</p></td><td><table><tr><td>一</td><td>二</td></tr><tr><td>三</td><td>四</td></tr></table></td></tr></table>".as_bytes());
    assert_snapshot!(shown(&source), @r"
    左栏。
    | 一 | 二 |
    | --- | --- |
    | 三 | 四 |
    ");
}

#[test]
fn line_ends_of_the_file_do_not_cut_words() {
    let source = good(
        "a.html",
        "<p>云上\n   民主村 and\n more</p><pre>第一行\n第二行</pre>".as_bytes(),
    );
    assert_snapshot!(shown(&source), @r"
    云上民主村 and more
    第一行
    第二行
    ");
}
