//! [`Fault`]: what can go wrong at one ask.

use super::random::Random;
use crate::failure::{Failure, FailureKind};
use crate::messages::{Call, decode, encode};
use crate::session::{HttpResponse, Query};

/// A length of text that no person types.
const LONG: usize = 64 * 1024;

/// A text that only a person who means harm types.
pub const CONTROL: &str = "\u{1b}[2J\r\n\0";

/// An answer in place of the scripted one.
#[derive(Clone)]
pub struct Fault {
    /// What happened to the ask, as words that follow it: "ask `Your name`" "was cancelled".
    pub name: &'static str,
    /// The answer, as JSON.
    pub answer: String,
    /// The kind of the failure that is the answer, if it is one.
    pub kind: Option<FailureKind>,
    /// An action that succeeds all the same is wrong.
    pub must_fail: bool,
    /// The status that refuses a request which the script accepts.
    pub refusal: Option<u16>,
}

impl Fault {
    /// The failure of each ask after a person cancelled the sign-in.
    pub fn cancelled() -> Failure {
        Failure::cancelled("The sign-in was cancelled.")
    }

    pub fn is_cancelled(&self) -> bool {
        self.kind == Some(FailureKind::Cancelled)
    }

    /// The failure of each ask after this one, if the sign-in has ended. The deadline of a request is one of its own.
    pub fn end_after(&self, call: &Call) -> Option<Failure> {
        let is_of_a_request = matches!(call, Call::Fetch(_));
        match self.kind {
            Some(FailureKind::Cancelled) => Some(Self::cancelled()),
            Some(FailureKind::TimedOut) if !is_of_a_request => Some(Self::timed_out()),
            _ => None,
        }
    }

    fn timed_out() -> Failure {
        Failure::timed_out("It took too long.")
    }

    fn failed(name: &'static str, failure: Failure) -> Self {
        let (kind, must_fail) = (Some(failure.kind), failure.kind == FailureKind::Cancelled);
        Self { name, answer: encode::<()>(Err(failure)), kind, must_fail, refusal: None }
    }

    fn garbled<T: serde::Serialize>(name: &'static str, value: T) -> Self {
        Self { name, answer: encode(Ok(value)), kind: None, must_fail: false, refusal: None }
    }

    fn fatal<T: serde::Serialize>(name: &'static str, value: T) -> Self {
        Self { must_fail: true, ..Self::garbled(name, value) }
    }
}

/// Everything that can go wrong at this ask, whose answer is `sound` in the script. `seed` decides what is random.
pub fn faults_of(call: &Call, sound: &str, seed: u64) -> Vec<Fault> {
    if *call == Call::Cancelled {
        let said = Fault::fatal("said that the sign-in was cancelled", true);
        // A provider that believes it learns the failure to return from `check_cancelled`.
        return vec![Fault { kind: Some(FailureKind::Cancelled), ..said }];
    }
    let mut faults = vec![
        Fault::failed("was cancelled", Fault::cancelled()),
        Fault::failed("timed out", Fault::timed_out()),
        Fault::failed("was refused", Failure::refused("The policy does not allow it.")),
        Fault::failed("could not reach anybody", Failure::unreachable("Nobody answers.")),
        Fault::failed("needed a terminal", Failure::needs_terminal("There is no terminal.")),
        Fault::failed("was not supported", Failure::unsupported("This call")),
        // Not an answer at all: another version of the host.
        Fault { answer: "{}".into(), ..Fault::garbled("was answered with something unknown", ()) },
    ];
    faults.extend(match call {
        Call::Fetch(_) => responses(decode(sound).ok(), seed),
        Call::Visit { .. } => queries(decode(sound).ok()),
        Call::Ask { .. } => vec![
            Fault::garbled("was answered with nothing", ""),
            Fault::garbled("was answered with 64 KiB", "x".repeat(LONG)),
            Fault::garbled("was answered with control characters", CONTROL),
        ],
        Call::Choose { items, .. } => {
            vec![Fault::garbled("was answered with an item that does not exist", items.len())]
        }
        Call::Now => vec![
            Fault::garbled("said 1970", 0),
            Fault::garbled("said the last second that a number can hold", u64::MAX),
        ],
        _ => Vec::new(),
    });
    faults
}

