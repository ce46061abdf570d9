//! Tests of what a login saves or refuses, depending on the verdict of the server, the expiry and the account.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mesheryctl_core::flows::no_account::NoAccount;
use mesheryctl_core::manifest::Manifest;
use mesheryctl_core::secret::Secret;
use serde_json::{Value, json};

use super::*;
use crate::providers::entry::{Source, installed};
use crate::storage::home::Home;
use crate::storage::token_store::Stored;
use crate::terminal::Terminal;
use crate::terminal::note::Note;

/// A token with these claims.
fn token(claims: &Value) -> Token {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    let text = format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "RS256"})), part(claims));
    Token::parse(&text).unwrap()
}

fn old() -> Token {
    token(&json!({"email": "ada@example.org"}))
}

/// A credential that Acme has issued now, with an account, an expiry and state.
fn credential() -> Credential {
    let sign_in = SignIn {
        account: Some("ada".to_owned()),
        stored_state: Some(Secret::new("refresh".to_owned())),
        expires_at: Some(4_000_000_000),
        ..SignIn::with_token(old())
    };
    Credential {
        id: Some("acme".to_owned()),
        name: "Acme".to_owned(),
        has_account: true,
        url: None,
        sign_in,
        name_in_file: None,
        is_existing: false,
    }
}

fn asked(provider: Option<&str>, verdict: Verdict) -> ServerVerdict {
    let provider = provider.map(str::to_owned);
    ServerVerdict { server: "http://localhost:9081".to_owned(), provider, verdict }
}

fn accepted(name: &str, token: Token) -> Verdict {
    Verdict::Accepted(AuthFile { provider: name.to_owned(), token })
}

fn unknown() -> Verdict {
    Verdict::Unknown("is not answering".to_owned())
}

fn target() -> (tempfile::TempDir, Target) {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::of_test(Home::at(folder.path()));
    (folder, target)
}

#[test]
fn an_existing_token_that_has_expired_is_refused_unless_a_server_accepts_it() {
    let accepted = || Some(asked(Some("Acme"), accepted("Acme", old())));
    let unverified = || Some(asked(Some("Acme"), unknown()));
    let rejected = || Some(asked(Some("Acme"), Verdict::Rejected));
    for (is_existing, expires_at, asked, is) in [
        (true, Some(999), None, true),
        (true, Some(1000), None, true),
        (true, Some(1001), None, false),
        (true, None, None, false),
        (true, Some(999), unverified(), true),
        (true, Some(999), rejected(), true),
        (true, Some(999), accepted(), false),
        (true, Some(1001), accepted(), false),
        (false, Some(999), None, false),
        (false, Some(999), unverified(), false),
        (false, None, None, false),
    ] {
        let mut credential = Credential { is_existing, ..credential() };
        credential.sign_in.expires_at = expires_at;
        let verdict = asked.as_ref().map(|it| &it.verdict);
        let refused = is_refused(&credential, asked.as_ref(), 1000);
        assert_eq!(refused, is, "{is_existing} {expires_at:?} {verdict:?}");
    }
}

#[test]
fn the_saved_file_is_that_of_the_server_else_the_token_with_the_name_of_its_provider() {
    let new = || token(&json!({"email": "eve@example.org"}));
    for (asked, name, saved) in [
        (None, "Acme", old()),
        (Some(asked(None, unknown())), "Acme", old()),
        (Some(asked(Some("Acme Cloud"), unknown())), "Acme Cloud", old()),
        (Some(asked(Some("Acme Cloud"), accepted("acme cloud", old()))), "acme cloud", old()),
        (Some(asked(None, accepted("Acme", new()))), "Acme", new()),
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
        let asked = Some(asked(Some("Acme"), accepted("Acme", new.clone())));
        let login = save(credential(), asked, &target).unwrap();
        let state = target.store.record_of(&new).unwrap();
        assert_eq!(state.account.as_deref(), Some(account), "{claims}");
        assert_eq!(state.expires_at, expires_at, "{claims}");
        assert_eq!(state.state.as_ref().map(Secret::expose), Some("refresh"), "{claims}");
        assert_eq!(login.to_json(&target)["account"], account, "{claims}");
    }
    // The token is unchanged, so the account and expiry of its provider are stored.
    let (_folder, target) = target();
    let asked = Some(asked(Some("Acme"), accepted("Acme", old())));
    let _ = save(credential(), asked, &target).unwrap();
    let state = target.store.record_of(&old()).unwrap();
    assert_eq!((state.account.as_deref(), state.expires_at), (Some("ada"), Some(4_000_000_000)));
}

#[test]
fn a_refused_login_saves_nothing() {
    let expired = || {
        let mut credential = Credential { is_existing: true, ..credential() };
        credential.sign_in.expires_at = Some(1);
        credential
    };
    for (credential, asked, code) in [
        (credential(), Some(asked(Some("Acme"), Verdict::Rejected)), Code::Rejected),
        (expired(), Some(asked(Some("Acme"), unknown())), Code::Expired),
        (expired(), None, Code::Expired),
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
    let login = save(none, None, &target).unwrap();
    assert!(target.store.record_of(&Token::empty()).is_none());
    let notes = format!("{:?}", login.notes(&target, &terminal(false)));
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
    assert!(of("Acme").is_existing && of("Acme").has_account);
    assert_eq!(of("Acme").sign_in.account.as_deref(), Some("ada@example.org"));
}

#[test]
fn a_bare_token_is_an_existing_one_and_a_sign_in_yields_a_new_one() {
    let json = r#"{"id": "acme", "name": "Acme", "version": "1", "description": "", "publisher": "",
        "support": "", "generation": 1, "actions": ["login"]}"#;
    let entry = installed(Manifest::parse(json).unwrap(), Source::BuiltIn(&NoAccount));
    let (bare, by) = (
        Credential::from_bare_token(&entry, old()),
        Credential::from_sign_in(&entry, SignIn::with_token(old())),
    );
    assert_eq!((bare.is_existing, by.is_existing), (true, false));
    for credential in [bare, by] {
        assert_eq!(credential.id.as_deref(), Some("acme"));
        assert_eq!((credential.name.as_str(), credential.has_account), ("Acme", true));
        assert_eq!(credential.name_in_file, None);
    }
}

