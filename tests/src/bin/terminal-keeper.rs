//! Keeps a terminal as a login shell does: leads the session, runs one program in the foreground, says what became of it.
//!
//! Usage: `terminal-keeper TERMINAL PROGRAM [ARG…]`. A process of its own, because a program that leads its
//! session is treated in ways no person sees: Ctrl-Z cannot stop it, and when it ends the kernel hangs up
//! on the children it left behind, so that no test would find them.
//! On stdout: `started PID`, `stopped N`, `exited N`, `signalled N`, one line each. On stdin: `h` hangs up, as a
//! shell does whose window was closed; the end of input kills what still runs, and ends.

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

    // The gate stops itself, so that the program begins only when it owns the foreground.
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
    // From here on only the program holds it: when it lets go, the other side reads the end.
    drop(terminal);
    say(&format!("started {}", program.as_raw_nonzero()))?;
    kill_process_group(program, Signal::CONT)?;

    let orders = thread::spawn(move || obey(program));
    loop {
        let Some((_, status)) = waitpid(Some(program), WaitOptions::UNTRACED)? else {
            continue;
        };
        if let Some(code) = status.exit_status() {
            say(&format!("exited {code}"))?;
            break;
        }
        if let Some(signal) = status.terminating_signal() {
            say(&format!("signalled {signal}"))?;
            break;
        }
        if let Some(signal) = status.stopping_signal() {
            say(&format!("stopped {signal}"))?;
        }
    }
    let _ = orders.join();
    Ok(())
}

fn obey(program: Pid) {
    let mut order = [0];
    while io::stdin().read(&mut order).is_ok_and(|count| count == 1) {
        if order == *b"h" {
            let _ = kill_process_group(program, Signal::HUP);
            let _ = kill_process_group(program, Signal::CONT);
        }
    }
    let _ = kill_process_group(program, Signal::KILL);
    exit(0);
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
