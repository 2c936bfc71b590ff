//! What people in danger say, beside what people ask about danger, against the list that is shipped.

use rstest::rstest;

use super::Emergencies;

const LIST: &str = include_str!("../../../../seeds/emergencies.toml");

/// Utterances and the number that must be given; several kinds may give the same number.
const MEANT: &[(&str, &str)] = &[
    ("家里好大一股煤气味，怎么办", "gas"),
    ("我闻到燃气味了，灶台关着的", "gas"),
    ("厨房在漏气，嘶嘶响", "gas"),
    ("楼下施工把燃气管挖断了", "gas"),
    ("燃气报警器响了一直不停", "gas"),
    ("隔壁着火了快来人", "fire"),
    ("电动车充电起火了", "fire"),
    ("我家厨房油锅着火，火苗很高", "fire"),
    ("楼道里全是浓烟，看不清路", "fire"),
    ("对面仓库冒黑烟", "fire"),
    ("山上起火了，离村子很近", "fire"),
    ("插座冒火花烧起来了", "fire"),
    ("我爸修灯的时候触电了", "electric"),
    ("路灯漏电，孩子被电到了", "electric"),
    ("高压线掉在路上了", "electric"),
    ("我被困在电梯里了", "elevator"),
    ("电梯停在中间门打不开", "elevator"),
    ("孩子的脚被扶梯夹住了", "elevator"),
    ("水漫进来了，一楼都淹了", "flood"),
    ("车困在水里熄火了，水到胸口", "flood"),
    ("山洪下来了，我们在村口", "flood"),
    ("我们几个人困在屋顶，河水还在涨", "flood"),
    ("孩子反锁在家里，灶上还开着火", "trapped"),
    ("小孩锁车里了，天这么热", "trapped"),
    ("我们在山上迷路了下不来", "trapped"),
    ("救命啊", "trapped"),
    ("有人掉河里了", "drowning"),
    ("孩子溺水了刚捞上来", "drowning"),
    ("有人落水，快来人", "drowning"),
    ("我不想活了", "suicide"),
    ("活着没意思，想从楼上跳下去", "suicide"),
    ("朋友说要自杀，联系不上了", "suicide"),
    ("她割腕了", "suicide"),
    ("我妈喝农药了", "suicide"),
    ("我老公又打我了，我躲在卫生间", "domestic"),
    ("隔壁在打老婆，叫得很惨", "domestic"),
    ("他掐我脖子，拿菜刀威胁我", "domestic"),
    ("有人拿刀在小区门口砍人", "violence"),
    ("我刚被抢了包", "violence"),
    ("有人跟踪我，我不敢回家", "violence"),
    ("家里进贼了，人还在里面", "violence"),
    ("路口出车祸了，人躺着不动", "traffic"),
    ("老人被车撞了，流了很多血", "traffic"),
    ("大货车侧翻，司机卡在驾驶室", "traffic"),
    ("我爷爷突然昏迷叫不醒", "medical"),
    ("有人晕倒在广场，没有呼吸", "medical"),
    ("孩子噎住了脸发紫", "medical"),
    ("我胸口剧痛喘不上气", "medical"),
    ("老伴嘴歪了，说不出话了", "medical"),
    ("一家人吃了野蘑菇都在吐", "poison"),
    ("孩子误服了老鼠药", "poison"),
    ("烧炭取暖头晕，好像煤气中毒", "poison"),
    ("我孩子不见了，在商场走丢的", "missing"),
    ("老年痴呆的奶奶走丢了", "missing"),
    ("有人掉进窨井里了", "manhole"),
    ("路面塌陷，一辆车掉进去了", "manhole"),
    ("后山滑坡了，把路埋了", "landslide"),
    ("房子塌了，人被埋", "landslide"),
    ("化工厂爆炸了", "hazmat"),
    ("罐车泄漏，气味刺鼻", "hazmat"),
    ("楼上掉下来花盆砸到人", "falling"),
    ("广告牌掉下来砸伤路人", "falling"),
    ("我被骗到传销窝点，不让我走", "kidnap"),
    ("有人抱走孩子", "kidnap"),
    ("对方自称公安让我转账到安全账户", "fraud"),
    ("刚被骗了两万块，怎么追回", "fraud"),
    ("没有人管，楼里着火了", "fire"),
    ("请问有没有着火了该打的电话，我家着火了", "fire"),
];

