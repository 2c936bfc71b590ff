//! 统一社会信用代码.

use super::Invalid;
use crate::form::fold::compact;

/// The characters and their values: figures, and letters without I, O, S, V and Z (GB 32100-2015, table 2).
const CHARACTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 登记管理部门代码 (GB 32100-2015, table 1).
const DEPARTMENTS: &str = "123456789ANY";

/// GB 32100-2015: eighteen characters, a registering department, six figures of region, and the check character with the
/// weights 3 to the power of the place, modulo 31.
///
/// # Errors
/// What is wrong, for the person.
pub fn credit_code(text: &str) -> Result<String, Invalid> {
    let code = compact(text).to_ascii_uppercase();
    let count = code.chars().count();
    if count != 18 {
        return Err(Invalid::new(format!(
            "统一社会信用代码应为18位，这里有{count}位，请核对后重新填写"
        )));
    }
    let values: Option<Vec<usize>> = code.chars().map(|next| CHARACTERS.find(next)).collect();
    let Some(values) = values else {
        return Err(Invalid::new(
            "统一社会信用代码只含数字和大写字母（不含I、O、S、V、Z），请核对",
        ));
    };
    let shaped = code.starts_with(|first| DEPARTMENTS.contains(first))
        && values[2..8].iter().all(|value| *value < 10);
    if !shaped || check(&values[..17]) != values[17] {
        return Err(Invalid::new(
            "统一社会信用代码校验不符，请对照营业执照逐位核对",
        ));
    }
    Ok(code)
}

fn check(values: &[usize]) -> usize {
    let (sum, _) = values.iter().fold((0, 1), |(sum, weight), value| {
        (sum + value * weight, weight * 3 % 31)
    });
    (31 - sum % 31) % 31
}
