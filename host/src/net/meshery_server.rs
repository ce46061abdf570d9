//! The Meshery Server of the context: which providers it lists, and what it says of a token.

use std::cell::OnceCell;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use mesheryctl_core::auth_file::{AuthFile, is_provider_name};
use mesheryctl_core::token::Token;
use reqwest::{Method, Url};
use serde_json::{Map, Value};

use crate::error::{Command, Suggestion};
use crate::net::url::{self, authority};
use crate::net::{Http, HttpError, Outgoing, Proxy, Reply};
use crate::text::{Address, Name};

/// It stands between the person and the prompt.
const LIST: Duration = Duration::from_secs(1);
/// The server may have to ask the provider.
const CHECK: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_millis(300);

const PROFILE: &str = "/api/identity/users/profile";

/// One remote provider that the server lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As the server spells it; it is what the server wants to see in a cookie.
    pub name: Name,
    /// None where there is none that this program would talk to.
    pub url: Option<Url>,
    /// Whether it is the server's local provider, which has no URL at all.
    pub is_local: bool,
    /// Where this provider says whose token it is shown, relative to its URL.
    profile: String,
}

/// What the server says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Valid. What the server answered is what is to be saved.
    Accepted(AuthFile),
    /// A clear no.
    Rejected,
    /// Neither, and why: the token is to be saved and this to be said.
    Unknown(String),
}

/// The server that a context names; nothing is sent before the first question.
pub struct Server<'a> {
    http: &'a Http,
    named: &'a str,
    /// None when it may not be asked.
    endpoint: Option<Url>,
    listed: OnceCell<Result<Vec<Listed>, String>>,
    /// The first request that got no answer.
    error: OnceCell<HttpError>,
}

impl<'a> Server<'a> {
    pub fn at(named: &'a str, http: &'a Http) -> Self {
        let (listed, error) = (OnceCell::new(), OnceCell::new());
        Self { http, named, endpoint: url::address(named), listed, error }
    }

    /// What to type next when it could not be reached, where the cause tells.
    pub fn next(&self, command: &Command) -> Option<Suggestion> {
        self.error.get()?.next(&authority(self.endpoint.as_ref()?), command)
    }

    /// The endpoint as people write it.
    pub fn name(&self) -> Address {
        shown(self.named)
    }

    /// The providers that the server lists; asked once.
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
            false => "is neither https nor on this computer".to_owned(),
        }
    }

    fn list(&self) -> Result<Vec<Listed>, String> {
        let endpoint = self.endpoint.as_ref().ok_or_else(|| self.unusable())?;
        if let Some(why) = absence(endpoint) {
            return Err(why);
        }
        let reply = self.get("/api/providers", &[], LIST).map_err(|error| error.to_string())?;
        match reply.status {
            200 => {}
            status @ 500.. => return Err(its_own_error(status)),
            status => return Err(format!("answered {status} for its list of providers")),
        }
        match serde_json::from_slice(&reply.body) {
            Ok(Value::Object(entries)) => {
                Ok(entries.iter().filter_map(|(key, entry)| listed(key, entry)).collect())
            }
            _ => Err("returned an invalid list of providers".into()),
        }
    }

    /// What the server says of the token of the provider at `url`, and how it names that provider.
    pub fn check(&self, url: &Url, token: &Token) -> (Option<Name>, Verdict) {
        match self.listed() {
            Err(why) => (None, Verdict::Unknown(why)),
            Ok(all) => match all.iter().find(|it| it.is_at(url)) {
                None => (None, Verdict::Unknown("does not list this provider".into())),
                Some(provider) => (Some(provider.name.clone()), self.judge(provider, token)),
            },
        }
    }

    fn judge(&self, provider: &Listed, token: &Token) -> Verdict {
        let cookie = format!("token={}; meshery-provider={}", token.expose(), provider.name.raw());
        let reply = match self.get("/api/token", &[("cookie".into(), cookie)], CHECK) {
            Ok(reply) => reply,
            Err(error) => return Verdict::Unknown(error.to_string()),
        };
        match reply.status {
            200 => accepted(&reply.body, provider.name.raw()),
            401 | 403 => Verdict::Rejected,
            302 if self.leads_to_login(&reply) => self.second_opinion(provider, token),
            status @ 500.. => Verdict::Unknown(its_own_error(status)),
            status => Verdict::Unknown(format!("answered {status} for the token")),
        }
    }

    fn leads_to_login(&self, reply: &Reply) -> bool {
        let base = self.endpoint.as_ref();
        let target = reply.header("location").and_then(|it| base?.join(it).ok());
        target.is_some_and(|url| url.path() == "/auth/login")
    }

    /// The server answers alike for a bad token and for a provider that is down: only the provider
    /// itself can tell. It cannot for a token that the server would renew first.
    fn second_opinion(&self, provider: &Listed, token: &Token) -> Verdict {
        let unknown = || Verdict::Unknown("could not verify the token with the provider".into());
        let Some(base) = provider.url.as_ref().filter(|_| !token.claims().refreshable) else {
            return unknown();
        };
        let Ok(url) =
            Url::parse(&format!("{}{}", base.as_str().trim_end_matches('/'), provider.profile))
        else {
            return unknown();
        };
        let bearer = ("authorization".to_owned(), format!("Bearer {}", token.bearer().expose()));
        let request = Outgoing {
            method: Method::GET,
            url: &url,
            headers: &[bearer],
            body: None,
            timeout: CHECK,
            guarded: false,
        };
        let because = |why: String| {
            Verdict::Unknown(format!("could not verify the token: its provider {why}"))
        };
        match self.http.send(request).map(|reply| reply.status) {
            Ok(401 | 403) if authority(&url) == authority(base) => Verdict::Rejected,
            Ok(status @ 500..) => because(its_own_error(status)),
            Ok(_) => unknown(),
            Err(error) => because(error.to_string()),
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
            .map_err(|error| HttpError::Other(error.to_string()))?;
        let request = Outgoing {
            method: Method::GET,
            url: &url,
            headers,
            body: None,
            timeout,
            guarded: false,
        };
        self.http.send(request).inspect_err(|error| {
            let _ = self.error.set(error.clone());
        })
    }
}

