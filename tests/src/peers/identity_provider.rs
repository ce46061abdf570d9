//! A certified OpenID provider on loopback: npm's `oidc-provider`, started by `tests/oidc/start.js`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::browsers::visitor::{Hop, Visitor};
use crate::machine::npm::npm_packages;
use crate::machine::timeouts;

/// A node process with one client, `mesheryctl`; any name signs in. It is killed when dropped, and ends
/// when the test process ends.
#[derive(Debug)]
pub struct IdentityProvider {
    child: Child,
    stdout: BufReader<ChildStdout>,
    issuer: String,
}

/// One request to its token or revocation endpoint, and the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub path: String,
    pub grant: String,
    pub status: u64,
    /// The OAuth error code; empty on success.
    pub error: String,
}

impl IdentityProvider {
    /// Starts it. `None` without npm: prints that the test is skipped, and panics in CI.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(&json!({}))
    }

    /// Starts one whose device codes are valid for this many seconds.
    #[must_use]
    pub fn with_device_codes_of(seconds: u64) -> Option<Self> {
        Self::start_with(&json!({ "deviceCodeTtl": seconds }))
    }

    /// Starts one whose access tokens are valid for this many seconds. A refresh token is valid once; the second time ends the
    /// sign-in.
    #[must_use]
    pub fn with_access_tokens_of(seconds: u64) -> Option<Self> {
        Self::start_with(&json!({ "accessTokenTtl": seconds }))
    }

    fn start_with(options: &Value) -> Option<Self> {
        let _ = npm_packages("oidc")?;
        let mut child = Command::new(node())
            .arg("start.js")
            .arg(options.to_string())
            .current_dir(folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("the stdout of node"));
        let started = timeouts::readable(stdout.get_ref(), Instant::now() + timeouts::WAIT);
        assert!(started, "the identity provider should start: (cd tests/oidc && node start.js)");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its first line");
        let first: Value = serde_json::from_str(&line).unwrap_or_default();
        let issuer = first["issuer"].as_str();
        let issuer = issuer.expect("its issuer: try (cd tests/oidc && node start.js)").to_owned();
        Some(Self { child, stdout, issuer })
    }

    /// The issuer URL: an `http` origin on 127.0.0.1.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Signs in on the page that the visitor has reached and allows access; returns the hops after that.
    #[track_caller]
    pub fn sign_in(&self, visitor: &mut Visitor, hops: &[Hop], name: &str) -> Vec<Hop> {
        let page = hops.last().expect("a page to sign in on");
        let consent = visitor.submit(page, &[("login", name), ("password", "any")]);
        visitor.submit(consent.last().expect("a page to allow it on"), &[])
    }

    /// Denies access on the page that the visitor has reached.
    #[track_caller]
    pub fn deny(&self, visitor: &mut Visitor, hops: &[Hop]) -> Vec<Hop> {
        let page = &hops.last().expect("a page to deny access on").url;
        visitor.follow(&format!("{}{}/abort", page.origin(), page.path()))
    }

    /// Enters a code of the device flow; returns the hops to the sign-in page.
    #[track_caller]
    pub fn enter_code(&self, visitor: &mut Visitor, url: &str, code: &str) -> Vec<Hop> {
        let page = visitor.follow(url);
        let confirm = visitor.submit(&page[page.len() - 1], &[("user_code", code)]);
        visitor.submit(&confirm[confirm.len() - 1], &[])
    }

    /// Stops it and returns all exchanges in order.
    #[must_use]
    pub fn exchanges(mut self) -> Vec<Exchange> {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("the rest of its stdout");
        let text = |line: &Value, member: &str| line[member].as_str().unwrap_or("").to_owned();
        let lines = rest.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let exchange = |line: Value| Exchange {
            path: text(&line, "path"),
            grant: text(&line, "grant"),
            status: line["status"].as_u64().unwrap_or(0),
            error: text(&line, "error"),
        };
        lines.map(exchange).collect()
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("oidc")
}

/// The node of the locked packages, since the provider needs a later one than Debian has; else the system's.
fn node() -> PathBuf {
    let locked = folder().join("node_modules/.bin/node");
    if locked.exists() { locked } else { "node".into() }
}
