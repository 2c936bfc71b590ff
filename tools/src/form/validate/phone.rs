//! Telephone numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::Invalid;
use crate::form::fold::compact;

static MOBILE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(?:\+?86|0086)?(1[3-9][0-9]{9})$").expect("constant"));
static LANDLINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(010|02[0-9]|0[3-9][0-9]{2})([2-9][0-9]{6,7})$").expect("constant")
});

/// 手机号: eleven figures that begin with 13 to 19 (《电信网编号计划》 2017), with or without the country code 86.
///
/// # Errors
/// What is wrong, for the person.
pub fn mobile(text: &str) -> Result<String, Invalid> {
    let number = without_marks(text);
    if let Some(found) = MOBILE.captures(&number) {
        return Ok(found[1].to_owned());
    }
    let count = number.chars().count();
    Err(Invalid::new(if number.len() != count || count != 11 {
        format!("手机号应为11位数字，这里有{count}位，请核对后重新填写")
    } else {
        "手机号应为13至19开头的11位数字，请核对".to_owned()
    }))
}

/// 联系电话: a landline with its area code (`0599-6001015`, 《电信网编号计划》 2017) or a mobile number.
///
/// # Errors
/// What is wrong, for the person.
pub fn phone(text: &str) -> Result<String, Invalid> {
    let number = without_marks(text);
    if let Some(found) = LANDLINE.captures(&number) {
        return Ok(format!("{}-{}", &found[1], &found[2]));
    }
    mobile(&number).map_err(|_| {
        Invalid::new("电话应为带区号的固定电话（如0599-6001015）或者11位手机号，请核对")
    })
}

/// Without brackets and points, in which area codes and groups are put.
fn without_marks(text: &str) -> String {
    compact(text).replace(['(', ')', '.', '·'], "")
}
