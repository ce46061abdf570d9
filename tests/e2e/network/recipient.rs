//! The recipients of a token: a server of a config file that is not the person's own.

use std::fs;

use mesheryctl_tests::*;
use serde_json::Value;

use crate::sessions::renewal::ended;
use crate::sessions::whoami::whoami;
use crate::sign_in::layer5::saved;

const TOKEN: &str = "T0123456789abcdef";

/// A home with a token, and a config file in another folder that names this server.
fn home_with(server: &MesheryServer) -> Home {
    let home = Home::new();
    home.write_auth(saved(TOKEN));
    fs::write(home.path().join("given.yaml"), config_for(&server.endpoint())).unwrap();
    home
}

fn check(home: &Home) -> Program<'_> {
    home.mesheryctl().args(["system", "check", "--config", "given.yaml"])
}

fn server() -> MesheryServer {
    MesheryServer::start().provider("Layer5", "http://localhost:1").accepts(TOKEN)
}

fn received(server: &MesheryServer) -> bool {
    server.requests().iter().any(|it| it.path == "/api/token")
}

#[test]
fn check_sends_no_token_to_a_server_of_a_given_config_file_and_says_so() {
    let server = server();
    let home = home_with(&server);
    let run = |run: Program<'_>| run.env("MESHERYCTL_LAYER5_URL", "http://localhost:1").run();
    for output in [
        run(check(&home)).exited(0),
        run(check(&home).env("MESHERY_TOKEN", TOKEN)).exited(0),
        run(check(&home).args(["--verify"])).exited(0),
    ] {
        let line = format!(
            "- Not verified: {} was not sent the token, because given.yaml is not your own config.yaml\n",
            server.endpoint()
        );
        assert!(output.stdout.contains(&line), "{output}");
        assert!(!received(&server));
    }
    // The file that is named for this command is meant for this server.
    let output = run(check(&home).args(["--token", ".meshery/auth.json"])).exited(0);
    assert!(output.stdout.contains(&format!("✓ Accepted by {}\n", server.endpoint())), "{output}");
    assert!(received(&server));
}

#[test]
fn the_persons_own_config_needs_no_question_also_when_it_is_named() {
    let server = server();
    let home = Home::new();
    home.write_auth(saved(TOKEN));
    home.write_config(&config_for(&server.endpoint()));
    let own = [".meshery/../.meshery/config.yaml"];
    let _ = home.mesheryctl().args(["system", "check", "--config"]).args(own).run().exited(0);
    assert!(received(&server));
}

#[test]
fn a_person_is_asked_once_and_the_verification_is_remembered() {
    let server = server();
    let home = home_with(&server);
    let ask = |answer: &str| {
        let screen = check(&home).on_terminal(24, 120);
        screen.wait_for("Send your token to it? [y/N]");
        assert!(screen.contents().contains(&format!(
            "given.yaml, which is not your own config.yaml, names the server {}.",
            server.endpoint()
        )));
        screen.press([Key::text(answer), Key::Enter]);
        assert_eq!(screen.wait(), 0, "{}", screen.contents());
        screen.contents()
    };
    let no = ask("n");
    assert!(no.contains("was not sent the token") && !received(&server), "{no}");
    let yes = ask("y");
    assert!(yes.contains(&format!("✓ Accepted by {}", server.endpoint())), "{yes}");
    let again = check(&home).run().exited(0);
    assert!(again.stdout.contains(&format!("✓ Accepted by {}\n", server.endpoint())), "{again}");
    assert_eq!(home.auth_text(), saved(TOKEN));
    // Only for this token, and only for this server.
    home.write_auth(saved("another-token-01"));
    let other = check(&home).run().exited(0);
    assert!(other.stdout.contains("was not sent the token"), "{other}");
}

