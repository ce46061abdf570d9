use serde_json::{Value, json};

use super::*;
use crate::failure::FailureKind;

#[test]
fn each_constructor_sets_method_content_type_and_body() {
    let form = "application/x-www-form-urlencoded";
    let fields = [("a", "1 2"), ("b", "&=ü")];
    for (request, method, content_type, body) in [
        (HttpRequest::get("u"), Method::Get, None, None),
        (HttpRequest::post("u", "b"), Method::Post, None, Some("b")),
        (
            HttpRequest::post_form("u", &fields),
            Method::Post,
            Some(form),
            Some("a=1+2&b=%26%3D%C3%BC"),
        ),
        (HttpRequest::post_form("u", &[]), Method::Post, Some(form), Some("")),
        (
            HttpRequest::post_json("u", &json!({"a": "ü"})).unwrap(),
            Method::Post,
            Some("application/json"),
            Some(r#"{"a":"ü"}"#),
        ),
    ] {
        assert_eq!((request.method, request.url.as_str()), (method, "u"));
        let headers = content_type.map(|it| ("Content-Type".to_owned(), it.to_owned()));
        assert_eq!(request.headers, Vec::from_iter(headers));
        assert_eq!(request.body.as_deref(), body);
    }
}

#[test]
fn a_value_that_cannot_be_json_is_an_internal_failure() {
    let map = std::collections::BTreeMap::from([((), ())]);
    let failure = HttpRequest::post_json("u", &map).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Internal);
}

