//! How a plugin is built: each way that authors use loads, signs in, and ends in order when it panics.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mesheryctl_tests::faulty::{PluginFault, install_faulty_from};
use mesheryctl_tests::*;

use crate::plugins::lifecycle::{install_as, trust};

/// As authors build: cargo's own release profile. The one of this workspace is for the program.
const RELEASE: &[&str] = &["opt-level=3", "lto=false", "codegen-units=16", "strip=\"none\""];

/// Together, because each other profile compiles every dependency again.
const LTO_AND_ABORT: &[&str] = &["lto=\"fat\"", "panic=\"abort\""];

/// A copy in this home without its symbols, which `strip` removes.
fn stripped(home: &Home, library: &Path) -> PathBuf {
    let copy = home.path().join("stripped.so");
    fs::copy(library, &copy).unwrap();
    let output = Command::new("strip").arg(&copy).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    copy
}

#[test]
fn a_plugin_signs_in_in_whichever_way_it_was_built() {
    let package = "renewing-provider";
    for way in ["debug", "release", "stripped", "with LTO and panic=abort"] {
        let home = Home::new();
        let library = match way {
            "debug" => built_library(package),
            "release" => built_release(RELEASE, package),
            "stripped" => stripped(&home, &built_release(RELEASE, package)),
            _ => built_release(LTO_AND_ABORT, package),
        };
        let file = install_as(&home, &library, "renewing");
        trust(&home, &file, "renewing");
        let output = home.mesheryctl().args(["system", "login", "-p", "renewing"]).run().exited(0);
        assert!(
            output.stderr.contains("Signed in to Renewing as ada@example.org"),
            "{way}: {output}"
        );
        assert!(home.auth_text().contains("\"token\":\"a-token-of-renewing-1\""), "{way}");
        let _ = home.mesheryctl().args(["system", "token", "refresh"]).run().exited(0);
        assert!(home.auth_text().contains("\"token\":\"a-token-of-renewing-2\""), "{way}");
        home.assert_no_process_is_left();
    }
}

#[test]
fn a_panic_that_aborts_ends_the_plugin_alone_and_its_message_is_shown() {
    let home = Home::new();
    home.write_auth("old bytes");
    let library = built_release(LTO_AND_ABORT, "faults-provider");
    let file = install_faulty_from(&home, &library, PluginFault::Panic);
    trust(&home, &file, "faulty");
    let output = home.mesheryctl().args(["system", "login", "-p", "faulty"]).run().exited(8);
    let said = "stopped unexpectedly while signing in (signal 6; last message: panicked: this was asked for \
                (faults/src/crash.rs:";
    assert!(output.stderr.contains(said), "{output}");
    assert!(output.stderr.contains("Nothing was changed."), "{output}");
    assert_eq!(home.auth_text(), "old bytes");
    home.assert_no_process_is_left();
}
