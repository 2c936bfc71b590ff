//! Small numbers as people say them: figures, with a point, and Chinese numerals up to 万. It is not for money.

/// What a numeral is made of, for regular expressions.
pub(super) const NUMERAL: &str =
    "(?:[0-9]{1,7}(?:\\.[0-9]{1,4})?|[零〇一二两三四五六七八九十百千万]{1,9})";

/// The number that a text is; `None` if it is none.
pub(super) fn read(text: &str) -> Option<f64> {
    if text.starts_with(|next: char| next.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (mut total, mut section, mut open) = (0_u32, 0_u32, None);
    for next in text.chars() {
        let unit = match next {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '万' => 10_000,
            '零' | '〇' => {
                open = open.or(Some(0)).filter(|figure| *figure == 0);
                continue;
            }
            other => {
                let figure = figure(other)?;
                // Two figures in a row are a telephone number or a year.
                if open.is_some_and(|before| before > 0) {
                    return None;
                }
                open = Some(figure);
                continue;
            }
        };
        let times = open.take().filter(|figure| *figure > 0);
        if unit == 10_000 {
            let whole = section + times.unwrap_or(0);
            // 万 stands once, behind a number.
            if whole == 0 || total > 0 {
                return None;
            }
            total = whole.checked_mul(unit)?;
            section = 0;
        } else {
            section += times.unwrap_or(1) * unit;
        }
    }
    let number = total.checked_add(section)?.checked_add(open.unwrap_or(0))?;
    (!text.is_empty()).then_some(f64::from(number))
}

/// A whole number, such as an hour or a day.
pub(super) fn whole(text: &str) -> Option<i64> {
    let number = read(text)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    let whole = number as i64;
    (number.fract() == 0.0 && number < 1e9).then_some(whole)
}

fn figure(next: char) -> Option<u32> {
    let at = "一二三四五六七八九".chars().position(|it| it == next);
    let at = at.or((next == '两').then_some(1))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<f64>) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn numerals_are_read() {
        check("35", Some(35.0));
        check("0.14", Some(0.14));
        check("十", Some(10.0));
        check("十一", Some(11.0));
        check("二十", Some(20.0));
        check("两百", Some(200.0));
        check("一百零五", Some(105.0));
        check("一千二百三十四", Some(1234.0));
        check("三万", Some(30000.0));
        check("十二万三千", Some(123_000.0));
        check("零", Some(0.0));
        check("〇", Some(0.0));
        check("", None);
        check("二四", None);
        check("万万万万万万万万万", None);
        check("人", None);
        assert_eq!(whole("12"), Some(12));
        assert_eq!(whole("1.5"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_numeral_is_read(text in "[零〇一二两三四五六七八九十百千万]{0,12}") {
            let number = read(&text);
            proptest::prop_assert!(number.is_none_or(|number| number >= 0.0));
        }
    }
}
