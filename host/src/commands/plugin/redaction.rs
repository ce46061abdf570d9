//! [`Redaction`]: what a trace shows of addresses, headers and bodies. A value is shown only if a rule says that it is no secret.

use mesheryctl_core::session::{HttpRequest, HttpResponse, Query};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::Value;

pub const HIDDEN: &str = "●";

/// Names of OAuth whose values are no secrets.
const OPEN_NAMES: [&str; 12] = [
    "grant_type",
    "response_type",
    "scope",
    "client_id",
    "redirect_uri",
    "code_challenge_method",
    "token_type",
    "expires_in",
    "interval",
    "error",
    "error_description",
    "issuer",
];

/// Names whose values are secrets wherever they appear later.
const SECRET_NAMES: [&str; 11] = [
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "device_code",
    "code_verifier",
    "state",
    "client_secret",
    "password",
    "key",
];

const LONGEST_SEGMENT: usize = 24;
const LONGEST_PARAMETER: usize = 32;
const LONGEST_MEMBER: usize = 40;

/// A shorter secret is hidden where it is a whole value, but not within a text: it would be found in any.
const SHORTEST_WITHIN: usize = 4;

/// What is known of the values that pass.
#[derive(Default)]
pub struct Redaction {
    /// Values of settings that are no secrets.
    open: Vec<String>,
    /// The parts of the paths of those that are URLs.
    open_segments: Vec<String>,
    /// Secrets that were seen. They are hidden whatever else holds.
    secrets: Vec<String>,
}

impl Redaction {
    /// `settings` are values, each with whether it is a secret.
    pub fn new(settings: impl Iterator<Item = (String, bool)>) -> Self {
        let mut redaction = Self::default();
        for (value, is_secret) in settings {
            match is_secret {
                true => redaction.hide(&value),
                false if value.is_empty() => {}
                false => {
                    let path = Url::parse(&value).map(|it| it.path().to_owned());
                    let segments = path.iter().flat_map(|it| it.split('/'));
                    redaction.open_segments.extend(segments.map(str::to_owned));
                    redaction.open.push(value);
                }
            }
        }
        redaction
    }

    /// Hides this value from now on.
    pub fn hide(&mut self, secret: &str) {
        if !secret.is_empty() && !self.secrets.iter().any(|it| it == secret) {
            self.secrets.push(secret.to_owned());
        }
    }

    /// Hides the tokens, codes and passwords of this request from now on.
    pub fn learn_request(&mut self, request: &HttpRequest) {
        self.learn_url(&request.url);
        self.learn_body(request.body.as_deref().unwrap_or_default(), &request.headers);
    }

    pub fn learn_response(&mut self, response: &HttpResponse) {
        self.learn_body(&response.body, &response.headers);
    }

    pub fn learn_url(&mut self, url: &str) {
        self.learn(fields(query_of(url)));
    }

    pub fn learn_query(&mut self, query: &Query) {
        self.learn(pairs(query).into_iter());
    }

    fn learn(&mut self, pairs: impl Iterator<Item = (String, String)>) {
        for (_, value) in pairs.filter(|(name, _)| SECRET_NAMES.contains(&&**name)) {
            self.hide(&value);
        }
    }

    fn learn_body(&mut self, text: &str, headers: &[(String, String)]) {
        match is_form(headers) {
            true => self.learn(fields(text)),
            false => self.learn_json(text),
        }
    }

