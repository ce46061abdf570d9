//! Plugins from discovery to login: found without being run, trusted once for their bytes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use mesheryctl_tests::*;
use serde_json::Value;

/// Copies a library into the plugins directory.
pub fn install(home: &Home, package: &str) -> PathBuf {
    install_as(home, &built_library(package), package)
}

pub fn install_as(home: &Home, library: &Path, name: &str) -> PathBuf {
    let directory = home.meshery().join("plugins");
    fs::create_dir_all(&directory).unwrap();
    let place = directory.join(format!("lib{name}.so"));
    fs::copy(library, &place).unwrap();
    set_mode(&place, 0o755);
    place
}

pub fn sha256(home: &Home, file: &Path) -> String {
    let run = home.mesheryctl().args(["plugin", "inspect", "-o", "json"]).args([file]);
    let said: Value = serde_json::from_str(&run.run().exited(0).stdout).unwrap();
    said["sha256"].as_str().unwrap().to_owned()
}

/// Installs a plugin and trusts it.
pub fn install_trusted(home: &Home, package: &str, id: &str) -> PathBuf {
    let file = install(home, package);
    trust(home, &file, id);
    file
}

/// Trusts exactly these bytes.
pub fn trust(home: &Home, file: &Path, id: &str) {
    let hash = sha256(home, file);
    let _ = home.mesheryctl().args(["plugin", "trust", id, "--sha256", &hash]).run().exited(0);
}

pub fn list(home: &Home) -> Vec<Value> {
    let output = home.mesheryctl().args(["plugin", "list", "-o", "json"]).run().exited(0);
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    said["plugins"].as_array().unwrap().clone()
}

