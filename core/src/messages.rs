//! The JSON messages between a provider in another process and its host: each session call is one message,
//! and so is its answer.
//!
//! A call is `{"ask": NAME, …}` with the arguments of the [`Session`] method `NAME` as members, such as
//! `{"ask": "sleep", "milliseconds": 500}`. `ask_secret` is `ask` with the member `"secret": true`. An answer is `{"ok": VALUE}` or `{"failed": FAILURE}`. Unknown
//! members are ignored; an unknown call is answered with `unsupported`.
//!
//! ```
//! use mesheryctl_core::failure::Failure;
//! use mesheryctl_core::messages::{RemoteSession, answer};
//! use mesheryctl_core::session::Session;
//!
//! struct Host;
//!
//! impl Session for Host {
//!     fn now(&mut self) -> Result<u64, Failure> {
//!         Ok(1_900_000_000)
//!     }
//! }
//!
//! let mut host = Host;
//! let mut session = RemoteSession::new(|call: &str| answer(&mut host, call));
//! assert_eq!(session.now(), Ok(1_900_000_000));
//! ```

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::secret::Secret;
use crate::session::{CallbackKind, HttpRequest, HttpResponse, Query, Session};

/// One session call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub(crate) enum Call {
    Tell {
        text: String,
    },
    Ask {
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
    Fetch(HttpRequest),
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

/// The answer to a call, and to the request of an action.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<T> {
    Ok(T),
    Failed(Failure),
}

/// Why an answer holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The answer is a valid one, and states this failure.
    Failure(Failure),
    /// The text is not an answer with a value of the expected type.
    Malformed,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure(failure) => failure.fmt(f),
            // serde_json's message may quote the text, and the text may hold a secret.
            Self::Malformed => f.write_str("The answer is malformed."),
        }
    }
}

impl std::error::Error for DecodeError {}

/// A malformed answer becomes an `invalid_answer`.
impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Failure(failure) => failure,
            DecodeError::Malformed => Self::invalid_answer(error.to_string()),
        }
    }
}

/// Encodes the result of a session call or of an action as one line of JSON.
pub fn encode<T: Serialize>(result: Result<T, Failure>) -> String {
    let answer = match result {
        Ok(value) => Answer::Ok(value),
        Err(failure) => Answer::Failed(failure),
    };
    serde_json::to_string(&answer).unwrap_or_else(|_| {
        r#"{"failed":{"kind":"internal","message":"The answer could not be encoded."}}"#.into()
    })
}

/// Decodes what [`encode`] returned.
///
/// # Errors
/// [`DecodeError::Failure`] if the result was a failure, [`DecodeError::Malformed`] for any other text.
pub fn decode<T: DeserializeOwned>(line: &str) -> Result<T, DecodeError> {
    match serde_json::from_str(line) {
        Ok(Answer::Ok(value)) => Ok(value),
        Ok(Answer::Failed(failure)) => Err(DecodeError::Failure(failure)),
        Err(_) => Err(DecodeError::Malformed),
    }
}

/// Whether [`answer`] makes this call on the session. If not, the text is malformed or the call is unknown,
/// and the answer is a failure that no session returned.
pub fn is_known_call(call: &str) -> bool {
    serde_json::from_str(call).is_ok_and(|call| !matches!(call, Call::Unknown))
}

/// The host's side: decodes one call, makes it on `session`, and encodes the answer.
pub fn answer(session: &mut dyn Session, call: &str) -> String {
    let Ok(call) = serde_json::from_str(call) else {
        return encode::<()>(Err(Failure::invalid_answer("The session call is malformed.")));
    };
    match call {
        Call::Tell { text } => encode(session.tell(&text)),
        Call::Ask { prompt, secret: false } => encode(session.ask(&prompt)),
        Call::Ask { prompt, secret: true } => encode(session.ask_secret(&prompt)),
        Call::Choose { prompt, items } => encode(session.choose(&prompt, &items)),
        Call::Callback { kind } => encode(session.callback(kind)),
        Call::Visit { url } => encode(session.visit(&url)),
        Call::Fetch(request) => encode(session.fetch(&request)),
        Call::ShowCode { url, code, expires_in } => {
            encode(session.show_code(&url, &code, expires_in))
        }
        Call::Now => encode(session.now()),
        Call::Sleep { milliseconds } => encode(session.sleep(milliseconds)),
        Call::Random { bytes } => encode(session.random(bytes)),
        Call::Cancelled => encode(session.cancelled()),
        Call::Unknown => encode::<()>(Err(Failure::unsupported("This session call"))),
    }
}

/// The provider's side: a session whose calls travel to the host as text.
pub struct RemoteSession<F>(F);

impl<F: FnMut(&str) -> String> RemoteSession<F> {
    /// `exchange` sends one call to the host and returns the host's answer.
    pub fn new(exchange: F) -> Self {
        Self(exchange)
    }

    fn send<T: DeserializeOwned>(&mut self, call: &Call) -> Result<T, Failure> {
        let call = serde_json::to_string(call)
            .map_err(|_| Failure::internal("The session call could not be encoded."))?;
        Ok(decode(&(self.0)(&call))?)
    }
}

impl<F> fmt::Debug for RemoteSession<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteSession")
    }
}

impl<F: FnMut(&str) -> String> Session for RemoteSession<F> {
    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        self.send(&Call::Tell { text: text.into() })
    }

    fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        self.send(&Call::Ask { prompt: prompt.into(), secret: false })
    }

    fn ask_secret(&mut self, prompt: &str) -> Result<Secret, Failure> {
        self.send(&Call::Ask { prompt: prompt.into(), secret: true })
    }

    fn choose(&mut self, prompt: &str, items: &[String]) -> Result<usize, Failure> {
        self.send(&Call::Choose { prompt: prompt.into(), items: items.to_vec() })
    }

    fn callback(&mut self, kind: CallbackKind) -> Result<String, Failure> {
        self.send(&Call::Callback { kind })
    }

    fn visit(&mut self, url: &str) -> Result<Query, Failure> {
        self.send(&Call::Visit { url: url.into() })
    }

    fn fetch(&mut self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let response: HttpResponse = self.send(&Call::Fetch(request.clone()))?;
        Ok(response.from_url(&request.url))
    }

    fn show_code(&mut self, url: &str, code: &str, expires_in: u64) -> Result<(), Failure> {
        self.send(&Call::ShowCode { url: url.into(), code: code.into(), expires_in })
    }

    fn now(&mut self) -> Result<u64, Failure> {
        self.send(&Call::Now)
    }

    fn sleep(&mut self, milliseconds: u64) -> Result<(), Failure> {
        self.send(&Call::Sleep { milliseconds })
    }

    fn random(&mut self, bytes: u32) -> Result<String, Failure> {
        self.send(&Call::Random { bytes })
    }

    fn cancelled(&mut self) -> Result<bool, Failure> {
        self.send(&Call::Cancelled)
    }
}

#[cfg(test)]
mod tests;
