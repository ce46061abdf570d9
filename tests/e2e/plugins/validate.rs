//! `plugin validate`: sound plugins break no rule, and each fault is named by the rule that forbids it.

use std::panic::catch_unwind;
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
    for package in ["hello-provider", "mock-provider", "oidc-provider"] {
        let output = validate(&home, &built_library(package)).args(["--strict"]).run().exited(0);
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
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(fault) = PluginFault::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // A failed case prints its panic; the others still run.
                    if catch_unwind(|| breaks_its_rule(*fault)).is_err() {
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
    let output = validate(&home, &file).args(["--strict", "--timeout", "2s"]).run().exited(8);
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
