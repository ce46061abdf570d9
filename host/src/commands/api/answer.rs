//! The answer of the server: whether it refused the token, and what is an error.

use std::io::{self, Read, Write};

use reqwest::{StatusCode, Url};

use super::request::Request;
use crate::error::{Code, Command, Error, Result, Suggestion};
use crate::net::HttpError;
use crate::net::transfer::incoming::Incoming;
use crate::terminal::Terminal;
use crate::text::{Line, sanitized, sanitized_lines};

/// Of the body of an error, so many bytes are shown.
const MAX_ERROR: u64 = 1024 * 1024;

/// Cookies whose value is a secret.
const SECRET_COOKIES: [&str; 2] = ["token", "session_cookie"];

/// Why the server did not answer the request itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Token,
    /// It does not know the provider.
    UnknownProvider,
}

/// Whether the answer means that the person is not signed in: Meshery Server redirects to its pages then, which are HTML.
pub fn refusal(request: &Request, answer: &Incoming) -> Option<Refusal> {
    let location = answer.header("location").and_then(|it| request.url.join(it).ok());
    let kind = answer.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let is_page = kind.contains("html") && !request.wants_html();
    match answer.status {
        401 => Some(Refusal::Token),
        // A logout is to end the session.
        _ if clears_token(answer) && !request.url.path().ends_with("/user/logout") => {
            Some(Refusal::Token)
        }
        300..=399 => of_redirect(&location?, &request.url),
        200..=299 if is_page => Some(Refusal::Token),
        _ => None,
    }
}

/// Meshery Server redirects to its own pages, or to `/login` of the provider.
fn of_redirect(location: &Url, from: &Url) -> Option<Refusal> {
    match (location.origin() == from.origin(), location.path()) {
        (true, path) if path.ends_with("/auth/login") || path.ends_with("/user/login") => {
            Some(Refusal::Token)
        }
        (true, path) if path.ends_with("/provider") => Some(Refusal::UnknownProvider),
        (false, path) if path.ends_with("/login") && location.query().is_some() => {
            Some(Refusal::Token)
        }
        _ => None,
    }
}

/// Whether the answer ends the session of the cookie.
fn clears_token(answer: &Incoming) -> bool {
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    cookies.filter_map(|(_, value)| value.strip_prefix("token=")).any(|it| {
        let (value, attributes) = it.split_once(';').unwrap_or((it, ""));
        let is_over = |it: &str| it.trim().eq_ignore_ascii_case("max-age=0");
        value.trim_matches('"').is_empty() || attributes.split(';').any(is_over)
    })
}

/// An answer that is an error: its body is shown on standard error.
///
/// # Errors
/// `request_refused` for 4xx and for what is no answer, such as a redirect; `server_failed` for 5xx.
pub fn check(request: &Request, answer: &mut Incoming, terminal: &Terminal) -> Result<()> {
    let status = answer.status;
    let code = match status {
        200..=299 => return Ok(()),
        ..=499 => Code::RequestRefused,
        500.. => Code::ServerFailed,
    };
    let mut body = Vec::new();
    // What has come is shown, whatever ends it.
    let _ = answer.take(MAX_ERROR).read_to_end(&mut body);
    show(&body, terminal);
    let reason = StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason());
    let reason = reason.map(|it| format!(" {it}")).unwrap_or_default();
    let to = answer.header("location").filter(|_| status < 400);
    let to = to.map(|it| format!(", to {}, which is not followed", Line::new(it)));
    let message = format!("{}: {status}{reason}{}.", request.name(), to.unwrap_or_default());
    Err(Error::new(code, message))
}

fn show(body: &[u8], terminal: &Terminal) {
    let mut text = match terminal.stderr {
        true => sanitized_lines(&String::from_utf8_lossy(body)).into_bytes(),
        false => body.to_vec(),
    };
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    // Standard error may be closed.
    let _ = io::stderr().write_all(&text);
}

/// The body ended before its end.
pub fn broken(error: &io::Error, server: &Line) -> Error {
    let error = Incoming::error(error);
    let message = match &error {
        HttpError::Dropped => format!("The answer of {server} broke off."),
        HttpError::TimedOut(_) => format!("The answer of {server} stopped."),
        other => format!("The Meshery Server {server} {other}."),
    };
    let again = Suggestion::new("Try again", Command::again());
    Error::new(Code::Unreachable, message).next(again)
}

/// The status line and the headers, in their alphabetical order, with the values of secret cookies left out.
pub fn head(answer: &Incoming) -> String {
    let reason = StatusCode::from_u16(answer.status).ok().and_then(|it| it.canonical_reason());
    let mut head = format!("HTTP/1.1 {} {}\n", answer.status, reason.unwrap_or_default());
    let mut headers: Vec<_> = answer.headers.iter().collect();
    headers.sort();
    for (name, value) in headers {
        let value = if name == "set-cookie" { without_secret(value) } else { value.clone() };
        head += &format!("{}: {}\n", sanitized(name), sanitized(&value));
    }
    head + "\n"
}

fn without_secret(cookie: &str) -> String {
    let Some((name, rest)) = cookie.split_once('=') else { return cookie.to_owned() };
    let attributes = rest.split_once(';').map(|(_, it)| format!(";{it}")).unwrap_or_default();
    match SECRET_COOKIES.contains(&name.trim()) {
        true => format!("{name}=(hidden){attributes}"),
        false => cookie.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_secret_cookie_is_left_out() {
        for (cookie, expected) in [
            ("token=abc; Path=/; HttpOnly", "token=(hidden); Path=/; HttpOnly"),
            ("token=abc", "token=(hidden)"),
            ("session_cookie=abc;Path=/", "session_cookie=(hidden);Path=/"),
            ("meshery-provider=Layer5; Path=/", "meshery-provider=Layer5; Path=/"),
            ("odd", "odd"),
        ] {
            assert_eq!(without_secret(cookie), expected);
        }
    }
}
