//! A visit of the browser: its callback, and the wait for the answer or for pasted text.

use std::io;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::session::{CallbackKind, Query};
use mesheryctl_core::token::Token;
use mesheryctl_core::token::shape::not_a_token;
use reqwest::Url;

use super::LoginSession;
use super::pasted::{self, Pasted};
use crate::callback::Callback;
use crate::callback::kind::Kind;
use crate::net::url::authority;
use crate::platform::OtherUser;
use crate::platform::event::Source;
use crate::platform::signals::ScreenChanges;
use crate::process::signals;
use crate::providers::built_in_hosts;
use crate::terminal::countdown::Countdown;
use crate::terminal::paste::Paste;
use crate::text::Name;

/// Each callback receives one answer, and no flow needs more than a few.
const MAX_CALLBACKS: usize = 8;

/// The longest URL to visit, in bytes: an authorization request has fewer, and it may be printed.
const MAX_URL: usize = 8 * 1024;

impl LoginSession<'_> {
    /// Opens a callback, and returns the redirect address for the provider.
    pub(super) fn open_callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        if self.callbacks.len() + self.used.count() >= MAX_CALLBACKS {
            return Err(self.refused("Too many callbacks were requested."));
        }
        let Some(kind) = Kind::asked(kind) else {
            return Err(Failure::unsupported("This kind of callback"));
        };
        let reserved = self.reserved.take();
        if self.chosen_port.is_some() && reserved.is_none() {
            return Err(self.refused("A second callback cannot use the port of --callback-port."));
        }
        let callback = Callback::open(kind, self.entry.name(), reserved)
            .map_err(|error| self.named(cannot_listen(&error)))?;
        let address = callback.address();
        if let Some(url) = Url::parse(&address).ok().filter(|_| self.terminal.verbose) {
            self.terminal.detail(&format!("Listening on {} for the browser.", authority(&url)));
        }
        self.callbacks.push(callback);
        Ok(address)
    }

    /// Sends the browser to the URL and waits at the latest callback, which receives one answer.
    pub(super) fn visit_url(&mut self, url: &str) -> Result<Query, Failure> {
        let url = self.permit(url)?.url;
        if url.as_str().len() > MAX_URL {
            return Err(self.refused("The URL to visit is longer than 8 KiB."));
        }
        let mut callback = self
            .callbacks
            .pop()
            .ok_or_else(|| self.refused("A visit needs a new callback first."))?;
        let (launched, printed) = callback
            .set_destination(url.as_str())
            .map_err(|why| self.refused(&format!("The URL to visit was refused: {why}.")))?;
        if !self.is_answered_by_menu_paste(&mut callback) {
            self.show_destination((&launched, &printed), &url, callback.accepts_tokens())?;
        }
        let answer = self.wait(&mut callback);
        match callback.is_used() {
            true => self.used.add(callback),
            false => self.callbacks.push(callback),
        }
        answer
    }

    /// Gives the callback what was pasted at the menu. False if nothing was pasted, or if the callback refuses it.
    fn is_answered_by_menu_paste(&mut self, callback: &mut Callback) -> bool {
        let Some(text) = self.pasted.take() else { return false };
        match self.accept_pasted(callback, &pasted::read(text.expose())) {
            Ok(()) => true,
            Err(why) => {
                self.terminal.say(&format!("What you pasted {why}. Ignored."));
                false
            }
        }
    }

    /// Waits for the browser at the callback and for pasted text. The first answer counts.
    fn wait(&mut self, callback: &mut Callback) -> Result<Query, Failure> {
        // Before the question begins, so that a stop in between is noticed too.
        let changes = ScreenChanges::watch().ok();
        let mut paste = Paste::begin(self.terminal);
        let takes = paste.as_ref().map(|_| callback.accepts_tokens());
        let mut countdown = Countdown::begin(self.terminal, self.deadline, takes);
        loop {
            if let Some(whose) = callback.take_refused() {
                countdown.print_above(&refusal(whose, paste.is_some()));
            }
            if let Some(answer) = callback.take_answer() {
                let token = answer.get("token").and_then(|it| Token::parse(it).ok());
                return match token.and_then(|it| self.other_owner(&it)) {
                    Some(owner) => Err(self.refused(&token_of_another(&owner))),
                    None => Ok(answer),
                };
            }
            self.check_running()?;
            if let Some(message) = callback.take_message() {
                countdown.print_above(&format!("{message} Still waiting."));
            }
            if let Some(line) = paste.as_mut().and_then(Paste::line) {
                if let Err(why) = self.accept_pasted(callback, &pasted::read(line.expose())) {
                    paste.iter_mut().for_each(Paste::discard_rest);
                    countdown.print_above(&format!("That {why}. Ignored; still waiting."));
                }
                continue;
            }
            if changes.as_ref().is_some_and(ScreenChanges::take) {
                paste.iter().for_each(Paste::renew);
                countdown.renew();
            }
            let next = countdown.show().min(self.deadline);
            let typed = paste.as_ref().and_then(Paste::source);
            let changed = changes.as_ref().map(ScreenChanges::source);
            let others: Vec<Source<'_>> =
                signals::source().into_iter().chain(typed).chain(changed).collect();
            callback.pump(next, &others).map_err(|error| {
                Failure::internal(format!("Cannot wait for the browser: {error}."))
            })?;
        }
    }

    /// The built-in provider that issued this token, if this provider is a plugin. A site can send the browser on to another
    /// provider, where the person may be signed in, with the address of this callback.
    fn other_owner(&self, token: &Token) -> Option<String> {
        let issuer = token.issuer().filter(|_| !self.entry.is_built_in())?;
        built_in_hosts::owner_of_issuer(&issuer, &self.entry.configuration).map(|it| it.name)
    }

    /// Gives pasted text to the callback. An auth.json of another provider is refused, so that no provider
    /// receives the token of another.
    fn accept_pasted(&mut self, callback: &mut Callback, pasted: &Pasted) -> Result<(), String> {
        if let Pasted::File(file) = pasted {
            let (its, ours) = (Name::new(&file.provider), self.entry.name());
            if !self.entry.is_or_was_called(&file.provider) {
                return Err(format!("was a token of {its}, not of {ours}"));
            }
            if file.token.is_empty() {
                return Err("was an auth.json without a token".into());
            }
            if let Some(what) = not_a_token(file.token.expose()) {
                return Err(format!("was an auth.json whose \"token\" {what}"));
            }
        }
        match pasted {
            Pasted::Token(token) => callback.accept_token(token)?,
            Pasted::File(file) => callback.accept_token(&file.token)?,
            Pasted::Address(url) => return callback.accept_url(url).map_err(str::to_owned),
            Pasted::Wrong(why) => return Err(why.clone()),
        }
        self.token_was_pasted = true;
        Ok(())
    }
}

fn token_of_another(owner: &str) -> String {
    format!("The browser brought a token of {owner}, which this provider must not get.")
}

/// The line about a connection that was refused because it is not of this user.
fn refusal(whose: OtherUser, can_paste: bool) -> String {
    let paste = if can_paste { " paste its final URL here, or" } else { "" };
    format!(
        "Refused a connection of {whose}. If it is that of your browser,{paste} sign in with --device."
    )
}

fn cannot_listen(error: &io::Error) -> Failure {
    let message = format!("Cannot listen on this computer: {error}.");
    Failure::new(FailureKind::Unsupported, message)
}
