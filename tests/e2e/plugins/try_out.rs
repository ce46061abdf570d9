//! `plugin try`: one sign-in with a plugin that is not trusted, which leaves nothing behind.

use std::path::PathBuf;

use mesheryctl_tests::*;

/// A home without a folder of Meshery, and a plugin outside of it.
fn homes() -> (Home, Home) {
    (Home::new(), Home::new())
}

#[test]
fn a_plugin_signs_in_once_without_trust_and_leaves_no_file() {
    let (home, elsewhere) = homes();
    let file = super::lifecycle::install(&elsewhere, "mock-provider");
    let before = home.snapshot();
    let run = home.mesheryctl().args(["plugin", "try"]).args([&file]);
    let output = run.args(["--set", "steps=now,random:8", "--set", "account=Ada"]).run().exited(0);
    for line in [
        "Mock runs once, and is not trusted. SHA-256 ",
        "  call 1: now\n",
        "  call 3: random 8 bytes\n",
        "Mock: random gave 11 characters\n",
        "Signed in to Mock as Ada.\n",
        "The plugin made 5 calls. The token was deleted again.\n",
    ] {
        assert!(output.stderr.contains(line), "{line:?}: {output}");
    }
    assert_unchanged(&before, &home.snapshot());
    assert_eq!(home.temporary_files(), [""; 0].map(PathBuf::from), "{output}");
    home.assert_no_process_is_left();
}
