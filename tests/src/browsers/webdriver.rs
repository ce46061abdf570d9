//! A WebDriver client with the few calls that the tests need.

use serde_json::{Value, json};

use crate::net::http_client::get;

/// A session at a driver, ended when dropped.
#[derive(Debug)]
pub(crate) struct WebDriver {
    session: String,
}

impl WebDriver {
    /// Starts a session with these capabilities; the driver starts a browser for it.
    #[track_caller]
    pub(crate) fn begin(port: u16, capabilities: &Value) -> Self {
        let driver = format!("http://127.0.0.1:{port}/session");
        let asked = json!({"capabilities": {"alwaysMatch": capabilities}});
        let begun = call("POST", &driver, Some(&asked)).unwrap_or_else(|why| panic!("{why}"));
        let id = begun["sessionId"].as_str().expect("a session");
        Self { session: format!("{driver}/{id}") }
    }

    #[track_caller]
    pub(crate) fn get(&self, what: &str) -> Value {
        self.call("GET", what, None).unwrap_or_else(|why| panic!("{what}: {why}"))
    }

    #[track_caller]
    pub(crate) fn post(&self, what: &str, body: &Value) -> Value {
        self.try_post(what, body).unwrap_or_else(|why| panic!("{what} {body}: {why}"))
    }

    /// As `post`, but returns the message of a failed call.
    pub(crate) fn try_post(&self, what: &str, body: &Value) -> Result<Value, String> {
        self.call("POST", what, Some(body))
    }

    /// Runs a command of the Chrome DevTools protocol.
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.post("goog/cdp/execute", &body)
    }

    fn call(&self, method: &str, what: &str, body: Option<&Value>) -> Result<Value, String> {
        call(method, &format!("{}/{what}", self.session), body)
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        let _ = call("DELETE", &self.session, None);
    }
}

/// The value that the driver returns, or its error message.
fn call(method: &str, url: &str, body: Option<&Value>) -> Result<Value, String> {
    let mut ask = get(url).method(method);
    if let Some(body) = body {
        ask = ask.header("Content-Type", "application/json").body(body.to_string());
    }
    let answer = ask.try_send().map_err(|error| error.to_string())?;
    let mut said: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
    match answer.status {
        200 => Ok(said["value"].take()),
        _ => Err(format!("{}: {}", said["value"]["error"], said["value"]["message"])),
    }
}
