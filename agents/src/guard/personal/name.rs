//! 姓名: a known surname and one or two characters, where the words around say that a person is named.
//!
//! A surname alone (王先生) names nobody. Most surnames are also ordinary characters, so without such words nothing is
//! taken, and ordinary words that begin like a name (高龄, 安全) are left.

use std::sync::LazyLock;

use super::{Kind, Matched, Words, after, before, words};

/// The surnames of all but few, without those that mostly are something else in a sentence.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任\
    卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷黎史龙陶贺顾毛郝龚邵万覃武钱戴严莫孔向常汤康易乔赖文\
    庞樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦向柳邢骆岳齐梅庄辛管祝左涂谷时舒耿卜路詹凌鲍司阎欧柏阮桂童霍连占\
    冼巫苗裘费项戚曲麦卓娄狄穆芮靳冉桑柯甘厉戎祖符仲宫仇栾屠蒙闻姬饶鞠荆桓牟佘佟苑敖晏褚卫鄢嵇裴宗邬郁诸杭隗钮游祁";

static DOUBLE: Words = LazyLock::new(|| {
    words("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 端木 南宫 独孤 长孙")
});

/// Words after which a person is named.
static LEADS: Words = LazyLock::new(|| {
    words(
        "姓名 联系人 户名 我叫 名叫 叫做 本名 真名 申请人 投诉人 举报人 反映人 委托人 受托人 代办人 经办人 \
         收件人 收货人 收款人 付款人 被告 原告 户主 车主 业主 租客 租户 房东 患者 病人 监护人 当事人 来电人 \
         报案人 报修人 名字 实名 签名 署名 签字 甲方 乙方 男方 女方 被执行人 经手人 签收人 负责人 法定代表人 \
         外婆 外公 奶奶 爷爷 弟弟 哥哥 姐姐 妹妹 岳父 岳母 公公 婆婆 舅舅 姑姑 侄子 外甥 工头 房客 name 被保险人 投保人 父亲 母亲 爸爸 妈妈 丈夫 妻子 爱人 老公 老婆 儿子 女儿 孩子 老人 学生 \
         居民 市民 村民 同事 邻居 持卡人 开户人 参保人 纳税人 死者 亡者 登记人 承租人",
    )
});

/// Words that also stand before much else; a name after them must be followed by a pause.
const WEAK: [&str; 5] = ["我是", "本人", "这里是", "他是", "她是"];

/// What may stand between such a word and the name.
const BETWEEN: [&str; 10] = [":", " ", "是", "为", "叫", "(", "“", "的", "\"", "'"];

/// Titles that follow a full name.
static TITLES: Words = LazyLock::new(|| {
    words("先生 女士 小姐 同志 老师 师傅 大爷 大妈 大娘 阿姨 叔叔 奶奶 爷爷 老人 同学 夫妇 等人")
});

/// Ranks that stand after a surname alone.
static RANKS: Words = LazyLock::new(|| {
    words(
        "科长 主任 经理 局长 处长 队长 医生 律师 警官 书记 市长 县长 镇长 校长 院长 教授 老板 会计",
    )
});

/// Words that may follow a name at once.
static FOLLOWING: Words = LazyLock::new(|| {
    words(
        "的 在 于 是 和 与 及 住 家住 男 女 今年 想 要 因 已 申请 反映 来电 投诉 咨询 举报 身份证 身份 电话 \
         手机 联系 名下 户籍 出生 去世 死亡 签字 收 本人 称 说 办理 证件 账号 卡号 开户 号码 租住 不在 也",
    )
});

/// Characters that are in no given name.
const NOT_GIVEN: &str =
    "的在是了我你她他它们于因与及没不这那说问吗呢吧啊也被把给从向住址号话证卡码岁元有无个某姓氏";

