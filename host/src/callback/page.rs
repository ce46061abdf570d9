//! The pages of the callback: how the login ended, a question to confirm, and refusals.
//!
//! They use no script, no asset and no other host, and can be read on a phone, in dark mode and by a
//! screen reader.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::platform::host;
use crate::text::{Label, Name};

/// How the login ended. Pages do not give the reason; the terminal does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With the account, if it is known.
    SignedIn(Option<Label>),
    /// A token is saved, but neither the server nor the provider verified it.
    Saved,
    Denied,
    Failed,
}

/// What the pages of a login name. A refusal names none of it, because the request may be of another site, and
/// its sender has proven nothing.
#[expect(missing_debug_implementations, reason = "it is shown on pages only")]
pub struct Names {
    provider: Name,
    computer: Label,
}

const DENIED: &str = "Sign-in was denied. Nothing was saved.";
/// The tab and the terminal say it of an answer of the provider that has neither a token nor an error.
pub const WITHOUT_TOKEN: &str = "The browser returned without a token.";
const STALE: &str = "This sign-in link has expired or was already used. Look at your terminal.";
const REFUSED: &str = "This request was not accepted. Look at your terminal.";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#16191f;--paper:#fff;--soft:#59606b;--good:#0b6b4f;--bad:#a3271f}\
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--paper:#14171c;--soft:#a9b0bb;--good:#5fd3a8;--bad:#ff9a90}}\
body{margin:0;min-height:100vh;display:grid;place-content:center;background:var(--paper);\
color:var(--ink);font:1.125rem/1.6 system-ui,sans-serif}\
main{max-width:32rem;padding:2rem;overflow-wrap:anywhere}\
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .5rem}p{margin:0 0 1rem}\
.button{display:inline-block;padding:.625rem 1.25rem;border:2px solid var(--ink);border-radius:.5rem;\
background:var(--ink);color:var(--paper);font-weight:600;text-decoration:none}\
.later{animation:later 1.5s step-end}@keyframes later{from{visibility:hidden}}\
.button:hover{background:var(--paper);color:var(--ink)}\
.button:focus-visible{outline:3px solid var(--good);outline-offset:3px}\
dl{margin:1.5rem 0 0;font-size:1rem;display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}\
dt{color:var(--soft)}dd{margin:0}code{font-size:1rem}\
.good{color:var(--good)}.bad{color:var(--bad)}";

/// The command that signs in, in the next step of a page.
const LOGIN: &str = "<code>mesheryctl system login</code>";

impl Names {
    pub fn of(provider: &str) -> Self {
        Self { provider: Name::new(provider), computer: Label::new(host::name()) }
    }

    pub fn outcome(&self, outcome: &Outcome) -> Vec<u8> {
        match outcome {
            Outcome::SignedIn(account) => {
                let heading = format!("Signed in to {}.", escape(&self.provider.to_string()));
                let text = "You can close this tab and go back to your terminal.";
                self.page(200, "good", &heading, text, account.as_ref())
            }
            Outcome::Saved => {
                let provider = escape(&self.provider.to_string());
                let heading = format!("The token of {provider} is saved, not verified.");
                let text = "Your terminal says why. You can close this tab.";
                self.page(200, "", &heading, text, None)
            }
            Outcome::Denied => {
                let (heading, rest) = split(DENIED);
                let text = format!("{rest} To try again, run {LOGIN} in your terminal.");
                self.page(403, "bad", &heading, &text, None)
            }
            Outcome::Failed => self.page(
                502,
                "bad",
                "The sign-in did not finish.",
                "Nothing was saved. Your terminal says why, and what to do next.",
                None,
            ),
        }
    }

    /// Asks the person to confirm an answer. It is accepted when the person follows the link to `yes`.
    pub fn question(&self, yes: &str) -> Vec<u8> {
        let heading = format!("Did you just sign in to {}?", escape(&self.provider.to_string()));
        let text = format!(
            "If not, close this tab: another page may have sent your browser here. Nothing is saved yet.</p>\n\
             <p><a href=\"/{yes}\" class=\"button later\">Yes, finish signing in</a>"
        );
        self.page(202, "", &heading, &text, None)
    }

    /// The page for an answer of the provider that has neither a token nor an error.
    pub fn without_token(&self) -> Vec<u8> {
        let text =
            "Nothing was saved. Your terminal still waits: open the address that it shows again.";
        self.page(400, "bad", WITHOUT_TOKEN, text, None)
    }

