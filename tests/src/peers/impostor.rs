//! An impostor: an OpenID provider on loopback with faults that a certified provider cannot be configured to have.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::net::http_server::{HttpServer, Reply, Request};
use crate::net::url::{encode, pairs};
use crate::peers::impostor_fault::ImpostorFault;

/// The access token that it issues.
pub const ACCESS: &str = "access-of-the-impostor";

#[derive(Debug)]
struct State {
    fault: ImpostorFault,
    /// The path, status and JSON of endpoints that have another answer.
    answers: Vec<(&'static str, u16, Value)>,
    /// The responses to polls for the device code, in order; then tokens, once, and after that an error.
    polls: Vec<&'static str>,
    polled: usize,
    expires_in: u64,
    interval: Option<u64>,
    nonce: Option<String>,
}

/// Redirects every browser back at once, and records all requests.
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
            answers: Vec::new(),
            polls: Vec::new(),
            polled: 0,
            expires_in: 600,
            interval: Some(1),
            nonce: None,
        };
        let state = Arc::new(Mutex::new(state));
        let serving = HttpServer::start({
            let state = Arc::clone(&state);
            move |request| state.lock().expect("the state of the impostor").answer(request)
        });
        Self { serving, state }
    }

    /// Answers polls in this order: an OAuth error code, `drop` for a closed connection, `page` for an HTML page.
    #[must_use]
    pub fn polls(self, polls: &[&'static str]) -> Self {
        self.change(|state| state.polls = polls.to_vec())
    }

    /// Answers each request to this path with this status and JSON. From `/authorize`, the browser is redirected
    /// back with the members of the JSON.
    #[must_use]
    pub fn answering(self, path: &'static str, status: u16, json: Value) -> Self {
        self.change(|state| state.answers.push((path, status, json)))
    }

    /// Its device codes are valid for this many seconds.
    #[must_use]
    pub fn expires_in(self, seconds: u64) -> Self {
        self.change(|state| state.expires_in = seconds)
    }

    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}", self.serving.address())
    }

    /// Every request so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.serving.requests()
    }

    /// The forms posted to this path, in order.
    #[must_use]
    pub fn forms(&self, path: &str) -> Vec<Vec<(String, String)>> {
        let requests = self.requests().into_iter().filter(|it| it.path == path);
        requests.map(|it| pairs(&String::from_utf8_lossy(&it.body))).collect()
    }

    fn change(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.lock().expect("the state of the impostor"));
        self
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let issuer = format!("http://{}", request.header("host").unwrap_or_default());
        if let Some((path, status, json)) = self.answers.iter().find(|it| it.0 == request.path) {
            return match *path {
                "/authorize" => back_with(&issuer, request, json),
                _ => Reply::json(*status, json.to_string()),
            };
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/.well-known/openid-configuration") => self.metadata(&issuer),
            ("GET", "/authorize") => self.authorize(&issuer, request),
            ("POST", "/device") => self.device(&issuer, request),
            ("POST", "/token") => self.token(&issuer, request),
            ("POST", "/revoke") => match self.fault {
                ImpostorFault::ErrorPage => Reply::html(503, "Service Unavailable"),
                ImpostorFault::AccessTokenNotRevoked
                    if String::from_utf8_lossy(&request.body).contains("=access_token") =>
                {
                    Reply::html(503, "Service Unavailable")
                }
                ImpostorFault::CodeRefused => error_response("unsupported_token_type"),
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
            ImpostorFault::IssuerWithOtherPath => set("issuer", json!(format!("{issuer}/realm"))),
            ImpostorFault::OnlyPlainPkce => {
                set("code_challenge_methods_supported", json!(["plain"]));
            }
            ImpostorFault::NoPkceMetadata => set("code_challenge_methods_supported", json!(null)),
            ImpostorFault::EndpointOnOtherHost => {
                set("token_endpoint", json!("https://tokens.example.org/token"));
            }
            ImpostorFault::EndpointOverHttp => {
                set("token_endpoint", json!("http://192.0.2.1/token"));
            }
            ImpostorFault::NoTokenEndpoint => set("token_endpoint", json!(null)),
            ImpostorFault::NoDeviceFlow => set("device_authorization_endpoint", json!(null)),
            ImpostorFault::LikeDex => {
                set("revocation_endpoint", json!(null));
                let with_secret = json!(["client_secret_basic", "client_secret_post"]);
                set("token_endpoint_auth_methods_supported", with_secret);
            }
            ImpostorFault::NoIssAndNotAnnounced => {
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
        let back = request.param("redirect_uri").expect("a redirect_uri");
        let state = encode(request.param("state").expect("a state"));
        let (ours, other) = (encode(issuer), encode("https://login.example.org"));
        let denial = "error=access_denied&error_description=no";
        Reply::redirect(&match self.fault {
            ImpostorFault::WrongIss => {
                format!("{back}?code=one-time-code&state={state}&iss={other}")
            }
            ImpostorFault::NoIss | ImpostorFault::NoIssAndNotAnnounced => {
                format!("{back}?code=one-time-code&state={state}")
            }
            ImpostorFault::Denial => format!("{back}?{denial}&state={state}&iss={ours}"),
            ImpostorFault::DenialOfOtherIssuer => {
                format!("{back}?{denial}&state={state}&iss={other}")
            }
            ImpostorFault::ServerError => {
                format!("{back}?error=server_error&state={state}&iss={ours}")
            }
            ImpostorFault::NoCode => format!("{back}?state={state}&iss={ours}"),
            _ => format!("{back}?code=one-time-code&state={state}&iss={ours}"),
        })
    }

    /// Requires PKCE, as Keycloak does of a client that must use it.
    fn device(&self, issuer: &str, request: &Request) -> Reply {
        for (name, value) in [("code_challenge_method", "S256"), ("code_challenge", "")] {
            let is_sent = |(key, sent): &(String, String)| key == name && sent.contains(value);
            if !pairs(&String::from_utf8_lossy(&request.body)).iter().any(is_sent) {
                let why = format!("Missing parameter: {name}");
                let json = json!({"error": "invalid_request", "error_description": why});
                return Reply::json(400, json.to_string());
            }
        }
        let mut granted = json!({
            "device_code": "device-number",
            "user_code": "WDJB-MJHT",
            "verification_uri": format!("{issuer}/activate"),
            "verification_uri_complete": format!("{issuer}/activate?user_code=WDJB-MJHT"),
            "expires_in": self.expires_in,
            "interval": self.interval,
        });
        match self.fault {
            ImpostorFault::VerificationOnOtherHost => {
                granted["verification_uri"] = json!("https://evil.example.org/activate");
            }
            ImpostorFault::NoDeviceCode => granted["device_code"] = json!(""),
            ImpostorFault::LongUserCode => granted["user_code"] = json!("W".repeat(41)),
            ImpostorFault::UserCodeWithEscape => granted["user_code"] = json!("WDJB\u{1b}[2K-MJHT"),
            _ => {}
        }
        Reply::json(200, granted.to_string())
    }

    fn token(&mut self, issuer: &str, request: &Request) -> Reply {
        let form = pairs(&String::from_utf8_lossy(&request.body));
        let is_poll = form.iter().any(|(_, value)| value.ends_with(":device_code"));
        if is_poll {
            if !form.iter().any(|(name, value)| name == "code_verifier" && value.len() == 43) {
                return error_response("invalid_grant");
            }
            let next = self.polls.get(self.polled).copied();
            self.polled += 1;
            match next {
                Some("drop") => return Reply::Dropped,
                Some("page") => return Reply::html(502, "Bad Gateway"),
                Some(error) => return error_response(error),
                None if self.polled > self.polls.len() + 1 => {
                    return error_response("invalid_grant");
                }
                None => {}
            }
        }
        let tokens = self.tokens(issuer).to_string();
        match self.fault {
            ImpostorFault::CodeRefused => error_response("invalid_grant"),
            ImpostorFault::HtmlTokenResponse => Reply::html(200, "Welcome"),
            ImpostorFault::JsonAsPlainText => Reply::text(200, tokens),
            ImpostorFault::EmptyTokenResponse => Reply::json(200, ""),
            ImpostorFault::ErrorPage => Reply::html(500, "Internal Server Error"),
            ImpostorFault::ErrorPage400 => Reply::html(400, "Bad Request"),
            ImpostorFault::RedirectedTokenRequest => {
                let stolen = format!("{issuer}/stolen");
                Reply::new(307, "text/plain", "").with("Location", &stolen)
            }
            ImpostorFault::EndlessResponse => Reply::Endless,
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
            ImpostorFault::NotAnAccessToken => tokens["token_type"] = json!("N_A"),
            ImpostorFault::LifetimeAsString => tokens["expires_in"] = json!("3600"),
            ImpostorFault::NegativeLifetime => tokens["expires_in"] = json!(-1),
            ImpostorFault::MaximalLifetime => tokens["expires_in"] = json!(u64::MAX),
            ImpostorFault::HugeLifetime => tokens["expires_in"] = json!(u64::MAX / 2),
            ImpostorFault::NoAccessToken => tokens["access_token"] = json!(null),
            ImpostorFault::ControlCharacter => tokens["access_token"] = json!("a\r\nX-Injected: b"),
            ImpostorFault::NoRefreshToken => tokens["refresh_token"] = json!(null),
            ImpostorFault::NoIdToken => tokens["id_token"] = json!(null),
            ImpostorFault::MalformedIdToken => tokens["id_token"] = json!("a.b.c"),
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
            ImpostorFault::OtherAuthorizedParty => claims["azp"] = json!("another-program"),
            ImpostorFault::IdTokenOfOtherIssuer => {
                claims["iss"] = json!("https://login.example.org");
            }
            ImpostorFault::Expired => claims["exp"] = json!(now - 3600),
            ImpostorFault::IssuedInTheFuture => claims["iat"] = json!(now + 3600),
            ImpostorFault::OtherSubject => claims["email"] = json!(null),
            _ => {}
        }
        let algorithm = if self.fault == ImpostorFault::Unsigned { "none" } else { "RS256" };
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.c2ln", part(json!({"alg": algorithm})), part(claims))
    }
}

/// The redirect back to the program with these members.
fn back_with(issuer: &str, request: &Request, members: &Value) -> Reply {
    let param = |name| encode(request.param(name).unwrap_or_default());
    let mut back = request.param("redirect_uri").expect("a redirect_uri").to_owned();
    back += &format!("?state={}&iss={}", param("state"), encode(issuer));
    for (name, value) in members.as_object().expect("an object") {
        back += &format!("&{name}={}", encode(value.as_str().expect("text")));
    }
    Reply::redirect(&back)
}

fn error_response(error: &str) -> Reply {
    Reply::json(400, json!({"error": error, "error_description": "in its words"}).to_string())
}
