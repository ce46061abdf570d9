//! SIGINT, SIGTERM and SIGHUP: the main thread ends the command; if it does not in time, the watcher thread ends the
//! process.

use std::io::{self, PipeReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use crate::error::{Code, Error};
use crate::platform::event::{self, Source};
pub use crate::platform::signals::Signal;
use crate::platform::{signals, terminal, terminal_mode};
use crate::process::suspend;

/// How long the watcher waits for the main thread to run destructors, report the cancellation and exit.
const GRACE_PERIOD: Duration = Duration::from_millis(100);

/// How long the watcher waits for a main thread that is already writing its report.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// In the order of precedence: dialoguer's reader raises SIGINT after any other signal that interrupts it.
const ALL: [Signal; 3] = [Signal::Terminate, Signal::Hangup, Signal::Interrupt];

fn code_of(signal: Signal) -> Code {
    match signal {
        Signal::Interrupt => Code::Interrupted,
        Signal::Terminate => Code::Terminated,
        Signal::Hangup => Code::HangUp,
    }
}

/// The state that the signal handlers, the watcher thread and the main thread share. A static, because a signal is
/// sent to the process, and its handler gets no argument.
static STATE: State = State {
    watch: OnceLock::new(),
    first: OnceLock::new(),
    saving: Mutex::new(()),
    is_saving: AtomicBool::new(false),
    saved: AtomicBool::new(false),
    resumed: Condvar::new(),
    has_saved: AtomicBool::new(false),
    report_claimed: AtomicBool::new(false),
    before_exit: OnceLock::new(),
    json: AtomicBool::new(false),
};

struct State {
    watch: OnceLock<Watch>,
    /// The first signal that came.
    first: OnceLock<Signal>,
    /// Locked during a save.
    saving: Mutex<()>,
    /// Whether a save runs. Then signals do not count.
    is_saving: AtomicBool,
    /// Whether a save has succeeded, and nothing was begun since. Then signals do not count.
    saved: AtomicBool,
    /// Notified when signals count again.
    resumed: Condvar,
    /// Whether something was saved before the command resumed.
    has_saved: AtomicBool,
    report_claimed: AtomicBool,
    before_exit: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Whether the watcher reports as JSON.
    json: AtomicBool,
}

struct Watch {
    /// Never read from, so that it stays ready for every waiter.
    pipe_reader: PipeReader,
    flags: [(Signal, Arc<AtomicBool>); 3],
}

/// Makes the watcher report a cancellation as one JSON object on standard output.
pub fn report_as_json() {
    STATE.json.store(true, Ordering::SeqCst);
}

/// Runs `hook` when a signal ends the process, before it exits. Only the first hook is registered.
pub fn before_exit(hook: impl Fn() + Send + Sync + 'static) {
    STATE.before_exit.get_or_init(|| Box::new(hook));
}

/// Starts to catch the three signals and Ctrl-Z. Call it on the main thread; a second call does nothing.
pub fn watch() -> io::Result<()> {
    if STATE.watch.get().is_some() {
        return Ok(());
    }
    let (pipe_reader, pipe) = io::pipe()?;
    let flags = ALL.map(|signal| (signal, Arc::new(AtomicBool::new(false))));
    let watch = STATE.watch.get_or_init(|| Watch { pipe_reader, flags });
    // Before the handlers, so that every caught signal is handled.
    thread::Builder::new().name("signals".into()).spawn(end_on_signal)?;
    for (signal, flag) in &watch.flags {
        signals::catch(*signal, flag, &pipe)?;
    }
    suspend::watch()
}

/// The first signal that came, if any counts now; later ones are ignored.
pub fn pending() -> Option<Signal> {
    if !count() {
        return None;
    }
    match STATE.first.get() {
        Some(first) => Some(*first),
        None => first(STATE.watch.get()?),
    }
}

fn first(watch: &Watch) -> Option<Signal> {
    if let Some(first) = STATE.first.get() {
        return Some(*first);
    }
    let (signal, _) = watch.flags.iter().find(|(_, flag)| flag.load(Ordering::SeqCst))?;
    Some(*STATE.first.get_or_init(|| *signal))
}

/// Records a hangup when the terminal was closed, since its signal may come later or never; returns the first signal.
pub fn hang_up() -> Signal {
    *STATE.first.get_or_init(|| Signal::Hangup)
}

/// A source that is ready once a signal came, and stays ready.
pub fn source() -> Option<Source<'static>> {
    // After the save it would stay ready for a signal that is ignored, and every wait would return at once.
    if !count() {
        return None;
    }
    STATE.watch.get().map(|watch| event::readable(&watch.pipe_reader))
}

