//! Forms and contexts of each kind, hard negatives, and precision and recall on the development set. In the examples
//! `{mobile:13800001234}` marks what must be found. Serial numbers are invented.

use std::collections::BTreeMap;
use std::path::Path;

use rstest::rstest;
use serde::Deserialize;

use super::{Kind, find};

/// A text without its marks, and what they mark, in characters.
fn unmarked(marked: &str) -> (String, Vec<(String, usize, usize)>) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('{') {
        let (span, after) = after.split_once('}').expect("a mark ends");
        let (kind, inner) = span.split_once(':').expect("a mark has a kind");
        text.push_str(before);
        let from = text.chars().count();
        text.push_str(inner);
        spans.push((kind.to_owned(), from, text.chars().count()));
        rest = after;
    }
    text.push_str(rest);
    (text, spans)
}

fn found(text: &str) -> Vec<(String, usize, usize)> {
    let at = |byte: usize| text[..byte].chars().count();
    find(text)
        .into_iter()
        .map(|personal| {
            (
                personal.kind.name().to_owned(),
                at(personal.range.start),
                at(personal.range.end),
            )
        })
        .collect()
}

fn check(examples: &[&str]) {
    let mut wrong = Vec::new();
    for marked in examples {
        let (text, spans) = unmarked(marked);
        let got = found(&text);
        if got != spans {
            let cut = |(kind, from, to): &(String, usize, usize)| {
                let inner: String = text.chars().skip(*from).take(to - from).collect();
                format!("{kind}:{inner}")
            };
            let got: Vec<String> = got.iter().map(cut).collect();
            wrong.push(format!("{marked} -> {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn numbers() {
    check(&[
        "电话{mobile:13800001234}。",
        "手机{mobile:138-0000-1234}",
        "手机{mobile:138 0000 1234}",
        "手机{mobile:138.0000.1234}",
        "手机{mobile:138·0000·1234}",
        "手机{mobile:138 - 0000 - 1234}",
        "手机{mobile:138—0000—1234}",
        "手机{mobile:1380 0001 234}",
        "Tel:{mobile:13800001234}",
        "tel{mobile:13800001234}",
        "手机{mobile:+8613800001234}",
        "手机{mobile:+86-138-0000-1234}",
        "手机{mobile:+86 138 0000 1234}",
        "手机{mobile:（+86）13800001234}",
        "手机{mobile:0086 13800001234}",
        "{mobile:１３８００００１２３４}",
        "{mobile:138\u{200b}0000\u{200b}1234}打不通",
        "{mobile:138\u{feff}00001234}",
        "{mobile:13800001234}、{mobile:13900001235}都打不通",
        "身份证{id:510107198106309556}。",
        "身份证{id:510107 19810630 9556}",
        "身份证{id:510107-19810630-9556}",
        "身份证{id:5101 0719 8106 3095 56}",
        "身份证{id:510 107 1981 0630 9556}",
        "{id:11010120141130952X}",
        "{id:11010120141130952x}",
        "{id:440305 19680313 967X}",
        "身份证号码{id:440305 19680313 967 X}",
        "{id:１１０１０１２０１４１１３０９５２Ｘ}",
        "旧身份证号{id:510107810630955}",
        "卡号{bank:6217007579383473}",
        "卡号{bank:6217 0075 7938 3473}",
        "卡号{bank:6217-0075-7938-3473}",
        "卡号{bank:6217.0075.7938.3473}",
        "卡号{bank:6217 0064 6252 9548 265}",
        "卡号{bank:621700 6462529548265}",
        "卡号{bank:62170075\u{200d}79383473}",
        "我家座机{phone:0599-6001234}",
        "家里电话{phone:0571-8765 4321}",
        "家里电话{phone:（0571）87654321}",
        "我的固定电话{phone:057187654321}",
        "家里座机{phone:87654321}没人接",
        "邮箱{mail:user181@example.com}，谢谢",
        "邮箱{mail:ｕｓｅｒ＠example.com}",
        "邮箱{mail:user @ example.com}",
        "邮箱是{mail:li.xiu-ying_8@mail.example。com}。",
    ]);
}

#[test]
fn no_numbers_of_anybody() {
    check(&[
        "工单编号532879602479732232已办结",
        "办件流水号310104195701289560",
        "统一社会信用代码91539595MA96397981X",
        "统一社会信用代码 91 539595 MA96397981 X",
        "北纬16.79165604，东经67.94900950",
        "施工时间20250810183000至次日",
        "索引号0000852660826",
        "预算为95353150868元，增长0.8%",
        "预算19535315086元",
        "传感器SN9994471131122661液位2.057米",
        "身份证510107198106309557",
        "身份证510107198113309556",
        "身份证510107 19810630 9557",
        "卡号6217007579383474",
        "手机12800001234",
        "单号138000012345",
        "订单号13800001234未支付",
        "运单编号：13800001234",
        "快递单号SF1380000123456",
        "拨打12345或者110、95598",
        "请拨打12345政务服务便民热线或0571-87654321咨询",
        "街道办事处值班电话：0599-6001234",
        "2024-05-01至2025-05-01",
        "1985-12-31 08:00",
        "版本1.13800001234",
        "坐标138.0000，35.1234",
        "国发〔2025〕23号 @ 办公厅",
        "服务器地址192.168.1.100",
        "@所有人 明天停水",
    ]);
}

#[test]
fn plates() {
    check(&[
        "车牌{plate:京B468GF}占用消防通道",
        "车牌号{plate:浙A·20A75}",
        "{plate:粤S 67F9F}乱停",
        "{plate:粤S-67F9F}乱停",
        "新能源车{plate:京AD12345}",
        "货车{plate:苏E12345D}超载",
        "教练车{plate:京A1234学}",
        "粤港车{plate:粤Z1A23港}",
        "小写{plate:浙a20a75}",
        "全角{plate:浙Ａ２０Ａ７５}",
        "隔开{plate:浙A\u{200b}20A75}",
        "使馆车{plate:使014·578}",
    ]);
    check(&[
        "云A是昆明的号段",
        "新A12345678号文件",
        "苏B级旅游景区",
        "编号123456使用说明",
        "贵州省A类企业",
        "粤ABCDEF",
    ]);
}

#[test]
fn addresses() {
    check(&[
        "家住{addr:滨江二路333号锦绣家园20栋1单元401室}，申请高龄补贴",
        "地址：{addr:滨江二路148号阳光花园3栋705室}，漏水三天了",
        "住址:{addr:和澜市临江区古城街道滨江二路１２号３栋２单元５０１室}",
        "我家住在{addr:松溪县高桥镇白沙村3组12号}",
        "我住{addr:人民东路354号26栋3单元1605室}",
        "我家{addr:阳光花园3栋501}漏水",
        "家住{addr:阳光花园3-2-501}",
        "家住{addr:阳光花园 20栋 1单元 401室}",
        "家住{addr:石门一路82弄5号601室}",
        "家住{addr:文庙街12号}",
        "家住{addr:幸福里小区三栋二单元五零一室}",
        "家住{addr:万科金域蓝湾A座1203}",
        "住{addr:解放大道66号院3号楼2门401}",
        "住在{addr:滨江二\u{200b}路12号3\u{200b}栋501室}",
        "户籍地址为{addr:云台区科苑大道88号附3号}",
        "反映{addr:人民东路109号阳光花园24栋1403室}噪音扰民",
        "收货地址：{addr:临江区中山路北段9号（锦绣家园）5幢302室}",
        "我在政务服务中心办的，家住{addr:滨江路12号3栋501室}",
        "请寄到{addr:学院街180号翠湖小区8栋104室}",
        "租住{addr:银行家属院2栋301室}",
    ]);
}

#[test]
fn no_addresses_of_homes() {
    check(&[
        "人民路街道办事处位于市中心，服务范围覆盖9个社区。",
        "和澜市云台区云台广场1号市政务服务中心一层A区",
        "政务服务中心地址：云台广场1号3楼302室",
        "派出所在人民路12号2楼201室",
        "人民路12号门口的井盖坏了",
        "6月1号阳光花园停水",
        "地铁10号线2号口",
        "第3栋楼道堆满杂物",
        "小区3栋和4栋之间没有路灯",
        "国发〔2025〕23号文件第3章第2条",
        "业主大会由三分之二以上的户数组成",
        "三楼的302室一直在装修",
        "从1号到30号都可以办理",
        "阳光花园三户人家一起投诉",
        "中山路封路到几号",
        "102路公交车3号站台",
    ]);
}

#[test]
fn names() {
    check(&[
        "我叫{name:李秀英}，退休了",
        "联系人{name:周伟}（{mobile:138-0000-1234}）",
        "联系人：{name:欧阳建国}",
        "户名{name:王子涵}。",
        "姓名：{name:张 伟}",
        "姓名 {name:赵志强} 身份证 {id:510107198106309556}",
        "我叫{name:张伟}想办居住证",
        "我是{name:李建国}，反映路灯不亮",
        "本人{name:黄小红}，身份证号{id:510107198106309556}",
        "申请人{name:刘桂兰}的材料",
        "请转告{name:李秀英}女士",
        "{name:杨军}先生投诉楼下餐馆",
        "{name:周伟}（{mobile:13800001234}）来电",
        "我儿子叫{name:陈志强}，今年六岁",
        "委托人{name:司马欣怡}电话{mobile:13800001234}",
        "姓名：{name:买买提·艾力}",
        "我叫{name:李\u{200b}秀\u{200b}英}，",
        "患者{name:张伟}，男，35岁",
        "户主是{name:王桂兰}",
    ]);
}

#[test]
fn no_names() {
    check(&[
        "老人高龄津贴怎么领",
        "学生安全谁负责",
        "孩子高中毕业",
        "我是江西人，来和澜打工",
        "我是高中老师",
        "我是常住人口，孩子能上学吗",
        "我是白领，能申请公租房吗",
        "本人安徽户口",
        "王先生您好",
        "联系人王先生，周末在家",
        "联系人王主任",
        "女儿白血病怎么报销",
        "父亲高血压能办慢病吗",
        "联系人电话有变更",
        "联系人方便时回电",
        "户名李宁体育用品有限公司",
        "业主权利有哪些",
        "业主严重违约",
        "申请人应当提交材料",
        "市民热线打不通",
        "居民万元以上的收入",
        "金额（12345678901）",
        "周末（13点）办公吗",
        "余额：13000001234",
        "房东任意涨租",
        "父亲于今年去世",
        "被告任何时候都可以答辩",
        "孩子周岁以内怎么落户",
        "老人常年卧床",
        "姓名变更怎么办理",
        "联系人：无",
    ]);
}

/// A phrase that people write around what is not personal.
#[rstest]
#[case("夜里施工太吵找谁管")]
#[case("我想问一下低保怎么申请，之前的材料还要重新交吗？")]
#[case("租房押金房东不退怎么办？")]
#[case("根据《和澜市物业管理条例》第八条，业主大会怎么成立")]
fn everyday_questions_hold_nothing(#[case] text: &str) {
    assert_eq!(find(text), []);
}

#[test]
fn names_of_kinds_are_those_of_json() {
    for kind in Kind::ALL {
        let json = serde_json::to_value(kind).expect("serialises");
        assert_eq!(json, kind.name());
    }
}

#[derive(Deserialize)]
struct Row {
    text: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    #[serde(rename = "type")]
    kind: String,
    start: usize,
    end: usize,
}

#[derive(Default)]
struct Count {
    right: usize,
    wrong: usize,
    missed: usize,
}

#[test]
fn measured_on_the_development_set() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/evals/pii/dev.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            path.display()
        );
        eprintln!("skipped: {} is missing", path.display());
        return;
    };
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for line in text.lines() {
        let row: Row = serde_json::from_str(line).expect("a row");
        let spans: Vec<_> = row
            .spans
            .into_iter()
            .map(|span| (span.kind, span.start, span.end))
            .collect();
        let found = found(&row.text);
        for span in &spans {
            let count = counts.entry(span.0.clone()).or_default();
            if found.contains(span) {
                count.right += 1;
            } else {
                count.missed += 1;
                eprintln!("missed {span:?}: {}", row.text);
            }
        }
        for span in found.iter().filter(|span| !spans.contains(span)) {
            counts.entry(span.0.clone()).or_default().wrong += 1;
            eprintln!("wrong {span:?}: {}", row.text);
        }
    }
    for (kind, count) in counts {
        eprintln!(
            "{kind}: {} right, {} wrong, {} missed",
            count.right, count.wrong, count.missed
        );
        let least = match kind.as_str() {
            "id" | "mobile" | "bank" => 995,
            _ => 950,
        };
        let share = |of: usize| count.right * 1_000 >= of * least;
        assert!(share(count.right + count.wrong), "precision of {kind}");
        assert!(share(count.right + count.missed), "recall of {kind}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "[0-9０-９@.a-zX+() \\-手机号卡至，我叫李王家住路街小区号栋室京A\u{200b}。]{0,60}") {
        let mut end = 0;
        for personal in find(&text) {
            assert!(text.get(personal.range.clone()).is_some_and(|found| !found.is_empty()));
            assert!(personal.range.start >= end, "in order and disjoint");
            end = personal.range.end;
        }
        let masked = super::super::mask::mask_own(&text);
        assert!(masked.chars().count() <= text.chars().count() + 60);
    }
}
