//! A question made safe to read: nothing invisible, nothing endless; and a detector of words that are written for a
//! model instead of for an office.
//!
//! The detector is advice. It marks a turn for the record and turns the model off for it; it is not what keeps the
//! tools safe, and whoever words an order politely will pass it.

use std::sync::LazyLock;

use regex::Regex;
use thiserror::Error;

use crate::value::fold::{fold, invisible};

/// The longest question that is read, in characters.
pub const LIMIT: usize = 2_000;

/// A question as the rules read it; what is shown and stored is the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Without invisible characters, with full-width ASCII folded.
    pub text: String,
    /// Whether anything but blanks at the ends was changed.
    pub changed: bool,
}

/// Why a question is not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// Nothing visible.
    #[error("还没有写内容，请把想问的事情写下来")]
    Empty,
    /// More than [`LIMIT`] characters.
    #[error("内容有{characters}个字，一次最多{limit}个字，请分几次来问")]
    TooLong {
        /// How many there are.
        characters: usize,
        /// How many are read.
        limit: usize,
    },
}

/// Cleans a question.
///
/// # Errors
///
/// [`QuestionError`] when nothing is left, or too much.
pub fn clean(question: &str) -> Result<Clean, QuestionError> {
    let text = visible(question);
    let text = text.trim();
    if text.is_empty() {
        return Err(QuestionError::Empty);
    }
    let characters = text.chars().count();
    if characters > LIMIT {
        return Err(QuestionError::TooLong {
            characters,
            limit: LIMIT,
        });
    }
    Ok(Clean {
        changed: text != question.trim(),
        text: text.to_owned(),
    })
}

/// Without what cannot be seen: zero-width, bidirectional, tag and control characters. Line ends stay, as `\n`.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => visible.push('\n'),
            '\n' | '\t' => visible.push(character),
            _ if character.is_control() || invisible(character) => {}
            _ => visible.push(fold(character)),
        }
    }
    visible
}

/// Rules by name, each over the folded text in lower case.
static RULES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    PATTERNS
        .iter()
        .map(|(name, pattern)| {
            (
                *name,
                Regex::new(pattern).expect("the patterns are constant"),
            )
        })
        .collect()
});

