//! The HTTP client: it sends one request at a time, follows no redirect, and limits the size of a response that it holds in
//! memory. A [`transfer`] holds neither body in memory.
//!
//! A request to loopback goes over a connection of its own, after it was checked whose the other end is, and uses no proxy.
//! For other requests there are up to four clients, each built when it is first needed; a transfer has a client of its own.

mod authorities;
mod cause;
mod certificate_error;
mod checked_connection;
mod http_error;
mod issuer;
pub mod meshery_server;
mod proxy;
pub mod resolver;
mod server_port;
mod tls;
pub mod transfer;
pub mod url;

use std::cell::OnceCell;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, ClientBuilder as BlockingBuilder};
use reqwest::header::HeaderMap;
use reqwest::{ClientBuilder, Method, StatusCode, Url, redirect};
use rustls::pki_types::CertificateDer;

use self::cause::FailedRequest;
use self::certificate_error::CertificateError;
pub use self::proxy::Proxy;
use self::resolver::GuardedResolver;
use self::transfer::incoming::Limit;
use self::transfer::{Body, Transfer};
use self::url::{is_loopback, is_secure};
use crate::error;
pub use crate::net::http_error::HttpError;
use crate::text::Line;

/// The largest response body that is read, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// The longest head of a response, in bytes.
const MAX_HEAD: usize = 64 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The name by which this program calls itself.
const AGENT: &str = concat!("mesheryctl/", env!("CARGO_PKG_VERSION"));

/// The client, with the certificate authorities that it trusts.
pub struct Http {
    /// Trusted in addition to the system's.
    authorities: Vec<CertificateDer<'static>>,
    /// The file that they are from.
    ca_file: Option<Line>,
    /// The id of a user whose ports on loopback may be used, besides those of this user and root.
    server_user: Option<u32>,
    /// For [`Recipient::OfManifest`] and [`Recipient::OfSetting`].
    guarded: [OnceCell<&'static Client>; 2],
    direct: OnceCell<&'static Client>,
    /// One client is enough, because the environment names one proxy.
    proxied: OnceCell<&'static Client>,
}

/// A request.
pub struct Outgoing<'a> {
    pub method: Method,
    pub url: &'a Url,
    pub headers: &'a [(String, String)],
    pub body: Option<String>,
    /// For the whole exchange, from the name look-up to the last byte.
    pub timeout: Duration,
    pub recipient: Recipient,
}

/// What a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// A host of a provider's manifest: no link-local or metadata address, and no address of this computer, whatever name
    /// resolves to it.
    OfManifest,
    /// The host and port of a provider's setting. It may be on this computer, at an address that is not loopback.
    OfSetting,
    /// The server that the context names.
    Server,
}

