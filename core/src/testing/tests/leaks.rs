//! What a recording must not contain, one row for each way in which a secret can be in a sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::*;

/// The secret of a row. No text of a recording contains it by chance.
const SECRET: &str = "Qz7/xT+rV9";
/// The same without characters that an encoding changes.
const PLAIN: &str = "Zx9QwT7rVbN2";

fn recorded(script: &Script, action: impl FnOnce(&mut Recorder<'_>)) -> String {
    let mut real = script.session();
    let mut recorder = Recorder::new(&mut real, &request());
    action(&mut recorder);
    recorder.recording()
}

/// The recording of a response with these headers and this body.
fn of_response(headers: &[(&str, &str)], body: &str) -> String {
    let mut response = HttpResponse::new(200, body);
    for (name, value) in headers {
        response = response.with_header(*name, *value);
    }
    let script = Script::new().expects_fetch("GET https://a.example/me", move |_| response.clone());
    recorded(&script, |it| drop(it.fetch(&HttpRequest::get("https://a.example/me"))))
}

fn of_request(request: &HttpRequest) -> String {
    with_anything(|it| drop(it.fetch(request).unwrap()))
}

/// A session that answers each request with this response, and each visit with nothing.
struct Anything(HttpResponse);

impl Session for Anything {
    fn fetch(&mut self, _: &HttpRequest) -> Result<HttpResponse, Failure> {
        Ok(self.0.clone())
    }
    fn visit(&mut self, _: &str) -> Result<Query, Failure> {
        Ok(Query::default())
    }
    fn tell(&mut self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    fn ask(&mut self, _: &str) -> Result<String, Failure> {
        Ok(PLAIN.into())
    }
    fn ask_secret(&mut self, _: &str) -> Result<Secret, Failure> {
        Ok(Secret::new("user/QwErTy+9-asdfgh-42"))
    }
    fn show_code(&mut self, _: &str, _: &str, _: u64) -> Result<(), Failure> {
        Ok(())
    }
}

fn with_anything(action: impl FnOnce(&mut Recorder<'_>)) -> String {
    let mut host = Anything(HttpResponse::new(200, ""));
    let mut recorder = Recorder::new(&mut host, &request());
    action(&mut recorder);
    recorder.recording()
}

#[track_caller]
fn assert_without(recording: &str, secrets: &[&str], row: &str) {
    let plain = recording.replace("\\\"", "\"").replace("\\\\", "\\").to_lowercase();
    for secret in secrets {
        let secret = secret.to_lowercase();
        let encoded = [STANDARD.encode(&secret), URL_SAFE_NO_PAD.encode(&secret)];
        assert!(!plain.contains(&secret), "{row}: {secret} is in {recording}");
        assert!(encoded.iter().all(|it| !recording.contains(it)), "{row}: {recording}");
    }
}

#[test]
fn no_body_of_a_response_is_recorded_with_a_secret() {
    for body in [
        r#"{"access_token":"Qz7\/xT+rV9"}"#,
        r#"{"access_token":"Qz7/xT\u002BrV9"}"#,
        r#"{"access_token":"\u0051z7\/xT\u002brV9"}"#,
        r#"{"pin":98765432}"#,
        r#"{"pin":-98765432.5}"#,
        r#"{"otp":"98765432"}"#,
        r#"{"token":["Qz7/xT+rV9"]}"#,
        r#"{"tokens":["Qz7/xT+rV9",["Zx9QwT7rVbN2"]]}"#,
        r#"{"token":{"value":"Qz7/xT+rV9"}}"#,
        r#"{"tokens":{"Zx9QwT7rVbN2":true}}"#,
        r#"{"SAMLResponse":"Qz7/xT+rV9"}"#,
        r#"{"pass":"Qz7/xT+rV9"}"#,
        r#"{"pwd":"Qz7/xT+rV9"}"#,
        r#"{"ticket":"Qz7/xT+rV9"}"#,
        r#"{"sid":"Qz7/xT+rV9"}"#,
        r#"{"access":"Qz7/xT+rV9"}"#,
        r#"{"auth":"Qz7/xT+rV9"}"#,
        r#"{"hmac":"Qz7/xT+rV9"}"#,
        r#"{"sig":"Qz7/xT+rV9"}"#,
        r#"{"id_token_hint":"Qz7/xT+rV9"}"#,
        r#"{"any_other_name":"Qz7/xT+rV9"}"#,
        r#"{"short":"zxq"}"#,
        r#"{"accessToken":"Qz7/xT+rV9"}"#,
        r#"{"inner":"{\"access_token\":\"Qz7\\/xT+rV9\"}"}"#,
        r#"{"callback_url":"https://b.example/cb?code=Zx9QwT7rVbN2"}"#,
        r#"{"callback_url":"https://b.example/cb?code=Qz7%2fxT%2BrV9"}"#,
        r#"{"redirect_uri":"https://b.example/cb#access_token=Zx9QwT7rVbN2"}"#,
        r#"{"redirect_uri":"Zx9QwT7rVbN2"}"#,
        r#"{"login_url":"https://b.example/magic/Zx9QwT7rVbN2"}"#,
        r#"{"issuer":"https://b.example/?key=Zx9QwT7rVbN2"}"#,
        r#"{"error_description":"See https://b.example/?code=Zx9QwT7rVbN2"}"#,
        r#"{"token_endpoint":"https://ada:Zx9QwT7rVbN2@b.example/token"}"#,
        r#"{"name":"eyJhbGciOiJub25lIn0.eyJqdGkiOiJaeDlRd1Q3clZiTjIifQ.Zx9QwT7rVbN2"}"#,
        r#"["Qz7/xT+rV9"]"#,
        r#""Qz7/xT+rV9""#,
        "98765432",
        "Qz7/xT+rV9",
        "Zx9QwT7rVbN2\n",
        "Zx9QwT7rVbN2==",
        "Zx9QwT7rVbN2=",
        "token: Zx9QwT7rVbN2",
        r#"{"access_token":"Zx9QwT7rVbN2""#,
        r#"jsonp({"access_token":"Zx9QwT7rVbN2"})"#,
        r#"<input name="SAMLResponse" value="Zx9QwT7rVbN2">"#,
        "access_token=Zx9QwT7rVbN2&scope=email",
        "access_token=Qz7%2fxT%2brV9&scope=email",
        "any_name=Qz7%2FxT+%2BrV9",
        "a=b\r\naccess_token=Zx9QwT7rVbN2",
        "eyJhY2Nlc3NfdG9rZW4iOiJaeDlRd1Q3clZiTjIifQ==",
    ] {
        let row = of_response(&[], body);
        assert_without(
            &row,
            &[
                SECRET,
                PLAIN,
                "98765432",
                "zxq",
                "rV9",
                "eyJhY2Nlc3NfdG9rZW4iOiJaeDlRd1Q3clZiTjIifQ",
            ],
            body,
        );
    }
}

#[test]
fn no_header_of_a_response_is_recorded_with_a_secret() {
    for (name, value) in [
        ("location", "https://b.example/cb?code=Zx9QwT7rVbN2"),
        ("location", "https://b.example/cb?code=Qz7%2fxT%2brV9&state=1"),
        ("location", "https://b.example/cb#access_token=Zx9QwT7rVbN2&token_type=Bearer"),
        ("location", "https://b.example/cb#Zx9QwT7rVbN2"),
        ("location", "https://b.example/cb?Zx9QwT7rVbN2"),
        ("location", "https://b.example/#/cb?code=Zx9QwT7rVbN2"),
        ("location", "/cb?code=Zx9QwT7rVbN2"),
        ("location", "//ada:Zx9QwT7rVbN2@b.example/"),
        ("location", "app:cb?code=Zx9QwT7rVbN2"),
        ("location", "https://b.example/magic/Zx9QwT7rVbN2/go"),
        ("location", "https://b.example/magic;jsessionid=Zx9QwT7rVbN2"),
        ("location", "https://b.example/out?id_token_hint=Zx9QwT7rVbN2"),
        ("location", "https://b.example/?next=https%3A%2F%2Fc.example%2F%3Fcode%3DZx9QwT7rVbN2"),
        ("referer", "https://b.example/cb?code=Zx9QwT7rVbN2"),
        ("refresh", "0;url=https://b.example/cb?code=Zx9QwT7rVbN2"),
        ("link", "<https://b.example/?code=Zx9QwT7rVbN2>; rel=next"),
        ("x-session", "Zx9QwT7rVbN2"),
        ("x-anything", "Zx9QwT7rVbN2"),
        ("etag", "\"Zx9QwT7rVbN2\""),
        ("set-cookie", "Zx9QwT7rVbN2"),
        ("set-cookie", "sid=Zx9QwT7rVbN2; Path=/; HttpOnly"),
        ("set-cookie", "sid=\"Qz7/xT+rV9\"; Path=/"),
        ("www-authenticate", "Digest realm=\"a\", nonce=\"Zx9QwT7rVbN2\", opaque=\"Qz7/xT+rV9\""),
        ("www-authenticate", "Negotiate Zx9QwT7rVbN2"),
        ("www-authenticate", "Digest nonce=Zx9QwT7rVbN2, Basic realm=\"b\""),
        ("authentication-info", "nextnonce=\"Zx9QwT7rVbN2\""),
    ] {
        let row = of_response(&[(name, value)], "{}");
        assert_without(&row, &[SECRET, PLAIN, "Qz7%2f"], &format!("{name}: {value}"));
    }
}

#[test]
fn no_request_is_recorded_with_a_secret() {
    let get = |url: &str| HttpRequest::get(url);
    let with = |name: &str, value: &str| get("https://a.example/me").header(name, value);
    let basic = format!("Basic {}", STANDARD.encode(format!("user42:{PLAIN}")));
    for request in [
        get("https://a.example/me?anything=Zx9QwT7rVbN2"),
        get("https://a.example/me?anything=Qz7%2fxT%2brV9"),
        get("https://a.example/me#token=Zx9QwT7rVbN2"),
        get("https://a.example/me#Zx9QwT7rVbN2"),
        get("https://a.example/bot/Zx9QwT7rVbN2/getMe"),
        get("https://user:Zx9QwT7rVbN2@a.example/me"),
        get("https://Zx9QwT7rVbN2@a.example/me"),
        with("Authorization", "Bearer Zx9QwT7rVbN2"),
        with("Authorization", "Zx9QwT7rVbN2"),
        with("Authorization", &basic),
        with("Proxy-Authorization", &basic),
        with("Authorization", "Digest username=\"a\", response=\"Zx9QwT7rVbN2\", nc=00000001"),
        with(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=Zx9QwT7rVbN2/s3, Signature=Zx9QwT7rVbN2",
        ),
        with("X-Session", "Zx9QwT7rVbN2"),
        with("Cookie", "a=Zx9QwT7rVbN2; b=Qz7/xT+rV9"),
        with("Referer", "https://a.example/?code=Zx9QwT7rVbN2"),
        HttpRequest::post_form("https://a.example/t", &[("ticket", SECRET), ("x", PLAIN)]),
        HttpRequest::post("https://a.example/t", "Zx9QwT7rVbN2")
            .header("content-type", "application/x-www-form-urlencoded"),
        HttpRequest::post("https://a.example/t", "--b\r\nname=\"x\"\r\n\r\nZx9QwT7rVbN2\r\n--b--")
            .header("content-type", "multipart/form-data; boundary=b"),
        HttpRequest::post("https://a.example/t", "[[[{\"a\": \"Qz7\\/xT+rV9\"}]]]"),
    ] {
        let row = of_request(&request);
        let secrets = [SECRET, PLAIN, "user42", "Qz7%2f", basic.split_once(' ').unwrap().1];
        assert_without(
            &row,
            &secrets,
            &format!("{} {:?} {:?}", request.url, request.headers, request.body),
        );
    }
}

#[test]
fn a_known_secret_is_found_in_any_text_and_encoding() {
    // The answer of `ask_secret`.
    let key = "user/QwErTy+9-asdfgh-42";
    for text in [
        key.to_owned(),
        "user%2FQwErTy%2B9-asdfgh-42".into(),
        "user%2fQwErTy%2b9-asdfgh-42".into(),
        "user%2fQwErTy%2B9%2dasdfgh-42".into(),
        "%75ser/QwErTy+9-asdfgh-42".into(),
        "user%252FQwErTy%252B9-asdfgh-42".into(),
        r"user\/QwErTy\u002B9-asdfgh-42".into(),
        STANDARD.encode(key),
        URL_SAFE_NO_PAD.encode(key),
        STANDARD.encode(format!("ada:{key}")),
        format!("token={}", STANDARD.encode(format!("ada:{key}"))),
        format!("begins with {}", &key[..8]),
        format!("ends with {}", &key[key.len() - 8..]),
        URL_SAFE_NO_PAD.encode(STANDARD.encode(key)),
    ] {
        let row = with_anything(|it| {
            it.tell(&format!("Before: {text}")).unwrap();
            it.ask_secret("Key").unwrap();
            it.tell(&format!("It is {text}.")).unwrap();
            it.ask(&format!("Is {text} right?")).unwrap();
            drop(it.choose("Which", std::slice::from_ref(&text)));
            it.visit(&format!("https://a.example/{text}/x")).unwrap();
            it.fetch(&HttpRequest::get(format!("https://a.example/{text}/x"))).unwrap();
            it.show_code(&format!("https://a.example/x/{text}"), "WDJB-MJHT", 5).unwrap();
        });
        assert_without(&row, &[&text, "QwErTy", "asdfgh-42", &STANDARD.encode(&text)], &text);
    }
}

#[test]
fn the_token_and_the_state_of_the_sign_in_are_not_recorded() {
    let sign_in = SignIn {
        stored_state: Some(Secret::new("hushhush")),
        ..SignIn::with_token(Token::parse("derivedtoken").unwrap())
    };
    let row = with_anything(|it| {
        it.tell("Your token is derivedtoken, and hushhush.").unwrap();
        it.signed_in(&sign_in);
    });
    assert_without(&row, &["derivedtoken", "hushhush"], "sign-in");
    let url = "https://b.example/hooks/T0k3n1";
    let mut host = Anything(HttpResponse::new(200, ""));
    let mut recorder = Recorder::new(&mut host, &request()).secret(url);
    recorder.fetch(&HttpRequest::get(format!("{url}/x"))).unwrap();
    assert_without(&recorder.recording(), &["T0k3n1"], "a URL");
    // What a person types in the open may be a token as well.
    assert_without(&with_anything(|it| drop(it.ask("Your token"))), &[PLAIN], "ask");
    let told =
        |it: &mut Recorder<'_>| it.tell("See (https://b.example/?code=Zx9QwT7rVbN2) now.").unwrap();
    assert_without(&with_anything(told), &[PLAIN], "tell");
    let script = Script::new()
        .expects_visit("https://a.example", |_| Query::new(vec![(PLAIN.into(), String::new())]));
    let visited = recorded(&script, |it| drop(it.visit("https://a.example")));
    assert_without(&visited, &[PLAIN], "the name of a parameter");
    let failed = Failure::denied(format!("https://b.example/?a={PLAIN} failed: {PLAIN}"));
    let script =
        Script::new().expects_visit("https://a.example", |_| Query::default()).fails_with(failed);
    assert_without(
        &recorded(&script, |it| drop(it.visit("https://a.example"))),
        &[PLAIN],
        "a failure",
    );
}

#[test]
fn a_secret_has_one_canary_in_every_encoding_and_what_is_readable_stays() {
    let body = r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/realms/a/token",
        "scopes_supported":["openid","a1b2c3d4e5"],"expires_in":300,"token_type":"Bearer","email":"ada@example.org",
        "ok":true,"none":null,"at":"2030-01-01T00:00:00Z","error_description":"Wait, ada",
        "access_token":"Zx9QwT7r\/bN2xxxxxxxxxxx","pin":98765432,"id":"0a1b2c3d-0000-4000-8000-0123456789ab"}"#;
    let script = Script::new()
        .expects_fetch("POST https://a.example/Zx9QwT7r%2fbN2xxxxxxxxxxx", move |_| {
            HttpResponse::new(200, body)
        });
    let url = "https://a.example/Zx9QwT7r%2fbN2xxxxxxxxxxx";
    let form = [
        ("token", "Zx9QwT7r/bN2xxxxxxxxxxx"),
        ("grant_type", "refresh_token"),
        ("pin", "98765432"),
    ];
    let recording = recorded(&script, |it| drop(it.fetch(&HttpRequest::post_form(url, &form))));
    let json: Value = serde_json::from_str(&recording).unwrap();
    let exchange = &json["asks"][0];
    let new: Value =
        serde_json::from_str(exchange["answer"]["ok"]["body"].as_str().unwrap()).unwrap();
    let canary = new["access_token"].as_str().unwrap();
    assert!(canary.starts_with("canary"), "{canary}");
    assert_eq!(exchange["ask"]["url"], format!("https://a.example/{canary}"));
    let pin = new["pin"].as_u64().unwrap();
    assert_eq!(
        exchange["ask"]["body"],
        format!("token={canary}&grant_type=refresh_token&pin={pin}")
    );
    assert_eq!((pin.to_string().len(), pin != 98_765_432), (8, true));
    let old: Value = serde_json::from_str(body).unwrap();
    for name in [
        "issuer",
        "token_endpoint",
        "scopes_supported",
        "expires_in",
        "token_type",
        "email",
        "ok",
        "none",
        "at",
        "error_description",
    ] {
        assert_eq!(new[name], old[name], "{name}");
    }
    let id = new["id"].as_str().unwrap();
    let dashes = |it: &str| it.match_indices('-').map(|it| it.0).collect::<Vec<_>>();
    assert_eq!((id.len(), dashes(id)), (36, dashes("0a1b2c3d-0000-4000-8000-0123456789ab")));
}

#[test]
fn a_sign_in_with_a_secret_in_a_path_a_question_and_an_error_is_replayed() {
    let sign_in = |session: &mut dyn Session| -> Result<String, Failure> {
        let key = session.ask_secret("Key")?;
        session.ask(&format!("Is {}… right?", &key.expose()[..8]))?;
        let answer: Value = session
            .fetch(&HttpRequest::get(format!("https://a.example/t/0a1b2c3d4e5f/{}", key.expose())))?
            .json()?;
        let items = [answer["org"].as_str().unwrap_or_default().to_owned(), "none".to_owned()];
        session.choose("Organisation", &items)?;
        Ok(answer["token"].as_str().unwrap_or_default().to_owned())
    };
    let script = Script::new()
        .expects_secret("Key", "0123-abcdefgh-4567")
        .expects_ask("Is 0123-abc… right?", "yes")
        .expects_fetch("GET https://a.example/t/0a1b2c3d4e5f/0123-abcdefgh-4567", |_| {
            HttpResponse::new(200, r#"{"token": "Zx9QwT7rVbN2", "org": "Org-1234567"}"#)
        })
        .expects_choice("Organisation", "Org-1234567");
    let recording = recorded(&script, |it| drop(sign_in(it).unwrap()));
    assert_without(&recording, &["0123-abc", "abcdefgh", PLAIN, "Org-1234567"], "sign-in");
    let token = Script::replay(&recording).unwrap().run(sign_in).unwrap();
    assert!(token.starts_with("canary-"), "{token}");
}

#[test]
fn a_text_that_is_cut_anywhere_is_recorded() {
    let text = r#"https://ü:ß@é.example/ö;a=%C3%BC/%ff\ud83d\ude00?x=%zz&%=ü#ä {"a":"\u00fc"} 0123-üß 7e5 Basic dTpw a="b", c"#;
    for (at, _) in text.char_indices().step_by(3) {
        for part in [&text[..at], &text[at..]] {
            of_response(
                &[("www-authenticate", part), ("set-cookie", part), ("location", part)],
                part,
            );
            with_anything(|it| {
                it.tell(part).unwrap();
                it.fetch(&HttpRequest::get(part).header("Authorization", part)).unwrap();
                it.ask_secret(part).unwrap();
            });
            assert!(
                !super::super::secrets::Secrets::new(&[text.into()]).are_in(part) || part == text
            );
        }
    }
}
