//! [`Redaction`]: replaces secrets, each by the same canary everywhere.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::secrets::{SHORTEST, Secrets};

/// Secrets, the longest first, each with its canary.
pub struct Redaction(Vec<(String, String)>);

impl Redaction {
    pub fn of(secrets: &Secrets) -> Self {
        // A token that contains others names them, and so does what it is encoded from.
        let mut all = secrets.clone();
        let inner: Vec<Value> =
            secrets.all().iter().filter_map(|it| inside(it)).map(|it| it.1).collect();
        inner.iter().for_each(|it| all.learn_json(it));
        let plain = |(number, secret): (usize, &String)| {
            (secret.clone(), format!("canary-{:09}", number + 1))
        };
        // What is inside is replaced before what contains it: the shortest first.
        let mut redaction = Self(all.private().iter().enumerate().map(plain).collect());
        for at in (0..redaction.0.len()).rev() {
            let (secret, canary) = redaction.0[at].clone();
            redaction.0[at].1 = redaction.shaped(&secret, &canary);
        }
        redaction
    }

    /// The canary in the form of the secret: a JWT keeps its claims, and JSON in base64 its members.
    fn shaped(&self, secret: &str, canary: &str) -> String {
        if let Some((encoding, json)) = inside(secret) {
            return encoding.encode(self.within(&json).to_string());
        }
        let parts: Vec<&str> = secret.split('.').collect();
        let claims = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
        };
        match parts[..] {
            [header, body, _] if claims(header).is_some() => match claims(body) {
                Some(json) => {
                    let body = URL_SAFE_NO_PAD.encode(self.within(&json).to_string());
                    format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode(canary))
                }
                None => canary.to_owned(),
            },
            _ => canary.to_owned(),
        }
    }

    /// The JSON with a canary for each secret.
    pub fn apply(&self, json: &Value) -> Value {
        self.within(json)
    }

    fn within(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|it| self.within(it)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, it)| (name.clone(), self.within(it))).collect()
            }
            other => other.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (secret, canary) in &self.0 {
            let form =
                |it: &str| form_urlencoded::byte_serialize(it.as_bytes()).collect::<String>();
            // As JSON inside of a string it may have escapes.
            let json = |it: &str| Value::from(it).to_string().trim_matches('"').to_owned();
            for encode in [&ToString::to_string as &dyn Fn(&str) -> String, &form, &json] {
                text = replaced(&text, &encode(secret), &encode(canary));
            }
        }
        text
    }
}

/// The text with `new` in place of `old`. A text of three letters or less is replaced as a word only: it is a part of many.
fn replaced(text: &str, old: &str, new: &str) -> String {
    if old.len() >= SHORTEST {
        return text.replace(old, new);
    }
    let is_in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(old) {
        let last = before.chars().last().or(out.chars().last());
        let is_word = !is_in_word(last) && !is_in_word(after.chars().next());
        out.push_str(before);
        out.push_str(if is_word { new } else { old });
        rest = after;
    }
    out + rest
}

/// The JSON object that this text is in base64, as Meshery's tokens are, and its alphabet.
fn inside(text: &str) -> Option<(GeneralPurpose, Value)> {
    [STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD].into_iter().find_map(|encoding| {
        let json: Value = serde_json::from_slice(&encoding.decode(text).ok()?).ok()?;
        json.is_object().then_some((encoding, json))
    })
}
