//! `chengzhi digest`: what the orders of some days say, in numbers, each with the orders behind it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use jiff::civil::Date;
use serde_json::json;
use tools::order::rates::{Rate, Rates, UNKNOWN};
use tools::statistics::count::Group;
use tools::statistics::messages::{WrongLine, read_messages};
use tools::statistics::{Figure, Statistics};
use tools::{Counted, Days};

use super::context::Context;
use super::date;
use super::orders::{hotline, records};
use super::output::{Ink, Output, note};
use crate::digest::{Document, of_days, of_messages, spanned, written};

/// Summarise the orders of some days: counts, deadlines, the three rates, repeats, hot issues, what is new
///
/// No model takes part. Hot issues group what many people say of one matter: a person counts once, and votes are capped.
/// What is new was tested against the same weekdays of the weeks before (exact test, Benjamini-Hochberg at 5 %).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  chengzhi digest                                      the last seven days
  chengzhi digest --from 2026-11-20 --to 2026-11-20    one day
  chengzhi digest --orders                             with the numbers of the orders behind each line
  chengzhi digest --json                               every figure with all its orders, by their places in `ids`
  chengzhi digest --docx week.docx --page week.html    the claims with their orders, to hand on and to print
  chengzhi digest --messages board.jsonl --orders      hot issues of a message board, with the messages of each

Messages are lines of JSON with `id`, `time` and `text`, and if known `title`, `reporter`, `votes`, `item`, `district`, `place` and
`department`. They are read and not stored.
An order whose record was altered is counted nowhere and named on the standard error.
Exit codes: 0 done, 1 some orders could not be read.")]
pub(super) struct Digest {
    /// The first day; without it, six days before the last
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    from: Option<Date>,
    /// The last day; without it, today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    to: Option<Date>,
    /// Weeks before the first day with which the days are compared
    #[arg(long, value_name = "N", default_value_t = Days::WEEKS, value_parser = clap::value_parser!(u32).range(1..=104))]
    weeks: u32,
    /// Summarise the messages of a file instead of the orders; without days, all of them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["docx", "page"])]
    messages: Option<PathBuf>,
    /// Show the numbers of the orders behind each line
    #[arg(long)]
    orders: bool,
    /// Write the claims, with the orders behind each, as a Word document
    #[arg(long, value_name = "FILE")]
    docx: Option<PathBuf>,
    /// Write the same as a page to print
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

/// Groups of a kind that are shown.
const SHOWN: usize = 8;

pub(super) async fn run(
    context: &Context,
    output: Output,
    command: &Digest,
) -> anyhow::Result<ExitCode> {
    if let Some(file) = &command.messages {
        return messages(context, output, command, file);
    }
    let now = context.now();
    let to = command
        .to
        .unwrap_or_else(|| now.to_zoned(tools::zone()).date());
    let from = match command.from {
        Some(from) => from,
        None => to.checked_sub(jiff::Span::new().days(6))?,
    };
    ensure!(from <= to, "`--to` lies before `--from`");
    let days = Days::of(from, to, command.weeks)
        .with_context(|| format!("the days are more than {}", Days::LONGEST))?;
    let store = records(context).await?;
    let counted = of_days(&store, &hotline(context)?, days, now).await?;
    command.export(context, &counted)?;
    if output.json {
        output.json(&counted)?;
    } else {
        Page {
            output,
            statistics: &counted.statistics,
            orders: command.orders,
        }
        .print(from, to, Some(&counted.rates))?;
    }
    for order in &counted.unreadable {
        note(format!("order {} is left out: {}", order.id, order.reason));
    }
    Ok(if counted.unreadable.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn messages(
    context: &Context,
    output: Output,
    command: &Digest,
    file: &Path,
) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("`{}` cannot be read", file.display()))?;
    let (cases, unreadable) = read_messages(&text);
    let Some((first, last)) = spanned(&cases) else {
        bail!(
            "`{}` has no message that can be read{}",
            file.display(),
            first_of(&unreadable)
        );
    };
    let (from, to) = (command.from.unwrap_or(first), command.to.unwrap_or(last));
    ensure!(from <= to, "`--to` lies before `--from`");
    let statistics = of_messages(&cases, (from, to), command.weeks, context.now())
        .context("the days are outside of the calendar")?;
    for wrong in unreadable.iter().take(SHOWN) {
        note(format!("line {} is left out: {}", wrong.line, wrong.reason));
    }
    if unreadable.len() > SHOWN {
        let more = unreadable.len() - SHOWN;
        note(format!(
            "{more} more lines are left out: `--json` names all"
        ));
    }
    let all = unreadable.is_empty();
    if output.json {
        output.json(&json!({"statistics": statistics, "unreadable": unreadable}))?;
    } else {
        Page {
            output,
            statistics: &statistics,
            orders: command.orders,
        }
        .print(from, to, None)?;
    }
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn first_of(wrong: &[WrongLine]) -> String {
    let first = wrong.first();
    first.map_or_else(String::new, |it| {
        format!(": line {}: {}", it.line, it.reason)
    })
}

impl Digest {
    /// Writes the files that are asked for.
    fn export(&self, context: &Context, counted: &Counted) -> anyhow::Result<()> {
        let producer = &context.settings.city.producer;
        let files = [(&self.docx, Document::Docx), (&self.page, Document::Page)];
        for (file, document) in files {
            let Some(file) = file else { continue };
            let body = written(&context.catalog(), producer, counted, document)
                .context("no agent of kind `digest` says how claims are worded\nhint: `chengzhi check` names what is wrong with it")?;
            put(file, &body)?;
        }
        Ok(())
    }
}

/// Writes a file beside its place and moves it there.
fn put(file: &Path, body: &[u8]) -> anyhow::Result<()> {
    let wrong = || format!("`{}` cannot be written", file.display());
    let above = match file.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    let mut written = tempfile::NamedTempFile::new_in(above).with_context(wrong)?;
    written.write_all(body).with_context(wrong)?;
    written.as_file().sync_all().with_context(wrong)?;
    written.persist(file).with_context(wrong)?;
    Ok(())
}

fn is_known(group: &Group) -> bool {
    !group.name.is_empty() && group.name != UNKNOWN
}

/// What is printed.
struct Page<'a> {
    output: Output,
    statistics: &'a Statistics,
    /// Whether numbers of orders are shown.
    orders: bool,
}

impl Page<'_> {
    /// Of orders with their rates; messages have none, and no deadlines.
    fn print(
        &self,
        from: Date,
        to: Date,
        rates: Option<&BTreeMap<String, Rates>>,
    ) -> anyhow::Result<()> {
        let it = self.statistics;
        let what = match rates {
            Some(_) => format!("新收工单 {} 件", it.total.value),
            None => format!("留言 {} 条", it.total.value),
        };
        let title = format!("{from} 至 {to}：{what}");
        self.output.line(self.output.paint(Ink::Strong, &title))?;
        for (name, groups) in [
            ("类别", &it.counts.category),
            ("区县", &it.counts.district),
            ("主办", &it.counts.department),
            ("等级", &it.counts.grade),
        ] {
            if rates.is_some() || groups.iter().any(is_known) {
                self.groups(name, groups)?;
            }
        }
        if let Some(rates) = rates {
            self.deadlines()?;
            self.rates(rates)?;
        }
        self.head("重复反映")?;
        self.line(
            &format!("重复件 {}", it.repeats.repeated.value),
            &it.repeats.repeated,
        )?;
        for chain in it.repeats.chains.iter().take(SHOWN) {
            let text = format!(
                "{} 起共 {} 件，{} 人",
                chain.root, chain.cases.value, chain.people.value
            );
            self.line(&text, &chain.cases)?;
        }
        self.head("热点问题")?;
        for issue in &it.issues {
            let place = issue.place.as_deref().unwrap_or("地点不一");
            self.line(
                &format!("{place}：{}（{}）", issue.title, issue.why),
                &issue.people,
            )?;
        }
        if it.issues.is_empty() {
            self.output.line("  没有三人以上反映的同一件事")?;
        }
        self.head("新出现的苗头")?;
        for rise in &it.emerging.rises {
            self.line(
                &format!("{}：{}", rise.topic.name(), rise.why),
                &rise.people,
            )?;
        }
        if it.emerging.rises.is_empty() {
            let tests = it.emerging.tests;
            self.output
                .line(format!("  没有：比对 {tests} 项，都在往常的范围内"))?;
        }
        Ok(())
    }

