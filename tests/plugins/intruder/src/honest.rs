//! Honest work: what any plugin may do and must be able to do in the sandbox.

use std::backtrace::Backtrace;
use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

// In a system library that the host itself does not load.
#[link(name = "m")]
unsafe extern "C" {
    fn lgamma(x: f64) -> f64;
}

pub fn work() -> String {
    let mut done = Vec::new();
    let (sender, receiver) = channel();
    let threads: Vec<_> = (0..8)
        .map(|index| {
            let sender = sender.clone();
            thread::Builder::new().name(format!("worker-{index}")).spawn(move || {
                let mut heap = vec![index; 4 << 20];
                heap.resize(8 << 20, index);
                thread::sleep(Duration::from_millis(1));
                sender.send(heap.iter().map(|it| *it as usize).sum::<usize>())
            })
        })
        .collect();
    drop(sender);
    let sum: usize = receiver.iter().sum();
    let joined = threads.into_iter().filter_map(Result::ok).filter_map(|it| it.join().ok()).count();
    if joined == 8 && sum == (0..8).sum::<usize>() * (8 << 20) {
        done.push("threads");
    }
    let started = Instant::now();
    thread::sleep(Duration::from_millis(2));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if started.elapsed() >= Duration::from_millis(2) && now.as_secs() > 1_700_000_000 {
        done.push("time");
    }
    // Its hashes are seeded with random bytes of the system.
    if HashMap::from([(1, 2)]).get(&1) == Some(&2) {
        done.push("random");
    }
    if catch_unwind(|| panic!("of its own")).is_err() {
        done.push("panic");
    }
    if Backtrace::force_capture().to_string().contains("honest::work") {
        done.push("backtrace");
    }
    if thread::available_parallelism().is_ok() {
        done.push("processors");
    }
    if unsafe { lgamma(done.len() as f64) }.is_finite() {
        done.push("mathematics");
    }
    done.join(" ")
}

/// Which thread runs the action, and whether the C library finds its stack while every signal is blocked, as Go's
/// runtime requires it to.
pub fn thread_of_the_action() -> String {
    let main = unsafe { libc::gettid() == libc::getpid() };
    let found = unsafe {
        let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        let found = libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        found
    };
    format!("{}, stack {found}", if main { "main" } else { "another" })
}
