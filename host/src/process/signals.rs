//! SIGINT, SIGTERM and SIGHUP: the main thread ends the command, or else the watcher ends the process.

use std::io::{self, PipeReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::error::{Code, Error};
use crate::platform::event::{self, Source};
pub use crate::platform::signals::Signal;
use crate::platform::{signals, terminal, terminal_mode};
use crate::process::suspend;

/// How long the main thread has to leave by itself: time for destructors and its own last word.
const GRACE: Duration = Duration::from_millis(100);

/// How long a main thread that is already saying its last word may take to finish.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Looked at in this order: dialoguer's reader raises SIGINT after any signal that disturbs it.
const ALL: [Signal; 3] = [Signal::Terminate, Signal::Hangup, Signal::Interrupt];

fn code_of(signal: Signal) -> Code {
    match signal {
        Signal::Interrupt => Code::Interrupted,
        Signal::Terminate => Code::Terminated,
        Signal::Hangup => Code::HangUp,
    }
}

/// What the signal handlers, the watcher's thread and the main thread share. A static, because a signal comes to the
/// process, and its handler is given no value.
static STATE: State = State {
    watch: OnceLock::new(),
    first: OnceLock::new(),
    saving: Mutex::new(()),
    saved: AtomicBool::new(false),
    last_word_claimed: AtomicBool::new(false),
    before_exit: OnceLock::new(),
    json: AtomicBool::new(false),
};

struct State {
    watch: OnceLock<Watch>,
    /// The first signal that came.
    first: OnceLock<Signal>,
    /// Held during the last save of a command.
    saving: Mutex<()>,
    /// That save has succeeded.
    saved: AtomicBool,
    last_word_claimed: AtomicBool,
    before_exit: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// The last word is one JSON object.
    json: AtomicBool,
}

struct Watch {
    /// Never read from, so that it stays ready for all who wait for it.
    came: PipeReader,
    flags: [(Signal, Arc<AtomicBool>); 3],
}

/// From now on the watcher's last word is one JSON object on standard output.
pub fn speak_json() {
    STATE.json.store(true, Ordering::SeqCst);
}

/// Runs `hook` when a signal ends the process, before it exits. The first hook stays.
pub fn before_exit(hook: impl Fn() + Send + Sync + 'static) {
    STATE.before_exit.get_or_init(|| Box::new(hook));
}

/// Catches the three signals from now on, and Ctrl-Z. For the main thread; a second call does nothing.
pub fn watch() -> io::Result<()> {
    if STATE.watch.get().is_some() {
        return Ok(());
    }
    let (came, pipe) = io::pipe()?;
    let flags = ALL.map(|signal| (signal, Arc::new(AtomicBool::new(false))));
    let watch = STATE.watch.get_or_init(|| Watch { came, flags });
    // The watcher before the handlers: a caught signal must be acted on.
    thread::Builder::new().name("signals".into()).spawn(end_on_signal)?;
    for (signal, flag) in &watch.flags {
        signals::catch(*signal, flag, &pipe)?;
    }
    suspend::watch()
}

/// The first signal that came, if any; later ones change nothing.
pub fn pending() -> Option<Signal> {
    if STATE.saved.load(Ordering::SeqCst) {
        return None;
    }
    if let Some(first) = STATE.first.get() {
        return Some(*first);
    }
    let flags = &STATE.watch.get()?.flags;
    let (signal, _) = flags.iter().find(|(_, flag)| flag.load(Ordering::SeqCst))?;
    Some(*STATE.first.get_or_init(|| *signal))
}

/// The terminal is gone, and its signal may still be on the way, or never come: this counts as it.
pub fn gone() -> Signal {
    *STATE.first.get_or_init(|| Signal::Hangup)
}

/// Ready as soon as a signal came, and from then on.
pub fn source() -> Option<Source<'static>> {
    // After the save it would be ready for a signal that no longer counts, again and again.
    if STATE.saved.load(Ordering::SeqCst) {
        return None;
    }
    STATE.watch.get().map(|watch| event::readable(&watch.came))
}

/// Runs `save` so that a signal waits for its end. Once it returned Ok the command is done: a
/// signal that comes late, or came meanwhile, changes nothing any more. So it is for the last
/// save of a command, behind which nothing waits; a save that fails can be cancelled as before.
pub fn uninterrupted<T, E>(save: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let _saving = lock_saving();
    let outcome = save();
    if outcome.is_ok() {
        STATE.saved.store(true, Ordering::SeqCst);
    }
    outcome
}

/// True for the first caller only: who says that the command was cancelled.
pub fn claim_last_word() -> bool {
    !STATE.last_word_claimed.swap(true, Ordering::SeqCst)
}

/// A command that a signal stopped.
pub fn error(signal: Signal) -> Error {
    Error::new(code_of(signal), "Cancelled.").nothing_changed()
}

fn end_on_signal() {
    let Some(signal) = first_signal() else { return };
    let _no_save_begins = wait_for_main_thread();
    if STATE.saved.load(Ordering::SeqCst) {
        return;
    }
    terminal_mode::restore();
    if claim_last_word() {
        last_word(signal);
    } else {
        thread::sleep(LAST_WORD);
    }
    if let Some(hook) = STATE.before_exit.get() {
        hook();
    }
    std::process::exit(code_of(signal).exit() as i32);
}

fn first_signal() -> Option<Signal> {
    while let Some(source) = source() {
        let waited = event::wait(&[source], None);
        if let Some(signal) = pending() {
            return Some(signal);
        }
        if waited.is_err() {
            // Some other signal, or no memory: not worth a busy loop.
            thread::sleep(GRACE);
        }
    }
    None
}

fn wait_for_main_thread() -> MutexGuard<'static, ()> {
    loop {
        thread::sleep(GRACE);
        match STATE.saving.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            // A save runs. If it fails, the main thread again has its time to leave.
            Err(TryLockError::WouldBlock) => drop(lock_saving()),
        }
    }
}

fn lock_saving() -> MutexGuard<'static, ()> {
    STATE.saving.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Not through std's streams: a main thread stuck in a write holds their lock.
fn last_word(signal: Signal) {
    match STATE.json.load(Ordering::SeqCst) {
        true => {
            let text = format!("{:#}\n", error(signal).to_json());
            terminal::write_without_waiting(&io::stdout(), &text);
        }
        false => terminal::write_without_waiting(&io::stderr(), &format!("{}\n", error(signal))),
    }
}
