//! What a web page puts around its text: counters, share buttons, names of editors, links to other pages.
//!
//! Only for files that were copied from a page; a document written on purpose has none.

use super::lines::Flow;
use super::mark::is_shorter;
use super::noise::{TITLE, squeeze};
use crate::source::DropReason;

/// Drops counters, share buttons and the like above the first and below the last paragraph of a page, and lists of them inside.
pub(super) fn drop_navigation(flow: &Flow, fates: &mut [Option<DropReason>]) {
    let count = flow.lines.len();
    let prose = |index: &usize| {
        let line = flow.line(*index);
        !is_shorter(line, 30) && line.contains(['，', '。', ',', '；', '？', '！'])
    };
    let Some(first) = (0..count).find(prose) else {
        return;
    };
    let last = (0..count).rev().find(prose).unwrap_or(first);
    for index in (0..first).chain(last + 1..count) {
        if is_navigation(flow.line(index)) || is_counter(flow.line(index)) {
            fates[index] = Some(DropReason::Navigation);
        }
    }
    let mut run = first;
    for index in first..=last {
        if is_navigation(flow.line(index)) {
            continue;
        }
        if index - run >= 3 {
            fates[run..index].fill(Some(DropReason::Navigation));
        }
        run = index + 1;
    }
}

fn is_navigation(line: &str) -> bool {
    const WORDS: [&str; 44] = [
        "评论",
        "收藏",
        "点赞",
        "分享",
        "转发",
        "字号",
        "大",
        "中",
        "小",
        "打印",
        "关闭",
        "举报",
        "纠错",
        "返回",
        "返回顶部",
        "首页",
        "上一篇",
        "下一篇",
        "上一页",
        "下一页",
        "相关推荐",
        "相关阅读",
        "相关链接",
        "扫一扫",
        "分享到",
        "微信",
        "微博",
        "朋友圈",
        "登录",
        "注册",
        "无障碍",
        "关闭窗口",
        "打印本页",
        "网站地图",
        "联系我们",
        "关于我们",
        "阅读",
        "订阅",
        "关注",
        "默认",
        "放大",
        "缩小",
        "朗读",
        "听新闻",
    ];
    const HEADS: [&str; 14] = [
        "责任编辑",
        "責任編輯",
        "上一篇:",
        "下一篇:",
        "分享到",
        "字号:",
        "扫一扫",
        "浏览次数",
        "阅读量",
        "点击数",
        "【打印】",
        "[打印]",
        "【字体",
        "打印本页",
    ];
    if !is_shorter(line, TITLE) {
        return false;
    }
    let folded = squeeze(line);
    let bare = folded
        .trim_start_matches(['-', '*', '•', '·', '|', '>'])
        .trim_matches(['【', '】', '[', ']', '(', ')']);
    let words = || {
        bare.split(['|', '/', '·'])
            .all(|word| WORDS.contains(&word))
    };
    HEADS.iter().any(|head| folded.starts_with(head)) || (is_shorter(bare, 20) && words())
}

/// `- 21`, the number of comments.
fn is_counter(line: &str) -> bool {
    let bare = line.trim_start_matches(['-', '*', '•', '·', ' ']);
    line.len() <= 12 && !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit())
}