/// A response.
#[expect(missing_debug_implementations, reason = "its body may hold a token")]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    fn of(status: StatusCode, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = headers.iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
        Self { status: status.as_u16(), headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Http {
    /// Trusts the authorities of `--ca-file` in addition to the system's, and uses ports on loopback of the user that
    /// `--server-user` or `MESHERYCTL_SERVER_USER` names.
    ///
    /// # Errors
    /// `ca_file_unusable`, `server_user_unknown`: at once, not at the first request.
    pub fn trusting(ca_file: Option<&Path>, server_user: Option<&str>) -> error::Result<Self> {
        Ok(Self {
            server_user: server_port::allowed_user(server_user)?,
            authorities: ca_file.map(authorities::of_file).transpose()?.unwrap_or_default(),
            ca_file: ca_file.map(|it| Line::new(it.display().to_string())),
            direct: OnceCell::new(),
            guarded: Default::default(),
            proxied: OnceCell::new(),
        })
    }

    /// Sends one request. A response of any status is a success.
    ///
    /// # Errors
    /// [`HttpError`] if no complete response was received.
    pub fn send(&self, request: Outgoing<'_>) -> Result<Reply, HttpError> {
        self.attempt(request.url, request.timeout, |failed| match is_loopback(request.url) {
            true => self.send_to_loopback(request, failed),
            false => self.send_by_client(request, failed),
        })
    }

    /// Makes a request to a URL that may be contacted.
    fn attempt<T>(
        &self,
        url: &Url,
        timeout: Duration,
        make: impl FnOnce(&FailedRequest<'_>) -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        if !is_secure(url) {
            return Err(HttpError::NotSecure);
        }
        let proxy = Proxy::of(url)?;
        let timeout = timeout.min(CONNECT_TIMEOUT);
        let server_user = self.server_user;
        let failed = FailedRequest { url, proxy: proxy.as_ref(), timeout, server_user };
        make(&failed).map_err(|error| self.with_ca_file(error))
    }

    fn send_to_loopback(
        &self,
        request: Outgoing<'_>,
        failed: &FailedRequest<'_>,
    ) -> Result<Reply, HttpError> {
        let limit = Limit::Until(Instant::now() + request.timeout, request.timeout);
        let Outgoing { method, url, headers, body, timeout, recipient } = request;
        let body = body.map_or(Body::None, |it| Body::Bytes(it.into_bytes()));
        let transfer = Transfer { method, url, headers, body, timeout, idle: None, recipient };
        self.open_on_loopback(transfer, limit, failed)?.whole()
    }

    fn send_by_client(
        &self,
        request: Outgoing<'_>,
        failed: &FailedRequest<'_>,
    ) -> Result<Reply, HttpError> {
        let client = self.client(failed.proxy, request.recipient)?;
        let mut builder =
            client.request(request.method, request.url.clone()).timeout(request.timeout);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut response = builder.send().map_err(|error| match resolver::is_refusal(&error) {
            true => HttpError::ForbiddenAddress,
            false => failed.no_response(&error),
        })?;
        let mut body = Vec::new();
        (&mut response)
            .take(MAX_BODY as u64 + 1)
            .read_to_end(&mut body)
            .map_err(|error| failed.incomplete_response(&error))?;
        if body.len() > MAX_BODY {
            return Err(HttpError::TooLarge);
        }
        Ok(Reply::of(response.status(), response.headers(), body))
    }

    /// Adds to a certificate error that `--ca-file` was given and did not help.
    fn with_ca_file(&self, error: HttpError) -> HttpError {
        let (HttpError::Certificate(why), Some(file)) = (&error, &self.ca_file) else {
            return error;
        };
        let issuer = match why {
            CertificateError::UnknownIssuer(name) => Some(name.clone()),
            CertificateError::SelfSigned => None,
            _ => return error,
        };
        let contains = authorities::names(&self.authorities);
        let file = file.clone();
        HttpError::Certificate(CertificateError::NotInFile { issuer, file, contains })
    }

    fn client(
        &self,
        proxy: Option<&Proxy>,
        recipient: Recipient,
    ) -> Result<&'static Client, HttpError> {
        let cell = match (proxy, recipient) {
            (Some(_), _) => &self.proxied,
            (None, Recipient::OfManifest) => &self.guarded[0],
            (None, Recipient::OfSetting) => &self.guarded[1],
            (None, Recipient::Server) => &self.direct,
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = BlockingBuilder::from(self.builder(proxy, recipient)?);
        let client = client.build().map_err(HttpError::other)?;
        // Never dropped, because dropping it waits for name look-ups that are still running.
        Ok(cell.get_or_init(|| Box::leak(Box::new(client))))
    }

    fn builder(
        &self,
        proxy: Option<&Proxy>,
        recipient: Recipient,
    ) -> Result<ClientBuilder, HttpError> {
        let tls = tls::config(&self.authorities).map_err(HttpError::other)?;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(AGENT);
        let resolver = match (proxy, recipient) {
            (Some(proxy), _) => {
                return Ok(builder.proxy(proxy.to_reqwest().map_err(HttpError::other)?));
            }
            (None, Recipient::Server) => return Ok(builder.no_proxy()),
            (None, Recipient::OfManifest) => GuardedResolver::OfManifest,
            (None, Recipient::OfSetting) => GuardedResolver::OfSetting,
        };
        Ok(builder.no_proxy().dns_resolver(Arc::new(resolver)))
    }
}
