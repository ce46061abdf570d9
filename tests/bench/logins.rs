//! Logins, from the start to the saved file.

use std::fs;

use mesheryctl_tests::{Home, built_example, built_library};

use crate::launch::Launch;
use crate::login;
use crate::measure::{Effort, Group, Measured};
use crate::people::{cloud, with_mock};

pub const SAVES: &str = "two files written, synced and renamed";
const SANDBOXES: &str = "a second process that maps the plugin in a sandbox";
const ONE: &str = "that process, then two files";
const TWO: &str = "two such processes, then two files";

pub fn measured(effort: Effort) -> Vec<Measured> {
    let (home, cloud, mocked) = (Home::new(), cloud(), with_mock());
    let floor = Home::new();
    let saves = floor_saves(&floor);
    let library = built_library("mock-provider");
    let library = library.to_str().expect("a plain path");
    let sandboxes = built_example("mesheryctl-tests", "floor-sandboxes");
    let sandboxes = Launch::of(&floor, sandboxes, &[library]);
    let once = {
        let (sandboxes, saves) = (sandboxes.clone(), saves.clone());
        move || sandboxes.timed() + saves.timed()
    };
    let twice = {
        let (sandboxes, once) = (sandboxes.clone(), once.clone());
        move || sandboxes.timed() + once()
    };
    let (none, saved, worker) = (with_none(&home), saved(&home), with_worker(&mocked));
    let unverified = unverified(&mocked);
    let layer5 = login::with_layer5(&home, &cloud);
    Group::new("login")
        .row(SAVES, move || saves.timed())
        .above(SAVES, "login --token-file, unverified", move || saved.timed())
        .above(SAVES, "login with None", move || none.timed())
        .above(SAVES, "login with Layer5 at a stand-in", move || login::timed(&layer5, |_| ()))
        .row(SANDBOXES, move || sandboxes.timed())
        .above(SANDBOXES, ONE, once)
        .above(SANDBOXES, TWO, twice)
        .above(ONE, "login with a plugin, unverified", move || unverified.timed())
        .above(TWO, "login with a plugin", move || worker.timed())
        .measured(effort)
}

pub fn floor_saves(home: &Home) -> Launch {
    let folder = home.path().join("saved");
    fs::create_dir_all(&folder).expect("a folder");
    let folder = folder.to_str().expect("a plain path").to_owned();
    Launch::of(home, built_example("mesheryctl-tests", "floor-saves"), &[&folder])
}

pub fn with_none(home: &Home) -> Launch {
    Launch::ours(home, &["system", "login", "--provider", "None"])
}

/// A login by the mock, which asks nothing. It is asked for the account in a second process.
pub fn with_worker(home: &Home) -> Launch {
    Launch::ours(home, &["system", "login", "--provider", "mock"])
}

/// A login by the mock in one process: it is not asked for the account.
fn unverified(home: &Home) -> Launch {
    Launch::ours(home, &["system", "login", "--provider", "mock", "--no-verify"])
}

/// A save alone: a token of a file, which nobody is asked about.
pub fn saved(home: &Home) -> Launch {
    let file = home.path().join("downloaded.json");
    let token = "{\"meshery-provider\":\"Layer5\",\"token\":\"T0123456789abcdef\"}\n";
    fs::write(&file, token).expect("a file with a token");
    let args = ["--token-file", "downloaded.json", "--no-verify", "--no-server-check"];
    Launch::ours(home, &[&["system", "login"], &args[..]].concat())
}
