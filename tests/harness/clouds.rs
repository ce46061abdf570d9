//! The cloud.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use mesheryctl_tests::*;
use serde_json::Value;

fn login(cloud: &Cloud, source: &str) -> Response {
    let source = URL_SAFE_NO_PAD.encode(source);
    get(&format!("{}/login?source={source}&provider_version=v0.3.14", cloud.url())).send()
}

/// The redirect back to the program: path, token, error.
fn back(behavior: CloudBehavior, source: &str) -> (String, Vec<String>, Option<String>) {
    let cloud = Cloud::start().issuing("a+/b").behaving(behavior);
    let answer = login(&cloud, source);
    assert_eq!(answer.status, 302, "{answer:?}");
    let url = Url::parse(answer.header("location").unwrap());
    assert_eq!(url.origin(), "http://localhost:43127");
    let tokens = url.query().into_iter().filter(|(name, _)| name == "token");
    (url.path().to_owned(), tokens.map(|(_, value)| value).collect(), url.param("error"))
}

#[test]
fn each_cloud_behavior_redirects_differently() {
    let source = "http://localhost:43127/nonce?lost=1";
    let token = || vec!["a+/b".to_owned()];
    assert_eq!(back(CloudBehavior::Layer5, source), ("/nonce".into(), token(), None));
    assert_eq!(back(CloudBehavior::Tata, source), ("/nonce/api/user/token".into(), token(), None));
    assert_eq!(back(CloudBehavior::LosesPath, source), ("/".into(), token(), None));
    assert_eq!(
        back(CloudBehavior::Denies, source),
        ("/nonce".into(), vec![], Some("access_denied".into()))
    );
    assert_eq!(back(CloudBehavior::NoToken, source), ("/nonce".into(), vec![], None));
    assert_eq!(
        back(CloudBehavior::EmptyToken, source),
        ("/nonce".into(), vec![String::new()], None)
    );
    assert_eq!(back(CloudBehavior::TwoTokens, source).1, ["a+/b", "another"]);
    let bare = "http://localhost:43127";
    assert_eq!(back(CloudBehavior::Layer5, bare).0, "/");
    assert_eq!(back(CloudBehavior::Tata, bare).0, "/api/user/token");
}

#[test]
fn some_cloud_behaviors_never_redirect_back() {
    let status = |behavior| login(&Cloud::start().behaving(behavior), "http://localhost:1/").status;
    assert_eq!(status(CloudBehavior::AlreadySignedIn), 200);
    assert_eq!(status(CloudBehavior::Breaks500), 500);
    assert_eq!(status(CloudBehavior::Down503), 503);
}

#[test]
fn a_source_may_be_padded_but_not_missing_or_malformed() {
    let cloud = Cloud::start();
    let status = |source: &str| get(&format!("{}/login?source={source}", cloud.url())).send();
    let padded = URL_SAFE.encode("http://localhost:43127");
    assert!(padded.ends_with('='));
    assert_eq!(status(&padded).status, 302);
    for bad in ["", "%21%21", "bm8gdXJs"] {
        let answer = status(bad);
        assert_eq!(answer.status, 400, "{bad}");
        assert_eq!(answer.body, r#"{"error":"invalid source query parameter"}"#);
    }
}

#[test]
fn the_profile_accepts_tokens_only_as_bearer() {
    let cloud = Cloud::start().accepts("api-token");
    let profile = format!("{}/api/identity/users/profile", cloud.url());
    let asked = |bearer: &str| get(&profile).header("Authorization", bearer).send();
    let whole = cloud.token();
    for known in [&whole, &token::access_token(&whole), "api-token"] {
        let answer = asked(&format!("Bearer {known}"));
        assert_eq!(answer.status, 200);
        assert_eq!(
            serde_json::from_str::<Value>(&answer.body).unwrap()["email"],
            "you@example.org"
        );
    }
    assert_eq!(asked("Bearer forged").status, 401);
    assert_eq!(get(&profile).header("Cookie", &format!("token={whole}")).send().status, 401);
    let cloud = cloud.profile_fault(ProfileFault::Refuses);
    assert_eq!(asked(&format!("Bearer {}", cloud.token())).status, 401);
}

#[test]
fn only_tata_answers_every_path_with_200() {
    let cloud = Cloud::start();
    let status = |cloud: &Cloud| get(&format!("{}/api/token", cloud.url())).send().status;
    assert_eq!(status(&cloud), 404);
    assert_eq!(status(&cloud.behaving(CloudBehavior::Tata)), 200);
}

#[test]
fn tokens_have_three_forms() {
    let jwt = token::jwt(&token::claims("you@example.org", Some(1)));
    let parts: Vec<_> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!((&claims["exp"], &claims["email"]), (&1.into(), &"you@example.org".into()));

    let oauth = token::oauth(&jwt, Some("refresh"), Some("2030-01-01T00:00:00Z"));
    let json: Value = serde_json::from_slice(&STANDARD_NO_PAD.decode(&oauth).unwrap()).unwrap();
    assert_eq!(json["access_token"], jwt.as_str());
    assert_eq!(json["refresh_token"], "refresh");
    assert_eq!(token::access_token(&oauth), jwt);
    assert!(!token::oauth(&jwt, None, None).contains('='));

    assert_eq!(token::access_token(&token::opaque("ci")), token::opaque("ci"));
}
