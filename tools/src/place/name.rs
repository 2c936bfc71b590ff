//! The names of an address: those that are known, and those that end as names of places do.

use super::address::Part;
use super::fold::Folded;

/// A name in a message, in folded positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Which segment it is; `None` for a landmark.
    pub(super) part: Option<Part>,
    /// Which of the known names it is.
    pub(super) known: Option<usize>,
}

/// An ending of names.
struct Ending {
    word: &'static str,
    part: Option<Part>,
    /// Not a name behind one of these characters: 马路, 小区.
    behind: &'static str,
    /// Nor before one of these: 路灯, 市场.
    before: &'static str,
    /// The longest name without the ending.
    longest: usize,
}

const fn ending(
    word: &'static str,
    part: Part,
    behind: &'static str,
    before: &'static str,
) -> Ending {
    Ending {
        word,
        part: Some(part),
        behind,
        before,
        longest: 4,
    }
}

const fn landmark(word: &'static str) -> Ending {
    Ending {
        word,
        part: None,
        behind: "公私民立办",
        before: "",
        longest: 6,
    }
}

/// Longer endings before the shorter ones that they contain.
const ENDINGS: [Ending; 37] = [
    ending("街道", Part::Street, "", "办"),
    ending("镇", Part::Street, "城乡全本古村各集", "静压守定长"),
    ending("乡", Part::Street, "家老故城下返全本各", "亲下村镇"),
    ending("小区", Part::Community, "", ""),
    ending("社区", Part::Community, "", "服医卫食养"),
    ending("新村", Part::Community, "", ""),
    ending("花园", Part::Community, "后小", ""),
    ending("家园", Part::Community, "", ""),
    ending("公寓", Part::Community, "", ""),
    ending("家苑", Part::Community, "", ""),
    ending("苑", Part::Community, "", ""),
    ending("村", Part::Community, "农乡全各新我本", ""),
    ending("大道", Part::Road, "", ""),
    ending("大街", Part::Road, "", ""),
    ending("胡同", Part::Road, "", ""),
    ending(
        "路",
        Part::Road,
        "马公铁网线走修堵思出迷养电道半",
        "灯面由况障过人费政标牌基线程",
    ),
    ending("街", Part::Road, "逛上行", "道坊头"),
    ending("巷", Part::Road, "小", ""),
    ending("自治州", Part::City, "", ""),
    ending("自治区", Part::Province, "", ""),
    ending("自治县", Part::District, "", ""),
    ending(
        "区",
        Part::District,
        "小社园景校厂辖地街片山库禁灾牧林商院宅新城市老郊学民战疫险住业间务全本各治",
        "别分",
    ),
    ending("县", Part::District, "全本外各治", ""),
    ending(
        "市",
        Part::City,
        "超城菜夜早集股上都全本我门楼花各",
        "场民政局长里区容面中级委府",
    ),
    ending("省", Part::Province, "节反本全外各", "钱电事得下"),
    landmark("幼儿园"),
    landmark("小学"),
    landmark("中学"),
    landmark("大学"),
    landmark("医院"),
    landmark("公园"),
    landmark("广场"),
    landmark("菜市场"),
    landmark("菜场"),
    landmark("市场"),
    landmark("大桥"),
    landmark("车站"),
];

/// Things that are found without a name when it is said how something lies to them: 菜场对面.
const THINGS: [&str; 31] = [
    "农贸市场",
    "菜市场",
    "菜场",
    "公交站",
    "地铁站",
    "火车站",
    "汽车站",
    "幼儿园",
    "小学",
    "中学",
    "学校",
    "医院",
    "公园",
    "广场",
    "超市",
    "银行",
    "药店",
    "加油站",
    "派出所",
    "邮局",
    "商场",
    "大桥",
    "桥头",
    "码头",
    "村委会",
    "居委会",
    "村口",
    "垃圾站",
    "公厕",
    "停车场",
    "工地",
];

/// How a thing lies to such a one.
const RELATIONS: [&str; 12] = [
    "对面",
    "正对面",
    "斜对面",
    "旁边",
    "附近",
    "隔壁",
    "门口",
    "大门口",
    "后面",
    "前面",
    "旁",
    "边上",
];

/// Characters that no name holds.
const NEVER: &str = "我你您他她它们的了在住到从去与及跟或是有把被就都也还又这那个某每于对向过走沿给为叫说请来往至因想要能会不没无未很太再已将让使等吗呢吧啊呀条根辆台间号楼栋幢室元几";

