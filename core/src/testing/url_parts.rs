//! The values in a URL: those of its query and fragment, who signs in, and the long parts of its path.

use super::canary::place_in;
use super::names::looks_generated;
use super::parts::{Parts, decoded};
use super::search::escaped;

/// Whether the text is a URL with a scheme and a host.
pub fn is_url(text: &str) -> bool {
    let is_scheme = |it: &str| {
        it.starts_with(|c: char| c.is_ascii_alphabetic())
            && it.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// The URL, absolute or relative, with what replaces the values in it. `is_kept` tells that its path is readable.
pub fn url(parts: &mut Parts<'_>, url: &str, is_kept: bool) -> String {
    let (url, fragment) = split(url, '#');
    let (url, query) = split(url, '?');
    let from = url.find("//").map_or(0, |it| it + 2);
    let (scheme, rest) =
        url.split_at(if url[..from].contains(char::is_whitespace) { 0 } else { from });
    let (authority, path) = match from {
        0 => ("", rest),
        _ => rest.split_at(rest.find('/').unwrap_or(rest.len())),
    };
    let mut new = format!("{scheme}{}", with_authority(parts, authority));
    new.push_str(&with_path(parts, path, is_kept));
    if let Some(query) = query {
        new = format!("{new}?{}", parts.form(query));
    }
    match fragment {
        Some(it) if it.contains('=') => format!("{new}#{}", with_fragment(parts, it)),
        Some(it) => format!("{new}#{}", escaped(&parts.opaque("", &decoded(it)))),
        None => new,
    }
}

fn with_path(parts: &mut Parts<'_>, path: &str, is_kept: bool) -> String {
    let mut known = |text: &str| parts.known(text);
    let whole = known(path);
    let has_slash = whole != path.split('/').map(&mut known).collect::<Vec<_>>().join("/");
    // A known secret with a slash in it goes beyond its part of the path.
    let path = if has_slash { &whole } else { path };
    let new = path.split('/').map(|it| match has_slash && place_in(it).is_some() {
        true => it.to_owned(),
        false => segment(parts, it, is_kept),
    });
    new.collect::<Vec<_>>().join("/")
}

/// A fragment may be a path with a query.
fn with_fragment(parts: &mut Parts<'_>, fragment: &str) -> String {
    match fragment.split_once('?') {
        Some((path, query)) => format!("{}?{}", segment(parts, path, false), parts.form(query)),
        None => parts.form(fragment),
    }
}

fn split(url: &str, at: char) -> (&str, Option<&str>) {
    url.split_once(at).map_or((url, None), |(url, rest)| (url, Some(rest)))
}

fn with_authority(parts: &mut Parts<'_>, authority: &str) -> String {
    let Some((user, host)) = authority.rsplit_once('@') else { return parts.readable(authority) };
    let user = user.splitn(2, ':').map(|it| escaped(&parts.opaque("password", &decoded(it))));
    format!("{}@{}", user.collect::<Vec<_>>().join(":"), parts.readable(host))
}

fn segment(parts: &mut Parts<'_>, raw: &str, is_kept: bool) -> String {
    if let Some((first, rest)) = raw.split_once(';') {
        return format!("{};{}", segment(parts, first, is_kept), parts.form(rest));
    }
    // A plus sign is itself in a path.
    let plain = decoded(&raw.replace('+', "%2B"));
    let new = match (is_kept, looks_generated(&plain)) {
        (true, _) => parts.readable(&plain),
        (_, true) => parts.opaque("", &plain),
        _ => parts.prose(&plain),
    };
    if new == plain { raw.to_owned() } else { escaped(&new) }
}
