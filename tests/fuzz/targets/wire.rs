//! Fuzzes the messages between host and plugin: asks and answers arrive as they were sent, each on one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::messages::{DecodeError, RemoteSession, answer, decode, encode};
use mesheryctl_core::provider::{Request, SignIn};
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    asked(text, choice);
    sent(text, choice);
    as_answer::<()>(text);
    as_answer::<u64>(text);
    as_answer::<bool>(text);
    as_answer::<usize>(text);
    as_answer::<String>(text);
    as_answer::<Secret>(text);
    as_answer::<Query>(text);
    as_answer::<HttpResponse>(text);
    as_answer::<SignIn>(text);
    if let Ok(request) = serde_json::from_str::<Request>(text) {
        let line = serde_json::to_string(&request).unwrap();
        assert!(serde_json::from_str::<Request>(&line).unwrap() == request);
    }
});

/// Checks any line as an ask: relayed through a remote session, the ask and its answer are the same as directly.
fn asked(line: &str, choice: u8) {
    let mut direct_session = RecordingSession { choice, asks: Vec::new() };
    let answered = answer(&mut direct_session, line);
    assert!(!answered.contains(['\n', '\r']), "the answer is more than one line");
    let mut remote_session = RecordingSession { choice, asks: Vec::new() };
    let mut through = RemoteSession::new(|ask: &str| {
        assert!(!ask.contains('\n'), "the ask is more than one line");
        answer(&mut remote_session, ask)
    });
    let relayed = answer(&mut through, line);
    assert!(answered == relayed, "the answer changed on its way");
    assert!(direct_session.asks == remote_session.asks, "the ask changed on its way");
    assert!(direct_session.asks.len() <= 1);
}

/// Checks every ask with this text: through a remote session, it arrives and is answered as directly.
fn sent(text: &str, choice: u8) {
    fn all(session: &mut dyn Session, text: &str, choice: u8) -> impl PartialEq + use<> {
        let number = u64::from(choice) << (text.len() % 57);
        let pairs = text.split('&').filter_map(|it| it.split_once('='));
        let fetch = match choice & 4 {
            0 => HttpRequest::post(text, text),
            _ => HttpRequest::get(text),
        };
        let fetch = pairs.fold(fetch, |it, (name, value)| it.header(name, value));
        let items: Vec<String> = text.split('&').map(str::to_owned).collect();
        let asked = (
            session.tell(text),
            session.ask(text),
            session.ask_secret(text),
            session.choose(text, &items),
            session.callback(CallbackKind::FixedPath),
            session.callback(CallbackKind::NoncePath),
            session.visit(text),
        );
        let rest = (
            session.fetch(&fetch),
            session.show_code(text, text, number),
            session.now(),
            session.sleep(number),
            session.random(number as u32),
            session.cancelled(),
        );
        (asked, rest)
    }
    let mut direct_session = RecordingSession { choice, asks: Vec::new() };
    let mut remote_session = RecordingSession { choice, asks: Vec::new() };
    let direct = all(&mut direct_session, text, choice);
    let through_session =
        all(&mut RemoteSession::new(|ask: &str| answer(&mut remote_session, ask)), text, choice);
    assert!(direct == through_session, "an answer is another over the line");
    assert!(direct_session.asks == remote_session.asks, "an ask is another over the line");
}

/// Checks any line as an answer: an accepted answer is decoded back after it is encoded.
fn as_answer<T: Serialize + DeserializeOwned + PartialEq>(line: &str) {
    let first = match decode::<T>(line) {
        Ok(value) => Ok(value),
        Err(DecodeError::Failure(failure)) => Err(failure),
        Err(DecodeError::Malformed) => return,
    };
    let written = encode(first);
    assert!(!written.contains('\n'));
    assert!(decode::<T>(&written) == decode::<T>(line), "an answer changed on its way");
}

/// A session that records the asks, and returns or fails with their arguments.
struct RecordingSession {
    choice: u8,
    asks: Vec<String>,
}

impl RecordingSession {
    fn note<T>(&mut self, ask: String, good: T) -> Result<T, Failure> {
        let hint = ask.clone();
        self.asks.push(ask.clone());
        match self.choice % 3 {
            0 => Err(Failure::denied(ask).with_hint(hint)),
            1 => Err(Failure::new(FailureKind::Cancelled, ask)),
            _ => Ok(good),
        }
    }
}

impl Session for RecordingSession {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.note(format!("tell {text}"), ())
    }
    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        self.note(format!("ask {prompt}"), prompt.to_owned())
    }
    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        self.note(format!("ask_secret {prompt}"), Secret::new(prompt))
    }
    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.note(format!("choose {prompt} {items:?}"), items.len())
    }
    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.note(format!("callback {kind:?}"), format!("{kind:?}"))
    }
    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        let pairs = vec![(url.to_owned(), String::new()), ("a".to_owned(), url.to_owned())];
        self.note(format!("visit {url}"), Query::new(pairs))
    }
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let HttpRequest { method, url, headers, body, .. } = request;
        let answered = format!("fetch {method:?} {url} {headers:?} {body:?}");
        let mut response = HttpResponse::new(418, body.clone().unwrap_or_default());
        response.headers = headers.clone();
        self.note(answered, response)
    }
    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.note(format!("show_code {url} {code} {expires_in}"), ())
    }
    fn now(&mut self) -> Result<u64, Failure> {
        self.note("now".into(), u64::MAX)
    }
    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.note(format!("sleep {milliseconds}"), ())
    }
    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        self.note(format!("random {bytes}"), bytes.to_string())
    }
    fn cancelled(&mut self) -> Result<bool, Failure> {
        self.note("cancelled".into(), true)
    }
}
