//! [`Report`]: what [`every_step`](super::every_step()) found.

use std::fmt;

/// What [`every_step`](super::every_step()) found. Printed, it has a line for each finding, and the number of cases.
///
/// ```
/// use mesheryctl_plugin_sdk::flows::no_account::NoAccount;
/// use mesheryctl_plugin_sdk::provider::{Action, Request, Settings};
/// use mesheryctl_plugin_sdk::testing::{Script, every_step};
///
/// let request = Request::new(Action::Login, Settings::default());
/// let report = every_step(&NoAccount, &request, &Script::new().allows_empty_token());
/// assert_eq!(report.findings(), [""; 0]);
/// assert_eq!(report.to_string(), "1 case, 0 findings (seed 0)");
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many times the action was run.
    pub cases: usize,
    pub(super) findings: Vec<String>,
    pub(super) seed: u64,
}

impl Report {
    /// One sentence for each thing that is wrong, without secrets; none if the provider is sound.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// Fails the test if something was found.
    ///
    /// # Panics
    /// If so, with the whole report.
    #[track_caller]
    pub fn assert_sound(&self) {
        assert!(self.findings.is_empty(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|it| writeln!(f, "- {it}"))?;
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        };
        let (cases, findings) =
            (counted(self.cases, "case"), counted(self.findings.len(), "finding"));
        write!(f, "{cases}, {findings} (seed {})", self.seed)
    }
}
