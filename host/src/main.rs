//! mesheryctl: signs you in to Meshery, through providers built in and installed.

mod broker;
mod browser;
mod callback;
mod catalog;
mod cli;
mod commands;
mod config;
mod console;
mod foreign;
mod home;
mod http;
mod interrupt;
mod problem;
mod prompt;
mod server;
mod target;
mod terminal;
mod terminal_mode;
mod token_store;
mod waiting;

use std::process::ExitCode;

use clap::Parser;
use serde_json::json;

use cli::{Cli, Output};
use problem::{Exit, Problem};
use terminal::Terminal;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::find(cli.global.verbose);
    match commands::run(&cli, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            report(&problem, cli.global.output, &terminal);
            ExitCode::from(problem.exit as u8)
        }
    }
}

/// The last word, said once: a signal that came too late for a clean way out may be saying it already.
fn report(problem: &Problem, output: Output, terminal: &Terminal) {
    if !interrupt::claim_last_word() {
        return;
    }
    let cancelled = matches!(problem.exit, Exit::Interrupted | Exit::Terminated | Exit::Hangup);
    match output {
        Output::Json => commands::print_json(output, &as_json(problem)),
        Output::Text if cancelled => terminal.say(&problem.message),
        Output::Text => terminal.fail(problem),
    }
}

fn as_json(problem: &Problem) -> serde_json::Value {
    let next: Vec<_> = problem.next.iter().map(|step| &step.command).collect();
    json!({ "error": {
        "code": problem.code,
        "exit": problem.exit as u8,
        "message": problem.message,
        "unchanged": problem.unchanged,
        "next": next,
    } })
}
