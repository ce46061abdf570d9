//! `plugin validate`: sound plugins break no rule, and each fault is named by the rule that forbids it.

use std::panic::{RefUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mesheryctl_tests::faulty::{PluginFault, install_faulty};
use mesheryctl_tests::*;
use serde_json::Value;

/// The rule that a plugin with this fault breaks.
fn rule(fault: PluginFault) -> &'static str {
    use PluginFault::*;
    match fault {
        Panic | PanicWithoutWords => "no-panic",
        Abort
        | Segfault
        | StackOverflow
        | ExitZero
        | ExitFortyTwo
        | GarbageOnStandardError
        | HalfAFrame
        | ClosesTheWire => "no-crash",
        StopsItself | EndlessLoop | Sleep | Silence | ThreadStorm | EndlessStandardError
        | HalfAFrameAndSilence | DrippingFrame => "ends-in-time",
        GarbageOnStandardOutput | FloodOnStandardError => "quiet",
        GarbageOnTheWire
        | HugeFrame
        | WrongNumber
        | RepeatedNumber
        | ForgedAnswer
        | AnswersAfterTheEnd
        | ConstructorForgesReady => "messages-valid",
        WrongAnswerType | NoJson | DeepAnswer => "answer-valid",
        AsksWithoutEnd | AsksAhead | LargeAsksAhead | TellsWithoutEnd => "asks-bounded",
        UnknownAsk | DeepAsk | NoAsk | Asks => "asks-known",
        FakesSuccess => "text-plain",
        AnotherManifest => "manifest-same",
        ConstructorExits | ConstructorAborts | ConstructorHangs => "loads",
        ConstructorReads => "load-quiet",
        AllocatesWithoutEnd => "memory-bounded",
        Reads
        | Writes
        | Removes
        | ChangesMode
        | Looks
        | ReplacesItself
        | ReadsEnvironmentOfParent
        | Tcp
        | Udp
        | UnixSocket
        | NewProcess
        | Daemon
        | SignalsParent
        | TracesParent
        | RaisesLimits
        | ChangesTerminal => "nothing-denied",
    }
}

/// The other musts that it breaks: a plugin that returns what its malformed call was answered returns no answer of its own.
fn others(fault: PluginFault) -> &'static [&'static str] {
    match rule(fault) {
        "asks-known" => &["answer-valid", "action-unsupported"],
        _ => &[],
    }
}

/// The report of a validation, which a success prints and a failure has beside its error.
fn report(output: &Output) -> Value {
    let json: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    json.get("validation").cloned().unwrap_or(json)
}

/// The ids of the rules with this result, of these grades.
fn rules(report: &Value, grades: &[&str], result: &str) -> Vec<String> {
    let all = report["rules"].as_array().unwrap().iter();
    let is_wanted =
        |it: &&Value| it["result"] == result && grades.iter().any(|grade| it["grade"] == *grade);
    all.filter(is_wanted).map(|it| it["rule"].as_str().unwrap().to_owned()).collect()
}

/// What was found, without the rules that hold.
fn failures(report: &Value) -> String {
    let all = report["rules"].as_array().unwrap().iter().filter(|it| it["result"] == "failed");
    all.map(|it| format!("{} {}\n", it["rule"], it["failures"])).collect()
}

fn validate<'h>(home: &'h Home, file: &Path) -> Program<'h> {
    home.mesheryctl().args(["plugin", "validate", "-o", "json", "--seed", "7"]).args([file])
}

#[test]
fn the_examples_and_the_mock_break_no_must_and_no_should() {
    let home = Home::new();
    for package in
        ["hello-provider", "remote-provider", "oidc-provider", "key-provider", "mock-provider"]
    {
        let mut args = vec!["--strict"];
        if package == "mock-provider" {
            args.extend(["--set", "whoami=yes", "--set", "refresh=yes", "--set", "logout=yes"]);
        }
        let output = validate(&home, &built_library(package)).args(&args).run().exited(0);
        let report = report(&output);
        assert_eq!(rules(&report, &["must", "should"], "failed"), [""; 0], "{package}: {output}");
        assert_eq!(rules(&report, &["must", "should", "nice"], "not_run"), [""; 0], "{package}");
    }
    let said = validate(&home, &built_library("oidc-provider")).run().exited(0);
    // All that a provider can do is run.
    assert_eq!(rules(&report(&said), &["must", "should", "nice"], "skipped"), [""; 0], "{said}");
    home.assert_no_process_is_left();
}

