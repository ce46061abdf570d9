//! Plugins that claim the place, the name or the id of another provider: a plugin that is not trusted changes nothing about
//! the others, and a trusted one gets only the tokens that are its own.

use std::fs;
use std::path::PathBuf;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install_as, list, sha256, trust};

/// The token that the plugin of these tests accepts.
const TOKEN: &str = "a-token-of-verifying-1";

/// What a check says of the plugin if it ran with a token that it did not issue: then there is no stored state.
const WAS_ASKED: &str = "The token or the state of the login is missing";

/// Installs the plugin whose `whoami` answers, with other values in these fields of its manifest.
fn install(home: &Home, file: &str, changed: &Value) -> PathBuf {
    let place = install_as(home, &built_library("verifying-provider"), file);
    let old = include_str!("../../plugins/verifying/provider.json");
    let mut manifest: Value = serde_json::from_str(old).unwrap();
    for (field, value) in changed.as_object().unwrap() {
        manifest[field] = value.clone();
    }
    // The plugin reports its manifest too, so it is replaced wherever it is, and keeps its length.
    manifest["settings"] =
        json!([{"key": "answer", "description": "", "default": "ada@example.org"}]);
    let new = format!("{:1$}", manifest.to_string(), old.len());
    assert_eq!(new.len(), old.len(), "it should fit");
    let mut bytes = fs::read(&place).unwrap();
    let is_old = |it: &[u8]| it == old.as_bytes();
    while let Some(at) = bytes.windows(old.len()).position(is_old) {
        bytes[at..at + old.len()].copy_from_slice(new.as_bytes());
    }
    fs::write(&place, bytes).unwrap();
    place
}

/// A plugin that says it stands for the provider at this URL on this computer.
fn tool(url: &str) -> Value {
    json!({"id": "tool", "name": "Tool", "hosts": ["127.0.0.1"], "meshery_provider": url})
}

fn home_of(server: &MesheryServer) -> Home {
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    home
}