/// Characters that rarely begin or stand in one: they end it, unless too little would be left.
const SELDOM: &str = "下边面旁侧家天候时晚早和上前后外内省市区县镇乡路街巷";

/// Words that stand before a name.
const WORDS: [&str; 26] = [
    "发现", "反映", "投诉", "举报", "位于", "最近", "目前", "现在", "关于", "希望", "路过", "经过",
    "本人", "市民", "靠近", "门口", "家里", "屋里", "里面", "帮忙", "麻烦", "小孩", "孩子", "老人",
    "整个", "全部",
];

/// What stands before an ending without being a name: 十字路, 高速路.
const COMMON: [&str; 24] = [
    "十字", "丁字", "高速", "人行", "柏油", "水泥", "石子", "乡间", "必经", "上学", "回家", "下班",
    "双向", "内部", "步行", "商业", "中心", "附近", "农贸", "大型", "小区", "社区", "老旧", "整条",
];

/// All names of a message in order, without overlap. Known ones stay as they are, unless an ending makes them part of a
/// longer name: 北京 in 北京路.
pub(super) fn find(folded: &Folded, known: &[Name]) -> Vec<Name> {
    let mut names = known.to_vec();
    let mut at = 0;
    while at < folded.len() {
        let rest = folded.slice(at, folded.len());
        let within = names.iter().find(|name| name.from <= at && at < name.to);
        if let Some(name) = within {
            at = name.to;
            continue;
        }
        let Some(ending) = ENDINGS.iter().find(|ending| rest.starts_with(ending.word)) else {
            at += 1;
            continue;
        };
        let to = at + ending.word.chars().count();
        if let Some(from) = begin(folded, &names, ending, at) {
            names.retain(|name| name.to <= from || to <= name.from);
            names.push(Name {
                from,
                to,
                part: ending.part,
                known: None,
            });
            names.sort();
        }
        at = to;
    }
    things(folded, &mut names);
    names
}

/// Where the name of this ending begins.
fn begin(folded: &Folded, names: &[Name], ending: &Ending, at: usize) -> Option<usize> {
    let after = folded.chars.get(at + ending.word.chars().count());
    if after.is_some_and(|next| ending.before.contains(*next)) {
        return None;
    }
    let before = names.iter().rev().find(|name| name.to <= at);
    let floor = before.map_or(0, |name| name.to);
    let mut from = walk(folded, at, floor, ending.longest);
    if at - from < 2 && from > floor && SELDOM.contains(folded.chars[from - 1]) {
        from -= 1;
    }
    // 北京路: the shorter name that was known is part of it.
    if from == at
        && let Some(name) = before
        && name.to == at
        && !folded.chars[at - 1].is_ascii()
        && !"省市区县镇乡道路街巷".contains(folded.chars[at - 1])
        && name.part.is_some_and(|part| part <= Part::Street)
    {
        from = name.from;
    }
    let name = folded.slice(from, at);
    let behind = at
        .checked_sub(1)
        .is_some_and(|last| ending.behind.contains(folded.chars[last]));
    let common = COMMON.iter().any(|common| name.ends_with(common));
    (at - from >= 2 && !behind && !common).then_some(from)
}

/// Goes back from an ending as far as a name may reach.
fn walk(folded: &Folded, at: usize, floor: usize, longest: usize) -> usize {
    let mut from = at;
    while from > floor && at - from < longest {
        let next = folded.chars[from - 1];
        let han = ('\u{4e00}'..='\u{9fff}').contains(&next);
        let ended = from >= 2 && WORDS.contains(&folded.slice(from - 2, from));
        if !han || NEVER.contains(next) || SELDOM.contains(next) || ended {
            break;
        }
        from -= 1;
    }
    from
}

/// Adds the things to which something is said to lie, where no landmark has a name.
fn things(folded: &Folded, names: &mut Vec<Name>) {
    if names.iter().any(|name| name.part.is_none()) {
        return;
    }
    for at in 0..folded.len() {
        let rest = folded.slice(at, folded.len());
        let Some(thing) = THINGS.iter().find(|thing| rest.starts_with(**thing)) else {
            continue;
        };
        let to = at + thing.chars().count();
        let after = rest[thing.len()..].trim_start_matches('的');
        let related = RELATIONS.iter().any(|word| after.starts_with(word));
        let free = names.iter().all(|name| name.to <= at || to <= name.from);
        if related && free {
            names.push(Name {
                from: at,
                to,
                part: None,
                known: None,
            });
            names.sort();
            return;
        }
    }
}

/// Whether it is a thing without a name.
pub(super) fn is_thing(text: &str) -> bool {
    THINGS.contains(&text)
}
