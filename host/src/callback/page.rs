//! The pages of the callback: how the login ended, a question to confirm, and refusals.
//!
//! They use no script, no asset and no other host, and can be read on a phone, in dark mode and by a
//! screen reader.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// How the login ended. Pages do not give the reason; the terminal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    SignedIn,
    /// A token is saved, and nobody said whether it is valid.
    Saved,
    Denied,
    Failed,
}

pub const DENIED: &str = "Sign-in was denied. Nothing was saved.";
pub const STALE: &str = "This sign-in link has expired or was already used. Look at your terminal.";
pub const REFUSED: &str = "This request was not accepted. Look at your terminal.";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#16191f;--paper:#fff;--good:#0b6b4f;--bad:#a3271f}\
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--paper:#14171c;--good:#5fd3a8;--bad:#ff9a90}}\
body{margin:0;min-height:100vh;display:grid;place-content:center;background:var(--paper);\
color:var(--ink);font:1.125rem/1.6 system-ui,sans-serif}\
main{max-width:32rem;padding:2rem;overflow-wrap:anywhere}\
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .5rem}p{margin:0 0 1rem}a{color:inherit;font-weight:600}\
.good{color:var(--good)}.bad{color:var(--bad)}";

pub fn outcome(outcome: Outcome, provider: &str) -> Vec<u8> {
    match outcome {
        Outcome::SignedIn => page(
            200,
            "good",
            &format!("Signed in to {}.", escape(provider)),
            "You can close this tab and go back to your terminal.",
        ),
        Outcome::Saved => page(
            200,
            "",
            &format!("The token of {} is saved.", escape(provider)),
            "It could not be verified. The reason is in your terminal. You can close this tab.",
        ),
        Outcome::Denied => page_of_sentences(403, DENIED),
        Outcome::Failed => page(
            502,
            "bad",
            "The sign-in did not finish.",
            "Nothing was saved. The reason is in your terminal.",
        ),
    }
}

/// The page for a request that does not belong to a running login.
pub fn refusal(status: u16) -> Vec<u8> {
    page_of_sentences(status, if matches!(status, 404 | 410) { STALE } else { REFUSED })
}

/// The page for a connection that is not of the user of the login. `whose` is a noun phrase.
pub fn refusal_of(whose: &str) -> Vec<u8> {
    let text = format!(
        "Its connection is of {}, not of the user who signs in, so it was refused. Nothing was saved. If this is your \
         sign-in, paste the address of this page into your terminal, or sign in again with --device.",
        escape(whose)
    );
    page(403, "bad", "This browser runs as another user.", &text)
}

pub fn redirect(status: u16, to: &str, cookie: Option<&str>) -> Vec<u8> {
    let cookie = cookie.map(|it| format!("Set-Cookie: {it}\r\n")).unwrap_or_default();
    response(status, &format!("Location: {to}\r\n{cookie}"), "")
}

/// Asks the person to confirm an answer. It is accepted when the person follows the link to `yes`.
pub fn question(provider: &str, yes: &str) -> Vec<u8> {
    let provider = escape(provider);
    let text = format!(
        "If not, close this tab: another page may have sent your browser here. Nothing is saved yet.</p>\n\
         <p><a href=\"/{yes}\">Yes, finish signing in</a>"
    );
    page(202, "", &format!("Did you just sign in to {provider}?"), &text)
}

/// A page whose heading is the first sentence of `text`.
fn page_of_sentences(status: u16, text: &str) -> Vec<u8> {
    let (heading, rest) = text.split_once(". ").unwrap_or((text, ""));
    page(status, "bad", &format!("{heading}."), rest)
}

/// A page whose `heading` and `text` are HTML.
fn page(status: u16, class: &str, heading: &str, text: &str) -> Vec<u8> {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1 class=\"{class}\">{heading}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
    );
    response(status, "Content-Type: text/html; charset=utf-8\r\n", &html)
}

fn response(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        202 => "Accepted",
        302 => "Found",
        303 => "See Other",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        _ => "Bad Gateway",
    };
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "HTTP/1.1 {status} {reason}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         X-Frame-Options: DENY\r\nCross-Origin-Opener-Policy: same-origin\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'sha256-{style}'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_refusal_of_a_stale_link_says_that_it_has_expired_or_was_used() {
        for (status, text) in [
            (400, REFUSED),
            (403, REFUSED),
            (404, STALE),
            (405, REFUSED),
            (410, STALE),
            (421, REFUSED),
            (431, REFUSED),
            (500, REFUSED),
        ] {
            let page = String::from_utf8(refusal(status)).unwrap();
            let (heading, rest) = text.split_once(". ").unwrap();
            assert!(page.starts_with(&format!("HTTP/1.1 {status} ")), "{page}");
            assert!(page.contains(&format!("{heading}.</h1>\n<p>{rest}</p>")), "{page}");
        }
    }
}
