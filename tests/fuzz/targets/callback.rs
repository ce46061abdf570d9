//! Fuzzes the rules of the callback: only a request with proof of this login is accepted, and every answer is one
//! HTTP response.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mesheryctl::readers::kind::Kind;
use mesheryctl::readers::page::Outcome;
use mesheryctl::readers::pasted::{Pasted, read};
use mesheryctl::readers::request::{self, Parsed, Request};
use mesheryctl::readers::rules::{Response, Rules};

const PORT: u16 = 43127;

/// The separator of the requests of one run.
const NEXT: &str = "\n===\n";

/// A login, and the secrets that its browser knows.
struct Login {
    kind: Kind,
    rules: Rules,
    nonce: String,
    launched: String,
    printed: String,
    cookie: String,
    /// The path at which the person confirms an answer that only the cookie authenticates, and the path for yes.
    question: String,
    yes: String,
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let kind = if first & 1 == 0 { Kind::NoncePath } else { Kind::FixedPath };
    let mut login = Login::begin(kind);
    let text = String::from_utf8_lossy(bytes);
    for (index, step) in text.split(NEXT).take(8).enumerate() {
        match step.strip_prefix("paste ") {
            Some(pasted) => login.paste(&login.filled_in(pasted)),
            None if step == "end" => login.rules.end(Outcome::SignedIn(None)),
            None if index == 0 => login.request(bytes.strip_suffix(b"\0").unwrap_or(bytes)),
            None => login.request(login.filled_in(step).as_bytes()),
        }
    }
});

impl Login {
    fn begin(kind: Kind) -> Self {
        let mut rules = Rules::new(kind, PORT, "A <b>\"B\"</b>").unwrap();
        let nonce = rules.address().rsplit('/').next().unwrap().to_owned();
        assert!(kind == Kind::FixedPath || rules.set_destination("no URL").is_err());
        let (launched, printed) =
            rules.set_destination("https://a.example/login?state=STATE").unwrap();
        let [launched, printed] =
            [launched, printed].map(|it| it.rsplit('/').next().unwrap().to_owned());
        let (cookie, question, yes) = (String::new(), String::new(), String::new());
        let mut login = Self { kind, rules, nonce, launched, printed, cookie, question, yes };
        let start = format!("GET /{} HTTP/1.1\r\nHost: localhost:{PORT}\r\n\r\n", login.printed);
        let answer = login.respond(start.as_bytes()).unwrap();
        login.cookie = value_of(&answer, "Set-Cookie").split(';').next().unwrap().to_owned();
        login
    }

    /// Replaces placeholders by the secrets, which a fuzzer cannot guess.
    fn filled_in(&self, text: &str) -> String {
        text.replace("{nonce}", &self.nonce)
            .replace("{launched}", &self.launched)
            .replace("{printed}", &self.printed)
            .replace("{cookie}", &self.cookie)
            .replace("{question}", &self.question)
            .replace("{yes}", &self.yes)
    }

    fn request(&mut self, bytes: &[u8]) {
        let before = self.rules.answered();
        self.respond(bytes);
        let Some(request) = whole(bytes) else {
            return assert_eq!(before, self.rules.answered(), "nonsense was an answer");
        };
        check(&request);
        if before || !self.rules.answered() {
            return;
        }
        assert_eq!(request.method, "GET");
        assert!(request.host.as_deref().is_some_and(|it| it.ends_with(&format!(":{PORT}"))));
        assert!(request.fetch_mode.as_deref().is_none_or(|it| it == "navigate"));
        assert!(request.fetch_dest.as_deref().is_none_or(|it| it == "document"));
        let has =
            |name: &str, value: &str| request.query.iter().any(|(n, v)| n == name && v == value);
        let path = &request.path[1..];
        assert!(self.yes.is_empty() || path != self.yes, "a question was answered at once");
        // The cookie alone is not a proof.
        let proof = match self.kind {
            Kind::FixedPath => path == "callback" && has("state", "STATE"),
            Kind::NoncePath => path.starts_with(&self.nonce),
        };
        assert!(proof, "an answer without a proof was taken");
        self.no_name_twice(&request.query);
    }

    fn paste(&mut self, text: &str) {
        let Pasted::Address(url) = read(text) else { return };
        let before = self.rules.answered();
        if self.rules.accept_url(&url).is_err() {
            return assert_eq!(before, self.rules.answered());
        }
        assert_eq!(url.port(), Some(PORT));
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let state = pairs.iter().any(|(name, value)| name == "state" && value == "STATE");
        assert!(self.kind == Kind::NoncePath || state);
        self.no_name_twice(&pairs);
    }

    fn no_name_twice(&mut self, pairs: &[(String, String)]) {
        let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
        let answer = self.rules.take_answer().unwrap();
        assert!(pairs.iter().all(|(name, value)| answer.get(name) == Some(value)));
        names.sort();
        assert!(names.windows(2).all(|it| it[0] != it[1]), "a name stands there twice");
    }

    /// The response, if the rules give one immediately.
    fn respond(&mut self, bytes: &[u8]) -> Option<String> {
        match self.rules.respond(&whole(bytes)?, || None) {
            Response::Hold => None,
            Response::Send(bytes) => {
                let text = String::from_utf8(bytes).unwrap();
                let (head, body) = text.split_once("\r\n\r\n").unwrap();
                assert!(head.starts_with("HTTP/1.1 ") && head.lines().count() <= 14, "{head}");
                assert!(!head.replace("\r\n", "").contains(char::is_control), "{head:?}");
                assert_eq!(value_of(&text, "Content-Length"), body.len().to_string());
                assert!(!body.contains("<b>"), "a name became markup");
                if head.starts_with("HTTP/1.1 303") {
                    self.question = value_of(&text, "Location")[1..].to_owned();
                }
                if let Some((_, yes)) = body.split_once("href=\"/") {
                    self.yes = yes.split('"').next().unwrap().to_owned();
                }
                Some(text)
            }
        }
    }
}

fn value_of<'a>(response: &'a str, name: &str) -> &'a str {
    let line = response.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_default()
}

/// Parses a request; asserts that bytes after it do not change it, and that half of it is not malformed.
fn whole(bytes: &[u8]) -> Option<Request> {
    let Parsed::Complete(request) = request::parse(bytes) else { return None };
    let Parsed::Complete(longer) = request::parse(&[bytes, b"more"].concat()) else {
        panic!("more undid it")
    };
    assert!(request == longer, "what comes after changed it");
    assert!(!matches!(request::parse(&bytes[..bytes.len() / 2]), Parsed::Invalid));
    Some(request)
}

fn check(request: &Request) {
    assert!(request.path.starts_with('/') && !request.path.contains(char::is_control));
    assert!(!request.path.contains(['?', '#', ' ']));
    assert!(request.path.split('/').all(|it| it != "." && it != ".."));
    assert!(!request.method.contains(|it: char| it.is_control() || it == ' '));
}
