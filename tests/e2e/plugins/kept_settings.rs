//! The settings that a person keeps for a provider: what has precedence over them, and who receives them.

use std::fs;
use std::path::{Path, PathBuf};

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_as, install_trusted, sha256, trust};
use crate::terminal::prompt::assert_restored;

pub(super) const A: &str = "https://a.example";
const B: &str = "https://b.example";

pub(super) fn configure<'h>(home: &'h Home, args: &[&str]) -> Program<'h> {
    home.mesheryctl().args(["system", "provider", "configure"]).args(args)
}

pub(super) fn login<'h>(home: &'h Home, args: &[&str]) -> Program<'h> {
    home.mesheryctl().args(["system", "login", "-p", "keyed"]).args(args)
}

/// A home with the trusted plugin Keyed, and a key of 7 characters in `key.txt`.
pub(super) fn home() -> Home {
    let home = Home::new();
    install_trusted(&home, "keyed-provider", "keyed");
    fs::write(home.path().join("key.txt"), "hunter2\n").unwrap();
    home
}

/// As `home`, with its required settings kept.
pub(super) fn configured() -> Home {
    let home = home();
    let set = format!("server={A}");
    let _ = configure(&home, &["keyed", &set, "key=@key.txt"]).run().exited(0);
    home
}

pub(super) fn file(home: &Home, name: &str) -> Value {
    serde_json::from_slice(&fs::read(home.meshery().join(name)).unwrap()).unwrap()
}

/// The value and the source of each setting of Keyed, as `provider configure` shows it.
fn in_effect(program: Program<'_>) -> Value {
    let output = program.args(["-o", "json"]).run().exited(0);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    let row = |it: &Value| json!([it["key"], it["value"], it["source"]]);
    said["settings"].as_array().unwrap().iter().map(row).collect()
}

/// Replaces the library by another one with the same manifest.
fn replace_library(home: &Home) -> PathBuf {
    let mut bytes = fs::read(built_library("keyed-provider")).unwrap();
    bytes.push(0);
    let copy = home.path().join("other.so");
    fs::write(&copy, bytes).unwrap();
    install_as(home, &copy, "keyed-provider")
}

#[test]
fn kept_settings_are_used_by_later_logins_and_secrets_are_apart_and_never_shown() {
    let home = home();
    let set =
        configure(&home, &["keyed", "server=https://a.example/", "key=@key.txt", "label=@@me"]);
    let set = set.run().exited(0);
    assert_eq!(set.stderr, "Kept for later logins with Keyed: server, key, label.\n");
    let signed_in = login(&home, &[]).run().exited(0);
    assert!(signed_in.stderr.contains("https://a.example @me key of 7 characters"), "{signed_in}");
    let shown = configure(&home, &["Keyed"]).run().exited(0);
    assert_eq!(
        shown.stdout,
        "server is \"https://a.example\" (kept)\nkey is ●●●● (kept)\nlabel is \"@me\" (kept)\n"
    );
    let json = configure(&home, &["keyed", "-o", "json"]).run().exited(0);
    let inspect = home.mesheryctl().args(["plugin", "inspect", "keyed"]).run().exited(0);
    assert!(inspect.stdout.contains("Value        key is ●●●● (kept)\n"), "{inspect}");
    for output in [&set, &signed_in, &shown, &json, &inspect] {
        assert!(!format!("{output}").contains("hunter"), "{output}");
    }
    let open = file(&home, "providers.json");
    assert_eq!(open["settings"], json!({"keyed": {"server": A, "label": "@me"}}));
    assert_eq!((&open["version"], &open["default"]), (&json!(1), &Value::Null));
    let secrets = file(&home, "provider-secrets.json");
    assert_eq!(secrets["secrets"]["keyed"]["values"], json!({"key": "hunter2"}));
    assert_eq!(secrets["secrets"]["keyed"]["hosts"], json!({"server": A}));
}

