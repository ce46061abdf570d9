//! The line: a Session as text, one JSON ask out and one JSON answer back, both directions side by side.
//!
//! Unknown fields are ignored; an unknown ask is answered `unsupported`.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::{CallbackKind, Fetch, Fetched, Query, Session};

/// One ask as it stands on the line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
enum Ask {
    Tell {
        text: String,
    },
    #[serde(rename = "ask")]
    Question {
        prompt: String,
        #[serde(default)]
        secret: bool,
    },
    Choose {
        prompt: String,
        items: Vec<String>,
    },
    Callback {
        kind: CallbackKind,
    },
    Visit {
        url: String,
    },
    Fetch(Fetch),
    ShowCode {
        url: String,
        code: String,
        expires_in: u64,
    },
    Now,
    Sleep {
        milliseconds: u64,
    },
    Random {
        bytes: u32,
    },
    Cancelled,
    #[serde(other)]
    Unknown,
}

/// An answer as it stands on the line: `{"ok": …}` or `{"failed": {"kind", "message", "hint"}}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<T> {
    Ok(T),
    Failed(Failure),
}

/// What [`decode`] says of a line that is none.
pub const NO_SENSE: &str = "The answer on the line makes no sense.";

/// Writes a result of an ask or an action as one line of JSON.
pub fn encode<T: Serialize>(result: Result<T, Failure>) -> String {
    let answer = match result {
        Ok(value) => Answer::Ok(value),
        Err(failure) => Answer::Failed(failure),
    };
    serde_json::to_string(&answer).unwrap_or_else(|_| {
        r#"{"failed":{"kind":"internal","message":"The answer could not be written."}}"#.into()
    })
}

/// Reads what [`encode`] wrote.
///
/// # Errors
/// The failure that stands on the line, or `invalid_answer` when the line makes no sense.
pub fn decode<T: DeserializeOwned>(line: &str) -> Result<T, Failure> {
    match serde_json::from_str(line) {
        Ok(Answer::Ok(value)) => Ok(value),
        Ok(Answer::Failed(failure)) => Err(failure),
        // serde_json's message may quote the line, and the line may hold a secret.
        Err(_) => Err(Failure::invalid_answer(NO_SENSE)),
    }
}

/// The host's side: reads one ask, lets `session` answer it, and writes the answer.
pub fn answer(session: &mut dyn Session, ask: &str) -> String {
    let Ok(ask) = serde_json::from_str(ask) else {
        return encode::<()>(Err(Failure::invalid_answer("The ask on the line makes no sense.")));
    };
    match ask {
        Ask::Tell { text } => encode(session.tell(&text)),
        Ask::Question { prompt, secret } => encode(session.ask(&prompt, secret)),
        Ask::Choose { prompt, items } => encode(session.choose(&prompt, &items)),
        Ask::Callback { kind } => encode(session.callback(kind)),
        Ask::Visit { url } => encode(session.visit(&url)),
        Ask::Fetch(request) => encode(session.fetch(&request)),
        Ask::ShowCode { url, code, expires_in } => {
            encode(session.show_code(&url, &code, expires_in))
        }
        Ask::Now => encode(session.now()),
        Ask::Sleep { milliseconds } => encode(session.sleep(milliseconds)),
        Ask::Random { bytes } => encode(session.random(bytes)),
        Ask::Cancelled => encode(session.cancelled()),
        Ask::Unknown => encode::<()>(Err(Failure::unsupported("This ask"))),
    }
}

/// The provider's side: a Session that writes each ask with `carry` and reads the line it gives back.
pub struct Line<F>(F);

impl<F: FnMut(&str) -> String> Line<F> {
    /// `carry` takes one line of JSON to the host and brings one back.
    pub fn new(carry: F) -> Self {
        Self(carry)
    }

    fn send<T: DeserializeOwned>(&mut self, ask: &Ask) -> Result<T, Failure> {
        let line = serde_json::to_string(ask)
            .map_err(|_| Failure::internal("The ask could not be written."))?;
        decode(&(self.0)(&line))
    }
}

