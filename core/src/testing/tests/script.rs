//! What a script answers, and how it fails.

use super::*;

#[test]
fn a_script_answers_each_ask_in_its_order() {
    let sign_in = keyed().run(|session| Keyed.login(&request(), session)).unwrap();
    assert_eq!(sign_in.token.expose(), "0123456789abcdef");
    assert_eq!(sign_in.account.as_deref(), Some("ada"));
}

/// What a script says of asks that are not its own.
fn refusal<T: 'static>(script: &Script, action: impl FnOnce(&mut dyn Session) -> T) -> String {
    let run = || drop(script.run(action));
    panics::caught(run).unwrap_err().rsplit_once(" (").unwrap().0.to_owned()
}

#[test]
fn an_action_that_ends_early_is_said_to_have_succeeded_or_failed_and_with_what() {
    let script = || Script::new().secret("hunter2").expects_ask("Name", "Ada");
    let settings = Settings::default().with("greeting", "Hello!");
    let missing = refusal(&script(), move |it| {
        it.tell(settings.require("greting")?)?;
        it.ask("Name")
    });
    let says =
        "expected ask `Name`, but the action failed (internal): The setting greting has no value: ";
    assert!(missing.starts_with(says), "{missing}");
    let leaky = |_: &mut dyn Session| Err::<SignIn, _>(Failure::denied("hunter2 is no key."));
    let says = "expected ask `Name`, but the action failed (denied): ● is no key.";
    assert_eq!(refusal(&script(), leaky), says);
    let succeeded = "expected ask `Name`, but the action succeeded";
    let sign_in = Token::parse("0123456789abcdef").map(SignIn::with_token).unwrap();
    assert_eq!(refusal(&script(), |_| Ok::<_, Failure>(sign_in)), succeeded);
    assert_eq!(refusal(&script(), |_| Ok::<_, Failure>("ada".to_owned())), succeeded);
    assert_eq!(refusal(&script(), |_| Ok::<_, Failure>(())), succeeded);
    assert_eq!(refusal(&script(), |_| 7), "expected ask `Name`, but the action ended");
}

#[test]
fn a_sign_in_with_an_empty_token_fails_unless_the_script_allows_it() {
    let empty = |_: &mut dyn Session| Ok::<_, Failure>(SignIn::with_token(Token::empty()));
    let says = "it returned an empty token, which the host refuses";
    assert_eq!(refusal(&Script::new(), empty), says);
    assert!(Script::new().allows_empty_token().run(empty).is_ok());
}

#[test]
fn an_ask_that_is_not_expected_and_one_that_is_missing_are_named_without_secrets() {
    let token = "POST https://id.example/token";
    let fetch = || Script::new().expects_fetch(token, |_| HttpResponse::new(200, ""));
    let visit =
        |session: &mut dyn Session| drop(session.visit("https://id.example/go?state=s3cret"));
    let asked = refusal(&fetch(), visit);
    let expected = "expected fetch `POST https://id.example/token`, but the provider asked visit `https://id.example/go`";
    assert_eq!(asked, expected);
    let missing = "expected fetch `POST https://id.example/token`, but the action ended";
    assert_eq!(refusal(&fetch(), |_| ()), missing);
    let further = "expected no further ask, but the provider asked visit `https://id.example/go`";
    assert_eq!(refusal(&Script::new(), visit), further);
    let query = refusal(
        &Script::new().expects_visit("https://id.example/go?a=1", |_| Query::default()),
        visit,
    );
    assert!(query.ends_with("asked visit `https://id.example/go` with another query"), "{query}");
    let script = Script::new().expects_secret("Key", "hunter2");
    let told = refusal(&script, |session| {
        let key = session.ask_secret("Key").unwrap();
        drop(session.ask(&format!("Is {} right?", key.expose())));
    });
    assert_eq!(told, "expected no further ask, but the provider asked ask `Is ● right?`");
}

