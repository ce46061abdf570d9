//! An identity provider of the example `key`: it exchanges a user name and an access key for a token.

use serde_json::{Value, json};

use crate::net::http_server::{HttpServer, Reply, Request};

/// Accepts one user with one key, and issues one token.
#[derive(Debug)]
pub struct KeyServer(HttpServer);

impl KeyServer {
    pub const USER: &'static str = "ada";
    pub const KEY: &'static str = "the-key-of-ada";
    pub const TOKEN: &'static str = "the-token-of-ada";

    #[must_use]
    pub fn start() -> Self {
        Self(HttpServer::start(answer))
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address())
    }
}

fn answer(request: &Request) -> Reply {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let bearer = format!("Bearer {}", KeyServer::TOKEN);
    let (is_accepted, accepted) = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/token") => (
            body == json!({ "user": KeyServer::USER, "key": KeyServer::KEY }),
            json!({ "token": KeyServer::TOKEN }),
        ),
        ("GET", "/whoami") => {
            (request.header("Authorization") == Some(&bearer), json!({ "user": KeyServer::USER }))
        }
        _ => return Reply::text(404, "not found\n"),
    };
    match is_accepted {
        true => Reply::json(200, accepted.to_string()),
        false => Reply::json(401, "{}"),
    }
}