/// Questions about rules, money and papers that name the same things.
const ASKED: &[&str] = &[
    "燃气泄漏应急预案怎么规定的",
    "火灾保险怎么买",
    "燃气安检多久一次",
    "火灾证明在哪里开",
    "家里装燃气怎么报装",
    "消防演练什么时候举行",
    "火灾公众责任险怎么投保",
    "漏电保护器坏了找谁修",
    "加装电梯的补贴标准是多少",
    "电梯年检是谁负责",
    "防洪规划在哪里看",
    "河道采砂许可怎么办",
    "防溺水宣传资料哪里领",
    "游泳馆办证需要什么材料",
    "溺水事故统计数据去哪里查",
    "自杀率统计数据怎么公布",
    "预防自杀的培训课程有吗",
    "反家暴宣传什么时候来社区",
    "家暴离婚起诉要什么材料",
    "人身安全保护令怎么申请",
    "交通事故责任认定书几天出",
    "车祸误工费怎么算",
    "被车撞了怎么理赔",
    "救护车收费标准是多少",
    "大病保险报销比例是多少",
    "食物中毒怎么赔",
    "中毒鉴定机构有哪些",
    "宣告失踪需要几年",
    "井盖标准是什么",
    "盗窃井盖怎么判",
    "危房鉴定找哪个部门",
    "滑坡隐患点搬迁补助怎么申请",
    "抗震设防烈度是多少",
    "危化品经营许可证怎么办",
    "高空抛物怎么取证",
    "高空抛物责任险是什么",
    "举报传销有举报奖励吗",
    "反诈宣传讲座在哪",
    "诈骗罪判几年",
    "诈骗立案标准是多少",
    "居住证怎么办理",
    "孩子上小学要什么材料",
    "老人高龄津贴怎么领",
    "没有着火，就是问一下灭火器在哪里领",
    "我家没有人触电，想问漏电怎么检修",
    "小区从未发生火灾，还要装烟感吗",
    "医保异地就医怎么备案",
    "烟花爆竹什么时候可以放",
];

fn list() -> Emergencies {
    Emergencies::parse("seeds/emergencies.toml", LIST).expect("the shipped list is sound")
}

/// More ways of saying it, of any kind.
const MORE_MEANT: &[&str] = &[
    "我妈突然说话不清楚，半边手脚没力气",
    "厂房里一股煤气，工人头疼",
    "我家老人在卫生间滑倒了叫不答应",
    "楼上有人说要从窗户跳",
    "孩子把手指卡在门缝里拿不出来",
    "我在山里走失了，手机快没电",
    "有人在江边要轻生",
    "电瓶车充电爆了，楼道里都是火",
    "变压器在冒火星",
    "有人拿砍刀在超市里",
    "同学割了手腕",
    "我被关在地下室了",
    "货车撞了一群学生",
    "我老婆难产大出血",
    "宝宝吃花生卡住了，不哭了",
    "爸爸喝了一瓶敌敌畏",
    "下水井里有工人晕了",
    "桥下水里有个人在挣扎",
    "村后的山在往下滑",
    "我弟弟被传销的人扣着",
    "刚才有人冒充银行把我的钱转走了",
    "爷爷走丢两个小时了",
    "儿子放学到现在联系不到",
    "楼顶广告牌快掉了，砸到一个人",
    "我老公拿皮带抽孩子",
    "洪水把桥冲断了，我们出不去",
    "液化气瓶着了",
    "地铁里有人砍人",
    "高压线掉进鱼塘，有人倒了",
    "我好绝望，不想再坚持了",
    "有人把我堵在楼道里要强奸我",
    "车掉进水库了",
    "电梯里有人昏倒",
    "氯气罐漏了，呼吸困难",
    "公交车起火了",
    "我弟弟掉冰窟窿里了",
    "工地吊车倒了压到人",
    "老公把我反锁在屋里不给吃的",
    "孩子手被电风扇绞了",
    "楼下饭馆煤气罐要爆",
    "我爸心绞痛，药也没了",
    "有个老人躺在地上没动静",
    "湖边有小孩滑下去了",
    "一个男的拿铁棍打人",
    "我家天花板掉下来砸着老人",
    "烤火炉熏得我们都晕",
    "有人在小区纵火",
    "孕妇肚子痛得厉害，出血了",
    "泥石流来了，路断了",
    "我觉得活着是负担",
    "司机突然抽筋，车停在高速",
    "高压锅炸了，脸烫伤了",
    "有人强行把我女儿带走",
    "不认识的人一直跟着我到楼下",
    "我的卡刚被人刷走八万",
    "山火往村里烧过来了",
    "电梯里困了三个人",
    "小孩从三楼掉下去了",
    "我被狗咬得很深，一直流血",
    "家里漏电，浴室里人倒了",
    "货车冲进店里了",
    "同学站在教学楼顶上哭",
    "他说要杀了我全家",
    "井里有两个工人没动静了",
    "老人一个人出去，天黑了还没到家",
];

