//! mesheryctl: signs you in to Meshery, through providers built in and installed.

mod broker;
mod browser;
mod callback;
mod catalog;
mod cli;
mod commands;
mod config;
mod console;
mod defect;
mod entry;
mod foreign;
mod home;
mod http;
mod interrupt;
mod paste;
mod pasted;
mod plugin;
mod problem;
mod prompt;
mod server;
mod staged;
mod surroundings;
mod suspend;
mod target;
mod terminal;
mod terminal_mode;
mod token_store;
mod waiting;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ContextKind;

use cli::{Cli, Output};
use problem::{Exit, Problem};
use terminal::Terminal;

fn main() -> ExitCode {
    // An argument need not be text.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|it| it == plugin::guest::ARGUMENT) {
        let mut text = || arguments.next().and_then(|it| it.into_string().ok());
        let (host, promised) = (text(), text());
        return plugin::guest::main(host.as_deref(), promised.as_deref());
    }
    keep_to_oneself();
    defect::caught(act).unwrap_or_else(|defect| {
        let output = if wants_json() { Output::Json } else { Output::Text };
        report(&defect, output, &Terminal::find(false))
    })
}

fn act() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let terminal = Terminal::find(cli.global.verbose);
    if cli.global.output == Output::Json {
        interrupt::speak_json();
    }
    match commands::run(&cli, &terminal) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => report(&problem, cli.global.output, &terminal),
    }
}

/// A program that will hold a token leaves no core, and no other process of its user looks into its
/// memory. What it starts is what it would be otherwise.
fn keep_to_oneself() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Refused by no kernel; and a login without it is better than none.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// The last word, said once: a signal that came too late for a clean way out may be saying it already.
fn report(problem: &Problem, output: Output, terminal: &Terminal) -> ExitCode {
    let exit = ExitCode::from(problem.exit as u8);
    if !interrupt::claim_last_word() {
        return exit;
    }
    let cancelled = matches!(problem.exit, Exit::Interrupted | Exit::Terminated | Exit::Hangup);
    match output {
        Output::Json => say_in_json(problem, terminal),
        Output::Text if cancelled => terminal.say(&problem.message),
        Output::Text => terminal.fail(problem),
    }
    exit
}

/// Whoever closed standard output wants no more; where it takes nothing, the other stream says why.
fn say_in_json(problem: &Problem, terminal: &Terminal) {
    if commands::print_json(&problem.to_json()).is_err() {
        terminal.fail(problem);
    }
}

/// Help and version are asked for; everything else here is wrong usage, in clap's own words.
fn misused(error: &clap::Error) -> ExitCode {
    let problem = usage(error);
    if wants_json() && error.use_stderr() {
        say_in_json(&problem, &Terminal::find(false));
    } else if problem.code == MISPLACED {
        Terminal::find(false).fail(&problem);
    } else if arguments().all(|it| foreign::harmless(&it) == it) {
        let _ = error.print();
    } else {
        // clap repeats an argument as it came.
        let said = error.render().to_string();
        said.lines().for_each(|line| Terminal::find(false).say(&foreign::harmless(line)));
    }
    ExitCode::from(error.exit_code() as u8)
}

const MISPLACED: &str = "command_misplaced";

fn usage(error: &clap::Error) -> Problem {
    let command = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
    let below_system = ["login", "logout", "check", "provider"];
    if let Some(command) = command.filter(|it| below_system.contains(&it.as_str())) {
        let message = format!("The command {command} is below system. Nothing was changed.");
        return Problem::new(MISPLACED, Exit::Usage, message)
            .next("Type", format!("mesheryctl system {command}"));
    }
    let text = error.render().to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    Problem::new("usage", Exit::Usage, format!("{first}.")).next("See how", "mesheryctl --help")
}

fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|it| it.to_string_lossy().into_owned())
}

/// What was typed could not be parsed, so it is looked at as it stands.
fn wants_json() -> bool {
    let arguments: Vec<String> = arguments().collect();
    let names = |it: &str| it == "--output" || short(it) == Some("");
    arguments.windows(2).any(|pair| names(&pair[0]) && pair[1] == "json")
        || arguments
            .iter()
            .any(|it| it == "--output=json" || matches!(short(it), Some("json" | "=json")))
}

/// What follows the `o` of `-o`, which may stand behind the two that take no value, as in `-vo`.
fn short(argument: &str) -> Option<&str> {
    argument.strip_prefix('-')?.trim_start_matches(['v', 'y']).strip_prefix('o')
}
