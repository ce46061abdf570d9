//! A session of the plugin `oidc` at a certified provider, from its login to its end.

use std::fs;

use mesheryctl_tests::*;
use serde_json::json;

use crate::oidc::certified_provider::{kept, signed_in_at};
use crate::sessions::whoami::{json_of, whoami};

#[test]
fn a_session_at_a_certified_provider_is_renewed_verified_and_revoked() {
    let Some(provider) = IdentityProvider::start() else { return };
    let home = signed_in_at(&provider);
    let (first, token) = (kept(&home), home.auth_text());

    let refresh = || home.mesheryctl().args(["system", "token", "refresh"]).run();
    let output = refresh().exited(0);
    assert!(output.stderr.starts_with("Renewed the token of OpenID."), "{output}");
    let second = kept(&home);
    assert_ne!(second["refresh"], first["refresh"], "it was replaced");
    assert_ne!(home.auth_text(), token);
    let _ = refresh().exited(0);
    let said = json_of(&whoami(&home).args(["--verify", "-o", "json"]).run().exited(0));
    assert_eq!((&said["account"], &said["verified"]), (&json!("ada@example.org"), &json!(true)));

    let record = home.meshery().join("auth.json.kept");
    let (auth, state) = (home.auth_text(), fs::read_to_string(&record).unwrap());
    let output = home.mesheryctl().args(["system", "logout", "-o", "json"]).run().exited(0);
    assert!(output.stderr.contains("The token was revoked at OpenID."), "{output}");
    assert_eq!(json_of(&output)["revocation"], "revoked");
    assert_eq!(home.auth_text(), "");
    // The grant is gone at the provider.
    home.write_auth(auth);
    fs::write(&record, state).unwrap();
    let output = refresh().exited(3);
    assert!(output.stderr.contains("OpenID ended this sign-in: "), "{output}");
    let _ = whoami(&home).args(["--verify"]).run().exited(3);
    home.assert_no_process_is_left();
}
