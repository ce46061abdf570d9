//! A clock that fails once, when told: the one way to make the real program panic, anywhere, without a back door in it.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::machine::home::Home;
use crate::program::launch::Program;

/// Stands between the program and the system's clock. Needs a C compiler, as building the program does.
#[derive(Debug)]
pub struct FailingClock {
    library: PathBuf,
    order: PathBuf,
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
        let mut source = cc.stdin.take().expect("its stdin");
        source.write_all(include_bytes!("failing-clock.c")).expect("the source");
        drop(source);
        assert!(cc.wait().expect("the compiler ends").success(), "cc should make the clock");
        Self { library, order: home.beside("clock-fails") }
    }

    /// Gives the program this clock.
    #[must_use]
    pub fn preload<'h>(&self, program: Program<'h>) -> Program<'h> {
        program.env("LD_PRELOAD", &self.library).env("CLOCK_FAILS", &self.order)
    }

    /// Gives it to every thread but the main one.
    #[must_use]
    pub fn preload_for_other_threads<'h>(&self, program: Program<'h>) -> Program<'h> {
        self.preload(program).env("CLOCK_FAILS_ELSEWHERE", "1")
    }

    /// The next look at the clock fails.
    pub fn fail(&self) {
        fs::write(&self.order, "").expect("the order");
    }

    /// Whether it did.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !self.order.exists()
    }
}