/// Ordinary words that begin with a surname.
static WORDS: Words = LazyLock::new(|| {
    words(
        "高龄 高中 高级 高考 高校 高新 高层 高速 高温 高度 高铁 江西 江苏 江湾 江北 江南 江边 安徽 安全 安置 \
         安装 安排 安宁 方便 方案 方法 方面 方向 任何 任务 任意 任职 任课 常住 常年 常见 常用 白天 白领 白色 \
         成都 程序 管理 管道 管辖 金额 金融 金牌 康复 连续 林业 林地 凌晨 路人 路口 路灯 路边 路段 马上 马路 \
         毛病 万一 万元 文化 文件 文号 文明 温度 武汉 武警 夏天 夏季 项目 向来 谢谢 辛苦 许可 许多 严重 严格 \
         叶子 易燃 余额 余下 张贴 郑重 郑州 钟点 周末 周一 周二 周三 周四 周五 周六 周日 周围 周边 周岁 周期 \
         庄稼 左右 左边 孙子 孙女 黄金 黄色 石头 石油 水电 田地 时间 时候 时限 于是 申报 申诉 申办 申请 何时 \
         何地 何种 何人 何处 施工 施行 温州 苏州 杭州 广州 兰州 贺州 范围 史上 童年 龙头 司机 司法 单位 陆续 \
         尤其 毕业 汤水 牛奶 章程 季度 桂林 梅雨 柳州 齐全 欧洲 谷雨 卜算 于今 于昨 于去 于本 于上 于下 于前 \
         于当 于二 于一 于三 白血 白癜 高血 高烧 高热 黄疸 连同 连带 连忙 占用 占道 占地 苗圃 苗族 苗木 费用 费劲 项链 麦子 卓越 穆斯 祖父 祖母 \
         祖传 祖孙 祖国 符合 仲裁 甘肃 甘愿 厉害 宫颈 仇人 屠宰 屠夫 蒙古 闻到 荆州 卫生 卫健 卫星 卫浴 宗教 宗亲 \
         诸如 诸多 诸位 诸葛 付费 管教 祖籍 连相 连咨 常态 游行 钱财 管部 时处 陈述 高质 莫让 向社 向物 向市 游泳 游客 游玩 游戏 桑拿 戚友",
    )
});

/// What a weak word is also followed by: 我是江西人，我是高中生.
const ROLES: [char; 12] = [
    '人', '员', '户', '者', '工', '民', '师', '族', '属', '家', '商', '主',
];

pub(super) fn find(chars: &[char], taken: &[Matched]) -> Vec<Matched> {
    let (mut found, mut at): (Vec<Matched>, usize) = (Vec::new(), 0);
    while at < chars.len() {
        // 张伟、李娜和王芳: who stands in a list with a name is a name.
        let listed = found
            .last()
            .is_some_and(|last| last.to + 1 == at && "、,/和与及 ".contains(chars[last.to]));
        match name(chars, at, listed, taken) {
            Some(to) => {
                found.push(Matched {
                    from: at,
                    to,
                    kind: Kind::Name,
                });
                at = to;
            }
            None => at += 1,
        }
    }
    found
}

/// How sure the words before are that a person is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Strong,
    Weak,
    /// The name begins the text or stands after a mark.
    Pause,
    None,
}

/// The end of the name that begins here.
fn name(chars: &[char], at: usize, listed: bool, taken: &[Matched]) -> Option<usize> {
    if let Some(end) = dotted(chars, at) {
        return (lead(chars, at) == Lead::Strong).then_some(end);
    }
    let surname = surname(chars, at)?;
    let words = after(chars, at, 2);
    let rank = after(chars, at + surname, 2);
    if WORDS.contains(&words.as_str())
        || TITLES.contains(&rank.as_str())
        || RANKS.contains(&rank.as_str())
    {
        return None;
    }
    let lead = if listed {
        Lead::Strong
    } else {
        lead(chars, at)
    };
    // Forms have 张 伟.
    let gap = usize::from(lead == Lead::Strong && chars.get(at + surname) == Some(&' '));
    let given = |length: usize| {
        let end = at + surname + gap + length;
        let chars = chars.get(at + surname + gap..end)?;
        let written = chars
            .iter()
            .all(|next| is_han(*next) && !NOT_GIVEN.contains(*next));
        written.then_some(end)
    };
    // 张伟男，35岁: the last character tells something else.
    let sex = |end: usize| matches!(chars[end - 1], '男' | '女') && pause(chars, end);
    [2, 1]
        .into_iter()
        .filter_map(given)
        .filter(|end| !(sex(*end) && end - at - surname - gap == 2))
        .find(|end| fits(chars, at, *end, lead, taken))
}