#[test]
fn a_flag_precedes_a_variable_that_precedes_a_kept_setting_that_precedes_the_default() {
    let home = home();
    let shown = || configure(&home, &["keyed"]);
    let _ = configure(&home, &["keyed", &format!("server={A}"), "key=@key.txt"]).run().exited(0);
    assert_eq!(
        in_effect(shown()),
        json!([["server", A, "kept"], ["key", null, "kept"], ["label", "", "default"]])
    );
    let _ = configure(&home, &["keyed", "label=mine"]).run().exited(0);
    let with_variable = shown().env("MESHERYCTL_KEYED__LABEL", "theirs");
    assert_eq!(in_effect(with_variable)[2], json!(["label", "theirs", "environment"]));
    assert_eq!(in_effect(shown())[2], json!(["label", "mine", "kept"]));
    for (variable, set, label) in [
        (None, None, "mine"),
        (Some("theirs"), None, "theirs"),
        (None, Some("label=now"), "now"),
        (Some("theirs"), Some("label=now"), "now"),
    ] {
        let run = set.map_or_else(|| login(&home, &[]), |set| login(&home, &["--set", set]));
        let run = variable.into_iter().fold(run, |it, to| it.env("MESHERYCTL_KEYED__LABEL", to));
        let output = run.run().exited(0);
        let expected = format!("{A} {label} key of 7 characters");
        assert!(output.stderr.contains(&expected), "{variable:?} {set:?}: {output}");
    }
    let unset = configure(&home, &["keyed", "--unset", "label", "--unset", "key"]).run().exited(0);
    assert_eq!(
        unset.stderr,
        "No longer kept for Keyed: label, key.\nA login with Keyed also requires: key.\n"
    );
    assert_eq!(in_effect(configure(&home, &["keyed", "label=x"]))[1], json!(["key", null, null]));
    assert_eq!(file(&home, "provider-secrets.json")["secrets"], json!({}));
}

#[test]
fn a_kept_secret_goes_only_to_the_host_that_it_was_kept_for() {
    let home = configured();
    let why = "The kept setting key was kept for https://a.example and is not used elsewhere.";
    let by_flag = login(&home, &["--set", &format!("server={B}")]).run().exited(2);
    let by_variable = login(&home, &[]).env("MESHERYCTL_KEYED__SERVER", B).run().exited(2);
    for output in [by_flag, by_variable] {
        assert!(output.stderr.contains(why), "{output}");
        assert!(
            output.stderr.contains("Keyed requires the setting key: Your API key."),
            "{output}"
        );
    }
    let same = login(&home, &["--set", "server=https://a.example/"]).run().exited(0);
    assert!(same.stderr.contains("key of 7 characters"), "{same}");
    let moved = configure(&home, &["keyed", &format!("server={B}")]).run().exited(0);
    assert!(moved.stderr.contains(why) && moved.stderr.contains("also requires: key."), "{moved}");
    let _ = login(&home, &[]).run().exited(2);
    let _ = configure(&home, &["keyed", "key=@key.txt"]).run().exited(0);
    let there = login(&home, &[]).run().exited(0);
    assert!(
        there.stderr.contains(&format!("{B} key of"))
            || there.stderr.contains(&format!("{B}  key of")),
        "{there}"
    );
    let secrets = file(&home, "provider-secrets.json");
    assert_eq!(secrets["secrets"]["keyed"]["hosts"], json!({"server": B}));
}

#[test]
fn a_secret_is_not_kept_before_its_host_is_known() {
    let home = home();
    let output = configure(&home, &["keyed", "key=@key.txt"]).run().exited(2);
    let said = "Keyed gets the secret key at the host of server, which is not set.";
    assert!(output.stderr.contains(said), "{output}");
    let both = "mesheryctl system provider configure keyed server=… key=@FILE\n";
    assert!(output.stderr.contains(both), "{output}");
    assert!(!home.meshery().join("provider-secrets.json").exists());
}

