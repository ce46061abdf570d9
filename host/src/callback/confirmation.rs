//! Answers that came with the login's cookie but without its nonce, held until the person confirms them in the browser.
//!
//! While a login waits, any page can send the browser here, and the browser adds the cookie. That request
//! looks like one from a provider that dropped the path of the redirect address. But no other page can
//! read the question that is shown here, or follow its link. A page can only make a person click where the
//! link will be, so a click that follows too soon after the question was shown asks it again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use mesheryctl_core::session::Query;

/// How long a question is shown before its answer counts: longer than the two clicks of a double click are apart. The page
/// shows the link half a second later.
const READING_TIME: Duration = Duration::from_secs(1);

/// A browser returns once or twice; beyond this number the oldest answer is dropped.
const MAX_PENDING: usize = 8;

#[derive(Default)]
pub struct PendingConfirmation(VecDeque<Pending>);

struct Pending {
    question: String,
    yes: String,
    answer: Query,
    shown_at: Option<Instant>,
}

/// What a request for the path that confirms an answer means.
pub enum Confirmation {
    Yes(Query),
    /// It came too soon; this is the path of the question.
    TooSoon(String),
}

impl PendingConfirmation {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an answer. `question` is the path of the page that asks about it, `yes` the path that confirms
    /// it. Both are secrets.
    pub fn add(&mut self, answer: Query, question: String, yes: String) {
        self.0.truncate(MAX_PENDING - 1);
        self.0.push_front(Pending { question, yes, answer, shown_at: None });
    }

    /// Whether the path is that of a question or confirms an answer.
    pub fn has(&self, path: &str) -> bool {
        self.0.iter().any(|it| it.question == path || it.yes == path)
    }

    /// Makes every question one that was shown long enough.
    #[cfg(test)]
    pub fn let_time_pass(&mut self) {
        for it in &mut self.0 {
            it.shown_at = it.shown_at.and_then(|at| at.checked_sub(READING_TIME));
        }
    }

    /// The path that confirms the answer whose question is at this path. The question is shown from `now` on.
    pub fn show(&mut self, path: &str, now: Instant) -> Option<&str> {
        let shown = self.0.iter_mut().find(|it| it.question == path)?;
        shown.shown_at.get_or_insert(now);
        Some(&shown.yes)
    }

    /// Removes and returns the answer that this path confirms, unless its question was not shown long enough.
    pub fn take(&mut self, path: &str, now: Instant) -> Option<Confirmation> {
        let found = self.0.iter().position(|it| it.yes == path)?;
        let shown_for = self.0[found].shown_at.map(|it| now.saturating_duration_since(it));
        if shown_for.is_none_or(|it| it < READING_TIME) {
            return Some(Confirmation::TooSoon(self.0[found].question.clone()));
        }
        self.0.remove(found).map(|it| Confirmation::Yes(it.answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_once_its_question_was_shown_for_a_second() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut pending = PendingConfirmation::default();
        pending.add(Query::new(Vec::new()), "question".into(), "yes".into());
        let is_yes = |it: Option<Confirmation>| matches!(it, Some(Confirmation::Yes(_)));
        assert!(!is_yes(pending.take("yes", at(0))), "it was never shown");
        assert_eq!(pending.show("yes", at(0)), None);
        assert_eq!(pending.show("question", at(0)), Some("yes"));
        let early = pending.take("yes", at(999));
        assert!(matches!(early, Some(Confirmation::TooSoon(question)) if question == "question"));
        // A question that is shown again is not a new one.
        assert_eq!(pending.show("question", at(999)), Some("yes"));
        assert!(pending.take("question", at(2000)).is_none());
        assert!(is_yes(pending.take("yes", at(1000))));
        assert!(pending.take("yes", at(1001)).is_none());
    }
}
