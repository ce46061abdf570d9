//! The bytes of `auth.json`, both ways: one JSON object of two string members, and nothing else.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::token::{InvalidToken, Token};

/// The largest `auth.json` that is read, in bytes.
pub const LARGEST: usize = 256 * 1024;

const PROVIDER: &str = "meshery-provider";
const TOKEN: &str = "token";

/// What `auth.json` holds: the provider's name as the server knows it, and the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthFile {
    /// The name of the provider.
    pub provider: String,
    /// The token; empty for None.
    pub token: Token,
}

/// Why bytes are no `auth.json`. None of the messages quotes the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidAuthFile {
    /// No bytes, or white space only: what a logout leaves.
    Empty,
    /// More than [`LARGEST`] bytes.
    TooLarge,
    /// A page of HTML, as the Go CLI stores when the server answers with one.
    Html,
    /// No JSON, from this line and column on.
    NotJson {
        /// Counted from one.
        line: usize,
        /// Counted from one; zero at the start of a line.
        column: usize,
    },
    /// JSON, but no object.
    NotAnObject,
    /// This member is no string; the Go CLI cannot read such a file.
    NotAString(String),
    /// No `meshery-provider`, or an empty one.
    NoProvider,
    /// The provider's name has a character that no cookie may carry, or is longer than 128 characters.
    ProviderName,
    /// The token could not be sent as a cookie.
    Token(InvalidToken),
}

impl fmt::Display for InvalidAuthFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty, which is what a logout leaves"),
            Self::TooLarge => f.write_str("is larger than 256 KiB"),
            Self::Html => f.write_str("is a web page, not a token file"),
            Self::NotJson { line, column } => {
                write!(f, "is not JSON (line {line}, column {column})")
            }
            Self::NotAnObject => f.write_str("is JSON, but not an object"),
            Self::NotAString(member) => write!(f, "has a member that is not a string: {member:?}"),
            Self::NoProvider => write!(f, "names no provider (member {PROVIDER:?})"),
            Self::ProviderName => write!(f, "has a provider name that cannot be one"),
            Self::Token(why) => write!(f, "has a token that {why}"),
        }
    }
}

impl std::error::Error for InvalidAuthFile {}

impl AuthFile {
    /// Reads the bytes of a token file, whoever wrote it: Go CLI, cloud page, hand or CI script.
    ///
    /// A byte order mark, white space, further string members and `null` (read as empty) are tolerated.
    ///
    /// # Errors
    /// [`InvalidAuthFile`] says what the bytes look like instead.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidAuthFile> {
        if bytes.len() > LARGEST {
            return Err(InvalidAuthFile::TooLarge);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
        match bytes.first() {
            None => return Err(InvalidAuthFile::Empty),
            Some(b'<') => return Err(InvalidAuthFile::Html),
            Some(_) => {}
        }
        let json: Value = serde_json::from_slice(bytes).map_err(|error| {
            InvalidAuthFile::NotJson { line: error.line(), column: error.column() }
        })?;
        let Value::Object(members) = json else {
            return Err(InvalidAuthFile::NotAnObject);
        };
        Self::from_members(&members)
    }

    fn from_members(members: &Map<String, Value>) -> Result<Self, InvalidAuthFile> {
        if let Some((name, _)) =
            members.iter().find(|(_, value)| !value.is_string() && !value.is_null())
        {
            return Err(InvalidAuthFile::NotAString(name.chars().take(40).collect()));
        }
        let text = |name| members.get(name).and_then(Value::as_str).unwrap_or_default();
        let provider = text(PROVIDER);
        if provider.trim().is_empty() {
            return Err(InvalidAuthFile::NoProvider);
        }
        if !is_provider_name(provider) {
            return Err(InvalidAuthFile::ProviderName);
        }
        let token = Token::parse(text(TOKEN)).map_err(InvalidAuthFile::Token)?;
        Ok(Self { provider: provider.to_owned(), token })
    }

