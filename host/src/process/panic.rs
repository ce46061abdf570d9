//! A defect of the program itself: a panic is unwound like any way out, and told in one calm line.

use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::error::{Code, Error, Result, Suggestion};
use crate::platform::terminal_mode;

const MAIN: &str = "main";

/// Runs `act` on the main thread so that a panic ends it as a problem does. On the way out all is
/// dropped, so that no worker, listener or temporary file is left.
///
/// # Errors
/// `defect`.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T> {
    let place = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&place);
    panic::set_hook(Box::new(move |panic| note(panic, &noted)));
    let place = || place.lock().unwrap_or_else(PoisonError::into_inner).clone();
    catch_unwind(AssertUnwindSafe(act)).map_err(|_| error(&place()))
}

/// Notes where the main thread panicked. What the panic said is not kept: it may quote a token, as that of a
/// string cut in the middle of a character does, or text from outside. Of the other threads only their own work
/// is lost: the main thread waits for none of them.
fn note(panic: &PanicHookInfo<'_>, noted: &Mutex<String>) {
    if thread::current().name() != Some(MAIN) {
        return;
    }
    *noted.lock().unwrap_or_else(PoisonError::into_inner) =
        panic.location().map(place).unwrap_or_default();
    // Before anything unwinds: a second panic on the way out would end the process at once.
    terminal_mode::restore();
}

/// From the package on, without what the path says of the computer that the program was built on.
fn place(location: &Location<'_>) -> String {
    let parts: Vec<&str> = location.file().split(['/', '\\']).collect();
    let source = parts.iter().rposition(|it| *it == "src").unwrap_or(parts.len());
    let near = parts[source.saturating_sub(1)..].join("/");
    format!("{near}:{}", location.line())
}

fn error(place: &str) -> Error {
    let message = format!("Internal error at {place}. No file was partly written.");
    Error::new(Code::InternalError, message)
        .next(Suggestion::new("Please report it", "https://github.com/meshery/meshery/issues"))
}
