//! Measures the program beside its floors and its peers; `tests/bench/run` and `tests/bench/counts` start it.
//! docs/benchmarks.md says what is measured and how to read it.
//!
//! - `measure`: rows of a group, in rounds; `launch`: one run of a command; `prompt`: until its first row is on a terminal;
//!   `login`: with a browser
//! - `plugins`, `people`: homes with many plugins; homes that are signed in
//! - `starts`, `lists`, `logins`, `requests`, `memory`: the groups of the first table; `peers` are other programs in it
//! - `growth`: the second table
//! - `counts`: instructions, compared with those of an earlier program
//! - `table`, `picture`, `page`: Markdown, SVG, and docs/benchmarks.md

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that fails ends the command"
)]

mod counts;
mod growth;
mod launch;
mod lists;
mod login;
mod logins;
mod measure;
mod memory;
mod page;
mod peers;
mod people;
mod picture;
mod plugins;
mod prompt;
mod requests;
mod starts;
mod table;

use std::io::{self, Write as _};
use std::process::ExitCode;

use measure::Effort;
use plugins::Shelf;

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["measure"] => measure(Effort::FULL, false),
        ["measure", "--write"] => measure(Effort::FULL, true),
        ["measure", "quick"] => measure(Effort::QUICK, false),
        ["measure", "quick", "--write"] => measure(Effort::QUICK, true),
        ["counts"] => return counts::compare(),
        ["counts", "--write"] => counts::write(),
        // A plain `cargo bench` measures nothing.
        _ => say("usage: tests/bench/run [quick] [--write], or tests/bench/counts [--write]"),
    }
    ExitCode::SUCCESS
}

fn measure(effort: Effort, writes: bool) {
    let shelf = Shelf::of(plugins::COUNTS[plugins::COUNTS.len() - 1]);
    let mut measured = starts::measured(effort);
    let lists = lists::measured(&shelf, effort);
    measured.extend(lists.clone());
    measured.extend(logins::measured(effort));
    measured.extend(requests::measured(effort));
    let costs = table::of_costs(&measured, &memory::rows());
    let growth = table::of_growth(&growth::measured(&shelf, &lists, effort));
    let result = page::Result { costs, growth, pictures: picture::all(&lists) };
    say(&result.text());
    if writes {
        result.write();
    }
}

/// Prints to standard output.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Says on standard error what is going on.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
