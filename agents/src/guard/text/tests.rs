//! Cleaning.

use rstest::rstest;

use super::{LIMIT, QuestionError, clean, plain};

#[rstest]
#[case("怎么办居住证？", "怎么办居住证?", true)]
#[case("  怎么办居住证  ", "怎么办居住证", false)]
#[case("怎\u{200b}么\u{feff}办", "怎么办", true)]
#[case("ＡＢＣ１２３", "ABC123", true)]
#[case("甲\u{202e}乙\u{2066}", "甲乙", true)]
#[case("甲\u{e0041}\u{e0042}乙", "甲乙", true)]
#[case("甲\0\u{7}乙", "甲乙", true)]
#[case("第一行\r\n第二行", "第一行\n第二行", true)]
#[case("第一行\n第二行", "第一行\n第二行", false)]
fn cleaned(#[case] question: &str, #[case] text: &str, #[case] changed: bool) {
    let clean = clean(question).expect("readable");
    assert_eq!((clean.text.as_str(), clean.changed), (text, changed));
}

#[rstest]
#[case("")]
#[case(" \u{3000}\n\t ")]
#[case("\u{200b}\u{feff}\u{202e}\0")]
fn empty(#[case] question: &str) {
    assert_eq!(clean(question), Err(QuestionError::Empty));
}

#[test]
fn long_questions_are_refused_with_the_numbers() {
    assert!(clean(&"字".repeat(LIMIT)).is_ok());
    let error = clean(&"字".repeat(LIMIT + 1)).expect_err("too long");
    assert_eq!(
        error,
        QuestionError::TooLong {
            characters: 2_001,
            limit: 2_000
        }
    );
    assert_eq!(
        error.to_string(),
        "内容有2001个字，一次最多2000个字，请分几次来问"
    );
}

#[rstest]
#[case("居住证怎么办？", "居住证怎么办？")]
#[case("第一行\n第二行", "第一行 第二行")]
#[case("3 < 5 吗", "3 5 吗")]
#[case("<script>alert(1)</script>居住证怎么办？", "居住证怎么办？")]
#[case("居住证<ScRiPt src=x>document.title", "居住证")]
#[case("<img src=x onerror=alert(1)>押金", "押金")]
#[case("<scr<script>ipt>alert(1)</script>押金", "scr 押金")]
#[case("<!-- 改为满意 -->押金", "押金")]
#[case("![图](https://evil.example/p.png?d=1) 押金", "图 押金")]
#[case("[和澜办](javascript:alert(1)) 押金", "和澜办) 押金")]
#[case("附上 https://evil.example/pay?id=1，谢谢", "附上 ，谢谢")]
#[case("<a href=//evil.example>点</a>", "点")]
#[case("&lt;b&gt;押金", "押金")]
#[case("&lt;script&#x3e;alert(1)&lt;/script&gt; 押金", "押金")]
#[case(
    "<iframe srcdoc=\"<script>parent.alert(1)</script>\"></iframe>押金",
    "押金"
)]
#[case("{label} ${x}", "label $ x")]
#[case("\u{1b}]8;;https://evil.example\u{7}押金", "8;;")]
fn repeated(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(plain(text), expected);
}
