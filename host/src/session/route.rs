//! The route of a sign-in: decides from the options and `terminal/environment.rs` whether a browser is opened here, and
//! shows where to sign in.

use std::time::{Duration, Instant};

use mesheryctl_core::failure::{Failure, FailureKind};
use reqwest::Url;

use super::{Cause, LoginSession};
use crate::clock::rounded;
use crate::error::{Command, Suggestion};
use crate::net::url::authority;
use crate::session::browser;
use crate::terminal::environment::{self, Environment};
use crate::terminal::ssh;

/// The way in which the person reaches the provider, and its answer reaches this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// A browser that this program opens; its name in a message.
    Browser(&'static str),
    /// A browser that the person opens on this computer.
    ByHand,
    /// A browser on another computer, from which the chosen port is forwarded; why no browser can be opened here, a
    /// sentence, and the port.
    Forwarded(&'static str, u16),
    /// Another device, because of `--device`.
    Device,
    /// Another device, because no browser can be opened here; the reason, a sentence.
    OtherDevice(&'static str),
}

impl Route {
    /// Chooses the route; an option given by the person overrides the detected environment. A chosen port of the
    /// callback can be forwarded, except by a CI job, where there is no person.
    pub fn choose(no_browser: bool, device: bool, port: Option<u16>) -> Self {
        let port = port.filter(|_| !environment::is_ci());
        match (Environment::find(), no_browser, device) {
            (_, _, true) => Self::Device,
            (_, true, _) => Self::ByHand,
            (Environment::Browser(which), ..) => Self::Browser(which),
            (Environment::NoBrowser(why), ..) => match port {
                Some(port) => Self::Forwarded(why, port),
                None => Self::OtherDevice(why),
            },
        }
    }

    /// Whether the browser can reach the callback on this computer.
    pub fn receives_callback(self) -> bool {
        !matches!(self, Self::Device | Self::OtherDevice(_))
    }
}

impl LoginSession<'_> {
    /// Shows the person the URL to open, and opens it in a browser if the route has one.
    pub(super) fn show_destination(
        &mut self,
        (launched, printed): (&str, &str),
        provider: &Url,
        accepts_tokens: bool,
    ) -> Result<(), Failure> {
        match self.route {
            Route::ByHand => {
                self.show_link("Open this URL in a browser on this computer:", printed, provider);
            }
            Route::Browser(browser) => {
                browser::open(launched);
                let host = authority(provider);
                let heading = format!("Opening {host} in {browser}. If nothing opens, visit:");
                self.show_link(&heading, printed, provider);
            }
            Route::Forwarded(why, port) => {
                self.show_forwarding(&format!("{why} On your own computer,"), port);
                self.terminal.say("Then open this URL there, and sign in:");
                self.terminal.say_link(&format!("  {printed}"), printed);
            }
            Route::Device => {
                let why = "You asked to sign in on another device.";
                return self.ask_for_paste(why, provider, accepts_tokens);
            }
            Route::OtherDevice(why) => return self.ask_for_paste(why, provider, accepts_tokens),
        }
        Ok(())
    }

    /// Asks for the result to be pasted, because a browser on another computer cannot reach the callback.
    fn ask_for_paste(
        &mut self,
        why: &str,
        provider: &Url,
        accepts_tokens: bool,
    ) -> Result<(), Failure> {
        if let Some(reason) = self.terminal.no_prompt_reason() {
            return Err(self.cannot_paste(why, reason));
        }
        let ways = if accepts_tokens { "To finish, do one of these" } else { "To finish" };
        self.terminal.say(&format!("{why} {ways}:"));
        self.terminal.say(
            "  1. Open this URL on your own computer, sign in, then paste the final URL from your \
             address bar here (the browser may say that it cannot connect):",
        );
        self.terminal.say_outside_link(&format!("     {provider}"), provider.as_str());
        match self.entry.token_page().filter(|_| accepts_tokens) {
            Some(page) => {
                let line =
                    format!("  2. Create a token at {page} and paste it or its auth.json here.");
                self.terminal.say_link(&line, &page);
            }
            None if accepts_tokens => {
                self.terminal.say("  2. Paste a token or its auth.json here.");
            }
            None => {}
        }
        Ok(())
    }

    /// Shows how to forward the port of the callback; `whence` begins the line.
    fn show_forwarding(&self, whence: &str, port: u16) {
        match ssh::forwarding(port) {
            Some(command) => {
                self.terminal.say(&format!(
                    "{whence} run this first (with the name that you use for this computer, if it differs):"
                ));
                self.terminal.say(&format!("  {command}"));
            }
            None => self.terminal.say(&format!(
                "{whence} first forward port {port} to port {port} of localhost here."
            )),
        }
    }

    /// Shows the start link. In a remote session it shows the URL of the provider too, because the link does
    /// not work on the computer of the person unless the port is forwarded.
    fn show_link(&self, heading: &str, link: &str, provider: &Url) {
        self.terminal.say(heading);
        self.terminal.say_link(&format!("  {link}"), link);
        if let Some(port) = self.chosen_port.filter(|_| Environment::is_remote()) {
            self.show_forwarding("On another computer,", port);
        } else if Environment::is_remote() && self.terminal.can_prompt() {
            let heading = "On another computer, open this URL, sign in, then paste the final URL from your address bar:";
            self.terminal.say(heading);
            self.terminal.say_outside_link(&format!("  {provider}"), provider.as_str());
        }
    }

    fn cannot_paste(&mut self, why: &str, silence: &str) -> Failure {
        let why = match self.route {
            Route::OtherDevice(_) if self.terminal.is_ci() => why.to_owned(),
            _ => format!("{why} You would have to paste the result, but {silence}."),
        };
        let message = format!("{why} Set MESHERY_TOKEN or pass --with-token.");
        let login = Command::from("mesheryctl system login --provider").value(self.entry.id());
        let login = login.literal("--with-token < token.txt");
        let failure = Failure::new(FailureKind::NeedsTerminal, message);
        self.with_cause(failure, Cause::Host(Suggestion::new("With a token", login)))
    }

    /// Shows a code for another device. In a CI job it fails, unless `--device` was given.
    pub(super) fn show_device_code(
        &mut self,
        url: &Url,
        code: &str,
        expires_in: u64,
    ) -> Result<(), Failure> {
        if self.terminal.is_ci() && matches!(self.route, Route::OtherDevice(_)) {
            let name = self.entry.name();
            let message =
                format!("{name} needs a person to enter a code on another device, but this is CI.");
            let failure = Failure::new(FailureKind::NeedsTerminal, message);
            let again = self.entry.command().literal("--device");
            let cause = Cause::Host(Suggestion::new("Wait anyway", again));
            return Err(self.with_cause(failure, cause));
        }
        self.say_address("Sign in on any device:", url)?;
        self.say(&format!("Code: {code}     Enter it only if you started this login."))?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let time = rounded(left.min(Duration::from_secs(expires_in)));
        self.say(&format!("Enter it within {time}."))?;
        self.shows_code = true;
        Ok(())
    }
}
