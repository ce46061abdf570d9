//! A table of docs/faults.md: what many runs showed, held against the page, or written into it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Set, the tables are written; else they are compared.
pub const RENEW: &str = "MESHERYCTL_RENEW_TABLES";

/// Set, a test that runs a sample of its cases runs all of them.
pub const ALL: &str = "MESHERYCTL_ALL_FAULTS";

/// Rows under a name. On the page it stands between `<!-- table: NAME -->` and `<!-- end -->`.
#[derive(Debug)]
pub struct Table {
    name: &'static str,
    rows: Vec<Vec<String>>,
}

impl Table {
    #[must_use]
    pub fn new<const N: usize>(name: &'static str, columns: [&str; N]) -> Self {
        let rows = vec![columns.map(str::to_owned).to_vec(), vec!["---".to_owned(); N]];
        Self { name, rows }
    }

    /// Another row. What differs from one machine to the next has no place in it.
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        assert_eq!(N, self.rows[0].len(), "a cell for each column");
        self.rows.push(cells.map(cell).to_vec());
    }

    /// Holds the rows against the page, or puts them there.
    #[track_caller]
    pub fn check(&self) {
        self.check_page(&page());
    }

    #[track_caller]
    pub(crate) fn check_page(&self, page: &Path) {
        // Two tests that renew at once take turns.
        let lock = File::open(page).expect("the page of the tables");
        lock.lock().expect("the page to itself");
        let text = fs::read_to_string(page).expect("the page");
        let (start, end) = (format!("<!-- table: {} -->\n", self.name), "<!-- end -->");
        let (before, rest) = text
            .split_once(&start)
            .unwrap_or_else(|| panic!("the page should have a place {}", start.trim()));
        let (old, after) = rest.split_once(end).expect("the end of the table");
        if std::env::var_os(RENEW).is_some() {
            let text = format!("{before}{start}{}{end}{after}", self.markdown());
            fs::write(page, text).expect("the page, renewed");
        } else {
            assert_eq!(
                old,
                self.markdown(),
                "the table {:?} of {} is not what was seen. If the new one is right: \
                 {RENEW}=1 cargo test -p mesheryctl-tests",
                self.name,
                page.display()
            );
        }
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Whether every case is to be run, not a sample.
#[must_use]
pub fn all() -> bool {
    std::env::var_os(ALL).is_some()
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_says_something_else_is_refused() {
        let page = tempfile::NamedTempFile::new().unwrap();
        let text = "# Page\n<!-- table: one -->\n| a |\n| --- |\n| 1\\|2 |\n<!-- end -->\nrest\n";
        fs::write(page.path(), text).unwrap();
        let table = |said: &str| {
            let mut table = Table::new("one", ["a"]);
            table.row([said]);
            table.check_page(page.path());
        };
        table("1|2");
        if std::env::var_os(RENEW).is_none() {
            assert!(std::panic::catch_unwind(|| table("2")).is_err());
            assert_eq!(fs::read_to_string(page.path()).unwrap(), text);
        }
    }
}
