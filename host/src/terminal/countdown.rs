//! The line that says what is waited for and how long, redrawn each second and erased at the end.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::platform::{terminal, terminal_mode};
use crate::terminal::Terminal;

/// After which a person may need another way.
const SILENCE: Duration = Duration::from_secs(20);

const RESCUE: &str = "Nothing yet. If the browser says it cannot connect, copy the address it ended on and paste it here.";

pub struct Countdown<'a> {
    terminal: &'a Terminal,
    deadline: Instant,
    /// What follows the words on Ctrl-C.
    invitation: &'static str,
    /// When silence gets one more line, once.
    rescue: Option<Instant>,
    shown: Option<u64>,
}

impl<'a> Countdown<'a> {
    /// `takes_tokens` says what can be pasted; None where nothing can.
    pub fn begin(terminal: &'a Terminal, deadline: Instant, takes_tokens: Option<bool>) -> Self {
        let rescue = takes_tokens.map(|_| Instant::now() + SILENCE);
        let invitation = match takes_tokens {
            Some(true) => "; or paste a token, then Enter.",
            Some(false) => "; or paste the address it ends on.",
            None => ".",
        };
        Self { terminal, deadline, invitation, rescue, shown: None }
    }

    /// Shows the time that is left, and says when it will be another.
    pub fn show(&mut self) -> Instant {
        if self.rescue.take_if(|it| Instant::now() >= *it).is_some() {
            self.interrupt_with(RESCUE);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        // 4:59.3 is shown as 5:00, so that the first line says the whole time.
        let seconds = left.as_millis().div_ceil(1000) as u64;
        if self.shown != Some(seconds) {
            let rest = self.invitation;
            let (minutes, seconds_) = (seconds / 60, seconds % 60);
            let line =
                format!("Waiting for sign-in ({minutes}:{seconds_:02} left). Ctrl-C cancels{rest}");
            match (self.redraws(), self.shown) {
                (true, _) => self.draw(&line),
                (false, None) => self.terminal.say(&line),
                (false, Some(_)) => {}
            }
            self.shown = Some(seconds);
        }
        let next = self.deadline - Duration::from_secs(seconds.saturating_sub(1));
        self.rescue.map_or(next, |rescue| rescue.min(next))
    }

    /// Puts another line above this one.
    pub fn interrupt_with(&mut self, line: &str) {
        self.erase();
        self.terminal.say(line);
        self.shown = self.shown.filter(|_| !self.redraws());
    }

    /// Not in the background, where it would draw over what is typed for the shell.
    fn redraws(&self) -> bool {
        self.terminal.stderr && self.terminal.moves && terminal::in_foreground()
    }

    fn draw(&self, line: &str) {
        // Cut to the screen: a line that wraps could not be erased.
        let columns = self.terminal.columns().saturating_sub(1);
        let line: String = line.chars().take(columns).collect();
        let drawn = format!("\r\x1b[2K{line}");
        let _ = terminal_mode::draw(|| io::stderr().write_all(drawn.as_bytes()));
    }

    fn erase(&self) {
        if self.redraws() && self.shown.is_some() {
            let _ = io::stderr().write_all(b"\r\x1b[2K");
        }
    }
}

impl Drop for Countdown<'_> {
    fn drop(&mut self) {
        self.erase();
    }
}
