//! Chinese numerals and article labels (第三十九条之一), as statutes and people write them.
//!
//! This is not a reader of amounts: units such as 元 and decimals belong to whoever compares values.

/// An article label at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// 39 in 第三十九条之一.
    pub(crate) number: u32,
    /// 1 in 第三十九条之一, else 0.
    pub(crate) branch: u32,
    /// Bytes of the label.
    pub(crate) length: usize,
}

/// The longest numeral that is read, in characters; longer ones are not numbers that anybody writes.
const LONGEST: usize = 24;

/// The value of one digit, in any script in use.
pub(crate) fn digit(character: char) -> Option<u64> {
    Some(match character {
        '0'..='9' => u64::from(character as u32 - '0' as u32),
        '０'..='９' => u64::from(character as u32 - '０' as u32),
        '〇' | '零' | '○' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '兩' | '贰' | '貳' => 2,
        '三' | '叁' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn unit(character: char) -> Option<u64> {
    Some(match character {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}

/// 廿, 卅 and 卌: tens in one character.
fn tens(character: char) -> Option<u64> {
    match character {
        '廿' => Some(20),
        '卅' => Some(30),
        '卌' => Some(40),
        _ => None,
    }
}

/// Whether a character can stand in a numeral.
pub(crate) fn is_numeral(character: char) -> bool {
    digit(character).is_some() || unit(character).is_some() || tens(character).is_some()
}

/// The value of a whole Chinese numeral: 一千二百三十四, 二〇二四, 廿三, 两百, １２, 3万.
///
/// Nothing else may stand in the text. The colloquial 两万五 and 二百五 mean 25,000 and 250 to one reader and something
/// else to another, so they have no value here; 一万零五 has.
pub fn parse_chinese(text: &str) -> Option<u64> {
    if text.is_empty() || text.chars().count() > LONGEST {
        return None;
    }
    if text.chars().all(|character| digit(character).is_some()) {
        return text.chars().try_fold(0u64, |value, character| {
            value.checked_mul(10)?.checked_add(digit(character)?)
        });
    }
    let mut sum = Sum::default();
    for character in text.chars() {
        sum.take(character)?;
    }
    sum.finish()
}

/// A numeral with units, read from left to right.
#[derive(Default)]
struct Sum {
    /// Closed by 万 or 亿.
    total: u64,
    /// Below the next 万 or 亿.
    section: u64,
    /// Digits that wait for their unit.
    pending: Option<u64>,
    /// The last unit of the section, which the next must undercut.
    last: Option<u64>,
    /// The last 万 or 亿.
    large: Option<u64>,
    /// Whether 零 or 〇 stands before the pending digit, which then is not colloquial.
    zero: bool,
    /// Whether the pending digits are figures (12), of which several may follow each other.
    figures: bool,
}

impl Sum {
    fn take(&mut self, character: char) -> Option<()> {
        if let Some(value) = tens(character) {
            if self.pending.is_some() || self.last.is_some_and(|last| last <= 10) {
                return None;
            }
            self.section += value;
            self.last = Some(10);
            return Some(());
        }
        if let Some(value) = digit(character) {
            return self.digit(
                value,
                character.is_ascii_digit() || ('０'..='９').contains(&character),
            );
        }
        match unit(character)? {
            value @ (10_000 | 100_000_000) => self.large(value),
            value => self.small(value),
        }
    }

    fn digit(&mut self, value: u64, figure: bool) -> Option<()> {
        match self.pending {
            Some(before) if figure && self.figures => {
                self.pending = Some(before.checked_mul(10)?.checked_add(value)?);
            }
            Some(_) => return None,
            None if value == 0 && !figure => self.zero = true,
            None => {
                self.pending = Some(value);
                self.figures = figure;
            }
        }
        Some(())
    }

    fn small(&mut self, value: u64) -> Option<()> {
        if self.last.is_some_and(|last| last <= value) {
            return None;
        }
        // 十二 and 一百十二 leave out the 一; 百二十 does so in speech.
        let count = self.pending.take().unwrap_or(1);
        self.section = self.section.checked_add(count.checked_mul(value)?)?;
        self.last = Some(value);
        self.zero = false;
        Some(())
    }

    fn large(&mut self, value: u64) -> Option<()> {
        let section = self.close()?;
        if value == 100_000_000 && self.large == Some(10_000) {
            // 一万亿: everything so far counts in 亿.
            self.total = self.total.checked_add(section)?.checked_mul(value)?;
        } else if self.large.is_some_and(|large| large <= value) || section == 0 {
            return None;
        } else {
            self.total = self.total.checked_add(section.checked_mul(value)?)?;
        }
        self.large = Some(value);
        Some(())
    }

    /// The value below 万, or none when its last digit lacks a unit as in 二百五.
    fn close(&mut self) -> Option<u64> {
        if let Some(value) = self.pending.take() {
            let colloquial = self.last.is_some_and(|last| last > 10)
                || (self.last.is_none() && self.large.is_some() && value < 10);
            if colloquial && !self.zero && !self.figures {
                return None;
            }
            self.section = self.section.checked_add(value)?;
        }
        self.last = None;
        self.zero = false;
        Some(std::mem::take(&mut self.section))
    }

    fn finish(mut self) -> Option<u64> {
        let section = self.close()?;
        self.total.checked_add(section)
    }
}

/// The numeral as statutes write it: 十二, 一百零五, 一千零一十.
pub fn to_chinese(number: u32) -> String {
    const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if number == 0 {
        return "零".to_owned();
    }
    let mut text = String::new();
    let mut skipped = false;
    for (scale, name) in [(100_000_000, "亿"), (10_000, "万"), (1, "")] {
        let section = number / scale % 10_000;
        if section == 0 {
            skipped = true;
            continue;
        }
        // 十万五千 needs no 零, 十万零五百 and 一亿零五千 do.
        let mut gap = !text.is_empty() && (section < 1000 || skipped);
        let mut begun = false;
        for (place, unit) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
            let value = section / place % 10;
            if value == 0 {
                gap |= begun;
                continue;
            }
            if std::mem::take(&mut gap) {
                text.push('零');
            }
            if !(place == 10 && value == 1 && text.is_empty()) {
                text.push(DIGITS[value as usize]);
            }
            text.push_str(unit);
            begun = true;
        }
        text.push_str(name);
        skipped = false;
    }
    text
}

/// 第三十九条之一 for 39 and 1, 第三十九条 for 39 and 0.
pub(crate) fn clause_name(number: u32, branch: u32) -> String {
    let mut name = format!("第{}条", to_chinese(number));
    if branch > 0 {
        name.push('之');
        name.push_str(&to_chinese(branch));
    }
    name
}

/// The first article that a label or a question names: normalised (第三十九条之一), its number and its branch (之n, else 0).
///
/// `第39条`, `第 三十九 条` and `第12条之1` are found anywhere. Without 第, as in `三十九条`, a label counts only where 条
/// cannot be a measure word: alone, or after the name of a law.
pub fn clause_label(text: &str) -> Option<(String, u32, u32)> {
    let label = text
        .match_indices('第')
        .find_map(|(at, _)| label_at(&text[at..]))
        .or_else(|| bare_label(text))?;
    Some((
        clause_name(label.number, label.branch),
        label.number,
        label.branch,
    ))
}

/// The label with which a text begins, spaces inside allowed.
pub(crate) fn label_at(text: &str) -> Option<Label> {
    let rest = text.strip_prefix('第')?;
    label_after(rest).map(|label| Label {
        length: label.length + '第'.len_utf8(),
        ..label
    })
}

/// 三十九条之一 at the beginning of a text.
fn label_after(text: &str) -> Option<Label> {
    let (number, rest) = number_at(text)?;
    let rest = rest.strip_prefix(['条', '條'])?;
    let plain = Label {
        number,
        branch: 0,
        length: text.len() - rest.len(),
    };
    let branch = rest
        .trim_start_matches(is_gap)
        .strip_prefix('之')
        .and_then(number_at);
    Some(match branch {
        // 之一种 counts kinds, it names no article.
        Some((branch, after))
            if branch > 0 && !after.starts_with(['种', '類', '类', '个', '項', '项']) =>
        {
            let length = text.len() - after.len();
            let spaces = text[..length].len() - text[..length].trim_end_matches(is_gap).len();
            Label {
                branch,
                length: length - spaces,
                ..plain
            }
        }
        _ => plain,
    })
}

/// A numeral with which a text begins, spaces around it skipped, and what follows.
pub(crate) fn number_at(text: &str) -> Option<(u32, &str)> {
    let text = text.trim_start_matches(is_gap);
    let end = text
        .char_indices()
        .take(LONGEST + 1)
        .find(|(_, character)| !is_numeral(*character))
        .map_or(text.len(), |(at, _)| at);
    let number = u32::try_from(parse_chinese(&text[..end])?).ok()?;
    Some((number, text[end..].trim_start_matches(is_gap)))
}

fn is_gap(character: char) -> bool {
    matches!(character, ' ' | '\u{3000}' | '\u{a0}')
}

fn bare_label(text: &str) -> Option<Label> {
    const LAWS: [&str; 9] = [
        "》", "法", "条例", "办法", "规定", "细则", "規定", "條例", "辦法",
    ];
    let starts = std::iter::once(0).chain(
        text.char_indices()
            .zip(text.chars().skip(1))
            .filter(|((_, before), next)| !is_numeral(*before) && is_numeral(*next))
            .map(|((at, before), _)| at + before.len_utf8()),
    );
    starts
        .filter(|at| {
            let before = text[..*at].trim_end();
            before.is_empty() || LAWS.iter().any(|law| before.ends_with(law))
        })
        .find_map(|at| {
            let rest = &text[at..];
            let label = label_after(rest)?;
            let after = rest[label.length..].trim_start();
            let named = after
                .chars()
                .next()
                .is_none_or(|next| "第规規的是说說讲講怎内裡里，,。？?".contains(next));
            named.then_some(label)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("一千二百三十四", Some(1234))]
    #[case("十", Some(10))]
    #[case("十二", Some(12))]
    #[case("一百零五", Some(105))]
    #[case("一百一十", Some(110))]
    #[case("一百十二", Some(112))]
    #[case("一千零一十", Some(1010))]
    #[case("〇", Some(0))]
    #[case("零", Some(0))]
    #[case("廿", Some(20))]
    #[case("廿三", Some(23))]
    #[case("一百廿三", Some(123))]
    #[case("卅", Some(30))]
    #[case("卅一", Some(31))]
    #[case("两百", Some(200))]
    #[case("二〇二四", Some(2024))]
    #[case("一二三四", Some(1234))]
    #[case("12", Some(12))]
    #[case("１２", Some(12))]
    #[case("3万", Some(30_000))]
    #[case("12亿5000万", Some(1_250_000_000))]
    #[case("一万零五", Some(10_005))]
    #[case("十万五千", Some(105_000))]
    #[case("三千万", Some(30_000_000))]
    #[case("一万亿", Some(1_000_000_000_000))]
    #[case("二十亿零三万", Some(2_000_030_000))]
    #[case("贰拾叁", Some(23))]
    #[case("三百萬", Some(3_000_000))]
    #[case("两万五", None)]
    #[case("二百五", None)]
    #[case("十十", None)]
    #[case("百千", None)]
    #[case("一二百", None)]
    #[case("万", None)]
    #[case("", None)]
    #[case("三条", None)]
    #[case("99999999999999999999", None)]
    fn numerals(#[case] text: &str, #[case] value: Option<u64>) {
        assert_eq!(parse_chinese(text), value);
    }

    #[rstest]
    #[case(0, "零")]
    #[case(2, "二")]
    #[case(10, "十")]
    #[case(19, "十九")]
    #[case(20, "二十")]
    #[case(105, "一百零五")]
    #[case(110, "一百一十")]
    #[case(115, "一百一十五")]
    #[case(1010, "一千零一十")]
    #[case(1260, "一千二百六十")]
    #[case(10_005, "一万零五")]
    #[case(105_000, "十万五千")]
    #[case(100_000_001, "一亿零一")]
    fn names(#[case] number: u32, #[case] text: &str) {
        assert_eq!(to_chinese(number), text);
    }

    #[rstest]
    #[case("第39条", Some(("第三十九条", 39, 0)))]
    #[case("第 三十九 条", Some(("第三十九条", 39, 0)))]
    #[case("第三十九條", Some(("第三十九条", 39, 0)))]
    #[case("三十九条", Some(("第三十九条", 39, 0)))]
    #[case("第12条之1", Some(("第十二条之一", 12, 1)))]
    #[case("第十二条之一", Some(("第十二条之一", 12, 1)))]
    #[case("第１２条第二款", Some(("第十二条", 12, 0)))]
    #[case("第十二条之规定", Some(("第十二条", 12, 0)))]
    #[case("第十二条之一种情形", Some(("第十二条", 12, 0)))]
    #[case("劳动合同法第三十九条讲了什么", Some(("第三十九条", 39, 0)))]
    #[case("劳动合同法39条是什么", Some(("第三十九条", 39, 0)))]
    #[case("《养犬管理条例》十二条规定", Some(("第十二条", 12, 0)))]
    #[case("两条狗能不能养", None)]
    #[case("我养了一条狗", None)]
    #[case("十条措施", None)]
    #[case("第一次办理", None)]
    #[case("第三人", None)]
    #[case("", None)]
    fn labels(#[case] text: &str, #[case] label: Option<(&str, u32, u32)>) {
        let found = clause_label(text);
        assert_eq!(
            found
                .as_ref()
                .map(|(name, number, branch)| (name.as_str(), *number, *branch)),
            label
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn round_trip(number: u32) {
            prop_assert_eq!(parse_chinese(&to_chinese(number)), Some(u64::from(number)));
        }

        #[test]
        fn small_round_trip(number in 0u32..20_000) {
            prop_assert_eq!(parse_chinese(&to_chinese(number)), Some(u64::from(number)));
        }

        #[test]
        fn any_text_is_safe(text in "[第条之一二十百千万亿零0-9 a]{0,30}") {
            let _ = (parse_chinese(&text), clause_label(&text));
        }
    }
}
