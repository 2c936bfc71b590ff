//! The program from outside: the real binary on the command line, and its routes in process.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what helpers of tests cannot do fails the test, and skipped parts are told"
)]

mod cli;
mod cli_city;
mod cli_classify;
mod cli_corpus;
mod cli_draft;
mod cli_eval;
mod cli_eval_log;
mod cli_eval_retrieval;
mod cli_full;
mod cli_kill;
mod cli_model;
mod cli_model_chat;
mod cli_serve;
#[path = "../../../tools/tests/it/database.rs"]
mod database;
mod http;
mod mcp;
mod model;
mod mqtt;
mod postgres;
mod replay;
mod rights;
mod sandbox;
mod store;
mod tutorial;
