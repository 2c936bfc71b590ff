//! 机动车号牌.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Invalid;
use crate::form::fold::{Folded, compact};

/// GA 36-2018: the province, the issuing authority, then five characters, or six for 新能源; no I and no O.
const SHAPE: &str = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][ ·.-]?(?:[A-HJ-Ka-hj-k][A-HJ-NP-Za-hj-np-z0-9][0-9]{4}|[0-9]{5}[A-HJ-Ka-hj-k]|[A-HJ-NP-Za-hj-np-z0-9]{4}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳领使])";

static EXACT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("^(?:{SHAPE})$")).expect("constant"));
static WITHIN: LazyLock<Regex> = LazyLock::new(|| Regex::new(SHAPE).expect("constant"));

/// GA 36-2018: `京A12345`, `京AD12345` (新能源), `京A1234挂`; the point and blanks are left out.
///
/// # Errors
/// What is wrong, for the person.
pub fn plate(text: &str) -> Result<String, Invalid> {
    let plate = compact(text).replace(['·', '.'], "").to_ascii_uppercase();
    let numbered = plate.chars().any(|next| next.is_ascii_digit());
    if !numbered || !EXACT.is_match(&plate) {
        return Err(Invalid::new(
            "车牌号应为省份简称、字母和5位（新能源6位）字符，如“京A12345”，请核对",
        ));
    }
    Ok(plate)
}

/// Plates in running text.
pub(in crate::form) fn plates(text: &Folded, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = text.matches(&WITHIN, range);
    found.retain(|found| {
        !text
            .chars
            .get(found.end)
            .is_some_and(char::is_ascii_alphanumeric)
            && plate(text.slice(found.clone())).is_ok()
    });
    found
}
