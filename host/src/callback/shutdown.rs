//! Callbacks that took their answer, kept until their browser tabs are told how the login ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Callback, Outcome};

/// Shared by the login and the exit hook: a signal may end the program while the login waits for the provider.
#[derive(Clone, Default)]
pub struct UsedCallbacks(Arc<Mutex<Vec<Callback>>>);

impl UsedCallbacks {
    pub fn keep(&self, callback: Callback) {
        self.lock().push(callback);
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Tells the tabs that wait to hear, and closes the callbacks; for the first caller only.
    pub fn shut_down(&self, outcome: Outcome) {
        // Locked to the end: a second caller that ended the program would cut the first one short.
        for callback in self.lock().drain(..) {
            callback.close(outcome);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Callback>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
