//! Pasted text: a bare token, an auth.json, or the URL that the browser ended on.

use std::fmt;

use mesheryctl_core::auth_file::{AuthFile, AuthFileError};
use mesheryctl_core::token::shape::{NotAToken, not_a_token};
use mesheryctl_core::token::{Token, TokenError};
use reqwest::Url;

/// What a person pasted while a login waits.
#[derive(PartialEq, Eq)]
pub enum Pasted {
    Token(Token),
    File(AuthFile),
    /// A URL on loopback. The callback decides whether it belongs to this login.
    Address(Url),
    /// None of these, and what it looked like, as a sentence part that follows "That".
    Wrong(String),
}

/// Without the content, because each kind contains a token.
impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::File(_) => "File",
            Self::Address(_) => "Address",
            Self::Wrong(why) => why,
        })
    }
}

/// Determines what was pasted. White space around it is ignored.
pub fn read(text: &str) -> Pasted {
    let text = text.trim();
    if text.is_empty() {
        return Pasted::Wrong("was empty".into());
    }
    if let Some(rest) =
        text.strip_prefix("http").filter(|it| it.starts_with("://") || it.starts_with("s://"))
    {
        return address(text, rest);
    }
    if let Some(url) = address_without_scheme(text) {
        return Pasted::Address(url);
    }
    if text.starts_with(['{', '[', '"']) {
        return match AuthFile::parse(text.as_bytes()) {
            Ok(file) => Pasted::File(file),
            Err(AuthFileError::NotJson { .. }) => {
                Pasted::Wrong("looked like a truncated auth.json".into())
            }
            Err(AuthFileError::NotAnObject) => {
                Pasted::Wrong("was JSON, but not an auth.json".into())
            }
            Err(why) => Pasted::Wrong(format!("looked like an auth.json, but it {why}")),
        };
    }
    match (Token::parse(text), not_a_token(text)) {
        (Ok(token), None) if token.is_truncated() => {
            Pasted::Wrong("looked like a truncated token".into())
        }
        (Ok(token), None) => Pasted::Token(token),
        (Err(TokenError::Html), _) => Pasted::Wrong("looked like a web page".into()),
        (_, Some(what)) => Pasted::Wrong(in_the_past(what).into()),
        (Err(why), None) => Pasted::Wrong(why.to_string()),
    }
}

/// What was pasted, as the end of a sentence that begins with "That".
fn in_the_past(what: NotAToken) -> &'static str {
    match what {
        NotAToken::Blank => "was empty",
        NotAToken::Variable => "looked like a variable that was not replaced by its value",
        NotAToken::Absent => "was a word for no value, such as null",
        NotAToken::Masked => "looked like a token that was masked with asterisks",
        NotAToken::Address => {
            "was the URL of another page; paste the one that begins with http://localhost"
        }
        NotAToken::Words => "looked like words",
        NotAToken::TooShort => "was too short for a token",
        _ => "was not a token",
    }
}

/// The callback's address as some browsers show and copy it: without `http://`.
fn address_without_scheme(text: &str) -> Option<Url> {
    let is_callback = ["localhost:", "127.0.0.1:", "[::1]:"].iter().any(|it| text.starts_with(it));
    let url = Url::parse(&format!("http://{text}")).ok().filter(crate::net::url::is_loopback);
    url.filter(|it| is_callback && it.port().is_some())
}

