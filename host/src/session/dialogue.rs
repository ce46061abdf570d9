//! Talk: what a provider says to a person and hears back, always behind its name.

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use reqwest::Url;
use unicode_width::UnicodeWidthStr;

use super::Console;
use crate::session::pasted::{self, Pasted};
use crate::text::{self, Address, Name};

/// How many lines a provider may put on the terminal by itself.
const MOST_TOLD: u32 = 100;

impl Console<'_> {
    /// One line of the provider, behind its name. So many that nobody reads them are a flood.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        let name = self.entry.name();
        if self.told >= MOST_TOLD {
            let message = format!("{name} may not print more than {MOST_TOLD} lines.");
            return Err(Failure::new(FailureKind::Refused, message));
        }
        self.told += 1;
        for line in text::folded(text, self.room()) {
            self.terminal.say(&format!("{name}: {line}"));
        }
        Ok(())
    }

    /// The same for a URL that the host has permitted, which is never broken: it must be copied or read.
    pub(super) fn say_address(&mut self, text: &str, url: &Url) -> Result<(), Failure> {
        let line = format!("{text}  {url}");
        if line.width() <= self.room() {
            return self.say(&line);
        }
        self.say(text)?;
        self.terminal.say(&format!("  {url}"));
        Ok(())
    }

    /// The columns behind the name and before an answer. A line that the screen breaks goes on without
    /// the name, and could begin with anything.
    fn room(&self) -> usize {
        match self.terminal.stderr {
            true => self.terminal.columns().saturating_sub(self.entry.name().width() + 5),
            false => usize::MAX,
        }
    }

    /// A question of the provider, on one line behind its name.
    pub(super) fn question(&self, prompt: &str) -> String {
        let lines = text::folded(&Address::new(prompt).to_string(), self.room());
        let more = if lines.len() > 1 { "…" } else { "" };
        format!("{}: {}{more}", self.entry.name(), lines.first().map_or("", String::as_str))
    }

    /// A question is no way to the auth.json of another provider either.
    pub(super) fn keep_from_others(&self, answer: &Secret) -> Result<(), Failure> {
        match pasted::read(answer.expose()) {
            Pasted::File(file) if !self.entry.owns(&file.provider) => {
                let (its, name) = (Name::new(&file.provider), self.entry.name());
                let message = format!("That was a token of {its}; it was not passed to {name}.");
                Err(Failure::new(FailureKind::Refused, message))
            }
            _ => Ok(()),
        }
    }
}
