//! Headless Chromium, controlled over WebDriver; it and its profile are removed with the test.

use std::io::ErrorKind;
use std::net::TcpListener;
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

/// A name that resolves to this computer and is cross-site to `localhost`.
pub const CROSS_SITE_HOST: &str = "cross-site.example";

/// One browser with a fresh profile and one tab. Needs Debian's `chromium` and `chromium-driver`.
#[derive(Debug)]
pub struct Chromium<'h> {
    // Dropped first, so that the session and the browser end before the driver.
    driver: WebDriver,
    _process: Running<'h>,
}

/// A request that the browser made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    pub url: String,
    /// The status of the response, if there was one.
    pub status: Option<u64>,
}

/// A port that is free on both loopback addresses. With port 0 the driver takes a free one of IPv6, and ends if that one is not free on
/// IPv4.
fn free_port() -> u16 {
    loop {
        let ipv4 = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = ipv4.local_addr().expect("its port").port();
        let ipv6 = TcpListener::bind(("::1", port)).map_err(|error| error.kind());
        if ipv6.err() != Some(ErrorKind::AddrInUse) {
            return port;
        }
    }
}

impl<'h> Chromium<'h> {
    /// Whether Chromium is installed. If not, prints that the test is skipped, and panics in CI.
    #[must_use]
    pub fn is_available() -> bool {
        let can = Path::new(DRIVER).exists() && Path::new(BROWSER).exists();
        if !can {
            skip::missing("Chromium", "apt-get install chromium chromium-driver");
        }
        can
    }

    /// Resolves `localhost` to this address. The only other name that resolves is [`CROSS_SITE_HOST`], so
    /// that no test leaves this computer.
    #[track_caller]
    #[must_use]
    pub fn start(home: &'h Home, localhost: Localhost) -> Self {
        let profile = home.beside("chromium");
        std::fs::create_dir_all(&profile).expect("a folder for the profile");
        // The kernel kills the browser with its driver, and the driver with the test.
        let browser = format!("exec /usr/bin/setpriv --pdeathsig KILL {BROWSER} \"$@\"");
        let browser = home.script("chromium", &browser);
        // Settings and caches stay out of the home that the program under test sees.
        let port = format!("--port={}", free_port());
        let process = home.program(DRIVER).args([&port]).env("HOME", &profile).spawn();
        let said = process.wait_for_stdout("started successfully on port ");
        let port = said.rsplit_once("on port ").and_then(|(_, rest)| rest.split('.').next());
        let port = port.and_then(|port| port.parse().ok()).expect("the driver's port");
        let address = match localhost {
            Localhost::V4 | Localhost::Forwarding(_) => "127.0.0.1",
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
            // Chromium does not start as root with its sandbox.
            arguments.push("--no-sandbox".to_owned());
        }
        let driver = WebDriver::begin(
            port,
            &json!({
                "goog:chromeOptions": {"binary": browser, "args": arguments},
                "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
                // An element may be on a page that is still loading.
                "timeouts": {"pageLoad": 60_000, "script": 60_000, "implicit": 30_000},
            }),
        );
        Self { driver, _process: process }
    }

    /// Opens this address as if it were typed, and waits until the page has loaded.
    #[track_caller]
    pub fn goto(&self, url: &str) {
        self.driver.post("url", &json!({"url": url}));
    }

    /// Opens an address that may not load; fails with the message of the browser.
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

