//! OpenID: a plugin that signs in at a certified provider, by a browser and by a code on another device.

use mesheryctl_tests::*;
use serde_json::Value;

use crate::plugins::install_trusted;

/// A login by the plugin `oidc` at this issuer, ready to be started.
pub fn login<'h>(home: &'h Home, issuer: &str) -> Program<'h> {
    install_trusted(home, "oidc-provider", "oidc");
    home.mesheryctl()
        .args(["system", "login", "-p", "oidc", "--set", "client_id=mesheryctl"])
        .args(["--set", &format!("issuer={issuer}")])
}

/// What was kept beside the token.
fn kept(home: &Home) -> Value {
    let bytes = std::fs::read(home.meshery().join("auth.json.kept")).unwrap();
    let kept: Value = serde_json::from_slice(&bytes).unwrap();
    serde_json::from_str(kept["kept"].as_str().unwrap()).unwrap()
}

#[test]
fn a_browser_signs_in_at_a_certified_provider() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = Home::new();
    let browser = Browser::waiting(&home);
    let running = login(&home, provider.issuer()).spawn();
    let mut visitor = Visitor::new();
    let hops = visitor.follow(&browser.opened());
    let hops = provider.sign_in(&mut visitor, &hops, "ada");
    let ended = running.wait().exited(0);
    let page = hops.last().unwrap();
    assert_eq!(page.answer.status, 200, "{hops:#?}");
    assert!(page.answer.body.contains("Signed in to OpenID"), "{hops:#?}");
    assert!(ended.stderr.contains("Signed in to OpenID as ada@example.org"), "{ended}");
    let kept = kept(&home);
    assert!(home.auth_text().contains(kept["access"].as_str().unwrap()));
    assert_eq!(kept["subject"], "ada");
    assert!(kept["refresh"].is_string(), "{kept}");
    assert_eq!(home.mode(".meshery/auth.json.kept"), 0o600);
    let grants: Vec<_> = provider.exchanges().into_iter().map(|it| (it.grant, it.status)).collect();
    assert_eq!(grants, [("authorization_code".to_owned(), 200)]);
}
