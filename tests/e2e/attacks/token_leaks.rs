//! Token leaks: a token from any source appears only in auth.json and in requests to its recipients.

use std::fs;

use mesheryctl_tests::snapshot::Kind;
use mesheryctl_tests::*;

use crate::plugins::lifecycle::install_trusted;
use crate::sign_in::layer5::printed;

/// The token, or a part of a composite token.
const CANARY: &str = "c4n4ryc4n4ryc4n4ry";

/// Everything that is observable of one run.
struct Seen {
    home: Home,
    said: String,
    /// The recipients of the token: `address:port`.
    peers: Vec<String>,
}

impl Seen {
    fn of(home: Home, output: &Output) -> Self {
        Self { home, said: output.to_string(), peers: Vec::new() }
    }

    fn and(mut self, said: impl AsRef<str>) -> Self {
        self.said.push_str(said.as_ref());
        self
    }

    fn to(mut self, url: &str) -> Self {
        self.peers.push(url.trim_start_matches("http://").to_owned());
        self
    }
}

/// The traced system calls: all bytes written or sent, and all programs started with their environment.
fn traced(program: Program<'_>) -> Program<'_> {
    let calls = "trace=write,writev,pwrite64,sendto,sendmsg,execve,connect,socket";
    Trace::of(program, &["-yy", "-v", "-s", "200000", "-e", calls])
}

/// The forms of the canary: plain, and in base64 at each of the three offsets.
fn forms() -> Vec<String> {
    use base64::Engine as _;
    let encoded = (0..3).map(|shift| {
        let text = base64::engine::general_purpose::STANDARD_NO_PAD
            .encode(format!("{}{CANARY}", &"___"[..shift]));
        text[4..text.len() - 4].to_owned()
    });
    std::iter::once(CANARY.to_owned()).chain(encoded).collect()
}

#[track_caller]
fn assert_nowhere(case: &str, seen: &Seen) {
    let leaks = |text: &str| forms().iter().any(|form| text.contains(form.as_str()));
    assert!(!leaks(&seen.said), "{case}: it was said: {}", seen.said);
    for (path, entry) in &seen.home.snapshot().entries {
        let mine = path.ends_with("auth.json") || path.ends_with("input");
        if let (Kind::File(bytes), false) = (&entry.kind, mine) {
            assert!(!leaks(&String::from_utf8_lossy(bytes)), "{case}: {}", path.display());
        }
    }
    assert_eq!(seen.home.temporary_files(), Vec::<std::path::PathBuf>::new(), "{case}");
    let meant = |call: &SystemCall| {
        let target = call.args.split(">,").next().unwrap_or_default();
        let file = target.contains("/.meshery/.auth-") && target.ends_with(".tmp");
        // A worker sends only to its host, on descriptor 3.
        let wire = call.name == "write" && target.contains("UNIX-STREAM:");
        file || wire || seen.peers.iter().any(|it| target.contains(&format!("->{it}]")))
    };
    let calls = Trace::read(&seen.home).calls;
    // The first write is the input of the person.
    for call in calls.iter().skip(1).filter(|it| leaks(&it.args)) {
        assert!(meant(call), "{case}: {call:?}");
    }
    assert!(calls.len() > 1, "{case}: nothing was traced");
}

fn layer5<'h>(home: &'h Home, cloud: &Cloud, args: &[&str]) -> Program<'h> {
    let login = home.mesheryctl().args(["-v", "system", "login", "-p", "Layer5"]).args(args);
    traced(login.env("MESHERYCTL_LAYER5_URL", cloud.url()))
}

/// A token of the OAuth form: a JWT and a refresh token, both with the canary.
fn token() -> String {
    let access = token::jwt(&token::claims(&format!("{CANARY}@example.org"), None));
    token::oauth(&access, Some(CANARY), Some("2099-01-01T00:00:00Z"))
}

