//! The dialogue of a provider with a person. Each line of the provider begins with its name.

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use reqwest::Url;

use super::{Cause, LoginSession, cancelled};
use crate::error::{Error, Exit, Suggestion};
use crate::session::pasted::{self, Pasted};
use crate::terminal::prompt::{self, Menu, Row};
use crate::text::{self, Label, Line, Name};

/// The number of lines that a provider may print, so that it cannot flood the terminal.
const MAX_LINES: u32 = 100;

/// A person cannot choose among more.
const MAX_ITEMS: usize = 1000;

impl LoginSession<'_> {
    /// Prints a text of the provider. Each line begins with its name.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.count_line()?;
        let name = self.entry.name();
        for line in text::folded(text, self.columns_left()) {
            self.terminal.say(&format!("{name}: {line}"));
        }
        Ok(())
    }

    fn count_line(&mut self) -> Result<(), Failure> {
        if self.lines_printed >= MAX_LINES {
            let name = self.entry.name();
            let message = format!("{name} may not print more than {MAX_LINES} lines.");
            return Err(Failure::new(FailureKind::Refused, message));
        }
        self.lines_printed += 1;
        Ok(())
    }

    /// Prints a text with a URL that the policy has permitted. The URL is not folded, so that it can be copied.
    pub(super) fn say_address(&mut self, text: &str, url: &Url) -> Result<(), Failure> {
        let line = format!("{text}  {url}");
        if text::width(&line) <= self.columns_left() {
            self.count_line()?;
            self.terminal.say_outside_link(&format!("{}: {line}", self.entry.name()), url.as_str());
            return Ok(());
        }
        self.say(text)?;
        self.terminal.say_outside_link(&format!("  {url}"), url.as_str());
        Ok(())
    }

    /// The columns that are left after the name. A line that the terminal folded itself would continue
    /// without the name, and could pass for a line of the host.
    fn columns_left(&self) -> usize {
        match self.terminal.stderr {
            true => self.terminal.columns().saturating_sub(text::width(self.entry.name()) + 5),
            false => usize::MAX,
        }
    }

    /// A question of the provider, on one line that begins with its name.
    pub(super) fn question(&self, prompt: &str) -> String {
        let lines = text::folded(&Line::new(prompt).to_string(), self.columns_left());
        let more = if lines.len() > 1 { "…" } else { "" };
        format!("{}: {}{more}", self.entry.name(), lines.first().map_or("", String::as_str))
    }

    /// Refuses the answer if it is the auth.json of another provider.
    pub(super) fn refuse_other_file(&self, answer: &Secret) -> Result<(), Failure> {
        match pasted::read(answer.expose()) {
            Pasted::File(file) if !self.entry.is_or_was_called(&file.provider) => {
                let (its, name) = (Name::new(&file.provider), self.entry.name());
                let message = format!("That was a token of {its}; it was not passed to {name}.");
                Err(Failure::new(FailureKind::Refused, message))
            }
            _ => Ok(()),
        }
    }

    /// Asks a question, and returns the answer.
    pub(super) fn ask_one(&mut self, prompt: &str, secret: bool) -> Result<Secret, Failure> {
        self.needs_terminal(prompt)?;
        let prompt = format!("{}: ", self.question(prompt));
        let answer =
            prompt::ask(&prompt, secret, Some(self.deadline), self.terminal).map(Secret::new);
        let answer = answer.map_err(|error| self.question_failure(&error))?;
        self.refuse_other_file(&answer)?;
        Ok(answer)
    }

    /// Asks for one of the items, and returns its index.
    pub(super) fn choose_one(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.needs_terminal(prompt)?;
        if items.is_empty() || items.len() > MAX_ITEMS {
            return Err(self.refused("A choice must have 1 to 1,000 items."));
        }
        let label = self.question(prompt);
        let row = |it: &String| Row { name: Line::new(it).to_string(), detail: None };
        let rows: Vec<Row> = items.iter().map(row).collect();
        let deadline = Some(self.deadline);
        let asks = Some(self.entry.name());
        let menu = Menu { asks, label: &label, rows: &rows, current: 0, above: None, deadline };
        let answer = prompt::select(&menu, self.terminal);
        answer.map_err(|error| self.question_failure(&error))
    }

    /// Says that what was pasted at the menu is not used, if it was not.
    pub fn ignore_menu_paste(&mut self) {
        if self.pasted.take().is_some() {
            let name = self.entry.name();
            self.terminal.say(&format!("{name} takes no pasted token. Ignored."));
        }
    }

    /// Without a terminal, suggests the settings that have no value: one of them may be the answer.
    fn needs_terminal(&mut self, prompt: &str) -> Result<(), Failure> {
        let Some(why) = self.terminal.no_prompt_reason() else { return Ok(()) };
        let name = self.entry.name();
        let question = Label::new(prompt).quoted();
        let message = format!("{name} needs to ask {question}, but {why}.");
        let failure = Failure::new(FailureKind::NeedsTerminal, message);
        match self.entry.correction(&self.entry.unset_settings()) {
            Some(command) => {
                let cause = Cause::Host(Suggestion::new("If a setting answers it", command));
                Err(self.with_cause(failure, cause))
            }
            None => Err(failure),
        }
    }

    /// The failure of a question without an answer: the login is over, or the person cancelled it.
    fn question_failure(&self, error: &Error) -> Failure {
        let cancelled = || match error.exit() {
            Exit::Interrupted | Exit::Terminated | Exit::Hangup => cancelled(),
            _ => Failure::internal(error.to_string()),
        };
        self.check_running().err().unwrap_or_else(cancelled)
    }
}
