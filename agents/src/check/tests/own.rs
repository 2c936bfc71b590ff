//! Numbers, dates and clauses that the person has said: repeated, or put in the place of the evidence's.

use super::*;

/// What the person asked, a sentence, and the faults that must be among those found: none for `ok`.
const OWN: &[(&str, &str, &[&str], &str)] = &[
    (
        "我妈今年82岁，户口在本市，高龄津贴能领多少",
        "您母亲今年82岁，户口在本市，津贴标准为每人每月200元。",
        &[AGED],
        "ok",
    ),
    // The bound of the evidence is told as well.
    (
        "我妈今年78岁，户口在本市，能领高龄津贴吗",
        "您母亲今年78岁，本市户籍、年满80周岁的老年人，可以申请高龄津贴。",
        &[AGED],
        "ok",
    ),
    (
        "我等了3个月，信访多久办结",
        "您等了3个月，信访事项应当自受理之日起六十日内办结。",
        &[EXTEND],
        "ok",
    ),
    // Nothing of the kind stands in the evidence.
    (
        "我养了2只狗，能带进学校吗",
        "您养了2只狗，禁止携犬进入幼儿园、学校。",
        &[PET],
        "ok",
    ),
    (
        "津贴办法第三条第一款怎么说",
        "根据第三条第一款，津贴标准为每人每月200元。",
        &[AGED],
        "ok",
    ),
    (
        "《高龄津贴办法》里津贴多少",
        "根据《高龄津贴办法》，津贴标准为每人每月200元。",
        &[AGED],
        "ok",
    ),
    (
        "我妈今年78岁，高龄津贴能领多少",
        "您母亲今年78岁，津贴标准为每人每月200元。",
        &[AGED],
        "value",
    ),
    (
        "高龄津贴是每月300元吗？",
        "津贴标准为每人每月300元，自2024年5月1日起执行。",
        &[AGED],
        "value",
    ),
    (
        "高龄津贴是每月300元吗？",
        "高龄津贴标准为每人每月300元。",
        &[AGED],
        "value",
    ),
    (
        "我妈每月能领300元吗？",
        "您母亲每月领到300元，自2024年5月1日起执行。",
        &[AGED],
        "value",
    ),
    (
        "我妈每月能领300元吗？",
        "您母亲每月领到300元，领取机构养老补贴的，不重复享受。",
        &[AGED],
        "value",
    ),
    (
        "高龄津贴是300美元吗？",
        "津贴标准为每人每月300美元。",
        &[AGED],
        "value",
    ),
    (
        "高龄津贴是每年200元吗？",
        "津贴标准为每人每年200元。",
        &[AGED],
        "value",
    ),
    (
        "高龄津贴从2023年5月1日起执行吗",
        "津贴标准为每人每月200元，自2023年5月1日起执行。",
        &[AGED],
        "value",
    ),
    (
        "高龄津贴2024年6月1日起执行吗",
        "津贴标准为每人每月200元，2024年6月1日执行。",
        &[AGED],
        "value",
    ),
    (
        "82岁就可以申请高龄津贴吗",
        "本市户籍、82岁的老年人，可以申请高龄津贴。",
        &[AGED],
        "value",
    ),
    (
        "82岁才可以申请高龄津贴吗",
        "本市户籍、82岁的老年人，可以申请高龄津贴，年满80周岁。",
        &[AGED],
        "value",
    ),
    (
        "信访两个月内办结吗",
        "信访事项应当自受理之日起两个月内办结。",
        &[EXTEND],
        "value",
    ),
    (
        "招牌备案提前十五个工作日吗",
        "设置户外招牌，应当在设置前十五个工作日向城市管理部门备案，但面积不足3平方米的招牌除外。",
        &[LICENCE],
        "value",
    ),
    (
        "窗口9:00到18:00办公吗",
        "窗口办公时间为9:00-18:00。",
        &[HOTLINE],
        "value",
    ),
    (
        "咨询电话是0599-6009999吗",
        "咨询电话0599-6009999，或者拨打12345热线。",
        &[HOTLINE],
        "value",
    ),
    (
        "2025年解决率超过95%吗",
        "2025年解决率超过95%。",
        &[HOTLINE],
        "value",
    ),
    (
        "2024年解决率是多少",
        "2024年解决率为85%。",
        &[HOTLINE],
        "value",
    ),
    (
        "第十三条说津贴多少",
        "根据第十三条，津贴标准为每人每月200元。",
        &[AGED],
        "clause",
    ),
    (
        "《贺澜市残疾人保障条例》里津贴多少",
        "根据《贺澜市残疾人保障条例》，津贴标准为每人每月200元。",
        &[AGED],
        "clause",
    ),
];

#[test]
fn the_persons_own_words_may_be_repeated_and_replace_nothing() {
    let wrong: Vec<_> = OWN
        .iter()
        .map(|(own, text, cited, expected)| (text, kinds(text, cited, own), expected))
        .filter(|(_, found, expected)| {
            (**expected == "ok") != (found == "ok") || !found.contains(**expected)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let sentence = "您母亲今年82岁，户口在本市，津贴标准为每人每月200元。";
    assert!(kinds(sentence, &[AGED], "").contains("value"));
    // Repeating the person cannot take the place of evidence.
    assert!(
        kinds(
            "楼下有人一直在放音乐，吵得睡不着。",
            &[AGED],
            "楼下有人一直在放音乐，吵得睡不着"
        )
        .contains("unsupported")
    );
}