    /// A page that says who asks. `heading` and `text` are HTML.
    fn page(
        &self,
        status: u16,
        class: &str,
        heading: &str,
        text: &str,
        account: Option<&Label>,
    ) -> Vec<u8> {
        // Set apart from the sentences, so that no account reads as one.
        let account = account.map(|it| fact("Account", it)).unwrap_or_default();
        let provider = fact("Provider", &self.provider);
        let asked_by = format!(
            "<dt>Asked by</dt><dd>mesheryctl on <bdi>{}</bdi></dd>\n",
            escape(&self.computer.to_string())
        );
        page(
            status,
            class,
            heading,
            &format!("<p>{text}</p>\n<dl>\n{provider}{account}{asked_by}</dl>"),
        )
    }
}

fn fact(name: &str, value: &impl std::fmt::Display) -> String {
    format!("<dt>{name}</dt><dd><bdi>{}</bdi></dd>\n", escape(&value.to_string()))
}

/// The page for a request that does not belong to a running login.
pub fn refusal(status: u16) -> Vec<u8> {
    page_of_sentences(status, if matches!(status, 404 | 410) { STALE } else { REFUSED })
}

/// The page for a connection that is not of the user of the login. `whose` is a noun phrase.
pub fn refusal_of(whose: &str) -> Vec<u8> {
    let text = format!(
        "<p>Its connection is of {}, not of the user who signs in, so it was refused. Nothing was saved. If this is your \
         sign-in, paste the address of this page into your terminal, or sign in again with --device.</p>",
        escape(whose)
    );
    page(403, "bad", "This browser runs as another user.", &text)
}

pub fn redirect(status: u16, to: &str, cookie: Option<&str>) -> Vec<u8> {
    let cookie = cookie.map(|it| format!("Set-Cookie: {it}\r\n")).unwrap_or_default();
    response(status, &format!("Location: {to}\r\n{cookie}"), "")
}

/// A page whose heading is the first sentence of `text`.
fn page_of_sentences(status: u16, text: &str) -> Vec<u8> {
    let (heading, rest) = split(text);
    page(status, "bad", &heading, &format!("<p>{rest}</p>"))
}

/// The first sentence, and the others.
fn split(text: &str) -> (String, &str) {
    let (heading, rest) = text.split_once(". ").unwrap_or((text.trim_end_matches('.'), ""));
    (format!("{heading}."), rest)
}

/// A page whose `heading` and `content` are HTML.
fn page(status: u16, class: &str, heading: &str, content: &str) -> Vec<u8> {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1 class=\"{class}\">{heading}</h1>\n{content}\n</main>\n</body>\n</html>\n"
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

    #[test]
    fn a_page_names_the_provider_the_account_and_the_computer_escaped_and_cut() {
        let names = Names {
            provider: Name::new("A<b>&\u{202e}"),
            computer: Label::new(format!("<i>\u{1b}{}", "x".repeat(200))),
        };
        let account = Label::new(format!("\"ada\", accepted by <b>\n{}", "y".repeat(200)));
        let page = String::from_utf8(names.outcome(&Outcome::SignedIn(Some(account)))).unwrap();
        assert!(page.contains("<h1 class=\"good\">Signed in to A&lt;b&gt;&amp;.</h1>"), "{page}");
        assert!(page.contains("<dt>Provider</dt><dd><bdi>A&lt;b&gt;&amp;</bdi></dd>"), "{page}");
        let account = "&quot;ada&quot;, accepted by &lt;b&gt; ";
        assert!(page.contains(&format!("<dt>Account</dt><dd><bdi>{account}yyy")), "{page}");
        assert!(page.contains("mesheryctl on <bdi>&lt;i&gt; xxx"), "{page}");
        assert!(!page.contains(&"x".repeat(80)) && !page.contains(&"y".repeat(80)), "{page}");
        assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
        let unknown = String::from_utf8(names.outcome(&Outcome::SignedIn(None))).unwrap();
        assert!(!unknown.contains("Account"), "{unknown}");
    }

    #[test]
    fn a_refusal_names_neither_computer_nor_provider() {
        for status in [400, 403, 404, 410, 421] {
            let page = String::from_utf8(refusal(status)).unwrap();
            assert!(!page.contains("<dl>") && !page.contains(&host::name()), "{page}");
        }
    }
}
