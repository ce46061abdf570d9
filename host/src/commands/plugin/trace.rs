//! [`Traced`]: a session that shows each call of a plugin as it passes, with secrets as ●.

use mesheryctl_core::failure::Failure;
use mesheryctl_core::secret::Secret;
use mesheryctl_core::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

use super::redaction::{HIDDEN, Redaction, headers, origin};
use crate::terminal::Terminal;
use crate::text::{Label, Message};

/// A session whose calls are shown.
pub struct Traced<'a, S> {
    pub session: S,
    terminal: &'a Terminal,
    /// Whether the arguments and answers are shown too.
    is_whole: bool,
    redaction: Redaction,
    pub calls: u32,
}

impl<'a, S: Session> Traced<'a, S> {
    pub fn new(session: S, terminal: &'a Terminal, is_whole: bool, redaction: Redaction) -> Self {
        Self { session, terminal, is_whole, redaction, calls: 0 }
    }

    /// Makes the call. `short` names it, and `more` are its other arguments.
    fn call<T>(
        &mut self,
        short: &str,
        more: &str,
        call: impl FnOnce(&mut S) -> Result<T, Failure>,
        shown: impl FnOnce(&mut Redaction, &T) -> String,
    ) -> Result<T, Failure> {
        self.calls += 1;
        let number = self.calls;
        let more = if self.is_whole { more } else { "" };
        self.say(&format!("call {number}"), &format!("{short} {more}"));
        let answer = call(&mut self.session);
        // Also without --trace: what it shows teaches which secrets were seen.
        let text = match &answer {
            Ok(value) => shown(&mut self.redaction, value),
            Err(it) => format!("failed: {} ({:?})", it.message, it.kind),
        };
        if self.is_whole {
            self.say(&format!("answer {number}"), &text);
        }
        answer
    }

    fn say(&self, what: &str, text: &str) {
        let text = Message::new(self.redaction.scrubbed(text));
        self.terminal.say(&format!("  {what}: {text}"));
    }
}

fn done(_: &mut Redaction, (): &()) -> String {
    "done".to_owned()
}

fn plain<T: ToString>(_: &mut Redaction, value: &T) -> String {
    value.to_string()
}

/// A value that is a secret from now on.
fn hidden(redaction: &mut Redaction, value: &str) -> String {
    redaction.hide(value);
    HIDDEN.to_owned()
}

impl<S: Session> Session for Traced<'_, S> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.call("tell", "", |it| it.tell(text), done)
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        let short = format!("ask {:?}", Label::new(prompt).to_string());
        self.call(&short, "", |it| it.ask(prompt), plain)
    }

    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        let short = format!("ask {:?}", Label::new(prompt).to_string());
        self.call(
            &short,
            "hidden",
            |it| it.ask_secret(prompt),
            |seen, it| hidden(seen, it.expose()),
        )
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        let short = format!("choose {:?}", Label::new(prompt).to_string());
        let more = format!("of {} items", items.len());
        self.call(&short, &more, |it| it.choose(prompt, items), plain)
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        let more = format!("{kind:?}");
        let shown = |seen: &mut Redaction, url: &String| {
            // Its nonce protects it.
            if kind == CallbackKind::NoncePath {
                hidden(seen, url.rsplit('/').next().unwrap_or_default());
            }
            origin(url)
        };
        self.call("callback", &more, |it| it.callback(kind), shown)
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.redaction.learn_url(url);
        let short = format!("visit {}", self.redaction.address(url));
        let more = self.redaction.query(url);
        let shown = |seen: &mut Redaction, it: &Query| {
            seen.learn_query(it);
            seen.callback(it)
        };
        self.call(&short, &more, |it| it.visit(url), shown)
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        self.redaction.learn_request(request);
        let address = self.redaction.address(&request.url);
        let short = format!("fetch {} {address}", request.method.as_str());
        let body = request.body.as_deref().unwrap_or_default();
        let body = self.redaction.body(body, &request.headers);
        let query = self.redaction.query(&request.url);
        let more = format!("{query} {} {body}", headers(&request.headers));
        let shown = |seen: &mut Redaction, it: &HttpResponse| {
            seen.learn_response(it);
            format!("status {} {}", it.status, seen.body(&it.body, &it.headers))
        };
        self.call(&short, &more, |it| it.fetch(request), shown)
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        let short = format!("show_code {}", self.redaction.address(url));
        let more = format!("for {expires_in} s");
        self.call(&short, &more, |it| it.show_code(url, code, expires_in), done)
    }

    fn now(&mut self) -> Result<u64, Failure> {
        self.call("now", "", Session::now, plain)
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.call(&format!("sleep {milliseconds} ms"), "", |it| it.sleep(milliseconds), done)
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        self.call(
            &format!("random {bytes} bytes"),
            "",
            |it| it.random(bytes),
            |seen, it| hidden(seen, it),
        )
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        self.call("cancelled", "", Session::cancelled, plain)
    }

    // The worker asks it all the time; it is no call of the plugin.
    fn check_cancelled(&mut self) -> Result<(), Failure> {
        self.session.check_cancelled()
    }
}
