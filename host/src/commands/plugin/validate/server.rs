//! [`Server`]: the HTTP peer of a validation. It is no real server: it answers every request with one JSON object that has the
//! members of OAuth, of OpenID and of a Meshery remote provider, so that the plugin's flow runs on.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use mesheryctl_core::session::{HttpRequest, HttpResponse};
use reqwest::Url;
use serde_json::{Value, json};

use super::seed::Seed;

pub const ACCOUNT: &str = "ada@example.org";
const WELL_KNOWN: &str = "/.well-known/";

/// What the server knows. It is cloned for each run, so that each begins with the same knowledge.
#[derive(Debug, Clone)]
pub struct Server {
    seed: Seed,
    /// Answers every request but discovery with this status and an error.
    status: Option<u16>,
    issuer: Option<String>,
    client: Option<String>,
    nonce: Option<String>,
    /// The number of the refresh token that is valid.
    current: u32,
    is_revoked: bool,
}

impl Server {
    pub fn new(seed: Seed) -> Self {
        let (issuer, client, nonce) = (None, None, None);
        Self { seed, status: None, issuer, client, nonce, current: 0, is_revoked: false }
    }

    /// The same server, which answers every request but discovery with this status.
    pub fn answering(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// What the browser brings back from this URL.
    pub fn visited(&mut self, url: &Url, now: u64) -> Vec<(String, String)> {
        let given = |name: &str| {
            let found = url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        self.client = given("client_id").or(self.client.take());
        self.nonce = given("nonce");
        let answer = [
            ("code", Some(self.seed.secret("code"))),
            ("token", Some(self.token(url, now))),
            ("state", given("state")),
            ("iss", self.issuer.clone()),
        ];
        let answer = answer.into_iter().filter_map(|(name, value)| Some((name, value?)));
        answer.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The token of a Meshery remote provider: base64 of OAuth JSON.
    fn token(&self, url: &Url, now: u64) -> String {
        let json = json!({
            "access_token": self.access(&origin(url), now),
            "refresh_token": self.refresh_token(),
            "token_type": "bearer",
        });
        STANDARD_NO_PAD.encode(json.to_string())
    }

    /// What the plugin must not show of its tokens and codes.
    pub fn secrets(&self, body: &str) -> Vec<String> {
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let names = ["access_token", "refresh_token", "id_token", "device_code", "token"];
        names.iter().filter_map(|it| Some(json.get(it)?.as_str()?.to_owned())).collect()
    }

    pub fn answer(&mut self, request: &HttpRequest, url: &Url, now: u64) -> HttpResponse {
        let body = request.body.as_deref().unwrap_or_default();
        if let Some((issuer, _)) = url.as_str().split_once(WELL_KNOWN) {
            self.issuer = Some(issuer.to_owned());
        }
        let mut form = url.clone();
        form.set_query(Some(body));
        let client = form.query_pairs().find(|(name, _)| name == "client_id");
        self.client = client.map(|(_, it)| it.into_owned()).or(self.client.take());
        let refreshes = body.contains(&self.refresh_token());
        if body.contains("refresh-token-") && !refreshes {
            return response(400, &json!({ "error": "invalid_grant" }));
        }
        let is_bearer = |name: &str| name.eq_ignore_ascii_case("authorization");
        let bears = request.headers.iter().any(|(name, _)| is_bearer(name));
        let is_discovery = url.as_str().contains(WELL_KNOWN);
        if let Some(status) = self.status.filter(|_| !is_discovery) {
            return response(status, &json!({ "error": "invalid_token" }));
        }
        let path = url.path().to_ascii_lowercase();
        if path.contains("revoke") || path.contains("logout") {
            self.is_revoked = true;
        } else if self.is_revoked && bears {
            return response(401, &json!({ "error": "invalid_token" }));
        }
        if refreshes && !self.is_revoked {
            self.current += 1;
        }
        response(200, &self.everything(url, now))
    }

    fn refresh_token(&self) -> String {
        self.seed.secret(&format!("refresh-token-{}", self.current))
    }

    fn access(&self, issuer: &str, now: u64) -> String {
        jwt(&json!({
            "iss": issuer, "sub": "ada", "email": ACCOUNT, "iat": now, "exp": now + 3600,
            "jti": self.seed.secret(&format!("access-token-{}", self.current)),
        }))
    }

    fn everything(&self, url: &Url, now: u64) -> Value {
        let origin = origin(url);
        let issuer = self.issuer.clone().unwrap_or_else(|| origin.clone());
        let endpoint = |name: &str| format!("{origin}/{name}");
        let id_token = jwt(&json!({
            "iss": issuer, "sub": "ada", "aud": self.client.as_deref().unwrap_or("validate"),
            "email": ACCOUNT, "iat": now, "exp": now + 3600, "nonce": self.nonce,
        }));
        json!({
            "issuer": issuer,
            "authorization_endpoint": endpoint("authorize"),
            "token_endpoint": endpoint("token"),
            "device_authorization_endpoint": endpoint("device"),
            "userinfo_endpoint": endpoint("userinfo"),
            "revocation_endpoint": endpoint("revoke"),
            "jwks_uri": endpoint("keys"),
            "code_challenge_methods_supported": ["S256"],
            "access_token": self.access(&issuer, now),
            "token": self.token(url, now),
            "refresh_token": self.refresh_token(),
            "id_token": id_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "device_code": self.seed.secret("device-code"),
            "user_code": "WDJB-MJHT",
            "verification_uri": endpoint("activate"),
            "interval": 1,
            "sub": "ada",
            "id": "ada",
            "user_id": "ada",
            "name": "Ada",
            "email": ACCOUNT,
            "account": ACCOUNT,
        })
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// A JWT with these claims and no valid signature: a plugin gets tokens over TLS, and cannot know the keys of this server.
fn jwt(claims: &Value) -> String {
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    format!("{}.{}.c2ln", part(r#"{"alg":"RS256","typ":"JWT"}"#.into()), part(claims.to_string()))
}

fn response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(status, body.to_string()).with_header("content-type", "application/json")
}
