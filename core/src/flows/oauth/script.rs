//! A session for tests, whose answers are scripted and whose requests are recorded.

use std::collections::VecDeque;

use super::{Client, Metadata};
use crate::failure::Failure;
use crate::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

/// The time that every scripted session returns.
pub const NOW: u64 = 1_000_000;

/// The client that the tests use: `us` at `https://id.example`, with all endpoints.
pub fn client(scope: &str) -> Client {
    let metadata: Metadata = serde_json::from_str(
        r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token",
            "authorization_endpoint":"https://id.example/go",
            "device_authorization_endpoint":"https://id.example/device",
            "revocation_endpoint":"https://id.example/revoke",
            "userinfo_endpoint":"https://id.example/userinfo"}"#,
    )
    .unwrap();
    Client::new(metadata, "us", scope)
}

/// A response of JSON.
pub fn json(status: u16, body: &str) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::new(status, body).with_header("content-type", "application/json"))
}

/// Answers requests in order; records requests and visited URLs.
#[derive(Default)]
pub struct Script {
    pub responses: VecDeque<Result<HttpResponse, Failure>>,
    pub query: Vec<(String, String)>,
    pub fetched: Vec<HttpRequest>,
    pub visited: Vec<String>,
    /// How many times random bytes were requested.
    pub drawn: u32,
}

impl Script {
    pub fn new(responses: Vec<Result<HttpResponse, Failure>>) -> Self {
        Self { responses: responses.into(), ..Self::default() }
    }

    /// The URLs and bodies of the requests.
    pub fn requests(&self) -> Vec<(&str, &str)> {
        self.fetched
            .iter()
            .map(|it| (it.url.as_str(), it.body.as_deref().unwrap_or_default()))
            .collect()
    }
}

impl Session for Script {
    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        assert_eq!(kind, CallbackKind::FixedPath);
        Ok("http://127.0.0.1:1/callback".into())
    }
    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.visited.push(url.to_owned());
        Ok(Query::new(self.query.clone()))
    }
    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.fetched.push(request.clone());
        self.responses.pop_front().expect("there is no response to a further request")
    }
    fn now(&mut self) -> Result<u64, Failure> {
        Ok(NOW)
    }
    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        assert_eq!(bytes, 32, "RFC 7636, section 4.1, recommends 32 bytes");
        self.drawn += 1;
        Ok(format!("random-{}", self.drawn))
    }
}
