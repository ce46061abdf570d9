//! An impostor: an OpenID provider on loopback that misbehaves as no certified one can be made to.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::net::http_server::{HttpServer, Reply, Request};
use crate::net::url::{encode, pairs};

/// The access token that it gives out.
pub const ACCESS: &str = "access-of-the-impostor";

/// What it does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImpostorFault {
    /// Nothing.
    Honest,
    TimeWithoutEnd,
    TimeOfAges,

    // What it says of itself.
    OtherIssuer,
    OtherIssuerByItsPath,
    NoMetadata,
    HtmlMetadata,
    NoTokenEndpoint,
    OnlyPlainPkce,
    SilentAboutPkce,
    EndpointElsewhere,
    EndpointInPlainHttp,
    NoDeviceFlow,

    // With what it sends the browser back.
    WrongIss,
    NoIss,
    NoIssNorPromise,
    Denies,
    DeniesInAnotherName,
    Breaks,
    NoCode,

    // What it says for a code.
    CodeRefused,
    HtmlForACode,
    JsonAsText,
    EmptyForACode,
    ErrorPage,
    ErrorPage400,
    Redirect,
    TimeAsText,
    TimeBelowZero,
    TwoAccessTokens,
    Endless,
    UnknownTokenType,
    NoAccessToken,
    ControlCharacter,

    // Whom it takes the person for.
    OtherNonce,
    NoNonce,
    OtherAudience,
    SeveralAudiences,
    OtherParty,
    IssuedByAnother,
    Expired,
    FromTheFuture,
    Unsigned,
    NoIdToken,
    NoRefreshToken,
    Garbled,
    OtherSubject,

    // Where it sends a person with a code for another device.
    VerificationElsewhere,
    NoDeviceCode,
    EndlessUserCode,
    UserCodeThatDraws,
}

#[derive(Debug)]
struct State {
    fault: ImpostorFault,
    /// What is answered to those who ask whether the device code was entered, one after the other; then
    /// tokens, once, and after that an error.
    polls: Vec<&'static str>,
    asked: usize,
    expires_in: u64,
    interval: Option<u64>,
    nonce: Option<String>,
}

/// Sends every browser back at once, and records all it is asked.
#[derive(Debug)]
pub struct Impostor {
    serving: HttpServer,
    state: Arc<Mutex<State>>,
}

impl Impostor {
    #[must_use]
    pub fn start(fault: ImpostorFault) -> Self {
        let state = State {
            fault,
            polls: Vec::new(),
            asked: 0,
            expires_in: 600,
            interval: Some(1),
            nonce: None,
        };
        let state = Arc::new(Mutex::new(state));
        let serving = HttpServer::start({
            let state = Arc::clone(&state);
            move |request| state.lock().expect("the impostor's state").answer(request)
        });
        Self { serving, state }
    }

