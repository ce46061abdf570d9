//! `plugin new`: from the command to a sign-in, with the commands that it prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mesheryctl_tests::*;
use serde_json::Value;

const KINDS: [&str; 4] = ["remote", "oidc", "key", "custom"];

fn sdk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-sdk").canonicalize().unwrap()
}

/// Where the plugins of these tests are built, so that the SDK is compiled once.
fn target() -> PathBuf {
    target_directory().join("new-plugins")
}

/// The program in a home, with the target directory of these tests.
fn new<'h>(home: &'h Home, args: &[&str]) -> Program<'h> {
    let run = home.mesheryctl().args(["plugin", "new"]).args(args);
    run.env("CARGO_TARGET_DIR", target())
}

/// Makes a plugin with the SDK of this repository; returns the commands that are printed.
fn made(home: &Home, name: &str, kind: &str) -> Vec<String> {
    let sdk = sdk();
    let args = [name, "--kind", kind, "--sdk-path", sdk.to_str().unwrap()];
    let output = new(home, &args).run().exited(0);
    let commands: Vec<_> = output.stdout.lines().map(|it| it.trim().to_owned()).collect();
    assert_eq!(commands.len(), 3, "{output}");
    assert!(
        output.stderr.contains("the folder of the SDK, which only this computer has."),
        "{output}"
    );
    commands
}

/// Runs a command of the shell in a folder, offline, with the cargo of this test. Returns whether it succeeded, and what it printed.
fn shell(home: &Home, folder: &Path, command: &str) -> (bool, String) {
    let cargo = cargo();
    let mut run = Command::new("/bin/sh");
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => run.env(name, value),
            None => run.env_remove(name),
        };
    }
    run.args(["-euc", command]).current_dir(folder).env("CARGO_TARGET_DIR", target());
    run.env("CARGO_NET_OFFLINE", "true").env("HOME", home.path());
    // Of the person who runs the tests, as HOME is that of the test.
    let person = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        if std::env::var_os(name).is_none() {
            run.env(name, person.join(folder));
        }
    }
    let output = run.output().unwrap();
    let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    (output.status.success(), said.concat())
}

/// The same for a command that succeeds.
fn succeeding(home: &Home, folder: &Path, command: &str) -> String {
    let (is_success, said) = shell(home, folder, command);
    assert!(is_success, "{command}\n{said}");
    said
}

/// Tests a plugin, and runs the first two printed commands: it is then built and installed.
fn installed(home: &Home, name: &str, kind: &str) {
    let commands = made(home, name, kind);
    let folder = home.path().join(name);
    let said = succeeding(home, &folder, "cargo test");
    assert!(said.contains("test provider_json_is_valid ... ok"), "{said}");
    assert!(said.matches("test tests::").count() >= 2, "{said}");
    succeeding(home, &home.path(), &commands[0]);
    succeeding(home, &folder, &commands[1]);
    assert_eq!(commands[2], format!("mesheryctl system login --provider {name}"));
}

/// Chooses the plugin in the prompt and trusts it.
fn chosen<'h>(home: &'h Home, shown: &str, args: &[&str]) -> Screen<'h> {
    let screen = home.mesheryctl().args(["system", "login"]).args(args).on_terminal(24, 100);
    screen.wait_for(shown);
    screen.press([Key::Up]);
    screen.wait_for(&format!("▸ {shown}"));
    screen.press([Key::Enter]);
    screen
}

fn trusted(screen: &Screen<'_>) {
    screen.wait_for("Trust it? [y/N]");
    screen.press([Key::text("y"), Key::Enter]);
}

#[test]
fn a_new_custom_plugin_builds_passes_its_tests_and_signs_in_through_the_prompt() {
    let home = Home::new();
    installed(&home, "first-plugin", "custom");
    let screen = chosen(&home, "First Plugin", &[]);
    trusted(&screen);
    screen.wait_for("First Plugin: Your name:");
    screen.press([Key::text("Ada"), Key::Enter]);
    assert_eq!(screen.wait(), 0);
    let said = screen.contents();
    assert!(said.contains("✔ Signed in to First Plugin as Ada"), "{said}");
}

#[test]
fn a_new_key_plugin_builds_passes_its_tests_and_signs_in_through_the_prompt() {
    let home = Home::new();
    let server = KeyServer::start();
    installed(&home, "keyed", "key");
    let screen = chosen(&home, "Keyed", &[]);
    for (question, answer) in
        [("provider.\nurl:", &*server.url()), ("name.\nuser:", KeyServer::USER)]
    {
        screen.wait_for(question);
        screen.press([Key::text(answer), Key::Enter]);
    }
    trusted(&screen);
    screen.wait_for("key (hidden):");
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    screen.press([Key::text(KeyServer::KEY), Key::Enter]);
    assert_eq!(screen.wait(), 0);
    let said = screen.contents();
    assert!(said.contains("✔ Signed in to Keyed as ada"), "{said}");
    assert!(home.auth_text().contains(KeyServer::TOKEN));
}