pub fn canary_cloud() -> Cloud {
    Cloud::start().issuing(CANARY).accepts(CANARY)
}

fn browser(output: &str) -> Seen {
    let (home, cloud) = (Home::new(), canary_cloud());
    let browser = Browser::waiting(&home);
    let running = layer5(&home, &cloud, &["-o", output]).spawn();
    let opened = browser.opened_with();
    let processes = format!("{:?}", home.processes());
    let hops = Visitor::new().follow(&opened.url());
    let page = hops.last().unwrap();
    let page = format!("{} {:?}", page.url, page.response);
    let output = running.wait().exited(0);
    assert!(home.auth_text().contains(CANARY), "{output}");
    drop(browser);
    let seen = Seen::of(home, &output).to(&cloud.url());
    seen.and(processes).and(format!("{opened:?}")).and(page)
}

fn pasted(text: impl Fn(&Screen<'_>, &Cloud) -> String, keys: &[Key], code: i32) -> Seen {
    let (home, cloud) = (Home::new(), canary_cloud());
    let screen = layer5(&home, &cloud, &["--no-browser"]).on_terminal(24, 100);
    screen.wait_for("or press Ctrl-C to cancel.");
    screen.wait_for_mode(Mode { echo: false, lines: false, signals: true });
    let paste = Key::Paste(text(&screen, &cloud));
    screen.press([paste]);
    screen.press(keys);
    assert_eq!(screen.wait(), code, "{}", screen.contents());
    let said = String::from_utf8_lossy(&screen.raw()).into_owned();
    drop(screen);
    Seen { home, said, peers: Vec::new() }.to(&cloud.url())
}

/// The callback URL on which a browser ends that cannot reach this computer.
fn callback_url(screen: &Screen<'_>, _: &Cloud) -> String {
    let mut visitor = Visitor::new();
    let start = visitor.visit(printed(&screen.contents()));
    let cloud = visitor.visit(start.response.header("location").unwrap());
    cloud.response.header("location").unwrap().to_owned()
}

/// A login with this text on standard input.
fn from_stdin(input: &str, args: &[&str], code: i32) -> Seen {
    let (home, cloud) = (Home::new(), Cloud::start().accepts(CANARY));
    let login = home.mesheryctl().args(["-v", "system", "login", "--with-token"]).args(args);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
    let output = traced(login).stdin(input).run().exited(code);
    Seen::of(home, &output).to(&cloud.url())
}

fn from_file(text: &str, code: i32, prepare: impl FnOnce(&Home)) -> Seen {
    let (home, cloud) = (Home::new(), Cloud::start().accepts(CANARY));
    prepare(&home);
    fs::write(home.path().join("input"), text).unwrap();
    let login = home.mesheryctl().args(["-v", "system", "login", "--token-file", "input"]);
    let login = login.env("MESHERYCTL_LAYER5_URL", cloud.url());
    let output = traced(login).run().exited(code);
    Seen::of(home, &output).to(&cloud.url())
}

/// A login whose context has this server, which checks the token.
fn with_server(server: MesheryServer, sent: &str, output: &str) -> Seen {
    let (home, cloud) = (Home::new(), Cloud::start().accepts(CANARY));
    let server = server.provider("Layer5", cloud.url());
    home.write_config(&config_for(&server.endpoint()));
    let login = home.mesheryctl().args(["-v", "-o", output, "system", "login"]);
    let login = login.args(["-p", "Layer5", "--with-token"]).stdin(sent);
    let output = traced(login.env("MESHERYCTL_LAYER5_URL", cloud.url())).run();
    Seen::of(home, &output).to(&server.endpoint()).to(&cloud.url())
}

/// A command while the token is in a file or in the environment.
fn signed_in(args: &[&str], by_environment: bool, auth: &str) -> Seen {
    let home = Home::new();
    let server = MesheryServer::start().accepts(CANARY).provider("Layer5", "https://x.example");
    home.write_config(&config_for(&server.endpoint()));
    home.write_auth(auth);
    let command = home.mesheryctl().arg_and_token(args, by_environment);
    let output = traced(command).run();
    Seen::of(home, &output).to(&server.endpoint())
}

trait WithToken {
    fn arg_and_token(self, args: &[&str], by_environment: bool) -> Self;
}

impl WithToken for Program<'_> {
    fn arg_and_token(self, args: &[&str], by_environment: bool) -> Self {
        let program = self.args(["-v"]).args(args);
        if by_environment { program.env("MESHERY_TOKEN", CANARY) } else { program }
    }
}

