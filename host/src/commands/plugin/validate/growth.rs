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

/// What a hundred logins in one process say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Growth {
    None,
    /// Why the logins do not stay the same.
    Found(String),
    /// Why it cannot be said.
    Unknown(String),
}

/// Runs the logins.
pub fn grows<'a>(trial: &Trial, request: &str, script: impl Fn() -> Script<'a>) -> Growth {
    let mut worker = match trial.worker() {
        Ok(worker) => worker,
        Err(error) => return Growth::Unknown(format!("the worker {error}")),
    };
    if let Err(error) = worker.load(trial.json(), &mut script()) {
        return Growth::Found(format!("loaded again, it {error}"));
    }
    let mut first = None;
    let mut warm = None;
    for number in 1..=LOGINS {
        let outcome = match login(&mut worker, request, &mut script()) {
            Ok(outcome) => outcome,
            Err(why) => {
                return Growth::Found(format!("login {number} of one process: it {why}"));
            }
        };
        if *first.get_or_insert_with(|| outcome.clone()) != outcome {
            let before = first.unwrap_or_default();
            return Growth::Found(format!(
                "login {number} of one process {outcome}, the first one {before}"
            ));
        }
        if number == WARM {
            warm = worker.usage();
        }
    }
    growth(warm, worker.usage())
}

fn growth(warm: Option<Usage>, end: Option<Usage>) -> Growth {
    let (Some(warm), Some(end)) = (warm, end) else {
        return Growth::Unknown("what its process uses cannot be read from /proc".to_owned());
    };
    let (more, threads) = (end.memory.saturating_sub(warm.memory), end.threads);
    let before = warm.threads;
    if threads > before {
        let why = format!("it has {threads} threads after {LOGINS}, and had {before} after {WARM}");
        return Growth::Found(why);
    }
    let kib = more / 1024;
    match more > SLACK {
        true => Growth::Found(format!("it needs {kib} KiB more after {LOGINS} than after {WARM}")),
        false => Growth::None,
    }
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
        let found = |why: &str| Growth::Found(why.to_owned());
        for (end, expected) in [
            (usage(5000, 1), Growth::None),
            (usage(4000, 1), Growth::None),
            (usage(6024, 1), Growth::None),
            (usage(6025, 1), found("it needs 1025 KiB more after 100 than after 20")),
            (usage(5000, 2), found("it has 2 threads after 100, and had 1 after 20")),
        ] {
            assert_eq!(growth(Some(usage(5000, 1)), Some(end)), expected, "{end:?}");
        }
    }

    #[test]
    fn a_usage_that_cannot_be_read_says_nothing_of_growth() {
        let usage = Usage { memory: 5000, threads: 1 };
        for (warm, end) in [(None, None), (Some(usage), None), (None, Some(usage))] {
            assert!(matches!(growth(warm, end), Growth::Unknown(_)));
        }
    }
}
