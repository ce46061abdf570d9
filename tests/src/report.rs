//! A report: a table in the docs that a test knows to be true, renewed by `MESHERYCTL_RENEW=1 cargo test`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Puts the rows between the two marks of this name in `docs/FILE`, or, unless it is to be renewed,
/// panics with both when another table stands there.
pub fn renew_or_compare<const N: usize>(file: &str, name: &str, rows: &[[String; N]]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    let text = fs::read_to_string(&path).expect("the page");
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin).expect("where the table begins");
    let (stands, after) = rest.split_once(&end).expect("where the table ends");
    let table = table(rows);
    if std::env::var_os("MESHERYCTL_RENEW").is_some() {
        fs::write(&path, format!("{before}{begin}{table}{end}{after}")).expect("the page, renewed");
    } else {
        assert_eq!(stands, table, "docs/{file} is renewed by MESHERYCTL_RENEW=1 and this test");
    }
}

/// The first row is the heading.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut table = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells = row.iter().map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(table, "| {} |", cells.collect::<Vec<_>>().join(" | "));
        if index == 0 {
            let _ = writeln!(table, "|{}", "---|".repeat(N));
        }
    }
    table
}
