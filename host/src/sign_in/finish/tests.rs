//! Tests of what a login saves or refuses, depending on the verdict of the server, the expiry and the account.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_core::flows::no_account::NoAccount;
use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::secret::Secret;
use serde_json::{Value, json};

use super::*;
use crate::providers::entry::{Source, installed};
use crate::sign_in::verification::{ProviderVerdict, ServerVerdict};
use crate::storage::home::Home;
use crate::storage::token_store::Stored;
use crate::terminal::Terminal;

/// A token with these claims.
fn token(claims: &Value) -> Token {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    let text = format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "RS256"})), part(claims));
    Token::parse(&text).unwrap()
}

pub(super) fn old() -> Token {
    token(&json!({"email": "ada@example.org"}))
}

/// A credential that Acme has issued now, with an account, an expiry and state.
pub(super) fn credential() -> Credential {
    let sign_in = SignIn::with_token(old())
        .account("ada")
        .stored_state(Secret::new("refresh"))
        .expires_at(4_000_000_000);
    Credential {
        is_renewed: false,
        id: Some("acme".to_owned()),
        name: "Acme".to_owned(),
        has_account: true,
        url: None,
        sign_in,
        name_in_file: None,
        origin: Origin::Login,
        settings: None,
        plugin_sha256: None,
        needs_account: true,
    }
}

/// A credential that the person had.
pub(super) fn brought() -> Credential {
    Credential { origin: Origin::Brought, ..credential() }
}

pub(super) const SERVER: &str = "http://localhost:9081";

/// What was found out by asking a server alone.
pub(super) fn asked(provider: Option<&str>, verdict: Verdict) -> Findings {
    let provider = provider.map(str::to_owned);
    let verdict = ServerVerdict { server: SERVER.to_owned(), provider, verdict };
    Findings::of(Some(verdict), None, "acme", Origin::Login)
}

/// What was found out by asking a provider alone.
pub(super) fn by_provider(verdict: ProviderVerdict) -> Findings {
    Findings::of(None, Some(verdict), "acme", Origin::Login)
}

pub(super) fn nobody() -> Findings {
    Findings::of(None, None, "", Origin::Login)
}

pub(super) fn accepted(name: &str, token: Token) -> Verdict {
    Verdict::Accepted(AuthFile { provider: name.to_owned(), token })
}

pub(super) fn unknown() -> Verdict {
    Verdict::Unknown("is not answering".to_owned())
}

pub(super) fn target() -> (tempfile::TempDir, Target) {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::of_test(Home::at(folder.path()));
    (folder, target)
}

#[test]
fn an_existing_token_that_has_expired_is_refused_unless_it_is_accepted() {
    use Origin::{Brought, Login};
    let accepted = || asked(Some("Acme"), accepted("Acme", old()));
    let by_provider = || by_provider(ProviderVerdict::Account("ada".to_owned()));
    let unverified = || asked(Some("Acme"), unknown());
    let rejected = || asked(Some("Acme"), Verdict::Rejected);
    for (origin, expires_at, found, is) in [
        (Brought, Some(999), nobody(), true),
        (Brought, Some(1000), nobody(), true),
        (Brought, Some(1001), nobody(), false),
        (Brought, None, nobody(), false),
        (Brought, Some(999), unverified(), true),
        (Brought, Some(999), rejected(), true),
        (Brought, Some(999), accepted(), false),
        (Brought, Some(999), by_provider(), false),
        (Brought, Some(1001), accepted(), false),
        (Login, Some(999), nobody(), false),
        (Login, Some(999), unverified(), false),
        (Login, None, nobody(), false),
    ] {
        let mut credential = Credential { origin, ..credential() };
        credential.sign_in.expires_at = expires_at;
        let refused = is_refused(&credential, &found.verification, 1000);
        assert_eq!(refused, is, "{origin:?} {expires_at:?} {found:?}");
    }
}

/// A token with a refresh token, and an access token with this `exp`.
fn refreshable(exp: u64) -> Token {
    let access = token(&json!({"email": "ada@example.org", "exp": exp}));
    let json = json!({"access_token": access.expose(), "refresh_token": "r"});
    Token::parse(&URL_SAFE_NO_PAD.encode(json.to_string())).unwrap()
}

