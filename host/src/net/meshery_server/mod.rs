//! The Meshery Server of the context: the providers that it lists, and its verdict on a token.

pub mod listing;
mod probe;
#[cfg(test)]
mod tests;
pub mod verdict;

use std::cell::OnceCell;
use std::time::Duration;

use mesheryctl_core::token::Token;
use reqwest::{Method, Url};

pub use self::listing::Listed;
pub use self::verdict::Verdict;
use crate::error::{Command, Suggestion};
use crate::net::url::{self, authority};
use crate::net::{Http, HttpError, Outgoing, Recipient, Reply};
use crate::text::{Line, Name};

/// Short, because the prompt waits for it.
const LIST_TIMEOUT: Duration = Duration::from_secs(1);

/// The server that a context names. Nothing is sent before the first call that needs it.
pub struct Server<'a> {
    http: &'a Http,
    named: &'a str,
    /// `None` if this program does not connect to it.
    endpoint: Option<Url>,
    listed: OnceCell<Result<Vec<Listed>, String>>,
    /// The error of the first request that failed.
    error: OnceCell<HttpError>,
}

impl<'a> Server<'a> {
    pub fn at(named: &'a str, http: &'a Http) -> Self {
        let (listed, error) = (OnceCell::new(), OnceCell::new());
        Self { http, named, endpoint: url::base_url(named), listed, error }
    }

    /// A server for tests, which lists these providers and cannot be reached.
    #[cfg(test)]
    pub fn of_test(http: &'a Http, listed: Vec<Listed>) -> Self {
        Self { listed: OnceCell::from(Ok(listed)), ..Self::at("", http) }
    }

    /// What to type next if a request failed, where the cause determines it.
    pub fn next(&self, command: &Command) -> Option<Suggestion> {
        self.error.get()?.next(&authority(self.endpoint.as_ref()?), command)
    }

    /// Whether this program can connect to its endpoint.
    pub fn is_usable(&self) -> bool {
        self.endpoint.is_some()
    }

    /// Whether the first request that failed may have arrived: its response did not come in time, or not whole.
    pub fn may_have_received(&self) -> bool {
        self.error.get().is_some_and(HttpError::may_have_arrived)
    }

    /// The request for the list of providers, as a command to try by hand.
    pub fn request(&self) -> Option<Command> {
        let base = self.endpoint.as_ref()?.as_str().trim_end_matches('/').to_owned();
        Some(Command::from("curl -v").value(base).glued("/api/providers"))
    }

    /// Its endpoint, if this program connects to it.
    pub fn endpoint(&self) -> Option<&Url> {
        self.endpoint.as_ref()
    }

    /// The endpoint as people write it.
    pub fn name(&self) -> Line {
        shown(self.named)
    }

    /// The providers that the server lists. It is asked once.
    ///
    /// # Errors
    /// Why there is no list, as a sentence part that follows the server's name.
    pub fn listed(&self) -> Result<&[Listed], String> {
        let listed = self.listed.get_or_init(|| self.list());
        listed.as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    fn unusable(&self) -> String {
        match self.named.contains('@') {
            true => "has a user name in its URL, which is not supported".to_owned(),
            false if !self.named.contains("://") => {
                "begins with neither https:// nor http://".to_owned()
            }
            false if url::is_permitted_scheme(self.named) => {
                "has a host name with characters that are not allowed".to_owned()
            }
            false => "is neither https nor on this computer".to_owned(),
        }
    }

    fn list(&self) -> Result<Vec<Listed>, String> {
        let endpoint = self.endpoint.as_ref().ok_or_else(|| self.unusable())?;
        if let Some(why) = probe::unreachable(endpoint) {
            return Err(why);
        }
        let reply =
            self.get("/api/providers", &[], LIST_TIMEOUT).map_err(|error| error.to_string())?;
        listing::read(&reply)
    }

    /// The server's verdict on the token of the provider at `url`, and its name for that provider. Its list has a time
    /// limit of its own; `within` is that of the verdict.
    pub fn check(&self, url: &Url, token: &Token, within: Duration) -> (Option<Name>, Verdict) {
        match self.listed() {
            Err(why) => (None, Verdict::Unknown(why)),
            Ok(all) => match all.iter().find(|it| it.has_url(url)) {
                None => (None, Verdict::Unknown("does not list this provider".into())),
                Some(provider) => {
                    (Some(provider.name.clone()), self.verify(provider, token, within))
                }
            },
        }
    }

    fn verify(&self, provider: &Listed, token: &Token, within: Duration) -> Verdict {
        let cookie = format!("token={}; meshery-provider={}", token.expose(), provider.name.raw());
        let reply = match self.get("/api/token", &[("cookie".into(), cookie)], within) {
            Ok(reply) => reply,
            Err(error) => return Verdict::Unknown(error.to_string()),
        };
        match &self.endpoint {
            Some(base) => verdict::of_server(&reply, base, provider.name.raw(), token),
            None => Verdict::Unknown(self.unusable()),
        }
    }

    fn get(
        &self,
        path: &str,
        headers: &[(String, String)],
        timeout: Duration,
    ) -> Result<Reply, HttpError> {
        let base = self.endpoint.as_ref().ok_or(HttpError::NotSecure)?;
        let url = Url::parse(&format!("{}{path}", base.as_str().trim_end_matches('/')))
            .map_err(HttpError::other)?;
        let request = Outgoing {
            method: Method::GET,
            url: &url,
            headers,
            body: None,
            timeout,
            recipient: Recipient::Server,
        };
        self.http.send(request).inspect_err(|error| {
            let _ = self.error.set(error.clone());
        })
    }
}

/// An endpoint as it is shown, and recorded as the verifier of a token: the URL that requests go to. One that is not used is
/// shown without user and password.
pub fn shown(endpoint: &str) -> Line {
    if let Some(url) = url::base_url(endpoint) {
        return Line::new(url.as_str().trim_end_matches('/'));
    }
    let bare = endpoint.split_once("://").and_then(|(scheme, rest)| {
        let (_user, host) = rest.rsplit_once('@')?;
        Some(format!("{scheme}://{host}"))
    });
    Line::new(bare.as_deref().unwrap_or(endpoint))
}

fn server_error(status: u16) -> String {
    format!("returned a server error ({status})")
}
