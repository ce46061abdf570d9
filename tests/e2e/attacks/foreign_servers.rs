//! Servers of other users at the endpoint of the context: they receive no token, and their answers do not count.

use mesheryctl_tests::permissions::NOBODY;
use mesheryctl_tests::*;
use serde_json::Value;

use crate::sign_in::layer5::{login, saved};

/// A server that this user runs, which answers each token with one of another account.
fn server_of(user: u32, cloud: &Cloud) -> MesheryServer {
    let stolen = token::jwt(&token::claims("eve@example.org", None));
    let server = as_user(user, MesheryServer::start);
    server.provider("Layer5", cloud.url()).refreshes(cloud.token(), stolen)
}

fn cloud() -> Cloud {
    Cloud::start().issuing(token::jwt(&token::claims("ada@example.org", None)))
}

fn home_of(server: &MesheryServer) -> Home {
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    home
}

fn sign_in(home: &Home, login: Program<'_>) -> Output {
    let browser = Browser::waiting(home);
    let running = login.as_nobody().spawn();
    let opened = browser.opened();
    as_user(NOBODY, || Visitor::new().follow(&opened));
    running.wait().exited(0)
}

fn why(user: &str) -> String {
    format!("was not used: its port is of {user}, not of you")
}

#[test]
fn a_server_of_another_user_receives_nothing_from_login_and_check() {
    if !can_be_others() {
        return;
    }
    let cloud = cloud();
    let server = server_of(ANOTHER_USER, &cloud);
    for endpoint in [server.endpoint(), server.endpoint().replace("127.0.0.1", "localhost")] {
        let home = Home::new();
        home.write_config(&config_for(&endpoint));
        let said = sign_in(&home, login(&home, &cloud)).stderr;
        let why_not = why("the user with the uid 2002");
        let line = format!("\n{endpoint} {why_not}. Layer5 accepted the token.\n");
        assert!(said.contains(&line), "{said}");
        assert_eq!(home.auth_text(), saved(&cloud.token()));
        let check = home.mesheryctl().args(["system", "check"]).as_nobody().run().exited(0);
        let line = format!(
            "- Not verified: {endpoint} {}. If you trust that user: mesheryctl system check --server-user 2002\n",
            why("the user with the uid 2002")
        );
        assert!(check.stdout.contains(&line), "{check}");
        let list = home.mesheryctl().args(["-v", "system", "provider", "list"]).as_nobody();
        assert!(list.run().exited(0).stderr.contains("its port is of"));
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_server_of_this_user_or_root_or_of_the_named_user_is_asked() {
    if !can_be_others() {
        return;
    }
    let uid = ANOTHER_USER.to_string();
    for (user, option, variable) in [
        (NOBODY, None, ""),
        (0, None, ""),
        (ANOTHER_USER, Some(uid.as_str()), ""),
        (ANOTHER_USER, None, uid.as_str()),
        // The option precedes the variable.
        (ANOTHER_USER, Some(uid.as_str()), "nobody"),
    ] {
        let cloud = cloud();
        let server = as_user(user, MesheryServer::start);
        let server = server.provider("Layer5", cloud.url()).accepts(cloud.token());
        let home = home_of(&server);
        let named = option.map(|it| ["--server-user", it]).into_iter().flatten();
        let run = login(&home, &cloud).args(named.clone());
        let said = sign_in(&home, run.env("MESHERYCTL_SERVER_USER", variable)).stderr;
        assert!(said.contains(&format!("accepted by {}", server.endpoint())), "{user}: {said}");
        assert_eq!(server.wait_for_request("/api/token").cookie("token"), Some(&*cloud.token()));
        let check = home.mesheryctl().args(["system", "check"]).args(named).as_nobody();
        let said = check.env("MESHERYCTL_SERVER_USER", variable).run().exited(0).stdout;
        assert!(said.contains(&format!("✓ Accepted by {}", server.endpoint())), "{user}: {said}");
    }
}

#[test]
fn a_provider_on_a_port_of_another_user_receives_no_token() {
    if !can_be_others() {
        return;
    }
    let cloud = as_user(ANOTHER_USER, Cloud::start);
    let home = Home::new();
    let with_token = |args: &[&str]| {
        let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
        run.args(args).env("MESHERYCTL_LAYER5_URL", cloud.url()).stdin(cloud.token()).as_nobody()
    };
    let output = with_token(&[]).run().exited(0);
    let said = format!("Saved, not verified: Cannot reach Layer5: {}", cloud.url());
    assert!(output.stderr.contains(&said), "{output}");
    assert!(output.stderr.contains(&why("the user with the uid 2002")), "{output}");
    assert_eq!(cloud.requests().len(), 0);
    let _ = with_token(&["--server-user", "2002"]).run().exited(0);
    assert_eq!(cloud.requests().len(), 1);
}

#[test]
fn a_server_user_that_does_not_exist_is_reported() {
    let home = Home::new();
    home.write_config(&config_for("http://localhost:1"));
    home.write_auth(saved("T"));
    let option = home.mesheryctl().args(["--server-user", "no; such", "system", "check"]);
    let variable = home.mesheryctl().args(["system", "login", "-p", "None"]);
    for run in [option, variable.env("MESHERYCTL_SERVER_USER", "no; such")] {
        let before = home.snapshot();
        let output = run.args(["-o", "json"]).run().exited(2);
        let error: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(error["error"]["code"], "server_user_unknown", "{output}");
        assert_eq!(error["error"]["next"][0], "id -u 'no; such'");
        assert_unchanged(&before, &home.snapshot());
    }
    // Signing out asks no server.
    let logout = home.mesheryctl().args(["system", "logout", "--server-user", "no; such"]);
    let _ = logout.run().exited(0);
}

#[test]
fn a_returned_token_of_another_account_or_of_an_unknown_one_is_not_saved() {
    let ada = token::jwt(&token::claims("ada@example.org", None));
    let mut claims = token::claims("eve@example.org", None);
    claims["sub"] = "user-2".into();
    let eve = token::jwt(&claims);
    let another = "returned a token of another account, not used. Layer5 accepted the token.\n";
    for (sent, returned, said) in [
        (ada.clone(), eve.clone(), another),
        (ada, token::opaque("x"), "accepted by"),
        (token::opaque("x"), eve, "accepted by"),
    ] {
        let cloud = Cloud::start().issuing(sent.clone());
        let server = MesheryServer::start().provider("Layer5", cloud.url());
        let server = server.refreshes(sent.clone(), returned);
        let home = home_of(&server);
        let browser = Browser::waiting(&home);
        let running = login(&home, &cloud).spawn();
        Visitor::new().follow(&browser.opened());
        let output = running.wait().exited(0);
        assert!(output.stderr.contains(said), "{output}");
        assert_eq!(home.auth_text(), saved(&sent));
    }
}
