//! Faults of any program: crashes, exits and hangs.

use std::hint::black_box;
use std::io::Write;
use std::thread;

use crate::fault::PluginFault;
use crate::system;

/// Runs the fault; returns only if it is of another kind.
pub fn run(fault: PluginFault) {
    match fault {
        PluginFault::Panic => panic!("this was asked for"),
        PluginFault::PanicWithoutWords => std::panic::panic_any(7),
        PluginFault::Abort => std::process::abort(),
        PluginFault::Segfault => system::write_to_address_zero(),
        PluginFault::StackOverflow => drop(black_box(recurse(0))),
        PluginFault::ExitZero => std::process::exit(0),
        PluginFault::ExitFortyTwo => std::process::exit(42),
        PluginFault::StopsItself => system::stop_itself(),
        PluginFault::EndlessLoop => loop {
            black_box(0);
        },
        PluginFault::Sleep | PluginFault::Silence => wait(),
        PluginFault::ThreadStorm => {
            // Bounded for machines without a sandbox.
            for _ in 0..500 {
                drop(thread::Builder::new().stack_size(64 * 1024).spawn(wait));
            }
            wait();
        }
        PluginFault::GarbageOnStandardError => {
            let _ = std::io::stderr().write_all(b"\x1b[2J\x1b]0;title\x07Password:\n");
            std::process::exit(3);
        }
        _ => {}
    }
}

/// Never returns.
pub fn wait() {
    loop {
        thread::park();
    }
}

#[allow(unconditional_recursion, reason = "the fault is a stack overflow")]
fn recurse(depth: u64) -> u64 {
    black_box([depth; 64]);
    recurse(depth + 1) + 1
}
