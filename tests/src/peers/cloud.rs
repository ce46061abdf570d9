//! A cloud like Layer5 on loopback: the browser signs in there and is redirected back with a token.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::net::http_server::{HttpServer, Reply, Request};
use crate::net::url::{Url, encode};
use crate::peers::cloud_behavior::{CloudBehavior, ProfileFault, Refresh, Revoke};
use crate::peers::token;

#[derive(Debug)]
struct State {
    behavior: CloudBehavior,
    token: String,
    email: String,
    accepted: BTreeSet<String>,
    profile: Option<ProfileFault>,
    refresh: Refresh,
    revoke: Revoke,
    /// The token before the last renewal.
    previous: String,
    /// How many tokens were renewed.
    renewals: usize,
    /// By how many seconds its clock is ahead.
    clock: i64,
    before_renewal: Hook,
}

/// What a test does while a request for a new token waits.
#[derive(Default)]
struct Hook(Option<Box<dyn FnMut() + Send>>);

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hook(set)" } else { "Hook(none)" })
    }
}

/// Issues one token; its profile endpoint accepts that token and those of [`Cloud::accepts`].
#[derive(Debug)]
pub struct Cloud {
    serving: Option<HttpServer>,
    state: Arc<Mutex<State>>,
}

fn handler(state: &Arc<Mutex<State>>) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let state = Arc::clone(state);
    move |request| state.lock().expect("the cloud's state").answer(request)
}

impl Cloud {
    /// Starts a cloud without faults that issues a refreshable token in the OAuth form.
    #[must_use]
    pub fn start() -> Self {
        let email = "you@example.org";
        let access = token::jwt(&token::claims(email, None));
        let state = Arc::new(Mutex::new(State {
            behavior: CloudBehavior::Layer5,
            token: token::oauth(&access, Some("refresh-me"), Some("2099-01-01T00:00:00Z")),
            email: email.to_owned(),
            accepted: BTreeSet::new(),
            profile: None,
            refresh: Refresh::default(),
            revoke: Revoke::default(),
            previous: String::new(),
            renewals: 0,
            clock: 0,
            before_renewal: Hook::default(),
        }));
        let serving = HttpServer::start(handler(&state));
        Self { serving: Some(serving), state }
    }

    fn serving(&self) -> &HttpServer {
        self.serving.as_ref().expect("a cloud that runs")
    }

