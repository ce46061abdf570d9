//! Answers that only the cookie vouches for: the person says in the browser whether they are theirs.
//!
//! Any page can send the browser here while a login waits, and the cookie comes along: browsers cannot
//! tell that from a provider that lost the path. But no page can read or press what is shown here.

use std::collections::VecDeque;

use mesheryctl_core::session::Query;

/// An honest browser comes back once or twice; more only makes the oldest give way.
const MOST: usize = 8;

#[derive(Default)]
pub struct PendingConfirmation(VecDeque<Asked>);

struct Asked {
    question: String,
    yes: String,
    answer: Query,
}

impl PendingConfirmation {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the answer aside; at `question` the person is asked about it, and `yes` is where a yes leads:
    /// two secrets.
    pub fn set_aside(&mut self, answer: Query, question: String, yes: String) {
        self.0.truncate(MOST - 1);
        self.0.push_front(Asked { question, yes, answer });
    }

    /// Where a yes to the question at this path leads.
    pub fn yes_to(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|it| it.question == path).map(|it| it.yes.as_str())
    }

    /// The answer to which the person said yes.
    pub fn take(&mut self, path: &str) -> Option<Query> {
        let found = self.0.iter().position(|it| it.yes == path)?;
        self.0.remove(found).map(|it| it.answer)
    }
}
