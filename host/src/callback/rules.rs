//! The rules of the callback: which requests start a login or bring its answer, and how others are refused.

use std::io;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_core::session::Query;
use mesheryctl_core::token::Token;
use reqwest::Url;

use super::confirmation::{Confirmation, PendingConfirmation};
use super::kind::Kind;
use super::page::{self, Names, Outcome};
use super::request::Request;
use crate::platform::OtherUser;

/// What the callback does with a request.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub enum Response {
    Send(Vec<u8>),
    /// The response is sent when the login has ended.
    Hold,
}

/// The secrets and the state of one login.
///
/// The nonce is in the address that the provider is given: it proves that an answer belongs to this login.
/// The cookie is set when the login starts: it proves only that the request comes from the browser of this
/// login, so the person must confirm the answer. The start links use other secrets, because other users can
/// read the launched one in the arguments of the browser's process.
#[expect(missing_debug_implementations, reason = "it holds secrets")]
pub struct Rules {
    kind: Kind,
    port: u16,
    names: Names,
    nonce: String,
    cookie: String,
    /// The path of the start link that is launched in the browser. It works once.
    launched: Option<String>,
    /// The path of the start link that is printed.
    printed: String,
    /// The path of the last page.
    done: String,
    destination: Option<Destination>,
    answer: Option<Query>,
    answered: bool,
    pending: PendingConfirmation,
    message: Option<&'static str>,
    /// The first connection that was refused because it is not this user's.
    refused: Option<Refused>,
    /// Whether a browser brought the answer and has not been sent the last page.
    is_last_page_due: bool,
    outcome: Option<Outcome>,
}

/// What a request proves about its answer.
enum Proof {
    Full,
    CookieOnly,
    None,
}

struct Refused {
    whose: OtherUser,
    is_told: bool,
}

struct Destination {
    url: String,
    state: Option<String>,
}

impl Rules {
    pub fn new(kind: Kind, port: u16, provider: &str) -> io::Result<Self> {
        Ok(Self {
            kind,
            port,
            names: Names::of(provider),
            nonce: secret()?,
            cookie: secret()?,
            launched: Some(secret()?),
            printed: secret()?,
            done: secret()?,
            destination: None,
            answer: None,
            answered: false,
            pending: PendingConfirmation::default(),
            message: None,
            refused: None,
            is_last_page_due: false,
            outcome: None,
        })
    }

    pub fn address(&self) -> String {
        match self.kind {
            Kind::NoncePath => format!("http://localhost:{}/{}", self.port, self.nonce),
            Kind::FixedPath => format!("http://127.0.0.1:{}/callback", self.port),
        }
    }

