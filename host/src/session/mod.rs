//! The console: the Session of a person at a terminal. It applies the policy to each call of a provider.

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

/// For one HTTP request of a provider.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest URL that is shown for typing on another device.
const MAX_URL: usize = 500;
/// A person cannot choose among more.
const MAX_ITEMS: usize = 1000;
/// Each callback receives one answer, and no flow needs more than a few.
const MAX_CALLBACKS: usize = 8;

/// The cause of a failure, which the host knows and the provider is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A peer could not be reached. With a suggestion, if the cause determines one.
    Network(Option<Suggestion>),
    /// The host refused a call. With the command that allows it or replaces it.
    Host(Suggestion),
}

/// One login: its provider, its deadline and its callbacks.
pub struct Console<'a> {
    entry: &'a ReadyEntry,
    terminal: &'a Terminal,
    http: &'a Http,
    route: Route,
    timeout: Duration,
    deadline: Instant,
    callbacks: Vec<Callback>,
    used: UsedCallbacks,
    /// The last failure that the host returned with a cause.
    last_failure: Option<(Failure, Cause)>,
    lines_printed: u32,
    /// Whether a code was shown on a terminal; then a countdown is shown while the provider sleeps.
    shows_countdown: bool,
}

impl<'a> Console<'a> {
    pub fn new(
        entry: &'a ReadyEntry,
        terminal: &'a Terminal,
        http: &'a Http,
        route: Route,
        timeout: Duration,
    ) -> Self {
        // A signal may end the process while the provider waits; the browser's tab must still be told.
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
            lines_printed: 0,
            shows_countdown: false,
            last_failure: None,
        }
    }

    /// The cause of a failure that the provider passed on unchanged. A plugin can only pass it on, so it
    /// cannot choose what a person is told to type.
    pub fn cause_of(&self, failure: &Failure) -> Option<&Cause> {
        let (last_failure, cause) = self.last_failure.as_ref()?;
        (last_failure == failure).then_some(cause)
    }

    fn with_cause(&mut self, failure: Failure, cause: Cause) -> Failure {
        self.last_failure = Some((failure.clone(), cause));
        failure
    }

    /// Adds the name of the provider to the message, unless it contains it.
    fn named(&self, failure: Failure) -> Failure {
        let name = self.entry.name();
        if failure.message.contains(name) {
            return failure;
        }
        Failure { message: format!("{name}: {}", failure.message), ..failure }
    }

    /// The failure of a call that the provider may not make.
    fn refused(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Refused, format!("{}: {why}", self.entry.name()))
    }

    fn permit(&mut self, url: &str) -> Result<Url, Failure> {
        policy::permit(self.entry, url).map_err(|refusal| match refusal.suggestion {
            Some(suggestion) => self.with_cause(refusal.failure, Cause::Host(suggestion)),
            None => self.named(refusal.failure),
        })
    }

    /// Tells the browser how the login ended, and closes the callbacks.
    pub fn close(self, outcome: Outcome) {
        self.used.shut_down(outcome);
    }

    /// Fails after a signal or the deadline. Every call that acts begins with it.
    fn check_running(&self) -> Result<(), Failure> {
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

    /// Waits for the browser at the callback and for pasted text. The first answer counts.
    fn wait(&self, callback: &mut Callback) -> Result<Query, Failure> {
        let mut paste = Paste::begin(self.terminal);
        let takes = paste.as_ref().map(|_| callback.accepts_tokens());
        let mut countdown = Countdown::begin(self.terminal, self.deadline, takes);
        loop {
            if let Some(answer) = callback.take_answer() {
                return Ok(answer);
            }
            self.check_running()?;
            if let Some(message) = callback.take_message() {
                countdown.print_above(message);
            }
            if let Some(line) = paste.as_mut().and_then(Paste::line) {
                if let Err(why) = self.accept_pasted(callback, &pasted::read(line.expose())) {
                    paste.iter_mut().for_each(Paste::discard_rest);
                    countdown.print_above(&format!("That {why}. Ignored; still waiting."));
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

    /// Gives pasted text to the callback. An auth.json of another provider is refused, so that no provider
    /// receives the token of another.
    fn accept_pasted(&self, callback: &mut Callback, pasted: &Pasted) -> Result<(), String> {
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
        let Some(why) = self.terminal.no_prompt_reason() else { return Ok(()) };
        let name = self.entry.name();
        let message = format!("{name} needs to ask a question, and {why}.");
        Err(Failure::new(FailureKind::NeedsTerminal, message))
    }

    /// The failure of a question without an answer: the login is over, or the person cancelled it.
    fn question_failure(&self, error: &Error) -> Failure {
        let cancelled = || match error.exit() {
            Exit::Interrupted | Exit::Terminated | Exit::Hangup => cancelled(),
            _ => Failure::internal(error.to_string()),
        };
        self.check_running().err().unwrap_or_else(cancelled)
    }

    fn request_failure(&mut self, url: &Url, error: &HttpError) -> Failure {
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
            return self.with_cause(failure, Cause::Network(suggestion));
        }
        failure
    }

    /// The timeout of a request: at most the time until the deadline.
    fn fetch_timeout(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).min(FETCH_TIMEOUT)
    }
}

impl Session for Console<'_> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.check_running()?;
        self.say(&Address::new(text).to_string())
    }

    fn ask(&mut self, prompt: &str, secret: bool) -> Result<Secret, Failure> {
        self.check_running()?;
        self.needs_terminal()?;
        let prompt = format!("{}: ", self.question(prompt));
        let answer = prompt::ask(&prompt, secret, self.deadline).map(Secret::new);
        let answer = answer.map_err(|error| self.question_failure(&error))?;
        self.refuse_other_file(&answer)?;
        Ok(answer)
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.check_running()?;
        self.needs_terminal()?;
        if items.is_empty() || items.len() > MAX_ITEMS {
            return Err(self.refused("A choice must have 1 to 1,000 items."));
        }
        let label = self.question(prompt);
        let row = |it: &String| Row { name: Name::new(it).to_string(), detail: None };
        let rows: Vec<Row> = items.iter().map(row).collect();
        let menu = Menu { label: &label, rows: &rows, above: None, deadline: Some(self.deadline) };
        let answer = prompt::select(&menu, self.terminal);
        answer.map_err(|error| self.question_failure(&error))
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.check_running()?;
        let refused = |why: String| Failure::new(FailureKind::Refused, why);
        if self.callbacks.len() + self.used.count() >= MAX_CALLBACKS {
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

    /// Waits at the latest callback, which receives one answer.
    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.check_running()?;
        let url = self.permit(url)?;
        let mut callback = self
            .callbacks
            .pop()
            .ok_or_else(|| self.refused("A visit needs a new callback first."))?;
        let (launched, printed) = callback
            .set_destination(url.as_str())
            .map_err(|why| self.refused(&format!("The URL to visit was refused: {why}.")))?;
        self.show_destination((&launched, &printed), &url, callback.accepts_tokens())?;
        let answer = self.wait(&mut callback);
        match callback.is_used() {
            true => self.used.add(callback),
            false => self.callbacks.push(callback),
        }
        answer
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.check_running()?;
        let url = self.permit(&request.url)?;
        policy::permit_headers(&request.headers).map_err(|failure| self.named(failure))?;
        let method = match request.method.as_str() {
            "GET" => Method::GET,
            "POST" => Method::POST,
            _ => return Err(self.refused("Only GET and POST are supported.")),
        };
        let timeout = self.fetch_timeout();
        let body = request.body.clone();
        let outgoing =
            Outgoing { method, url: &url, headers: &request.headers, body, timeout, guarded: true };
        let reply = self.http.send(outgoing).map_err(|error| self.request_failure(&url, &error))?;
        // Without the query, which may contain a secret.
        let asked = format!("{} {}", authority(&url), Address::new(url.path()));
        self.terminal.detail(&format!("Requested {asked}: {}.", reply.status));
        let body = String::from_utf8(reply.body).map_err(|_| {
            let message = format!("{} did not answer in UTF-8.", authority(&url));
            self.named(Failure::invalid_answer(message))
        })?;
        Ok(HttpResponse { status: reply.status, headers: reply.headers, body })
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.check_running()?;
        let url = self.permit(url)?;
        if url.as_str().len() > MAX_URL {
            return Err(self.refused("The URL is too long to type."));
        }
        // A code that had to be shortened or sanitized would be another code.
        let code = code.trim();
        if code.is_empty() || !Name::new(code).is_shown_whole() {
            return Err(self.refused("The code cannot be typed."));
        }
        self.show_device_code(&url, code, expires_in)
    }

    fn now(&mut self) -> Result<u64, Failure> {
        Ok(unix_now())
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        let pause = Duration::from_millis(milliseconds);
        let end = Instant::now().checked_add(pause).unwrap_or(self.deadline);
        let mut countdown =
            self.shows_countdown.then(|| Countdown::begin(self.terminal, self.deadline, None));
        loop {
            self.check_running()?;
            if let Some(countdown) = &mut countdown {
                countdown.show();
            }
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            // Short steps, so that a signal or the deadline ends the sleep soon.
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
        Ok(self.check_running().is_err())
    }
}

fn cannot_listen(error: &io::Error) -> Failure {
    let message = format!("Cannot listen on this computer: {error}.");
    Failure::new(FailureKind::Unsupported, message)
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "Cancelled.")
}