#[test]
fn a_person_is_asked_once_for_a_renewal_and_the_verification_after_it() {
    let cloud = Cloud::start().issuing_for(3600).refreshing(Refresh::Renews(3600));
    let home = ended(&cloud);
    let server = MesheryServer::start().provider("Layer5", cloud.url()).asking_providers();
    fs::write(home.path().join("given.yaml"), config_for(&server.endpoint())).unwrap();
    let verify = || whoami(&home).args(["--verify", "--config", "given.yaml"]);
    let screen = verify().on_terminal(24, 120);
    screen.wait_for("Send your token to it? [y/N]");
    screen.press([Key::text("y"), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{}", screen.contents());
    assert!(screen.contents().contains("now by http://127.0.0.1:"), "{}", screen.contents());
    assert_eq!(cloud.renewals(), 1);
    let again = verify().run().exited(0);
    assert!(again.stdout.contains("now by http://127.0.0.1:"), "{again}");
}

#[test]
fn a_server_whose_url_contains_the_name_of_a_verifier_is_another_server() {
    let (verifier, evil) = (server(), server());
    let home = Home::new();
    home.write_auth(saved(TOKEN));
    home.write_config(&config_for(&verifier.endpoint()));
    let login = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--with-token"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", "http://localhost:1").stdin(TOKEN);
    assert!(login.run().exited(0).stderr.contains(&verifier.endpoint()));
    let name = verifier.endpoint().replace("http://", "");
    for endpoint in
        [format!("{}/@{name}", evil.endpoint()), format!("{}\\@{name}", evil.endpoint())]
    {
        fs::write(home.path().join("given.yaml"), config_for(&endpoint)).unwrap();
        let output = check(&home).run().exited(0);
        assert!(!output.stdout.contains("Accepted"), "{output}");
        assert!(output.stdout.contains(&format!("{}/@{name}", evil.endpoint())), "{output}");
        let asked = evil.requests();
        assert!(asked.iter().all(|it| it.header("cookie").is_none()), "{asked:?}");
    }
}

#[test]
fn a_login_sends_a_new_token_to_a_server_of_a_given_config_file_only_if_the_token_was_named() {
    let cloud = Cloud::start().accepts(TOKEN);
    let server = MesheryServer::start().provider("Layer5", cloud.url());
    let server = server.accepts(cloud.token()).accepts(TOKEN);
    let home = home_with(&server);
    let login = || {
        let login = home.mesheryctl().args(["system", "login", "-o", "json", "-p", "Layer5"]);
        login.args(["--config", "given.yaml"]).env("MESHERYCTL_LAYER5_URL", cloud.url())
    };
    let browser = Browser::waiting(&home);
    let running = login().spawn();
    Visitor::new().follow(&browser.opened());
    let output = running.wait().exited(0);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    let why = "was not sent the token, because given.yaml is not your own config.yaml";
    assert_eq!(said["server"]["why"], why);
    assert_eq!(said["verified_by"], "layer5");
    let line = format!("{} {why}. Layer5 accepted the token.\n", server.endpoint());
    assert!(output.stderr.ends_with(&line), "{output}");
    assert!(!received(&server));
    drop(browser);
    let output = login().args(["--with-token"]).stdin(TOKEN).run().exited(0);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(said["verified_by"], server.endpoint());
    // It was verified there, so a check may send it again.
    let again = check(&home).run().exited(0);
    assert!(again.stdout.contains(&format!("✓ Accepted by {}\n", server.endpoint())), "{again}");
}

#[test]
fn a_server_that_does_not_get_the_token_does_not_choose_by_its_list_who_gets_it() {
    let evil = Cloud::start();
    let server = MesheryServer::start().provider("Acme", evil.url()).accepts(TOKEN);
    let home = home_with(&server);
    let acme = format!("{{\"meshery-provider\":\"Acme\",\"token\":\"{TOKEN}\"}}");
    home.write_auth(&acme);
    for run in [
        check(&home).args(["--verify"]),
        check(&home).args(["--verify"]).env("MESHERY_TOKEN", TOKEN),
        check(&home).env("MESHERY_TOKEN", TOKEN).env("MESHERY_PROVIDER", "Acme"),
    ] {
        let _ = run.run().exited(0);
        assert_eq!((evil.requests().len(), received(&server)), (0, false));
    }
}

#[test]
fn a_token_of_the_environment_goes_to_no_provider_that_another_file_names() {
    let acme = Cloud::start();
    let server = MesheryServer::start().provider("Acme", acme.url());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    home.write_auth("{\"meshery-provider\":\"Acme\",\"token\":\"another-token-0123\"}");
    let check = || home.mesheryctl().args(["system", "check", "--verify"]);
    let _ = check().env("MESHERY_TOKEN", TOKEN).run();
    assert_eq!(acme.requests().len(), 0);
    let _ = check().env("MESHERY_TOKEN", TOKEN).env("MESHERY_PROVIDER", "Acme").run();
    assert_eq!(acme.requests().len(), 1);
}
