//! Signs of chat templates, of tool calls, and of what a page hides from its readers.

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    (
        "chat_markup",
        r#"<\|[a-z_]{2,20}\|>|\[/?inst\]|<</?sys>>|</?(system|assistant|document|context|instructions?|information|important|tool_call|tool_response|function_call|文档|资料|系统|指令)\s*>|(^|\n)\s*assistant\s*:|(^|\n)\s*(system|developer|系统)\s*:\s*(you\b|ignore|disregard|new\b|override|from now|the assistant|你(是|将|必须|现在)|忽略|从现在|新指令)|```\s*(system|prompt|instructions?)\b"#,
    ),
    (
        "tool_call",
        r#""role"\s*:\s*"(system|assistant|tool|developer)"|"(name|tool|function|tool_name)"\s*:\s*"[a-z_.]{3,}"\s*,\s*"(arguments|args|parameters|input)"\s*:"#,
    ),
    (
        "hidden_comment",
        r#"<!--[\s\S]{4,}?(-->|$)|\[//\]\s*:\s*#|<[a-z]+[^>]{0,80}(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|color\s*:\s*(white|#fff|transparent))"#,
    ),
    (
        "system_message",
        r"#{2,}\s*[\(\[<【]?\s*(system|admin|instruction|系统|管理员|指令)|[\[\(<【](system|admin)[_ ]?(message|prompt|note|override)[\]\)>】]|<(system|admin)[_ ](message|prompt|note|override)",
    ),
    // An order written as an entry of somebody's list. People with a question do not begin so.
    (
        "task_entry",
        r"^\s*(todo|to-do|task|action required|待办|待办事项|任务|待处理)\s*:\s*\S",
    ),
];