/// Whether signals count now.
fn count() -> bool {
    !STATE.is_saving.load(Ordering::SeqCst) && !STATE.saved.load(Ordering::SeqCst)
}

/// Runs a save without interruption by a signal. If it returns `Ok`, the command is complete unless it calls [`resume`], and
/// signals that came meanwhile or come later do not count. If it fails, the command can be cancelled as before. A save
/// within a save is part of it.
pub fn uninterrupted<T, E>(save: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    if STATE.is_saving.load(Ordering::SeqCst) {
        // Part of a longer save: only the main thread saves.
        return save();
    }
    let _saving = lock_saving();
    STATE.is_saving.store(true, Ordering::SeqCst);
    let outcome = save();
    if outcome.is_ok() {
        STATE.saved.store(true, Ordering::SeqCst);
    }
    STATE.is_saving.store(false, Ordering::SeqCst);
    outcome
}

/// Runs this without interruption by a signal. Signals that came meanwhile count after it. Within a save, or within itself, it
/// is part of that.
pub fn deferred<T>(run: impl FnOnce() -> T) -> T {
    if STATE.is_saving.load(Ordering::SeqCst) {
        return run();
    }
    let _saving = lock_saving();
    STATE.is_saving.store(true, Ordering::SeqCst);
    let outcome = run();
    STATE.is_saving.store(false, Ordering::SeqCst);
    outcome
}

/// Runs this, which ends soon after a signal: the watcher waits for it, so that the command can report what it has. Signals
/// count. It must not contain a save.
pub fn awaited<T>(run: impl FnOnce() -> T) -> T {
    let _awaited = lock_saving();
    run()
}

/// Notes that something was saved, so that a command that is cancelled after that does not say that nothing was changed.
pub fn note_saved() {
    STATE.has_saved.store(true, Ordering::SeqCst);
}

/// Lets signals count again after a save that was not the last one of the command, also those that came meanwhile.
pub fn resume() {
    let _saving = lock_saving();
    if STATE.saved.swap(false, Ordering::SeqCst) {
        STATE.has_saved.store(true, Ordering::SeqCst);
    }
    STATE.resumed.notify_all();
}

/// True for the first caller only, which then reports how the command ended.
pub fn claim_report() -> bool {
    !STATE.report_claimed.swap(true, Ordering::SeqCst)
}

/// The error of a command that a signal cancelled.
pub fn error(signal: Signal) -> Error {
    let error = Error::new(code_of(signal), "Cancelled.");
    if STATE.has_saved.load(Ordering::SeqCst) { error } else { error.nothing_changed() }
}

fn end_on_signal() {
    let Some(watch) = STATE.watch.get() else { return };
    let signal = first_signal(watch);
    let mut saving = wait_for_main_thread();
    while STATE.saved.load(Ordering::SeqCst) {
        // A command that is complete exits meanwhile; one that resumes gets the grace period again.
        drop(STATE.resumed.wait(saving).unwrap_or_else(PoisonError::into_inner));
        saving = wait_for_main_thread();
    }
    terminal_mode::restore();
    if claim_report() {
        report(signal);
    } else {
        thread::sleep(REPORT_TIMEOUT);
    }
    if let Some(hook) = STATE.before_exit.get() {
        hook();
    }
    std::process::exit(code_of(signal).exit() as i32);
}

/// Waits for a signal, whether or not it counts now.
fn first_signal(watch: &Watch) -> Signal {
    loop {
        let waited = event::wait(&[event::readable(&watch.pipe_reader)], None);
        if let Some(signal) = first(watch) {
            return signal;
        }
        if waited.is_err() {
            // Another signal, or out of memory: do not loop without a pause.
            thread::sleep(GRACE_PERIOD);
        }
    }
}

fn wait_for_main_thread() -> MutexGuard<'static, ()> {
    loop {
        thread::sleep(GRACE_PERIOD);
        match STATE.saving.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            // A save is running. If it fails, the main thread gets the grace period again.
            Err(TryLockError::WouldBlock) => drop(lock_saving()),
        }
    }
}

fn lock_saving() -> MutexGuard<'static, ()> {
    STATE.saving.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the report without std's streams, whose lock a blocked main thread may hold.
fn report(signal: Signal) {
    match STATE.json.load(Ordering::SeqCst) {
        true => {
            let text = format!("{:#}\n", error(signal).to_json());
            terminal::write_without_waiting(&io::stdout(), &text);
        }
        false => terminal::write_without_waiting(&io::stderr(), &format!("{}\n", error(signal))),
    }
}
