//! Untrusted text from every source: none of it moves the cursor, hides or colors text.

use std::fs;

use mesheryctl_tests::*;
use serde_json::{Value, json};

use crate::plugins::lifecycle::{install, install_as, install_trusted};

/// CSI, OSC with BEL, CR, backspace, C1, right-to-left override, two zero-width characters, DEL.
const HOSTILE: &str =
    "Ab\u{1b}[45m\u{1b}]0;t\u{7}\r\u{8}\u{9b}45m\u{85}\u{202e}\u{200b}\u{2066}\u{feff}\u{7f}Yz";

/// All control sequences of the program itself; the line break last, which others contain.
const OWN: [&str; 22] = [
    "\r\x1b[2K",
    "\r\x1b[J",
    "\x1b[?25h",
    "\x1b[?25l",
    "\x1b[?2004h",
    "\x1b[?2004l",
    "\x1b[0m",
    "\x1b[1m",
    "\x1b[2m",
    "\x1b[4m",
    "\x1b[31m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[34m",
    "\x1b[39m",
    "\x1b[1A",
    "\x1b[3A",
    "\x1b[4A",
    "\x1b[5A",
    "\x1b[3B",
    "\x1b[4B",
    "\r\n",
];

fn is_harmful(c: char) -> bool {
    let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || hides
}

/// One source of text, and the input of the person.
struct Source {
    name: &'static str,
    env: Vec<(&'static str, String)>,
    runs: Vec<Vec<String>>,
    /// The text at which the program waits for input; empty if it does not.
    waits_at: &'static str,
}

fn source(name: &'static str, runs: &[&[&str]]) -> Source {
    let runs = runs.iter().map(|run| run.iter().map(|&it| it.to_owned()).collect()).collect();
    Source { name, env: Vec::new(), runs, waits_at: "" }
}

impl Source {
    fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    fn waits_at(mut self, at: &'static str) -> Self {
        self.waits_at = at;
        self
    }

    /// Runs the program on a terminal and with JSON output.
    #[track_caller]
    fn try_in(&self, home: &Home) {
        for run in &self.runs {
            for fancy in [true, false] {
                self.on_a_terminal(home, run, fancy);
            }
            if self.waits_at.is_empty() {
                self.as_json(home, run);
            }
        }
    }

    fn program<'h>(&self, home: &'h Home, run: &[String]) -> Program<'h> {
        let program = home.mesheryctl().args(run);
        self.env.iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    fn on_a_terminal(&self, home: &Home, run: &[String], fancy: bool) {
        let program = self.program(home, run);
        let program = if fancy { program } else { program.env("TERM", "dumb") };
        let screen = program.on_terminal(24, 160);
        if !self.waits_at.is_empty() {
            screen.wait_for(self.waits_at);
            screen.signal(Signal::TERM);
        }
        let _ = screen.exit_status();
        let raw = String::from_utf8(screen.raw()).expect("what is written is UTF-8");
        let rest = OWN.iter().fold(raw.clone(), |raw, own| raw.replace(own, "\n"));
        let harmful: String = rest.chars().filter(|&c| is_harmful(c) && c != '\n').collect();
        let name = self.name;
        assert!(harmful.is_empty(), "{name}, {run:?}: {harmful:?} in {raw:?}");
        assert!(fancy || !raw.contains('\x1b'), "{name}, {run:?}: {raw:?}");
        assert!(!raw.contains("panicked"), "{name}, {run:?}: {raw:?}");
    }

    fn as_json(&self, home: &Home, run: &[String]) {
        let output = self.program(home, run).args(["-o", "json"]).run();
        let said: Value = serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("{} {run:?}: {error}: {output}", self.name));
        assert!(said.is_object());
        for text in [&output.stdout, &output.stderr] {
            let harmful = text.chars().any(|c| is_harmful(c) && c != '\n');
            assert!(!harmful, "{}, {run:?}: {text:?}", self.name);
        }
    }
}

const LOGIN: [&str; 6] = ["system", "login", "--no-browser", "--timeout", "1s", "-p"];

fn login(rest: &[&str]) -> Vec<String> {
    LOGIN.iter().chain(rest).map(|&it| it.to_owned()).collect()
}

