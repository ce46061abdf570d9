//! The tokens that the mock issues: their form, their end, and their renewal.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Request, Settings, SignIn};
use mesheryctl_plugin_sdk::secret::Secret;
use mesheryctl_plugin_sdk::serde_json::{Value, json};
use mesheryctl_plugin_sdk::session::Session;
use mesheryctl_plugin_sdk::token::Token;

/// What the settings say of a token.
pub struct Shape<'a> {
    form: &'a str,
    expires_in: Option<u64>,
    account: Option<&'a str>,
    is_renewed: bool,
}

impl<'a> Shape<'a> {
    /// Before anybody signs in, so that a wrong setting is found first.
    pub fn of(settings: &'a Settings) -> Result<Self, Failure> {
        let seconds = |text: &str| {
            let message = "The setting expires_in must be a number of seconds.";
            text.parse().map_err(|_| Failure::misconfigured(message, &["expires_in"]))
        };
        Ok(Self {
            form: settings.one_of("form", &["text", "jwt", "oauth"])?,
            expires_in: settings.get("expires_in").map(seconds).transpose()?,
            account: settings.get("account"),
            is_renewed: answer(settings, "refresh")? != "unsupported",
        })
    }

    /// The token with this number, from 1 on. `text` is the token of the form text.
    pub fn issue(
        &self,
        number: u32,
        text: &str,
        session: &mut dyn Session,
    ) -> Result<SignIn, Failure> {
        let now = match (self.form, self.expires_in) {
            ("text", None) => 0,
            _ => session.now()?,
        };
        let expires_at = self.expires_in.map(|it| now.saturating_add(it));
        let text = match (self.form, number) {
            ("jwt", _) => self.jwt(number, now, expires_at),
            ("oauth", _) => self.oauth(number, now, expires_at)?,
            (_, 1) => text.to_owned(),
            _ => format!("{text}-{number}"),
        };
        let token = Token::parse(&text).map_err(|why| Failure::invalid_answer(why.to_string()))?;
        let mut sign_in = SignIn::with_token(token);
        sign_in.account = self.account.map(str::to_owned);
        sign_in.expires_at = expires_at;
        sign_in.stored_state = self.is_renewed.then(|| Secret::new(number.to_string()));
        Ok(sign_in)
    }

    /// A JWT whose signature nobody can verify.
    fn jwt(&self, number: u32, now: u64, expires_at: Option<u64>) -> String {
        let mut claims =
            json!({ "iss": "https://mock.example", "iat": now, "jti": number.to_string() });
        if let Some(account) = self.account {
            claims["sub"] = account.into();
            claims["email"] = account.into();
        }
        if let Some(expires_at) = expires_at {
            claims["exp"] = expires_at.into();
        }
        let header = json!({ "alg": "RS256", "kid": "mock", "typ": "JWT" });
        let parts = [header.to_string(), claims.to_string(), "no signature".to_owned()];
        parts.map(|it| URL_SAFE_NO_PAD.encode(it)).join(".")
    }

    /// The form of a login at Layer5: the token of golang.org/x/oauth2 as JSON, in base64.
    fn oauth(&self, number: u32, now: u64, expires_at: Option<u64>) -> Result<String, Failure> {
        let access = self.jwt(number, now, expires_at);
        let mut json: Value = json!({ "access_token": access, "token_type": "bearer" });
        if self.is_renewed {
            json["refresh_token"] = format!("mock-refresh-{number}").into();
        }
        if let Some(expires_at) = expires_at {
            let seconds = i64::try_from(expires_at).ok();
            let time = seconds.and_then(|it| jiff::Timestamp::from_second(it).ok());
            let message = "The setting expires_in is too large.";
            let time = time.ok_or_else(|| Failure::misconfigured(message, &["expires_in"]))?;
            json["expiry"] = time.to_string().into();
        }
        Ok(STANDARD_NO_PAD.encode(json.to_string()))
    }
}

/// The number of the token in the request, by the state that its login left.
pub fn number_of(request: &Request) -> u32 {
    let state = request.stored_state.as_ref();
    state.and_then(|it| it.expose().parse().ok()).unwrap_or(1)
}

/// What an action is to answer, by the setting of its name.
pub fn answer<'a>(settings: &'a Settings, action: &str) -> Result<&'a str, Failure> {
    settings.one_of(action, &["unsupported", "yes", "rejected"])
}
