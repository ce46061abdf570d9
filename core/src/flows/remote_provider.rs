//! The sign-in of a Meshery remote provider, such as Layer5: the browser goes to its `/login`, and
//! the token comes back in the query of a loopback address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::failure::Failure;
use crate::provider::{Provider, Request, SignIn};
use crate::session::{CallbackKind, Fetch, Query, Session};
use crate::token::Token;

/// The setting that holds the provider's base URL, without a slash at the end.
pub const URL: &str = "url";

/// The version of the provider protocol that the Go CLI announces, a constant there as well.
const PROVIDER_VERSION: &str = "v0.3.14";

/// Where a remote provider says whose token it is shown.
const PROFILE: &str = "/api/identity/users/profile";

/// Any Meshery remote provider; the setting [`URL`] says which.
#[derive(Debug)]
pub struct RemoteProvider;

impl Provider for RemoteProvider {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        sign_in(request.settings.require(URL)?.trim_end_matches('/'), session)
    }
}

/// Signs in at the remote provider whose base URL is `base`.
///
/// # Errors
/// Any failure of an ask; `denied` when the provider says so; `invalid_answer` when it sends no token.
pub fn sign_in(base: &str, session: &mut dyn Session) -> Result<SignIn, Failure> {
    let callback = session.callback(CallbackKind::Marked)?;
    let source = URL_SAFE_NO_PAD.encode(callback);
    let answer = session
        .visit(&format!("{base}/login?source={source}&provider_version={PROVIDER_VERSION}"))?;
    let mut sign_in = SignIn::of(token_of(&answer)?);
    if sign_in.account.is_none() {
        sign_in.account = account(base, &sign_in.token, session);
    }
    Ok(sign_in)
}

fn token_of(answer: &Query) -> Result<Token, Failure> {
    if answer.get("error").is_some() {
        return Err(Failure::denied("Access was not allowed."));
    }
    match answer.get("token") {
        None | Some("") => Err(Failure::invalid_answer("The provider sent no token.")),
        // No token has a space: it was a plus sign that the provider did not escape.
        Some(text) => Token::parse(&text.replace(' ', "+")).map_err(|why| {
            Failure::invalid_answer(format!("The provider sent a token that {why}."))
        }),
    }
}

/// Whose token it is. Nice to know, never a reason to fail: the token was just handed out.
fn account(base: &str, token: &Token, session: &mut dyn Session) -> Option<String> {
    let bearer = format!("Bearer {}", token.bearer().expose());
    let profile = Fetch::get(format!("{base}{PROFILE}")).header("Authorization", bearer);
    let profile = session.fetch(&profile).ok().filter(|answer| answer.status == 200)?;
    let profile: Value = serde_json::from_str(&profile.body).ok()?;
    profile.get("email")?.as_str().filter(|email| !email.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;
    use crate::session::Fetched;

    /// A host that was told what comes back, and remembers where the browser was sent.
    struct Script {
        back: Vec<(&'static str, &'static str)>,
        profile: Result<Fetched, Failure>,
        visited: String,
    }

    impl Session for Script {
        fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
            assert_eq!(kind, CallbackKind::Marked);
            Ok("http://localhost:43127".into())
        }
        fn visit(&mut self, url: &str) -> Result<Query, Failure> {
            self.visited = url.into();
            Ok(Query::new(self.back.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect()))
        }
        fn fetch(&mut self, request: &Fetch) -> Result<Fetched, Failure> {
            assert_eq!(request.url, "https://cloud.example/api/identity/users/profile");
            let [(name, value)] = &request.headers[..] else { panic!("one header") };
            assert!(name == "Authorization" && value.starts_with("Bearer "));
            self.profile.clone()
        }
    }

    fn run(
        back: Vec<(&'static str, &'static str)>,
        status: u16,
        body: &str,
    ) -> (Result<SignIn, Failure>, String) {
        let profile = Ok(Fetched { status, headers: Vec::new(), body: body.into() });
        let mut script = Script { back, profile, visited: String::new() };
        let result = sign_in("https://cloud.example", &mut script);
        (result, script.visited)
    }

    #[test]
    fn the_browser_is_sent_where_the_go_cli_sends_it() {
        let (result, visited) =
            run(vec![("session_cookie", "s"), ("token", "T")], 200, r#"{"email":"a@b.example"}"#);
        assert_eq!(
            visited,
            "https://cloud.example/login?source=aHR0cDovL2xvY2FsaG9zdDo0MzEyNw&provider_version=v0.3.14"
        );
        let signed_in = result.unwrap();
        assert_eq!(signed_in.token.expose(), "T");
        assert_eq!(signed_in.account.as_deref(), Some("a@b.example"));
    }

    #[test]
    fn a_provider_that_will_not_say_who_it_is_signs_in_all_the_same() {
        for (status, body) in
            [(401, "{}"), (200, "<html>"), (200, "[]"), (200, r#"{"email":7}"#), (500, "")]
        {
            let signed_in = run(vec![("token", "T")], status, body).0.unwrap();
            assert_eq!(signed_in.account, None);
        }
    }

    #[test]
    fn a_refusal_and_a_missing_token_are_told_apart() {
        let kind = |back| run(back, 200, "").0.unwrap_err().kind;
        assert_eq!(kind(vec![("error", "access_denied")]), FailureKind::Denied);
        assert_eq!(kind(vec![("error", ""), ("token", "T")]), FailureKind::Denied);
        assert_eq!(kind(vec![]), FailureKind::InvalidAnswer);
        assert_eq!(kind(vec![("token", "")]), FailureKind::InvalidAnswer);
        assert_eq!(kind(vec![("token", "a;b")]), FailureKind::InvalidAnswer);
    }

    #[test]
    fn an_unescaped_plus_sign_in_a_token_is_mended() {
        let signed_in = run(vec![("token", "a b=")], 401, "").0.unwrap();
        assert_eq!(signed_in.token.expose(), "a+b=");
    }
}