/// 阿依古丽·买买提: names of other peoples, with a point.
fn dotted(chars: &[char], at: usize) -> Option<usize> {
    let run = |from: usize| {
        let length = chars[from.min(chars.len())..]
            .iter()
            .take_while(|next| is_han(**next))
            .count();
        (2..=7).contains(&length).then_some(from + length)
    };
    let mut end = run(at)?;
    let mut parts = 1;
    while matches!(chars.get(end), Some('·' | '•' | '・')) {
        end = run(end + 1)?;
        parts += 1;
    }
    (parts > 1).then_some(end)
}

fn surname(chars: &[char], at: usize) -> Option<usize> {
    let double = after(chars, at, 2);
    if DOUBLE.contains(&double.as_str()) {
        Some(2)
    } else {
        SURNAMES.contains(chars[at]).then_some(1)
    }
}

fn lead(chars: &[char], at: usize) -> Lead {
    let text = before(chars, at, 12);
    let mut rest = text.as_str();
    loop {
        if LEADS.iter().any(|word| rest.ends_with(word)) {
            return Lead::Strong;
        }
        if WEAK.iter().any(|word| rest.ends_with(word)) {
            return Lead::Weak;
        }
        match BETWEEN.iter().find_map(|word| rest.strip_suffix(word)) {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    if at == 0 || !chars[at - 1].is_alphanumeric() {
        Lead::Pause
    } else {
        Lead::None
    }
}

fn is_han(next: char) -> bool {
    matches!(next, '\u{3400}'..='\u{9fff}' | '〇' | '\u{20000}'..='\u{323af}')
}

/// Whether the text pauses here: it ends, or a mark, figure or letter follows.
fn pause(chars: &[char], at: usize) -> bool {
    chars.get(at).is_none_or(|next| !is_han(*next))
}

/// Whether what stands around makes these characters a name.
fn fits(chars: &[char], at: usize, end: usize, lead: Lead, taken: &[Matched]) -> bool {
    let text = after(chars, end, 4);
    let titled = TITLES.iter().any(|title| text.starts_with(title));
    let followed = FOLLOWING.iter().any(|word| text.starts_with(word));
    // 周伟（138…）, 周伟 138…
    let numbered = taken.iter().any(|taken| {
        let gap = taken.from.checked_sub(end);
        gap.is_some_and(|gap| gap <= 4 && chars[end..taken.from].iter().all(|next| !is_han(*next)))
            && matches!(taken.kind, Kind::Mobile | Kind::Identity)
    });
    match lead {
        Lead::Strong => pause(chars, end) || titled || followed,
        Lead::Weak => {
            let role = ROLES.contains(&chars[end - 1]);
            !role && (titled || pause(chars, end))
        }
        Lead::Pause => titled || (numbered && pause(chars, end)),
        // 登记在闫庆丰名下
        Lead::None => {
            (titled || text.starts_with("名下")) && end - at >= 2 && stops_before(chars, at)
        }
    }
}

/// Whether a name may begin after the character before it: 请转告李秀英女士.
fn stops_before(chars: &[char], at: usize) -> bool {
    at > 0 && "是找和与给请向对被让告由及的为跟在把".contains(chars[at - 1])
}
