//! What the words around a number say about whose it is.

use std::sync::LazyLock;

use super::{Kind, Matched, Words, after, before, words};

/// Names of numbers that are no person's.
static OTHER: Words = LazyLock::new(|| {
    words(
        "单号 编号 流水号 受理号 索引号 序列号 批号 批次号 型号 文号 票号 合同号 案号 学号 工号 件号 条码 \
         追踪号 订单 发票代码 机身号 预算 金额 余额 合计 总计 投资 设备号 代码 坐标 版本 版本号 追溯码 登记号",
    )
});

/// Who is called by such a number is an office or a firm.
static OFFICES: Words = LazyLock::new(|| {
    words(
        "拨打 致电 热线 咨询 服务电话 举报电话 监督电话 投诉电话 值班 办公 总机 客服 前台 窗口 中心 局 大队 \
         支队 派出所 委员会 医院 学校 公司 办事处 居委会 大厅",
    )
});

/// Words by which a person speaks of a number as the own.
static OWN: Words =
    LazyLock::new(|| words("我家 家里 家中 本人 我的 住宅 宅电 家庭 我 邻居 车主 联系人"));

/// Whether a number that has the right form belongs to no person.
pub(super) fn is_nobodys(chars: &[char], matched: &Matched) -> bool {
    match matched.kind {
        Kind::Phone => is_office(chars, matched),
        Kind::Mobile | Kind::Bank => {
            let before = before(chars, matched.from, 8);
            let announced =
                before.trim_end_matches([':', ' ', '为', '是', '#', '(', '【', '[', '“', '"']);
            OTHER.iter().any(|word| announced.ends_with(word))
        }
        Kind::Identity | Kind::Address | Kind::Name | Kind::Mail | Kind::Plate => false,
    }
}

fn is_office(chars: &[char], matched: &Matched) -> bool {
    let before = before(chars, matched.from, 16);
    let clause = before.rsplit(['。', ';', '\n']).next().unwrap_or(&before);
    let last = |words: &[&str]| words.iter().filter_map(|word| clause.rfind(word)).max();
    let after = after(chars, matched.to, 4);
    let office = last(&OFFICES);
    let called = office.is_some()
        || ["咨询", "热线", "政务", "举报", "投诉", "(办公"]
            .iter()
            .any(|word| after.starts_with(word));
    called && last(&OWN).is_none_or(|own| office.is_some_and(|office| office > own))
}