#[test]
fn each_fault_of_a_plugin_breaks_its_rule() {
    in_parallel(PluginFault::ALL, |fault| breaks_its_rule(*fault));
}

/// Runs all cases, several at a time, since many wait for a process or a time limit.
fn in_parallel<T: Sync + RefUnwindSafe>(cases: &[T], run: impl Fn(&T) + Sync + RefUnwindSafe) {
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // A failed case prints its panic; the others still run.
                    if catch_unwind(|| run(case)).is_err() {
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(failed.into_inner(), 0, "each said why");
}

fn breaks_its_rule(fault: PluginFault) {
    let home = Home::new();
    home.write_auth("old bytes");
    let before = home.snapshot();
    let argument = match fault {
        PluginFault::Tcp | PluginFault::Udp => "127.0.0.1:9".to_owned(),
        _ => home.auth_json().display().to_string(),
    };
    let elsewhere = Home::new();
    let file = install_faulty(&elsewhere, fault, &argument);
    // Only a fault that does not end meets the time limit; a busy computer must not make another one meet it.
    let hangs = rule(fault) == "ends-in-time" || fault == PluginFault::ConstructorHangs;
    let limit = if hangs { "2s" } else { "5m" };
    let output = validate(&home, &file).args(["--strict", "--timeout", limit]).run().exited(8);
    let report = report(&output);
    let broken = rules(&report, &["must", "should"], "failed");
    assert!(
        broken.iter().any(|it| it == rule(fault)),
        "{fault:?} breaks {broken:?}: {}",
        failures(&report)
    );
    let is_of_it = |it: &String| it == rule(fault) || others(fault).contains(&it.as_str());
    let musts = rules(&report, &["must"], "failed");
    assert!(musts.iter().all(is_of_it), "{fault:?} breaks {musts:?}: {}", failures(&report));
    assert_unchanged(&before, &home.snapshot());
    home.assert_no_process_is_left();
}

/// The flaws of the plugin `flawed`, each with the rules of must and should that it breaks.
const FLAWS: [(&str, &[&str]); 39] = [
    ("none", &[]),
    ("needs-settings", &["no-panic", "settings-missing"]),
    ("strict-answer", &["no-panic"]),
    ("ignores-cancel", &["stops-when-cancelled"]),
    ("checks-after-cancel", &[]),
    ("sleeps-after-cancel", &["stops-when-cancelled"]),
    ("late-panic", &["no-panic", "stops-when-cancelled"]),
    ("ignores-denial", &["denial-respected"]),
    ("unwraps-member", &["no-panic"]),
    ("undeclared-setting", &["failure-fits", "signs-in"]),
    ("names-undeclared", &["failure-fits"]),
    ("unimplemented", &["actions-implemented"]),
    ("closes-output", &["messages-valid"]),
    ("closes-stderr", &["nothing-denied"]),
    ("slow-cancel", &["cancel-prompt"]),
    ("leaks-answer", &["secrets-kept"]),
    ("leaks-code", &["secrets-kept", "signs-in"]),
    ("leaks-token-in-url", &["secrets-kept"]),
    ("leaks-setting", &["secrets-kept", "signs-in"]),
    ("leaks-account", &["secrets-kept"]),
    ("leaks-token-in-path", &["secrets-kept"]),
    ("leaks-rejected", &["secrets-kept"]),
    ("tells-token", &["secrets-kept"]),
    ("token-as-account", &["secrets-kept"]),
    ("empty-account", &["text-plain"]),
    ("escape-in-account", &["text-plain"]),
    ("no-rejected", &["whoami-rejected"]),
    ("rejects-500", &["whoami-no-verdict"]),
    ("no-rotation", &["refresh-rotates"]),
    ("one-logout", &["failure-fits", "logout-idempotent"]),
    ("other-host", &["hosts-declared", "signs-in"]),
    ("no-callback", &["calls-permitted", "signs-in"]),
    ("two-lines", &["text-plain"]),
    ("denies-unknown", &["answer-tolerant"]),
    ("large-state", &["answer-valid"]),
    ("prints", &["quiet"]),
    ("grows", &["no-growth"]),
    ("threads", &["no-growth"]),
    ("descriptors", &["no-growth"]),
];

#[test]
fn each_planted_flaw_breaks_its_rule_and_no_other_must() {
    let file = built_library("flawed-provider");
    in_parallel(&FLAWS, |(flaw, expected)| {
        let home = Home::new();
        let flaw = format!("flaw={flaw}");
        let output = validate(&home, &file).args(["--strict", "--set", &flaw]).run();
        let report = report(&output);
        let broken = rules(&report, &["must", "should"], "failed");
        assert_eq!(broken, *expected, "{flaw}: {}", failures(&report));
        assert_eq!(output.code, Some(if expected.is_empty() { 0 } else { 8 }), "{output}");
    });
}

#[test]
fn one_rule_can_be_checked_alone_and_a_should_fails_only_if_that_is_asked_for() {
    let home = Home::new();
    let file = built_library("flawed-provider");
    let run =
        |args: &[&str]| validate(&home, &file).args(["--set", "flaw=prints"]).args(args).run();
    let report = report(&run(&["--only", "quiet", "--only", "no-panic"]).exited(0));
    // And the two without which no other says anything.
    assert_eq!(report["rules"].as_array().unwrap().len(), 4, "{report}");
    assert_eq!(report["failed"]["should"], 1);
    let _ = run(&["--only", "quiet", "--strict"]).exited(8);
    let _ = run(&["--only", "no-panic", "--strict"]).exited(0);
    let wrong = run(&["--only", "no-panik"]).exited(2);
    assert!(wrong.stdout.contains("--only no-panic"), "{wrong}");
    let unknown = run(&["--only", "everything"]).exited(2);
    assert!(unknown.stdout.contains("The rules are manifest-sound, name-allowed, "), "{unknown}");
}

#[test]
fn a_rule_that_is_asked_for_and_not_run_is_no_success() {
    let home = Home::new();
    let run = |file: &Path, only: &str| {
        let run = home.mesheryctl().args(["plugin", "validate", "--only", only]).args([file]);
        run.args(["--set", "flaw=needs-settings", "--set", "url=no URL"]).run().exited(8)
    };
    // A library without a manifest: the C library of this test.
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let libc = maps.lines().filter_map(|it| it.split_whitespace().nth(5));
    let libc =
        libc.into_iter().find(|it| it.contains("libc.so") || it.contains("ld-musl")).unwrap();
    let none = run(Path::new(libc), "no-panic");
    assert!(none.stdout.contains("FAILED   must    manifest-sound"), "{none}");
    let change = "Change: Call `export_provider!(Plugin, include_str!(\"../provider.json\"))` in src/lib.rs, and build.";
    assert!(none.stdout.contains(change), "{none}");
    assert!(
        none.stderr.contains(
            "2 rules were not run: loads (the plugin did not get that far), no-panic (the "
        ),
        "{none}"
    );
    let elsewhere = Home::new();
    let broken = install_faulty(&elsewhere, PluginFault::Panic, "");
    for only in ["no-growth", "stops-when-cancelled"] {
        let output = home.mesheryctl().args(["plugin", "validate", "--only", only]);
        let output = output.args([&broken]).run().exited(8);
        let said = format!(
            "1 rule was not run: {only} (the login broke: it failed: The provider panicked"
        );
        assert!(output.stderr.contains(&said), "{output}");
    }
    let all = home.mesheryctl().args(["plugin", "validate", libc]).run().exited(8);
    assert!(
        all.stdout.contains("\n38 rules were not run: the plugin did not get that far.\n"),
        "{all}"
    );
    assert!(!all.stdout.contains("not run  "), "{all}");
}

#[test]
fn a_validation_ends_at_its_time_limit_and_says_what_was_not_run() {
    let home = Home::new();
    let file = built_library("flawed-provider");
    // A hundred logins of 250 ms each take longer than 24 times a second.
    let slow = validate(&home, &file).args(["--set", "flaw=slow", "--timeout", "1s"]);
    let output = slow.run().exited(8);
    let report = report(&output);
    let missing = rules(&report, &["must", "should"], "not_run");
    assert!(missing.contains(&"no-growth".to_owned()), "{output}");
    let rules = report["rules"].as_array().unwrap();
    let growth = rules.iter().find(|it| it["rule"] == "no-growth").unwrap();
    let why = "the validation may take 24 seconds, 24 times --timeout";
    assert_eq!(growth["not_run_because"], why, "{output}");
    home.assert_no_process_is_left();
}

#[test]
fn a_report_names_the_first_line_that_was_written_and_one_reason_once() {
    let home = Home::new();
    let run = home.mesheryctl().args(["plugin", "validate", "--set", "flaw=prints"]);
    let output = run.args([built_library("flawed-provider")]).run().exited(0);
    assert!(output.stdout.contains("\n    login: it wrote 6 bytes, first: debug (in "), "{output}");
    assert_eq!(output.stdout.matches("it wrote").count(), 1, "{output}");
}

#[test]
fn a_report_says_if_only_some_calls_were_disturbed() {
    let home = Home::new();
    let output = validate(&home, &built_library("flawed-provider"));
    let report = report(&output.args(["--set", "flaw=late-panic"]).run().exited(8));
    let part = serde_json::json!([{ "action": "login", "calls": 28, "disturbed": 24 }]);
    assert_eq!(report["partly_disturbed"], part, "{report}");
}

#[test]
fn a_validation_on_a_terminal_writes_no_escape_sequence_for_each_call() {
    let home = Home::new();
    let run =
        home.mesheryctl().args(["plugin", "validate"]).args([built_library("hello-provider")]);
    let screen = run.env("NO_COLOR", "1").on_terminal(60, 200);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    let raw = String::from_utf8(screen.raw()).unwrap();
    assert!(raw.matches("\x1b[?25h").count() <= 1, "{raw:?}");
}

#[test]
fn one_seed_gives_the_same_report_again() {
    let home = Home::new();
    let file = built_library("hello-provider");
    let rules_of = |seed: &str| {
        let run = home.mesheryctl().args(["plugin", "validate", "-o", "json", "--seed", seed]);
        let report = report(&run.args([&file]).run().exited(0));
        assert_eq!(report["seed"].to_string(), seed);
        report["rules"].clone()
    };
    assert_eq!(rules_of("4294967295"), rules_of("4294967295"));
    let text = home.mesheryctl().args(["plugin", "validate"]).args([&file]).run().exited(0);
    let summary = text.stdout.lines().last().unwrap().to_owned();
    let seed = summary.rsplit_once("again with --seed ").unwrap().1.trim_end_matches('.');
    assert!(seed.parse::<u32>().is_ok(), "{summary}");
}

#[test]
fn a_validation_that_is_interrupted_prints_its_summary_and_leaves_no_process() {
    let home = Home::new();
    let elsewhere = Home::new();
    let file = install_faulty(&elsewhere, PluginFault::Sleep, "");
    let validation = home.mesheryctl().args(["plugin", "validate", "--timeout", "1h", "-v"]);
    let running = validation.args([&file]).spawn();
    let _ = running.wait_for_stderr("Running login.");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    let summary = output.stdout.lines().last().unwrap_or_default();
    assert!(summary.starts_with("Interrupted. 39 rules: "), "{output}");
    home.assert_no_process_is_left();
}

#[test]
fn texts_of_megabytes_are_not_searched_and_a_signal_ends_the_validation_also_then() {
    let home = Home::new();
    let file = built_library("flawed-provider");
    let validation = home.mesheryctl().args(["plugin", "validate", "-v", "--timeout", "5m"]);
    let running = validation.args(["--set", "flaw=floods"]).args([&file]).spawn();
    let _ = running.wait_for_stderr("Running login, call 1 ");
    running.kill(Signal::INT);
    let output = running.wait().exited(130);
    let why = "login: its texts and URLs have more than 1 MiB";
    assert!(output.stdout.contains(why), "{output}");
    let summary = output.stdout.lines().last().unwrap_or_default();
    assert!(summary.starts_with("Interrupted. 39 rules: "), "{output}");
}

#[test]
fn a_policy_that_allows_only_named_plugins_allows_no_other_to_be_validated_or_tried() {
    let home = Home::new();
    let file = built_library("hello-provider");
    if !Policy::is_available() {
        return;
    }
    let policy = Policy::of("allow_untrusted: false\n");
    for command in ["validate", "try"] {
        let run = home.mesheryctl().args(["plugin", command]).args([&file]).under(&policy);
        let output = run.run().exited(8);
        assert!(
            output.stderr.contains("is not allowed by /etc/mesheryctl/policy.yaml"),
            "{output}"
        );
    }
}
