//! Notes: lines for a person, from parts of the program that do not write to the terminal themselves.

use std::sync::{Arc, Mutex, PoisonError};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Always shown.
    Line(String),
    /// Always shown, with the mark of something that went well.
    Done(String),
    /// Shown with `--verbose`.
    Detail(String),
}

/// Collects notes on one side, and hands them out on the other.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub fn add(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// All since the last call.
    pub fn take(&self) -> Vec<Note> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