    fn learn_json(&mut self, text: &str) {
        let mut left: Vec<Value> = serde_json::from_str(text).into_iter().collect();
        while let Some(json) = left.pop() {
            match json {
                Value::Array(items) => left.extend(items),
                Value::Object(members) => {
                    for (name, value) in members {
                        match value {
                            Value::String(it) if SECRET_NAMES.contains(&&*name) => self.hide(&it),
                            other => left.push(other),
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The text without the secrets that were seen, for a whole line.
    pub fn scrubbed(&self, line: &str) -> String {
        let long = self.secrets.iter().filter(|it| it.chars().count() >= SHORTEST_WITHIN);
        long.fold(line.to_owned(), |line, it| line.replace(&**it, HIDDEN))
    }

    /// Whether the value is a secret that was seen, or contains one.
    fn is_secret(&self, value: &str) -> bool {
        self.secrets.iter().any(|it| it == value) || self.scrubbed(value) != value
    }

    /// The value of this name, if it may be shown.
    fn value(&self, name: &str, value: &str) -> String {
        let is_setting = self.open.iter().any(|it| it == value);
        let is_open = (is_setting || OPEN_NAMES.contains(&name)) && !self.is_secret(value);
        let is_url = value.contains("://");
        match is_open {
            false => HIDDEN.to_owned(),
            true if !is_url || (is_setting && !value.contains('@')) => value.to_owned(),
            true => match query_of(value) {
                "" => self.address(value),
                query => format!("{}?{}", self.address(value), self.fields(query)),
            },
        }
    }

    /// Scheme, host, port and path.
    pub fn address(&self, url: &str) -> String {
        let Some(parsed) = Url::parse(url).ok().filter(Url::has_host) else {
            return HIDDEN.to_owned();
        };
        let host = parsed.host_str().unwrap_or_default();
        let port = parsed.port().map(|it| format!(":{it}")).unwrap_or_default();
        let segments = parsed.path().split('/').map(|it| self.segment(it));
        let path = segments.collect::<Vec<_>>().join("/");
        // Only as it was written: a slash too many is a fault that is looked for.
        let is_bare =
            path == "/" && !url.split(['?', '#']).next().is_some_and(|it| it.ends_with('/'));
        format!("{}://{host}{port}{}", parsed.scheme(), if is_bare { "" } else { &path })
    }

    fn segment<'a>(&self, text: &'a str) -> &'a str {
        let decoded = decoded(text);
        let is_known = || self.open_segments.iter().chain(&self.open).any(|it| it == text);
        let is_long = text.chars().count() > LONGEST_SEGMENT && !is_known();
        match is_long || decoded.contains(';') || self.is_secret(&decoded) {
            true => HIDDEN,
            false => text,
        }
    }

    /// The parameters of a URL.
    pub fn query(&self, url: &str) -> String {
        self.fields(query_of(url))
    }

    /// Fields as of a form. One without a value may be a secret itself.
    fn fields(&self, text: &str) -> String {
        let fields = text.split('&').filter(|it| !it.is_empty()).map(|field| {
            let (name, value) = field.split_once('=').filter(|(name, _)| is_parameter(name))?;
            Some(format!("{name}={}", self.value(name, &decoded(value))))
        });
        fields.map(|it| it.unwrap_or_else(|| HIDDEN.to_owned())).collect::<Vec<_>>().join("&")
    }

    /// The parameters of a callback.
    pub fn callback(&self, query: &Query) -> String {
        let field = |(name, value): &(String, String)| match is_parameter(name) {
            true => format!("{name}={}", self.value(name, value)),
            false => HIDDEN.to_owned(),
        };
        pairs(query).iter().map(field).collect::<Vec<_>>().join("&")
    }

    /// A body with the names in it, and those values that may be shown.
    pub fn body(&self, text: &str, headers: &[(String, String)]) -> String {
        let is_whole = |it: &str| it.split_once('=').is_some_and(|(name, _)| is_parameter(name));
        match serde_json::from_str::<Value>(text) {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => self.json("", &json),
            _ if text.is_empty() => String::new(),
            _ if is_form(headers) && text.split('&').all(is_whole) => self.fields(text),
            _ => format!("{HIDDEN} ({} bytes)", text.len()),
        }
    }

    /// The JSON of the member with this name.
    fn json(&self, name: &str, json: &Value) -> String {
        match json {
            Value::Null | Value::Bool(_) => json.to_string(),
            Value::String(text) => Value::from(self.value(name, text)).to_string(),
            Value::Number(number) => self.value(name, &number.to_string()),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|it| self.json("", it)).collect();
                format!("[{}]", items.join(","))
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, it)| {
                    let shown = is_name(name, LONGEST_MEMBER).then_some(&**name);
                    let shown = Value::from(shown.unwrap_or(HIDDEN));
                    format!("{shown}:{}", self.json(name, it))
                });
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// The headers of a request.
pub fn headers(headers: &[(String, String)]) -> String {
    let shown = headers.iter().map(|(name, value)| {
        let value = match &*name.to_ascii_lowercase() {
            "content-type" | "accept" => media_type(value),
            _ => None,
        };
        let name = if is_name(name, LONGEST_MEMBER) { name } else { HIDDEN };
        format!("{name}: {}", value.unwrap_or(HIDDEN))
    });
    let all: Vec<String> = shown.collect();
    if all.is_empty() { String::new() } else { format!("[{}]", all.join("; ")) }
}

/// The type and subtype, without parameters.
fn media_type(value: &str) -> Option<&str> {
    let value = value.split(';').next().unwrap_or_default().trim();
    let is_token = |it: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-.*".contains(c);
        (1..=LONGEST_MEMBER).contains(&it.len()) && it.chars().all(is_plain)
    };
    value.split_once('/').filter(|(kind, sub)| is_token(kind) && is_token(sub)).map(|_| value)
}

fn is_form(headers: &[(String, String)]) -> bool {
    let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.and_then(|(_, value)| media_type(value));
    kind.is_some_and(|it| it.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

fn is_parameter(name: &str) -> bool {
    is_name(name, LONGEST_PARAMETER)
}

fn is_name(name: &str, longest: usize) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=longest).contains(&name.len()) && name.chars().all(is_plain)
}

/// The names and values of a callback's parameters, in their order.
fn pairs(query: &Query) -> Vec<(String, String)> {
    let json = serde_json::to_value(query).unwrap_or_default();
    serde_json::from_value(json).unwrap_or_default()
}

/// Scheme, host and port of the callback, whose path protects it.
pub fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| HIDDEN.to_owned(), |it| it.origin().ascii_serialization())
}

fn query_of(url: &str) -> &str {
    let url = url.split('#').next().unwrap_or_default();
    url.split_once('?').map(|(_, query)| query).unwrap_or_default()
}

/// The names and decoded values of a form.
fn fields(text: &str) -> impl Iterator<Item = (String, String)> {
    let fields = text.split('&').filter_map(|it| it.split_once('='));
    fields.map(|(name, value)| (decoded(name), decoded(value)))
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests;
