//! A table of docs/faults.md: the results of many runs, compared with the page or written into it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// If this variable is set, the tables are written; otherwise they are compared.
pub const RENEW: &str = "MESHERYCTL_RENEW_TABLES";

/// If this variable is set, a test runs all of its cases, not a sample.
pub const ALL: &str = "MESHERYCTL_ALL_FAULTS";

/// A named table. On the page it is between `<!-- table: NAME -->` and `<!-- end -->`.
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

    /// Adds a row. It must not contain what differs between machines.
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        assert_eq!(N, self.rows[0].len(), "a cell for each column");
        self.rows.push(cells.map(cell).to_vec());
    }

    /// Compares the rows with the page, or writes them.
    #[track_caller]
    pub fn check(&self) {
        self.check_page(&page());
    }

    #[track_caller]
    pub(crate) fn check_page(&self, page: &Path) {
        // Two tests may write at once.
        let lock = File::open(page).expect("docs/faults.md");
        lock.lock().expect("a lock on the page");
        let text = fs::read_to_string(page).expect("the page");
        let (start, end) = (format!("<!-- table: {} -->\n", self.name), "<!-- end -->");
        let (before, rest) = text
            .split_once(&start)
            .unwrap_or_else(|| panic!("the page should contain {}", start.trim()));
        let (old, after) = rest.split_once(end).expect("the end of the table");
        if std::env::var_os(RENEW).is_some() {
            let text = format!("{before}{start}{}{end}{after}", self.markdown());
            fs::write(page, text).expect("the new page");
        } else {
            assert_eq!(
                old,
                self.markdown(),
                "the table {:?} of {} differs from the results. If the results are right: \
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

/// Whether to run every case, not a sample.
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
    fn a_table_with_other_rows_than_the_page_fails() {
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
