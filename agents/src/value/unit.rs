//! Units and the words that bound a value (超过, 以上, 不足): closed tables, longest match first.

use super::Bound;

/// Names of units by their canonical name. Units are not converted into one another: 一年 is not 12个月.
const UNITS: &[(&str, &[&str])] = &[
    ("工作日", &["个工作日", "工作日", "个工作天", "工作天"]),
    (
        "自然日",
        &[
            "个自然日",
            "自然日",
            "个日历天",
            "日历天",
            "个日历日",
            "日历日",
        ],
    ),
    ("日", &["日", "天"]),
    ("小时", &["个小时", "小时", "个钟头", "h"]),
    ("分钟", &["分钟", "min"]),
    ("秒", &["秒钟", "秒"]),
    ("个月", &["个月"]),
    ("年", &["年"]),
    ("年度", &["个年度", "年度"]),
    ("年级", &["年级"]),
    ("周年", &["周年"]),
    ("周", &["个星期", "星期", "个周", "周"]),
    ("季度", &["个季度", "季度"]),
    ("学期", &["个学期", "学期"]),
    ("学年", &["个学年", "学年"]),
    ("岁", &["周岁", "岁"]),
    ("元", &["元人民币", "块钱", "元", "块"]),
    ("美元", &["美元"]),
    ("港元", &["港元", "港币"]),
    ("欧元", &["欧元"]),
    ("角", &["角"]),
    ("百分点", &["个百分点", "百分点"]),
    ("倍", &["倍"]),
    ("折", &["折"]),
    ("平方米", &["平方米", "平米", "㎡", "m²", "m2"]),
    ("平方公里", &["平方公里", "平方千米", "km²", "km2"]),
    ("立方米", &["立方米", "m³", "m3"]),
    ("公里", &["公里", "千米", "km"]),
    ("米", &["米", "m"]),
    ("厘米", &["厘米", "公分", "cm"]),
    ("毫米", &["毫米", "mm"]),
    ("公顷", &["公顷"]),
    ("亩", &["亩"]),
    ("吨", &["吨", "t"]),
    ("千克", &["千克", "公斤", "kg"]),
    ("克", &["克", "g"]),
    ("毫克", &["毫克", "mg"]),
    ("升", &["升", "L"]),
    ("毫升", &["毫升", "ml", "mL"]),
    ("千瓦时", &["千瓦时", "kWh"]),
    ("千瓦", &["千瓦", "kW"]),
    ("分贝", &["分贝", "dB"]),
    ("摄氏度", &["摄氏度", "℃", "°C"]),
    ("度", &["度"]),
    ("个", &["个"]),
    ("人", &["人"]),
    ("人次", &["人次"]),
    ("件次", &["件次"]),
    ("名", &["名"]),
    ("位", &["位"]),
    ("家", &["家"]),
    ("户", &["户"]),
    ("次", &["次"]),
    ("件", &["件"]),
    ("项", &["项"]),
    ("条", &["条"]),
    ("款", &["款"]),
    ("份", &["份"]),
    ("套", &["套"]),
    ("间", &["间"]),
    ("层", &["层"]),
    ("楼", &["楼"]),
    ("栋", &["栋", "幢"]),
    ("单元", &["单元"]),
    ("室", &["室"]),
    ("号", &["号"]),
    ("台", &["台"]),
    ("辆", &["辆"]),
    ("艘", &["艘"]),
    ("架", &["架"]),
    ("所", &["所"]),
    ("处", &["处"]),
    ("座", &["座"]),
    ("张", &["张"]),
    ("页", &["页"]),
    ("本", &["本"]),
    ("字", &["字"]),
    ("寸", &["寸"]),
    ("批", &["批"]),
    ("期", &["期"]),
    ("届", &["届"]),
    ("级", &["级"]),
    ("类", &["类"]),
    ("种", &["种"]),
    ("例", &["例"]),
    ("宗", &["宗"]),
    ("笔", &["笔"]),
    ("班", &["班"]),
    ("场", &["场"]),
    ("门", &["门"]),
    ("支", &["支"]),
    ("只", &["只"]),
    ("头", &["头"]),
    ("株", &["株"]),
    ("根", &["根"]),
    ("桶", &["桶"]),
    ("袋", &["袋"]),
    ("箱", &["箱"]),
    ("瓶", &["瓶"]),
    ("轮", &["轮"]),
    ("代", &["代"]),
    ("分", &["分"]),
    ("组", &["组"]),
    ("队", &["队"]),
    ("村", &["村"]),
    ("区", &["区"]),
    ("片", &["片"]),
    ("段", &["段"]),
    ("线", &["线"]),
    ("部", &["部"]),
    ("卷", &["卷"]),
    ("枚", &["枚"]),
];

