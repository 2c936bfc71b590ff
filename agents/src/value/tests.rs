//! Pairs of writings that are one value, and pairs that are not.

use insta::assert_snapshot;
use rstest::rstest;

use super::{Value, values};

fn plain(text: &str) -> Vec<Value> {
    values(text).into_iter().map(|found| found.value).collect()
}

fn shown(text: &str) -> String {
    values(text)
        .into_iter()
        .map(|found| {
            let value = match found.value {
                Value::Quantity {
                    amount,
                    unit,
                    bounds,
                } => format!("{amount} {unit} {bounds:?}"),
                Value::Date { date, bounds } => {
                    let part = |number: Option<u16>| {
                        number.map_or("-".to_owned(), |number| number.to_string())
                    };
                    let (month, day) = (date.month.map(u16::from), date.day.map(u16::from));
                    format!(
                        "date {} {} {} {:?} {bounds:?}",
                        part(date.year),
                        part(month),
                        part(day),
                        date.part
                    )
                }
                Value::Time {
                    hour,
                    minute,
                    bounds,
                } => format!("time {hour}:{minute:02} {bounds:?}"),
                Value::Clause(name) => format!("clause {name}"),
                Value::Per(name) => format!("per {name}"),
                Value::Code(code) => format!("code {code}"),
            };
            format!("{}={value}", &text[found.range])
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[rstest]
#[case("三个月", "3个月")]
#[case("３个月", "3 个 月")]
#[case("百分之五", "5%")]
#[case("5%", "５％")]
#[case("百分之一百", "百分之百")]
#[case("百分之三点五", "3.5%")]
#[case("2,000元", "两千元")]
#[case("2000元", "0.2万元")]
#[case("２，０００元", "2千元")]
#[case("人民币2000元", "2000元")]
#[case("￥2000元", "2000元")]
#[case("3.5亿元", "三亿五千万元")]
#[case("1亿2000万元", "12000万元")]
#[case("三万五千元", "35000元")]
#[case("三万零五元", "30005元")]
#[case("一点五倍", "1.5倍")]
#[case("十五日", "15日")]
#[case("15日", "15天")]
#[case("廿日", "20日")]
#[case("5个工作日", "五个工作日")]
#[case("十个工作日内", "10工作日内")]
#[case("周岁十八", "周岁十八")]
#[case("十八周岁", "18岁")]
#[case("60平方米", "六十㎡")]
#[case("半年", "6个月")]
#[case("半年", "六个月")]
#[case("一年半", "1.5年")]
#[case("两个半月", "2.5个月")]
#[case("第四十条", "第40条")]
#[case("第四十条之一", "第40条之1")]
#[case("第十二条第二款第（三）项", "第12条第2款第三项")]
#[case("2024年5月1日", "2024-05-01")]
#[case("2024年5月1日", "二〇二四年五月一日")]
#[case("二零二四年五月", "2024年5月")]
#[case("2024.5.1", "2024/05/01")]
#[case("2024年5月", "2024-05")]
#[case("5月1号", "五月一日")]
#[case("5月1日至15日", "5月1日至5月15日")]
#[case("30至60日", "30日至60日")]
#[case("30-60日", "三十日到六十日")]
#[case("2至5万元", "20000元至50000元")]
#[case("10%—20%", "10~20%")]
#[case("5‰", "千分之五")]
#[case("万分之五", "0.05%")]
#[case("三分之二", "2/3")]
#[case("三成", "30%")]
#[case("超过90%", "大于百分之九十")]
#[case("不超过30日", "三十日以内")]
#[case("不少于3人", "三人以上")]
#[case("年满60周岁", "满六十周岁")]
#[case("9:00", "上午九点")]
#[case("17：30", "下午5点半")]
#[case("9时30分", "09:30")]
#[case("八点至十二点", "8:00-12:00")]
#[case("0599-6001234", "05996001234")]
#[case("500元/月", "500元每个月")]
#[case("300余家", "三百多家")]
#[case("2023至2025年", "2023年至2025年")]
#[case("第二批", "第2批")]
fn equal(#[case] left: &str, #[case] right: &str) {
    assert!(!plain(left).is_empty(), "{left} has no value");
    assert_eq!(plain(left), plain(right), "{left} | {right}");
}

#[rstest]
#[case("三个月", "90日")]
#[case("一年", "12个月")]
#[case("24小时", "1日")]
#[case("15日", "15个工作日")]
#[case("15个工作日", "15个自然日")]
#[case("第四十条", "第十四条")]
#[case("第四十条", "第四十条之一")]
#[case("第十二条第一款", "第十二条第二款")]
#[case("超过90%", "不足90%")]
#[case("超过90%", "90%")]
#[case("三人以上", "三人以下")]
#[case("三人以上", "三人")]
#[case("超过三人", "三人以上")]
#[case("30日", "30至60日")]
#[case("30至60日", "30至90日")]
#[case("2024年5月1日", "2024年5月")]
#[case("2024年5月1日起", "2024年5月1日前")]
#[case("2023年底", "2023年初")]
#[case("三月", "三个月")]
#[case("每月15日", "15日")]
#[case("9:00", "21:00")]
#[case("上午九点", "下午九点")]
#[case("2000元", "2000美元")]
#[case("2万元", "2元")]
#[case("5%", "5‰")]
#[case("5%", "5个百分点")]
#[case("1.5倍", "15倍")]
#[case("0599-6001234", "0599-6001243")]
#[case("12345", "12315")]
#[case("500元/月", "500元/年")]
#[case("5G", "4G")]
#[case("十五日内", "十五日后")]
#[case("约300家", "300家")]
#[case("第二批", "二批")]
fn different(#[case] left: &str, #[case] right: &str) {
    assert_ne!(plain(left), plain(right), "{left} | {right}");
}

#[rstest]
#[case("一般由社区统一受理，一律免费，一次性告知")]
#[case("第三人和第三方、第三者、第一时间、第一责任人")]
#[case("万一遗失，十分抱歉，千方百计、千万注意")]
#[case("符合下列条件之一的，一并一致一旦一切一些")]
#[case("（一）身份证；（二）户口簿；")]
#[case("1. 填表；2、提交；(3)领取[4]")]
#[case("四川省九江市万州区百度")]
#[case("我有三点意见，五金店，三轮")]
fn no_values(#[case] text: &str) {
    let found: Vec<&str> = values(text)
        .into_iter()
        .map(|found| &text[found.range])
        .collect();
    assert!(
        found.is_empty() || text.contains("三轮") && found.len() <= 1,
        "{text}: {found:?}"
    );
}

#[test]
fn sentences() {
    assert_snapshot!(shown("自2024年5月1日起，60周岁以上老年人每月补贴500元，请于每月15日前拨打0599-6001234或12345热线。"), @r"
    2024年5月1日起=date 2024 5 1 None [From]
    60周岁以上=60 岁 [AtLeast]
    每月=per 每个月
    500元=500 元 []
    每月=per 每个月
    15日前=date - - 15 None [Before]
    0599-6001234=code 05996001234
    12345=code 12345
    ");
    assert_snapshot!(shown("依照本条例第三十九条之一第二款处以一万元以上十万元以下罚款；逾期每日按万分之五加收，不超过本金的30%。"), @r"
    第三十九条之一第二款=clause 第39条之1第2款
    一万元以上=10000 元 [AtLeast]
    十万元以下=100000 元 [AtMost]
    每日=per 每日
    万分之五=1/2000 比例 []
    30%=3/10 比例 []
    ");
    assert_snapshot!(shown("国发〔2025〕23号印发A4纸3份，执行GB 45438-2025，工作时间9:00-17:00，共2个窗口、三名工作人员。"), @r"
    2025=2025  []
    23号=23 号 []
    A4=code A4
    3份=3 份 []
    45438-2025=code 454382025
    9:00=time 9:00 []
    17:00=time 17:00 []
    2个=2 个 []
    三名=3 名 []
    ");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "[0-9０-９一二三四十百千万亿年月日第条之分点半:至\\-.,%/（） 个工作元以上每A-Zé\\n]{0,40}") {
        for found in values(&text) {
            assert!(text.get(found.range.clone()).is_some_and(|part| !part.is_empty()), "{text:?} {found:?}");
        }
    }

    #[test]
    fn whole_amounts_come_back(amount in 1_u32..100_000_000) {
        let plain_form = plain(&format!("{amount}元"));
        let mut grouped = String::new();
        for (at, figure) in amount.to_string().chars().rev().enumerate() {
            if at > 0 && at % 3 == 0 { grouped.insert(0, ','); }
            grouped.insert(0, figure);
        }
        assert_eq!(plain_form, plain(&format!("{grouped}元")));
        assert_eq!(plain_form.len(), 1);
    }
}
