//! The policy of the broker: the hosts that a provider may connect to. Every URL of a session call is checked
//! here before it is used.

use mesheryctl_core::failure::{Failure, FailureKind};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use crate::error::{Command, Suggestion};
use crate::net::resolver;
use crate::net::url;
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

/// Parses the URL if the provider may connect to it: https, or http on loopback, at a host that its manifest
/// names.
pub fn permit(entry: &Entry, text: &str) -> Result<Url, PolicyError> {
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
        return refused(format!("{} may only use https, or http on this computer.", entry.name()));
    };
    let host = url.host_str().unwrap_or_default();
    if is_link_local(host) {
        return refused(format!(
            "{host} is a link-local or metadata address, which is not allowed."
        ));
    }
    if let Some(owner) = built_in_hosts::owner(host).filter(|it| it.id != entry.id()) {
        let (name, its) = (entry.name(), owner.name);
        return refused(format!("{name} may not connect to {host}: it belongs to {its}."));
    }
    // The port must be equal too: the person was shown host and port, and other ports of this computer belong to
    // other programs.
    let of_setting = |key: &str, any_port: bool| {
        let setting = url::base_url(entry.settings.get(key)?)?;
        let same_port = any_port || setting.port_or_known_default() == url.port_or_known_default();
        setting.host_str().filter(|_| same_port).map(str::to_owned)
    };
    let matches = |any_port: bool| {
        let mut rules = entry.manifest.hosts.iter();
        rules.any(|rule| rule.matches(host, |key: &str| of_setting(key, any_port)))
    };
    if matches(false) {
        Ok(url)
    } else {
        // Named only if it is what is wrong.
        let port = url.port_or_known_default().filter(|_| matches(true));
        let port = port.map(|it| format!(":{it}")).unwrap_or_default();
        let why = format!("{} may not connect to {}{port}.", entry.name(), Label::new(host));
        let allow = Command::from("mesheryctl plugin trust").value(entry.id());
        let allow = allow.literal("--allow-host").value(host);
        Err(PolicyError {
            failure: Failure::new(FailureKind::Refused, why),
            suggestion: Some(Suggestion::new("To allow it", allow)),
        })
    }
}

fn is_link_local(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse().is_ok_and(resolver::is_link_local)
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
