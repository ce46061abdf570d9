//! [`Script`]: the session of a validation. It plays the person, the browser, the HTTP peer, the clock and the generator of random
//! bytes, applies the rules of the host's broker, and records every call.

use std::time::{Duration, Instant};

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::messages;
use mesheryctl_core::provider::Settings;
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};
use reqwest::Url;
use serde_json::Value;

use super::disturbance::Disturbance;
use super::seed::Seed;
use super::server::{ACCOUNT, Server};
use crate::clock::unix_now;
use crate::plugin::rules::Rule;
use crate::plugin::worker::Peer;
use crate::process::signals;
use crate::providers::entry::Entry;
use crate::providers::policy;

/// The most calls of one action, and the bytes of all of them.
pub const MAX_ASKS: usize = 1_000;
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// As a login allows.
const MAX_TELLS: usize = 100;
const MAX_CALLBACKS: usize = 8;
const MAX_ITEMS: usize = 1_000;
const MAX_RANDOM: u32 = 1_024;

/// Why the script stopped a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A signal ended the validation.
    Interrupted,
    /// The validation may take no longer.
    TimeOver,
    Deadline,
    TooManyAsks,
}

/// How long an action may take, and when the whole validation must end.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub action: Duration,
    pub end: Instant,
}

/// A text that a person would see, or that leaves the program in a URL.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The call or field of the SDK.
    pub by: &'static str,
    pub text: String,
    /// Whether a terminal shows it.
    pub is_line: bool,
}

pub struct Script<'a> {
    entry: &'a Entry,
    pub server: Server,
    seed: Seed,
    /// The number of the call whose answer is disturbed, from 0, and how.
    pub disturbed: Option<(usize, Disturbance)>,
    started: Instant,
    limits: Limits,
    /// The names of the calls.
    pub calls: Vec<String>,
    bytes: usize,
    tells: usize,
    callbacks: usize,
    has_callback: bool,
    randoms: u32,
    /// Milliseconds that the plugin slept.
    slept: u64,
    pub secrets: Vec<(&'static str, String)>,
    pub shown: Vec<Shown>,
    /// Calls that break a rule, with what was wrong.
    pub broken: Vec<(Rule, String)>,
    /// The failure of every call since the sign-in was over.
    over: Option<Failure>,
    /// The calls after that.
    pub calls_afterwards: Vec<String>,
    /// When the disturbed call was answered.
    pub disturbed_at: Option<Instant>,
    pub stop: Option<Stop>,
}

impl<'a> Script<'a> {
    pub fn new(entry: &'a Entry, server: Server, seed: Seed, limits: Limits) -> Self {
        Self {
            entry,
            server,
            seed,
            disturbed: None,
            started: Instant::now(),
            limits,
            calls: Vec::new(),
            bytes: 0,
            tells: 0,
            callbacks: 0,
            has_callback: false,
            randoms: 0,
            slept: 0,
            secrets: Vec::new(),
            shown: Vec::new(),
            broken: Vec::new(),
            over: None,
            calls_afterwards: Vec::new(),
            disturbed_at: None,
            stop: None,
        }
    }

    /// The time limit begins now.
    pub fn restart(&mut self) {
        self.started = Instant::now();
    }

    /// Whether a signal or the time limit of the validation ends it.
    pub fn is_over(&self) -> bool {
        signals::pending().is_some() || Instant::now() >= self.limits.end
    }

    fn time(&self) -> u64 {
        unix_now().saturating_add(self.slept / 1000)
    }

    fn breaks(&mut self, rule: Rule, what: impl Into<String>) {
        if self.disturbed.is_none() || self.broken.len() < 10 {
            self.broken.push((rule, what.into()));
        }
    }

    fn refused(&mut self, rule: Rule, what: &str) -> Failure {
        self.breaks(rule, what);
        Failure::new(FailureKind::Refused, what)
    }

    fn show(&mut self, by: &'static str, text: &str) {
        self.shown.push(Shown { by, text: text.to_owned(), is_line: true });
    }