#[test]
fn text_of_servers_and_providers_cannot_control_the_terminal() {
    let cloud = Cloud::start().email(HOSTILE);
    let server = MesheryServer::start().provider(HOSTILE, cloud.url());
    let home = Home::new();
    home.write_config(&config_for(&server.endpoint()));
    source("the names in a server's list", &[&["system", "provider", "list"]]).try_in(&home);
    source("the same in the menu", &[&["system", "login"]]).waits_at("None").try_in(&home);
    home.write_auth(json!({"meshery-provider": HOSTILE, "token": cloud.token()}).to_string());
    source("whose token it is", &[&["system", "check"]]).try_in(&home);
    let file = home.path().join("token.json");
    fs::write(&file, json!({"meshery-provider": HOSTILE, "token": cloud.token()}).to_string())
        .unwrap();
    let file = file.to_str().unwrap();
    source("a token file", &[&["system", "login", "--token-file", file]]).try_in(&home);
    for fault in [
        ServerFault::TokenRedirectTo(format!("/{HOSTILE}")),
        ServerFault::TokenOtherProvider,
        ServerFault::TokenControl,
        ServerFault::TokenHtml200,
    ] {
        server.set_fault(fault);
        source(
            "a server's answer",
            &[&["system", "check"], &["system", "login", "--token-file", file]],
        )
        .try_in(&home);
        server.clear_faults();
    }
}