/// Everyday questions, some of which hold a word of danger.
const MORE_ASKED: &[&str] = &[
    "怎么申请临时救助",
    "孩子联系不上班主任怎么办",
    "刷单兼职合法吗",
    "我丢了身份证没回来找到",
    "下水道堵了",
    "楼房外墙裂缝报修",
    "申请公租房被骗签字了",
    "被困难户认定标准",
    "跳广场舞太吵",
    "要跳槽社保怎么转",
    "电梯停用通知什么时候恢复",
    "打人赔偿多少钱",
    "车位被占怎么办",
    "小区大门砸门禁卡",
    "水电费涨得太快",
    "快递被抢购一空",
    "孩子要打疫苗",
    "烟大是不是学校",
    "被打印店多收钱",
    "倒地铁换乘",
    "养老院老人不见得愿意去",
    "刺鼻的装修味道能投诉吗",
    "困在合同里怎么解约",
    "路边树倒下来堵路",
    "扣留驾照怎么拿回",
    "车辆被扣留了",
    "电动车上牌",
    "遗言公证怎么办",
    "房子着火保险赔吗",
    "遗嘱和遗言有什么区别",
    "爆炸物品许可",
    "冒火锅店油烟扰民",
    "低保户怎么申请",
    "公积金能贷多少",
    "机动车年检流程",
    "小区绿化谁管",
    "孩子转学手续",
    "噪音扰民找谁",
    "失业金领多久",
    "消防验收要什么资料",
    "燃气过户怎么办",
    "电动车充电桩安装申请",
    "防汛值班电话多少",
    "社区心理服务站在哪",
    "校园欺凌怎么举报",
    "公交卡丢了",
    "残疾人证办理",
    "养犬登记",
    "无障碍坡道改造",
    "新生儿落户",
    "殡葬费减免",
    "积分落户条件",
    "养老金认证",
    "道路施工到几号",
    "二手房过户税费",
    "医保断缴影响",
    "施工扬尘投诉",
    "流浪狗太多",
    "违建举报",
    "夜市占道",
    "物业不作为",
    "井盖异响",
];

