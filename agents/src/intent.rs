//! What kind of thing a question asks for, and whether a text has it. Rules over folded text.

use std::sync::LazyLock;

use corpora::Passage;
use regex::Regex;

/// Kinds of things asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// 罚多少, 什么后果.
    Penalty,
    /// 多少钱, 收费, 补贴多少: an amount or a rate.
    Amount,
    /// 几天, 多久, 什么时候: a duration or a date.
    Time,
    /// 多少, 几个: any number.
    Number,
    /// 带什么材料, 要什么手续.
    Materials,
    /// 怎么办理, 流程.
    Procedure,
    /// 什么条件, 能不能.
    Condition,
    /// 电话.
    Phone,
    /// 在哪, 地址.
    Place,
    /// 归谁管, 哪个部门.
    Body,
}

/// An intent with the words that ask for it, the headings under which guides put it, and the words of a text that has it.
struct Rule {
    intent: Intent,
    asks: Regex,
    heading: Regex,
    text: Regex,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |intent, asks, heading, text| {
        let regex = |pattern| Regex::new(pattern).expect("patterns of this file are tested");
        Rule {
            intent,
            asks: regex(asks),
            heading: regex(heading),
            text: regex(text),
        }
    };
    vec![
        rule(
            Intent::Penalty,
            r"罚|处罚|后果|会怎么样|会怎样|违法吗|犯法|什么责任|追究|赔",
            r"法律责任|罚则|责任",
            r"罚款|警告|处以|责令|拘留|吊销|没收|赔偿|追究",
        ),
        rule(
            Intent::Amount,
            r"多少钱|好多钱|几块|几元|几百|几千|价格|费用|收费|要钱|掏钱|花钱|花多少|补贴|津贴|补助|报销|报多少|领多少|交多少|缴多少|多少元|额度|标准是|免费|比例|工本费|最多报|打折|给多少",
            r"收费|标准|费|价格|补贴|待遇|比例|额度|金额",
            r"\d+(?:\.\d+)?(?:元|万元|%|倍)|免费|不收|免收|减半",
        ),
        rule(
            Intent::Time,
            r"几天|多久|多长时间|什么时候|啥时候|何时|几时|几号|几月|几点|期限|多少天|多少日|多少个工作日|有效期|几年|几个月|截止|时间段|哪些时间|提前",
            r"时限|期限|时间|有效期",
            r"\d+(?:个)?(?:日|天|工作日|小时|年|月|周)|\d+[:时]|当场|即时|当日",
        ),
        rule(
            Intent::Number,
            r"多少|几[个间只人名次条岁成级层米户]|好多|第几",
            r"标准|数量|面积",
            r"\d",
        ),
        rule(
            Intent::Materials,
            r"材料|证件|带什么|带啥|手续|准备什么|哪些资料|要交什么",
            r"申请材料|材料|提交",
            r"材料|身份证|证明|申请表|提交",
        ),
        rule(
            Intent::Procedure,
            r"怎么办|如何办|怎么申请|如何申请|流程|步骤|怎么弄|咋办|咋弄|怎么报|去哪办|在哪办|怎么查|怎么交|怎么领|咋上",
            r"流程|程序|步骤|方式|渠道",
            r"申请|受理|提交|办理|登记",
        ),
        rule(
            Intent::Condition,
            r"条件|能不能|可不可以|可以吗|能.{0,12}吗|可以.{0,12}吗|允许|符合|资格|行不行|够不够|要满",
            r"条件|对象|范围|资格",
            r"应当|可以|不得|下列|符合|条件|具有|满\d",
        ),
        rule(
            Intent::Phone,
            r"电话|打什么号|号码",
            r"电话|地点|联系",
            r"\d{3,4}-?\d{6,}|12\d{3}",
        ),
        rule(
            Intent::Place,
            r"地址|在哪|去哪|到哪|哪里办|往哪|什么地方|哪个窗口",
            r"地点|地址|窗口",
            r"窗口|中心|地址|[路街道巷]\d+号|派出所|大厅|网点",
        ),
        rule(
            Intent::Body,
            r"归谁管|谁管|哪个部门|找谁|谁负责|哪个单位|向谁|什么部门|哪家",
            r"总则|职责",
            r"主管|负责|部门",
        ),
    ]
});

/// What `folded` asks for.
pub(crate) fn intents(folded: &str) -> Vec<Intent> {
    RULES
        .iter()
        .filter(|rule| rule.asks.is_match(folded))
        .map(|rule| rule.intent)
        .collect()
}

/// How well a passage has what is asked for, from 0.0 to 1.0; 0.5 where nothing in particular is asked.
pub(crate) fn suits(intents: &[Intent], passage: &Passage, folded: &str) -> f32 {
    if intents.is_empty() {
        return 0.5;
    }
    let path = passage.path.join(" ");
    let points = RULES
        .iter()
        .filter(|rule| intents.contains(&rule.intent))
        .map(|rule| {
            let heading = rule.heading.is_match(&path);
            let text = rule.text.is_match(folded);
            if heading && text {
                1.0
            } else if text {
                0.7
            } else if heading {
                0.5
            } else {
                0.0
            }
        });
    points.sum::<f32>() / intents.len() as f32
}

/// Whether a text has what is asked for at all: numbers for 多少, a telephone for 电话.
pub(crate) fn has(intents: &[Intent], folded: &str) -> bool {
    RULES
        .iter()
        .filter(|rule| intents.contains(&rule.intent))
        .all(|rule| match rule.intent {
            Intent::Amount | Intent::Time | Intent::Number | Intent::Phone => {
                rule.text.is_match(folded)
            }
            Intent::Penalty
            | Intent::Materials
            | Intent::Procedure
            | Intent::Condition
            | Intent::Place
            | Intent::Body => true,
        })
}

#[cfg(test)]
mod tests {
    use corpora::fold::fold;

    use super::*;

    #[test]
    fn what_questions_ask_for() {
        for (question, expected) in [
            (
                "遛狗不拴绳子逮到罚好多钱",
                vec![Intent::Penalty, Intent::Amount, Intent::Number],
            ),
            ("失业金多久到账？", vec![Intent::Time]),
            ("要带什么材料", vec![Intent::Materials]),
            ("归谁管", vec![Intent::Body]),
            ("工伤", vec![]),
        ] {
            assert_eq!(intents(&fold(question)), expected, "{question}");
        }
    }
}