fn address(text: &str, rest: &str) -> Pasted {
    let url = Url::parse(text)
        .ok()
        .filter(crate::net::url::is_loopback)
        .filter(|_| !rest.starts_with('s'));
    match url {
        Some(url) => Pasted::Address(url),
        None => Pasted::Wrong(
            "was the URL of another page; paste the one that begins with http://localhost".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_an_auth_json_and_a_loopback_url_are_recognized() {
        assert_eq!(
            read(" a.b-c_/+=0123456789\r\n"),
            Pasted::Token(Token::parse("a.b-c_/+=0123456789").unwrap())
        );
        let file = r#"{"meshery-provider":"Layer5","token":"0123456789abcdef"}"#;
        assert_eq!(read(file), Pasted::File(AuthFile::parse(file.as_bytes()).unwrap()));
        let address = "http://localhost:43127/nonce?token=T";
        assert_eq!(read(address), Pasted::Address(Url::parse(address).unwrap()));
    }

    #[test]
    fn a_refusal_describes_the_text_without_repeating_it() {
        for (text, why) in [
            ("", "was empty"),
            ("two words", "looked like words"),
            (
                "2 canaries; 1 cage",
                "contains a character that is not allowed in a token, such as a space",
            ),
            ("<!DOCTYPE html>canary", "looked like a web page"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnki", "looked like a truncated token"),
            ("{\"meshery-provider\":\"canary", "looked like a truncated auth.json"),
            ("[\"canary\"]", "was JSON, but not an auth.json"),
            (
                "https://cloud.layer5.io/login?source=canary",
                "was the URL of another page; paste the one that begins with http://localhost",
            ),
            (
                "http://evil.example/?token=canary",
                "was the URL of another page; paste the one that begins with http://localhost",
            ),
            (
                "https://localhost/?token=canary",
                "was the URL of another page; paste the one that begins with http://localhost",
            ),
        ] {
            assert_eq!(read(text), Pasted::Wrong(why.into()), "{text}");
        }
        assert_eq!(read(&"x".repeat(65 * 1024)), Pasted::Wrong("is longer than 64 KiB".into()));
    }

    /// `Token`, `File`, `Address`, or the reason for `Wrong`.
    fn kind(text: &str) -> String {
        format!("{:?}", read(text))
    }

    #[test]
    fn each_text_has_one_kind() {
        let elsewhere =
            "was the URL of another page; paste the one that begins with http://localhost";
        let (short, long) = ("0123456789abcde", "0123456789abcdef");
        for (text, is) in [
            (long, "Token"),
            (short, "was too short for a token"),
            ("  0123456789abcdef\n", "Token"),
            (" 0123456789abcde ", "was too short for a token"),
            ("x", "was too short for a token"),
            ("http0123456789abcdef", "Token"),
            ("https0123456789abcdef", "Token"),
            (r#"{"meshery-provider":"Layer5","token":"0123456789abcdef"}"#, "File"),
            (r#"{"meshery-provider":"Layer5","token":"T"}"#, "File"),
            ("localhost:43127/n?token=T", "Address"),
            ("127.0.0.1:43127/callback?code=C&state=S", "Address"),
            ("[::1]:43127/n?token=T", "Address"),
            ("localhost/n?token=eyJhbGciOiJ", elsewhere),
            ("cloud.layer5.io/security/tokens", elsewhere),
            ("correct-horse-battery-staple", "looked like words"),
            ("$MESHERY_TOKEN", "looked like a variable that was not replaced by its value"),
            ("null", "was a word for no value, such as null"),
            ("***", "looked like a token that was masked with asterisks"),
            (r#" {"meshery-provider":"None","token":""} "#, "File"),
            (r#""{""#, "was JSON, but not an auth.json"),
            ("[", "looked like a truncated auth.json"),
            ("http://localhost:43127/n?token=T", "Address"),
            ("http://127.0.0.1:43127/callback?code=C&state=S", "Address"),
            ("http://[::1]:43127/", "Address"),
            ("http://localhost", "Address"),
            ("http://", elsewhere),
            ("http:// localhost", elsewhere),
            ("https://localhost:43127/n?token=T", elsewhere),
            ("https://example.org", elsewhere),
            ("http://localhost.example.org/?token=T", elsewhere),
            ("   \t\n", "was empty"),
        ] {
            assert_eq!(kind(text), is, "{text:?}");
        }
    }
}