pub fn status(home: &Home) -> String {
    list(home)[0]["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_plugin_is_listed_in_the_prompt_asks_for_trust_once_and_signs_in() {
    let home = Home::new();
    let file = install(&home, "hello-provider");
    let hash = sha256(&home, &file);
    let hash = format!("{}…{}", &hash[..4], &hash[60..]);
    let login = || home.mesheryctl().args(["system", "login"]).on_terminal(24, 100);
    let screen = login();
    screen.wait_for("Hello");
    screen.press([Key::Up]);
    screen.wait_for("▸ Hello");
    screen.press([Key::Enter]);
    screen.wait_for("Trust it? [y/N]");
    assert_eq!(
        screen.contents(),
        format!(
            "✔ Hello\nHello 0.1.0 is a third-party plugin. Its publisher calls itself \"Meshery\".\n\
             \x20 ~/.meshery/plugins/libhello-provider.so   SHA-256 {hash}\n\
             \x20 It may connect to: no host. It cannot read your files or your other tokens.\n\
             Trust it? [y/N]"
        )
    );
    screen.press([Key::text("y"), Key::Enter]);
    screen.wait_for("Hello: Your name:");
    screen.press([Key::text("Ada"), Key::Enter]);
    assert_eq!(screen.wait(), 0);
    assert!(screen.contents().contains("✔ Signed in to Hello as Ada\n"), "{}", screen.contents());
    assert!(home.auth_text().starts_with("{\"meshery-provider\":\"Hello\",\"token\":\""));
    assert_eq!(home.mode(".meshery/trust.json"), 0o600);

    let again = login();
    again.wait_for("Hello");
    again.press([Key::Up, Key::Enter]);
    again.wait_for("Hello: Your name:");
    assert!(!again.contents().contains("third-party"), "{}", again.contents());
    again.press([Key::CtrlC]);
    assert_eq!(again.wait(), 130);
    home.assert_no_process_is_left();
}

#[test]
fn the_plugins_option_precedes_the_variable_and_the_variable_the_home() {
    let home = Home::new();
    let other = Home::new();
    install(&home, "hello-provider");
    install(&other, "mock-provider");
    let plugins = other.meshery().join("plugins");
    let run = |program: Program<'_>| program.run().exited(0).stdout;
    let here = run(home.mesheryctl().args(["plugin", "list"]));
    assert!(here.contains("hello") && !here.contains("mock"), "{here}");
    let by_variable =
        run(home.mesheryctl().args(["plugin", "list"]).env("MESHERYCTL_PLUGINS_DIR", &plugins));
    assert!(by_variable.contains("mock") && !by_variable.contains("hello"), "{by_variable}");
    let flag = home
        .mesheryctl()
        .args(["plugin", "list", "--plugins-dir"])
        .args([home.meshery().join("plugins")]);
    assert_eq!(run(flag.env("MESHERYCTL_PLUGINS_DIR", &plugins)), here);
    let nowhere = run(home.mesheryctl().args(["plugin", "list", "--plugins-dir", "nowhere"]));
    assert_eq!(nowhere, "No plugins in nowhere.\n");
}

#[test]
fn an_unusable_plugin_is_listed_with_a_reason_and_not_in_the_menu() {
    let home = Home::new();
    let good = install(&home, "mock-provider");
    let directory = good.parent().unwrap().to_owned();
    let bytes = fs::read(&good).unwrap();
    fs::write(directory.join("a-text.so"), "#!/bin/sh\nmock").unwrap();
    fs::write(directory.join("b-cut.so"), &bytes[..bytes.len() / 2]).unwrap();
    let mut other = bytes.clone();
    other[0x12..0x14].copy_from_slice(&183u16.to_le_bytes());
    fs::write(directory.join("c-arm.so"), other).unwrap();
    symlink("/nowhere", directory.join("d-link.so")).unwrap();
    fs::create_dir(directory.join("e-folder.so")).unwrap();
    fs::copy("/lib/x86_64-linux-gnu/libm.so.6", directory.join("f-libm.so")).unwrap();
    fs::write(directory.join("g-world.so"), &bytes).unwrap();
    set_mode(&directory.join("g-world.so"), 0o777);
    fs::write(directory.join("README.md"), "not a library").unwrap();
    let output = home.mesheryctl().args(["plugin", "list"]).run().exited(0);
    for (name, why) in [
        ("a-text.so", "it is not a shared library"),
        ("c-arm.so", "it was built for another architecture (Aarch64)"),
        ("d-link.so", "it is a broken link"),
        ("e-folder.so", "it is not a file"),
        ("f-libm.so", "it is not a provider plugin: it has no manifest"),
        ("g-world.so", "any user can write to it; fix it with: chmod o-w"),
    ] {
        assert!(
            output.stdout.contains(&format!("{name}: cannot be used: {why}")),
            "{name}: {output}"
        );
    }
    assert!(output.stdout.contains("b-cut.so: cannot be used: "), "{output}");
    assert!(
        output.stdout.contains("Mock  (mock 0.1.0, libmock-provider.so): not trusted"),
        "{output}"
    );
    assert!(!output.stdout.contains("README"), "{output}");

    let screen = home.mesheryctl().args(["system", "login"]).on_terminal(24, 80);
    screen.wait_for("Mock");
    assert!(
        screen.contents().starts_with("7 plugins cannot be used: mesheryctl plugin list\n"),
        "{}",
        screen.contents()
    );
    screen.press([Key::CtrlC]);
    assert_eq!(screen.wait(), 130);
}

#[test]
fn settings_of_the_command_line_are_checked_against_the_manifest() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    install_trusted(&home, "remote-provider", "remote");
    let login = |args: &[&str]| home.mesheryctl().args(["system", "login", "-p"]).args(args).run();
    let _ = login(&["mock", "--set", "token=other=1", "--set", "steps=now,random:16"]).exited(0);
    assert!(home.auth_text().contains("\"other=1\""));
    // Variables set only built-ins, since two plugins could share one.
    let by_variable = home.mesheryctl().args(["system", "login", "-p", "mock"]);
    let _ = by_variable.env("MESHERYCTL_MOCK_TOKEN", "of-variable").run().exited(0);
    assert!(home.auth_text().contains("\"mock-token\""));
    let unknown = login(&["mock", "--set", "colour=red"]).exited(2);
    assert!(
        unknown.stderr.contains(
            "Mock has no setting colour. Available: steps, script, url, delay, error, hint, token, account, form, expires_in, refresh, whoami, logout."
        ),
        "{unknown}"
    );
    let missing = login(&["remote"]).exited(2);
    assert!(missing.stderr.contains("Remote requires the setting url"), "{missing}");
    let _ = login(&["remote", "--set", "url=http://example.org"]).exited(2);
    let echoed = login(&["mock", "--set", "novalue"]).exited(2);
    assert!(!echoed.stderr.contains("novalue"), "it may be a secret: {echoed}");
}

#[test]
fn every_session_method_of_a_plugin_works() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let cloud = Cloud::start();
    let steps = "steps=tell:one,ask:Name,secret:Pin,choose:red|green|blue,fetch:/security/tokens,show_code,now,sleep:1,random:16,cancelled";
    let url = format!("url={}", cloud.url());
    let run =
        home.mesheryctl().args(["system", "login", "-p", "mock", "--set", steps, "--set", &url]);
    let screen = run.on_terminal(24, 90);
    screen.wait_for("Mock: Name:");
    screen.press([Key::text("Ada"), Key::Enter]);
    screen.wait_for("Mock: Pin:");
    let secret = "s3cret".repeat(1000);
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    screen.press([Key::text(secret.clone()), Key::Enter]);
    screen.wait_for("blue");
    screen.press([Key::Down, Key::Enter]);
    assert_eq!(screen.wait(), 0);
    let shown = screen.contents();
    for line in [
        "Mock: one",
        "Mock: ask gave Ada",
        "Mock: secret gave 6000 characters",
        "Mock: choose gave 1",
        "Mock: fetch gave 200",
        "Mock: Code: WDJB-MJHT     Enter it only if you started this login.",
        "Mock: now gave true",
        "Mock: random gave 22 characters",
        "Mock: cancelled gave false",
        "✔ Signed in to Mock",
    ] {
        assert!(shown.contains(line), "{line}:\n{shown}");
    }
    assert!(!String::from_utf8_lossy(&screen.raw()).contains("s3cret"));
    assert_eq!(screen.mode(), Mode::NORMAL);
}

