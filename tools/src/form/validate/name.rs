//! 姓名.

use super::Invalid;
use crate::form::fold::plain;

/// Words that stand in no name but in orders to a program or in decisions of an office.
const ORDERS: [&str; 28] = [
    "忽略",
    "规则",
    "提交",
    "指令",
    "系统",
    "审核",
    "审批",
    "批准",
    "通过",
    "默认",
    "执行",
    "提示",
    "以上",
    "以下",
    "之前",
    "管理员",
    "取消",
    "跳过",
    "不知道",
    "不清楚",
    "确认",
    "删除",
    "姓名",
    "名字",
    "身份证",
    "手机",
    "电话",
    "号码",
];

/// Longest name without a `·`; longer ones are transcribed and have one.
const LONGEST_WITHOUT_POINT: usize = 6;

/// 2 to 20 Chinese characters (《居民身份证法》第四条: in the standard characters), with `·` (U+00B7) between the parts of a
/// name transcribed from another language. No standard fixes a length: the bounds are ours, as is that more than six
/// characters need the `·`. Blanks are left out. Words that give orders to a program are in no name.
///
/// # Errors
/// What is wrong, for the person.
pub fn name(text: &str) -> Result<String, Invalid> {
    let name: String = plain(text)
        .chars()
        .filter(|next| !next.is_whitespace())
        .collect();
    let count = name.chars().count();
    let parts: Vec<&str> = name.split('·').collect();
    let formed = parts.iter().all(|part| !part.is_empty())
        && name.chars().all(is_name_character)
        && (2..=20).contains(&count);
    if !formed {
        return Err(Invalid::new(
            "姓名应为2至20个汉字，少数民族姓名各部分之间用“·”，请核对",
        ));
    }
    let ordered = ORDERS.iter().any(|word| name.contains(word));
    if ordered || (parts.len() == 1 && count > LONGEST_WITHOUT_POINT) {
        return Err(Invalid::new("这不像是姓名，请只写姓名本身"));
    }
    Ok(name)
}

/// A Chinese character or the point between the parts of a name.
pub(in crate::form) fn is_name_character(next: char) -> bool {
    matches!(next, '·' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}
