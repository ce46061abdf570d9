//! The secrets of a sign-in, learnt from its calls and answers.

use serde_json::Value;

use super::exchange;
use super::names::{is_secret, looks_secret};
use super::parts::{Parts, Replace};
use super::search::{Needle, SHORTEST, replaced};
use crate::messages::Call;
use crate::provider::{Request, SignIn};

/// What must not be shown, each list with the longest text first.
#[derive(Clone, Default)]
pub struct Secrets {
    /// No message may contain these.
    texts: Vec<String>,
    /// Values that look like a secret: no failure of a test shows them.
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
            secrets.add_with_parts(state.expose());
        }
        secrets
    }

    /// The token and the state of a sign-in are secrets.
    pub fn add_sign_in(&mut self, sign_in: &SignIn) {
        self.add(sign_in.token.expose());
        self.add(sign_in.token.bearer().expose());
        if let Some(state) = &sign_in.stored_state {
            self.add_with_parts(state.expose());
        }
    }

    pub fn add(&mut self, text: &str) {
        if text.len() >= SHORTEST {
            insert(&mut self.texts, text);
        }
    }

    fn add_with_parts(&mut self, text: &str) {
        self.add(text);
        Parts::new(self).opaque("state", text);
    }

    pub fn all(&self) -> &[String] {
        &self.texts
    }

    /// Whether the text contains a secret.
    pub fn are_in(&self, text: &str) -> bool {
        replaced(text, &hidden(&self.texts, false)) != text
    }

    /// The text without secrets.
    pub fn hidden_in(&self, text: &str) -> String {
        let mut needles = hidden(&self.texts, true);
        needles.extend(hidden(&self.private, false));
        needles.sort_by_key(|it| std::cmp::Reverse(it.text.len()));
        replaced(text, &needles)
    }

    /// Adds the secrets of a call and of its answer, which is JSON.
    pub fn learn(&mut self, call: &Call, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let mut parts = Parts::new(self);
        exchange::call(&mut parts, call);
        exchange::answer(&mut parts, call, &answer);
    }
}

fn hidden(texts: &[String], in_part: bool) -> Vec<Needle> {
    let needle = |it: &String| Needle {
        text: it.clone(),
        canary: "●".into(),
        in_part: in_part && !it.contains("://"),
    };
    texts.iter().map(needle).collect()
}

/// Learns each value, and replaces none.
impl Replace for Secrets {
    fn secret(&mut self, name: &str, text: &str) -> String {
        if is_secret(name) {
            self.add(text);
        } else if looks_secret(text) {
            insert(&mut self.private, text);
        }
        text.to_owned()
    }

    fn taken_apart(&mut self, name: &str, text: &str, _: &str) {
        self.secret(name, text);
    }

    fn readable(&mut self, text: &str) -> String {
        text.to_owned()
    }

    fn prose(&mut self, text: &str) -> String {
        text.to_owned()
    }
}

fn insert(texts: &mut Vec<String>, text: &str) {
    if !text.is_empty() && !texts.iter().any(|it| it == text) {
        texts.push(text.to_owned());
        texts.sort_by_key(|it| std::cmp::Reverse(it.len()));
    }
}
