//! Chromium: a real browser without a window, driven over WebDriver; gone with the test, its profile too.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::browsers::webdriver::WebDriver;
use crate::machine::home::Home;
use crate::machine::skip;
use crate::machine::timeouts;
use crate::net::http_client::Localhost;
use crate::program::running::Running;

const DRIVER: &str = "/usr/bin/chromedriver";
const BROWSER: &str = "/usr/bin/chromium";

/// A name that leads to this computer and is, for a browser, another site than `localhost`.
pub const CROSS_SITE_HOST: &str = "foreign.example";

/// One browser with a fresh profile and one tab. Needs Debian's `chromium` and `chromium-driver`.
#[derive(Debug)]
pub struct Chromium<'h> {
    // First of all the session ends, and with it the browser; then its driver.
    driver: WebDriver,
    _process: Running<'h>,
}

/// A request that the browser made, and the status it got; a request that got none has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    pub url: String,
    pub status: Option<u64>,
}

impl<'h> Chromium<'h> {
    /// Where there is none the test has nothing to look at, which it says, and which CI does not accept.
    #[must_use]
    pub fn is_available() -> bool {
        let can = Path::new(DRIVER).exists() && Path::new(BROWSER).exists();
        if !can {
            skip::missing("Chromium", "apt-get install chromium chromium-driver");
        }
        can
    }

    /// Takes `localhost` for this address. Beside loopback addresses it knows [`CROSS_SITE_HOST`] and
    /// no other name at all, so that no test leaves this computer.
    #[track_caller]
    #[must_use]
    pub fn start(home: &'h Home, localhost: Localhost) -> Self {
        let profile = home.beside("chromium");
        std::fs::create_dir_all(&profile).expect("a folder for the browser");
        // The kernel ends it with its driver, which it ends with the test: no browser outlives one.
        let browser = format!("exec /usr/bin/setpriv --pdeathsig KILL {BROWSER} \"$@\"");
        let browser = home.script("chromium", &browser);
        // Its settings and caches are not what the program under test finds in its home.
        let process = home.program(DRIVER).args(["--port=0"]).env("HOME", &profile).spawn();
        let said = process.wait_for_stdout("started successfully on port ");
        let port = said.rsplit_once("on port ").and_then(|(_, rest)| rest.split('.').next());
        let port = port.and_then(|port| port.parse().ok()).expect("the driver's port");
        let address = match localhost {
            Localhost::V4 => "127.0.0.1",
            Localhost::V6 => "[::1]",
        };
        let mut arguments = vec![
            "--headless=new".to_owned(),
            format!("--user-data-dir={}", profile.join("profile").display()),
            format!(
                "--host-resolver-rules=MAP localhost {address}, MAP {CROSS_SITE_HOST} 127.0.0.1, \
                 MAP * ~NOTFOUND, EXCLUDE 127.*, EXCLUDE [::1]"
            ),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
        ];
        if rustix::process::geteuid().is_root() {
            // Chromium refuses to sandbox what root starts.
            arguments.push("--no-sandbox".to_owned());
        }
        let driver = WebDriver::begin(
            port,
            &json!({
                "goog:chromeOptions": {"binary": browser, "args": arguments},
                "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
                // An element may come with a page that is still on its way.
                "timeouts": {"pageLoad": 60_000, "script": 60_000, "implicit": 30_000},
            }),
        );
        Self { driver, _process: process }
    }

    /// Goes to this address as if it were typed, and waits until its page is there.
    #[track_caller]
    pub fn goto(&self, url: &str) {
        self.driver.post("url", &json!({"url": url}));
    }

    /// The same where no page may come: what the browser says then.
    pub fn try_goto(&self, url: &str) -> Result<(), String> {
        self.driver.try_post("url", &json!({"url": url})).map(drop)
    }

    #[track_caller]
    pub fn back(&self) {
        self.driver.post("back", &json!({}));
    }

    /// What the address bar shows.
    #[track_caller]
    #[must_use]
    pub fn url(&self) -> String {
        text(&self.driver.get("url"))
    }

    #[track_caller]
    #[must_use]
    pub fn title(&self) -> String {
        text(&self.driver.get("title"))
    }

    /// Waits until a page of this title is there.
    #[track_caller]
    pub fn wait_for_title(&self, title: &str) {
        let deadline = Instant::now() + timeouts::WAIT;
        while self.title() != title {
            assert!(Instant::now() < deadline, "{title:?} should come, not {:?}", self.text());
            // A page that navigates by itself has no event that reaches over WebDriver.
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a person reads on the page.
    #[track_caller]
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.script("return document.body.innerText"))
    }

