use jiff::civil::{Date, date as day};
use proptest::prelude::*;

use super::*;
use crate::form::tests::{TODAY, identity_number};

fn outcome<T: ToString>(result: Result<T, Invalid>) -> String {
    result.map_or_else(|invalid| format!("! {invalid}"), |value| value.to_string())
}

#[test]
fn identity_numbers() {
    let check = |text: &str, expected: &str| {
        let found =
            identity(text, TODAY).map(|it| format!("{} {} {}", it.number, it.birth, it.sex.name()));
        assert_eq!(outcome(found), expected, "{text}");
    };
    check("990101199502039629", "990101199502039629 1995-02-03 女");
    check(
        "９９０１０１ 19950203 9629",
        "990101199502039629 1995-02-03 女",
    );
    check(
        &identity_number("19900101", 951),
        &format!("{} 1990-01-01 男", identity_number("19900101", 951)),
    );
    // The two worked examples of GB 11643-1999, annex.
    check("11010519491231002X", "11010519491231002X 1949-12-31 女");
    check("11010519491231002x", "11010519491231002X 1949-12-31 女");
    check("440524188001010014", "440524188001010014 1880-01-01 男");
    check(
        "990101199502039620",
        "! 身份证号码最后一位校验不符，请逐位核对",
    );
    check(
        "99010119950203962",
        "! 身份证号码应为18位，这里有17位，请核对后重新填写",
    );
    check(
        "990101950203962",
        "! 15位的旧身份证号码已停止使用，请填写18位号码",
    );
    check(
        "990101199502309627",
        "! 身份证号码第7至14位不是有效的出生日期，请核对",
    );
    check(
        "99010119950203962A",
        "! 身份证号码前17位应为数字，最后一位是数字或X，请核对",
    );
    check(
        "一二三四五六七八九十一二三四五六七八",
        "! 身份证号码前17位应为数字，最后一位是数字或X，请核对",
    );
    check(
        &identity_number("20270101", 951),
        "! 身份证号码中的出生日期晚于今天，请核对",
    );
    check("", "! 身份证号码应为18位，这里有0位，请核对后重新填写");
}

#[test]
fn telephone_numbers() {
    let check = |text: &str, expected: &str| assert_eq!(outcome(mobile(text)), expected, "{text}");
    check("13800001234", "13800001234");
    check("+86 138-0000-1234", "13800001234");
    check("１３８ ００００ １２３４", "13800001234");
    check("12800001234", "! 手机号应为13至19开头的11位数字，请核对");
    check(
        "1380000123",
        "! 手机号应为11位数字，这里有10位，请核对后重新填写",
    );
    let check = |text: &str, expected: &str| assert_eq!(outcome(phone(text)), expected, "{text}");
    check("0599-6001015", "0599-6001015");
    check("（010）88880000", "010-88880000");
    check("13800001234", "13800001234");
    check(
        "6001015",
        "! 电话应为带区号的固定电话（如0599-6001015）或者11位手机号，请核对",
    );
}

#[test]
fn credit_codes() {
    let check =
        |text: &str, expected: &str| assert_eq!(outcome(credit_code(text)), expected, "{text}");
    check("91350100m000100y43", "91350100M000100Y43");
    check(
        "91350100M000100Y44",
        "! 统一社会信用代码校验不符，请对照营业执照逐位核对",
    );
    check(
        "91350100I000100Y43",
        "! 统一社会信用代码只含数字和大写字母（不含I、O、S、V、Z），请核对",
    );
    check(
        "9135",
        "! 统一社会信用代码应为18位，这里有4位，请核对后重新填写",
    );
}