#[test]
fn a_new_remote_plugin_builds_passes_its_tests_and_signs_in_through_the_prompt() {
    let home = Home::new();
    let cloud = Cloud::start();
    installed(&home, "cloudy", "remote");
    let browser = Browser::waiting(&home);
    let url = format!("url={}", cloud.url());
    let screen = chosen(&home, "Cloudy", &["--set", &url]);
    trusted(&screen);
    Visitor::new().follow(&browser.opened());
    assert_eq!(screen.wait(), 0);
    let said = screen.contents();
    assert!(said.contains("✔ Signed in to Cloudy as you@example.org"), "{said}");
}

#[test]
fn a_new_oidc_plugin_builds_passes_its_tests_and_appears_in_the_prompt() {
    let home = Home::new();
    installed(&home, "open-door", "oidc");
    let screen = chosen(&home, "Open Door", &[]);
    screen.wait_for("The OpenID provider's issuer");
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn a_new_plugin_of_each_kind_is_formatted_and_without_a_warning_of_clippy() {
    let home = Home::new();
    for kind in KINDS {
        let name = format!("a-{kind}");
        made(&home, &name, kind);
        succeeding(&home, &home.path().join(&name), "cargo fmt --check");
        let clippy = "cargo clippy --quiet --all-targets -- -D warnings";
        succeeding(&home, &home.path().join(&name), clippy);
    }
}

#[test]
fn a_field_of_the_manifest_that_is_unknown_or_missing_is_named_by_build_and_test() {
    let home = Home::new();
    made(&home, "misspelt", "custom");
    let folder = home.path().join("misspelt");
    let manifest = fs::read_to_string(folder.join("provider.json")).unwrap();
    for (broken, says) in [
        (manifest.replacen('{', "{ \"host\": [],", 1), "the field \"host\" is unknown"),
        (manifest.replace("\"support\":", "\"$schema\":"), "the field \"support\" is missing"),
    ] {
        fs::write(folder.join("provider.json"), broken).unwrap();
        for command in ["cargo build", "cargo test"] {
            let (is_success, said) = shell(&home, &folder, command);
            assert!(!is_success && said.contains(&format!("provider.json: {says}")), "{said}");
        }
    }
}

/// Tests of a plugin that panics when the name is long. A closure asserts what a long name changes too.
const PANICKING: &str = r#"
use mesheryctl_plugin_sdk::provider::{Action, Settings};
use mesheryctl_plugin_sdk::session::{HttpRequest, HttpResponse};
use mesheryctl_plugin_sdk::testing::{Script, every_step};

use super::*;

struct Careless;

impl Provider for Careless {
    fn login(&self, request: &Request, session: &mut dyn Session) -> Result<SignIn, Failure> {
        let sign_in = Plugin.login(request, session)?;
        let user = sign_in.account.clone().unwrap();
        session.fetch(&HttpRequest::post("https://a.example", &*user))?;
        assert!(user.len() < 9, "too long: {user}");
        Ok(sign_in)
    }
}

#[test]
fn each_step_of_it_is_sound() {
    let request = Request::new(Action::Login, Settings::default().with("greeting", "Hello!"));
    let script = Script::new().expects_ask("Your name", "Ada");
    let script = script.expects_fetch("POST https://a.example", |request| {
        assert_eq!(request.body.as_deref(), Some("Ada"));
        HttpResponse::new(200, "")
    });
    every_step(&Careless, &request, &script).assert_sound();
}
"#;

#[test]
fn of_the_panics_in_every_step_a_test_prints_the_finding_alone() {
    let home = Home::new();
    made(&home, "panicking", "custom");
    let folder = home.path().join("panicking");
    fs::write(folder.join("src/tests.rs"), PANICKING).unwrap();
    let (is_success, said) = shell(&home, &folder, "RUST_BACKTRACE=1 cargo test");
    assert!(!is_success, "{said}");
    let finding = "\n- ask `Your name` was answered with 64 KiB: it panicked: too long: ● (src/tests.rs:15)\n";
    assert!(said.contains(finding), "{said}");
    // The one that fails the test.
    assert_eq!(said.matches("stack backtrace").count(), 1, "{said}");
    assert!(!said.contains(&"x".repeat(200)) && !said.contains("left == right"), "{said}");
}

#[test]
fn a_new_plugin_is_described_in_json_and_its_folder_and_plugin_directory_can_be_named() {
    let home = Home::new();
    let run = home.mesheryctl().args(["plugin", "new", "acme-sso", "--kind", "key"]);
    let run = run.args(["--dir", "a b/c", "--plugins-dir", "p", "-o", "json"]);
    let said: Value = serde_json::from_str(&run.run().exited(0).stdout).unwrap();
    assert_eq!(said["id"], "acme-sso");
    assert_eq!(said["kind"], "key");
    let commands = [
        "cd 'a b/c' && cargo build --release",
        "mkdir -p p && cp target/release/libacme_sso.so p",
        "mesheryctl system login --provider acme-sso --plugins-dir p",
    ];
    assert_eq!(said["commands"], serde_json::json!(commands));
    for file in said["files"].as_array().unwrap() {
        assert!(home.path().join("a b/c").join(file.as_str().unwrap()).is_file(), "{file}");
    }
    let cargo_toml = fs::read_to_string(home.path().join("a b/c/Cargo.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let sdk = format!("\nmesheryctl-plugin-sdk = {{ version = \"{version}\" }}\n");
    assert!(cargo_toml.contains(&sdk), "{cargo_toml}");
}

#[test]
fn a_folder_whose_name_begins_with_a_hyphen_is_no_flag_in_the_printed_commands() {
    let home = Home::new();
    let run = home.mesheryctl().args(["plugin", "new", "acme", "--kind", "key", "--dir=-q"]);
    let output = run.run().exited(0);
    assert!(output.stdout.contains("  cd ./-q && cargo build --release\n"), "{output}");
}

#[test]
fn an_id_that_yaml_reads_as_another_value_is_quoted() {
    let home = Home::new();
    let run = home.mesheryctl().args(["plugin", "new", "null", "--kind", "key"]);
    let _ = run.run().exited(0);
    let ci = fs::read_to_string(home.path().join("null/.github/workflows/ci.yml")).unwrap();
    assert!(ci.contains("          name: \"null\"\n"), "{ci}");
}

#[test]
fn a_link_in_place_of_the_folder_is_refused_and_stays() {
    let home = Home::new();
    fs::create_dir(home.path().join("empty")).unwrap();
    for (link, target) in [("dangling", "nowhere/place"), ("linked", "empty")] {
        std::os::unix::fs::symlink(target, home.path().join(link)).unwrap();
    }
    let before = Snapshot::of(&home.path());
    for folder in ["dangling", "linked", "linked/"] {
        let run = home.mesheryctl().args(["plugin", "new", "acme", "--kind", "key", "--dir"]);
        let output = run.args([folder]).run().exited(2);
        assert!(output.stderr.contains(" is a link. Nothing was changed."), "{output}");
        let next = "mesheryctl plugin new acme --kind key --dir FOLDER\n";
        assert!(output.stderr.contains(next), "{output}");
        assert_unchanged(&before, &Snapshot::of(&home.path()));
    }
}

#[test]
fn a_folder_of_the_sdk_that_toml_cannot_name_is_refused() {
    let home = Home::new();
    let folder = home.path().join("a\u{7f}b");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("Cargo.toml"), "name = \"mesheryctl-plugin-sdk\"\n").unwrap();
    let run = home.mesheryctl().args(["plugin", "new", "acme", "--kind", "key", "--sdk-path"]);
    let output = run.args([&folder]).run().exited(2);
    assert!(output.stderr.contains("cannot be written to a Cargo.toml"), "{output}");
    assert!(!home.path().join("acme").exists());
}

#[test]
fn a_name_a_folder_or_an_sdk_that_cannot_be_used_is_refused_and_nothing_is_written() {
    let home = Home::new();
    fs::create_dir(home.path().join("taken")).unwrap();
    fs::write(home.path().join("taken/notes"), "mine").unwrap();
    let before = Snapshot::of(&home.path());
    let root = sdk().parent().unwrap().display().to_string();
    for (args, exit, message, next) in [
        (
            &["layer5-sso", "--kind", "key"][..],
            2,
            "layer5-sso cannot be the name of a plugin: it looks like Layer5. Nothing was changed.",
            "mesheryctl plugin new acme-sso --kind key",
        ),
        (
            &["Acme", "--kind", "key"],
            2,
            "id must be 1 to 64 lower case letters, digits and hyphens, a letter first",
            "mesheryctl plugin new acme-sso --kind key",
        ),
        (
            &["taken", "--kind", "key"],
            2,
            "taken is not empty. Nothing was changed.",
            "mesheryctl plugin new taken --kind key --dir FOLDER",
        ),
        (
            &["acme", "--kind", "key", "--sdk-path", &root],
            2,
            "is not the folder of the crate mesheryctl-plugin-sdk",
            "/plugin-sdk",
        ),
        (
            &["acme", "--kind", "key", "--sdk-path", &root, "--dir", "x"],
            2,
            "is not the folder of the crate mesheryctl-plugin-sdk",
            "/plugin-sdk --dir x\n",
        ),
        (&["acme", "--kind", "door"], 2, "invalid value 'door'", "custom"),
        (&["acme"], 2, "--kind", "--kind"),
    ] {
        let output = home.mesheryctl().args(["plugin", "new"]).args(args).run().exited(exit);
        assert!(output.stderr.contains(message), "{output}");
        assert!(output.stderr.contains(next), "{output}");
        assert_unchanged(&before, &Snapshot::of(&home.path()));
    }
}