const PATTERNS: &[(&str, &str)] = &[
    // Signs that end a turn or begin another in chat templates and in documents handed to a model.
    (
        "chat_markup",
        r"<\|[a-z_]{2,20}\|>|\[/?inst\]|<</?sys>>|</?(system|assistant|document|context|instructions?|information|important|文档|资料|系统|指令)\s*>|(^|\n)\s*(assistant|system)\s*:",
    ),
    (
        "ignore_instructions",
        r"(ignore|disregard|forget|override|bypass|do not follow|stop following)\b.{0,40}\b(previous|prior|above|earlier|preceding|all|your|any|system)\b.{0,30}(instruction|prompt|rule|direction|command|guideline|message|context|text)",
    ),
    (
        "ignore_instructions",
        r"(忽略|无视|忘记|忘掉|抛开|丢弃|绕过|跳过|不要理会|不用管|不要遵守|不再遵守|停止遵守)[^,。;!\n]{0,12}(以上|上面|之前|前面|上述|所有|全部|此前|先前|原来|原有|系统|你的|对话|一切|任何)[^,。;!\n]{0,12}(指令|提示|规则|要求|设定|内容|指示|命令|限制|约束|说明)",
    ),
    (
        "system_message",
        r"#{2,}\s*[\(\[<]?\s*(system|admin|系统|管理员)|[\[\(<【](system|admin|系统|管理员)[_ ]?(message|prompt|note|override|消息|提示|指令|通知|命令)?[\]\)>】]|(系统|管理员|后台|内部)(备注|指令|提示|消息|命令|注释)\s*[:：]",
    ),
    (
        "system_message",
        r"(important|urgent) (message|instruction|notice)s? (from|for|to)\b|before you can (solve|do|complete|answer)|(new|real|actual) (instruction|task)s?\s*:|!{2,}\s*(important|ignore)|important\s*!{2,}",
    ),
    ("hidden_comment", r"<!--[\s\S]{4,}?(-->|$)"),
    (
        "addressed_to_machine",
        r"\b(ai|language|chat) ?(assistant|model|agent|bot)s?\b.{0,40}\b(must|should|please|need|first|follow|do|are|now)\b|(to|dear|hey|attention|note to),? (the )?(ai|llm|chatbot)\b",
    ),
    (
        "addressed_to_machine",
        r"(机器人|智能体|大模型|语言模型|ai|人工智能|智能助手|助手|模型|系统|程序|客服)(们)?\s*[,:]?\s*(请)?(你)?(听好|听着|听清|注意了|必须执行|请执行|立即执行|请按以下|按以下|务必执行|读到这|看到这)",
    ),
    (
        "addressed_to_machine",
        r"(处理|读取|读到|看到|总结|摘要|分析|回答)(本|这|该|此)(条|行|段|单|工单|内容|文档|记录|消息)[^。]{0,6}(时|后|的)[^。]{0,4}(请|必须|务必|应|把|要)",
    ),
    (
        "prompt_extraction",
        r"\b(system|initial|starting|original|hidden|your) (prompt|instruction|message|directive)s?\b|instructions? (are|is) ?:|(instruction|text|prompt|message|rule)s?\b[^.]{0,20}\b(you (were|are|have been) (given|told)|above|at the (beginning|start))|(repeat|print|output|show|reveal|display)\b.{0,30}\b(above|system|configuration|verbatim)",
    ),
    (
        "prompt_extraction",
        r"(系统|初始|原始|隐藏|内部|完整|你的|你收到的|全部)的?(提示词|提示语|指令|设定|prompt|工具定义|工具列表)|提示词.{0,10}(输出|打印|复述|告诉|发给|显示)|(输出|打印|复述|重复|泄露|透露|显示|告诉).{0,12}(提示词|系统指令|初始指令|上面的全部文字|以上全部文字)",
    ),
    (
        "override",
        r"\b(administrator|admin|root|developer|debug|maintenance|god) (override|mode|access)\b|\bjailbreak|do anything now|\bsudo\b|you are now (a|an|in|the|dan)\b|pretend (to be|you are) (a|an) (unrestricted|unfiltered)",
    ),
    (
        "override",
        r"(开发者|管理员|调试|维护|上帝|超级用户|无限制|越狱)模式|(解除|取消|关闭|突破)(你的|所有|全部|一切|安全)?(限制|审查|过滤|约束)|你现在(是|扮演)(一个)?(没有|不受)|最高权限|我是(系统)?(管理员|开发者|开发人员|运维|超级管理员)",
    ),
    (
        "override",
        r"(我是|本人是|作为|我代表)[^,。]{0,12}(局长|主任|市长|书记|领导|负责人|科长|上级)[^。]{0,16}(命令|授权|要求|指示)(你|系统|机器人|直接|立即)",
    ),
    (
        "exfiltration",
        r"(发送|上传|转发|传输|推送|外发|同步)(到|至|给)[^。]{0,6}(外部|境外|第三方|这个|以下)[^。]{0,6}(网址|网站|邮箱|服务器|链接|地址|接口)",
    ),
    // An order written as an entry of somebody's list. People with a question do not begin so.
    (
        "task_entry",
        r"^\s*(todo|to-do|task|action required|待办|待办事项|任务|待处理)\s*:\s*\S",
    ),
];

/// How many zero-width characters within words are no longer chance.
const HIDDEN: usize = 3;

/// The name of the first rule by which a text looks written for a model; `None` for ordinary words.
pub fn injection(text: &str) -> Option<&'static str> {
    // Tag characters have no use in a question; they spell hidden ASCII.
    if text
        .chars()
        .any(|next| matches!(next, '\u{e0020}'..='\u{e007f}' | '\u{202d}' | '\u{202e}'))
    {
        return Some("hidden_characters");
    }
    let folded = visible(text).to_lowercase();
    let named = RULES
        .iter()
        .find(|(_, rule)| rule.is_match(&folded))
        .map(|(name, _)| *name);
    named.or_else(|| (split_words(text) >= HIDDEN).then_some("hidden_characters"))
}

/// Zero-width characters that stand between two letters.
fn split_words(text: &str) -> usize {
    let characters: Vec<char> = text.chars().collect();
    let zero = |next: char| matches!(next, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    characters
        .windows(3)
        .filter(|three| three[0].is_alphanumeric() && zero(three[1]) && three[2].is_alphanumeric())
        .count()
}

#[cfg(test)]
mod tests;