/// A login by a plugin that gets the token by a visit, with another in the environment.
fn plugin(set: &str, code: i32) -> Seen {
    let (home, cloud) = (Home::new(), canary_cloud());
    install_trusted(&home, "mock-provider", "mock");
    let browser = Browser::waiting(&home);
    let login = home.mesheryctl().args(["-v", "system", "login", "-p", "mock", "--set"]);
    let login = login.args(["steps=callback,visit:/back", "--set"]);
    let login = login.args([&format!("url={}", cloud.url()), "--set", set]);
    let running = traced(login.env("MESHERY_TOKEN", CANARY)).spawn();
    let start = Visitor::new().visit(&browser.opened());
    let callback = running.wait_for_stderr("callback gave ");
    let callback = callback.split("callback gave ").nth(1).unwrap().lines().next().unwrap();
    let workers = format!("{:?}", home.processes());
    drop(start);
    let _ = Visitor::new().visit(&format!("{callback}?token={CANARY}"));
    let output = running.wait().exited(code);
    drop(browser);
    Seen::of(home, &output).and(workers)
}

pub fn file(token: &str) -> String {
    format!("{{\"meshery-provider\":\"Layer5\",\"token\":\"{token}\"}}\n")
}

/// One case: the source of the token, and the run.
type Case = (&'static str, Box<dyn Fn() -> Seen>);

fn case(name: &'static str, run: impl Fn() -> Seen + 'static) -> Case {
    (name, Box::new(run))
}

fn by_a_person() -> Vec<Case> {
    let stale = |_: &Screen<'_>, _: &Cloud| format!("http://localhost:1/stale?token={CANARY}");
    let bare = |_: &Screen<'_>, _: &Cloud| CANARY.to_owned();
    vec![
        case("browser", || browser("text")),
        case("browser, JSON", || browser("json")),
        case("pasted", move || pasted(bare, &[Key::Enter], 0)),
        case("pasted file", || pasted(|_, _| file(CANARY), &[Key::Enter], 0)),
        case("pasted address", || pasted(callback_url, &[Key::Enter], 0)),
        case("pasted and cancelled", move || pasted(bare, &[Key::CtrlC], 130)),
        case("pasted of another login", move || pasted(stale, &[Key::Enter, Key::CtrlC], 130)),
    ]
}

fn brought_along() -> Vec<Case> {
    let expired = token::jwt(&token::claims(&format!("{CANARY}@x.org"), Some(1)));
    let in_the_way = |home: &Home| fs::create_dir_all(home.auth_json()).unwrap();
    let mut cases = vec![
        case("standard input", || from_stdin(CANARY, &["-p", "Layer5"], 0)),
        case("standard input, a whole file", || from_stdin(&file(CANARY), &[], 0)),
        case("standard input, no provider", || from_stdin(CANARY, &[], 2)),
        case("expired", move || from_stdin(&expired, &["-p", "Layer5"], 3)),
        case("for None", || from_stdin(CANARY, &["-p", "None"], 2)),
        case("no token", || from_stdin(&format!("{CANARY}\u{1b} x"), &["-p", "Layer5"], 2)),
        case("a file", || from_file(&file(CANARY), 0, |_| {})),
        case("a file that cannot be stored", move || from_file(&file(CANARY), 7, in_the_way)),
    ];
    for text in [
        file(CANARY).trim_end().trim_end_matches('}').to_owned(),
        format!("{{\"meshery-provider\":\"Layer5\",\"token\":{{\"a\":\"{CANARY}\"}}}}"),
        format!("{{\"meshery-provider\":\"{CANARY}\",\"token\":[]}}"),
        format!("{CANARY}: {CANARY}"),
    ] {
        let damaged = text.clone();
        cases.push(case("a damaged file", move || from_file(&damaged, 2, |_| {})));
        let check: &[&str] = &["system", "check"];
        cases.push(case("a damaged token file", move || signed_in(check, false, &text)));
    }
    cases
}

fn shown_to_a_server() -> Vec<Case> {
    // Of one account, so that the returned token is saved.
    let of_account = |id: &str| {
        let mut claims = token::claims("a@b.example", None);
        claims["jti"] = id.into();
        token::jwt(&claims)
    };
    let renewing = move || MesheryServer::start().refreshes(of_account("old"), of_account(CANARY));
    let accepting = || MesheryServer::start().accepts(CANARY);
    let mut cases = vec![
        case("a renewing server", move || with_server(renewing(), &of_account("old"), "text")),
        case("an accepting server", move || with_server(accepting(), CANARY, "json")),
    ];
    for fault in [
        ServerFault::Token500Echo,
        ServerFault::Token401,
        ServerFault::TokenHtml200,
        ServerFault::TokenOtherProvider,
        ServerFault::TokenControl,
        ServerFault::TokenRedirectLogin,
        ServerFault::TokenRedirectTo(format!("http://127.0.0.1:9/{CANARY}")),
        ServerFault::TokenDropped,
        ServerFault::TokenNotJson,
    ] {
        let server = move || MesheryServer::start().with_fault(fault.clone());
        cases.push(case("a faulty server", move || with_server(server(), CANARY, "text")));
    }
    cases
}

fn through_a_plugin() -> Vec<Case> {
    vec![
        case("plugin", || plugin("delay=0", 0)),
        case("plugin that fails", || plugin("error=denied", 4)),
        case("plugin that breaks", || plugin("steps=callback,visit:/back,panic", 8)),
    ]
}

fn used_by_a_command() -> Vec<Case> {
    let commands: [&'static [&'static str]; 7] = [
        &["system", "check"],
        &["system", "check", "-o", "json"],
        &["system", "logout"],
        &["system", "provider", "list"],
        &["system", "login", "-p", "None"],
        &["system", "login", "-p", "nobody"],
        &["plugin", "list"],
    ];
    let both = commands.into_iter().flat_map(|args| [(args, true), (args, false)]);
    both.map(|(args, by_environment)| {
        case("signed in", move || signed_in(args, by_environment, &file(CANARY)))
    })
    .collect()
}

#[test]
fn a_token_from_any_source_appears_only_in_auth_json() {
    // Only root can see the descriptors of a process that is not dumpable.
    if !Trace::is_available() || !rustix::process::geteuid().is_root() {
        return;
    }
    let cases = [
        by_a_person(),
        brought_along(),
        shown_to_a_server(),
        through_a_plugin(),
        used_by_a_command(),
    ];
    for (name, run) in cases.into_iter().flatten() {
        assert_nowhere(name, &run());
    }
}

#[test]
fn no_part_of_a_composite_token_appears_elsewhere() {
    let home = Home::new();
    let login = home.mesheryctl().args(["-v", "system", "login", "-p", "Layer5", "--with-token"]);
    let output = login.args(["--no-verify"]).stdin(token()).run().exited(0);
    let said = output.to_string().replace(&format!("{CANARY}@example.org"), "");
    assert!(forms().iter().all(|it| !said.contains(it.as_str())), "{said}");
    let kept = fs::read_to_string(home.meshery().join("auth.json.kept")).unwrap();
    assert!(!kept.replace(&format!("{CANARY}@example.org"), "").contains(CANARY), "{kept}");
}