/// An endpoint to be shown: a password in it is nobody's business.
pub fn shown(endpoint: &str) -> Address {
    let bare = endpoint.split_once("://").and_then(|(scheme, rest)| {
        let (_user, host) = rest.rsplit_once('@')?;
        Some(format!("{scheme}://{host}"))
    });
    Address::new(bare.as_deref().unwrap_or(endpoint))
}

/// Why the server cannot be there, found by a bare TCP connect, look-up included, so that a dead server
/// costs little. Not where a proxy stands between: there only the proxy can tell.
fn absence(endpoint: &Url) -> Option<String> {
    if !matches!(Proxy::of(endpoint), Ok(None)) {
        return None;
    }
    let endpoint = endpoint.clone();
    let (found, there) = mpsc::channel();
    // A name server can take long, and nothing can interrupt it: the thread is left behind.
    let look = move || {
        let _ = found.send(match url::addresses(&endpoint) {
            Ok(all) => (!any_connects(all, CONNECT)).then_some("is not answering".into()),
            Err(_) => Some(HttpError::UnknownHost.to_string()),
        });
    };
    match thread::Builder::new().spawn(look) {
        Ok(_) => there.recv_timeout(CONNECT).unwrap_or(Some("is not answering".into())),
        // No thread to be had: the question itself is bounded too.
        Err(_) => None,
    }
}

/// Whether one of the addresses takes a connection in this time. All are tried at once: an address that
/// never answers, such as an IPv6 address in a network without IPv6, takes no time from the others.
fn any_connects(addresses: Vec<SocketAddr>, within: Duration) -> bool {
    let (connected, first) = mpsc::channel();
    for address in addresses {
        let connected = connected.clone();
        let connect = move || {
            if TcpStream::connect_timeout(&address, within).is_ok() {
                let _ = connected.send(());
            }
        };
        if thread::Builder::new().spawn(connect).is_err() {
            // Not known; the question itself is bounded too.
            return true;
        }
    }
    drop(connected);
    first.recv_timeout(within).is_ok()
}

fn its_own_error(status: u16) -> String {
    format!("returned a server error ({status})")
}

impl Listed {
    /// Servers spell a provider's URL in their own way: host and port tell.
    pub fn is_at(&self, url: &Url) -> bool {
        self.url.as_ref().is_some_and(|own| authority(own) == authority(url))
    }
}

/// Newer servers write camelCase, older ones snake_case. An entry without a name is left out.
fn listed(key: &str, entry: &Value) -> Option<Listed> {
    let entry = entry.as_object()?;
    let name = text(entry, "providerName", "provider_name").unwrap_or(key);
    if !is_provider_name(name) || Address::new(name).to_string().is_empty() {
        return None;
    }
    let url = text(entry, "providerUrl", "provider_url");
    Some(Listed {
        name: Name::new(name),
        url: url.and_then(url::address),
        is_local: url.is_none(),
        profile: profile(entry).unwrap_or(PROFILE).to_owned(),
    })
}

fn profile(entry: &Map<String, Value>) -> Option<&str> {
    let capabilities = entry.get("capabilities")?.as_array()?;
    let profile = capabilities.iter().find(|it| it["feature"] == "users-profile")?;
    profile["endpoint"].as_str().filter(|path| path.starts_with('/') && !path.starts_with("//"))
}

fn text<'a>(entry: &'a Map<String, Value>, camel: &str, snake: &str) -> Option<&'a str> {
    let text = |member| entry.get(member).and_then(Value::as_str).filter(|it| !it.is_empty());
    text(camel).or_else(|| text(snake))
}

fn accepted(body: &[u8], name: &str) -> Verdict {
    match AuthFile::parse(body) {
        Ok(file) if !file.provider.eq_ignore_ascii_case(name) => {
            Verdict::Unknown("answered for another provider".into())
        }
        Ok(file) if file.token.is_empty() => Verdict::Unknown("returned an empty token".into()),
        Ok(file) => Verdict::Accepted(file),
        Err(_) => Verdict::Unknown("returned an invalid token".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// An address that never answers a connect, as long as the sockets that fill its queue live.
    fn dead() -> (SocketAddr, Vec<TcpStream>, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let queue = std::iter::from_fn(|| {
            TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok()
        });
        (address, queue.collect(), listener)
    }

    #[test]
    fn one_live_address_among_dead_ones_is_enough() {
        let (dead, _queue, _listener) = dead();
        let live = TcpListener::bind("127.0.0.1:0").unwrap();
        let live = live.local_addr().map(|it| (it, live)).unwrap();
        let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (addresses, is_there) in [
            (vec![live.0], true),
            (vec![dead, live.0], true),
            (vec![refusing, dead, live.0], true),
            (vec![live.0, dead], true),
            (vec![dead, dead], false),
            (vec![refusing, dead], false),
            (vec![refusing], false),
            (vec![], false),
        ] {
            assert_eq!(any_connects(addresses.clone(), CONNECT), is_there, "{addresses:?}");
        }
    }
}