    fn deadlines(&self) -> anyhow::Result<()> {
        self.head("时限")?;
        let due = &self.statistics.deadlines;
        for (name, figure) in [
            ("未办结", &due.open),
            ("超期未办结", &due.overdue),
            ("24小时内到期", &due.near),
            ("期间内逾期办结", &due.late),
        ] {
            self.line(&format!("{name} {}", figure.value), figure)?;
        }
        Ok(())
    }

    fn head(&self, name: &str) -> anyhow::Result<()> {
        self.output
            .line(format!("\n{}", self.output.paint(Ink::Strong, name)))?;
        Ok(())
    }

    fn groups(&self, name: &str, groups: &[Group]) -> anyhow::Result<()> {
        self.head(name)?;
        for group in groups.iter().take(SHOWN) {
            let figure = &group.cases;
            self.line(&format!("{} {}", group.name, figure.value), figure)?;
        }
        if groups.len() > SHOWN {
            self.output
                .line(format!("  另有 {} 类", groups.len() - SHOWN))?;
        }
        Ok(())
    }

    fn line(&self, text: &str, figure: &Figure) -> anyhow::Result<()> {
        self.output.line(format!("  {text}"))?;
        if self.orders && !figure.cases.is_empty() {
            let ids = self.statistics.ids(figure).join(" ");
            self.output
                .line(format!("    {}", self.output.paint(Ink::Faint, &ids)))?;
        }
        Ok(())
    }

    fn rates(&self, groups: &BTreeMap<String, Rates>) -> anyhow::Result<()> {
        self.head("三率（期间内回访的工单）")?;
        let sum = |which: fn(&Rates) -> Rate| {
            groups
                .values()
                .map(which)
                .fold(Rate::default(), |sum, rate| Rate {
                    yes: sum.yes + rate.yes,
                    of: sum.of + rate.of,
                })
        };
        for (name, rate) in [
            ("响应率", sum(|rates| rates.responded)),
            ("解决率", sum(|rates| rates.resolved)),
            ("满意率", sum(|rates| rates.satisfied)),
        ] {
            let share = match rate.share() {
                Some(share) => format!("{:.1}%（{}/{}）", share * 100.0, rate.yes, rate.of),
                None => "没有回访".to_owned(),
            };
            self.output.line(format!("  {name} {share}"))?;
        }
        Ok(())
    }
}