    /// A URL that the plugin uses: its host must be allowed, and nothing secret may stand in it.
    fn permit(&mut self, by: &'static str, url: &str) -> Result<Url, Failure> {
        let permitted = policy::permit(self.entry, url).map_err(|refusal| {
            self.breaks(Rule::HostsDeclared, refusal.failure.message.clone());
            refusal.failure
        })?;
        let url = &permitted.url;
        let (query, fragment) =
            (url.query().unwrap_or_default(), url.fragment().unwrap_or_default());
        let text = format!("{}?{query}#{fragment}", url.path());
        self.shown.push(Shown { by, text, is_line: false });
        Ok(permitted.url)
    }

    /// The answer to a call before it is disturbed.
    fn sound(&mut self, name: &str, ask: &str) -> String {
        if name == "cancelled" && self.over.is_some() {
            return messages::encode(Ok(true));
        }
        match self.over.clone() {
            Some(failure) => messages::encode::<()>(Err(failure)),
            None => messages::answer(self, ask),
        }
    }
}

/// The name of a call; `None` if the text is no call.
fn name_of(ask: &str) -> Option<String> {
    let call: Value = serde_json::from_str(ask).ok()?;
    call.get("ask")?.as_str().map(str::to_owned)
}

/// Whether a call asks nothing of anybody, so that it may be made after a cancellation. `check_cancelled` is a sleep of 0 ms.
fn is_harmless(name: &str, ask: &str) -> bool {
    let duration = || serde_json::from_str::<Value>(ask).ok()?.get("milliseconds")?.as_u64();
    matches!(name, "cancelled" | "now") || (name == "sleep" && duration() == Some(0))
}

impl Peer for Script<'_> {
    fn answer(&mut self, ask: &str) -> String {
        self.bytes += ask.len();
        if self.bytes > MAX_BYTES {
            // `check_asks` stops the worker before it gets this answer, so the call need not be read.
            return String::new();
        }
        let name = name_of(ask).unwrap_or_else(|| "no call".to_owned());
        if !messages::is_known_call(ask) {
            let shown: String = ask.chars().take(60).collect();
            self.breaks(Rule::AsksKnown, format!("it asked: {shown}"));
        }
        let number = self.calls.len();
        self.calls.push(name.clone());
        if self.over.is_some() && !is_harmless(&name, ask) {
            self.calls_afterwards.push(name.clone());
        }
        if number >= MAX_ASKS {
            return messages::encode::<()>(Err(Failure::new(
                FailureKind::Refused,
                "Too many asks.",
            )));
        }
        let sound = self.sound(&name, ask);
        let Some((_, disturbance)) = self.disturbed.filter(|(at, _)| *at == number) else {
            return sound;
        };
        self.over = disturbance.ends_with();
        self.disturbed_at = Some(Instant::now());
        disturbance.of(&name, &sound).unwrap_or(sound)
    }

    fn check_cancelled(&mut self) -> Result<(), Failure> {
        let stop = match signals::pending() {
            Some(_) => Stop::Interrupted,
            None if Instant::now() >= self.limits.end => Stop::TimeOver,
            None if self.started.elapsed() >= self.limits.action => Stop::Deadline,
            None => return Ok(()),
        };
        self.stop = Some(stop);
        Err(Failure::new(FailureKind::TimedOut, "The validation stopped it."))
    }

    fn check_asks(&mut self) -> Result<(), Failure> {
        // A plugin that reads its answers ends by itself soon after the limit.
        if self.bytes <= MAX_BYTES && self.calls.len() <= MAX_ASKS + 100 {
            return Peer::check_cancelled(self);
        }
        self.stop = Some(Stop::TooManyAsks);
        Err(Failure::new(FailureKind::Refused, "The validation stopped it."))
    }
}

