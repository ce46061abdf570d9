//! A session call in the words of a failure.

use crate::messages::Call;

/// What was asked. A URL stands without its query and its user, which may hold a secret.
pub fn of(call: &Call) -> String {
    match call {
        Call::Tell { text } => format!("tell `{text}`"),
        Call::Ask { prompt, secret: false } => format!("ask `{prompt}`"),
        Call::Ask { prompt, secret: true } => format!("ask_secret `{prompt}`"),
        Call::Choose { prompt, items } => format!("choose `{prompt}` of {}", items.join(", ")),
        Call::Callback { .. } => "callback".into(),
        Call::Visit { url } => format!("visit `{}`", shown(url)),
        Call::Fetch(request) => {
            format!("fetch `{} {}`", request.method.as_str(), shown(&request.url))
        }
        Call::ShowCode { url, .. } => format!("show_code at `{}`", shown(url)),
        Call::Now => "now".into(),
        Call::Sleep { milliseconds } => format!("sleep {milliseconds} ms"),
        Call::Random { bytes } => format!("random {bytes} bytes"),
        Call::Cancelled => "cancelled".into(),
        Call::Unknown => "a call that is unknown".into(),
    }
}

/// The URL without what may be secret in any case: its query, its fragment, and the user before its host.
pub fn shown(url: &str) -> String {
    let url = address(url);
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |it| it.1);
    format!("{scheme}://{host}{path}")
}

/// The URL without its query and fragment.
pub fn address(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}
