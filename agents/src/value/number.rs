//! Numbers as people write them in Chinese offices, read exactly: no floating point.

use std::fmt;

/// A rational number in lowest terms; the denominator is positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// `None` for a zero denominator.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let (mut divisor, mut rest) = (numerator.checked_abs()?, denominator);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        let divisor = divisor.max(1);
        Some(Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        })
    }

    /// A whole number.
    pub fn whole(number: i128) -> Self {
        Self {
            numerator: number,
            denominator: 1,
        }
    }

    /// The whole number that this is, if it is one.
    pub fn as_whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// Its sign is that of the number.
    pub(crate) fn numerator(self) -> i128 {
        self.numerator
    }

    /// `None` when the product does not fit.
    pub fn times(self, other: Self) -> Option<Self> {
        Self::new(
            self.numerator.checked_mul(other.numerator)?,
            self.denominator.checked_mul(other.denominator)?,
        )
    }

    /// `None` when the sum does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(
            left.checked_add(right)?,
            self.denominator.checked_mul(other.denominator)?,
        )
    }

    /// `None` when divided by zero or when the quotient does not fit.
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.denominator, other.numerator)?)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(formatter, "{}", self.numerator),
            denominator => write!(formatter, "{}/{denominator}", self.numerator),
        }
    }
}

/// How a number was written; some forms are numbers only before a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `15`, `2,000`, `0.2万`.
    Arabic,
    /// `十五`, `三万五千`, `一点五`.
    Placed,
    /// One Chinese digit: `三`.
    Digit,
    /// Chinese digits in a row: `二〇二四`, but also `三五` (three to five).
    Row,
}

/// A number found in folded text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    pub(crate) amount: Ratio,
    pub(crate) end: usize,
    pub(crate) form: Form,
    /// The 万 or 亿 at its end, which the first number of `2至5万元` shares.
    pub(crate) scale: Option<i128>,
}

/// The number that begins exactly at `at`.
pub(crate) fn number(chars: &[char], at: usize) -> Option<Number> {
    match chars.get(at)? {
        '0'..='9' => arabic(chars, at),
        character if digit(*character).is_some() || ten(*character).is_some() => chinese(chars, at),
        _ => None,
    }
}

