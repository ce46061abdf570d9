//! Owns a terminal as a login shell does: leads the session, runs one program in the foreground, reports its state.
//!
//! Usage: `terminal-keeper TERMINAL PROGRAM [ARG…]`. It is a separate process because the kernel treats
//! a session leader differently: Ctrl-Z does not stop it, and when it ends, its children get SIGHUP, which
//! would hide orphans from the tests.
//! On stdout: `started PID`, `stopped N`, `exited N`, `signalled N`, one line each. On stdin: `h` sends SIGHUP, as
//! a shell does when its window is closed; the end of input kills the program and ends this process.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, exit};
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{
    Pid, Signal, WaitOptions, ioctl_tiocsctty, kill_process_group, setsid, waitpid,
};
use rustix::termios::tcsetpgrp;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let terminal = args.next().ok_or("which terminal?")?;
    setsid()?;
    let terminal = open(&terminal, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    ioctl_tiocsctty(&terminal)?;

    // The gate stops itself, so that the program starts only after it owns the foreground.
    let child = Command::new("/bin/sh")
        .args(["-c", "kill -STOP $$; exec \"$@\"", "gate"])
        .args(args)
        .stdin(terminal.try_clone()?)
        .stdout(terminal.try_clone()?)
        .stderr(terminal.try_clone()?)
        .process_group(0)
        .spawn()?;
    let program = Pid::from_child(&child);
    waitpid(Some(program), WaitOptions::UNTRACED)?;
    tcsetpgrp(&terminal, program)?;
    // Only the program holds the terminal now: when the program closes it, the master side reads end of file.
    drop(terminal);
    report(&format!("started {}", program.as_raw_nonzero()))?;
    kill_process_group(program, Signal::CONT)?;

    let commands = thread::spawn(move || run_commands(program));
    loop {
        let Some((_, status)) = waitpid(Some(program), WaitOptions::UNTRACED)? else {
            continue;
        };
        if let Some(code) = status.exit_status() {
            report(&format!("exited {code}"))?;
            break;
        }
        if let Some(signal) = status.terminating_signal() {
            report(&format!("signalled {signal}"))?;
            break;
        }
        if let Some(signal) = status.stopping_signal() {
            report(&format!("stopped {signal}"))?;
        }
    }
    let _ = commands.join();
    Ok(())
}

fn run_commands(program: Pid) {
    let mut command = [0];
    while io::stdin().read(&mut command).is_ok_and(|count| count == 1) {
        if command == *b"h" {
            let _ = kill_process_group(program, Signal::HUP);
            let _ = kill_process_group(program, Signal::CONT);
        }
    }
    let _ = kill_process_group(program, Signal::KILL);
    exit(0);
}

fn report(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