    /// Answers polls so: an error of OAuth, `drop` for a closed connection, `page` for a page of a proxy.
    #[must_use]
    pub fn polls(self, polls: &[&'static str]) -> Self {
        self.change(|state| state.polls = polls.to_vec())
    }

    /// Its device codes hold for so many seconds.
    #[must_use]
    pub fn expires_in(self, seconds: u64) -> Self {
        self.change(|state| state.expires_in = seconds)
    }

    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}", self.serving.address())
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.serving.requests()
    }

    /// The forms that were sent to this path, in order.
    #[must_use]
    pub fn forms(&self, path: &str) -> Vec<Vec<(String, String)>> {
        let requests = self.requests().into_iter().filter(|it| it.path == path);
        requests.map(|it| pairs(&String::from_utf8_lossy(&it.body))).collect()
    }

    fn change(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().expect("the impostor's state"));
        self
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let issuer = format!("http://{}", request.header("host").unwrap_or_default());
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/.well-known/openid-configuration") => self.metadata(&issuer),
            ("GET", "/authorize") => self.authorize(&issuer, request),
            ("POST", "/device") => self.device(&issuer),
            ("POST", "/token") => self.token(&issuer, request),
            ("POST", "/revoke") => match self.fault {
                ImpostorFault::ErrorPage => Reply::html(503, "Service Unavailable"),
                ImpostorFault::CodeRefused => refusal("unsupported_token_type"),
                _ => Reply::text(200, ""),
            },
            ("GET", "/userinfo") => {
                let sub = if self.fault == ImpostorFault::OtherSubject { "eve" } else { "ada" };
                Reply::json(200, json!({"sub": sub, "email": "ada@impostor.example"}).to_string())
            }
            _ => Reply::html(404, "Not Found"),
        }
    }

    fn metadata(&self, issuer: &str) -> Reply {
        let mut metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "device_authorization_endpoint": format!("{issuer}/device"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "revocation_endpoint": format!("{issuer}/revoke"),
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        let members = metadata.as_object_mut().expect("an object");
        let mut set = |member: &str, value: Value| drop(members.insert(member.to_owned(), value));
        match self.fault {
            ImpostorFault::OtherIssuer => set("issuer", json!("https://login.example.org")),
            ImpostorFault::OtherIssuerByItsPath => set("issuer", json!(format!("{issuer}/realm"))),
            ImpostorFault::OnlyPlainPkce => {
                set("code_challenge_methods_supported", json!(["plain"]));
            }
            ImpostorFault::SilentAboutPkce => set("code_challenge_methods_supported", json!(null)),
            ImpostorFault::EndpointElsewhere => {
                set("token_endpoint", json!("https://tokens.example.org/token"));
            }
            ImpostorFault::EndpointInPlainHttp => {
                set("token_endpoint", json!("http://192.0.2.1/token"));
            }
            ImpostorFault::NoTokenEndpoint => set("token_endpoint", json!(null)),
            ImpostorFault::NoDeviceFlow => set("device_authorization_endpoint", json!(null)),
            ImpostorFault::NoIssNorPromise => {
                set("authorization_response_iss_parameter_supported", json!(false));
            }
            _ => {}
        }
        match self.fault {
            ImpostorFault::NoMetadata => Reply::html(404, "Not Found"),
            ImpostorFault::HtmlMetadata => Reply::html(200, "Welcome"),
            _ => Reply::json(200, metadata.to_string()),
        }
    }

    fn authorize(&mut self, issuer: &str, request: &Request) -> Reply {
        self.nonce = request.param("nonce").map(str::to_owned);
        let back = request.param("redirect_uri").expect("where to go back to");
        let state = encode(request.param("state").expect("a state"));
        let (ours, other) = (encode(issuer), encode("https://login.example.org"));
        let denial = "error=access_denied&error_description=no";
        Reply::redirect(&match self.fault {
            ImpostorFault::WrongIss => format!("{back}?code=c0de&state={state}&iss={other}"),
            ImpostorFault::NoIss | ImpostorFault::NoIssNorPromise => {
                format!("{back}?code=c0de&state={state}")
            }
            ImpostorFault::Denies => format!("{back}?{denial}&state={state}&iss={ours}"),
            ImpostorFault::DeniesInAnotherName => {
                format!("{back}?{denial}&state={state}&iss={other}")
            }
            ImpostorFault::Breaks => format!("{back}?error=server_error&state={state}&iss={ours}"),
            ImpostorFault::NoCode => format!("{back}?state={state}&iss={ours}"),
            _ => format!("{back}?code=c0de&state={state}&iss={ours}"),
        })
    }

    fn device(&self, issuer: &str) -> Reply {
        let mut granted = json!({
            "device_code": "device-c0de",
            "user_code": "WDJB-MJHT",
            "verification_uri": format!("{issuer}/activate"),
            "verification_uri_complete": format!("{issuer}/activate?user_code=WDJB-MJHT"),
            "expires_in": self.expires_in,
            "interval": self.interval,
        });
        match self.fault {
            ImpostorFault::VerificationElsewhere => {
                granted["verification_uri"] = json!("https://evil.example.org/activate");
            }
            ImpostorFault::NoDeviceCode => granted["device_code"] = json!(""),
            ImpostorFault::EndlessUserCode => granted["user_code"] = json!("W".repeat(41)),
            ImpostorFault::UserCodeThatDraws => granted["user_code"] = json!("WDJB\u{1b}[2K-MJHT"),
            _ => {}
        }
        Reply::json(200, granted.to_string())
    }

    fn token(&mut self, issuer: &str, request: &Request) -> Reply {
        let form = pairs(&String::from_utf8_lossy(&request.body));
        let is_poll = form.iter().any(|(_, value)| value.ends_with(":device_code"));
        if is_poll {
            let next = self.polls.get(self.asked).copied();
            self.asked += 1;
            match next {
                Some("drop") => return Reply::Dropped,
                Some("page") => return Reply::html(502, "Bad Gateway"),
                Some(error) => return refusal(error),
                None if self.asked > self.polls.len() + 1 => return refusal("invalid_grant"),
                None => {}
            }
        }
        let tokens = self.tokens(issuer).to_string();
        match self.fault {
            ImpostorFault::CodeRefused => refusal("invalid_grant"),
            ImpostorFault::HtmlForACode => Reply::html(200, "Welcome"),
            ImpostorFault::JsonAsText => Reply::text(200, tokens),
            ImpostorFault::EmptyForACode => Reply::json(200, ""),
            ImpostorFault::ErrorPage => Reply::html(500, "Internal Server Error"),
            ImpostorFault::ErrorPage400 => Reply::html(400, "Bad Request"),
            ImpostorFault::Redirect => {
                let stolen = format!("{issuer}/stolen");
                Reply::new(307, "text/plain", "").with("Location", &stolen)
            }
            ImpostorFault::Endless => Reply::Endless,
            ImpostorFault::TwoAccessTokens => {
                Reply::json(200, tokens.replacen('{', r#"{"access_token":"another","#, 1))
            }
            _ => Reply::json(200, tokens),
        }
    }

    fn tokens(&self, issuer: &str) -> Value {
        let mut tokens = json!({
            "access_token": ACCESS,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": "refresh-of-the-impostor",
            "id_token": self.id_token(issuer),
        });
        match self.fault {
            ImpostorFault::UnknownTokenType => tokens["token_type"] = json!("DPoP"),
            ImpostorFault::TimeAsText => tokens["expires_in"] = json!("3600"),
            ImpostorFault::TimeBelowZero => tokens["expires_in"] = json!(-1),
            ImpostorFault::TimeWithoutEnd => tokens["expires_in"] = json!(u64::MAX),
            ImpostorFault::TimeOfAges => tokens["expires_in"] = json!(u64::MAX / 2),
            ImpostorFault::NoAccessToken => tokens["access_token"] = json!(null),
            ImpostorFault::ControlCharacter => tokens["access_token"] = json!("a\r\nX-Injected: b"),
            ImpostorFault::NoRefreshToken => tokens["refresh_token"] = json!(null),
            ImpostorFault::NoIdToken => tokens["id_token"] = json!(null),
            ImpostorFault::Garbled => tokens["id_token"] = json!("a.b.c"),
            _ => {}
        }
        tokens
    }

    fn id_token(&self, issuer: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
        let mut claims = json!({
            "iss": issuer, "sub": "ada", "aud": "mesheryctl", "exp": now + 600, "iat": now,
            "nonce": self.nonce, "email": "ada@impostor.example",
        });
        match self.fault {
            ImpostorFault::OtherNonce => claims["nonce"] = json!("of another sign-in"),
            ImpostorFault::NoNonce => claims["nonce"] = json!(null),
            ImpostorFault::OtherAudience => claims["aud"] = json!("another-program"),
            ImpostorFault::SeveralAudiences => {
                claims["aud"] = json!(["mesheryctl", "another-program"]);
            }
            ImpostorFault::OtherParty => claims["azp"] = json!("another-program"),
            ImpostorFault::IssuedByAnother => claims["iss"] = json!("https://login.example.org"),
            ImpostorFault::Expired => claims["exp"] = json!(now - 3600),
            ImpostorFault::FromTheFuture => claims["iat"] = json!(now + 3600),
            ImpostorFault::OtherSubject => claims["email"] = json!(null),
            _ => {}
        }
        let algorithm = if self.fault == ImpostorFault::Unsigned { "none" } else { "RS256" };
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.c2ln", part(json!({"alg": algorithm})), part(claims))
    }
}

fn refusal(error: &str) -> Reply {
    Reply::json(400, json!({"error": error, "error_description": "in its words"}).to_string())
}
