use super::super::id_token::tests::id_token;
use super::super::script::{Script, client, json};
use super::*;
use crate::failure::FailureKind;

fn proofs(verifier: &str) -> Proofs {
    let pkce = Pkce { verifier: Secret::new(verifier) };
    Proofs { state: Secret::new("s"), nonce: Secret::new("n"), pkce }
}

#[test]
fn the_browser_opens_the_endpoint_with_the_parameters_that_the_scope_needs() {
    let common =
        "response_type=code&client_id=a%26b&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback";
    // The challenge of the example in RFC 7636, appendix B.
    let proof = "state=s&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    for (endpoint, scope, before, parameters) in [
        ("https://i/go", "email", "https://i/go?", "scope=email"),
        ("https://i/go?tenant=1", "email", "https://i/go?tenant=1&", "scope=email"),
        ("https://i/go", "openid", "https://i/go?", "scope=openid"),
        ("https://i/go", "offline_access", "https://i/go?", "scope=offline_access"),
        ("https://i/go", "openid offline_access", "https://i/go?", "scope=openid+offline_access"),
    ] {
        let mut client = client(scope);
        client.id = "a&b".into();
        client.metadata.authorization_endpoint = Some(endpoint.into());
        let proofs = proofs("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let url = authorization_url(&client, "http://127.0.0.1:1/callback", &proofs).unwrap();
        let nonce = if scope.contains("openid") { "&nonce=n" } else { "" };
        let prompt = if scope.contains("offline") { "&prompt=consent" } else { "" };
        assert_eq!(url, format!("{before}{common}&{parameters}&{proof}{nonce}{prompt}"));
    }
}

#[test]
fn an_endpoint_that_is_missing_or_has_a_fragment_is_refused() {
    let what = "Signing in with a browser at this identity provider";
    let fragment =
        "The identity provider's authorization endpoint has a fragment, which is not allowed.";
    for (endpoint, failure) in [
        (None, Failure::unsupported(what)),
        (Some("https://i/go#f"), Failure::invalid_answer(fragment)),
    ] {
        let mut client = client("email");
        client.metadata.authorization_endpoint = endpoint.map(str::to_owned);
        assert_eq!(authorization_url(&client, "r", &proofs("v")), Err(failure));
    }
}

/// The code in the answer with these parameters, at an identity provider that names its issuer always or not.
fn code(pairs: &[(&str, &str)], always_names_issuer: bool) -> Result<String, Failure> {
    let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let mut metadata = client("openid").metadata;
    metadata.authorization_response_iss_parameter_supported = always_names_issuer;
    let code = code_in(&Query::new(pairs.collect()), &metadata, &proofs("v"));
    code.map(|it| it.expose().to_owned())
}

#[test]
fn a_code_is_taken_from_an_answer_to_this_sign_in_only() {
    let issuer = ("iss", "https://id.example");
    for (pairs, always_names_issuer) in [
        (&[("state", "s"), ("code", "c")][..], false),
        (&[("state", "s"), ("code", "c"), issuer], false),
        (&[("state", "s"), ("code", "c"), issuer], true),
    ] {
        assert_eq!(code(pairs, always_names_issuer), Ok("c".into()), "{pairs:?}");
    }
    let other_sign_in = "The answer belongs to another sign-in.";
    let other_issuer = "The answer is from another identity provider.";
    let no_issuer =
        "The answer does not name its issuer, although this identity provider always does.";
    let no_code = "The identity provider sent no valid code.";
    for (pairs, always_names_issuer, message) in [
        (&[("state", "S"), ("code", "c")][..], false, other_sign_in),
        (&[("code", "c")], false, other_sign_in),
        (&[("error", "access_denied")], false, other_sign_in),
        (&[("state", ""), ("error", "access_denied")], false, other_sign_in),
        (&[("state", "s"), ("code", "c"), ("iss", "https://id.example/")], false, other_issuer),
        (&[("state", "s"), ("error", "access_denied"), ("iss", "x")], true, other_issuer),
        (&[("state", "s"), ("code", "c")], true, no_issuer),
        (&[("state", "s")], false, no_code),
        (&[("state", "s"), ("code", "")], false, no_code),
        (&[("state", "s"), ("code", "c\r\n")], false, no_code),
    ] {
        let expected = Err(Failure::invalid_answer(message));
        assert_eq!(code(pairs, always_names_issuer), expected, "{pairs:?}");
    }
}

#[test]
fn an_error_of_this_sign_in_ends_it() {
    for (pairs, kind, message) in [
        (
            &[("state", "s"), ("error", "access_denied")][..],
            FailureKind::Denied,
            "Sign-in was denied.",
        ),
        (
            &[("state", "s"), ("error", "e"), ("error_description", "d")],
            FailureKind::InvalidAnswer,
            "The identity provider returned an error: e (d).",
        ),
        (
            &[("state", "s"), ("error", "e"), ("code", "c")],
            FailureKind::InvalidAnswer,
            "The identity provider returned an error: e.",
        ),
    ] {
        assert_eq!(code(pairs, false), Err(Failure::new(kind, message)), "{pairs:?}");
    }
}

/// A sign-in with the scope `openid` or not, whose ID token has this nonce.
fn run(scope: &str, nonce: &str) -> (Result<Tokens, Failure>, Script) {
    let id_token = id_token(&serde_json::json!({ "nonce": nonce }));
    let body = format!(r#"{{"access_token":"a","token_type":"Bearer","id_token":"{id_token}"}}"#);
    let mut session = Script::new(vec![json(200, &body)]);
    session.query = vec![("state".into(), "random-1".into()), ("code".into(), "c".into())];
    let result = sign_in(&client(scope), &mut session);
    (result, session)
}

#[test]
fn the_code_is_exchanged_with_the_verifier_of_its_challenge() {
    let (result, session) = run("openid", "random-2");
    assert_eq!(result.unwrap().access, Secret::new("a"));
    let verifier = Secret::new("random-3");
    let challenge = Pkce { verifier }.challenge();
    assert!(session.visited[0].contains("&state=random-1&"), "{:?}", session.visited);
    assert!(session.visited[0].contains(&format!("&code_challenge={challenge}&")));
    assert!(!session.visited[0].contains("random-3"), "the verifier must not reach the browser");
    assert_eq!(
        session.requests(),
        [(
            "https://id.example/token",
            "grant_type=authorization_code&code=c&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback\
         &code_verifier=random-3&client_id=us",
        )]
    );
}

#[test]
fn the_nonce_of_an_id_token_is_checked_if_one_was_sent() {
    for (scope, nonce, is_accepted) in
        [("openid", "random-2", true), ("openid", "other", false), ("email", "other", true)]
    {
        let result = run(scope, nonce).0;
        assert_eq!(result.is_ok(), is_accepted, "{scope} {nonce}: {result:?}");
    }
}

#[test]
fn an_answer_without_a_code_sends_no_request() {
    let query = vec![("state".into(), "random-1".into()), ("error".into(), "e".into())];
    let mut session = Script { query, ..Script::default() };
    let failure = sign_in(&client("openid"), &mut session).unwrap_err();
    assert_eq!(failure.kind, FailureKind::InvalidAnswer);
    assert!(session.fetched.is_empty());
}
