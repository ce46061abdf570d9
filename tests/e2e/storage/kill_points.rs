//! The token file when the program is killed at, or fails in, any system call of a save or a logout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mesheryctl_tests::snapshot::Kind;
use mesheryctl_tests::{Home, Output, Snapshot, SystemCall, Table, Trace, set_mode, table};

const NONE: &str = "{\"meshery-provider\":\"None\",\"token\":\"\"}\n";
const OLD: &str = "{\"meshery-provider\":\"Layer5\",\"token\":\"OLD0123456789abcdef\"}\n";
const NEW: &str = "{\"meshery-provider\":\"Layer5\",\"token\":\"NEW0123456789abcdef\"}\n";
const CONFIG: &str = ".meshery/config.yaml";
const UNLISTED: &str = "contexts:\n  local:\n    token: default\ncurrent-context: local\n";

/// A command that writes the token file.
struct Scenario {
    name: &'static str,
    args: &'static [&'static str],
    /// The state before: whether there is an earlier token, and the config.
    signed_in: bool,
    config: Option<&'static str>,
}

const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "first login, None",
        args: &["system", "login", "-p", "None"],
        signed_in: false,
        config: None,
    },
    Scenario {
        name: "login over an older one",
        args: &["system", "login", "--no-verify", "--token-file", "new.json"],
        signed_in: true,
        config: None,
    },
    Scenario {
        name: "login that is listed in the config",
        args: &["system", "login", "-p", "None", "--no-server-check"],
        signed_in: true,
        config: Some(UNLISTED),
    },
    Scenario { name: "logout", args: &["system", "logout"], signed_in: true, config: None },
];

/// The moment of a fault: the n-th call of this name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub call: String,
    pub count: usize,
    /// The number of steps before it.
    steps: usize,
    /// The description of the call, if it changes a file.
    pub step: Option<String>,
}

/// The files before and after a run without a fault, and its calls.
struct ReferenceRun {
    before: Snapshot,
    after: Snapshot,
    points: Vec<Point>,
}

impl Scenario {
    fn reference_run(&self) -> ReferenceRun {
        let home = Home::new();
        if self.signed_in {
            let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
            let _ = login.args(["--no-verify"]).stdin("OLD0123456789abcdef").run().exited(0);
            assert_eq!(home.auth_text(), OLD);
        }
        fs::write(home.path().join("new.json"), NEW).unwrap();
        set_mode(&home.path().join("new.json"), 0o600);
        if let Some(config) = self.config {
            home.write_config(config);
        }
        let before = home.snapshot();
        let _ = Trace::of(home.mesheryctl().args(self.args), &[]).run().exited(0);
        let points = points(&Trace::read(&home), &home);
        ReferenceRun { before, after: home.snapshot(), points }
    }

    fn struck(&self, reference: &ReferenceRun, point: &Point, how: &str) -> (Home, Output) {
        let home = Home::new();
        reference.before.restore(&home.path());
        let inject = format!("inject={}:{how}:when={}", point.call, point.count);
        let run = Trace::of(home.mesheryctl().args(self.args), &["-e", &inject]).run();
        (home, run)
    }
}

/// Every call of the main thread from the first access to `~/.meshery` to the exit.
pub fn points(trace: &Trace, home: &Home) -> Vec<Point> {
    let main = &trace.calls.first().expect("a call").thread;
    let meshery = home.meshery().display().to_string();
    let (mut counts, mut begun, mut steps) = (BTreeMap::new(), false, 0);
    let mut points = Vec::new();
    for (call, path) in trace.with_paths().filter(|(it, _)| it.thread == *main) {
        let count = counts.entry(call.name.clone()).or_insert(0);
        *count += 1;
        begun |= call.texts().iter().any(|it| it.contains(&meshery));
        let step = step(call, path.as_deref(), &home.meshery());
        if begun {
            let (call, count) = (call.name.clone(), *count);
            points.push(Point { call, count, steps, step: step.clone() });
        }
        steps += usize::from(step.is_some() && call.succeeded());
    }
    points
}

/// A description of what a call changes below the folder, the same on every machine.
fn step(call: &SystemCall, path: Option<&Path>, meshery: &Path) -> Option<String> {
    let short = |path: &Path| -> Option<String> {
        let rest = path.strip_prefix(meshery).ok()?.display().to_string();
        Some(match rest {
            rest if rest.is_empty() => "the folder".to_owned(),
            rest if rest.starts_with(".auth-") => "a temporary file".to_owned(),
            rest => rest,
        })
    };
    let texts: Vec<PathBuf> = call.texts().iter().map(PathBuf::from).collect();
    let named = |index: usize| short(texts.get(index)?);
    let held = || short(path?);
    match call.name.as_str() {
        "open" | "openat" if call.args.contains("O_CREAT") => Some(format!("create {}", named(0)?)),
        "write" | "writev" | "pwrite64" => Some(format!("write {}", held()?)),
        "fsync" | "fdatasync" => Some(format!("sync {}", held()?)),
        "flock" => Some(format!("lock {}", held()?)),
        "fchmod" => Some(format!("chmod {}", held()?)),
        "chmod" | "fchmodat" | "fchmodat2" => Some(format!("chmod {}", named(0)?)),
        "unlink" | "unlinkat" => Some(format!("remove {}", named(0)?)),
        "mkdir" | "mkdirat" => Some(format!("make {}", named(0)?)),
        "rename" | "renameat" | "renameat2" => {
            Some(format!("rename {} to {}", named(0)?, named(1)?))
        }
        _ => None,
    }
}

