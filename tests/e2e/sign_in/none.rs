//! None: offline, an empty token, and the same bytes for every server.

use mesheryctl_tests::*;

const NONE: &str = "{\"meshery-provider\":\"None\",\"token\":\"\"}\n";

#[test]
fn none_writes_39_bytes_with_mode_0600() {
    let home = Home::new();
    let browser = Browser::forbidden(&home);
    let output = home.mesheryctl().args(["system", "login", "--provider", "None"]).run().exited(0);
    assert_eq!(output.stdout, "");
    assert_eq!(home.auth_text(), NONE);
    assert_eq!(NONE.len(), 39);
    assert_eq!((home.mode(".meshery"), home.mode(".meshery/auth.json")), (0o700, 0o600));
    assert_eq!(
        output.stderr,
        format!(
            "Using None. Your work stays on this computer and is not saved.\nWrote {}\n",
            home.auth_json().display()
        )
    );
    drop(browser);
}

#[test]
fn the_name_local_in_any_case_is_none() {
    for name in ["Local", "local", "NONE", "none"] {
        let home = Home::new();
        let _ = home.mesheryctl().args(["system", "login", "-p", name]).run().exited(0);
        assert_eq!(home.auth_text(), NONE, "{name}");
    }
}

#[test]
fn none_contacts_no_server_and_is_saved_as_none_although_the_server_lists_local() {
    let home = Home::new();
    let server = MesheryServer::start().version(ServerVersion::V1);
    home.write_config(&config_for(&server.endpoint()));
    let _ = home.mesheryctl().args(["system", "login", "-p", "None"]).run().exited(0);
    assert_eq!(home.auth_text(), NONE);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn none_replaces_an_old_token_and_removes_its_stored_state() {
    let home = Home::new();
    let cloud = Cloud::start();
    let browser = Browser::waiting(&home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url()).spawn();
    Visitor::new().follow(&browser.opened());
    let _ = login.wait().exited(0);
    assert!(home.meshery().join("auth.json.kept").exists());

    let _ = home.mesheryctl().args(["system", "login", "-p", "None"]).run().exited(0);
    assert_eq!(home.auth_text(), NONE);
    assert!(!home.meshery().join("auth.json.kept").exists());
}

#[test]
fn none_prints_one_json_object_on_request() {
    let home = Home::new();
    let output =
        home.mesheryctl().args(["system", "login", "-p", "none", "-o", "json"]).run().exited(0);
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "provider": "None", "account": null, "expires_at": null,
            "token_file": home.auth_json().display().to_string(), "server": null,
            "verified": null, "verified_by": null
        })
    );
}
