//! [`Redaction`]: replaces secrets, each by the same canary everywhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::canary::canary;
use super::exchange;
use super::names::{is_secret, looks_secret};
use super::parts::{Parts, Replace};
use super::search::{Needle, SHORTEST, replaced};
use super::secrets::Secrets;
use super::url_parts::is_url;
use crate::messages::Call;

#[derive(Default)]
pub struct Redaction {
    canaries: BTreeMap<String, Canary>,
    /// Those that are searched for in values that a recording keeps, and in any other text; the longest first.
    known: Vec<Needle>,
    likely: Vec<Needle>,
}

struct Canary {
    text: String,
    /// By its name, and not only by its look.
    is_secret: bool,
}

impl Redaction {
    /// Of these secrets, and of those of the calls.
    pub fn of(secrets: &Secrets, asks: &[(Call, Value)]) -> Self {
        let mut redaction = Self::default();
        // A text may contain a secret that a later call shows to be one, and its canary then contains that of the secret.
        for _ in 0..2 {
            secrets.all().iter().for_each(|it| redaction.add(it));
            asks.iter().for_each(|it| drop(redaction.exchange(it)));
            redaction.index();
        }
        redaction
    }

    fn add(&mut self, secret: &str) {
        Parts::new(self).opaque("secret", secret);
        // Which part of a URL is the secret is not known; a word is none.
        let is_word = |it: &str| it.chars().all(|c| c.is_ascii_lowercase());
        for part in secret
            .split(['/', '?', '&', '=', '#'])
            .skip(3)
            .filter(|it| is_url(secret) && !is_word(it))
        {
            self.secret("secret", part);
        }
    }

    /// A call and its answer with canaries.
    pub fn exchange(&mut self, (call, answer): &(Call, Value)) -> Value {
        let mut parts = Parts::new(self);
        let ask = exchange::call(&mut parts, call);
        let answer = exchange::answer(&mut parts, call, answer);
        json!({ "ask": ask, "answer": answer })
    }

    fn index(&mut self) {
        let needle = |text: &String, it: &Canary| Needle {
            text: text.clone(),
            canary: it.text.clone(),
            in_part: it.is_secret && !text.contains("://"),
        };
        (self.known, self.likely) = (Vec::new(), Vec::new());
        for (text, it) in &self.canaries {
            if it.is_secret && text.len() >= SHORTEST {
                self.known.push(needle(text, it));
            }
            if it.is_secret || looks_secret(text) {
                self.likely.push(needle(text, it));
            }
        }
        for needles in [&mut self.known, &mut self.likely] {
            needles.sort_by_key(|it| std::cmp::Reverse(it.text.len()));
        }
    }
}

impl Replace for Redaction {
    fn secret(&mut self, name: &str, text: &str) -> String {
        let number = self.canaries.len() + 1;
        let new = || Canary { text: canary(text, number), is_secret: false };
        let entry = self.canaries.entry(text.to_owned()).or_insert_with(new);
        entry.is_secret |= is_secret(name);
        entry.text.clone()
    }

    fn taken_apart(&mut self, name: &str, text: &str, new: &str) {
        let is_secret = is_secret(name) || self.canaries.get(text).is_some_and(|it| it.is_secret);
        self.canaries.insert(text.to_owned(), Canary { text: new.to_owned(), is_secret });
    }

    fn readable(&mut self, text: &str) -> String {
        replaced(text, &self.known)
    }

    fn prose(&mut self, text: &str) -> String {
        replaced(text, &self.likely)
    }
}