#[test]
fn another_plugin_with_the_same_id_gets_nothing_and_an_update_that_is_trusted_gets_all() {
    let home = configured();
    let changed = replace_library(&home);
    let in_effect_of_file =
        || in_effect(home.mesheryctl().args(["plugin", "inspect"]).args([&changed]));
    let nothing = json!([["server", null, null], ["key", null, null], ["label", "", "default"]]);
    // Not trusted.
    assert_eq!(in_effect_of_file(), nothing);
    let refused = configure(&home, &["keyed", "label=x"]).run().exited(8);
    assert!(refused.stderr.contains("so no setting can be kept for it."), "{refused}");
    // Trusted, but not as a replacement.
    let _ = home.mesheryctl().args(["plugin", "untrust", "keyed"]).run().exited(0);
    trust(&home, &changed, "keyed");
    assert_eq!(in_effect_of_file(), nothing);
    let output = login(&home, &[]).run().exited(2);
    assert!(output.stderr.contains("Keyed requires the settings server, key."), "{output}");
    assert_eq!(file(&home, "providers.json")["settings"]["keyed"]["server"], A);
    let replaced = configure(&home, &["keyed", "label=x"]).run().exited(0);
    let said = "What was kept for another plugin with this id was removed.";
    assert!(replaced.stderr.contains(said), "{replaced}");
    assert_eq!(file(&home, "provider-secrets.json")["secrets"], json!({}));
    assert_eq!(file(&home, "providers.json")["settings"], json!({"keyed": {"label": "x"}}));

    let home = configured();
    let changed = replace_library(&home);
    trust(&home, &changed, "keyed");
    let _ = login(&home, &[]).run().exited(0);
    // What is kept afterwards leaves the secret usable.
    let _ = configure(&home, &["keyed", "label=x"]).run().exited(0);
    let output = login(&home, &[]).run().exited(0);
    assert!(output.stderr.contains("https://a.example x key of 7 characters"), "{output}");
}

#[test]
fn settings_stay_when_their_plugin_is_gone_or_no_longer_trusted() {
    let home = configured();
    let library = home.meshery().join("plugins/libkeyed-provider.so");
    let _ = home.mesheryctl().args(["plugin", "untrust", "keyed"]).run().exited(0);
    fs::remove_file(&library).unwrap();
    let gone = configure(&home, &["keyed"]).run().exited(2);
    assert!(gone.stderr.contains("There is no provider called keyed."), "{gone}");
    assert!(gone.stderr.contains(REMOVE), "{gone}");
    install_trusted(&home, "keyed-provider", "keyed");
    let _ = login(&home, &[]).run().exited(0);
}

const REMOVE: &str = "mesheryctl system provider configure keyed --unset server --unset key\n";

#[test]
fn what_is_kept_is_removed_by_id_when_its_plugin_is_not_trusted_or_gone() {
    let secrets = |home: &Home| file(home, "provider-secrets.json")["secrets"].clone();
    let untrusted = configured();
    let untrust = untrusted.mesheryctl().args(["plugin", "untrust", "keyed"]);
    let _ = untrust.run().exited(0);
    let gone = configured();
    fs::remove_file(gone.meshery().join("plugins/libkeyed-provider.so")).unwrap();
    for home in [untrusted, gone] {
        let shown = configure(&home, &["keyed"]).run();
        assert!(shown.stderr.contains(REMOVE), "{shown}");
        let other = configure(&home, &["keyed", "--unset", "label"]).run().exited(2);
        let said = "No setting label is kept for keyed. Kept: server, key.";
        assert!(other.stderr.contains(said), "{other}");
        let both = configure(&home, &["keyed", "label=x", "--unset", "key"]).run();
        assert!(both.stderr.contains(REMOVE) && secrets(&home) != json!({}), "{both}");
        let removed = configure(&home, &["keyed", "--unset", "key", "-o", "json"]).run().exited(0);
        assert_eq!(removed.stderr, "No longer kept for keyed: key.\n");
        let said: Value = serde_json::from_str(&removed.stdout).unwrap();
        assert_eq!(said, json!({"provider": "keyed", "settings": []}));
        assert_eq!(secrets(&home), json!({}));
        let _ = configure(&home, &["keyed", "--unset", "server"]).run().exited(0);
        assert_eq!(file(&home, "providers.json")["settings"], json!({}));
        let none = configure(&home, &["keyed", "--unset", "key"]).run();
        assert!(none.code != Some(0) && !none.stderr.contains("Remove what is kept"), "{none}");
    }
}