impl<F> fmt::Debug for Line<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl<F: FnMut(&str) -> String> Session for Line<F> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.send(&Ask::Tell { text: text.into() })
    }

    fn ask(&mut self, prompt: &str, secret: bool) -> Result<Secret, Failure> {
        self.send(&Ask::Question { prompt: prompt.into(), secret })
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.send(&Ask::Choose { prompt: prompt.into(), items: items.to_vec() })
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.send(&Ask::Callback { kind })
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.send(&Ask::Visit { url: url.into() })
    }

    fn fetch(&mut self, request: &Fetch) -> Result<Fetched, Failure> {
        self.send(&Ask::Fetch(request.clone()))
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.send(&Ask::ShowCode { url: url.into(), code: code.into(), expires_in })
    }

    fn now(&mut self) -> Result<u64, Failure> {
        self.send(&Ask::Now)
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.send(&Ask::Sleep { milliseconds })
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        self.send(&Ask::Random { bytes })
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        self.send(&Ask::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every ask with something made of what was asked, so that a mix-up shows.
    struct Echo;

    impl Session for Echo {
        fn tell(&mut self, text: &str) -> Result<(), Failure> {
            Err(Failure::denied(text))
        }
        fn ask(&mut self, prompt: &str, secret: bool) -> Result<Secret, Failure> {
            Ok(Secret::new(format!("{prompt} {secret}")))
        }
        fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
            Ok(prompt.len() + items.len())
        }
        fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
            Ok(format!("{kind:?}"))
        }
        fn visit(&mut self, url: &str) -> Result<Query, Failure> {
            Ok(Query::new(vec![("url".into(), url.into()), ("ü&=".into(), String::new())]))
        }
        fn fetch(&mut self, request: &Fetch) -> Result<Fetched, Failure> {
            let body = request.body.clone().unwrap_or_default();
            Ok(Fetched { status: 418, headers: request.headers.clone(), body })
        }
        fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
            Err(Failure::invalid_answer(format!("{url} {code} {expires_in}")).with_hint("hint"))
        }
        fn now(&mut self) -> Result<u64, Failure> {
            Ok(u64::MAX)
        }
        fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
            Err(Failure::internal(milliseconds.to_string()))
        }
        fn random(&mut self, bytes: u32) -> Result<String, Failure> {
            Ok(bytes.to_string())
        }
        fn cancelled(&mut self) -> Result<bool, Failure> {
            Ok(true)
        }
    }

    #[test]
    fn every_ask_gives_the_same_over_the_line_as_directly() {
        fn all(session: &mut dyn Session) -> impl PartialEq + fmt::Debug + use<> {
            let post = Fetch {
                method: "POST".into(),
                url: "https://a.example".into(),
                headers: vec![("A".into(), "b\r\n".into())],
                body: Some("line\nline\u{2028}".into()),
            };
            let asked = (
                session.tell("a \"quoted\" text"),
                session.ask("prompt", true),
                session.choose("which", &["a".into(), "b".into()]),
                session.callback(CallbackKind::Marked),
                session.callback(CallbackKind::Fixed),
                session.visit("https://a.example/?q=1"),
            );
            let rest = (
                session.fetch(&post),
                session.fetch(&Fetch::get("https://b.example").header("C", "d")),
                session.show_code("https://a.example", "WDJB-MJHT", 600),
                session.now(),
                session.sleep(5),
                session.random(32),
                session.cancelled(),
            );
            (asked, rest)
        }
        let direct = all(&mut Echo);
        let over_the_line = all(&mut Line::new(|ask: &str| answer(&mut Echo, ask)));
        // Debug redacts: the comparison is on the values.
        assert!(direct == over_the_line, "{direct:?} != {over_the_line:?}");
    }

    #[test]
    fn an_unknown_ask_is_answered_unsupported() {
        let line = answer(&mut Echo, r#"{"ask":"teleport","to":"mars"}"#);
        let failure = decode::<()>(&line).unwrap_err();
        assert_eq!(failure.kind, crate::failure::FailureKind::Unsupported);
    }

    #[test]
    fn unknown_fields_are_ignored_and_unknown_kinds_are_internal() {
        assert!(answer(&mut Echo, r#"{"ask":"now","new":{"deep":[1]}}"#).starts_with(r#"{"ok":"#));
        let failure = decode::<()>(r#"{"failed":{"kind":"eaten","new":1}}"#).unwrap_err();
        assert_eq!(failure.kind, crate::failure::FailureKind::Internal);
    }

    #[test]
    fn nonsense_on_the_line_is_an_invalid_answer_and_is_not_quoted() {
        for line in ["", "canary", "{", r#"{"ok":"canary"}"#, "[]", r#"{"ask":7}"#] {
            let failure = decode::<u64>(line).unwrap_err();
            assert_eq!(failure.kind, crate::failure::FailureKind::InvalidAnswer);
            assert!(!failure.message.contains("canary"));
            assert!(!answer(&mut Echo, line).contains("canary"));
        }
    }
}
