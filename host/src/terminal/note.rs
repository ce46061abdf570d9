//! [`Note`]: a line for the terminal from a part of the program that does not write to it.

use std::sync::{Arc, Mutex, PoisonError};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Always shown.
    Line(String),
    /// Always shown, marked as a success.
    Done(String),
    /// Shown with `--verbose`.
    Detail(String),
}

/// A queue of notes; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub fn add(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Removes and returns all notes.
    pub fn take(&self) -> Vec<Note> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
