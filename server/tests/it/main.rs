//! The program from outside: the real binary on the command line, and its routes in process.

mod cli;
mod cli_full;
mod cli_kill;
mod cli_serve;
mod http;
mod sandbox;
mod store;