    /// Waits until a page with this title has loaded.
    #[track_caller]
    pub fn wait_for_title(&self, title: &str) {
        let deadline = Instant::now() + timeouts::WAIT;
        while self.title() != title {
            assert!(
                Instant::now() < deadline,
                "the title should become {title:?}; the page is {:?}",
                self.text()
            );
            // WebDriver reports no event when a page navigates by itself.
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The visible text of the page.
    #[track_caller]
    #[must_use]
    pub fn text(&self) -> String {
        text(&self.script("return document.body.innerText"))
    }

    /// Runs the body of a function in the page and returns its result, also of a promise.
    #[track_caller]
    pub fn script(&self, body: &str) -> Value {
        self.driver.post("execute/sync", &json!({"script": body, "args": []}))
    }

    /// Waits until every animation of the page has ended.
    #[track_caller]
    pub fn wait_for_animations(&self) {
        self.script(
            "return Promise.all(document.getAnimations().map(it => it.finished)).then(() => 0)",
        );
    }

    /// Clicks the first element of this CSS selector.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        self.on(selector, "click", &json!({}));
    }

    /// Types into the first element of this CSS selector.
    #[track_caller]
    pub fn fill(&self, selector: &str, words: &str) {
        self.on(selector, "value", &json!({"text": words}));
    }

    /// Presses a key: its name in the DevTools protocol, such as `Tab` or `Enter`.
    #[track_caller]
    pub fn press_key(&self, key: &str) {
        let (code, typed) = if key == "Enter" { (13, "\r") } else { (9, "") };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": typed,
            });
            self.driver.devtools("Input.dispatchKeyEvent", &event);
        }
    }

    #[track_caller]
    fn on(&self, selector: &str, action: &str, body: &Value) {
        let found =
            self.driver.post("element", &json!({"using": "css selector", "value": selector}));
        let id = found.as_object().and_then(|it| it.values().next()).map(text).expect("an element");
        self.driver.post(&format!("element/{id}/{action}"), body);
    }

    /// Opens a tab and switches to it. Returns the previous tab, for `switch_to`.
    #[track_caller]
    pub fn new_tab(&self) -> String {
        let before = text(&self.driver.get("window"));
        let tab = self.driver.post("window/new", &json!({"type": "tab"}));
        self.switch_to(&text(&tab["handle"]));
        before
    }

    #[track_caller]
    pub fn switch_to(&self, tab: &str) {
        self.driver.post("window", &json!({"handle": tab}));
    }

    /// Every tab and popup.
    #[track_caller]
    #[must_use]
    pub fn tabs(&self) -> Vec<String> {
        let tabs = self.driver.get("window/handles");
        tabs.as_array().into_iter().flatten().map(text).collect()
    }

    /// Every http address in this tab's history, oldest first.
    #[track_caller]
    #[must_use]
    pub fn history(&self) -> Vec<String> {
        let history = self.driver.devtools("Page.getNavigationHistory", &json!({}));
        let entries = history["entries"].as_array().into_iter().flatten();
        entries.map(|entry| text(&entry["url"])).filter(|url| url.starts_with("http")).collect()
    }

    /// Every http address that `chrome://history` links to. The tab shows that page afterwards.
    #[track_caller]
    #[must_use]
    pub fn history_page(&self) -> Vec<String> {
        self.goto("chrome://history");
        let links = "const found = [];
            const search = root => root.querySelectorAll('*').forEach(it => {
                if (it.href) found.push(String(it.href));
                if (it.shadowRoot) search(it.shadowRoot);
            });
            search(document);
            return found.filter(it => it.startsWith('http'));";
        let deadline = Instant::now() + timeouts::WAIT;
        loop {
            let found = self.script(links);
            let found: Vec<String> = found.as_array().into_iter().flatten().map(text).collect();
            if !found.is_empty() || Instant::now() > deadline {
                return found;
            }
            // The page loads its list by itself, and WebDriver reports no event.
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The name and value of every cookie, of any site.
    #[track_caller]
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        let all = self.driver.devtools("Storage.getCookies", &json!({}));
        let all = all["cookies"].as_array().into_iter().flatten();
        all.map(|it| (text(&it["name"]), text(&it["value"]))).collect()
    }

    /// Sets the size of the screen, in CSS pixels.
    #[track_caller]
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.driver.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets `prefers-color-scheme`: `dark` or `light`.
    #[track_caller]
    pub fn prefers(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.driver.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Disables the scripts of pages from now on; `script` still works.
    #[track_caller]
    pub fn forbid_scripts(&self) {
        self.driver.devtools("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    }

    /// A screenshot as PNG.
    #[track_caller]
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        let picture = text(&self.driver.get("screenshot"));
        STANDARD.decode(picture).expect("a screenshot")
    }

    /// Every http request since the last call, in order, each redirect as a request. Internal pages of the
    /// browser are left out.
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

    /// As `sent`; waits until a response from this address is among them.
    #[track_caller]
    #[must_use]
    pub fn sent_until(&self, url: &str) -> Vec<SentRequest> {
        let deadline = Instant::now() + timeouts::WAIT;
        let mut sent = Vec::new();
        while !sent.iter().any(|it: &SentRequest| it.url == url && it.status.is_some()) {
            assert!(
                Instant::now() < deadline,
                "{url} should be requested; requests so far: {sent:#?}"
            );
            sent.extend(self.sent());
            thread::sleep(Duration::from_millis(20));
        }
        sent
    }

    /// The console messages since the last call: policy violations, failed requests.
    #[track_caller]
    #[must_use]
    pub fn console_messages(&self) -> Vec<String> {
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
