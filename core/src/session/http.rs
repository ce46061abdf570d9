//! [`HttpRequest`] and [`HttpResponse`]: a request that the host sends for the provider, and its answer.

use std::fmt;

use form_urlencoded::Serializer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::token::Token;

/// The method of an [`HttpRequest`]; in JSON its name in capitals.
///
/// ```
/// use mesheryctl_plugin_sdk::session::{HttpRequest, Method};
///
/// assert_eq!(HttpRequest::get("https://id.example.org/me").method, Method::Get);
/// assert_eq!(Method::Post.as_str(), "POST");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Method {
    /// Reads something, and changes nothing.
    Get,
    /// Sends a body, and may change something.
    Post,
    /// A method that this version does not know. The host refuses it.
    #[serde(other)]
    Unknown,
}

impl Method {
    /// The name in an HTTP request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// An HTTP request that the host sends for the provider, to a host name that the manifest lists.
///
/// As JSON: `{"method": "POST", "url": "…", "headers": [["Accept", "application/json"]], "body": "…"}`; `headers` and
/// `body` may be absent.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::serde_json::json;
/// use mesheryctl_plugin_sdk::session::HttpRequest;
///
/// let profile = HttpRequest::get("https://id.example.org/me").header("Accept", "application/json");
/// let form = HttpRequest::post_form("https://id.example.org/token", &[("user", "ada"), ("key", "a b")]);
/// assert_eq!(form.body.as_deref(), Some("user=ada&key=a+b"));
/// let json = HttpRequest::post_json("https://id.example.org/token", &json!({ "user": "ada" }))?;
/// assert_eq!(json.body.as_deref(), Some(r#"{"user":"ada"}"#));
/// # Ok::<(), Failure>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HttpRequest {
    /// GET or POST.
    pub method: Method,
    /// The URL: https, or http on a loopback address.
    pub url: String,
    /// Header names and values; a value may be secret, so `Debug` shows neither.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl HttpRequest {
    /// A GET request without headers.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::Get, url: url.into(), headers: Vec::new(), body: None }
    }

    /// A POST request with this body, without headers: the header `Content-Type` is yours to add.
    pub fn post(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self { method: Method::Post, body: Some(body.into()), ..Self::get(url) }
    }

    /// A POST request with these fields in the form `application/x-www-form-urlencoded`, as most token endpoints want them.
    pub fn post_form(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, body).header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// A POST request with this value as JSON.
    ///
    /// # Errors
    /// `internal` if the value cannot be JSON, such as a map whose keys are no strings.
    pub fn post_json(url: impl Into<String>, value: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_string(value).map_err(|_| {
            Failure::internal("The body of a request could not be encoded as JSON.")
        })?;
        Ok(Self::post(url, body).header("Content-Type", "application/json"))
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds the header `Authorization` with this token, without the refresh token that it may contain: [`Token::bearer`].
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::session::HttpRequest;
    /// use mesheryctl_plugin_sdk::token::{Token, TokenError};
    ///
    /// let request = HttpRequest::get("https://id.example.org/me").bearer(&Token::parse("abc")?);
    /// assert_eq!(request.headers, [("Authorization".to_owned(), "Bearer abc".to_owned())]);
    /// # Ok::<(), TokenError>(())
    /// ```
    pub fn bearer(self, token: &Token) -> Self {
        self.header("Authorization", format!("Bearer {}", token.bearer().expose()))
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

/// The answer to an [`HttpRequest`]. The host returns a redirect and does not follow it.
///
/// ```
/// use mesheryctl_plugin_sdk::failure::Failure;
/// use mesheryctl_plugin_sdk::session::{HttpRequest, Session};
/// use mesheryctl_plugin_sdk::token::Token;
///
/// fn token(session: &mut dyn Session) -> Result<Token, Failure> {
///     let response = session.fetch(&HttpRequest::get("https://id.example.org/token"))?;
///     let response = response.accepted_or(Failure::denied("This key is not accepted."))?;
///     Ok(Token::parse(&response.member("token")?)?)
/// }
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The HTTP status code.
    pub status: u16,
    /// Header names in lower case, and values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body, UTF-8, at most 1 MiB.
    #[serde(default)]
    pub body: String,
    /// Whose answer it is, for messages. Not a part of the answer.
    #[serde(skip)]
    server: Option<String>,
}

impl HttpResponse {
    /// An answer without headers. For a session that a test implements.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), server: None }
    }

    /// Adds a header; its name is stored in lower case.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.headers.push((name.as_ref().to_ascii_lowercase(), value.into()));
        self
    }

    /// With the host and port of this URL as its server. The host of a plugin does it; without it
    /// [`json`](Self::json) speaks of "the server".
    pub fn from_url(mut self, url: &str) -> Self {
        self.server = server(url).map(str::to_owned);
        self
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// This answer, if its status is 2xx.
    ///
    /// # Errors
    /// `refusal` if the status is 401 or 403; `unreachable` for 429 and 5xx; `invalid_answer` for any other status, also a
    /// redirect. The message of the last two names the server and the status.
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::failure::Failure;
    /// use mesheryctl_plugin_sdk::session::HttpResponse;
    ///
    /// let refusal = Failure::denied("This key is not accepted.");
    /// let answer = |status| HttpResponse::new(status, "").from_url("https://id.example.org/token");
    /// assert!(answer(201).accepted_or(refusal.clone()).is_ok());
    /// assert_eq!(answer(401).accepted_or(refusal.clone()), Err(refusal.clone()));
    /// let failure = answer(503).accepted_or(refusal).unwrap_err();
    /// assert_eq!(failure, Failure::unreachable("id.example.org answered 503."));
    /// ```
    pub fn accepted_or(self, refusal: Failure) -> Result<Self, Failure> {
        let message = format!("{} answered {}.", self.server(), self.status);
        match self.status {
            200..300 => Ok(self),
            401 | 403 => Err(refusal),
            429 | 500.. => Err(Failure::unreachable(message)),
            _ => Err(Failure::invalid_answer(message)),
        }
    }

    /// The text of a member of the body, which is a JSON object, whatever the status.
    ///
    /// # Errors
    /// `invalid_answer` if the body is no JSON object, or has no such member, or one that is empty or no text. The message
    /// names the server and the member, and never quotes the body.
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::session::HttpResponse;
    ///
    /// let response = HttpResponse::new(200, r#"{"token": "abc", "id": 7}"#);
    /// assert_eq!(response.member("token")?, "abc");
    /// let failure = response.member("id").unwrap_err();
    /// assert_eq!(failure.message, "The server answered 200 without a text for \"id\".");
    /// # Ok::<(), mesheryctl_plugin_sdk::failure::Failure>(())
    /// ```
    pub fn member(&self, name: &str) -> Result<String, Failure> {
        let members: Map<String, Value> = self.json()?;
        let text = members.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
        text.map(str::to_owned).ok_or_else(|| {
            let (server, status) = (self.server(), self.status);
            Failure::invalid_answer(format!(
                "{server} answered {status} without a text for {name:?}."
            ))
        })
    }

    /// Whose answer it is, as the subject of a sentence.
    fn server(&self) -> &str {
        self.server.as_deref().unwrap_or("The server")
    }

    /// The body as JSON, whatever the status.
    ///
    /// # Errors
    /// `invalid_answer` if the body is not JSON, or other JSON than `T`. The message names the server, the status and
    /// what is expected, and never quotes the body, which may hold a secret.
    ///
    /// ```
    /// use mesheryctl_plugin_sdk::serde_json::Value;
    /// use mesheryctl_plugin_sdk::session::HttpResponse;
    ///
    /// let response = HttpResponse::new(200, "<html>").from_url("https://id.example.org/me");
    /// let failure = response.json::<Value>().unwrap_err();
    /// assert_eq!(failure.message, "id.example.org answered 200 with something that is not JSON.");
    /// ```
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.body).map_err(|error| {
            let server = self.server();
            let what = match error.is_data() {
                true => format!("other JSON than expected{}", expectation(&error)),
                false if self.body.trim().is_empty() => "an empty body instead of JSON".to_owned(),
                false => "something that is not JSON".to_owned(),
            };
            Failure::invalid_answer(format!("{server} answered {} with {what}.", self.status))
        })
    }
}

/// What is compared is the answer; whose it is does not travel with it.
impl PartialEq for HttpResponse {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.headers, &self.body) == (other.status, &other.headers, &other.body)
    }
}

impl Eq for HttpResponse {}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The host and port of a URL.
fn server(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    authority.rsplit('@').next().filter(|it| !it.is_empty())
}

/// What serde expected, and where. The other words of its message may be from the body: a value, or a name that is unknown.
fn expectation(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
    let expected = message.rsplit_once(", expected ").map(|(_, it)| format!("expected {it}"));
    let missing = message.starts_with("missing field `").then(|| message.to_owned());
    let place = format!("line {}, column {}", error.line(), error.column());
    match missing.or(expected) {
        Some(what) => format!(" ({what}; {place})"),
        None => format!(" ({place})"),
    }
}

#[cfg(test)]
mod tests;