#[test]
fn the_kept_settings_that_an_update_receives_are_named_before_and_after_it_is_trusted() {
    let home = configured();
    let inspect = |args: &[&str]| home.mesheryctl().args(["plugin", "inspect", "keyed"]).args(args);
    let receives = |output: &Output| {
        let said: Value = serde_json::from_str(&output.stdout).unwrap();
        said["receives"].clone()
    };
    assert_eq!(receives(&inspect(&["-o", "json"]).run().exited(0)), json!([]));
    let changed = replace_library(&home);
    let text = inspect(&[]).run().exited(0);
    let said = "Receives     Once trusted, the kept settings server, key\n";
    assert!(text.stdout.contains(said), "{text}");
    let keys = json!(["server", "key"]);
    assert_eq!(receives(&inspect(&["-o", "json"]).run().exited(0)), keys);
    let asked = home.mesheryctl().args(["plugin", "trust", "keyed"]).on_terminal(24, 120);
    asked.wait_for("Once trusted, it receives the kept settings server, key.");
    asked.wait_for("Trust it?");
    asked.press([Key::Text("n".into()), Key::Enter]);
    let _ = asked.wait();
    let hash = sha256(&home, &changed);
    let trust = || home.mesheryctl().args(["plugin", "trust", "keyed", "--sha256", &hash]);
    let trusted = trust().run().exited(0);
    assert!(trusted.stderr.contains("It receives the kept settings server, key."), "{trusted}");
    assert!(trusted.stderr.contains(REMOVE), "{trusted}");
    // It has them now.
    let again = trust().args(["-o", "json"]).run().exited(0);
    assert_eq!(receives(&again), json!([]));
    // A plugin that is trusted anew replaces none.
    let _ = home.mesheryctl().args(["plugin", "untrust", "keyed"]).run().exited(0);
    assert_eq!(receives(&trust().args(["-o", "json"]).run().exited(0)), json!([]));
}

#[test]
fn without_a_default_provider_its_removal_says_that_nothing_was_changed() {
    let home = home();
    let unset = || home.mesheryctl().args(["system", "provider", "default", "--unset"]).run();
    let said = "There was no default provider. Nothing was changed.\n";
    assert_eq!(unset().exited(0).stderr, said);
    let _ = home.mesheryctl().args(["system", "provider", "default", "none"]).run().exited(0);
    assert!(unset().exited(0).stderr.contains("asks for the provider."));
}

#[test]
fn a_plugin_never_gets_what_is_kept_for_a_built_in_provider() {
    let home = home();
    let _ = configure(&home, &["layer5", "url=http://localhost:9"]).run().exited(0);
    let shown = configure(&home, &["Layer5"]).run().exited(0);
    assert_eq!(shown.stdout, "url is \"http://localhost:9\" (kept)\n");
    let list = home.mesheryctl().args(["system", "provider", "list", "-o", "json"]).run().exited(0);
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!(list["providers"][0]["url"], "http://localhost:9");
    // The place where the built-in provider signs in stays closed to plugins.
    let set = ["--set", "server=http://localhost:9", "--set", "key=@key.txt"];
    let output = login(&home, &set).run();
    assert!(!output.stderr.contains("http://localhost:9  key of"), "{output}");
    let mut open = file(&home, "providers.json");
    open["settings"]["keyed"] = json!({"server": A});
    fs::write(home.meshery().join("providers.json"), open.to_string()).unwrap();
    assert_eq!(
        in_effect(configure(&home, &["keyed", "label=x"]))[0],
        json!(["server", null, null])
    );
}

