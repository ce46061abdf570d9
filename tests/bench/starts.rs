//! Commands that read at most a file.

use std::fs;

use mesheryctl_tests::{Home, built_example};

use crate::launch::Launch;
use crate::measure::{Effort, Group, Measured};
use crate::peers;
use crate::people::{cloud, signed_in};

/// A program that prints a line and ends.
pub const PRINTS: &str = "a program that prints a line";

pub fn measured(effort: Effort) -> Vec<Measured> {
    let cloud = cloud();
    let home = signed_in(&cloud);
    let ours = |args: &[&str]| {
        let launch = Launch::ours(&home, args);
        move || launch.timed()
    };
    let other = |program: &str| {
        let launch = Launch::of(&home, program, &[]);
        move || launch.timed()
    };
    let printer = built_example("mesheryctl-tests", "floor-prints");
    let printer = printer.to_str().expect("a plain path");
    let mut all = Group::new("start")
        .row("/bin/true", other("/bin/true"))
        .row(PRINTS, other(printer))
        .above(PRINTS, "version", ours(&["version"]))
        .above(PRINTS, "--help", ours(&["--help"]))
        .above(PRINTS, "system whoami", ours(&["system", "whoami"]))
        .above(PRINTS, "system token view", ours(&["system", "token", "view"]))
        .above(PRINTS, "plugin list, of none", ours(&["plugin", "list"]))
        .above(PRINTS, "completion of a provider's name", {
            let launch = completion(&home);
            move || launch.timed()
        })
        .peer(PRINTS, "gh --version", peers::run(&home, "gh", &["--version"]))
        .peer(PRINTS, "docker --version", peers::run(&home, "docker", &["--version"]))
        .measured(effort);
    all.extend(handed_over(printer, effort));
    all
}

/// What a shell runs to complete a provider's name.
pub fn completion(home: &Home) -> Launch {
    let words = ["--", "mesheryctl", "system", "login", "--provider", ""];
    Launch::ours(home, &words).env("COMPLETE", "fish")
}

/// A command of the Go program, for which the floor stands in.
fn handed_over(printer: &str, effort: Effort) -> Vec<Measured> {
    const DIRECT: &str = "the stand-in of the Go program";
    let home = Home::new();
    let folder = home.path().join("go");
    fs::create_dir(&folder).expect("a folder");
    let stand_in = folder.join("mesheryctl");
    std::os::unix::fs::symlink(printer, &stand_in).expect("a stand-in");
    let mut path = folder.into_os_string();
    path.push(":/usr/bin:/bin");
    let direct = Launch::of(&home, stand_in, &["design", "list"]).env("PATH", &path);
    let ours = Launch::ours(&home, &["design", "list"]).env("PATH", path);
    Group::new("handing over")
        .row(DIRECT, move || direct.timed())
        .above(DIRECT, "design list, handed over to it", move || ours.timed())
        .measured(effort)
}
