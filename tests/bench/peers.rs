//! Other programs that find plugins, where they are installed, with as many plugins as ours.
//!
//! Their plugins are scripts of the shell, which start faster than a real plugin does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mesheryctl_tests::Home;

use crate::launch::Launch;

/// What docker asks every plugin.
const METADATA: &str =
    r#"echo '{"SchemaVersion":"0.1.0","Vendor":"Meshery","Version":"v1","ShortDescription":"x"}'"#;

/// The path of a program along the PATH of this process.
pub fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file())
}

/// A run of another program, if it is installed.
pub fn run(home: &Home, name: &str, args: &[&str]) -> Option<impl FnMut() -> Duration + use<>> {
    let launch = Launch::of(home, found(name)?, args);
    Some(move || launch.timed())
}

/// `kubectl plugin list` with so many plugins on its PATH.
pub fn kubectl(home: &Home, count: usize) -> Option<impl FnMut() -> Duration + use<>> {
    let program = found("kubectl")?;
    let folder = home.path().join("on-path");
    fill(home, &folder, count, "kubectl-", "exit 0");
    let launch = Launch::of(home, program, &["plugin", "list"]).env("PATH", folder);
    // Without a plugin it fails.
    let launch = launch.exiting(i32::from(count == 0));
    Some(move || launch.timed())
}

/// `docker --help` with so many plugins.
pub fn docker(home: &Home, count: usize) -> Option<impl FnMut() -> Duration + use<>> {
    let program = found("docker")?;
    let folder = home.path().join(".docker/cli-plugins");
    fill(home, &folder, count, "docker-", METADATA);
    let launch = Launch::of(home, program, &["--help"]);
    Some(move || launch.timed())
}

/// Links to one script, each with a name of its own.
fn fill(home: &Home, folder: &Path, count: usize, prefix: &str, script: &str) {
    fs::create_dir_all(folder).expect("a folder of plugins");
    let script = home.script(&format!("{prefix}plugin"), script);
    for number in 0..count {
        symlink(&script, folder.join(format!("{prefix}p{number:05}"))).expect("a plugin");
    }
}