/// The completed steps, in order.
fn done(home: &Home) -> Vec<String> {
    let trace = Trace::read(home);
    let calls = trace.with_paths().filter(|(it, _)| it.succeeded());
    calls.filter_map(|(it, path)| step(it, path.as_deref(), &home.meshery())).collect()
}

/// Whether a file has the old or the new bytes; panics if it is neither, byte for byte.
#[track_caller]
fn state(file: &str, home: &Home, reference: &ReferenceRun) -> &'static str {
    let path = format!(".meshery/{file}");
    let (now, was) = (home.snapshot(), reference.before.bytes(&path));
    let new = reference.after.bytes(&path);
    match now.bytes(&path) {
        // Stored state may be lost together with its token.
        None if was.is_none() || new.is_none() || file == "auth.json.kept" => "none",
        now if now == was && was == new => "as it was",
        now if now == was => "old",
        now if now == new => "new",
        now => panic!("{file} should be old or new, whole: {now:?}"),
    }
}

/// Asserts the invariants of the folder; describes the outcome.
#[track_caller]
fn outcome(home: &Home, reference: &ReferenceRun) -> [String; 4] {
    let mut left = 0;
    for (path, entry) in &home.snapshot().entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Kind::File(bytes) = &entry.kind else { continue };
        if name != "config.yaml" && reference.after.bytes(CONFIG) != Some(bytes) {
            assert_eq!(entry.mode, 0o600, "{name}");
        }
        match name.as_str() {
            "auth.json" | "auth.json.kept" | "config.yaml" | "new.json" => {}
            "auth.json.lock" | "config.yaml.lock" => assert_eq!(bytes, b""),
            name => {
                assert!(name.starts_with(".auth-") && name.ends_with(".tmp"), "{name}");
                left += 1;
            }
        }
    }
    assert_eq!(home.temporary_files(), Vec::<PathBuf>::new());
    let left = match left {
        0 => "nothing".to_owned(),
        1 => "1 temporary file".to_owned(),
        more => format!("{more} temporary files"),
    };
    let [auth, kept, config] = ["auth.json", "auth.json.kept", "config.yaml"]
        .map(|file| state(file, home, reference).to_owned());
    // The reverse would be stored state of a token that is not saved yet.
    assert!(kept != "new" || auth == "new", "kept before its token");
    [auth, kept, config, left]
}

/// Asserts that the next login works and removes leftover files.
#[track_caller]
fn assert_next_login_cleans_up(home: &Home, point: &Point) {
    let next = home.mesheryctl().args(["system", "login", "-p", "None"]).run();
    assert_eq!(next.code, Some(0), "the login after {point:?}: {next}");
    assert_eq!(home.auth_text(), NONE);
    let names = home.snapshot().paths();
    let left: Vec<_> = names.iter().filter(|it| it.ends_with(".tmp")).collect();
    assert!(left.is_empty(), "the login after {point:?} should sweep {left:?}");
}

/// Runs the cases on one thread for each processor.
pub fn each<T: Sync>(cases: &[T], run: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(case);
                }
            });
        }
    });
}

/// All moments, or a sample with the first and the last of every step.
pub fn sample(points: Vec<Point>, every: usize) -> Vec<Point> {
    let firsts: BTreeMap<usize, usize> =
        points.iter().enumerate().rev().map(|(at, it)| (it.steps, at)).collect();
    let chosen = |at: usize, point: &Point| {
        table::all()
            || at.is_multiple_of(every)
            || point.step.is_some()
            || firsts[&point.steps] == at
    };
    points.into_iter().enumerate().filter(|(at, it)| chosen(*at, it)).map(|(_, it)| it).collect()
}

/// The outcomes at a number of steps, and the last step.
type Seen = BTreeMap<usize, (String, BTreeSet<[String; 4]>)>;