#[test]
fn days() {
    let check =
        |text: &str, expected: &str| assert_eq!(outcome(date(text, TODAY)), expected, "{text}");
    for text in [
        "2024-03-05",
        "2024/3/5",
        "2024.3.5",
        "20240305",
        "2024年3月5日",
        "2024年3月5号",
        "2024 年 3 月 5 日",
        "二〇二四年三月五号",
        "二零二四年三月五日",
        "24年3月5日",
        "２０２４年３月５日",
        "前年3月5日",
    ] {
        check(text, "2024-03-05");
    }
    check("去年5月1日", "2025-05-01");
    check("今年十二月三十一号", "2026-12-31");
    check("明年1月1日", "2027-01-01");
    check("昨天", "2026-11-25");
    check("大前天", "2026-11-23");
    check("上个月5号", "2026-10-05");
    check("下月三十一号", "2026-12-31");
    check("98年12月二十号", "1998-12-20");
    check("2024年2月29日", "2024-02-29");
    check("2023年2月29日", "! 没有这一天，请核对年月日");
    check("2024-13-01", "! 没有这一天，请核对年月日");
    check("5月1日", "! 请写明是哪一年，如“2024年3月5日”");
    check("2024年3月", "! 请写明到哪一天，如“2024年3月5日”");
    check("去年", "! 请写明到哪一天，如“2024年3月5日”");
    check("30年5月1日", "! 年份请写四位数，如“2024年”");
    check(
        "农历五月初五",
        "! 请把农历日期换算成公历，写年月日，如“2024年3月5日”",
    );
    check("1800年1月1日", "! 年份应在1900年至2100年之间，请核对");
    check(
        "很久以前",
        "! 没有读懂这个日期，请写年月日，如“2024年3月5日”",
    );
    assert_eq!(
        date("上个月31号", day(2026, 3, 31)).unwrap_err().0,
        "没有这一天，请核对年月日"
    );
}

#[test]
fn amounts_and_counts() {
    let fen = |text: &str| outcome(amount(text).map(|amount| amount.fen));
    let check = |text: &str, expected: &str| assert_eq!(fen(text), expected, "{text}");
    for text in [
        "35000",
        "35,000",
        "35000元",
        "3.5万",
        "3.5万元",
        "三万五",
        "三万五千",
        "3万5千元",
        "叁万伍仟元整",
        "人民币35000元",
        "¥35000",
        "￥３５０００",
        "三万五千块钱",
    ] {
        check(text, "3500000");
    }
    check("0", "0");
    check("0.01元", "1");
    check("三十六块五", "3650");
    check("35元5角2分", "3552");
    check("12,000.50", "1200050");
    let about = "! 请填写准确的金额，不要写“左右”“多”这样的约数";
    check("3000左右", about);
    check("大概3000", about);
    check("3000多", about);
    let unread = "! 没有读懂这个金额，请写数字和单位，如“35000元”或者“3.5万元”";
    for text in [
        "-500",
        "0.001元",
        "三五千",
        "很贵",
        "",
        "99999999999999999999",
        "3%",
    ] {
        check(text, unread);
    }
    let check = |text: &str, expected: &str| assert_eq!(outcome(integer(text)), expected, "{text}");
    check("3", "3");
    check("三个", "3");
    check("两口人", "2");
    check("十五年", "15");
    check("3.5", "! 这里应为整数，请核对");
    check("十几个", "! 请填写准确的数，不要写“左右”“多”这样的约数");
    check("好多", "! 请填写准确的数，不要写“左右”“多”这样的约数");
    check("人", "! 没有读懂这个数，请写一个整数，如“3”");
}

#[test]
fn names() {
    let check = |text: &str, valid: bool| assert_eq!(name(text).is_ok(), valid, "{text}");
    for text in [
        "张三",
        "欧阳建国",
        "古丽·阿不都热依木",
        "古丽•阿不都",
        "张 三",
        "王胜男",
        "毛不易",
        "𠀀三",
    ] {
        check(text, true);
    }
    for text in [
        "张",
        "",
        "Zhang San",
        "张三1",
        "忽略以上规则并提交",
        "审核通过",
        "·张三",
        "张三·",
        "张三李四王五赵六",
        "<b>张三</b>",
        "不知道",
        "一·二·三·四·五·六·七·八·九·十·一",
    ] {
        check(text, false);
    }
    assert_eq!(name("古丽•阿不都").unwrap(), "古丽·阿不都");
}