#[test]
fn people_in_danger_are_recognised() {
    assert!(MEANT.len() >= 60);
    let list = list();
    // The right number matters, not which of two kinds is named first.
    let number = |id: &str| {
        list.iter()
            .find(|emergency| emergency.id == id)
            .map(|emergency| emergency.number.clone())
    };
    let all = MEANT.iter().map(|(text, _)| text).chain(MORE_MEANT);
    let missed: Vec<_> = all.filter(|text| list.find(text).is_none()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    for (text, id) in MEANT {
        let found = list.find(text).expect("found above");
        if found.id != *id {
            eprintln!(
                "{text}: {} ({}) before {id} ({:?})",
                found.id,
                found.number,
                number(id)
            );
        }
    }
}

#[test]
fn questions_are_no_alarms() {
    assert!(ASKED.len() >= 40);
    let list = list();
    let alarmed: Vec<_> = ASKED
        .iter()
        .chain(MORE_ASKED)
        .filter_map(|text| {
            list.find(text)
                .map(|emergency| (text, emergency.id.clone()))
        })
        .collect();
    assert!(alarmed.is_empty(), "{alarmed:#?}");
}

#[test]
fn every_kind_has_a_number_and_advice() {
    let list = list();
    assert!(list.iter().count() > 10);
    for emergency in list.iter() {
        assert!(
            emergency.number.chars().any(|next| next.is_ascii_digit()),
            "{}",
            emergency.id
        );
        assert!(
            emergency.advice.contains(&emergency.number)
                || emergency.advice.contains("110")
                || emergency.advice.contains("120")
        );
    }
}

#[rstest]
#[case("着火了", true)]
#[case("着 火 了！", true)]
#[case("没有着火了的情况", false)]
#[case("没有再着火了", false)]
#[case("没着火了，刚才着火了", true)]
#[case("有没有着火了", true)]
#[case("演习着火了", false)]
#[case("没有人，着火了", true)]
#[case("是不是着火了", true)]
#[case("会不会着火了", true)]
#[case("这不是着火了吗", true)]
#[case("不是着火了，是烧烤", false)]
fn negation(#[case] text: &str, #[case] expected: bool) {
    let list = Emergencies::parse(
        "list",
        "[[emergency]]\nid = \"fire\"\nwords = [\"着火了\"]\nunless = [\"演习\"]\nnumber = \"119\"\nadvice = \"快跑\"\n",
    )
    .expect("sound");
    assert_eq!(list.find(text).is_some(), expected);
}

/// A sign alone is none, nor is distress alone, nor both where something is asked for.
#[rstest]
#[case("电梯门不开，奶奶在哭", true)]
#[case("奶奶在哭，电梯不动", true)]
#[case("奶奶在哭，电梯不动，怎么办", true)]
#[case("电梯什么时候修好", false)]
#[case("奶奶在哭", false)]
#[case("奶奶没有在哭，电梯不动", false)]
#[case("奶奶在哭，电梯的补贴怎么申请", false)]
fn distress_with_a_sign(#[case] text: &str, #[case] expected: bool) {
    let list = Emergencies::parse(
        "list",
        "distress = [\"在哭\"]\nasks = [\"怎么\"]\n[[emergency]]\nid = \"elevator\"\nwords = [\"电梯困人\"]\nsigns = [\"电梯\"]\nnumber = \"119\"\nadvice = \"等\"\n",
    )
    .expect("sound");
    assert_eq!(list.find(text).is_some(), expected);
}

#[test]
fn bad_lists_are_refused() {
    for (text, part) in [
        (
            "[[emergency]]\nid = \"x\"\nwords = [\"，\"]\nnumber = \"1\"\nadvice = \"a\"\n",
            "`x`",
        ),
        ("harmless = [\"，\"]\n", "harmless"),
        ("[[emergency]]\nid = 3", "line 2"),
        ("[[emergency]]\nids = \"x\"", "ids"),
    ] {
        let message = Emergencies::parse("list.toml", text)
            .expect_err("bad")
            .to_string();
        assert!(
            message.starts_with("list.toml: ") && message.contains(part),
            "{message}"
        );
    }
}

/// The pairs of the suite `emergency`: as callers say it, also in dialect and misspelt, and what only sounds alike.
#[test]
fn the_suite_is_told_apart() {
    #[derive(serde::Deserialize)]
    struct Case {
        r#type: String,
        question: String,
    }
    let list = list();
    let (mut missed, mut alarmed) = (Vec::new(), Vec::new());
    for line in include_str!("../../../../evals/emergency/cases.jsonl").lines() {
        let case: Case = serde_json::from_str(line).expect("a case");
        match (list.find(&case.question), case.r#type.as_str()) {
            (Some(kind), "near_miss") => alarmed.push((case.question, kind.id.clone())),
            (None, kind) if kind != "near_miss" => missed.push(case.question),
            _ => {}
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(alarmed.is_empty(), "{alarmed:#?}");
}