/// The canonical name of the unit at `at` and where it ends.
pub(super) fn unit(chars: &[char], at: usize) -> Option<(&'static str, usize)> {
    let mut best: Option<(&'static str, usize)> = None;
    for (name, aliases) in UNITS {
        for alias in *aliases {
            let Some(end) = literal(chars, at, alias) else {
                continue;
            };
            let latin = alias.chars().all(|next| next.is_ascii_alphanumeric());
            if latin && chars.get(end).is_some_and(char::is_ascii_alphanumeric) {
                continue;
            }
            if best.is_none_or(|(_, longest)| end > longest) {
                best = Some((name, end));
            }
        }
    }
    best
}

/// Whether 前, 后 and 内 after this unit speak of time.
pub(super) fn temporal(unit: &str) -> bool {
    matches!(
        unit,
        "工作日"
            | "自然日"
            | "日"
            | "小时"
            | "分钟"
            | "秒"
            | "个月"
            | "年"
            | "年度"
            | "周"
            | "季度"
            | "学期"
            | "学年"
            | "周年"
            | "岁"
    )
}

const BEFORE: &[(&str, Bound)] = &[
    ("不得超过", Bound::AtMost),
    ("不能超过", Bound::AtMost),
    ("不超过", Bound::AtMost),
    ("不超出", Bound::AtMost),
    ("未超过", Bound::AtMost),
    ("不得高于", Bound::AtMost),
    ("不高于", Bound::AtMost),
    ("不得多于", Bound::AtMost),
    ("不多于", Bound::AtMost),
    ("不得大于", Bound::AtMost),
    ("不大于", Bound::AtMost),
    ("不得迟于", Bound::AtMost),
    ("不晚于", Bound::AtMost),
    ("至多", Bound::AtMost),
    ("最多", Bound::AtMost),
    ("最长", Bound::AtMost),
    ("最高", Bound::AtMost),
    ("最迟", Bound::AtMost),
    ("不得低于", Bound::AtLeast),
    ("不低于", Bound::AtLeast),
    ("不得少于", Bound::AtLeast),
    ("不少于", Bound::AtLeast),
    ("不得小于", Bound::AtLeast),
    ("不小于", Bound::AtLeast),
    ("不得早于", Bound::AtLeast),
    ("不早于", Bound::AtLeast),
    ("至少", Bound::AtLeast),
    ("最少", Bound::AtLeast),
    ("最低", Bound::AtLeast),
    ("最短", Bound::AtLeast),
    ("不满", Bound::Below),
    ("未满", Bound::Below),
    ("年满", Bound::AtLeast),
    ("已满", Bound::AtLeast),
    ("满", Bound::AtLeast),
    ("超过", Bound::Above),
    ("超出", Bound::Above),
    ("大于", Bound::Above),
    ("多于", Bound::Above),
    ("高于", Bound::Above),
    ("突破", Bound::Above),
    ("逾", Bound::Above),
    ("超", Bound::Above),
    ("不足", Bound::Below),
    ("低于", Bound::Below),
    ("少于", Bound::Below),
    ("小于", Bound::Below),
    ("未达到", Bound::Below),
    ("未达", Bound::Below),
    ("不到", Bound::Below),
    ("大约", Bound::About),
    ("约", Bound::About),
    ("将近", Bound::About),
    ("近", Bound::About),
];

const AFTER: &[(&str, Bound)] = &[
    ("及以上", Bound::AtLeast),
    ("(含)以上", Bound::AtLeast),
    ("以上", Bound::AtLeast),
    ("及以下", Bound::AtMost),
    ("(含)以下", Bound::AtMost),
    ("以下", Bound::AtMost),
    ("以内", Bound::AtMost),
    ("之内", Bound::AtMost),
    ("以外", Bound::Above),
    ("以前", Bound::Before),
    ("之前", Bound::Before),
    ("以后", Bound::After),
    ("之后", Bound::After),
    ("左右", Bound::About),
    ("上下", Bound::About),
];

/// The bounding word that ends exactly at `at`, not reaching before `floor`: where it begins, and its meaning.
pub(super) fn bound_before(chars: &[char], at: usize, floor: usize) -> Option<(usize, Bound)> {
    BEFORE
        .iter()
        .filter_map(|(word, bound)| {
            let begin = at
                .checked_sub(word.chars().count())
                .filter(|begin| *begin >= floor)?;
            literal(chars, begin, word).map(|_| (begin, *bound))
        })
        .min_by_key(|(begin, _)| *begin)
}

/// The bounding word that begins at `at`: where it ends, and its meaning. The short words 内, 前, 后 and 起 count only
/// after a time, and not where they begin another word.
pub(super) fn bound_after(chars: &[char], at: usize, temporal: bool) -> Option<(usize, Bound)> {
    let long = AFTER
        .iter()
        .find_map(|(word, bound)| literal(chars, at, word).map(|end| (end, *bound)));
    if long.is_some() || !temporal {
        return long;
    }
    let next = chars.get(at + 1);
    let free = |others: &[char]| !next.is_some_and(|next| others.contains(next));
    match chars.get(at)? {
        '内' if free(&['容', '部', '外', '地']) => Some((at + 1, Bound::AtMost)),
        '前' if free(&['款', '述', '置', '往', '来', '提', '项', '期']) => {
            Some((at + 1, Bound::Before))
        }
        '后' if free(&['续', '果', '者', '台', '勤']) => Some((at + 1, Bound::After)),
        '起' if free(&['草', '诉', '点']) => Some((at + 1, Bound::From)),
        '止' => Some((at + 1, Bound::To)),
        _ => None,
    }
}

/// Where `word` ends if it stands at `at`.
pub(super) fn literal(chars: &[char], at: usize, word: &str) -> Option<usize> {
    let mut end = at;
    for expected in word.chars() {
        if chars.get(end) != Some(&expected) {
            return None;
        }
        end += 1;
    }
    Some(end)
}