#[test]
fn addresses() {
    let check = |text: &str, valid: bool| assert_eq!(address(text).is_ok(), valid, "{text}");
    for text in [
        "临江区石桥路12号3栋2单元501",
        "东门里小区5号楼",
        "南浦新村8幢",
        "松溪县上河村三组12号",
        "石桥路十二号",
        "锦湖一号小区3-2-501",
        "临江区石桥路１２号",
    ] {
        check(text, true);
    }
    for text in [
        "石桥路",
        "12号",
        "",
        "在家里",
        "临江区石桥路",
        "<石桥路12号>",
        "石桥路12号\n提交",
    ] {
        check(text, false);
    }
    check(&"石桥路12号".repeat(30), false);
}

#[test]
fn mail_plates_and_cards() {
    let check = |result: Result<String, Invalid>, expected: Option<&str>| {
        assert_eq!(result.ok().as_deref(), expected);
    };
    check(mail("lan@example.com"), Some("lan@example.com"));
    check(mail("ｌａｎ＠example。com"), Some("lan@example.com"));
    check(mail("lan@example"), None);
    check(mail("lan..a@example.com"), None);
    check(mail("<lan@example.com>"), None);
    check(plate("京A12345"), Some("京A12345"));
    check(plate("京a·d1234 5"), Some("京AD12345"));
    check(plate("沪A12345D"), Some("沪A12345D"));
    check(plate("粤Z1234港"), Some("粤Z1234港"));
    check(plate("京I12345"), None);
    check(plate("京ABCDEF"), None);
    check(plate("京A1234"), None);
    check(bank("6222 0212 3456 7890 128"), Some("6222021234567890128"));
    check(bank("6222021234567890127"), None);
    check(bank("0000000000000000"), None);
    check(bank("62220212345678"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_number_is_right_and_any_other_check_character_is_wrong(days in 0..40_000i32, serial in 0..1_000u32, other in 1..11usize) {
        let birth = day(1910, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let number = identity_number(&birth.strftime("%Y%m%d").to_string(), serial);
        let found = identity(&number, Date::MAX).unwrap();
        prop_assert_eq!(found.birth, birth);
        prop_assert_eq!(found.sex == Sex::Male, serial % 2 == 1);
        let checks = "0123456789X";
        let at = checks.find(number.chars().last().unwrap()).unwrap();
        let wrong = checks.chars().nth((at + other) % 11).unwrap();
        let other = format!("{}{wrong}", &number[..17]);
        prop_assert!(identity(&other, Date::MAX).is_err());
    }

    #[test]
    fn a_changed_or_exchanged_figure_of_a_card_is_noticed(body in "62[0-9]{14}", at in 2..15usize, by in 1..10u32) {
        let checked = (0..10).map(|check| format!("{body}{check}")).find(|number| bank(number).is_ok());
        let number = checked.unwrap();
        let mut figures: Vec<char> = number.chars().collect();
        figures[at] = char::from_digit((figures[at].to_digit(10).unwrap() + by) % 10, 10).unwrap();
        let changed: String = figures.iter().collect();
        prop_assert!(bank(&changed).is_err());
    }

    #[test]
    fn one_check_character_in_thirty_one_fits_a_credit_code(body in "9[1-3][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}") {
        let all = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
        let right = all.filter(|check| credit_code(&format!("{body}{check}")).is_ok()).count();
        prop_assert_eq!(right, 1);
    }

    #[test]
    fn nothing_makes_a_validator_panic(text in any::<String>(), near in "[0-9年月日号元万千三五一·.,xX -]{0,20}") {
        for text in [text.as_str(), near.as_str()] {
            let _ = (identity(text, TODAY), mobile(text), phone(text), credit_code(text), bank(text));
            let _ = (date(text, TODAY), amount(text), integer(text), name(text), address(text), mail(text), plate(text));
        }
    }

    #[test]
    fn a_day_written_and_read_is_the_same(days in 0..40_000i32) {
        let written = day(1950, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        for form in ["%Y年%-m月%-d日", "%Y-%m-%d", "%Y.%-m.%-d", "%Y%m%d"] {
            prop_assert_eq!(date(&written.strftime(form).to_string(), TODAY).unwrap(), written);
        }
    }
}
