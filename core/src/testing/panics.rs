//! The panics of a provider, which the report shows in place of the panic hook.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::thread;

thread_local! {
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// Where this thread panicked last.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs an action. Of its panic nothing is printed; the error is its text and, in brackets, its place.
pub fn caught<T>(action: impl FnOnce() -> T) -> Result<T, String> {
    install();
    IS_CAUGHT.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(action));
    IS_CAUGHT.set(false);
    result.map_err(|panic| format!("{} ({})", text_of(&*panic), PLACE.take()))
}

/// Wraps the panic hook of the process, once.
fn install() {
    static INSTALLED: Once = Once::new();
    // A thread that panics cannot exchange the hook.
    if thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| match IS_CAUGHT.get() {
            true => PLACE.set(place(panic)),
            false => previous(panic),
        }));
    });
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|it| format!("{}:{}", it.file(), it.line()));
    place.unwrap_or_default()
}

fn text_of(panic: &dyn Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a text")
}
