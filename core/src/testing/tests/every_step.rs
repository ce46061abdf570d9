//! Planted flaws, each found.

use super::*;

#[test]
fn sound_providers_have_no_finding_in_any_case() {
    let report = every_step(&Keyed, &request(), &keyed());
    report.assert_sound();
    // Three asks of a person or server: seven failures each, and what is particular to them.
    assert_eq!(report.cases, 1 + 3 * 7 + 3 + 3 + 19);
    let script = Script::new().expects_visit("https://cloud.example/login", token_arrives);
    every_step(&RemoteProvider, &request(), &script).assert_sound();
}

/// A provider with this login.
pub(super) struct Flawed(pub(super) fn(&mut dyn Session) -> Result<SignIn, Failure>);

impl Provider for Flawed {
    fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        (self.0)(session)
    }
}

fn any_token() -> Result<SignIn, Failure> {
    Ok(SignIn::with_token(Token::parse("0123456789abcdef")?))
}

#[test]
#[allow(clippy::panic, clippy::unwrap_used, reason = "the flaws are planted")]
fn each_planted_flaw_is_found_in_the_words_of_the_ask() {
    let ask = || Script::new().expects_ask("Name", "Ada");
    let secret = || Script::new().expects_secret("Key", "hunter2");
    let fetch = || {
        Script::new()
            .expects_fetch("GET https://a.example/me", |_| HttpResponse::new(200, r#"{"a": [1]}"#))
    };
    let visit = || {
        Script::new().expects_visit("https://a.example/go", |_| {
            Query::new(vec![("code".into(), "c0de".into())])
        })
    };
    for (login, script, finding) in [
        (
            (|it| {
                assert!(!it.ask("Name")?.is_empty(), "no name");
                any_token()
            }) as fn(&mut dyn Session) -> Result<SignIn, Failure>,
            ask(),
            "ask `Name` was answered with nothing: it panicked: no name (",
        ),
        (
            |it| {
                let _ = it.ask("Name");
                any_token()
            },
            ask(),
            "ask `Name` was cancelled: it succeeded all the same",
        ),
        (
            |it| {
                it.ask("Name").map_err(|_| Failure::denied("No name."))?;
                any_token()
            },
            ask(),
            "ask `Name` was cancelled: it failed as denied and not as cancelled",
        ),
        (
            |it| {
                it.ask("Name").or_else(|failure| {
                    it.tell("Bye.")?;
                    Err(failure)
                })?;
                any_token()
            },
            ask(),
            "ask `Name` was cancelled: it asked on: tell `Bye.`",
        ),
        (
            |it| {
                it.ask("Name").map_err(|_| Failure::refused("No."))?;
                any_token()
            },
            ask(),
            "ask `Name` timed out: it failed as refused: No.",
        ),
        (
            |it| {
                it.ask("Name").map_err(|it| Failure::new(it.kind, " "))?;
                any_token()
            },
            ask(),
            "ask `Name` timed out: its failure has no message",
        ),
        (
            |it| {
                let key = it.ask_secret("Key")?;
                it.tell(&format!("You typed {}", key.expose()))?;
                any_token()
            },
            secret(),
            "the walk of the script: a message contains a secret",
        ),
        (
            |it| {
                let json: serde_json::Value =
                    it.fetch(&HttpRequest::get("https://a.example/me"))?.json()?;
                let _ = json["a"].as_array().unwrap()[0];
                any_token()
            },
            fetch(),
            "fetch `GET https://a.example/me` got an empty object: it panicked: called `Option::unwrap()` on a `None` value (",
        ),
        (
            |it| {
                let body = it.fetch(&HttpRequest::get("https://a.example/me"))?.body;
                if body.starts_with('<') {
                    return Err(Failure::internal("HTML."));
                }
                any_token()
            },
            fetch(),
            "fetch `GET https://a.example/me` got HTML: it failed as internal: HTML.",
        ),
        (
            |it| {
                while it
                    .fetch(&HttpRequest::get("https://a.example/me"))
                    .is_err_and(|it| it.kind != FailureKind::Cancelled)
                {}
                any_token()
            },
            fetch(),
            "fetch `GET https://a.example/me` was cancelled: it succeeded all the same",
        ),
        (
            |it| {
                it.visit("https://a.example/go")?;
                any_token()
            },
            visit(),
            "visit `https://a.example/go` returned error=access_denied: it succeeded all the same",
        ),
    ] {
        let report = every_step(&Flawed(login), &request(), &script);
        assert!(report.findings().iter().any(|it| it.starts_with(finding)), "{finding}\n{report}");
    }
}

#[test]
fn a_provider_that_asks_without_end_is_stopped() {
    let retries: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| loop {
        match it.ask("Name") {
            Ok(name) if !name.is_empty() => return any_token(),
            Err(failure) if failure.kind == FailureKind::Cancelled => return Err(failure),
            Err(failure) if failure.message.contains("10,000") => return Err(failure),
            _ => {}
        }
    };
    // The name is empty, and nothing else is expected.
    let script = Script::new().expects_ask("Name", "Ada").expects_ask("Name", "Ada");
    let report = every_step(&Flawed(retries), &request(), &script);
    assert_eq!(
        report.findings(),
        ["the walk of the script: expected ask `Name`, but the action succeeded"]
    );
    let script = Script::new().expects_visit("https://a.example/go", |_| Query::default());
    let revisits: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| loop {
        match it.visit("https://a.example/go") {
            Ok(_) => return any_token(),
            Err(failure) if failure.kind == FailureKind::Internal => return Err(failure),
            Err(_) => it.visit("https://b.example").map(drop).unwrap_or_default(),
        }
    };
    let report = every_step(&Flawed(revisits), &request(), &script);
    assert!(report.findings().iter().any(|it| it.ends_with("it asked 10,000 times")), "{report}");
}

#[test]
fn an_empty_token_is_found_at_a_login_and_a_renewal_unless_the_script_allows_it() {
    struct Empty;

    impl Provider for Empty {
        fn login(&self, _: &Request, _: &mut dyn Session) -> Result<SignIn, Failure> {
            Ok(SignIn::with_token(Token::empty()))
        }

        fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
            // After a failure of the clock the old token would do, but this is none.
            match session.now() {
                Err(failure) if failure.kind == FailureKind::TimedOut => {
                    self.login(request, session)
                }
                other => other.and_then(|_| any_token()),
            }
        }
    }

    for (action, finding) in
        [(Action::Login, "the walk of the script"), (Action::Refresh, "now timed out")]
    {
        let request = Request::new(action, Settings::default());
        let report = every_step(&Empty, &request, &Script::new());
        let says = format!("{finding}: it returned an empty token, which the host refuses");
        assert_eq!(report.findings(), [says]);
        every_step(&Empty, &request, &Script::new().allows_empty_token()).assert_sound();
    }
}

#[test]
fn a_failure_of_the_walk_that_is_a_bug_is_found_although_nothing_is_asked() {
    let login: fn(&mut dyn Session) -> Result<SignIn, Failure> =
        |_| Settings::default().require("greting").map(|_| unreachable!());
    let report = every_step(&Flawed(login), &request(), &Script::new());
    let finding = "the walk of the script: it failed as internal: The setting greting has no value";
    assert!(report.findings()[0].starts_with(finding), "{report}");
    let passed_on: fn(&mut dyn Session) -> Result<SignIn, Failure> =
        |it| it.ask("Name").and_then(|_| any_token());
    let script = Script::new().expects_ask("Name", "").fails_with(Failure::internal("Lost."));
    every_step(&Flawed(passed_on), &request(), &script).assert_sound();
}

#[test]
fn a_setting_that_a_failure_names_must_be_one_of_the_request_if_it_has_any() {
    let login: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| match it.ask("Name")?.len() {
        3 => any_token(),
        _ => Err(Failure::misconfigured("There is no such tenant.", &["tenant"])),
    };
    let script = Script::new().expects_ask("Name", "Ada");
    let without = Request::new(Action::Login, Settings::default());
    every_step(&Flawed(login), &without, &script).assert_sound();
    let settings = Settings::default().with("tenant", "a");
    every_step(&Flawed(login), &Request::new(Action::Login, settings), &script).assert_sound();
    let report = every_step(&Flawed(login), &request(), &script);
    let finding = "ask `Name` was answered with nothing: its failure names the setting tenant, which the request does not have";
    assert_eq!(report.findings()[0], finding);
}

#[test]
fn the_finding_of_a_panic_is_one_short_line_with_its_place() {
    let line = line!() + 2;
    let login: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| {
        assert!(it.ask("Name")?.len() < 9, "long\n{}", "y".repeat(70_000));
        any_token()
    };
    let report = every_step(&Flawed(login), &request(), &Script::new().expects_ask("Name", "Ada"));
    let (begin, end) = ("y".repeat(74), "y".repeat(25));
    assert_eq!(
        report.findings()[0],
        format!(
            "ask `Name` was answered with 64 KiB: it panicked: long {begin}…{end} (core/src/testing/tests/every_step.rs:{line})"
        )
    );
}

/// Fails if the script did not answer this ask; a failure of the ask itself is tolerated, but for the end of the sign-in.
fn tolerant(session: &mut dyn Session, prompt: &str) -> Result<bool, Failure> {
    match session.ask(prompt) {
        Ok(_) => Ok(true),
        Err(failure) if matches!(failure.kind, FailureKind::Cancelled | FailureKind::TimedOut) => {
            Err(failure)
        }
        Err(failure) if failure.message == "The script has no such ask." => {
            Err(Failure::internal("lost"))
        }
        Err(_) => Ok(false),
    }
}

#[test]
fn after_a_fault_the_same_ask_and_the_next_one_are_answered() {
    let goes_on: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| {
        tolerant(it, "A")?;
        tolerant(it, "B")?;
        any_token()
    };
    let repeats: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| {
        let _ = tolerant(it, "A")? || tolerant(it, "A")?;
        let _ = tolerant(it, "B")? || tolerant(it, "B")?;
        any_token()
    };
    let script = Script::new().expects_ask("A", "").expects_ask("B", "");
    for login in [goes_on, repeats] {
        every_step(&Flawed(login), &request(), &script).assert_sound();
    }
}