    /// Sets the URL that the start links redirect to. Returns the launched and the printed link. A fixed path
    /// proves nothing, so the URL must contain the flow's `state`, which the answer must repeat.
    pub fn set_destination(&mut self, url: &str) -> Result<(String, String), &'static str> {
        let parsed = Url::parse(url).map_err(|_| "it is not a URL")?;
        let state = parsed.query_pairs().find(|(name, _)| name == "state");
        let state = state.map(|(_, value)| value.into_owned()).filter(|it| !it.is_empty());
        if self.kind == Kind::FixedPath && state.is_none() {
            return Err("it has no `state` parameter");
        }
        self.destination = Some(Destination { url: parsed.into(), state });
        let link = |secret: &str| format!("http://localhost:{}/{secret}", self.port);
        Ok((self.launched.as_deref().map(link).unwrap_or_default(), link(&self.printed)))
    }

    pub fn take_answer(&mut self) -> Option<Query> {
        self.answer.take()
    }

    pub fn accepts_tokens(&self) -> bool {
        self.kind == Kind::NoncePath
    }

    /// Accepts a token that the person pasted, if the provider was asked for one.
    pub fn accept_token(&mut self, token: &Token) -> Result<(), &'static str> {
        match self.kind {
            Kind::NoncePath => {
                let pair = ("token".to_owned(), token.expose().to_owned());
                self.accept(Query::new(vec![pair]));
                Ok(())
            }
            Kind::FixedPath => {
                Err("was a token, but this sign-in needs the final URL from the browser")
            }
        }
    }

    /// Accepts a URL that the person pasted. The person vouches for it, so it needs no nonce; the flow's
    /// `state` is still compared.
    pub fn accept_url(&mut self, url: &Url) -> Result<(), &'static str> {
        if url.port() != Some(self.port) {
            return Err("was the URL of another login");
        }
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let says =
            |wanted: &str| query.iter().any(|(name, value)| name == wanted && !value.is_empty());
        let is_answer = match self.kind {
            Kind::NoncePath => says("token") || says("error"),
            Kind::FixedPath => url.path() == "/callback" && self.has_state(&query),
        };
        if !is_answer || has_repeated_name(&query) {
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

    pub fn take_message(&mut self) -> Option<&'static str> {
        self.message.take()
    }

    /// Whose connection was refused although it had a secret: the first one, once.
    pub fn take_refused(&mut self) -> Option<OtherUser> {
        let refused = self.refused.as_mut().filter(|it| !it.is_told)?;
        refused.is_told = true;
        Some(refused.whose)
    }

    pub fn is_last_page_due(&self) -> bool {
        self.is_last_page_due
    }

    pub fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    /// The response to a request. `other_user` finds out why its connection is not this user's; it is called only for a
    /// request with a secret, so that other requests cost no look-up.
    pub fn respond(
        &mut self,
        request: &Request,
        other_user: impl FnOnce() -> Option<OtherUser>,
    ) -> Response {
        if request.method != "GET" {
            return refuse(405);
        }
        if !self.is_for_this_host(request) {
            return refuse(421);
        }
        if !is_navigation(request) {
            return refuse(403);
        }
        match request.path.strip_prefix('/').unwrap_or_default() {
            path if path == self.done => self.last_page(),
            _ if self.answered || self.outcome.is_some() => refuse(410),
            _ if !self.presents_secret(request) => refuse(404),
            path => match other_user() {
                Some(whose) => self.refuse_other_user(whose),
                None if self.take_start_link(path) => self.start(),
                None => self.receive(path, request),
            },
        }
    }

    /// Whether the request has a secret of this login, and so may start it or bring its answer.
    pub fn presents_secret(&self, request: &Request) -> bool {
        let path = request.path.strip_prefix('/').unwrap_or_default();
        let is_link = path == self.printed || self.launched.as_deref() == Some(path);
        is_link || self.pending.has(path) || !matches!(self.proof(path, request), Proof::None)
    }

    fn refuse_other_user(&mut self, whose: OtherUser) -> Response {
        self.refused.get_or_insert(Refused { whose, is_told: false });
        Response::Send(page::refusal_of(&whose.to_string()))
    }

    /// Prevents DNS rebinding: a request for another host name is refused, even if that name resolves to loopback.
    fn is_for_this_host(&self, request: &Request) -> bool {
        let names = ["localhost", "127.0.0.1", "[::1]"];
        let Some(host) = request.host.as_deref() else { return false };
        names.iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{}", self.port)))
    }

    fn take_start_link(&mut self, path: &str) -> bool {
        path == self.printed || self.launched.take_if(|it| *it == path).is_some()
    }

    fn start(&self) -> Response {
        let Some(destination) = &self.destination else { return refuse(404) };
        let cookie = self.cookie(&self.cookie, "");
        Response::Send(page::redirect(302, &destination.url, cookie.as_deref()))
    }

    fn proof(&self, path: &str, request: &Request) -> Proof {
        let is_proven = match self.kind {
            Kind::NoncePath => {
                let rest = path.strip_prefix(&self.nonce);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Kind::FixedPath => path == "callback" && self.has_state(&request.query),
        };
        match self.kind {
            _ if is_proven => Proof::Full,
            Kind::NoncePath if self.has_cookie(request) => Proof::CookieOnly,
            _ => Proof::None,
        }
    }

    /// For providers that drop the path of the redirect address.
    fn has_cookie(&self, request: &Request) -> bool {
        let name = self.cookie_name();
        request.cookies.iter().any(|(key, value)| *key == name && *value == self.cookie)
    }

    /// `None` for a fixed path. Fixed-path callbacks use no cookie: it would be set for localhost, and the response from
    /// 127.0.0.1 could not delete it.
    fn cookie(&self, value: &str, more: &str) -> Option<String> {
        let name = self.cookie_name();
        let cookie = || format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{more}");
        (self.kind == Kind::NoncePath).then(cookie)
    }

    /// It contains the port, because a browser sends the cookies of localhost to every port.
    fn cookie_name(&self) -> String {
        format!("mesheryctl_{}", self.port)
    }

    fn receive(&mut self, path: &str, request: &Request) -> Response {
        let now = Instant::now();
        if let Some(yes) = self.pending.show(path, now) {
            return Response::Send(self.names.question(yes));
        }
        match self.pending.take(path, now) {
            Some(Confirmation::Yes(answer)) => return self.accept_from_browser(answer),
            Some(Confirmation::TooSoon(question)) => {
                return Response::Send(page::redirect(303, &format!("/{question}"), None));
            }
            None => {}
        }
        let proof = self.proof(path, request);
        if has_repeated_name(&request.query) {
            return refuse(400);
        }
        let says = |wanted: &str| {
            request.query.iter().any(|(name, value)| name == wanted && !value.is_empty())
        };
        let is_answer = self.kind == Kind::FixedPath || says("token") || says("error");
        if !is_answer {
            self.message = Some(page::WITHOUT_TOKEN);
            return Response::Send(self.names.without_token());
        }
        let answer = Query::new(request.query.clone());
        match proof {
            Proof::CookieOnly => self.ask(answer),
            _ => self.accept_from_browser(answer),
        }
    }

    fn ask(&mut self, answer: Query) -> Response {
        // Only for the first one: a hostile page could otherwise fill the terminal with this line.
        if self.pending.is_empty() {
            self.message = Some("Confirm this sign-in in your browser.");
        }
        let (Ok(question), Ok(yes)) = (secret(), secret()) else { return refuse(500) };
        let to = format!("/{question}");
        self.pending.add(answer, question, yes);
        Response::Send(page::redirect(303, &to, None))
    }

    /// Redirects, so that the token leaves the address bar at once.
    fn accept_from_browser(&mut self, answer: Query) -> Response {
        self.accept(answer);
        self.is_last_page_due = true;
        let forget = self.cookie("", "; Max-Age=0");
        Response::Send(page::redirect(303, &format!("/{}", self.done), forget.as_deref()))
    }

    fn last_page(&mut self) -> Response {
        match &self.outcome {
            None if !self.answered => refuse(404),
            None => Response::Hold,
            Some(outcome) => {
                self.is_last_page_due = false;
                Response::Send(self.names.outcome(outcome))
            }
        }
    }
}

fn has_repeated_name(query: &[(String, String)]) -> bool {
    query
        .iter()
        .enumerate()
        .any(|(index, (name, _))| query[..index].iter().any(|(earlier, _)| earlier == name))
}

/// Whether the person navigated here. A script, frame, image or form of another page and a prefetch are not
/// navigations. Browsers say which it is in the `Sec-Fetch` headers; those without them send at least the
/// `Origin` of a script, which the GET of a navigation never has.
fn is_navigation(request: &Request) -> bool {
    let is = |value: &Option<String>, wanted: &str| value.as_deref().is_none_or(|it| it == wanted);
    request.origin.is_none()
        && is(&request.fetch_mode, "navigate")
        && is(&request.fetch_dest, "document")
        && !request.is_prefetch
}

fn refuse(status: u16) -> Response {
    Response::Send(page::refusal(status))
}

/// 128 random bits.
fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests;
