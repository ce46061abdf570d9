//! A provider that is sound but for the flaw that its setting names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a flaw is to panic")]
#![allow(unsafe_code, reason = "a flaw is to close standard error")]

use std::hint::black_box;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use mesheryctl_plugin_sdk::export_provider;
use mesheryctl_plugin_sdk::failure::Failure;
use mesheryctl_plugin_sdk::provider::{Provider, Request, SignIn};
use mesheryctl_plugin_sdk::secret::Secret;
use mesheryctl_plugin_sdk::serde_json::{self, Value};
use mesheryctl_plugin_sdk::session::{CallbackKind, HttpRequest, HttpResponse, Method, Session};
use mesheryctl_plugin_sdk::token::Token;

struct Flawed;

/// The flaw and the URL of a request.
struct Given<'a> {
    flaw: &'a str,
    url: &'a str,
}

impl<'a> Given<'a> {
    fn of(request: &'a Request) -> Result<Self, Failure> {
        let flaw = request.settings.get("flaw").unwrap_or("none");
        match flaw {
            "needs-settings" => Ok(Self { flaw, url: request.settings.get("url").unwrap() }),
            _ => Ok(Self { flaw, url: request.settings.require("url")? }),
        }
    }

    fn has(&self, flaw: &str) -> bool {
        self.flaw == flaw
    }
}

impl Provider for Flawed {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let given = Given::of(request)?;
        before(&given, request, session)?;
        let key = session.ask_secret("Your key");
        let key = match key {
            Err(_) if given.has("ignores-cancel") => return after_cancel(session),
            Err(_) if given.has("late-panic") => {
                let _ = after_cancel(session);
                panic!("no key");
            }
            Err(failure) if given.has("checks-after-cancel") => {
                let _ = (session.now(), session.cancelled(), session.check_cancelled());
                return Err(failure);
            }
            Err(failure) if given.has("sleeps-after-cancel") => {
                let _ = session.sleep(5);
                return Err(failure);
            }
            Err(failure) if given.has("slow-cancel") => {
                spin(Duration::from_millis(600));
                return Err(failure);
            }
            key => key?,
        };
        if given.has("leaks-answer") {
            session.tell(&format!("Your key is {}.", key.expose()))?;
        }
        let callback = session.callback(CallbackKind::FixedPath)?;
        let answer = session.visit(&format!("{}/login?to={callback}", given.url))?;
        if given.has("ignores-denial") && answer.get("error").is_some() {
            return Ok(SignIn::with_token(Token::parse("token-without-consent")?));
        }
        let code = answer.get("code").ok_or_else(|| Failure::denied("No code was returned."))?;
        if given.has("leaks-code") {
            return Err(Failure::rejected(format!("The code {code} was not accepted.")));
        }
        let response = session.fetch(&post(&given, code, None))?;
        after_fetch(&given, &response, session)?;
        signed_in(&given, &response.body)
    }

    fn whoami(&self, request: &Request, session: &mut dyn Session) -> Result<String, Failure> {
        let given = Given::of(request)?;
        let token = request.token.as_ref().map(Token::expose).unwrap_or_default();
        let more = match given.flaw {
            "leaks-token-in-url" => format!("?t={token}"),
            "leaks-token-in-path" => format!("/{token}/profile"),
            "unimplemented" => return Err(Failure::unsupported("whoami")),
            _ => String::new(),
        };
        let asked = HttpRequest::get(format!("{}/me{more}", given.url));
        let response = session.fetch(&asked.header("Authorization", format!("Bearer {token}")))?;
        match response.status {
            200 => Ok(match given.flaw {
                "token-as-account" => token.to_owned(),
                "empty-account" => String::new(),
                _ => "ada@example.org".to_owned(),
            }),
            401 if !given.has("no-rejected") => Err(Failure::rejected("The token was rejected.")),
            500 if given.has("rejects-500") => Err(Failure::rejected("The token was rejected.")),
            status => Err(Failure::invalid_answer(format!("The answer has status {status}."))),
        }
    }

    fn refresh(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let given = Given::of(request)?;
        let state = request.stored_state.clone().unwrap_or_default();
        let response = session.fetch(&post(&given, "", Some(state.expose())))?;
        if response.status != 200 {
            return Err(Failure::rejected("The refresh token was rejected."));
        }
        let renewed = signed_in(&given, &response.body)?;
        match given.has("no-rotation") {
            true => {
                let mut renewed = renewed;
                renewed.stored_state = Some(state);
                Ok(renewed)
            }
            false => Ok(renewed),
        }
    }

    fn logout(&self, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
        let given = Given::of(request)?;
        let token = request.token.as_ref().map(Token::expose).unwrap_or_default();
        let asked = HttpRequest::get(format!("{}/me", given.url));
        let before = session.fetch(&asked.header("Authorization", format!("Bearer {token}")))?;
        session.fetch(&HttpRequest::get(format!("{}/revoke", given.url)))?;
        match before.status {
            401 if given.has("one-logout") => Err(Failure::internal("It was gone already.")),
            _ => Ok(()),
        }
    }
}

