//! The console: the Session of a person at a terminal. It applies the policy to each call of a provider.

mod browser;
mod dialogue;
mod fetch;
mod outage;
pub mod pasted;
mod route;
pub mod silent;
mod visit;

use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

pub use self::route::Route;
use crate::callback::fixed_port::FixedPort;
use crate::callback::shutdown::UsedCallbacks;
use crate::callback::{Callback, Outcome};
use crate::clock::{in_words, unix_now};
use crate::error::Suggestion;
use crate::net::Http;
use crate::process::signals;
use crate::providers::entry::ReadyEntry;
use crate::providers::policy::{self, Permitted};
use crate::terminal::Terminal;
use crate::terminal::countdown::Countdown;
use crate::text::{Line, Name};

/// The longest URL that is shown for typing on another device.
const MAX_URL: usize = 500;

/// Why a call failed. Kept in the host; the provider sees only the [`Failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A peer could not be reached. With a suggestion, if the cause determines one.
    Network(Option<Suggestion>),
    /// The host refused a call. With the command that allows it or replaces it.
    Host(Suggestion),
}

/// One login: its provider, its deadline and its callbacks.
pub struct LoginSession<'a> {
    entry: &'a ReadyEntry,
    terminal: &'a Terminal,
    http: &'a Http,
    route: Route,
    /// The port of the callback that the person chose, and its listeners until a callback has them.
    chosen_port: Option<u16>,
    reserved: Option<FixedPort>,
    timeout: Duration,
    deadline: Instant,
    /// For one HTTP request.
    fetch_limit: Duration,
    callbacks: Vec<Callback>,
    used: UsedCallbacks,
    /// What was pasted at the menu, until a visit takes it as its answer.
    pasted: Option<Secret>,
    /// The last failure that the host returned with a cause.
    last_failure: Option<(Failure, Cause)>,
    lines_printed: u32,
    token_was_pasted: bool,
    /// Whether a code for another device was shown. Then the provider polls, and sleeps in between.
    shows_code: bool,
    /// Whether the last request may have arrived.
    has_sent: bool,
    /// Why the last request failed, if it did while a code was shown.
    outage: Option<String>,
}

impl<'a> LoginSession<'a> {
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
        signals::before_exit(move || on_exit.shut_down(&Outcome::Failed));
        let deadline = Instant::now() + timeout;
        Self {
            entry,
            terminal,
            http,
            route,
            chosen_port: None,
            reserved: None,
            timeout,
            deadline,
            fetch_limit: fetch::LIMIT,
            callbacks: Vec::new(),
            used,
            pasted: None,
            lines_printed: 0,
            token_was_pasted: false,
            shows_code: false,
            has_sent: false,
            outage: None,
            last_failure: None,
        }
    }

    /// With what was pasted at the menu, which the first visit takes as its answer.
    pub fn with_pasted(self, pasted: Option<Secret>) -> Self {
        Self { pasted, ..self }
    }

    /// With the listeners of a port that the person chose.
    pub fn receiving_on(mut self, port: Option<FixedPort>) -> Self {
        self.chosen_port = port.as_ref().map(|it| it.port);
        self.reserved = port;
        self
    }

    /// The cause of a failure that the provider passed on unchanged. A plugin can only pass it on, so it
    /// cannot choose what a person is told to type.
    pub fn cause_of(&self, failure: &Failure) -> Option<&Cause> {
        let (last_failure, cause) = self.last_failure.as_ref()?;
        (last_failure == failure).then_some(cause)
    }

    /// Whether the provider was given a token that the person pasted, instead of an answer of the browser.
    pub fn token_was_pasted(&self) -> bool {
        self.token_was_pasted
    }

    /// Whether the last request may have arrived at its server.
    pub fn has_sent(&self) -> bool {
        self.has_sent
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
        let mut named = failure;
        named.message = format!("{name}: {}", named.message);
        named
    }

    /// The failure of a call that the provider may not make.
    fn refused(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Refused, format!("{}: {why}", self.entry.name()))
    }

    fn permit(&mut self, url: &str) -> Result<Permitted, Failure> {
        policy::permit(self.entry, url).map_err(|refusal| match refusal.suggestion {
            Some(suggestion) => self.with_cause(refusal.failure, Cause::Host(suggestion)),
            None => self.named(refusal.failure),
        })
    }

    /// Tells the browser how the login ended, and closes the callbacks.
    pub fn close(self, outcome: &Outcome) {
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
}

impl Session for LoginSession<'_> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.check_running()?;
        self.say(&Line::new(text).to_string())
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        self.check_running()?;
        self.ask_one(prompt, false).map(|it| it.expose().to_owned())
    }

    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        self.check_running()?;
        self.ask_one(prompt, true)
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.check_running()?;
        self.choose_one(prompt, items)
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.check_running()?;
        self.open_callback(kind)
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.check_running()?;
        self.visit_url(url)
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.has_sent = false;
        self.check_running()?;
        self.send(request)
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.check_running()?;
        let url = self.permit(url)?.url;
        if url.as_str().len() > MAX_URL {
            return Err(self.refused("The URL is too long to type."));
        }
        self.ignore_menu_paste();
        // A code that had to be shortened or sanitized would be another code.
        let code = code.trim();
        if code.is_empty() || !Name::new(code).is_shown_whole() {
            return Err(
                self.refused("The provider sent an empty code, or one that cannot be shown.")
            );
        }
        self.show_device_code(&url, code, expires_in)
    }

    fn now(&mut self) -> Result<u64, Failure> {
        Ok(unix_now())
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        let pause = Duration::from_millis(milliseconds);
        let end = Instant::now().checked_add(pause).unwrap_or(self.deadline);
        let redraws = self.terminal.stderr && self.terminal.can_move_cursor;
        let mut countdown = (self.shows_code && redraws)
            .then(|| Countdown::begin(self.terminal, self.deadline, None));
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
            return Err(self.refused("The provider asked for more than 1,024 random bytes."));
        }
        let mut random = vec![0; bytes as usize];
        getrandom::fill(&mut random).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(random))
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        Ok(self.check_running().is_err())
    }
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "Cancelled.")
}
