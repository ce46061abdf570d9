//! Recordings: no secret is in them, and they are replayed.

use super::*;

#[test]
fn a_recorded_sign_in_is_replayed_and_has_no_secret_in_it() {
    let mut real = keyed().session();
    let mut recorder = Recorder::new(&mut real, &request());
    Keyed.login(&request(), &mut recorder).unwrap();
    let recording = recorder.recording();
    for secret in ["hunter2", "0123456789abcdef"] {
        assert!(!recording.contains(secret), "{recording}");
    }
    assert!(recording.contains("user=canary-000000002&key=canary-000000001"), "{recording}");
    let script = Script::replay(&recording).unwrap();
    let sign_in = script.run(|session| Keyed.login(&request(), session)).unwrap();
    // A token of hexadecimal digits stays one.
    assert_eq!(sign_in.token.expose(), "cafe000000000003");
    every_step(&Keyed, &request(), &script).assert_sound();
}

#[test]
fn a_recorded_token_keeps_its_claims_and_loses_what_is_secret_in_it() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let jwt =
        format!("{}.{}.c2lnbmF0dXJl", part(r#"{"alg":"none"}"#), part(r#"{"sub":"ada","exp":7}"#));
    let whole =
        STANDARD.encode(format!(r#"{{"access_token":"{jwt}","refresh_token":"r3fresh-r3fresh"}}"#));
    let token = whole.clone();
    let script = Script::new().expects_visit("https://cloud.example/login", move |_| {
        Query::new(vec![("token".into(), token.clone())])
    });
    let mut real = script.session();
    let mut recorder = Recorder::new(&mut real, &request());
    let real_sign_in = remote_provider::sign_in("https://cloud.example", &mut recorder).unwrap();
    let recording = recorder.recording();
    let replayed = Script::replay(&recording).unwrap();
    let sign_in = replayed.run(|it| remote_provider::sign_in("https://cloud.example", it)).unwrap();
    assert_eq!(
        (sign_in.expires_at, sign_in.account),
        (real_sign_in.expires_at, real_sign_in.account)
    );
    let inside = String::from_utf8(STANDARD.decode(sign_in.token.expose()).unwrap()).unwrap();
    for secret in [whole.as_str(), "c2lnbmF0dXJl", "r3fresh"] {
        assert!(
            !recording.contains(secret) && !inside.contains(secret),
            "{secret}\n{recording}\n{inside}"
        );
    }
    assert!(sign_in.token.claims().refreshable, "{inside}");
}

#[test]
fn headers_cookies_stored_state_and_settings_are_not_recorded() {
    let script = Script::new()
        .expects_fetch("GET https://a.example/me", |_| {
            HttpResponse::new(200, "{}").with_header("set-cookie", "sid=c00kie-1; Path=/")
        })
        .expects_fetch("POST https://a.example/me", |_| {
            HttpResponse::new(200, "c00kie-1 is echoed")
        });
    let request = request()
        .stored_state(Secret::new(r#"{"refresh":"r3fresh-1","refresh_token":"r3fresh-2"}"#))
        .token(Token::parse("t0ken-t0ken-t0ken").unwrap());
    let mut real = script.session();
    let mut recorder = Recorder::new(&mut real, &request).secret("s3tting");
    let get = HttpRequest::get("https://a.example/me?key=qu3ry")
        .header("Authorization", "Bearer b3arer")
        .header("X-Api-Key", "ap1key")
        .header("Cookie", "a=c00kie-2; b=c00kie-3");
    let response = recorder.fetch(&get).unwrap();
    assert_eq!(response.header("set-cookie"), Some("sid=c00kie-1; Path=/"));
    let body = r#"{"a": "t0ken-t0ken-t0ken s3tting", "deep": [{"client_secret": "cl1ent \"x\""}], "b": "r3fresh-2"}"#;
    recorder.fetch(&HttpRequest::post("https://a.example/me", body)).unwrap();
    let recording = recorder.recording();
    for secret in ["b3arer", "ap1key", "c00kie", "t0ken", "s3tting", "cl1ent", "r3fresh-2", "qu3ry"]
    {
        assert!(!recording.contains(secret), "{secret} is in {recording}");
    }
}

#[test]
fn what_is_not_a_recording_is_refused() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"recording": 2, "asks": []}"#,
        r#"{"recording": 1}"#,
        r#"{"recording": 1, "asks": [7]}"#,
    ] {
        let failure = Script::replay(text).unwrap_err();
        assert_eq!(failure.message, "This text is not a recording of this version.", "{text}");
    }
}

#[test]
fn a_short_secret_and_a_value_of_the_query_that_is_none_are_not_recorded_either() {
    let script = Script::new()
        .expects_secret("Your pin: is", "is")
        .expects_visit("https://a.example/this/is", |_| {
            Query::new(vec![
                ("user".into(), "ada@example.org".into()),
                ("iss".into(), "https://a.example".into()),
            ])
        })
        .expects_fetch("POST https://a.example/pin", |_| HttpResponse::new(200, ""));
    let mut real = script.session();
    let mut recorder = Recorder::new(&mut real, &request());
    let pin = recorder.ask_secret("Your pin: is").unwrap();
    let query = recorder.visit("https://a.example/this/is").unwrap();
    let form = [("pin", pin.expose()), ("user", query.get("user").unwrap())];
    recorder.fetch(&HttpRequest::post_form("https://a.example/pin", &form)).unwrap();
    let recording = recorder.recording();
    assert!(!recording.contains("pin=is") && !recording.contains("ada"), "{recording}");
    assert!(recording.contains("https://a.example/this/canary-"), "{recording}");
    assert!(recording.contains("\"https://a.example\""), "{recording}");
}

#[test]
fn the_name_of_an_account_in_the_query_may_be_told() {
    let greets: fn(&mut dyn Session) -> Result<SignIn, Failure> = |session| {
        let query = session.visit("https://a.example/go")?;
        let token = query.get("token").ok_or_else(|| Failure::denied("No token arrived."))?;
        let token = Token::parse(token).ok().filter(|it| !it.is_empty());
        let token = token.ok_or_else(|| Failure::denied("No token arrived."))?;
        session.tell(&format!("Hello {}", query.get("user").unwrap_or_default()))?;
        Ok(SignIn::with_token(token))
    };
    let script = Script::new().expects_visit("https://a.example/go", |_| {
        Query::new(vec![
            ("user".into(), "ada@example.org".into()),
            ("token".into(), "0123456789abcdef".into()),
        ])
    });
    every_step(&super::every_step::Flawed(greets), &request(), &script).assert_sound();
}
