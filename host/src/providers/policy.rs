//! The policy of the broker: the hosts that a provider may connect to. Every URL of a session call is checked
//! here before it is used.

use std::net::IpAddr;

use mesheryctl_core::failure::{Failure, FailureKind};
use mesheryctl_core::manifest::HostRule;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use crate::error::{Command, Suggestion};
use crate::net::url;
use crate::net::{Recipient, resolver};
use crate::providers::built_in_hosts;
use crate::providers::entry::Entry;
use crate::text::{Label, Line, Name};

const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Headers that the HTTP client sets, and `Host`, by which a shared front end selects another site.
const RESERVED_HEADERS: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "keep-alive",
    "via",
];

/// Why a URL is refused, with the command that allows its host, if that is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    pub failure: Failure,
    pub suggestion: Option<Suggestion>,
}

/// A URL that a provider may connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted {
    pub url: Url,
    /// What a connection to its host may reach.
    pub recipient: Recipient,
}

/// Parses the URL if the provider may connect to it: https, or http on loopback, at a host that its manifest
/// names.
pub fn permit(entry: &Entry, text: &str) -> Result<Permitted, PolicyError> {
    let refused = |why: String| {
        let failure = Failure::new(FailureKind::Refused, why);
        Err(PolicyError { failure, suggestion: None })
    };
    if url::is_relative(text) {
        let (name, text) = (entry.name(), Line::new(text));
        return refused(format!(
            "{name} used the relative URL {text:?}; a URL must begin with https://."
        ));
    }
    let Some(url) = url::allowed_url(text) else {
        return refused(format!("{} {}.", entry.name(), unusable(text)));
    };
    let host = url.host_str().unwrap_or_default();
    if address(host).is_some_and(resolver::is_link_local) {
        return refused(format!(
            "{host} is a link-local or metadata address, which is not allowed."
        ));
    }
    // In a notation that would pass by the check of whose port it is.
    let is_disguised = !url::is_loopback(&url) && address(host).is_some_and(resolver::is_loopback);
    if is_disguised {
        return refused(of_this_computer(host));
    }
    if let Some(owner) =
        built_in_hosts::owner(&url, &entry.configuration).filter(|it| it.id != entry.id())
    {
        let (name, its) = (entry.name(), owner.name);
        let place = url::authority(&url);
        return refused(format!("{name} may not connect to {place}: it belongs to {its}."));
    }
    // The port must be equal too: the person was shown host and port, and other ports of this computer belong to
    // other programs.
    let of_setting = |key: &str, any_port: bool| {
        let setting = url::base_url(entry.settings.get(key)?)?;
        let same_port = any_port || setting.port_or_known_default() == url.port_or_known_default();
        setting.host_str().filter(|_| same_port).map(str::to_owned)
    };
    let rules = || entry.manifest.hosts.iter();
    let by_setting = |any_port: bool| {
        let is_setting = |it: &&HostRule| matches!(it, HostRule::Setting(_));
        rules().filter(is_setting).any(|it| it.matches(host, |key| of_setting(key, any_port)))
    };
    if by_setting(false) {
        Ok(Permitted { url, recipient: Recipient::OfSetting })
    } else if rules().any(|it| it.matches(host, |_| None)) {
        // The manifest names a host with all its ports, and those of this computer belong to other programs.
        let is_own = address(host).is_some_and(resolver::is_own);
        match is_own && !url::is_loopback(&url) {
            true => refused(of_this_computer(host)),
            false => Ok(Permitted { url, recipient: Recipient::OfManifest }),
        }
    } else {
        // Named only if it is what is wrong.
        let port = url.port_or_known_default().filter(|_| by_setting(true));
        let port = port.map(|it| format!(":{it}")).unwrap_or_default();
        let (name, place) = (entry.name(), format!("{}{port}", Label::new(host)));
        let why = format!(
            "{name} may not connect to {place}: \"hosts\" of its provider.json does not name it."
        );
        let allow = Command::from("mesheryctl plugin trust").value(entry.id());
        let allow = allow.literal("--allow-host").value(host);
        Err(PolicyError {
            failure: Failure::new(FailureKind::Refused, why),
            suggestion: Some(Suggestion::new("To allow it", allow)),
        })
    }
}

/// What is wrong with a URL that this program does not connect to. Path and query are not shown: they may contain a secret.
fn unusable(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if !url::is_secure(&url) => {
            let origin = format!("{}://{}", url.scheme(), url::authority(&url));
            format!("may not use {}: https is needed, or http on this computer", Label::new(origin))
        }
        Ok(_) => "may not use a URL with a user name, or with such a host".into(),
        Err(error) => format!("used a text that is not a URL ({error})"),
    }
}

fn of_this_computer(host: &str) -> String {
    format!(
        "{host} is an address of this computer, which is reached by localhost or a loopback address."
    )
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// Accepts the headers of a provider's request, unless one of them affects the connection or selects another host.
///
/// # Errors
/// `Refused`, for such a header, a malformed one, or too many.
pub fn permit_headers(headers: &[(String, String)]) -> Result<(), Failure> {
    let refused = |why: String| Err(Failure::new(FailureKind::Refused, why));
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return refused("A request may have at most 100 headers, 64 KiB in total.".into());
    }
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        let is_reserved = RESERVED_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-");
        let is_well_formed =
            HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok();
        if is_reserved || !is_well_formed {
            return refused(format!("The header {} may not be sent.", Name::new(name)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
