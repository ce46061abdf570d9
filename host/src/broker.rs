//! The broker: where a provider may go. Every URL of an ask passes here before anything is done with it.

use std::net::IpAddr;

use mesheryctl_core::failure::{Failure, FailureKind};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use crate::entry::Entry;
use crate::foreign;
use crate::http;

const MOST_HEADERS: usize = 100;
const LARGEST_HEADERS: usize = 64 * 1024;

/// Headers of the connection, and `Host`, which on a shared front end leads to whom it names.
const OURS: [&str; 10] = [
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

/// The URL, if this provider may go there: https, or http on loopback, to a host that its manifest names.
pub fn permit(entry: &Entry, text: &str) -> Result<Url, Failure> {
    let refused = |why: String| Err(Failure::new(FailureKind::Refused, why));
    let Some(url) = http::target(text) else {
        return refused(format!("{} may only use https, or http on this computer.", entry.name()));
    };
    let host = url.host_str().unwrap_or_default();
    if is_link_local(host) {
        return refused(format!(
            "{host} is an address of this network's own machinery; nobody may go there."
        ));
    }
    let of_setting = |key: &str| {
        http::address(entry.settings.get(key)?).and_then(|it| it.host_str().map(str::to_owned))
    };
    if entry.manifest.hosts.iter().any(|rule| rule.covers(host, of_setting)) {
        Ok(url)
    } else {
        let host = foreign::shown(host, 80);
        let failure =
            Failure::new(FailureKind::Refused, format!("{} may not talk to {host}.", entry.name()));
        Err(failure
            .with_hint(format!("mesheryctl plugin trust {} --allow-host {host}", entry.id())))
    }
}

/// Where clouds hand out the credentials of a machine.
fn is_link_local(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_unicast_link_local() || ip.to_ipv4_mapped().is_some_and(|it| it.is_link_local())
        }
        Err(_) => false,
    }
}

/// The headers of a provider's request, if they only say something to the host that the URL names.
///
/// # Errors
/// `refused`, for those that belong to the connection or lead elsewhere, and for too many.
pub fn permit_headers(headers: &[(String, String)]) -> Result<(), Failure> {
    let refused = |why: String| Err(Failure::new(FailureKind::Refused, why));
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MOST_HEADERS || bytes > LARGEST_HEADERS {
        return refused("A request may carry 100 headers of 64 KiB in all.".into());
    }
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        let is_ours = OURS.contains(&lower.as_str()) || lower.starts_with("proxy-");
        let is_sound =
            HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok();
        if is_ours || !is_sound {
            return refused(format!("The header {} may not be sent.", foreign::shown(name, 40)));
        }
    }
    Ok(())
}