fn providers(home: &Home) -> Vec<String> {
    let list = home.mesheryctl().args(["system", "provider", "list", "-o", "json"]);
    let said: Value = serde_json::from_str(&list.run().exited(0).stdout).unwrap();
    let all = said["providers"].as_array().unwrap().iter();
    all.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

fn verify(home: &Home) -> String {
    home.mesheryctl().args(["system", "check", "--verify"]).run().exited(0).stdout
}

fn of(provider: &str) -> String {
    format!("{{\"meshery-provider\":\"{provider}\",\"token\":\"{TOKEN}\"}}\n")
}

#[test]
fn a_plugin_stands_for_a_provider_of_a_server_only_if_its_hosts_cover_the_url() {
    let home = Home::new();
    let changed = json!({"hosts": ["login.example"], "meshery_provider": "https://sso.example"});
    let file = install(&home, "verifying", &changed);
    let why = "its manifest is invalid: meshery_provider is \"https://sso.example\", and hosts does not contain sso.example";
    assert_eq!(list(&home)[0]["status"], format!("cannot be used: {why}"));
    let inspect = home.mesheryctl().args(["plugin", "inspect"]).args([file]).run().exited(8);
    assert!(inspect.stderr.contains(why), "{inspect}");
    let trust = home.mesheryctl().args(["plugin", "trust", "verifying", "--sha256", "00"]);
    let _ = trust.run().exited(2);
    let _ = home.mesheryctl().args(["system", "login", "-p", "verifying"]).run().exited(8);
}

#[test]
fn a_plugin_that_is_not_trusted_leaves_the_row_of_the_server_and_its_name() {
    let cloud = Cloud::start().behaving(CloudBehavior::Tata).accepts(TOKEN);
    let server = MesheryServer::start().provider("Tata", cloud.url()).accepts(cloud.token());
    let home = home_of(&server);
    let row = Url::parse(&cloud.url()).authority();
    let file = install(&home, "tool", &tool(&cloud.url()));
    assert_eq!(providers(&home), ["layer5", "none", "tool", &row]);
    let browser = Browser::waiting(&home);
    let login = home.mesheryctl().args(["system", "login", "-p", "Tata"]).spawn();
    Visitor::new().follow(&browser.opened());
    let output = login.wait().exited(0);
    assert!(output.stderr.contains("Signed in to Tata"), "{output}");
    drop(browser);
    // A token of Tata is verified by Tata.
    home.write_auth(of("Tata"));
    let _ = fs::remove_file(home.meshery().join("auth.json.kept"));
    let checked = home.mesheryctl().args(["system", "check", "--verify"]).run();
    assert!(cloud.requests().iter().any(|it| it.path.contains("profile")), "{checked}");
    assert!(!checked.stdout.contains(WAS_ASKED), "{checked}");
    trust(&home, &file, "tool");
    assert_eq!(providers(&home), ["layer5", "none", "tool"]);
    let output = home.mesheryctl().args(["system", "login", "-p", "Tata"]).run().exited(0);
    assert!(output.stderr.contains("Signed in to Tool"), "{output}");
    assert_eq!(home.auth_text(), of("Tata"));
}

#[test]
fn the_token_of_a_row_is_brought_to_the_row_beside_a_plugin_that_is_not_trusted() {
    let cloud = Cloud::start();
    let server = MesheryServer::start().provider("Tata", cloud.url()).accepts(TOKEN);
    let home = home_of(&server);
    install(&home, "tool", &tool(&cloud.url()));
    fs::write(home.path().join("given.json"), of("Tata")).unwrap();
    let login = home.mesheryctl().args(["system", "login", "--token-file", "given.json"]);
    let _ = login.run().exited(0);
    let row = Url::parse(&cloud.url()).authority();
    assert_eq!(kept(&home)["provider_id"], row);
}

fn kept(home: &Home) -> Value {
    serde_json::from_slice(&fs::read(home.meshery().join("auth.json.kept")).unwrap()).unwrap()
}

#[test]
fn a_person_is_told_which_meshery_provider_a_plugin_stands_for() {
    let home = Home::new();
    let changed =
        json!({"hosts": ["*.corp.example"], "meshery_provider": "https://sso.corp.example"});
    let file = install(&home, "tool", &changed);
    let inspect = home.mesheryctl().args(["plugin", "inspect"]).args([file]).run().exited(0);
    let line =
        "Stands for   the Meshery provider at https://sso.corp.example, and receives its tokens\n";
    assert!(inspect.stdout.contains(line), "{inspect}");
    for command in [["system", "login", "-p", "verifying"], ["plugin", "trust", "verifying", "-v"]]
    {
        let screen = home.mesheryctl().args(command).on_terminal(24, 100);
        screen.wait_for("Trust it? [y/N]");
        let shown = screen.contents();
        let line = "\n  It stands for the Meshery provider at https://sso.corp.example, and receives its tokens.\n";
        assert!(shown.contains(line), "{shown}");
        screen.press([Key::Enter]);
        assert_eq!(screen.wait(), 8);
    }
}

#[test]
fn a_trusted_plugin_keeps_its_url_and_its_name_beside_an_untrusted_one() {
    let hosts = json!(["sso.example"]);
    let good = json!({"id": "acme-sso", "name": "Acme", "hosts": hosts, "meshery_provider": "https://sso.example"});
    for (other, why) in [
        (
            json!({"id": "evil", "name": "Tool", "hosts": hosts, "meshery_provider": "https://sso.example/x"}),
            "it uses the URL of Acme",
        ),
        (
            json!({"id": "acme", "name": "Tool"}),
            "libz_good.so has an id or a name that looks the same",
        ),
        (
            json!({"id": "ac-me", "name": "Tool"}),
            "libz_good.so has an id or a name that looks the same",
        ),
    ] {
        let home = Home::new();
        let file = install(&home, "z_good", &good);
        trust(&home, &file, "acme-sso");
        // First in the directory.
        install(&home, "a_other", &other);
        let statuses: Vec<_> = list(&home).iter().map(|it| it["status"].clone()).collect();
        assert_eq!(statuses, [format!("cannot be used: {why}"), "trusted".to_owned()]);
        let output = home.mesheryctl().args(["system", "login", "-p", "acme"]).run().exited(0);
        assert!(output.stderr.contains("Signed in to Acme"), "{output}");
    }
}

#[test]
fn the_token_of_a_row_is_not_for_the_plugin_whose_id_is_the_host_of_the_row() {
    // Nobody needs to listen there: it is the default port of https.
    let server = MesheryServer::start().provider("Tata", "https://localhost").accepts(TOKEN);
    let home = home_of(&server);
    let file = install(&home, "localhost", &json!({"id": "localhost", "name": "Acme"}));
    trust(&home, &file, "localhost");
    assert_eq!(providers(&home), ["layer5", "none", "localhost", "localhost:443"]);
    fs::write(home.path().join("given.json"), of("Tata")).unwrap();
    let login = home.mesheryctl().args(["system", "login", "--token-file", "given.json"]);
    let _ = login.run().exited(0);
    assert_eq!(kept(&home)["provider_id"], "localhost:443");
    let asked = "- Not verified by Tata: Cannot reach Tata: https://localhost/";
    assert!(verify(&home).contains(asked), "{}", verify(&home));
    // As earlier versions recorded the row.
    let mut record = kept(&home);
    record["provider_id"] = json!("localhost");
    fs::write(home.meshery().join("auth.json.kept"), record.to_string()).unwrap();
    assert!(verify(&home).contains(asked), "{}", verify(&home));
}

#[test]
fn a_brought_token_of_a_plugin_is_for_that_plugin_and_its_updates_alone() {
    let home = Home::new();
    let file = install(&home, "tool", &json!({}));
    trust(&home, &file, "verifying");
    let change = || {
        let mut bytes = fs::read(&file).unwrap();
        bytes.push(0);
        fs::write(&file, bytes).unwrap();
    };
    let bring = || {
        let login = home.mesheryctl().args(["system", "login", "-p", "verifying", "--with-token"]);
        let _ = login.stdin(TOKEN).run().exited(0);
    };
    bring();
    assert_eq!(kept(&home)["plugin_sha256"], sha256(&home, &file));
    assert!(verify(&home).contains(WAS_ASKED), "{}", verify(&home));
    change();
    trust(&home, &file, "verifying");
    assert!(verify(&home).contains(WAS_ASKED), "an update");
    let _ = home.mesheryctl().args(["plugin", "untrust", "verifying"]).run().exited(0);
    change();
    trust(&home, &file, "verifying");
    let not_asked = "- Not verified by Verifying: it cannot be asked here";
    assert!(verify(&home).contains(not_asked), "{}", verify(&home));
    // A record of an earlier version does not name the plugin.
    bring();
    assert!(verify(&home).contains(WAS_ASKED), "brought to the new one");
    let mut record = kept(&home);
    record.as_object_mut().unwrap().remove("plugin_sha256");
    fs::write(home.meshery().join("auth.json.kept"), record.to_string()).unwrap();
    assert!(verify(&home).contains(not_asked), "{}", verify(&home));
}

#[test]
fn a_plugin_does_not_connect_where_the_variable_of_a_built_in_provider_leads() {
    let (cloud, other) = (Cloud::start(), Cloud::start());
    let home = Home::new();
    let file = install_as(&home, &built_library("mock-provider"), "mock");
    trust(&home, &file, "mock");
    let fetch = |url: &str| {
        let login = home.mesheryctl().args(["system", "login", "-p", "mock"]);
        let login = login.args(["--set", "steps=fetch:/x", "--set", &format!("url={url}")]);
        login.env("MESHERYCTL_LAYER5_URL", cloud.url()).run()
    };
    let port = cloud.url().rsplit(':').next().unwrap().to_owned();
    for host in ["localhost", "127.0.0.1"] {
        let output = fetch(&format!("http://{host}:{port}")).exited(8);
        let says = format!("Mock may not connect to {host}:{port}: it belongs to Layer5.");
        assert!(output.stderr.contains(&says), "{output}");
    }
    let _ = fetch(&other.url()).exited(0);
    assert_eq!((cloud.requests().len(), other.requests().len()), (0, 1));
}
