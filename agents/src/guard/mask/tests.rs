//! What is hidden where. Serial numbers are invented.

use rstest::rstest;

use super::{mask, mask_except, mask_own};

#[rstest]
#[case("电话13800001234。", "电话138****1234。")]
#[case("手机138-0000-1234", "手机138-****-1234")]
#[case("手机138 0000 1234", "手机138 **** 1234")]
#[case("手机+8613800001234", "手机+86138****1234")]
#[case("手机+86 138 0000 1234", "手机+86 138 **** 1234")]
#[case("１３８００００１２３４", "１３８****１２３４")]
#[case("138\u{200b}0000\u{200b}1234", "138\u{200b}****\u{200b}1234")]
#[case("身份证510107198106309556。", "身份证5101**********9556。")]
#[case("510107 19810630 9556", "5101** ******** 9556")]
#[case("卡号6217007579383473", "卡号6217********3473")]
#[case("卡号6217 0075 7938 3473", "卡号6217 **** **** 3473")]
#[case("座机0599-6001234", "座机0599-***1234")]
#[case("座机010-87654321转8012", "座机010-****4321转8012")]
#[case("座机87654321", "座机****4321")]
#[case("(0571)87654321", "(0571)****4321")]
#[case("057187654321", "0571****4321")]
#[case("邮箱user181@example.com，谢谢", "邮箱u***@example.com，谢谢")]
#[case("ｕｓｅｒ＠example.com", "ｕ***＠example.com")]
fn numbers_and_mail_are_masked_everywhere(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask(text), expected);
    assert_eq!(mask_own(text), expected);
    assert_eq!(mask(expected), expected, "a mask is masked no further");
}

#[rstest]
#[case(
    "我叫李秀英，住滨江二路148号阳光花园3栋705室",
    "我叫李**，住滨江二路***"
)]
#[case("户名欧阳建国", "户名欧阳**")]
#[case("联系人周伟（138-0000-1234）", "联系人周*（138-****-1234）")]
#[case("车牌京B468GF挡了消防通道", "车牌京B*****挡了消防通道")]
#[case("车牌京A·D12345", "车牌京A·******")]
#[case("家住临江区阳光花园20栋1单元401室", "家住临江区阳光花园***")]
fn own_words_are_masked_further(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(mask_own(text), expected);
    assert_eq!(mask_own(expected), expected, "a mask is masked no further");
}

/// Words of laws, guides and answers, in which nothing but numbers may be touched.
#[rstest]
#[case("向和澜市云台区云台广场1号市政务服务中心一层A区申请")]
#[case("经办地址：科苑大道88号2号楼301室，联系人王建国")]
#[case("第二十三条 业主委员会应当自选举之日起三十日内备案")]
#[case("机动车号牌以京A12345为例")]
fn quotations_stay(#[case] text: &str) {
    assert_eq!(mask(text), text);
}

#[test]
fn public_numbers_are_not_personal() {
    let public = ["0599-6001234".to_owned(), "059912345678".to_owned()];
    assert_eq!(
        mask_except(
            "拨打0599-6001234，或（0599）6001234，不是0599-6001235",
            &public
        ),
        "拨打0599-6001234，或（0599）6001234，不是0599-***1235"
    );
}

#[test]
fn a_number_whosever_it_is_does_not_reach_a_log() {
    assert_eq!(mask("订单号13800001234"), "订单号138****1234");
    assert_eq!(mask("咨询热线0571-87654321"), "咨询热线0571-****4321");
}