#[test]
fn a_method_is_its_name_in_capitals_and_any_other_is_unknown() {
    for (json, method) in [
        (r#""GET""#, Method::Get),
        (r#""POST""#, Method::Post),
        (r#""PUT""#, Method::Unknown),
        (r#""get""#, Method::Unknown),
    ] {
        assert_eq!(serde_json::from_str::<Method>(json).unwrap(), method, "{json}");
    }
    for method in [Method::Get, Method::Post, Method::Unknown] {
        let json = serde_json::to_string(&method).unwrap();
        assert_eq!(json, format!("{:?}", method.as_str()));
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Expected {
    token: String,
    #[serde(default)]
    expires_in: u64,
    #[serde(default)]
    kind: Kind,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Kind {
    #[default]
    Bearer,
    Mac {},
}

#[test]
fn the_failure_of_a_wrong_body_says_what_is_expected_and_never_quotes_the_body() {
    for (body, what) in [
        ("", "an empty body instead of JSON"),
        (" \n", "an empty body instead of JSON"),
        ("<html>canary", "something that is not JSON"),
        (r#"{"token":"canary""#, "something that is not JSON"),
        (r#"{"token":"canary"} canary"#, "something that is not JSON"),
        (
            r#"{"access":"canary"}"#,
            "other JSON than expected (missing field `token`; line 1, column 19)",
        ),
        (
            r#"{"token":"canary","expires_in":"canary"}"#,
            "other JSON than expected (expected u64; line 1, column 39)",
        ),
        (
            r#"{"token":"canary","expires_in":"canary, expected canary"}"#,
            "other JSON than expected (expected u64; line 1, column 56)",
        ),
        (
            r#"{"token":"canary","kind":"canary"}"#,
            "other JSON than expected (expected `bearer` or `mac`; line 1, column 33)",
        ),
        (
            r#"{"token":"canary","kind":{"mac":{"canary":1}}}"#,
            "other JSON than expected (line 1, column 41)",
        ),
        ("[7]", "other JSON than expected (expected a string; line 1, column 2)"),
    ] {
        let response = HttpResponse::new(203, body).from_url("https://id.example:8443/a?b#c");
        let failure = response.json::<Expected>().unwrap_err();
        let message = format!("id.example:8443 answered 203 with {what}.");
        assert_eq!(failure, Failure::invalid_answer(message), "{body}");
    }
}

#[test]
fn a_body_is_read_as_what_is_wanted_whatever_the_status() {
    let body = r#"{"token":"t","expires_in":7,"more":true}"#;
    let expected = Expected { token: "t".into(), expires_in: 7, kind: Kind::Bearer };
    assert_eq!(HttpResponse::new(200, body).json(), Ok(expected));
    let error = HttpResponse::new(400, r#"{"error":"e"}"#).json::<Value>().unwrap();
    assert_eq!(error["error"], "e");
}

#[test]
fn the_server_of_an_answer_is_the_host_and_port_of_its_url() {
    for (url, name) in [
        ("https://id.example/path", "id.example"),
        ("https://id.example?q=https://other.example/", "id.example"),
        ("https://user@id.example#f", "id.example"),
        ("http://[::1]:9081/", "[::1]:9081"),
        ("https://", "The server"),
        ("id.example", "The server"),
        ("", "The server"),
    ] {
        let failure = HttpResponse::new(200, "").from_url(url).json::<Value>().unwrap_err();
        let message = format!("{name} answered 200 with an empty body instead of JSON.");
        assert_eq!(failure.message, message, "{url}");
    }
}

#[test]
fn a_header_of_an_answer_is_found_by_its_name_in_lower_case() {
    let response = HttpResponse::new(200, "").with_header("Retry-After", "7");
    assert_eq!((response.header("retry-after"), response.header("date")), (Some("7"), None));
}

#[test]
fn an_answer_is_the_same_whoever_sent_it() {
    let answer = HttpResponse::new(200, "b").with_header("a", "b");
    assert_eq!(answer.clone().from_url("https://id.example"), answer);
    for other in [
        HttpResponse::new(201, "b").with_header("a", "b"),
        HttpResponse::new(200, "c").with_header("a", "b"),
        HttpResponse::new(200, "b").with_header("a", "c"),
    ] {
        assert_ne!(other, answer);
    }
}

#[test]
fn debug_shows_neither_headers_nor_bodies() {
    let request = HttpRequest::post("https://canary/", "canary").header("Authorization", "canary");
    assert_eq!(format!("{request:?}"), "HttpRequest { method: Post, .. }");
    let response = HttpResponse::new(418, "canary").with_header("set-cookie", "canary");
    assert_eq!(format!("{response:?}"), "HttpResponse { status: 418, .. }");
}

#[test]
fn requests_and_answers_have_their_frozen_names() {
    let request = HttpRequest::get("u").header("n", "v");
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        r#"{"method":"GET","url":"u","headers":[["n","v"]]}"#
    );
    let response: HttpResponse = serde_json::from_str(r#"{"status":204}"#).unwrap();
    assert_eq!((response.headers.len(), response.body.as_str()), (0, ""));
    let response = HttpResponse::new(200, "b").with_header("n", "v").from_url("https://a");
    assert_eq!(
        serde_json::to_string(&response).unwrap(),
        r#"{"status":200,"headers":[["n","v"]],"body":"b"}"#
    );
}

#[test]
fn a_bearer_is_the_access_token_and_never_the_refresh_token() {
    use base64::Engine;
    let both = base64::engine::general_purpose::STANDARD
        .encode(r#"{"access_token":"access","refresh_token":"canary"}"#);
    for (token, bearer) in [("abc", "Bearer abc"), (both.as_str(), "Bearer access")] {
        let request = HttpRequest::get("u").bearer(&Token::parse(token).unwrap());
        assert_eq!(request, HttpRequest::get("u").header("Authorization", bearer));
    }
}

#[test]
fn an_answer_is_accepted_by_its_status() {
    let refusal = Failure::rejected("The token is no longer accepted.");
    let answered = |status| format!("id.example answered {status}.");
    for (status, failure) in [
        (199, Some(Failure::invalid_answer(answered(199)))),
        (200, None),
        (299, None),
        (302, Some(Failure::invalid_answer(answered(302)))),
        (400, Some(Failure::invalid_answer(answered(400)))),
        (401, Some(refusal.clone())),
        (403, Some(refusal.clone())),
        (404, Some(Failure::invalid_answer(answered(404)))),
        (429, Some(Failure::unreachable(answered(429)))),
        (500, Some(Failure::unreachable(answered(500)))),
        (503, Some(Failure::unreachable(answered(503)))),
    ] {
        let answer = HttpResponse::new(status, "canary").from_url("https://id.example/");
        assert_eq!(answer.accepted_or(refusal.clone()).err(), failure, "{status}");
    }
}

#[test]
fn a_member_is_a_text_and_its_failure_never_quotes_the_body() {
    let missing = "without a text for \"token\"";
    for (body, expected) in [
        (r#"{"token":"t","more":"canary"}"#, Ok("t")),
        (r#"{"more":"canary"}"#, Err(missing)),
        (r#"{"token":""}"#, Err(missing)),
        (r#"{"token":7}"#, Err(missing)),
        (r#"{"token":{"token":"canary"}}"#, Err(missing)),
        (r#"["canary"]"#, Err("with other JSON than expected (expected a map; line 1, column 0)")),
        ("<html>canary", Err("with something that is not JSON")),
    ] {
        let found = HttpResponse::new(203, body).from_url("https://id.example/").member("token");
        let expected = expected
            .map(str::to_owned)
            .map_err(|what| Failure::invalid_answer(format!("id.example answered 203 {what}.")));
        assert_eq!(found, expected, "{body}");
    }
}
