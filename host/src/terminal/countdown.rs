//! [`Countdown`]: a line with the time left, redrawn each second and erased at the end.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::platform::{terminal, terminal_mode};
use crate::terminal::Terminal;

/// The time after which [`RESCUE`] is shown.
const RESCUE_DELAY: Duration = Duration::from_secs(20);

/// The hint for a browser that cannot reach the callback.
const RESCUE: &str =
    "Still waiting. If the browser cannot connect, paste the final URL from its address bar here.";

/// Erases the line, however many rows it has now.
const ERASE: &str = "\r\x1b[J";

pub struct Countdown<'a> {
    terminal: &'a Terminal,
    deadline: Instant,
    /// What the person can do meanwhile, a sentence.
    invitation: &'static str,
    /// When to show [`RESCUE`]; `None` once it was shown.
    rescue: Option<Instant>,
    /// The seconds that are shown, and the columns that the screen had then.
    shown: Option<(u64, usize)>,
}

impl<'a> Countdown<'a> {
    /// `takes_tokens` is whether a token can be pasted besides a URL; `None` if nothing can be pasted.
    pub fn begin(terminal: &'a Terminal, deadline: Instant, takes_tokens: Option<bool>) -> Self {
        let rescue = takes_tokens.map(|_| Instant::now() + RESCUE_DELAY);
        let invitation = match takes_tokens {
            Some(true) => "Paste a token or URL, or press Ctrl-C to cancel.",
            Some(false) => "Paste the final URL, or press Ctrl-C to cancel.",
            None => "Press Ctrl-C to cancel.",
        };
        Self { terminal, deadline, invitation, rescue, shown: None }
    }

    /// Shows the time left; returns when to call this again.
    pub fn show(&mut self) -> Instant {
        if self.rescue.take_if(|it| Instant::now() >= *it).is_some() {
            self.print_above(RESCUE);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        // Rounded up, so that the first line shows the full time.
        let seconds = left.as_millis().div_ceil(1000) as u64;
        let columns = self.terminal.columns();
        if self.shown != Some((seconds, columns)) {
            match (self.redraws(), self.shown) {
                (true, _) => self.draw(seconds, columns),
                (false, None) => self.terminal.say(&line(seconds, self.invitation, usize::MAX)),
                (false, Some(_)) => {}
            }
            self.shown = Some((seconds, columns));
        }
        let next = self.deadline - Duration::from_secs(seconds.saturating_sub(1));
        self.rescue.map_or(next, |rescue| rescue.min(next))
    }

    /// Makes [`Countdown::show`] draw again, after the shell used the screen.
    pub fn renew(&mut self) {
        self.shown = self.shown.filter(|_| !self.redraws());
    }

    /// Prints another line above this one.
    pub fn print_above(&mut self, line: &str) {
        self.erase();
        self.terminal.say(line);
        self.shown = self.shown.filter(|_| !self.redraws());
    }

    /// Whether the line is redrawn: not in the background, where it would overwrite input for the shell.
    fn redraws(&self) -> bool {
        self.terminal.stderr && self.terminal.can_move_cursor && terminal::in_foreground()
    }

    /// Leaves the cursor at the start of the line: a terminal that rewraps it when it gets narrower keeps the cursor
    /// there, so that everything from the cursor on is this line.
    fn draw(&self, seconds: u64, columns: usize) {
        let line = line(seconds, self.invitation, columns.saturating_sub(1));
        let drawn = format!("{ERASE}{line}\r");
        let _ = terminal_mode::draw(|| io::stderr().write_all(drawn.as_bytes()));
    }

    fn erase(&self) {
        if self.redraws() && self.shown.is_some() {
            let _ = io::stderr().write_all(ERASE.as_bytes());
        }
    }
}

impl Drop for Countdown<'_> {
    fn drop(&mut self) {
        self.erase();
    }
}

/// The line in the longest form that fits the screen: a line that wraps could not be erased.
fn line(seconds: u64, invitation: &str, columns: usize) -> String {
    let time = format!("({}:{:02})", seconds / 60, seconds % 60);
    let forms = [
        format!("Waiting for sign-in {time}. {invitation}"),
        format!("Waiting {time}. Ctrl-C to cancel."),
        format!("Waiting {time}."),
    ];
    forms.into_iter().find(|it| it.len() <= columns).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn the_countdown_has_the_longest_form_that_fits_the_screen() {
        let invitation = "Paste a token or URL, or press Ctrl-C to cancel.";
        for (columns, shown) in [
            (79, "Waiting for sign-in (4:59). Paste a token or URL, or press Ctrl-C to cancel."),
            (39, "Waiting (4:59). Ctrl-C to cancel."),
            (20, "Waiting (4:59)."),
            (9, ""),
        ] {
            assert_eq!(line(299, invitation, columns), shown);
        }
        assert!(line(24 * 3600, invitation, 79).ends_with("press Ctrl-C to cancel."));
    }
}
