//! Answers that came with the login's cookie but without its nonce, held until the person confirms them in the browser.
//!
//! While a login waits, any page can send the browser here, and the browser adds the cookie. That request
//! looks like one from a provider that dropped the path of the redirect address. But no other page can
//! read the question that is shown here, or follow its link.

use std::collections::VecDeque;

use mesheryctl_core::session::Query;

/// A browser returns once or twice; beyond this number the oldest answer is dropped.
const MAX_PENDING: usize = 8;

#[derive(Default)]
pub struct PendingConfirmation(VecDeque<Pending>);

struct Pending {
    question: String,
    yes: String,
    answer: Query,
}

impl PendingConfirmation {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an answer. `question` is the path of the page that asks about it, `yes` the path that confirms
    /// it. Both are secrets.
    pub fn add(&mut self, answer: Query, question: String, yes: String) {
        self.0.truncate(MAX_PENDING - 1);
        self.0.push_front(Pending { question, yes, answer });
    }

    /// Whether the path is that of a question or confirms an answer.
    pub fn has(&self, path: &str) -> bool {
        self.0.iter().any(|it| it.question == path || it.yes == path)
    }

    /// The path that confirms the answer whose question is at this path.
    pub fn yes_path(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|it| it.question == path).map(|it| it.yes.as_str())
    }

    /// Removes and returns the answer that this path confirms.
    pub fn take(&mut self, path: &str) -> Option<Query> {
        let found = self.0.iter().position(|it| it.yes == path)?;
        self.0.remove(found).map(|it| it.answer)
    }
}
