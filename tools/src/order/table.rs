//! All transitions of a work order: which action, from where, to where, by whom.
//!
//! The table says what may follow what; conditions on the order and on the data are in `may.rs` and
//! `guard.rs`, and stand here in words for people. [`markdown`] makes `README.md` of it.

use super::actor::ActorRole;
use super::entry::Entry;
use super::kind::ActionKind;
use super::state::State;

/// One action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The action.
    pub kind: ActionKind,
    /// States in which it may be done; empty for the first entry.
    pub from: &'static [State],
    /// States to which it may lead, the usual one first; empty if the state stays.
    pub to: &'static [State],
    /// Who may do it.
    pub roles: &'static [ActorRole],
    /// On which conditions, in Chinese.
    pub guard: &'static str,
    /// What the record holds, in Chinese.
    pub record: &'static str,
}

/// The row of an action.
pub fn row(kind: ActionKind) -> &'static Row {
    // Rows stand in the order of the kinds; a test holds that.
    &TABLE[kind as usize]
}

/// Whether states, action and role of an entry go together. Conditions on the data were checked when it was decided.
pub fn holds(entry: &Entry) -> bool {
    let row = row(entry.action.kind());
    let from = match entry.from {
        Some(from) => row.from.contains(&from),
        None => row.kind == ActionKind::Open,
    };
    let stays = row.to.is_empty() && entry.from == Some(entry.to);
    from && (stays || row.to.contains(&entry.to)) && row.roles.contains(&entry.actor.role)
}

