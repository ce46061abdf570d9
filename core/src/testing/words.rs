//! A session call in the words of a failure.

use crate::messages::Call;

/// What was asked. A URL stands without its query, which may hold a secret.
pub fn of(call: &Call) -> String {
    match call {
        Call::Tell { text } => format!("tell `{text}`"),
        Call::Ask { prompt, secret: false } => format!("ask `{prompt}`"),
        Call::Ask { prompt, secret: true } => format!("ask_secret `{prompt}`"),
        Call::Choose { prompt, items } => format!("choose `{prompt}` of {}", items.join(", ")),
        Call::Callback { .. } => "callback".into(),
        Call::Visit { url } => format!("visit `{}`", address(url)),
        Call::Fetch(request) => {
            format!("fetch `{} {}`", request.method.as_str(), address(&request.url))
        }
        Call::ShowCode { url, .. } => format!("show_code at `{}`", address(url)),
        Call::Now => "now".into(),
        Call::Sleep { milliseconds } => format!("sleep {milliseconds} ms"),
        Call::Random { bytes } => format!("random {bytes} bytes"),
        Call::Cancelled => "cancelled".into(),
        Call::Unknown => "a call that is unknown".into(),
    }
}

/// The URL without its query and fragment.
pub fn address(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}