    /// Runs the body of a function in the page; a promise that it returns is waited for.
    #[track_caller]
    pub fn script(&self, body: &str) -> Value {
        self.driver.post("execute/sync", &json!({"script": body, "args": []}))
    }

    /// Clicks what this CSS selector finds first.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.on(selector, "click", &json!({}));
    }

    /// Types into what this CSS selector finds first.
    #[track_caller]
    pub fn fill(&self, selector: &str, words: &str) {
        self.on(selector, "value", &json!({"text": words}));
    }

    #[track_caller]
    fn on(&self, selector: &str, deed: &str, how: &Value) {
        let found =
            self.driver.post("element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().and_then(|it| it.values().next()).map(text).expect("an element");
        self.driver.post(&format!("element/{id}/{deed}"), how);
    }

    /// Opens a tab and turns to it. Returns the one that was in front, for `turn_to`.
    #[track_caller]
    pub fn new_tab(&self) -> String {
        let before = text(&self.driver.get("window"));
        let tab = self.driver.post("window/new", &json!({"type": "tab"}));
        self.turn_to(&text(&tab["handle"]));
        before
    }

    #[track_caller]
    pub fn turn_to(&self, tab: &str) {
        self.driver.post("window", &json!({"handle": tab}));
    }

    /// Every tab and popup.
    #[track_caller]
    #[must_use]
    pub fn tabs(&self) -> Vec<String> {
        let tabs = self.driver.get("window/handles");
        tabs.as_array().into_iter().flatten().map(text).collect()
    }

    /// Every http address in this tab's history, the first one first.
    #[track_caller]
    #[must_use]
    pub fn history(&self) -> Vec<String> {
        let history = self.driver.devtools("Page.getNavigationHistory", &json!({}));
        let entries = history["entries"].as_array().into_iter().flatten();
        entries.map(|entry| text(&entry["url"])).filter(|url| url.starts_with("http")).collect()
    }

    /// Every cookie in the jar, of whatever site: its name and value.
    #[track_caller]
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        let all = self.driver.devtools("Storage.getCookies", &json!({}));
        let all = all["cookies"].as_array().into_iter().flatten();
        all.map(|it| (text(&it["name"]), text(&it["value"]))).collect()
    }

    /// A screen of this size, in CSS pixels.
    #[track_caller]
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// The person prefers dark pages, or light ones.
    #[track_caller]
    pub fn prefers(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.driver.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// No script of a page runs from now on; those of a test still do.
    #[track_caller]
    pub fn forbid_scripts(&self) {
        self.driver.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    }

    /// A PNG of what is on the screen.
    #[track_caller]
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        let picture = text(&self.driver.get("screenshot"));
        STANDARD.decode(picture).expect("a picture")
    }

    /// Every http request since this was last asked, redirects one by one, in order. The browser's own
    /// pages are left out.
    #[track_caller]
    #[must_use]
    pub fn sent(&self) -> Vec<SentRequest> {
        let mut sent: Vec<(String, SentRequest)> = Vec::new();
        for entry in self.log("performance") {
            let event: Value = serde_json::from_str(&text(&entry["message"])).expect("an event");
            let (event, what) = (&event["message"]["params"], &event["message"]["method"]);
            let id = text(&event["requestId"]);
            let status = |answer: &Value| answer["status"].as_u64();
            let last = sent.iter_mut().rfind(|(its, _)| *its == id).map(|(_, last)| last);
            match what.as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    if let Some(last) = last {
                        last.status = status(&event["redirectResponse"]);
                    }
                    let url = text(&event["request"]["url"]);
                    sent.push((id, SentRequest { url, status: None }));
                }
                "Network.responseReceived" => {
                    if let Some(last) = last {
                        last.status = status(&event["response"]);
                    }
                }
                _ => {}
            }
        }
        sent.into_iter().map(|(_, sent)| sent).filter(|it| it.url.starts_with("http")).collect()
    }

    /// The same, once an answer to this address is among them.
    #[track_caller]
    #[must_use]
    pub fn sent_until(&self, url: &str) -> Vec<SentRequest> {
        let deadline = Instant::now() + timeouts::WAIT;
        let mut sent = Vec::new();
        while !sent.iter().any(|it: &SentRequest| it.url == url && it.status.is_some()) {
            assert!(Instant::now() < deadline, "{url} should be asked for, but only {sent:#?}");
            sent.extend(self.sent());
            thread::sleep(Duration::from_millis(20));
        }
        sent
    }

    /// What the browser complained of since this was last asked: broken policies, failed requests.
    #[track_caller]
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.log("browser").iter().map(|entry| text(&entry["message"])).collect()
    }

    #[track_caller]
    fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.driver.post("se/log", &json!({"type": kind}));
        log.as_array().cloned().unwrap_or_default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
