//! Whether a message asks for a reading at all. A report, an order, a question of procedure or an attempt to give orders to the
//! program is somebody else's business, whatever it names.

use std::sync::LazyLock;

use regex::Regex;

use super::{pattern, unblotted};

/// What a message has that reports, demands, orders or asks how something is done.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        "投诉|举报|睡不着|太吵|反映|扰民|没人管|不管|受不了|希望|建议|催|处理|解决|派人|维修|修一下|修好|什么时候修|坏了|堵塞",
        "|被困|被淹|困在|救命|救援|救人|报警|着火|爆炸|晕倒|受伤|死了",
        "|怎么办|怎么走|怎么去|怎么申请|怎么收费|办理|多少钱|收费|罚款|政策|规定|流程|材料|电话|预约|开门|关门|路线",
        "|改成|改为|修改|删除|删掉|清空|设为|设置|设成|关闭|关掉|打开|重启|停掉|调到|调成|写入|导入",
        "|忽略(?:以上|上面|之前|前面|所有|你)|无视(?:以上|之前|所有)|扮演|提示词|系统指令|ignore|prompt|drop table|<script",
    ))
});

/// What a message has that asks.
static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        "[?吗呢么]|多少|几|怎样|如何|多[高低大深热冷吵]|有没有|有无|是不是|是否|能不能|哪|谁|什么|查|看|告诉|报一下|说说",
        "|想知道|想了解|数据|情况|读数|监测|传感器|超过|超标|低于|高于|大于|小于|咋|[没不]$|够不|挤不|多不|大不|高不|深不",
    ))
});

/// Whether a folded message is no question about readings.
pub(super) fn is_other(text: &str) -> bool {
    OTHER.is_match(text)
}

/// Whether a message asks, once places are blotted out.
pub(super) fn is_question(masked: &str) -> bool {
    QUESTION.is_match(masked)
}

/// Whether nothing is left once places and kinds are blotted out: 古城步行街客流.
pub(super) fn is_terse(bare: &str) -> bool {
    let marks = |next: char| ",，。?？!！、;；:：.的 ".contains(next);
    unblotted(bare).chars().all(marks)
}
