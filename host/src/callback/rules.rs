//! Who may start a login, who may bring its answer, and what everybody else is told.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_core::session::{CallbackKind, Query};
use mesheryctl_core::token::Token;
use reqwest::Url;

use super::confirmation::PendingConfirmation;
use super::page::{self, Outcome};
use super::request::Request;

/// What is done with a request.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub enum Reaction {
    Answer(Vec<u8>),
    /// Answered when the login has ended.
    Hold,
}

/// The secrets of one login and what has come of it.
///
/// The nonce is what the provider is told: it proves that an answer belongs to this login. The cookie is
/// what the browser was given: it proves that this is the browser of this login, and the person is
/// asked for the rest. The start links are other secrets than both, because the launched one can be
/// seen among the browser's arguments.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Rules {
    kind: CallbackKind,
    port: u16,
    provider: String,
    nonce: String,
    cookie: String,
    launched: Option<String>,
    printed: String,
    done: String,
    destination: Option<Destination>,
    answer: Option<Query>,
    answered: bool,
    pending: PendingConfirmation,
    news: Option<&'static str>,
    owes_a_page: bool,
    outcome: Option<Outcome>,
}

/// What a request has to show for its answer.
enum Proof {
    Full,
    CookieAlone,
    Nothing,
}

struct Destination {
    url: String,
    state: Option<String>,
}

impl Rules {
    pub fn new(kind: CallbackKind, port: u16, provider: &str) -> io::Result<Self> {
        Ok(Self {
            kind,
            port,
            provider: provider.to_owned(),
            nonce: secret()?,
            cookie: secret()?,
            launched: Some(secret()?),
            printed: secret()?,
            done: secret()?,
            destination: None,
            answer: None,
            answered: false,
            pending: PendingConfirmation::default(),
            news: None,
            owes_a_page: false,
            outcome: None,
        })
    }

    pub fn address(&self) -> String {
        match self.kind {
            CallbackKind::NoncePath => format!("http://localhost:{}/{}", self.port, self.nonce),
            CallbackKind::FixedPath => format!("http://127.0.0.1:{}/callback", self.port),
        }
    }

