//! Guidance: how a person gets to the provider and the answer back: by a browser, another computer, or a code.

use std::time::Duration;

use mesheryctl_core::failure::{Failure, FailureKind};
use reqwest::Url;

use super::{Cause, Console};
use crate::clock::in_words;
use crate::error::{Command, Suggestion};
use crate::session::browser;
use crate::terminal::environment::{Environment, Route};

impl Console<'_> {
    /// Tells the person where to go, and opens it where that can be.
    pub(super) fn invite(
        &mut self,
        (launched, printed): (&str, &str),
        provider: &Url,
        takes_tokens: bool,
    ) -> Result<(), Failure> {
        match self.route {
            Route::ByHand => {
                self.show_link("Open this in a browser on this computer:", printed, provider);
            }
            Route::Browser(browser) => {
                browser::open(launched);
                let heading = format!("Opening {browser}. If nothing opens, visit:");
                self.show_link(&heading, printed, provider);
            }
            Route::Device => {
                let why = "You asked to sign in on another device.";
                return self.send_elsewhere(why, provider, takes_tokens);
            }
            Route::Elsewhere(why) => return self.send_elsewhere(why, provider, takes_tokens),
        }
        Ok(())
    }

    /// The browser of another computer cannot come back here: what it ends on is pasted.
    fn send_elsewhere(
        &mut self,
        why: &str,
        provider: &Url,
        takes_tokens: bool,
    ) -> Result<(), Failure> {
        if let Some(silence) = self.terminal.silence() {
            return Err(self.nobody_here(why, silence));
        }
        let ways = if takes_tokens { "Two ways to finish" } else { "To finish" };
        self.terminal.say(&format!("{why} {ways}:"));
        self.terminal.say("  1. Open this on your own computer, sign in, and paste here the address your browser ends on");
        self.terminal.say("     (it will say it cannot connect):");
        self.terminal.say(&format!("     {provider}"));
        match self.entry.token_page().filter(|_| takes_tokens) {
            Some(page) => {
                self.terminal.say(&format!("  2. Or create a token at {page}"));
                self.terminal.say("     and paste it, or its auth.json, here.");
            }
            None if takes_tokens => {
                self.terminal.say("  2. Or paste a token, or its auth.json, here.");
            }
            None => {}
        }
        Ok(())
    }

    /// The link leads nowhere on another computer, where a person may sit although a browser was named
    /// here, or none was wanted.
    fn show_link(&self, heading: &str, link: &str, provider: &Url) {
        self.terminal.say(heading);
        self.terminal.say(&format!("  {link}"));
        if Environment::is_far() && self.terminal.can_prompt() {
            let heading = "On another computer, open this, and paste here the address it ends on:";
            self.terminal.say(heading);
            self.terminal.say(&format!("  {provider}"));
        }
    }

    fn nobody_here(&mut self, why: &str, silence: &str) -> Failure {
        let name = self.entry.name();
        let message = format!(
            "{name} signs you in by a browser. {why} And nobody can paste here: {silence}."
        );
        let login = Command::from("mesheryctl system login --provider").value(self.entry.id());
        let login = login.literal("--with-token < token.txt");
        let failure = Failure::new(FailureKind::NeedsTerminal, message);
        self.answer(failure, Cause::Host(Suggestion::new("With a token", login)))
    }

    /// A code for another device. In a CI job nobody would enter it, unless somebody asked for one.
    pub(super) fn guide_to_device(
        &mut self,
        url: &Url,
        code: &str,
        expires_in: u64,
    ) -> Result<(), Failure> {
        if self.terminal.is_ci() && matches!(self.route, Route::Elsewhere(_)) {
            let name = self.entry.name();
            let message =
                format!("{name} shows a code to enter on another device, and this is CI.");
            let failure = Failure::new(FailureKind::NeedsTerminal, message);
            let again = self.entry.command().literal("--device");
            let cause = Cause::Host(Suggestion::new("If somebody is there", again));
            return Err(self.answer(failure, cause));
        }
        self.say(&format!("Sign in on any device:  {url}"))?;
        self.say(&format!("Code: {code}     Enter it only if you started this login."))?;
        let minutes = expires_in / 60;
        if (1..=60).contains(&minutes) {
            let time = in_words(Duration::from_secs(minutes * 60));
            self.say(&format!("The code holds for {time}."))?;
        }
        self.elsewhere = self.terminal.stderr && self.terminal.moves;
        Ok(())
    }
}
