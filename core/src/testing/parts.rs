//! [`Parts`]: takes a value apart, replaces what is in it, and puts it together again.

use base64::Engine;
use base64::engine::general_purpose::{
    GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};
use serde_json::{Number, Value};

use super::names::{Kept, kept, looks_generated};
use super::search::escaped;
use super::url_parts::{is_url, url};

/// How deep a value may be inside another one, such as a URL in the query of a URL.
const DEEPEST: u8 = 8;

/// What replaces the values.
pub trait Replace {
    /// A value that cannot be taken apart.
    fn secret(&mut self, name: &str, text: &str) -> String;

    /// A value that was taken apart and became `new`.
    fn taken_apart(&mut self, name: &str, text: &str, new: &str);

    /// A value that a recording keeps but for secrets that are known.
    fn readable(&mut self, text: &str) -> String;

    /// Any other text, such as a question.
    fn prose(&mut self, text: &str) -> String;
}

pub struct Parts<'a> {
    replace: &'a mut dyn Replace,
    depth: u8,
}

impl<'a> Parts<'a> {
    pub fn new(replace: &'a mut dyn Replace) -> Self {
        Self { replace, depth: 0 }
    }

    pub fn readable(&mut self, text: &str) -> String {
        self.replace.readable(text)
    }

    /// With the secrets that are known replaced, and nothing else.
    pub fn known(&mut self, text: &str) -> String {
        self.replace.prose(text)
    }

    /// A text for a person. The URLs in it are taken apart.
    pub fn prose(&mut self, text: &str) -> String {
        let text = self.replace.prose(text);
        self.with_urls(&text)
    }

    /// A value, by its name.
    pub fn named(&mut self, name: &str, text: &str) -> String {
        match kept(name) {
            Kept::Sentence => self.prose(text),
            Kept::Text if !is_encoded(text) => self.readable(text),
            Kept::Issuer if is_url(text) || is_host(text) => url(self, text, true),
            _ => self.opaque(name, text),
        }
    }

    /// A value that is not readable, whatever its name.
    pub fn opaque(&mut self, name: &str, text: &str) -> String {
        if text.trim().is_empty() || is_date(text) {
            return text.to_owned();
        }
        if self.depth >= DEEPEST {
            return self.replace.secret(name, text);
        }
        self.depth += 1;
        let new = self.inside(text);
        self.depth -= 1;
        match new {
            Some(new) => {
                // A URL is taken apart wherever it stands.
                if !is_url(text) {
                    self.replace.taken_apart(name, text, &new);
                }
                new
            }
            None => self.replace.secret(name, text),
        }
    }

    fn with_urls(&mut self, text: &str) -> String {
        let (mut new, mut rest) = (String::new(), text);
        while let Some(at) = rest.find("http://").into_iter().chain(rest.find("https://")).min() {
            let is_end = |c: char| c.is_whitespace() || "<>\"'`)]".contains(c);
            let end = rest[at..].find(is_end).map_or(rest.len(), |it| at + it);
            new.push_str(&rest[..at]);
            new.push_str(&url(self, &rest[at..end], false));
            rest = &rest[end..];
        }
        new + rest
    }

    fn inside(&mut self, text: &str) -> Option<String> {
        if is_url(text) {
            return Some(url(self, text, false));
        }
        if let Some(json) = container(text.as_bytes()) {
            return Some(self.json("", &json).to_string());
        }
        if let Some((encoding, json)) = in_base64(text) {
            return Some(encoding.encode(self.json("", &json).to_string()));
        }
        self.jwt(text)
    }

