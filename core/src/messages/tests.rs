use super::*;
use crate::failure::FailureKind;

/// Answers every call with its own arguments, so that a mix-up of two calls or arguments shows.
struct Echo;

impl Session for Echo {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        Err(Failure::denied(text))
    }
    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        Ok(format!("{prompt} shown"))
    }
    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        Ok(Secret::new(format!("{prompt} hidden")))
    }
    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        Ok(prompt.len() + items.len())
    }
    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        Ok(format!("{kind:?}"))
    }
    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        Ok(Query::new(vec![("url".into(), url.into()), ("ü&=".into(), String::new())]))
    }
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let body = request.body.clone().unwrap_or_default();
        let response = HttpResponse::new(418, body);
        Ok(request.headers.iter().fold(response, |it, (name, value)| it.with_header(name, value)))
    }
    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        Err(Failure::invalid_answer(format!("{url} {code} {expires_in}")).with_hint("hint"))
    }
    fn now(&mut self) -> Result<u64, Failure> {
        Ok(u64::MAX)
    }
    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        Err(Failure::internal(milliseconds.to_string()))
    }
    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        Ok(bytes.to_string())
    }
    fn cancelled(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }
}

#[test]
fn every_call_has_the_same_result_as_messages_as_directly() {
    fn all(session: &mut dyn Session) -> impl PartialEq + fmt::Debug + use<> {
        let post =
            HttpRequest::post("https://a.example", "line\nline\u{2028}").header("A", "b\r\n");
        let first = (
            session.tell("a \"quoted\" text"),
            session.ask("prompt"),
            session.ask_secret("prompt"),
            session.choose("which", &["a".into(), "b".into()]),
            session.callback(CallbackKind::NoncePath),
            session.callback(CallbackKind::FixedPath),
            session.visit("https://a.example/?q=1"),
        );
        let rest = (
            session.fetch(&post),
            session.fetch(&HttpRequest::get("https://b.example").header("C", "d")),
            session.show_code("https://a.example", "WDJB-MJHT", 600),
            session.now(),
            session.sleep(5),
            session.random(32),
            session.cancelled(),
            session.check_cancelled(),
        );
        (first, rest)
    }
    let direct = all(&mut Echo);
    let remote = all(&mut RemoteSession::new(|call: &str| answer(&mut Echo, call)));
    // Debug redacts, so the comparison is on the values.
    assert!(direct == remote, "{direct:?} != {remote:?}");
}

#[test]
fn every_call_has_its_frozen_form() {
    let mut calls = Vec::new();
    let mut session = RemoteSession::new(|call: &str| {
        calls.push(call.to_owned());
        answer(&mut Echo, call)
    });
    let _ = session.tell("t");
    let _ = session.ask("p");
    let _ = session.ask_secret("p");
    let _ = session.choose("p", &["i".into()]);
    let _ = session.callback(CallbackKind::NoncePath);
    let _ = session.visit("u");
    let _ = session.fetch(&HttpRequest::get("u"));
    let _ = session.show_code("u", "c", 1);
    let _ = session.now();
    let _ = session.sleep(1);
    let _ = session.random(1);
    let _ = session.cancelled();
    let _ = session.check_cancelled();
    let expected = [
        r#"{"ask":"tell","text":"t"}"#,
        r#"{"ask":"ask","prompt":"p","secret":false}"#,
        r#"{"ask":"ask","prompt":"p","secret":true}"#,
        r#"{"ask":"choose","prompt":"p","items":["i"]}"#,
        r#"{"ask":"callback","kind":"marked"}"#,
        r#"{"ask":"visit","url":"u"}"#,
        r#"{"ask":"fetch","method":"GET","url":"u","headers":[]}"#,
        r#"{"ask":"show_code","url":"u","code":"c","expires_in":1}"#,
        r#"{"ask":"now"}"#,
        r#"{"ask":"sleep","milliseconds":1}"#,
        r#"{"ask":"random","bytes":1}"#,
        r#"{"ask":"cancelled"}"#,
        r#"{"ask":"sleep","milliseconds":0}"#,
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_call_is_known_if_it_is_made_on_the_session() {
    for (call, expected) in [
        (r#"{"ask":"now"}"#, true),
        (r#"{"ask":"now","new":1}"#, true),
        (r#"{"ask":"tell","text":"t"}"#, true),
        (r#"{"ask":"tell"}"#, false),
        (r#"{"ask":"teleport"}"#, false),
        (r#"{"ask":7}"#, false),
        ("{", false),
    ] {
        assert_eq!(is_known_call(call), expected, "{call}");
    }
}

#[test]
fn an_unknown_call_is_answered_with_unsupported() {
    let line = answer(&mut Echo, r#"{"ask":"teleport","to":"mars"}"#);
    let failure = Failure::unsupported("This session call");
    assert_eq!(decode::<()>(&line), Err(DecodeError::Failure(failure)));
}

#[test]
fn unknown_members_are_ignored_and_an_unknown_kind_is_internal() {
    assert!(answer(&mut Echo, r#"{"ask":"now","new":{"deep":[1]}}"#).starts_with(r#"{"ok":"#));
    let error = decode::<()>(r#"{"failed":{"kind":"eaten","new":1}}"#).unwrap_err();
    assert_eq!(error, DecodeError::Failure(Failure::internal("")));
}

#[test]
fn a_malformed_text_is_told_from_a_failure_and_is_not_quoted() {
    for line in ["", "canary", "{", r#"{"ok":"canary"}"#, "[]", r#"{"ask":7}"#] {
        let error = decode::<u64>(line).unwrap_err();
        assert_eq!(error, DecodeError::Malformed, "{line}");
        let failure = Failure::from(error);
        assert_eq!(failure.kind, FailureKind::InvalidAnswer, "{line}");
        assert_eq!(failure.message, "The answer is malformed.", "{line}");
        let answer = answer(&mut Echo, line);
        let expected = Failure::invalid_answer("The session call is malformed.");
        assert_eq!(decode::<()>(&answer), Err(DecodeError::Failure(expected)), "{line}");
    }
}

#[test]
fn a_failure_with_the_words_of_a_malformed_answer_is_still_a_failure() {
    let failure = Failure::from(DecodeError::Malformed);
    let line = encode::<()>(Err(failure.clone()));
    let error = decode::<()>(&line).unwrap_err();
    assert_eq!(error.to_string(), failure.message);
    assert_eq!(error, DecodeError::Failure(failure.clone()));
    assert_eq!(Failure::from(error), failure);
}

#[test]
fn a_value_that_json_cannot_hold_is_encoded_as_an_internal_failure() {
    let keys_are_no_text = std::collections::BTreeMap::from([((1, 2), 3)]);
    let failure = Failure::internal("The answer could not be encoded.");
    let line = encode(Ok(keys_are_no_text));
    assert_eq!(decode::<()>(&line), Err(DecodeError::Failure(failure)));
}

#[test]
fn debug_of_a_remote_session_shows_no_call() {
    assert_eq!(format!("{:?}", RemoteSession::new(|_: &str| String::new())), "RemoteSession");
}

#[test]
fn the_answer_of_a_remote_session_names_its_server_in_a_failure() {
    let mut session = RemoteSession::new(|call: &str| answer(&mut Echo, call));
    let response = session.fetch(&HttpRequest::post("https://id.example/a", "canary")).unwrap();
    let failure = response.json::<serde_json::Value>().unwrap_err();
    assert_eq!(failure.message, "id.example answered 418 with something that is not JSON.");
}