fn responses(sound: Option<HttpResponse>, seed: u64) -> Vec<Fault> {
    let mut faults = garbled(seed);
    let accepted = sound.filter(|it| (200..300).contains(&it.status));
    for (status, name, name_with_body) in REFUSALS {
        let body = if [404, 500].contains(&status) { HTML } else { "" };
        let refusal = accepted.as_ref().map(|_| status);
        faults.push(Fault { refusal, ..Fault::garbled(name, HttpResponse::new(status, body)) });
        // A provider that reads the body alone takes this for the answer.
        let with_body = accepted.clone().map(|mut it| {
            it.status = status;
            it
        });
        faults.extend(with_body.map(|it| Fault { refusal, ..Fault::garbled(name_with_body, it) }));
    }
    faults
}

/// Statuses, each with its names without and with the body of a success.
const REFUSALS: [(u16, &str, &str); 5] = [
    (401, "got 401", "got 401 with the body of a success"),
    (404, "got 404", "got 404 with the body of a success"),
    (429, "got 429", "got 429 with the body of a success"),
    (500, "got 500", "got 500 with the body of a success"),
    (503, "got 503", "got 503 with the body of a success"),
];

const HTML: &str = "<!doctype html><title>Sign in</title>";

fn garbled(seed: u64) -> Vec<Fault> {
    let json =
        |body: &str| HttpResponse::new(200, body).with_header("content-type", "application/json");
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    vec![
        Fault::garbled(
            "got HTML",
            HttpResponse::new(200, HTML).with_header("content-type", "text/html"),
        ),
        Fault::garbled("got an empty body", json("")),
        Fault::garbled("got truncated JSON", json(r#"{"token": "012345"#)),
        Fault::garbled("got an empty object", json("{}")),
        Fault::garbled("got JSON of another type", json("[7, null, true]")),
        Fault::garbled("got members of another type", json(&WRONG_TYPES.replace('\'', "\""))),
        Fault::garbled("got deeply nested JSON", json(&deep)),
        Fault::garbled("got random text", json(&Random::seeded(seed).text(300))),
        Fault::garbled("got a redirect", HttpResponse::new(302, "").with_header("location", "/")),
    ]
}

/// The members of usual answers, each with a value of another type.
const WRONG_TYPES: &str = "{'token': 7, 'access_token': [], 'refresh_token': {}, 'id_token': 1, 'token_type': null, \
    'expires_in': 'soon', 'email': [], 'id': {}, 'sub': 7, 'error': 9, 'issuer': 1, 'token_endpoint': false, \
    'device_code': 1, 'user_code': 2, 'interval': 'x', 'keys': 3}";

fn queries(sound: Option<Vec<(String, String)>>) -> Vec<Fault> {
    let query = |pairs: &[(&str, &str)]| {
        Query::new(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    };
    let mut faults = vec![
        Fault::fatal("returned an empty query", query(&[])),
        Fault::fatal("returned error=access_denied", query(&[("error", "access_denied")])),
        Fault::fatal(
            "returned values that are empty",
            query(&[("token", ""), ("code", ""), ("state", "")]),
        ),
    ];
    faults.extend(sound.and_then(of_another_sign_in));
    faults
}

/// The query with another state and nothing else changed: a server that asserts the code must not be what refuses it.
fn of_another_sign_in(mut query: Vec<(String, String)>) -> Option<Fault> {
    let state = query.iter_mut().find(|(name, _)| name == "state")?;
    state.1 = "state-of-0thers".into();
    Some(Fault::fatal("returned the state of another sign-in", Query::new(query)))
}
