//! [`AuthFile`]: parses and encodes `auth.json`, a JSON object of two strings, `meshery-provider` and `token`. The host
//! does the I/O.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::token::{Token, TokenError};

/// The largest `auth.json` that is read, in bytes.
pub const MAX_LENGTH: usize = 256 * 1024;

const PROVIDER: &str = "meshery-provider";
const TOKEN: &str = "token";

/// The contents of `auth.json`.
///
/// ```
/// use mesheryctl_core::auth_file::AuthFile;
///
/// let file = AuthFile::parse(br#"{"meshery-provider": "Layer5", "token": "abc"}"#)?;
/// assert_eq!(file.provider, "Layer5");
/// assert_eq!(file.to_bytes(), b"{\"meshery-provider\":\"Layer5\",\"token\":\"abc\"}\n");
/// # Ok::<(), mesheryctl_core::auth_file::AuthFileError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthFile {
    /// The provider's name, as Meshery Server knows it.
    pub provider: String,
    /// The token; empty for the provider None.
    pub token: Token,
}

/// Why bytes are not an `auth.json`. Its `Display` is a predicate, such as "is larger than 256 KiB", and
/// quotes at most the name of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthFileError {
    /// No bytes, or white space only, as after a logout.
    Empty,
    /// More than [`MAX_LENGTH`] bytes.
    TooLarge,
    /// An HTML page, which the Go CLI stores if the server answers with one.
    Html,
    /// Not JSON; the error is at this line and column.
    NotJson {
        /// Counted from one.
        line: usize,
        /// Counted from one; zero at the start of a line.
        column: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// The member with this name is not a string; the Go CLI cannot read such a file.
    NotAString(String),
    /// No `meshery-provider`, or an empty one.
    NoProvider,
    /// The provider's name is not valid: see [`is_provider_name`].
    ProviderName,
    /// The token is not valid.
    Token(TokenError),
}

impl fmt::Display for AuthFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty, as after a logout"),
            Self::TooLarge => f.write_str("is larger than 256 KiB"),
            Self::Html => f.write_str("is a web page, not a token file"),
            Self::NotJson { line, column } => {
                write!(f, "is not JSON (line {line}, column {column})")
            }
            Self::NotAnObject => f.write_str("is JSON, but not an object"),
            Self::NotAString(member) => write!(f, "has a member that is not a string: {member:?}"),
            Self::NoProvider => write!(f, "has no provider name (member {PROVIDER:?})"),
            Self::ProviderName => f.write_str("has a provider name that is not valid"),
            Self::Token(error) => write!(f, "has a token that {error}"),
        }
    }
}

impl std::error::Error for AuthFileError {}

impl AuthFile {
    /// Reads a token file as the Go CLI, the cloud's download page, a person or a CI script may have
    /// written it.
    ///
    /// A byte order mark, white space, further members that are strings, and `null` for an empty string are
    /// accepted.
    ///
    /// # Errors
    /// [`AuthFileError`] states what the bytes are instead.
    pub fn parse(bytes: &[u8]) -> Result<Self, AuthFileError> {
        if bytes.len() > MAX_LENGTH {
            return Err(AuthFileError::TooLarge);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
        match bytes.first() {
            None => return Err(AuthFileError::Empty),
            Some(b'<') => return Err(AuthFileError::Html),
            Some(_) => {}
        }
        let json: Value = serde_json::from_slice(bytes).map_err(|error| {
            AuthFileError::NotJson { line: error.line(), column: error.column() }
        })?;
        let Value::Object(members) = json else {
            return Err(AuthFileError::NotAnObject);
        };
        Self::from_members(&members)
    }

    fn from_members(members: &Map<String, Value>) -> Result<Self, AuthFileError> {
        if let Some((name, _)) =
            members.iter().find(|(_, value)| !value.is_string() && !value.is_null())
        {
            return Err(AuthFileError::NotAString(name.chars().take(40).collect()));
        }
        let text = |name| members.get(name).and_then(Value::as_str).unwrap_or_default();
        let provider = text(PROVIDER);
        if provider.trim().is_empty() {
            return Err(AuthFileError::NoProvider);
        }
        if !is_provider_name(provider) {
            return Err(AuthFileError::ProviderName);
        }
        let token = Token::parse(text(TOKEN)).map_err(AuthFileError::Token)?;
        Ok(Self { provider: provider.to_owned(), token })
    }

    /// The bytes as Meshery Server and the Go CLI write them, followed by a newline.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Members<'a> {
            #[serde(rename = "meshery-provider")]
            provider: &'a str,
            token: &'a str,
        }
        let members = Members { provider: &self.provider, token: self.token.expose() };
        // Serialising two strings cannot fail.
        let mut bytes = serde_json::to_vec(&members).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// Whether a provider name can be sent in a cookie: 1 to 128 characters, not only white space, without
/// control characters, double quotes, commas, semicolons and backslashes; and without `$` and backticks, so that an
/// auth.json is no code for a shell, wherever it is written.
pub fn is_provider_name(name: &str) -> bool {
    let is_allowed = |c: char| !c.is_control() && !"\",;\\$`".contains(c);
    !name.trim().is_empty() && name.chars().count() <= 128 && name.chars().all(is_allowed)
}

#[cfg(test)]
mod tests;
