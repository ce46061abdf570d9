//! Completion: what real shells offer, and which values there are.

mod go_program;
mod shells;
mod values;

use mesheryctl_tests::*;

/// What is offered after these words, of which the last is unfinished: each value, and what it is. Asked as fish asks.
fn offered_to(program: Program<'_>, words: &[&str]) -> Vec<(String, String)> {
    let asked = program.env("COMPLETE", "fish").args(["--", "mesheryctl"]).args(words);
    let output = asked.run().exited(0);
    assert_eq!(output.stderr, "");
    let lines = output.stdout.lines().map(|it| it.split_once('\t').unwrap_or((it, "")));
    lines.map(|(value, about)| (value.to_owned(), about.to_owned())).collect()
}

/// The values alone, without flags unless one is begun.
fn values_of(program: Program<'_>, words: &[&str]) -> Vec<String> {
    let is_flag = words.last().is_some_and(|it| it.starts_with('-'));
    let values = offered_to(program, words).into_iter().map(|(value, _)| value);
    values.filter(|it| is_flag || !it.starts_with('-')).collect()
}
