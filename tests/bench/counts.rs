//! Instruction counts, system calls and the size of the program, compared with tests/bench/counts.txt. Other than times, they differ little
//! from run to run and with the load of the machine, so that a change which costs something is seen.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use mesheryctl_tests::{Home, binary};

use crate::launch::Launch;
use crate::logins::{saved, with_worker};
use crate::page::root;
use crate::peers::found;
use crate::people::{cloud, signed_in, with_mock};
use crate::plugins::Shelf;
use crate::starts::completion;

/// By how much a number may grow, in percent.
const TOLERANCE: f64 = 3.0;

/// Each is counted so often; the smallest is taken.
const RUNS: usize = 3;

/// Writes the file anew.
pub fn write() {
    let lines: String = counted().iter().map(|(name, count)| format!("{count} {name}\n")).collect();
    let head =
        "# Written by tests/bench/counts --write: instructions unless it says something else.\n";
    fs::write(file(), format!("{head}{lines}")).expect("tests/bench/counts.txt");
    crate::say(&lines);
}

/// Fails if a number grew by more than the tolerance, or is not in the file.
pub fn compare() -> ExitCode {
    let text = fs::read_to_string(file()).expect("tests/bench/counts.txt");
    let known: Vec<(&str, u64)> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(count, name)| Some((name, count.parse().ok()?)))
        .collect();
    let mut code = ExitCode::SUCCESS;
    for (name, count) in counted() {
        let before = known.iter().find(|(known, _)| *known == name);
        let change = before.map(|(_, before)| (count as f64 / *before as f64 - 1.0) * 100.0);
        let (verdict, change) = match change {
            Some(change) if change > TOLERANCE => ("MORE", format!("{change:+.2} %")),
            Some(change) => ("", format!("{change:+.2} %")),
            None => ("NOT IN THE FILE", String::new()),
        };
        if !verdict.is_empty() {
            code = ExitCode::FAILURE;
        }
        crate::say(format!("{count:>12} {change:>9}  {name}  {verdict}").trim_end());
    }
    code
}

fn file() -> PathBuf {
    root().join("tests/bench/counts.txt")
}

fn counted() -> Vec<(&'static str, u64)> {
    let cloud = cloud();
    let (home, mocked) = (signed_in(&cloud), with_mock());
    let (listing, saving) = (Home::new(), Home::new());
    let shelf = Shelf::of(100);
    shelf.fill(&listing, 100);
    let launches = [
        ("version", Launch::ours(&home, &["version"])),
        ("plugin list, 100 plugins", Launch::ours(&listing, &["plugin", "list"])),
        ("system token view", Launch::ours(&home, &["system", "token", "view"])),
        ("login --token-file, unverified", saved(&saving)),
        ("completion of a provider's name, 100 plugins", completion(&listing)),
        ("plugin inspect", Launch::ours(&mocked, &["plugin", "inspect", "mock"])),
    ];
    let mut counts: Vec<_> = launches.iter().map(|(name, it)| (*name, instructions(it))).collect();
    let worker = system_calls(&with_worker(&mocked));
    counts.push(("system calls of a login with a plugin and of its worker", worker));
    counts.push(("the program, in bytes", fs::metadata(binary()).expect("the program").len()));
    counts
}

/// The instructions of one process, the smallest of some runs, at the same addresses in each.
fn instructions(launch: &Launch) -> u64 {
    let valgrind = found("valgrind").expect("valgrind: apt-get install valgrind");
    let log = launch.folder.join("callgrind.log");
    let log_file = format!("--log-file={}", log.display());
    let args: [&OsStr; 6] = [
        std::env::consts::ARCH.as_ref(),
        "-R".as_ref(),
        valgrind.as_ref(),
        "--tool=callgrind".as_ref(),
        "--callgrind-out-file=/dev/null".as_ref(),
        log_file.as_ref(),
    ];
    let counted = launch.clone().behind("/usr/bin/setarch", &args).env("LANG", "C");
    let count = |_| {
        counted.run();
        let text = fs::read_to_string(&log).expect("what valgrind says");
        let collected = text.lines().find_map(|it| it.split_once("Collected : "));
        collected.and_then(|(_, it)| it.trim().parse().ok()).expect("what valgrind collected")
    };
    (0..RUNS).map(count).min().expect("a count")
}

/// The system calls of a process and its children, the smallest number of some runs. For a login with a plugin: valgrind knows
/// no sandbox, and cannot start the worker. Calls that wait are not counted, as they depend on the moment.
fn system_calls(launch: &Launch) -> u64 {
    const WAITS: &str =
        "trace=!futex,poll,ppoll,sched_yield,wait4,waitid,restart_syscall,clock_nanosleep";
    let log = launch.folder.join("strace.log");
    let args: [&OsStr; 7] = [
        "-f".as_ref(),
        "-qq".as_ref(),
        "-e".as_ref(),
        WAITS.as_ref(),
        "--signal=none".as_ref(),
        "-o".as_ref(),
        log.as_ref(),
    ];
    let traced = launch.clone().behind("/usr/bin/strace", &args).env("LANG", "C");
    let count = |_| {
        traced.run();
        let text = fs::read_to_string(&log).expect("what strace says");
        // A call that another one interrupts has two lines.
        text.lines().filter(|line| !line.contains(" resumed>")).count() as u64
    };
    (0..RUNS).map(count).min().expect("a count")
}
