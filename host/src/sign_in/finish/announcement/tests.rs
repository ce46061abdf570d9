//! Tests of the announcement of a saved login, in lines and in JSON.

use mesheryctl_core::provider::SignIn;
use serde_json::json;

use super::super::tests::{
    SERVER, accepted, asked, brought, by_provider, credential, nobody, old, target, unknown,
};
use super::super::{Credential, save};
use super::*;
use crate::error::{Code, Error};
use crate::net::meshery_server::Verdict;
use crate::sign_in::verification::{Findings, ProviderVerdict};

fn terminal(stderr: bool) -> Terminal {
    let mut terminal = Terminal::find(false);
    (terminal.stderr, terminal.utf8) = (stderr, true);
    terminal
}

/// The lines that announce a login.
fn announcement(credential: Credential, found: Findings, stderr: bool) -> String {
    let (_folder, target) = target();
    let login = save(credential, found, &target).unwrap();
    let lines = login.notes(&target, &terminal(stderr)).into_iter().map(|note| match note {
        Note::Line(line) | Note::Detail(line) => line,
        Note::Done(line) => format!("done: {line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn signed_in_is_said_of_a_token_that_was_accepted_or_issued_with_nobody_to_ask() {
    let accepted = || asked(Some("Acme"), accepted("Acme", old()));
    let account = || by_provider(ProviderVerdict::Account("ada@acme.example".to_owned()));
    let unverified = || asked(Some("Acme"), unknown());
    let silent = || by_provider(ProviderVerdict::Unknown("The provider was silent".to_owned()));
    let down = ServerVerdict { server: SERVER.to_owned(), provider: None, verdict: unknown() };
    let instead = ProviderVerdict::Account("ada".to_owned());
    let instead = Findings::of(Some(down), Some(instead), "acme", Origin::Login);
    let renamed = || Credential { name_in_file: Some("Meshery".to_owned()), ..brought() };
    let claiming = || Credential { sign_in: SignIn::from_claims(old()), ..brought() };
    for (credential, found, lines) in [
        (
            credential(),
            nobody(),
            &["done: Signed in to Acme as ada. Token saved to FILE. EXPIRES"][..],
        ),
        (
            credential(),
            Findings::declined(),
            &[
                "done: Token of Acme saved to FILE. EXPIRES",
                "Saved, not verified.",
                "Acme says it is for ada; not verified.",
            ],
        ),
        (
            credential(),
            accepted(),
            &[
                "done: Signed in to Acme as ada, accepted by http://localhost:9081. Token saved to FILE. EXPIRES",
            ],
        ),
        (
            brought(),
            account(),
            &["done: Signed in to Acme as ada@acme.example. Token saved to FILE. EXPIRES"],
        ),
        (
            brought(),
            instead,
            &[
                "done: Signed in to Acme as ada. Token saved to FILE. EXPIRES",
                "http://localhost:9081 is not answering. Acme accepted the token.",
            ],
        ),
        (
            credential(),
            unverified(),
            &[
                "done: Token of Acme saved to FILE. EXPIRES",
                "Saved, not verified: http://localhost:9081 is not answering.",
                "Acme says it is for ada; not verified.",
            ],
        ),
        (
            claiming(),
            silent(),
            &[
                "done: Token of Acme saved to FILE.",
                "Saved, not verified: The provider was silent.",
                "It says it is for ada@example.org; not verified.",
            ],
        ),
        (
            brought(),
            nobody(),
            &[
                "done: Token of Acme saved to FILE. EXPIRES",
                "Saved, not verified.",
                "Acme says it is for ada; not verified.",
            ],
        ),
        (
            renamed(),
            accepted(),
            &[
                "done: Signed in to Acme as ada, accepted by http://localhost:9081. Token saved to FILE. EXPIRES",
                "The file names the provider Meshery; it was saved as Acme.",
            ],
        ),
    ] {
        let said = announcement(credential, found, false);
        let said: Vec<String> = said.lines().map(comparable).collect();
        assert_eq!(said, lines);
    }
    // On a terminal the lines after the first are indented, and the file is shown with `~`.
    let said = announcement(brought(), unverified(), true);
    let lines: Vec<_> = said.lines().collect();
    assert!(
        lines[0].starts_with(
            "done: Token of Acme saved to ~/.meshery/auth.json, readable only by you."
        )
    );
    assert!(lines[1..].iter().all(|it| it.starts_with("  ")), "{said}");
    let said = announcement(credential(), nobody(), true);
    assert!(
        said.starts_with("done: Signed in to Acme as ada\n  Token saved to ~/.meshery/auth.json")
    );
}

/// A line without the path of the test and the time that is left.
fn comparable(line: &str) -> String {
    let (line, expires) =
        line.split_once(" Expires in ").map_or((line, ""), |(it, _)| (it, " EXPIRES"));
    let line = match line.split_once(" saved to ") {
        Some((before, _)) => format!("{before} saved to FILE."),
        None => line.to_owned(),
    };
    line + expires
}

#[test]
fn an_account_that_is_not_one_word_stands_in_quotation_marks() {
    for (account, shown) in [
        ("ada@acme.example", "ada@acme.example"),
        ("Ada Lovelace", "\"Ada Lovelace\""),
        ("a@b, accepted by https://c", "\"a@b, accepted by https://c\""),
        ("a\". Token saved", "\"a'. Token saved\""),
    ] {
        let mut credential = credential();
        credential.sign_in.account = Some(account.to_owned());
        let said = announcement(credential, nobody(), false);
        assert!(said.starts_with(&format!("done: Signed in to Acme as {shown}. Token")), "{said}");
    }
}

#[test]
fn errors_after_the_save_are_announced() {
    let (_folder, target) = target();
    let mut login = save(credential(), nobody(), &target).unwrap();
    login.warning = Some("The state is lost.".to_owned());
    login.config_error = Some(Error::new(Code::NotStored, "No config.").nothing_changed());
    let notes = login.notes(&target, &terminal(false));
    assert!(notes.contains(&Note::Line("The state is lost.".to_owned())), "{notes:?}");
    let line = "The config could not be updated: No config.";
    assert!(notes.contains(&Note::Line(line.to_owned())), "{notes:?}");
}

#[test]
fn the_json_result_contains_the_verdicts_and_who_verified_the_token() {
    let why = "is not answering";
    let accepted_by_server = json!({"endpoint": SERVER, "verdict": "accepted"});
    let unsure = "could not verify the token with the provider";
    for (asked, server, verified, verified_by) in [
        (nobody(), Value::Null, Value::Null, None),
        (Findings::declined(), Value::Null, Value::Null, None),
        (
            asked(Some("Acme"), accepted("Acme", old())),
            accepted_by_server,
            json!(true),
            Some(SERVER),
        ),
        (
            asked(Some("Acme"), unknown()),
            json!({"endpoint": SERVER, "verdict": "unknown", "why": why}),
            json!(false),
            None,
        ),
        (
            asked(Some("Acme"), Verdict::RejectedOrDown),
            json!({"endpoint": SERVER, "verdict": "unknown", "why": unsure}),
            json!(false),
            None,
        ),
        (
            by_provider(ProviderVerdict::Account("ada".to_owned())),
            Value::Null,
            json!(true),
            Some("acme"),
        ),
        (by_provider(ProviderVerdict::Denied("No".to_owned())), Value::Null, json!(false), None),
    ] {
        let (_folder, target) = target();
        let login = save(credential(), asked, &target).unwrap();
        let expected = json!({
            "provider": "Acme",
            "account": "ada",
            "expires_at": "2096-10-02T07:06:40Z",
            "token_file": target.store.file().display().to_string(),
            "server": server,
            "verified": verified,
            "verified_by": verified_by,
        });
        assert_eq!(login.to_json(&target), expected);
    }
}

#[test]
fn the_server_is_lacking_if_the_token_is_unverified_because_of_it() {
    let down = || ServerVerdict { server: SERVER.to_owned(), provider: None, verdict: unknown() };
    let account = ProviderVerdict::Account("ada".to_owned());
    let silent = || ProviderVerdict::Unknown("It was silent".to_owned());
    for (found, is_lacking) in [
        (asked(Some("Acme"), unknown()), true),
        (Findings::of(Some(down()), Some(silent()), "acme", Origin::Login), true),
        (Findings::of(Some(down()), Some(account), "acme", Origin::Login), false),
        (asked(Some("Acme"), accepted("Acme", old())), false),
        (by_provider(silent()), false),
        (nobody(), false),
        (Findings::declined(), false),
    ] {
        let (_folder, target) = target();
        let shown = format!("{found:?}");
        let login = save(credential(), found, &target).unwrap();
        assert_eq!(login.lacks_the_server(), is_lacking, "{shown}");
    }
}
