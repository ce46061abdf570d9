use std::collections::VecDeque;

use super::super::Metadata;
use super::*;
use crate::failure::FailureKind;
use crate::session::{HttpRequest, HttpResponse};

/// The outcome of one request to the token endpoint.
enum Poll {
    Rejects(&'static str),
    Status(u16),
    TooMany(&'static str),
    Fails(FailureKind),
    Issues,
}
use Poll::{Fails, Issues, Rejects, Status, TooMany};

/// A session whose clock advances only while the flow sleeps.
struct Script {
    authorization: String,
    polls: VecDeque<Poll>,
    now: u64,
    polled_at: Vec<u64>,
    shown: Option<(String, String, u64)>,
    deadline: u64,
}

impl Session for Script {
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let response = |status, body: &str| {
            HttpResponse::new(status, body).with_header("content-type", "application/json")
        };
        if request.url.ends_with("/device") {
            // The challenge of the example in RFC 7636, appendix B.
            let body = "scope=email&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
                        &code_challenge_method=S256&client_id=c";
            assert_eq!(request.body.as_deref(), Some(body));
            return Ok(response(200, &self.authorization));
        }
        assert_eq!(
            request.body.as_deref(),
            Some(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                 &device_code=d&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk\
                 &client_id=c"
            )
        );
        self.polled_at.push(self.now);
        let tokens = r#"{"access_token":"a","token_type":"bearer"}"#;
        match self.polls.pop_front().expect("a further request must not be sent") {
            Rejects(error) => Ok(response(400, &format!(r#"{{"error":"{error}"}}"#))),
            TooMany(error) => Ok(response(429, &format!(r#"{{"error":"{error}"}}"#))),
            Status(status) => Ok(response(status, "<html>")),
            Fails(kind) => Err(Failure::new(kind, "on the way")),
            Issues => Ok(response(200, tokens)),
        }
    }
    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.shown = Some((url.to_owned(), code.to_owned(), expires_in));
        Ok(())
    }
    fn now(&mut self) -> Result<u64, Failure> {
        Ok(self.now)
    }
    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        assert_eq!(bytes, 32, "RFC 7636, section 4.1, recommends 32 bytes");
        Ok("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into())
    }
    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.now = self.now.saturating_add(milliseconds / 1000);
        match self.now >= self.deadline {
            true => Err(Failure::new(FailureKind::TimedOut, "the sign-in is over")),
            false => Ok(()),
        }
    }
}

/// How the sign-in ended, and when the token endpoint was polled. `members` are further ones of the
/// authorization.
fn run(members: &str, polls: Vec<Poll>) -> (Result<Tokens, FailureKind>, Vec<u64>) {
    let (result, script) = play(members, polls);
    (result.map_err(|failure| failure.kind), script.polled_at)
}

fn play(members: &str, polls: Vec<Poll>) -> (Result<Tokens, Failure>, Script) {
    let authorization = format!(
        r#"{{"device_code":"d","user_code":"U-1","verification_uri":"https://id.example/go",
            "verification_uri_complete":"https://id.example/go?user_code=U-1"{members}}}"#
    );
    with_authorization(authorization, polls)
}

fn with_authorization(
    authorization: String,
    polls: Vec<Poll>,
) -> (Result<Tokens, Failure>, Script) {
    let metadata: Metadata = serde_json::from_str(
        r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
            "device_authorization_endpoint":"https://id.example/device"}"#,
    )
    .unwrap();
    let client = Client { metadata, id: "c".into(), scope: "email".into() };
    let mut script = Script {
        authorization,
        polls: polls.into(),
        now: 1000,
        polled_at: Vec::new(),
        shown: None,
        deadline: 1_000_000,
    };
    (sign_in(&client, &mut script), script)
}

const LONG: &str = r#","expires_in":6000,"interval":1"#;

#[test]
fn the_first_request_is_sent_after_the_first_interval_and_the_code_is_shown_as_it_is_typed() {
    let (result, script) = play(r#","expires_in":600,"interval":7"#, vec![Issues]);
    assert_eq!(result.unwrap().access, Secret::new("a"));
    assert_eq!(script.polled_at, [1007]);
    assert_eq!(script.shown, Some(("https://id.example/go".into(), "U-1".into(), 600)));
}

#[test]
fn a_missing_interval_is_five_seconds_and_zero_is_one_second() {
    let twice = || vec![Rejects("authorization_pending"), Issues];
    for (interval, polled_at) in [
        ("", [1005, 1010]),
        (r#","interval":null"#, [1005, 1010]),
        (r#","interval":0"#, [1001, 1002]),
    ] {
        let members = format!(r#","expires_in":600{interval}"#);
        assert_eq!(run(&members, twice()).1, polled_at, "{interval}");
    }
}

#[test]
fn slow_down_adds_five_seconds_for_good() {
    let polls = vec![
        Rejects("slow_down"),
        Rejects("authorization_pending"),
        Rejects("slow_down"),
        Rejects("authorization_pending"),
        Rejects("authorization_pending"),
        Issues,
    ];
    assert_eq!(run(LONG, polls).1, [1001, 1007, 1013, 1024, 1035, 1046]);
}

#[test]
fn too_many_requests_is_temporary_unless_its_error_is_slow_down() {
    let pending = || Rejects("authorization_pending");
    let polls = vec![TooMany("slow_down"), pending(), Issues];
    assert_eq!(run(LONG, polls).1, [1001, 1007, 1013]);
    for polls in [vec![TooMany("busy"), pending(), Issues], vec![Status(429), pending(), Issues]] {
        assert_eq!(run(LONG, polls).1, [1001, 1003, 1004]);
    }
}

#[test]
fn the_url_of_the_code_may_have_its_older_name() {
    let named = |urls: &str| {
        let rest = r#""device_code":"d","user_code":"U-1","expires_in":600"#;
        with_authorization(format!("{{{urls}{rest}}}"), vec![Issues])
    };
    let (new, old) = (r#""verification_uri":"N","#, r#""verification_url":"O","#);
    for (urls, url) in [(new.into(), "N"), (old.into(), "O"), (format!("{old}{new}"), "N")] {
        assert_eq!(named(&urls).1.shown.unwrap().0, url, "{urls}");
    }
    let message = "The identity provider does not state where to enter the code.";
    assert_eq!(named("").0, Err(Failure::invalid_answer(message)));
}

#[test]
fn failed_requests_double_the_pause_until_one_is_answered() {
    let polls = vec![
        Fails(FailureKind::TimedOut),
        Fails(FailureKind::Unreachable),
        Status(503),
        Rejects("authorization_pending"),
        Issues,
    ];
    assert_eq!(run(LONG, polls).1, [1001, 1003, 1007, 1015, 1016]);
    // A pause is never shorter than the interval, however long that is.
    let slow = r#","expires_in":6000,"interval":100"#;
    let polls = vec![Fails(FailureKind::TimedOut), Issues];
    assert_eq!(run(slow, polls).1, [1100, 1200]);
    let polls = (0..12).map(|_| Status(502)).chain([Issues]).collect();
    let polled_at = run(LONG, polls).1;
    let pauses: Vec<u64> = polled_at.windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60]);
}

#[test]
fn failed_requests_do_not_undo_a_slow_down() {
    let polls = vec![
        Rejects("slow_down"),
        Fails(FailureKind::TimedOut),
        Rejects("authorization_pending"),
        Issues,
    ];
    assert_eq!(run(LONG, polls).1, [1001, 1007, 1019, 1025]);
}

#[test]
fn an_answer_that_is_final_ends_the_sign_in() {
    for (last, kind) in [
        (Rejects("access_denied"), FailureKind::Denied),
        (Rejects("expired_token"), FailureKind::TimedOut),
        (Rejects("invalid_grant"), FailureKind::Rejected),
        (Rejects("invalid_client"), FailureKind::Misconfigured),
        (Status(200), FailureKind::InvalidAnswer),
        (Status(302), FailureKind::InvalidAnswer),
        (Status(404), FailureKind::InvalidAnswer),
        (Fails(FailureKind::Cancelled), FailureKind::Cancelled),
        (Fails(FailureKind::Refused), FailureKind::Refused),
    ] {
        let (result, polled_at) = run(LONG, vec![Rejects("authorization_pending"), last]);
        assert_eq!((result, polled_at.len()), (Err(kind), 2));
    }
}

#[test]
fn a_device_code_is_expired_at_its_deadline() {
    let pending = || (0..9).map(|_| Rejects("authorization_pending")).collect();
    let expired = "The code expired before it was used to sign in.";
    for (members, polled_at) in [
        (r#","expires_in":12"#, &[1005, 1010][..]),
        (r#","expires_in":11"#, &[1005, 1010]),
        (r#","expires_in":10"#, &[1005]),
        (r#","expires_in":0"#, &[]),
    ] {
        let (result, script) = play(members, pending());
        assert_eq!(result, Err(Failure::new(FailureKind::TimedOut, expired)), "{members}");
        assert_eq!(script.polled_at, polled_at, "{members}");
    }
}

#[test]
fn a_time_that_overflows_ends_with_the_sign_in_and_does_not_panic() {
    let members = r#","expires_in":18446744073709551615,"interval":18446744073709551615"#;
    assert_eq!(run(members, vec![]), (Err(FailureKind::TimedOut), vec![]));
}

#[test]
fn an_authorization_with_a_missing_or_invalid_member_is_an_invalid_answer() {
    for members in ["", r#","expires_in":"600""#, r#","expires_in":-1"#] {
        assert_eq!(run(members, vec![]), (Err(FailureKind::InvalidAnswer), vec![]), "{members}");
    }
    let rest = r#""verification_uri":"N","expires_in":600"#;
    for codes in [
        r#""device_code":"d","user_code":"","#,
        r#""device_code":"","user_code":"U-1","#,
        r#""device_code":"d\r\n","user_code":"U-1","#,
        r#""device_code":"d","device_code":"e","user_code":"U-1","#,
    ] {
        let (result, script) = with_authorization(format!("{{{codes}{rest}}}"), vec![]);
        assert_eq!(result.unwrap_err().kind, FailureKind::InvalidAnswer, "{codes}");
        assert_eq!(script.shown, None, "{codes}");
    }
}

#[test]
fn an_identity_provider_without_a_device_flow_is_unsupported() {
    let mut client = super::super::script::client("email");
    client.metadata.device_authorization_endpoint = None;
    let result = sign_in(&client, &mut super::super::script::Script::default());
    let what = "Device sign-in with this identity provider";
    assert_eq!(result, Err(Failure::unsupported(what)));
}
