//! [`Traced`]: a session that shows each call of a plugin as it passes, with secrets as ●.

use mesheryctl_core::failure::Failure;
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};
use reqwest::Url;
use serde_json::Value;

use crate::terminal::Terminal;
use crate::text::{Label, Line, Message};

const HIDDEN: &str = "●";

/// Headers whose values are not secret.
const OPEN_HEADERS: [&str; 4] = ["accept", "content-type", "content-length", "date"];

/// A session whose calls are shown.
pub struct Traced<'a, S> {
    pub session: S,
    terminal: &'a Terminal,
    /// Whether the arguments and answers are shown too.
    is_whole: bool,
    pub calls: u32,
}

impl<'a, S: Session> Traced<'a, S> {
    pub fn new(session: S, terminal: &'a Terminal, is_whole: bool) -> Self {
        Self { session, terminal, is_whole, calls: 0 }
    }

    /// Makes the call. `short` names it, and `more` are its other arguments.
    fn call<T>(
        &mut self,
        short: &str,
        more: &str,
        call: impl FnOnce(&mut S) -> Result<T, Failure>,
        shown: impl FnOnce(&T) -> String,
    ) -> Result<T, Failure> {
        self.calls += 1;
        let number = self.calls;
        let more = if self.is_whole { more } else { "" };
        self.terminal.say(&format!("  call {number}: {}", Message::new(format!("{short} {more}"))));
        let answer = call(&mut self.session);
        if self.is_whole {
            let answer = match &answer {
                Ok(value) => shown(value),
                Err(it) => format!("failed: {} ({:?})", it.message, it.kind),
            };
            self.terminal.say(&format!("  answer {number}: {}", Message::new(answer)));
        }
        answer
    }
}

fn done((): &()) -> String {
    "done".to_owned()
}

fn hidden<T>(_: &T) -> String {
    HIDDEN.to_owned()
}

impl<S: Session> Session for Traced<'_, S> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.call("tell", "", |it| it.tell(text), done)
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        let short = format!("ask {:?}", Label::new(prompt).to_string());
        self.call(&short, "", |it| it.ask(prompt), Clone::clone)
    }

    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        let short = format!("ask {:?}", Label::new(prompt).to_string());
        self.call(&short, "hidden", |it| it.ask_secret(prompt), |_| HIDDEN.to_owned())
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        let short = format!("choose {:?}", Label::new(prompt).to_string());
        let more = format!("of {} items", items.len());
        self.call(&short, &more, |it| it.choose(prompt, items), ToString::to_string)
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        let more = format!("{kind:?}");
        self.call("callback", &more, |it| it.callback(kind), |it| origin(it))
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        let short = format!("visit {}", without_query(url));
        let names = |it: &Query| format!("{it:?} = {HIDDEN}");
        self.call(&short, &query(url), |it| it.visit(url), names)
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let short = format!("fetch {} {}", request.method.as_str(), without_query(&request.url));
        let body = request.body.as_deref().map(body).unwrap_or_default();
        let more = format!("{} {} {body}", query(&request.url), headers(&request.headers));
        let shown = |it: &HttpResponse| format!("status {} {}", it.status, body_of(it));
        self.call(&short, &more, |it| it.fetch(request), shown)
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        let short = format!("show_code {}", without_query(url));
        let more = format!("for {expires_in} s");
        self.call(&short, &more, |it| it.show_code(url, code, expires_in), done)
    }

    fn now(&mut self) -> Result<u64, Failure> {
        self.call("now", "", Session::now, ToString::to_string)
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.call(&format!("sleep {milliseconds} ms"), "", |it| it.sleep(milliseconds), done)
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        self.call(&format!("random {bytes} bytes"), "", |it| it.random(bytes), hidden)
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        self.call("cancelled", "", Session::cancelled, ToString::to_string)
    }

    // The worker asks it all the time; it is no call of the plugin.
    fn check_cancelled(&mut self) -> Result<(), Failure> {
        self.session.check_cancelled()
    }
}

fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| HIDDEN.to_owned(), |it| it.origin().ascii_serialization())
}

fn without_query(url: &str) -> String {
    Line::new(url.split(['?', '#']).next().unwrap_or_default()).to_string()
}

/// The names of the parameters of a URL.
fn query(url: &str) -> String {
    url.split_once('?').map(|(_, query)| form(query)).unwrap_or_default()
}

/// The names of the fields of a form.
fn form(text: &str) -> String {
    let fields = text.split('&').filter(|it| !it.is_empty());
    let fields = fields.map(|it| format!("{}={HIDDEN}", it.split('=').next().unwrap_or_default()));
    fields.collect::<Vec<_>>().join("&")
}

fn headers(headers: &[(String, String)]) -> String {
    let shown = |(name, value): &(String, String)| {
        let is_open = OPEN_HEADERS.iter().any(|it| name.eq_ignore_ascii_case(it));
        format!("{name}: {}", if is_open { value } else { HIDDEN })
    };
    let all: Vec<String> = headers.iter().map(shown).collect();
    if all.is_empty() { String::new() } else { format!("[{}]", all.join("; ")) }
}

/// A body with its names, without its values.
fn body(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => redacted(json).to_string(),
        _ if text.contains('=') && !text.contains(char::is_whitespace) => form(text),
        _ if text.is_empty() => String::new(),
        _ => format!("{HIDDEN} ({} bytes)", text.len()),
    }
}

fn body_of(response: &HttpResponse) -> String {
    body(&response.body)
}

/// The same JSON with each text as ●; numbers and truth values stay.
fn redacted(json: Value) -> Value {
    match json {
        Value::String(_) => HIDDEN.into(),
        Value::Array(items) => items.into_iter().map(redacted).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, it)| (name, redacted(it))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_values_are_not() {
        for (shown, expected) in [
            (query("https://id.example/a?code=canary&x"), "code=●&x=●"),
            (query("https://id.example/a"), ""),
            (without_query("https://id.example/a?code=canary"), "https://id.example/a"),
            (without_query("https://id.example/a#canary"), "https://id.example/a"),
            (body("grant_type=canary&code=canary"), "grant_type=●&code=●"),
            (body(r#"{"a":"canary","b":[1,"canary",true]}"#), r#"{"a":"●","b":[1,"●",true]}"#),
            (body("canary"), "● (6 bytes)"),
            (body("\"canary\""), "● (8 bytes)"),
            (body("a canary=1"), "● (10 bytes)"),
            (
                headers(&[
                    ("Accept".into(), "a/b".into()),
                    ("Authorization".into(), "canary".into()),
                ]),
                "[Accept: a/b; Authorization: ●]",
            ),
            (origin("http://localhost:7/canary"), "http://localhost:7"),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