/// Consecutive moments with equal outcomes are one row.
fn rows(table: &mut Table, scenario: &str, seen: Seen) {
    let mut rows: Vec<(String, String, [String; 4])> = Vec::new();
    for (_, (step, outcomes)) in seen {
        assert_eq!(outcomes.len(), 1, "after {step}: {outcomes:?}");
        let outcome = outcomes.into_iter().next().unwrap();
        match rows.last_mut() {
            Some((_, last, same)) if *same == outcome => *last = step,
            _ => rows.push((step.clone(), step, outcome)),
        }
    }
    for (first, last, [auth, kept, config, left]) in rows {
        let when = if first == last { first } else { format!("{first} … {last}") };
        table.row([scenario, &when, &auth, &kept, &config, &left]);
    }
}

#[test]
fn a_kill_at_any_system_call_leaves_the_old_or_the_new_token() {
    if !Trace::is_available() {
        return;
    }
    let mut table = Table::new(
        "kill points",
        ["what", "killed after", "auth.json", ".kept", "config.yaml", "left for the next to sweep"],
    );
    for scenario in SCENARIOS {
        let reference = scenario.reference_run();
        let points = sample(reference.points.clone(), 9);
        let seen = Mutex::new(Seen::new());
        each(&points, |point| {
            let (home, output) = scenario.struck(&reference, point, "signal=KILL");
            if output.signal.is_none() {
                // Threads interleave differently: this run made fewer calls of that name.
                let _ = output.exited(0);
                return;
            }
            let done = done(&home);
            let outcome = outcome(&home, &reference);
            let step = done.last().cloned().unwrap_or_else(|| "the start".to_owned());
            let mut seen = seen.lock().unwrap();
            seen.entry(done.len()).or_insert_with(|| (step, BTreeSet::new())).1.insert(outcome);
            drop(seen);
            assert_next_login_cleans_up(&home, point);
        });
        rows(&mut table, scenario.name, seen.into_inner().unwrap());
    }
    table.check();
}

#[test]
fn a_failure_of_any_system_call_is_reported_correctly_and_leaves_a_complete_file() {
    if !Trace::is_available() {
        return;
    }
    let seen = Mutex::new(BTreeMap::<_, BTreeSet<_>>::new());
    // The two in the middle include every step; the others differ only in the start.
    let scenarios = if table::all() { &SCENARIOS[..] } else { &SCENARIOS[1..3] };
    for scenario in scenarios {
        let reference = scenario.reference_run();
        let steps = reference.points.iter().filter(|it| it.step.is_some());
        let errors = ["EIO", "ENOSPC", "EDQUOT", "EINTR"];
        let cases: Vec<(&Point, &str)> =
            steps.flat_map(|it| errors.map(|error| (it, error))).collect();
        each(&cases, |(point, error)| {
            let (home, output) = scenario.struck(&reference, point, &format!("error={error}"));
            let said = check_message(&home, &reference, point, &output);
            let step = point.step.clone().unwrap();
            let key = (step, output.code.unwrap().to_string(), said);
            seen.lock().unwrap().entry(key).or_default().insert(*error);
            assert_next_login_cleans_up(&home, point);
        });
    }
    let mut table =
        Table::new("failing calls", ["fails", "with", "exit code", "auth.json", "it says"]);
    for ((step, code, [auth, says]), errors) in seen.into_inner().unwrap() {
        let errors: Vec<_> = errors.into_iter().collect();
        table.row([&step, &errors.join(" "), &code, auth, says]);
    }
    table.check();
}

/// The token file and the message; panics if they contradict each other.
#[track_caller]
fn check_message(
    home: &Home,
    reference: &ReferenceRun,
    point: &Point,
    output: &Output,
) -> [&'static str; 2] {
    let step = point.step.as_deref().unwrap();
    let [auth, kept, config, left] = outcome(home, reference);
    // A file that cannot be removed stays; the next login tries again.
    assert!(left == "nothing" || step.starts_with("remove"), "{step}: {left}");
    assert!(!output.stderr.contains(".tmp"), "{step}: {output}");
    if output.code == Some(7) {
        assert!(auth == "old" || auth == "none", "{step}: {auth} {output}");
        assert!(output.stderr.contains("Nothing was changed."), "{step}: {output}");
        return ["as it was", "why, and that nothing was changed"];
    }
    assert_eq!((output.code, auth.as_str()), (Some(0), "new"), "{step}: {output}");
    let kept_failed = output.stderr.contains("auth.json.kept");
    assert!(kept != "old" || kept_failed, "{step}: {kept} {output}");
    assert_eq!(kept_failed, step.ends_with("auth.json.kept"), "{step}: {kept} {output}");
    let config_failed = output.stderr.contains("The config could not be updated");
    assert_eq!(config_failed, config == "old", "{step}: {config} {output}");
    assert!(!output.stderr.contains("Nothing was changed."), "{step}: {output}");
    let says = match (config_failed, kept_failed) {
        (true, _) => "done, and why the config does not list it",
        (_, true) => "done, and why the file beside it is not as it should be",
        _ => "done",
    };
    ["new", says]
}
