//! The console: the Session of a person at a terminal. It keeps the rules and opens the doors.

mod browser;
mod dialogue;
pub mod pasted;
mod route;

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};
use reqwest::{Method, Url};

use self::pasted::Pasted;
use crate::callback::shutdown::UsedCallbacks;
use crate::callback::{Callback, Outcome};
use crate::clock::{in_words, unix_now};
use crate::error::{Error, Exit, Suggestion};
use crate::net::url::authority;
use crate::net::{Http, HttpError, Outgoing};
use crate::platform::event::Source;
use crate::process::signals;
use crate::providers::entry::ReadyEntry;
use crate::providers::policy;
use crate::terminal::Terminal;
use crate::terminal::countdown::Countdown;
use crate::terminal::environment::Route;
use crate::terminal::paste::Paste;
use crate::terminal::prompt::{self, Menu, Row};
use crate::text::{Address, Name};

/// For one request of a provider.
const FETCH: Duration = Duration::from_secs(10);
/// The longest address that is shown to be typed on another device.
const LONGEST_URL: usize = 500;
/// More is no choice for a person.
const MOST_ITEMS: usize = 1000;
/// One is for one answer; no flow needs more than a few.
const MOST_CALLBACKS: usize = 8;

/// What the host knows of a failure beyond what the provider is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A peer could not be reached; what mends that, where it is known.
    Network(Option<Suggestion>),
    /// The host refused; what to type to allow it, or in its place.
    Host(Suggestion),
}

/// One login: who acts, by when it must be over, and the doors it has opened.
pub struct Console<'a> {
    entry: &'a ReadyEntry,
    terminal: &'a Terminal,
    http: &'a Http,
    route: Route,
    timeout: Duration,
    deadline: Instant,
    callbacks: Vec<Callback>,
    used: UsedCallbacks,
    /// The last failure that the host itself answered with, and what it knows of its cause.
    answered: Option<(Failure, Cause)>,
    told: u32,
    /// A code was shown: where each second counts, the time that is left is shown too.
    elsewhere: bool,
}

impl<'a> Console<'a> {
    pub fn new(
        entry: &'a ReadyEntry,
        terminal: &'a Terminal,
        http: &'a Http,
        route: Route,
        timeout: Duration,
    ) -> Self {
        // A signal that ends the process while the provider is asked must tell the browser's tab too.
        let used = UsedCallbacks::default();
        let on_exit = used.clone();
        signals::before_exit(move || on_exit.shut_down(Outcome::Failed));
        let deadline = Instant::now() + timeout;
        Self {
            entry,
            terminal,
            http,
            route,
            timeout,
            deadline,
            callbacks: Vec::new(),
            used,
            told: 0,
            elsewhere: false,
            answered: None,
        }
    }

    /// The cause of a failure that a provider passed on as it came. A plugin can only pass it on: it
    /// has no say in what a person is told to type.
    pub fn cause_of(&self, failure: &Failure) -> Option<&Cause> {
        let (answered, cause) = self.answered.as_ref()?;
        (answered == failure).then_some(cause)
    }

    fn answer(&mut self, failure: Failure, cause: Cause) -> Failure {
        self.answered = Some((failure.clone(), cause));
        failure
    }

    /// What was refused was refused to this provider.
    fn named(&self, failure: Failure) -> Failure {
        let name = self.entry.name();
        if failure.message.contains(name) {
            return failure;
        }
        Failure { message: format!("{name}: {}", failure.message), ..failure }
    }

