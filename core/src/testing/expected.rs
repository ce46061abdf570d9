//! One ask that a script expects, and its answer.

use std::sync::Arc;

use serde_json::Value;

use super::canary::stands_for;
use super::words::{self, address, shown};
use crate::failure::Failure;
use crate::messages::{Call, encode};
use crate::session::{HttpRequest, HttpResponse, Query};

pub type Browser = Arc<dyn Fn(&str) -> Query + Send + Sync>;
pub type Peer = Arc<dyn Fn(&HttpRequest) -> HttpResponse + Send + Sync>;

#[derive(Clone)]
pub enum Expected {
    Ask {
        prompt: String,
        secret: bool,
        answer: String,
    },
    Choice {
        prompt: String,
        item: String,
    },
    Visit {
        url: String,
        browser: Browser,
    },
    /// `request` is a method and a URL, such as `POST https://id.example.org/token`.
    Fetch {
        request: String,
        peer: Peer,
    },
    Code {
        url: String,
        code: String,
    },
    /// A call of a recording, and its answer as JSON.
    Recorded {
        call: Call,
        answer: Value,
    },
}

#[derive(Clone)]
pub struct Step {
    pub expected: Expected,
    /// The failure that is the answer, if any.
    pub failure: Option<Failure>,
}

impl Step {
    pub fn matches(&self, call: &Call) -> bool {
        match (&self.expected, call) {
            (Expected::Ask { prompt, secret, .. }, Call::Ask { prompt: asked, secret: hidden }) => {
                prompt == asked && secret == hidden
            }
            (Expected::Choice { prompt, item }, Call::Choose { prompt: asked, items }) => {
                prompt == asked && items.contains(item)
            }
            (Expected::Visit { url, .. }, Call::Visit { url: visited }) => is_at(url, visited),
            (Expected::Fetch { request, .. }, Call::Fetch(sent)) => {
                is_at(request, &format!("{} {}", sent.method.as_str(), sent.url))
            }
            (Expected::Code { url, code }, Call::ShowCode { url: shown, code: entered, .. }) => {
                url == shown && code == entered
            }
            (Expected::Recorded { call: recorded, .. }, call) => is_alike(recorded, call),
            _ => false,
        }
    }

    /// The answer to a call that matches, as JSON.
    pub fn answer(&self, call: &Call) -> String {
        if let Some(failure) = &self.failure {
            return encode::<()>(Err(failure.clone()));
        }
        match (&self.expected, call) {
            (Expected::Ask { answer, .. }, _) => encode(Ok(answer)),
            (Expected::Choice { item, .. }, Call::Choose { items, .. }) => {
                encode(Ok(items.iter().position(|it| it == item)))
            }
            (Expected::Visit { browser, .. }, Call::Visit { url }) => encode(Ok(browser(url))),
            (Expected::Fetch { peer, .. }, Call::Fetch(request)) => encode(Ok(peer(request))),
            (Expected::Recorded { answer, .. }, _) => answer.to_string(),
            _ => encode(Ok(())),
        }
    }

    pub fn words(&self) -> String {
        match &self.expected {
            Expected::Ask { prompt, secret: false, .. } => format!("ask `{prompt}`"),
            Expected::Ask { prompt, secret: true, .. } => format!("ask_secret `{prompt}`"),
            Expected::Choice { prompt, item } => format!("choose `{prompt}` with the item {item}"),
            Expected::Visit { url, .. } => format!("visit `{}`", shown(url)),
            Expected::Fetch { request, .. } => format!("fetch `{}`", shown(request)),
            Expected::Code { url, .. } => {
                format!("show_code at `{}` with the expected code", shown(url))
            }
            Expected::Recorded { call, .. } => words::of(call),
        }
    }
}

/// Whether the URL is the expected one: with its query only if one is expected.
fn is_at(expected: &str, url: &str) -> bool {
    match expected.contains('?') {
        true => expected == url,
        false => expected == address(url),
    }
}

/// Whether the call is the recorded one, whatever a secret or a random value changed in it: the query of a URL, headers, a
/// body, a code.
fn is_alike(recorded: &Call, call: &Call) -> bool {
    match (recorded, call) {
        (Call::Tell { .. }, Call::Tell { .. }) => true,
        (Call::Fetch(_), _) | (Call::Visit { .. }, _) | (Call::ShowCode { .. }, _) => {
            stands_for(&words::of(recorded), &words::of(call))
        }
        (Call::Ask { secret, .. }, Call::Ask { secret: asked, .. }) if secret != asked => false,
        (Call::Ask { .. }, Call::Ask { .. }) | (Call::Choose { .. }, Call::Choose { .. }) => {
            stands_for(&words::of(recorded), &words::of(call))
        }
        _ => recorded == call,
    }
}