#[test]
fn text_of_callbacks_and_pastes_cannot_control_the_terminal() {
    for (query, pasted) in [
        (format!("error={0}&error_description={0}", encoded(HOSTILE)), None),
        (format!("token={}", encoded(HOSTILE)), None),
        (String::new(), Some(HOSTILE.replace('\r', ""))),
        (
            String::new(),
            Some(json!({"meshery-provider": HOSTILE, "token": "t-0123456789abcdef"}).to_string()),
        ),
    ] {
        let home = Home::new();
        let cloud = Cloud::start();
        let run = home.mesheryctl().args(["system", "login", "-p", "Layer5", "--no-browser"]);
        let screen =
            run.env("MESHERYCTL_LAYER5_URL", cloud.url()).env("TERM", "dumb").on_terminal(24, 160);
        screen.wait_for("Waiting for sign-in");
        if let Some(text) = pasted {
            screen.press([Key::text(text), Key::Enter]);
            screen.wait_for("Ignored; still waiting.");
            screen.signal(Signal::TERM);
        } else {
            let start = get(crate::sign_in::layer5::printed(&screen.contents())).send();
            let to = Url::parse(start.header("location").unwrap());
            let nonce = decoded(&to.param("source").unwrap());
            let _ = get(&format!("{nonce}?{query}")).try_send();
        }
        assert_ne!(screen.wait(), 0, "{screen:?}");
        let raw = String::from_utf8(screen.raw()).unwrap().replace("\r\n", "\n");
        assert!(!raw.chars().any(|c| is_harmful(c) && c != '\n'), "{raw:?}");
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn decoded(source: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(source).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn text_of_a_plugin_cannot_control_the_terminal() {
    let home = Home::new();
    install_trusted(&home, "mock-provider", "mock");
    let mut talk = source("what it says, asks for and fails with", &[]);
    for set in [
        format!("steps=tell:{HOSTILE}"),
        format!("steps=ask:{HOSTILE}"),
        format!("steps=secret:{HOSTILE}"),
        format!("steps=choose:{HOSTILE}|{HOSTILE}"),
        format!("steps={HOSTILE}"),
        format!("steps=goto:https://{HOSTILE}/"),
        format!("steps=goto:{HOSTILE}"),
        format!("steps=header:{HOSTILE}"),
        "steps=show_code".to_owned(),
        format!("account={HOSTILE}"),
        format!("token={HOSTILE}"),
        format!("error={HOSTILE}"),
        format!("url={HOSTILE}"),
    ] {
        talk.runs.push(login(&["mock", "--set", &set]));
    }
    let url = format!("url=http://localhost:9/{HOSTILE}");
    talk.runs.push(login(&["mock", "--set", &url, "--set", "steps=show_code,fetch:/x,goto:/x"]));
    talk.try_in(&home);
}

/// The mock with this description in its manifest, as long as the original.
fn with_hostile_manifest(home: &Home) -> std::path::PathBuf {
    let mut library = fs::read(built_library("mock-provider")).unwrap();
    let true_one = include_bytes!("../../plugins/mock/provider.json");
    let mut manifest: Value = serde_json::from_slice(true_one).unwrap();
    for key in ["version", "description", "publisher"] {
        manifest[key] = HOSTILE.into();
    }
    for setting in manifest["settings"].as_array_mut().unwrap() {
        setting["description"] = "Ab\u{1b}[45m\u{9b}\u{202e}Yz".into();
    }
    let mut text = manifest.to_string();
    assert!(text.len() <= true_one.len());
    text.push_str(&" ".repeat(true_one.len() - text.len()));
    while let Some(at) = library.windows(true_one.len()).position(|it| it == true_one) {
        library[at..at + true_one.len()].copy_from_slice(text.as_bytes());
    }
    let place = home.path().join("hostile.so");
    fs::write(&place, library).unwrap();
    place
}

#[test]
fn text_of_manifests_and_file_names_cannot_control_the_terminal() {
    let home = Home::new();
    let library = with_hostile_manifest(&home);
    let place = install_as(&home, &library, &format!("x{HOSTILE}"));
    fs::write(home.meshery().join(format!("plugins/libbroken{HOSTILE}.so")), "no library").unwrap();
    let file = place.file_name().unwrap().to_str().unwrap();
    source(
        "a manifest",
        &[
            &["plugin", "list"],
            &["plugin", "inspect", file],
            &["plugin", "inspect", &format!("libbroken{HOSTILE}.so")],
            &["plugin", "trust", "mock", "--sha256", "00"],
            &["plugin", "trust", "mock", "--allow-host", HOSTILE],
            &["plugin", "untrust", HOSTILE],
            &["plugin", "list", "-v"],
            &["system", "provider", "list"],
        ],
    )
    .try_in(&home);
    let ask: [&[&str]; 2] = [&["system", "login", "-p", "mock"], &["plugin", "trust", "mock"]];
    source("the question of trust", &ask).waits_at("[y/N]").try_in(&home);
}

#[test]
fn text_of_files_variables_and_arguments_cannot_control_the_terminal() {
    let home = Home::new();
    install(&home, "mock-provider");
    let commands: [&[&str]; 7] = [
        &["system", "check"],
        &["system", "provider", "list"],
        &["system", "login", "-p", "None"],
        &["system", "login", "-p", "Layer5", "--no-browser", "--timeout", "1s"],
        &["system", "check", "-c", "nowhere"],
        &["system", "logout"],
        &["plugin", "list"],
    ];
    for (name, value) in [
        ("MESHERYCTL_LAYER5_URL", HOSTILE.to_owned()),
        ("MESHERYCTL_LAYER5_URL", format!("http://localhost:9/{HOSTILE}")),
        ("MESHERYCTL_LAYER5_URL", format!("https://{HOSTILE}.example")),
        ("BROWSER", HOSTILE.to_owned()),
        ("MESHERY_PROVIDER", HOSTILE.to_owned()),
        ("MESHERYCTL_PLUGINS_DIR", format!("{}/{HOSTILE}", home.path().display())),
        ("https_proxy", format!("http://{HOSTILE}:1")),
        ("SSL_CERT_FILE", format!("/nowhere/{HOSTILE}")),
    ] {
        source(name, &commands)
            .env(name, value)
            .env("MESHERY_TOKEN", "t-0123456789abcdef")
            .try_in(&home);
    }
    let arguments: [&[&str]; 9] = [
        &["system", "login", "-p", HOSTILE],
        &["system", "check", "-c", HOSTILE],
        &["system", "check", "--config", HOSTILE],
        &["system", "login", "--token-file", HOSTILE],
        &["system", "login", "-p", "Layer5", "--set", HOSTILE],
        &["system", "login", "-p", "mock", "--set", &format!("{HOSTILE}=x")],
        &["plugin", "inspect", HOSTILE],
        &[HOSTILE],
        &["system", "login", "--timeout", HOSTILE],
    ];
    source("arguments", &arguments).try_in(&home);
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    for yaml in [
        config_for("http://localhost:9").replace("local", &hostile),
        config_for(&hostile),
        config_for(&serde_json::to_string(&format!("http://localhost:9/{HOSTILE}")).unwrap()),
        config_for("http://localhost:9").replace("auth.json", &hostile),
        config_for("http://localhost:9").replace("token: default", &format!("token: {hostile}")),
        format!("{hostile}: [\n"),
        format!("contexts: {hostile}\n"),
    ] {
        home.write_config(&yaml);
        source("config.yaml", &commands).try_in(&home);
    }
    fs::remove_file(home.config_yaml()).unwrap();
    for text in [
        json!({"meshery-provider": HOSTILE, "token": "t-0123456789abcdef"}).to_string(),
        json!({"meshery-provider": "Layer5", "token": HOSTILE}).to_string(),
        json!({ HOSTILE: HOSTILE }).to_string(),
        HOSTILE.to_owned(),
    ] {
        home.write_auth(&text);
        source("auth.json", &commands).try_in(&home);
    }
    fs::write(home.meshery().join("trust.json"), json!({"version": HOSTILE}).to_string()).unwrap();
    source("trust.json", &commands).try_in(&home);
}

#[test]
fn a_token_location_of_config_yaml_cannot_control_the_terminal_through_standard_output() {
    let home = Home::new();
    home.write_config(
        "current-context: a\ncontexts: {a: {token: t}}\ntokens:\n- name: t\n  location: \"x\\e]0;pwned\\a.json\"\n",
    );
    let output = home.mesheryctl().args(["system", "check"]).run().exited(3);
    assert!(output.stdout.contains("]0;pwned.json"), "{output}");
    let harmful = |c: char| c != '\n' && is_harmful(c);
    assert!(!output.stdout.contains(harmful), "{output}");
}

#[test]
fn a_path_is_named_with_its_spaces() {
    let home = Home::new();
    let file = "two  spaces.json";
    let output = home.mesheryctl().args(["system", "login", "--token-file", file]).run();
    assert!(output.exited(2).stderr.contains(file));
}
