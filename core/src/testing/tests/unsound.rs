//! Providers that are unsound in the course of a sign-in, and sound ones beside them.

use super::every_step::Flawed;
use super::*;

type Act = fn(&Request, &mut dyn Session) -> Result<String, Failure>;

/// Acts so in each of its actions.
struct Acting(Act);

impl Provider for Acting {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let text = (self.0)(request, session)?;
        Ok(SignIn::with_token(Token::parse(&text)?).account("ada"))
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        self.login(request, session)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        (self.0)(request, session)
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        (self.0)(request, session).map(drop)
    }
}

fn me() -> HttpRequest {
    HttpRequest::get("https://a.example/me")
}

#[test]
fn an_oauth_login_that_ignores_the_state_is_found_although_the_server_asserts_the_code() {
    let login: Act = |_, it| {
        let (url, state) = ("https://a.example/token", it.random(16)?);
        let query = it.visit(&format!("https://a.example/go?state={state}"))?;
        let code = query.get("code").filter(|it| !it.is_empty());
        let code = code.ok_or_else(|| Failure::denied("No code."))?;
        let answer = it.fetch(&HttpRequest::post_form(url, &[("code", code)]))?;
        answer.accepted_or(Failure::denied("No."))?.member("token")
    };
    let script = |states: bool| {
        let browser = move |url: &str| {
            let state = parameters(url).get("state").unwrap().to_owned();
            let state = states.then(|| ("state".to_owned(), state));
            Query::new(state.into_iter().chain([("code".into(), "c0de-c0de".into())]).collect())
        };
        let script = Script::new().expects_visit("https://a.example/go", browser);
        script.expects_fetch("POST https://a.example/token", |request| {
            assert_eq!(fields(request).get("code"), Some("c0de-c0de"));
            HttpResponse::new(200, r#"{"token": "0123456789abcdef"}"#)
        })
    };
    let report = every_step(&Acting(login), &request(), &script(true));
    let finding = "visit `https://a.example/go` returned the state of another sign-in: it succeeded all the same";
    assert_eq!(report.findings(), [finding]);
    every_step(&Acting(login), &request(), &script(false)).assert_sound();
}

/// The findings of this action at one request, which the server answers with a token.
fn refusals(action: Action, act: Act) -> Vec<String> {
    let request = Request::new(action, Settings::default());
    let script = Script::new().expects_fetch("GET https://a.example/me", |_| {
        HttpResponse::new(200, r#"{"token": "0123456789abcdef"}"#)
    });
    let request = request.token(Token::parse("old-old-old-old").unwrap());
    let report = every_step(&Acting(act), &request, &script);
    let found = report.findings().iter().map(|it| {
        it.trim_start_matches("fetch `GET https://a.example/me` ")
            .trim_end_matches(": it succeeded all the same")
            .to_owned()
    });
    found.collect()
}

const STATUSES: [&str; 5] = ["401", "404", "429", "500", "503"];

#[test]
fn a_status_that_is_never_checked_is_found_in_each_action() {
    // The body alone decides.
    let reads: Act = |_, it| it.fetch(&me())?.member("token");
    let with_body = STATUSES.map(|it| format!("got {it} with the body of a success"));
    for action in [Action::Login, Action::Whoami, Action::Refresh] {
        assert_eq!(refusals(action, reads), with_body, "{action:?}");
    }
    // Neither does: a made-up token, and the old one.
    let guesses: Act = |request, it| {
        let answer = it.fetch(&me())?;
        let old = request.require_token()?.expose().to_owned();
        Ok(if answer.status == 200 { answer.member("token")? } else { old })
    };
    let each = STATUSES.iter().zip(&with_body);
    let each: Vec<_> = each.flat_map(|(it, body)| [format!("got {it}"), body.clone()]).collect();
    assert_eq!(refusals(Action::Login, guesses), each);
    assert_eq!(refusals(Action::Refresh, guesses), each);
    let retries: Act = |_, it| loop {
        let answer = it.fetch(&me())?;
        if answer.status < 400 {
            return answer.member("token");
        }
    };
    assert!(refusals(Action::Login, retries).is_empty());
}

#[test]
fn a_logout_that_no_server_confirmed_is_found_and_a_token_that_is_no_longer_valid_is_none() {
    let ignores: Act = |_, it| match it.fetch(&me()) {
        Err(failure) if failure.kind == FailureKind::Cancelled => Err(failure),
        _ => Ok(String::new()),
    };
    let expected = [
        "was refused",
        "could not reach anybody",
        "got 500",
        "got 500 with the body of a success",
        "got 503",
        "got 503 with the body of a success",
    ];
    assert_eq!(refusals(Action::Logout, ignores), expected);
    let checks: Act = |_, it| {
        let answer = it.fetch(&me())?;
        let is_gone = answer.status == 401 || answer.status == 200;
        is_gone.then(String::new).ok_or_else(|| Failure::unreachable("It is not revoked."))
    };
    assert!(refusals(Action::Logout, checks).is_empty());
}

/// The findings of the walk of a login that does this with the answer of `ask_secret`, without their begin.
fn of_the_walk(
    login: fn(&mut dyn Session, &str) -> Result<SignIn, Failure>,
    script: &Script,
) -> Vec<String> {
    struct Typing(fn(&mut dyn Session, &str) -> Result<SignIn, Failure>);

    impl Provider for Typing {
        fn login(&self, _: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
            let key = session.ask_secret("Key")?;
            (self.0)(session, key.expose())
        }
    }

    let report = every_step(&Typing(login), &request(), script);
    let walk =
        report.findings().iter().filter_map(|it| it.strip_prefix("the walk of the script: "));
    walk.map(str::to_owned).collect()
}

fn signed_in(account: &str) -> Result<SignIn, Failure> {
    Ok(SignIn::with_token(Token::parse("0123456789abcdef")?).account(account))
}

#[test]
fn a_secret_in_the_account_a_question_a_code_or_a_url_is_found() {
    let key = || Script::new().expects_secret("Key", "hunter2-hunter2");
    let query = |_: &str| Query::default();
    for (login, script, finding) in [
        (
            (|_, key| signed_in(key)) as fn(&mut dyn Session, &str) -> Result<SignIn, Failure>,
            key(),
            "the account contains a secret",
        ),
        (
            |it, key| signed_in(&it.ask(&format!("Is {key} right?"))?),
            key().expects_ask("Is hunter2-hunter2 right?", "Ada"),
            "a prompt contains a secret",
        ),
        (
            |it, key| it.choose("Key", &[key.to_owned()]).and_then(|_| signed_in("Ada")),
            key().expects_choice("Key", "hunter2-hunter2"),
            "an item of a choice contains a secret",
        ),
        (
            |it, key| it.show_code("https://a.example", key, 5).and_then(|()| signed_in("Ada")),
            key().expects_code("https://a.example", "hunter2-hunter2"),
            "a code contains a secret",
        ),
        (
            |it, key| {
                it.show_code(&format!("https://a.example/{key}"), "WDJB", 5)?;
                signed_in("Ada")
            },
            key().expects_code("https://a.example/hunter2-hunter2", "WDJB"),
            "the URL of a code contains a secret",
        ),
        (
            |it, key| {
                it.visit(&format!("https://a.example/go?hint={key}"))?;
                signed_in("Ada")
            },
            key().expects_visit("https://a.example/go", query),
            "the URL of a visit contains a secret",
        ),
        (
            |it, _| {
                it.fetch(&HttpRequest::get("https://a.example/me?t=0123456789abcdef"))?;
                signed_in("Ada")
            },
            key().expects_fetch("GET https://a.example/me", |_| HttpResponse::new(200, "")),
            "the URL of a request contains a secret",
        ),
    ] {
        assert_eq!(of_the_walk(login, &script), [finding]);
    }
    let whoami: Act = |request, _| Ok(request.require_token()?.expose().to_owned());
    let request = Request::new(Action::Whoami, Settings::default());
    let request = request.token(Token::parse("0123456789abcdef").unwrap());
    let report = every_step(&Acting(whoami), &request, &Script::new());
    assert_eq!(report.findings(), ["the walk of the script: the account contains a secret"]);
}

#[test]
fn a_secret_url_that_is_requested_and_an_id_token_by_which_a_browser_signs_out_are_no_finding() {
    let logout: Act = |request, it| {
        let token = request.require_token()?.expose().to_owned();
        it.fetch(&HttpRequest::get("https://a.example/hooks/T0k3n1"))?
            .accepted_or(Failure::rejected("No."))?;
        let query = it.visit(&format!("https://a.example/out?id_token_hint={token}&x=1"))?;
        query.get("done").map(str::to_owned).ok_or_else(|| Failure::denied("It is not done."))
    };
    let request = Request::new(Action::Logout, Settings::default());
    let request = request.token(Token::parse("0123456789abcdef").unwrap());
    let request = request.stored_state(Secret::new("hooks"));
    let url = "https://a.example/hooks/T0k3n1";
    let script = Script::new()
        .secret(url)
        .expects_fetch(format!("GET {url}"), |_| HttpResponse::new(200, ""))
        .expects_visit("https://a.example/out", |_| {
            Query::new(vec![("done".into(), "yes".into())])
        });
    every_step(&Acting(logout), &request, &script).assert_sound();
}

#[test]
fn a_control_character_or_a_line_break_in_what_a_person_reads_is_found() {
    let key = || Script::new().expects_secret("Key", "hunter2-hunter2");
    for (login, script, what) in [
        (
            (|it, _| it.tell("Two\nlines").and_then(|()| signed_in("Ada")))
                as fn(&mut dyn Session, &str) -> Result<SignIn, Failure>,
            key(),
            "a told line",
        ),
        (|_, _| signed_in("\u{9b}2J"), key(), "the account"),
        (
            |it, _| signed_in(&it.ask("Your\u{2028}name")?),
            key().expects_ask("Your\u{2028}name", "Ada"),
            "a prompt",
        ),
        (|_, _| Err(Failure::denied("No.\r")), key(), "the message of its failure"),
        (
            |_, _| Err(Failure::denied("No.").with_hint("\u{1b}[2J")),
            key(),
            "the hint of its failure",
        ),
    ] {
        let finding = format!("{what} contains a control character or a line break");
        assert_eq!(of_the_walk(login, &script), [finding]);
    }
}

#[test]
fn an_ask_after_the_deadline_is_found_unless_it_is_that_of_one_request() {
    let asks_on: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| {
        it.ask("Name").or_else(|failure| match failure.kind {
            FailureKind::TimedOut => it.ask("Name"),
            _ => Err(failure),
        })?;
        signed_in("Ada")
    };
    let script = Script::new().expects_ask("Name", "Ada");
    let report = every_step(&Flawed(asks_on), &request(), &script);
    assert_eq!(report.findings(), ["ask `Name` timed out: it asked on: ask `Name`"]);
    let harmless: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| {
        it.ask("Name").inspect_err(|_| {
            for failed in [it.now().map(drop), it.cancelled().map(drop), it.check_cancelled()] {
                drop(failed);
            }
        })?;
        signed_in("Ada")
    };
    every_step(&Flawed(harmless), &request(), &script).assert_sound();
    let retries: fn(&mut dyn Session) -> Result<SignIn, Failure> = |it| {
        it.fetch(&me()).or_else(|failure| match failure.kind {
            FailureKind::TimedOut => it.fetch(&me()),
            _ => Err(failure),
        })?;
        signed_in("Ada")
    };
    let script =
        Script::new().expects_fetch("GET https://a.example/me", |_| HttpResponse::new(200, ""));
    every_step(&Flawed(retries), &request(), &script).assert_sound();
}