    /// A request of the provider that it may not make.
    fn refused(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Refused, format!("{}: {why}", self.entry.name()))
    }

    fn permit(&mut self, url: &str) -> Result<Url, Failure> {
        policy::permit(self.entry, url).map_err(|refusal| match refusal.suggestion {
            Some(suggestion) => self.answer(refusal.failure, Cause::Host(suggestion)),
            None => self.named(refusal.failure),
        })
    }

    /// Tells a waiting browser how the login ended, and closes every door.
    pub fn close(self, outcome: Outcome) {
        self.used.shut_down(outcome);
    }

    /// Every ask begins with it: a login that is over asks nothing more.
    fn go_on(&self) -> Result<(), Failure> {
        if signals::pending().is_some() {
            return Err(cancelled());
        }
        if Instant::now() >= self.deadline {
            return Err(Failure::new(
                FailureKind::TimedOut,
                format!("Timed out after {}.", in_words(self.timeout)),
            ));
        }
        Ok(())
    }

    /// For a browser that comes to the callback, or a person who pastes: the first answer wins.
    fn wait(&self, callback: &mut Callback) -> Result<Query, Failure> {
        let mut paste = Paste::begin(self.terminal);
        let takes = paste.as_ref().map(|_| callback.accepts_tokens());
        let mut countdown = Countdown::begin(self.terminal, self.deadline, takes);
        loop {
            if let Some(answer) = callback.take_answer() {
                return Ok(answer);
            }
            self.go_on()?;
            if let Some(message) = callback.take_message() {
                countdown.interrupt_with(message);
            }
            if let Some(line) = paste.as_mut().and_then(Paste::line) {
                if let Err(why) = self.take(callback, &pasted::read(line.expose())) {
                    paste.iter_mut().for_each(Paste::forget_the_rest);
                    countdown.interrupt_with(&format!("That {why}. Ignored; still waiting."));
                }
                continue;
            }
            paste.iter().for_each(Paste::renew);
            let next = countdown.show().min(self.deadline);
            let typed = paste.as_ref().and_then(Paste::source);
            let others: Vec<Source<'_>> = signals::source().into_iter().chain(typed).collect();
            callback.pump(next, &others).map_err(|error| {
                Failure::internal(format!("Cannot wait for the browser: {error}."))
            })?;
        }
    }

    /// A whole auth.json must be one of this provider; no other's is ever passed on.
    fn take(&self, callback: &mut Callback, pasted: &Pasted) -> Result<(), String> {
        if let Pasted::File(file) = pasted {
            let (its, ours) = (Name::new(&file.provider), self.entry.name());
            if !self.entry.owns(&file.provider) {
                return Err(format!("was a token of {its}, not of {ours}"));
            }
            if file.token.is_empty() {
                return Err("was an auth.json without a token".into());
            }
        }
        match pasted {
            Pasted::Token(token) => callback.accept_token(token).map_err(str::to_owned),
            Pasted::File(file) => callback.accept_token(&file.token).map_err(str::to_owned),
            Pasted::Address(url) => callback.accept_url(url).map_err(str::to_owned),
            Pasted::Wrong(why) => Err(why.clone()),
        }
    }

    fn needs_terminal(&self) -> Result<(), Failure> {
        let Some(why) = self.terminal.silence() else { return Ok(()) };
        let name = self.entry.name();
        let message = format!("{name} needs to ask a question, and {why}.");
        Err(Failure::new(FailureKind::NeedsTerminal, message))
    }

    /// Why a question has no answer: the login is over, or the person ended it here.
    fn unanswered(&self, error: &Error) -> Failure {
        let cancelled = || match error.exit() {
            Exit::Interrupted | Exit::Terminated | Exit::Hangup => cancelled(),
            _ => Failure::internal(error.to_string()),
        };
        self.go_on().err().unwrap_or_else(cancelled)
    }

    fn not_reached(&mut self, url: &Url, error: &HttpError) -> Failure {
        let kind = match error {
            HttpError::TooLarge => FailureKind::InvalidAnswer,
            HttpError::NotSecure | HttpError::LinkLocal => FailureKind::Refused,
            it if it.is_timeout() => FailureKind::TimedOut,
            _ => FailureKind::Unreachable,
        };
        let peer = authority(url);
        let message = format!("Cannot reach {}: {peer} {error}.", self.entry.name());
        let failure = Failure::new(kind, message);
        if matches!(kind, FailureKind::Unreachable | FailureKind::TimedOut) {
            let suggestion = error.next(&peer, &self.entry.command());
            return self.answer(failure, Cause::Network(suggestion));
        }
        failure
    }

    /// As long as the login may still take, and no longer than one request should.
    fn time_for_a_fetch(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).min(FETCH)
    }
}

