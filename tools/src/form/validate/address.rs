//! An address as text. Its ten segments are found elsewhere.

use std::sync::LazyLock;

use regex::Regex;

use super::Invalid;
use crate::form::fold::plain;

/// What a house stands in: a road, an estate, a village (GB/T 23705 names of parts of addresses).
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "路|街|道|巷|弄|胡同|里|村|屯|庄|寨|社区|小区|苑|园|庭|城|湾|府|居|楼|大厦|广场|乡|镇",
    )
    .expect("constant")
});
/// A number with what it counts.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:[0-9A-Za-z]|[〇零一二两三四五六七八九十百甲乙丙丁东西南北])+(?:之[0-9一二三四五六七八九十]+)?(?:号|幢|栋|座|楼|单元|室|户|组|队|层)|[0-9]+(?:-[0-9]+)+|[0-9]+$").expect("constant")
});

/// 5 to 100 characters with the name of a road, estate or village and a number of a house or group (parts as in GB/T
/// 23705). Marks other than those of addresses are refused. Whether it exists is not asked.
///
/// # Errors
/// What is wrong, for the person.
pub fn address(text: &str) -> Result<String, Invalid> {
    let address = plain(text);
    let count = address.chars().count();
    let lettered = address.chars().all(|next| {
        next.is_alphanumeric()
            || matches!(
                next,
                ' ' | '-' | '(' | ')' | '#' | '·' | ',' | '、' | '~' | '.' | '/'
            )
    });
    if !lettered || !(5..=100).contains(&count) {
        return Err(Invalid::new("地址应为5至100个字，只写地址本身，请核对"));
    }
    if !PLACE.is_match(&address) {
        return Err(Invalid::new("地址里没有道路、小区或者村的名称，请补充"));
    }
    if !NUMBER.is_match(&address) {
        return Err(Invalid::new("地址里没有门牌号、楼栋号或者组号，请补充"));
    }
    Ok(address.replace(',', "，"))
}