    /// A JWT keeps its form, and the claims of it that are readable.
    fn jwt(&mut self, text: &str) -> Option<String> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, rest @ ..] = &parts[..] else { return None };
        in_base64(header)?;
        in_base64(claims).filter(|_| rest.len() == 1)?;
        let mut all = Vec::new();
        for part in [header, claims] {
            let (_, json) = in_base64(part)?;
            let new = self.json("", &json);
            all.push(if new == json {
                (*part).to_owned()
            } else {
                URL_SAFE_NO_PAD.encode(new.to_string())
            });
        }
        all.push(match rest[0] {
            "" => String::new(),
            signature => self.replace.secret("signature", signature),
        });
        Some(all.join("."))
    }

    /// JSON, value by value; an item of a list has the name of the list.
    pub fn json(&mut self, name: &str, json: &Value) -> Value {
        match json {
            Value::String(text) => self.named(name, text).into(),
            Value::Number(number) if kept(name) == Kept::Nothing => self.number(name, number),
            Value::Array(items) => items.iter().map(|it| self.json(name, it)).collect(),
            Value::Object(members) => {
                let new = |(name, it): (&String, &Value)| (self.name(name), self.json(name, it));
                members.iter().map(new).collect()
            }
            other => other.clone(),
        }
    }

    fn number(&mut self, name: &str, number: &Number) -> Value {
        // An error is stated by a number too, and a message may show it.
        let name = if name == "code" || name == "state" { "" } else { name };
        let new = self.replace.secret(name, &number.to_string());
        serde_json::from_str::<Number>(&new).map_or(Value::from(1), Value::Number)
    }

    /// The name of a value, which is generated in a map of tokens.
    pub fn name(&mut self, name: &str) -> String {
        let is_word = |it: &str| !it.is_empty() && !it.chars().any(|c| c.is_ascii_digit());
        let is_name = is_url(name) || name.split(['_', '-', '.', ':']).all(is_word);
        match looks_generated(name) && (!is_name || name.len() > 64) {
            true => self.opaque("", name),
            false => self.prose(name),
        }
    }

    /// Pairs as in a query. One without an equals sign is a value.
    pub fn form(&mut self, form: &str) -> String {
        let pair = |raw: &str| match raw.split_once('=') {
            Some((name, value)) => {
                let (plain_name, plain) = (decoded(name), decoded(value));
                let (new_name, new) = (self.name(&plain_name), self.named(&plain_name, &plain));
                let name =
                    if new_name == plain_name { name.to_owned() } else { escaped(&new_name) };
                format!("{name}={}", if new == plain { value.to_owned() } else { escaped(&new) })
            }
            None => escaped(&self.opaque("", &decoded(raw))),
        };
        form.split('&').map(pair).collect::<Vec<_>>().join("&")
    }
}

/// Without the percent signs and plus signs of a form.
pub fn decoded(text: &str) -> String {
    let pair = format!("={}", text.replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).map(|it| it.1.into_owned()).collect()
}

/// An object or list of JSON.
fn container(text: &[u8]) -> Option<Value> {
    let json = serde_json::from_slice::<Value>(text).ok()?;
    (json.is_object() || json.is_array()).then_some(json)
}

/// The object or list of JSON that this text is in base64, as Meshery's tokens are, and its alphabet.
fn in_base64(text: &str) -> Option<(GeneralPurpose, Value)> {
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].into_iter().find_map(|encoding| {
        let json = container(&encoding.decode(text).ok()?)?;
        Some((encoding, json))
    })
}

/// Whether a text is a token by its form alone.
fn is_encoded(text: &str) -> bool {
    let begin = text.split('.').next().unwrap_or_default();
    container(text.as_bytes()).is_some() || in_base64(begin).is_some()
}

/// Whether the text is a host, which an issuer may be.
fn is_host(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:".contains(c);
    text.contains('.') && text.chars().all(is_allowed) && text.len() < 64
}

/// A date, and a time of it (RFC 3339).
fn is_date(text: &str) -> bool {
    let digits = |it: &str, count| it.len() == count && it.bytes().all(|c| c.is_ascii_digit());
    let date = text.get(..10).unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let is_date =
        parts.len() == 3 && digits(parts[0], 4) && digits(parts[1], 2) && digits(parts[2], 2);
    let is_time = |c: char| c.is_ascii_digit() || "T:.+-Z ".contains(c);
    is_date && text.len() <= 35 && text.chars().skip(10).all(is_time)
}
