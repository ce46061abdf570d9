//! The proxy that the environment names for a URL. Loopback never has one.

use std::env;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::http_error::HttpError;
use super::url::is_loopback;
use crate::text::Label;

/// In the order of curl. `HTTP_PROXY` is not read, because plain http is used on loopback only.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy, and the variable that names it. Its credentials are never shown.
#[derive(Clone)]
pub struct Proxy {
    pub variable: &'static str,
    /// `host:port`, as people read it.
    pub name: Label,
    address: String,
    credentials: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy for this URL, if there is one.
    ///
    /// # Errors
    /// [`HttpError::BadProxy`]. It fails rather than bypass a configured proxy.
    pub fn of(url: &Url) -> Result<Option<Self>, HttpError> {
        let Some((variable, value)) = first(&VARIABLES).filter(|_| !is_loopback(url)) else {
            return Ok(None);
        };
        let bad = || HttpError::BadProxy(variable);
        let uri = url.as_str().parse().map_err(|_| HttpError::Other("an invalid URL".into()))?;
        let named = Matcher::builder().https(&value).build().intercept(&uri).ok_or_else(bad)?;
        let address = named.uri();
        if !matches!(address.scheme_str(), Some("http" | "https")) {
            return Err(bad());
        }
        let exceptions = first(&EXCEPTIONS).map(|(_, value)| value).unwrap_or_default();
        let applies = Matcher::builder().https(&value).no(exceptions).build().intercept(&uri);
        Ok(applies.map(|_| Self {
            variable,
            name: Label::new(address.authority().map_or("", |it| it.as_str())),
            address: address.to_string(),
            credentials: named.basic_auth().cloned(),
        }))
    }

    pub fn to_reqwest(&self) -> reqwest::Result<reqwest::Proxy> {
        let proxy = reqwest::Proxy::all(&self.address)?;
        Ok(match &self.credentials {
            Some(credentials) => proxy.custom_http_auth(credentials.clone()),
            None => proxy,
        })
    }
}

/// The first variable that is not empty, and its value.
fn first(names: &[&'static str]) -> Option<(&'static str, String)> {
    let value = |name| env::var_os(name).filter(|it| !it.is_empty());
    names.iter().find_map(|name| Some((*name, value(name)?.to_string_lossy().into_owned())))
}