    /// The launched and the printed start link. An address of the fixed kind proves nothing, so the
    /// flow's `state` must be in the URL and is insisted on when the answer comes.
    pub fn lead_to(&mut self, url: &str) -> Result<(String, String), &'static str> {
        let parsed = Url::parse(url).map_err(|_| "it is not a URL")?;
        let state = parsed.query_pairs().find(|(name, _)| name == "state");
        let state = state.map(|(_, value)| value.into_owned()).filter(|it| !it.is_empty());
        if self.kind == CallbackKind::FixedPath && state.is_none() {
            return Err("it has no `state` parameter");
        }
        self.destination = Some(Destination { url: parsed.into(), state });
        let link = |secret: &str| format!("http://localhost:{}/{secret}", self.port);
        Ok((self.launched.as_deref().map(link).unwrap_or_default(), link(&self.printed)))
    }

    pub fn take_answer(&mut self) -> Option<Query> {
        self.answer.take()
    }

    pub fn takes_tokens(&self) -> bool {
        self.kind == CallbackKind::NoncePath
    }

    /// An answer that the person carried here by hand: a token, where an address of the marked kind
    /// asked for one.
    pub fn take_token(&mut self, token: &Token) -> Result<(), &'static str> {
        match self.kind {
            CallbackKind::NoncePath => {
                let pair = ("token".to_owned(), token.expose().to_owned());
                self.accept(Query::new(vec![pair]));
                Ok(())
            }
            CallbackKind::FixedPath => {
                Err("was a token, but this sign-in needs the final URL from the browser")
            }
        }
    }

    /// The address that the browser ended on. Whoever pastes it is the person; the address need not
    /// prove it once more, unless the flow has a state.
    pub fn take_address(&mut self, url: &Url) -> Result<(), &'static str> {
        if url.port() != Some(self.port) {
            return Err("was the URL of another login");
        }
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let says =
            |wanted: &str| query.iter().any(|(name, value)| name == wanted && !value.is_empty());
        let is_answer = match self.kind {
            CallbackKind::NoncePath => says("token") || says("error"),
            CallbackKind::FixedPath => url.path() == "/callback" && self.has_state(&query),
        };
        if !is_answer || repeats(&query) {
            return Err("was a URL without a sign-in result");
        }
        self.accept(Query::new(query));
        Ok(())
    }

    fn accept(&mut self, answer: Query) {
        self.answer = Some(answer);
        self.answered = true;
    }

    fn has_state(&self, query: &[(String, String)]) -> bool {
        let wanted = self.destination.as_ref().and_then(|it| it.state.as_deref());
        let state = query.iter().find(|(name, _)| name == "state");
        wanted.is_some() && state.map(|(_, value)| value.as_str()) == wanted
    }

    pub fn answered(&self) -> bool {
        self.answered
    }

    pub fn news(&mut self) -> Option<&'static str> {
        self.news.take()
    }

    pub fn owes_a_page(&self) -> bool {
        self.owes_a_page
    }

    pub fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    pub fn react(&mut self, request: &Request) -> Reaction {
        if request.method != "GET" {
            return refuse(405);
        }
        if !self.is_addressed(request) {
            return refuse(421);
        }
        if !is_navigation(request) {
            return refuse(403);
        }
        match request.path.strip_prefix('/').unwrap_or_default() {
            path if path == self.done => self.tell(),
            _ if self.answered || self.outcome.is_some() => refuse(410),
            path if self.starts(path) => self.start(),
            path => self.take(path, request),
        }
    }

    /// Against DNS rebinding: a foreign name that leads here is still a foreign name.
    fn is_addressed(&self, request: &Request) -> bool {
        let ours = ["localhost", "127.0.0.1", "[::1]"];
        let Some(host) = request.host.as_deref() else { return false };
        ours.iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{}", self.port)))
    }

    fn starts(&mut self, path: &str) -> bool {
        path == self.printed || self.launched.take_if(|it| *it == path).is_some()
    }

    fn start(&self) -> Reaction {
        let Some(destination) = &self.destination else { return refuse(404) };
        let cookie = self.cookie(&self.cookie, "");
        Reaction::Answer(page::redirect(302, &destination.url, cookie.as_deref()))
    }

    fn proof(&self, path: &str, request: &Request) -> Proof {
        let is_marked = match self.kind {
            CallbackKind::NoncePath => {
                let rest = path.strip_prefix(&self.nonce);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            CallbackKind::FixedPath => path == "callback" && self.has_state(&request.query),
        };
        match self.kind {
            _ if is_marked => Proof::Full,
            CallbackKind::NoncePath if self.carries_cookie(request) => Proof::CookieAlone,
            _ => Proof::Nothing,
        }
    }

    /// Survives a provider that loses the path of the address it was given.
    fn carries_cookie(&self, request: &Request) -> bool {
        let name = self.cookie_name();
        request.cookies.iter().any(|(key, value)| *key == name && *value == self.cookie)
    }

    /// None of the fixed kind: nothing there goes by it, and set on localhost it could not be taken back
    /// from 127.0.0.1, where the answer comes to.
    fn cookie(&self, value: &str, more: &str) -> Option<String> {
        let name = self.cookie_name();
        let cookie = || format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{more}");
        (self.kind == CallbackKind::NoncePath).then(cookie)
    }

    /// A browser sends cookies of localhost to every port.
    fn cookie_name(&self) -> String {
        format!("mesheryctl_{}", self.port)
    }

    fn take(&mut self, path: &str, request: &Request) -> Reaction {
        if let Some(yes) = self.pending.yes_to(path) {
            return Reaction::Answer(page::question(&self.provider, yes));
        }
        if let Some(answer) = self.pending.take(path) {
            return self.redeem(answer);
        }
        let proof = self.proof(path, request);
        if matches!(proof, Proof::Nothing) {
            return refuse(404);
        }
        if repeats(&request.query) {
            return refuse(400);
        }
        let says = |wanted: &str| {
            request.query.iter().any(|(name, value)| name == wanted && !value.is_empty())
        };
        let is_answer = self.kind == CallbackKind::FixedPath || says("token") || says("error");
        if !is_answer {
            self.news = Some("The browser returned without a token. Still waiting.");
            return refuse(400);
        }
        let answer = Query::new(request.query.clone());
        match proof {
            Proof::CookieAlone => self.ask(answer),
            _ => self.redeem(answer),
        }
    }

    fn ask(&mut self, answer: Query) -> Reaction {
        // Said once: a foreign page could fill the terminal with it.
        if self.pending.is_empty() {
            self.news = Some("Confirm this sign-in in your browser. Still waiting.");
        }
        let (Ok(question), Ok(yes)) = (secret(), secret()) else { return refuse(500) };
        let to = format!("/{question}");
        self.pending.set_aside(answer, question, yes);
        Reaction::Answer(page::redirect(303, &to, None))
    }

    /// The token leaves the address bar at once.
    fn redeem(&mut self, answer: Query) -> Reaction {
        self.accept(answer);
        self.owes_a_page = true;
        let forget = self.cookie("", "; Max-Age=0");
        Reaction::Answer(page::redirect(303, &format!("/{}", self.done), forget.as_deref()))
    }

    fn tell(&mut self) -> Reaction {
        match &self.outcome {
            None if !self.answered => refuse(404),
            None => Reaction::Hold,
            Some(outcome) => {
                self.owes_a_page = false;
                Reaction::Answer(page::outcome(*outcome, &self.provider))
            }
        }
    }
}

fn repeats(query: &[(String, String)]) -> bool {
    query
        .iter()
        .enumerate()
        .any(|(index, (name, _))| query[..index].iter().any(|(earlier, _)| earlier == name))
}

/// Never from a script, a frame, an image or a form of another page, and never ahead of a click; browsers
/// say which it is. Those that do not yet, name at least the origin of a script, which no GET of a
/// navigation has.
fn is_navigation(request: &Request) -> bool {
    let is = |value: &Option<String>, wanted: &str| value.as_deref().is_none_or(|it| it == wanted);
    request.origin.is_none()
        && is(&request.fetch_mode, "navigate")
        && is(&request.fetch_dest, "document")
        && !request.is_prefetch
}

fn refuse(status: u16) -> Reaction {
    Reaction::Answer(page::refusal(status))
}

/// 128 random bits.
fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests;