impl Session for Console<'_> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.go_on()?;
        self.say(&Address::new(text).to_string())
    }

    fn ask(&mut self, prompt: &str, secret: bool) -> Result<Secret, Failure> {
        self.go_on()?;
        self.needs_terminal()?;
        let prompt = format!("{}: ", self.question(prompt));
        let answer = prompt::ask(&prompt, secret, self.deadline).map(Secret::new);
        let answer = answer.map_err(|error| self.unanswered(&error))?;
        self.keep_from_others(&answer)?;
        Ok(answer)
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.go_on()?;
        self.needs_terminal()?;
        if items.is_empty() || items.len() > MOST_ITEMS {
            return Err(self.refused("A choice must have 1 to 1,000 items."));
        }
        let label = self.question(prompt);
        let row = |it: &String| Row { name: Name::new(it).to_string(), detail: None };
        let rows: Vec<Row> = items.iter().map(row).collect();
        let menu = Menu { label: &label, rows: &rows, above: None, deadline: Some(self.deadline) };
        let answer = prompt::select(&menu, self.terminal);
        answer.map_err(|error| self.unanswered(&error))
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.go_on()?;
        let refused = |why: String| Failure::new(FailureKind::Refused, why);
        if self.callbacks.len() + self.used.count() >= MOST_CALLBACKS {
            return Err(refused("Too many callbacks were requested.".into()));
        }
        let callback =
            Callback::open(kind, self.entry.name()).map_err(|error| cannot_listen(&error))?;
        let address = callback.address();
        if let Some(url) = Url::parse(&address).ok().filter(|_| self.terminal.verbose) {
            self.terminal.detail(&format!("Listening on {} for the browser.", authority(&url)));
        }
        self.callbacks.push(callback);
        Ok(address)
    }

    /// Waits at the latest callback, which serves one answer.
    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.go_on()?;
        let url = self.permit(url)?;
        let mut callback = self
            .callbacks
            .pop()
            .ok_or_else(|| self.refused("A visit needs a new callback first."))?;
        let (launched, printed) = callback
            .set_destination(url.as_str())
            .map_err(|why| self.refused(&format!("The URL to visit was refused: {why}.")))?;
        self.invite((&launched, &printed), &url, callback.accepts_tokens())?;
        let answer = self.wait(&mut callback);
        match callback.is_used() {
            true => self.used.add(callback),
            false => self.callbacks.push(callback),
        }
        answer
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.go_on()?;
        let url = self.permit(&request.url)?;
        policy::permit_headers(&request.headers).map_err(|failure| self.named(failure))?;
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            _ => return Err(self.refused("Only GET and POST are supported.")),
        };
        let timeout = self.time_for_a_fetch();
        let body = request.body.clone();
        let outgoing =
            Outgoing { method, url: &url, headers: &request.headers, body, timeout, guarded: true };
        let reply = self.http.send(outgoing).map_err(|error| self.not_reached(&url, &error))?;
        // Without its query, which may hold a secret.
        let asked = format!("{} {}", authority(&url), Address::new(url.path()));
        self.terminal.detail(&format!("Requested {asked}: {}.", reply.status));
        let body = String::from_utf8(reply.body).map_err(|_| {
            let message = format!("{} did not answer in UTF-8.", authority(&url));
            self.named(Failure::invalid_answer(message))
        })?;
        Ok(HttpResponse { status: reply.status, headers: reply.headers, body })
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.go_on()?;
        let url = self.permit(url)?;
        if url.as_str().len() > LONGEST_URL {
            return Err(self.refused("The URL is too long to type."));
        }
        // One that is cut or cleaned is another, which nobody could enter.
        let code = code.trim();
        if code.is_empty() || !Name::new(code).is_shown_whole() {
            return Err(self.refused("The code cannot be typed."));
        }
        self.guide_to_device(&url, code, expires_in)
    }

    fn now(&mut self) -> Result<u64, Failure> {
        Ok(unix_now())
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        let pause = Duration::from_millis(milliseconds);
        let end = Instant::now().checked_add(pause).unwrap_or(self.deadline);
        let mut countdown =
            self.elsewhere.then(|| Countdown::begin(self.terminal, self.deadline, None));
        loop {
            self.go_on()?;
            if let Some(countdown) = &mut countdown {
                countdown.show();
            }
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            // Short steps, so that a signal or the deadline is noticed soon.
            let step = Duration::from_millis(50);
            thread::sleep((end - now).min(self.deadline - now).min(step));
        }
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        if bytes > 1024 {
            return Err(self.refused("At most 1,024 random bytes at once."));
        }
        let mut random = vec![0; bytes as usize];
        getrandom::fill(&mut random).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(random))
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        Ok(self.go_on().is_err())
    }
}

fn cannot_listen(error: &io::Error) -> Failure {
    let message = format!("Cannot listen on this computer: {error}.");
    Failure::new(FailureKind::Unsupported, message)
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "Cancelled.")
}
