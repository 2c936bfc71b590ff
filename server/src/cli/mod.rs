//! The command line: what may be typed, what it means, and where it goes. One command, one file.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 wrong usage.

mod ask;
mod audit;
mod chat;
mod check;
mod context;
mod corpus;
mod database;
mod digest;
mod draft;
mod eval;
mod ingest;
mod mcp;
mod model;
mod orders;
mod output;
mod progress;
mod replay;
mod report;
mod schema;
mod search;
mod sensors;
mod serve;
mod text;
mod token;
mod train;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

use context::Context;
use output::Output;

use crate::turn::MOST_PASSAGES;

/// Answers from policy documents, each sentence with the clause it comes from.
///
/// Without a command, `serve` is run: it prepares the demo city and serves the page on http://127.0.0.1:8787.
#[derive(Debug, Parser)]
#[command(name = "chengzhi", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  chengzhi                                        serve the page and the APIs
  chengzhi ask \"孩子刚出生怎么上户口？\"           ask once
  chengzhi ingest ./policies --corpus mine        make a corpus of your own documents
  chengzhi ask \"押金不退怎么办？\" --corpus mine     ask it
  chengzhi check                                  see which files are used and what is wrong with them

Settings: `config/default.toml` describes every key. The order is defaults, --config FILE, CHENGZHI_* variables, options.
Exit codes: 0 done, 1 failed, 2 wrong usage.";

/// Options of all commands.
#[derive(Debug, Default, Args)]
struct Global {
    /// Agent that answers
    #[arg(long, global = true, default_value = "policy-qa", value_name = "NAME")]
    agent: String,
    /// Corpus to use; may be given several times. Without it: all that agent and caller may read
    #[arg(long, global = true, value_name = "NAME")]
    corpus: Vec<String>,
    /// Ask for the rules of that day instead of today
    #[arg(long, global = true, value_name = "YYYY-MM-DD", value_parser = date)]
    as_of: Option<Date>,
    /// Place whose rules are asked for, for example 临江区
    #[arg(long, global = true, value_name = "PLACE")]
    place: Option<String>,
    /// Go on with this conversation
    #[arg(long, global = true, value_name = "ID")]
    conversation: Option<String>,
    /// Passages to look at, or to show, at most 100; of `eval`: cases to run
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Folder of corpora, models, conversations, tokens and the audit log [default: data/ in a checkout]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Settings file; only keys that differ from `config/default.toml`
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CHENGZHI_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    /// Folder with agents/, corpora/, evals/, models/, seeds/, config/ to use, part by part, in place of the files inside
    /// the program; data are kept in its data/
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "CHENGZHI_ROOT",
        hide_env_values = true
    )]
    root: Option<PathBuf>,
    /// Print data as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page and the APIs (what happens without a command)
    Serve(serve::Serve),
    /// Ask one question
    Ask(ask::Ask),
    /// Ask in a conversation, line by line
    Chat(chat::Chat),
    /// Serve tools and policy search to another program over standard input and output (MCP)
    Mcp(mcp::Mcp),
    /// Read documents into a corpus
    Ingest(ingest::Ingest),
    /// Find passages, without an answer
    Search(search::Search),
    /// Load every manifest and data file and name what is wrong
    Check(check::Check),
    /// Look into corpora: list, show, diff
    #[command(subcommand)]
    Corpus(corpus::Corpus),
    /// Models that word answers: list, pull, verify, bench, chat
    #[command(subcommand)]
    Model(model::Model),
    /// Measure agents, models and detectors: run suites, score files
    #[command(subcommand)]
    Eval(eval::Eval),
    /// Work orders: list, show, import, export, rates
    #[command(subcommand)]
    Orders(orders::Orders),
    /// Summarise the orders of some days: counts, deadlines, the three rates, hot issues, what is new
    Digest(digest::Digest),
    /// Draft a reply to a request, point by point, with clauses
    Draft(draft::Draft),
    /// What sensors measured: ask, list, import
    #[command(subcommand)]
    Sensors(sensors::SensorCommand),
    /// The audit log: verify
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Records in PostgreSQL: copy
    #[command(subcommand)]
    Database(database::DatabaseCommand),
    /// Run recorded turns again and compare the answers byte for byte
    Replay(replay::Replay),
    /// Learn from a city's own records: dispatch
    #[command(subcommand)]
    Train(train::Train),
    /// Tokens of officers and developers: add, list, revoke
    #[command(subcommand)]
    Token(token::Token),
    /// Write the JSON schemas of manifests, settings and answers to config/schema
    Schema(schema::Schema),
}

/// Wrong usage that shows only when options are looked at together; exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and is not an error.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(cli));
            // Whatever still reads standard input must not hold up the end.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| report::report(&error))
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let command = cli
        .command
        .unwrap_or(Command::Serve(serve::Serve::default()));
    let most = MOST_PASSAGES as u32;
    if cli.global.limit.is_some_and(|limit| limit > most) && !matches!(command, Command::Eval(_)) {
        return Err(Usage(format!("--limit: at most {most} passages")).into());
    }
    let output = Output::new(cli.global.json);
    let serving = matches!(command, Command::Serve(_));
    let context = Context::load(cli.global, serving)?;
    match command {
        Command::Serve(command) => serve::run(context, &command).await,
        Command::Ask(command) => ask::run(context, output, command).await,
        Command::Chat(command) => chat::run(context, output, &command).await,
        Command::Mcp(command) => mcp::run(context, command).await,
        Command::Ingest(command) => ingest::run(&context, output, command).await,
        Command::Search(command) => search::run(&context, output, &command),
        Command::Check(command) => check::run(&context, output, command).await,
        Command::Corpus(command) => corpus::run(&context, output, &command),
        Command::Model(command) => model::run(&context, output, command).await,
        Command::Eval(command) => eval::run(&context, output, command).await,
        Command::Orders(command) => orders::run(&context, output, &command).await,
        Command::Sensors(command) => sensors::run(&context, output, &command).await,
        Command::Digest(command) => digest::run(&context, output, &command).await,
        Command::Draft(command) => draft::run(context, output, &command).await,
        Command::Audit(command) => audit::run(&context, output, &command).await,
        Command::Database(command) => database::run(&context, output, &command).await,
        Command::Replay(command) => replay::run(context, output, command).await,
        Command::Train(command) => train::run(&context, output, command).await,
        Command::Token(command) => token::run(&context, output, &command).await,
        Command::Schema(command) => schema::run(&context, output, &command),
    }
}

/// `YYYY-MM-DD` and nothing else: `20261121` or a time of day would be guesses.
fn date(text: &str) -> Result<Date, String> {
    let parsed = text
        .parse::<Date>()
        .ok()
        .filter(|date| date.to_string() == text);
    parsed.ok_or_else(|| {
        "not a date of the calendar; write YYYY-MM-DD, for example 2026-11-21".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn dates_are_dates() {
        assert!(date("2024-02-29").is_ok());
        for wrong in [
            "2023-02-29",
            "20240229",
            "2024-2-9",
            "2024-02-29T10:00",
            "今天",
            "",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
