//! 居民身份证号码, 公民身份号码.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Invalid, figures};
use crate::form::fold::compact;

/// Weights of the first seventeen figures (GB 11643-1999, 2 to the power of the place, modulo 11).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by remainder.
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// 男 or 女, as the seventeenth figure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男: odd.
    Male,
    /// 女: even.
    Female,
}

impl Sex {
    /// 男 or 女.
    pub fn name(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// A number and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Eighteen characters, the last a figure or `X`.
    pub number: String,
    /// Figures 7 to 14.
    pub birth: Date,
    /// By figure 17.
    pub sex: Sex,
}

/// GB 11643-1999: eighteen characters, a day of birth that exists and is not after `today`, the check character of
/// ISO 7064 MOD 11-2. The region code is not looked up: old codes stay in use. Blanks, hyphens and full-width forms are
/// folded, `x` is raised.
///
/// # Errors
/// What is wrong, for the person.
pub fn identity(text: &str, today: Date) -> Result<Identity, Invalid> {
    let number = compact(text).to_ascii_uppercase().replace('×', "X");
    let count = number.chars().count();
    if count == 15 && figures(&number).is_some() {
        return Err(Invalid::new("15位的旧身份证号码已停止使用，请填写18位号码"));
    }
    if count != 18 {
        return Err(Invalid::new(format!(
            "身份证号码应为18位，这里有{count}位，请核对后重新填写"
        )));
    }
    let malformed = || Invalid::new("身份证号码前17位应为数字，最后一位是数字或X，请核对");
    let last = number.chars().last().ok_or_else(malformed)?;
    let Some((digits, true)) = number
        .get(..17)
        .and_then(figures)
        .map(|digits| (digits, last.is_ascii_digit() || last == 'X'))
    else {
        return Err(malformed());
    };
    let birth = birth(&digits)
        .ok_or_else(|| Invalid::new("身份证号码第7至14位不是有效的出生日期，请核对"))?;
    if birth > today {
        return Err(Invalid::new("身份证号码中的出生日期晚于今天，请核对"));
    }
    if identity_check(&digits) != last {
        return Err(Invalid::new("身份证号码最后一位校验不符，请逐位核对"));
    }
    let sex = if digits[16].is_multiple_of(2) {
        Sex::Female
    } else {
        Sex::Male
    };
    Ok(Identity { number, birth, sex })
}

fn birth(digits: &[u32]) -> Option<Date> {
    let number = |from: usize, to: usize| {
        let figures = &digits[from..to];
        i16::try_from(figures.iter().fold(0, |sum, next| sum * 10 + next)).ok()
    };
    let month = i8::try_from(number(10, 12)?).ok()?;
    let day = i8::try_from(number(12, 14)?).ok()?;
    let year = number(6, 10).filter(|year| *year >= 1850)?;
    Date::new(year, month, day).ok()
}

/// The check character of the first seventeen figures (ISO 7064, MOD 11-2); further figures do not count.
pub fn identity_check(digits: &[u32]) -> char {
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(next, weight)| next * weight)
        .sum();
    CHECKS[sum as usize % CHECKS.len()]
}