/// The value of a Chinese digit, in everyday and financial writing.
pub(crate) fn digit(character: char) -> Option<i128> {
    Some(match character {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' | '兩' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn ten(character: char) -> Option<i128> {
    Some(match character {
        '十' | '拾' => 10,
        '廿' => 20,
        '卅' => 30,
        _ => return None,
    })
}

fn place(character: char) -> Option<i128> {
    Some(match character {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}

fn arabic(chars: &[char], at: usize) -> Option<Number> {
    let (mut amount, mut end) = decimal(chars, at)?;
    let mut scale = None;
    while let Some((factor, after)) = scales(chars, end) {
        amount = amount.times(Ratio::whole(factor))?;
        (end, scale) = (after, Some(factor));
        // `1亿2000万`, `3万5千`: a smaller part may follow.
        let Some((part, part_end)) = decimal(chars, end) else {
            break;
        };
        let Some((smaller, after)) =
            scales(chars, part_end).filter(|(smaller, _)| *smaller < factor)
        else {
            break;
        };
        amount = amount.plus(part.times(Ratio::whole(smaller))?)?;
        end = after;
    }
    Some(Number {
        amount,
        end,
        form: Form::Arabic,
        scale,
    })
}

/// 百, 千, 万, 亿 and 百万 after figures, unless they begin a unit (千克, 千米, 百分点).
fn scales(chars: &[char], at: usize) -> Option<(i128, usize)> {
    let (mut factor, mut end) = (1_i128, at);
    while let Some(next) = chars.get(end).and_then(|character| place(*character)) {
        let unit = chars.get(end + 1).is_some_and(|after| match next {
            1_000 => matches!(after, '克' | '米' | '瓦' | '伏' | '帕' | '卡' | '焦' | '字'),
            100 | 10_000 => matches!(after, '分' | '一'),
            _ => false,
        });
        if unit || (factor > 1 && next < factor && next < 10_000) {
            break;
        }
        factor = factor.checked_mul(next)?;
        end += 1;
    }
    (end > at).then_some((factor, end))
}

fn decimal(chars: &[char], at: usize) -> Option<(Ratio, usize)> {
    let run = |from: usize| {
        chars[from.min(chars.len())..]
            .iter()
            .take_while(|next| next.is_ascii_digit())
            .count()
    };
    let mut figures: String = chars[at..at + run(at)].iter().collect();
    if figures.is_empty() || figures.len() > 30 {
        return None;
    }
    let mut end = at + figures.len();
    // A comma joins only true groups of three, so that a list of numbers stays a list.
    if figures.len() <= 3 {
        while chars.get(end) == Some(&',') && run(end + 1) == 3 && figures.len() < 27 {
            figures.extend(&chars[end + 1..end + 4]);
            end += 4;
        }
    }
    let mut denominator = 1_i128;
    if chars.get(end) == Some(&'.') {
        let fraction = run(end + 1);
        // `1.2.3` is the number of a heading or a date, not a decimal.
        let dotted = chars.get(end + 1 + fraction) == Some(&'.') && run(end + 2 + fraction) > 0;
        if (1..=9).contains(&fraction) && !dotted {
            figures.extend(&chars[end + 1..=end + fraction]);
            denominator = 10_i128.pow(u32::try_from(fraction).ok()?);
            end += 1 + fraction;
        }
    }
    Some((Ratio::new(figures.parse().ok()?, denominator)?, end))
}

fn chinese(chars: &[char], at: usize) -> Option<Number> {
    let row = chars[at..]
        .iter()
        .take_while(|next| digit(**next).is_some())
        .count();
    let after = chars.get(at + row);
    if row >= 2 && after.is_none_or(|next| place(*next).is_none()) {
        let mut amount = 0_i128;
        for next in &chars[at..at + row.min(30)] {
            amount = amount * 10 + digit(*next)?;
        }
        return Some(Number {
            amount: Ratio::whole(amount),
            end: at + row,
            form: Form::Row,
            scale: None,
        });
    }
    let Counted {
        whole,
        mut end,
        form,
        scale,
    } = counted(chars, at)?;
    let mut amount = Ratio::whole(whole);
    if chars.get(end) == Some(&'点') {
        let figures = chars[end + 1..]
            .iter()
            .take_while(|next| digit(**next).is_some())
            .count();
        let clock = chars
            .get(end + 1 + figures)
            .is_some_and(|next| matches!(next, '十' | '分' | '刻'));
        if (1..=9).contains(&figures) && !clock {
            let mut fraction = 0_i128;
            for next in &chars[end + 1..=end + figures] {
                fraction = fraction * 10 + digit(*next)?;
            }
            amount = amount.plus(Ratio::new(
                fraction,
                10_i128.pow(u32::try_from(figures).ok()?),
            )?)?;
            end += 1 + figures;
            if let Some((factor, after)) = scales(chars, end) {
                return Some(Number {
                    amount: amount.times(Ratio::whole(factor))?,
                    end: after,
                    form: Form::Placed,
                    scale: Some(factor),
                });
            }
            return Some(Number {
                amount,
                end,
                form: Form::Placed,
                scale: None,
            });
        }
    }
    Some(Number {
        amount,
        end,
        form,
        scale,
    })
}

struct Counted {
    whole: i128,
    end: usize,
    form: Form,
    scale: Option<i128>,
}

/// Digits with 十百千万亿; stops before a character that cannot go on (`二十三四`).
fn counted(chars: &[char], at: usize) -> Option<Counted> {
    let (mut total, mut section, mut pending) = (0_i128, 0_i128, None::<i128>);
    let (mut last, mut zero, mut end) = (i128::MAX, false, at);
    while let Some(&character) = chars.get(end) {
        if let Some(value) = digit(character) {
            if pending.is_some() {
                break;
            }
            if value == 0 {
                zero = true;
                if end == at {
                    pending = Some(0);
                }
            } else {
                pending = Some(value);
            }
        } else if let Some(tens) = ten(character).filter(|_| pending.is_none()) {
            if last <= 10 {
                break;
            }
            (section, last) = (section + tens, 10);
        } else if let Some(value) = place(character) {
            if value >= 10_000 {
                let sum = section + pending.unwrap_or(0);
                if sum == 0 && total == 0 {
                    break;
                }
                total = if value > 10_000 {
                    (total + sum).checked_mul(value)?
                } else {
                    total + sum * value
                };
                (section, last) = (0, value);
            } else {
                let Some(count) = pending.filter(|_| last > value) else {
                    break;
                };
                (section, last) = (section + count * value, value);
            }
            (pending, zero) = (None, false);
        } else {
            break;
        }
        end += 1;
    }
    if end == at {
        return None;
    }
    let mut rest = pending.unwrap_or(0);
    // 三万五 is 35,000; 三万零五 is 30,005.
    if rest > 0 && !zero && (100..i128::MAX).contains(&last) {
        rest *= last / 10;
    }
    let form = if last == i128::MAX {
        Form::Digit
    } else {
        Form::Placed
    };
    let scale = chars
        .get(end - 1)
        .and_then(|character| place(*character))
        .filter(|value| *value >= 10_000);
    Some(Counted {
        whole: total.checked_add(section)?.checked_add(rest)?,
        end,
        form,
        scale,
    })
}