/// The flaws of a login before its first question.
fn before(given: &Given<'_>, request: &Request, session: &mut dyn Session) -> Result<(), Failure> {
    match given.flaw {
        "other-host" => drop(session.fetch(&HttpRequest::get("https://elsewhere.example/"))?),
        "no-callback" => drop(session.visit(&format!("{}/login", given.url))?),
        "undeclared-setting" => drop(request.settings.require("greting")?),
        "closes-output" => {
            close(&[1, 2]);
            drop(std::fs::read("/etc/passwd"));
        }
        "closes-stderr" => {
            close(&[2]);
            drop(std::fs::read("/etc/passwd"));
        }
        "late-panic" => {
            for _ in 0..24 {
                session.now()?;
            }
        }
        "floods" => {
            for number in 0..990 {
                let query = format!("{number}{}", "%20".repeat(1300));
                session.fetch(&HttpRequest::get(format!("{}/?q={query}", given.url)))?;
            }
        }
        "slow" => spin(Duration::from_millis(250)),
        "two-lines" => session.tell("One line\nand another")?,
        "leaks-setting" => {
            let key = request.settings.get("key").unwrap_or_default();
            return Err(Failure::denied(format!("The key {key} is not known.")));
        }
        "prints" => drop(std::io::Write::write_all(&mut std::io::stderr(), b"debug\n")),
        "grows" => drop(black_box(Box::leak(vec![7u8; 64 * 1024].into_boxed_slice()))),
        "descriptors" => {
            let leaked = std::io::stderr().as_fd().try_clone_to_owned();
            let leaked = leaked.map_err(|_| Failure::internal("No descriptor is left."))?;
            std::mem::forget(leaked);
        }
        "threads" => drop(thread::spawn(|| {
            loop {
                thread::park();
            }
        })),
        _ => {}
    }
    Ok(())
}

/// So that what the sandbox denies cannot be recorded there.
fn close(descriptors: &[i32]) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| close_all(descriptors));
}

fn close_all(descriptors: &[i32]) {
    for descriptor in descriptors {
        // SAFETY: only what is printed uses them, and that is lost.
        drop(unsafe { OwnedFd::from_raw_fd(*descriptor) });
    }
}

/// The flaws of a login that has its answer.
fn after_fetch(
    given: &Given<'_>,
    response: &HttpResponse,
    session: &mut dyn Session,
) -> Result<(), Failure> {
    match (given.flaw, response.status) {
        ("unwraps-member", 200) => {
            let body: Option<Value> = serde_json::from_str(&response.body).ok();
            drop(body.map(|it| it["access_token"].as_str().unwrap().to_owned()));
        }
        ("leaks-rejected", 401) => {
            let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
            return Err(Failure::rejected(format!("{} is not valid.", body["refresh_token"])));
        }
        ("names-undeclared", 500) => {
            return Err(Failure::misconfigured("There is no such tenant.", &["tenant"]));
        }
        ("tells-token", _) => session.tell("The token is own-token-0123456789.")?,
        _ => {}
    }
    Ok(())
}

/// Goes on after the login was cancelled.
fn after_cancel(session: &mut dyn Session) -> Result<SignIn, Failure> {
    let _ = session.ask("Really");
    Err(Failure::denied("No key was given."))
}

fn post(given: &Given<'_>, code: &str, refresh: Option<&str>) -> HttpRequest {
    let body = match refresh {
        Some(token) => format!("refresh_token={token}"),
        None => format!("code={code}"),
    };
    let mut request = HttpRequest::get(format!("{}/token", given.url));
    request.method = Method::Post;
    request.body = Some(body);
    request
}

fn signed_in(given: &Given<'_>, body: &str) -> Result<SignIn, Failure> {
    let member = |name: &str| {
        let (_, rest) = body.split_once(&format!("\"{name}\":\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    // As serde's deny_unknown_fields.
    if given.has("denies-unknown") && body.contains("\"later\"") {
        return Err(Failure::invalid_answer("The answer has an unknown member."));
    }
    let token = match given.has("strict-answer") {
        true => member("access_token").expect("a token"),
        false => member("access_token")
            .ok_or_else(|| Failure::invalid_answer("The server sent no token."))?,
    };
    let returned = if given.has("tells-token") { "own-token-0123456789" } else { &token };
    let mut sign_in = SignIn::with_token(Token::parse(returned)?);
    sign_in.stored_state = member("refresh_token").map(Secret::new);
    if given.has("large-state") {
        sign_in.stored_state = Some(Secret::new("x".repeat(65 * 1024)));
    }
    sign_in.account = Some(match given.flaw {
        "leaks-account" => token,
        "escape-in-account" => "ada\u{1b}[2J@example.org".to_owned(),
        _ => "ada@example.org".to_owned(),
    });
    sign_in.expires_at = Some(4_000_000_000);
    Ok(sign_in)
}

fn spin(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        black_box(0);
    }
}

export_provider!(Flawed, include_str!("../provider.json"));
