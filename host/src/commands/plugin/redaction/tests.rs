use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

fn known() -> Redaction {
    let settings = [
        ("acme-app", false),
        ("https://id.example/0123456789abcdef0123456789/v2", false),
        ("", false),
        ("s3cret-setting", true),
        ("openid", true),
        ("77", true),
    ];
    Redaction::new(settings.map(|(value, is_secret)| (value.to_owned(), is_secret)).into_iter())
}

fn of_type(kind: &str) -> Vec<(String, String)> {
    vec![("Content-Type".to_owned(), kind.to_owned())]
}

#[test]
fn an_address_is_shown_without_what_may_be_a_secret() {
    for (url, expected) in [
        ("https://id.example/a?code=canary", "https://id.example/a"),
        ("https://id.example/a/#canary", "https://id.example/a/"),
        ("https://id.example", "https://id.example"),
        ("https://id.example/", "https://id.example/"),
        ("http://user:canary@id.example:8080/a", "http://id.example:8080/a"),
        ("http://canary@[::1]:7/a", "http://[::1]:7/a"),
        ("https://id.example/a;token=canary/b", "https://id.example/●/b"),
        ("https://id.example/a%3bcanary/b", "https://id.example/●/b"),
        ("https://id.example/canary-canary-canary-canary/b", "https://id.example/●/b"),
        ("https://id.example/s3cret%2Dsetting/b", "https://id.example/●/b"),
        ("https://id.example/77/b", "https://id.example/●/b"),
        (
            "https://id.example/0123456789abcdef0123456789/x",
            "https://id.example/0123456789abcdef0123456789/x",
        ),
        ("canary", "●"),
        ("data:canary", "●"),
    ] {
        assert_eq!(known().address(url), expected, "{url}");
    }
}

#[test]
fn a_parameter_is_shown_by_its_name_and_its_value_by_a_rule() {
    let long = "n".repeat(33);
    for (query, expected) in [
        ("code=canary&x=canary", "code=●&x=●"),
        ("CANARY", "●"),
        ("canary%20=1&x=2", "●&x=●"),
        (&*format!("{long}=canary"), "●"),
        ("client_id=other-app&scope=a+b%20c", "client_id=other-app&scope=a b c"),
        ("app=acme-app&app=acme-app2", "app=acme-app&app=●"),
        (
            "at=https%3A%2F%2Fid.example%2F0123456789abcdef0123456789%2Fv2",
            "at=https://id.example/0123456789abcdef0123456789/v2",
        ),
        ("scope=openid&client_id=77", "scope=●&client_id=●"),
        ("scope=x-s3cret-setting-x", "scope=●"),
        (
            "redirect_uri=http%3A%2F%2Fu%3Acanary%40a.example%2Fcb%3Fk%3Dcanary",
            "redirect_uri=http://a.example/cb?k=●",
        ),
        ("error_description=see+http%3A%2F%2Fu%3Acanary%40a.example", "error_description=●"),
        ("", ""),
    ] {
        assert_eq!(known().query(&format!("https://id.example/a?{query}#canary")), expected);
    }
}

#[test]
fn a_body_is_a_form_only_if_its_type_says_so_and_all_of_it_is_one() {
    for (body, kind, expected) in [
        ("grant_type=password&code=canary", FORM, "grant_type=password&code=●"),
        ("grant_type=password", "text/plain", "● (19 bytes)"),
        ("Y2FuYXJ5Y2FuYXJ5Y2FuYXI=", "text/plain", "● (24 bytes)"),
        ("Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXI=", FORM, "● (40 bytes)"),
        ("a=1&canary", FORM, "● (10 bytes)"),
        ("canary", FORM, "● (6 bytes)"),
        ("\"canary\"", "application/json", "● (8 bytes)"),
        ("", FORM, ""),
        (
            r#"{"a":"canary","pin":987654,"b":[1,"canary",true,null]}"#,
            "application/json",
            r#"{"a":"●","b":[●,"●",true,null],"pin":●}"#,
        ),
        (r#"{"a canary":1,"é":"canary"}"#, "", r#"{"●":●,"●":"●"}"#),
        (
            r#"{"expires_in":3600,"interval":5,"error":"slow_down","scope":{"x":"canary"}}"#,
            "",
            r#"{"error":"slow_down","expires_in":3600,"interval":5,"scope":{"x":"●"}}"#,
        ),
        (
            r#"{"aud":"acme-app","token_type":"s3cret-setting"}"#,
            "",
            r#"{"aud":"acme-app","token_type":"●"}"#,
        ),
    ] {
        assert_eq!(known().body(body, &of_type(kind)), expected, "{body}");
    }
}

#[test]
fn of_headers_the_type_of_a_body_is_shown() {
    for (name, value, expected) in [
        ("Accept", "application/vnd.a+json", "[Accept: application/vnd.a+json]"),
        ("content-type", "text/plain; canary=1", "[content-type: text/plain]"),
        ("content-type", "canary", "[content-type: ●]"),
        ("content-type", "can ary/x", "[content-type: ●]"),
        ("Authorization", "a/canary", "[Authorization: ●]"),
        ("date", "canary", "[date: ●]"),
        ("can ary", "x", "[●: ●]"),
    ] {
        assert_eq!(headers(&[(name.to_owned(), value.to_owned())]), expected);
    }
    assert_eq!(headers(&[]), "");
    assert_eq!(origin("http://localhost:7/canary"), "http://localhost:7");
    assert_eq!(origin("canary"), "●");
}

#[test]
fn a_secret_that_was_seen_is_shown_nowhere() {
    let mut redaction = known();
    redaction.hide("typed-by-the-person");
    let form =
        HttpRequest::post_form("https://a.example/?key=of-the-url", &[("password", "of-the-form")]);
    redaction.learn_request(&form);
    redaction.learn_response(&HttpResponse::new(200, r#"{"a":[{"access_token":"of-the-body"}]}"#));
    let query = Query::new(vec![("state".into(), "of-the-callback".into())]);
    redaction.learn_query(&query);
    assert_eq!(redaction.callback(&query), "state=●");
    for secret in
        ["typed-by-the-person", "of-the-url", "of-the-form", "of-the-body", "of-the-callback"]
    {
        assert_eq!(
            redaction.query(&format!("?scope={secret}&client_id=x{secret}")),
            "scope=●&client_id=●"
        );
        assert_eq!(redaction.scrubbed(&format!("ask \"{secret}?\"")), "ask \"●?\"");
    }
}
