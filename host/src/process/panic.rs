//! A defect of the program itself: a panic is unwound like any way out, and told in one calm line.

use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Code, Error, Result, Suggestion};
use crate::platform::terminal_mode;

const MAIN: &str = "main";

/// Where the main thread panicked. What the panic said is not kept: it may quote a token, as that of a
/// string cut in the middle of a character does, or text from outside.
static PLACE: Mutex<String> = Mutex::new(String::new());

/// Runs `act` on the main thread so that a panic ends it as a problem does. On the way out all is
/// dropped, so that no worker, listener or temporary file is left.
///
/// # Errors
/// `defect`.
pub fn caught<T>(act: impl FnOnce() -> T) -> Result<T> {
    panic::set_hook(Box::new(note));
    catch_unwind(AssertUnwindSafe(act)).map_err(|_| problem())
}

/// Of the other threads only their own work is lost: the main thread waits for none of them.
fn note(panic: &PanicHookInfo<'_>) {
    if thread::current().name() != Some(MAIN) {
        return;
    }
    *PLACE.lock().unwrap_or_else(PoisonError::into_inner) =
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

fn problem() -> Error {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    let message = format!(
        "mesheryctl stopped because of a defect of its own ({place}). No file is half written."
    );
    Error::new(Code::InternalError, message)
        .next(Suggestion::new("Please report it", "https://github.com/meshery/meshery/issues"))
}
