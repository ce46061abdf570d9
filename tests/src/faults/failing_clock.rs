//! A clock that fails once on command: makes the real program panic at any point without a test hook in it.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::machine::home::Home;
use crate::program::launch::Program;

/// A preloaded library that replaces `clock_gettime`. Needs a C compiler, as the build of the program does.
#[derive(Debug)]
pub struct FailingClock {
    library: PathBuf,
    /// While this file exists, the next call fails.
    trigger: PathBuf,
}

impl FailingClock {
    #[must_use]
    pub fn new(home: &Home) -> Self {
        let library = home.beside("scripts/failing-clock.so");
        let mut cc = Command::new("cc")
            .args(["-shared", "-fPIC", "-x", "c", "-", "-o"])
            .arg(&library)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a C compiler");
        let mut source = cc.stdin.take().expect("the stdin of cc");
        source.write_all(include_bytes!("failing-clock.c")).expect("the source of the clock");
        drop(source);
        assert!(cc.wait().expect("the exit status of cc").success(), "cc should compile the clock");
        Self { library, trigger: home.beside("clock-fails") }
    }

    /// Preloads the clock into the program.
    #[must_use]
    pub fn preload<'h>(&self, program: Program<'h>) -> Program<'h> {
        program.env("LD_PRELOAD", &self.library).env("CLOCK_FAILS", &self.trigger)
    }

    /// Preloads the clock; only threads other than the main thread fail.
    #[must_use]
    pub fn preload_for_other_threads<'h>(&self, program: Program<'h>) -> Program<'h> {
        self.preload(program).env("CLOCK_FAILS_ELSEWHERE", "1")
    }

    /// Makes the next call fail.
    pub fn fail(&self) {
        fs::write(&self.trigger, "").expect("the trigger file");
    }

    /// Whether a call has failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.trigger.exists()
    }
}
