//! The broker: where a provider may go. Every URL of an ask passes here before anything is done with it.

use mesheryctl_core::failure::{Failure, FailureKind};
use reqwest::Url;

use crate::entry::Entry;
use crate::foreign;
use crate::http;

/// The URL, if this provider may go there: https, or http on loopback, to a host that its manifest names.
pub fn permit(entry: &Entry, text: &str) -> Result<Url, Failure> {
    let refused = |why: String| Err(Failure::new(FailureKind::Refused, why));
    let Some(url) = http::target(text) else {
        return refused(format!("{} may only use https, or http on this computer.", entry.name()));
    };
    let host = url.host_str().unwrap_or_default();
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