/// The table for people.
pub fn markdown() -> String {
    let mut text = String::from(
        "# 工单流转表\n\n本表由 `table::markdown` 生成，测试核对。状态不变的写“不变”。\n\n\
         | 操作 | 代码 | 从 | 到 | 操作人 | 条件 | 记录 |\n|---|---|---|---|---|---|---|\n",
    );
    for row in &TABLE {
        let code = serde_json::to_value(row.kind).expect("a kind is a string");
        let roles: Vec<&str> = row.roles.iter().map(|role| role.name()).collect();
        let cells = [
            row.kind.name().to_owned(),
            format!("`{}`", code.as_str().unwrap_or_default()),
            names(row.from, "（新工单）"),
            names(row.to, "不变"),
            roles.join("、"),
            row.guard.to_owned(),
            row.record.to_owned(),
        ];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

fn names(states: &[State], none: &str) -> String {
    if states.is_empty() {
        return none.to_owned();
    }
    let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
    names.join("、")
}

/// In the order of [`ActionKind::ALL`].
pub const TABLE: [Row; 44] = [
    Row {
        kind: ActionKind::Open,
        from: &[],
        to: &[State::Received],
        roles: &[ActorRole::Citizen, ActorRole::Operator, ActorRole::Machine],
        guard: "幂等键、原文、诉求人代号不为空；诉求人只能为自己登记；联系方式已遮盖",
        record: "工单号、幂等键、原文及其哈希、渠道、同意范围、遮盖后的联系方式",
    },
    Row {
        kind: ActionKind::Register,
        from: &[State::Received, State::Intake, State::Emergency],
        to: &[State::Intake, State::Emergency],
        roles: &[ActorRole::Operator, ActorRole::Machine],
        guard: "取自原文的字段须指明原文中的位置",
        record: "诉求类别、事项、地址、被反映单位；每个字段的值和来源",
    },
    Row {
        kind: ActionKind::AskFacts,
        from: &[State::Intake],
        to: &[State::AwaitingFacts],
        roles: &[ActorRole::Operator, ActorRole::Machine],
        guard: "只问还没有的字段；计时暂停",
        record: "缺少的字段",
    },
    Row {
        kind: ActionKind::SupplyFacts,
        from: &[State::AwaitingFacts],
        to: &[State::Intake],
        roles: &[ActorRole::Citizen, ActorRole::Operator, ActorRole::Machine],
        guard: "至少一个字段；计时恢复",
        record: "字段的值和来源，派单期限顺延多少",
    },
    Row {
        kind: ActionKind::Complete,
        from: &[State::Intake],
        to: &[State::Screen],
        roles: &[ActorRole::Operator, ActorRole::Machine],
        guard: "已有诉求类别和事项",
        record: "—",
    },
    Row {
        kind: ActionKind::Link,
        from: &[State::Screen],
        to: &[],
        roles: &[ActorRole::Operator, ActorRole::Centre, ActorRole::Machine],
        guard: "不能关联自己",
        record: "相关工单号、判重规则、告知内容",
    },
    Row {
        kind: ActionKind::Accept,
        from: &[State::Screen],
        to: &[State::Grade],
        roles: &[ActorRole::Operator, ActorRole::Centre, ActorRole::Machine],
        guard: "写明受理规则",
        record: "受理规则",
    },
    Row {
        kind: ActionKind::Answer,
        from: &[State::Screen],
        to: &[State::Answered],
        roles: &[ActorRole::Operator, ActorRole::Machine],
        guard: "只用于咨询类；须有引用来源",
        record: "答复、来源、知识库版本",
    },
    Row {
        kind: ActionKind::Merge,
        from: &[State::Screen],
        to: &[State::Archived],
        roles: &[ActorRole::Centre],
        guard: "不能并入自己；已告知诉求人",
        record: "并入的工单号、告知内容",
    },
    Row {
        kind: ActionKind::Decline,
        from: &[State::Screen],
        to: &[State::Archived],
        roles: &[ActorRole::Centre],
        guard: "情形须在规则列出；已告知其他途径",
        record: "情形、告知的途径、理由",
    },
    Row {
        kind: ActionKind::Transfer,
        from: &[
            State::Received,
            State::Intake,
            State::AwaitingFacts,
            State::Screen,
            State::Grade,
            State::DispatchReady,
            State::Consultation,
        ],
        to: &[State::Emergency],
        roles: &[ActorRole::Operator, ActorRole::Centre, ActorRole::Machine],
        guard: "号码为110、119、120、122之一；已告知本人",
        record: "号码、告知内容、转接时间",
    },
    Row {
        kind: ActionKind::Acknowledge,
        from: &[State::Emergency],
        to: &[],
        roles: &[ActorRole::Operator, ActorRole::Centre, ActorRole::Machine],
        guard: "—",
        record: "接收方的确认",
    },
    Row {
        kind: ActionKind::Continue,
        from: &[State::Emergency],
        to: &[State::Grade],
        roles: &[ActorRole::Operator, ActorRole::Centre, ActorRole::Machine],
        guard: "已有诉求类别和事项",
        record: "—",
    },
    Row {
        kind: ActionKind::Grade,
        from: &[State::Grade, State::DispatchReady],
        to: &[State::DispatchReady, State::Grade],
        roles: &[ActorRole::Operator, ActorRole::Centre, ActorRole::Machine],
        guard: "系统只能升级、不能取消人身安全标记；人员降级须有理由；系统定为特急、涉及人身安全或者置信度低的，留待人员确认",
        record: "级别、得分、模型和目录版本、确认人",
    },
    Row {
        kind: ActionKind::Confirm,
        from: &[State::Grade],
        to: &[State::DispatchReady],
        roles: &[ActorRole::Operator, ActorRole::Centre],
        guard: "已有定级",
        record: "确认人",
    },
    Row {
        kind: ActionKind::Consult,
        from: &[State::DispatchReady],
        to: &[State::Consultation],
        roles: &[ActorRole::Centre],
        guard: "有理由；至少一个单位",
        record: "参加单位、理由、指定期限",
    },
    Row {
        kind: ActionKind::Dispatch,
        from: &[State::DispatchReady, State::Consultation],
        to: &[State::Dispatched],
        roles: &[ActorRole::Centre],
        guard: "主办单位不得同时协办；投诉、举报不得派给或者抄送被反映单位；会商或者退单后指定的不得再退",
        record: "主办、协办、双派、目录条目和版本、依据、各期限的起算和规则",
    },
    Row {
        kind: ActionKind::Sign,
        from: &[State::Dispatched, State::Handling],
        to: &[State::Handling, State::Dispatched],
        roles: &[ActorRole::Unit],
        guard: "主办单位签收；协办单位只签收自己的部分",
        record: "签收单位",
    },
    Row {
        kind: ActionKind::TakeAsSigned,
        from: &[State::Dispatched],
        to: &[State::Handling],
        roles: &[ActorRole::Machine],
        guard: "签收期限已过",
        record: "—",
    },
    Row {
        kind: ActionKind::RequestReturn,
        from: &[State::Dispatched],
        to: &[State::ReturnRequested],
        roles: &[ActorRole::Unit],
        guard: "主办单位；签收期限之内；不是指定的；有理由；计时不停",
        record: "理由、依据、文件",
    },
    Row {
        kind: ActionKind::AcceptReturn,
        from: &[State::ReturnRequested],
        to: &[State::DispatchReady],
        roles: &[ActorRole::Centre],
        guard: "有理由；重新派出的办理期限不变",
        record: "理由、退单次数",
    },
    Row {
        kind: ActionKind::RefuseReturn,
        from: &[State::ReturnRequested],
        to: &[State::Handling],
        roles: &[ActorRole::Centre],
        guard: "有理由",
        record: "理由",
    },
    Row {
        kind: ActionKind::Contact,
        from: &[State::Handling, State::Suspended],
        to: &[],
        roles: &[ActorRole::Unit],
        guard: "主办或者协办单位",
        record: "方式、内容",
    },
    Row {
        kind: ActionKind::AddAssist,
        from: &[State::Handling],
        to: &[],
        roles: &[ActorRole::Centre],
        guard: "不是已有的单位；投诉、举报不得派给被反映单位",
        record: "协办单位、任务",
    },
    Row {
        kind: ActionKind::Report,
        from: &[State::Handling],
        to: &[],
        roles: &[ActorRole::Unit],
        guard: "协办单位",
        record: "协办结果",
    },
    Row {
        kind: ActionKind::RequestExtension,
        from: &[State::Handling],
        to: &[],
        roles: &[ActorRole::Unit],
        guard: "主办单位；期限届满之前；次数、天数、级别依规则；有理由",
        record: "天数、理由",
    },
    Row {
        kind: ActionKind::ApproveExtension,
        from: &[State::Handling],
        to: &[],
        roles: &[ActorRole::Centre],
        guard: "有申请；已告知诉求人",
        record: "告知内容、新的期限",
    },
    Row {
        kind: ActionKind::RefuseExtension,
        from: &[State::Handling],
        to: &[],
        roles: &[ActorRole::Centre],
        guard: "有申请；有理由",
        record: "理由",
    },
    Row {
        kind: ActionKind::Regrade,
        from: &[State::Dispatched, State::ReturnRequested, State::Handling],
        to: &[],
        roles: &[ActorRole::Centre, ActorRole::Machine],
        guard: "级别有变化；系统只能升级；人员须有理由；升级时期限只会提前",
        record: "新级别、理由、新的期限",
    },
    Row {
        kind: ActionKind::Remind,
        from: &[
            State::Received,
            State::Intake,
            State::Screen,
            State::Grade,
            State::DispatchReady,
            State::Consultation,
            State::Dispatched,
            State::ReturnRequested,
            State::Handling,
            State::Replied,
            State::Callback,
            State::Suspended,
        ],
        to: &[],
        roles: &[ActorRole::Machine],
        guard: "到时；每个期限只提醒一次",
        record: "提醒事项",
    },
    Row {
        kind: ActionKind::Urge,
        from: &[State::Dispatched, State::ReturnRequested, State::Handling],
        to: &[],
        roles: &[ActorRole::Citizen, ActorRole::Centre, ActorRole::Machine],
        guard: "系统只在逾期后催办一次；诉求人、中心须写明内容",
        record: "催办内容",
    },
    Row {
        kind: ActionKind::Supervise,
        from: &[State::Dispatched, State::ReturnRequested, State::Handling],
        to: &[],
        roles: &[ActorRole::Centre, ActorRole::Machine],
        guard: "级别逐级上升；系统依逾期时间；中心须有理由",
        record: "督办级别、理由",
    },
    Row {
        kind: ActionKind::Reply,
        from: &[State::Handling],
        to: &[State::Replied],
        roles: &[ActorRole::Unit],
        guard: "主办单位；事实、依据、结果齐全",
        record: "事实、依据、结果、附件；回访期限",
    },
    Row {
        kind: ActionKind::ReturnReply,
        from: &[State::Replied],
        to: &[State::Handling],
        roles: &[ActorRole::Centre],
        guard: "有理由；办理期限不变",
        record: "理由",
    },
    Row {
        kind: ActionKind::AcceptReply,
        from: &[State::Replied],
        to: &[State::Callback],
        roles: &[ActorRole::Centre],
        guard: "—",
        record: "—",
    },
    Row {
        kind: ActionKind::AnswerCallback,
        from: &[State::Callback],
        to: &[],
        roles: &[ActorRole::Citizen, ActorRole::Centre],
        guard: "每次回访只记一次；逐字记录",
        record: "是否联系、是否解决、是否满意及原话",
    },
    Row {
        kind: ActionKind::MissCallback,
        from: &[State::Callback],
        to: &[],
        roles: &[ActorRole::Centre],
        guard: "尚无评价；不超过规定次数",
        record: "方式、次数",
    },
    Row {
        kind: ActionKind::Redo,
        from: &[State::Callback],
        to: &[State::Handling],
        roles: &[ActorRole::Centre],
        guard: "未解决或者不满意，或者诉求人否认撤回；有理由；次数依规则",
        record: "理由、次数、重办期限",
    },
    Row {
        kind: ActionKind::Suspend,
        from: &[State::Handling, State::Callback],
        to: &[State::Suspended],
        roles: &[ActorRole::Centre],
        guard: "回访后须未解决或者不满意；原因类别在规则列出；复核日期在期限之内；有措施、有理由；已告知诉求人",
        record: "原因类别、措施、复核日期、告知内容、核准人",
    },
    Row {
        kind: ActionKind::ReviewSuspension,
        from: &[State::Suspended],
        to: &[],
        roles: &[ActorRole::Centre],
        guard: "下次复核日期在期限之内",
        record: "复核情况、下次复核日期",
    },
    Row {
        kind: ActionKind::Resume,
        from: &[State::Suspended],
        to: &[State::Handling],
        roles: &[ActorRole::Centre, ActorRole::Machine],
        guard: "系统只在复核日期到时；中心须有理由；重新起算",
        record: "理由、新的期限",
    },
    Row {
        kind: ActionKind::Archive,
        from: &[State::Callback, State::Answered, State::Emergency],
        to: &[State::Archived],
        roles: &[ActorRole::Centre],
        guard: "已解决并且满意；或者已解决、不满意而理由不成立，须有理由和材料；或者规定次数内联系不上；或者诉求人确认撤回；或者已即时答复；或者紧急转接已确认",
        record: "结果",
    },
    Row {
        kind: ActionKind::Withdraw,
        from: &[
            State::Received,
            State::Intake,
            State::AwaitingFacts,
            State::Screen,
            State::Grade,
            State::DispatchReady,
            State::Consultation,
            State::Dispatched,
            State::ReturnRequested,
            State::Handling,
            State::Replied,
            State::Suspended,
        ],
        to: &[State::Archived, State::Callback],
        roles: &[ActorRole::Citizen],
        guard: "有理由；派单后的撤回须经中心回访",
        record: "理由",
    },
    Row {
        kind: ActionKind::Reopen,
        from: &[State::Archived],
        to: &[State::Intake],
        roles: &[ActorRole::Citizen, ActorRole::Operator, ActorRole::Centre],
        guard: "有新的事实",
        record: "新的事实",
    },
];