#[test]
fn a_provider_without_a_usable_url_is_looked_for_by_its_exact_name() {
    let (unusable, unlisted) = (
        "lists it with a URL that is neither https nor on this computer",
        "does not list this provider",
    );
    for (name, listed, why) in [
        ("Acme", &["Layer5", "Acme"][..], unusable),
        ("Acme", &["Layer5", "acme"], unlisted),
        ("Acme", &["Acme Cloud"], unlisted),
        ("Acme", &[], unlisted),
    ] {
        assert_eq!(why_unasked(name, listed.iter().copied()), why, "{name} {listed:?}");
    }
}

fn terminal(stderr: bool) -> Terminal {
    let mut terminal = Terminal::find(false);
    (terminal.stderr, terminal.utf8) = (stderr, true);
    terminal
}

/// The lines that announce a login with this verdict.
fn announcement(
    is_existing: bool,
    name_in_file: Option<&str>,
    asked: Option<ServerVerdict>,
    stderr: bool,
) -> String {
    let (_folder, target) = target();
    let name_in_file = name_in_file.map(str::to_owned);
    let credential = Credential { is_existing, name_in_file, ..credential() };
    let login = save(credential, asked, &target).unwrap();
    let lines = login.notes(&target, &terminal(stderr)).into_iter().map(|note| match note {
        Note::Line(line) | Note::Detail(line) => line,
        Note::Done(line) => format!("done: {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_announcement_names_the_server_that_accepted_the_token_or_why_it_is_not_verified() {
    let accepted = || Some(asked(Some("Acme"), accepted("Acme", old())));
    let unverified = || Some(asked(Some("Acme"), unknown()));
    let by_server = ", accepted by http://localhost:9081";
    let not_verified = "Not verified: http://localhost:9081 is not answering.";
    let not_asked = "Saved, not verified.";
    let renamed = "The file names the provider Meshery; it was saved as Acme.";
    for (is_existing, name_in_file, asked, with, without) in [
        (
            false,
            None,
            None,
            &["Signed in to Acme as ada"][..],
            &[by_server, not_verified, not_asked, renamed][..],
        ),
        (
            false,
            None,
            accepted(),
            &["Signed in to Acme as ada", by_server],
            &[not_verified, not_asked, renamed],
        ),
        (
            false,
            None,
            unverified(),
            &["Signed in to Acme as ada", not_verified],
            &[by_server, not_asked, renamed],
        ),
        (true, None, None, &[not_asked], &[by_server, not_verified, renamed]),
        (true, None, accepted(), &[by_server], &[not_verified, not_asked, renamed]),
        (true, None, unverified(), &[not_verified], &[by_server, not_asked, renamed]),
        (true, Some("Meshery"), accepted(), &[by_server, renamed], &[not_verified, not_asked]),
    ] {
        let announcement = announcement(is_existing, name_in_file, asked, false);
        assert!(announcement.starts_with("done: Signed in to Acme"), "{announcement}");
        assert!(
            announcement.contains("Token saved to ") && announcement.contains("Expires in "),
            "{announcement}"
        );
        assert!(with.iter().all(|it| announcement.contains(it)), "{announcement}");
        assert!(!without.iter().any(|it| announcement.contains(it)), "{announcement}");
        assert!(!announcement.contains("\n "), "{announcement}");
    }
    // On a terminal the lines after the first are indented, and the file is shown with `~`.
    let announcement = announcement(true, None, None, true);
    let lines: Vec<_> = announcement.lines().collect();
    assert_eq!(lines[0], "done: Signed in to Acme as ada");
    assert!(lines[1].starts_with("  Token saved to ~/.meshery/auth.json"), "{announcement}");
    assert!(lines[2..].iter().all(|it| it.starts_with("  ")), "{announcement}");
}

#[test]
fn errors_after_the_save_are_announced() {
    let (_folder, target) = target();
    let mut login = save(credential(), None, &target).unwrap();
    login.warning = Some("The state is lost.".to_owned());
    login.config_error = Some(Error::new(Code::NotStored, "No config.").nothing_changed());
    let notes = login.notes(&target, &terminal(false));
    assert!(notes.contains(&Note::Line("The state is lost.".to_owned())), "{notes:?}");
    let line = "The config could not be updated: No config.";
    assert!(notes.contains(&Note::Line(line.to_owned())), "{notes:?}");
}

#[test]
fn the_json_result_contains_the_verdict() {
    let endpoint = "http://localhost:9081";
    let why = "is not answering";
    for (asked, server) in [
        (None, Value::Null),
        (
            Some(asked(Some("Acme"), accepted("Acme", old()))),
            json!({"endpoint": endpoint, "verdict": "accepted"}),
        ),
        (
            Some(asked(Some("Acme"), unknown())),
            json!({"endpoint": endpoint, "verdict": "unknown", "why": why}),
        ),
    ] {
        let (_folder, target) = target();
        let login = save(credential(), asked, &target).unwrap();
        let expected = json!({
            "provider": "Acme",
            "account": "ada",
            "expires_at": "2096-10-02T07:06:40Z",
            "token_file": target.store.file().display().to_string(),
            "server": server,
        });
        assert_eq!(login.to_json(&target), expected);
    }
}
