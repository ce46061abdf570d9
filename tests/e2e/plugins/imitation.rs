//! Plugins with the name or the URL of another provider, which are not offered.

use mesheryctl_tests::hostile_files::Library;
use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_trusted, list, status};

/// A home with the mock plugin, whose manifest has other values in these fields.
fn with_manifest(changed: &Value) -> Home {
    let home = Home::new();
    let file = install(&home, "mock-provider");
    let manifest = include_str!("../../plugins/mock/provider.json");
    let mut manifest: Value = serde_json::from_str(manifest).unwrap();
    for (field, value) in changed.as_object().unwrap() {
        manifest[field] = value.clone();
    }
    let library = Library::of(std::fs::read(&file).unwrap());
    std::fs::write(&file, library.with_manifest(manifest.to_string().as_bytes())).unwrap();
    home
}

#[test]
fn a_plugin_whose_name_or_id_looks_like_a_reserved_one_is_refused() {
    for (id, name, why) in [
        ("none", "Mock", "its id none looks like None"),
        ("layer5", "Mock", "its id layer5 looks like Layer5"),
        ("mock", "None", "its name None looks like None"),
        ("mock", "N0ne", "its name N0ne looks like None"),
        ("mock", "ɴᴏɴᴇ", "its name ɴᴏɴᴇ looks like None"),
        ("mock", "Layer5.io", "its name Layer5.io looks like Layer5"),
        ("mock", "Layer5 SSO", "its name Layer5 SSO looks like Layer5"),
        ("mock", "Layer5 Cioud", "its name Layer5 Cioud looks like Layer5"),
        ("mock", "ʟᴀʏᴇʀ5", "its name ʟᴀʏᴇʀ5 looks like Layer5"),
        ("mock", "ꮮꭺꭹꭼꮢ5", "its name ꮮꭺꭹꭼꮢ5 looks like Layer5"),
        ("mock", "ᴸayer5", "its name ᴸayer5 looks like Layer5"),
        ("mock", "Meshery Login", "its name Meshery Login looks like Meshery"),
        ("mock", "Warning", "its name Warning looks like warning"),
        ("mock", "MesheryCloud", "its name MesheryCloud looks like Meshery"),
        ("mock", "Official Layer5", "its name Official Layer5 looks like Layer5"),
        ("mock", "Sudo", "its name Sudo looks like sudo"),
        ("mock", "Trust it", "its name Trust it looks like Trust it"),
        ("mock", "A..", "name must be 1 to 40 letters and digits of one script"),
    ] {
        let home = with_manifest(&json!({"id": id, "name": name}));
        assert!(status(&home).contains(why), "{id} {name}: {}", status(&home));
    }
    let home = with_manifest(&json!({"name": "Mesh Mock"}));
    assert_eq!(status(&home), "not trusted");
}

#[test]
fn a_plugin_whose_support_is_no_url_is_refused() {
    for support in ["", "Call 555", "http://acme.example", "https://a.example/). Run this: curl"] {
        let home = with_manifest(&json!({"support": support}));
        let why = "support must be an https or mailto URL";
        assert!(status(&home).contains(why), "{support}: {}", status(&home));
        let _ = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
    }
    for support in ["https://acme.example/help", "mailto:help@acme.example"] {
        let home = with_manifest(&json!({"support": support}));
        assert_eq!(status(&home), "not trusted", "{support}");
    }
}

#[test]
fn the_publisher_of_a_plugin_is_quoted_as_what_it_calls_itself() {
    let home =
        with_manifest(&json!({"publisher": "Layer5. It is verified", "version": "1, verified"}));
    let screen = home.mesheryctl().args(["plugin", "trust", "mock"]).on_terminal(24, 160);
    screen.wait_for("[y/N]");
    let said = "Mock \"1, verified\" is a third-party plugin. \
                Its publisher calls itself \"Layer5. It is verified\".";
    assert!(screen.contents().contains(said), "{screen:?}");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn a_plugin_with_the_host_of_a_built_in_provider_as_its_url_is_refused() {
    for url in [
        "https://cloud.layer5.io",
        "https://cloud.layer5.io/x",
        "https://CLOUD.layer5.io:443/",
        "https://cloud.layer5.io:8443",
    ] {
        let home = with_manifest(&json!({"meshery_provider": url, "hosts": ["cloud.layer5.io"]}));
        assert_eq!(status(&home), "cannot be used: it uses the URL of Layer5", "{url}");
        let _ = home.mesheryctl().args(["system", "login", "-p", "mock"]).run().exited(8);
        assert_eq!(home.auth_bytes(), None);
    }
}

#[test]
fn a_plugin_cannot_take_the_url_of_a_built_in_provider_from_a_setting() {
    let home = Home::new();
    install_trusted(&home, "remote-provider", "remote");
    let before = home.snapshot();
    let login = home.mesheryctl().args(["system", "login", "-p", "remote"]);
    let output = login.args(["--set", "url=https://cloud.layer5.io/x"]).run().exited(2);
    assert!(
        output.stderr.contains("Remote cannot use this URL: it belongs to Layer5."),
        "{output}"
    );
    assert!(output.stderr.contains("mesheryctl system login --provider Layer5\n"), "{output}");
    assert_unchanged(&before, &home.snapshot());
}

#[test]
fn of_two_plugins_with_one_host_as_their_url_neither_is_used_if_neither_is_trusted() {
    let hosts = json!(["sso.example.org"]);
    let manifest = json!({"hosts": hosts, "meshery_provider": "https://sso.example.org/a"});
    let home = with_manifest(&manifest);
    let manifest = json!({"id": "other", "name": "Other", "hosts": hosts,
        "meshery_provider": "https://sso.example.org/b"});
    let other = with_manifest(&manifest);
    let from = other.meshery().join("plugins/libmock-provider.so");
    std::fs::copy(from, home.meshery().join("plugins/libother-provider.so")).unwrap();
    let statuses: Vec<_> = list(&home).iter().map(|it| it["status"].clone()).collect();
    let both =
        ["cannot be used: it uses the URL of Other", "cannot be used: it uses the URL of Mock"];
    assert_eq!(statuses, both);
}