#[test]
fn wrong_settings_are_refused_and_nothing_is_kept() {
    let home = home();
    for (args, exit, said) in [
        (
            &["keyed", "servr=x"][..],
            2,
            "Keyed has no setting servr. Available: server, key, label.",
        ),
        (&["keyed", "servr=x"], 2, "Did you mean:  server=…"),
        (&["keyed", "--unset", "nothing"], 2, "Keyed has no setting nothing."),
        (&["keyed", "server=ftp:x"], 2, "server must be an https URL, or http on this computer."),
        (&["keyed", "server"], 2, "A setting is given as KEY=VALUE."),
        (&["keyed", "server="], 2, "server must be an https URL, or http on this computer."),
        (&["keyed", "key="], 2, "Keyed requires the setting key, so it cannot be empty."),
        (&["keyed", "key="], 2, "mesheryctl system provider configure keyed --unset key\n"),
        (&["keyed", "=1"], 2, "A setting is given as KEY=VALUE."),
        (&["keyd", "a=b"], 2, "Did you mean:  mesheryctl system provider configure Keyed\n"),
        (&["keyed", "label=x", "--unset", "label"], 2, "is both set and unset."),
        (&["keyed", "key=@hunter2"], 2, "Cannot read the setting key from its file: no such file."),
        (&["keyed"], 2, "configure keyed server=… key=@FILE"),
        (&["nobody", "a=b"], 2, "There is no provider called nobody."),
        (&["none", "a=b"], 2, "None has no settings."),
    ] {
        let output = configure(&home, args).run().exited(exit);
        assert!(output.stderr.contains(said), "{said}: {output}");
        assert!(!output.stderr.contains("hunter"), "{output}");
        assert!(!home.meshery().join("providers.json").exists(), "{args:?}");
    }
    let warned = configure(&home, &["keyed", &format!("server={A}"), "key=hunter2"]);
    let warned = warned.run().exited(0);
    assert!(warned.stderr.contains("To avoid that, use key=@FILE."), "{warned}");
    assert!(!warned.stderr.contains("hunter"), "{warned}");
}

#[test]
fn on_a_terminal_what_is_missing_is_asked_for() {
    let home = home();
    let screen = configure(&home, &["keyed"]).on_terminal(24, 80);
    screen.wait_for("Keyed requires the setting server: The URL of the server.\nserver:");
    screen.press([Key::Paste(A.into()), Key::Enter]);
    screen.wait_for("key (hidden):");
    screen.press([Key::Paste("hunter2".into()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    assert!(screen.contents().contains("Kept for later logins with Keyed: server, key."));
    assert!(!String::from_utf8(screen.raw()).unwrap().contains("hunter"));
    assert_restored(&screen);
    let again = configure(&home, &["keyed"]).on_terminal(24, 80);
    assert_eq!(again.wait(), 0);
    assert!(again.contents().starts_with("server is \"https://a.example\" (kept)"), "{again:?}");
    let _ = login(&home, &[]).run().exited(0);
}

#[test]
fn a_login_that_asked_for_settings_keeps_none_and_names_the_command_that_does() {
    let home = home();
    let screen = login(&home, &[]).on_terminal(24, 120);
    screen.wait_for("\nserver:");
    screen.press([Key::Paste(A.into()), Key::Enter]);
    screen.wait_for("key (hidden):");
    screen.press([Key::Paste("hunter2".into()), Key::Enter]);
    assert_eq!(screen.wait(), 0, "{screen:?}");
    let line =
        "  To keep these settings for later logins: mesheryctl system provider configure keyed";
    let shown = screen.contents().replace("\n", " ");
    assert!(shown.contains(line) && shown.contains("'server=https://a.example'"), "{screen:?}");
    assert!(!home.meshery().join("providers.json").exists());
    assert!(!home.meshery().join("provider-secrets.json").exists());
}

#[test]
fn an_untrusted_plugin_is_not_configured() {
    let home = Home::new();
    let _: PathBuf = install(&home, "keyed-provider");
    let output = configure(&home, &["keyed", "label=x"]).run().exited(8);
    assert!(output.stderr.contains("The plugin Keyed is not trusted"), "{output}");
    assert!(output.stderr.contains("mesheryctl plugin trust keyed\n"), "{output}");
    assert!(!Path::new(&home.meshery().join("providers.json")).exists());
}
