//! The door to HTTP: one request at a time, no redirect followed, every answer bounded.
//!
//! The clients are built late and once. Loopback has a client of its own that knows no proxy.

mod authorities;
mod cause;
mod certificate_error;
mod http_error;
mod issuer;
pub mod meshery_server;
mod proxy;
pub mod resolver;
mod tls;
pub mod url;

use std::cell::OnceCell;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{Method, Url, redirect};
use rustls::pki_types::CertificateDer;

use self::cause::Asked;
pub use self::proxy::Proxy;
use self::url::{HERE, is_loopback, is_secure};
use crate::error;
pub use crate::net::http_error::HttpError;

/// The largest answer that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;

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

impl Http {
    /// With the authorities of `--ca-file` beside the system's.
    ///
    /// # Errors
    /// `ca_file_unusable`: a person who names a file wants it used, or to hear of it before all else.
    pub fn trusting(ca_file: Option<&Path>) -> error::Result<Self> {
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
    /// [`HttpError`] when no whole answer came back.
    pub fn send(&self, request: Outgoing<'_>) -> Result<Reply, HttpError> {
        if !is_secure(request.url) {
            return Err(HttpError::NotSecure);
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
            true => HttpError::LinkLocal,
            false => asked.unanswered(&error),
        })?;
        let mut body = Vec::new();
        (&mut answer)
            .take(LARGEST as u64 + 1)
            .read_to_end(&mut body)
            .map_err(|error| asked.broken_off(&error))?;
        if body.len() > LARGEST {
            return Err(HttpError::TooLarge);
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
    ) -> Result<&'static Client, HttpError> {
        let other = |error: reqwest::Error| HttpError::Other(error.to_string());
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
        let client = self.finish(builder).map_err(|error| HttpError::Other(error.to_string()))?;
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
