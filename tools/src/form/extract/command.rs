//! What a message does besides answering: leave, go back, change, leave open, not know.

use super::clause::Clause;
use super::label::{labelled_fields, labels_in};
use super::{Command, Message};
use crate::form::field::Kind;

const CANCEL: [&str; 24] = [
    "取消",
    "不办了",
    "不想办了",
    "不办理了",
    "不申请了",
    "不填了",
    "退出",
    "算了",
    "终止",
    "停止办理",
    "不弄了",
    "不用办了",
    "不要办了",
    "放弃",
    "不报了",
    "不用报了",
    "不要报了",
    "别报了",
    "别弄了",
    "别办了",
    "不登记了",
    "不用登记了",
    "别登记了",
    "不反映了",
];
const SKIP: [&str; 14] = [
    "跳过",
    "先不填",
    "暂时不填",
    "暂不填",
    "略过",
    "先空着",
    "空着",
    "以后再填",
    "以后再说",
    "下一个",
    "下一项",
    "不想填",
    "不填",
    "先不写",
];
const UNKNOWN: [&str; 16] = [
    "不知道",
    "不清楚",
    "不晓得",
    "忘了",
    "忘记了",
    "忘记",
    "不记得",
    "记不清",
    "记不得",
    "想不起来",
    "没印象",
    "不了解",
    "搞不清",
    "弄不清",
    "没记住",
    "不太清楚",
];
const BACK: [&str; 7] = [
    "上一步",
    "上一个",
    "上一题",
    "上一项",
    "返回",
    "退回",
    "回到前面",
];
const CHANGE: [&str; 8] = [
    "改一下",
    "修改",
    "更改",
    "要改",
    "改下",
    "换一个",
    "重新填",
    "改改",
];

/// Words that may stand beside such words without saying anything more; the longer first.
const FILLERS: [&str; 62] = [
    "帮我", "现在", "暂时", "具体", "这个", "那个", "多少", "什么", "哪个", "哪天", "怎么", "申请",
    "办理", "业务", "手续", "已经", "真的", "我们", "可以", "一下", "号码", "谢谢", "好的", "表格",
    "表", "办", "我", "也", "都", "还", "了", "呢", "啊", "呀", "是", "的", "先", "吧", "那", "就",
    "请", "要", "想", "写", "填", "这", "项", "号", "几", "给", "把", "再", "个", "题", "前", "面",
    "嗯", "呃", "哦", "太", "记", "这次",
];

/// What the message says of fields besides values.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) unknown: Vec<usize>,
    pub(super) skipped: Vec<usize>,
}

impl Marks {
    pub(super) fn is_empty(&self) -> bool {
        self.unknown.is_empty() && self.skipped.is_empty()
    }
}

/// Whether the person leaves the form. A choice that is called so is an answer.
pub(super) fn cancels(said: &Message<'_>) -> bool {
    let choice = said.asked_field().is_some_and(|field| {
        matches!(field.kind, Kind::Choice | Kind::YesNo)
            && !crate::form::read::words::said(field, &said.text, 0..said.text.len()).is_empty()
    });
    !choice
        && said
            .clauses
            .iter()
            .any(|clause| !clause.question && is_only(said, clause, &CANCEL, 2))
}

/// Fields of which the person says that they do not know or leave them open: those named beside, else the one asked for.
pub(super) fn marks(said: &Message<'_>) -> Marks {
    let mut marks = Marks::default();
    for clause in &said.clauses {
        let unknown = is_only(said, clause, &UNKNOWN, 1) && clause.mark != '?';
        let skipped = is_only(said, clause, &SKIP, 1) && !clause.question;
        let fields = match labelled_fields(said, clause.range.clone()) {
            fields if fields.is_empty() => said.asked.into_iter().collect(),
            fields => fields,
        };
        if skipped {
            marks.skipped.extend(fields);
        } else if unknown {
            marks.unknown.extend(fields);
        }
    }
    marks
}

/// Back or change, where no value was found.
pub(super) fn command(said: &Message<'_>) -> Option<Command> {
    let mut clauses = said.clauses.iter().filter(|clause| !clause.question);
    if clauses.any(|clause| is_only(said, clause, &BACK, 2)) {
        return Some(Command::Back);
    }
    said.clauses.iter().find_map(|clause| {
        let text = said.text.slice(clause.range.clone());
        let changes = CHANGE.iter().any(|word| text.contains(word)) && !clause.question;
        if !changes {
            return None;
        }
        match labelled_fields(said, clause.range.clone())[..] {
            [field] => Some(Command::Change {
                field: said.form.fields[field].name.clone(),
            }),
            [] if is_only(said, clause, &CHANGE, 2) => Some(Command::Back),
            _ => None,
        }
    })
}

/// Whether a clause says one of the words and, beside labels of fields and fillers, at most `rest` characters more.
fn is_only(said: &Message<'_>, clause: &Clause, words: &[&str], rest: usize) -> bool {
    if clause.range.len() > 24 {
        return false;
    }
    let text = said.text.slice(clause.range.clone());
    let longest = words
        .iter()
        .filter(|word| text.contains(*word))
        .max_by_key(|word| word.len());
    let Some(word) = longest else {
        return false;
    };
    let before = text.split(word).next().unwrap_or_default();
    if ["不", "别", "没", "不要", "不想", "没有"]
        .iter()
        .any(|turn| before.trim_end().ends_with(turn))
    {
        return false;
    }
    // The word is cut out before the labels, which may share characters with it.
    let mut left: String = text.chars().filter(|next| next.is_alphanumeric()).collect();
    left = left.replacen(word, " ", 1);
    for label in labels_in(said, clause.range.clone()) {
        left = left.replacen(&label, " ", 1);
    }
    for filler in FILLERS {
        left = left.replace(filler, " ");
    }
    left.chars().filter(|next| !next.is_whitespace()).count() < rest
}
