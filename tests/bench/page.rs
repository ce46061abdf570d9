//! docs/benchmarks.md: the part between the markers, and its pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;

const BEGIN: &str = "<!-- written by tests/bench/run -->\n";
const END: &str = "<!-- end of what tests/bench/run writes -->\n";

/// What was measured.
pub struct Result {
    pub costs: String,
    pub growth: String,
    /// Their names, and the SVG of each.
    pub pictures: Vec<(&'static str, String)>,
}

impl Result {
    /// Where and when it was measured, and both tables.
    pub fn text(&self) -> String {
        let (costs, growth) = (&self.costs, &self.growth);
        format!("{}\n\n{costs}\n### How it grows\n\n{growth}", circumstances())
    }

    /// Writes the page and the pictures.
    pub fn write(&self) {
        let docs = root().join("docs");
        let file = docs.join("benchmarks.md");
        let page = fs::read_to_string(&file).expect("docs/benchmarks.md");
        let (before, rest) = page.split_once(BEGIN).expect("the first marker");
        let (_, after) = rest.split_once(END).expect("the second marker");
        let page = format!("{before}{BEGIN}\n{}\n{END}{after}", self.text());
        fs::write(file, page).expect("docs/benchmarks.md");
        for (name, svg) in &self.pictures {
            fs::write(docs.join("pictures").join(name), svg).expect("a picture");
        }
    }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn circumstances() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = info.lines().find_map(|it| it.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or("unknown", |(_, name)| name);
    let cores = available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "Measured on {}, revision {}: {processor}, {cores} cores, Linux {}.",
        output("date", &["-u", "+%F"]),
        output("git", &["describe", "--always", "--dirty", "--abbrev=9"]),
        kernel.trim()
    )
}

/// What a command prints, in the folder of the workspace.
fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(root()).output();
    output.map_or_else(|_| "unknown".into(), |it| String::from_utf8_lossy(&it.stdout).trim().into())
}
