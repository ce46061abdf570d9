//! The shutdown of callbacks that have received their answer: their browser tabs are told how the login ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Callback, Outcome};

/// The callbacks whose browser tabs wait for the outcome. The login shares them with the exit hook, because a
/// signal may end the program while the login waits for the provider.
#[derive(Clone, Default)]
pub struct UsedCallbacks(Arc<Mutex<Vec<Callback>>>);

impl UsedCallbacks {
    pub fn add(&self, callback: Callback) {
        self.lock().push(callback);
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Sends the outcome to the waiting tabs and closes the callbacks. Only the first call does anything.
    pub fn shut_down(&self, outcome: &Outcome) {
        // Locked to the end, so that a second caller does not end the program while the first one still sends.
        for callback in self.lock().drain(..) {
            callback.close(outcome.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Callback>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
