//! A cloud like Layer5 on loopback: the browser signs in there and is redirected back with a token.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::net::http_server::{HttpServer, Reply, Request};
use crate::net::url::{Url, encode};
use crate::peers::token;

/// How `/login` answers. The source is the callback URL that the program sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CloudBehavior {
    /// Redirects to the source with `token` and `session_cookie`.
    #[default]
    Layer5,
    /// Drops the query of the source and appends `/api/user/token` to its path. Answers any unknown GET with
    /// 200 and JSON.
    Tata,
    /// Redirects to the root of the source's origin, so that only the cookie identifies the login.
    LosesPath,
    /// Redirects to the source with `error=access_denied`.
    Denies,
    /// Shows a page and never redirects back, as for a user who is already signed in.
    AlreadySignedIn,
    /// Redirects to the source without a token.
    NoToken,
    /// Redirects to the source with an empty token.
    EmptyToken,
    /// Redirects to the source with two different tokens.
    TwoTokens,
    /// Answers 500 with a page.
    Breaks500,
    /// Answers 503 to every request, also for the profile.
    Down503,
    /// Never answers any request.
    Silent,
}

/// A fault of the profile endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileFault {
    /// 401 to every request.
    Refuses,
    Forbids403,
    Breaks500,
    /// 200 with an HTML page.
    Html,
    /// 200 with JSON without an e-mail address.
    NoEmail,
    /// 200 with an e-mail address that contains escape sequences.
    Hostile,
    Silent,
}

#[derive(Debug)]
struct State {
    behavior: CloudBehavior,
    token: String,
    email: String,
    accepted: BTreeSet<String>,
    profile: Option<ProfileFault>,
}

/// Issues one token; its profile endpoint accepts that token and those of [`Cloud::accepts`].
#[derive(Debug)]
pub struct Cloud {
    serving: HttpServer,
    state: Arc<Mutex<State>>,
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
        }));
        let serving = HttpServer::start({
            let state = Arc::clone(&state);
            move |request| state.lock().expect("the cloud's state").answer(request)
        });
        Self { serving, state }
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.serving.address())
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
        self.serving.requests()
    }

    /// The number of connections, with or without a request.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.serving.connections()
    }

    /// Waits for the first request to this path.
    #[track_caller]
    #[must_use]
    pub fn wait_for_request(&self, path: &str) -> Request {
        self.serving.wait_for(path)
    }

    fn change(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().expect("the cloud's state"));
        self
    }
}

impl State {
    fn answer(&self, request: &Request) -> Reply {
        match self.behavior {
            CloudBehavior::Down503 => return Reply::html(503, "Service Unavailable"),
            CloudBehavior::Silent => return Reply::Silent,
            _ => {}
        }
        if request.method != "GET" {
            return Reply::text(405, "Method Not Allowed\n");
        }
        match request.path.as_str() {
            "/login" => self.login(request),
            "/api/identity/users/profile" => self.user(request),
            "/security/tokens" => Reply::html(200, "Security tokens"),
            _ if self.behavior == CloudBehavior::Tata => {
                Reply::json(200, json!({"endpoints": []}).to_string())
            }
            _ => Reply::html(404, "Not Found"),
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

/// Decodes an absolute URL from URL-safe base64, without padding or, as Tata's provider accepts, with it.
fn decoded_source(source: &str) -> Option<Url> {
    let bytes = URL_SAFE_NO_PAD.decode(source).or_else(|_| URL_SAFE.decode(source)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Url::try_parse(&text)
}