#[test]
fn each_kind_of_ask_is_matched_by_what_stands_in_it() {
    let items = ["eu".to_owned(), "us".to_owned()];
    let script =
        Script::new().expects_choice("Region", "us").expects_code("https://id.example", "AB");
    script.run(|session| {
        assert_eq!(session.choose("Region", &items), Ok(1));
        assert_eq!(session.show_code("https://id.example", "AB", 60), Ok(()));
    });
    let with_query = "GET https://a.example/x?a=1";
    let script = Script::new().expects_fetch(with_query, |_| HttpResponse::new(204, ""));
    let sent = script.run(|session| session.fetch(&HttpRequest::get("https://a.example/x?a=1")));
    assert_eq!(sent.unwrap().status, 204);
    for (expected, ask) in [
        (
            Script::new().expects_ask("A", ""),
            &(|it: &mut dyn Session| drop(it.ask("B"))) as &dyn Fn(&mut dyn Session),
        ),
        (Script::new().expects_ask("A", ""), &|it| drop(it.ask_secret("A"))),
        (Script::new().expects_choice("Region", "uk"), &|it| {
            drop(it.choose("Region", &["eu".into()]));
        }),
        (Script::new().expects_code("https://a.example", "A"), &|it| {
            drop(it.show_code("https://a.example", "B", 1));
        }),
        (Script::new().expects_visit("https://a.example/x", |_| Query::default()), &|it| {
            drop(it.visit("https://a.example/y"));
        }),
        (Script::new().expects_visit("https://a.example/x?a=1", |_| Query::default()), &|it| {
            drop(it.visit("https://a.example/x?a=2"));
        }),
        (
            Script::new().expects_fetch("GET https://a.example", |_| HttpResponse::new(200, "")),
            &|it| {
                drop(it.fetch(&HttpRequest::post("https://a.example", "")));
            },
        ),
    ] {
        let problem = refusal(&expected, |session| ask(session));
        assert!(problem.contains(", but the provider asked "), "{problem}");
    }
}

#[test]
#[should_panic(expected = "expected ask `Your name`, but the action ended")]
fn a_session_that_is_dropped_before_its_end_fails_the_test() {
    drop(Script::new().expects_ask("Your name", "Ada").session());
}

#[test]
fn the_clock_advances_by_sleeping_alone_and_ends_the_sign_in_at_its_limit() {
    Script::new().begins_at(100).time_limit(10).run(|session| {
        assert_eq!((session.now(), session.now()), (Ok(100), Ok(100)));
        assert_eq!((session.sleep(9_999), session.now()), (Ok(()), Ok(109)));
        let failure = session.sleep(1).unwrap_err();
        assert_eq!((failure.kind, session.now()), (FailureKind::TimedOut, Ok(110)));
        assert_eq!(session.sleep(u64::MAX).unwrap_err().kind, FailureKind::TimedOut);
    });
}

#[test]
fn random_bytes_depend_on_the_seed_alone() {
    let drawn = |seed| {
        Script::new()
            .seed(seed)
            .run(|session| (session.random(32).unwrap(), session.random(32).unwrap()))
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert_ne!(drawn(1).0, drawn(1).1);
    assert_eq!(drawn(1).0.len(), 43);
    let failure = Script::new().run(|session| session.random(1025)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
}

#[test]
fn what_is_told_and_asked_is_collected_and_callbacks_need_no_expectation() {
    let mut session = Script::new().session();
    session.tell("Hello!").unwrap();
    assert_eq!(
        session.callback(CallbackKind::FixedPath).unwrap(),
        "http://127.0.0.1:43127/callback"
    );
    let marked = session.callback(CallbackKind::NoncePath).unwrap();
    assert!(marked.starts_with("http://localhost:43127/"), "{marked}");
    assert_eq!(session.cancelled(), Ok(false));
    assert_eq!(session.told(), ["Hello!"]);
    assert_eq!(session.asked(), ["tell `Hello!`", "callback", "callback", "cancelled"]);
    session.finish();
}
