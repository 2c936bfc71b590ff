//! Numbers as people write them: figures, Chinese numerals, and both mixed (3万5千). Exact, in millionths.

/// One, in the unit of [`read`].
pub(super) const ONE: i128 = 1_000_000;

/// Largest number that is read, in the unit of [`read`].
const LARGEST: i128 = 1_000_000_000_000_000 * ONE;

/// A numeral or unit.
#[derive(Clone, Copy)]
enum Token {
    /// Millionths; whether it is a single figure, which may stand for a part of the unit before it (三万五).
    Number(i128, bool),
    Zero,
    /// 十, 百, 千.
    Small(i128),
    /// 万, 亿.
    Large(i128),
}

/// The number that a text without blanks is, in millionths; `None` if it is none.
pub(super) fn read(text: &str) -> Option<i128> {
    if let Some(number) = spelled(text) {
        return Some(number);
    }
    let tokens = tokens(text)?;
    let number = value(&tokens)?;
    (0..=LARGEST).contains(&number).then_some(number)
}

/// The figure that a Chinese numeral is.
pub(super) fn figure(next: char) -> Option<u32> {
    let numerals = [
        "〇零",
        "一壹幺",
        "二贰两",
        "三叁",
        "四肆",
        "五伍",
        "六陆",
        "七柒",
        "八捌",
        "九玖",
    ];
    let at = numerals.iter().position(|alike| alike.contains(next))?;
    u32::try_from(at).ok()
}

/// Two or more numerals without a unit, figure by figure: 二〇二四.
pub(super) fn spelled(text: &str) -> Option<i128> {
    let count = text.chars().count();
    if !(2..=15).contains(&count) {
        return None;
    }
    text.chars().try_fold(0, |sum, next| {
        Some(sum * 10 + i128::from(figure(next)?) * ONE)
    })
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(next) = chars.get(at) {
        if next.is_ascii_digit() {
            let length = chars[at..]
                .iter()
                .take_while(|next| next.is_ascii_digit() || matches!(next, ',' | '.'))
                .count();
            let digits: String = chars[at..at + length].iter().collect();
            tokens.push(Token::Number(decimal(&digits)?, length == 1));
            at += length;
            continue;
        }
        tokens.push(match next {
            '十' | '拾' => Token::Small(10),
            '百' | '佰' => Token::Small(100),
            '千' | '仟' => Token::Small(1_000),
            '万' | '萬' => Token::Large(10_000),
            '亿' | '億' => Token::Large(100_000_000),
            '零' | '〇' => Token::Zero,
            next => Token::Number(i128::from(figure(*next)?) * ONE, true),
        });
        at += 1;
    }
    (!tokens.is_empty()).then_some(tokens)
}

/// `12,000.50`; groups, where there are any, have three figures.
fn decimal(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 6 || text.ends_with('.') || !part.chars().all(|next| next.is_ascii_digit()) {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    if first.is_empty() || (grouped && first.len() > 3) || groups.any(|group| group.len() != 3) {
        return None;
    }
    let digits = format!("{}{part:0<6}", whole.replace(',', ""));
    (digits.len() <= 24).then(|| digits.parse().ok()).flatten()
}

/// Sum of the tokens. Units fall within a section; a single figure at the end counts a tenth of the unit before it.
fn value(tokens: &[Token]) -> Option<i128> {
    let (mut total, mut section, mut open) = (0_i128, 0_i128, None);
    let (mut unit, mut last, mut zero) = (i128::MAX, 1, false);
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            Token::Number(number, single) => {
                if open.is_some() {
                    return None;
                }
                open = Some((number, single));
            }
            // A zero alone is a number; elsewhere it says that a place is left out.
            Token::Zero if tokens.len() == 1 => return Some(0),
            Token::Zero if open.is_some() || at == 0 => return None,
            Token::Zero => zero = true,
            Token::Small(small) => {
                let ten = (small == 10 && section == 0).then_some((ONE, true));
                let (number, _) = open.take().or(ten)?;
                if small >= unit {
                    return None;
                }
                section += number * small;
                (unit, last, zero) = (small, small, false);
            }
            Token::Large(large) => {
                let number = section + open.take().map_or(0, |(number, _)| number);
                if number == 0 || total % (large * ONE) != 0 && total != 0 {
                    return None;
                }
                total = if large > 10_000 {
                    (total + number) * large
                } else {
                    total + number * large
                };
                (section, unit, last, zero) = (0, i128::MAX, large, false);
            }
        }
    }
    let rest = match open {
        Some((number, true)) if last >= 100 && !zero => number * last / 10,
        Some((number, _)) => number,
        None => 0,
    };
    total.checked_add(section)?.checked_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = read(text).map_or("none".into(), |number| {
            let (whole, part) = (number / ONE, number % ONE);
            if part == 0 {
                whole.to_string()
            } else {
                format!("{whole}.{part:06}")
            }
        });
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (text, expected) in [
            ("0", "0"),
            ("零", "0"),
            ("十", "10"),
            ("十五", "15"),
            ("二十", "20"),
            ("两百五十", "250"),
            ("一百二", "120"),
            ("一百零二", "102"),
            ("一千零五", "1005"),
            ("三千五", "3500"),
            ("三万五", "35000"),
            ("三万五千", "35000"),
            ("三万零五百", "30500"),
            ("十二万", "120000"),
            ("一亿两千万", "120000000"),
            ("三亿", "300000000"),
            ("3.5万", "35000"),
            ("3万5千", "35000"),
            ("1万2", "12000"),
            ("12,000", "12000"),
            ("1,234,567.5", "1234567.500000"),
            ("叁万伍仟", "35000"),
            ("二〇二四", "2024"),
            ("一三八", "138"),
            ("0.01", "0.010000"),
            ("12,00", "none"),
            ("1.2.3", "none"),
            ("三五千", "none"),
            ("五百千", "none"),
            ("百", "none"),
            ("万", "none"),
            ("零百", "none"),
            ("", "none"),
            ("好", "none"),
            ("99999999999999999999", "none"),
        ] {
            check(text, expected);
        }
    }
}
