//! The values in headers and bodies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::names::is_readable_header;
use super::parts::Parts;
use super::url_parts::url;

/// Attributes of a cookie.
const ATTRIBUTES: [&str; 8] =
    ["path", "domain", "expires", "max-age", "httponly", "secure", "samesite", "partitioned"];

pub fn header(parts: &mut Parts<'_>, name: &str, value: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        it if is_readable_header(it) => parts.prose(value),
        "location" | "content-location" | "referer" | "origin" => url(parts, value, false),
        "authorization" | "proxy-authorization" => credentials(parts, value),
        "www-authenticate" | "proxy-authenticate" => challenge(parts, value),
        "cookie" | "set-cookie" => cookies(parts, value),
        it => parts.opaque(it, value),
    }
}

/// A body: JSON and the fields of a form keep their structure.
pub fn body(parts: &mut Parts<'_>, content_type: &str, text: &str) -> String {
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        return parts.json("token", &json).to_string();
    }
    if content_type.starts_with("application/x-www-form-urlencoded") || is_form(text) {
        return parts.form(text);
    }
    let plain = text.trim();
    match plain.is_empty() {
        true => text.to_owned(),
        false => text.replacen(plain, &parts.opaque("", plain), 1),
    }
}

/// Whether the text is a form without a doubt: an equals sign also ends base64.
fn is_form(text: &str) -> bool {
    let is_name = |it: &str| {
        !it.is_empty() && it.len() <= 32 && it.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    let is_pair = |it: &str| {
        it.split_once('=').is_some_and(|(name, value)| is_name(name) && !value.starts_with('='))
    };
    !text.contains(char::is_whitespace) && !text.ends_with('=') && text.split('&').all(is_pair)
}

/// `Bearer TOKEN`, `Basic BASE64` or `Digest NAME="VALUE", …`.
fn credentials(parts: &mut Parts<'_>, value: &str) -> String {
    let is_scheme = |it: &str| it.len() <= 16 && it.chars().all(|c| c.is_ascii_alphabetic());
    let Some((scheme, rest)) = value.split_once(' ').filter(|(it, _)| is_scheme(it)) else {
        return parts.opaque("authorization", value);
    };
    if let Some(new) = basic(parts, rest).filter(|_| scheme.eq_ignore_ascii_case("basic")) {
        return format!("{scheme} {new}");
    }
    match rest.contains("=\"") || rest.contains(',') {
        true => format!("{scheme} {}", parameters(parts, rest, false)),
        false => format!("{scheme} {}", parts.opaque("authorization", rest)),
    }
}

fn basic(parts: &mut Parts<'_>, encoded: &str) -> Option<String> {
    let plain = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    let user = parts.opaque("user", user);
    Some(STANDARD.encode(format!("{user}:{}", parts.opaque("password", password))))
}

/// The scheme and the names of the parameters, and why the token was refused.
fn challenge(parts: &mut Parts<'_>, value: &str) -> String {
    parameters(parts, value, true)
}

/// `NAME="VALUE"` or `NAME=VALUE`, with commas between; a challenge has the scheme before the first name.
fn parameters(parts: &mut Parts<'_>, list: &str, is_challenge: bool) -> String {
    let mut is_quoted = false;
    let is_comma = |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    let pieces: Vec<&str> = list.split(is_comma).map(str::trim).collect();
    let new = pieces.into_iter().map(|piece| parameter(parts, piece, is_challenge));
    new.collect::<Vec<_>>().join(", ")
}

fn parameter(parts: &mut Parts<'_>, piece: &str, is_challenge: bool) -> String {
    let is_word = |it: &str| {
        it.len() <= 16 && it.chars().all(|c| c.is_ascii_alphabetic() || "-_".contains(c))
    };
    let (scheme, rest) = match piece.split_once(' ') {
        Some((scheme, rest)) if is_challenge && is_word(scheme) => {
            (format!("{scheme} "), rest.trim())
        }
        None if is_challenge && is_word(piece) => return piece.to_owned(),
        _ => (String::new(), piece),
    };
    match rest.split_once('=').filter(|(name, _)| is_word(name.trim())) {
        Some((name, value)) => {
            let plain = value.trim().trim_matches('"').replace("\\\"", "\"");
            let new = parts.named(name.trim(), &plain);
            let quote = if value.trim().starts_with('"') { "\"" } else { "" };
            format!("{scheme}{}={quote}{}{quote}", name.trim(), new.replace('"', "\\\""))
        }
        None => format!("{scheme}{}", parts.opaque("authorization", rest)),
    }
}

fn cookies(parts: &mut Parts<'_>, value: &str) -> String {
    let cookie = |piece: &str| {
        let piece = piece.trim();
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        match (ATTRIBUTES.contains(&name.to_ascii_lowercase().as_str()), value) {
            (true, _) => parts.readable(piece),
            (_, "") => parts.opaque("cookie", piece),
            _ => format!("{}={}", parts.name(name), parts.opaque("cookie", value)),
        }
    };
    value.split(';').map(cookie).collect::<Vec<_>>().join("; ")
}
