use super::*;
use crate::failure::FailureKind;

struct NoSession;

impl Session for NoSession {}

/// A provider that implements only what it must.
struct LoginOnly;

impl Provider for LoginOnly {
    fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
        Err(Failure::denied("login"))
    }
}

/// A provider whose every action fails with its own name.
struct Named;

impl Provider for Named {
    fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
        Err(Failure::denied("login"))
    }
    fn logout(&self, _: &Request, _: &mut dyn Session) -> Result<(), Failure> {
        Err(Failure::denied("logout"))
    }
    fn refresh(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
        Err(Failure::denied("refresh"))
    }
    fn whoami(&self, _: &Request, _: &mut dyn Session) -> Result<String, Failure> {
        Err(Failure::denied("whoami"))
    }
}

/// The failures of login, logout, refresh and whoami.
fn failures(provider: &dyn Provider) -> [Option<Failure>; 4] {
    let request = Request::new(Action::Login, Settings::default());
    [
        provider.login(&request, &mut NoSession).err(),
        provider.logout(&request, &mut NoSession).err(),
        provider.refresh(&request, &mut NoSession).err(),
        provider.whoami(&request, &mut NoSession).err(),
    ]
}

#[test]
fn by_default_logout_refresh_and_whoami_are_unsupported() {
    let [_, logout, refresh, whoami] = failures(&LoginOnly);
    assert_eq!(logout, Some(Failure::unsupported("logout")));
    assert_eq!(refresh, Some(Failure::unsupported("refresh")));
    assert_eq!(whoami, Some(Failure::unsupported("whoami")));
}

#[test]
fn a_reference_to_a_provider_acts_as_the_provider() {
    let reference: &dyn Provider = &&Named;
    let names = ["login", "logout", "refresh", "whoami"];
    assert_eq!(failures(reference), names.map(|name| Some(Failure::denied(name))));
}

#[test]
fn settings_return_what_was_set_and_a_missing_one_is_an_internal_failure() {
    let mut settings = Settings::default();
    settings.set("url", "first");
    settings.set("url", "second");
    assert_eq!((settings.get("url"), settings.require("url")), (Some("second"), Ok("second")));
    let failure = settings.require("flow").unwrap_err();
    assert_eq!(settings.get("flow"), None);
    assert_eq!(failure.kind, FailureKind::Internal);
    assert_eq!(
        failure.message,
        "The setting flow has no value: provider.json must declare it, as required or with a default."
    );
}

#[test]
fn a_setting_with_fixed_values_has_no_other_value() {
    let mut settings = Settings::default();
    for (value, expected) in [
        ("access", Ok("access")),
        ("id", Ok("id")),
        ("both", Err("The setting token must be one of: access, id.")),
        ("", Err("The setting token must be one of: access, id.")),
        ("ID", Err("The setting token must be one of: access, id.")),
    ] {
        settings.set("token", value);
        let expected = expected.map_err(|it| Failure::misconfigured(it, &["token"]));
        assert_eq!(settings.one_of("token", &["access", "id"]), expected, "{value}");
    }
    assert_eq!(settings.one_of("flow", &["auto"]).unwrap_err().kind, FailureKind::Internal);
}

#[test]
fn debug_shows_the_keys_of_settings_and_never_their_values() {
    let mut settings = Settings::default();
    settings.set("client_secret", "canary");
    assert_eq!(format!("{settings:?}"), r#"{"client_secret"}"#);
    let request = Request::new(Action::Login, settings)
        .stored_state(Secret::new("canary"))
        .token(Token::parse("canary").unwrap());
    assert!(!format!("{request:?}").contains("canary"));
}

#[test]
fn a_request_without_browser_has_one() {
    let read: Request = serde_json::from_str(r#"{"action":"login"}"#).unwrap();
    assert_eq!(read, Request::new(Action::Login, Settings::default()));
    let read: Request = serde_json::from_str(r#"{"action":"login","browser":false}"#).unwrap();
    assert_eq!(read, Request::new(Action::Login, Settings::default()).without_browser());
}

#[test]
fn requests_and_sign_ins_have_their_frozen_names() {
    let mut settings = Settings::default();
    settings.set("url", "u");
    let state = || Secret::new("s");
    let request = Request::new(Action::Logout, settings).stored_state(state());
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        r#"{"action":"logout","settings":{"url":"u"},"kept":"s","browser":true}"#
    );
    let token = Token::parse("t").unwrap();
    let request = Request::new(Action::Whoami, Settings::default()).token(token.clone());
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        r#"{"action":"whoami","settings":{},"browser":true,"token":"t"}"#
    );
    let sign_in =
        SignIn::with_token(token.clone()).account("a").expires_at(7).stored_state(state());
    let json = r#"{"token":"t","kept":"s","expires_at":7,"account":"a"}"#;
    assert_eq!(serde_json::to_string(&sign_in).unwrap(), json);
    assert_eq!(serde_json::from_str::<SignIn>(json).unwrap(), sign_in);
    let bare = SignIn::with_token(token);
    assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"token":"t"}"#);
}

#[test]
fn an_action_that_is_not_known_is_read_as_unknown() {
    use Action::*;
    for (name, action) in [
        ("login", Login),
        ("logout", Logout),
        ("refresh", Refresh),
        ("whoami", Whoami),
        ("teleport", Unknown),
    ] {
        assert_eq!(serde_json::from_str::<Action>(&format!("{name:?}")).unwrap(), action);
    }
}

#[test]
fn a_sign_in_from_claims_states_what_the_token_states() {
    // {"alg":"none"}.{"email":"ada@example.org","exp":7}
    let text = "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYUBleGFtcGxlLm9yZyIsImV4cCI6N30.c2ln";
    let token = Token::parse(text).unwrap();
    let sign_in = SignIn::from_claims(token.clone());
    let expected = SignIn::with_token(token).account("ada@example.org").expires_at(7);
    assert_eq!(sign_in, expected);
}

#[test]
fn a_token_that_the_host_did_not_pass_is_an_internal_failure() {
    let request = Request::new(Action::Whoami, Settings::default());
    assert_eq!(request.require_token().unwrap_err().kind, FailureKind::Internal);
    let token = Token::parse("abc").unwrap();
    assert_eq!(request.token(token.clone()).require_token(), Ok(&token));
}
