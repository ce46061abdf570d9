//! The secrets of a sign-in, learnt from its calls and answers.

use serde_json::Value;

use super::pairs_of;
use crate::messages::Call;
use crate::provider::Request;

/// A shorter text is not searched for: it would be found in many words.
pub const SHORTEST: usize = 4;

/// What must not be shown, each list with the longest text first.
#[derive(Clone, Default)]
pub struct Secrets {
    /// No message may contain these.
    texts: Vec<String>,
    /// A recording has none of these either: other values of the browser's query, and secrets too short to be searched for.
    private: Vec<String>,
}

impl Secrets {
    pub fn new(texts: &[String]) -> Self {
        let mut secrets = Self::default();
        texts.iter().for_each(|it| secrets.add(it));
        secrets
    }

    /// The token and the stored state of a request.
    pub fn of(request: &Request) -> Self {
        let mut secrets = Self::default();
        if let Some(token) = &request.token {
            secrets.add(token.expose());
            secrets.add(token.bearer().expose());
        }
        if let Some(state) = &request.stored_state {
            secrets.add(state.expose());
            secrets.learn_body(state.expose());
        }
        secrets
    }

    pub fn add(&mut self, text: &str) {
        if text.len() >= SHORTEST {
            insert(&mut self.texts, text);
        }
    }

    pub fn all(&self) -> &[String] {
        &self.texts
    }

    /// All that a recording must not have, the longest first.
    pub fn private(&self) -> Vec<String> {
        let mut all = self.texts.clone();
        self.private.iter().for_each(|it| insert(&mut all, it));
        all
    }

    /// Whether the text contains a secret.
    pub fn are_in(&self, text: &str) -> bool {
        self.texts.iter().any(|it| text.contains(it.as_str()))
    }

    /// The text without secrets.
    pub fn hidden_in(&self, text: &str) -> String {
        self.texts.iter().fold(text.to_owned(), |text, it| text.replace(it.as_str(), "●"))
    }

    /// Adds the secrets of a call and of its answer, which is JSON.
    pub fn learn(&mut self, call: &Call, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let answer = answer.get("ok").unwrap_or(&Value::Null);
        match call {
            Call::Ask { secret: true, .. } => {
                self.add_string(answer);
                insert(&mut self.private, answer.as_str().unwrap_or_default());
            }
            Call::Random { .. } => self.add_string(answer),
            Call::Visit { url } => {
                self.learn_pairs(url.split_once('?').unwrap_or_default().1);
                for pair in answer.as_array().into_iter().flatten() {
                    let text = |at: usize| pair[at].as_str().unwrap_or_default();
                    if is_secret(text(0)) {
                        self.add(text(1));
                    } else if !is_of_an_error(text(0)) && text(1).len() >= SHORTEST {
                        insert(&mut self.private, text(1));
                    }
                }
            }
            Call::Fetch(request) => {
                self.learn_pairs(request.url.split_once('?').unwrap_or_default().1);
                request.headers.iter().for_each(|(name, value)| self.learn_header(name, value));
                self.learn_body(request.body.as_deref().unwrap_or_default());
                for pair in answer["headers"].as_array().into_iter().flatten() {
                    let text = |at: usize| pair[at].as_str().unwrap_or_default();
                    self.learn_header(text(0), text(1));
                }
                self.learn_body(answer["body"].as_str().unwrap_or_default());
            }
            Call::ShowCode { code, .. } => self.add(code),
            _ => {}
        }
    }

    fn add_string(&mut self, value: &Value) {
        self.add(value.as_str().unwrap_or_default());
    }

    fn learn_pairs(&mut self, form: &str) {
        for (name, value) in pairs_of(form) {
            if is_secret(&name) {
                self.add(&value);
            }
        }
    }

    fn learn_header(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        if name.contains("cookie") {
            let values = value.split(';').filter_map(|it| it.split_once('='));
            values.for_each(|(_, value)| self.add(value.trim()));
        } else if is_secret(&name.replace('-', "_")) || name.contains("auth") {
            // `Bearer abc`: the scheme is none.
            self.add(value.rsplit(' ').next().unwrap_or_default());
        }
    }

    fn learn_body(&mut self, body: &str) {
        match serde_json::from_str::<Value>(body) {
            Ok(json) => self.learn_json(&json),
            Err(_) => self.learn_pairs(body),
        }
    }

    pub fn learn_json(&mut self, json: &Value) {
        match json {
            Value::Object(members) => {
                for (name, value) in members {
                    if is_secret(name) {
                        self.add_string(value);
                    }
                    self.learn_json(value);
                }
            }
            Value::Array(items) => items.iter().for_each(|it| self.learn_json(it)),
            _ => {}
        }
    }
}

fn insert(texts: &mut Vec<String>, text: &str) {
    if !text.is_empty() && !texts.iter().any(|it| it == text) {
        texts.push(text.to_owned());
        texts.sort_by_key(|it| std::cmp::Reverse(it.len()));
    }
}

/// Whether a parameter of the browser's answer is part of an error, or names the identity provider.
fn is_of_an_error(name: &str) -> bool {
    name.starts_with("error") || name == "iss" || name == "scope"
}

/// Whether a member of JSON, a field of a form or a parameter with this name holds a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = [
        "token",
        "secret",
        "password",
        "passphrase",
        "passcode",
        "key",
        "assertion",
        "verifier",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "signature",
        "device_code",
        "user_code",
        "otp",
        "pin",
        "session_id",
    ];
    ends.iter().any(|it| name.ends_with(it))
        || ["code", "state", "nonce", "session"].contains(&name.as_str())
}