    /// Stops it, does this, and starts it again at the same address with what it knew. The requests before are forgotten.
    pub fn restart(&mut self, while_it_is_down: impl FnOnce()) {
        let address = self.serving().address();
        drop(self.serving.take());
        while_it_is_down();
        self.serving = Some(HttpServer::at(address, handler(&self.state)));
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.serving().address())
    }

    #[must_use]
    pub fn behaving(self, behavior: CloudBehavior) -> Self {
        self.change(|state| state.behavior = behavior)
    }

    /// Issues this token.
    #[must_use]
    pub fn issuing(self, token: impl Into<String>) -> Self {
        self.change(|state| state.token = token.into())
    }

    /// Accepts this token too, as Bearer.
    #[must_use]
    pub fn accepts(self, token: impl Into<String>) -> Self {
        self.change(|state| state.accepted.extend([token.into()]))
    }

    #[must_use]
    pub fn profile_fault(self, profile: ProfileFault) -> Self {
        self.change(|state| state.profile = Some(profile))
    }

    #[must_use]
    pub fn refreshing(self, refresh: Refresh) -> Self {
        self.change(|state| state.refresh = refresh)
    }

    #[must_use]
    pub fn revoking(self, revoke: Revoke) -> Self {
        self.change(|state| state.revoke = revoke)
    }

    /// Has a clock that is so many seconds ahead, or behind if negative. It issues tokens by it.
    #[must_use]
    pub fn clock_ahead_by(self, seconds: i64) -> Self {
        self.change(|state| state.clock = seconds)
    }

    /// Does this when it is asked for a new token, before it answers.
    #[must_use]
    pub fn before_renewal(self, hook: impl FnMut() + Send + 'static) -> Self {
        self.change(|state| state.before_renewal = Hook(Some(Box::new(hook))))
    }

    /// Issues a token with a refresh token, which ends so many seconds from now.
    #[must_use]
    pub fn issuing_for(self, seconds: i64) -> Self {
        self.change(|state| state.token = state.renewed(seconds))
    }

    /// How many tokens were renewed.
    #[must_use]
    pub fn renewals(&self) -> usize {
        self.state.lock().expect("the cloud's state").renewals
    }

    /// Sets the e-mail address in the profile.
    #[must_use]
    pub fn email(self, email: &str) -> Self {
        self.change(|state| email.clone_into(&mut state.email))
    }

    /// The token that it issues.
    #[must_use]
    pub fn token(&self) -> String {
        self.state.lock().expect("the cloud's state").token.clone()
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.serving().requests()
    }

    /// The number of connections, with or without a request.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.serving().connections()
    }

    /// Waits for the first request to this path.
    #[track_caller]
    #[must_use]
    pub fn wait_for_request(&self, path: &str) -> Request {
        self.serving().wait_for(path)
    }

    fn change(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().expect("the cloud's state"));
        self
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        match self.behavior {
            CloudBehavior::Down503 => return Reply::html(503, "Service Unavailable"),
            CloudBehavior::Silent => return Reply::Silent,
            _ => {}
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/refresh") => return self.refresh(request),
            ("POST", "/revoke") => return self.revoke(request),
            ("POST", "/introspect") => return self.introspect(request),
            ("GET", _) => {}
            _ => return Reply::text(405, "Method Not Allowed\n"),
        }
        match request.path.as_str() {
            "/login" => self.login(request),
            "/api/identity/users/profile" => self.user(request),
            // Without a key a server asks `/introspect` about each token.
            "/keys" => Reply::json(200, r#"{"keys":[]}"#),
            "/security/tokens" => Reply::html(200, "Security tokens"),
            _ if self.behavior == CloudBehavior::Tata => {
                Reply::json(200, json!({"endpoints": []}).to_string())
            }
            _ => Reply::html(404, "Not Found"),
        }
    }

    fn refresh(&mut self, request: &Request) -> Reply {
        let sent = sent_token(request);
        if let Hook(Some(hook)) = &mut self.before_renewal {
            hook();
        }
        let token = |token: &str| Reply::json(200, json!({ "token": token }).to_string());
        match self.refresh {
            Refresh::Missing => Reply::html(404, "Not Found"),
            Refresh::Renews(seconds) | Refresh::RenewsAgain(seconds) if sent == self.token => {
                self.renewals += 1;
                self.previous = std::mem::take(&mut self.token);
                self.token = self.renewed(seconds);
                token(&self.token)
            }
            Refresh::Twice(seconds) => {
                self.refresh = Refresh::Renews(seconds);
                Reply::Twice(Box::new(self.refresh(request)))
            }
            Refresh::RenewsAgain(_) if sent == self.previous => token(&self.token),
            Refresh::Renews(_) | Refresh::RenewsAgain(_) | Refresh::Ended => {
                Reply::json(401, r#"{"error":"invalid_grant"}"#)
            }
            Refresh::OtherAccount => {
                let mut claims = token::claims("eve@example.org", None);
                claims["sub"] = "user-2".into();
                token(&token::oauth(&token::jwt(&claims), Some("r"), None))
            }
            Refresh::Html => Reply::html(200, "Welcome"),
            Refresh::Nothing => Reply::json(200, "{}"),
            Refresh::Same => token(&sent),
            Refresh::Older => {
                let mut claims = token::claims(&self.email, None);
                claims["iat"] = (self.now() - 86_400).into();
                token(&token::oauth(&token::jwt(&claims), Some("r"), None))
            }
            Refresh::Slow => Reply::Slow,
            Refresh::Down503(seconds) => {
                Reply::html(503, "Down").with("Retry-After", &seconds.to_string())
            }
            Refresh::Silent => Reply::Silent,
        }
    }

    /// The time by its clock, in seconds since 1970.
    fn now(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        i64::try_from(now.as_secs()).expect("a clock before the end of time") + self.clock
    }

    /// Whether the token in the body is valid (RFC 7662).
    fn introspect(&self, request: &Request) -> Reply {
        let sent = sent_token(request);
        let mut accepted = self.accepted.iter().chain([&self.token]);
        let is_active = accepted.any(|it| sent == *it || sent == token::access_token(it));
        Reply::json(200, json!({ "active": is_active }).to_string())
    }

    /// The next token, with a refresh token of its own, which ends so many seconds from now.
    fn renewed(&self, seconds: i64) -> String {
        let now = self.now();
        let mut claims = token::claims(&self.email, Some(now + seconds));
        claims["iat"] = now.into();
        claims["jti"] = self.renewals.into();
        token::oauth(&token::jwt(&claims), Some(&format!("refresh-{}", self.renewals)), None)
    }

    fn revoke(&mut self, request: &Request) -> Reply {
        match self.revoke {
            Revoke::Missing => Reply::html(404, "Not Found"),
            Revoke::Revokes => {
                let sent = sent_token(request);
                self.accepted.remove(&sent);
                if sent == self.token {
                    self.token = String::new();
                }
                Reply::json(200, "{}")
            }
            Revoke::RevokesAndHangs => {
                self.profile = Some(ProfileFault::Silent);
                Reply::json(200, "{}")
            }
            Revoke::Drops => Reply::Dropped,
            Revoke::Pretends => Reply::json(200, "{}"),
            Revoke::Down503 => Reply::html(503, "Down"),
            Revoke::Silent => Reply::Silent,
        }
    }

    fn login(&self, request: &Request) -> Reply {
        let Some(source) = request.param("source").and_then(decoded_source) else {
            let error = json!({"error": "invalid source query parameter"});
            return Reply::json(400, error.to_string());
        };
        let token = encode(&self.token);
        let session = "session_cookie=session-1";
        let back = |to: &str, query: &str| {
            let join = if to.contains('?') { '&' } else { '?' };
            Reply::redirect(&format!("{to}{join}{query}"))
                .with("Set-Cookie", &format!("{session}; Path=/; HttpOnly"))
        };
        let callback = format!("{}{}", source.origin(), source.target);
        match self.behavior {
            CloudBehavior::Tata => {
                let path = source.path().trim_end_matches('/');
                let to = format!("{}{path}/api/user/token", source.origin());
                back(&to, &format!("{session}&token={token}"))
            }
            CloudBehavior::LosesPath => {
                back(&format!("{}/", source.origin()), &format!("token={token}&{session}"))
            }
            CloudBehavior::Denies => {
                back(&callback, "error=access_denied&error_description=The+user+said+no")
            }
            CloudBehavior::NoToken => back(&callback, session),
            CloudBehavior::EmptyToken => back(&callback, &format!("token=&{session}")),
            CloudBehavior::TwoTokens => {
                back(&callback, &format!("token={token}&token=another&{session}"))
            }
            CloudBehavior::AlreadySignedIn => Reply::html(200, "Welcome back"),
            CloudBehavior::Breaks500 => Reply::html(500, "Internal Server Error"),
            CloudBehavior::Layer5 | CloudBehavior::Down503 | CloudBehavior::Silent => {
                back(&callback, &format!("token={token}&{session}"))
            }
        }
    }

    fn user(&self, request: &Request) -> Reply {
        let user = |email: &str| {
            let user = json!({"id": "user-1", "first_name": "Test", "email": email});
            Reply::json(200, user.to_string())
        };
        match self.profile {
            Some(ProfileFault::Forbids403) => Reply::json(403, r#"{"error":"forbidden"}"#),
            Some(ProfileFault::Breaks500) => Reply::html(500, "Internal Server Error"),
            Some(ProfileFault::Html) => Reply::html(200, "Welcome"),
            Some(ProfileFault::NoEmail) => Reply::json(200, r#"{"id":"user-1"}"#),
            Some(ProfileFault::Hostile) => user("you\u{1b}[2J\r\n@example.org"),
            Some(ProfileFault::Silent) => Reply::Silent,
            None if self.accepts_bearer(request) => user(&self.email),
            None | Some(ProfileFault::Refuses) => Reply::json(401, r#"{"error":"unauthorized"}"#),
        }
    }

    /// Whether the Bearer token is an accepted token or the access token inside one.
    fn accepts_bearer(&self, request: &Request) -> bool {
        let header = request.header("authorization").unwrap_or_default();
        let Some((scheme, bearer)) = header.split_once(' ') else {
            return false;
        };
        let mut accepted = self.accepted.iter().chain([&self.token]);
        let matches = |token: &String| bearer == token || bearer == token::access_token(token);
        scheme.eq_ignore_ascii_case("bearer") && accepted.any(matches)
    }
}

/// The token in the body of a request: `{"token": "…"}`.
fn sent_token(request: &Request) -> String {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    body.and_then(|it| Some(it.get("token")?.as_str()?.to_owned())).unwrap_or_default()
}

/// Decodes an absolute URL from URL-safe base64, without padding or, as Tata's provider accepts, with it.
fn decoded_source(source: &str) -> Option<Url> {
    let bytes = URL_SAFE_NO_PAD.decode(source).or_else(|_| URL_SAFE.decode(source)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Url::try_parse(&text)
}
