//! Where somebody lives: from the city or the street down to the house or the door.
//!
//! A chain of numbered parts (333号, 20栋, 1单元, 401室) that hangs on a named street, estate or village. A street and a
//! number alone are an address only where the person says that somebody lives there; an office's address is none.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Matched, Words, after, before, words};

/// One numbered part, or several with hyphens: 3-2-501.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    let number =
        "(?:[0-9]{1,5}[A-Za-z]?|[A-Za-z][0-9]{0,4}|[一二三四五六七八九十百零〇两]{1,6}|[甲乙丙丁])";
    let unit = "号楼|号房|号院|号|栋|幢|棟|座|单元|室|弄|组|队|层|楼|房|户|门|梯|#|期|区|排|院";
    let hyphens = "[0-9]{1,3}(?: ?[-–—] ?[0-9]{1,4}){1,3}";
    let pattern = format!(
        r"(?:附|之)?{number}(?:[-–—]{number})? ?(?:{unit})(?:之[0-9一二三四五六七八九十]{{1,2}})?|{hyphens}"
    );
    Regex::new(&pattern).expect("the pattern is constant")
});

/// What streets, estates and villages are called by their last characters.
static PLACES: Words = LazyLock::new(|| {
    words(
        "路 街 大道 道 巷 弄 胡同 里 段 东 西 南 北 中 线 小区 花园 家园 新村 公寓 大厦 宿舍 家属院 家属楼 苑 \
         园 城 府 湾 庭 居 坊 轩 院 村 邨 公馆 名邸 郡 都 墅 国际 华庭 屯 庄 寨 社区 街道 镇 乡 县 区 市 楼 \
         广场 期 苑区 嘉 门 桥 岸 台",
    )
});

/// Characters that no name of a place has: what stands before them does not belong to it.
const STOPS: [char; 40] = [
    '在', '住', '到', '是', '的', '我', '们', '址', '往', '去', '寄', '送', '给', '您', '你', '他',
    '她', '叫', '姓', '请', '把', '被', '说', '问', '了', '着', '也', '很', '没', '不', '这', '谁',
    '吗', '呢', '吧', '啊', '呀', '搬', '找', '又',
];

/// Words before an address that do not belong to it; what stands up to the last of them is left off.
static LEADS: Words = LazyLock::new(|| {
    words(
        "位于 居于 现居 租房 家庭 户籍 户口 反映 投诉 举报 咨询 关于 申请 联系 来电 本人 房屋 房子 老家 收货 \
         邮寄 快递 附近 隔壁 坐落 家里 地点",
    )
});

/// Words by which somebody says that this is a home.
static HOMES: Words = LazyLock::new(|| {
    words("住 家庭 户籍 我家 家里 租 收货 寄 送到 本人 地址 家在 老家 宅基地 门牌 户口 车位")
});

/// Of these, the ones that an office's address has as well.
const OPEN_HOMES: [&str; 1] = ["地址"];

/// What offices are called.
static OFFICES: Words = LazyLock::new(|| {
    words(
        "服务中心 受理中心 登记中心 交易中心 管理中心 政务中心 便民中心 行政中心 活动中心 窗口 大厅 办事处 \
         派出所 委员会 居委会 村委会 法院 检察院 医院 学校 公司 银行 支队 大队 服务站 驿站 局 大学 中学 政府",
    )
});

/// What turns the name of an office into one of a street or an estate: 大学路, 银行家属院.
static BESIDE: Words = LazyLock::new(|| words("路 街 道 巷 弄 里 家属 宿舍 小区 新村 公寓 花园"));

/// What ends a clause: words before it say nothing of what follows.
const BREAKS: [char; 5] = ['。', ';', ',', '，', '\n'];

/// The most characters before the first part, and between parts.
const REACH: usize = 26;
const GAP: usize = 12;

struct Part {
    from: usize,
    to: usize,
    text: String,
}

