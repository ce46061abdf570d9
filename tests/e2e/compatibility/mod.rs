//! Compatibility with the Go CLI: each command of docs/compatibility.md has a golden case of its output and its files.

mod case;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use case::Case;

/// Whether the cases are written instead of compared.
const RENEW: &str = "MESHERYCTL_RENEW_CASES";

#[test]
fn every_golden_case_ends_with_its_output_its_exit_code_and_its_files() {
    let mut wrong = Vec::new();
    for (name, path) in case::all() {
        let written = fs::read_to_string(&path).expect("a case");
        let case = Case::parse(&written);
        let now = case.run();
        if std::env::var_os(RENEW).is_some() {
            fs::write(&path, now.text()).expect("a case");
        } else if now != case {
            wrong.push(format!("=== {name}\n{}=== but now\n{}", case.text(), now.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_has_a_row_on_the_page_of_compatibility_and_every_row_a_case() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md");
    let page = fs::read_to_string(page).expect("the page");
    let rows = page.lines().filter(|it| it.starts_with("| `") || it.starts_with("| every"));
    let named = |row: &str| -> Vec<String> {
        let cell = row.trim_end_matches(" |").rsplit('|').next().expect("a cell");
        cell.split(", ").map(|it| it.trim().to_owned()).collect()
    };
    let of_rows: BTreeSet<String> = rows.flat_map(named).collect();
    let of_files: BTreeSet<String> = case::all().into_iter().map(|(name, _)| name).collect();
    assert_eq!(of_rows, of_files);
}