#[test]
fn a_token_with_a_refresh_token_is_refused_once_its_time_is_over_and_a_new_one_a_day_later() {
    let now = 1_000_000_i64;
    for (ago, brought_is, new_is) in
        [(0, true, false), (-1, false, false), (86_399, true, false), (86_400, true, true)]
    {
        let exp = u64::try_from(now - ago).unwrap();
        let sign_in = SignIn::from_claims(refreshable(exp));
        for (origin, is) in [(Origin::Brought, brought_is), (Origin::Login, new_is)] {
            let credential = Credential { sign_in: sign_in.clone(), origin, ..credential() };
            assert_eq!(ended_without_refresh(&credential, now as u64), is, "{origin:?} {ago}");
        }
    }
    assert!(!ended_without_refresh(&brought(), 1000));
    for (origin, clock) in [(Origin::Brought, false), (Origin::Login, true)] {
        let (folder, target) = target();
        let credential =
            Credential { sign_in: SignIn::from_claims(refreshable(7)), origin, ..credential() };
        let error = verify_and_save(credential, None, &target).err().unwrap();
        let message = error.to_string();
        assert_eq!(error.code, Code::Expired);
        assert!(message.contains("Token expired"), "{message}");
        assert_eq!(message.contains("check the clock"), clock, "{message}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}

#[test]
fn the_record_states_where_the_token_is_from_and_who_verified_it() {
    let mut settings = Settings::default();
    settings.set("client_secret", "canary");
    let ada = || ProviderVerdict::Account("ada@acme.example".to_owned());
    for (found, verified_by, account) in [
        (nobody(), None, "ada"),
        (asked(None, unknown()), None, "ada"),
        (asked(Some("Acme"), accepted("Acme", old())), Some(SERVER), "ada"),
        (by_provider(ada()), Some("acme"), "ada@acme.example"),
    ] {
        for origin in [Origin::Login, Origin::Brought] {
            let (_folder, target) = target();
            let settings = Some(settings.clone());
            let credential = Credential { origin, settings: settings.clone(), ..credential() };
            let _ = save(credential, found.clone(), &target).unwrap();
            let record = target.store.record_of(&old()).unwrap();
            assert_eq!(record.verified_by.as_deref(), verified_by);
            assert_eq!(record.verified_at.is_some(), verified_by.is_some());
            assert_eq!((record.origin, &record.settings), (Some(origin), &settings));
            assert_eq!(record.account.as_deref(), Some(account));
        }
    }
}

#[test]
fn the_saved_file_is_that_of_the_server_else_the_token_with_the_name_of_its_provider() {
    let new = || token(&json!({"email": "eve@example.org"}));
    for (asked, name, saved) in [
        (nobody(), "Acme", old()),
        (asked(None, unknown()), "Acme", old()),
        (asked(Some("Acme Cloud"), unknown()), "Acme Cloud", old()),
        (asked(Some("Acme Cloud"), accepted("acme cloud", old())), "acme cloud", old()),
        (asked(None, accepted("Acme", new())), "Acme", new()),
    ] {
        let (_folder, target) = target();
        let login = save(credential(), asked, &target).unwrap();
        let Stored::Token(file) = target.store.read() else { panic!("a token") };
        assert_eq!((file.provider.as_str(), &file.token), (name, &saved), "{name}");
        assert_eq!(login.saved_as, name);
        assert!(
            target.store.record_of(&saved).is_some_and(|it| it.provider_id == "acme"),
            "{name}"
        );
    }
}

#[test]
fn a_renewed_token_has_its_own_claims_and_the_stored_state_of_the_old_one() {
    for (claims, account, expires_at) in [
        (
            json!({"email": "eve@example.org", "exp": 4_100_000_000_u64}),
            "eve@example.org",
            Some(4_100_000_000),
        ),
        (json!({"email": "eve@example.org"}), "eve@example.org", None),
        (json!({"exp": 4_100_000_000_u64}), "ada", Some(4_100_000_000)),
        (json!({}), "ada", None),
    ] {
        let (_folder, target) = target();
        let new = token(&claims);
        let asked = asked(Some("Acme"), accepted("Acme", new.clone()));
        let login = save(credential(), asked, &target).unwrap();
        let state = target.store.record_of(&new).unwrap();
        assert_eq!(state.account.as_deref(), Some(account), "{claims}");
        assert_eq!(state.expires_at, expires_at, "{claims}");
        assert_eq!(state.state.as_ref().map(Secret::expose), Some("refresh"), "{claims}");
        assert_eq!(login.to_json(&target)["account"], account, "{claims}");
    }
    // The token is unchanged, so the account and expiry of its provider are stored.
    let (_folder, target) = target();
    let asked = asked(Some("Acme"), accepted("Acme", old()));
    let _ = save(credential(), asked, &target).unwrap();
    let state = target.store.record_of(&old()).unwrap();
    assert_eq!((state.account.as_deref(), state.expires_at), (Some("ada"), Some(4_000_000_000)));
}

#[test]
fn a_refused_login_saves_nothing() {
    let expired = || {
        let mut credential = brought();
        credential.sign_in.expires_at = Some(1);
        credential
    };
    let denied = ProviderVerdict::Denied("It said no".to_owned());
    let denied = Findings::of(None, Some(denied), "acme", Origin::Brought);
    for (credential, asked, code) in [
        (credential(), asked(Some("Acme"), Verdict::Rejected), Code::Rejected),
        (brought(), denied, Code::Rejected),
        (expired(), asked(Some("Acme"), unknown()), Code::Expired),
        (expired(), nobody(), Code::Expired),
    ] {
        let (folder, target) = target();
        let error = save(credential, asked, &target).err().unwrap();
        assert_eq!(error.code, code);
        let message = error.to_string();
        assert!(message.contains("Acme") && message.ends_with(" Nothing was saved."), "{message}");
        assert_eq!(error.unchanged_files(), [target.store.file().display().to_string()]);
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{message}");
    }
}

#[test]
fn a_provider_without_an_account_stores_no_state() {
    let (_folder, target) = target();
    let none = Credential {
        id: Some("none".to_owned()),
        name: "None".to_owned(),
        has_account: false,
        sign_in: SignIn::with_token(Token::empty()),
        ..credential()
    };
    let login = save(none, Findings::declined(), &target).unwrap();
    assert!(target.store.record_of(&Token::empty()).is_none());
    let notes = format!("{:?}", login.notes(&target, &Terminal::find(false)));
    assert!(
        notes.contains("Using None. Your work stays on this computer and is not saved.")
            && !notes.contains("Signed in"),
        "{notes}"
    );
}

#[test]
fn a_credential_has_the_name_in_the_file_if_it_differs() {
    let of = |name: &str| {
        let file = AuthFile { provider: "Meshery".to_owned(), token: old() };
        Credential::from_auth_file(file, Some("acme".to_owned()), name.to_owned(), None)
    };
    assert_eq!(of("Acme").name_in_file.as_deref(), Some("Meshery"));
    assert_eq!(of("Meshery").name_in_file, None);
    assert!(of("Acme").origin == Origin::Brought && of("Acme").has_account);
    assert_eq!(of("Acme").sign_in.account.as_deref(), Some("ada@example.org"));
}

#[test]
fn the_provider_is_asked_for_an_account_only_after_a_sign_in_that_stated_none() {
    let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
        "support": "https://acme.example/help", "generation": 1, "actions": ["login"]}"#;
    let entry =
        installed(Manifest::parse(json).unwrap(), Source::BuiltIn(&NoAccount), &Default::default());
    let opaque = || Token::parse("an-opaque-token-0123456789").unwrap();
    let with_account = SignIn::with_token(opaque()).account("ada");
    let file = AuthFile { provider: "Acme".to_owned(), token: opaque() };
    for (credential, asks) in [
        (
            Credential::from_sign_in(&entry, SignIn::with_token(opaque()), Origin::Login),
            AskProvider::Always,
        ),
        (
            Credential::from_sign_in(&entry, with_account, Origin::Login),
            AskProvider::WithoutVerdict,
        ),
        (Credential::from_bare_token(&entry, opaque()), AskProvider::WithoutVerdict),
        (
            Credential::from_auth_file(file, None, "Acme".to_owned(), None),
            AskProvider::WithoutVerdict,
        ),
    ] {
        assert_eq!(credential.subject().asks_provider, asks);
    }
}

#[test]
fn a_rejected_token_is_replaced_by_another_one_and_a_rejected_sign_in_is_repeated() {
    for (credential, label) in [(brought(), "With another token"), (credential(), "Sign in again")]
    {
        let (_folder, target) = target();
        let error =
            save(credential, asked(Some("Acme"), Verdict::Rejected), &target).err().unwrap();
        assert_eq!(error.suggestions()[0].label, label);
        assert_eq!(error.suggestions()[1].label, "Save anyway");
    }
}

#[test]
fn a_bare_token_is_an_existing_one_and_a_sign_in_yields_a_new_one() {
    let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
        "support": "https://acme.example", "generation": 1, "actions": ["login"]}"#;
    let entry =
        installed(Manifest::parse(json).unwrap(), Source::BuiltIn(&NoAccount), &Default::default());
    let (bare, by) = (
        Credential::from_bare_token(&entry, old()),
        Credential::from_sign_in(&entry, SignIn::with_token(old()), Origin::Login),
    );
    assert_eq!((bare.origin, by.origin), (Origin::Brought, Origin::Login));
    for credential in [bare, by] {
        assert_eq!(credential.id.as_deref(), Some("acme"));
        assert_eq!((credential.name.as_str(), credential.has_account), ("Acme", true));
        assert_eq!(credential.name_in_file, None);
    }
}

#[test]
fn a_token_of_a_plugin_names_the_bytes_of_its_file_and_one_of_a_built_in_provider_none() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/seeds/library/one");
    let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
        "support": "https://acme.example/help", "generation": 1, "actions": ["login"]}"#;
    let manifest = || Manifest::parse(json).unwrap();
    let plugin = installed(manifest(), Source::File(library.into()), &Default::default());
    let built_in = installed(manifest(), Source::BuiltIn(&NoAccount), &Default::default());
    let bare = |entry| Credential::from_bare_token(entry, old());
    assert_eq!(bare(&plugin).plugin_sha256, plugin.file_sha256());
    assert!(plugin.file_sha256().is_some_and(|it| it.len() == 64) && bare(&plugin).is_of_plugin());
    assert!(bare(&built_in).plugin_sha256.is_none() && !bare(&built_in).is_of_plugin());
    let file = AuthFile { provider: "Acme".to_owned(), token: old() };
    let file = Credential::from_auth_file(file, None, "Acme".to_owned(), None);
    assert!(!file.is_of_plugin() && file.issued_by(Some(&plugin)).is_of_plugin());
}