#[test]
fn a_plugin_may_fetch_only_from_hosts_of_its_manifest_and_allowed_hosts() {
    let home = Home::new();
    let file = install_trusted(&home, "mock-provider", "mock");
    let cloud = Cloud::start();
    let goto =
        format!("steps=goto:{}/security/tokens", cloud.url().replace("127.0.0.1", "localhost"));
    let url = "url=https://elsewhere.example.org";
    let login = || {
        home.mesheryctl()
            .args(["system", "login", "-p", "mock", "--set", &goto, "--set", url])
            .run()
    };
    let refused = login().exited(8);
    assert!(refused.stderr.contains("Mock may not connect to localhost: "), "{refused}");
    assert!(
        refused.stderr.contains("mesheryctl plugin trust mock --allow-host localhost"),
        "{refused}"
    );
    assert_eq!(cloud.requests().len(), 0);
    let hash = sha256(&home, &file);
    let allow = home.mesheryctl().args([
        "plugin",
        "trust",
        "mock",
        "--sha256",
        &hash,
        "--allow-host",
        "localhost",
    ]);
    let _ = allow.run().exited(0);
    let _ = login().exited(0);
    let _ = home
        .mesheryctl()
        .args(["plugin", "trust", "mock", "--sha256", &hash, "--allow-host", "a/b"])
        .run()
        .exited(2);
    for target in
        ["http://example.org/", "file:///etc/passwd", "https://elsewhere.example.org@evil.example/"]
    {
        let step = format!("steps=goto:{target}");
        let run =
            home.mesheryctl().args(["system", "login", "-p", "mock", "--set", &step, "--set", url]);
        let _ = run.run().exited(8);
    }
}

#[test]
fn plugin_list_opens_no_socket_starts_no_process_and_maps_no_plugin() {
    if !Path::new("/usr/bin/strace").exists() {
        assert!(std::env::var_os("CI").is_none(), "apt-get install strace");
        return;
    }
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let log = home.path().join("trace");
    let calls = "socket,execve,clone,clone3,fork,vfork,mmap,openat,close";
    let (log_, program) = (log.display(), binary());
    let program = program.display();
    let traced =
        format!("#!/bin/sh\nexec /usr/bin/strace -f -e trace={calls} -o {log_} {program} \"$@\"\n");
    let output =
        home.program(home.script("traced", &traced)).args(["plugin", "list"]).run().exited(0);
    assert!(output.stdout.contains("): trusted\n"), "{output}");
    let trace = fs::read_to_string(&log).unwrap();
    assert_eq!(trace.matches("execve(").count(), 1, "{trace}");
    for never in ["socket(", "clone(", "clone3(", "fork("] {
        assert!(!trace.contains(never), "{never}: {trace}");
    }
    assert_eq!(mapped_plugins(&trace), (2, 0), "{trace}");
}

/// How often a plugin was opened, and how often one was mapped.
fn mapped_plugins(trace: &str) -> (usize, usize) {
    let (mut opened, mut mapped, mut descriptor) = (0, 0, None);
    for line in trace.lines() {
        let result = line.rsplit(' ').next().unwrap_or_default();
        if line.contains("openat(") && line.contains("/plugins/lib") {
            opened += 1;
            descriptor = Some(result.to_owned());
        } else if let Some(fd) = &descriptor {
            mapped += usize::from(line.contains("mmap(") && line.contains(&format!(", {fd}, ")));
            if line.contains(&format!("close({fd})")) {
                descriptor = None;
            }
        }
    }
    (opened, mapped)
}

#[test]
fn a_misspelt_field_of_a_manifest_is_a_warning_in_the_list_and_when_it_is_inspected() {
    let home = Home::new();
    let bytes = fs::read(built_library("mock-provider")).unwrap();
    let (old, new) = (b"\"hosts\"", b"\"hostz\"");
    let at = bytes.windows(old.len()).position(|it| it == old).unwrap();
    let misspelt = [&bytes[..at], new, &bytes[at + old.len()..]].concat();
    let file = home.path().join("misspelt");
    fs::write(&file, misspelt).unwrap();
    install_as(&home, &file, "mock-provider");
    let warning = "in its manifest the field \"hostz\" is unknown; did you mean \"hosts\"?";
    let said = home.mesheryctl().args(["plugin", "list"]).run().exited(0).stdout;
    assert!(said.contains(&format!("; {warning}\n")), "{said}");
    assert_eq!(list(&home)[0]["note"], warning);
    let inspect = home.mesheryctl().args(["plugin", "inspect", "libmock-provider.so"]);
    let said = inspect.clone().run().exited(0).stdout;
    assert!(said.contains(&format!("Warning      {warning}\n")), "{said}");
    let said: Value =
        serde_json::from_str(&inspect.args(["-o", "json"]).run().exited(0).stdout).unwrap();
    assert_eq!(said["note"], warning);
}
