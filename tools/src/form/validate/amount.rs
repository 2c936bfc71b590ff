//! Money and counts.

use std::sync::LazyLock;

use regex::Regex;

use super::Invalid;
use crate::form::fold::dense;
use crate::form::number::{ONE, figure, read};

/// Money in fen, a hundredth of a yuan; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    /// Fen.
    pub fen: i64,
}

/// Most that is taken: a trillion yuan.
const MOST: i64 = 100_000_000_000_000;

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:人民币|RMB|rmb|¥)?([^元块圆角毛分整正钱]+)(?:(?:元|块|圆)钱?(?:([0-9零一二两三四五六七八九壹贰叁肆伍陆柒捌玖])[角毛]?)?(?:([0-9一二两三四五六七八九壹贰叁肆伍陆柒捌玖])分)?)?[整正]?(?:人民币)?$").expect("constant")
});
/// Words that make a number a guess.
static ABOUT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("大约|大概|左右|上下|差不多|多元|多块|多$|几").expect("constant"));

/// `35000`, `12,000.50`, `3.5万元`, 三万五千, 叁万伍仟元整, 三十六块五: exact to the fen. A number said to be about right
/// is refused: an application needs the number itself.
///
/// # Errors
/// What is wrong, for the person.
pub fn amount(text: &str) -> Result<Amount, Invalid> {
    let text = dense(text);
    if ABOUT.is_match(&text) {
        return Err(Invalid::new("请填写准确的金额，不要写“左右”“多”这样的约数"));
    }
    parsed(&text)
        .filter(|amount| amount.fen <= MOST)
        .ok_or_else(|| Invalid::new("没有读懂这个金额，请写数字和单位，如“35000元”或者“3.5万元”"))
}

fn parsed(text: &str) -> Option<Amount> {
    let found = AMOUNT.captures(text)?;
    let part = |at: usize| match found.get(at) {
        Some(next) => {
            let next = next.as_str().chars().next()?;
            i64::from(next.to_digit(10).or_else(|| figure(next))?).into()
        }
        None => Some(0),
    };
    let yuan = read(&found[1])?;
    let unit = ONE / 100;
    if yuan % unit != 0 {
        return None;
    }
    let fen = i64::try_from(yuan / unit).ok()?;
    let parts = part(2)? * 10 + part(3)?;
    // 3.5元5角 counts the tenths twice.
    (parts == 0 || fen % 100 == 0).then_some(Amount { fen: fen + parts })
}

/// A whole number in figures or Chinese numerals, with or without what it counts (3个, 两口人, 十五年). Not negative.
///
/// # Errors
/// What is wrong, for the person.
pub fn integer(text: &str) -> Result<i64, Invalid> {
    let text = dense(text);
    let invalid = || Invalid::new("没有读懂这个数，请写一个整数，如“3”");
    if ABOUT.is_match(&text) {
        return Err(Invalid::new("请填写准确的数，不要写“左右”“多”这样的约数"));
    }
    let counted = [
        '个', '口', '人', '名', '位', '年', '月', '天', '日', '岁', '次', '周', '套', '间', '辆',
        '份', '户', '件', '平', '方', '米', '只', '条', '台', '张', '处',
    ];
    let number = text.trim_end_matches(counted);
    let value = read(number).ok_or_else(invalid)?;
    if value % ONE != 0 {
        return Err(Invalid::new("这里应为整数，请核对"));
    }
    i64::try_from(value / ONE).map_err(|_| invalid())
}