impl Session for Script<'_> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.show("Session::tell", text);
        self.tells += 1;
        match self.tells > MAX_TELLS {
            true => Err(self.refused(Rule::AsksBounded, "it may not print more than 100 lines")),
            false => Ok(()),
        }
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        self.show("Session::ask", prompt);
        Ok("Ada".to_owned())
    }

    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        self.show("Session::ask_secret", prompt);
        let typed = self.seed.secret("typed");
        self.secrets.push(("what the person typed hidden", typed.clone()));
        Ok(Secret::new(typed))
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.show("Session::choose", prompt);
        items.iter().for_each(|it| self.show("Session::choose", it));
        match items.is_empty() || items.len() > MAX_ITEMS {
            true => Err(self.refused(Rule::CallsPermitted, "a choice must have 1 to 1,000 items")),
            false => Ok(0),
        }
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.callbacks += 1;
        if self.callbacks > MAX_CALLBACKS {
            return Err(self.refused(Rule::CallsPermitted, "it requested more than 8 callbacks"));
        }
        self.has_callback = true;
        Ok(match kind {
            CallbackKind::NoncePath => {
                format!("http://localhost:41999/{}", self.seed.bytes(u32::MAX, 16))
            }
            _ => "http://127.0.0.1:41999/callback".to_owned(),
        })
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        let url = self.permit("the URL of Session::visit", url)?;
        if !std::mem::take(&mut self.has_callback) {
            return Err(self.refused(Rule::CallsPermitted, "a visit needs a new callback first"));
        }
        let answer = self.server.visited(&url, self.time());
        let is_secret = |name: &str| matches!(name, "code" | "token");
        let secrets = answer.iter().filter(|(name, _)| is_secret(name));
        self.secrets.extend(secrets.map(|(_, it)| ("a parameter of the callback", it.clone())));
        Ok(Query::new(answer))
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let url = self.permit("the URL of Session::fetch", &request.url)?;
        if let Err(failure) = policy::permit_headers(&request.headers) {
            self.breaks(Rule::CallsPermitted, failure.message.clone());
            return Err(failure);
        }
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(self.refused(Rule::CallsPermitted, "only GET and POST are supported"));
        }
        let response = self.server.answer(request, &url, self.time());
        let issued = self.server.secrets(&response.body).into_iter();
        self.secrets.extend(issued.map(|it| ("a token or code that a server sent", it)));
        Ok(response)
    }

    fn show_code(&mut self, url: &str, code: &str, _expires_in: u64) -> Result<(), Failure> {
        let url = self.permit("the URL of Session::show_code", url)?;
        self.show("Session::show_code", code);
        match code.trim().is_empty() || url.as_str().len() > 500 {
            true => Err(self.refused(
                Rule::CallsPermitted,
                "show_code needs a code, and a URL of at most 500 characters",
            )),
            false => Ok(()),
        }
    }

    fn now(&mut self) -> Result<u64, Failure> {
        Ok(self.time())
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.slept = self.slept.saturating_add(milliseconds);
        Ok(())
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        if bytes > MAX_RANDOM {
            return Err(self.refused(Rule::CallsPermitted, "it asked for more than 1,024 bytes"));
        }
        self.randoms += 1;
        Ok(self.seed.bytes(self.randoms, bytes as usize))
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// The values of the settings for a validation: the defaults, and for a required one without a default something that fits.
pub fn fill_settings(entry: &mut Entry, seed: Seed) {
    entry.settings = Settings::default();
    for setting in entry.manifest.settings.clone() {
        let names_host = entry.names_a_host(&setting.key);
        let value = match (setting.default, setting.secret) {
            (Some(default), _) => default,
            (None, true) => seed.secret("setting"),
            (None, false) if names_host => "https://provider.validate.example".to_owned(),
            (None, false) if setting.required => match setting.key.as_str() {
                key if key.contains("mail") || key.contains("user") => ACCOUNT.to_owned(),
                _ => "validate".to_owned(),
            },
            (None, false) => continue,
        };
        entry.set(&setting.key, value);
    }
}
