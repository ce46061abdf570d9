//! Panics: a panic of the main thread is unwound and reported as an [`Error`] in one line.

use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::error::{Code, Error, Result, Suggestion};
use crate::platform::terminal_mode;

const MAIN: &str = "main";

/// Runs `act` on the main thread and converts a panic into an error. Unwinding drops all values, so that no worker,
/// listener or temporary file is left.
///
/// # Errors
/// `internal_error` if `act` panics.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T> {
    let place = Arc::new(Mutex::new(String::new()));
    let recorded = Arc::clone(&place);
    panic::set_hook(Box::new(move |panic| record(panic, &recorded)));
    let place = || place.lock().unwrap_or_else(PoisonError::into_inner).clone();
    catch_unwind(AssertUnwindSafe(act)).map_err(|_| error(&place()))
}

/// Records where the main thread panicked. The message is not recorded: it may quote a token (the message about a
/// string sliced inside a character contains the string) or untrusted text. Panics of other threads are ignored: the
/// main thread does not depend on their results.
fn record(panic: &PanicHookInfo<'_>, recorded: &Mutex<String>) {
    if thread::current().name() != Some(MAIN) {
        return;
    }
    *recorded.lock().unwrap_or_else(PoisonError::into_inner) =
        panic.location().map(place).unwrap_or_default();
    // Before unwinding, since a second panic during it would abort the process.
    terminal_mode::restore();
}

/// The source position from the package on, without the directories of the build machine.
fn place(location: &Location<'_>) -> String {
    let parts: Vec<&str> = location.file().split(['/', '\\']).collect();
    let source = parts.iter().rposition(|it| *it == "src").unwrap_or(parts.len());
    let relative = parts[source.saturating_sub(1)..].join("/");
    format!("{relative}:{}", location.line())
}

fn error(place: &str) -> Error {
    let message = format!("Internal error at {place}. No file was partly written.");
    Error::new(Code::InternalError, message)
        .next(Suggestion::new("Please report it", "https://github.com/meshery/meshery/issues"))
}