impl Part {
    fn ends_with(&self, units: &[&str]) -> bool {
        let text = self.text.trim_end_matches(|next: char| {
            next.is_ascii_digit() || "之一二三四五六七八九十".contains(next)
        });
        let whole = if text.is_empty() { &self.text } else { text };
        units.iter().any(|unit| whole.ends_with(unit))
    }

    /// 3-2-501
    fn is_hyphens(&self) -> bool {
        self.text
            .chars()
            .all(|next| next.is_ascii_digit() || matches!(next, ' ' | '-' | '–' | '—'))
    }
}

pub(super) fn find(chars: &[char], taken: &[Matched]) -> Vec<Matched> {
    let mut found: Vec<Matched> = Vec::new();
    let parts: Vec<Part> = parts(chars)
        .into_iter()
        .filter(|part| {
            !taken
                .iter()
                .any(|taken| part.from < taken.to && taken.from < part.to)
        })
        .collect();
    let mut first = 0;
    while first < parts.len() {
        let mut last = first;
        while parts
            .get(last + 1)
            .is_some_and(|next| joins(&chars[parts[last].to..next.from]))
        {
            last += 1;
        }
        let floor = found.last().map_or(0, |last| last.to);
        // The chain may begin with a part that belongs to something else: 6月1号阳光花园3栋501室.
        let begun = (first..=last).find_map(|begin| address(chars, floor, &parts[begin..=last]));
        found.extend(begun);
        first = last + 1;
    }
    found
}

/// Where the numbers of an address begin, in bytes: up to there it may be shown.
pub(in crate::guard) fn street(address: &str) -> usize {
    let folded = crate::value::fold::Folded::new(address);
    parts(&folded.chars)
        .first()
        .map_or(0, |part| folded.range(part.from, part.to).start)
}

fn parts(chars: &[char]) -> Vec<Part> {
    let text: String = chars.iter().collect();
    let (mut place, mut byte) = (0, 0);
    let mut parts = Vec::new();
    for found in PART.find_iter(&text) {
        place += text[byte..found.start()].chars().count();
        byte = found.start();
        let length = found.as_str().chars().count();
        let inside = place > 0 && {
            let before = chars[place - 1];
            (before.is_ascii_alphanumeric() || before == '.')
                && chars[place].is_ascii_alphanumeric()
        };
        if !inside {
            parts.push(Part {
                from: place,
                to: place + length,
                text: found.as_str().to_owned(),
            });
        }
    }
    parts
}

/// Whether what stands between two parts can be the name of an estate, or nothing.
fn joins(gap: &[char]) -> bool {
    let text: String = gap.iter().collect();
    gap.len() <= GAP
        && gap.iter().all(|next| {
            (next.is_alphanumeric() && !STOPS.contains(next) && !"和与及至或、".contains(*next))
                || matches!(next, ' ' | '(' | ')' | '·')
        })
        && ![
            "漏水", "停水", "停电", "噪", "楼下", "楼上", "附近", "对面", "旁边", "隔壁", "电话",
            "手机", "有人", "业主",
        ]
        .iter()
        .any(|word| text.contains(word))
}

/// The address with these numbered parts, if it is one of a home.
fn address(chars: &[char], floor: usize, parts: &[Part]) -> Option<Matched> {
    let (first, last) = (parts.first()?, parts.last()?);
    let from = begin(chars, floor, first.from);
    let name: String = chars[from..first.from].iter().collect();
    let name = name.trim();
    let named = |place: &&str| {
        name.strip_suffix(*place)
            .is_some_and(|rest| !rest.is_empty())
    };
    if !PLACES.iter().any(named) {
        return None;
    }
    let door = door(chars, last);
    let to = door.unwrap_or(last.to);
    let lead = before(chars, from, REACH);
    let lead = lead.rsplit(BREAKS).next().unwrap_or(&lead);
    let home = HOMES.iter().filter_map(|word| lead.rfind(word)).max();
    let lives = has_door(parts) || door.is_some();
    let house = [
        "号", "栋", "幢", "棟", "座", "号楼", "号院", "单元", "弄", "组", "室", "#",
    ];
    let kept = lives || (home.is_some() && parts.iter().any(|part| part.ends_with(&house)));
    (kept && !is_office(chars, from..to, lead)).then_some(Matched {
        from,
        to,
        kind: Kind::Address,
    })
}

