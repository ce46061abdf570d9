//! What happens on SIGINT, SIGTERM and SIGHUP: the main thread leaves, or else the watcher ends it.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::error::{Code, Error};
use crate::platform::terminal_mode;
use crate::process::suspend;

/// How long the main thread has to leave by itself: time for destructors and its own last word.
const GRACE: Duration = Duration::from_millis(100);

/// How long a main thread that is already saying its last word may take to finish.
const LAST_WORD: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
    Hangup,
}

impl Signal {
    /// Looked at in this order: dialoguer's reader raises SIGINT after any signal that disturbs it.
    const ALL: [Self; 3] = [Self::Terminate, Self::Hangup, Self::Interrupt];

    fn number(self) -> i32 {
        match self {
            Self::Interrupt => SIGINT,
            Self::Terminate => SIGTERM,
            Self::Hangup => SIGHUP,
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Interrupt => Code::Interrupted,
            Self::Terminate => Code::Terminated,
            Self::Hangup => Code::HangUp,
        }
    }
}

struct Watch {
    /// Never read from, so that it stays readable for all who poll it.
    came: PipeReader,
    flags: [(Signal, Arc<AtomicBool>); 3],
}

static WATCH: OnceLock<Watch> = OnceLock::new();
static FIRST: OnceLock<Signal> = OnceLock::new();
static SAVING: Mutex<()> = Mutex::new(());
static SAVED: AtomicBool = AtomicBool::new(false);
static LAST_WORD_CLAIMED: AtomicBool = AtomicBool::new(false);
static BEFORE_EXIT: OnceLock<fn()> = OnceLock::new();
static JSON: AtomicBool = AtomicBool::new(false);

/// From now on the watcher's last word is one JSON object on standard output.
pub fn speak_json() {
    JSON.store(true, Ordering::SeqCst);
}

/// Runs `hook` when a signal ends the process, before it exits. The first hook stays.
pub fn before_exit(hook: fn()) {
    BEFORE_EXIT.get_or_init(|| hook);
}

/// Catches the three signals from now on, and Ctrl-Z. For the main thread; a second call does nothing.
pub fn watch() -> io::Result<()> {
    if WATCH.get().is_some() {
        return Ok(());
    }
    let (came, wake) = io::pipe()?;
    let flags = Signal::ALL.map(|signal| (signal, Arc::new(AtomicBool::new(false))));
    let watch = WATCH.get_or_init(|| Watch { came, flags });
    // The watcher before the handlers: a signal must not be caught with nobody to act on it.
    thread::Builder::new().name("signals".into()).spawn(end_on_signal)?;
    for (signal, flag) in &watch.flags {
        // The flag first: who is woken by the pipe finds it set.
        signal_hook::flag::register(signal.number(), Arc::clone(flag))?;
        signal_hook::low_level::pipe::register(signal.number(), wake.try_clone()?)?;
    }
    suspend::watch()
}

/// The first signal that came, if any; later ones change nothing.
pub fn pending() -> Option<Signal> {
    if SAVED.load(Ordering::SeqCst) {
        return None;
    }
    if let Some(first) = FIRST.get() {
        return Some(*first);
    }
    let flags = &WATCH.get()?.flags;
    let (signal, _) = flags.iter().find(|(_, flag)| flag.load(Ordering::SeqCst))?;
    Some(*FIRST.get_or_init(|| *signal))
}

/// The terminal is gone, and its signal may still be on the way, or never come: this counts as it.
pub fn gone() -> Signal {
    *FIRST.get_or_init(|| Signal::Hangup)
}

/// Readable as soon as a signal came, and from then on; for poll(2). Do not read from it.
pub fn descriptor() -> Option<BorrowedFd<'static>> {
    // After the save it would wake for a signal that no longer counts, again and again.
    if SAVED.load(Ordering::SeqCst) {
        return None;
    }
    WATCH.get().map(|watch| watch.came.as_fd())
}

/// Runs `save` so that a signal waits for its end. Once it returned Ok the command is done: a
/// signal that comes late, or came meanwhile, changes nothing any more. So it is for the last
/// save of a command, behind which nothing waits; a save that fails can be cancelled as before.
pub fn uninterrupted<T, E>(save: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let _saving = lock_saving();
    let outcome = save();
    if outcome.is_ok() {
        SAVED.store(true, Ordering::SeqCst);
    }
    outcome
}

/// True for the first caller only: who says that the command was cancelled.
pub fn claim_last_word() -> bool {
    !LAST_WORD_CLAIMED.swap(true, Ordering::SeqCst)
}

/// A command that a signal stopped.
pub fn problem(signal: Signal) -> Error {
    Error::new(signal.code(), "Cancelled.").nothing_changed()
}

fn end_on_signal() {
    let Some(signal) = first_signal() else { return };
    let _no_save_begins = wait_for_main_thread();
    if SAVED.load(Ordering::SeqCst) {
        return;
    }
    terminal_mode::restore();
    if claim_last_word() {
        last_word(signal);
    } else {
        thread::sleep(LAST_WORD);
    }
    if let Some(hook) = BEFORE_EXIT.get() {
        hook();
    }
    std::process::exit(signal.code().exit() as i32);
}

fn first_signal() -> Option<Signal> {
    while let Some(came) = descriptor() {
        let polled = poll(&mut [PollFd::from_borrowed_fd(came, PollFlags::IN)], None);
        if let Some(signal) = pending() {
            return Some(signal);
        }
        if polled.is_err() {
            // Some other signal, or no memory: not worth a busy loop.
            thread::sleep(GRACE);
        }
    }
    None
}

fn wait_for_main_thread() -> MutexGuard<'static, ()> {
    loop {
        thread::sleep(GRACE);
        match SAVING.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            // A save runs. If it fails, the main thread again has its time to leave.
            Err(TryLockError::WouldBlock) => drop(lock_saving()),
        }
    }
}

fn lock_saving() -> MutexGuard<'static, ()> {
    SAVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Not through std's streams: a main thread stuck in a write holds their lock.
fn last_word(signal: Signal) {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let (to, text) = match JSON.load(Ordering::SeqCst) {
        true => (stdout.as_fd(), format!("{:#}\n", problem(signal).to_json())),
        false => (stderr.as_fd(), format!("{}\n", problem(signal))),
    };
    if terminal_mode::takes_output(to) {
        let _ = rustix::io::write(to, text.as_bytes());
    }
}
