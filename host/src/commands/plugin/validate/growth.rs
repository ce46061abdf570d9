//! A hundred logins in one worker: memory, threads and outcomes. A login has a worker of its own, so that growth is no fault of
//! a login; here one worker runs them all, since it shows what a plugin keeps.

use mesheryctl_core::messages;
use mesheryctl_core::provider::{Action, SignIn};

use super::script::Script;
use crate::platform::child::Usage;
use crate::plugin::provider::phase;
use crate::plugin::trial::Trial;
use crate::plugin::worker::Worker;

const LOGINS: u32 = 100;
/// After so many the allocator has what it needs.
const WARM: u32 = 20;
/// Growth that the allocator and the C library explain, in bytes.
const SLACK: u64 = 1024 * 1024;

/// Why the logins do not stay the same, if they do not.
pub fn grows<'a>(trial: &Trial, request: &str, script: impl Fn() -> Script<'a>) -> Option<String> {
    let mut worker = trial.worker().ok()?;
    worker.load(trial.json(), &mut script()).ok()?;
    let mut first = None;
    let mut warm = None;
    for number in 1..=LOGINS {
        let outcome = match login(&mut worker, request, &mut script()) {
            Ok(outcome) => outcome,
            Err(why) => return Some(format!("login {number} of one process: it {why}")),
        };
        if *first.get_or_insert_with(|| outcome.clone()) != outcome {
            let before = first.unwrap_or_default();
            return Some(format!(
                "login {number} of one process {outcome}, the first one {before}"
            ));
        }
        if number == WARM {
            warm = worker.usage();
        }
    }
    growth(warm?, worker.usage()?)
}

fn growth(warm: Usage, end: Usage) -> Option<String> {
    let (more, threads) = (end.memory.saturating_sub(warm.memory), end.threads);
    if threads > warm.threads {
        return Some(format!(
            "it has {threads} threads after {LOGINS}, and had {} after {WARM}",
            warm.threads
        ));
    }
    let kib = more / 1024;
    (more > SLACK).then(|| format!("it needs {kib} KiB more after {LOGINS} than after {WARM}"))
}

/// Runs one login; how it ended, as a clause.
fn login(worker: &mut Worker, request: &str, script: &mut Script<'_>) -> Result<String, String> {
    let answer = worker.act(request, phase(Action::Login), script).map_err(|it| it.to_string())?;
    Ok(match messages::decode::<SignIn>(&answer) {
        Ok(_) => "signed in".to_owned(),
        Err(error) => format!("failed: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_threads_and_more_than_a_mebibyte_of_memory_are_growth() {
        let usage = |memory: u64, threads| Usage { memory: memory << 10, threads };
        for (end, expected) in [
            (usage(5000, 1), None),
            (usage(4000, 1), None),
            (usage(6024, 1), None),
            (usage(6025, 1), Some("it needs 1025 KiB more after 100 than after 20")),
            (usage(5000, 2), Some("it has 2 threads after 100, and had 1 after 20")),
        ] {
            assert_eq!(growth(usage(5000, 1), end).as_deref(), expected, "{end:?}");
        }
    }
}