/// Whether the parts go down to a door.
fn has_door(parts: &[Part]) -> bool {
    let Some((last, above)) = parts.split_last() else {
        return false;
    };
    let building = [
        "栋", "幢", "棟", "座", "号楼", "单元", "#", "组", "弄", "院", "号", "队",
    ];
    let hyphens = last.is_hyphens() && last.text.matches(['-', '–', '—']).count() >= 2;
    let below = last.ends_with(&["室", "房", "户", "号", "单元"]) || last.is_hyphens();
    let room = last.ends_with(&["室"]) && last.text.chars().count() >= 4;
    hyphens || room || (below && above.iter().any(|part| part.ends_with(&building)))
}

/// Whether it is the address of an office.
fn is_office(chars: &[char], address: Range<usize>, lead: &str) -> bool {
    let following = after(chars, address.end, 10);
    let following = following
        .split(|next: char| !next.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let whole: String = chars[address].iter().collect();
    let home = HOMES
        .iter()
        .filter(|word| !OPEN_HOMES.contains(word))
        .filter_map(|word| lead.rfind(word))
        .max();
    let before = OFFICES.iter().filter_map(|word| lead.rfind(word)).max();
    names_office(&whole)
        || (home.is_none() && names_office(following))
        || before.is_some_and(|office| home.is_none_or(|home| home < office))
}

fn names_office(text: &str) -> bool {
    OFFICES.iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let rest = &text[at + word.len()..];
            !BESIDE.iter().any(|beside| rest.starts_with(beside))
        })
    })
}

/// Where the name before the first numbered part begins.
fn begin(chars: &[char], floor: usize, first: usize) -> usize {
    let part_of_name = |at: usize| {
        let next = chars[at];
        let gap = next == ' ' && at > 0 && chars[at - 1].is_alphanumeric();
        (next.is_alphanumeric() && !STOPS.contains(&next)) || matches!(next, '(' | ')' | '·') || gap
    };
    let lowest = first.saturating_sub(REACH).max(floor);
    let mut from = first;
    while from > lowest && part_of_name(from - 1) {
        from -= 1;
    }
    // Figures before the name belong to something else: 13800001234滨江二路12号.
    let text: String = chars[from..first].iter().collect();
    let lead = LEADS
        .iter()
        .filter_map(|word| text.rfind(word).map(|at| at + word.len()))
        .max()
        .unwrap_or(0);
    from += text[..lead].chars().count();
    let mine = from > 0 && "我住老他她你您们".contains(chars[from - 1]);
    from += usize::from(mine && chars.get(from) == Some(&'家'));
    let is = from > 0 && "址地所点籍".contains(chars[from - 1]);
    from += usize::from(is && chars.get(from) == Some(&'为'));
    let outside =
        |next: &char| next.is_ascii_alphanumeric() || matches!(next, ' ' | '(' | ')' | '·');
    from + chars[from..first]
        .iter()
        .take_while(|next| outside(next))
        .count()
}

/// The end of a door's figures without a unit: 3栋501, 3栋2-501.
fn door(chars: &[char], last: &Part) -> Option<usize> {
    if !last.ends_with(&["栋", "幢", "棟", "座", "号楼", "单元", "楼", "门", "#"]) {
        return None;
    }
    let gap = usize::from(chars.get(last.to) == Some(&' '));
    let from = last.to + gap;
    let length = chars[from.min(chars.len())..]
        .iter()
        .take_while(|next| next.is_ascii_digit())
        .count();
    let end = from + length;
    let counted = chars.get(end).is_some_and(|next| {
        next.is_ascii_alphanumeric()
            || matches!(
                next,
                '-' | '.' | '%' | '元' | '年' | '月' | '日' | '人' | '户' | '度' | '米'
            )
    });
    (matches!(length, 3 | 4) && !counted).then_some(end)
}