    /// The bytes as Meshery Server and the Go CLI write them, with a newline at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Members<'a> {
            #[serde(rename = "meshery-provider")]
            provider: &'a str,
            token: &'a str,
        }
        let members = Members { provider: &self.provider, token: self.token.expose() };
        // Two strings always serialise.
        let mut bytes = serde_json::to_vec(&members).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Whether this can be a provider's name in a cookie: a space is fine there, quotes and separators are not.
pub fn is_provider_name(name: &str) -> bool {
    let fits = |c: char| !c.is_control() && !matches!(c, '"' | ',' | ';' | '\\');
    !name.trim().is_empty() && name.chars().count() <= 128 && name.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, String), InvalidAuthFile> {
        AuthFile::parse(text.as_bytes()).map(|it| (it.provider, it.token.expose().to_owned()))
    }

    fn pair(provider: &str, token: &str) -> Result<(String, String), InvalidAuthFile> {
        Ok((provider.into(), token.into()))
    }

    #[test]
    fn none_is_exactly_thirty_nine_bytes() {
        let bytes = AuthFile { provider: "None".into(), token: Token::empty() }.to_bytes();
        assert_eq!(bytes, b"{\"meshery-provider\":\"None\",\"token\":\"\"}\n");
        assert_eq!(bytes.len(), 39);
    }

    #[test]
    fn every_shape_that_circulates_is_read() {
        assert_eq!(
            parse("{\"meshery-provider\":\"Layer5\",\"token\":\"T\"}\n"),
            pair("Layer5", "T")
        );
        assert_eq!(
            parse("\u{feff}{\r\n \"token\" : null,\r\n \"meshery-provider\":\"Local\"}"),
            pair("Local", "")
        );
        assert_eq!(
            parse(r#"{"token":"T","meshery-provider":"A B","more":"kept out","n":null}"#),
            pair("A B", "T")
        );
        assert_eq!(parse(r#"{"meshery-provider":"Layer5"}"#), pair("Layer5", ""));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (provider, token) in [("None", ""), ("Layer5", "a.b.c"), ("Tata <&> Söhne", "x=/+-_")]
        {
            let file = AuthFile { provider: provider.into(), token: Token::parse(token).unwrap() };
            assert_eq!(AuthFile::parse(&file.to_bytes()), Ok(file));
        }
    }

    #[test]
    fn what_is_no_token_file_is_told_apart() {
        use InvalidAuthFile::*;
        for (text, why) in [
            ("", Empty),
            (" \r\n", Empty),
            ("<!DOCTYPE html>", Html),
            ("{", NotJson { line: 1, column: 1 }),
            ("eyJh.canary.x", NotJson { line: 1, column: 1 }),
            ("[]", NotAnObject),
            ("\"canary\"", NotAnObject),
            (r#"{"meshery-provider":"L","token":7}"#, NotAString("token".into())),
            (r#"{"meshery-provider":"L","token":"","at":{}}"#, NotAString("at".into())),
            (r#"{"token":"canary"}"#, NoProvider),
            (r#"{"meshery-provider":"a;b","token":""}"#, ProviderName),
            (r#"{"meshery-provider":"L","token":"a canary"}"#, Token(InvalidToken::Character)),
        ] {
            let found = parse(text).unwrap_err();
            assert_eq!(found, why, "{text}");
            assert!(!found.to_string().contains("canary"));
        }
        assert_eq!(AuthFile::parse(&vec![b' '; LARGEST + 1]), Err(TooLarge));
    }

    #[test]
    fn deep_nesting_and_cut_files_are_errors_not_crashes() {
        assert!(parse(&"[".repeat(100_000)).is_err());
        let whole = r#"{"meshery-provider":"Läyer5","token":"abc"}"#.as_bytes();
        for end in 0..whole.len() {
            assert!(AuthFile::parse(&whole[..end]).is_err());
        }
    }
}
