//! Conditions on what happens once a unit has the order.

use jiff::civil::Date;

use super::super::action::{Action, Answers, Reply, Suspension};
use super::super::calendar::add_months;
use super::super::due::DueKind;
use super::super::state::State;
use super::{Checked, Guard, given, need};

/// The emergency numbers.
const NUMBERS: [&str; 4] = ["110", "119", "120", "122"];

/// So many digits in a row are more of a number than a mask leaves.
const DIGITS: usize = 5;

pub(super) fn number_is_known(number: &str) -> bool {
    NUMBERS.contains(&number)
}

/// Whether a contact can stand in the order: something of it is hidden, and no run of digits is long.
pub(super) fn contact_is_masked(contact: &str) -> bool {
    let mut runs = contact.split(|letter: char| !letter.is_numeric());
    contact.contains('*') && runs.all(|run| run.chars().count() < DIGITS)
}

impl Guard<'_> {
    pub(super) fn in_hand(&self) -> Checked {
        match &self.proposal.action {
            Action::RequestReturn { basis, document } => {
                given(basis, "依据")?;
                given(document, "文件")?;
                self.reason()?;
                need(
                    !self.is_past(DueKind::Sign),
                    "签收期限已过，视为接单，不能再申请退单",
                )
            }
            Action::Contact { channel, summary } => {
                given(channel, "联系方式")?;
                given(summary, "联系内容")
            }
            Action::Report { text } => given(text, "协办结果"),
            Action::RequestExtension { days } => self.extension(*days),
            Action::ApproveExtension { told } => given(told, "告知诉求人的内容"),
            Action::Urge { words } => given(words, "催办内容"),
            Action::Supervise { level } => {
                let (now, most) = (self.order.supervision, 3);
                let rises = *level > now && *level <= most;
                need(
                    rises,
                    format!("督办级别应当高于现在的{now}级，至多{most}级"),
                )?;
                self.reason()
            }
            Action::Reply(reply) => self.reply(reply),
            Action::AnswerCallback(answers) => self.answers(answers),
            Action::MissCallback { channel } => {
                given(channel, "联系方式")?;
                let (tries, most) = (self.order.tries, self.rules().callback.times);
                need(
                    tries < most,
                    format!("已经联系{tries}次，可以加注“联系不上”办结"),
                )
            }
            Action::Redo => self.redo(),
            Action::Suspend(suspension) => self.suspension(suspension),
            Action::ReviewSuspension { finding, review } => {
                given(finding, "复核情况")?;
                self.review(*review)
            }
            Action::Archive => self.archive(),
            Action::AcceptReturn
            | Action::RefuseReturn
            | Action::RefuseExtension
            | Action::ReturnReply
            | Action::Resume
            | Action::Withdraw => self.reason(),
            Action::Open(_)
            | Action::Register(_)
            | Action::AskFacts { .. }
            | Action::SupplyFacts { .. }
            | Action::Complete
            | Action::Link { .. }
            | Action::Accept { .. }
            | Action::Answer { .. }
            | Action::Merge { .. }
            | Action::Decline { .. }
            | Action::Transfer { .. }
            | Action::Acknowledge { .. }
            | Action::Continue
            | Action::Grade(_)
            | Action::Confirm
            | Action::Consult { .. }
            | Action::Dispatch(_)
            | Action::Sign
            | Action::TakeAsSigned
            | Action::AddAssist { .. }
            | Action::Regrade { .. }
            | Action::Remind { .. }
            | Action::AcceptReply
            | Action::Reopen { .. } => Ok(()),
        }
    }

    fn is_past(&self, kind: DueKind) -> bool {
        self.order
            .dues
            .get(&kind)
            .is_some_and(|due| self.at > due.at)
    }

    fn extension(&self, days: u16) -> Checked {
        let rule = &self.rules().extension;
        let (times, most, level) = (rule.times, rule.days, self.order.level());
        need(
            rule.levels.contains(&level),
            format!("{}工单不能延期", level.name()),
        )?;
        need(self.order.extensions < times, format!("至多延期{times}次"))?;
        need(
            (1..=most).contains(&days),
            format!("延期应当在1至{most}个工作日之间"),
        )?;
        need(
            !self.is_past(DueKind::Handle),
            "办理期限已过，不能再申请延期",
        )?;
        self.reason()
    }

    fn reply(&self, reply: &Reply) -> Checked {
        given(&reply.facts, "答复的事实")?;
        need(!reply.basis.is_empty(), "缺少答复的依据")?;
        reply
            .basis
            .iter()
            .try_for_each(|it| given(it, "答复的依据"))?;
        given(&reply.result, "处理结果")
    }

    fn answers(&self, answers: &Answers) -> Checked {
        given(&answers.responded.words, "“是否联系”的原话")?;
        given(&answers.resolved.words, "“是否解决”的原话")?;
        given(&answers.satisfied.words, "“是否满意”的原话")
    }

    fn redo(&self) -> Checked {
        let (redos, most) = (self.order.redos, self.rules().redo.times);
        let counts = self.order.answers.is_some();
        need(
            !counts || redos < most,
            format!("已经重办{redos}次（至多{most}次），未解决的可以挂账"),
        )?;
        self.reason()
    }

    fn suspension(&self, suspension: &Suspension) -> Checked {
        let class = &suspension.class;
        let known = self.rules().suspension.reasons.contains_key(class);
        need(known, format!("`{class}` 不是规则所列的挂账原因"))?;
        given(&suspension.measures, "措施")?;
        given(&suspension.told, "告知诉求人的内容")?;
        self.reason()?;
        self.review(suspension.review)
    }

    fn review(&self, review: Date) -> Checked {
        let today = self.reckoning.calendar.date(self.at);
        let months = self.rules().suspension.months;
        need(
            review > today && review <= add_months(today, months),
            format!("复核日期应当在{today}之后、{months}个月之内"),
        )
    }

    fn archive(&self) -> Checked {
        if self.order.state != State::Callback {
            return Ok(());
        }
        match &self.order.answers {
            Some(answers) if answers.are_good() => Ok(()),
            Some(answers) => {
                need(answers.resolved.yes, "诉求人说没有解决：应当重办或者挂账")?;
                let papers = !self.proposal.evidence.is_empty();
                need(papers, "诉求人不满意：办结应当附材料，否则应当重办或者挂账")?;
                self.reason()
            }
            None if self.order.withdrawn => self.reason(),
            None => {
                let (tries, most) = (self.order.tries, self.rules().callback.times);
                need(
                    tries >= most,
                    format!("还没有回访结果；联系不上的，应当联系满{most}次（已联系{tries}次）"),
                )
            }
        }
    }
}
