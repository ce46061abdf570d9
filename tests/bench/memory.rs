//! The peak memory of commands, and the size of the program.

use std::fs;

use mesheryctl_tests::{Home, binary, built_example};

use crate::launch::Launch;
use crate::login;
use crate::logins::{with_none, with_worker};
use crate::people::{cloud, with_mock};
use crate::prompt::{FIRST_ROW, timed_until};
use crate::starts::PRINTS;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// A size in MiB; none without GNU time.
pub struct Size {
    pub group: &'static str,
    pub name: &'static str,
    pub mebibytes: Option<f64>,
    /// The size that it is compared with.
    pub floor: Option<(&'static str, f64)>,
}

pub fn rows() -> Vec<Size> {
    crate::note("measuring: memory");
    let (home, cloud, mocked) = (Home::new(), cloud(), with_mock());
    let printer = Launch::of(&home, built_example("mesheryctl-tests", "floor-prints"), &[]);
    let least = printer.peak(Launch::run);
    let ours = |args: &[&str]| Launch::ours(&home, args);
    let mut rows = vec![of_memory(PRINTS, least, None)];
    for (name, peak) in [
        ("version", ours(&["version"]).peak(Launch::run)),
        ("the prompt of system login", ours(&["system", "login"]).peak(shown)),
        ("login with None, without HTTP", with_none(&home).peak(Launch::run)),
        ("login with Layer5, with HTTP", login::with_layer5(&home, &cloud).peak(signed_in)),
        (
            "login with a plugin, the larger of both processes",
            with_worker(&mocked).peak(Launch::run),
        ),
    ] {
        rows.push(of_memory(name, peak, least));
    }
    let bytes = fs::metadata(binary()).expect("the program").len();
    let mebibytes = Some(bytes as f64 / MEBIBYTE);
    rows.push(Size { group: "size", name: "the program", mebibytes, floor: None });
    rows
}

/// Shows the prompt.
pub fn shown(launch: &Launch) {
    timed_until(FIRST_ROW, launch);
}

fn signed_in(launch: &Launch) {
    login::timed(launch, |_| ());
}

fn of_memory(name: &'static str, mebibytes: Option<f64>, floor: Option<f64>) -> Size {
    let floor = mebibytes.zip(floor).map(|(size, floor)| (PRINTS, size / floor));
    Size { group: "memory", name, mebibytes, floor }
}
