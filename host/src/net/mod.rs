//! The door to HTTP: one request at a time, no redirect followed, every answer bounded.
//!
//! The clients are built late and once. Loopback has a client of its own that knows no proxy.

mod authorities;
mod cause;
mod certificate;
mod error;
mod issuer;
pub mod meshery_server;
mod proxy;
pub mod resolver;
mod tls;

use std::cell::OnceCell;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Method, Url, redirect};
use rustls::pki_types::CertificateDer;

use self::cause::Asked;
pub use self::error::Trouble;
pub use self::proxy::Proxy;
use crate::problem;

/// The largest answer that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

const HERE: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
const CONNECT: Duration = Duration::from_secs(10);

/// Builds its clients when they are first needed.
pub struct Http {
    /// Believed beside the system's.
    authorities: Vec<CertificateDer<'static>>,
    /// For providers: it connects to no address of a network's machinery.
    guarded: OnceCell<&'static Client>,
    loopback: OnceCell<&'static Client>,
    direct: OnceCell<&'static Client>,
    /// The environment names one proxy, so one client goes through it.
    proxied: OnceCell<&'static Client>,
}

/// What is sent.
pub struct Outgoing<'a> {
    pub method: Method,
    pub url: &'a Url,
    pub headers: &'a [(String, String)],
    pub body: Option<String>,
    /// For the whole exchange, from the look-up of the name to the last byte.
    pub timeout: Duration,
    /// For a provider: then to no address of the network's own machinery, whatever name leads there.
    pub guarded: bool,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A base address, to which paths are added: one that this program talks to, without query and fragment.
pub fn address(text: &str) -> Option<Url> {
    target(text).filter(|url| url.query().is_none() && url.fragment().is_none())
}

/// A URL that this program talks to: https, or http on loopback, without a user in it.
pub fn target(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && url.host_str().is_some_and(|it| !it.is_empty()) && is_secure(&url)).then_some(url)
}

/// https anywhere, http on loopback only.
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Decided on the parsed host, in every spelling of it.
pub fn is_loopback(url: &Url) -> bool {
    match bare_host(url) {
        "localhost" | "localhost." => true,
        host => match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => ip.is_loopback(),
            Ok(IpAddr::V6(ip)) => {
                ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|it| it.is_loopback())
            }
            Err(_) => false,
        },
    }
}

/// Without the brackets around an IPv6 address; empty where there is none.
fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// Where a URL leads. "This computer" is known here, so that no resolver can send it elsewhere or miss it.
pub fn addresses(url: &Url) -> io::Result<Vec<SocketAddr>> {
    let port = url.port_or_known_default().unwrap_or(443);
    match bare_host(url) {
        "localhost" | "localhost." => Ok(HERE.iter().map(|it| (*it, port).into()).collect()),
        host => Ok((host, port).to_socket_addrs()?.collect()),
    }
}

/// `host` or `host:port`, as people name a peer; the port is left out where it is the scheme's own.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl Http {
    /// With the authorities of `--ca-file` beside the system's.
    ///
    /// # Errors
    /// `ca_file_unusable`: a person who names a file wants it used, or to hear of it before all else.
    pub fn trusting(ca_file: Option<&Path>) -> problem::Result<Self> {
        Ok(Self {
            authorities: ca_file.map(authorities::of_file).transpose()?.unwrap_or_default(),
            loopback: OnceCell::new(),
            direct: OnceCell::new(),
            guarded: OnceCell::new(),
            proxied: OnceCell::new(),
        })
    }

    /// Sends one request. Whatever the status, an answer is a success.
    ///
    /// # Errors
    /// [`Trouble`] when no whole answer came back.
    pub fn send(&self, request: Outgoing<'_>) -> Result<Reply, Trouble> {
        if !is_secure(request.url) {
            return Err(Trouble::NotSecure);
        }
        let proxy = Proxy::of(request.url)?;
        let asked = Asked {
            url: request.url,
            proxy: proxy.as_ref(),
            timeout: request.timeout.min(CONNECT),
        };
        let mut builder = self
            .client(request.url, proxy.as_ref(), request.guarded)?
            .request(request.method, request.url.clone())
            .timeout(request.timeout);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut answer = builder.send().map_err(|error| match resolver::refused(&error) {
            true => Trouble::Machinery,
            false => asked.unanswered(&error),
        })?;
        let mut body = Vec::new();
        (&mut answer)
            .take(LARGEST as u64 + 1)
            .read_to_end(&mut body)
            .map_err(|error| asked.broken_off(&error))?;
        if body.len() > LARGEST {
            return Err(Trouble::TooLarge);
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = answer.headers().iter();
        Ok(Reply {
            status: answer.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body,
        })
    }

    fn client(
        &self,
        url: &Url,
        proxy: Option<&Proxy>,
        guarded: bool,
    ) -> Result<&'static Client, Trouble> {
        let other = |error: reqwest::Error| Trouble::Other(error.to_string());
        let direct = Client::builder().no_proxy();
        let (cell, builder) = if is_loopback(url) {
            let here = HERE.map(|it| SocketAddr::from((it, 0)));
            (
                &self.loopback,
                direct.resolve_to_addrs("localhost", &here).resolve_to_addrs("localhost.", &here),
            )
        } else if let Some(proxy) = proxy {
            (&self.proxied, Client::builder().proxy(proxy.to_reqwest().map_err(other)?))
        } else if guarded {
            (&self.guarded, direct.dns_resolver(Arc::new(resolver::Guarded)))
        } else {
            (&self.direct, direct)
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.finish(builder).map_err(|error| Trouble::Other(error.to_string()))?;
        // Never dropped: that would wait for look-ups of names that nobody needs any more.
        Ok(cell.get_or_init(|| Box::leak(Box::new(client))))
    }

    fn finish(&self, builder: ClientBuilder) -> Result<Client, Box<dyn std::error::Error>> {
        Ok(builder
            .tls_backend_preconfigured(tls::config(&self.authorities)?)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("mesheryctl/", env!("CARGO_PKG_VERSION")))
            .build()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_in_every_spelling_and_nothing_else_is() {
        for yes in [
            "http://localhost:9081",
            "http://LOCALHOST",
            "http://localhost.:1",
            "http://127.0.0.1",
            "http://127.9.9.9",
            "http://0x7f.1",
            "http://2130706433",
            "http://[::1]:8",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(address(yes).is_some(), "{yes}");
        }
        for no in [
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "http://0.0.0.0",
            "http://localhost@example.org",
            "ftp://localhost",
            "https://user@example.org",
            "https://",
            "https://example.org/?a=b",
            "https://example.org/#a",
            "localhost:9081",
            "",
        ] {
            assert!(address(no).is_none(), "{no}");
        }
        assert!(address("https://example.org").is_some());
    }
}
