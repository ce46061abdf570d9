//! The farewell: doors that took their answer are kept here until their tabs are told how the login ended.
//!
//! Not in the hands of whoever waits for the provider meanwhile: a signal may end the program there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Callback, Outcome};

static KEPT: Mutex<Vec<Callback>> = Mutex::new(Vec::new());

pub fn keep(callback: Callback) {
    kept().push(callback);
}

pub fn count() -> usize {
    kept().len()
}

/// Tells the tabs that wait to hear, and closes the doors; for the first caller only.
pub fn take_leave(outcome: Outcome) {
    // Locked to the end: a second caller that ended the program would cut the first one short.
    for callback in kept().drain(..) {
        callback.close(outcome);
    }
}

fn kept() -> MutexGuard<'static, Vec<Callback>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}
